use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::{Status, Verdict};
use secmon_core::route::Pins;
use secmon_core::snapshot::{Scenario, Snapshot};

use crate::rule_answers::tests::{MAIL, READS, rule};
use crate::run;
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

#[test]
fn the_topic_that_is_named_becomes_a_target() {
    let scenario = Scenario::from_toml(&rule(READS, "{ seen = {} }")).unwrap();
    let snapshot = scenario.apply(&Snapshot::healthy()).unwrap();
    let fix = |topic: Option<&str>| {
        let pins = Pins { topic: topic.map(str::to_owned), ..Pins::default() };
        let entry = run(&snapshot, &BaselineEntry::secret_access(), &pins).entries.remove(0);
        let check = entry.checks.into_iter().find(|check| check.id == ID).unwrap();
        let fixes = check.findings.into_iter().flat_map(|finding| finding.fix);
        let [fix] = &fixes.collect::<Vec<_>>()[..] else { panic!() };
        fix.clone()
    };
    let added = |topic: Option<&str>| match fix(topic) {
        Fix::Change(Intent::AddRuleTarget { target, rule, topic }) => {
            assert_eq!(
                (target.to_string(), &rule[..]),
                ("123456789012/eu-west-1".to_owned(), "secret-read")
            );
            topic
        }
        other => panic!("{other:?}"),
    };
    const ARN: &str = "arn:aws:sns:eu-west-1:123456789012:security-alerts";
    assert_eq!(added(None), None, "whom to tell is the user's choice");
    assert_eq!(added(Some("security-alerts")).as_deref(), Some(ARN));
    assert_eq!(added(Some(ARN)).as_deref(), Some(ARN));
    let elsewhere = "arn:aws:sns:us-east-1:123456789012:security-alerts";
    assert!(matches!(fix(Some(elsewhere)), Fix::Manual(says) if says.contains("not in eu-west-1")),);
}
