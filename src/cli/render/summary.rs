//! One line per healthy stage: what it is that works.

use secmon_core::action_history::{ActionState, actions};
use secmon_core::baseline::{BaselineEntry, Expect, messages_about};
use secmon_core::engines::{Answer, Engines, Own};
use secmon_core::evidence::newest_read;
use secmon_core::finding::Stage;
use secmon_core::report::{EntryReport, Status};
use secmon_core::route::{Chain, Context, Notifier, Pins};
use secmon_core::snapshot::{MetricAlarm, Snapshot};

use super::minute;

/// Stages that are printed on one line together.
pub(super) const ROWS: [(&str, &[Stage]); 6] = [
    ("secret", &[Stage::Identity, Stage::Secret]),
    ("trail", &[Stage::Trail, Stage::Delivery]),
    ("filter", &[Stage::Filter]),
    ("alarm", &[Stage::Metric, Stage::Alarm]),
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
        Stage::Metric => alarm(&context),
        Stage::Topic => topic(&context),
        _ => {
            let subscription = context.subscription().ok()?;
            Some(format!("{} {}, confirmed", subscription.protocol, subscription.endpoint))
        }
    }
}

fn trail(context: &Context<'_>) -> Option<String> {
    let trail = context.trail().ok()?;
    let delivered = context.trail_status().ok()?.latest_cloud_watch_logs_delivery_time;
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

/// "Sum >= 1 in 60 s".
pub(super) fn condition(alarm: &MetricAlarm) -> Option<String> {
    let statistic = alarm.statistic.as_deref().or(alarm.extended_statistic.as_deref())?;
    let operator = match alarm.comparison_operator.as_deref()? {
        "GreaterThanOrEqualToThreshold" => ">=",
        "GreaterThanThreshold" => ">",
        "LessThanThreshold" => "<",
        "LessThanOrEqualToThreshold" => "<=",
        other => other,
    };
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
    Some(format!("{name}, {admits} CloudWatch"))
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

/// Minutes that an alert usually takes: CloudTrail delivers within five on average, the alarm
/// looks at whole periods once a minute.
pub(super) fn usual_minutes(snapshot: &Snapshot, chain: &Chain) -> Option<i32> {
    let id = chain.alarm.node()?;
    let alarm = snapshot.at(&id.target).alarms.seen()?.metric_alarms.get(&id.name)?;
    Some(5 + alarm.period?.div_euclid(60).max(1) + 1)
}
