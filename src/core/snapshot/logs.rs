//! CloudWatch Logs: `DescribeLogGroups`, `DescribeMetricFilters`, `FilterLogEvents`,
//! `GetTransformer`, `DescribeAccountPolicies`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A log group.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogGroup {
    /// The name.
    pub log_group_name: String,
    /// The ARN; ends in `:*`.
    pub arn: Option<String>,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`; metric filters work on the first only.
    pub log_group_class: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub creation_time: Option<i64>,
    /// Days that events are kept; absent: for ever.
    pub retention_in_days: Option<i32>,
    /// Number of metric filters on it.
    pub metric_filter_count: Option<i32>,
    /// Key that encrypts it.
    pub kms_key_id: Option<String>,
}

/// A metric filter on a log group.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricFilter {
    /// The name, unique on its group.
    pub filter_name: String,
    /// The group.
    pub log_group_name: String,
    /// The pattern; empty matches everything.
    pub filter_pattern: String,
    /// What a match adds to which metric.
    pub metric_transformations: Vec<MetricTransformation>,
    /// When it was made, in milliseconds since 1970. Only later events count.
    pub creation_time: Option<i64>,
    /// Whether the pattern sees the transformed event.
    #[serde(default)]
    pub apply_on_transformed_logs: bool,
    /// Which accounts' or Regions' events come before the pattern.
    pub field_selection_criteria: Option<String>,
    /// System fields added as dimensions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emit_system_field_dimensions: Vec<String>,
}

/// What a match of a metric filter adds to a metric.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricTransformation {
    /// The metric's name.
    pub metric_name: String,
    /// The metric's namespace.
    pub metric_namespace: String,
    /// The sample of a match: a number or a selector such as `$.field`.
    pub metric_value: String,
    /// The sample of every event that does not match.
    pub default_value: Option<f64>,
    /// Dimensions: name to selector.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
    /// The unit; absent: `None`.
    pub unit: Option<String>,
}

/// A log event that `FilterLogEvents` found. Its message is the event of CloudTrail that was looked
/// for, and is not kept a second time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilteredLogEvent {
    /// In milliseconds since 1970. CloudTrail stamps its log events with the time of delivery.
    pub timestamp: i64,
}

impl FilteredLogEvent {
    /// When it was delivered.
    pub fn time(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.timestamp).ok()
    }
}

/// The transformer of a log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Transformer {
    /// The processors, one after the other, each an object of its name and its settings.
    pub transformer_config: Vec<Value>,
}

/// A policy for all log groups of an account in a Region.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountPolicy {
    /// The name.
    pub policy_name: String,
    /// JSON text; of a transformer the list of processors.
    pub policy_document: String,
    /// Which groups it is for; absent: all.
    pub selection_criteria: Option<String>,
}
