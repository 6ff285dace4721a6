//! STS.

use serde_json::Value;

use super::World;
use super::call::{ApiError, Call};

impl World {
    pub(super) fn sts(&mut self, call: &Call) -> Result<Value, ApiError> {
        Err(ApiError::not_served(call))
    }
}
