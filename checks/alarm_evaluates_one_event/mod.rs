//! alarm evaluates one event

use secmon_core::alarm::{Assumptions, Evaluator, Reads, TreatMissingData, Window};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::route::{AlarmId, Context, Link};
use secmon_core::snapshot::MetricAlarm;

use crate::Check;
use crate::one_read::{By, Doubt, OneRead, about, one_read, span, unclear};

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

/// The shortest Period of which it is certain that it sees a minute's samples of a metric filter.
const SURE_PERIOD: u16 = 60;

fn run(context: &Context<'_>) -> Judged {
    let read = match one_read(context) {
        Err(stop @ Stop::Unseen(_)) => return whatever_feeds_it(context, stop),
        read => read?,
    };
    let (right, as_it_is) = read.with_right_datapoints();
    let evaluator = Evaluator::of(&as_it_is, Assumptions::default());
    let window = evaluator.map_err(|error| unclear(read.alarm, &error))?.window();
    let play = |alarm: &MetricAlarm| {
        right.play(alarm, By::Chain, Reads::One).map_err(|error| unclear(read.alarm, &error))
    };
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
    let id = context.alarm_id()?;
    let set = |set| Intent::SetAlarm { target: id.target.clone(), alarm: id.name.clone(), set };
    let mut findings = Vec::new();
    let mut judged = as_it_is.clone();
    if window.treat_missing_data == TreatMissingData::Breaching {
        judged.treat_missing_data = Some("notBreaching".to_owned());
        let mut one = as_it_is;
        (one.evaluation_periods, one.datapoints_to_alarm) = (Some(1), Some(1));
        if play(&one)?.fires == Some(false) {
            let message = format!(
                "Alarm {name} takes missing data as breaching, and the filter adds nothing while \
                 nobody reads: it is in ALARM all the time, and a read changes nothing."
            );
            findings.push(
                Finding::new(&read.alarm.alarm_arn, message)
                    .field("TreatMissingData", "breaching", "notBreaching")
                    .change(set(AlarmSetting::TreatMissingData("notBreaching".to_owned()))),
            );
        } else {
            judged.treat_missing_data = Some("breaching".to_owned());
        }
    }
    match play(&judged)?.fires {
        Some(false) if findings.is_empty() && read.fires_as_it_is() => Ok(Outcome::Pass),
        Some(false) => {
            let message = message(&right, window, &judged);
            let finding = Finding::new(&read.alarm.alarm_arn, message);
            let mut finding = one_datapoint(finding, id, window);
            // One period that short is in doubt: see `doubt`.
            if window.period < SURE_PERIOD.into() {
                finding = finding
                    .field("Period", window.period, SURE_PERIOD)
                    .change(set(AlarmSetting::Period(SURE_PERIOD.into())));
            }
            findings.push(finding);
            Ok(Outcome::Fail(findings))
        }
        _ if !findings.is_empty() => Ok(Outcome::Fail(findings)),
        Some(true) => Ok(Outcome::Pass),
        None => Ok(Outcome::Unknown(doubt(&right, window))),
    }
}

/// Nobody may see the filter; but where what is missing does not breach, no filter makes more than
/// one breaching datapoint of one read.
fn whatever_feeds_it(context: &Context<'_>, stop: Stop) -> Judged {
    let (Err(Stop::Unseen(_)), Ok(alarm)) = (context.filter(), context.alarm()) else {
        return Err(stop);
    };
    let evaluator = Evaluator::of(alarm, Assumptions::default());
    let Some(window) = evaluator.ok().map(|evaluator| evaluator.window()) else {
        return Err(stop);
    };
    let missing = match window.treat_missing_data {
        TreatMissingData::NotBreaching => "missing ones do not breach",
        TreatMissingData::Ignore => "missing ones are ignored",
        _ => return Err(stop),
    };
    if !alarm.metrics.is_empty() || window.datapoints_to_alarm < 2 {
        return Err(stop);
    }
    let message = format!(
        "Alarm {} needs {}; whatever filter feeds it, one read makes one, and {missing}.",
        alarm.alarm_name,
        needed(window)
    );
    let id = context.alarm_id()?;
    Ok(Outcome::fail(one_datapoint(Finding::new(&alarm.alarm_arn, message), id, window)))
}

fn needed(Window { evaluation_periods, datapoints_to_alarm, period, .. }: Window) -> String {
    let period = span(period);
    format!(
        "{datapoints_to_alarm} breaching datapoints of {evaluation_periods} periods of {period}"
    )
}

/// The finding with what lets one datapoint be enough.
fn one_datapoint(finding: Finding, id: &AlarmId, window: Window) -> Finding {
    finding
        .field("EvaluationPeriods", window.evaluation_periods, 1)
        .field("DatapointsToAlarm", window.datapoints_to_alarm, 1)
        .change(Intent::SetAlarm {
            target: id.target.clone(),
            alarm: id.name.clone(),
            set: AlarmSetting::Evaluate { periods: 1, datapoints: 1 },
        })
}

/// Why it is not certain what the alarm does.
fn doubt(read: &OneRead<'_>, window: Window) -> Unseen {
    if window.period < SURE_PERIOD.into() {
        let reason = format!(
            "its Period is {} s, a minute's samples of a metric filter stand in one such period, \
             and AWS does not say when they can be seen",
            window.period
        );
        return Unseen::because(about(read.alarm), reason)
            .hint(format!("Set Period to {SURE_PERIOD}."));
    }
    if read.is_traffic_known() {
        let reason = "it depends on how far back it looks, which AWS does not publish";
        return Unseen::because(about(read.alarm), reason);
    }
    read.doubt(about(read.alarm), Doubt::Traffic)
}

fn message(read: &OneRead<'_>, window: Window, judged: &MetricAlarm) -> String {
    let around = match (read.default, window.treat_missing_data) {
        (Some(default), _) => {
            format!("the filter's defaultValue {default} fills the periods around it")
        }
        (None, TreatMissingData::Ignore) => "missing ones are ignored".to_owned(),
        (None, _) => "missing ones do not breach".to_owned(),
    };
    format!(
        "Alarm {} needs {}; one read makes one, and {around}.{}",
        read.alarm.alarm_name,
        needed(window),
        read.more_reads(judged)
    )
}
