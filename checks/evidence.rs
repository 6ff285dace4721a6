//! What happened, against what the settings say.
//!
//! Evidence clears only the links it travelled: it lifts an *unknown* there and never overturns a
//! failure. It counts as long as nobody changed those links after it, by Event history, which lags by
//! some minutes. [`lift`] does that for every check; the checks of stage *proof* say what happened.

use std::collections::BTreeSet;

use secmon_core::action_history::{ActionState, actions};
use secmon_core::evidence::reader;
use secmon_core::finding::{Effect, Judged, Outcome, Stage, Stop};
use secmon_core::route::Context;
use secmon_core::snapshot::{Arn, Event, Key, Observed, Target, Timestamp, Trail};

use crate::Check;
use crate::history::{lookup, stage_of};
use crate::judge::Judgement;

mod changes;
mod read;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use changes::{Changes, Settings, changes, settings};
use read::group_of;
pub(crate) use read::{Arrival, Count, arrival, count};

/// A stretch of the chain that something travelled.
#[derive(Clone, Copy)]
enum Stretch {
    /// A read came from the trail to the log group: trail and trust policy let it.
    TrailToGroup,
    /// The same, and every policy of the role let it.
    RoleToGroup,
    /// A log event was counted by the filter.
    GroupToMetric,
    /// An alarm's action reached the topic: its policy let it.
    AlarmToTopic,
    /// The same, and the topic's key let it.
    AlarmToTopicKey,
}

/// Which doubts are lifted by what travelled which stretch, and which calls, beside those that the
/// check names, may have broken the claim since.
static LIFTED: &[(&str, Stretch, &[&str])] = &[
    ("trail-covers-the-region", Stretch::TrailToGroup, &["CreateTrail"]),
    (
        "delivery-role-admits-cloudtrail",
        Stretch::TrailToGroup,
        &["UpdateTrail", "CreateTrail", "CreateRole"],
    ),
    (
        "delivery-role-may-write",
        Stretch::RoleToGroup,
        &["UpdateTrail", "CreateTrail", "CreateRole", "DeleteRolePermissionsBoundary"],
    ),
    ("filter-can-match", Stretch::GroupToMetric, &[]),
    ("filter-counts-one-per-event", Stretch::GroupToMetric, &[]),
    ("topic-is-in-the-alarms-region", Stretch::AlarmToTopic, &[]),
    ("topic-admits-its-publisher", Stretch::AlarmToTopic, &["CreateTopic"]),
    (
        "topic-key-admits-its-publisher",
        Stretch::AlarmToTopicKey,
        &["CreateTopic", "RetireGrant", "RevokeGrant", "UpdateAlias"],
    ),
];

/// The judgement of a check, lifted by what happened where it is a doubt.
pub(crate) fn lift(check: &Check, context: &Context<'_>, judged: Judged) -> Judgement {
    let lifted = LIFTED.iter().find(|(id, ..)| *id == check.id);
    let doubt = matches!(judged, Ok(Outcome::Unknown(_)) | Err(Stop::Unseen(_)));
    let mut known = Judgement { judged, proven: None, lookups: BTreeSet::new() };
    if check.effect == Effect::Disproves && matches!(known.judged, Ok(Outcome::Unknown(_))) {
        let stage = stage_of(check);
        known.lookups =
            check.changed_by.iter().map(|name| lookup(context.chain, stage, name)).collect();
    }
    let Some((_, stretch, more)) = lifted.filter(|_| doubt) else { return known };
    let Some(travelled) = travelled(context, *stretch) else { return known };
    let names: Vec<&str> = check.changed_by.iter().chain(*more).copied().collect();
    let Travelled { stage, time, resources, says } = travelled;
    match changes(context.snapshot, context.chain, stage, &names, &resources, time) {
        Changes::None => {
            let says = format!("{says}, and Event history shows no change since");
            Judgement { judged: Ok(Outcome::Pass), proven: Some(says), ..known }
        }
        Changes::NotAsked(lookups) => Judgement { lookups, ..known },
        Changes::Made(_) | Changes::NotTold => known,
    }
}

/// Something that went through a stretch.
struct Travelled {
    /// The stage whose resources it went through.
    stage: Stage,
    time: Timestamp,
    /// What it went through, by ARN or name.
    resources: Vec<String>,
    /// In words.
    says: String,
}

fn travelled(context: &Context<'_>, stretch: Stretch) -> Option<Travelled> {
    match stretch {
        Stretch::TrailToGroup | Stretch::RoleToGroup => {
            let trail = context.trail().ok()?;
            let Ok(Arrival::Arrived { read, .. }) = arrival(context, trail) else { return None };
            let group = group_of(trail)?;
            // Of two trails with one group nobody knows which one it came by.
            if trails_with_group(context, trail) > 1 {
                return None;
            }
            let says = format!("{} reached log group {}", in_words(read), group.name);
            let mut resources = trail_and_role(trail);
            if matches!(stretch, Stretch::RoleToGroup) {
                resources.extend(policies_of_role(context)?);
            }
            Some(Travelled { stage: Stage::Trail, time: read.event_time, resources, says })
        }
        Stretch::GroupToMetric => {
            let filter = context.filter().ok()?;
            let Ok(Count::Counted { read, at }) = count(context, filter) else { return None };
            let says = format!("{} was counted by filter {}", in_words(read), filter.filter_name);
            let resources = vec![filter.filter_name.clone()];
            Some(Travelled { stage: Stage::Filter, time: at, resources, says })
        }
        Stretch::AlarmToTopic | Stretch::AlarmToTopicKey => {
            let topic = context.topic_arn().ok()?;
            let history = context.publisher_history().ok()?;
            let newest = actions(history).into_iter().find(|did| did.resource == topic.as_str())?;
            if newest.state != ActionState::Succeeded {
                return None;
            }
            let publisher = context.publisher_label().ok()?;
            let (when, name) = (minute(newest.time), topic.name());
            let says = format!("{publisher} notified topic {name} on {when}");
            let resources = match stretch {
                Stretch::AlarmToTopicKey => topic_and_key(context, topic)?,
                _ => vec![topic.to_string()],
            };
            Some(Travelled { stage: Stage::Topic, time: newest.time, resources, says })
        }
    }
}

/// What of topic and key an alarm's message goes through; `None` where the key is not known, or its
/// changes are not to be found.
pub(crate) fn topic_and_key(context: &Context<'_>, topic: &Arn) -> Option<Vec<String>> {
    let mut resources = vec![topic.to_string()];
    if let Some((id, key)) = context.topic_key().ok()? {
        resources.extend(key_names(id, key, &topic.target()?)?);
    }
    Some(resources)
}

/// How calls name a key; `None` where its changes are not to be found in the Event history of this
/// target: in another account or Region, or known by an alias only.
pub(crate) fn key_names(id: &str, key: &Key, target: &Target) -> Option<Vec<String>> {
    let arn = key.metadata.seen().map(|metadata| metadata.arn.clone()).or(id.parse().ok());
    let arn = arn.filter(|arn| !arn.resource().starts_with("alias/"));
    match arn {
        Some(arn) if arn.target().as_ref() == Some(target) => {
            Some(vec![arn.to_string(), id.to_owned()])
        }
        Some(_) => None,
        None if id.contains("alias/") => None,
        None => Some(vec![id.to_owned()]),
    }
}

/// What of trail and role a read goes through on its way to the group, without the role's policies.
pub(crate) fn trail_and_role(trail: &Trail) -> Vec<String> {
    let mut resources = vec![trail.trail_arn.to_string()];
    resources.extend(trail.cloud_watch_logs_role_arn.clone());
    resources
}

/// The policies that are attached to the delivery role. `None` where changes of what the role may do
/// are not to be found: its policies are not known, or a permissions boundary bounds it or may do so,
/// which secmon does not read.
pub(crate) fn policies_of_role(context: &Context<'_>) -> Option<Vec<String>> {
    let (_, role) = context.delivery_role().ok()?;
    let attached = role.attached_policies.seen()?;
    if role.role.seen()?.permissions_boundary_arn.is_some() {
        return None;
    }
    Some(attached.keys().map(ToString::to_string).collect())
}

fn trails_with_group(context: &Context<'_>, trail: &Trail) -> usize {
    let at = context.asked_observations();
    let here = at.trails.seen().into_iter().flat_map(|trails| trails.values());
    let elsewhere = at.trails_elsewhere.seen().into_iter().flat_map(|trails| trails.values());
    here.chain(elsewhere.filter_map(Observed::seen))
        .filter(|other| {
            other.cloud_watch_logs_log_group_arn == trail.cloud_watch_logs_log_group_arn
        })
        .count()
}

/// "a read by role deploy on 2026-01-05 09:14 UTC"
pub(crate) fn in_words(read: &Event) -> String {
    format!("a read by {} on {}", reader(read), minute(read.event_time))
}

/// "2026-01-05 09:14 UTC"
pub(crate) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
