//! CloudTrail: `DescribeTrails`, `GetTrailStatus`, `GetEventSelectors`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Arn, Observed};
use crate::selector::EventSelectors;

/// A trail as seen from one Region, shadow and organisation trails included.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Trail {
    /// The name.
    pub name: String,
    /// The ARN; its account owns the trail.
    #[serde(rename = "TrailARN")]
    pub trail_arn: Arn,
    /// The Region where the trail is changed and from which it delivers to CloudWatch Logs.
    pub home_region: String,
    /// Whether it records every enabled Region.
    #[serde(default)]
    pub is_multi_region_trail: bool,
    /// Whether it records every account of the organisation.
    #[serde(default)]
    pub is_organization_trail: bool,
    /// Bucket of the log files.
    #[serde(rename = "S3BucketName")]
    pub s3_bucket_name: Option<String>,
    /// Prefix of the log files.
    #[serde(rename = "S3KeyPrefix")]
    pub s3_key_prefix: Option<String>,
    /// Topic that gets one message per log file; it says nothing of single events.
    #[serde(rename = "SnsTopicARN")]
    pub sns_topic_arn: Option<String>,
    /// Log group of the events; ends in `:*`.
    pub cloud_watch_logs_log_group_arn: Option<String>,
    /// Role with which CloudTrail writes to the log group.
    pub cloud_watch_logs_role_arn: Option<String>,
    /// Key of the log files.
    pub kms_key_id: Option<String>,
    /// Whether global services are recorded.
    pub include_global_service_events: Option<bool>,
    /// Whether digests are written.
    pub log_file_validation_enabled: Option<bool>,
    /// Whether selectors were set.
    pub has_custom_event_selectors: Option<bool>,
    /// `GetTrailStatus`, asked in the home Region.
    #[serde(default, rename = "status", skip_serializing_if = "Observed::is_not_asked")]
    pub status: Observed<TrailStatus>,
    /// `GetEventSelectors`.
    #[serde(default, rename = "selectors", skip_serializing_if = "Observed::is_not_asked")]
    pub selectors: Observed<EventSelectors>,
}

/// `GetTrailStatus`. The `…Attempt…` fields are no longer in use and are left out.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TrailStatus {
    /// Whether it records now.
    #[serde(default)]
    pub is_logging: bool,
    /// Last `StartLogging`.
    pub start_logging_time: Option<Timestamp>,
    /// Last `StopLogging`.
    pub stop_logging_time: Option<Timestamp>,
    /// S3's error code of the last failed delivery of a log file.
    pub latest_delivery_error: Option<String>,
    /// Last log file delivered.
    pub latest_delivery_time: Option<Timestamp>,
    /// Free text of the last failed delivery to CloudWatch Logs.
    pub latest_cloud_watch_logs_delivery_error: Option<String>,
    /// Last delivery to CloudWatch Logs; absent until the first.
    pub latest_cloud_watch_logs_delivery_time: Option<Timestamp>,
    /// Error of the last message to the trail's own topic.
    pub latest_notification_error: Option<String>,
    /// Last message to the trail's own topic.
    pub latest_notification_time: Option<Timestamp>,
}
