//! Patterns of terms and space-delimited ones, piece by piece.
//!
//! Each piece is judged by the evaluator as a pattern with nothing but that piece in it.

use super::expected;
use super::{Kind, Node, same};
use crate::pattern::{
    Comparison, Condition, Field, FilterPattern, Match, Operand, Pattern, Role, SpacePattern, Span,
    Term, TermText,
};

pub(super) fn terms(pattern: &FilterPattern, terms: &[Term], message: &str) -> Node {
    let whole = Span::new(0, pattern.text().len());
    if terms.is_empty() {
        let verdict = pattern.test(message);
        return Node {
            expected: "any message".to_owned(),
            ..Node::new(pattern, Kind::Nothing, whole, verdict)
        };
    }
    let required = terms.iter().any(|term| term.role == Role::Required);
    let node = |term: &Term| term_node(pattern, term, message, required);
    let (optional, needed): (Vec<&Term>, Vec<&Term>) =
        terms.iter().partition(|term| term.role == Role::Optional);
    let mut parts: Vec<Node> = needed.into_iter().map(node).collect();
    let alternatives: Vec<Node> = optional.into_iter().map(node).collect();
    if required {
        parts.extend(alternatives);
    } else if !alternatives.is_empty() {
        let verdict = Match::any(alternatives.iter().map(|part| part.verdict));
        let any = Node { parts: alternatives, ..Node::new(pattern, Kind::Any, whole, verdict) };
        if parts.is_empty() {
            return any;
        }
        parts.push(any);
    }
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let counted = parts.iter().filter(|part| part.kind != Kind::IgnoredTerm);
    let verdict = Match::all(counted.map(|part| part.verdict));
    Node { parts, ..Node::new(pattern, Kind::All, whole, verdict) }
}

fn term_node(pattern: &FilterPattern, term: &Term, message: &str, required: bool) -> Node {
    let alone = Term { role: Role::Required, ..term.clone() };
    let there = judge(pattern, Pattern::Terms(vec![alone]), message);
    let what = match &term.text {
        TermText::Text(text) => format!("\"{text}\""),
        TermText::Regex(regex) => format!("text that %{}% describes", regex.source()),
    };
    let (kind, verdict, expected) = match term.role {
        Role::Required => (Kind::Term, there, format!("{what} somewhere in the message")),
        Role::Optional if required => {
            (Kind::IgnoredTerm, there, "nothing: it is ignored beside terms without `?`".to_owned())
        }
        Role::Optional => (Kind::Term, there, format!("{what} somewhere in the message")),
        Role::Excluded => (Kind::Term, not(there), format!("{what} nowhere in the message")),
    };
    let found = match (&term.text, there) {
        (TermText::Text(text), Match::Yes) => around(message, text).into_iter().collect(),
        _ => Vec::new(),
    };
    Node { found, expected, ..Node::new(pattern, kind, term.span, verdict) }
}

fn not(answer: Match) -> Match {
    match answer {
        Match::Yes => Match::No,
        Match::No => Match::Yes,
        uncertain => uncertain,
    }
}

/// How much of a message is shown on each side of a term.
const AROUND: usize = 20;

/// The first place of a text in a message, with what stands around it.
fn around(message: &str, text: &str) -> Option<String> {
    let at = message.find(text)?;
    let before = &message[..at];
    let after = &message[at + text.len()..];
    let start = before.char_indices().rev().nth(AROUND - 1).map_or(0, |(at, _)| at);
    let end = after.char_indices().nth(AROUND).map_or(after.len(), |(at, _)| at);
    let head = if start > 0 { "…" } else { "" };
    let tail = if end < after.len() { "…" } else { "" };
    Some(format!("{head}{}{text}{}{tail}", &before[start..], &after[..end]))
}

/// What a pattern made of pieces of another one makes of a message.
fn judge(whole: &FilterPattern, pattern: Pattern, message: &str) -> Match {
    FilterPattern::new(whole.text().to_owned(), pattern, Vec::new()).test(message)
}

pub(super) fn space(pattern: &FilterPattern, space: &SpacePattern, message: &str) -> Node {
    let whole = Span::new(0, pattern.text().len());
    let taken = Taken::of(pattern, space, message);
    let mut parts = Vec::new();
    for (at, field) in space.fields.iter().enumerate() {
        let (span, condition) = match field {
            Field::Ellipsis(span) => (*span, None),
            Field::Word { span, condition, .. } => (*span, condition.as_ref()),
        };
        let mut node = match condition {
            None => {
                let expected = match field {
                    Field::Ellipsis(_) => "any number of words",
                    Field::Word { .. } => "a word",
                };
                let node = Node::new(pattern, Kind::Field, span, taken.verdict);
                Node { expected: expected.to_owned(), ..node }
            }
            Some(condition) => {
                let asked = Asked { pattern, space, message, at };
                Node { kind: Kind::Field, ..asked.node(condition, span) }
            }
        };
        node.found = taken.words.get(at).cloned().unwrap_or_default();
        for part in &mut node.parts {
            part.found.clone_from(&node.found);
        }
        parts.push(node);
    }
    // Of several doubts the evaluator may name another one than the fields do one by one.
    let evaluated = pattern.test(message);
    let joined = Match::all(parts.iter().map(|part| part.verdict));
    let verdict = if parts.is_empty() || same(evaluated, joined) { evaluated } else { joined };
    let missing = format!("at least {} words", needed(space));
    let expected = if taken.verdict == Match::No { missing } else { String::new() };
    Node { parts, expected, ..Node::new(pattern, Kind::All, whole, verdict) }
}

/// How many words a message needs for each field to have one.
pub(super) fn needed(space: &SpacePattern) -> usize {
    space.fields.iter().filter(|field| matches!(field, Field::Word { .. })).count()
}

/// The words that each field takes: none where the message has not enough of them.
struct Taken {
    /// What the pattern without its conditions makes of the message.
    verdict: Match,
    words: Vec<Vec<String>>,
}

impl Taken {
    /// The evaluator divides the message: the fields are given names by which its extracted values
    /// are found again.
    fn of(pattern: &FilterPattern, space: &SpacePattern, message: &str) -> Self {
        let name = |at: usize| format!("field{at}");
        let bare = space.fields.iter().enumerate().map(|(at, field)| match field {
            Field::Ellipsis(span) => Field::Ellipsis(*span),
            Field::Word { span, .. } => {
                Field::Word { name: Some(name(at)), condition: None, span: *span }
            }
        });
        let fields: Vec<Field> = bare.collect();
        let bare = Pattern::Space(SpacePattern { fields });
        let bare = FilterPattern::new(pattern.text().to_owned(), bare, Vec::new());
        let verdict = bare.test(message);
        let mut extracted = bare.extracted(message);
        let mut words: Vec<Vec<String>> = (0..space.fields.len())
            .map(|at| extracted.remove(&format!("${}", name(at))).into_iter().collect())
            .collect();
        // What is left are the words that `...` took, called by their numbers.
        let mut rest: Vec<(usize, String)> = extracted
            .into_iter()
            .filter_map(|(key, word)| Some((key.trim_start_matches('$').parse().ok()?, word)))
            .collect();
        rest.sort();
        let ellipsis = space.fields.iter().position(|field| matches!(field, Field::Ellipsis(_)));
        if let Some(taken) = ellipsis.and_then(|at| words.get_mut(at)) {
            taken.extend(rest.into_iter().map(|(_, word)| word));
        }
        Self { verdict, words }
    }
}

/// A field whose condition is judged.
struct Asked<'a> {
    pattern: &'a FilterPattern,
    space: &'a SpacePattern,
    message: &'a str,
    at: usize,
}

impl Asked<'_> {
    fn node(&self, condition: &Condition, span: Span) -> Node {
        let nodes = |conditions: &[Condition]| -> Vec<Node> {
            conditions.iter().map(|condition| self.node(condition, span)).collect()
        };
        match condition {
            Condition::All(conditions) => {
                let parts = nodes(conditions);
                let verdict = Match::all(parts.iter().map(|part| part.verdict));
                Node { parts, ..Node::new(self.pattern, Kind::All, span, verdict) }
            }
            Condition::Any(conditions) => {
                let parts = nodes(conditions);
                let verdict = Match::any(parts.iter().map(|part| part.verdict));
                Node { parts, ..Node::new(self.pattern, Kind::Any, span, verdict) }
            }
            Condition::Compare(comparison, operand, span) => {
                let verdict = self.judge(*comparison, operand, *span);
                let expected = expected::compare(*comparison, operand, "word");
                Node { expected, ..Node::new(self.pattern, Kind::Condition, *span, verdict) }
            }
        }
    }

    /// The pattern with no condition but this one.
    fn judge(&self, comparison: Comparison, operand: &Operand, span: Span) -> Match {
        let fields = self.space.fields.iter().enumerate().map(|(at, field)| match field {
            Field::Ellipsis(span) => Field::Ellipsis(*span),
            Field::Word { name, span: place, .. } => {
                let condition = Condition::Compare(comparison, operand.clone(), span);
                Field::Word {
                    name: name.clone(),
                    condition: (at == self.at).then_some(condition),
                    span: *place,
                }
            }
        });
        let pattern = Pattern::Space(SpacePattern { fields: fields.collect() });
        judge(self.pattern, pattern, self.message)
    }
}
