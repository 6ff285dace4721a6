//! What happened, as far as AWS shows it: a read on its way through the chain, and a notification.
//!
//! The newest read of the secret in Event history is looked for in the log group (`FilterLogEvents`
//! on its `eventID`), and its log event in the metric that a filter feeds. The newest message that an
//! alarm published is looked for in the topic's counters. [`route::next_reads`](crate::route) asks
//! for these, the checks of stage *proof* judge them.
//!
//! Times are AWS's: CloudTrail stamps its log events with the time of delivery, and a filter's sample
//! has the minute of its log event (captured on AWS in September 2026).

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::action_history::{Action, ActionState, actions};
use crate::baseline::{BaselineEntry, recent_reads};
use crate::pattern::text_at;
use crate::snapshot::{
    Arn, Asked, Dimension, Event, LogGroup, MetricFilter, MetricTransformation, Snapshot, Target,
    Topic,
};

#[cfg(test)]
mod tests;

/// CloudTrail delivers within five minutes on average; three times that is no exception. The
/// counters of SNS come late as well.
pub const USUAL_MINUTES: i64 = 15;

/// Older reads show nothing: datapoints of a minute are kept for 15 days
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html>).
const DAYS: i64 = 14;

/// How long after a read its log event is looked for.
const DELIVERY_MINUTES: i64 = 60;

/// Minutes around a log event in which its sample is looked for.
const SAMPLE_MINUTES: i64 = 5;

/// The period of a topic's counters: kept for 63 days, longer than an alarm's history.
pub const COUNTER_PERIOD: i32 = 300;

/// The counters that tell whether a message was delivered.
pub const DELIVERY_COUNTERS: [&str; 2] =
    ["NumberOfMessagesPublished", "NumberOfNotificationsDelivered"];

/// The counters that tell why it was not.
pub const LOSS_COUNTERS: [&str; 4] = [
    "NumberOfNotificationsFailed",
    "NumberOfNotificationsFilteredOut-NoMessageAttributes",
    "NumberOfNotificationsFilteredOut-MessageBody",
    "NumberOfNotificationsFilteredOut-InvalidMessageBody",
];

/// The newest read in Event history that is old enough to have gone all the way, and young enough to
/// have left a trace.
pub fn newest_read<'a>(
    snapshot: &'a Snapshot,
    entry: &BaselineEntry,
    asked: &Asked,
) -> Option<&'a Event> {
    let reads = recent_reads(snapshot, entry, asked);
    let read =
        reads.into_iter().find(|read| snapshot.minutes_since(read.event_time) >= USUAL_MINUTES)?;
    let traceable = snapshot.minutes_since(read.event_time) < DAYS * 24 * 60;
    // Its id goes into a filter pattern.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (traceable && read.event_id.bytes().all(plain)).then_some(read)
}

/// Whether a group can be searched for a read: only the class STANDARD can
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html>), and
/// what came before it was made, or is no longer kept, is not there.
pub fn can_hold(snapshot: &Snapshot, group: &LogGroup, read: &Event) -> bool {
    let standard = group.log_group_class.as_deref().is_none_or(|class| class == "STANDARD");
    let at = read.event_time.as_millisecond();
    let was_there = group.creation_time.is_none_or(|made| made < at);
    let kept = group
        .retention_in_days
        .is_none_or(|days| snapshot.minutes_since(read.event_time) < i64::from(days) * 24 * 60);
    standard && was_there && kept
}

/// When the log event of a read may have come.
pub fn delivery_window(read: &Event) -> (Timestamp, Timestamp) {
    (later(read.event_time, 0), later(read.event_time, DELIVERY_MINUTES))
}

/// When the sample of a log event may be found: the minutes around its own.
pub fn sample_window(log_event: Timestamp) -> (Timestamp, Timestamp) {
    let minute = floor(log_event, 60);
    (later(minute, -SAMPLE_MINUTES), later(minute, SAMPLE_MINUTES + 1))
}

/// The minute of a log event, which its sample has.
pub fn sample_minute(log_event: Timestamp) -> Timestamp {
    floor(log_event, 60)
}

/// When a topic counts what became of a message.
pub fn counter_window(action: &Action) -> (Timestamp, Timestamp) {
    let start = floor(action.time, i64::from(COUNTER_PERIOD));
    (start, later(start, 20))
}

fn later(time: Timestamp, minutes: i64) -> Timestamp {
    let time = Timestamp::from_second(time.as_second()).unwrap_or(time);
    time.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(time)
}

fn floor(time: Timestamp, seconds: i64) -> Timestamp {
    let second = time.as_second();
    Timestamp::from_second(second - second.rem_euclid(seconds)).unwrap_or(time)
}

/// The metric that a filter adds an event's sample to: the transformation, and the dimensions with
/// the event's values. `None` where an event lacks one, or it is not known what AWS takes for it.
pub fn fed_by<'a>(
    filter: &'a MetricFilter,
    target: &Target,
    read: &Event,
) -> Option<(&'a MetricTransformation, Vec<Dimension>)> {
    // AWS takes exactly one transformation.
    let metric = filter.metric_transformations.first()?;
    let text = read.cloud_trail_event.as_deref()?;
    let of_event = metric.dimensions.iter().map(|(name, selector)| {
        let value = text_at(selector, text).flatten().filter(|value| !value.is_empty())?;
        Some(Dimension { name: name.clone(), value })
    });
    let of_system = filter.emit_system_field_dimensions.iter().map(|name| {
        let value = match name.as_str() {
            "@aws.account" => target.account.to_string(),
            "@aws.region" => target.region.to_string(),
            _ => return None,
        };
        Some(Dimension { name: name.clone(), value })
    });
    let dimensions = of_event.chain(of_system).collect::<Option<Vec<_>>>()?;
    Some((metric, dimensions))
}

/// The newest message that an alarm published to a topic with success, by any alarm whose history was
/// read.
pub fn newest_notification(snapshot: &Snapshot, topic: &Arn) -> Option<Action> {
    let histories = snapshot.targets.values().flat_map(|at| at.alarm_histories.values());
    let all = histories.filter_map(|history| history.seen()).flat_map(|history| actions(history));
    all.filter(|action| action.resource == topic.as_str())
        .filter(|action| action.state == ActionState::Succeeded)
        .max_by_key(|action| action.time)
}

/// Who made a read, in words: "role deploy", "user alice".
pub fn reader(read: &Event) -> String {
    let whole = read.cloud_trail_event.as_deref();
    let whole: Value =
        whole.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    crate::report::actor(&whole, read.username.as_deref())
}

impl Topic {
    /// What the topic counted under this name; `None` where that was not seen.
    pub fn counted(&self, name: &str) -> Option<f64> {
        let points = self.counters.get(name)?.seen()?;
        Some(points.iter().filter_map(|point| point.sum).sum())
    }
}
