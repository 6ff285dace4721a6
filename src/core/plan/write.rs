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

/// How a key that is made for an alias describes itself; by it the key is found that has no alias yet.
pub fn key_description(alias: &str) -> String {
    format!("secmon: the key of {alias}")
}

/// How the secret that is made describes itself.
pub const SECRET_DESCRIPTION: &str = "A demonstration: its value is public.";

/// Tags of what is made, by key.
pub type Tags = BTreeMap<String, String>;

/// One call of AWS's API that changes something, with everything it needs. Named as AWS does.
///
/// `CreateSecret` names a secret without the six characters that AWS adds. Its value stands in no plan:
/// whoever makes the call knows the one that is public already, that of the demonstration.
/// `CreateKey` makes a key and its alias, by which it is known from then on.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", deny_unknown_fields)]
#[expect(missing_docs, reason = "calls and parameters are named as AWS documents them")]
pub enum Write {
    CreateSecret { secret: Arn, tags: Tags },
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
    CreateKey { target: Target, alias: String, policy: String, tags: Tags },
    DeleteAlias { target: Target, alias: String },
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
            Self::CreateSecret { secret: arn, .. }
            | Self::RestoreSecret { secret: arn }
            | Self::DeleteSecret { secret: arn, .. } => of(arn, arn.region()),
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
            | Self::CreateKey { target, .. }
            | Self::DeleteAlias { target, .. }
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

    /// Whether it makes something that is used as it is where it is there already.
    pub fn creates(&self) -> bool {
        matches!(
            self,
            Self::CreateSecret { .. }
                | Self::CreateLogGroup { .. }
                | Self::CreateRole { .. }
                | Self::CreateKey { .. }
                | Self::CreateTopic { .. }
                | Self::CreateTrail { .. }
        )
    }

    /// The tags of what it makes.
    pub fn tags(&self) -> &Tags {
        static NONE: Tags = Tags::new();
        match self {
            Self::CreateSecret { tags, .. }
            | Self::CreateLogGroup { tags, .. }
            | Self::CreateRole { tags, .. }
            | Self::CreateTrail { tags, .. }
            | Self::CreateTopic { tags, .. }
            | Self::CreateKey { tags, .. }
            | Self::PutMetricAlarm { tags, .. } => tags,
            _ => &NONE,
        }
    }

    /// The same as a command of the AWS CLI.
    pub fn command(&self) -> AwsCommand {
        command::of(self)
    }
}

macro_rules! calls {
    ($($call:ident => $action:literal,)*) => {
        impl Write {
            /// The IAM actions of all calls.
            pub const ACTIONS: &[&'static str] = &[$($action,)*];

            /// AWS's name of the call.
            pub fn operation(&self) -> &'static str {
                match self {
                    $(Self::$call { .. } => stringify!($call),)*
                }
            }

            /// The IAM action that allows it.
            pub fn action(&self) -> &'static str {
                match self {
                    $(Self::$call { .. } => $action,)*
                }
            }
        }
    };
}

calls! {
    CreateSecret => "secretsmanager:CreateSecret",
    RestoreSecret => "secretsmanager:RestoreSecret",
    DeleteSecret => "secretsmanager:DeleteSecret",
    CreateLogGroup => "logs:CreateLogGroup",
    PutRetentionPolicy => "logs:PutRetentionPolicy",
    DeleteRetentionPolicy => "logs:DeleteRetentionPolicy",
    DeleteLogGroup => "logs:DeleteLogGroup",
    PutMetricFilter => "logs:PutMetricFilter",
    DeleteMetricFilter => "logs:DeleteMetricFilter",
    CreateRole => "iam:CreateRole",
    DeleteRole => "iam:DeleteRole",
    UpdateAssumeRolePolicy => "iam:UpdateAssumeRolePolicy",
    PutRolePolicy => "iam:PutRolePolicy",
    DeleteRolePolicy => "iam:DeleteRolePolicy",
    CreateBucket => "s3:CreateBucket",
    DeleteBucket => "s3:DeleteBucket",
    PutPublicAccessBlock => "s3:PutBucketPublicAccessBlock",
    PutBucketEncryption => "s3:PutEncryptionConfiguration",
    PutBucketLifecycleConfiguration => "s3:PutLifecycleConfiguration",
    PutBucketTagging => "s3:PutBucketTagging",
    PutBucketPolicy => "s3:PutBucketPolicy",
    DeleteBucketPolicy => "s3:DeleteBucketPolicy",
    CreateTrail => "cloudtrail:CreateTrail",
    DeleteTrail => "cloudtrail:DeleteTrail",
    UpdateTrail => "cloudtrail:UpdateTrail",
    PutEventSelectors => "cloudtrail:PutEventSelectors",
    StartLogging => "cloudtrail:StartLogging",
    StopLogging => "cloudtrail:StopLogging",
    PutRule => "events:PutRule",
    PutTargets => "events:PutTargets",
    RemoveTargets => "events:RemoveTargets",
    CreateTopic => "sns:CreateTopic",
    DeleteTopic => "sns:DeleteTopic",
    SetTopicAttributes => "sns:SetTopicAttributes",
    Subscribe => "sns:Subscribe",
    Unsubscribe => "sns:Unsubscribe",
    SetSubscriptionAttributes => "sns:SetSubscriptionAttributes",
    CreateKey => "kms:CreateKey",
    DeleteAlias => "kms:DeleteAlias",
    CancelKeyDeletion => "kms:CancelKeyDeletion",
    ScheduleKeyDeletion => "kms:ScheduleKeyDeletion",
    EnableKey => "kms:EnableKey",
    DisableKey => "kms:DisableKey",
    PutKeyPolicy => "kms:PutKeyPolicy",
    PutMetricAlarm => "cloudwatch:PutMetricAlarm",
    PutCompositeAlarm => "cloudwatch:PutCompositeAlarm",
    DeleteAlarms => "cloudwatch:DeleteAlarms",
    EnableAlarmActions => "cloudwatch:EnableAlarmActions",
    DisableAlarmActions => "cloudwatch:DisableAlarmActions",
    SetAlarmState => "cloudwatch:SetAlarmState",
    PutAlarmMuteRule => "cloudwatch:PutAlarmMuteRule",
    DeleteAlarmMuteRule => "cloudwatch:DeleteAlarmMuteRule",
    PutDashboard => "cloudwatch:PutDashboard",
    DeleteDashboards => "cloudwatch:DeleteDashboards",
}

/// The Region of IAM's endpoint.
fn iam_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}
