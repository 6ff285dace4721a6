//! Keys that no statement could make usable.

use secmon_core::finding::Finding;
use secmon_core::plan::Intent;
use secmon_core::snapshot::{Arn, Key, KeyMetadata, Observed};

/// What no key policy could mend.
pub(super) fn unusable(topic: &Arn, id: &str, key: &Key) -> Option<Finding> {
    let name = topic.name();
    let without_key = |message: String| {
        let finding = Finding::new(topic, message).field("KmsMasterKeyId", id, "none, or another");
        Some(finding.change(Intent::RemoveTopicKey { topic: topic.clone() }))
    };
    let metadata = key.metadata.seen();
    let manager = metadata.and_then(|metadata| metadata.key_manager.as_deref());
    if manager == Some("AWS") || id == "alias/aws/sns" || id.ends_with(":alias/aws/sns") {
        return without_key(format!(
            "Topic {name} is encrypted with the AWS managed key {id}, whose policy nobody can edit \
             to admit CloudWatch alarms."
        ));
    }
    if let Ok(arn) = id.parse::<Arn>()
        && arn.region() != topic.region()
    {
        return without_key(format!(
            "Topic {name} is in {}, its key in {}: a KMS key works in its own Region only.",
            topic.region(),
            arn.region()
        ));
    }
    if matches!(key.metadata, Observed::Absent) {
        return without_key(format!("Topic {name} is encrypted with {id}, which does not exist."));
    }
    not_enabled(topic, id, metadata?)
}

fn not_enabled(topic: &Arn, id: &str, metadata: &KeyMetadata) -> Option<Finding> {
    let state = metadata.key_state.as_deref()?;
    let key = &metadata.arn;
    let step = match state {
        "Disabled" | "PendingDeletion" | "PendingReplicaDeletion" => None,
        "PendingImport" => Some(format!("Import the key material of {key} again.")),
        "Unavailable" => Some(format!("Connect the custom key store of {key} again.")),
        _ => return None,
    };
    let until = match metadata.deletion_date {
        Some(date) => format!(", until it is deleted on {}", date.strftime("%Y-%m-%d %H:%M UTC")),
        None => String::new(),
    };
    let message = format!(
        "Key {id} of topic {} is {state}{until}: CloudWatch cannot encrypt with it.",
        topic.name()
    );
    let finding = Finding::new(key, message).field("KeyState", state, "Enabled");
    if let Some(step) = step {
        return Some(finding.manual(step));
    }
    let (target, key) = (topic.target()?, id.to_owned());
    let finding = match state {
        "Disabled" => finding,
        _ => finding.change(Intent::CancelKeyDeletion { target: target.clone(), key: key.clone() }),
    };
    Some(finding.change(Intent::EnableKey { target, key }))
}
