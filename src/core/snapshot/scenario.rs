//! A healthy account with one thing changed.
//!
//! Scenarios are TOML: a merge-patch (RFC 7396) to the healthy snapshot, plus `remove`, a list of
//! JSON pointers (RFC 6901), because TOML has no null.
//!
//! ```
//! use secmon_core::snapshot::{Scenario, Snapshot};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let scenario = Scenario::from_toml(r#"
//! [targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
//! Statistic = "Average"
//! "#)?;
//! let snapshot = scenario.apply(&Snapshot::healthy())?;
//! assert_ne!(snapshot, Snapshot::healthy());
//! # Ok(()) }
//! ```

use serde::Deserialize;
use serde_json::Value;

use super::{Snapshot, SnapshotError};

/// One edit of a snapshot.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Scenario {
    /// JSON pointers of what is taken away, before the patch is merged.
    #[serde(default)]
    pub remove: Vec<String>,
    /// The merge-patch.
    #[serde(flatten)]
    pub patch: serde_json::Map<String, Value>,
}

/// A scenario that does not apply.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Not TOML.
    #[error("not a scenario: {0}")]
    Toml(#[from] toml::de::Error),
    /// `remove` names something that is not there.
    #[error("nothing to remove at {0}")]
    Remove(String),
    /// The patched snapshot is none.
    #[error("the patched snapshot is damaged: {0}")]
    Snapshot(#[from] SnapshotError),
    /// JSON would not hold it.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl Scenario {
    /// Reads a scenario.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        Ok(toml::from_str(text)?)
    }

    /// The snapshot with the edit made.
    pub fn apply(&self, snapshot: &Snapshot) -> Result<Snapshot, ScenarioError> {
        let mut value = serde_json::to_value(snapshot)?;
        for pointer in &self.remove {
            take_away(&mut value, pointer).ok_or_else(|| ScenarioError::Remove(pointer.clone()))?;
        }
        json_patch::merge(&mut value, &Value::Object(self.patch.clone()));
        Ok(Snapshot::from_json(&value.to_string())?)
    }
}

fn take_away(value: &mut Value, pointer: &str) -> Option<()> {
    let (parent, key) = pointer.rsplit_once('/')?;
    let key = key.replace("~1", "/").replace("~0", "~");
    match value.pointer_mut(parent)? {
        Value::Object(map) => map.remove(&key).map(drop),
        Value::Array(items) => {
            let index: usize = key.parse().ok()?;
            (index < items.len()).then(|| drop(items.remove(index)))
        }
        _ => None,
    }
}
