use secmon_core::report::{Status, Verdict};

use crate::rule_answers::tests::{MAIL, READS, rule};
use crate::tests::{check, report};

const ID: &str = "rule-targets-a-topic";

#[test]
fn a_topic_among_other_targets_is_healthy() {
    let both = r#"{ seen = { a-queue = { Arn = "arn:aws:sqs:eu-west-1:123456789012:reads" }, mail = { Arn = "arn:aws:sns:eu-west-1:123456789012:security-alerts" } } }"#;
    for targets in [MAIL, both] {
        assert_eq!(check(ID, &rule(READS, targets)).status, Status::Pass, "{targets}");
        assert_eq!(report(&rule(READS, targets)).verdict, Verdict::Yes, "{targets}");
    }
}

/// A rule that may tell somebody is no link to blame: it leaves the verdict open.
fn leaves_it_open(targets: &str) {
    let report = report(&rule(READS, targets));
    assert_eq!(report.verdict, Verdict::CannotTell, "{targets}");
    let found = report.checks.iter().find(|check| check.id == ID).unwrap();
    assert!(!matches!(found.status, Status::Pass | Status::Fail), "{targets}: {}", found.status);
}

#[test]
fn whom_a_function_or_a_queue_tells_is_not_known() {
    for arn in [
        "arn:aws:lambda:eu-west-1:123456789012:function:tell",
        "arn:aws:sqs:eu-west-1:123456789012:reads",
    ] {
        leaves_it_open(&format!("{{ seen = {{ other = {{ Arn = \"{arn}\" }} }} }}"));
    }
}

#[test]
fn targets_that_were_not_seen_are_not_known() {
    leaves_it_open("\"denied: events:ListTargetsByRule\"");
}
