//! What Event history says of topic and key after a failure.

use secmon_core::action_history::Action;
use secmon_core::finding::Stop;
use secmon_core::report::{Since, since};
use secmon_core::route::Context;
use secmon_core::snapshot::Arn;

/// What may mend a refusal by the topic's policy or key, and leaves no trace in the alarm's history.
pub(super) const MENDED_BY: &[&str] = &[
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "CreateTopic",
    "PutKeyPolicy",
    "EnableKey",
    "CancelKeyDeletion",
    "UpdateAlias",
];

/// Whether topic or key were changed after a failure.
pub(super) enum Mending {
    /// They were; the newest change.
    Changed(Since),
    /// They were not.
    Nothing,
    /// Event history was not read, or not far enough back.
    NotTold,
}

pub(super) fn mended(context: &Context<'_>, topic: &Arn, action: &Action) -> Result<Mending, Stop> {
    let Some(target) = topic.target() else {
        return Ok(Mending::NotTold);
    };
    let mut resources = vec![topic.to_string()];
    if let Some((id, key)) = context.topic_key()? {
        resources.push(id.to_owned());
        if let Some(metadata) = key.metadata.seen() {
            if metadata.arn.target().as_ref() != Some(&target) {
                return Ok(Mending::NotTold);
            }
            resources.push(metadata.arn.to_string());
        }
    }
    let changes = resources
        .iter()
        .filter_map(|resource| since(context.snapshot, &target, MENDED_BY, resource));
    if let Some(change) = changes.max_by_key(|change| change.time)
        && change.time > action.time
    {
        return Ok(Mending::Changed(change));
    }
    let histories = &context.snapshot.at(&target).event_history;
    let is_whole = |name: &&str| {
        histories.get(*name).and_then(|history| history.seen()).is_some_and(|history| {
            !history.more
                || history.events.last().is_some_and(|oldest| oldest.event_time < action.time)
        })
    };
    Ok(if MENDED_BY.iter().all(is_whole) { Mending::Nothing } else { Mending::NotTold })
}
