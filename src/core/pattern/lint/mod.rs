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
//! 1. A function from [`Subject`] to [`Found`]s, in the file of its kind.
//! 2. A row in [`RULES`] (or [`text::RULES`](text) for texts that do not parse), in the order in
//!    which people read a pattern.
//! 3. Cases in `cases.toml`: a pattern with the rewrite and a message that shows its effect, and a
//!    pattern that must stay without the lint.

pub(super) mod cloudtrail;
mod eventbridge;
mod fields;
mod groups;
mod logic;
mod loose;
pub(super) mod near;
mod presence;
pub(super) mod secrets;
mod terms;
mod text;
pub(super) mod tree;
pub(super) mod values;

#[cfg(test)]
mod tests;

use super::{Expr, FilterPattern, Pattern, Span};

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

/// A lint and how it is found.
struct Rule {
    lint: LintId,
    source: &'static str,
    find: fn(&Subject<'_>) -> Vec<Found>,
}

const fn rule(
    weight: Weight,
    id: &'static str,
    title: &'static str,
    source: &'static str,
    find: fn(&Subject<'_>) -> Vec<Found>,
) -> Rule {
    Rule { lint: LintId { id, title, weight }, source, find }
}

const SYNTAX: &str = "CloudWatch Logs User Guide, Filter pattern syntax";
const RECORD: &str = "CloudTrail User Guide, CloudTrail record contents";
const IDENTITY: &str = "CloudTrail User Guide, CloudTrail userIdentity element";
const SEEN: &str = "seen on AWS with TestMetricFilter";
const EVENTS: &str = "seen in CloudTrail's events";

/// The lints of patterns, in the order in which they are printed for one place.
static RULES: &[Rule] = &[
    // Kinds of pattern
    rule(
        Weight::Error,
        "quoted-pattern",
        "The whole pattern is in quotes and so a term",
        SYNTAX,
        terms::quoted_pattern,
    ),
    rule(
        Weight::Error,
        "fields-on-cloudtrail",
        "A space-delimited pattern does not read CloudTrail's JSON",
        SYNTAX,
        groups::fields_on_cloudtrail,
    ),
    rule(
        Weight::Warning,
        "terms-on-cloudtrail",
        "A term is found anywhere in an event, not only in its name",
        "seen in 30,493 events: \"GetSecretValue\" is in 174, of which 21 are other calls",
        groups::terms_on_cloudtrail,
    ),
    rule(
        Weight::Error,
        "one-field",
        "A word in brackets is the name of a field, not a word to look for",
        SEEN,
        groups::one_field,
    ),
    rule(
        Weight::Warning,
        "curly-quote",
        "Curly quotes are plain characters",
        SYNTAX,
        text::curly_in_pattern,
    ),
    // Selectors
    rule(
        Weight::Error,
        "selector-case",
        "CloudTrail writes the field in other letters",
        RECORD,
        fields::case,
    ),
    rule(
        Weight::Error,
        "selector-wrapped",
        "The selector goes through what EventBridge or a file puts around an event",
        EVENTS,
        fields::wrapped,
    ),
    rule(
        Weight::Error,
        "selector-parent",
        "The field stands inside another one",
        RECORD,
        fields::parentless,
    ),
    rule(
        Weight::Error,
        "selector-misspelled",
        "CloudTrail has no such field, but one with nearly that name",
        RECORD,
        fields::misspelled,
    ),
    rule(
        Weight::Error,
        "compares-object",
        "An object or an array is compared with a value",
        SEEN,
        fields::compares_object,
    ),
    // Values
    rule(
        Weight::Error,
        "boolean-as-text",
        "`=` compares text and numbers, not true and false",
        SEEN,
        values::boolean_as_text,
    ),
    rule(
        Weight::Error,
        "text-as-boolean",
        "CloudTrail writes this true or false as text",
        IDENTITY,
        values::text_as_boolean,
    ),
    rule(
        Weight::Error,
        "event-source-form",
        "An event source is the service's address",
        RECORD,
        values::event_source_form,
    ),
    rule(
        Weight::Error,
        "event-name-form",
        "An event name is the operation's name alone",
        RECORD,
        values::event_name_form,
    ),
    rule(
        Weight::Error,
        "value-misspelled",
        "The value is nearly one that CloudTrail writes",
        RECORD,
        values::misspelled,
    ),
    rule(
        Weight::Warning,
        "value-unknown",
        "CloudTrail never writes the value in this field",
        RECORD,
        values::unknown,
    ),
    rule(
        Weight::Warning,
        "stray-blank",
        "A value begins or ends with a blank",
        SEEN,
        values::stray_blank,
    ),
    rule(
        Weight::Error,
        "not-equal-anything",
        "`!= \"*\"` never holds",
        SEEN,
        values::not_equal_anything,
    ),
    rule(
        Weight::Warning,
        "inner-wildcard",
        "What a `*` inside a value does is not established",
        "CloudWatch Logs User Guide of 2020 (plain character); tests on AWS of 2018 (wildcard)",
        values::inner_wildcard,
    ),
    rule(
        Weight::Note,
        "double-wildcard",
        "Whether `*text*` is found anywhere in a value is not documented",
        SYNTAX,
        values::double_wildcard,
    ),
    rule(Weight::Note, "question-mark", "`?` is a plain character", SEEN, values::question_mark),
    // How clauses go together
    rule(
        Weight::Warning,
        "not-equal-absent",
        "`!=` does not hold where the field is absent",
        SEEN,
        presence::not_equal_absent,
    ),
    rule(
        Weight::Error,
        "not-equal-or",
        "`!=` joined by `||` matches nearly everything",
        "CIS 3.1 as printed in several guides matches 30,493 of 30,493 events",
        presence::not_equal_or,
    ),
    rule(
        Weight::Warning,
        "mixed-operators",
        "`&&` and `||` are mixed without parentheses",
        SYNTAX,
        logic::mixed_operators,
    ),
    rule(
        Weight::Error,
        "never-matches",
        "The pattern, or a part of it, never matches",
        SEEN,
        logic::never_matches,
    ),
    rule(
        Weight::Warning,
        "matches-everything",
        "The pattern matches every JSON object",
        SEEN,
        logic::matches_everything,
    ),
    rule(Weight::Note, "duplicate", "Something is said twice", SYNTAX, logic::duplicate),
    rule(Weight::Note, "implied", "A clause makes no difference", SYNTAX, logic::implied),
    // Reads of secrets
    rule(
        Weight::Warning,
        "secret-by-name-only",
        "Reads by ARN, as the console makes them, are missed",
        "captured: `requestParameters.secretId` is what the caller typed, the console's is the ARN",
        secrets::by_name_only,
    ),
    rule(
        Weight::Warning,
        "secret-by-arn-only",
        "Reads by name, as with the AWS CLI, are missed",
        "captured: `requestParameters.secretId` is what the caller typed",
        secrets::by_arn_only,
    ),
    rule(
        Weight::Warning,
        "service-invoked-excluded",
        "The secrets read by BatchGetSecretValue are missed",
        "captured 2026-09-24: the GetSecretValue events of a batch are invoked by \
         secretsmanager.amazonaws.com",
        secrets::service_invoked_excluded,
    ),
    // Terms
    rule(
        Weight::Error,
        "optional-ignored",
        "`?` terms count for nothing beside other terms",
        SYNTAX,
        terms::optional_ignored,
    ),
    rule(
        Weight::Warning,
        "word-operator",
        "AND, OR and NOT are looked for as words",
        SYNTAX,
        terms::word_operator,
    ),
    rule(
        Weight::Warning,
        "symbols-without-quotes",
        "A term with symbols stands in quotes",
        SYNTAX,
        groups::symbols_without_quotes,
    ),
    // What is not established
    rule(
        Weight::Note,
        "not-established",
        "What AWS does with this is not established",
        "no documentation and no observation",
        groups::not_established,
    ),
];

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
    lints.sort_by_key(|lint| (lint.id.weight, lint.span.start));
    lints
}

/// Every kind of lint, those of patterns before those of texts that do not parse.
pub fn lints() -> impl Iterator<Item = LintId> {
    RULES.iter().map(|rule| rule.lint).chain(text::lints())
}

impl Rule {
    fn lint(&self, found: Found) -> Lint {
        let Found { span, reason, rewrite } = found;
        Lint { id: self.lint, span, reason, rewrite, source: self.source }
    }
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
