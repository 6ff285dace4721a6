//! What `secmon pattern` prints.

pub(crate) mod compare;
pub(crate) mod explain;
pub(crate) mod lint;
pub(crate) mod messages;
pub(crate) mod rows;

use secmon_core::pattern::{Doubt, Match};
use serde::Serialize;

/// "yes", "no", "uncertain"; "refused" where the pattern cannot be read.
pub(crate) fn word(answer: Option<Match>) -> &'static str {
    match answer {
        Some(Match::Yes) => "yes",
        Some(Match::No) => "no",
        Some(Match::Uncertain(_)) => "uncertain",
        None => "refused",
    }
}

/// A doubt for programs.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct DoubtJson {
    id: &'static str,
    says: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    probes: &'static [&'static str],
}

impl From<Doubt> for DoubtJson {
    fn from(doubt: Doubt) -> Self {
        Self { id: doubt.id(), says: doubt.says(), probes: doubt.probes() }
    }
}

/// The doubt of an answer, for programs.
pub(crate) fn doubt(answer: Option<Match>) -> Option<DoubtJson> {
    match answer {
        Some(Match::Uncertain(doubt)) => Some(doubt.into()),
        _ => None,
    }
}
