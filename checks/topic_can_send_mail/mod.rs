//! topic can send mail

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, look};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::route::{Context, Hop, Link, Notifier, Route};
use secmon_core::snapshot::{Arn, Observed};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "topic-can-send-mail",
    stage: Stage::Topic,
    title: "topic can send mail",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Publisher, Link::Topic, Link::Subscription],
    changed_by: &["PutMetricAlarm", "CreateTopic"],
    failures: &["N9"],
    page: include_str!("README.md"),
    run,
};

/// Only a standard topic has this name.
const SUFFIX: &str = ".fifo";

fn run(context: &Context<'_>) -> Judged {
    let arn = context.topic_arn()?;
    if !is_fifo(context, arn) {
        return Ok(Outcome::Pass);
    }
    let topic = context.topic()?;
    // One that is not there is another check's finding.
    if matches!(topic.attributes, Observed::Absent) {
        return Ok(Outcome::Pass);
    }
    let subscriptions =
        look(&topic.subscriptions, format!("the subscriptions of topic {}", arn.name()))?;
    // Who is subscribed to it, a queue, is judged by `subscription reaches a human`.
    if !matches!(context.chain.subscription, Hop::Nothing) {
        return Ok(Outcome::NotApplicable("topic is FIFO, and a queue is subscribed".to_owned()));
    }
    let has = match subscriptions.len() {
        0 => "",
        _ => " Its queues are not whom you asked for.",
    };
    let message = format!(
        "Topic {} is a FIFO topic: queues can subscribe to it, but no email address, phone number or \
         web endpoint.{has}",
        arn.name()
    );
    let finding = Finding::new(arn, message).field("FifoTopic", true, "absent");
    Ok(Outcome::fail(notify_a_standard_topic(context, arn, finding)?))
}

/// Whether no human can subscribe to a topic.
pub(crate) fn is_fifo(context: &Context<'_>, arn: &Arn) -> bool {
    let attributes = context.topic_attributes();
    let says = attributes.is_ok_and(|seen| seen.fifo_topic.as_deref() == Some("true"));
    says || arn.name().ends_with(SUFFIX)
}

/// A topic cannot change its kind: a standard one is made, and what publishes is pointed to it.
fn notify_a_standard_topic(
    context: &Context<'_>,
    arn: &Arn,
    finding: Finding,
) -> Result<Finding, secmon_core::finding::Stop> {
    let publisher = context.publisher_label()?;
    if context.chain.route == Route::EventRule {
        return Ok(finding.manual(format!(
            "Make a standard topic whose policy admits {}, subscribe people to it, and make it the \
             target of {publisher}.",
            context.publishing_service()
        )));
    }
    let id = context.alarm_id()?;
    let name = arn.name().trim_end_matches(SUFFIX);
    let standard = format!("{}{name}", arn.as_str().trim_end_matches(arn.name()));
    let Ok(standard) = standard.parse::<Arn>() else {
        return Ok(finding.manual(format!("Make a standard topic and let {publisher} notify it.")));
    };
    let target = id.target.clone();
    let notify = match &id.notifier {
        Notifier::Own => Intent::SetAlarm {
            target,
            alarm: id.name.clone(),
            set: AlarmSetting::Notify { topic: Some(standard.to_string()) },
        },
        Notifier::Composite(alarm) => Intent::NotifyFromComposite {
            target,
            alarm: alarm.clone(),
            topic: standard.to_string(),
        },
    };
    let subscribe = Intent::Subscribe {
        topic: standard.clone(),
        protocol: "email".to_owned(),
        endpoint: context.pins.recipients.first().cloned(),
    };
    Ok(finding.change(Intent::CreateTopic { topic: standard }).change(notify).change(subscribe))
}
