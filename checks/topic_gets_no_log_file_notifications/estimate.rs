//! How many messages a day a trail sends to its own topic: what can be said of it without another
//! call.
//!
//! CloudTrail writes log files about every 5 minutes
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html>), for each
//! account and Region apart
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html>), and
//! none where nothing happened.

use std::collections::BTreeSet;

use secmon_core::evidence::{USUAL_MINUTES, counter_window, newest_notification};
use secmon_core::route::Context;
use secmon_core::selector::regions_of_every_account;
use secmon_core::snapshot::{Arn, Observed, Trail, TrailStatus};

/// Minutes from one log file to the next.
const EVERY: i64 = 5;
const MINUTES_A_DAY: i64 = 24 * 60;
/// Files of a Region and account in a day.
const A_DAY: i64 = MINUTES_A_DAY / EVERY;
/// Counters of a topic that are older say nothing of today.
const RECENT_MINUTES: i64 = MINUTES_A_DAY;

/// The bound, and what was seen of recent messages, in sentences.
pub(super) fn estimate(context: &Context<'_>, trail: &Trail, topic: &Arn) -> String {
    format!("{} {}", bound(trail), seen(context, trail, topic))
}

fn bound(trail: &Trail) -> String {
    let writes = format!("CloudTrail writes one about every {EVERY} minutes");
    let one = format!("about 24 × 60 / {EVERY} = {A_DAY} messages a day");
    let (home, of_all) = (&trail.home_region, trail.is_organization_trail);
    match (trail.is_multi_region_trail, of_all) {
        (false, false) => return format!("{writes} while Region {home} has events: {one}."),
        (false, true) => {
            return format!(
                "{writes} for each account with events in Region {home}: {one} from each."
            );
        }
        (true, _) => {}
    }
    let (each, from) = match of_all {
        true => ("account and Region", " from an account"),
        false => ("Region", ""),
    };
    let all = regions_of_every_account(trail.trail_arn.partition()).map(|regions| {
        let product = regions * A_DAY;
        format!(
            ", {regions} × {A_DAY} = {product}{from} with events in all {regions} Regions that every \
             account has"
        )
    });
    let all = all.unwrap_or_default();
    format!("{writes} for each {each} with events: {one} from each{all}.")
}

/// What of recent messages tells how many they are; of several things the one that is nearest to
/// them.
fn seen(context: &Context<'_>, trail: &Trail, topic: &Arn) -> String {
    let status = trail.status.seen();
    if let Some(now) = status.and_then(none_now) {
        return now;
    }
    let last = status.and_then(|status| status.latest_notification_time);
    let minutes = last.map(|last| context.snapshot.minutes_since(last).max(0));
    if let Some(counted) = counted(context, topic) {
        return counted;
    }
    // The gap from one message to the next, as long as it is by now.
    if let Some(minutes) = minutes.filter(|minutes| *minutes > USUAL_MINUTES) {
        return format!(
            "The last message is {minutes} min old: at that pace there are no more than \
             {MINUTES_A_DAY} / {minutes} = {} a day.",
            MINUTES_A_DAY / minutes
        );
    }
    if let Some(busy) = busy(context, trail) {
        return busy;
    }
    let why = match (&trail.status, minutes) {
        (_, Some(minutes)) => {
            format!("the last message, {minutes} min ago, says that they come, and not how many")
        }
        (Observed::Seen(_), None) => "there was no message yet".to_owned(),
        (Observed::Denied { action }, _) => format!("{action} was denied"),
        (Observed::Failed { reason }, _) => reason.clone(),
        (Observed::Absent | Observed::NotAsked, _) => "its status was not read".to_owned(),
    };
    format!("How many really come was not seen, because {why}.")
}

/// Why none comes at present.
fn none_now(status: &TrailStatus) -> Option<String> {
    let some = |error: &Option<String>| error.clone().filter(|error| !error.is_empty());
    if let Some(error) = some(&status.latest_delivery_error) {
        return Some(format!(
            "None comes at present, because S3 takes no log file (\"{error}\"); once it does, they \
             come."
        ));
    }
    let error = some(&status.latest_notification_error)?;
    Some(format!(
        "None comes at present, because SNS refuses them (\"{error}\"); once it does not, they come."
    ))
}

/// What the topic counted around the newest message of an alarm, without that one.
fn counted(context: &Context<'_>, topic: &Arn) -> Option<String> {
    let snapshot = context.snapshot;
    let (from, until) = counter_window(&newest_notification(snapshot, topic)?);
    if snapshot.minutes_since(from) > RECENT_MINUTES {
        return None;
    }
    let minutes = until.duration_since(from).as_mins();
    let seen = snapshot.at(&topic.target()?).topics.get(topic)?;
    let published = seen.counted("NumberOfMessagesPublished")?;
    #[expect(clippy::cast_possible_truncation, reason = "a count of messages in 20 minutes")]
    let others = published as i64 - 1;
    // None but the alarm's: the trail may have got its topic later.
    (others > 0).then(|| {
        let windows = MINUTES_A_DAY / minutes;
        format!(
            "In the {minutes} min from {} the topic counted {published} messages, one of them an \
             alarm's: ({published} - 1) × {windows} = {} a day.",
            from.strftime("%Y-%m-%d %H:%M UTC"),
            others * windows
        )
    })
}

/// In how many intervals of the last hour the trail's log group got events: each has its log file.
fn busy(context: &Context<'_>, trail: &Trail) -> Option<String> {
    let group: Arn = trail.cloud_watch_logs_log_group_arn.as_ref()?.parse().ok()?;
    let at = context.snapshot.at(&group.target()?);
    let points = at.incoming_log_events.get(group.name())?.seen()?;
    let got = points.iter().filter(|point| point.sum.is_some_and(|sum| sum > 0.0));
    let ages = got.map(|point| context.snapshot.minutes_since(point.timestamp));
    let intervals: BTreeSet<i64> =
        ages.filter(|age| (0..60).contains(age)).map(|age| age / EVERY).collect();
    let intervals = intervals.len();
    (intervals > 0).then(|| {
        format!(
            "In the last hour log group {} got events in {intervals} of 12 intervals of {EVERY} \
             minutes: at that pace {intervals} × 24 = {} messages a day at least.",
            group.name(),
            intervals * 24
        )
    })
}
