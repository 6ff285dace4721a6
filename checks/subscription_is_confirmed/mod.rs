//! subscription is confirmed

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, look};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{Arn, Subscription};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "subscription-is-confirmed",
    stage: Stage::Subscription,
    title: "subscription is confirmed",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Topic, Link::Subscription],
    changed_by: &["Subscribe", "Unsubscribe"],
    failures: &["N6", "N7"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let topic = context.topic_arn()?;
    let subscription = context.subscription()?;
    let who = format!("{} {}", subscription.protocol, subscription.endpoint);
    if subscription.subscription_arn == "Deleted" {
        let message = format!(
            "The subscription of {who} to topic {} was cancelled: SNS sends it nothing.",
            topic.name()
        );
        let finding = Finding::new(topic, message).field("SubscriptionArn", "Deleted", "an ARN");
        return Ok(Outcome::fail(again(finding, topic, subscription)));
    }
    let waits = format!(
        "The subscription of {who} to topic {} waits for its confirmation: SNS sends it nothing. \
         If it worked before, SNS may have shut it off.",
        topic.name()
    );
    let Ok(arn) = subscription.subscription_arn.parse::<Arn>() else {
        let observed = &subscription.subscription_arn;
        let finding = Finding::new(topic, waits).field("SubscriptionArn", observed, "an ARN");
        return Ok(Outcome::fail(again(finding, topic, subscription)));
    };
    let attributes = look(&subscription.attributes, format!("the subscription of {who}"))
        .map_err(|stop| stop.hint("SNS sends nothing to a subscription that is not confirmed."))?;
    if attributes.pending_confirmation.as_deref() == Some("true") {
        let finding = Finding::new(&arn, waits).field("PendingConfirmation", true, false);
        return Ok(Outcome::fail(again(finding, topic, subscription)));
    }
    Ok(Outcome::Pass)
}

/// Waiting mends nothing: the link of the first mail may be dead already, a new mail has a new one.
fn again(finding: Finding, topic: &Arn, subscription: &Subscription) -> Finding {
    let endpoint = &subscription.endpoint;
    let confirm = match subscription.protocol.as_str() {
        "email" | "email-json" => format!(
            "Follow the link in the mail that {endpoint} gets, within 2 days; look in the spam \
             folder too."
        ),
        "http" | "https" => {
            format!("Let {endpoint} answer the SubscriptionConfirmation request, within 2 days.")
        }
        _ => format!("Confirm the subscription as {endpoint}, within 2 days."),
    };
    finding
        .change(Intent::Subscribe {
            topic: topic.clone(),
            protocol: subscription.protocol.clone(),
            endpoint: Some(endpoint.clone()),
        })
        .manual(confirm)
}
