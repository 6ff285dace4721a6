//! CloudWatch: metrics, alarms, and what alarms do.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use secmon_core::alarm::{AlarmState, Child, ChildState, Series};
use secmon_core::snapshot::{
    AlarmHistoryItem, AlarmMuteRule, Arn, CompositeAlarm, Dimension, LogAlarm, Metric, MetricAlarm,
    Target,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serde_with::serde_as;

use super::World;
use super::call::{ApiError, Call};

mod act;
mod alarm;
mod composite;
mod dashboard;
mod data;
mod describe;
mod evaluate;
mod history;
mod log_alarm;
mod metric;
mod mute;
mod notify;
mod rule;
mod schedule;
mod switch;
mod tag;
#[cfg(test)]
mod tests;

pub(super) use evaluate::{ALARM_EVALUATION_RANGE, ALARM_NEWEST_PERIOD, ALARM_NOT_MODELLED};
pub(super) use log_alarm::LOG_ALARM;
pub(super) use metric::starts;
pub(super) use notify::{FAILED_ACTION_TEXT, LAMBDA_ACTION, MUTED_ACTION_HISTORY};

/// What an account has of it in a Region.
#[serde_as]
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CloudWatch {
    #[serde_as(as = "Vec<(_, _)>")]
    pub(super) metrics: BTreeMap<MetricKey, StoredMetric>,
    pub(super) alarms: BTreeMap<String, StoredAlarm>,
    /// Whatever their kind: what all alarms do with their state.
    pub(super) workings: BTreeMap<String, Workings>,
    /// Oldest first; they outlive the alarms.
    pub(super) histories: BTreeMap<String, Vec<StoredItem>>,
    pub(super) mute_rules: BTreeMap<String, StoredMuteRule>,
    pub(super) dashboards: BTreeMap<String, Dashboard>,
    /// Of alarms and mute rules.
    pub(super) tags: BTreeMap<Arn, BTreeMap<String, String>>,
}

/// What tells metrics apart: the dimensions are in order of their names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricKey {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) dimensions: Vec<Dimension>,
}

/// A metric.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct StoredMetric {
    pub(super) series: Series,
    /// Alarms that are at rest until it gets a sample.
    pub(super) waiting: BTreeSet<String>,
}

/// An alarm of any kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum StoredAlarm {
    Metric(MetricAlarm),
    Composite(CompositeAlarm),
    Log(LogAlarm),
}

/// What AWS keeps of an alarm besides what it shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Workings {
    /// When within the interval it is evaluated, in milliseconds.
    pub(super) phase: i64,
    /// Whether it waits for a sample instead of being evaluated again and again.
    pub(super) at_rest: bool,
    pub(super) reason: String,
    pub(super) reason_data: Option<String>,
    /// When the state was last set; of a composite or log alarm also since when it is that.
    pub(super) state_updated: Timestamp,
    pub(super) configuration_updated: Timestamp,
    /// Changes of state that are about to be acted upon.
    pub(super) pending: Vec<Change>,
    /// The one that a mute rule or a suppressor holds back.
    pub(super) held: Option<Change>,
    /// How a composite alarm waits for its suppressor, `WaitPeriod` or `ExtensionPeriod`, and until
    /// when.
    pub(super) waits: Option<(String, Timestamp)>,
}

impl Default for Workings {
    fn default() -> Self {
        Self {
            phase: 0,
            at_rest: true,
            reason: String::new(),
            reason_data: None,
            state_updated: Timestamp::UNIX_EPOCH,
            configuration_updated: Timestamp::UNIX_EPOCH,
            pending: Vec::new(),
            held: None,
            waits: None,
        }
    }
}

/// A change of state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    pub(super) at: Timestamp,
    pub(super) old: AlarmState,
    pub(super) new: AlarmState,
    pub(super) reason: String,
    /// The children that a composite alarm's state goes back to.
    pub(super) triggering: Vec<StoredChild>,
    /// When the mute window ends that holds it back.
    #[serde(default)]
    pub(super) mute_end: Option<Timestamp>,
}

/// A child of a composite alarm, and its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredChild {
    pub(super) arn: Arn,
    pub(super) value: AlarmState,
    pub(super) since: Timestamp,
}

impl From<&StoredChild> for Child {
    fn from(child: &StoredChild) -> Self {
        let state = ChildState { value: child.value, timestamp: child.since };
        Self { arn: child.arn.clone(), state }
    }
}

/// An item of a history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredItem {
    pub(super) alarm_type: String,
    pub(super) item: AlarmHistoryItem,
}

/// A mute rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredMuteRule {
    /// Its status is computed, unless nothing is known of the schedule.
    pub(super) rule: AlarmMuteRule,
    pub(super) updated: Timestamp,
}

/// A dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dashboard {
    pub(super) body: String,
    pub(super) modified: Timestamp,
}

impl From<&Metric> for MetricKey {
    fn from(metric: &Metric) -> Self {
        let mut dimensions = metric.dimensions.clone();
        dimensions.sort();
        Self {
            namespace: metric.namespace.clone().unwrap_or_default(),
            name: metric.metric_name.clone().unwrap_or_default(),
            dimensions,
        }
    }
}

impl StoredAlarm {
    pub(super) fn arn(&self) -> &Arn {
        match self {
            Self::Metric(alarm) => &alarm.alarm_arn,
            Self::Composite(alarm) => &alarm.alarm_arn,
            Self::Log(alarm) => &alarm.alarm_arn,
        }
    }

    /// `AlarmType`
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Metric(_) => "MetricAlarm",
            Self::Composite(_) => "CompositeAlarm",
            Self::Log(_) => "LogAlarm",
        }
    }

    pub(super) fn state(&self) -> AlarmState {
        let value = match self {
            Self::Metric(alarm) => Some(alarm.state_value.as_str()),
            Self::Composite(alarm) => Some(alarm.state_value.as_str()),
            Self::Log(alarm) => alarm.state_value.as_deref(),
        };
        value.and_then(|value| value.parse().ok()).unwrap_or(AlarmState::InsufficientData)
    }

    pub(super) fn actions_enabled(&self) -> bool {
        match self {
            Self::Metric(alarm) => alarm.actions_enabled,
            Self::Composite(alarm) => alarm.actions_enabled,
            Self::Log(alarm) => alarm.actions_enabled,
        }
    }

    /// The ARNs of what is to be done in a state.
    pub(super) fn actions(&self, state: AlarmState) -> &[String] {
        let (ok, alarm, insufficient_data) = match self {
            Self::Metric(it) => (&it.ok_actions, &it.alarm_actions, &it.insufficient_data_actions),
            Self::Composite(it) => {
                (&it.ok_actions, &it.alarm_actions, &it.insufficient_data_actions)
            }
            Self::Log(it) => (&it.ok_actions, &it.alarm_actions, &it.insufficient_data_actions),
        };
        match state {
            AlarmState::Ok => ok,
            AlarmState::Alarm => alarm,
            AlarmState::InsufficientData => insufficient_data,
        }
    }
}

impl World {
    pub(super) fn cloudwatch(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.operation.as_str() {
            "PutMetricData" => self.put_metric_data(call),
            "GetMetricStatistics" => self.get_metric_statistics(call),
            "GetMetricData" => self.get_metric_data(call),
            "ListMetrics" => self.list_metrics(call),
            "PutMetricAlarm" => self.put_metric_alarm(call),
            "PutCompositeAlarm" => self.put_composite_alarm(call),
            "DescribeAlarms" => self.describe_alarms(call),
            "DescribeAlarmsForMetric" => self.describe_alarms_for_metric(call),
            "DescribeAlarmHistory" => self.describe_alarm_history(call),
            "DeleteAlarms" => self.delete_alarms(call),
            "EnableAlarmActions" => self.set_alarm_actions(call, true),
            "DisableAlarmActions" => self.set_alarm_actions(call, false),
            "SetAlarmState" => self.set_alarm_state(call),
            "PutAlarmMuteRule" => self.put_alarm_mute_rule(call),
            "GetAlarmMuteRule" => self.get_alarm_mute_rule(call),
            "ListAlarmMuteRules" => self.list_alarm_mute_rules(call),
            "DeleteAlarmMuteRule" => self.delete_alarm_mute_rule(call),
            "PutDashboard" => self.put_dashboard(call),
            "GetDashboard" => self.get_dashboard(call),
            "ListDashboards" => self.list_dashboards(call),
            "DeleteDashboards" => self.delete_dashboards(call),
            "TagResource" => self.tag_cloudwatch(call),
            "UntagResource" => self.untag_cloudwatch(call),
            "ListTagsForResource" => self.list_cloudwatch_tags(call),
            _ => Err(ApiError::not_served(call)),
        }
    }

    pub(super) fn alarm(&self, target: &Target, name: &str) -> Option<&StoredAlarm> {
        self.place(target).cloudwatch.alarms.get(name)
    }

    pub(super) fn workings(&mut self, target: &Target, name: &str) -> &mut Workings {
        self.place_mut(target).cloudwatch.workings.entry(name.to_owned()).or_default()
    }
}

/// `ValidationError` on the older wires.
fn refused(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationException", message)
}

fn invalid_value(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterValueException", message)
}

/// One page of a list.
fn listing(
    call: &Call,
    name: &str,
    items: Vec<Value>,
    size: (&str, usize),
) -> Result<Value, ApiError> {
    let (parameter, default) = size;
    let size = call.params[parameter].as_u64().map_or(default, |size| size as usize);
    let (items, next) = paged(call, items, size)?;
    let mut answer = json!({name: items});
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

fn paged<T>(call: &Call, items: Vec<T>, size: usize) -> Result<(Vec<T>, Option<String>), ApiError> {
    let token = call.text("NextToken");
    // Captured 2026-09-14.
    super::page::page(items, size, token).ok_or_else(|| {
        let message = format!("Invalid NextToken : {}", token.unwrap_or_default());
        ApiError::new("InvalidNextToken", message)
    })
}
