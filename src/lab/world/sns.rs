//! SNS.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::call::{ApiError, Call};

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sns {}

impl World {
    pub(super) fn sns(&mut self, call: &Call) -> Result<Value, ApiError> {
        Err(ApiError::not_served(call))
    }
}

impl World {
    /// A subscription that was not confirmed in time goes.
    pub(super) fn expire_subscription(
        &mut self,
        topic: &secmon_core::snapshot::Arn,
        subscription: &secmon_core::snapshot::Arn,
    ) {
        let _ = (topic, subscription);
    }
}
