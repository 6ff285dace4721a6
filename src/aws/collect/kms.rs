//! KMS: the keys that encrypt topics.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_kms::types as sdk;
use secmon_core::snapshot::{GrantConstraints, KeyGrant, KeyMetadata};

use super::convert::{filled, moment, need, need_arn};
use super::place::{Page, Place};
use crate::error::Trouble;
use crate::permissions::Call;

const ABSENT: &[&str] = &["NotFoundException"];

/// `DescribeKey`, by whatever names the key: AWS resolves aliases.
pub(super) async fn describe_key(at: &Place<'_>, key: &str) -> Result<KeyMetadata, Trouble> {
    const CALL: Call = Call::DescribeKey;
    let clients = at.clients()?;
    let answer = at.ask(CALL, ABSENT, clients.kms().describe_key().key_id(key).send()).await?;
    key_metadata(need(CALL, "KeyMetadata", answer.key_metadata)?)
}

/// `GetKeyPolicy` of the policy `default`, the only one there is.
pub(super) async fn get_key_policy(at: &Place<'_>, key_id: &str) -> Result<String, Trouble> {
    const CALL: Call = Call::GetKeyPolicy;
    let clients = at.clients()?;
    let request = clients.kms().get_key_policy().key_id(key_id).policy_name("default").send();
    let answer = at.ask(CALL, ABSENT, request).await?;
    need(CALL, "Policy", answer.policy)
}

/// `ListGrants`.
pub(super) async fn list_grants(at: &Place<'_>, key_id: &str) -> Result<Vec<KeyGrant>, Trouble> {
    const CALL: Call = Call::ListGrants;
    let clients = at.clients()?;
    let grants = at
        .pages(CALL, async |token| {
            let request = clients.kms().list_grants().key_id(key_id).limit(100).set_marker(token);
            let answer = at.ask(CALL, ABSENT, request.send()).await?;
            Ok(Page { items: answer.grants.unwrap_or_default(), next: answer.next_marker })
        })
        .await?;
    grants.into_iter().map(key_grant).collect()
}

fn key_grant(grant: sdk::GrantListEntry) -> Result<KeyGrant, Trouble> {
    let operations = grant.operations.unwrap_or_default();
    Ok(KeyGrant {
        grant_id: need(Call::ListGrants, "GrantId", grant.grant_id)?,
        name: filled(grant.name),
        grantee_principal: filled(grant.grantee_principal),
        grantee_service_principal: filled(grant.grantee_service_principal),
        operations: operations.iter().map(|one| one.as_str().to_owned()).collect(),
        constraints: grant.constraints.map(|constraints| GrantConstraints {
            encryption_context_subset: pairs(constraints.encryption_context_subset),
            encryption_context_equals: pairs(constraints.encryption_context_equals),
            source_arn: filled(constraints.source_arn),
        }),
    })
}

fn pairs(pairs: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    pairs.unwrap_or_default().into_iter().collect()
}

fn key_metadata(key: sdk::KeyMetadata) -> Result<KeyMetadata, Trouble> {
    Ok(KeyMetadata {
        arn: need_arn(Call::DescribeKey, "Arn", key.arn)?,
        key_manager: key.key_manager.map(|manager| manager.as_str().to_owned()),
        key_state: key.key_state.map(|state| state.as_str().to_owned()),
        deletion_date: moment(key.deletion_date),
    })
}
