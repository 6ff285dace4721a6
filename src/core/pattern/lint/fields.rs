//! Selectors that lead nowhere in a CloudTrail event.

use super::cloudtrail::{self, Kind, Meant};
use super::tree::{dotted, print, replace};
use super::{Found, LogGroup, Subject};
use crate::pattern::{
    Clause, Expr, FilterPattern, Path, Pattern, Selector, Span, Step, TermText, Test,
};

/// Whether a pattern names fields that are known from CloudTrail, in whatever case.
pub(super) fn names_cloudtrail(pattern: &FilterPattern) -> bool {
    // Not `requestID`, `resources`, `userAgent` and the like: other logs have them too.
    const TELLING: &[&str] = &[
        "eventname",
        "eventsource",
        "useridentity",
        "requestparameters",
        "responseelements",
        "additionaleventdata",
        "sourceipaddress",
        "awsregion",
        "eventversion",
        "eventcategory",
        "recipientaccountid",
        "managementevent",
        "readonly",
        "errorcode",
        "mfaauthenticated",
        "sessioncredentialfromconsole",
        "tlsdetails",
    ];
    match pattern.pattern() {
        Pattern::Json(expr) => expr.clauses().iter().any(|clause| {
            clause.selector.path.0.iter().any(|step| match step {
                Step::Name(name) => TELLING.contains(&name.to_lowercase().as_str()),
                _ => false,
            })
        }),
        Pattern::Terms(terms) => terms.iter().any(|term| match &term.text {
            TermText::Text(text) => {
                cloudtrail::SECRETS_MANAGER.contains(&text.as_str())
                    || text.contains("secretsmanager.amazonaws.com")
            }
            TermText::Regex(_) => false,
        }),
        Pattern::Space(_) => false,
    }
}

pub(super) fn case(subject: &Subject<'_>) -> Vec<Found> {
    meant(subject, |path, meant| {
        let names = match meant {
            Meant::Case(names) => names.clone(),
            Meant::Parent(parent) => {
                let given = cloudtrail::names(path)?;
                parent.iter().copied().chain(given.into_iter().skip(parent.len())).collect()
            }
            _ => return None,
        };
        let path = cloudtrail::path(&names);
        let says =
            format!("CloudTrail writes {}; names are compared letter by letter", dotted(&path));
        Some((path, says))
    })
}

pub(super) fn wrapped(subject: &Subject<'_>) -> Vec<Found> {
    meant(subject, |_, meant| {
        let Meant::Unwrapped(names) = meant else {
            return None;
        };
        let path = cloudtrail::path(names);
        let says = format!(
            "In a log group each message is one event, whose field is {}; `detail` is EventBridge's, \
             `Records` the files' in S3",
            dotted(&path)
        );
        Some((path, says))
    })
}

pub(super) fn parentless(subject: &Subject<'_>) -> Vec<Found> {
    meant(subject, |_, meant| {
        let Meant::Parentless(names) = meant else {
            return None;
        };
        let path = cloudtrail::path(names);
        let says = format!("In CloudTrail's events the field is {}", dotted(&path));
        Some((path, says))
    })
}

pub(super) fn misspelled(subject: &Subject<'_>) -> Vec<Found> {
    meant(subject, |_, meant| {
        let Meant::Misspelled(names) = meant else {
            return None;
        };
        let path = cloudtrail::path(names);
        let says = format!("CloudTrail has no such field, but {}", dotted(&path));
        Some((path, says))
    })
}

/// The selectors that miss a field in one way, which `which` turns into the path that was meant and
/// a sentence without its end.
fn meant(
    subject: &Subject<'_>,
    which: impl Fn(&Path, &Meant) -> Option<(Path, String)>,
) -> Vec<Found> {
    let mut found = Vec::new();
    for (root, placed) in subject.cloudtrail_clauses() {
        let (clause, path) = (placed.clause, &placed.clause.selector.path);
        let Some((right, says)) = cloudtrail::meant(path).and_then(|meant| which(path, &meant))
        else {
            continue;
        };
        let effect = match clause.test {
            Test::NotExists => "always holds",
            _ => "never holds",
        };
        let reason = format!("{says}: `{}` {effect}.", subject.text(clause.span));
        let selector = Selector { path: right, span: Span::default() };
        let with = Expr::Clause(Clause { selector, ..clause.clone() });
        let rewrite = placed.expr().and_then(|expr| print(replace(root, expr, &with)));
        found.push(Found::new(clause.selector.span, reason).rewrite(rewrite));
    }
    // Of a field that an unknown log group's events may well have, nothing is said.
    if subject.log_group == LogGroup::Other { Vec::new() } else { found }
}

pub(super) fn compares_object(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (root, placed) in subject.cloudtrail_clauses() {
        let (clause, path) = (placed.clause, &placed.clause.selector.path);
        let holds = cloudtrail::field(path)
            .is_some_and(|field| matches!(field.kind, Kind::Container | Kind::Open));
        let Test::Compare(..) = clause.test else {
            continue;
        };
        if !holds {
            continue;
        }
        let name = dotted(path);
        let reason = format!(
            "{name} is an object or an array; comparisons see text and numbers only, so `{}` never \
             holds. Name the field inside it.",
            subject.text(clause.span)
        );
        // The one object whose member is certain from the value.
        let list = cloudtrail::is(path, &["requestParameters", "secretIdList"]);
        let rewrite = placed.expr().filter(|_| list).and_then(|expr| {
            let mut steps = path.0.clone();
            steps.push(Step::AnyElement);
            let selector = Selector { path: Path(steps), span: Span::default() };
            let with = Expr::Clause(Clause { selector, ..clause.clone() });
            print(replace(root, expr, &with))
        });
        found.push(Found::new(clause.span, reason).rewrite(rewrite));
    }
    found
}
