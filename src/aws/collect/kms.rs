//! KMS: the keys that encrypt topics.

use aws_sdk_kms::types as sdk;
use secmon_core::snapshot::KeyMetadata;

use super::convert::{moment, need, need_arn};
use super::place::Place;
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

fn key_metadata(key: sdk::KeyMetadata) -> Result<KeyMetadata, Trouble> {
    Ok(KeyMetadata {
        arn: need_arn(Call::DescribeKey, "Arn", key.arn)?,
        key_manager: key.key_manager.map(|manager| manager.as_str().to_owned()),
        key_state: key.key_state.map(|state| state.as_str().to_owned()),
        deletion_date: moment(key.deletion_date),
    })
}
