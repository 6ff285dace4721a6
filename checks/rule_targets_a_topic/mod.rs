//! rule targets a topic

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::route::{Context, Hop, Link};

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
    Ok(Outcome::fail(finding.manual(format!(
        "Give event rule {name} the ARN of a topic of its Region as a target, and no role: the \
         topic's policy has to admit events.amazonaws.com."
    ))))
}
