//! alarm recovers after an event

use secmon_core::alarm::Reads;
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::MetricAlarm;

use crate::Check;
use crate::one_read::{By, one_read, unclear};

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
    let (right, mut one) = read.with_right_datapoints();
    let play = |alarm: &MetricAlarm| {
        right.play(alarm, By::Chain, Reads::One).map_err(|error| unclear(read.alarm, &error))
    };
    // How many datapoints it needs, and that it is in ALARM without a read, is judged by `alarm
    // evaluates one event`.
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
    Ok(Outcome::Pass)
}
