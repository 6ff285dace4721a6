//! The kind of a pattern, and what is not established about it.

use super::cloudtrail::{SECRETS_MANAGER, path};
use super::terms::in_braces;
use super::tree::{equal, print};
use super::{Found, LogGroup, Subject};
use crate::pattern::{Doubt, Field, FilterPattern, Pattern, Role, Span, Term, TermText};

pub(super) fn fields_on_cloudtrail(subject: &Subject<'_>) -> Vec<Found> {
    match subject.pattern.pattern() {
        Pattern::Space(_) if subject.log_group == LogGroup::CloudTrail => {
            let reason = "CloudTrail writes each event as one JSON object: its text between blanks is \
                          no field. Write `{ $.eventName = \"…\" }`.";
            vec![Found::new(whole(subject), reason)]
        }
        _ => Vec::new(),
    }
}

pub(super) fn terms_on_cloudtrail(subject: &Subject<'_>) -> Vec<Found> {
    let Pattern::Terms(terms) = subject.pattern.pattern() else {
        return Vec::new();
    };
    if terms.is_empty() || !subject.cloudtrail || terms_are_json(terms) {
        return Vec::new();
    }
    let reason = format!(
        "{} is found anywhere in an event: also in a call that only quotes it, such as \
         PutMetricFilter with this pattern, and in error messages.",
        subject.pattern.text().trim()
    );
    let rewrite = event_name(terms).and_then(|name| print(equal(&path(&["eventName"]), name)));
    vec![Found::new(whole(subject), reason).rewrite(rewrite)]
}

/// The operation that the only term names.
fn event_name(terms: &[Term]) -> Option<&str> {
    match terms {
        [Term { role: Role::Required | Role::Optional, text: TermText::Text(text), .. }] => {
            let camel = text.len() > 4
                && text.chars().all(|c| c.is_ascii_alphanumeric())
                && text.starts_with(|c: char| c.is_ascii_uppercase())
                && text.contains(|c: char| c.is_ascii_lowercase())
                && text.chars().skip(1).any(|c| c.is_ascii_uppercase());
            (camel || SECRETS_MANAGER.contains(&text.as_str())).then_some(text)
        }
        _ => None,
    }
}

/// A whole pattern in quotes is another lint's.
fn terms_are_json(terms: &[Term]) -> bool {
    matches!(terms, [Term { text: TermText::Text(text), .. }] if text.trim_start().starts_with('{'))
}

pub(super) fn one_field(subject: &Subject<'_>) -> Vec<Found> {
    let Pattern::Space(pattern) = subject.pattern.pattern() else {
        return Vec::new();
    };
    let [Field::Word { name, condition: None, span }] = &pattern.fields[..] else {
        return Vec::new();
    };
    let Some(name) = name else {
        return Vec::new();
    };
    let reason = format!(
        "`[{name}]` is a pattern of one field named {name}: it matches every message with at least one \
         word. The rewrite looks for the characters [{name}]; for the word alone leave the brackets out."
    );
    let rewrite = format!("\"[{name}]\"");
    let rewrite = FilterPattern::parse(&rewrite).is_ok().then_some(rewrite);
    vec![Found::new(*span, reason).rewrite(rewrite)]
}

pub(super) fn symbols_without_quotes(subject: &Subject<'_>) -> Vec<Found> {
    let Pattern::Terms(terms) = subject.pattern.pattern() else {
        return Vec::new();
    };
    // What the quotes would be put around is no term at all.
    if in_braces(subject.pattern.text()).is_some() {
        return Vec::new();
    }
    let mut doubts = subject.pattern.doubts().iter();
    let Some(symbol) = doubts.find(|it| it.doubt == Doubt::BareTermSymbol) else {
        return Vec::new();
    };
    let around =
        |term: &&Term| term.span.start <= symbol.span.start && symbol.span.end <= term.span.end;
    let span = terms.iter().find(around).map_or(symbol.span, |term| term.span);
    let reason = format!(
        "`{}` is documented in quotes only; without them AWS may refuse the pattern.",
        subject.text(span)
    );
    vec![Found::new(span, reason).rewrite(without_doubt(subject, symbol.doubt))]
}

/// The canonical form, where it does not raise a doubt: it puts in quotes what may be doubted
/// without, and leaves out parentheses around the whole.
fn without_doubt(subject: &Subject<'_>, doubt: Doubt) -> Option<String> {
    let canonical = subject.pattern.to_string();
    let parsed = FilterPattern::parse(&canonical).ok()?;
    parsed.doubts().iter().all(|other| other.doubt != doubt).then_some(canonical)
}

pub(super) fn not_established(subject: &Subject<'_>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut told = Vec::new();
    for doubtful in subject.pattern.doubts() {
        if told.contains(&doubtful.doubt) || doubtful.doubt == Doubt::BareTermSymbol {
            continue;
        }
        told.push(doubtful.doubt);
        let reason = format!("`{}`: {}", subject.text(doubtful.span), doubtful.doubt.says());
        let rewrite = without_doubt(subject, doubtful.doubt);
        found.push(Found::new(doubtful.span, reason).rewrite(rewrite));
    }
    found
}

fn whole(subject: &Subject<'_>) -> Span {
    Span::new(0, subject.pattern.text().len())
}
