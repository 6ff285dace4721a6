//! The `default` text of an alarm's message: the JSON document that every protocol without a text of
//! its own gets, in AWS's order of fields.

use serde_json::{Map, Value, json};

use super::Transition;
use super::composite::Child;
use super::region::long_name;
use super::wire;
use crate::snapshot::{Arn, CompositeAlarm, Dimension, MetricAlarm, MetricDataQuery};

/// The long name of the alarm's Region; of one that has none here, its code.
pub(super) fn region(alarm: &Arn) -> &str {
    long_name(alarm.region()).unwrap_or(alarm.region())
}

/// The `default` text of a metric alarm, in AWS's order.
pub(crate) fn alarm_body(alarm: &MetricAlarm, transition: Transition<'_>) -> Value {
    let updated = alarm.alarm_configuration_updated_timestamp.map(wire::moment);
    json!({
        "AlarmName": alarm.alarm_name,
        "AlarmDescription": alarm.alarm_description,
        "AWSAccountId": alarm.alarm_arn.account(),
        "AlarmConfigurationUpdatedTimestamp": updated,
        "NewStateValue": transition.new,
        "NewStateReason": transition.reason,
        "StateChangeTime": wire::moment(transition.at),
        "Region": region(&alarm.alarm_arn),
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": transition.old,
        "ActionExecutedAfterMuteWindow": false,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "Trigger": trigger(alarm),
    })
}

/// The `default` text of a composite alarm, in AWS's order, which is another.
pub(crate) fn composite_body(
    alarm: &CompositeAlarm,
    transition: Transition<'_>,
    triggering: &[Child],
) -> Value {
    let children: Vec<Value> = triggering
        .iter()
        .map(|child| {
            json!({ "Arn": child.arn, "State": {
                "Value": child.state.value,
                "Timestamp": wire::moment(child.state.timestamp),
            } })
        })
        .collect();
    json!({
        "AlarmName": alarm.alarm_name,
        "AlarmDescription": alarm.alarm_description,
        "AWSAccountId": alarm.alarm_arn.account(),
        "NewStateValue": transition.new,
        "NewStateReason": transition.reason,
        "StateChangeTime": wire::moment(transition.at),
        "Region": region(&alarm.alarm_arn),
        "AlarmArn": alarm.alarm_arn,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "ActionExecutedAfterMuteWindow": false,
        "OldStateValue": transition.old,
        "AlarmRule": alarm.alarm_rule,
        "TriggeringChildren": children,
    })
}

/// `SampleCount` as `SAMPLE_COUNT`.
pub(super) fn capitals(statistic: &str) -> String {
    let mut text = String::new();
    for c in statistic.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_uppercase());
    }
    text
}

fn fields(all: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>(),
    )
}

/// What is not set is not there, other than a null.
fn set(all: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    fields(all.into_iter().filter(|(_, value)| !value.is_null()))
}

/// The name of a dimension stands after its value.
fn dimensions(dimensions: &[Dimension]) -> Value {
    let all = dimensions.iter();
    all.map(|dimension| json!({ "value": dimension.value, "name": dimension.name })).collect()
}

fn trigger(alarm: &MetricAlarm) -> Value {
    let mut all = Vec::new();
    if alarm.metrics.is_empty() {
        all.push(("MetricName", json!(alarm.metric_name)));
        all.push(("Namespace", json!(alarm.namespace)));
        match (&alarm.statistic, &alarm.extended_statistic) {
            (None, Some(extended)) => {
                all.push(("StatisticType", json!("ExtendedStatistic")));
                all.push(("ExtendedStatistic", json!(extended)));
            }
            (statistic, _) => {
                all.push(("StatisticType", json!("Statistic")));
                all.push(("Statistic", json!(statistic.as_deref().map(capitals))));
            }
        }
        all.push(("Unit", json!(alarm.unit)));
        all.push(("Dimensions", dimensions(&alarm.dimensions)));
    }
    all.push(("Period", json!(period(alarm))));
    all.push(("EvaluationPeriods", json!(alarm.evaluation_periods)));
    if let Some(datapoints) = alarm.datapoints_to_alarm {
        all.push(("DatapointsToAlarm", json!(datapoints)));
    }
    all.push(("ComparisonOperator", json!(alarm.comparison_operator)));
    all.push(("Threshold", json!(alarm.threshold)));
    all.push(("TreatMissingData", json!(alarm.treat_missing_data.as_deref().unwrap_or_default())));
    let low = alarm.evaluate_low_sample_count_percentile.as_deref().unwrap_or_default();
    all.push(("EvaluateLowSampleCountPercentile", json!(low)));
    if !alarm.metrics.is_empty() {
        all.push(("Metrics", alarm.metrics.iter().map(metric).collect()));
    }
    fields(all)
}

fn metric(query: &MetricDataQuery) -> Value {
    let stat = query.metric_stat.as_ref().map(|stat| {
        set([
            (
                "Metric",
                set([
                    ("Dimensions", dimensions(&stat.metric.dimensions)),
                    ("MetricName", json!(stat.metric.metric_name)),
                    ("Namespace", json!(stat.metric.namespace)),
                ]),
            ),
            ("Period", json!(stat.period)),
            ("Stat", json!(stat.stat)),
            ("Unit", json!(stat.unit)),
        ])
    });
    set([
        ("Expression", json!(query.expression)),
        ("Id", json!(query.id)),
        ("Label", json!(query.label)),
        ("MetricStat", json!(stat)),
        ("ReturnData", json!(query.return_data.unwrap_or(true))),
        ("Period", json!(query.period)),
        ("AccountId", json!(query.account_id)),
    ])
}

/// Of metric math, the period of what is returned or of its metrics.
pub(super) fn period(alarm: &MetricAlarm) -> Option<i32> {
    let returned = alarm.metrics.iter().filter(|query| query.return_data != Some(false));
    let of_returned = || returned.clone().find_map(|query| query.period);
    let of_metrics = || {
        let stats = alarm.metrics.iter().filter_map(|query| query.metric_stat.as_ref());
        stats.map(|stat| stat.period).max()
    };
    alarm.period.or_else(of_returned).or_else(of_metrics)
}
