//! topic admits its publisher

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::plan::Intent;
use secmon_core::policy::{Decision, PolicyDocument, Request, alarms_may_publish, evaluate};
use secmon_core::route::{Context, Link};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "topic-admits-its-publisher",
    stage: Stage::Topic,
    title: "topic admits its publisher",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Alarm, Link::Topic],
    changed_by: &["SetTopicAttributes", "AddPermission", "RemovePermission"],
    failures: &["N2", "N11"],
    page: include_str!("README.md"),
    run: admits,
};

const HINT: &str = "If the policy refuses cloudwatch.amazonaws.com, every alarm is lost.";

/// Whether the topic's policy lets publish what publishes.
pub(crate) fn admits(context: &Context<'_>) -> Judged {
    let topic = context.topic_arn()?;
    let attributes = context.topic_attributes().map_err(|stop| stop.hint(HINT))?;
    let publisher = context.publisher_label()?;
    let alarm = context.publisher_arn()?;
    let unseen = |reason: String| {
        let what = format!("whether topic {} admits {publisher}", topic.name());
        Unseen::because(what, reason).hint(HINT)
    };
    let Some(policy) = &attributes.policy else {
        return Err(Stop::Unseen(unseen("GetTopicAttributes returned no Policy".to_owned())));
    };
    // AWS has saved this policy, so what is wrong with it here is wrong with the reader.
    let policy = match PolicyDocument::parse(policy) {
        Ok(policy) => policy,
        Err(error) => return Err(Stop::Unseen(unseen(error.to_string()))),
    };
    let request = Request::alarm_publishes(alarm.as_str(), topic.as_str());
    let request = context.of_organization(request)?;
    let refused = format!("Topic {} refuses {publisher}", topic.name());
    Ok(match evaluate(&[("", &policy)], &request) {
        Decision::Allowed { .. } => Outcome::Pass,
        Decision::NotAllowed { nearest } => {
            let nearest =
                nearest.map(|nearest| format!(" Nearest: {nearest}.")).unwrap_or_default();
            let message = format!(
                "{refused}: no statement of its policy allows cloudwatch.amazonaws.com to \
                 sns:Publish.{nearest}"
            );
            let statement = alarms_may_publish(alarm, topic);
            Outcome::fail(
                Finding::new(topic, message)
                    .change(Intent::AllowInTopicPolicy { topic: topic.clone(), statement }),
            )
        }
        Decision::Denied { by } => {
            let message = format!("{refused}: {by} of its policy denies sns:Publish.");
            Outcome::fail(Finding::new(topic, message).manual(format!(
                "Change {by} in the policy of topic {}, or take it out, so that it does not cover \
                 cloudwatch.amazonaws.com publishing for {publisher}. No statement added helps \
                 against a deny.",
                topic.name()
            )))
        }
        Decision::Unknown { doubt, by } => {
            Outcome::Unknown(unseen(format!("{by} of its policy hangs on {doubt}")))
        }
    })
}
