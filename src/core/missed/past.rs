//! What is to be read of the past, and what was.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::way::{Way, likely_ways};
use crate::baseline::BaselineEntry;
use crate::report::Report;
use crate::route::Chain;
use crate::snapshot::{AlarmHistoryItem, Arn, Event, Observed, Snapshot, Target};

/// How long CloudTrail keeps events in Event history.
pub const EVENT_HISTORY: SignedDuration = SignedDuration::from_hours(24 * 90);

/// How long CloudWatch keeps an alarm's history
/// ([reference](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html)).
pub const ALARM_HISTORY: SignedDuration = SignedDuration::from_hours(24 * 30);

/// One listing of the past, whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PastRead {
    /// `LookupEvents` of one name.
    Events {
        /// Where.
        target: Target,
        /// The API call.
        event_name: String,
        /// No event before this is asked for.
        from: Timestamp,
    },
    /// `DescribeAlarmHistory` of one alarm.
    AlarmHistory {
        /// Where.
        target: Target,
        /// The alarm.
        alarm: String,
        /// `MetricAlarm` or `CompositeAlarm`.
        alarm_type: &'static str,
        /// No item before this is asked for.
        from: Timestamp,
    },
}

/// What was read of the past.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Past {
    /// Events by place and name.
    pub events: BTreeMap<(Target, String), Observed<Vec<Event>>>,
    /// History items by place and alarm.
    pub alarm_histories: BTreeMap<(Target, String), Observed<Vec<AlarmHistoryItem>>>,
}

/// The reads of the secrets since `from` and shortly before, and the history of the alarms that might have told of
/// them.
pub fn past_of_reads(
    snapshot: &Snapshot,
    entry: &BaselineEntry,
    report: &Report,
    from: Timestamp,
) -> BTreeSet<PastRead> {
    let mut wanted = BTreeSet::new();
    // A read just before may be the one that an alarm just after is about.
    let from = back(from, super::DELIVERY);
    for asked in &snapshot.asked {
        wanted.extend(entry.event_names.iter().map(|event_name| PastRead::Events {
            target: asked.target.clone(),
            event_name: event_name.clone(),
            from,
        }));
    }
    for way in report.entries.iter().flat_map(|entry| likely_ways(snapshot, entry)) {
        wanted.extend(histories(snapshot, way));
    }
    wanted
}

/// The history of the alarms of a way.
pub(super) fn histories(snapshot: &Snapshot, way: Way) -> impl Iterator<Item = PastRead> {
    let from = back(snapshot.taken_at, ALARM_HISTORY);
    let Way { target, alarm, composite, .. } = way;
    let own = Some((alarm, "MetricAlarm"));
    let both = own.into_iter().chain(composite.map(|above| (above, "CompositeAlarm")));
    both.map(move |(alarm, alarm_type)| PastRead::AlarmHistory {
        target: target.clone(),
        alarm,
        alarm_type,
        from,
    })
}

/// The changes of the chain's links, as far back as Event history goes: how a link was set at some
/// time stands in the last change before.
pub fn past_of_changes(snapshot: &Snapshot, report: &Report) -> BTreeSet<PastRead> {
    let from = back(snapshot.taken_at, EVENT_HISTORY);
    let mut wanted = BTreeSet::new();
    for entry in &report.entries {
        for (target, names) in places(snapshot, &entry.chain) {
            wanted.extend(names.iter().map(|name| PastRead::Events {
                target: target.clone(),
                event_name: (*name).to_owned(),
                from,
            }));
        }
    }
    wanted
}

pub(super) const OF_TRAIL: &[&str] = &[
    "CreateTrail",
    "DeleteTrail",
    "PutEventSelectors",
    "StartLogging",
    "StopLogging",
    "UpdateTrail",
];
pub(super) const OF_ROLE: &[&str] = &[
    "AttachRolePolicy",
    "CreatePolicyVersion",
    "CreateRole",
    "DeleteRole",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePolicy",
    "SetDefaultPolicyVersion",
    "UpdateAssumeRolePolicy",
];
pub(super) const OF_GROUP: &[&str] = &["DeleteLogGroup", "DeleteMetricFilter", "PutMetricFilter"];
pub(super) const OF_ALARM: &[&str] = &[
    "DeleteAlarms",
    "DisableAlarmActions",
    "EnableAlarmActions",
    "PutCompositeAlarm",
    "PutMetricAlarm",
];
pub(super) const OF_TOPIC: &[&str] = &[
    "AddPermission",
    "DeleteTopic",
    "RemovePermission",
    "SetSubscriptionAttributes",
    "SetTopicAttributes",
    "Subscribe",
    "Unsubscribe",
];

/// Which calls are recorded where. A link that the chain lacks today may have been there: it is
/// looked for where the link before it is.
fn places(snapshot: &Snapshot, chain: &Chain) -> Vec<(Target, &'static [&'static str])> {
    let secret = chain.asked.target.clone();
    let trail = chain.trail.node();
    let at_trail = trail.and_then(Arn::target).unwrap_or_else(|| secret.clone());
    let group = chain.log_group.node().map(|group| group.target.clone());
    let group = group.unwrap_or_else(|| at_trail.clone());
    let alarm = chain.alarm.node().map(|alarm| alarm.target.clone());
    let alarm = alarm.unwrap_or_else(|| group.clone());
    let topic = chain.topic.node().and_then(Arn::target).unwrap_or_else(|| alarm.clone());
    let mut places =
        vec![(at_trail, OF_TRAIL), (group, OF_GROUP), (alarm, OF_ALARM), (topic, OF_TOPIC)];
    let described = trail.and_then(|arn| snapshot.at(&secret).trail(arn));
    let role = described.and_then(|trail| trail.cloud_watch_logs_role_arn.as_ref());
    if let Some(role) = role.and_then(|role| role.parse::<Arn>().ok())
        && let (Ok(account), Ok(region)) = (role.account().parse(), iam_region(&role).parse())
    {
        places.push((Target { account, region }, OF_ROLE));
    }
    places
}

/// Where the events of IAM, a global service, are recorded.
fn iam_region(role: &Arn) -> &'static str {
    match role.partition() {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

pub(super) fn back(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_sub(by).unwrap_or(Timestamp::MIN)
}

pub(super) fn forth(from: Timestamp, by: SignedDuration) -> Timestamp {
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}
