//! What nobody has recorded about AWS's filter patterns.

use serde::Deserialize;

/// A pattern and messages whose answer on AWS is not known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Probe {
    /// Such as `probe-01`.
    pub id: String,
    /// The pattern.
    pub pattern: String,
    /// The messages, at most fifty.
    pub messages: Vec<String>,
    /// What the answer would tell.
    pub why: String,
}

#[derive(Deserialize)]
struct Table {
    probes: Vec<Probe>,
}

/// The open probes, in order.
///
/// ```
/// use secmon_core::pattern::{Match, FilterPattern, probes};
///
/// let probe = &probes()[0];
/// let pattern = FilterPattern::parse(&probe.pattern).unwrap();
/// assert!(matches!(pattern.test(&probe.messages[0]), Match::Uncertain(_)));
/// ```
#[expect(clippy::expect_used, reason = "the file is part of the program and read by a test")]
pub fn probes() -> Vec<Probe> {
    let table: Table =
        toml::from_str(include_str!("answers/probes.toml")).expect("probes.toml is a table");
    table.probes
}
