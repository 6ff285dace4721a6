//! Does a statement apply to a request, and if not, why not?

use super::condition;
use super::document::{Condition, Cover, PolicyDocument, PrincipalEntry, Statement};
use super::request::{Knowledge, Principal, Request};
use super::truth::{Doubt, Truth};
use super::wildcard::{Case, Text, any_covers};

/// What became of one statement.
pub(super) struct Match {
    pub(super) truth: Truth,
    /// How much of the statement fits; the highest of those that do not apply came closest.
    pub(super) closeness: u32,
    /// One clause for each element that does not fit, each completing "statement 1 …".
    pub(super) misses: Vec<String>,
}

pub(super) fn statement(
    statement: &Statement,
    document: &PolicyDocument,
    request: &Request,
) -> Match {
    let principal = principal(statement, request);
    let action = action(statement, request);
    let resource = resource(statement, document, request);
    let conditions: Vec<Truth> = statement
        .conditions
        .iter()
        .map(|condition| condition::holds(condition, document.variables, request))
        .collect();

    let mut misses = Vec::new();
    if principal == Truth::No {
        misses.push(principal_miss(statement, request));
    }
    if action == Truth::No {
        misses.push(miss("allows", "actions", &statement.action, &request.action));
    }
    if let (Truth::No, Some(cover)) = (&resource, &statement.resource) {
        misses.push(miss("covers", "resources", cover, &request.resource));
    }
    for (condition, truth) in statement.conditions.iter().zip(&conditions) {
        if *truth == Truth::No {
            misses.push(condition_miss(condition, request));
        }
    }
    let conditions = Truth::all(conditions);
    // The action says what a statement is for, then come who and where; a statement whose
    // condition alone fails is closer than any with another fault.
    let closeness = [(&action, 3), (&principal, 2), (&resource, 2), (&conditions, 1)]
        .into_iter()
        .filter(|(truth, _)| **truth != Truth::No)
        .map(|(_, weight)| weight)
        .sum();
    Match { truth: Truth::all([action, principal, resource, conditions]), closeness, misses }
}

fn action(statement: &Statement, request: &Request) -> Truth {
    let covers = |entries: &[String]| {
        entries.iter().any(|entry| Text::plain(entry).matches(&request.action, Case::Insensitive))
    };
    match &statement.action {
        Cover::Only(entries) => covers(entries).into(),
        Cover::AllBut(entries) => (!covers(entries)).into(),
    }
}

fn resource(statement: &Statement, document: &PolicyDocument, request: &Request) -> Truth {
    let covers =
        |entries: &[String]| any_covers(entries, &request.resource, document.variables, request);
    match &statement.resource {
        None => Truth::Yes,
        Some(Cover::Only(entries)) => covers(entries),
        Some(Cover::AllBut(entries)) => covers(entries).negated(),
    }
}

fn principal(statement: &Statement, request: &Request) -> Truth {
    let among = |entries: &[PrincipalEntry]| {
        Truth::any(entries.iter().map(|entry| is(entry, &request.principal)))
    };
    match &statement.principal {
        None => Truth::Yes,
        Some(Cover::Only(entries)) => among(entries),
        Some(Cover::AllBut(entries)) => match (among(entries), &request.principal) {
            // "You must also specify the account ARN of the not-denied principal. Otherwise, the
            // policy might deny access to the entire account containing the principal."
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
            (Truth::Yes, Principal::Aws { account, arn })
                if !entries.iter().any(|entry| is_account_or_everyone(entry, account)) =>
            {
                Truth::Unknown(Doubt::Principal(arn.clone()))
            }
            (truth, _) => truth.negated(),
        },
    }
}

/// Is the principal meant by this entry?
///
/// `"*"` and `{"AWS": "*"}` are equivalent and cover service principals too: alarms publish through
/// a topic's untouched default policy, whose only statement names `{"AWS": "*"}` (captured
/// on AWS in September 2026). An account covers its IAM identities, never a service: a key policy with
/// nothing but the account root's statement refuses CloudWatch (many users report it).
fn is(entry: &PrincipalEntry, principal: &Principal) -> Truth {
    match (entry, principal) {
        (PrincipalEntry::Everyone, _) => Truth::Yes,
        // AWS documents no wildcard for services and does not say that there is none.
        (PrincipalEntry::Service(name), Principal::Service(_)) if name == "*" => {
            Truth::Unknown(Doubt::Principal("Service *".to_owned()))
        }
        (PrincipalEntry::Service(name), Principal::Service(service)) => (name == service).into(),
        (PrincipalEntry::Aws(_), Principal::Aws { account, .. })
            if is_account_or_everyone(entry, account) =>
        {
            Truth::Yes
        }
        // "You cannot use a wildcard to match part of a principal name or ARN", so * means *.
        (PrincipalEntry::Aws(named), Principal::Aws { arn, .. }) => {
            (named == arn || is_session_of(arn, named)).into()
        }
        // Which account a canonical user ID belongs to only S3 can say.
        (PrincipalEntry::CanonicalUser(id), Principal::Aws { .. }) => {
            Truth::Unknown(Doubt::Principal(format!("CanonicalUser {id}")))
        }
        // A federated principal makes AssumeRoleWithSAML and AssumeRoleWithWebIdentity calls only.
        _ => Truth::No,
    }
}

fn is_account_or_everyone(entry: &PrincipalEntry, account: &str) -> bool {
    match entry {
        PrincipalEntry::Everyone => true,
        PrincipalEntry::Aws(named) => {
            !account.is_empty() && account_of_root(named).unwrap_or(named) == account
        }
        _ => false,
    }
}

/// The account of `arn:aws:iam::ACCOUNT:root`, which means the same as the bare account id.
fn account_of_root(arn: &str) -> Option<&str> {
    match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "iam", "", account, "root"] => Some(account),
        _ => None,
    }
}

/// True if the ARN is a session of the role. A session's ARN lacks the role's path.
fn is_session_of(session: &str, role: &str) -> bool {
    let session: Vec<&str> = session.splitn(6, ':').collect();
    let role: Vec<&str> = role.splitn(6, ':').collect();
    let (["arn", partition, "sts", "", account, session], ["arn", of, "iam", "", owner, role]) =
        (session.as_slice(), role.as_slice())
    else {
        return false;
    };
    let of_session = session.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/'));
    let of_role = role.strip_prefix("role/").and_then(|path| path.rsplit('/').next());
    match (of_session, of_role) {
        (Some((name, _)), Some(role)) => partition == of && account == owner && name == role,
        _ => false,
    }
}

fn principal_miss(statement: &Statement, request: &Request) -> String {
    let names = |entries: &[PrincipalEntry]| {
        let names = entries.iter().map(|entry| match entry {
            PrincipalEntry::Everyone => "*",
            PrincipalEntry::Aws(name)
            | PrincipalEntry::Service(name)
            | PrincipalEntry::Federated(name)
            | PrincipalEntry::CanonicalUser(name) => name,
        });
        listed(&names.collect::<Vec<_>>())
    };
    let (asked, is_service) = match &request.principal {
        Principal::Service(name) => (name, true),
        Principal::Aws { arn, .. } => (arn, false),
    };
    match &statement.principal {
        Some(Cover::Only(entries)) => {
            let names_accounts = entries.iter().any(|it| matches!(it, PrincipalEntry::Aws(_)));
            let hint = if is_service && names_accounts {
                " (an account or its identities never cover a service)"
            } else {
                ""
            };
            format!("allows only {}, not {asked}{hint}", names(entries))
        }
        Some(Cover::AllBut(entries)) => format!("allows everyone but {}", names(entries)),
        None => "names no principal".to_owned(),
    }
}

fn miss(verb: &str, things: &str, cover: &Cover<Vec<String>>, asked: &str) -> String {
    let listed =
        |entries: &[String]| listed(&entries.iter().map(String::as_str).collect::<Vec<_>>());
    match cover {
        Cover::Only(entries) => format!("{verb} only {}, not {asked}", listed(entries)),
        Cover::AllBut(entries) => {
            format!("{verb} all {things} but {}, and {asked} is one of these", listed(entries))
        }
    }
}

fn condition_miss(condition: &Condition, request: &Request) -> String {
    let Condition { operator, key, values } = condition;
    let wanted: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    let wanted = listed(&wanted.iter().map(String::as_str).collect::<Vec<_>>());
    let found = match request.key(key) {
        Knowledge::Values(values) => {
            format!(
                "does not match {}",
                listed(&values.iter().map(String::as_str).collect::<Vec<_>>())
            )
        }
        Knowledge::Absent | Knowledge::NotKnown => {
            "asks for a key the request does not carry".to_owned()
        }
    };
    format!("has the condition {operator} {key} {wanted}, which {found}")
}

/// At most three names, and how many more there are.
fn listed(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}
