//! alarm watches filter metric

use std::borrow::Cow;

use secmon_core::alarm::{Assumptions, Evaluator};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::plan::{AlarmSetting, FilterSetting, Intent, free_name};
use secmon_core::route::{Context, Hop, Link, LogGroupId};
use secmon_core::snapshot::{MetricAlarm, MetricFilter, MetricTransformation};

use self::dimensions::{Difference, compare};
use crate::Check;
use crate::one_read::value_of;
use crate::pattern_answers::set_filter;
use crate::topic_gets_no_log_file_notifications::mistaken_for_an_alert;

mod dimensions;
#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "alarm-watches-filter-metric",
    stage: Stage::Metric,
    title: "alarm watches filter metric",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Filter, Link::Alarm],
    changed_by: &["PutMetricAlarm", "PutMetricFilter", "DeleteAlarms"],
    failures: &["L8", "L9", "A5", "A14"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let filter = match (context.filter(), &context.chain.alarm) {
        (Err(Stop::Unseen(_)), Hop::Nothing) => {
            return Ok(Outcome::fail(no_alarm(context.log_group_id()?)));
        }
        (filter, _) => filter?,
    };
    let id = match &context.chain.alarm {
        Hop::Nothing => return nobody(context, filter),
        _ => context.alarm_id()?,
    };
    let (alarm, metric) = (context.alarm()?, context.transformation()?);
    let watched = as_one_metric(alarm, metric)?;
    let alarm = watched.as_ref();
    let set = |set| Intent::SetAlarm { target: id.target.clone(), alarm: id.name.clone(), set };
    let right_metric = || {
        set(AlarmSetting::Metric {
            namespace: metric.metric_namespace.clone(),
            name: metric.metric_name.clone(),
        })
    };
    if context.chain.alarm.is_assumed() {
        return Ok(Outcome::fail(wrong_metric(alarm, filter, metric).change(right_metric())));
    }
    match compare(context, alarm, filter, metric) {
        Difference::None => {}
        Difference::Unclear(selector) => {
            let what = format!("which reads alarm {} sees", alarm.alarm_name);
            let reason = format!("secmon does not evaluate the dimension selector {selector}");
            return Err(Stop::Unseen(Unseen::because(what, reason)));
        }
        Difference::Found(mut finding) => {
            if !metric.dimensions.is_empty() {
                let metric = metric.metric_name.clone();
                let wish = set_filter(context, FilterSetting::NoDimensions { metric })?;
                finding = finding.change(wish);
            }
            if !alarm.dimensions.is_empty() {
                finding = finding.change(right_metric());
            }
            if !filter.emit_system_field_dimensions.is_empty() {
                let wish = set_filter(context, FilterSetting::NoSystemFieldDimensions)?;
                finding = finding.change(wish);
            }
            return Ok(Outcome::fail(finding));
        }
    }
    let stored = metric.unit.as_deref().unwrap_or("None");
    match alarm.unit.as_deref() {
        Some(unit) if unit != stored => {
            let message = format!(
                "Alarm {} looks at samples with the unit {unit} only; filter {} adds them with the \
                 unit {stored}, so the alarm sees none.",
                alarm.alarm_name, filter.filter_name
            );
            let finding = Finding::new(&alarm.alarm_arn, message).field("Unit", unit, "not set");
            Ok(Outcome::fail(finding.change(right_metric())))
        }
        _ => Ok(Outcome::Pass),
    }
}

/// The alarm as one on the metric alone, where that is part of its metric math.
fn as_one_metric<'a>(
    alarm: &'a MetricAlarm,
    metric: &MetricTransformation,
) -> Result<Cow<'a, MetricAlarm>, Stop> {
    if alarm.metrics.is_empty() {
        return Ok(Cow::Borrowed(alarm));
    }
    Evaluator::of(alarm, Assumptions::default()).map_err(|error| {
        let what = format!("what alarm {} makes of metric {}", alarm.alarm_name, full(metric));
        Stop::Unseen(Unseen::because(what, format!("{error}, which secmon does not evaluate")))
    })?;
    let stats = alarm.metrics.iter().filter_map(|query| query.metric_stat.as_ref());
    let watched = stats.into_iter().find(|stat| {
        stat.metric.namespace.as_ref() == Some(&metric.metric_namespace)
            && stat.metric.metric_name.as_ref() == Some(&metric.metric_name)
    });
    let mut one = alarm.clone();
    if let Some(stat) = watched {
        one.namespace.clone_from(&stat.metric.namespace);
        one.metric_name.clone_from(&stat.metric.metric_name);
        one.dimensions.clone_from(&stat.metric.dimensions);
        one.unit.clone_from(&stat.unit);
    }
    Ok(Cow::Owned(one))
}

fn full(metric: &MetricTransformation) -> String {
    format!("{}/{}", metric.metric_namespace, metric.metric_name)
}

fn wrong_metric(
    alarm: &MetricAlarm,
    filter: &MetricFilter,
    metric: &MetricTransformation,
) -> Finding {
    let namespace = alarm.namespace.as_deref().unwrap_or_default();
    let name = alarm.metric_name.as_deref().unwrap_or_default();
    let message = format!(
        "No alarm watches metric {}, which filter {} feeds. Alarm {} comes nearest, and watches \
         {namespace}/{name}.",
        full(metric),
        filter.filter_name,
        alarm.alarm_name
    );
    let mut finding = Finding::new(&alarm.alarm_arn, message);
    if namespace != metric.metric_namespace {
        finding = finding.field("Namespace", namespace, &metric.metric_namespace);
    }
    if name != metric.metric_name {
        finding = finding.field("MetricName", name, &metric.metric_name);
    }
    finding
}

/// Whatever metric the filters feed that nobody may see, there is no alarm on it.
fn no_alarm(group: &LogGroupId) -> Finding {
    let message = format!(
        "There is no metric alarm in {}: whatever metric the filters of log group {} feed, nothing \
         watches it.",
        group.target.region, group.name
    );
    Finding::new(&group.name, message).manual(
        "Allow logs:DescribeMetricFilters and run secmon doctor again: it then says on which metric \
         the alarm is to be made.",
    )
}

/// There is no alarm on the metric: one with settings that suit one read is to be made.
fn nobody(context: &Context<'_>, filter: &MetricFilter) -> Judged {
    let (target, metric) = (&context.filter_id()?.target, context.transformation()?);
    let mut message = format!("No alarm watches metric {} in {}.", full(metric), target.region);
    message += &mistaken_for_an_alert(context).unwrap_or_default();
    // PutMetricAlarm overwrites what has the name.
    let alarms = context.snapshot.at(target).alarms.seen();
    let alarm = free_name(&filter.filter_name, |name| {
        alarms.is_some_and(|alarms| {
            alarms.metric_alarms.contains_key(name)
                || alarms.composite_alarms.contains_key(name)
                || alarms.log_alarms.contains_key(name)
        })
    });
    let settings = [
        AlarmSetting::Metric {
            namespace: metric.metric_namespace.clone(),
            name: metric.metric_name.clone(),
        },
        AlarmSetting::Statistic("Sum".to_owned()),
        AlarmSetting::Threshold {
            operator: "GreaterThanOrEqualToThreshold".to_owned(),
            threshold: value_of(metric),
        },
        AlarmSetting::Period(60),
        AlarmSetting::Evaluate { periods: 1, datapoints: 1 },
        AlarmSetting::TreatMissingData("notBreaching".to_owned()),
        AlarmSetting::Notify { topic: None },
    ];
    let finding = Finding::new(full(metric), message);
    Ok(Outcome::fail(settings.into_iter().fold(finding, |finding, set| {
        finding.change(Intent::SetAlarm { target: target.clone(), alarm: alarm.clone(), set })
    })))
}
