//! One call that changes something, complete: what is run, shown, saved in a plan and taken back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::command::AwsCommand;
use crate::selector::EventSelectors;
use crate::snapshot::{
    AccountId, AlarmMuteRule, Arn, CompositeAlarm, EventRule, MetricAlarm, MetricFilter, Region,
    Target,
};

mod command;

/// Tags of what is made, by key.
pub type Tags = BTreeMap<String, String>;

/// One call of AWS's API that changes something, with everything it needs. Named as AWS does.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", deny_unknown_fields)]
#[expect(missing_docs, reason = "calls and parameters are named as AWS documents them")]
pub enum Write {
    RestoreSecret { secret: Arn },
    DeleteSecret { secret: Arn, recovery_window_in_days: i64 },
    CreateLogGroup { target: Target, log_group: String, tags: Tags },
    PutRetentionPolicy { target: Target, log_group: String, retention_in_days: i32 },
    DeleteRetentionPolicy { target: Target, log_group: String },
    DeleteLogGroup { target: Target, log_group: String },
    PutMetricFilter { target: Target, filter: MetricFilter },
    DeleteMetricFilter { target: Target, log_group: String, filter: String },
    CreateRole { role: Arn, trust: String, permissions_boundary: Option<String>, tags: Tags },
    DeleteRole { role: Arn },
    UpdateAssumeRolePolicy { role: Arn, document: String },
    PutRolePolicy { role: Arn, policy: String, document: String },
    DeleteRolePolicy { role: Arn, policy: String },
    CreateBucket { target: Target, bucket: String },
    DeleteBucket { target: Target, bucket: String },
    PutPublicAccessBlock { target: Target, bucket: String },
    PutBucketEncryption { target: Target, bucket: String },
    PutBucketLifecycleConfiguration { target: Target, bucket: String, days: i32 },
    PutBucketTagging { target: Target, bucket: String, tags: Tags },
    PutBucketPolicy { target: Target, bucket: String, policy: String },
    DeleteBucketPolicy { target: Target, bucket: String },
    CreateTrail { trail: Arn, bucket: String, tags: Tags },
    DeleteTrail { trail: Arn, home_region: String },
    UpdateTrail { trail: Arn, home_region: String, set: TrailSettings },
    PutEventSelectors { trail: Arn, home_region: String, selectors: EventSelectors },
    StartLogging { trail: Arn, home_region: String },
    StopLogging { trail: Arn, home_region: String },
    PutRule { target: Target, rule: EventRule },
    PutTargets { target: Target, rule: String, id: String, arn: String },
    RemoveTargets { target: Target, rule: String, id: String },
    CreateTopic { topic: Arn, tags: Tags },
    DeleteTopic { topic: Arn },
    SetTopicAttributes { topic: Arn, attribute: String, value: String },
    Subscribe { topic: Arn, protocol: String, endpoint: String },
    Unsubscribe { topic: Arn, subscription: Arn },
    SetSubscriptionAttributes { topic: Arn, subscription: Arn, attribute: String, value: String },
    CancelKeyDeletion { target: Target, key: String },
    ScheduleKeyDeletion { target: Target, key: String, pending_window_in_days: i32 },
    EnableKey { target: Target, key: String },
    DisableKey { target: Target, key: String },
    PutKeyPolicy { target: Target, key: String, policy: String },
    PutMetricAlarm { target: Target, alarm: Box<MetricAlarm>, tags: Tags },
    PutCompositeAlarm { target: Target, alarm: Box<CompositeAlarm> },
    DeleteAlarms { target: Target, alarm: String },
    EnableAlarmActions { target: Target, alarm: String },
    DisableAlarmActions { target: Target, alarm: String },
    SetAlarmState { target: Target, alarm: String, state: String, reason: String },
    PutAlarmMuteRule { target: Target, rule: Box<AlarmMuteRule> },
    DeleteAlarmMuteRule { target: Target, rule: String },
    PutDashboard { target: Target, dashboard: String, body: String },
    DeleteDashboards { target: Target, dashboard: String },
}

/// What `UpdateTrail` sets; what is absent stays. An empty text takes the setting away.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "named as AWS documents them")]
pub struct TrailSettings {
    pub is_multi_region_trail: Option<bool>,
    pub include_global_service_events: Option<bool>,
    pub cloud_watch_logs_log_group_arn: Option<String>,
    pub cloud_watch_logs_role_arn: Option<String>,
    pub sns_topic_name: Option<String>,
}

impl Write {
    /// Where it is called, and whose resource it changes. IAM knows no Regions: there it is the one
    /// that its endpoint stands in.
    pub fn target(&self) -> Option<Target> {
        let of = |arn: &Arn, region: &str| {
            let account = arn.account().parse().unwrap_or_else(|_| AccountId::unknown());
            Some(Target { account, region: region.parse::<Region>().ok()? })
        };
        match self {
            Self::RestoreSecret { secret: arn } | Self::DeleteSecret { secret: arn, .. } => {
                of(arn, arn.region())
            }
            Self::CreateRole { role, .. }
            | Self::DeleteRole { role }
            | Self::UpdateAssumeRolePolicy { role, .. }
            | Self::PutRolePolicy { role, .. }
            | Self::DeleteRolePolicy { role, .. } => of(role, iam_region(role.partition())),
            Self::CreateTrail { trail, .. } => of(trail, trail.region()),
            Self::DeleteTrail { trail, home_region }
            | Self::UpdateTrail { trail, home_region, .. }
            | Self::PutEventSelectors { trail, home_region, .. }
            | Self::StartLogging { trail, home_region }
            | Self::StopLogging { trail, home_region } => of(trail, home_region),
            Self::CreateTopic { topic, .. }
            | Self::DeleteTopic { topic }
            | Self::SetTopicAttributes { topic, .. }
            | Self::Subscribe { topic, .. }
            | Self::Unsubscribe { topic, .. }
            | Self::SetSubscriptionAttributes { topic, .. } => of(topic, topic.region()),
            Self::CancelKeyDeletion { target, key }
            | Self::ScheduleKeyDeletion { target, key, .. }
            | Self::EnableKey { target, key }
            | Self::DisableKey { target, key }
            | Self::PutKeyPolicy { target, key, .. } => match key.parse::<Arn>() {
                Ok(arn) => of(&arn, arn.region()),
                Err(_) => Some(target.clone()),
            },
            Self::CreateLogGroup { target, .. }
            | Self::PutRetentionPolicy { target, .. }
            | Self::DeleteRetentionPolicy { target, .. }
            | Self::DeleteLogGroup { target, .. }
            | Self::PutMetricFilter { target, .. }
            | Self::DeleteMetricFilter { target, .. }
            | Self::CreateBucket { target, .. }
            | Self::DeleteBucket { target, .. }
            | Self::PutPublicAccessBlock { target, .. }
            | Self::PutBucketEncryption { target, .. }
            | Self::PutBucketLifecycleConfiguration { target, .. }
            | Self::PutBucketTagging { target, .. }
            | Self::PutBucketPolicy { target, .. }
            | Self::DeleteBucketPolicy { target, .. }
            | Self::PutRule { target, .. }
            | Self::PutTargets { target, .. }
            | Self::RemoveTargets { target, .. }
            | Self::PutMetricAlarm { target, .. }
            | Self::PutCompositeAlarm { target, .. }
            | Self::DeleteAlarms { target, .. }
            | Self::EnableAlarmActions { target, .. }
            | Self::DisableAlarmActions { target, .. }
            | Self::SetAlarmState { target, .. }
            | Self::PutAlarmMuteRule { target, .. }
            | Self::DeleteAlarmMuteRule { target, .. }
            | Self::PutDashboard { target, .. }
            | Self::DeleteDashboards { target, .. } => Some(target.clone()),
        }
    }

    /// AWS's name of the call.
    pub fn operation(&self) -> &'static str {
        self.named().0
    }

    /// The IAM action that allows it.
    pub fn action(&self) -> &'static str {
        self.named().1
    }

    /// Whether it makes something, and fails where that is there already.
    pub fn creates(&self) -> bool {
        matches!(
            self,
            Self::CreateLogGroup { .. }
                | Self::CreateRole { .. }
                | Self::CreateTopic { .. }
                | Self::CreateTrail { .. }
        )
    }

    fn named(&self) -> (&'static str, &'static str) {
        match self {
            Self::RestoreSecret { .. } => ("RestoreSecret", "secretsmanager:RestoreSecret"),
            Self::DeleteSecret { .. } => ("DeleteSecret", "secretsmanager:DeleteSecret"),
            Self::CreateLogGroup { .. } => ("CreateLogGroup", "logs:CreateLogGroup"),
            Self::PutRetentionPolicy { .. } => ("PutRetentionPolicy", "logs:PutRetentionPolicy"),
            Self::DeleteRetentionPolicy { .. } => {
                ("DeleteRetentionPolicy", "logs:DeleteRetentionPolicy")
            }
            Self::DeleteLogGroup { .. } => ("DeleteLogGroup", "logs:DeleteLogGroup"),
            Self::PutMetricFilter { .. } => ("PutMetricFilter", "logs:PutMetricFilter"),
            Self::DeleteMetricFilter { .. } => ("DeleteMetricFilter", "logs:DeleteMetricFilter"),
            Self::CreateRole { .. } => ("CreateRole", "iam:CreateRole"),
            Self::DeleteRole { .. } => ("DeleteRole", "iam:DeleteRole"),
            Self::UpdateAssumeRolePolicy { .. } => {
                ("UpdateAssumeRolePolicy", "iam:UpdateAssumeRolePolicy")
            }
            Self::PutRolePolicy { .. } => ("PutRolePolicy", "iam:PutRolePolicy"),
            Self::DeleteRolePolicy { .. } => ("DeleteRolePolicy", "iam:DeleteRolePolicy"),
            Self::CreateBucket { .. } => ("CreateBucket", "s3:CreateBucket"),
            Self::DeleteBucket { .. } => ("DeleteBucket", "s3:DeleteBucket"),
            Self::PutPublicAccessBlock { .. } => {
                ("PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock")
            }
            Self::PutBucketEncryption { .. } => {
                ("PutBucketEncryption", "s3:PutEncryptionConfiguration")
            }
            Self::PutBucketLifecycleConfiguration { .. } => {
                ("PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration")
            }
            Self::PutBucketTagging { .. } => ("PutBucketTagging", "s3:PutBucketTagging"),
            Self::PutBucketPolicy { .. } => ("PutBucketPolicy", "s3:PutBucketPolicy"),
            Self::DeleteBucketPolicy { .. } => ("DeleteBucketPolicy", "s3:DeleteBucketPolicy"),
            Self::CreateTrail { .. } => ("CreateTrail", "cloudtrail:CreateTrail"),
            Self::DeleteTrail { .. } => ("DeleteTrail", "cloudtrail:DeleteTrail"),
            Self::UpdateTrail { .. } => ("UpdateTrail", "cloudtrail:UpdateTrail"),
            Self::PutEventSelectors { .. } => ("PutEventSelectors", "cloudtrail:PutEventSelectors"),
            Self::StartLogging { .. } => ("StartLogging", "cloudtrail:StartLogging"),
            Self::StopLogging { .. } => ("StopLogging", "cloudtrail:StopLogging"),
            Self::PutRule { .. } => ("PutRule", "events:PutRule"),
            Self::PutTargets { .. } => ("PutTargets", "events:PutTargets"),
            Self::RemoveTargets { .. } => ("RemoveTargets", "events:RemoveTargets"),
            Self::CreateTopic { .. } => ("CreateTopic", "sns:CreateTopic"),
            Self::DeleteTopic { .. } => ("DeleteTopic", "sns:DeleteTopic"),
            Self::SetTopicAttributes { .. } => ("SetTopicAttributes", "sns:SetTopicAttributes"),
            Self::Subscribe { .. } => ("Subscribe", "sns:Subscribe"),
            Self::Unsubscribe { .. } => ("Unsubscribe", "sns:Unsubscribe"),
            Self::SetSubscriptionAttributes { .. } => {
                ("SetSubscriptionAttributes", "sns:SetSubscriptionAttributes")
            }
            Self::CancelKeyDeletion { .. } => ("CancelKeyDeletion", "kms:CancelKeyDeletion"),
            Self::ScheduleKeyDeletion { .. } => ("ScheduleKeyDeletion", "kms:ScheduleKeyDeletion"),
            Self::EnableKey { .. } => ("EnableKey", "kms:EnableKey"),
            Self::DisableKey { .. } => ("DisableKey", "kms:DisableKey"),
            Self::PutKeyPolicy { .. } => ("PutKeyPolicy", "kms:PutKeyPolicy"),
            Self::PutMetricAlarm { .. } => ("PutMetricAlarm", "cloudwatch:PutMetricAlarm"),
            Self::PutCompositeAlarm { .. } => ("PutCompositeAlarm", "cloudwatch:PutCompositeAlarm"),
            Self::DeleteAlarms { .. } => ("DeleteAlarms", "cloudwatch:DeleteAlarms"),
            Self::EnableAlarmActions { .. } => {
                ("EnableAlarmActions", "cloudwatch:EnableAlarmActions")
            }
            Self::DisableAlarmActions { .. } => {
                ("DisableAlarmActions", "cloudwatch:DisableAlarmActions")
            }
            Self::SetAlarmState { .. } => ("SetAlarmState", "cloudwatch:SetAlarmState"),
            Self::PutAlarmMuteRule { .. } => ("PutAlarmMuteRule", "cloudwatch:PutAlarmMuteRule"),
            Self::DeleteAlarmMuteRule { .. } => {
                ("DeleteAlarmMuteRule", "cloudwatch:DeleteAlarmMuteRule")
            }
            Self::PutDashboard { .. } => ("PutDashboard", "cloudwatch:PutDashboard"),
            Self::DeleteDashboards { .. } => ("DeleteDashboards", "cloudwatch:DeleteDashboards"),
        }
    }

    /// The same as a command of the AWS CLI.
    pub fn command(&self) -> AwsCommand {
        command::of(self)
    }
}

/// The Region of IAM's endpoint.
fn iam_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}
