//! Secrets Manager: `DescribeSecret`.
//!
//! The value of a secret has no place here, and nothing in secmon reads one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Arn;

/// What `DescribeSecret` tells of a secret.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Secret {
    /// The ARN; it ends in a hyphen and six random characters.
    #[serde(rename = "ARN")]
    pub arn: Arn,
    /// The name.
    pub name: String,
    /// Customer key that encrypts it; AWS leaves it out for `aws/secretsmanager`.
    pub kms_key_id: Option<String>,
    /// Set while the secret is scheduled for deletion.
    pub deleted_date: Option<Timestamp>,
    /// Midnight UTC of the last day it was read in this Region.
    pub last_accessed_date: Option<Timestamp>,
    /// The Region of the original, where this is a replica.
    pub primary_region: Option<String>,
    /// Copies in other Regions: reads there are recorded there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replication_status: Vec<ReplicationStatus>,
}

/// One copy of a secret in another Region.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ReplicationStatus {
    /// The Region of the copy.
    pub region: String,
    /// `InSync`, `InProgress` or `Failed`.
    pub status: Option<String>,
}
