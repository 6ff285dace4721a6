//! What each operation answers, from the snapshot's slots.

use secmon_core::snapshot::{Arn, Observations, Snapshot, Target};

use super::answer::Answer;
use super::call::Call;

mod alarms;
mod events;
mod logs;
mod permissions;
mod topics;
mod trails;

/// An operation the server answers.
pub(crate) struct Operation {
    /// The service's name in signatures.
    pub(crate) service: &'static str,
    /// The operation.
    pub(crate) name: &'static str,
    /// The parameters it understands; a call with another one is refused, not misread.
    understands: &'static [&'static str],
    answer: fn(&Account<'_>, &Call) -> Answer,
}

/// A snapshot as one caller sees it.
pub(crate) struct Account<'a> {
    /// Everything that is served.
    pub(crate) snapshot: &'a Snapshot,
    /// Account and Region of the call.
    pub(crate) target: Target,
}

/// Every operation there is: what the collector reads, and who it is.
pub(crate) static OPERATIONS: &[Operation] = &[
    of("sts", "GetCallerIdentity", &[], permissions::get_caller_identity),
    of(
        "sts",
        "AssumeRole",
        &["RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId"],
        permissions::assume_role,
    ),
    of("secretsmanager", "DescribeSecret", &["SecretId"], events::describe_secret),
    of(
        "cloudtrail",
        "DescribeTrails",
        &["trailNameList", "includeShadowTrails"],
        trails::describe_trails,
    ),
    of("cloudtrail", "ListTrails", &["NextToken"], trails::list_trails),
    of("cloudtrail", "GetTrailStatus", &["Name"], trails::get_trail_status),
    of("cloudtrail", "GetEventSelectors", &["TrailName"], trails::get_event_selectors),
    of(
        "cloudtrail",
        "LookupEvents",
        &["LookupAttributes", "StartTime", "EndTime", "MaxResults", "NextToken"],
        events::lookup_events,
    ),
    of("logs", "DescribeLogGroups", &["nextToken", "limit"], logs::describe_log_groups),
    of("logs", "DescribeMetricFilters", &["nextToken", "limit"], logs::describe_metric_filters),
    of(
        "logs",
        "TestMetricFilter",
        &["filterPattern", "logEventMessages"],
        logs::test_metric_filter,
    ),
    of(
        "logs",
        "FilterLogEvents",
        &["logGroupName", "filterPattern", "startTime", "endTime", "nextToken"],
        logs::filter_log_events,
    ),
    of(
        "monitoring",
        "GetMetricStatistics",
        &["Namespace", "MetricName", "Dimensions", "StartTime", "EndTime", "Period", "Statistics"],
        logs::get_metric_statistics,
    ),
    of(
        "monitoring",
        "DescribeAlarms",
        &["AlarmTypes", "MaxRecords", "NextToken"],
        alarms::describe_alarms,
    ),
    of(
        "monitoring",
        "DescribeAlarmHistory",
        &["AlarmName", "AlarmTypes", "HistoryItemType", "ScanBy", "MaxRecords", "NextToken"],
        alarms::describe_alarm_history,
    ),
    of(
        "monitoring",
        "ListAlarmMuteRules",
        &["MaxRecords", "NextToken"],
        alarms::list_alarm_mute_rules,
    ),
    of("monitoring", "GetAlarmMuteRule", &["AlarmMuteRuleName"], alarms::get_alarm_mute_rule),
    of("sns", "GetTopicAttributes", &["TopicArn"], topics::get_topic_attributes),
    of(
        "sns",
        "ListSubscriptionsByTopic",
        &["TopicArn", "NextToken"],
        topics::list_subscriptions_by_topic,
    ),
    of(
        "sns",
        "GetSubscriptionAttributes",
        &["SubscriptionArn"],
        topics::get_subscription_attributes,
    ),
    of("kms", "DescribeKey", &["KeyId"], permissions::describe_key),
    of("kms", "GetKeyPolicy", &["KeyId", "PolicyName"], permissions::get_key_policy),
    of("kms", "ListGrants", &["KeyId", "Limit", "Marker"], permissions::list_grants),
    of("organizations", "DescribeOrganization", &[], permissions::describe_organization),
    of("iam", "GetRole", &["RoleName"], permissions::get_role),
    of(
        "iam",
        "ListRolePolicies",
        &["RoleName", "Marker", "MaxItems"],
        permissions::list_role_policies,
    ),
    of("iam", "GetRolePolicy", &["RoleName", "PolicyName"], permissions::get_role_policy),
    of(
        "iam",
        "ListAttachedRolePolicies",
        &["RoleName", "Marker", "MaxItems"],
        permissions::list_attached_role_policies,
    ),
    of("iam", "GetPolicy", &["PolicyArn"], permissions::get_policy),
    of("iam", "GetPolicyVersion", &["PolicyArn", "VersionId"], permissions::get_policy_version),
    of("s3", "GetBucketPolicy", &["Bucket"], permissions::get_bucket_policy),
    of("events", "ListRules", &["EventBusName", "Limit", "NextToken"], events::list_rules),
    of(
        "events",
        "ListTargetsByRule",
        &["Rule", "EventBusName", "Limit", "NextToken"],
        events::list_targets_by_rule,
    ),
];

const fn of(
    service: &'static str,
    name: &'static str,
    understands: &'static [&'static str],
    answer: fn(&Account<'_>, &Call) -> Answer,
) -> Operation {
    Operation { service, name, understands, answer }
}

/// What the snapshot says to a call.
pub(super) fn answer(snapshot: &Snapshot, call: &Call) -> Answer {
    let known = OPERATIONS
        .iter()
        .find(|known| known.service == call.service.name && known.name == call.operation);
    let Some(operation) = known else {
        return Answer::Unknown("secmon never needs this operation".to_owned());
    };
    let names = call.params.as_object().into_iter().flat_map(|params| params.keys());
    let strange: Vec<&String> =
        names.filter(|name| !operation.understands.contains(&name.as_str())).collect();
    if !strange.is_empty() {
        return Answer::Unknown(format!("the server does not know what {strange:?} would do"));
    }
    match Account::of(snapshot, call) {
        Ok(account) => (operation.answer)(&account, call),
        Err(problem) => Answer::Unknown(problem),
    }
}

impl<'a> Account<'a> {
    fn of(snapshot: &'a Snapshot, call: &Call) -> Result<Self, String> {
        let own = || {
            let caller = snapshot.caller.seen().map(|caller| caller.account.clone());
            caller.or_else(|| snapshot.targets.keys().next().map(|target| target.account.clone()))
        };
        let account = match &call.account {
            Some(account) => account.parse().ok(),
            None => own(),
        };
        let account = account.ok_or("the snapshot has no account")?;
        let region = call.region.parse().map_err(|error| format!("{error}"))?;
        Ok(Self { snapshot, target: Target { account, region } })
    }

    /// What was seen where the call goes.
    pub(crate) fn here(&self) -> &'a Observations {
        self.snapshot.at(&self.target)
    }

    /// What was seen anywhere in the account, for services and trails that are not of one Region.
    pub(crate) fn everywhere(&self) -> impl Iterator<Item = &'a Observations> {
        let account = self.target.account.clone();
        let targets = self.snapshot.targets.iter();
        targets.filter(move |(target, _)| target.account == account).map(|(_, seen)| seen)
    }

    /// What was seen where an ARN points to, or here.
    pub(crate) fn at_arn(&self, arn: &Arn) -> &'a Observations {
        arn.target().map_or_else(|| self.here(), |target| self.snapshot.at(&target))
    }
}
