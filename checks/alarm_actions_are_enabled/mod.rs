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
    let id = context.alarm_id()?;
    // Where a composite alarm notifies, the actions of the alarm below do not matter.
    let alarm = context.notifying_alarm()?;
    if alarm.actions_enabled {
        return Ok(Outcome::Pass);
    }
    let (kind, name) = (alarm.kind, alarm.name);
    let message = format!("{kind} {name} runs no actions: it goes to ALARM, and nobody is told.");
    Ok(Outcome::fail(
        Finding::new(alarm.arn, message).field("ActionsEnabled", false, true).change(
            Intent::EnableAlarmActions { target: id.target.clone(), alarm: name.to_owned() },
        ),
    ))
}
