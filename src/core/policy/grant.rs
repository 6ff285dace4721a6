//! The statements that admit CloudWatch alarms.

use serde_json::{Value, json};

use crate::snapshot::Arn;

const SID: &str = "AllowCloudWatchAlarms";
const SERVICE: &str = "cloudwatch.amazonaws.com";

/// The statement of a topic policy that lets every alarm of this alarm's account and Region publish.
///
/// All alarms and not this one, so that a renamed alarm still notifies. An alarm whose name is not
/// ASCII is admitted by its account alone, as AWS asks for.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>
pub fn alarms_may_publish(alarm: &Arn, topic: &Arn) -> Value {
    let mut condition = json!({ "StringEquals": { "aws:SourceAccount": alarm.account() } });
    if alarm.as_str().is_ascii() {
        let alarms = format!(
            "arn:{}:cloudwatch:{}:{}:alarm:*",
            alarm.partition(),
            alarm.region(),
            alarm.account()
        );
        condition = json!({
            "ArnLike": { "aws:SourceArn": alarms },
            "StringEquals": { "aws:SourceAccount": alarm.account() },
        });
    }
    json!({
        "Sid": SID,
        "Effect": "Allow",
        "Principal": { "Service": SERVICE },
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
    json!({
        "Sid": SID,
        "Effect": "Allow",
        "Principal": { "Service": SERVICE },
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": { "StringEquals": { "aws:SourceAccount": alarm.account() } },
    })
}
