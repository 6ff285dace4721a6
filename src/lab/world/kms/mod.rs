//! KMS: keys, who may use them, and what their state says.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secmon_core::policy::{Decision, KeyValue, PolicyDocument, Principal, Request, evaluate_key};
use secmon_core::snapshot::{AccountId, Arn, KeyGrant, KeyMetadata, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::World;
use super::call::{ApiError, Call};

mod alias;
mod api;
mod grant;
mod locate;
mod policy;
#[cfg(test)]
mod tests;

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Kms {
    /// By id.
    pub(super) keys: BTreeMap<String, StoredKey>,
    /// By name, such as `alias/topics`.
    pub(super) aliases: BTreeMap<String, Alias>,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredKey {
    pub(super) metadata: KeyMetadata,
    /// JSON text of the policy `default`, as it was put.
    pub(super) policy: String,
    pub(super) created: Timestamp,
    #[serde(default)]
    pub(super) description: String,
    /// What it is and is for: `KeySpec`, `KeyUsage`, `Origin`.
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) multi_region: bool,
    /// Days between rotations, where they are on, and since when.
    #[serde(default)]
    pub(super) rotation: Option<Rotation>,
    #[serde(default)]
    pub(super) grants: BTreeMap<String, Grant>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
}

/// What a key is made of, and for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    pub(super) spec: String,
    pub(super) usage: String,
    pub(super) origin: String,
}

impl Default for Kind {
    fn default() -> Self {
        Self {
            spec: "SYMMETRIC_DEFAULT".to_owned(),
            usage: "ENCRYPT_DECRYPT".to_owned(),
            origin: "AWS_KMS".to_owned(),
        }
    }
}

/// Yearly renewal of what a key is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    pub(super) days: i32,
    pub(super) since: Timestamp,
}

/// Another name of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alias {
    /// The id of the key.
    pub(super) key: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

/// Somebody may use a key besides what its policy says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    pub(super) grant: KeyGrant,
    pub(super) created: Timestamp,
    pub(super) retiring_principal: Option<String>,
    pub(super) issuing_account: String,
}

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyRefusal {
    /// There is none.
    NotFound,
    /// It is disabled.
    Disabled,
    /// It is waiting for its deletion.
    PendingDeletion,
    /// Neither its policy nor a grant admits the principal.
    Denied,
}

impl World {
    /// Whether a principal may use a key, as its state, its policy and its grants say. An answer
    /// that hangs on what is not known is a no.
    ///
    /// An identity of the key's account that the policy delegates to needs a policy of its own
    /// besides; that is the caller's to ask.
    pub(super) fn service_uses_key(
        &self,
        key: &str,
        target: &Target,
        request: &Request,
    ) -> Result<(), KeyRefusal> {
        match self.key_decision(key, target, request)? {
            Decision::Allowed { .. } => Ok(()),
            _ => Err(KeyRefusal::Denied),
        }
    }

    /// What the policy and the grants of a key that can be used say.
    pub(super) fn key_decision(
        &self,
        key: &str,
        target: &Target,
        request: &Request,
    ) -> Result<Decision, KeyRefusal> {
        let located = match self.locate_key(key, target) {
            Ok(located) => located,
            // The keys that AWS manages are there when somebody first asks for them.
            Err(_) => {
                let name = key.rsplit_once(":alias/").map_or(key, |(_, name)| name);
                let name = name.trim_start_matches("alias/");
                let Some(service) = name.strip_prefix("aws/") else {
                    return Err(KeyRefusal::NotFound);
                };
                let policy = policy::managed(service, target).ok_or(KeyRefusal::NotFound)?;
                let arn = Arn::of_resource("kms", target, &format!("alias/{name}"));
                return Ok(policy_decision(&policy, &[], &arn, request));
            }
        };
        let stored = self.stored_key(&located).ok_or(KeyRefusal::NotFound)?;
        match stored.metadata.key_state.as_deref() {
            Some("Enabled") | None => {}
            Some("PendingDeletion") => return Err(KeyRefusal::PendingDeletion),
            Some(_) => return Err(KeyRefusal::Disabled),
        }
        let grants: Vec<KeyGrant> = stored.grants.values().map(|it| it.grant.clone()).collect();
        Ok(policy_decision(&stored.policy, &grants, &stored.metadata.arn, request))
    }

    /// A key by id, ARN, alias or alias ARN.
    pub(super) fn key(&self, target: &Target, key: &str) -> Option<&StoredKey> {
        self.stored_key(&self.locate_key(key, target).ok()?)
    }
}

/// What a key's policy and its grants say. Of the keys that AWS manages the policies ask for two keys of the
/// context that a service calling for itself does not carry: that is why no alarm can publish to a
/// topic with `alias/aws/sns`.
fn policy_decision(policy: &str, grants: &[KeyGrant], key: &Arn, request: &Request) -> Decision {
    let Ok(document) = PolicyDocument::parse(policy) else {
        return Decision::NotAllowed { nearest: None };
    };
    let mut request = Request { resource: key.to_string(), ..request.clone() };
    let (caller, via) = match &request.principal {
        Principal::Service(_) => (KeyValue::Absent, Some(KeyValue::Absent)),
        Principal::Aws { account, .. } => (KeyValue::Values(vec![account.clone()]), None),
    };
    request.context.entry("kms:calleraccount".to_owned()).or_insert(caller);
    if let Some(via) = via {
        request.context.entry("kms:viaservice".to_owned()).or_insert(via);
    }
    evaluate_key(&document, grants, &request)
}

impl StoredKey {
    pub(super) fn new(arn: Arn, policy: String, created: Timestamp) -> Self {
        Self {
            metadata: KeyMetadata {
                arn,
                key_manager: Some("CUSTOMER".to_owned()),
                key_state: Some("Enabled".to_owned()),
                deletion_date: None,
            },
            policy,
            created,
            description: String::new(),
            kind: Kind::default(),
            multi_region: false,
            rotation: None,
            grants: BTreeMap::new(),
            tags: BTreeMap::new(),
        }
    }

    fn id(&self) -> &str {
        self.metadata.arn.resource().trim_start_matches("key/")
    }

    fn state(&self) -> &str {
        self.metadata.key_state.as_deref().unwrap_or("Enabled")
    }

    /// Its deletion date has come.
    fn is_gone(&self, now: Timestamp) -> bool {
        self.metadata.deletion_date.is_some_and(|date| date <= now)
    }

    fn is_managed(&self) -> bool {
        self.metadata.key_manager.as_deref() == Some("AWS")
    }

    /// What `DescribeKey` answers.
    fn describe(&self) -> Value {
        let mut described = json!({
            "AWSAccountId": self.metadata.arn.account(),
            "KeyId": self.id(),
            "Arn": self.metadata.arn,
            "CreationDate": self.created,
            "Enabled": self.state() == "Enabled",
            "Description": self.description,
            "KeyUsage": self.kind.usage,
            "KeyState": self.state(),
            "Origin": self.kind.origin,
            "KeyManager": self.metadata.key_manager,
            "CustomerMasterKeySpec": self.kind.spec,
            "KeySpec": self.kind.spec,
            "MultiRegion": self.multi_region,
        });
        if self.kind.spec == "SYMMETRIC_DEFAULT" {
            described["EncryptionAlgorithms"] = json!(["SYMMETRIC_DEFAULT"]);
        }
        if let Some(date) = self.metadata.deletion_date {
            described["DeletionDate"] = json!(date);
        }
        described
    }
}

impl World {
    pub(super) fn kms(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.operation.as_str() {
            "CreateKey" => self.create_key(call),
            "DescribeKey" => self.describe_key(call),
            "ListKeys" => self.list_keys(call),
            "GetKeyPolicy" => self.get_key_policy(call),
            "PutKeyPolicy" => self.put_key_policy(call),
            "ListKeyPolicies" => self.list_key_policies(call),
            "UpdateKeyDescription" => self.update_key_description(call),
            "EnableKey" => self.set_key_state(call, "Enabled"),
            "DisableKey" => self.set_key_state(call, "Disabled"),
            "ScheduleKeyDeletion" => self.schedule_key_deletion(call),
            "CancelKeyDeletion" => self.cancel_key_deletion(call),
            "EnableKeyRotation" => self.set_key_rotation(call, true),
            "DisableKeyRotation" => self.set_key_rotation(call, false),
            "GetKeyRotationStatus" => self.get_key_rotation_status(call),
            "TagResource" => self.tag_key(call),
            "UntagResource" => self.untag_key(call),
            "ListResourceTags" => self.list_key_tags(call),
            "CreateAlias" => self.create_alias(call),
            "UpdateAlias" => self.update_alias(call),
            "DeleteAlias" => self.delete_alias(call),
            "ListAliases" => self.list_aliases(call),
            "CreateGrant" => self.create_grant(call),
            "ListGrants" => self.list_grants(call),
            "RevokeGrant" => self.revoke_grant(call),
            _ => Err(ApiError::not_served(call)),
        }
    }
}

/// The root user of an account.
fn root(account: &AccountId) -> String {
    format!("arn:aws:iam::{account}:root")
}
