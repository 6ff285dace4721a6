//! rule targets a topic

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Hop, Link};
use secmon_core::snapshot::{Arn, Target};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "rule-targets-a-topic",
    stage: Stage::Rule,
    title: "rule targets a topic",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Rule, Link::Topic],
    changed_by: &["PutTargets", "RemoveTargets"],
    page: include_str!("README.md"),
    failures: &["A16"],
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let rule = context.rule()?;
    let name = &rule.name;
    match &context.chain.topic {
        Hop::Joined(_) | Hop::Assumed(_) => return Ok(Outcome::Pass),
        Hop::Unseen(_) => return context.topic_arn().map(|_| Outcome::Pass),
        Hop::Nothing => {}
    }
    let (message, wanted) = match &context.pins.topic {
        Some(pinned) => (format!("Event rule {name} does not target topic {pinned}."), &pinned[..]),
        None => (format!("Event rule {name} has no target."), "a topic that people read"),
    };
    let finding = Finding::new(&rule.arn, message).field("Targets", "no topic", wanted);
    let id = context.rule_id()?;
    let topic = match &context.pins.topic {
        None => None,
        Some(pinned) => match topic_at(&id.target, pinned) {
            Some(topic) => Some(topic.to_string()),
            None => {
                return Ok(Outcome::fail(finding.manual(format!(
                    "Let event rule {name} notify a topic of its own Region: topic {pinned} is \
                     not in {}.",
                    id.target.region
                ))));
            }
        },
    };
    Ok(Outcome::fail(finding.change(Intent::AddRuleTarget {
        target: id.target.clone(),
        rule: id.name.clone(),
        topic,
    })))
}

/// The topic by name or ARN, if it is in the rule's Region, the only one that a rule notifies topics
/// in.
fn topic_at(target: &Target, pinned: &str) -> Option<Arn> {
    let topic = match pinned.parse::<Arn>() {
        Ok(arn) => arn,
        Err(_) => Arn::of_resource("sns", target, pinned),
    };
    (topic.service() == "sns" && topic.region() == target.region.as_str()).then_some(topic)
}
