//! CloudWatch Logs: log groups, their events and what metric filters make of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc as Shared;

use secmon_core::pattern::FilterPattern;
use secmon_core::snapshot::{LogGroup, MetricFilter, Target};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::call::{ApiError, Call};
use super::hypothesis::Hypothesis;

mod count;
mod events;
mod filters;
mod groups;
mod ingest;
#[cfg(test)]
mod tests;
mod transform;

pub(super) use ingest::IngestRefusal;
pub(super) use transform::{AccountPolicy, TRANSFORMER_POLICY, Transformer};

/// What a disabled key of a log group does to what arrives there.
pub(super) static LOG_GROUP_KEY_DISABLED: Hypothesis = Hypothesis {
    id: "log-group-key-disabled",
    question: "Does a log group whose key cannot be used still take events?",
    settings: &[
        ("stops", "It takes no events, and its metric filters see none."),
        ("goes-on", "It takes events, and its metric filters see them."),
    ],
    known: "Documented is only that what is stored can no longer be read; whether ingestion stops, \
            and when, was never captured.",
};

/// What a pattern means whose meaning is not established.
pub(super) static PATTERN_DOUBT: Hypothesis = Hypothesis {
    id: "pattern-doubt",
    question: "Does a filter pattern match where neither documentation nor observation says?",
    settings: &[("no-match", "It does not match."), ("match", "It matches.")],
    known: "Each such doubt is listed by `secmon pattern probe`; TestMetricFilter on AWS settles it.",
};

/// What a transformer leaves of the fields that a pattern asks for.
pub(super) static TRANSFORMED_EVENT: Hypothesis = Hypothesis {
    id: "transformed-event",
    question: "Does a transformed event still have the fields of the original?",
    settings: &[
        ("fields-kept", "A metric filter on the transformed event sees the original's fields."),
        ("fields-renamed", "None of the original's fields is there under its name."),
    ],
    known: "The lab computes parseJSON and the processors that add, copy, move, rename and delete \
            keys or change the case of their values; parseToOCSF and the like it does not.",
};

/// What becomes of a filter with too many values of its dimensions.
pub(super) static FILTER_CARDINALITY: Hypothesis = Hypothesis {
    id: "filter-cardinality",
    question: "Does AWS disable a metric filter whose dimensions had 1,000 values in an hour?",
    settings: &[("goes-on", "It goes on counting."), ("disabled", "From then on it adds nothing.")],
    known: "Documented is that CloudWatch Logs might disable it (PutMetricFilter); nothing in \
            DescribeMetricFilters would show it.",
};

/// What a `fieldSelectionCriteria` selects that the lab cannot read.
pub(super) static FIELD_SELECTION_DOUBT: Hypothesis = Hypothesis {
    id: "field-selection-doubt",
    question: "Does a fieldSelectionCriteria of unknown form select the account's own events?",
    settings: &[("selects", "It selects them."), ("drops", "It drops them.")],
    known: "Documented are `=`, `!=`, `IN`, `NOT IN`, `AND` and `OR` on @aws.account and @aws.region, \
            without a grammar.",
};

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Logs {
    /// By name.
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) account_policies: Vec<AccountPolicy>,
    #[serde(skip)]
    patterns: Patterns,
}

/// A log group with what is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    pub(super) group: LogGroup,
    /// By name.
    #[serde(default)]
    pub(super) filters: BTreeMap<String, MetricFilter>,
    /// By name.
    #[serde(default)]
    pub(super) streams: BTreeMap<String, Stream>,
    /// In the order of their arrival: the newest [`KEPT`].
    #[serde(default)]
    pub(super) events: VecDeque<LogEvent>,
    #[serde(default)]
    pub(super) transformer: Option<Transformer>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) deletion_protection: bool,
    /// Of filters with dimensions, by name: the values they had in the hour.
    #[serde(default)]
    cardinality: BTreeMap<String, Cardinality>,
    #[serde(default)]
    stored_bytes: i64,
    /// How many events ever came.
    #[serde(default)]
    arrived: u64,
}

/// A log stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stream {
    pub(super) created: i64,
    pub(super) first_event: Option<i64>,
    pub(super) last_event: Option<i64>,
    pub(super) last_ingestion: Option<i64>,
    pub(super) sequence_token: String,
}

/// One event in a log group. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogEvent {
    pub(super) id: String,
    pub(super) stream: String,
    pub(super) timestamp: i64,
    pub(super) ingested: i64,
    pub(super) message: String,
}

/// The values that a filter's dimensions had in an hour.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cardinality {
    /// Hours since 1970.
    hour: i64,
    /// Names and values, as `name=value`.
    pairs: BTreeSet<String>,
    /// There were too many.
    exceeded: bool,
}

/// How many events a group keeps.
const KEPT: usize = 10_000;

/// Filter patterns made ready, by their text: no part of the state.
#[derive(Debug, Clone, Default)]
struct Patterns(BTreeMap<String, Shared<FilterPattern>>);

impl PartialEq for Patterns {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Patterns {
    /// The pattern of a filter that exists; `None` where AWS would have refused it.
    fn ready(&mut self, text: &str) -> Option<Shared<FilterPattern>> {
        if let Some(pattern) = self.0.get(text) {
            return Some(Shared::clone(pattern));
        }
        let pattern = Shared::new(FilterPattern::parse(text).ok()?.accepted());
        self.0.insert(text.to_owned(), Shared::clone(&pattern));
        Some(pattern)
    }
}

impl Group {
    /// A group with nothing in it.
    pub(super) fn new(group: LogGroup) -> Self {
        Self {
            group,
            filters: BTreeMap::new(),
            streams: BTreeMap::new(),
            events: VecDeque::new(),
            transformer: None,
            tags: BTreeMap::new(),
            deletion_protection: false,
            cardinality: BTreeMap::new(),
            stored_bytes: 0,
            arrived: 0,
        }
    }

    fn class(&self) -> &str {
        self.group.log_group_class.as_deref().unwrap_or("STANDARD")
    }

    /// Events before this moment are gone.
    fn kept_since(&self, now: i64) -> i64 {
        let days = self.group.retention_in_days.map_or(i64::MAX / DAY_MS, i64::from);
        now.saturating_sub(days.saturating_mul(DAY_MS))
    }
}

const DAY_MS: i64 = 86_400_000;

impl World {
    pub(super) fn logs(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.operation.as_str() {
            "CreateLogGroup" => self.create_log_group(call),
            "DeleteLogGroup" => self.delete_log_group(call),
            "DescribeLogGroups" => self.describe_log_groups(call),
            "PutRetentionPolicy" => self.put_retention_policy(call),
            "DeleteRetentionPolicy" => self.delete_retention_policy(call),
            "AssociateKmsKey" => self.associate_kms_key(call),
            "DisassociateKmsKey" => self.disassociate_kms_key(call),
            "CreateLogStream" => self.create_log_stream(call),
            "DescribeLogStreams" => self.describe_log_streams(call),
            "DeleteLogStream" => self.delete_log_stream(call),
            "TagResource" | "TagLogGroup" => self.tag_log_group(call),
            "UntagResource" | "UntagLogGroup" => self.untag_log_group(call),
            "ListTagsForResource" | "ListTagsLogGroup" => self.list_tags_of_log_group(call),
            "PutLogEvents" => self.put_log_events(call),
            "GetLogEvents" => self.get_log_events(call),
            "FilterLogEvents" => self.filter_log_events(call),
            "PutMetricFilter" => self.put_metric_filter(call),
            "DescribeMetricFilters" => self.describe_metric_filters(call),
            "DeleteMetricFilter" => self.delete_metric_filter(call),
            "TestMetricFilter" => self.test_metric_filter(call),
            "GetTransformer" => self.get_transformer(call),
            "PutTransformer" => self.put_transformer(call),
            "DeleteTransformer" => self.delete_transformer(call),
            "DescribeAccountPolicies" => self.describe_account_policies(call),
            "PutAccountPolicy" => self.put_account_policy(call),
            "DeleteAccountPolicy" => self.delete_account_policy(call),
            _ => Err(ApiError::not_served(call)),
        }
    }

    fn log_group(&self, target: &Target, name: &str) -> Result<&Group, ApiError> {
        self.place(target).logs.groups.get(name).ok_or_else(missing_group)
    }

    fn log_group_mut(&mut self, target: &Target, name: &str) -> Result<&mut Group, ApiError> {
        let account = self.accounts.get_mut(&target.account);
        let place = account.and_then(|account| account.regions.get_mut(&target.region));
        place.and_then(|place| place.logs.groups.get_mut(name)).ok_or_else(missing_group)
    }
}

/// Captured 2026-09-14.
fn missing_group() -> ApiError {
    ApiError::new("ResourceNotFoundException", "The specified log group does not exist.")
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterException", message)
}

fn invalid_token() -> ApiError {
    invalid("The specified nextToken is invalid.")
}

/// The group that a call means, by the first of these members it has: a name, or an ARN with or
/// without the `:*` at its end.
fn named_group(call: &Call, members: &[&str]) -> Result<String, ApiError> {
    let Some(given) = members.iter().find_map(|member| call.text(member)) else {
        return Err(invalid(format!("{} is required", members.join(" or "))));
    };
    let Some(rest) = given.strip_prefix("arn:") else { return Ok(given.to_owned()) };
    let here = format!(":logs:{}:{}:log-group:", call.target.region, call.target.account);
    match rest.split_once(&here) {
        Some((_, name)) => Ok(name.strip_suffix(":*").unwrap_or(name).to_owned()),
        None => Err(missing_group()),
    }
}

/// What an operation says that only works on the class STANDARD. Reported in
/// <https://github.com/aws/karpenter-provider-aws/pull/9567>.
fn standard_only(group: &Group, operation: &str) -> Result<(), ApiError> {
    match group.class() {
        "STANDARD" => Ok(()),
        class => Err(ApiError::new(
            "InvalidOperationException",
            format!(
                "The log group {} is of log-group-class {class}. {operation} is not supported for \
                 this log class.",
                group.group.log_group_name
            ),
        )),
    }
}
