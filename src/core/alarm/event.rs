//! The EventBridge event "CloudWatch Alarm State Change" of a metric alarm, as captured 2026-09-14.
//! It is sent whether or not actions are enabled.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::history::StateRecord;
use super::wire;
use crate::snapshot::{Dimension, MetricAlarm};

/// The event. `id` is the event's, `metric_id` what EventBridge calls the metric of an alarm without
/// metric math: AWS makes up both. Each state comes with the moment it was entered.
pub fn state_change_event(
    alarm: &MetricAlarm,
    (old, old_since): (&StateRecord<'_>, Timestamp),
    (new, since): (&StateRecord<'_>, Timestamp),
    id: &str,
    metric_id: &str,
) -> Value {
    let mut configuration = Map::new();
    configuration.insert("metrics".to_owned(), metrics(alarm, metric_id));
    if let Some(description) = &alarm.alarm_description {
        configuration.insert("description".to_owned(), json!(description));
    }
    json!({
        "version": "0",
        "id": id,
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": alarm.alarm_arn.account(),
        "time": since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": alarm.alarm_arn.region(),
        "resources": [alarm.alarm_arn],
        "detail": {
            "alarmName": alarm.alarm_name,
            "state": state(new, since),
            "previousState": state(old, old_since),
            "configuration": configuration,
        },
    })
}

fn state(state: &StateRecord<'_>, since: Timestamp) -> Value {
    let mut fields = Map::new();
    fields.insert("value".to_owned(), json!(state.value));
    fields.insert("reason".to_owned(), json!(state.reason));
    if let Some(data) = state.data {
        fields.insert("reasonData".to_owned(), json!(data));
    }
    fields.insert("timestamp".to_owned(), json!(wire::moment(since)));
    Value::Object(fields)
}

fn dimensions(dimensions: &[Dimension]) -> Map<String, Value> {
    let all = dimensions.iter();
    all.map(|dimension| (dimension.name.clone(), json!(dimension.value))).collect()
}

fn metrics(alarm: &MetricAlarm, metric_id: &str) -> Value {
    if alarm.metrics.is_empty() {
        let statistic = alarm.statistic.as_ref().or(alarm.extended_statistic.as_ref());
        let mut stat = json!({
            "metric": {
                "namespace": alarm.namespace,
                "name": alarm.metric_name,
                "dimensions": dimensions(&alarm.dimensions),
            },
            "period": alarm.period,
            "stat": statistic,
        });
        if let Some(unit) = &alarm.unit {
            stat["unit"] = json!(unit);
        }
        return json!([{ "id": metric_id, "metricStat": stat, "returnData": true }]);
    }
    let all = alarm.metrics.iter().map(|query| {
        let mut fields = Map::new();
        fields.insert("id".to_owned(), json!(query.id));
        if let Some(expression) = &query.expression {
            fields.insert("expression".to_owned(), json!(expression));
        }
        if let Some(stat) = &query.metric_stat {
            let stat = json!({
                "metric": {
                    "namespace": stat.metric.namespace,
                    "name": stat.metric.metric_name,
                    "dimensions": dimensions(&stat.metric.dimensions),
                },
                "period": stat.period,
                "stat": stat.stat,
            });
            fields.insert("metricStat".to_owned(), stat);
        }
        if let Some(label) = &query.label {
            fields.insert("label".to_owned(), json!(label));
        }
        fields.insert("returnData".to_owned(), json!(query.return_data.unwrap_or(true)));
        Value::Object(fields)
    });
    all.collect()
}
