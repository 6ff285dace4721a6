//! SQS.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::call::{ApiError, Call};

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sqs {}

impl World {
    pub(super) fn sqs(&mut self, call: &Call) -> Result<Value, ApiError> {
        Err(ApiError::not_served(call))
    }
}

impl World {
    pub(super) fn service_sends(
        &mut self,
        queue: &secmon_core::snapshot::Arn,
        service: &str,
        source: &secmon_core::snapshot::Arn,
        body: &str,
    ) -> Result<(), String> {
        let _ = (queue, service, source, body);
        Ok(())
    }
}
