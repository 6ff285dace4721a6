//! alarm statistic counts events

use secmon_core::alarm::{Limit, Statistic, StatisticValue};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::one_read::{OneRead, one_read, say, set_limit};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "alarm-statistic-counts-events",
    stage: Stage::Alarm,
    title: "alarm statistic counts events",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Filter, Link::Alarm],
    changed_by: &["PutMetricAlarm", "PutMetricFilter"],
    failures: &["A2"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let read = one_read(context)?;
    let statistic = read.configured()?;
    let sum = say(read.value(&read.with(), Some(Statistic::Sum)));
    let name = &read.alarm.alarm_name;
    let limit = read.limit_for_statistic();
    match read.counts(statistic) {
        Ok(true) => return Ok(Outcome::Pass),
        Ok(false) if read.fires_as_it_is() => return Ok(Outcome::Pass),
        Ok(false) => {}
        Err(doubt) => {
            let named = read.named(statistic);
            let what = format!("the {named} of {}", read.scene().to_lowercase());
            let hint = format!("Sum would be {sum}, whatever else happens.");
            return Ok(Outcome::Unknown(read.doubt(what, doubt).hint(hint)));
        }
    }
    let message = format!(
        "Alarm {name} uses {}{}",
        read.named(statistic),
        lead(&read, &arithmetic(&read, statistic, limit, &sum))
    );
    let id = context.alarm_id()?;
    Ok(Outcome::fail(
        Finding::new(&read.alarm.alarm_arn, message)
            .field("Statistic", read.named(statistic), "Sum")
            .change(Intent::SetAlarm {
                target: id.target.clone(),
                alarm: id.name.clone(),
                set: AlarmSetting::Statistic("Sum".to_owned()),
            }),
    ))
}

/// "; the filter's defaultValue 0 adds a 0 for every other event. " and the reason.
fn lead(read: &OneRead<'_>, why: &str) -> String {
    match read.default {
        Some(default) => format!(
            "; the filter's defaultValue {default} adds a {default} for every other event. {why}"
        ),
        None => format!(". {why}"),
    }
}

/// One read by this statistic, step by step.
fn arithmetic(read: &OneRead<'_>, statistic: Option<Statistic>, limit: Limit, sum: &str) -> String {
    let result = say(read.value(&read.with(), statistic));
    let without = read.value(&read.without(), statistic);
    if let StatisticValue::Known(quiet) = without
        && limit.is_breached_by(quiet)
    {
        return format!(
            "Without any read, {} make it {quiet} already, which is {limit}: it counts every \
             event. Sum would be {}.",
            read.events(),
            say(read.value(&read.without(), Some(Statistic::Sum)))
        );
    }
    let needed = statistic.and_then(Statistic::samples_needed);
    if let (Some(needed), Some(percentile), true) =
        (needed, statistic, read.reaches_but_is_low(statistic, limit))
    {
        return format!(
            "{} makes {} samples, and EvaluateLowSampleCountPercentile=ignore keeps the state \
             where {percentile} has fewer than {needed}. Sum would be {sum}.",
            read.scene(),
            read.with().count()
        );
    }
    let (value, default) = (read.value, read.default.unwrap_or_default());
    let others = match read.default {
        Some(_) => read.other_events(),
        None => 0.0,
    };
    let steps = match statistic {
        Some(Statistic::Average) if others > 0.0 => {
            format!("(1×{value} + {others}×{default}) / {} = {result}", others + 1.0)
        }
        Some(Statistic::SampleCount) => format!("{result} sample, whatever its value"),
        Some(statistic) => {
            format!("the {statistic} of one {value} and {others} times {default} is {result}")
        }
        None => format!("it comes to {result}"),
    };
    let mut alarm = read.with_statistic(statistic);
    set_limit(&mut alarm, limit);
    let more = read.more_reads(&alarm);
    format!("{}: {steps}, never {limit}.{more} Sum would be {sum}.", read.scene())
}
