//! EventBridge.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::call::{ApiError, Call};

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Events {}

impl World {
    pub(super) fn events(&mut self, call: &Call) -> Result<Value, ApiError> {
        Err(ApiError::not_served(call))
    }
}

pub(super) static EVENT_RULE_DELIVERY: super::hypothesis::Hypothesis =
    super::hypothesis::Hypothesis {
        id: "event-rule-delivery",
        question: "",
        settings: &[],
        known: "",
    };

impl World {
    pub(super) fn emit(
        &mut self,
        target: &secmon_core::snapshot::Target,
        source: &str,
        detail_type: &str,
        resources: Vec<String>,
        detail: Value,
    ) {
        let _ = (target, source, detail_type, resources, detail);
    }
}
