//! CloudWatch: metrics and alarms.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::call::{ApiError, Call};

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CloudWatch {
    pub(super) samples: Vec<(secmon_core::snapshot::Metric, jiff::Timestamp, String, f64)>,
}

impl World {
    /// Adds a sample to a metric.
    pub(super) fn put_sample(
        &mut self,
        target: &secmon_core::snapshot::Target,
        metric: &secmon_core::snapshot::Metric,
        at: jiff::Timestamp,
        unit: &str,
        value: f64,
    ) {
        let sample = (metric.clone(), at, unit.to_owned(), value);
        self.place_mut(target).cloudwatch.samples.push(sample);
    }
}

impl World {
    pub(super) fn cloudwatch(&mut self, call: &Call) -> Result<Value, ApiError> {
        Err(ApiError::not_served(call))
    }
}

impl World {
    /// An alarm's scheduled look at its metric.
    pub(super) fn evaluate_alarm(&mut self, target: &secmon_core::snapshot::Target, alarm: &str) {
        let _ = (target, alarm);
    }

    /// A mute window or a suppression of an alarm's actions may be over.
    pub(super) fn release_actions(&mut self, target: &secmon_core::snapshot::Target, alarm: &str) {
        let _ = (target, alarm);
    }
}
