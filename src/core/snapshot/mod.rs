//! Everything that was read of AWS, once, as values.
//!
//! A [`Snapshot`] holds one [`Observations`] per [`Target`]; each read is an [`Observed`]. Field
//! names in PascalCase or camelCase are AWS's own, those in snake_case are secmon's.
//!
//! ```
//! use secmon_core::snapshot::Snapshot;
//!
//! # fn main() -> Result<(), secmon_core::snapshot::SnapshotError> {
//! let snapshot = Snapshot::healthy();
//! let read_back = Snapshot::from_json(&snapshot.to_json())?;
//! assert_eq!(snapshot, read_back);
//! assert!(Snapshot::from_json(r#"{"version": 99}"#).is_err());
//! # Ok(()) }
//! ```

use std::collections::{BTreeMap, BTreeSet};

pub use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::baseline::Message;

mod alarm;
mod event;
mod example;
mod ids;
mod logs;
mod observed;
mod permission;
mod redact;
mod scenario;
mod secret;
mod sms;
#[cfg(test)]
mod tests;
mod topic;
mod trail;

pub use alarm::{
    AlarmHistoryItem, AlarmMuteDetail, AlarmMuteRule, AlarmMuteSchedule, Alarms, AnyAlarm,
    CompositeAlarm, Datapoint, Dimension, EvaluationWindow, LogAlarm, Metric, MetricAlarm,
    MetricDataQuery, MetricStat, ScheduleConfiguration, ScheduledQueryConfiguration,
};
pub use event::{Event, EventHistory, EventRule, EventTarget};
pub use ids::{AccountId, Arn, IdError, Region, Target};
pub use logs::{
    AccountPolicy, FilteredLogEvent, LogGroup, MetricFilter, MetricTransformation, Transformer,
};
pub use observed::Observed;
pub use permission::{
    AttachedPolicy, Bucket, GrantConstraints, Key, KeyGrant, KeyMetadata, Organization, Role,
    RoleDetail,
};
pub use scenario::{Scenario, ScenarioError};
pub use secret::{ReplicationStatus, Secret};
pub use sms::{Sms, SmsAttributes};
pub use topic::{Subscription, SubscriptionAttributes, Topic, TopicAttributes};
pub use trail::{Trail, TrailStatus};

/// The version of the snapshot's file format.
pub const VERSION: u32 = 1;

/// Everything that was read, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// [`VERSION`].
    pub version: u32,
    /// AWS's time when the first answer came.
    pub taken_at: Timestamp,
    /// Who read it (`GetCallerIdentity`).
    pub caller: Observed<Caller>,
    /// What was asked about.
    pub asked: Vec<Asked>,
    /// What was seen, by account and Region.
    pub targets: BTreeMap<Target, Observations>,
    /// What `TestMetricFilter` answered.
    #[serde(default, skip_serializing_if = "PatternTests::is_empty")]
    pub pattern_tests: PatternTests,
}

/// The secret, or any secret of a target, that the chain is to watch.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Where the secret lives.
    pub target: Target,
    /// Its name or ARN as the user typed it; absent: any secret of the target.
    pub secret: Option<String>,
}

impl Asked {
    /// The secret in words: its name, or "any secret".
    ///
    /// ```
    /// # use secmon_core::snapshot::Asked;
    /// # fn main() -> Result<(), secmon_core::snapshot::IdError> {
    /// let label = |secret: &str| -> Result<String, _> {
    ///     let target = "123456789012/eu-west-1".to_owned().try_into()?;
    ///     let asked = Asked { target, secret: Some(secret.to_owned()) };
    ///     Ok::<_, secmon_core::snapshot::IdError>(asked.label().to_owned())
    /// };
    /// let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:";
    /// assert_eq!(label("prod-db")?, "prod-db");
    /// assert_eq!(label(&format!("{arn}prod-db-a1B2c3"))?, "prod-db");
    /// assert_eq!(label(&format!("{arn}prod-db"))?, "prod-db");
    /// # Ok(()) }
    /// ```
    pub fn label(&self) -> &str {
        match &self.secret {
            None => "any secret",
            Some(id) => match id.split_once(":secret:") {
                Some((_, resource)) => secret_name(resource),
                None => id,
            },
        }
    }
}

/// The name of a secret in the last part of its ARN: all but a hyphen and six characters.
pub(crate) fn secret_name(resource: &str) -> &str {
    match resource.rsplit_once('-') {
        Some((name, suffix)) if suffix.len() == 6 => name,
        _ => resource,
    }
}

/// Whose credentials read the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// User, or role session.
    pub arn: Arn,
}

/// What was seen in one account and Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observations {
    /// `DescribeSecret`, by name or ARN as asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Observed<Secret>>,
    /// `DescribeTrails` with shadow trails, by ARN.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub trails: Observed<BTreeMap<Arn, Trail>>,
    /// `ListTrails`: trails that do not show in this Region, each with its own `DescribeTrails`.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub trails_elsewhere: Observed<BTreeMap<Arn, Observed<Trail>>>,
    /// `DescribeLogGroups`, by name.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub log_groups: Observed<BTreeMap<String, LogGroup>>,
    /// `DescribeMetricFilters` of all groups, by group and filter name.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub metric_filters: Observed<BTreeMap<String, BTreeMap<String, MetricFilter>>>,
    /// `GetTransformer`, by group; asked where a filter sees transformed events.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub transformers: BTreeMap<String, Observed<Transformer>>,
    /// `DescribeAccountPolicies` of type `TRANSFORMER_POLICY`, by name; asked with transformers.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub transformer_policies: Observed<BTreeMap<String, AccountPolicy>>,
    /// `DescribeAlarms` of all types.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub alarms: Observed<Alarms>,
    /// `DescribeAlarmHistory`, by alarm name, newest first; of the alarms that matter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub alarm_histories: BTreeMap<String, Observed<Vec<AlarmHistoryItem>>>,
    /// `ListAlarmMuteRules`, by rule name.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub alarm_mute_rules: Observed<BTreeMap<String, AlarmMuteRule>>,
    /// `GetMetricStatistics` of `AWS/Logs IncomingLogEvents` over the last hour in minutes, by
    /// group; minutes without events have no datapoint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub incoming_log_events: BTreeMap<String, Observed<Vec<Datapoint>>>,
    /// `FilterLogEvents` for one event of CloudTrail, by group and `eventID`; empty where the group
    /// does not hold it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filtered_log_events: BTreeMap<String, BTreeMap<String, Observed<Vec<FilteredLogEvent>>>>,
    /// `GetMetricStatistics` of what metric filters feed, around the minute of that log event, by
    /// group and filter name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filter_datapoints: BTreeMap<String, BTreeMap<String, Observed<Vec<Datapoint>>>>,
    /// Topics that alarms and rules name, by ARN.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub topics: BTreeMap<Arn, Topic>,
    /// Text messages of SNS.
    #[serde(default, skip_serializing_if = "Sms::is_not_asked")]
    pub sms: Sms,
    /// Keys that topics and groups name, by id as typed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Key>,
    /// Roles that trails name, by ARN.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<Arn, Role>,
    /// Buckets that trails name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub buckets: BTreeMap<String, Bucket>,
    /// `ListRules` of the default event bus, by name.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub event_rules: Observed<BTreeMap<String, EventRule>>,
    /// `DescribeOrganization`: asked where a policy asks for the publisher's organization, or a trail
    /// is an organization trail.
    #[serde(default, skip_serializing_if = "Observed::is_not_asked")]
    pub organization: Observed<Organization>,
    /// `LookupEvents`, by event name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub event_history: BTreeMap<String, Observed<EventHistory>>,
    /// `GetDashboard`, by name: JSON text of the body; asked where one is to be made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dashboards: BTreeMap<String, Observed<String>>,
    /// `ListTags`, and what it is called elsewhere, by ARN; asked of what a plan changes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<Arn, Observed<BTreeMap<String, String>>>,
}

/// What `TestMetricFilter` answered. Every pattern was asked about the same messages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternTests {
    /// The messages, by label.
    pub messages: BTreeMap<String, String>,
    /// By pattern: the labels of the messages that match.
    pub matches: BTreeMap<String, Observed<BTreeSet<String>>>,
}

impl PatternTests {
    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.matches.is_empty()
    }

    /// What AWS said about this pattern and this message.
    pub fn answer(&self, pattern: &str, message: &Message) -> Observed<bool> {
        if self.messages.get(&message.label) != Some(&message.text) {
            return Observed::NotAsked;
        }
        match self.matches.get(pattern) {
            Some(matches) => matches.as_ref().map(|labels| labels.contains(&message.label)),
            None => Observed::NotAsked,
        }
    }

    /// Notes what AWS said about this pattern and this message.
    pub fn record(&mut self, pattern: &str, message: &Message, matches: bool) {
        self.messages.insert(message.label.clone(), message.text.clone());
        let answer = self.matches.entry(pattern.to_owned()).or_default();
        if answer.seen().is_none() {
            *answer = Observed::Seen(BTreeSet::new());
        }
        if let (true, Some(labels)) = (matches, answer.seen_mut()) {
            labels.insert(message.label.clone());
        }
    }
}

/// A snapshot that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Not the JSON of a snapshot.
    #[error("line {line}, column {column}: {message}")]
    Malformed {
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// Written by another version of secmon.
    #[error("snapshot version {found} is not version {VERSION}, the one this secmon reads")]
    Version {
        /// The version in the file.
        found: u64,
    },
}

impl Snapshot {
    /// One in which nothing was read.
    pub fn empty(taken_at: Timestamp) -> Self {
        Self {
            version: VERSION,
            taken_at,
            caller: Observed::NotAsked,
            asked: Vec::new(),
            targets: BTreeMap::new(),
            pattern_tests: PatternTests::default(),
        }
    }

    /// Reads a snapshot; damage and hostility are errors that name the place.
    pub fn from_json(text: &str) -> Result<Self, SnapshotError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        let version = serde_json::from_str::<Versioned>(text).map_err(malformed)?.version;
        if version != u64::from(VERSION) {
            return Err(SnapshotError::Version { found: version });
        }
        serde_json::from_str(text).map_err(malformed)
    }

    /// The snapshot as indented JSON. Same snapshot, same bytes.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// What was seen in a target; nothing was asked in targets that are not in the snapshot.
    pub fn at(&self, target: &Target) -> &Observations {
        static NOTHING: Observations = Observations::NOTHING;
        self.targets.get(target).unwrap_or(&NOTHING)
    }

    /// How long before the snapshot something happened, in words: "2 min ago".
    ///
    /// ```
    /// use secmon_core::snapshot::Snapshot;
    ///
    /// let snapshot = Snapshot::healthy();
    /// let ago = |time: &str| time.parse().map(|time| snapshot.ago(time));
    /// assert_eq!(ago("2026-01-05T10:10:03Z")?, "1 min ago");
    /// assert_eq!(ago("2026-01-05T07:00:00Z")?, "3 h ago");
    /// assert_eq!(ago("2026-01-01T00:00:00Z")?, "4 days ago");
    /// // Clocks of services differ by seconds.
    /// assert_eq!(ago("2026-01-05T10:12:09Z")?, "just now");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn ago(&self, time: Timestamp) -> String {
        match self.minutes_since(time) {
            ..1 => "just now".to_owned(),
            minutes @ 1..120 => format!("{minutes} min ago"),
            minutes @ 120..2880 => format!("{} h ago", minutes / 60),
            minutes => format!("{} days ago", minutes / 1440),
        }
    }

    /// Whole minutes from something that happened to the snapshot.
    pub fn minutes_since(&self, time: Timestamp) -> i64 {
        self.taken_at.duration_since(time).as_secs() / 60
    }
}

impl Observations {
    /// The trail, whether it shows in this Region or not.
    pub fn trail(&self, arn: &Arn) -> Option<&Trail> {
        let here = self.trails.seen().and_then(|trails| trails.get(arn));
        here.or_else(|| self.trails_elsewhere.seen()?.get(arn)?.seen())
    }

    /// The trail to change, whether it shows in this Region or not.
    pub fn trail_mut(&mut self, arn: &Arn) -> Option<&mut Trail> {
        let here = self.trails.seen_mut().and_then(|trails| trails.get_mut(arn));
        here.or_else(|| self.trails_elsewhere.seen_mut()?.get_mut(arn)?.seen_mut())
    }

    const NOTHING: Self = Self {
        secrets: BTreeMap::new(),
        trails: Observed::NotAsked,
        trails_elsewhere: Observed::NotAsked,
        log_groups: Observed::NotAsked,
        metric_filters: Observed::NotAsked,
        transformers: BTreeMap::new(),
        transformer_policies: Observed::NotAsked,
        alarms: Observed::NotAsked,
        alarm_histories: BTreeMap::new(),
        alarm_mute_rules: Observed::NotAsked,
        incoming_log_events: BTreeMap::new(),
        filtered_log_events: BTreeMap::new(),
        filter_datapoints: BTreeMap::new(),
        topics: BTreeMap::new(),
        sms: Sms::NOTHING,
        keys: BTreeMap::new(),
        roles: BTreeMap::new(),
        buckets: BTreeMap::new(),
        event_rules: Observed::NotAsked,
        organization: Observed::NotAsked,
        event_history: BTreeMap::new(),
        dashboards: BTreeMap::new(),
        tags: BTreeMap::new(),
    };
}

fn malformed(error: serde_json::Error) -> SnapshotError {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    SnapshotError::Malformed {
        line: error.line(),
        column: error.column(),
        message: message.strip_suffix(&place).unwrap_or(&message).to_owned(),
    }
}
