//! Statements that would let a request through: what a fix adds to a policy.

use serde_json::{Value, json};

use crate::snapshot::Arn;

const ALARMS: &str = "AllowCloudWatchAlarms";
const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";

/// A statement for the policy of a role: its identity may do this.
///
/// ```
/// use secmon_core::policy::allow_statement;
///
/// let statement = allow_statement("Write", &["logs:PutLogEvents"], "*");
/// assert_eq!(
///     statement.to_string(),
///     r#"{"Sid":"Write","Effect":"Allow","Action":["logs:PutLogEvents"],"Resource":"*"}"#,
/// );
/// ```
pub fn allow_statement(sid: &str, actions: &[&str], resource: &str) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource})
}

/// A statement for the policy of a resource: this service may do this, where each key of the
/// conditions, joined by `StringEquals`, has its value.
///
/// ```
/// use secmon_core::policy::service_statement;
///
/// let here = [("aws:SourceAccount", "123456789012")];
/// let statement = service_statement("Alarms", "cloudwatch.amazonaws.com", &["sns:Publish"], "*", &here);
/// assert_eq!(statement["Principal"]["Service"], "cloudwatch.amazonaws.com");
/// assert_eq!(statement["Condition"]["StringEquals"]["aws:SourceAccount"], "123456789012");
/// ```
pub fn service_statement(
    sid: &str,
    service: &str,
    actions: &[&str],
    resource: &str,
    conditions: &[(&str, &str)],
) -> Value {
    let mut statement = json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": actions,
        "Resource": resource,
    });
    for (key, value) in conditions {
        statement["Condition"]["StringEquals"][*key] = json!(value);
    }
    statement
}

/// The statement of a topic policy that lets every alarm of this alarm's account and Region publish.
///
/// All alarms and not this one, so that a renamed alarm still notifies. An alarm whose name is not
/// ASCII is admitted by its account alone, as AWS asks for.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>
pub fn alarms_may_publish(alarm: &Arn, topic: &Arn) -> Value {
    let (partition, region, account) = (alarm.partition(), alarm.region(), alarm.account());
    let mut condition = json!({});
    if alarm.as_str().is_ascii() {
        let alarms = format!("arn:{partition}:cloudwatch:{region}:{account}:alarm:*");
        condition["ArnLike"]["aws:SourceArn"] = json!(alarms);
    }
    condition["StringEquals"]["aws:SourceAccount"] = json!(account);
    json!({
        "Sid": ALARMS,
        "Effect": "Allow",
        "Principal": {"Service": CLOUDWATCH},
        "Action": "sns:Publish",
        "Resource": topic.as_str(),
        "Condition": condition,
    })
}

/// The statement of a key policy that lets every alarm of this alarm's account use the key of an
/// encrypted topic.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>
pub fn alarms_may_use_key(alarm: &Arn) -> Value {
    let actions = ["kms:Decrypt", "kms:GenerateDataKey*"];
    let account = [("aws:SourceAccount", alarm.account())];
    service_statement(ALARMS, CLOUDWATCH, &actions, "*", &account)
}

const EVENTS: &str = "AllowEventBridge";

/// The statement of a topic policy that lets this EventBridge rule publish.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html>
pub fn rule_may_publish(rule: &Arn, topic: &Arn) -> Value {
    json!({
        "Sid": EVENTS,
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic.as_str(),
        "Condition": {"ArnEquals": {"aws:SourceArn": rule.as_str()}},
    })
}

/// The statement of a key policy that lets EventBridge use the key of an encrypted topic. It has no
/// condition on the source: AWS supports none here.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>
pub fn events_may_use_key() -> Value {
    let actions = ["kms:Decrypt", "kms:GenerateDataKey*"];
    service_statement(EVENTS, "events.amazonaws.com", &actions, "*", &[])
}
