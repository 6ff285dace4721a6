//! What IAM takes as a policy document, and the documents of some of AWS's own policies.

use secmon_core::policy::{PolicyDocument, PolicyError};
use serde_json::Value;

use super::super::call::ApiError;

fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::new("MalformedPolicyDocumentException", message)
}

fn read(text: &str) -> Result<Vec<Value>, ApiError> {
    let document = PolicyDocument::parse(text).map_err(|error| match error {
        PolicyError::Json(_) => malformed("This policy contains invalid Json"),
        PolicyError::Document(_) | PolicyError::Statement { .. } => {
            malformed(format!("Syntax errors in policy. ({error})"))
        }
    })?;
    Ok(match &document.json()["Statement"] {
        Value::Array(statements) => statements.clone(),
        one => vec![one.clone()],
    })
}

/// Whether a text can be a role's trust policy.
pub(super) fn check_trust(text: &str) -> Result<(), ApiError> {
    for statement in read(text)? {
        if !statement["Resource"].is_null() || !statement["NotResource"].is_null() {
            return Err(malformed("Has prohibited field Resource"));
        }
        if statement["Principal"].is_null() && statement["NotPrincipal"].is_null() {
            return Err(malformed("Missing required field Principal"));
        }
        let actions = match &statement["Action"] {
            Value::Array(items) => items.clone(),
            one => vec![one.clone()],
        };
        let of_sts = |action: &Value| {
            action.as_str().is_some_and(|action| action == "*" || action.starts_with("sts:"))
        };
        if statement["NotAction"].is_null() && !actions.iter().all(of_sts) {
            return Err(malformed("AssumeRole policy may only specify STS AssumeRole actions."));
        }
    }
    Ok(())
}

/// Whether a text can be the policy of an identity.
pub(super) fn check_identity_policy(text: &str) -> Result<(), ApiError> {
    for statement in read(text)? {
        if !statement["Principal"].is_null() || !statement["NotPrincipal"].is_null() {
            return Err(malformed("Policy document should not specify a principal."));
        }
        if statement["Resource"].is_null() && statement["NotResource"].is_null() {
            return Err(malformed("Policy statement must contain resources."));
        }
    }
    Ok(())
}

/// Policies of AWS's own that the lab knows, by what follows `arn:aws:iam::aws:policy/`. Of the
/// last two only the actions on the chain's services stand here
/// (<https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>).
const OF_AWS: [(&str, &str); 3] = [
    (
        "AdministratorAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    ),
    (
        "CloudWatchFullAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudwatch:*","logs:*","sns:*","iam:GetPolicy","iam:GetPolicyVersion","iam:GetRole"],"Resource":"*"}]}"#,
    ),
    (
        "CloudWatchLogsFullAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:*","cloudwatch:GenerateQuery"],"Resource":"*"}]}"#,
    ),
];

/// The policies of AWS's own that the lab knows: name and document.
pub(super) fn of_aws() -> impl Iterator<Item = (&'static str, &'static str)> {
    OF_AWS.into_iter()
}

/// The document of one of them.
pub(super) fn document_of_aws(arn: &str) -> Option<&'static str> {
    let (_, name) = arn.split_once(":iam::aws:policy/")?;
    of_aws().find(|(known, _)| *known == name).map(|(_, document)| document)
}
