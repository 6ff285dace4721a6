//! What each read needs to be allowed.

use std::collections::{BTreeMap, BTreeSet};

use secmon_core::plan::Write;
use serde_json::{Value, json};

#[cfg(test)]
mod tests;

macro_rules! calls {
    ($($call:ident => $action:literal,)*) => {
        /// The API calls that secmon makes, by AWS's names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Call {
            $($call,)*
        }

        impl Call {
            /// Every call.
            pub(crate) const ALL: &[Self] = &[$(Self::$call,)*];

            /// AWS's name of the call.
            pub(crate) fn name(self) -> &'static str {
                self.action().rsplit(':').next().unwrap_or_default()
            }

            /// The IAM action that allows it.
            pub(crate) fn action(self) -> &'static str {
                match self {
                    $(Self::$call => $action,)*
                }
            }
        }
    };
}

calls! {
    DescribeTrails => "cloudtrail:DescribeTrails",
    GetEventSelectors => "cloudtrail:GetEventSelectors",
    GetTrailStatus => "cloudtrail:GetTrailStatus",
    ListTrails => "cloudtrail:ListTrails",
    LookupEvents => "cloudtrail:LookupEvents",
    DescribeAlarmHistory => "cloudwatch:DescribeAlarmHistory",
    DescribeAlarms => "cloudwatch:DescribeAlarms",
    GetAlarmMuteRule => "cloudwatch:GetAlarmMuteRule",
    GetMetricStatistics => "cloudwatch:GetMetricStatistics",
    ListAlarmMuteRules => "cloudwatch:ListAlarmMuteRules",
    ListRules => "events:ListRules",
    ListTargetsByRule => "events:ListTargetsByRule",
    GetPolicy => "iam:GetPolicy",
    GetPolicyVersion => "iam:GetPolicyVersion",
    GetRole => "iam:GetRole",
    GetRolePolicy => "iam:GetRolePolicy",
    ListAttachedRolePolicies => "iam:ListAttachedRolePolicies",
    ListRolePolicies => "iam:ListRolePolicies",
    DescribeKey => "kms:DescribeKey",
    GetKeyPolicy => "kms:GetKeyPolicy",
    ListGrants => "kms:ListGrants",
    DescribeAccountPolicies => "logs:DescribeAccountPolicies",
    DescribeLogGroups => "logs:DescribeLogGroups",
    DescribeMetricFilters => "logs:DescribeMetricFilters",
    FilterLogEvents => "logs:FilterLogEvents",
    GetTransformer => "logs:GetTransformer",
    TestMetricFilter => "logs:TestMetricFilter",
    DescribeOrganization => "organizations:DescribeOrganization",
    GetBucketPolicy => "s3:GetBucketPolicy",
    DescribeSecret => "secretsmanager:DescribeSecret",
    CheckIfPhoneNumberIsOptedOut => "sns:CheckIfPhoneNumberIsOptedOut",
    GetSMSAttributes => "sns:GetSMSAttributes",
    GetSMSSandboxAccountStatus => "sns:GetSMSSandboxAccountStatus",
    GetSubscriptionAttributes => "sns:GetSubscriptionAttributes",
    GetTopicAttributes => "sns:GetTopicAttributes",
    ListSMSSandboxPhoneNumbers => "sns:ListSMSSandboxPhoneNumbers",
    ListSubscriptionsByTopic => "sns:ListSubscriptionsByTopic",
    GetCallerIdentity => "sts:GetCallerIdentity",
    // Of what a plan changes.
    GetDashboard => "cloudwatch:GetDashboard",
    ListTrailTags => "cloudtrail:ListTags",
    ListAlarmTags => "cloudwatch:ListTagsForResource",
    ListRuleTags => "events:ListTagsForResource",
    ListRoleTags => "iam:ListRoleTags",
    ListKeyTags => "kms:ListResourceTags",
    ListLogGroupTags => "logs:ListTagsForResource",
    GetBucketTagging => "s3:GetBucketTagging",
    ListTopicTags => "sns:ListTagsForResource",
}

impl Call {
    /// Whether only a plan needs it, to see who else looks after what it changes.
    pub(crate) fn is_for_plans(self) -> bool {
        matches!(
            self,
            Self::GetDashboard
                | Self::ListTrailTags
                | Self::ListAlarmTags
                | Self::ListRuleTags
                | Self::ListRoleTags
                | Self::ListKeyTags
                | Self::ListLogGroupTags
                | Self::GetBucketTagging
                | Self::ListTopicTags
        )
    }
}

/// The smallest IAM policy with which everything can be read, as JSON.
///
/// `GetCallerIdentity` is not in it: AWS asks no permission for it
/// ([reference](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html)).
/// Resources are `*` because most of these calls list, and a listing call allows nothing else. A
/// customer key that encrypts a topic has to allow the `kms` actions in its own policy, or
/// leave it to IAM as the default key policy does.
pub fn read_policy() -> String {
    let calls = Call::ALL.iter().filter(|call| !call.is_for_plans());
    written(statements("Read", actions(calls)))
}

/// What only making changes, and taking them back, needs beside the calls of plans: tags of what is
/// made, and a look at whether something is in use before it is removed.
const BESIDES: &[&str] = &[
    "cloudtrail:AddTags",
    "cloudwatch:TagResource",
    "events:ListRuleNamesByTarget",
    "iam:PutRolePermissionsBoundary",
    "iam:TagRole",
    "kms:CreateAlias",
    "kms:ListAliases",
    "kms:ListKeys",
    "kms:TagResource",
    "logs:DescribeLogStreams",
    "logs:TagResource",
    "s3:DeleteObject",
    "s3:ListBucket",
    "secretsmanager:TagResource",
    "sns:TagResource",
];

/// The policy with which everything can be read and mended, set up and taken back. Whoever has it can
/// give himself more: it writes policies of roles.
pub fn repair_policy() -> String {
    let mut all = statements("Read", actions(Call::ALL.iter()));
    let changes: BTreeSet<&str> = Write::ACTIONS.iter().chain(BESIDES).copied().collect();
    all.extend(statements("Change", changes));
    all.push(json!({
        "Sid": "PassRole",
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": "*",
        "Condition": {"StringEquals": {
            "iam:PassedToService": ["cloudtrail.amazonaws.com", "events.amazonaws.com"],
        }},
    }));
    written(all)
}

fn actions<'a>(calls: impl Iterator<Item = &'a Call>) -> BTreeSet<&'static str> {
    calls.filter(|call| **call != Call::GetCallerIdentity).map(|call| call.action()).collect()
}

/// One statement for each service.
fn statements(verb: &str, actions: BTreeSet<&str>) -> Vec<Value> {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for action in actions {
        let service = action.split(':').next().unwrap_or(action);
        services.entry(service).or_default().push(action);
    }
    let statement = |(service, actions): (&str, Vec<&str>)| {
        json!({
            "Sid": format!("{verb}{}", sid(service)),
            "Effect": "Allow",
            "Action": actions,
            "Resource": "*",
        })
    };
    services.into_iter().map(statement).collect()
}

fn written(statements: Vec<Value>) -> String {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    format!("{policy:#}\n")
}

fn sid(service: &str) -> &str {
    match service {
        "cloudtrail" => "CloudTrail",
        "cloudwatch" => "CloudWatch",
        "events" => "EventBridge",
        "iam" => "Iam",
        "kms" => "Kms",
        "logs" => "CloudWatchLogs",
        "organizations" => "Organizations",
        "s3" => "S3",
        "secretsmanager" => "SecretsManager",
        "sns" => "Sns",
        other => other,
    }
}
