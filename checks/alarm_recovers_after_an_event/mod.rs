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
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Filter, Link::Alarm],
    changed_by: &["PutMetricAlarm", "PutMetricFilter"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let read = one_read(context)?;
    let configured = Window::of(read.alarm).map_err(|error| unclear(read.alarm, &error))?;
    // How many datapoints it needs is judged by `alarm evaluates one event`.
    let window = Window { evaluation_periods: 1, datapoints_to_alarm: 1, ..configured };
    let otherwise = match read.samples.default {
        Some(_) => Slot::Within,
        None => Slot::Missing,
    };
    let played = window.play(Scene { read: Slot::Breaching, otherwise });
    if played.fires == Some(true) && played.recovers == Some(true) {
        return Ok(Outcome::Pass);
    }
    let (name, id) = (&read.alarm.alarm_name, context.alarm_id()?);
    let message = match configured.treat_missing_data {
        TreatMissingData::Breaching => format!(
            "Alarm {name} takes missing data as breaching, and the filter adds nothing while \
             nobody reads: it is in ALARM all the time, and a read changes nothing."
        ),
        _ => format!(
            "Alarm {name} ignores missing data, and the filter adds nothing while nobody reads: \
             after the first read it never leaves ALARM, and the next read tells nobody."
        ),
    };
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
