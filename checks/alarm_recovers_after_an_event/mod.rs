//! alarm recovers after an event

use secmon_core::alarm::{Reads, Rehearsed};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::MetricAlarm;

use crate::Check;
use crate::one_read::{By, OneRead, one_read, unclear};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "alarm-recovers-after-an-event",
    stage: Stage::Alarm,
    title: "alarm recovers after an event",
    severity: Severity::High,
    effect: Effect::Degrades,
    needs: &[Link::Filter, Link::Alarm],
    changed_by: &["PutMetricAlarm", "PutMetricFilter"],
    page: include_str!("README.md"),
    run,
};

/// How long one read may keep an alarm in ALARM without harm, in seconds: reads of the same hours
/// are likely of the same matter.
const SIX_HOURS: i64 = 6 * 3_600;

fn run(context: &Context<'_>) -> Judged {
    let read = one_read(context)?;
    let (right, as_it_is) = read.with_right_datapoints();
    let play = |alarm: &MetricAlarm| {
        right.play(alarm, By::Chain, Reads::One).map_err(|error| unclear(read.alarm, &error))
    };
    let played = play(&as_it_is)?;
    // How many datapoints it needs, and that it is in ALARM without a read, is judged by `alarm
    // evaluates one event`.
    let mut one = as_it_is;
    (one.evaluation_periods, one.datapoints_to_alarm) = (Some(1), Some(1));
    let of_one = play(&one)?;
    let id = context.alarm_id()?;
    let set = |set| Intent::SetAlarm { target: id.target.clone(), alarm: id.name.clone(), set };
    let name = &read.alarm.alarm_name;
    if of_one.fires == Some(true) && of_one.recovers == Some(false) {
        let message = format!(
            "Alarm {name} ignores missing data, and the filter adds nothing while nobody reads: \
             after the first read it never leaves ALARM, and the next read tells nobody."
        );
        let observed = read.alarm.treat_missing_data.as_deref().unwrap_or("missing");
        return Ok(Outcome::fail(
            Finding::new(&read.alarm.alarm_arn, message)
                .field("TreatMissingData", observed, "notBreaching")
                .change(set(AlarmSetting::TreatMissingData("notBreaching".to_owned()))),
        ));
    }
    match played.stays.filter(|stays| played.fires == Some(true) && *stays > SIX_HOURS) {
        None => Ok(Outcome::Pass),
        Some(stays) => {
            let (observed, finding) = (read.alarm.period, stays_long(&read, &played, stays));
            let observed = observed.map(|period| period.to_string()).unwrap_or_default();
            Ok(Outcome::fail(
                finding
                    .severity(Severity::Medium)
                    .field("Period", observed, 60)
                    .change(set(AlarmSetting::Period(60)))
                    .change(set(AlarmSetting::Evaluate { periods: 1, datapoints: 1 })),
            ))
        }
    }
}

fn stays_long(read: &OneRead<'_>, played: &Rehearsed, stays: i64) -> Finding {
    let two = read.play(read.alarm, By::All, Reads::TwoAMinuteApart);
    let told = match two.map(|two| two.times) {
        Ok(Some(1)) if played.times == Some(1) => ": of two reads in that time one is told",
        _ => "",
    };
    let message = format!(
        "One read keeps alarm {} in ALARM for up to {} hours{told}.",
        read.alarm.alarm_name,
        (stays + 3_599) / 3_600
    );
    Finding::new(&read.alarm.alarm_arn, message)
}
