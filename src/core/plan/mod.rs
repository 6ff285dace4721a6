//! What would mend the chain: wishes about resources, and the commands that fulfil them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::snapshot::{Arn, Target};

mod access;
mod alarm;
mod attack;
mod by_hand;
mod change;
mod command;
mod consent;
mod effect;
mod events;
mod export;
mod furnish;
mod journal;
mod logs;
mod make;
mod owner;
mod renew;
mod resource;
mod says;
mod steps;
#[cfg(test)]
mod tests;
mod topic;
mod trail;
mod undo;
mod way_back;
mod write;

pub use attack::{looks_like_an_attack, reads_of_watchers};
pub use change::{Change, Consent, PLAN_VERSION, Plan};
pub use command::{AwsCommand, steers_terminal};
pub use export::{Export, ExportError, export};
pub use furnish::KEPT_DAYS;
pub use journal::{JOURNAL_VERSION, Journal, JournalError, JournalStep, Line, Standing, StepState};
pub use make::{Choices, DEMO_SECRET, Planned, Refusal, plan};
pub use renew::renewed;
pub use resource::{Resource, is_same_document};
pub use steps::{Step, commands};
pub use undo::{UNCONFIRMED_HOURS, Undo};
pub use write::{SECRET_DESCRIPTION, Tags, TrailSettings, Write, key_description};

/// A wish about one field or part of one resource.
///
/// Checks wish; [`commands`] folds all wishes on one resource into one complete call that keeps
/// everything else as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// This trail records again.
    StartLogging {
        /// The trail.
        trail: Arn,
        /// Its home Region, the only one that takes the call.
        home_region: String,
    },
    /// This trail records every Region.
    RecordAllRegions {
        /// The trail.
        trail: Arn,
        /// Its home Region.
        home_region: String,
    },
    /// This trail records read-only and write management events; data selectors stay.
    RecordManagementEvents {
        /// The trail.
        trail: Arn,
        /// Its home Region.
        home_region: String,
    },
    /// This trail delivers to this group with this role.
    DeliverTo {
        /// The trail.
        trail: Arn,
        /// Its home Region.
        home_region: String,
        /// The group's ARN, ending in `:*`.
        log_group_arn: String,
        /// The role; absent: one must be made first.
        role_arn: Option<Arn>,
    },
    /// A multi-Region trail exists in this account.
    CreateTrail {
        /// Where.
        target: Target,
    },
    /// This log group exists, with the standard class.
    CreateLogGroup {
        /// Where.
        target: Target,
        /// Its name.
        log_group: String,
    },
    /// This role may be assumed by this service.
    TrustService {
        /// The role.
        role: Arn,
        /// Such as `cloudtrail.amazonaws.com`.
        service: String,
    },
    /// This role may do what this statement says.
    AllowRole {
        /// The role.
        role: Arn,
        /// The statement to add.
        statement: Value,
    },
    /// This bucket's policy has this statement.
    AllowInBucketPolicy {
        /// Where the bucket was seen.
        target: Target,
        /// The bucket.
        bucket: String,
        /// The statement to add.
        statement: Value,
    },
    /// This filter, made if it does not exist, has these settings.
    SetMetricFilter {
        /// Where.
        target: Target,
        /// The group.
        log_group: String,
        /// The filter.
        filter: String,
        /// What is to be set.
        set: FilterSetting,
    },
    /// This alarm, made if it does not exist, has this setting.
    SetAlarm {
        /// Where.
        target: Target,
        /// The alarm.
        alarm: String,
        /// What is to be set.
        set: AlarmSetting,
    },
    /// This alarm of any type runs its actions.
    EnableAlarmActions {
        /// Where.
        target: Target,
        /// The alarm.
        alarm: String,
    },
    /// This alarm of any type is OK again, until its next evaluation.
    ResetAlarm {
        /// Where.
        target: Target,
        /// The alarm.
        alarm: String,
    },
    /// This mute rule is gone.
    DeleteMuteRule {
        /// Where.
        target: Target,
        /// The rule.
        rule: String,
    },
    /// This composite alarm notifies this topic.
    NotifyFromComposite {
        /// Where.
        target: Target,
        /// The composite alarm.
        alarm: String,
        /// The topic.
        topic: String,
    },
    /// This trail tells of its log files in a topic of its own, not in the one that alarms use.
    SeparateTrailTopic {
        /// The trail.
        trail: Arn,
        /// Its home Region, the only one that takes the call.
        home_region: String,
        /// The topic that they share.
        topic: Arn,
    },
    /// This topic exists.
    CreateTopic {
        /// The ARN it is to have.
        topic: Arn,
    },
    /// This topic's policy has this statement.
    AllowInTopicPolicy {
        /// The topic.
        topic: Arn,
        /// The statement to add.
        statement: Value,
    },
    /// This topic is not encrypted with this key.
    RemoveTopicKey {
        /// The topic.
        topic: Arn,
    },
    /// This key's policy has this statement.
    AllowInKeyPolicy {
        /// Where the key was seen.
        target: Target,
        /// The key, as its user typed it.
        key: String,
        /// The statement to add.
        statement: Value,
    },
    /// This key is not scheduled for deletion; it stays disabled.
    CancelKeyDeletion {
        /// Where the key was seen.
        target: Target,
        /// The key, as its user typed it.
        key: String,
    },
    /// This key is enabled.
    EnableKey {
        /// Where the key was seen.
        target: Target,
        /// The key, as its user typed it.
        key: String,
    },
    /// This address is subscribed; confirming is up to its owner.
    Subscribe {
        /// The topic.
        topic: Arn,
        /// Such as `email`.
        protocol: String,
        /// The address; absent: the user must say.
        endpoint: Option<String>,
    },
    /// This subscription has no filter policy.
    RemoveFilterPolicy {
        /// The topic.
        topic: Arn,
        /// The subscription.
        subscription: Arn,
    },
    /// This EventBridge rule has this setting.
    SetEventRule {
        /// Where.
        target: Target,
        /// The rule.
        rule: String,
        /// What is to be set.
        set: RuleSetting,
    },
    /// This EventBridge rule sends its events to this topic, beside its other targets.
    AddRuleTarget {
        /// Where.
        target: Target,
        /// The rule.
        rule: String,
        /// The topic's ARN; absent: the user must say.
        topic: Option<String>,
    },
    /// This secret is not scheduled for deletion.
    RestoreSecret {
        /// The secret.
        secret: Arn,
    },
}

/// A setting of an EventBridge rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleSetting {
    /// `State`.
    State(String),
    /// `EventPattern`.
    Pattern(String),
}

/// A setting of a metric filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterSetting {
    /// `filterPattern`.
    Pattern(String),
    /// `metricValue` of the transformation to this metric.
    MetricValue {
        /// The metric.
        metric: String,
        /// The value.
        value: String,
    },
    /// `defaultValue` of the transformation to this metric.
    DefaultValue {
        /// The metric.
        metric: String,
        /// The value; absent: none.
        value: Option<f64>,
    },
    /// No `dimensions` on the transformation to this metric.
    NoDimensions {
        /// The metric.
        metric: String,
    },
    /// No `emitSystemFieldDimensions`.
    NoSystemFieldDimensions,
    /// No `fieldSelectionCriteria`.
    NoFieldSelection,
    /// `applyOnTransformedLogs` false: events as they came.
    EventsAsTheyCame,
}

/// A setting of a metric alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmSetting {
    /// `Namespace`, `MetricName`, no dimensions, no unit: exactly this metric.
    Metric {
        /// The namespace.
        namespace: String,
        /// The name.
        name: String,
    },
    /// `Statistic`, replacing an extended one.
    Statistic(String),
    /// `ComparisonOperator` and `Threshold`.
    Threshold {
        /// `GreaterThanOrEqualToThreshold` and so on.
        operator: String,
        /// The threshold.
        threshold: f64,
    },
    /// `Period`, in seconds.
    Period(i32),
    /// `EvaluationPeriods` and `DatapointsToAlarm`.
    Evaluate {
        /// `EvaluationPeriods`.
        periods: i32,
        /// `DatapointsToAlarm`.
        datapoints: i32,
    },
    /// `TreatMissingData`.
    TreatMissingData(String),
    /// `AlarmActions` has this topic.
    Notify {
        /// The topic's ARN; absent: the user must say.
        topic: Option<String>,
    },
}

/// The name, with a number behind it where it is taken: what AWS calls "create" and "put" often
/// overwrites.
pub fn free_name(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2;
    while taken(&name) {
        name = format!("{wanted}-{number}");
        number += 1;
    }
    name
}
