//! alarm is ready again within an hour

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::one_read::span;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "alarm-is-ready-again-within-an-hour",
    stage: Stage::Alarm,
    title: "alarm is ready again within an hour",
    severity: Severity::Medium,
    effect: Effect::Degrades,
    needs: &[Link::Filter, Link::Alarm],
    changed_by: &["PutMetricAlarm"],
    failures: &["A6", "A15"],
    page: include_str!("README.md"),
    run,
};

const HOUR: u32 = 3_600;

fn run(context: &Context<'_>) -> Judged {
    let (alarm, id) = (context.alarm()?, context.alarm_id()?);
    let Some(period) = alarm.period.filter(|_| alarm.metrics.is_empty()) else {
        return Ok(Outcome::NotApplicable("the alarm has no period of its own".to_owned()));
    };
    let periods = alarm.evaluation_periods.unwrap_or(1).max(1);
    let needed = alarm.datapoints_to_alarm.unwrap_or(periods).clamp(1, periods);
    let (Ok(period), Ok(window)) = (u32::try_from(period), u32::try_from(periods - needed + 1))
    else {
        return Ok(Outcome::NotApplicable("the alarm's period is none".to_owned()));
    };
    // A read breaches for one period, and the alarm stays in ALARM while enough of its periods
    // breach. It may be longer where other reads follow or data are missing.
    let stays = period.saturating_mul(window);
    if stays <= HOUR {
        return Ok(Outcome::Pass);
    }
    let name = &alarm.alarm_name;
    let message = format!(
        "Alarm {name} stays in ALARM for at least {} after a read. Alarms notify when they change to \
         ALARM, so further reads in that time tell nobody.",
        span(stays)
    );
    let set = |set| Intent::SetAlarm { target: id.target.clone(), alarm: name.clone(), set };
    let mut finding = Finding::new(&alarm.alarm_arn, message);
    if period > HOUR {
        finding = finding.field("Period", period, 60);
    }
    if window > 1 {
        finding = finding.field("EvaluationPeriods", periods, 1);
    }
    Ok(Outcome::fail(
        finding
            .change(set(AlarmSetting::Period(60)))
            .change(set(AlarmSetting::Evaluate { periods: 1, datapoints: 1 })),
    ))
}
