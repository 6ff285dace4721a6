//! last alarm action succeeded

use secmon_core::action_history::{Action, ActionState, FailureCause, actions};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::report::{Since, since};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{AlarmHistoryItem, Arn};

use crate::Check;

#[cfg(test)]
mod tests;

/// Breaks the chain when it fails and costs nothing when it is unknown: see the page.
pub(crate) static CHECK: Check = Check {
    id: "last-alarm-action-succeeded",
    stage: Stage::Proof,
    title: "last alarm action succeeded",
    severity: Severity::High,
    effect: Effect::Disproves,
    needs: &[Link::Alarm, Link::Topic],
    changed_by: MENDED_BY,
    page: include_str!("README.md"),
    run,
};

/// What may mend a refusal by the topic's policy or key, and leaves no trace in the alarm's history.
const MENDED_BY: &[&str] = &[
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "CreateTopic",
    "PutKeyPolicy",
    "EnableKey",
    "CancelKeyDeletion",
    "UpdateAlias",
];

const HINT: &str = "The next alarm will show it. To make one now, which notifies everybody: aws \
                    cloudwatch set-alarm-state --state-value ALARM";

/// Whether topic or key were changed after a failure.
enum Mending {
    Changed(Since),
    Nothing,
    NotTold,
}

fn run(context: &Context<'_>) -> Judged {
    let topic = context.topic_arn()?;
    let publisher = context.publisher_label()?;
    let history = context.publisher_history()?;
    let newest = actions(history)
        .into_iter()
        .find(|action| action.resource == topic.as_str());
    let Some(action) = newest else {
        let reason = format!(
            "{publisher} has not notified topic {} in the last 30 days",
            topic.name()
        );
        return Ok(Outcome::NotApplicable(reason));
    };
    let when = action.time.strftime("%Y-%m-%d %H:%M UTC");
    let what = format!("whether {publisher} can notify topic {}", topic.name());
    let unknown = |reason: String| Ok(Outcome::Unknown(Unseen::because(what, reason).hint(HINT)));
    match action.state {
        ActionState::Succeeded => return Ok(Outcome::Pass),
        ActionState::Unclear => {
            return unknown(format!(
                "the history item of {when} does not say what became of it"
            ));
        }
        ActionState::Failed => {}
    }
    let text = action.error.as_deref().unwrap_or("no reason given");
    let failed = format!("it failed on {when} with \"{text}\"");
    if configured_after(history, &action) {
        return unknown(format!("{failed}; the alarm was changed after that"));
    }
    let (meaning, step) = match FailureCause::of(text) {
        FailureCause::TopicPolicy => ("its policy", "Let cloudwatch.amazonaws.com sns:Publish"),
        FailureCause::TopicKey => ("its key", "Let cloudwatch.amazonaws.com use the key"),
        FailureCause::Unclear => {
            return unknown(format!("{failed}, a text whose cause is not on record"));
        }
    };
    match mended(context, topic, &action)? {
        Mending::Changed(change) => {
            let (by, event) = (change.by, change.event_name);
            unknown(format!("{failed}; {by} called {event} after that"))
        }
        Mending::NotTold => unknown(format!("{failed}; whether that was mended cannot be told")),
        Mending::Nothing => Ok(Outcome::fail(
            Finding::new(
                topic,
                format!(
                    "{}{} failed to notify topic {} on {when}: \"{text}\" That is {meaning}, and \
                     nobody changed topic or key since.",
                    publisher[..1].to_uppercase(),
                    &publisher[1..],
                    topic.name()
                ),
            )
            .field("actionState", "Failed", "Succeeded")
            .manual(format!(
                "{step} of topic {}, then watch the next action.",
                topic.name()
            )),
        )),
    }
}

/// A change of the alarm, which its history shows; of topic and key it shows none.
fn configured_after(history: &[AlarmHistoryItem], action: &Action) -> bool {
    history
        .iter()
        .any(|item| item.history_item_type == "ConfigurationUpdate" && item.timestamp > action.time)
}

fn mended(context: &Context<'_>, topic: &Arn, action: &Action) -> Result<Mending, Stop> {
    let Some(target) = topic.target() else {
        return Ok(Mending::NotTold);
    };
    let mut resources = vec![topic.to_string()];
    if let Some((id, key)) = context.topic_key()? {
        resources.push(id.to_owned());
        if let Some(metadata) = key.metadata.seen() {
            if metadata.arn.target().as_ref() != Some(&target) {
                return Ok(Mending::NotTold);
            }
            resources.push(metadata.arn.to_string());
        }
    }
    let changes = resources
        .iter()
        .filter_map(|resource| since(context.snapshot, &target, MENDED_BY, resource));
    if let Some(change) = changes.max_by_key(|change| change.time)
        && change.time > action.time
    {
        return Ok(Mending::Changed(change));
    }
    let histories = &context.snapshot.at(&target).event_history;
    let is_whole = |name: &&str| {
        histories
            .get(*name)
            .and_then(|history| history.seen())
            .is_some_and(|history| {
                !history.more
                    || history
                        .events
                        .last()
                        .is_some_and(|oldest| oldest.event_time < action.time)
            })
    };
    Ok(if MENDED_BY.iter().all(is_whole) {
        Mending::Nothing
    } else {
        Mending::NotTold
    })
}
