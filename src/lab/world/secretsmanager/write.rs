//! Making and changing secrets.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secmon_core::snapshot::{Arn, Secret};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::kms::KeyRefusal;
use super::replica::ReplicaRegion;
use super::{Located, SecretValue, StoredSecret, invalid, kms_denied, named};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateSecret {
    name: String,
    description: Option<String>,
    kms_key_id: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    add_replica_regions: Vec<ReplicaRegion>,
    #[serde(default)]
    force_overwrite_replica_secret: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: Option<String>,
}

/// The version that a call brings.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewVersion {
    client_request_token: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    version_stages: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateSecret {
    description: Option<String>,
    kms_key_id: Option<String>,
}

impl NewVersion {
    fn value(&self) -> Result<Option<SecretValue>, ApiError> {
        match (&self.secret_string, &self.secret_binary) {
            (Some(_), Some(_)) => {
                Err(invalid("You can't specify both SecretString and SecretBinary."))
            }
            (Some(text), None) => Ok(Some(SecretValue::String(text.clone()))),
            (None, Some(bytes)) => Ok(Some(SecretValue::Binary(bytes.clone()))),
            (None, None) => Ok(None),
        }
    }
}

impl World {
    pub(super) fn create_secret(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: CreateSecret = call.input()?;
        let version: NewVersion = call.input()?;
        let value = version.value()?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-!".contains(c);
        if input.name.is_empty() || !input.name.chars().all(allowed) {
            return Err(ApiError::new(
                "ValidationException",
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of \
                 the following: -/_+=.@!",
            ));
        }
        let located = Located { target: call.target.clone(), name: input.name.clone() };
        if let Ok(old) = self.stored_secret(&located) {
            return old.made_again(&version, value.as_ref());
        }
        if let Some(key) = &input.kms_key_id {
            self.admit_secret_key(call, &located, key)?;
        }
        let letters = self.next_letters(6);
        let resource = format!("secret:{}-{letters}", input.name);
        let mut stored = StoredSecret::new(
            Secret {
                arn: Arn::of_resource("secretsmanager", &call.target, &resource),
                name: input.name.clone(),
                kms_key_id: input.kms_key_id.filter(|key| !is_default(key)),
                deleted_date: None,
                last_accessed_date: None,
                primary_region: None,
                replication_status: Vec::new(),
            },
            self.now,
        );
        stored.description = input.description;
        stored.tags = tags(input.tags);
        let mut answer = named(&stored);
        if let Some(value) = value {
            let id = self.version_id(&version);
            answer["VersionId"] = json!(id);
            stored.add_version(id, value, &["AWSCURRENT".to_owned()], self.now);
        }
        self.place_mut(&call.target).secretsmanager.secrets.insert(input.name, stored);
        if !input.add_replica_regions.is_empty() {
            let force = input.force_overwrite_replica_secret;
            self.add_replicas(&located, input.add_replica_regions, force)?;
            answer["ReplicationStatus"] = self.replication_status(&located);
        }
        Ok(answer)
    }

    pub(super) fn put_secret_value(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.changed_secret(call)?;
        let version: NewVersion = call.input()?;
        let value = version.value()?.ok_or_else(|| {
            ApiError::new(
                "InvalidRequestException",
                "You must provide either SecretString or SecretBinary.",
            )
        })?;
        let default = vec!["AWSCURRENT".to_owned()];
        let stages = version.version_stages.clone().unwrap_or(default);
        let id = self.put_version(call, &located, &version, value, &stages)?;
        self.sync_replicas(&located);
        let mut answer = named(self.stored_secret(&located)?);
        answer["VersionId"] = json!(id);
        answer["VersionStages"] = json!(stages);
        Ok(answer)
    }

    pub(super) fn update_secret(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.changed_secret(call)?;
        let input: UpdateSecret = call.input()?;
        let version: NewVersion = call.input()?;
        let value = version.value()?;
        if let Some(key) = input.kms_key_id {
            self.change_secret_key(call, &located, key)?;
        }
        let id = match value {
            None => None,
            Some(value) => {
                let stages = ["AWSCURRENT".to_owned()];
                Some(self.put_version(call, &located, &version, value, &stages)?)
            }
        };
        let now = self.now;
        let stored = self.stored_secret_mut(&located)?;
        stored.description = input.description.or(stored.description.take());
        stored.changed = now;
        let mut answer = named(stored);
        answer["VersionId"] = json!(id);
        self.sync_replicas(&located);
        Ok(answer)
    }

    /// The versions with AWS's labels are encrypted anew
    /// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html>).
    fn change_secret_key(
        &mut self,
        call: &Call,
        located: &Located,
        key: String,
    ) -> Result<(), ApiError> {
        self.admit_secret_key(call, located, &key)?;
        let key = Some(key).filter(|key| !is_default(key));
        for (id, version) in &self.stored_secret(located)?.versions {
            if let Some(old) = version.key.as_deref().filter(|_| !version.stages.is_empty()) {
                self.may_use_secret_key(call, located, (old, id), "kms:Decrypt")
                    .map_err(|_| kms_denied())?;
            }
        }
        let stored = self.stored_secret_mut(located)?;
        for version in stored.versions.values_mut().filter(|version| !version.stages.is_empty()) {
            version.key.clone_from(&key);
        }
        stored.secret.kms_key_id = key;
        Ok(())
    }

    fn put_version(
        &mut self,
        call: &Call,
        located: &Located,
        version: &NewVersion,
        value: SecretValue,
        stages: &[String],
    ) -> Result<String, ApiError> {
        let stored = self.stored_secret(located)?;
        if let Some(token) = &version.client_request_token
            && let Some(old) = stored.versions.get(token)
        {
            return match old.value == value {
                true => Ok(token.clone()),
                false => Err(ApiError::new(
                    "ResourceExistsException",
                    format!(
                        "You can't use ClientRequestToken {token} because that value is already in \
                         use for a version of secret {}.",
                        stored.secret.arn
                    ),
                )),
            };
        }
        if let Some(key) = stored.secret.kms_key_id.clone() {
            self.admit_secret_key(call, located, &key)?;
        }
        let (id, now): (String, Timestamp) = (self.version_id(version), self.now);
        self.stored_secret_mut(located)?.add_version(id.clone(), value, stages, now);
        Ok(id)
    }

    fn version_id(&mut self, version: &NewVersion) -> String {
        let token = version.client_request_token.clone();
        token.unwrap_or_else(|| self.next_uuid().to_string())
    }

    /// The text for a missing key is reported in
    /// <https://github.com/hashicorp/terraform-provider-aws/pull/30273>.
    fn admit_secret_key(&self, call: &Call, located: &Located, key: &str) -> Result<(), ApiError> {
        if is_default(key) {
            return Ok(());
        }
        for action in ["kms:GenerateDataKey", "kms:Decrypt"] {
            let used = (key, "RequestToValidateKeyAccess");
            self.may_use_secret_key(call, located, used, action).map_err(|refusal| {
                let KeyRefusal::NotFound = refusal else { return kms_denied() };
                ApiError::new(
                    "EncryptionFailure",
                    format!(
                        "Secrets Manager can't encrypt the secret value: Key '{key}' does not \
                         exist (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException)"
                    ),
                )
            })?;
        }
        Ok(())
    }

    pub(super) fn tag_secret(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.changed_secret(call)?;
        let added: Vec<Tag> = Deserialize::deserialize(&call.params["Tags"])
            .map_err(|error: serde_json::Error| invalid(error.to_string()))?;
        self.stored_secret_mut(&located)?.tags.extend(tags(added));
        self.sync_replicas(&located);
        Ok(json!({}))
    }

    pub(super) fn untag_secret(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.changed_secret(call)?;
        let keys: Vec<String> =
            Deserialize::deserialize(&call.params["TagKeys"]).unwrap_or_default();
        self.stored_secret_mut(&located)?.tags.retain(|key, _| !keys.contains(key));
        self.sync_replicas(&located);
        Ok(json!({}))
    }
}

impl StoredSecret {
    /// A CreateSecret of a secret that exists: the same request again, or an error.
    fn made_again(
        &self,
        version: &NewVersion,
        value: Option<&SecretValue>,
    ) -> Result<Value, ApiError> {
        if self.secret.deleted_date.is_some() {
            return Err(ApiError::new(
                "InvalidRequestException",
                "You can't create this secret because a secret with this name is already \
                 scheduled for deletion.",
            ));
        }
        let token = version.client_request_token.as_ref();
        let old = token.and_then(|token| self.versions.get(token));
        match old {
            Some(old) if Some(&old.value) == value => {
                let mut answer = named(self);
                answer["VersionId"] = json!(token);
                Ok(answer)
            }
            _ => Err(ApiError::new(
                "ResourceExistsException",
                format!(
                    "The operation failed because the secret {} already exists.",
                    self.secret.name
                ),
            )),
        }
    }
}

/// DescribeSecret leaves this key out (captured 2026-09-24).
fn is_default(key: &str) -> bool {
    key == "alias/aws/secretsmanager" || key.ends_with(":alias/aws/secretsmanager")
}

fn tags(tags: Vec<Tag>) -> BTreeMap<String, String> {
    tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect()
}
