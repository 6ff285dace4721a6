use secmon_core::report::{Status, Verdict};

use crate::rule_answers::tests::{MAIL, READS, rule};
use crate::tests::{check, report};

const ID: &str = "rule-ignores-other-events";

#[test]
fn patterns_of_reads_alone_are_healthy_however_they_are_written() {
    for pattern in [
        READS,
        r#"{"detail":{"eventName":["GetSecretValue","BatchGetSecretValue"]}}"#,
        r#"{"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":[{"suffix":"GetSecretValue"}]}}"#,
        r#"{"detail":{"eventName":[{"equals-ignore-case":"getsecretvalue"},"BatchGetSecretValue"]}}"#,
    ] {
        assert_eq!(check(ID, &rule(pattern, MAIL)).status, Status::Pass, "{pattern}");
        assert_eq!(report(&rule(pattern, MAIL)).verdict, Verdict::Yes, "{pattern}");
    }
}

#[test]
fn a_rule_that_tells_of_more_still_tells() {
    let loud = rule(r#"{"detail":{"eventSource":["secretsmanager.amazonaws.com"]}}"#, MAIL);
    assert_eq!(check(ID, &loud).status, Status::Warn);
    assert_eq!(report(&loud).verdict, Verdict::Yes);
}

#[test]
fn what_secmon_cannot_read_is_unknown() {
    let found = check(ID, &rule(r#"{"detail":{"eventName":[{"sounds-like":"Get"}]}}"#, MAIL));
    assert_eq!(found.status, Status::Unknown);
    let denied = "[targets.\"123456789012/eu-west-1\"]\nevent_rules = \"denied: events:ListRules\"";
    assert_ne!(check(ID, denied).status, Status::Pass);
}
