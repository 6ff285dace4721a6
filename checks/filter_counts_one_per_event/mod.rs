//! filter counts one per event

use secmon_core::baseline::Expect;
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::pattern::{Sample, sample};
use secmon_core::plan::{FilterSetting, Intent};
use secmon_core::route::{Context, FilterId, Link};
use secmon_core::snapshot::{MetricFilter, MetricTransformation};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "filter-counts-one-per-event",
    stage: Stage::Filter,
    title: "filter counts one per event",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Filter, Link::Alarm],
    changed_by: &["PutMetricFilter"],
    failures: &["L6", "L7"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let (filter, id) = (context.filter()?, context.filter_id()?);
    let metric = context.transformation()?;
    let value = match value(context, metric) {
        Value::Number(value) => value,
        Value::Never(why) => return Ok(no_sample(filter, id, metric, &why)),
        Value::Varies => {
            return Ok(unknown(filter, format!("its metricValue is {}", metric.metric_value)));
        }
    };
    // A sample is a sample, whatever its value.
    let statistic = context.alarm().ok().and_then(|alarm| alarm.statistic.as_deref());
    if value <= 0.0 && statistic == Some("SampleCount") {
        return Ok(Outcome::Pass);
    }
    if value <= 0.0 {
        let why = format!("its metricValue is {}", metric.metric_value);
        return Ok(no_sample(filter, id, metric, &why));
    }
    if let Some(default) = metric.default_value.filter(|default| *default >= value) {
        let message = format!(
            "Filter {} adds {default} for every event that is no read and {value} for a read: no \
             alarm can tell them apart.",
            filter.filter_name
        );
        return Ok(Outcome::fail(
            Finding::new(&filter.filter_name, message).field("defaultValue", default, 0).change(
                set(
                    id,
                    FilterSetting::DefaultValue {
                        metric: metric.metric_name.clone(),
                        value: Some(0.0),
                    },
                ),
            ),
        ));
    }
    Ok(Outcome::Pass)
}

enum Value {
    Number(f64),
    /// Some reads add nothing, and why.
    Never(String),
    Varies,
}

fn value(context: &Context<'_>, metric: &MetricTransformation) -> Value {
    let metric_value = metric.metric_value.as_str();
    if !metric_value.trim().starts_with('$') {
        return match sample(metric_value, "") {
            Sample::Number(number) => Value::Number(number),
            _ => Value::Never(format!("its metricValue {metric_value} is no number")),
        };
    }
    let reads = context.messages.iter().filter(|message| message.expect == Expect::Must);
    let empty = reads
        .filter(|read| sample(metric_value, &read.text) == Sample::Nothing)
        .map(|read| read.says.as_str())
        .next();
    match empty {
        Some(read) => Value::Never(format!(
            "its metricValue is {metric_value}, and there is no number in that field of {read}"
        )),
        None => Value::Varies,
    }
}

fn no_sample(
    filter: &MetricFilter,
    id: &FilterId,
    metric: &MetricTransformation,
    why: &str,
) -> Outcome {
    let message = format!("Filter {} matches reads and counts none: {why}.", filter.filter_name);
    let set_value =
        FilterSetting::MetricValue { metric: metric.metric_name.clone(), value: "1".to_owned() };
    Outcome::fail(
        Finding::new(&filter.filter_name, message)
            .field("metricValue", &metric.metric_value, 1)
            .change(set(id, set_value)),
    )
}

fn set(id: &FilterId, set: FilterSetting) -> Intent {
    Intent::SetMetricFilter {
        target: id.target.clone(),
        log_group: id.log_group.clone(),
        filter: id.name.clone(),
        set,
    }
}

fn unknown(filter: &MetricFilter, reason: String) -> Outcome {
    let what = format!("what filter {} counts", filter.filter_name);
    Outcome::Unknown(
        Unseen::because(what, reason)
            .hint("If it counts nothing, the alarm never sees a read. metricValue 1 settles it."),
    )
}
