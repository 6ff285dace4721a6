//! What may take a call back: a journal is a file, and does what it shows or nothing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Change, Write};
use crate::snapshot::Observed;

/// That a change's calls, and those that take it back, change what the change says and nothing else:
/// whoever is asked whether a journal is to be taken back is shown that.
pub(super) fn concerns_one_resource(change: &Change) -> Result<(), String> {
    let calls = std::iter::once(&change.write).chain(&change.undo.writes);
    for call in calls {
        if call.resource().as_ref() != Some(&change.resource) {
            let (operation, resource) = (call.operation(), &change.resource);
            return Err(format!("{operation} is no call that changes {resource}"));
        }
    }
    let operations: Vec<&str> = change.undo.writes.iter().map(Write::operation).collect();
    let made = change.write.operation();
    let removes = operations.iter().any(|operation| operation.starts_with("Delete"));
    let was_there = matches!(change.before, Observed::Seen(_));
    let is_setting = matches!(made, "PutRetentionPolicy" | "PutRolePolicy" | "PutBucketPolicy");
    let takes_back = operations.is_empty() || WAYS_BACK.contains(&(made, operations.as_slice()));
    match takes_back && !(removes && was_there && !is_setting && made != "RestoreSecret") {
        true => Ok(()),
        false => Err(format!("{made} is not taken back by {}", operations.join(", "))),
    }
}

/// Whether each field is as it was, or as it is.
pub(super) fn lies_between(before: &Value, now: &Value, then: &Value) -> bool {
    if then == before || then == now {
        return true;
    }
    let (Value::Object(before), Value::Object(now), Value::Object(then)) = (before, now, then)
    else {
        return false;
    };
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).chain(then.keys()).collect();
    let get = |of: &serde_json::Map<String, Value>, name: &String| {
        of.get(name).cloned().unwrap_or_default()
    };
    names
        .into_iter()
        .all(|name| lies_between(&get(before, name), &get(now, name), &get(then, name)))
}

/// What takes which call back.
const WAYS_BACK: &[(&str, &[&str])] = &[
    ("CreateSecret", &["DeleteSecret"]),
    ("RestoreSecret", &["DeleteSecret"]),
    ("CreateLogGroup", &["DeleteLogGroup"]),
    ("PutRetentionPolicy", &["PutRetentionPolicy"]),
    ("PutRetentionPolicy", &["DeleteRetentionPolicy"]),
    ("PutMetricFilter", &["PutMetricFilter"]),
    ("PutMetricFilter", &["DeleteMetricFilter"]),
    ("CreateRole", &["DeleteRole"]),
    ("UpdateAssumeRolePolicy", &["UpdateAssumeRolePolicy"]),
    ("PutRolePolicy", &["PutRolePolicy"]),
    ("PutRolePolicy", &["DeleteRolePolicy"]),
    ("CreateBucket", &["DeleteBucket"]),
    ("PutBucketPolicy", &["PutBucketPolicy"]),
    ("PutBucketPolicy", &["DeleteBucketPolicy"]),
    ("CreateTrail", &["DeleteTrail"]),
    ("UpdateTrail", &["UpdateTrail"]),
    ("PutEventSelectors", &["PutEventSelectors"]),
    ("StartLogging", &["StopLogging"]),
    ("PutRule", &["PutRule"]),
    ("PutTargets", &["PutTargets"]),
    ("PutTargets", &["RemoveTargets"]),
    ("CreateTopic", &["DeleteTopic"]),
    ("SetTopicAttributes", &["SetTopicAttributes"]),
    ("SetSubscriptionAttributes", &["SetSubscriptionAttributes"]),
    ("CreateKey", &["ScheduleKeyDeletion", "DeleteAlias"]),
    ("CancelKeyDeletion", &["ScheduleKeyDeletion"]),
    ("EnableKey", &["DisableKey"]),
    ("PutKeyPolicy", &["PutKeyPolicy"]),
    ("PutMetricAlarm", &["PutMetricAlarm"]),
    ("PutMetricAlarm", &["DeleteAlarms"]),
    ("PutCompositeAlarm", &["PutCompositeAlarm"]),
    ("EnableAlarmActions", &["DisableAlarmActions"]),
    ("DeleteAlarmMuteRule", &["PutAlarmMuteRule"]),
    ("PutDashboard", &["DeleteDashboards"]),
];
