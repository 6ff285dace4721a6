//! Secrets Manager: what a secret is, never what it holds.

use secmon_core::snapshot::{ReplicationStatus, Secret};

use super::convert::{moment, need, need_arn};
use super::place::Place;
use crate::error::Trouble;
use crate::permissions::Call;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;

const CALL: Call = Call::DescribeSecret;

pub(super) async fn describe_secret(at: &Place<'_>, secret: &str) -> Result<Secret, Trouble> {
    let clients = at.clients()?;
    let request = clients.secretsmanager().describe_secret().secret_id(secret).send();
    convert(at.ask(CALL, &["ResourceNotFoundException"], request).await?)
}

fn convert(answer: DescribeSecretOutput) -> Result<Secret, Trouble> {
    let replicas = answer.replication_status.unwrap_or_default();
    Ok(Secret {
        arn: need_arn(CALL, "ARN", answer.arn)?,
        name: need(CALL, "Name", answer.name)?,
        kms_key_id: answer.kms_key_id,
        deleted_date: moment(answer.deleted_date),
        last_accessed_date: moment(answer.last_accessed_date),
        primary_region: answer.primary_region,
        replication_status: replicas
            .into_iter()
            .filter_map(|replica| {
                Some(ReplicationStatus {
                    region: replica.region?,
                    status: replica.status.map(|status| status.as_str().to_owned()),
                })
            })
            .collect(),
    })
}
