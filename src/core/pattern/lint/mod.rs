//! What is likely wrong with a pattern, although AWS takes it, and with a text that AWS refuses.
//!
//! ```
//! use secmon_core::pattern::FilterPattern;
//! use secmon_core::pattern::lint::{About, LogGroup, lint};
//!
//! let pattern = FilterPattern::parse("{ $.readOnly = true }").unwrap();
//! let lints = lint(&pattern, &About { log_group: LogGroup::CloudTrail });
//! assert_eq!(lints[0].id.id, "boolean-as-text");
//! assert_eq!(lints[0].rewrite.as_deref(), Some("{ $.readOnly IS TRUE }"));
//! ```
//!
//! What a lint says is concrete: it names the clause and what becomes of it. A rewrite is a whole
//! pattern that parses; where it matches other messages than the pattern it is for, that is what it
//! is for. Lints that depend on what CloudTrail's events look like are given for CloudTrail's log
//! groups, and for an unknown group where the pattern names fields of CloudTrail.
//!
//! # How to add a lint
//!
//! 1. A function from `Subject` to `Found`s, in the file of its kind.
//! 2. A row in the table of `rules.rs` (of `text.rs` for texts that do not parse), in the order in
//!    which people read a pattern.
//! 3. Cases in `cases.toml`: a pattern with the rewrite and a message that shows its effect, and a
//!    pattern that must stay without the lint.

pub(super) mod cloudtrail;
mod eventbridge;
mod extent;
mod fields;
mod groups;
mod logic;
mod loose;
pub(super) mod near;
mod presence;
mod reads;
mod rules;
pub(super) mod secrets;
mod terms;
mod text;
pub(super) mod tree;
pub(super) mod values;

#[cfg(test)]
mod tests;

use super::{Expr, FilterPattern, Pattern, Span, meaning};
use rules::RULES;

pub use text::lint_text;

/// What is known about where a pattern is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct About {
    /// What the log group holds.
    pub log_group: LogGroup,
}

/// What a log group holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogGroup {
    /// CloudTrail's events.
    CloudTrail,
    /// Something else.
    Other,
    /// Not known: CloudTrail's events if the pattern names their fields.
    #[default]
    Unknown,
}

/// How much a lint matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// The pattern, or a part of it, cannot do what it was written for.
    Error,
    /// It may miss messages, or match others than were meant.
    Warning,
    /// Good to know.
    Note,
}

/// A kind of lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct LintId {
    /// Such as `not-equal-absent`: it never changes.
    pub id: &'static str,
    /// What is wrong, in general.
    pub title: &'static str,
    /// How much it matters.
    pub weight: Weight,
}

/// Something that is likely wrong.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Lint {
    /// What kind of thing.
    #[serde(flatten)]
    pub id: LintId,
    /// What is meant.
    pub span: Span,
    /// Why it is wrong here, in sentences.
    pub reason: String,
    /// A whole pattern to write instead; it parses.
    pub rewrite: Option<String>,
    /// The page, or what was seen.
    pub source: &'static str,
}

/// A pattern and what is known about it.
struct Subject<'p> {
    pattern: &'p FilterPattern,
    log_group: LogGroup,
    /// Whether it is, or has to be taken for, a pattern for CloudTrail's events.
    cloudtrail: bool,
}

/// What a rule found.
struct Found {
    span: Span,
    reason: String,
    rewrite: Option<String>,
}

/// What is likely wrong with a pattern: errors before warnings before notes, then from left to
/// right.
pub fn lint(pattern: &FilterPattern, about: &About) -> Vec<Lint> {
    let log_group = about.log_group;
    let cloudtrail = match log_group {
        LogGroup::CloudTrail => true,
        LogGroup::Other => false,
        LogGroup::Unknown => fields::names_cloudtrail(pattern),
    };
    let subject = Subject { pattern, log_group, cloudtrail };
    let mut lints: Vec<Lint> = RULES
        .iter()
        .flat_map(|rule| (rule.find)(&subject).into_iter().map(|found| rule.lint(found)))
        .collect();
    for lint in &mut lints {
        lint.rewrite.take_if(|rewrite| never_matches(rewrite));
    }
    lints.sort_by_key(|lint| (lint.id.weight, lint.span.start));
    lints
}

/// Whether a pattern is no help to anybody: nothing ever matches it.
fn never_matches(text: &str) -> bool {
    FilterPattern::parse(text)
        .is_ok_and(|pattern| matches!(meaning::extent(&pattern), meaning::Extent::Never { .. }))
}

/// Every kind of lint, those of patterns before those of texts that do not parse.
pub fn lints() -> impl Iterator<Item = LintId> {
    RULES.iter().map(|rule| rule.lint).chain(text::lints())
}

impl<'p> Subject<'p> {
    /// What stands between the braces.
    fn expr(&self) -> Option<&'p Expr> {
        match self.pattern.pattern() {
            Pattern::Json(expr) => Some(expr),
            _ => None,
        }
    }

    /// The clauses, and the expression they stand in, of a pattern for CloudTrail's events.
    fn cloudtrail_clauses(&self) -> Vec<(&'p Expr, tree::Placed<'p>)> {
        if self.cloudtrail { self.clauses() } else { Vec::new() }
    }

    fn clauses(&self) -> Vec<(&'p Expr, tree::Placed<'p>)> {
        let expr = self.expr();
        expr.into_iter()
            .flat_map(|root| tree::placed(root).into_iter().map(move |placed| (root, placed)))
            .collect()
    }

    /// What stands at a span of the pattern.
    fn text(&self, span: Span) -> &'p str {
        span.of(self.pattern.text())
    }
}

impl Found {
    fn new(span: Span, reason: impl Into<String>) -> Self {
        Self { span, reason: reason.into(), rewrite: None }
    }

    fn rewrite(self, rewrite: Option<String>) -> Self {
        Self { rewrite, ..self }
    }
}
