//! CloudWatch Logs filter patterns: what a pattern matches, why, and what it means.

mod ast;
mod doubt;
mod error;
mod glob;
mod regex;
mod span;
mod terms;

pub use ast::{
    Clause, Comparison, Condition, Expr, Field, Number, Operand, Path, Pattern, Role, Selector,
    SpacePattern, Step, Term, TermText, Test,
};
pub use doubt::{Doubt, Doubtful};
pub use error::{Api, PatternError, Refusal, carets};
pub use glob::{Glob, Shape};
pub use regex::Regex;
pub use span::Span;

/// A filter pattern.
#[derive(Debug, Clone)]
pub struct FilterPattern {
    text: String,
    pattern: Pattern,
    doubts: Vec<Doubtful>,
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
