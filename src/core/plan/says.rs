//! What one call of several does, in a sentence.

use super::{Step, Write};

/// What one call of a step does.
pub(super) fn says(step: &Step, write: &Write) -> String {
    match write {
        Write::PutPublicAccessBlock { bucket, .. } => {
            return format!("Blocks public access to bucket {bucket}.");
        }
        Write::PutBucketEncryption { bucket, .. } => {
            return format!("Encrypts what is written to bucket {bucket}.");
        }
        Write::PutBucketLifecycleConfiguration { bucket, days, .. } => {
            return format!("Deletes log files of bucket {bucket} after {days} days.");
        }
        Write::PutBucketTagging { bucket, .. } => return format!("Tags bucket {bucket}."),
        Write::CreateKey { alias, .. } => return format!("Makes a key, and calls it {alias}."),
        Write::SetTopicAttributes { topic, attribute, value }
            if attribute == "KmsMasterKeyId" && !value.is_empty() =>
        {
            return format!("Encrypts what is sent to topic {} with {value}.", topic.resource());
        }
        Write::PutRetentionPolicy { log_group, retention_in_days, .. } => {
            return format!("Keeps events of log group {log_group} for {retention_in_days} days.");
        }
        _ => {}
    }
    match step.writes.as_slice() {
        [_] => step.says.clone(),
        _ => match write {
            Write::CreateBucket { bucket, .. } => format!("Makes bucket {bucket}."),
            Write::PutBucketPolicy { bucket, .. } => {
                format!("Lets CloudTrail write to bucket {bucket}.")
            }
            Write::CreateTrail { trail, .. } => {
                format!("Makes multi-Region trail {}.", trail.name())
            }
            Write::StartLogging { trail, .. } => format!("Starts trail {}.", trail.name()),
            Write::CreateRole { role, .. } => format!("Makes role {}.", role.name()),
            Write::PutRolePolicy { role, policy, .. } => {
                format!("Adds the inline policy {policy} to role {}.", role.name())
            }
            Write::UpdateTrail { trail, set, .. } => match &set.cloud_watch_logs_log_group_arn {
                Some(group) => format!("Lets trail {} deliver to {group}.", trail.name()),
                None => step.says.clone(),
            },
            Write::CreateTopic { topic, .. } => format!("Makes topic {}.", topic.resource()),
            Write::SetTopicAttributes { topic, attribute, .. } if attribute == "Policy" => {
                format!("Lets CloudTrail publish to topic {}.", topic.resource())
            }
            _ => step.says.clone(),
        },
    }
}
