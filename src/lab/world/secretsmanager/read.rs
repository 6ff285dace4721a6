//! Reading a secret's value and what is known of a secret.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::page::page;
use super::{
    Located, SecretValue, StoredSecret, invalid_token, kms_denied, named, not_deleted, tag_list,
};

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Wanted {
    version_id: Option<String>,
    version_stage: Option<String>,
}

impl World {
    pub(super) fn get_secret_value(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_secret(call)?;
        let wanted: Wanted = call.input()?;
        self.read_secret(call, &located, &wanted)
    }

    /// What a caller reads who names no version.
    pub(super) fn read_current_secret(
        &mut self,
        call: &Call,
        located: &Located,
    ) -> Result<Value, ApiError> {
        self.read_secret(call, located, &Wanted::default())
    }

    fn read_secret(
        &mut self,
        call: &Call,
        located: &Located,
        wanted: &Wanted,
    ) -> Result<Value, ApiError> {
        let stored = self.stored_secret(located)?;
        not_deleted(stored)?;
        let (id, version) = stored.version(wanted)?;
        let mut answer = named(stored);
        answer["VersionId"] = json!(id);
        answer["VersionStages"] = json!(version.stages);
        answer["CreatedDate"] = json!(version.created);
        match &version.value {
            SecretValue::String(text) => answer["SecretString"] = json!(text),
            SecretValue::Binary(bytes) => answer["SecretBinary"] = json!(bytes),
        }
        let id = id.clone();
        match &version.key {
            Some(key) => self
                .may_use_secret_key(call, located, (key, &id), "kms:Decrypt")
                .map_err(|_| kms_denied())?,
            None if located.target.account != call.target.account => {
                return Err(ApiError::new(
                    "InvalidRequestException",
                    "You can't access a secret from a different AWS account if you encrypt the \
                     secret with the default KMS service key.",
                ));
            }
            None => {}
        }
        let today = midnight(self.now);
        let stored = self.stored_secret_mut(located)?;
        stored.secret.last_accessed_date = Some(today);
        if let Some(version) = stored.versions.get_mut(&id) {
            version.accessed = Some(today);
        }
        Ok(answer)
    }

    pub(super) fn describe_secret(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_secret(call)?;
        let stored = self.stored_secret(&located)?;
        let mut described = stored.described();
        let stages = stored.versions.iter().filter(|(_, version)| !version.stages.is_empty());
        described["VersionIdsToStages"] =
            stages.map(|(id, version)| (id.clone(), json!(version.stages))).collect();
        described["ReplicationStatus"] = self.replication_status(&located);
        Ok(described)
    }

    pub(super) fn list_secret_version_ids(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_secret(call)?;
        let stored = self.stored_secret(&located)?;
        let all = call.params["IncludeDeprecated"].as_bool().unwrap_or(false);
        let found = stored
            .versions
            .iter()
            .filter(|(_, version)| all || !version.stages.is_empty())
            .map(|(id, version)| {
                let key = version.key.as_deref().unwrap_or("DefaultEncryptionKey");
                json!({
                    "VersionId": id,
                    "VersionStages": version.stages,
                    "LastAccessedDate": version.accessed,
                    "CreatedDate": version.created,
                    "KmsKeyIds": [key],
                })
            })
            .collect();
        let size = call.params["MaxResults"].as_u64().unwrap_or(100) as usize;
        let (versions, next) =
            page::<Value>(found, size, call.text("NextToken")).ok_or_else(invalid_token)?;
        let mut answer = named(stored);
        answer["Versions"] = json!(versions);
        answer["NextToken"] = json!(next);
        Ok(answer)
    }
}

impl StoredSecret {
    fn version(&self, wanted: &Wanted) -> Result<(&String, &super::Version), ApiError> {
        let not_found = |what: &str| {
            let message =
                format!("Secrets Manager can't find the specified secret value for {what}");
            ApiError::new("ResourceNotFoundException", message)
        };
        let Some(id) = &wanted.version_id else {
            let stage = wanted.version_stage.as_deref().unwrap_or("AWSCURRENT");
            return self.staged(stage).ok_or_else(|| not_found(&format!("staging label: {stage}")));
        };
        let found = self.versions.get_key_value(id);
        let (id, version) = found.ok_or_else(|| not_found(&format!("VersionId: {id}")))?;
        match &wanted.version_stage {
            Some(stage) if !version.stages.contains(stage) => Err(ApiError::new(
                "InvalidRequestException",
                "You provided a VersionStage that is not associated to the provided VersionId.",
            )),
            _ => Ok((id, version)),
        }
    }

    /// What DescribeSecret and ListSecrets have in common.
    pub(super) fn described(&self) -> Value {
        let mut described = serde_json::to_value(&self.secret).unwrap_or_default();
        described["Description"] = json!(self.description);
        described["CreatedDate"] = json!(self.created);
        described["LastChangedDate"] = json!(self.changed);
        described["Tags"] = tag_list(&self.tags);
        described
    }
}

/// `LastAccessedDate` is a day (captured 2026-09-24: midnight UTC, for a read at 06:11).
fn midnight(now: Timestamp) -> Timestamp {
    let second = now.as_second();
    Timestamp::from_second(second - second.rem_euclid(86_400)).unwrap_or(now)
}
