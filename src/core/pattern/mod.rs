//! CloudWatch Logs filter patterns: what a pattern matches, why, and what it means.
//!
#![doc = include_str!("reference.md")]

mod ast;
mod display;
mod doubt;
mod error;
pub mod explain;
mod glob;
mod json;
pub mod lint;
pub mod meaning;
mod metric;
mod number;
mod probes;
mod regex;
mod space;
mod span;
mod terms;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use ast::{
    Clause, Comparison, Condition, Expr, Field, Number, Operand, Path, Pattern, Role, Selector,
    SpacePattern, Step, Term, TermText, Test,
};
pub use doubt::{Doubt, Doubtful};
pub use error::{Api, PatternError, Refusal, carets};
pub use glob::{Glob, Shape};
pub use metric::{Sample, sample, text_at};
pub use probes::{Probe, probes};
pub use regex::Regex;
pub use span::Span;

/// The language on a page, as `secmon pattern reference` prints it.
pub const REFERENCE: &str = include_str!("reference.md");

/// How many characters a pattern may have.
const LONGEST: usize = 1024;

/// A filter pattern.
#[derive(Debug, Clone)]
pub struct FilterPattern {
    text: String,
    pattern: Pattern,
    doubts: Vec<Doubtful>,
    program: Program,
}

#[derive(Debug, Clone)]
enum Program {
    Json(json::Program),
    Terms(terms::TermsMatcher),
    Space(SpacePattern),
}

/// What a pattern makes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// AWS matches it.
    Yes,
    /// AWS does not match it.
    No,
    /// What AWS does is not established.
    Uncertain(Doubt),
}

/// A pattern with the memory it needs for messages: nothing is allocated for each of them.
#[derive(Debug)]
pub struct Matcher<'p> {
    pattern: &'p FilterPattern,
    state: json::State,
}

impl Match {
    /// All of these: No if one is, else uncertain if one is.
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::Yes;
        for answer in answers {
            match answer {
                Self::No => return Self::No,
                Self::Uncertain(_) if all == Self::Yes => all = answer,
                _ => {}
            }
        }
        all
    }

    /// One of these: Yes if one is, else uncertain if one is.
    pub fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Self::No;
        for answer in answers {
            match answer {
                Self::Yes => return Self::Yes,
                Self::Uncertain(_) if any == Self::No => any = answer,
                _ => {}
            }
        }
        any
    }
}

impl From<bool> for Match {
    fn from(matches: bool) -> Self {
        if matches { Self::Yes } else { Self::No }
    }
}

impl FilterPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// Where AWS refuses it.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let length = text.chars().count();
        if length > LONGEST {
            let start = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
            return Err(PatternError {
                message: format!(
                    "A pattern has at most {LONGEST} characters; this one has {length}."
                ),
                span: Span::new(start, text.len()),
                instead: Some("less, or divide it between two metric filters".to_owned()),
                refusal: Refusal::TooLong(text.chars().take(3).collect()),
            });
        }
        let mut doubts = Vec::new();
        let blanks = text.len() - text.trim_start().len();
        let pattern = match text[blanks..].chars().next() {
            Some('{') if blanks > 0 => {
                return Err(PatternError {
                    message: "A JSON pattern begins with `{`, not with a blank.".to_owned(),
                    span: Span::new(0, blanks),
                    instead: Some("nothing before the `{`".to_owned()),
                    refusal: Refusal::Syntax,
                });
            }
            Some('{') => Pattern::Json(json::parse(text, &mut doubts)?),
            Some('[') => Pattern::Space(space::parse(text, &mut doubts)?),
            _ => Pattern::Terms(terms::parse(text, &mut doubts)?),
        };
        Ok(Self::new(text.to_owned(), pattern, doubts))
    }

    fn new(text: String, pattern: Pattern, doubts: Vec<Doubtful>) -> Self {
        let program = match &pattern {
            Pattern::Json(expr) => Program::Json(json::Program::new(expr, &doubts)),
            Pattern::Terms(terms) => Program::Terms(terms::TermsMatcher::new(terms)),
            Pattern::Space(space) => Program::Space(space.clone()),
        };
        Self { text, pattern, doubts, program }
    }

    /// The pattern as it was given; its [`Span`]s are places in it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it is made of.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// What it raises doubts with, whatever the message is.
    pub fn doubts(&self) -> &[Doubtful] {
        &self.doubts
    }

    /// The pattern of a filter that exists: AWS has taken it, and what is left is what it means.
    #[must_use]
    pub fn accepted(mut self) -> Self {
        self.doubts.retain(|doubtful| !doubtful.doubt.settled_by_acceptance());
        Self::new(self.text, self.pattern, self.doubts)
    }

    /// What it makes of a message. For many messages use a [`Matcher`].
    pub fn test(&self, message: &str) -> Match {
        self.matcher().test(message)
    }

    /// The pattern made ready for many messages.
    pub fn matcher(&self) -> Matcher<'_> {
        Matcher { pattern: self, state: json::State::default() }
    }

    /// The values that TestMetricFilter returns with a message that matches: the fields of
    /// space-delimited patterns.
    pub fn extracted(&self, message: &str) -> BTreeMap<String, String> {
        match &self.pattern {
            Pattern::Space(space) => space::extracted(space, message),
            Pattern::Json(_) | Pattern::Terms(_) => BTreeMap::new(),
        }
    }
}

impl Matcher<'_> {
    /// What the pattern makes of a message.
    pub fn test(&mut self, message: &str) -> Match {
        match &self.pattern.program {
            Program::Json(program) => program.test(message, &mut self.state),
            _ if !self.pattern.doubts.is_empty() => Match::Uncertain(self.pattern.doubts[0].doubt),
            Program::Terms(terms) => terms.test(message),
            Program::Space(space) => space::test(space, message),
        }
    }
}
