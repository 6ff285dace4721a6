use secmon_core::report::{Status, Verdict};

use crate::rule_answers::tests::{MAIL, READS, rule};
use crate::tests::{check, report};

const ID: &str = "rule-matches-what-it-should";

#[test]
fn patterns_that_miss_nothing_are_healthy_also_where_they_match_more() {
    for pattern in [
        READS,
        r#"{"source":["aws.secretsmanager"]}"#,
        r#"{"detail":{"eventName":[{"wildcard":"*GetSecretValue"}]}}"#,
    ] {
        assert_eq!(check(ID, &rule(pattern, MAIL)).status, Status::Pass, "{pattern}");
    }
}

#[test]
fn a_rule_without_denied_or_batch_reads_still_tells_of_the_others() {
    let errors = r#"{"detail":{"eventName":["GetSecretValue","BatchGetSecretValue"],"errorCode":[{"exists":false}]}}"#;
    let found = check(ID, &rule(errors, MAIL));
    assert_eq!(found.status, Status::Warn);
    assert!(found.findings[0].message.contains("does not match a read that IAM denied"));
    assert_eq!(report(&rule(errors, MAIL)).verdict, Verdict::Yes);
}

#[test]
fn what_secmon_cannot_read_is_unknown() {
    let found = check(ID, &rule(r#"{"detail":{"eventName":[{"sounds-like":"Get"}]}}"#, MAIL));
    assert_eq!(found.status, Status::Unknown);
    assert!(found.unseen.unwrap().hint.unwrap().contains("no error"));
}
