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
    // That `breaching` keeps the alarm in ALARM is said by `alarm recovers after an event`.
    let judged = match window.treat_missing_data {
        TreatMissingData::Breaching => {
            Window { treat_missing_data: TreatMissingData::NotBreaching, ..window }
        }
        _ => window,
    };
    match judged.play(Scene { read: Slot::Breaching, otherwise }).fires {
        Some(true) => Ok(Outcome::Pass),
        Some(false) => {
            let id = context.alarm_id()?;
            let Window { evaluation_periods, datapoints_to_alarm, .. } = window;
            Ok(Outcome::fail(
                Finding::new(&read.alarm.alarm_arn, message(&read, judged))
                    .field("EvaluationPeriods", evaluation_periods, 1)
                    .field("DatapointsToAlarm", datapoints_to_alarm, 1)
                    .change(Intent::SetAlarm {
                        target: id.target.clone(),
                        alarm: id.name.clone(),
                        set: AlarmSetting::Evaluate { periods: 1, datapoints: 1 },
                    }),
            ))
        }
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
