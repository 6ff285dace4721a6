//! What lets services act: KMS keys, IAM roles, bucket policies.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Arn, Observed, Region, Target};

/// What is known of a KMS key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// `DescribeKey`.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub metadata: Observed<KeyMetadata>,
    /// `GetKeyPolicy`: JSON text of the policy `default`.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub policy: Observed<String>,
    /// `ListGrants`: asked where the policy does not admit what publishes.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub grants: Observed<Vec<KeyGrant>>,
}

/// A grant: somebody may use a key besides what its policy says.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct KeyGrant {
    /// Its id.
    pub grant_id: String,
    /// Its name.
    pub name: Option<String>,
    /// Who may: an ARN, or a service.
    pub grantee_principal: Option<String>,
    /// The service that may.
    pub grantee_service_principal: Option<String>,
    /// What: `Decrypt`, `GenerateDataKey`, …
    #[serde(default)]
    pub operations: Vec<String>,
    /// Under which circumstances.
    pub constraints: Option<GrantConstraints>,
}

/// What has to be true for a grant to hold.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GrantConstraints {
    /// Pairs that the encryption context has among others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub encryption_context_subset: BTreeMap<String, String>,
    /// The whole encryption context.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub encryption_context_equals: BTreeMap<String, String>,
    /// On whose behalf the key is used.
    pub source_arn: Option<String>,
}

/// What `DescribeOrganization` tells of the organization of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Organization {
    /// Such as `o-a1b2c3d4e5`.
    pub id: String,
}

/// What `DescribeKey` tells of a key.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct KeyMetadata {
    /// The ARN.
    pub arn: Arn,
    /// `AWS` for managed keys such as `aws/sns`, `CUSTOMER` for your own.
    pub key_manager: Option<String>,
    /// `Enabled`, `Disabled`, `PendingDeletion`, …
    pub key_state: Option<String>,
    /// When it is deleted.
    pub deletion_date: Option<Timestamp>,
}

/// What is known of an IAM role.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// `GetRole`.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub role: Observed<RoleDetail>,
    /// `ListRolePolicies`, each with `GetRolePolicy`: JSON text by policy name.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub inline_policies: Observed<BTreeMap<String, Observed<String>>>,
    /// `ListAttachedRolePolicies`, by policy ARN.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub attached_policies: Observed<BTreeMap<Arn, AttachedPolicy>>,
}

/// What `GetRole` tells of a role.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RoleDetail {
    /// The ARN.
    pub arn: Arn,
    /// JSON text of the trust policy.
    pub assume_role_policy_document: String,
    /// Policy that bounds what the role may do.
    pub permissions_boundary_arn: Option<String>,
}

/// A managed policy attached to a role.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachedPolicy {
    /// `GetPolicy`: the version in force, such as `v3`.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub default_version_id: Observed<String>,
    /// `GetPolicyVersion`: JSON text.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub document: Observed<String>,
}

/// What is known of an S3 bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// `GetBucketPolicy`: JSON text; absent where the bucket has none.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub policy: Observed<String>,
    /// The Region it is in, where that is another one than it was asked for in: a trail's bucket may
    /// be in any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
}

impl Bucket {
    /// A bucket of the Region it was asked for in.
    pub fn with_policy(policy: Observed<String>) -> Self {
        Self { policy, region: None }
    }

    /// The Region it is in, as far as is known. S3 refuses calls that are sent to another one.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html>
    pub fn region<'a>(&'a self, asked: &'a Target) -> &'a Region {
        self.region.as_ref().unwrap_or(&asked.region)
    }
}
