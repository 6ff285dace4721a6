//! alarm statistic counts events

use secmon_core::alarm::{Statistic, StatisticValue};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::one_read::{OneRead, one_read, say, unclear};

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
    let statistic = Statistic::of(read.alarm).map_err(|error| unclear(read.alarm, &error))?;
    let sum = say(read.samples.statistic(Statistic::Sum));
    let name = &read.alarm.alarm_name;
    let ignores = read.alarm.evaluate_low_sample_count_percentile.as_deref() == Some("ignore");
    let needed = statistic.samples_needed().filter(|needed| read.samples.count() < *needed);
    let why = match (needed.filter(|_| ignores), read.counts(statistic)) {
        (Some(needed), _) => format!(
            "{} makes {} samples, and EvaluateLowSampleCountPercentile=ignore keeps the state \
             where {statistic} has fewer than {needed}. Sum would be {sum}.",
            read.scene(),
            read.samples.count()
        ),
        (None, Some(true)) => return Ok(Outcome::Pass),
        (None, Some(false)) => arithmetic(&read, statistic),
        (None, None) => {
            let what = format!("the {statistic} of {}", read.scene().to_lowercase());
            let reason = "AWS does not say how it interpolates between two samples";
            let hint = format!("Sum would be {sum}, whatever else happens.");
            return Ok(Outcome::Unknown(Unseen::because(what, reason).hint(hint)));
        }
    };
    let message = format!("Alarm {name} uses {statistic}{}", lead(&read, &why));
    let id = context.alarm_id()?;
    Ok(Outcome::fail(
        Finding::new(&read.alarm.alarm_arn, message).field("Statistic", statistic, "Sum").change(
            Intent::SetAlarm {
                target: id.target.clone(),
                alarm: id.name.clone(),
                set: AlarmSetting::Statistic("Sum".to_owned()),
            },
        ),
    ))
}

/// "; the filter's defaultValue 0 adds a 0 for every other event. " and the reason.
fn lead(read: &OneRead<'_>, why: &str) -> String {
    match read.samples.default {
        Some(default) => format!(
            "; the filter's defaultValue {default} adds a {default} for every other event. {why}"
        ),
        None => format!(". {why}"),
    }
}

/// One read by this statistic, step by step.
fn arithmetic(read: &OneRead<'_>, statistic: Statistic) -> String {
    let limit = read.limit_for_statistic();
    let samples = read.samples;
    let result = say(samples.statistic(statistic));
    let without = samples.without_reads();
    if let StatisticValue::Known(quiet) = without.statistic(statistic)
        && limit.is_breached_by(quiet)
    {
        return format!(
            "Without any read, {} make it {quiet} already, which is {limit}: it counts every \
             event. Sum would be {}.",
            read.events(),
            say(without.statistic(Statistic::Sum))
        );
    }
    let (value, default) = (samples.value, samples.default.unwrap_or_default());
    let others = match samples.default {
        Some(_) => samples.others,
        None => 0,
    };
    let steps = match statistic {
        Statistic::Average if others > 0 => {
            format!("(1×{value} + {others}×{default}) / {} = {result}", others + 1)
        }
        Statistic::SampleCount => format!("{result} sample, whatever its value"),
        _ => format!("the {statistic} of one {value} and {others} times {default} is {result}"),
    };
    let sum = say(samples.statistic(Statistic::Sum));
    format!("{}: {steps}, never {limit}. Sum would be {sum}.", read.scene())
}
