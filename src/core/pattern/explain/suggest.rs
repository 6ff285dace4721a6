//! What to change for a message to match.
//!
//! Each hint looks at one clause that failed and says what was likely meant. Whether the pattern with
//! it matches is tried, not believed.

use serde_json::Value;

use super::misses::{self, HINTS};
use super::{Kind, Node, Suggestion, message, same};
use crate::pattern::lint::near::{nearly, same_but_for_case};
use crate::pattern::lint::tree::{Placed, clause, map, placed, print, replace};
use crate::pattern::{
    Clause, Comparison, Condition, Expr, Field, FilterPattern, Glob, Match, Operand, Pattern, Role,
    Shape, SpacePattern, Span, Term, TermText,
};

/// A clause that a message did not satisfy.
pub(super) struct Miss<'a> {
    pub(super) clause: &'a Clause,
    /// The values it was asked of, as they stand in the message.
    pub(super) values: Vec<&'a str>,
    /// The message.
    pub(super) event: &'a Value,
    pub(super) message: &'a str,
    pub(super) verdict: Match,
}

/// What was likely meant by a clause.
pub(super) struct Meant {
    pub(super) says: String,
    /// What to put in its place.
    pub(super) with: Option<Expr>,
    /// Whether it is worth saying even if it does not hold either.
    pub(super) anyway: bool,
}

pub(super) fn suggest(pattern: &FilterPattern, message: &str, root: &Node) -> Vec<Suggestion> {
    match pattern.pattern() {
        Pattern::Json(expr) => json(pattern, expr, message),
        Pattern::Terms(terms) => of_terms(terms, message),
        Pattern::Space(space) => of_fields(pattern, space, message, root),
    }
}

/// Hints that are told only where the message matches with them.
const IN_PASSING: &[&str] = &["not-equal-absent", "null-value", "inner-wildcard"];

fn json(pattern: &FilterPattern, root: &Expr, message: &str) -> Vec<Suggestion> {
    let mut suggestions = message::suggest(pattern, root, message);
    let Some(event) = message::object(message) else {
        return suggestions;
    };
    // A message that holds the event somewhere inside is not compared clause by clause.
    if !suggestions.is_empty() {
        return suggestions;
    }
    let verdicts = |expr: &Expr| -> Match { verdict(pattern, expr, message) };
    let mut repairs: Vec<(*const Clause, Expr)> = Vec::new();
    for placed in placed(root) {
        if placed.around.iter().any(|expr| verdicts(expr) == Match::Yes) {
            continue;
        }
        let miss = Miss {
            clause: placed.clause,
            values: crate::pattern::json::select(&placed.clause.selector.path, message),
            event: &event,
            message,
            verdict: verdicts(&Expr::Clause(placed.clause.clone())),
        };
        let mut first = true;
        for (id, hint) in HINTS {
            let Some(suggestion) = hint(&miss).and_then(|meant| {
                let holds = meant.with.as_ref().is_some_and(|with| misses::holds(with, message));
                if holds
                    && first
                    && let Some(with) = &meant.with
                {
                    repairs.push((placed.clause, with.clone()));
                    first = false;
                }
                (holds || meant.anyway).then(|| made(id, &meant, root, &placed, message))
            }) else {
                continue;
            };
            suggestions.push(suggestion);
        }
    }
    suggestions.extend(together(pattern, root, &repairs, &suggestions, message));
    // Where other clauses fail for good, that a field is absent is no news about the message.
    if suggestions.iter().all(|suggestion| !suggestion.matches) {
        suggestions.retain(|suggestion| !IN_PASSING.contains(&suggestion.id));
    }
    // The sort keeps the order of equals: what makes the message match comes first.
    suggestions.sort_by_key(|suggestion| !suggestion.matches);
    suggestions
}

fn verdict(pattern: &FilterPattern, expr: &Expr, message: &str) -> Match {
    match expr {
        Expr::All(parts, _) => Match::all(parts.iter().map(|it| verdict(pattern, it, message))),
        Expr::Any(parts, _) => Match::any(parts.iter().map(|it| verdict(pattern, it, message))),
        Expr::Clause(clause) => {
            crate::pattern::json::judge_clause(clause, pattern.doubts(), message)
        }
        Expr::Empty(_) => pattern.test(message),
    }
}

fn made(
    id: &'static str,
    meant: &Meant,
    root: &Expr,
    placed: &Placed<'_>,
    message: &str,
) -> Suggestion {
    let with = meant.with.as_ref();
    let pattern = with.and_then(|with| print(replace(root, placed.expr()?, with)));
    Suggestion {
        id,
        says: meant.says.clone(),
        span: placed.clause.span,
        clause: with.map(ToString::to_string),
        matches: matches(pattern.as_deref(), message),
        pattern,
    }
}

/// Whether a pattern matches a message, for certain.
pub(super) fn matches(pattern: Option<&str>, message: &str) -> bool {
    pattern
        .and_then(|pattern| FilterPattern::parse(pattern).ok())
        .is_some_and(|pattern| pattern.test(message) == Match::Yes)
}

/// All repairs at once, where one alone is not enough.
fn together(
    pattern: &FilterPattern,
    root: &Expr,
    repairs: &[(*const Clause, Expr)],
    suggestions: &[Suggestion],
    message: &str,
) -> Option<Suggestion> {
    if repairs.len() < 2 || suggestions.iter().any(|suggestion| suggestion.matches) {
        return None;
    }
    let all = print(map(root, &|expr| match expr {
        Expr::Clause(clause) => repairs
            .iter()
            .find(|(target, _)| std::ptr::eq(*target, clause))
            .map(|(_, with)| with.clone()),
        _ => None,
    }));
    matches(all.as_deref(), message).then(|| Suggestion {
        id: "all-together",
        says: "With all of these changes the message matches.".to_owned(),
        span: Span::new(0, pattern.text().len()),
        clause: None,
        pattern: all,
        matches: true,
    })
}

fn of_terms(terms: &[Term], message: &str) -> Vec<Suggestion> {
    let required = terms.iter().any(|term| term.role == Role::Required);
    let mut suggestions = Vec::new();
    for (at, term) in terms.iter().enumerate() {
        let TermText::Text(text) = &term.text else {
            continue;
        };
        let counts = term.role == Role::Required || (term.role == Role::Optional && !required);
        if !counts || text.is_empty() || message.contains(text.as_str()) {
            continue;
        }
        let with = |terms_instead: Vec<Term>| {
            let mut all = terms.to_vec();
            all.splice(at..=at, terms_instead);
            let text = Pattern::Terms(all).to_string();
            FilterPattern::parse(&text).is_ok().then_some(text)
        };
        let suggestion = if let Some(found) = ignoring_case(message, text) {
            let term = Term { text: TermText::Text(found.to_owned()), ..term.clone() };
            let says = format!("The message has \"{found}\"; terms are compared letter by letter.");
            Some(("term-case", says, with(vec![term])))
        } else {
            apart(term, text, message).map(|(says, instead)| ("term-apart", says, with(instead)))
        };
        if let Some((id, says, rewrite)) = suggestion {
            suggestions.push(Suggestion {
                id,
                says,
                span: term.span,
                clause: None,
                matches: matches(rewrite.as_deref(), message),
                pattern: rewrite,
            });
        }
    }
    suggestions
}

/// A text in a message, whatever its case.
fn ignoring_case<'m>(message: &'m str, text: &str) -> Option<&'m str> {
    let length = text.len();
    let mut places = message.char_indices().filter_map(|(at, _)| message.get(at..at + length));
    places.find(|there| there.eq_ignore_ascii_case(text))
}

/// The words of a phrase, where each is in the message and the phrase is not.
fn apart(term: &Term, text: &str, message: &str) -> Option<(String, Vec<Term>)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() < 2
        || term.role != Role::Required
        || !words.iter().all(|word| message.contains(word))
    {
        return None;
    }
    let says = format!(
        "The words of \"{text}\" are in the message, but not in a row; as terms of their own they are \
         found anywhere."
    );
    let each =
        words.iter().map(|word| Term { text: TermText::Text((*word).to_owned()), ..term.clone() });
    Some((says, each.collect()))
}

fn of_fields(
    pattern: &FilterPattern,
    space: &SpacePattern,
    message: &str,
    root: &Node,
) -> Vec<Suggestion> {
    let mut suggestions = Vec::new();
    if root.kind == Kind::All && !root.expected.is_empty() {
        let says = format!(
            "The message has fewer words than the pattern has fields ({}).",
            super::words::needed(space)
        );
        let span = Span::new(0, pattern.text().len());
        suggestions.push(Suggestion {
            id: "too-few-words",
            says,
            span,
            clause: None,
            pattern: None,
            matches: false,
        });
        return suggestions;
    }
    for ((at, field), node) in space.fields.iter().enumerate().zip(&root.parts) {
        let Field::Word { condition: Some(condition), span, name } = field else {
            continue;
        };
        let Condition::Compare(Comparison::Equal, Operand::Text(glob, _), place) = condition else {
            continue;
        };
        let (Shape::Exact(wanted), [word]) = (glob.shape(), &node.found[..]) else {
            continue;
        };
        if !same(node.verdict, Match::No)
            || !(same_but_for_case(wanted, word) || nearly(wanted, word))
        {
            continue;
        }
        let operand = Operand::Text(Glob::new(word), *place);
        let condition = Condition::Compare(Comparison::Equal, operand, *place);
        let mut fields = space.fields.clone();
        fields[at] = Field::Word { name: name.clone(), condition: Some(condition), span: *span };
        let rewrite = Pattern::Space(SpacePattern { fields }).to_string();
        let rewrite = FilterPattern::parse(&rewrite).is_ok().then_some(rewrite);
        suggestions.push(Suggestion {
            id: "value-case",
            says: format!("The message has {word} there; words are compared letter by letter."),
            span: *span,
            clause: None,
            matches: matches(rewrite.as_deref(), message),
            pattern: rewrite,
        });
    }
    suggestions
}

/// A clause with another selector.
pub(super) fn at(path: &crate::pattern::Path, original: &Clause) -> Expr {
    clause(path, original.test.clone())
}
