//! What happened, and what else listens: CloudTrail's Event history and EventBridge rules.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Arn, Observed};

/// The newest events of one name in Event history (`LookupEvents`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventHistory {
    /// Newest first.
    pub events: Vec<Event>,
    /// Whether there were more than these.
    #[serde(default)]
    pub more: bool,
}

/// One event of Event history.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Event {
    /// The id.
    pub event_id: String,
    /// The API call.
    pub event_name: String,
    /// When it was made.
    pub event_time: Timestamp,
    /// Who made it, in short.
    pub username: Option<String>,
    /// The whole event, as JSON text.
    pub cloud_trail_event: Option<String>,
}

/// An EventBridge rule on the default event bus.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EventRule {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: Arn,
    /// JSON text of the pattern; absent for schedules.
    pub event_pattern: Option<String>,
    /// `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    pub state: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The schedule, which a rule may have beside a pattern.
    pub schedule_expression: Option<String>,
    /// The role for targets that have none of their own.
    pub role_arn: Option<String>,
    /// The AWS service that made the rule and alone changes it.
    pub managed_by: Option<String>,
    /// `ListTargetsByRule`, by target id.
    #[serde(default, rename = "targets", skip_serializing_if = "Observed::is_not_asked")]
    pub targets: Observed<BTreeMap<String, EventTarget>>,
}

/// What a rule sends its events to.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EventTarget {
    /// ARN of the topic, function, queue, …
    pub arn: String,
    /// The role with which EventBridge calls it; absent: the target's own policy counts.
    pub role_arn: Option<String>,
    /// What is set and secmon does not read, such as `InputTransformer`, by AWS's field names.
    #[serde(default, rename = "unread", skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

impl EventTarget {
    /// Whether it gets something else than the event as it is.
    pub fn transforms(&self) -> bool {
        self.unread.iter().any(|field| field.starts_with("Input"))
    }
}
