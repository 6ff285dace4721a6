//! CloudWatch: metrics and alarms.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::call::{ApiError, Call};

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CloudWatch {}

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

impl World {
    pub(super) fn put_sample(
        &mut self,
        target: &secmon_core::snapshot::Target,
        metric: &secmon_core::snapshot::Metric,
        at: jiff::Timestamp,
        unit: &str,
        value: f64,
    ) {
        let _ = (target, metric, at, unit, value);
    }
}
