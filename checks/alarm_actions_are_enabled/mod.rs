//! alarm actions are enabled

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Link};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "alarm-actions-are-enabled",
    stage: Stage::Alarm,
    title: "alarm actions are enabled",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Alarm],
    changed_by: &["PutMetricAlarm", "PutCompositeAlarm", "DisableAlarmActions"],
    failures: &["A7"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let (id, alarm) = (context.alarm_id()?, context.alarm()?);
    // Where a composite alarm notifies, the actions of the alarm below do not matter.
    let (kind, enabled) = match context.composite()? {
        Some(composite) => ("Composite alarm", composite.actions_enabled),
        None => ("Alarm", alarm.actions_enabled),
    };
    if enabled {
        return Ok(Outcome::Pass);
    }
    let name = id.notifying_alarm();
    let message = format!("{kind} {name} runs no actions: it goes to ALARM, and nobody is told.");
    Ok(Outcome::fail(
        Finding::new(context.publisher_arn()?, message)
            .field("ActionsEnabled", false, true)
            .change(Intent::EnableAlarmActions {
                target: id.target.clone(),
                alarm: name.to_owned(),
            }),
    ))
}
