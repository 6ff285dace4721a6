//! KMS.

use std::collections::BTreeMap;

use secmon_core::policy::Request;
use secmon_core::snapshot::Target;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::World;
use super::call::{ApiError, Call};

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Kms {
    /// By ARN: whether it is enabled.
    keys: BTreeMap<String, bool>,
}

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyRefusal {
    NotFound,
    Disabled,
    PendingDeletion,
    Denied,
}

impl World {
    pub(super) fn kms(&mut self, call: &Call) -> Result<Value, ApiError> {
        let Target { account, region } = &call.target;
        match call.operation.as_str() {
            "CreateKey" => {
                let id = self.next_uuid();
                let arn = format!("arn:aws:kms:{region}:{account}:key/{id}");
                self.place_mut(&call.target).kms.keys.insert(arn.clone(), true);
                Ok(json!({ "KeyMetadata": { "KeyId": id.to_string(), "Arn": arn } }))
            }
            "DisableKey" => {
                let key = call.text("KeyId").unwrap_or_default().to_owned();
                self.place_mut(&call.target).kms.keys.insert(key, false);
                Ok(json!({}))
            }
            _ => Err(ApiError::not_served(call)),
        }
    }

    pub(super) fn service_uses_key(
        &self,
        key: &str,
        target: &Target,
        _request: &Request,
    ) -> Result<(), KeyRefusal> {
        match self.place(target).kms.keys.get(key) {
            Some(true) => Ok(()),
            Some(false) => Err(KeyRefusal::Disabled),
            None => Err(KeyRefusal::NotFound),
        }
    }
}
