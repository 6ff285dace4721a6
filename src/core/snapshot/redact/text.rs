//! Texts: what in them is a name by its form, and the strings inside JSON texts.

use super::names::{Found, Kind};
use super::words;

/// A piece of a text that holds JSON, a filter pattern or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// What stands between double quotes, with them.
    Quoted {
        /// With the quotes.
        raw: &'a str,
        /// Whether a colon follows.
        is_key: bool,
    },
    /// Everything else.
    Plain(&'a str),
}

/// Whether a text is JSON, whole or cut, or a filter pattern.
pub(super) fn is_structured(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Whether a text is an IAM action, such as `sns:Publish` or `kms:GenerateDataKey*`.
pub(super) fn is_action(text: &str) -> bool {
    text.split_once(':').is_some_and(|(service, operation)| {
        words::is_of_aws(service)
            && !operation.is_empty()
            && operation.chars().all(|c| c.is_ascii_alphabetic() || c == '*' || c == '?')
    })
}

/// The pieces of a structured text, which together are the text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let (plain, from_quote) = rest.split_at(start);
        pieces.push(Piece::Plain(plain));
        let Some(length) = quoted_length(from_quote) else {
            pieces.push(Piece::Plain(from_quote));
            return pieces;
        };
        let (raw, after) = from_quote.split_at(length);
        pieces.push(Piece::Quoted { raw, is_key: after.trim_start().starts_with(':') });
        rest = after;
    }
    pieces.push(Piece::Plain(rest));
    pieces
}

fn quoted_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(index + 1),
            _ => {}
        }
    }
    None
}

/// The text between double quotes, if its escapes are JSON's.
pub(super) fn unquoted(raw: &str) -> Option<String> {
    serde_json::from_str(raw).ok()
}

/// Notes what a text names by its form, and what JSON in it names by the names of its fields.
pub(super) fn collect(text: &str, found: &mut Found) {
    if !is_structured(text) {
        return tokens(text, found);
    }
    let mut field = String::new();
    for piece in pieces(text) {
        match piece {
            Piece::Plain(text) => tokens(text, found),
            Piece::Quoted { raw, is_key } => match unquoted(raw) {
                None => tokens(raw, found),
                Some(key) if is_key => {
                    tokens(&key, found);
                    found.fields.insert(key.clone());
                    field = key;
                }
                Some(value) => {
                    in_field(&field, &value, found);
                    collect(&value, found);
                }
            },
        }
    }
}

/// What fields of CloudTrail events and policies hold.
fn in_field(field: &str, value: &str, found: &mut Found) {
    match field {
        "userName" | "sessionName" | "roleSessionName" => found.add(Kind::User, value),
        // AROA…:session, and the account's id for its root user.
        "principalId" => {
            value.split_once(':').into_iter().for_each(|(_, name)| found.add(Kind::User, name));
        }
        "secretId" => found.add(Kind::Secret, value),
        "sourceIPAddress" if value.parse::<std::net::IpAddr>().is_ok() => {
            found.add(Kind::Ip, value);
        }
        "eventName" | "eventType" | "eventCategory" => drop(found.fields.insert(value.to_owned())),
        "Action" | "NotAction" => {
            let action = value.rsplit(':').next().unwrap_or(value);
            found.fields.insert(action.trim_end_matches('*').to_owned());
        }
        _ => {}
    }
}

/// Notes ARNs, ids and addresses.
fn tokens(text: &str, found: &mut Found) {
    for (start, _) in text.match_indices("arn:") {
        if begins_word(text, start) {
            arn(&text[start..], found);
        }
    }
    let in_word = |c: char| c.is_ascii_alphanumeric() || "-.@+_".contains(c);
    for word in text.split(|c: char| !in_word(c)) {
        let word = word.trim_matches(['.', '-', '_']);
        // Ids are joined to other words by underscores: 123456789012_CloudTrail_eu-west-1.
        for part in word.split('_') {
            if kind_by_form(part).is_some() {
                found.add(Kind::Other, part);
            }
        }
        if is_email(word) {
            found.add(Kind::Email, word);
        }
    }
}

/// Whether a word could begin here.
pub(super) fn begins_word(text: &str, at: usize) -> bool {
    !text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(char::is_alphanumeric)
}

/// Whether a word could end here.
pub(super) fn ends_word(text: &str, at: usize) -> bool {
    !text.get(at..).and_then(|after| after.chars().next()).is_some_and(char::is_alphanumeric)
}

/// What a word is by its form alone: an id or an address.
pub(super) fn kind_by_form(word: &str) -> Option<Kind> {
    const UNIQUE_IDS: [&str; 10] =
        ["AKIA", "ASIA", "AROA", "AIDA", "AGPA", "AIPA", "ANPA", "ANVA", "ASCA", "ABIA"];
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    let groups: Vec<usize> = word.split('-').map(str::len).collect();
    if word.len() == 12 && digits(word) {
        return Some(Kind::Account);
    }
    if groups == [8, 4, 4, 4, 12] && hex(&word.replace('-', "")) {
        return Some(Kind::Uuid);
    }
    if word.strip_prefix("mrk-").is_some_and(|id| id.len() == 32 && hex(id)) {
        return Some(Kind::Uuid);
    }
    if word.len() >= 16
        && UNIQUE_IDS.iter().any(|start| word.starts_with(start))
        && word.bytes().all(upper)
    {
        return Some(Kind::AccessKey);
    }
    if word.parse::<std::net::Ipv4Addr>().is_ok() {
        return Some(Kind::Ip);
    }
    let plus = word.strip_prefix('+');
    if plus.is_some_and(|number| digits(number) && (8..=15).contains(&number.len())) {
        return Some(Kind::Phone);
    }
    let is_id = |id: &str| {
        (10..=32).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if word.strip_prefix("o-").is_some_and(is_id) {
        return Some(Kind::Organization);
    }
    word.parse::<std::net::Ipv6Addr>().is_ok().then_some(Kind::Ip)
}

fn is_email(word: &str) -> bool {
    word.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty() && domain.contains('.') && !domain.contains('@')
    })
}

/// Notes the names in the ARN that a text begins with.
fn arn(text: &str, found: &mut Found) {
    let end = text
        .find(|c: char| c.is_whitespace() || c.is_control() || "\"'`,;()[]{}<>\\".contains(c))
        .unwrap_or(text.len());
    let mut parts = text[..end].trim_end_matches('.').splitn(6, ':').skip(2);
    let (Some(service), Some(_), Some(account), Some(resource)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return;
    };
    // Policies and roles of AWS itself.
    if account == "aws" {
        return;
    }
    let segments = || resource.split(['/', ':']);
    let each = |kind, found: &mut Found| segments().for_each(|name| found.add(kind, name));
    match (service, resource.split_once([':', '/'])) {
        ("logs", Some(("log-group", rest))) => {
            found.add(Kind::LogGroup, rest.split(':').next().unwrap_or(rest));
        }
        ("cloudwatch", Some(("alarm", name))) => found.add(Kind::Alarm, name),
        ("cloudtrail", Some(("trail", name))) => found.add(Kind::Trail, name),
        ("secretsmanager", Some(("secret", name))) => found.add_secret(name),
        ("kms", Some(("alias", name))) if !name.starts_with("aws/") => found.add(Kind::Key, name),
        ("s3", _) => {
            let bucket = resource.split('/').next().unwrap_or(resource);
            found.add(Kind::Bucket, bucket);
        }
        ("sns", _) => found.add(Kind::Topic, resource.split(':').next().unwrap_or(resource)),
        ("sts", Some(("assumed-role", names))) => {
            let (role, session) = names.split_once('/').unwrap_or((names, ""));
            found.add(Kind::Role, role);
            found.add(Kind::User, session);
        }
        ("iam", Some(("role", _))) => each(Kind::Role, found),
        ("iam", Some(("policy", _))) => each(Kind::Policy, found),
        ("iam", _) => each(Kind::User, found),
        ("events", Some(("rule", _))) => each(Kind::Rule, found),
        // The first word is the type of the resource.
        (_, Some((_, names))) => {
            names.split(['/', ':']).for_each(|name| found.add(Kind::Other, name));
        }
        (_, None) => found.add(Kind::Other, resource),
    }
}
