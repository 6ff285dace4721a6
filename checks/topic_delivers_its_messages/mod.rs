//! topic delivers its messages

use secmon_core::evidence::{DELIVERY_COUNTERS, LOSS_COUNTERS, USUAL_MINUTES, newest_notification};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen, look};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{Datapoint, Observed, Topic};

use crate::evidence::{Changes, Settings, changes, minute, settings};
use crate::{
    Check, subscription_is_confirmed, subscription_passes_alarm_messages, topic_has_a_subscription,
};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "topic-delivers-its-messages",
    stage: Stage::Proof,
    title: "topic delivers its messages",
    severity: Severity::High,
    effect: Effect::Disproves,
    needs: &[Link::Alarm, Link::Topic, Link::Subscription],
    changed_by: &[
        "Subscribe",
        "ConfirmSubscription",
        "Unsubscribe",
        "SetSubscriptionAttributes",
        "CreateTopic",
    ],
    failures: &["N8", "N10"],
    page: include_str!("README.md"),
    run,
};

/// The settings between the topic and a human.
static ON_THE_WAY: &[&Check] = &[
    &topic_has_a_subscription::CHECK,
    &subscription_is_confirmed::CHECK,
    &subscription_passes_alarm_messages::CHECK,
];

fn run(context: &Context<'_>) -> Judged {
    let (arn, topic) = (context.topic_arn()?, context.topic()?);
    let name = arn.name();
    let Some(action) = newest_notification(context.snapshot, arn) else {
        let reason = format!("no alarm has notified topic {name} in the last 30 days");
        return Ok(Outcome::NotApplicable(reason));
    };
    let when = minute(action.time);
    if context.snapshot.minutes_since(action.time) < USUAL_MINUTES {
        let reason = format!("topic {name} was notified on {when}, too short a while ago");
        return Ok(Outcome::NotApplicable(reason));
    }
    let [published, delivered] = DELIVERY_COUNTERS.map(|counter| counted(topic, name, counter));
    let (published, delivered) = (published?, delivered?);
    if delivered > 0.0 {
        return Ok(Outcome::Pass);
    }
    if published == 0.0 {
        let reason = format!("the counters of topic {name} show no message on {when}");
        return Ok(Outcome::NotApplicable(reason));
    }
    let mut says = format!("Topic {name} took a message on {when} and delivered none");
    let mut lost = Vec::new();
    for counter in LOSS_COUNTERS {
        // A counter that was not seen leaves the loss unexplained, not unseen.
        let count = topic.counted(counter).unwrap_or_default();
        if count > 0.0 {
            lost.push((counter, count));
        }
    }
    match lost.first() {
        Some(("NumberOfNotificationsFailed", count)) => {
            says += &format!(": SNS gave up on {count}");
        }
        Some((counter, _)) if counter.ends_with("NoMessageAttributes") => {
            says += ": filter policies on message attributes dropped it, and messages of alarms \
                     have none";
        }
        Some(_) => says += ": filter policies on the message's body dropped it",
        None => {}
    }
    if settings(context, ON_THE_WAY) == Settings::Wrong {
        let finding = Finding::new(arn, format!("{says}."));
        let finding =
            lost.iter().fold(finding, |finding, (counter, count)| finding.field(counter, count, 0));
        return Ok(Outcome::fail(finding.between(Stage::Topic, Stage::Subscription)));
    }
    let resources = [arn.to_string(), context.subscription()?.subscription_arn.clone()];
    let (snapshot, chain) = (context.snapshot, context.chain);
    let names = CHECK.changed_by;
    let reason = match changes(snapshot, chain, Stage::Topic, names, &resources, action.time) {
        Changes::Made(change) => {
            let (by, event) = (change.by, change.event_name);
            return Ok(Outcome::NotApplicable(format!("{says}; {by} called {event} after that")));
        }
        Changes::NotAsked(_) | Changes::NotTold => {
            format!("{says}; whether its subscriptions were changed since is not told")
        }
        Changes::None => format!("{says}, though its subscriptions look right"),
    };
    let what = format!("whether topic {name} still reaches anybody");
    Ok(Outcome::Unknown(Unseen::because(what, reason).hint(
        "Ask whoever is subscribed whether mail of AWS Notifications arrives; a full or missing \
         mailbox refuses it.",
    )))
}

fn counted(topic: &Topic, name: &str, counter: &str) -> Result<f64, secmon_core::finding::Stop> {
    static NOT_ASKED: Observed<Vec<Datapoint>> = Observed::NotAsked;
    let seen = topic.counters.get(counter).unwrap_or(&NOT_ASKED);
    look(seen, format!("{counter} of topic {name}"))?;
    Ok(topic.counted(counter).unwrap_or_default())
}
