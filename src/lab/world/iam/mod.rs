//! IAM: roles and policies, and what a service may do with a role.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secmon_core::snapshot::{AccountId, Arn, RoleDetail, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::World;
use super::call::{ApiError, Call};
use super::page::page;

mod document;
mod may;
mod policies;
mod request;
mod role_policies;
mod roles;
#[cfg(test)]
mod tests;

pub(super) use may::RoleRefusal;
pub(super) use request::{caller_request, is_public, refusal, service_request};

/// What an account has of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Iam {
    /// By name.
    pub(super) roles: BTreeMap<String, StoredRole>,
    /// By ARN: the account's own, and those of AWS's that are known from elsewhere.
    pub(super) policies: BTreeMap<String, ManagedPolicy>,
    /// Temporary credentials, by access key.
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) alias: Option<String>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredRole {
    pub(super) detail: RoleDetail,
    pub(super) id: String,
    pub(super) created: Timestamp,
    #[serde(default)]
    pub(super) description: Option<String>,
    /// In seconds.
    pub(super) longest_session: i64,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// JSON text by name.
    #[serde(default)]
    pub(super) inline: BTreeMap<String, String>,
    /// ARNs.
    #[serde(default)]
    pub(super) attached: BTreeSet<String>,
}

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManagedPolicy {
    pub(super) arn: Arn,
    pub(super) id: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// By number: 3 is `v3`.
    pub(super) versions: BTreeMap<u32, PolicyVersion>,
    /// The version in force.
    pub(super) default: u32,
    /// The highest number ever given.
    pub(super) newest: u32,
}

/// A version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyVersion {
    pub(super) document: String,
    pub(super) created: Timestamp,
}

/// Temporary credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    pub(super) arn: Arn,
    pub(super) expires: Timestamp,
}

impl StoredRole {
    /// A role without policies.
    pub(super) fn new(detail: RoleDetail, id: String, created: Timestamp) -> Self {
        Self {
            detail,
            id,
            created,
            description: None,
            longest_session: 3_600,
            tags: BTreeMap::new(),
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
        }
    }
}

impl ManagedPolicy {
    /// A policy with one version.
    pub(super) fn new(
        arn: Arn,
        id: String,
        version: u32,
        document: String,
        now: Timestamp,
    ) -> Self {
        let first = PolicyVersion { document, created: now };
        Self {
            arn,
            id,
            created: now,
            updated: now,
            description: None,
            tags: BTreeMap::new(),
            versions: BTreeMap::from([(version, first)]),
            default: version,
            newest: version,
        }
    }

    fn document(&self) -> Option<&str> {
        self.versions.get(&self.default).map(|version| version.document.as_str())
    }
}

impl World {
    pub(super) fn iam(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.operation.as_str() {
            "CreateRole" => self.create_role(call),
            "GetRole" => self.get_role(call),
            "ListRoles" => self.list_roles(call),
            "DeleteRole" => self.delete_role(call),
            "UpdateRole" => self.update_role(call),
            "UpdateAssumeRolePolicy" => self.update_assume_role_policy(call),
            "PutRolePermissionsBoundary" => self.put_role_permissions_boundary(call),
            "DeleteRolePermissionsBoundary" => self.delete_role_permissions_boundary(call),
            "TagRole" => self.tag_role(call),
            "UntagRole" => self.untag_role(call),
            "ListRoleTags" => self.list_role_tags(call),
            "PutRolePolicy" => self.put_role_policy(call),
            "GetRolePolicy" => self.get_role_policy(call),
            "ListRolePolicies" => self.list_role_policies(call),
            "DeleteRolePolicy" => self.delete_role_policy(call),
            "AttachRolePolicy" => self.attach_role_policy(call),
            "DetachRolePolicy" => self.detach_role_policy(call),
            "ListAttachedRolePolicies" => self.list_attached_role_policies(call),
            "CreatePolicy" => self.create_policy(call),
            "GetPolicy" => self.get_policy(call),
            "ListPolicies" => self.list_policies(call),
            "DeletePolicy" => self.delete_policy(call),
            "CreatePolicyVersion" => self.create_policy_version(call),
            "GetPolicyVersion" => self.get_policy_version(call),
            "ListPolicyVersions" => self.list_policy_versions(call),
            "SetDefaultPolicyVersion" => self.set_default_policy_version(call),
            "DeletePolicyVersion" => self.delete_policy_version(call),
            "TagPolicy" => self.tag_policy(call),
            "ListPolicyTags" => self.list_policy_tags(call),
            "ListAccountAliases" => self.list_account_aliases(call),
            _ => Err(ApiError::not_served(call)),
        }
    }

    fn list_account_aliases(&mut self, call: &Call) -> Result<Value, ApiError> {
        let aliases: Vec<&String> = self.iam_of(&call.target.account).alias.iter().collect();
        Ok(json!({ "AccountAliases": aliases, "IsTruncated": false }))
    }

    fn iam_of(&self, account: &AccountId) -> &Iam {
        static NOTHING: std::sync::LazyLock<Iam> = std::sync::LazyLock::new(Iam::default);
        self.account(account).map_or(&NOTHING, |account| &account.iam)
    }

    /// An id such as `AROAQAAAAAAAJHWCSFCW6`.
    fn iam_id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.next_letters(17).to_uppercase())
    }
}

/// The unique id of somebody or something that the world did not make: letters of its name.
pub(super) fn id_of(prefix: &str, name: &str) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).take(17).collect();
    format!("{prefix}{:X<17}", letters.to_uppercase())
}

fn no_such_entity(message: impl Into<String>) -> ApiError {
    ApiError::new("NoSuchEntityException", message)
}

/// The ARN of an entity of an account, in the partition of the Region that was asked.
fn entity_arn(target: &Target, resource: &str) -> Result<Arn, ApiError> {
    let partition = Arn::of_resource("iam", target, "").partition().to_owned();
    let text = format!("arn:{partition}:iam::{}:{resource}", target.account);
    text.parse().map_err(|error: secmon_core::snapshot::IdError| {
        ApiError::new("ValidationException", error.to_string())
    })
}

/// The path and the name in an ARN: `/service-role/` and `trail` of `role/service-role/trail`.
fn path_and_name(arn: &Arn) -> (String, &str) {
    let name = arn.name();
    let resource = arn.resource();
    let path =
        resource.find('/').map_or("/", |start| &resource[start..resource.len() - name.len()]);
    (path.to_owned(), name)
}

/// A document as IAM gives it back: percent-encoded after RFC 3986
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>).
fn encoded(document: &str) -> String {
    const SET: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(document, SET).to_string()
}

/// One page of a listing, under its member's name.
fn listed(call: &Call, member: &str, items: Vec<Value>) -> Result<Value, ApiError> {
    let size = call.params["MaxItems"].as_u64().unwrap_or(100) as usize;
    let (items, next) = page(items, size, call.text("Marker"))
        .ok_or_else(|| ApiError::new("ValidationException", "Invalid Marker."))?;
    Ok(json!({ member: items, "IsTruncated": next.is_some(), "Marker": next }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

fn tags(given: &Value) -> BTreeMap<String, String> {
    let tags: Vec<Tag> = Deserialize::deserialize(given).unwrap_or_default();
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

fn tag_items(tags: &BTreeMap<String, String>) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}
