//! CloudTrail.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::call::{ApiError, Call};

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CloudTrail {}

impl World {
    pub(super) fn cloudtrail(&mut self, call: &Call) -> Result<Value, ApiError> {
        Err(ApiError::not_served(call))
    }
}

impl World {
    /// Notes a call that was made, for Event history and the trails that record it.
    pub(super) fn record_call(&mut self, call: &Call, answer: &Result<Value, ApiError>) {
        let _ = (call, answer);
    }

    pub(super) fn deliver_events(&mut self, trail: &secmon_core::snapshot::Arn) {
        let _ = trail;
    }

    pub(super) fn deliver_log_file(&mut self, trail: &secmon_core::snapshot::Arn) {
        let _ = trail;
    }

    pub(super) fn background_traffic(&mut self, target: &secmon_core::snapshot::Target) {
        let _ = target;
    }
}
