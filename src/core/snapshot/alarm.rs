//! CloudWatch: `DescribeAlarms`, `DescribeAlarmHistory`, `ListAlarmMuteRules`,
//! `GetMetricStatistics`.
//!
//! Most of its lines name the fields that AWS answers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Arn, Observed};

/// The three lists of `DescribeAlarms`, by name. A name is unique over all three.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Alarms {
    /// Alarms on a metric or on metric math.
    #[serde(default)]
    pub metric_alarms: BTreeMap<String, MetricAlarm>,
    /// Alarms on other alarms.
    #[serde(default)]
    pub composite_alarms: BTreeMap<String, CompositeAlarm>,
    /// Alarms on a scheduled Logs query.
    #[serde(default)]
    pub log_alarms: BTreeMap<String, LogAlarm>,
}

/// An alarm on a metric.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MetricAlarm {
    /// The name.
    pub alarm_name: String,
    /// The ARN.
    pub alarm_arn: Arn,
    /// The description.
    pub alarm_description: Option<String>,
    /// Last change of the configuration.
    pub alarm_configuration_updated_timestamp: Option<Timestamp>,
    /// Whether state changes run actions.
    #[serde(default)]
    pub actions_enabled: bool,
    /// Actions on OK.
    #[serde(default, rename = "OKActions", skip_serializing_if = "Vec::is_empty")]
    pub ok_actions: Vec<String>,
    /// Actions on ALARM.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarm_actions: Vec<String>,
    /// Actions on `INSUFFICIENT_DATA`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub insufficient_data_actions: Vec<String>,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state_value: String,
    /// Why.
    pub state_reason: Option<String>,
    /// When the state value last changed.
    pub state_transitioned_timestamp: Option<Timestamp>,
    /// When the state was last written.
    pub state_updated_timestamp: Option<Timestamp>,
    /// The metric's name; absent for metric math.
    pub metric_name: Option<String>,
    /// The metric's namespace.
    pub namespace: Option<String>,
    /// `Sum`, `Average`, `Minimum`, `Maximum` or `SampleCount`.
    pub statistic: Option<String>,
    /// A percentile or trimmed statistic, such as `p99`.
    pub extended_statistic: Option<String>,
    /// The metric's dimensions: all of them, or the alarm watches another metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<Dimension>,
    /// Seconds of one datapoint.
    pub period: Option<i32>,
    /// The unit of the samples it looks at; absent: all.
    pub unit: Option<String>,
    /// How many of the last datapoints are looked at.
    pub evaluation_periods: Option<i32>,
    /// How many of them must breach; absent: all.
    pub datapoints_to_alarm: Option<i32>,
    /// The threshold.
    pub threshold: Option<f64>,
    /// `GreaterThanOrEqualToThreshold` and so on.
    pub comparison_operator: Option<String>,
    /// `missing` (also when absent), `ignore`, `breaching` or `notBreaching`.
    pub treat_missing_data: Option<String>,
    /// `evaluate` or `ignore`, for percentiles.
    pub evaluate_low_sample_count_percentile: Option<String>,
    /// Where the periods it looks at begin; absent: the window slides.
    pub evaluation_window: Option<EvaluationWindow>,
    /// Metric math and metrics of other accounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricDataQuery>,
    /// The band of an anomaly alarm.
    pub threshold_metric_id: Option<String>,
    /// `PARTIAL_DATA`, `EVALUATION_ERROR` or `EVALUATION_FAILURE`.
    pub evaluation_state: Option<String>,
    /// What secmon does not read but a new `PutMetricAlarm` would drop, by AWS's field names.
    #[serde(default, rename = "unread", skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

impl MetricAlarm {
    /// Whether it looks at a metric, by itself or in an expression.
    pub fn watches(&self, namespace: &str, name: &str) -> bool {
        let is = |of: &Option<String>, named: &Option<String>| {
            of.as_deref() == Some(namespace) && named.as_deref() == Some(name)
        };
        let in_queries = self.metrics.iter().filter_map(|query| query.metric_stat.as_ref());
        is(&self.namespace, &self.metric_name)
            || in_queries.into_iter().any(|it| is(&it.metric.namespace, &it.metric.metric_name))
    }

    /// Whether it tells somebody of any of its states at this ARN.
    pub fn tells(&self, action: &str) -> bool {
        let all = [&self.alarm_actions, &self.ok_actions, &self.insufficient_data_actions];
        all.into_iter().flatten().any(|named| named == action)
    }

    /// What `PutMetricAlarm` sets, by AWS's field names.
    pub const SETTINGS: [&'static str; 20] = [
        "ActionsEnabled",
        "OKActions",
        "AlarmActions",
        "InsufficientDataActions",
        "MetricName",
        "Namespace",
        "Statistic",
        "ExtendedStatistic",
        "Dimensions",
        "Period",
        "Unit",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "Threshold",
        "ComparisonOperator",
        "TreatMissingData",
        "EvaluateLowSampleCountPercentile",
        "EvaluationWindow",
        "Metrics",
        "ThresholdMetricId",
    ];
}

/// Where the periods begin that an alarm looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all_fields = "PascalCase", deny_unknown_fields)]
pub enum EvaluationWindow {
    /// The newest one ends with the minute of the evaluation.
    SlidingWindow {},
    /// They begin at full periods of a clock: full hours, midnight, Monday.
    WallClockWindow {
        /// Whose clock, such as `America/New_York` or `+05:30`; absent: UTC.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timezone: Option<String>,
    },
}

/// A name and value that belong to a metric's identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Dimension {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// One metric or expression of a metric-math alarm.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MetricDataQuery {
    /// Its name in expressions.
    pub id: String,
    /// The expression.
    pub expression: Option<String>,
    /// The metric.
    pub metric_stat: Option<MetricStat>,
    /// Its label.
    pub label: Option<String>,
    /// Whether the alarm looks at it.
    pub return_data: Option<bool>,
    /// Seconds of one datapoint of an expression.
    pub period: Option<i32>,
    /// The account of the metric.
    pub account_id: Option<String>,
}

/// A metric with its statistic.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MetricStat {
    /// The metric.
    pub metric: Metric,
    /// Seconds of one datapoint.
    pub period: i32,
    /// The statistic.
    pub stat: String,
    /// The unit of the samples it looks at.
    pub unit: Option<String>,
}

/// The identity of a metric within its Region.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Metric {
    /// The namespace.
    pub namespace: Option<String>,
    /// The name.
    pub metric_name: Option<String>,
    /// The dimensions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<Dimension>,
}

/// An alarm on other alarms.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CompositeAlarm {
    /// The name.
    pub alarm_name: String,
    /// The ARN.
    pub alarm_arn: Arn,
    /// The description.
    pub alarm_description: Option<String>,
    /// When it is in ALARM, such as `ALARM("secret-read")`.
    pub alarm_rule: String,
    /// Whether state changes run actions.
    #[serde(default)]
    pub actions_enabled: bool,
    /// Actions on ALARM.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarm_actions: Vec<String>,
    /// Actions on OK.
    #[serde(default, rename = "OKActions", skip_serializing_if = "Vec::is_empty")]
    pub ok_actions: Vec<String>,
    /// Actions on `INSUFFICIENT_DATA`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub insufficient_data_actions: Vec<String>,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state_value: String,
    /// When the state value last changed.
    pub state_transitioned_timestamp: Option<Timestamp>,
    /// Alarm that keeps the actions back while it is in ALARM.
    pub actions_suppressor: Option<String>,
    /// `Alarm`, `WaitPeriod` or `ExtensionPeriod`: actions are kept back now.
    pub actions_suppressed_by: Option<String>,
    /// Why actions are kept back.
    pub actions_suppressed_reason: Option<String>,
    /// Seconds that actions wait for the suppressor.
    pub actions_suppressor_wait_period: Option<i32>,
    /// Seconds that actions are kept back after the suppressor.
    pub actions_suppressor_extension_period: Option<i32>,
}

/// An alarm on a scheduled Logs query.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LogAlarm {
    /// The name.
    pub alarm_name: String,
    /// The ARN.
    pub alarm_arn: Arn,
    /// Whether state changes run actions.
    #[serde(default)]
    pub actions_enabled: bool,
    /// Actions on ALARM.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarm_actions: Vec<String>,
    /// Actions on OK.
    #[serde(default, rename = "OKActions", skip_serializing_if = "Vec::is_empty")]
    pub ok_actions: Vec<String>,
    /// Actions on `INSUFFICIENT_DATA`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub insufficient_data_actions: Vec<String>,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state_value: Option<String>,
    /// Why.
    pub state_reason: Option<String>,
    /// When the state value last changed.
    pub state_transitioned_timestamp: Option<Timestamp>,
    /// The query; absent where it was not read.
    pub scheduled_query_configuration: Option<ScheduledQueryConfiguration>,
    /// How many of the query's last results are looked at.
    pub query_results_to_evaluate: Option<i32>,
    /// How many of them must breach.
    pub query_results_to_alarm: Option<i32>,
    /// The threshold.
    pub threshold: Option<f64>,
    /// How results are compared with it.
    pub comparison_operator: Option<String>,
    /// `missing` (also when absent), `ignore`, `breaching` or `notBreaching`.
    pub treat_missing_data: Option<String>,
    /// `PARTIAL_DATA`, `EVALUATION_ERROR` or `EVALUATION_FAILURE`.
    pub evaluation_state: Option<String>,
}

/// The scheduled query of a log alarm.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ScheduledQueryConfiguration {
    /// The query, in CloudWatch Logs Insights' language.
    pub query_string: String,
    /// Names or ARNs of the groups it looks into; none: the query names them itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log_group_identifiers: Vec<String>,
    /// The role that runs the query.
    #[serde(rename = "ScheduledQueryRoleARN")]
    pub scheduled_query_role_arn: Option<String>,
    /// What becomes of the rows, such as `count(*)`.
    pub aggregation_expression: String,
    /// When it runs, over which time.
    pub schedule_configuration: ScheduleConfiguration,
}

/// When a scheduled query runs, and over which time.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ScheduleConfiguration {
    /// Such as `rate(5 minutes)`.
    pub schedule_expression: String,
    /// Seconds before a run at which its time range begins.
    pub start_time_offset: Option<i64>,
    /// Seconds before a run at which it ends; absent: none.
    pub end_time_offset: Option<i64>,
}

/// What alarms of all types have in common.
#[derive(Debug, Clone, Copy)]
pub struct AnyAlarm<'a> {
    /// "Alarm", "Composite alarm" or "Log alarm".
    pub kind: &'static str,
    /// The name.
    pub name: &'a str,
    /// The ARN.
    pub arn: &'a Arn,
    /// Whether state changes run actions.
    pub actions_enabled: bool,
    /// Actions on ALARM.
    pub alarm_actions: &'a [String],
    /// Actions on OK.
    pub ok_actions: &'a [String],
    /// Actions on `INSUFFICIENT_DATA`.
    pub insufficient_data_actions: &'a [String],
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: &'a str,
    /// When the state last changed.
    pub since: Option<Timestamp>,
}

impl Alarms {
    /// The alarm of this name, of whatever type.
    pub fn any(&self, name: &str) -> Option<AnyAlarm<'_>> {
        let metric = self.metric_alarms.get(name).map(|alarm| AnyAlarm {
            kind: "Alarm",
            name: &alarm.alarm_name,
            arn: &alarm.alarm_arn,
            actions_enabled: alarm.actions_enabled,
            alarm_actions: &alarm.alarm_actions,
            ok_actions: &alarm.ok_actions,
            insufficient_data_actions: &alarm.insufficient_data_actions,
            state: &alarm.state_value,
            since: alarm.state_transitioned_timestamp.or(alarm.state_updated_timestamp),
        });
        let composite = || {
            self.composite_alarms.get(name).map(|alarm| AnyAlarm {
                kind: "Composite alarm",
                name: &alarm.alarm_name,
                arn: &alarm.alarm_arn,
                actions_enabled: alarm.actions_enabled,
                alarm_actions: &alarm.alarm_actions,
                ok_actions: &alarm.ok_actions,
                insufficient_data_actions: &alarm.insufficient_data_actions,
                state: &alarm.state_value,
                since: alarm.state_transitioned_timestamp,
            })
        };
        let log = || {
            self.log_alarms.get(name).map(|alarm| AnyAlarm {
                kind: "Log alarm",
                name: &alarm.alarm_name,
                arn: &alarm.alarm_arn,
                actions_enabled: alarm.actions_enabled,
                alarm_actions: &alarm.alarm_actions,
                ok_actions: &alarm.ok_actions,
                insufficient_data_actions: &alarm.insufficient_data_actions,
                state: alarm.state_value.as_deref().unwrap_or("INSUFFICIENT_DATA"),
                since: alarm.state_transitioned_timestamp,
            })
        };
        metric.or_else(composite).or_else(log)
    }
}

/// One item of `DescribeAlarmHistory`.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AlarmHistoryItem {
    /// When.
    pub timestamp: Timestamp,
    /// `ConfigurationUpdate`, `StateUpdate`, `Action`, …
    pub history_item_type: String,
    /// One line, cut at 255 characters.
    pub history_summary: String,
    /// JSON as text, cut at 4,095 characters.
    pub history_data: Option<String>,
}

/// An alarm mute rule: state changes still happen, actions do not.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AlarmMuteRule {
    /// The ARN.
    pub alarm_mute_rule_arn: Arn,
    /// `ACTIVE`, `SCHEDULED` or `EXPIRED`.
    pub status: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// When it mutes (`GetAlarmMuteRule`).
    #[serde(default)]
    pub schedule: Option<AlarmMuteSchedule>,
    /// When it begins for the first time.
    #[serde(default)]
    pub start_date: Option<Timestamp>,
    /// When it ends for good.
    pub expire_date: Option<Timestamp>,
    /// The alarms it mutes (`GetAlarmMuteRule`).
    #[serde(default, rename = "targets", skip_serializing_if = "Observed::is_not_asked")]
    pub targets: Observed<Vec<String>>,
}

/// What `GetAlarmMuteRule` tells beyond the listing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmMuteDetail {
    /// The alarms, sorted.
    pub alarms: Vec<String>,
    /// What it is for.
    pub description: Option<String>,
    /// When it mutes.
    pub schedule: Option<AlarmMuteSchedule>,
    /// When it begins for the first time.
    pub start_date: Option<Timestamp>,
}

impl AlarmMuteRule {
    /// Notes what `GetAlarmMuteRule` answered.
    pub fn learn(&mut self, detail: Observed<AlarmMuteDetail>) {
        self.targets = detail.as_ref().map(|detail| detail.alarms.clone());
        let detail = detail.seen().cloned().unwrap_or_default();
        self.description = detail.description;
        self.schedule = detail.schedule;
        self.start_date = detail.start_date;
    }
}

/// When an alarm mute rule mutes.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AlarmMuteSchedule {
    /// `cron(…)` or `at(…)`.
    pub expression: String,
    /// Such as `PT4H`.
    pub duration: String,
    /// Such as `Europe/Dublin`; absent: UTC.
    pub timezone: Option<String>,
}

/// One datapoint of `GetMetricStatistics`.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Datapoint {
    /// Start of its period.
    pub timestamp: Timestamp,
    /// Sum of the samples.
    pub sum: Option<f64>,
    /// Number of samples.
    pub sample_count: Option<f64>,
    /// Largest sample.
    pub maximum: Option<f64>,
    /// Unit of the samples.
    pub unit: Option<String>,
}
