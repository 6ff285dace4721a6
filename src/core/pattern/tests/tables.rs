//! The tables of known answers, row by row.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A pattern, a message, and whether it matches.
#[derive(Debug)]
pub(super) struct Row {
    /// The id of the row or of the part of the table it stands in.
    pub(super) id: String,
    pub(super) pattern: String,
    pub(super) message: String,
    pub(super) matches: bool,
    /// extractedValues, where it matches and they are known.
    pub(super) extracted: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Of the whole table; otherwise each part has its own.
    source: Option<String>,
    #[serde(default)]
    messages: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    patterns: Vec<OnePattern>,
    #[serde(default)]
    events: Vec<OneEvent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnePattern {
    id: String,
    source: Option<String>,
    pattern: String,
    against: Option<String>,
    #[serde(default)]
    yes: Vec<String>,
    #[serde(default)]
    no: Vec<String>,
    extracted: Option<Vec<BTreeMap<String, String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneEvent {
    id: String,
    source: String,
    message: String,
    #[serde(default)]
    yes: Vec<String>,
    #[serde(default)]
    no: Vec<String>,
}

/// Seen on AWS.
pub(super) fn observed() -> Vec<Row> {
    let mut rows = rows(include_str!("../answers/captured.toml"));
    rows.extend(self::rows(include_str!("../answers/observed.toml")));
    rows
}

/// Told by the documentation or in reports.
pub(super) fn documented() -> Vec<Row> {
    rows(include_str!("../answers/documented.toml"))
}

/// Contradicted, or too old to rely on.
pub(super) fn unsettled() -> Vec<Row> {
    rows(include_str!("../answers/unsettled.toml"))
}

fn rows(table: &str) -> Vec<Row> {
    let table: Table = toml::from_str(table).unwrap();
    let mut rows = Vec::new();
    for part in &table.patterns {
        assert!(table.source.is_some() || part.source.is_some(), "{} has no source", part.id);
        let listed = part.against.as_ref().map_or(&[][..], |list| &table.messages[list]);
        let known: Vec<_> = listed.iter().chain(&part.no).collect();
        let listed = |message| part.against.is_none() || known.contains(&message);
        let missing = part.yes.iter().find(|message| !listed(message));
        assert_eq!(missing, None, "{} names a message of no list", part.id);
        let others = known.into_iter().filter(|message| !part.yes.contains(message));
        for (number, message) in part.yes.iter().enumerate() {
            let extracted = part.extracted.as_ref().map(|values| values[number].clone());
            rows.push(row(&part.id, &part.pattern, message, true, extracted));
        }
        rows.extend(others.map(|message| row(&part.id, &part.pattern, message, false, None)));
    }
    for part in &table.events {
        assert!(!part.source.is_empty(), "{} has no source", part.id);
        for (patterns, matches) in [(&part.yes, true), (&part.no, false)] {
            let of_event = patterns.iter();
            rows.extend(
                of_event.map(|pattern| row(&part.id, pattern, &part.message, matches, None)),
            );
        }
    }
    rows
}

fn row(
    id: &str,
    pattern: &str,
    message: &str,
    matches: bool,
    extracted: Option<BTreeMap<String, String>>,
) -> Row {
    Row {
        id: id.to_owned(),
        pattern: pattern.to_owned(),
        message: message.to_owned(),
        matches,
        extracted,
    }
}
