//! rule receives read events

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::{Intent, RuleSetting};
use secmon_core::route::{ALL_MANAGEMENT_EVENTS, Context, Link, gets_reads};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "rule-receives-read-events",
    stage: Stage::Rule,
    title: "rule receives read events",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Rule],
    changed_by: &["PutRule", "DisableRule", "EnableRule"],
    page: include_str!("README.md"),
    failures: &["A16"],
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let (id, rule) = (context.rule_id()?, context.rule()?);
    if gets_reads(rule) {
        return Ok(Outcome::Pass);
    }
    let (name, state) = (&rule.name, rule.state.as_deref().unwrap_or("ENABLED"));
    let message = match state {
        "DISABLED" => format!("Event rule {name} is disabled: it gets no event."),
        state => format!(
            "Event rule {name} is in state {state}: EventBridge gives it no events of CloudTrail that \
             only read, and GetSecretValue is one."
        ),
    };
    Ok(Outcome::fail(
        Finding::new(&rule.arn, message).field("State", state, ALL_MANAGEMENT_EVENTS).change(
            Intent::SetEventRule {
                target: id.target.clone(),
                rule: id.name.clone(),
                set: RuleSetting::State(ALL_MANAGEMENT_EVENTS.to_owned()),
            },
        ),
    ))
}
