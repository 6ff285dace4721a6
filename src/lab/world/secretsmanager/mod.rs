//! Secrets Manager: secrets, their versions and copies.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use secmon_core::policy::Request;
use secmon_core::snapshot::{Arn, Secret, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::World;
use super::call::{ApiError, Call};
use super::hypothesis::Hypothesis;
use super::iam::{caller_request, refusal};
use super::kms::KeyRefusal;

mod batch;
mod delete;
mod list;
mod password;
mod policy;
mod read;
mod replica;
#[cfg(test)]
mod tests;
mod write;

/// What the events of a batch by filters call the secrets.
pub(super) static BATCH_BY_FILTERS: Hypothesis = Hypothesis {
    id: "batch-by-filters-secret-id",
    question: "What do the GetSecretValue events of a BatchGetSecretValue by Filters have as secretId?",
    settings: &[("arn", "The secret's ARN."), ("name", "The secret's name.")],
    known: "Of a batch by SecretIdList the id as typed was captured 2026-09-24; one by Filters was \
            never captured.",
};

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SecretsManager {
    /// By name.
    pub(super) secrets: BTreeMap<String, StoredSecret>,
}

/// A secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredSecret {
    pub(super) secret: Secret,
    #[serde(default)]
    pub(super) description: Option<String>,
    pub(super) created: Timestamp,
    pub(super) changed: Timestamp,
    /// JSON text of the resource policy.
    #[serde(default)]
    pub(super) policy: Option<String>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// By id.
    #[serde(default)]
    pub(super) versions: BTreeMap<String, Version>,
    /// When the recovery window of a deleted secret ends.
    #[serde(default)]
    pub(super) gone_at: Option<Timestamp>,
}

/// A version of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Version {
    pub(super) value: SecretValue,
    pub(super) created: Timestamp,
    /// Staging labels, such as `AWSCURRENT`.
    #[serde(default)]
    pub(super) stages: BTreeSet<String>,
    #[serde(default)]
    pub(super) accessed: Option<Timestamp>,
    /// The customer key that it was encrypted with.
    #[serde(default)]
    pub(super) key: Option<String>,
}

/// The value itself: text, or bytes as base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum SecretValue {
    /// `SecretString`
    String(String),
    /// `SecretBinary`
    Binary(String),
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Located {
    target: Target,
    name: String,
}

impl StoredSecret {
    /// A secret without a value.
    pub(super) fn new(secret: Secret, created: Timestamp) -> Self {
        Self {
            secret,
            description: None,
            created,
            changed: created,
            policy: None,
            tags: BTreeMap::new(),
            versions: BTreeMap::new(),
            gone_at: None,
        }
    }

    /// Adds a version, whose labels leave the versions that had them. The version that loses
    /// AWSCURRENT becomes AWSPREVIOUS.
    pub(super) fn add_version(
        &mut self,
        id: String,
        value: SecretValue,
        stages: &[String],
        now: Timestamp,
    ) {
        let current = "AWSCURRENT".to_owned();
        let moves = stages.contains(&current);
        for version in self.versions.values_mut() {
            let was_current = version.stages.contains(&current);
            version.stages.retain(|stage| !stages.contains(stage));
            if moves {
                version.stages.remove("AWSPREVIOUS");
                if was_current {
                    version.stages.insert("AWSPREVIOUS".to_owned());
                }
            }
        }
        let stages = stages.iter().cloned().collect();
        let key = self.secret.kms_key_id.clone();
        self.versions.insert(id, Version { value, created: now, stages, accessed: None, key });
        self.changed = now;
    }

    fn is_replica(&self) -> bool {
        let region = self.secret.arn.region();
        self.secret.primary_region.as_deref().is_some_and(|primary| primary != region)
    }

    fn staged(&self, stage: &str) -> Option<(&String, &Version)> {
        self.versions.iter().find(|(_, version)| version.stages.contains(stage))
    }
}

impl World {
    pub(super) fn secretsmanager(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.operation.as_str() {
            "CreateSecret" => self.create_secret(call),
            "DescribeSecret" => self.describe_secret(call),
            "GetSecretValue" => self.get_secret_value(call),
            "BatchGetSecretValue" => self.batch_get_secret_value(call),
            "ListSecrets" => self.list_secrets(call),
            "ListSecretVersionIds" => self.list_secret_version_ids(call),
            "PutSecretValue" => self.put_secret_value(call),
            "UpdateSecret" => self.update_secret(call),
            "DeleteSecret" => self.delete_secret(call),
            "RestoreSecret" => self.restore_secret(call),
            "GetResourcePolicy" => self.get_secret_policy(call),
            "PutResourcePolicy" => self.put_secret_policy(call),
            "DeleteResourcePolicy" => self.delete_secret_policy(call),
            "TagResource" => self.tag_secret(call),
            "UntagResource" => self.untag_secret(call),
            "ReplicateSecretToRegions" => self.replicate_secret_to_regions(call),
            "RemoveRegionsFromReplication" => self.remove_regions_from_replication(call),
            "GetRandomPassword" => self.get_random_password(call),
            _ => Err(ApiError::not_served(call)),
        }
    }

    /// Finds a secret by name, ARN, or ARN without the six letters at its end.
    fn locate_secret(&self, id: &str, here: &Target) -> Result<Located, ApiError> {
        let (target, name) = match id.parse::<Arn>() {
            Err(_) => (here.clone(), id.to_owned()),
            Ok(arn) => {
                let there = arn.target().filter(|there| {
                    arn.service() == "secretsmanager" && there.region == here.region
                });
                let target = there.ok_or_else(missing)?;
                let given = arn.resource().strip_prefix("secret:").ok_or_else(missing)?;
                let secrets = &self.place(&target).secretsmanager.secrets;
                let named = secrets.iter().find(|(_, stored)| stored.secret.arn == arn);
                let name = named.map_or(given, |(name, _)| name).to_owned();
                (target, name)
            }
        };
        let located = Located { target, name };
        self.stored_secret(&located).map(|_| located.clone())
    }

    /// A secret by name or ARN, as long as anything of it is left.
    pub(super) fn secret(&self, target: &Target, id: &str) -> Option<&StoredSecret> {
        self.stored_secret(&self.locate_secret(id, target).ok()?).ok()
    }

    fn stored_secret(&self, located: &Located) -> Result<&StoredSecret, ApiError> {
        let secrets = &self.place(&located.target).secretsmanager.secrets;
        let stored = secrets.get(&located.name).ok_or_else(missing)?;
        match stored.gone_at {
            Some(end) if end <= self.now => Err(missing()),
            _ => Ok(stored),
        }
    }

    fn stored_secret_mut(&mut self, located: &Located) -> Result<&mut StoredSecret, ApiError> {
        let secrets = &mut self.place_mut(&located.target).secretsmanager.secrets;
        secrets.get_mut(&located.name).ok_or_else(missing)
    }

    /// The secret of a call, if the caller may do this with it.
    fn called_secret(&self, call: &Call) -> Result<Located, ApiError> {
        let id = call.text("SecretId").unwrap_or_default();
        let located = self.locate_secret(id, &call.target)?;
        self.admit_to_secret(call, &located, &call.operation)?;
        Ok(located)
    }

    /// The same, of an operation that changes secrets: not one that is to be deleted, and not a
    /// copy (<https://github.com/lgallard/terraform-aws-secrets-manager/issues/188>).
    fn changed_secret(&self, call: &Call) -> Result<Located, ApiError> {
        let located = self.called_secret(call)?;
        let stored = self.stored_secret(&located)?;
        not_a_copy(stored)?;
        not_deleted(stored)?;
        Ok(located)
    }

    fn admit_to_secret(
        &self,
        call: &Call,
        located: &Located,
        operation: &str,
    ) -> Result<(), ApiError> {
        let stored = self.stored_secret(located)?;
        let action = format!("secretsmanager:{operation}");
        let mut request = caller_request(call, &action, stored.secret.arn.as_str());
        if let Some(stage) = call.text("VersionStage") {
            request = request.with("secretsmanager:VersionStage", stage);
        }
        match refusal(stored.policy.as_deref(), &located.target.account, call, &request) {
            None => Ok(()),
            Some(why) => Err(ApiError::new(
                "AccessDeniedException",
                format!(
                    "User: {} is not authorized to perform: {action} on resource: {} {why}",
                    call.caller.arn, stored.secret.arn
                ),
            )),
        }
    }

    /// Whether the caller may use a customer key for a secret. The encryption context was captured
    /// 2026-09-24 (secretsmanager-audit-counts.json).
    fn may_use_secret_key(
        &self,
        call: &Call,
        located: &Located,
        (key, version): (&str, &str),
        action: &str,
    ) -> Result<(), KeyRefusal> {
        let arn = match self.stored_secret(located) {
            Ok(stored) => stored.secret.arn.to_string(),
            Err(_) => String::new(),
        };
        let region = &located.target.region;
        let request: Request = caller_request(call, action, key)
            .with("kms:ViaService", format!("secretsmanager.{region}.amazonaws.com"))
            .with("kms:CallerAccount", call.target.account.as_str())
            .with("kms:EncryptionContext:SecretARN", arn)
            .with("kms:EncryptionContext:SecretVersionId", version)
            .with_values("kms:EncryptionContextKeys", ["SecretARN", "SecretVersionId"]);
        self.service_uses_key(key, &located.target, &request)
    }
}

/// Captured 2026-09-24.
fn missing() -> ApiError {
    ApiError::new("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

/// Captured 2026-09-24, whatever is wrong with the key.
fn kms_denied() -> ApiError {
    ApiError::new("AccessDeniedException", "Access to KMS is not allowed")
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterException", message)
}

fn invalid_token() -> ApiError {
    ApiError::new("InvalidNextTokenException", "The NextToken value is invalid.")
}

fn not_deleted(stored: &StoredSecret) -> Result<(), ApiError> {
    match stored.secret.deleted_date {
        None => Ok(()),
        Some(_) => Err(ApiError::new(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        )),
    }
}

fn not_a_copy(stored: &StoredSecret) -> Result<(), ApiError> {
    match stored.is_replica() {
        false => Ok(()),
        true => Err(invalid(
            "Operation not permitted on a replica secret. Call must be made in primary secret's \
             region.",
        )),
    }
}

fn named(stored: &StoredSecret) -> Value {
    json!({ "ARN": stored.secret.arn, "Name": stored.secret.name })
}

fn tag_list(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}
