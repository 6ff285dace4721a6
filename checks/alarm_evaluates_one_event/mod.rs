//! alarm evaluates one event

use secmon_core::alarm::{Scene, Slot, TreatMissingData, Window};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::one_read::{OneRead, one_read, span, unclear};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "alarm-evaluates-one-event",
    stage: Stage::Alarm,
    title: "alarm evaluates one event",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Filter, Link::Alarm],
    changed_by: &["PutMetricAlarm", "PutMetricFilter"],
    failures: &["A3", "A4", "A13", "A15"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let read = one_read(context)?;
    let window = Window::of(read.alarm).map_err(|error| unclear(read.alarm, &error))?;
    let name = &read.alarm.alarm_name;
    if let Some(state @ ("EVALUATION_ERROR" | "EVALUATION_FAILURE")) =
        read.alarm.evaluation_state.as_deref()
    {
        let why = read.alarm.state_reason.as_deref().unwrap_or("no reason given");
        return Ok(Outcome::Unknown(Unseen::because(
            format!("whether alarm {name} is evaluated at all"),
            format!("its EvaluationState is {state}: {why}"),
        )));
    }
    if window.period < 60 {
        let what = format!("whether alarm {name} sees a datapoint before it looks further");
        let reason = format!(
            "its Period is {} s, and a metric filter reports once a minute, late",
            window.period
        );
        let hint = "AWS does not say how far back such an alarm looks. Set Period to 60.";
        return Ok(Outcome::Unknown(Unseen::because(what, reason).hint(hint)));
    }
    let otherwise = match read.samples.default {
        Some(_) => Slot::Within,
        None => Slot::Missing,
    };
    let id = context.alarm_id()?;
    let set = |set| Intent::SetAlarm { target: id.target.clone(), alarm: id.name.clone(), set };
    let mut findings = Vec::new();
    let judged = match window.treat_missing_data {
        TreatMissingData::Breaching => {
            Window { treat_missing_data: TreatMissingData::NotBreaching, ..window }
        }
        _ => window,
    };
    let one = Window { evaluation_periods: 1, datapoints_to_alarm: 1, ..window };
    let scene = Scene { read: Slot::Breaching, otherwise };
    if judged != window && one.play(scene).fires != Some(true) {
        let message = format!(
            "Alarm {name} takes missing data as breaching, and the filter adds nothing while \
             nobody reads: it is in ALARM all the time, and a read changes nothing."
        );
        findings.push(
            Finding::new(&read.alarm.alarm_arn, message)
                .field("TreatMissingData", "breaching", "notBreaching")
                .change(set(AlarmSetting::TreatMissingData("notBreaching".to_owned()))),
        );
    }
    match judged.play(scene).fires {
        Some(false) => {
            let Window { evaluation_periods, datapoints_to_alarm, .. } = window;
            findings.push(
                Finding::new(&read.alarm.alarm_arn, message(&read, judged))
                    .field("EvaluationPeriods", evaluation_periods, 1)
                    .field("DatapointsToAlarm", datapoints_to_alarm, 1)
                    .change(set(AlarmSetting::Evaluate { periods: 1, datapoints: 1 })),
            );
            Ok(Outcome::Fail(findings))
        }
        _ if !findings.is_empty() => Ok(Outcome::Fail(findings)),
        Some(true) => Ok(Outcome::Pass),
        None => {
            let what = format!("whether alarm {name} goes to ALARM after one read");
            let reason = "it depends on how far back it looks, which AWS does not publish";
            Ok(Outcome::Unknown(Unseen::because(what, reason)))
        }
    }
}

fn message(read: &OneRead<'_>, window: Window) -> String {
    let around = match (read.samples.default, window.treat_missing_data) {
        (Some(default), _) => {
            format!("the filter's defaultValue {default} fills the periods around it")
        }
        (None, TreatMissingData::Ignore) => "missing ones are ignored".to_owned(),
        (None, _) => "missing ones do not breach".to_owned(),
    };
    format!(
        "Alarm {} needs {} breaching datapoints of {} periods of {}; one read makes one, and \
         {around}.",
        read.alarm.alarm_name,
        window.datapoints_to_alarm,
        window.evaluation_periods,
        span(window.period)
    )
}
