//! alarm recovers after an event

use secmon_core::alarm::{Scene, Slot, TreatMissingData, Window};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::one_read::{one_read, unclear};

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
    failures: &["A4"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let read = one_read(context)?;
    let configured = Window::of(read.alarm).map_err(|error| unclear(read.alarm, &error))?;
    // How many datapoints it needs, and that it is in ALARM without a read, is judged by `alarm
    // evaluates one event`.
    let window = Window { evaluation_periods: 1, datapoints_to_alarm: 1, ..configured };
    if window.treat_missing_data == TreatMissingData::Breaching {
        return Ok(Outcome::Pass);
    }
    let otherwise = match read.samples.default {
        Some(_) => Slot::Within,
        None => Slot::Missing,
    };
    let played = window.play(Scene { read: Slot::Breaching, otherwise });
    if played.fires == Some(true) && played.recovers == Some(true) {
        return Ok(Outcome::Pass);
    }
    let (name, id) = (&read.alarm.alarm_name, context.alarm_id()?);
    let message = format!(
        "Alarm {name} ignores missing data, and the filter adds nothing while nobody reads: after \
         the first read it never leaves ALARM, and the next read tells nobody."
    );
    let observed = read.alarm.treat_missing_data.as_deref().unwrap_or("missing");
    Ok(Outcome::fail(
        Finding::new(&read.alarm.alarm_arn, message)
            .field("TreatMissingData", observed, "notBreaching")
            .change(Intent::SetAlarm {
                target: id.target.clone(),
                alarm: id.name.clone(),
                set: AlarmSetting::TreatMissingData("notBreaching".to_owned()),
            }),
    ))
}
