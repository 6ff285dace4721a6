//! The policies that KMS itself writes, and what it asks of others.

use secmon_core::policy::{Decision, PolicyDocument, Principal, Request, evaluate};
use secmon_core::snapshot::{Arn, Target};

use super::root;
use crate::world::call::ApiError;

/// The services with a key of their own, as policies call them.
const MANAGED: [(&str, &str); 5] = [
    ("logs", "CloudWatch Logs"),
    ("s3", "S3"),
    ("secretsmanager", "AWS Secrets Manager"),
    ("sns", "SNS"),
    ("sqs", "SQS"),
];

/// The policy of `alias/aws/SERVICE`: everybody in the account, through the service only. It cannot
/// be edited.
pub(super) fn managed(service: &str, target: &Target) -> Option<String> {
    let (_, name) = MANAGED.iter().find(|(id, _)| *id == service)?;
    let Target { account, region } = target;
    let root = root(account);
    Some(format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "auto-{service}-1",
  "Statement" : [ {{
    "Sid" : "Allow access through {name} for all principals in the account that are authorized to use {name}",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "*"
    }},
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {{
      "StringEquals" : {{
        "kms:CallerAccount" : "{account}",
        "kms:ViaService" : "{service}.{region}.amazonaws.com"
      }}
    }}
  }}, {{
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "{root}"
    }},
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
    "Resource" : "*"
  }} ]
}}"#
    ))
}

pub(super) fn managed_description(service: &str) -> String {
    let name = MANAGED.iter().find(|(id, _)| *id == service).map_or(service, |(_, name)| name);
    format!("Default key that protects my {name} data when no other key is defined")
}

/// The policy of a key that was made without one.
pub(super) fn default(target: &Target) -> String {
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {{
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "{}"
    }},
    "Action" : "kms:*",
    "Resource" : "*"
  }} ]
}}"#,
        root(&target.account)
    )
}

/// What KMS asks of a policy before it takes it: the grammar, and that the caller can put another
/// one later.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>
pub(super) fn check(
    policy: &str,
    key: &Arn,
    caller: &Arn,
    locks_out: bool,
) -> Result<(), ApiError> {
    let malformed = |message: String| ApiError::new("MalformedPolicyDocumentException", message);
    let document = PolicyDocument::parse(policy).map_err(|error| malformed(error.to_string()))?;
    let request = Request::new(Principal::aws(caller.as_str()), "kms:PutKeyPolicy", key.as_str());
    let lockout = matches!(
        evaluate(&[("", &document)], &request),
        Decision::NotAllowed { .. } | Decision::Denied { .. }
    );
    if lockout && !locks_out {
        return Err(malformed(
            "The new key policy will not allow you to update the key policy in the future."
                .to_owned(),
        ));
    }
    Ok(())
}
