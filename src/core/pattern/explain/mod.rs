//! Why a message matches a pattern, or does not.
//!
//! ```
//! use secmon_core::pattern::explain::explain;
//! use secmon_core::pattern::{FilterPattern, Match};
//!
//! let pattern = FilterPattern::parse("{ $.eventName = \"getsecretvalue\" }").unwrap();
//! let explanation = explain(&pattern, "{\"eventName\":\"GetSecretValue\"}");
//! assert_eq!(explanation.verdict, Match::No);
//! assert_eq!(explanation.root.found, ["\"GetSecretValue\""]);
//! let nearest = &explanation.suggestions[0];
//! assert_eq!(nearest.pattern.as_deref(), Some("{ $.eventName = \"GetSecretValue\" }"));
//! assert!(nearest.matches);
//! ```
//!
//! The clauses are judged one by one by what judges whole patterns, and joined by the same logic of
//! yes, no and uncertain, so that an explanation cannot say anything else than the evaluator. A
//! suggestion that says of itself that it matches was tried.

mod expected;
mod message;
mod misses;
mod places;
mod suggest;
mod words;

#[cfg(test)]
mod tests;

use super::{Doubt, Expr, FilterPattern, Match, Pattern, Span};

/// What a pattern makes of a message, and why.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Explanation {
    /// The pattern as it was given; spans are places in it.
    pub pattern: String,
    /// What it makes of the message.
    #[serde(serialize_with = "verdict")]
    pub verdict: Match,
    /// Why the verdict is uncertain.
    pub doubt: Option<Doubt>,
    /// Why the verdict is what it is, as a sentence.
    pub reason: String,
    /// The pattern piece by piece.
    pub root: Node,
    /// What to change for the message to match, the nearest first.
    pub suggestions: Vec<Suggestion>,
}

/// A piece of a pattern and what became of it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Node {
    /// What kind of piece.
    pub kind: Kind,
    /// As it stands in the pattern.
    pub text: String,
    /// Where.
    pub span: Span,
    /// What it makes of the message.
    #[serde(serialize_with = "verdict")]
    pub verdict: Match,
    /// Why the verdict is uncertain.
    pub doubt: Option<Doubt>,
    /// Whether the verdict on the whole follows from this one.
    pub decides: bool,
    /// What it was asked of: values as they stand in the message, words, or none if absent.
    pub found: Vec<String>,
    /// What would make it hold, in words; empty for a piece made of others.
    pub expected: String,
    /// What it is made of.
    pub parts: Vec<Self>,
}

/// What kind of piece a [`Node`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// All of its parts have to hold.
    All,
    /// One of its parts has to hold.
    Any,
    /// A selector and what is asked of its value.
    Clause,
    /// A term that has to be there, must not be there, or is one of several.
    Term,
    /// A term that counts for nothing beside others.
    IgnoredTerm,
    /// A field of a space-delimited pattern.
    Field,
    /// A comparison of a field's word.
    Condition,
    /// Nothing: an empty pattern, or what is between empty braces.
    Nothing,
}

/// A change after which the message would match, or would be nearer to it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Suggestion {
    /// Such as `value-case`: it never changes.
    pub id: &'static str,
    /// What is the matter, and what to do.
    pub says: String,
    /// What it is about; the whole pattern where it is about the message.
    pub span: Span,
    /// What to write in place of the clause.
    pub clause: Option<String>,
    /// The whole pattern with it; it parses.
    pub pattern: Option<String>,
    /// Whether that pattern matches the message.
    pub matches: bool,
}

/// Explains what a pattern makes of a message.
pub fn explain(pattern: &FilterPattern, message: &str) -> Explanation {
    let verdict = pattern.test(message);
    let mut root = match pattern.pattern() {
        Pattern::Json(expr) => json(pattern, expr, message),
        Pattern::Terms(terms) => words::terms(pattern, terms, message),
        Pattern::Space(space) => words::space(pattern, space, message),
    };
    // Where AWS may not take the pattern at all, its pieces decide nothing.
    if same(root.verdict, verdict) {
        root.mark();
    }
    let suggestions = match verdict {
        Match::Yes => Vec::new(),
        Match::No | Match::Uncertain(_) => suggest::suggest(pattern, message, &root),
    };
    Explanation {
        pattern: pattern.text().to_owned(),
        verdict,
        doubt: doubt(verdict),
        reason: reason(pattern, message, verdict, &root),
        root,
        suggestions,
    }
}

fn same(a: Match, b: Match) -> bool {
    std::mem::discriminant(&a) == std::mem::discriminant(&b)
}

fn json(pattern: &FilterPattern, expr: &Expr, message: &str) -> Node {
    let node = |kind, verdict| Node::new(pattern, kind, expr.span(), verdict);
    let parts = |parts: &[Expr]| -> Vec<Node> {
        parts.iter().map(|part| json(pattern, part, message)).collect()
    };
    match expr {
        Expr::All(inner, _) => {
            let parts = parts(inner);
            let verdict = Match::all(parts.iter().map(|part| part.verdict));
            Node { parts, ..node(Kind::All, verdict) }
        }
        Expr::Any(inner, _) => {
            let parts = parts(inner);
            let verdict = Match::any(parts.iter().map(|part| part.verdict));
            Node { parts, ..node(Kind::Any, verdict) }
        }
        Expr::Clause(clause) => {
            let verdict = super::json::judge_clause(clause, pattern.doubts(), message);
            let values = super::json::select(&clause.selector.path, message);
            Node {
                found: values.into_iter().map(str::to_owned).collect(),
                expected: expected::test(&clause.test),
                ..node(Kind::Clause, verdict)
            }
        }
        Expr::Empty(_) => node(Kind::Nothing, pattern.test(message)),
    }
}

impl Node {
    fn new(pattern: &FilterPattern, kind: Kind, span: Span, verdict: Match) -> Self {
        Self {
            kind,
            text: span.of(pattern.text()).to_owned(),
            span,
            verdict,
            doubt: doubt(verdict),
            decides: false,
            found: Vec::new(),
            expected: String::new(),
            parts: Vec::new(),
        }
    }

    /// Marks what the verdict follows from: the first part that fails a `&&`, all that hold it up;
    /// the first part that carries a `||`, all that fail it; what is uncertain where that is why.
    fn mark(&mut self) {
        self.decides = true;
        let first =
            matches!((self.kind, self.verdict), (Kind::All, Match::No) | (Kind::Any, Match::Yes));
        let verdict = self.verdict;
        let deciding = self.parts.iter_mut().filter(|part| same(part.verdict, verdict));
        let most = if first { 1 } else { usize::MAX };
        deciding.filter(|part| part.kind != Kind::IgnoredTerm).take(most).for_each(Self::mark);
    }

    /// The pieces without parts that decide.
    pub fn deciding(&self) -> Vec<&Self> {
        if !self.decides {
            Vec::new()
        } else if self.parts.is_empty() {
            vec![self]
        } else {
            self.parts.iter().flat_map(Self::deciding).collect()
        }
    }
}

fn doubt(verdict: Match) -> Option<Doubt> {
    match verdict {
        Match::Uncertain(doubt) => Some(doubt),
        Match::Yes | Match::No => None,
    }
}

fn verdict<S: serde::Serializer>(verdict: &Match, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match verdict {
        Match::Yes => "yes",
        Match::No => "no",
        Match::Uncertain(_) => "uncertain",
    })
}

fn reason(pattern: &FilterPattern, message: &str, verdict: Match, root: &Node) -> String {
    if let Match::Uncertain(doubt) = verdict {
        return doubt.says().to_owned();
    }
    if let (Match::No, Some(says)) = (verdict, message::fault(pattern, message)) {
        return says;
    }
    let deciding = root.deciding();
    let Some(first) = deciding.first() else {
        return "The pattern asks for nothing.".to_owned();
    };
    match (verdict, deciding.len()) {
        (Match::Yes, 1) => format!("`{}` holds: {}.", first.text, found(first)),
        (Match::Yes, many) => format!("All {many} clauses that are needed hold."),
        (_, 1) => format!("`{}` does not hold: {}.", first.text, found(first)),
        (_, many) => format!("None of {many} alternatives holds."),
    }
}

/// "the message has X there, expected is Y"
fn found(node: &Node) -> String {
    const MOST: usize = 80;
    let short = |text: &String| match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.clone(),
    };
    let found: Vec<String> = node.found.iter().take(3).map(short).collect();
    let more = if node.found.len() > 3 { ", …" } else { "" };
    let found = match (node.kind, found.is_empty()) {
        (Kind::Clause, true) => "the field is absent".to_owned(),
        (_, true) => "it is not in the message".to_owned(),
        _ => format!("found {}{more}", found.join(", ")),
    };
    if node.expected.is_empty() {
        found
    } else {
        format!("{found}, asked for is {}", node.expected)
    }
}
