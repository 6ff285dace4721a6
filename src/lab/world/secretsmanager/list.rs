//! ListSecrets, and the filters that batches have too.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::page::page;
use super::{StoredSecret, invalid, invalid_token};

impl World {
    pub(super) fn list_secrets(&mut self, call: &Call) -> Result<Value, ApiError> {
        let planned = call.params["IncludePlannedDeletion"].as_bool().unwrap_or(false);
        let filters = filters(call)?;
        let mut found = self.secrets_that(call, &filters);
        found.retain(|stored| planned || stored.secret.deleted_date.is_none());
        found.sort_by_key(|stored| (stored.created, stored.secret.name.clone()));
        if call.text("SortOrder") == Some("desc") {
            found.reverse();
        }
        let listed = found
            .into_iter()
            .map(|stored| {
                let mut item = stored.described();
                let stages = stored.versions.iter().filter(|(_, v)| !v.stages.is_empty());
                item["SecretVersionsToStages"] =
                    stages.map(|(id, version)| (id.clone(), json!(version.stages))).collect();
                item
            })
            .collect();
        let size = call.params["MaxResults"].as_u64().unwrap_or(100) as usize;
        let (secrets, next) =
            page::<Value>(listed, size, call.text("NextToken")).ok_or_else(invalid_token)?;
        Ok(json!({ "SecretList": secrets, "NextToken": next }))
    }

    /// The caller's secrets that all filters admit, by name.
    pub(super) fn secrets_that(&self, call: &Call, filters: &[Filter]) -> Vec<&StoredSecret> {
        let secrets = self.place(&call.target).secretsmanager.secrets.values();
        secrets
            .filter(|stored| stored.gone_at.is_none_or(|end| end > self.now))
            .filter(|stored| filters.iter().all(|filter| filter.admits(stored)))
            .collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    key: String,
    values: Vec<String>,
}

impl Filter {
    /// Values are prefixes and alternatives; one with a `!` in front excludes
    /// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html>).
    pub(super) fn admits(&self, stored: &StoredSecret) -> bool {
        let (excluded, wanted): (Vec<_>, Vec<_>) =
            self.values.iter().partition(|value| value.starts_with('!'));
        let has = |value: &str| self.field_begins(stored, value);
        (wanted.is_empty() || wanted.iter().any(|value| has(value)))
            && !excluded.iter().any(|value| has(&value[1..]))
    }

    fn field_begins(&self, stored: &StoredSecret, value: &str) -> bool {
        let description = stored.description.as_deref().unwrap_or_default().to_lowercase();
        let primary = stored.secret.primary_region.as_deref().unwrap_or_default();
        match self.key.as_str() {
            "name" => stored.secret.name.starts_with(value),
            "description" => description.starts_with(&value.to_lowercase()),
            "tag-key" => stored.tags.keys().any(|key| key.starts_with(value)),
            "tag-value" => stored.tags.values().any(|text| text.starts_with(value)),
            "primary-region" => !primary.is_empty() && primary.starts_with(value),
            "all" => value.split_whitespace().all(|word| {
                let word = word.to_lowercase();
                let tags = stored.tags.iter().flat_map(|(key, value)| [key, value]);
                description.contains(&word)
                    || stored.secret.name.to_lowercase().contains(&word)
                    || primary.contains(&word)
                    || tags.into_iter().any(|text| text.to_lowercase().contains(&word))
            }),
            // No secret of the lab is another service's.
            _ => false,
        }
    }
}

/// The filters of a call.
pub(super) fn filters(call: &Call) -> Result<Vec<Filter>, ApiError> {
    match &call.params["Filters"] {
        Value::Null => Ok(Vec::new()),
        filters => Deserialize::deserialize(filters)
            .map_err(|error: serde_json::Error| invalid(error.to_string())),
    }
}
