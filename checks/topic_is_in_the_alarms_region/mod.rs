//! topic is in the alarm's region

use secmon_core::action_history::{ActionState, actions};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::route::{Context, Link, Route};
use secmon_core::snapshot::Arn;

use crate::Check;
use crate::topic_exists::names_a_topic;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "topic-is-in-the-alarms-region",
    stage: Stage::Topic,
    title: "topic is in the alarm's region",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Publisher, Link::Topic],
    changed_by: &["PutMetricAlarm", "PutCompositeAlarm"],
    failures: &["A9", "N11"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let topic = context.topic_arn()?;
    let alarm = context.publisher_arn()?;
    let publisher = context.publisher_label()?;
    if !names_a_topic(topic) {
        return Err(Stop::Skipped(format!("{topic} is no ARN of a topic")));
    }
    if topic.partition() != alarm.partition() {
        return Ok(Outcome::fail(other_partition(topic, alarm, &publisher)));
    }
    if topic.region() == alarm.region() || has_notified(context, topic) {
        return Ok(Outcome::Pass);
    }
    let (here, there) = (alarm.region(), topic.region());
    if context.chain.route == Route::EventRule {
        // "The rule and its target must be in the same Region", event buses aside.
        let message = format!(
            "Topic {} is in Region {there}, {publisher} in Region {here}: a rule sends to topics of \
             its own Region only.",
            topic.name()
        );
        return Ok(Outcome::fail(in_region(Finding::new(topic, message), topic, here, &publisher)));
    }
    let what =
        format!("whether {publisher} in {here} can notify topic {} in {there}", topic.name());
    let reason = "CloudWatch has refused to save such alarms, and no record shows what one does";
    Ok(Outcome::Unknown(Unseen::because(what, reason).hint(format!(
        "If it cannot, every alarm is lost. Make a topic in {here}, subscribe the same people to \
         it, and let {publisher} notify that one."
    ))))
}

/// Whether the newest action on this topic succeeded: then it can, whatever others report.
fn has_notified(context: &Context<'_>, topic: &Arn) -> bool {
    let history = context.publisher_history().unwrap_or_default();
    let newest = actions(history).into_iter().find(|action| action.resource == topic.as_str());
    newest.is_some_and(|action| action.state == ActionState::Succeeded)
}

fn other_partition(topic: &Arn, alarm: &Arn, publisher: &str) -> Finding {
    let (here, there) = (alarm.partition(), topic.partition());
    let message = format!(
        "Topic {} is in partition {there}, {publisher} in partition {here}: the two share nothing.",
        topic.name()
    );
    in_region(Finding::new(topic, message), topic, alarm.region(), publisher)
}

fn in_region(finding: Finding, topic: &Arn, region: &str, publisher: &str) -> Finding {
    finding.field("topic", topic, format!("a topic in {region}")).manual(format!(
        "Make a topic in {region}, subscribe the same people to it, and let {publisher} notify \
             that one."
    ))
}
