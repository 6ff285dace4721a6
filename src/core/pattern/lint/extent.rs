//! Patterns, and parts of them, that match nothing or everything.
//!
//! Two clauses that exclude each other are seen as they stand; for the rest
//! [`meaning`](crate::pattern::meaning) is asked.

use super::logic::contradicts;
use super::tree::{any, print, replace, without};
use super::{Found, Subject};
use crate::pattern::meaning::{Extent, extent, extent_of_cloudtrail};
use crate::pattern::{
    Clause, Comparison, Expr, FilterPattern, Operand, Path, Pattern, Role, Shape, Span, Term,
    TermText, Test,
};

pub(super) fn never_matches(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    match subject.pattern.pattern() {
        Pattern::Json(root) => {
            never(subject, root, root, &mut found);
        }
        Pattern::Terms(terms) => found.extend(contradicting_terms(subject, terms)),
        Pattern::Space(_) => {}
    }
    found
}

/// Finds the innermost parts that never match, and says whether there are any.
fn never(subject: &Subject<'_>, root: &Expr, expr: &Expr, found: &mut Vec<Found>) -> bool {
    let (Expr::All(parts, span) | Expr::Any(parts, span)) = expr else {
        return false;
    };
    // Each part is looked at, also after one was found.
    let mut inside = false;
    for part in parts {
        inside |= never(subject, root, part, found);
    }
    let Expr::All(..) = expr else {
        return inside;
    };
    if inside {
        return true;
    }
    if let Some((a, b)) = first_contradiction(expr) {
        let (a, b) = (subject.text(a.span), subject.text(b.span));
        let reason = format!("`{a}` and `{b}` never hold together.");
        found.push(Found::new(*span, reason).rewrite(either(root, expr)));
        return true;
    }
    if !may_exclude_each_other(expr) {
        return false;
    }
    let alone = FilterPattern::new(
        subject.pattern.text().to_owned(),
        Pattern::Json(expr.clone()),
        subject.pattern.doubts().to_vec(),
    );
    let Extent::Never { why } = among(subject, &alone) else {
        return false;
    };
    let clauses: Vec<String> =
        why.iter().map(|span| format!("`{}`", subject.text(*span))).collect();
    let whose = if subject.cloudtrail { "event of CloudTrail's" } else { "JSON object" };
    let reason = match &clauses[..] {
        [only] => format!("{only} holds for no {whose}."),
        _ => format!("For no {whose} hold {}.", clauses.join(" and ")),
    };
    found.push(Found::new(*span, reason).rewrite(without(root, expr).and_then(print)));
    true
}

/// Whether clauses have a field in common, without which they do not exclude each other: solving
/// takes its time.
fn may_exclude_each_other(expr: &Expr) -> bool {
    let clauses = expr.clauses();
    clauses.iter().enumerate().any(|(at, a)| {
        let (one, absent) = (&a.selector.path, a.test == Test::NotExists);
        absent
            || clauses[at + 1..].iter().any(|b| {
                let other = &b.selector.path;
                one.has_wildcard()
                    || other.has_wildcard()
                    || one.0.starts_with(&other.0)
                    || other.0.starts_with(&one.0)
            })
    })
}

/// Whether a clause holds for so much that clauses like it may match everything together.
fn is_wide(clause: &Clause) -> bool {
    match &clause.test {
        Test::NotExists | Test::Compare(Comparison::NotEqual, _) => true,
        Test::Compare(_, Operand::Text(glob, _)) => glob.shape() == Shape::Anything,
        Test::Compare(_, Operand::Regex(..)) => true,
        _ => false,
    }
}

/// What a pattern matches among the messages it is for.
fn among(subject: &Subject<'_>, pattern: &FilterPattern) -> Extent {
    if subject.cloudtrail { extent_of_cloudtrail(pattern) } else { extent(pattern) }
}

pub(super) fn matches_everything(subject: &Subject<'_>) -> Vec<Found> {
    let whole = Span::new(0, subject.pattern.text().len());
    let reason = match subject.pattern.pattern() {
        Pattern::Terms(terms) if terms.is_empty() && whole.end == 0 => {
            "A pattern without terms matches every message."
        }
        Pattern::Json(expr) if !expr.clauses().into_iter().any(is_wide) => return Vec::new(),
        Pattern::Json(_) => match (extent(subject.pattern), among(subject, subject.pattern)) {
            (Extent::Every, _) => "It matches every message that is one JSON object.",
            (_, Extent::Every) => "It matches every event of CloudTrail's.",
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    vec![Found::new(whole, reason)]
}

/// `f = "a" && f = "b"`, where one or the other was meant.
fn either(root: &Expr, expr: &Expr) -> Option<String> {
    let Expr::All(parts, _) = expr else {
        return None;
    };
    let paths: Option<Vec<&Path>> = parts
        .iter()
        .map(|part| match part {
            Expr::Clause(Clause {
                selector, test: Test::Compare(Comparison::Equal, _), ..
            }) => Some(&selector.path),
            _ => None,
        })
        .collect();
    let paths = paths?;
    let one = paths.first().filter(|first| paths.iter().all(|path| path == *first));
    one.and_then(|_| print(replace(root, expr, &any(parts.iter().cloned()))))
}

/// Two clauses, both needed, that exclude each other.
fn first_contradiction(expr: &Expr) -> Option<(&Clause, &Clause)> {
    fn needed<'p>(expr: &'p Expr, found: &mut Vec<&'p Clause>) {
        match expr {
            Expr::All(parts, _) => parts.iter().for_each(|part| needed(part, found)),
            Expr::Clause(clause) => found.push(clause),
            Expr::Any(..) | Expr::Empty(_) => {}
        }
    }
    let mut clauses = Vec::new();
    needed(expr, &mut clauses);
    let pairs = clauses
        .iter()
        .enumerate()
        .flat_map(|(at, a)| clauses[at + 1..].iter().map(move |b| (*a, *b)));
    pairs.into_iter().find(|(a, b)| contradicts(a, b) || contradicts(b, a))
}

fn contradicting_terms(subject: &Subject<'_>, terms: &[Term]) -> Vec<Found> {
    let texts = |role: Role| {
        terms.iter().filter(move |term| term.role == role).filter_map(|term| match &term.text {
            TermText::Text(text) => Some((term, text)),
            TermText::Regex(_) => None,
        })
    };
    let mut found = Vec::new();
    for (excluded, text) in texts(Role::Excluded).filter(|(_, text)| !text.is_empty()) {
        if let Some((required, _)) =
            texts(Role::Required).find(|(_, other)| other.contains(text.as_str()))
        {
            let reason = format!(
                "Every message with {} contains what `{}` excludes.",
                subject.text(required.span),
                subject.text(excluded.span)
            );
            found.push(Found::new(excluded.span, reason));
        }
    }
    found
}
