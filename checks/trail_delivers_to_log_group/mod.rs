//! trail delivers to log group

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::report::since;
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{Trail, TrailStatus};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "trail-delivers-to-log-group",
    stage: Stage::Delivery,
    title: "trail delivers to log group",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Trail, Link::LogGroup],
    changed_by: &["UpdateTrail"],
    failures: &["T8"],
    page: include_str!("README.md"),
    run,
};

/// Minutes that CloudTrail may take to deliver: about 5 on average, which AWS does not guarantee.
const DELIVERY: i64 = 15;
/// Minutes from `StartLogging`, or from naming a group, to the first delivery; captured: 2.
const FIRST_DELIVERY: i64 = 20;
/// Minutes without a delivery after which it is open whether there was nothing to deliver.
const QUIET: i64 = 60;

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    let name = &trail.name;
    if !context.chain.log_group.is_joined() {
        return Err(Stop::Skipped(format!("trail {name} names no log group")));
    }
    // A group that is known to be missing is reported as such; one that could not be listed may
    // well get its events.
    if let Err(missing @ Stop::Skipped(_)) = context.log_group() {
        return Err(missing);
    }
    let group = &context.log_group_id()?.name;
    let status = context.trail_status()?;
    if !status.is_logging {
        return Err(Stop::Skipped(format!("trail {name} is not logging")));
    }
    let last = last_delivery(context, status);
    let age = status
        .latest_cloud_watch_logs_delivery_time
        .map(|time| context.snapshot.minutes_since(time));
    let unknown = |reason: String| {
        let what = format!("whether trail {name} still delivers to log group {group}");
        Ok(Outcome::Unknown(Unseen::because(what, reason)))
    };
    let error = status.latest_cloud_watch_logs_delivery_error.as_deref();
    match (error.filter(|error| !error.is_empty()), age) {
        // Whether a later success clears the text is known of S3 only, so a text beside a recent
        // delivery is neither a break nor nothing.
        (Some(error), Some(..=DELIVERY)) => {
            unknown(format!("CloudTrail reports \"{error}\", yet {last}"))
        }
        (Some(error), _) => {
            let message = format!(
                "Trail {name} fails to deliver to log group {group}: CloudTrail reports \
                 \"{error}\"; {last}."
            );
            Ok(Outcome::fail(
                Finding::new(&trail.trail_arn, message)
                    .between(Stage::Trail, Stage::Delivery)
                    .field("LatestCloudWatchLogsDeliveryError", error, "absent")
                    .manual(advice(error, trail, group)),
            ))
        }
        (None, Some(..=QUIET)) => Ok(Outcome::Pass),
        (None, Some(_)) => unknown(format!("CloudTrail reports no error, but {last}")),
        (None, None) => match waiting(context, trail, status) {
            Some(..=FIRST_DELIVERY) => unknown(format!(
                "{last}: the trail was started, or told to use the group, a short while ago"
            )),
            Some(_) => Ok(Outcome::fail(nothing_yet(context, trail, status, group))),
            None => unknown(format!("{last}, and CloudTrail does not say when logging began")),
        },
    }
}

fn last_delivery(context: &Context<'_>, status: &TrailStatus) -> String {
    match status.latest_cloud_watch_logs_delivery_time {
        Some(time) => format!(
            "the last delivery was on {}, {}",
            time.strftime("%Y-%m-%d %H:%M UTC"),
            context.snapshot.ago(time)
        ),
        None => "nothing was ever delivered".to_owned(),
    }
}

/// Minutes since a first delivery could be expected. AWS does not say when the trail was told to
/// use the group, but not before the group was made, and Event history may show the call.
fn waiting(context: &Context<'_>, trail: &Trail, status: &TrailStatus) -> Option<i64> {
    let started = context.snapshot.minutes_since(status.start_logging_time?);
    let made = context.log_group().ok().and_then(|group| group.creation_time);
    let now = context.snapshot.taken_at.as_millisecond();
    let made = made.map(|millis| now.saturating_sub(millis) / 60_000);
    let home = context.trail_home().ok()?;
    let update = since(context.snapshot, &home, CHECK.changed_by, trail.trail_arn.as_str());
    let updated = update.map(|update| context.snapshot.minutes_since(update.time));
    [Some(started), made, updated].into_iter().flatten().min()
}

fn nothing_yet(context: &Context<'_>, trail: &Trail, status: &TrailStatus, group: &str) -> Finding {
    let name = &trail.name;
    let began = status.start_logging_time.map(|time| {
        let ago = context.snapshot.ago(time);
        format!(", though it has logged since {}, {ago}", time.strftime("%Y-%m-%d %H:%M UTC"))
    });
    let message = format!(
        "Trail {name} has never delivered to log group {group}{}.",
        began.unwrap_or_default()
    );
    Finding::new(&trail.trail_arn, message)
        .between(Stage::Trail, Stage::Delivery)
        .field("LatestCloudWatchLogsDeliveryTime", "absent", "within the last 15 minutes")
        .manual(format!(
            "If the trail was told to use {group} within the last {FIRST_DELIVERY} minutes, wait \
             and look again. {}",
            advice("", trail, group)
        ))
}

/// What to look at, by what the text says: AWS publishes no list of these texts.
fn advice(error: &str, trail: &Trail, group: &str) -> String {
    let error = error.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| error.contains(word));
    let name = &trail.name;
    let role = trail.cloud_watch_logs_role_arn.as_deref().unwrap_or("of the trail");
    let probe = format!(
        "UpdateTrail of {name} with its own log group and role, in {}, changes nothing and answers \
         at once whether CloudTrail can write.",
        trail.home_region
    );
    let cause = if says(&["kms"]) {
        format!(
            "Look at the key of log group {group}: it must be enabled and admit CloudWatch Logs."
        )
    } else if says(&["does not exist", "notfound", "not found"]) {
        format!("Make what is missing again: log group {group} or role {role}.")
    } else if says(&["access", "denied", "authorized"]) {
        format!("Mend trust and permissions of role {role}.")
    } else if says(&["throttl", "rate exceeded", "limit"]) {
        format!("Raise the CloudWatch Logs quotas of the account, or write less to {group}.")
    } else {
        format!("Look at role {role}, at log group {group} and at its key.")
    };
    format!("{cause} {probe}")
}
