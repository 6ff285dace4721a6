//! Keys: their life, policies, rotation and tags.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use secmon_core::snapshot::Arn;
use serde::Deserialize;
use serde_json::{Value, json};

use super::locate::Located;
use super::{Kind, Rotation, StoredKey, policy};
use crate::world::World;
use crate::world::call::{ApiError, Call};
use crate::world::page::page;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateKey {
    policy: Option<String>,
    #[serde(default)]
    description: String,
    key_usage: Option<String>,
    key_spec: Option<String>,
    customer_master_key_spec: Option<String>,
    origin: Option<String>,
    #[serde(default)]
    bypass_policy_lockout_safety_check: bool,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    multi_region: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    tag_key: String,
    tag_value: String,
}

/// One page of a list, as KMS answers it.
pub(super) fn listing(
    call: &Call,
    name: &str,
    items: Vec<Value>,
    default_size: usize,
) -> Result<Value, ApiError> {
    let size = call.params["Limit"].as_u64().map_or(default_size, |limit| limit as usize);
    let Some((items, next)) = page(items, size, call.text("Marker")) else {
        return Err(ApiError::new("InvalidMarkerException", "Could not deserialize marker"));
    };
    let mut answer = json!({name: items, "Truncated": next.is_some()});
    if let Some(next) = next {
        answer["NextMarker"] = json!(next);
    }
    Ok(answer)
}

impl World {
    pub(super) fn create_key(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: CreateKey = call.input()?;
        let id = match input.multi_region {
            true => format!("mrk-{}", self.next_uuid().simple()),
            false => self.next_uuid().to_string(),
        };
        let arn = Arn::of_resource("kms", &call.target, &format!("key/{id}"));
        let policy = input.policy.unwrap_or_else(|| policy::default(&call.target));
        policy::check(&policy, &arn, &call.caller.arn, input.bypass_policy_lockout_safety_check)?;
        let plain = Kind::default();
        let mut key = StoredKey::new(arn, policy, self.now);
        key.description = input.description;
        key.multi_region = input.multi_region;
        key.kind = Kind {
            spec: input.key_spec.or(input.customer_master_key_spec).unwrap_or(plain.spec),
            usage: input.key_usage.unwrap_or(plain.usage),
            origin: input.origin.unwrap_or(plain.origin),
        };
        if key.kind.origin == "EXTERNAL" {
            key.metadata.key_state = Some("PendingImport".to_owned());
        }
        key.tags = input.tags.into_iter().map(|tag| (tag.tag_key, tag.tag_value)).collect();
        let described = key.describe();
        self.place_mut(&call.target).kms.keys.insert(id, key);
        Ok(json!({"KeyMetadata": described}))
    }

    pub(super) fn describe_key(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        let key = self.stored_key_mut(&located)?;
        Ok(json!({"KeyMetadata": key.describe()}))
    }

    pub(super) fn list_keys(&mut self, call: &Call) -> Result<Value, ApiError> {
        let keys = &self.place(&call.target).kms.keys;
        let there = keys.iter().filter(|(_, key)| !key.is_gone(self.now));
        let items = there.map(|(id, key)| json!({"KeyId": id, "KeyArn": key.metadata.arn}));
        listing(call, "Keys", items.collect(), 100)
    }

    pub(super) fn get_key_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        only_default(call)?;
        let key = self.stored_key_mut(&located)?;
        Ok(json!({"Policy": key.policy, "PolicyName": "default"}))
    }

    pub(super) fn put_key_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        only_default(call)?;
        self.editable(&located, call)?;
        let put = call.text("Policy").unwrap_or_default().to_owned();
        let bypass = call.params["BypassPolicyLockoutSafetyCheck"].as_bool().unwrap_or(false);
        let key = self.stored_key_mut(&located)?;
        policy::check(&put, &key.metadata.arn, &call.caller.arn, bypass)?;
        key.policy = put;
        Ok(json!({}))
    }

    pub(super) fn list_key_policies(&mut self, call: &Call) -> Result<Value, ApiError> {
        self.called_key(call)?;
        listing(call, "PolicyNames", vec![json!("default")], 100)
    }

    pub(super) fn update_key_description(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        self.editable(&located, call)?;
        let description = call.text("Description").unwrap_or_default().to_owned();
        self.stored_key_mut(&located)?.description = description;
        Ok(json!({}))
    }

    pub(super) fn set_key_state(&mut self, call: &Call, state: &str) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        self.editable(&located, call)?;
        self.not_pending_deletion(&located)?;
        self.stored_key_mut(&located)?.metadata.key_state = Some(state.to_owned());
        Ok(json!({}))
    }

    pub(super) fn schedule_key_deletion(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        self.editable(&located, call)?;
        self.not_pending_deletion(&located)?;
        let days = call.params["PendingWindowInDays"].as_i64().unwrap_or(30);
        if !(7..=30).contains(&days) {
            let message = "PendingWindowInDays must be between 7 and 30 (inclusive)";
            return Err(ApiError::new("ValidationException", message));
        }
        let date = later(self.now, days);
        let key = self.stored_key_mut(&located)?;
        key.metadata.key_state = Some("PendingDeletion".to_owned());
        key.metadata.deletion_date = Some(date);
        Ok(json!({
            "KeyId": key.metadata.arn,
            "DeletionDate": date,
            "KeyState": "PendingDeletion",
            "PendingWindowInDays": days,
        }))
    }

    /// The key is disabled afterwards.
    pub(super) fn cancel_key_deletion(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        let key = self.stored_key_mut(&located)?;
        if key.state() != "PendingDeletion" {
            let message = format!("{} is not pending deletion.", key.metadata.arn);
            return Err(ApiError::new("KMSInvalidStateException", message));
        }
        key.metadata.key_state = Some("Disabled".to_owned());
        key.metadata.deletion_date = None;
        Ok(json!({"KeyId": key.metadata.arn}))
    }

    pub(super) fn set_key_rotation(&mut self, call: &Call, on: bool) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        self.editable(&located, call)?;
        self.usable(&located)?;
        let days = call.params["RotationPeriodInDays"].as_i64().unwrap_or(365) as i32;
        let now = self.now;
        let key = self.stored_key_mut(&located)?;
        if key.kind.spec != "SYMMETRIC_DEFAULT" {
            return Err(ApiError::new("UnsupportedOperationException", String::new()));
        }
        key.rotation = on.then_some(Rotation { days, since: now });
        Ok(json!({}))
    }

    pub(super) fn get_key_rotation_status(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        let now = self.now;
        let key = self.stored_key_mut(&located)?;
        // While a key waits for its deletion its rotation shows as off.
        let rotation = key.rotation.as_ref().filter(|_| key.state() != "PendingDeletion");
        let mut answer =
            json!({"KeyRotationEnabled": rotation.is_some(), "KeyId": key.metadata.arn});
        if let Some(rotation) = rotation {
            let mut next = later(rotation.since, i64::from(rotation.days));
            while next <= now && next < Timestamp::MAX {
                next = later(next, i64::from(rotation.days.max(1)));
            }
            answer["RotationPeriodInDays"] = json!(rotation.days);
            answer["NextRotationDate"] = json!(next);
        }
        Ok(answer)
    }

    pub(super) fn tag_key(&mut self, call: &Call) -> Result<Value, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            tags: Vec<Tag>,
        }
        let located = self.called_key(call)?;
        let input: Input = call.input()?;
        let tags = input.tags.into_iter().map(|tag| (tag.tag_key, tag.tag_value));
        self.stored_key_mut(&located)?.tags.extend(tags.collect::<BTreeMap<_, _>>());
        Ok(json!({}))
    }

    pub(super) fn untag_key(&mut self, call: &Call) -> Result<Value, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            tag_keys: Vec<String>,
        }
        let located = self.called_key(call)?;
        let input: Input = call.input()?;
        self.stored_key_mut(&located)?.tags.retain(|key, _| !input.tag_keys.contains(key));
        Ok(json!({}))
    }

    pub(super) fn list_key_tags(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        let key = self.stored_key_mut(&located)?;
        let tags = key.tags.iter().map(|(key, value)| json!({"TagKey": key, "TagValue": value}));
        listing(call, "Tags", tags.collect(), 50)
    }

    /// Whether a key can be used: what the cryptographic operations ask.
    pub(super) fn usable(&self, located: &Located) -> Result<(), ApiError> {
        let key = self.stored_key(located).ok_or_else(|| located.missing())?;
        match key.state() {
            "Enabled" => Ok(()),
            "Disabled" => Err(ApiError::new(
                "DisabledException",
                format!("{} is disabled.", key.metadata.arn),
            )),
            state => Err(invalid_state(key, state)),
        }
    }

    fn not_pending_deletion(&self, located: &Located) -> Result<(), ApiError> {
        let key = self.stored_key(located).ok_or_else(|| located.missing())?;
        match key.state() {
            "Enabled" | "Disabled" => Ok(()),
            state => Err(invalid_state(key, state)),
        }
    }

    /// AWS's own keys cannot be changed.
    fn editable(&self, located: &Located, call: &Call) -> Result<(), ApiError> {
        let key = self.stored_key(located).ok_or_else(|| located.missing())?;
        match key.is_managed() {
            false => Ok(()),
            true => {
                let message = format!(
                    "User: {} is not authorized to perform: kms:{} on resource: {} because no \
                     resource-based policy allows the kms:{} action",
                    call.caller.arn, call.operation, key.metadata.arn, call.operation
                );
                Err(ApiError::new("AccessDeniedException", message))
            }
        }
    }
}

fn invalid_state(key: &StoredKey, state: &str) -> ApiError {
    let state = match state {
        "PendingDeletion" => "pending deletion",
        "PendingImport" => "pending import",
        other => other,
    };
    let message = format!("{} is {state}.", key.metadata.arn);
    ApiError::new("KMSInvalidStateException", message)
}

fn later(from: Timestamp, days: i64) -> Timestamp {
    let days = SignedDuration::from_hours(days.saturating_mul(24));
    from.checked_add(days).unwrap_or(Timestamp::MAX)
}

/// A key has one policy, and its name is `default`.
fn only_default(call: &Call) -> Result<(), ApiError> {
    match call.text("PolicyName") {
        None | Some("default") => Ok(()),
        Some(_) => Err(ApiError::new("NotFoundException", "No such policy exists")),
    }
}
