//! Tags of alarms and mute rules.

use std::collections::BTreeMap;

use secmon_core::snapshot::{Arn, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::world::World;
use crate::world::call::{ApiError, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

/// Captured 2026-09-14.
pub(super) fn checked_tags(tags: Vec<Tag>) -> Result<BTreeMap<String, String>, ApiError> {
    if tags.iter().any(|tag| tag.key.to_ascii_lowercase().starts_with("aws:")) {
        let message = "The provided tag keys must not start with any case of \"aws:\"";
        return Err(ApiError::new("AccessDeniedException", message));
    }
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

impl World {
    pub(super) fn tag_cloudwatch(&mut self, call: &Call) -> Result<Value, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            tags: Vec<Tag>,
        }
        let arn = self.tagged(call)?;
        let tags = checked_tags(call.input::<Input>()?.tags)?;
        self.place_mut(&call.target).cloudwatch.tags.entry(arn).or_default().extend(tags);
        Ok(json!({}))
    }

    pub(super) fn untag_cloudwatch(&mut self, call: &Call) -> Result<Value, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            tag_keys: Vec<String>,
        }
        let arn = self.tagged(call)?;
        let keys = call.input::<Input>()?.tag_keys;
        let tags = self.place_mut(&call.target).cloudwatch.tags.entry(arn).or_default();
        tags.retain(|key, _| !keys.contains(key));
        Ok(json!({}))
    }

    pub(super) fn list_cloudwatch_tags(&mut self, call: &Call) -> Result<Value, ApiError> {
        let arn = self.tagged(call)?;
        let tags = self.place(&call.target).cloudwatch.tags.get(&arn);
        let tags = tags.into_iter().flatten();
        let tags: Vec<_> = tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        Ok(json!({"Tags": tags}))
    }

    fn tagged(&self, call: &Call) -> Result<Arn, ApiError> {
        let missing = || ApiError::new("ResourceNotFoundException", String::new());
        let arn: Arn =
            call.text("ResourceARN").unwrap_or_default().parse().map_err(|_| missing())?;
        let Target { account, region } = &call.target;
        let here = arn.account() == account.as_str() && arn.region() == region.as_str();
        let cloudwatch = &self.place(&call.target).cloudwatch;
        let known = match arn.resource().split_once(':') {
            Some(("alarm", name)) => cloudwatch.alarms.contains_key(name),
            Some(("alarm-mute-rule", name)) => cloudwatch.mute_rules.contains_key(name),
            _ => false,
        };
        if here && known { Ok(arn) } else { Err(missing()) }
    }
}
