//! alarm fires within minutes

use secmon_core::alarm::{Assumptions, Evaluator, Reads};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::one_read::{By, one_read, span, unclear};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "alarm-fires-within-minutes",
    stage: Stage::Alarm,
    title: "alarm fires within minutes",
    severity: Severity::Medium,
    effect: Effect::Degrades,
    needs: &[Link::Filter, Link::Alarm],
    changed_by: &["PutMetricAlarm"],
    failures: &["A15"],
    page: include_str!("README.md"),
    run,
};

/// How late an alarm may be, in seconds: as late as CloudTrail itself may be.
const QUARTER_OF_AN_HOUR: i64 = 900;

/// An alarm that looks at more than a day is evaluated once an hour.
const HOURLY: i64 = 3_600;

fn run(context: &Context<'_>) -> Judged {
    let read = one_read(context)?;
    let (right, as_it_is) = read.with_right_datapoints();
    let alarm = read.alarm;
    let played = right.play(&as_it_is, By::Chain, Reads::One);
    let played = played.map_err(|error| unclear(alarm, &error))?;
    // One that does not fire is another check's.
    let latest = played.after.map(|(_, latest)| latest).filter(|_| played.fires == Some(true));
    let Some(latest) = latest.filter(|latest| *latest > QUARTER_OF_AN_HOUR) else {
        return Ok(Outcome::Pass);
    };
    let evaluator = Evaluator::of(&as_it_is, Assumptions::default());
    let evaluator = evaluator.map_err(|error| unclear(alarm, &error))?;
    let window = evaluator.window();
    let (n, period) = (window.evaluation_periods, window.period);
    let why = if evaluator.interval() == HOURLY {
        format!(
            "looks at {}, which is more than a day, so that CloudWatch evaluates it once an hour, \
             up to the full hour",
            span(n.saturating_mul(period))
        )
    } else if alarm.evaluation_window.is_some() {
        format!("looks at periods of {} that begin with the clock's", span(period))
    } else {
        format!(
            "waits until the only breaching datapoint is {} periods of {} old",
            window.datapoints_to_alarm,
            span(period)
        )
    };
    let message = format!(
        "Alarm {} {why}: it fires up to {} after a read has arrived.",
        alarm.alarm_name,
        late(latest)
    );
    let id = context.alarm_id()?;
    let set = |set| Intent::SetAlarm { target: id.target.clone(), alarm: id.name.clone(), set };
    let observed = alarm.period.map(|period| period.to_string()).unwrap_or_default();
    let finding = Finding::new(&alarm.alarm_arn, message)
        .field("Period", observed, 60)
        .field("EvaluationPeriods", n, 1)
        .change(set(AlarmSetting::Period(60)))
        .change(set(AlarmSetting::Evaluate { periods: 1, datapoints: 1 }));
    Ok(Outcome::fail(finding))
}

/// "25 minutes", "2 hours", rounded up.
fn late(seconds: i64) -> String {
    match seconds {
        // A minute more or less is within two hours.
        ..=7_199 => format!("{} minutes", (seconds + 59) / 60),
        _ => format!("{} hours", (seconds + 1_800) / 3_600),
    }
}
