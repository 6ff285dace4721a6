//! One line per healthy stage: what it is that works.

use secmon_checks::{OfReads, of_reads};
use secmon_core::action_history::{ActionState, actions};
use secmon_core::alarm::BURST;
use secmon_core::baseline::{BaselineEntry, Expect, messages_about};
use secmon_core::engines::{Answer, Engines, Own};
use secmon_core::evidence::newest_read;
use secmon_core::finding::Stage;
use secmon_core::report::{EntryReport, Status};
use secmon_core::route::{Chain, Context, EventAnswers, Notifier, Pins, Route};
use secmon_core::snapshot::{MetricAlarm, Snapshot};

use super::minute;

/// Stages that are printed on one line together.
pub(super) const ROWS: [(&str, &[Stage]); 7] = [
    ("secret", &[Stage::Identity, Stage::Secret]),
    ("trail", &[Stage::Trail, Stage::Delivery]),
    ("filter", &[Stage::Filter]),
    ("alarm", &[Stage::Metric, Stage::Alarm]),
    ("rule", &[Stage::Rule]),
    ("topic", &[Stage::Topic]),
    ("subscription", &[Stage::Subscription]),
];

/// What works at a row of stages; `None` if nothing is to be said or not all of it passes.
pub(super) fn healthy_row(
    snapshot: &Snapshot,
    entry: &BaselineEntry,
    report: &EntryReport,
    stages: &[Stage],
) -> Option<String> {
    let mut checks = report.checks.iter().filter(|check| stages.contains(&check.stage)).peekable();
    checks.peek()?;
    let healthy = |status| matches!(status, Status::Pass | Status::Warn | Status::NotApplicable);
    let is_of_route = match stages.first()? {
        Stage::Filter => report.chain.route == Route::FilterAlarm,
        Stage::Metric => report.chain.route != Route::EventRule,
        Stage::Rule => report.chain.route == Route::EventRule,
        _ => true,
    };
    if !is_of_route {
        return None;
    }
    if !checks.all(|check| healthy(check.status)) {
        return None;
    }
    let messages = messages_about(snapshot, entry, &report.asked);
    let pins = Pins::default();
    let chain = &report.chain;
    let context = Context { snapshot, entry, messages: &messages, pins: &pins, chain };
    match stages.first()? {
        Stage::Identity => context.secret()?.seen().map(|secret| secret.name.clone()),
        Stage::Trail => trail(&context),
        Stage::Filter => filter(&context),
        Stage::Metric if report.chain.route == Route::LogAlarm => log_alarm(&context),
        Stage::Metric => alarm(&context),
        Stage::Rule => rule(&context),
        Stage::Topic => topic(&context),
        _ => {
            let subscription = context.subscription().ok()?;
            Some(format!("{}, confirmed", subscription.label()))
        }
    }
}

fn trail(context: &Context<'_>) -> Option<String> {
    let trail = context.trail().ok()?;
    let status = context.trail_status().ok()?;
    let delivered = match context.chain.route {
        // A rule does not wait for the log group, which the trail need not have.
        Route::EventRule => None,
        Route::FilterAlarm | Route::LogAlarm => status.latest_cloud_watch_logs_delivery_time,
    };
    Some(match delivered {
        Some(time) => {
            format!("{}, last delivery {}", trail.name, context.snapshot.ago(time))
        }
        None => trail.name.clone(),
    })
}

fn filter(context: &Context<'_>) -> Option<String> {
    let filter = context.filter().ok()?;
    let must = context.messages.iter().filter(|message| message.expect == Expect::Must);
    let engines = Engines::of(context.snapshot, &filter.filter_pattern);
    let answers: Vec<Answer> = engines.answers(must).map(|(_, answer)| answer).collect();
    let matched = answers.iter().filter(|answer| answer.believed() == Some(true)).count();
    Some(format!(
        "{}, matches {matched} of {} read shapes ({})",
        filter.filter_name,
        answers.len(),
        who_says(&answers)
    ))
}

/// Which engine the answers are from: AWS's, secmon's own, or both.
fn who_says(answers: &[Answer]) -> String {
    let aws = answers.iter().filter(|answer| answer.aws.seen().is_some()).count();
    let both =
        |answer: &&Answer| answer.aws.seen().is_some() && matches!(answer.own, Own::Certain(_));
    let both = answers.iter().filter(both).count();
    if answers.iter().any(Answer::differs) {
        "AWS; secmon disagrees".to_owned()
    } else if aws == 0 && answers.iter().all(|answer| answer.aws.is_not_asked()) {
        "AWS not asked".to_owned()
    } else if aws == 0 {
        "AWS did not answer".to_owned()
    } else if both == 0 {
        "AWS says".to_owned()
    } else if both == answers.len() {
        "AWS agrees".to_owned()
    } else {
        format!("AWS agrees on {both}")
    }
}

fn alarm(context: &Context<'_>) -> Option<String> {
    let alarm = context.alarm().ok()?;
    let rule = condition(alarm)?;
    let now = &alarm.state_value;
    Some(match &context.alarm_id().ok()?.notifier {
        Notifier::Own => format!("{}, {rule}, now {now}", alarm.alarm_name),
        Notifier::Composite(above) => {
            format!("{}, {rule}, now {now}; {above} notifies for it", alarm.alarm_name)
        }
    })
}

fn log_alarm(context: &Context<'_>) -> Option<String> {
    let alarm = context.log_alarm().ok()?;
    let query = alarm.scheduled_query_configuration.as_ref()?;
    let operator = comparison(alarm.comparison_operator.as_deref()?);
    Some(format!(
        "log alarm {}, {} {operator} {} at {}, now {}",
        alarm.alarm_name,
        query.aggregation_expression,
        alarm.threshold?,
        query.schedule_configuration.schedule_expression,
        alarm.state_value.as_deref()?
    ))
}

fn rule(context: &Context<'_>) -> Option<String> {
    let rule = context.rule().ok()?;
    let answers = EventAnswers::about(rule, context.messages, Expect::Must);
    let (matched, missed) = (answers.matched.len(), answers.missed.len());
    Some(format!("event rule {}, matches {matched} of {} read shapes", rule.name, matched + missed))
}

fn comparison(operator: &str) -> &str {
    match operator {
        "GreaterThanOrEqualToThreshold" => ">=",
        "GreaterThanThreshold" => ">",
        "LessThanThreshold" => "<",
        "LessThanOrEqualToThreshold" => "<=",
        other => other,
    }
}

/// "Sum >= 1 in 60 s".
pub(super) fn condition(alarm: &MetricAlarm) -> Option<String> {
    let statistic = alarm.statistic.as_deref().or(alarm.extended_statistic.as_deref())?;
    let operator = comparison(alarm.comparison_operator.as_deref()?);
    let period = alarm.period?;
    let periods = alarm.evaluation_periods.unwrap_or(1);
    let datapoints = alarm.datapoints_to_alarm.unwrap_or(periods);
    let window = match (datapoints, periods) {
        (1, 1) => format!("{period} s"),
        _ => format!("{datapoints} of {periods} periods of {period} s"),
    };
    Some(format!("{statistic} {operator} {} in {window}", alarm.threshold?))
}

fn topic(context: &Context<'_>) -> Option<String> {
    let name = context.topic_arn().ok()?.name();
    let encrypted = context.topic_key().ok()?.is_some();
    let admits = if encrypted { "policy and key admit" } else { "policy admits" };
    let service = match context.chain.route {
        Route::EventRule => "EventBridge",
        Route::FilterAlarm | Route::LogAlarm => "CloudWatch",
    };
    Some(format!("{name}, {admits} {service}"))
}

/// How far AWS itself has shown that the chain works.
pub(super) fn proven(
    snapshot: &Snapshot,
    entry: &BaselineEntry,
    report: &EntryReport,
) -> Vec<String> {
    let passes =
        |id: &str| report.checks.iter().any(|check| check.id == id && check.status == Status::Pass);
    let stretch = match passes("last-read-reached-log-group") {
        true if passes("last-read-was-counted") => Some("trail to metric"),
        true => Some("trail to log group"),
        false => None,
    };
    let read = newest_read(snapshot, entry, &report.asked);
    let read = stretch.zip(read);
    let read = read.map(|(stretch, read)| format!("{stretch}, {}", minute(read.event_time)));
    read.into_iter().chain(notified(snapshot, &report.chain)).collect()
}

fn notified(snapshot: &Snapshot, chain: &Chain) -> Option<String> {
    let alarm = chain.alarm.node()?;
    let topic = chain.topic.node()?;
    let at = snapshot.at(&alarm.target);
    let history = at.alarm_histories.get(alarm.notifying_alarm())?.seen()?;
    let newest = actions(history).into_iter().find(|action| action.resource == topic.as_str())?;
    let time = minute(newest.time);
    (newest.state == ActionState::Succeeded)
        .then(|| format!("alarm to topic, {time}; the inbox is not visible"))
}

/// Minutes that an alert usually takes: CloudTrail delivers within five on average, and the alarm
/// goes off some time between the soonest and the latest that is possible.
pub(super) fn usual_minutes(
    snapshot: &Snapshot,
    entry: &BaselineEntry,
    report: &EntryReport,
) -> Option<i64> {
    let (soonest, latest) = alarm_of_reads(snapshot, entry, report)?.one.after?;
    let usual = (soonest + latest) / 2;
    Some(5 + (usual + 59) / 60)
}

fn alarm_of_reads(
    snapshot: &Snapshot,
    entry: &BaselineEntry,
    report: &EntryReport,
) -> Option<OfReads> {
    let messages = messages_about(snapshot, entry, &report.asked);
    let pins = Pins::default();
    of_reads(&Context { snapshot, entry, messages: &messages, pins: &pins, chain: &report.chain })
}

/// What the alarm makes of one read and of several, a line each: what they are, and what happens.
pub(super) fn played(
    snapshot: &Snapshot,
    entry: &BaselineEntry,
    report: &EntryReport,
) -> Vec<(&'static str, String)> {
    let Some(played) = alarm_of_reads(snapshot, entry, report) else { return Vec::new() };
    let Some((soonest, latest)) = played.one.after.filter(|_| played.one.fires == Some(true))
    else {
        return Vec::new();
    };
    let among = match played.events {
        Some(events) => format!(", among {events} events a minute"),
        None => String::new(),
    };
    let (soonest, latest) = (soonest / 60, (latest + 59) / 60);
    let mut lines = vec![(
        "one read",
        format!("fires {soonest}–{latest} min after it has arrived in the log group{among}"),
    )];
    let told = |times: Option<u32>| match times {
        Some(1) => Some("one notification".to_owned()),
        Some(times) => Some(format!("{times} notifications")),
        None => None,
    };
    lines.extend(
        told(played.two.times).map(|told| ("two reads", format!("a minute apart: {told}"))),
    );
    lines.extend(told(played.burst.times).map(|told| ("a burst", format!("of {BURST}: {told}"))));
    lines
}
