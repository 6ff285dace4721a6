//! Tags of whatever a plan changes: each service has a call of its own for them.

use std::collections::BTreeMap;

use secmon_core::snapshot::Arn;

use super::convert::filled;
use super::place::{Page, Place};
use crate::error::Trouble;
use crate::permissions::Call;

#[cfg(test)]
mod tests;

type Tags = BTreeMap<String, String>;

/// The tags of what the ARN names.
pub(super) async fn list_tags(at: &Place<'_>, arn: &Arn) -> Result<Tags, Trouble> {
    match arn.service() {
        "cloudtrail" => of_trail(at, arn).await,
        "cloudwatch" => of_alarm(at, arn).await,
        "events" => of_rule(at, arn).await,
        "iam" => of_role(at, arn).await,
        "kms" => of_key(at, arn).await,
        "logs" => of_log_group(at, arn).await,
        "s3" => of_bucket(at, arn).await,
        "secretsmanager" => of_secret(at, arn).await,
        "sns" => of_topic(at, arn).await,
        service => Err(Trouble::failed(format!("tags of {service} are not known to secmon"))),
    }
}

fn pairs(tags: impl Iterator<Item = (Option<String>, Option<String>)>) -> Tags {
    tags.filter_map(|(key, value)| Some((filled(key)?, value.unwrap_or_default()))).collect()
}

async fn of_trail(at: &Place<'_>, arn: &Arn) -> Result<Tags, Trouble> {
    const CALL: Call = Call::ListTrailTags;
    const ABSENT: &[&str] = &["ResourceNotFoundException", "TrailNotFoundException"];
    let clients = at.clients()?;
    let tagged = at
        .pages(CALL, async |token| {
            let request = clients.cloudtrail().list_tags().resource_id_list(arn.as_str());
            let answer = at.ask(CALL, ABSENT, request.set_next_token(token).send()).await?;
            let items = answer.resource_tag_list.unwrap_or_default();
            Ok(Page { items, next: answer.next_token })
        })
        .await?;
    let tags = tagged.into_iter().flat_map(|tagged| tagged.tags_list.unwrap_or_default());
    Ok(pairs(tags.map(|tag| (Some(tag.key), tag.value))))
}

async fn of_alarm(at: &Place<'_>, arn: &Arn) -> Result<Tags, Trouble> {
    const CALL: Call = Call::ListAlarmTags;
    let clients = at.clients()?;
    let request = clients.cloudwatch().list_tags_for_resource().resource_arn(arn.as_str());
    let answer = at.ask(CALL, &["ResourceNotFoundException"], request.send()).await?;
    let tags = answer.tags.unwrap_or_default().into_iter();
    Ok(pairs(tags.map(|tag| (tag.key, tag.value))))
}

async fn of_rule(at: &Place<'_>, arn: &Arn) -> Result<Tags, Trouble> {
    const CALL: Call = Call::ListRuleTags;
    let clients = at.clients()?;
    let request = clients.eventbridge().list_tags_for_resource().resource_arn(arn.as_str());
    let answer = at.ask(CALL, &["ResourceNotFoundException"], request.send()).await?;
    let tags = answer.tags.unwrap_or_default().into_iter();
    Ok(pairs(tags.map(|tag| (Some(tag.key), Some(tag.value)))))
}

async fn of_role(at: &Place<'_>, arn: &Arn) -> Result<Tags, Trouble> {
    const CALL: Call = Call::ListRoleTags;
    const ABSENT: &[&str] = &["NoSuchEntity", "NoSuchEntityException"];
    let clients = at.clients()?;
    let tags = at
        .pages(CALL, async |marker| {
            let request = clients.iam().list_role_tags().role_name(arn.name());
            let answer = at.ask(CALL, ABSENT, request.set_marker(marker).send()).await?;
            let next = answer.marker.filter(|_| answer.is_truncated);
            Ok(Page { items: answer.tags, next })
        })
        .await?;
    Ok(pairs(tags.into_iter().map(|tag| (Some(tag.key), Some(tag.value)))))
}

async fn of_key(at: &Place<'_>, arn: &Arn) -> Result<Tags, Trouble> {
    const CALL: Call = Call::ListKeyTags;
    let clients = at.clients()?;
    let tags = at
        .pages(CALL, async |marker| {
            let request = clients.kms().list_resource_tags().key_id(arn.as_str());
            let request = request.set_marker(marker).send();
            let answer = at.ask(CALL, &["NotFoundException"], request).await?;
            Ok(Page { items: answer.tags.unwrap_or_default(), next: answer.next_marker })
        })
        .await?;
    Ok(pairs(tags.into_iter().map(|tag| (Some(tag.tag_key), Some(tag.tag_value)))))
}

async fn of_log_group(at: &Place<'_>, arn: &Arn) -> Result<Tags, Trouble> {
    const CALL: Call = Call::ListLogGroupTags;
    let clients = at.clients()?;
    let request = clients.logs().list_tags_for_resource().resource_arn(arn.as_str());
    let answer = at.ask(CALL, &["ResourceNotFoundException"], request.send()).await?;
    let tags = answer.tags.unwrap_or_default().into_iter();
    Ok(pairs(tags.map(|(key, value)| (Some(key), Some(value)))))
}

/// A bucket without tags answers `NoSuchTagSet`.
async fn of_bucket(at: &Place<'_>, arn: &Arn) -> Result<Tags, Trouble> {
    const CALL: Call = Call::GetBucketTagging;
    let clients = at.clients()?;
    let request = clients.s3().get_bucket_tagging().bucket(arn.resource());
    let answer = at.ask(CALL, &["NoSuchTagSet"], request.send()).await?;
    Ok(pairs(answer.tag_set.into_iter().map(|tag| (Some(tag.key), Some(tag.value)))))
}

async fn of_secret(at: &Place<'_>, arn: &Arn) -> Result<Tags, Trouble> {
    const CALL: Call = Call::DescribeSecret;
    let clients = at.clients()?;
    let request = clients.secretsmanager().describe_secret().secret_id(arn.as_str());
    let answer = at.ask(CALL, &["ResourceNotFoundException"], request.send()).await?;
    let tags = answer.tags.unwrap_or_default().into_iter();
    Ok(pairs(tags.map(|tag| (tag.key, tag.value))))
}

async fn of_topic(at: &Place<'_>, arn: &Arn) -> Result<Tags, Trouble> {
    const CALL: Call = Call::ListTopicTags;
    let clients = at.clients()?;
    let request = clients.sns().list_tags_for_resource().resource_arn(arn.as_str());
    let answer = at.ask(CALL, &["ResourceNotFound", "NotFound"], request.send()).await?;
    let tags = answer.tags.unwrap_or_default().into_iter();
    Ok(pairs(tags.map(|tag| (Some(tag.key), Some(tag.value)))))
}
