//! last alarm action succeeded

use secmon_core::action_history::{Action, ActionState, FailureCause, actions};
use secmon_core::evidence::USUAL_MINUTES;
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{AlarmHistoryItem, Arn};

use crate::evidence::{Changes, changes, topic_and_key};
use crate::{Check, topic_admits_its_publisher, topic_key_admits_its_publisher};

#[cfg(test)]
mod tests;

/// What may mend a refusal by the topic's policy or key, and leaves no trace in the alarm's history.
const MENDED_BY: &[&str] = &[
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "CreateTopic",
    "PutKeyPolicy",
    "EnableKey",
    "CancelKeyDeletion",
    "CreateGrant",
    "UpdateAlias",
];

/// Breaks the chain when it fails and costs nothing when it is unknown: see the page.
pub(crate) static CHECK: Check = Check {
    id: "last-alarm-action-succeeded",
    stage: Stage::Proof,
    title: "last alarm action succeeded",
    severity: Severity::High,
    effect: Effect::Disproves,
    needs: &[Link::Alarm, Link::Topic],
    changed_by: MENDED_BY,
    failures: &["A9", "N2", "N4"],
    page: include_str!("README.md"),
    run,
};

const HINT: &str = "The next alarm will show it. Setting the alarm to ALARM by hand (SetAlarmState) \
                    shows it now, and notifies everybody.";

fn run(context: &Context<'_>) -> Judged {
    let topic = context.topic_arn()?;
    let publisher = context.publisher_label()?;
    let history = context.publisher_history()?;
    let newest = actions(history).into_iter().find(|action| action.resource == topic.as_str());
    let Some(action) = newest else {
        let reason =
            format!("{publisher} has not notified topic {} in the last 30 days", topic.name());
        return Ok(Outcome::NotApplicable(reason));
    };
    let when = action.time.strftime("%Y-%m-%d %H:%M UTC");
    let what = format!("whether {publisher} can notify topic {}", topic.name());
    let unknown = |reason: String| Ok(Outcome::Unknown(Unseen::because(what, reason).hint(HINT)));
    match action.state {
        ActionState::Succeeded => return Ok(Outcome::Pass),
        ActionState::Unclear => {
            return unknown(format!("the history item of {when} does not say what became of it"));
        }
        ActionState::Failed => {}
    }
    let text = action.error.as_deref().unwrap_or("no reason given");
    let failed = format!("it failed on {when} with \"{text}\"");
    if configured_after(history, &action) {
        return unknown(format!("{failed}; the alarm was changed after that"));
    }
    let (part, admits_now) = match FailureCause::of(text) {
        FailureCause::TopicPolicy => ("policy", topic_admits_its_publisher::admits(context)),
        FailureCause::TopicKey => ("key", topic_key_admits_its_publisher::admits(context)),
        FailureCause::Unclear => {
            return unknown(format!("{failed}, a text whose cause is not on record"));
        }
    };
    let fail = |how: &str| {
        let name = topic.name();
        let message = format!(
            "The last action of {publisher} on topic {name} failed on {when}: the topic's {part} \
             refused it, {how}. AWS says: \"{text}\""
        );
        Finding::new(topic, message).between(Stage::Alarm, Stage::Topic).field(
            "actionState",
            "Failed",
            "Succeeded",
        )
    };
    match (admits_now, mended(context, topic, &action)) {
        (Err(Stop::Skipped(reason)), _) => Err(Stop::Skipped(reason)),
        // The check of the policy or key says how to mend it.
        (Ok(Outcome::Fail(_)), _) => Ok(Outcome::fail(fail("and does so still"))),
        (_, Changes::Made(change)) => {
            let (by, event) = (change.by, change.event_name);
            unknown(format!("{failed}; {by} called {event} after that"))
        }
        // A change of the last minutes is not in Event history yet.
        (Ok(Outcome::Pass | Outcome::NotApplicable(_)), _) => {
            unknown(format!("{failed}; the topic's {part} as it is now admits it"))
        }
        (_, Changes::NotAsked(_) | Changes::NotTold) => {
            unknown(format!("{failed}; whether it was mended is not told"))
        }
        (_, Changes::None) => {
            Ok(Outcome::fail(fail("and nobody changed topic or key since").manual(format!(
                "Let cloudwatch.amazonaws.com through the {part} of topic {}, then watch the next \
                 action.",
                topic.name()
            ))))
        }
    }
}

/// A change of the alarm, which its history shows; of topic and key it shows none.
fn configured_after(history: &[AlarmHistoryItem], action: &Action) -> bool {
    history
        .iter()
        .any(|item| item.history_item_type == "ConfigurationUpdate" && item.timestamp > action.time)
}

/// Whether topic or key were changed after a failure. Of one a moment ago nobody can tell: Event
/// history lags.
fn mended(context: &Context<'_>, topic: &Arn, action: &Action) -> Changes {
    let Some(resources) = topic_and_key(context, topic) else { return Changes::NotTold };
    let (snapshot, after) = (context.snapshot, action.time);
    match changes(snapshot, context.chain, Stage::Topic, MENDED_BY, &resources, after) {
        Changes::None if snapshot.minutes_since(after) < USUAL_MINUTES => Changes::NotTold,
        changes => changes,
    }
}
