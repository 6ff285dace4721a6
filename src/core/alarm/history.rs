//! What an alarm's history holds, in AWS's shapes: key order, spelling and cuts.
//!
//! Shapes are captured ones (2026-09-14 and 2026-09-23). No record shows how AWS writes the
//! configuration of a composite alarm, or of metric math, a unit, dimensions and
//! `DatapointsToAlarm` inside a metric alarm's; there the names follow the captured ones.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::wire::{self, quoted};
use crate::snapshot::{AlarmHistoryItem, CompositeAlarm, MetricAlarm};

/// A state as the history tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateRecord<'a> {
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub value: &'a str,
    /// `StateReason`
    pub reason: &'a str,
    /// `StateReasonData`: JSON as text.
    pub data: Option<&'a str>,
}

/// What became of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRecord<'a> {
    /// ARN of what was notified or invoked.
    pub resource: &'a str,
    /// When the state changed.
    pub state_updated: Timestamp,
    /// What a topic was sent ([`Notification::to_json`](super::Notification::to_json)); nothing for
    /// other resources.
    pub published: Option<&'a str>,
    /// Why it failed; absent: it succeeded.
    pub error: Option<&'a str>,
}

/// An alarm whose configuration the history can tell.
#[derive(Debug, Clone, Copy)]
pub enum Configured<'a> {
    /// An alarm on a metric.
    Metric(&'a MetricAlarm),
    /// An alarm on other alarms.
    Composite(&'a CompositeAlarm),
}

/// The reason of an alarm that has just been created.
pub const INITIAL_REASON: &str = "Unchecked: Initial alarm creation";

/// The longest `HistorySummary`, in characters.
const LONGEST_SUMMARY: usize = 255;
/// The longest `HistoryData`, in characters.
const LONGEST_DATA: usize = 4_095;

/// An alarm was created.
pub fn created(alarm: Configured<'_>, at: Timestamp) -> AlarmHistoryItem {
    let data = json!({ "version": "1.0", "type": "Create", "createdAlarm": alarm.configuration() });
    configuration(at, alarm, "created", &data)
}

/// An alarm was changed. The data hold the whole new configuration and the old values of what
/// changed; what was not set before is not among them. Where nothing but the timestamp differs AWS
/// writes no item for `PutMetricAlarm`: see [`is_identical`].
pub fn updated(old: Configured<'_>, new: Configured<'_>, at: Timestamp) -> AlarmHistoryItem {
    let after = new.configuration();
    let mut before = old.configuration();
    before.retain(|name, value| !STATE.contains(&name.as_str()) && after.get(name) != Some(value));
    let data = json!({
        "version": "1.0",
        "type": "Update",
        "updatedAlarm": after,
        "originalUpdatedFields": before,
    });
    configuration(at, new, "updated", &data)
}

/// An alarm was deleted.
pub fn deleted(alarm: Configured<'_>, at: Timestamp) -> AlarmHistoryItem {
    let data = json!({ "version": "1.0", "type": "Delete", "deletedAlarm": alarm.configuration() });
    configuration(at, alarm, "deleted", &data)
}

/// Whether two configurations of an alarm differ in nothing that a request sets: then
/// `PutMetricAlarm` writes no history and leaves the alarm as it is (captured 2026-09-14).
pub fn is_identical(old: Configured<'_>, new: Configured<'_>) -> bool {
    match (old, new) {
        (Configured::Metric(old), Configured::Metric(new)) => {
            let with_the_state_of_old = MetricAlarm {
                alarm_configuration_updated_timestamp: old.alarm_configuration_updated_timestamp,
                state_value: old.state_value.clone(),
                state_reason: old.state_reason.clone(),
                state_transitioned_timestamp: old.state_transitioned_timestamp,
                state_updated_timestamp: old.state_updated_timestamp,
                evaluation_state: old.evaluation_state.clone(),
                ..new.clone()
            };
            with_the_state_of_old == *old
        }
        (Configured::Composite(old), Configured::Composite(new)) => {
            let with_the_state_of_old = CompositeAlarm {
                state_value: old.state_value.clone(),
                state_transitioned_timestamp: old.state_transitioned_timestamp,
                actions_suppressed_by: old.actions_suppressed_by.clone(),
                actions_suppressed_reason: old.actions_suppressed_reason.clone(),
                ..new.clone()
            };
            with_the_state_of_old == *old
        }
        _ => false,
    }
}

/// The state changed, by an evaluation or by `SetAlarmState`. `SetAlarmState` to the same state
/// writes nothing (captured 2026-09-14), nor does a metric alarm's creation.
pub fn state_updated(
    old: &StateRecord<'_>,
    new: &StateRecord<'_>,
    at: Timestamp,
) -> AlarmHistoryItem {
    AlarmHistoryItem {
        timestamp: at,
        history_item_type: "StateUpdate".to_owned(),
        history_summary: format!("Alarm updated from {} to {}", old.value, new.value),
        history_data: Some(wire::cut(
            format!(r#"{{"version":"1.0","oldState":{},"newState":{}}}"#, old.json(), new.json()),
            LONGEST_DATA,
        )),
    }
}

/// An action was run.
pub fn action_executed(action: &ActionRecord<'_>, at: Timestamp) -> AlarmHistoryItem {
    let (state, summary) = match action.error {
        None => ("Succeeded", "Successfully executed action"),
        Some(_) => ("Failed", "Failed to execute action"),
    };
    let data = json!({
        "actionState": state,
        "stateUpdateTimestamp": action.state_updated.as_millisecond(),
        "notificationResource": action.resource,
        "publishedMessage": action.published.filter(|_| action.error.is_none()),
        "error": action.error,
        "muteWindowEndTimestamp": null,
    });
    AlarmHistoryItem {
        timestamp: at,
        history_item_type: "Action".to_owned(),
        history_summary: wire::cut(format!("{summary} {}", action.resource), LONGEST_SUMMARY),
        history_data: Some(wire::cut(wire::json(&data), LONGEST_DATA)),
    }
}

fn configuration(
    at: Timestamp,
    alarm: Configured<'_>,
    what: &str,
    data: &Value,
) -> AlarmHistoryItem {
    let summary = format!("Alarm \"{}\" {what}", alarm.name());
    AlarmHistoryItem {
        timestamp: at,
        history_item_type: "ConfigurationUpdate".to_owned(),
        history_summary: wire::cut(summary, LONGEST_SUMMARY),
        history_data: Some(wire::cut(wire::json(data), LONGEST_DATA)),
    }
}

impl StateRecord<'_> {
    /// By hand, for the data stand inside as the caller of `SetAlarmState` spelt them (captured
    /// 2026-09-14 with blanks and keys in no order).
    fn json(&self) -> String {
        let mut text = format!(
            r#"{{"stateValue":{},"stateReason":{}"#,
            quoted(self.value),
            quoted(self.reason)
        );
        if let Some(data) = self.data {
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(data).is_ok();
            text += r#","stateReasonData":"#;
            text += &if is_json { data.to_owned() } else { quoted(data) };
        }
        text.push('}');
        text
    }
}

/// What no request sets.
const STATE: [&str; 2] = ["stateValue", "stateUpdatedTimestamp"];
const UPDATED: &str = "alarmConfigurationUpdatedTimestamp";

impl Configured<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Metric(alarm) => &alarm.alarm_name,
            Self::Composite(alarm) => &alarm.alarm_name,
        }
    }

    fn configuration(&self) -> Map<String, Value> {
        let fields = match self {
            Self::Metric(alarm) => metric(alarm),
            Self::Composite(alarm) => composite(alarm),
        };
        let mut fields = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        fields.retain(|_, value| !value.is_null());
        fields
    }
}

/// The statistic stands under `extendedStatistic` in capitals, and `okactions` is all lower case.
fn metric(alarm: &MetricAlarm) -> Value {
    let statistic = alarm.statistic.as_deref().map(super::message_body::capitals);
    let dimensions: Vec<Value> = alarm
        .dimensions
        .iter()
        .map(|dimension| json!({ "name": dimension.name, "value": dimension.value }))
        .collect();
    let is_math = !alarm.metrics.is_empty();
    json!({
        "alarmName": alarm.alarm_name,
        "alarmDescription": alarm.alarm_description,
        "alarmArn": alarm.alarm_arn,
        UPDATED: alarm.alarm_configuration_updated_timestamp.map(wire::moment),
        "namespace": alarm.namespace,
        "metricName": alarm.metric_name,
        "extendedStatistic": statistic.or(alarm.extended_statistic.clone()),
        "period": alarm.period,
        "dimensions": (!is_math).then_some(dimensions),
        "unit": alarm.unit,
        "metrics": is_math.then(|| alarm.metrics.iter().map(math).collect::<Vec<_>>()),
        "threshold": alarm.threshold,
        "thresholdMetricId": alarm.threshold_metric_id,
        "comparisonOperator": alarm.comparison_operator,
        "evaluationPeriods": alarm.evaluation_periods,
        "datapointsToAlarm": alarm.datapoints_to_alarm,
        "treatMissingData": alarm.treat_missing_data,
        "evaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile,
        "stateValue": alarm.state_value,
        "stateUpdatedTimestamp": alarm.state_updated_timestamp.map(wire::moment),
        "actionsEnabled": alarm.actions_enabled,
        "alarmActions": alarm.alarm_actions,
        "insufficientDataActions": alarm.insufficient_data_actions,
        "okactions": alarm.ok_actions,
    })
}

fn math(query: &crate::snapshot::MetricDataQuery) -> Value {
    let stat = query.metric_stat.as_ref().map(|stat| {
        let dimensions: Vec<Value> = stat
            .metric
            .dimensions
            .iter()
            .map(|dimension| json!({ "name": dimension.name, "value": dimension.value }))
            .collect();
        let mut fields = json!({
            "metric": {
                "namespace": stat.metric.namespace,
                "metricName": stat.metric.metric_name,
                "dimensions": dimensions,
            },
            "period": stat.period,
            "stat": stat.stat,
        });
        if let Some(unit) = &stat.unit {
            fields["unit"] = json!(unit);
        }
        fields
    });
    let mut fields = Map::new();
    let all = [
        ("id", json!(query.id)),
        ("metricStat", json!(stat)),
        ("expression", json!(query.expression)),
        ("label", json!(query.label)),
        ("returnData", json!(query.return_data)),
        ("period", json!(query.period)),
        ("accountId", json!(query.account_id)),
    ];
    fields.extend(
        all.into_iter().filter(|(_, value)| !value.is_null()).map(|(k, v)| (k.to_owned(), v)),
    );
    Value::Object(fields)
}

fn composite(alarm: &CompositeAlarm) -> Value {
    json!({
        "alarmName": alarm.alarm_name,
        "alarmDescription": alarm.alarm_description,
        "alarmArn": alarm.alarm_arn,
        "alarmRule": alarm.alarm_rule,
        "stateValue": alarm.state_value,
        "stateUpdatedTimestamp": alarm.state_transitioned_timestamp.map(wire::moment),
        "actionsEnabled": alarm.actions_enabled,
        "alarmActions": alarm.alarm_actions,
        "insufficientDataActions": alarm.insufficient_data_actions,
        "okactions": alarm.ok_actions,
        "actionsSuppressor": alarm.actions_suppressor,
        "actionsSuppressorWaitPeriod": alarm.actions_suppressor_wait_period,
        "actionsSuppressorExtensionPeriod": alarm.actions_suppressor_extension_period,
    })
}
