//! alarm is not muted

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen, look};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Link};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "alarm-is-not-muted",
    stage: Stage::Alarm,
    title: "alarm is not muted",
    severity: Severity::High,
    effect: Effect::Breaks,
    needs: &[Link::Alarm],
    changed_by: &["PutAlarmMuteRule", "PutCompositeAlarm"],
    failures: &["A10", "A11"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let (id, arn) = (context.alarm_id()?, context.publisher_arn()?);
    let (name, region) = (id.notifying_alarm(), &id.target.region);
    if let Some(composite) = context.composite()?
        && let Some(by) = &composite.actions_suppressed_by
    {
        let reason = composite.actions_suppressed_reason.as_deref().unwrap_or("no reason is given");
        let suppressor = composite.actions_suppressor.as_deref().unwrap_or("its suppressor");
        let message = format!("Composite alarm {name} holds its actions back: {reason}.");
        return Ok(Outcome::fail(
            Finding::new(arn, message).field("ActionsSuppressedBy", by, "nothing").manual(format!(
                "Find out why {suppressor} keeps the actions back, or put the composite alarm again \
                 without ActionsSuppressor."
            )),
        ));
    }
    if let Some(suppressor) = suppressor_in_alarm(context)? {
        let what = format!("whether composite alarm {name} acts at once");
        let reason = format!("its ActionsSuppressor {suppressor} is in ALARM");
        return Ok(Outcome::Unknown(Unseen::because(what, reason)));
    }
    let rules = look(
        &context.snapshot.at(&id.target).alarm_mute_rules,
        format!("the alarm mute rules of {region}"),
    )
    .map_err(|stop| stop.hint("An active mute rule keeps every action of its alarms back."))?;
    let mut unseen = None;
    for (rule, muted) in rules.iter().filter(|(_, rule)| rule.status == "ACTIVE") {
        match look(&muted.targets, format!("the alarms that mute rule {rule} mutes")) {
            Ok(targets)
                if targets.iter().any(|target| target == name || arn == target.as_str()) =>
            {
                let message = format!(
                    "Alarm mute rule {rule} is active and mutes alarm {name}: it goes to ALARM, and \
                     nobody is told before the rule's window ends."
                );
                return Ok(Outcome::fail(
                    Finding::new(arn, message)
                        .field("mute rule", rule, "none that is active")
                        .manual(
                            "Wait until the rule's window ends, take the alarm out of the rule, or \
                             delete the rule:",
                        )
                        .change(Intent::DeleteMuteRule {
                            target: id.target.clone(),
                            rule: rule.clone(),
                        }),
                ));
            }
            Ok(_) => {}
            Err(stop) => unseen = Some(stop),
        }
    }
    unseen.map_or(Ok(Outcome::Pass), Err)
}

/// The alarm that keeps the composite alarm's actions back while it is in ALARM, if it is.
fn suppressor_in_alarm<'a>(context: &Context<'a>) -> Result<Option<&'a str>, Stop> {
    let id = context.alarm_id()?;
    let Some(suppressor) = context.composite()?.and_then(|above| above.actions_suppressor.as_ref())
    else {
        return Ok(None);
    };
    let name = suppressor.rsplit_once(":alarm:").map_or(&suppressor[..], |(_, name)| name);
    let alarms = look(&context.snapshot.at(&id.target).alarms, "the list of alarms")?;
    let metric = alarms.metric_alarms.get(name).map(|alarm| &alarm.state_value);
    let composite = alarms.composite_alarms.get(name).map(|alarm| &alarm.state_value);
    Ok(metric.or(composite).is_some_and(|state| state == "ALARM").then_some(name))
}
