//! topic admits its publisher

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::plan::Intent;
use secmon_core::policy::{
    Decision, PolicyDocument, Request, alarms_may_publish, evaluate, rule_may_publish,
};
use secmon_core::route::{Context, Link, Route};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "topic-admits-its-publisher",
    stage: Stage::Topic,
    title: "topic admits its publisher",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Publisher, Link::Topic],
    changed_by: &["SetTopicAttributes", "AddPermission", "RemovePermission"],
    failures: &["N2", "N11"],
    page: include_str!("README.md"),
    run: admits,
};

/// Whether the topic's policy lets publish what publishes.
pub(crate) fn admits(context: &Context<'_>) -> Judged {
    let topic = context.topic_arn()?;
    let service = context.publishing_service();
    let hint = format!("If the policy refuses {service}, every alert is lost.");
    let attributes = context.topic_attributes().map_err(|stop| stop.hint(&hint))?;
    let publisher = context.publisher_label()?;
    let source = context.publisher_arn()?;
    let unseen = |reason: String| {
        let what = format!("whether topic {} admits {publisher}", topic.name());
        Unseen::because(what, reason).hint(&hint)
    };
    if context.chain.route == Route::EventRule
        && let Some(role) = &context.rule_target()?.role_arn
    {
        let reason = format!(
            "the target has a role, {role}: of topics AWS says in one place that such events may be \
             lost, in another that the role's policy counts"
        );
        return Err(Stop::Unseen(unseen(reason)));
    }
    let Some(policy) = &attributes.policy else {
        return Err(Stop::Unseen(unseen("GetTopicAttributes returned no Policy".to_owned())));
    };
    // AWS has saved this policy, so what is wrong with it here is wrong with the reader.
    let policy = match PolicyDocument::parse(policy) {
        Ok(policy) => policy,
        Err(error) => return Err(Stop::Unseen(unseen(error.to_string()))),
    };
    let (request, statement) = match context.chain.route {
        Route::EventRule => (
            Request::rule_publishes(source.as_str(), topic.as_str()),
            rule_may_publish(source, topic),
        ),
        Route::FilterAlarm | Route::LogAlarm => (
            Request::alarm_publishes(source.as_str(), topic.as_str()),
            alarms_may_publish(source, topic),
        ),
    };
    let request = context.of_organization(request)?;
    let refused = format!("Topic {} refuses {publisher}", topic.name());
    Ok(match evaluate(&[("", &policy)], &request) {
        Decision::Allowed { .. } => Outcome::Pass,
        Decision::NotAllowed { nearest } => {
            let nearest =
                nearest.map(|nearest| format!(" Nearest: {nearest}.")).unwrap_or_default();
            let message = format!(
                "{refused}: no statement of its policy allows {service} to \
                 sns:Publish.{nearest}"
            );
            Outcome::fail(
                Finding::new(topic, message)
                    .change(Intent::AllowInTopicPolicy { topic: topic.clone(), statement }),
            )
        }
        Decision::Denied { by } => {
            let message = format!("{refused}: {by} of its policy denies sns:Publish.");
            Outcome::fail(Finding::new(topic, message).manual(format!(
                "Change {by} in the policy of topic {}, or take it out, so that it does not cover \
                 {service} publishing for {publisher}. No statement added helps \
                 against a deny.",
                topic.name()
            )))
        }
        Decision::Unknown { doubt, by } => {
            Outcome::Unknown(unseen(format!("{by} of its policy hangs on {doubt}")))
        }
    })
}
