//! Why AWS refuses a pattern, and what to write instead.

use std::fmt::Write as _;

use super::span::Span;

/// A pattern that AWS refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    /// What is wrong, as a sentence.
    pub message: String,
    /// What is wrong with it.
    pub span: Span,
    /// What to write instead.
    pub instead: Option<String>,
    /// How AWS refuses it.
    pub refusal: Refusal,
}

/// How AWS refuses a pattern, as far as that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// "Invalid metric filter pattern": the words of the language in an order it does not have.
    Syntax,
    /// "Invalid character(s) in term '…'": a word of the language that breaks off.
    Term(String),
    /// Refused as a term today; as a syntax error in 2018.
    Order(String),
    /// "If a filter pattern starts with '{' it must end with '}'".
    Unclosed,
    /// "Duplicate field '…'".
    DuplicateField(String),
    /// More than one wildcard in a selector.
    SelectorWildcards,
    /// More than 1,024 characters; AWS repeats the pattern, of which this is the beginning.
    TooLong(String),
    /// "Failed to compile regular expression."
    Regex,
    /// Dimensions with a pattern of terms.
    DimensionsUnsupported,
    /// A dimension that is no selector of the pattern.
    DimensionSelector,
    /// Seen as an InvalidParameterException, without its text.
    CodeOnly,
    /// It is documented that AWS refuses it; in which words is not known.
    Unrecorded,
}

/// The API whose wording is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// TestMetricFilter and PutMetricFilter.
    MetricFilter,
    /// FilterLogEvents.
    FilterLogEvents,
    /// PutSubscriptionFilter.
    SubscriptionFilter,
}

impl Refusal {
    /// What AWS says, if that was seen.
    pub fn wording(&self, api: Api) -> Option<String> {
        let syntax = match api {
            Api::MetricFilter => "Invalid metric filter pattern",
            Api::FilterLogEvents => "Invalid filter pattern",
            Api::SubscriptionFilter => "Invalid subscription filter pattern",
        };
        Some(match self {
            Self::Syntax => syntax.to_owned(),
            Self::Term(term) | Self::Order(term) => {
                format!("Invalid character(s) in term '{term}'")
            }
            Self::Unclosed => "If a filter pattern starts with '{' it must end with '}'".to_owned(),
            Self::DuplicateField(name) => format!("Duplicate field '{name}'"),
            Self::SelectorWildcards => "Your filter pattern has a JSON path selector that exceeds \
                the maximum of 1 wildcard allowed per json selector."
                .to_owned(),
            Self::TooLong(beginning) => format!(
                "1 validation error detected: Value '{beginning}…' at 'filterPattern' failed to \
                 satisfy constraint: Member must have length less than or equal to 1024"
            ),
            Self::Regex => "Failed to compile regular expression.".to_owned(),
            Self::DimensionsUnsupported => {
                "The specified filter pattern does not support dimensions".to_owned()
            }
            Self::DimensionSelector => "dimension value must be valid selector".to_owned(),
            Self::CodeOnly => "InvalidParameterException".to_owned(),
            Self::Unrecorded => return None,
        })
    }
}

impl PatternError {
    /// The error with the pattern, carets under what is wrong, AWS's words and what to write
    /// instead.
    ///
    /// ```
    /// use secmon_core::pattern::FilterPattern;
    ///
    /// let text = "{ $.eventName == GetSecretValue }";
    /// let error = FilterPattern::parse(text).unwrap_err();
    /// assert_eq!(error.render(text), "\
    /// `==` is no operator; equality is `=`.
    ///   { $.eventName == GetSecretValue }
    ///                 ^^
    /// AWS: Invalid metric filter pattern
    /// write `=`");
    /// ```
    pub fn render(&self, pattern: &str) -> String {
        let mut text = format!("{}\n{}", self.message, carets(pattern, self.span));
        if let Some(wording) = self.refusal.wording(Api::MetricFilter) {
            let _ = write!(text, "\nAWS: {wording}");
            if matches!(self.refusal, Refusal::Order(_)) {
                text.push_str(" (in 2018: Invalid metric filter pattern)");
            }
        }
        if let Some(instead) = &self.instead {
            let _ = write!(text, "\nwrite {instead}");
        }
        text
    }
}

/// How much of a long pattern is shown on each side of what is wrong.
const AROUND: usize = 60;

/// The line of a pattern on which a span begins, with carets under the span.
pub fn carets(pattern: &str, span: Span) -> String {
    let start = pattern.floor_char_boundary(span.start);
    let before = &pattern[..start];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_end = pattern[start..].find('\n').map_or(pattern.len(), |at| start + at);
    let end = pattern.floor_char_boundary(span.end.max(start)).min(line_end);
    let shown = |text: &str| -> String {
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    };
    let (head, wrong, tail) = (
        shown(&pattern[line_start..start]),
        shown(&pattern[start..end]),
        shown(&pattern[end..line_end]),
    );
    let head = match head.char_indices().rev().nth(AROUND) {
        Some((at, _)) => format!("…{}", &head[at..]),
        None => head,
    };
    let tail = match tail.char_indices().nth(AROUND) {
        Some((at, _)) => format!("{}…", &tail[..at]),
        None => tail,
    };
    let margin = " ".repeat(head.chars().count());
    let marks = "^".repeat(wrong.chars().count().max(1));
    format!("  {head}{wrong}{tail}\n  {margin}{marks}")
}
