//! alarm threshold is reached by one event

use secmon_core::alarm::{Limit, Statistic, StatisticValue};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::plan::{AlarmSetting, FilterSetting, Intent};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::one_read::{OneRead, one_read, say, span, unclear};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "alarm-threshold-is-reached-by-one-event",
    stage: Stage::Alarm,
    title: "alarm threshold is reached by one event",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Filter, Link::Alarm],
    changed_by: &["PutMetricAlarm", "PutMetricFilter"],
    failures: &["A1"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let read = one_read(context)?;
    let limit = Limit::of(read.alarm).map_err(|error| unclear(read.alarm, &error))?;
    match read.reaches(limit) {
        Some(true) => Ok(Outcome::Pass),
        Some(false) => {
            let finding = Finding::new(&read.alarm.alarm_arn, message(&read, limit));
            mend(context, &read, limit, finding).map(Outcome::fail)
        }
        None => {
            let what = format!("whether one read reaches {limit}");
            let reason = "AWS does not say how a percentile between two samples is interpolated";
            Ok(Outcome::Unknown(Unseen::because(what, reason)))
        }
    }
}

fn message(read: &OneRead<'_>, limit: Limit) -> String {
    let statistic = read.right_statistic();
    let configured = Statistic::of(read.alarm).ok();
    let with = say(read.samples.statistic(statistic));
    let without = read.samples.without_reads().statistic(statistic);
    let (name, period) = (&read.alarm.alarm_name, span(read.period));
    match without {
        StatisticValue::Known(quiet) if limit.is_breached_by(quiet) => format!(
            "Alarm {name} is in ALARM at {statistic} {limit} in {period}; without any read {} with \
             defaultValue {} make {quiet} already, one read makes {with}.",
            read.events(),
            read.samples.default.unwrap_or_default()
        ),
        _ => {
            let even = match configured {
                Some(configured) if configured != statistic => format!(" even as {statistic}"),
                _ => String::new(),
            };
            let stated = configured.unwrap_or(statistic);
            format!(
                "Alarm {name} is in ALARM at {stated} {limit} in {period}; one read makes {with}{even}."
            )
        }
    }
}

/// A default value other than 0 shifts every sum: where only that is in the way, it goes.
fn mend(
    context: &Context<'_>,
    read: &OneRead<'_>,
    limit: Limit,
    finding: Finding,
) -> Result<Finding, secmon_core::finding::Stop> {
    let mut zeroed = *read;
    zeroed.samples.default = read.samples.default.map(|_| 0.0);
    if zeroed.samples != read.samples && zeroed.reaches(limit) == Some(true) {
        let filter = context.filter_id()?;
        let default = read.samples.default.unwrap_or_default();
        return Ok(finding.field("defaultValue", default, 0).change(Intent::SetMetricFilter {
            target: filter.target.clone(),
            log_group: filter.log_group.clone(),
            filter: filter.name.clone(),
            set: FilterSetting::DefaultValue {
                metric: read.metric.metric_name.clone(),
                value: Some(0.0),
            },
        }));
    }
    let (id, threshold) = (context.alarm_id()?, read.samples.value);
    let expected = format!(">= {threshold}");
    Ok(finding.field("Threshold", limit, expected).change(Intent::SetAlarm {
        target: id.target.clone(),
        alarm: id.name.clone(),
        set: AlarmSetting::Threshold {
            operator: "GreaterThanOrEqualToThreshold".to_owned(),
            threshold,
        },
    }))
}
