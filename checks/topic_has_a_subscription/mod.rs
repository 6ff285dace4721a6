//! topic has a subscription

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, look};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Hop, Link};
use secmon_core::snapshot::Observed;

use crate::Check;
use crate::topic_can_send_mail::is_fifo;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "topic-has-a-subscription",
    stage: Stage::Topic,
    title: "topic has a subscription",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Topic, Link::Subscription],
    changed_by: &["Unsubscribe", "DeleteTopic"],
    failures: &["N5", "N7"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let arn = context.topic_arn()?;
    let topic = context.topic()?;
    let name = arn.name();
    if matches!(topic.attributes, Observed::Absent) {
        return Err(Stop::Skipped(format!("topic {name} does not exist")));
    }
    let subscriptions = look(&topic.subscriptions, format!("the subscriptions of topic {name}"))
        .map_err(|stop| stop.hint("A topic without subscriptions tells nobody."))?;
    match &context.chain.subscription {
        Hop::Joined(_) | Hop::Assumed(_) => return Ok(Outcome::Pass),
        Hop::Unseen(unseen) => return Err(Stop::Unseen(unseen.clone())),
        Hop::Nothing => {}
    }
    if is_fifo(context, arn) {
        return Err(Stop::Skipped(format!(
            "topic {name} is FIFO, and no human can subscribe to it"
        )));
    }
    let wanted = context.pins.recipients.join(" or ");
    let found = match (subscriptions.len(), wanted.as_str()) {
        (0, _) | (_, "") => "no subscription".to_owned(),
        (1, wanted) => format!("1 subscription, and it is not to {wanted}"),
        (count, wanted) => format!("{count} subscriptions, none to {wanted}"),
    };
    Ok(Outcome::fail(Finding::new(arn, format!("Topic {name} has {found}.")).change(
        Intent::Subscribe {
            topic: arn.clone(),
            protocol: "email".to_owned(),
            endpoint: context.pins.recipients.first().cloned(),
        },
    )))
}
