//! The calls that fill a snapshot.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::snapshot::{Arn, Dimension, Target};

/// One call to make, and the place whose slot its answer fills.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    /// The account and Region whose observations it fills. The call goes there too, unless it
    /// names a home Region.
    pub target: Target,
    /// The call.
    pub what: What,
}

/// The calls, by AWS's names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the fields are the calls' parameters")]
pub enum What {
    /// Fills `secrets`.
    DescribeSecret { secret: String },
    /// Fills `trails`, shadow trails included.
    DescribeTrails,
    /// Fills `trails_elsewhere` with names only.
    ListTrails,
    /// Fills one of `trails_elsewhere`; asked in the home Region.
    DescribeTrail { trail: Arn, home_region: String },
    /// Fills a trail's `status`; asked in the home Region.
    GetTrailStatus { trail: Arn, home_region: String },
    /// Fills a trail's `selectors`; asked in the home Region.
    GetEventSelectors { trail: Arn, home_region: String },
    /// Fills `event_history`.
    LookupEvents { event_name: String },
    /// Fills `log_groups`.
    DescribeLogGroups,
    /// Fills `metric_filters`, of all groups.
    DescribeMetricFilters,
    /// Fills one of `transformers`.
    GetTransformer { log_group: String },
    /// Fills `transformer_policies`.
    DescribeAccountPolicies,
    /// Fills one pattern of `pattern_tests`.
    TestMetricFilter { pattern: String, messages: BTreeMap<String, String> },
    /// Fills `incoming_log_events`.
    GetMetricStatistics { log_group: String },
    /// Fills one of `filtered_log_events`.
    FilterLogEvents { log_group: String, event_id: String, from: Timestamp, until: Timestamp },
    /// Fills one of `filter_datapoints`: sums of minutes.
    GetFilterStatistics {
        log_group: String,
        filter: String,
        namespace: String,
        metric_name: String,
        dimensions: Vec<Dimension>,
        from: Timestamp,
        until: Timestamp,
    },
    /// Fills one of a topic's `counters`: sums of five minutes.
    GetTopicStatistics { topic: Arn, metric_name: String, from: Timestamp, until: Timestamp },
    /// Fills `alarms`, of all types.
    DescribeAlarms,
    /// Fills `alarm_histories`.
    DescribeAlarmHistory { alarm: String, alarm_type: &'static str },
    /// Fills `alarm_mute_rules`.
    ListAlarmMuteRules,
    /// Fills a mute rule's `targets`.
    GetAlarmMuteRule { rule: String },
    /// Fills a topic's `attributes`.
    GetTopicAttributes { topic: Arn },
    /// Fills a topic's `subscriptions`.
    ListSubscriptionsByTopic { topic: Arn },
    /// Fills a subscription's `attributes`.
    GetSubscriptionAttributes { topic: Arn, key: String, subscription: Arn },
    /// Fills whether the account is in the SMS sandbox.
    GetSMSSandboxAccountStatus,
    /// Fills the numbers of the SMS sandbox.
    ListSMSSandboxPhoneNumbers,
    /// Fills the settings of text messages.
    GetSMSAttributes,
    /// Fills whether a number is opted out.
    CheckIfPhoneNumberIsOptedOut { number: String },
    /// Fills a key's `metadata`.
    DescribeKey { key: String },
    /// Fills a key's `policy`; `key_id` is no alias.
    GetKeyPolicy { key: String, key_id: String },
    /// Fills a key's `grants`.
    ListGrants { key: String, key_id: String },
    /// Fills `organization`.
    DescribeOrganization,
    /// Fills a role's `role`.
    GetRole { role: Arn },
    /// Fills a role's `inline_policies` with names only.
    ListRolePolicies { role: Arn },
    /// Fills one of a role's `inline_policies`.
    GetRolePolicy { role: Arn, policy: String },
    /// Fills a role's `attached_policies` with ARNs only.
    ListAttachedRolePolicies { role: Arn },
    /// Fills an attached policy's `default_version_id`.
    GetPolicy { role: Arn, policy: Arn },
    /// Fills an attached policy's `document`.
    GetPolicyVersion { role: Arn, policy: Arn, version: String },
    /// Fills a bucket's `policy`.
    GetBucketPolicy { bucket: String },
    /// Fills `event_rules`.
    ListRules,
    /// Fills a rule's `targets`.
    ListTargetsByRule { rule: String },
    /// Fills one of `dashboards`.
    GetDashboard { dashboard: String },
    /// Fills one of `tags`, by the call of its service.
    ListTags { arn: Arn },
}

impl What {
    /// The IAM action that it needs, such as `kms:GetKeyPolicy`.
    pub fn action(&self) -> &'static str {
        match self {
            Self::DescribeSecret { .. } => "secretsmanager:DescribeSecret",
            Self::DescribeTrails | Self::DescribeTrail { .. } => "cloudtrail:DescribeTrails",
            Self::ListTrails => "cloudtrail:ListTrails",
            Self::GetTrailStatus { .. } => "cloudtrail:GetTrailStatus",
            Self::GetEventSelectors { .. } => "cloudtrail:GetEventSelectors",
            Self::LookupEvents { .. } => "cloudtrail:LookupEvents",
            Self::DescribeLogGroups => "logs:DescribeLogGroups",
            Self::DescribeMetricFilters => "logs:DescribeMetricFilters",
            Self::GetTransformer { .. } => "logs:GetTransformer",
            Self::DescribeAccountPolicies => "logs:DescribeAccountPolicies",
            Self::TestMetricFilter { .. } => "logs:TestMetricFilter",
            Self::FilterLogEvents { .. } => "logs:FilterLogEvents",
            Self::GetMetricStatistics { .. }
            | Self::GetFilterStatistics { .. }
            | Self::GetTopicStatistics { .. } => "cloudwatch:GetMetricStatistics",
            Self::DescribeAlarms => "cloudwatch:DescribeAlarms",
            Self::DescribeAlarmHistory { .. } => "cloudwatch:DescribeAlarmHistory",
            Self::ListAlarmMuteRules => "cloudwatch:ListAlarmMuteRules",
            Self::GetAlarmMuteRule { .. } => "cloudwatch:GetAlarmMuteRule",
            Self::GetTopicAttributes { .. } => "sns:GetTopicAttributes",
            Self::ListSubscriptionsByTopic { .. } => "sns:ListSubscriptionsByTopic",
            Self::GetSubscriptionAttributes { .. } => "sns:GetSubscriptionAttributes",
            Self::GetSMSSandboxAccountStatus => "sns:GetSMSSandboxAccountStatus",
            Self::ListSMSSandboxPhoneNumbers => "sns:ListSMSSandboxPhoneNumbers",
            Self::GetSMSAttributes => "sns:GetSMSAttributes",
            Self::CheckIfPhoneNumberIsOptedOut { .. } => "sns:CheckIfPhoneNumberIsOptedOut",
            Self::DescribeKey { .. } => "kms:DescribeKey",
            Self::GetKeyPolicy { .. } => "kms:GetKeyPolicy",
            Self::ListGrants { .. } => "kms:ListGrants",
            Self::DescribeOrganization => "organizations:DescribeOrganization",
            Self::GetRole { .. } => "iam:GetRole",
            Self::ListRolePolicies { .. } => "iam:ListRolePolicies",
            Self::GetRolePolicy { .. } => "iam:GetRolePolicy",
            Self::ListAttachedRolePolicies { .. } => "iam:ListAttachedRolePolicies",
            Self::GetPolicy { .. } => "iam:GetPolicy",
            Self::GetPolicyVersion { .. } => "iam:GetPolicyVersion",
            Self::GetBucketPolicy { .. } => "s3:GetBucketPolicy",
            Self::ListRules => "events:ListRules",
            Self::ListTargetsByRule { .. } => "events:ListTargetsByRule",
            Self::GetDashboard { .. } => "cloudwatch:GetDashboard",
            Self::ListTags { arn } => match arn.service() {
                "cloudwatch" => "cloudwatch:ListTagsForResource",
                "events" => "events:ListTagsForResource",
                "iam" => "iam:ListRoleTags",
                "kms" => "kms:ListResourceTags",
                "logs" => "logs:ListTagsForResource",
                "s3" => "s3:GetBucketTagging",
                "secretsmanager" => "secretsmanager:DescribeSecret",
                "sns" => "sns:ListTagsForResource",
                _ => "cloudtrail:ListTags",
            },
        }
    }
}
