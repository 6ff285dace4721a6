//! alarm is not stuck in alarm

use secmon_core::alarm::Window;
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{AnyAlarm, MetricAlarm};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "alarm-is-not-stuck-in-alarm",
    stage: Stage::Alarm,
    title: "alarm is not stuck in alarm",
    severity: Severity::High,
    effect: Effect::Breaks,
    needs: &[Link::Alarm],
    changed_by: &["PutMetricAlarm", "SetAlarmState"],
    failures: &["A12"],
    page: include_str!("README.md"),
    run,
};

/// How long an alarm may be in ALARM and still count as about to recover, in seconds.
const QUARTER_OF_AN_HOUR: i64 = 900;

/// Time that an evaluation may be late.
const LATE: i64 = 300;

fn run(context: &Context<'_>) -> Judged {
    let id = context.alarm_id()?;
    let longest = context.alarm().map_or(QUARTER_OF_AN_HOUR, longest);
    // Of two alarms above each other the lower one in ALARM is as bad: the upper sees no change.
    let alarms = [context.seeing_alarm()?, context.notifying_alarm()?];
    for AnyAlarm { kind, name, arn, since, .. } in
        alarms.into_iter().filter(|alarm| alarm.state == "ALARM")
    {
        let Some(since) = since else {
            let what = format!("since when alarm {name} is in ALARM");
            return Err(Stop::Unseen(Unseen::because(what, "AWS did not say")));
        };
        let seconds = context.snapshot.taken_at.duration_since(since).as_secs();
        if seconds <= longest {
            continue;
        }
        let message = format!(
            "{kind} {name} is in ALARM since {}: only a change to ALARM tells anybody, so the next \
             read tells nobody.",
            since.strftime("%Y-%m-%d %H:%M UTC")
        );
        return Ok(Outcome::fail(
            Finding::new(arn, message)
                .field("StateValue", "ALARM", "OK")
                .manual(format!(
                    "Find out what keeps {name} in ALARM: reads that never stop, a setting that \
                     another check names, or a state that somebody set. It leaves ALARM by itself \
                     once its data is within the threshold."
                ))
                .change(Intent::ResetAlarm { target: id.target.clone(), alarm: name.to_owned() }),
        ));
    }
    Ok(Outcome::Pass)
}

/// How long one read may keep the alarm in ALARM, in seconds: as long as its datapoint counts. AWS
/// does not publish how far back an alarm looks; nine periods for N = 3 were captured. Nobody takes
/// an alarm with a long period for one that is about to recover: a quarter of an hour is the most.
fn longest(alarm: &MetricAlarm) -> i64 {
    let window = Window::of(alarm).ok();
    let looked_at = window.map_or(0, |w| i64::from(w.period) * i64::from(w.evaluation_periods));
    (3 * looked_at.max(60) + LATE).min(QUARTER_OF_AN_HOUR)
}
