//! IAM: roles and what they may do.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use secmon_core::snapshot::{Arn, AttachedPolicy, Observed, RoleDetail};

use super::convert::{filled, need, need_arn};
use super::place::{Page, Place};
use crate::error::Trouble;
use crate::permissions::Call;

#[cfg(test)]
mod tests;

const ABSENT: &[&str] = &["NoSuchEntity", "NoSuchEntityException"];

/// `GetRole`.
pub(super) async fn get_role(at: &Place<'_>, role: &Arn) -> Result<RoleDetail, Trouble> {
    const CALL: Call = Call::GetRole;
    let clients = at.clients()?;
    let request = clients.iam().get_role().role_name(role.name()).send();
    let answer = at.ask(CALL, ABSENT, request).await?;
    let role = need(CALL, "Role", answer.role)?;
    let trust = need(CALL, "AssumeRolePolicyDocument", role.assume_role_policy_document)?;
    Ok(RoleDetail {
        arn: need_arn(CALL, "Arn", Some(role.arn))?,
        assume_role_policy_document: document(CALL, &trust)?,
        permissions_boundary_arn: role
            .permissions_boundary
            .and_then(|boundary| filled(boundary.permissions_boundary_arn)),
    })
}

/// `ListRolePolicies`: names, the documents unread.
pub(super) async fn list_role_policies(
    at: &Place<'_>,
    role: &Arn,
) -> Result<BTreeMap<String, Observed<String>>, Trouble> {
    const CALL: Call = Call::ListRolePolicies;
    let clients = at.clients()?;
    let names = at
        .pages(CALL, async |marker| {
            let request = clients.iam().list_role_policies().role_name(role.name());
            let answer = at.ask(CALL, ABSENT, request.set_marker(marker).send()).await?;
            let next = answer.marker.filter(|_| answer.is_truncated);
            Ok(Page { items: answer.policy_names, next })
        })
        .await?;
    Ok(names.into_iter().map(|name| (name, Observed::NotAsked)).collect())
}

/// `GetRolePolicy`: the document of an inline policy.
pub(super) async fn get_role_policy(
    at: &Place<'_>,
    role: &Arn,
    policy: &str,
) -> Result<String, Trouble> {
    const CALL: Call = Call::GetRolePolicy;
    let clients = at.clients()?;
    let request = clients.iam().get_role_policy().role_name(role.name()).policy_name(policy);
    let answer = at.ask(CALL, ABSENT, request.send()).await?;
    document(CALL, &answer.policy_document)
}

/// `ListAttachedRolePolicies`: ARNs, the documents unread.
pub(super) async fn list_attached_role_policies(
    at: &Place<'_>,
    role: &Arn,
) -> Result<BTreeMap<Arn, AttachedPolicy>, Trouble> {
    const CALL: Call = Call::ListAttachedRolePolicies;
    let clients = at.clients()?;
    let policies = at
        .pages(CALL, async |marker| {
            let request = clients.iam().list_attached_role_policies().role_name(role.name());
            let answer = at.ask(CALL, ABSENT, request.set_marker(marker).send()).await?;
            let next = answer.marker.filter(|_| answer.is_truncated);
            Ok(Page { items: answer.attached_policies.unwrap_or_default(), next })
        })
        .await?;
    policies
        .into_iter()
        .map(|policy| {
            Ok((need_arn(CALL, "PolicyArn", policy.policy_arn)?, AttachedPolicy::default()))
        })
        .collect()
}

/// `GetPolicy`: the version of a managed policy that is in force.
pub(super) async fn get_policy(at: &Place<'_>, policy: &Arn) -> Result<String, Trouble> {
    const CALL: Call = Call::GetPolicy;
    let clients = at.clients()?;
    let request = clients.iam().get_policy().policy_arn(policy.as_str()).send();
    let answer = at.ask(CALL, ABSENT, request).await?;
    need(CALL, "DefaultVersionId", answer.policy.and_then(|policy| policy.default_version_id))
}

/// `GetPolicyVersion`: the document of a managed policy.
pub(super) async fn get_policy_version(
    at: &Place<'_>,
    policy: &Arn,
    version: &str,
) -> Result<String, Trouble> {
    const CALL: Call = Call::GetPolicyVersion;
    let clients = at.clients()?;
    let request = clients.iam().get_policy_version().policy_arn(policy.as_str());
    let answer = at.ask(CALL, ABSENT, request.version_id(version).send()).await?;
    let text = need(CALL, "Document", answer.policy_version.and_then(|version| version.document))?;
    document(CALL, &text)
}

/// IAM sends documents URL-encoded, as of
/// [RFC 3986](https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html): a plus
/// is a plus. A document that begins with a brace is not encoded, and a percent sign in it stays.
fn document(call: Call, text: &str) -> Result<String, Trouble> {
    if text.trim_start().starts_with('{') {
        return Ok(text.to_owned());
    }
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|error| {
        Trouble::failed(format!("{}: the policy document is no text: {error}", call.name()))
    })?;
    Ok(decoded.into_owned())
}
