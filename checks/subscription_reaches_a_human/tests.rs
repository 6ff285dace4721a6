use secmon_core::report::{Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "subscription-reaches-a-human";

/// The healthy account with one more subscription.
fn also(protocol: &str) -> String {
    format!(
        r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".subscriptions.seen."{protocol}:there"]
SubscriptionArn = "arn:aws:sns:eu-west-1:123456789012:security-alerts:7f0c6e1a-0b2f-4f0e-9a53-2f1f6a1d9c12"
Protocol = "{protocol}"
Endpoint = "there"
attributes = {{ seen = {{ PendingConfirmation = "false" }} }}
"#
    )
}

/// The account with this subscription alone.
fn only(protocol: &str) -> String {
    let mail = "/targets/123456789012~1eu-west-1/topics/arn:aws:sns:eu-west-1:123456789012:security-alerts/subscriptions/seen/email:soc@example.org";
    format!("remove = [\"{mail}\"]\n{}", also(protocol))
}

#[test]
fn mail_text_push_and_web_end_at_a_human() {
    for protocol in ["email", "email-json", "sms", "application", "https"] {
        assert_eq!(check(ID, &only(protocol)).status, Status::Pass, "{protocol}");
    }
}

#[test]
fn a_queue_a_function_or_a_stream_alone_cannot_tell() {
    for protocol in ["sqs", "lambda", "firehose"] {
        assert_eq!(check(ID, &only(protocol)).status, Status::Unknown, "{protocol}");
        assert_eq!(report(&only(protocol)).verdict, Verdict::CannotTell, "{protocol}");
    }
}

#[test]
fn a_queue_beside_a_mailbox_changes_nothing() {
    let report = report(&also("sqs"));
    assert_eq!(report.verdict, Verdict::Yes);
    assert_eq!(report.told, ["email soc@example.org"]);
}
