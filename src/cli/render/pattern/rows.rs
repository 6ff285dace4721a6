//! What was seen on AWS, in the form of the answer tables: one JSON object a line.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

/// Where and when an answer was seen.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The Region that was asked.
    pub(crate) region: String,
    /// When.
    pub(crate) at: Timestamp,
}

/// What AWS says of a pattern and one message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered<'a> {
    pub(crate) id: &'a str,
    pub(crate) pattern: &'a str,
    pub(crate) message: &'a str,
    pub(crate) matches: bool,
    pub(crate) extracted: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct AnsweredRow<'a> {
    id: &'a str,
    kind: &'a str,
    pattern: &'a str,
    message: &'a str,
    expect: bool,
    extracted: &'a BTreeMap<String, String>,
    source: String,
    confidence: &'static str,
    aws: bool,
}

#[derive(Serialize)]
struct RefusedRow<'a> {
    id: &'a str,
    pattern: &'a str,
    api: &'static str,
    error: &'a str,
    source: String,
    confidence: &'static str,
    aws: bool,
}

impl Source {
    fn text(&self) -> String {
        format!("TestMetricFilter, {}, {}", self.region, self.at.strftime("%Y-%m-%d"))
    }

    /// The row of a message.
    pub(crate) fn answered(&self, of: Answered<'_>) -> String {
        let Answered { id, pattern, message, matches, extracted } = of;
        row(&AnsweredRow {
            id,
            kind: kind(pattern),
            pattern,
            message,
            expect: matches,
            extracted,
            source: self.text(),
            confidence: "report",
            aws: true,
        })
    }

    /// The row of a pattern that AWS refuses, in its words.
    pub(crate) fn refused(&self, id: &str, pattern: &str, error: &str) -> String {
        row(&RefusedRow {
            id,
            pattern,
            api: "TestMetricFilter",
            error,
            source: self.text(),
            confidence: "report",
            aws: true,
        })
    }
}

/// Text and flags always have a JSON form.
fn row(row: &impl Serialize) -> String {
    serde_json::to_string(row).unwrap_or_default()
}

/// The kind of a pattern, whether or not it can be read.
fn kind(pattern: &str) -> &'static str {
    match pattern.trim_start().chars().next() {
        Some('{') => "json",
        Some('[') => "space",
        _ => "text",
    }
}
