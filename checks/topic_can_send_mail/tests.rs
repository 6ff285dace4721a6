use secmon_core::finding::Fix;
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::report::{Status, Verdict};

use crate::rule_answers::tests::{READS, rule};
use crate::tests::{check, report};

const ID: &str = "topic-can-send-mail";
const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:security-alerts.fifo";

/// The alarm notifies a FIFO topic with these subscriptions.
fn fifo(subscriptions: &str) -> String {
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"cloudwatch.amazonaws.com"}},"Action":"SNS:Publish","Resource":"{TOPIC}"}}]}}"#
    );
    format!(
        "[targets.\"123456789012/eu-west-1\".alarms.seen.MetricAlarms.secret-read]\n\
         AlarmActions = [\"{TOPIC}\"]\n\
         [targets.\"123456789012/eu-west-1\".topics.\"{TOPIC}\"]\nsubscriptions = {subscriptions}\n\
         [targets.\"123456789012/eu-west-1\".topics.\"{TOPIC}\".attributes.seen]\n\
         TopicArn = \"{TOPIC}\"\nFifoTopic = \"true\"\nPolicy = '{policy}'\n"
    )
}

const QUEUE: &str = r#"{ seen = { "sqs:arn:aws:sqs:eu-west-1:123456789012:alerts.fifo" = { SubscriptionArn = "arn:aws:sns:eu-west-1:123456789012:security-alerts.fifo:7f0c6e1a-0b2f-4f0e-9a53-2f1f6a1d9c12", Protocol = "sqs", Endpoint = "arn:aws:sqs:eu-west-1:123456789012:alerts.fifo", attributes = { seen = { PendingConfirmation = "false" } } } } }"#;

#[test]
fn nothing_is_ever_to_be_subscribed_to_a_fifo_topic() {
    let report = report(&fifo("{ seen = {} }"));
    assert_eq!(report.verdict, Verdict::No);
    let intents = report.intents();
    let standard = "arn:aws:sns:eu-west-1:123456789012:security-alerts";
    assert!(
        matches!(&intents[..], [
        Intent::CreateTopic { topic: made },
        Intent::SetAlarm { set: AlarmSetting::Notify { topic: Some(notified) }, .. },
        Intent::Subscribe { topic: subscribed, .. },
    ] if *made == *standard && notified == standard && *subscribed == *standard),
        "{intents:?}"
    );
    let other = report.checks.iter().find(|check| check.id == "topic-has-a-subscription").unwrap();
    assert_eq!(other.status, Status::Skipped);
}

#[test]
fn a_queue_on_a_fifo_topic_cannot_tell_like_any_queue() {
    let queue = fifo(QUEUE);
    assert_eq!(check(ID, &queue).status, Status::NotApplicable);
    assert_eq!(report(&queue).verdict, Verdict::CannotTell);
}

#[test]
fn subscriptions_that_were_not_seen_are_unknown() {
    let denied = fifo("\"denied: sns:ListSubscriptionsByTopic\"");
    assert_eq!(check(ID, &denied).status, Status::Unknown);
}

#[test]
fn a_standard_topic_is_healthy_without_any_subscription() {
    let none = r#"remove = ["/targets/123456789012~1eu-west-1/topics/arn:aws:sns:eu-west-1:123456789012:security-alerts/subscriptions/seen/email:soc@example.org"]"#;
    assert_eq!(check(ID, none).status, Status::Pass);
    assert!(
        check(ID, none).findings.iter().all(|finding| matches!(finding.fix[..], [Fix::Change(_)]))
    );
}

#[test]
fn a_rule_that_targets_a_fifo_topic_tells_nobody_either() {
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"events.amazonaws.com"}},"Action":"SNS:Publish","Resource":"{TOPIC}"}}]}}"#
    );
    let fifo = |subscriptions: &str| {
        let target = format!(r#"{{ seen = {{ mail = {{ Arn = "{TOPIC}" }} }} }}"#);
        format!(
            "{}[targets.\"123456789012/eu-west-1\".topics.\"{TOPIC}\"]\n\
             subscriptions = {subscriptions}\n\
             [targets.\"123456789012/eu-west-1\".topics.\"{TOPIC}\".attributes.seen]\n\
             TopicArn = \"{TOPIC}\"\nFifoTopic = \"true\"\nPolicy = '{policy}'\n",
            rule(READS, &target)
        )
    };
    let empty = report(&fifo("{ seen = {} }"));
    assert_eq!(empty.verdict, Verdict::No);
    let found = empty.checks.iter().find(|check| check.id == ID).unwrap();
    assert_eq!(found.status, Status::Fail);
    let [Fix::Manual(words)] = &found.findings[0].fix[..] else { panic!("{found:?}") };
    assert!(words.contains("the target of event rule secret-read"), "{words}");
    assert!(!words.contains("alarm"), "{words}");
    assert_eq!(check(ID, &fifo(QUEUE)).status, Status::NotApplicable);
    let denied = fifo("\"denied: sns:ListSubscriptionsByTopic\"");
    assert_eq!(check(ID, &denied).status, Status::Unknown);
}
