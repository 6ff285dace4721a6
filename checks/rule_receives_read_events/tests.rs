use secmon_core::report::Verdict;
use secmon_core::route::{OtherWay, Route};

use crate::rule_matches_its_events::tests::rule;
use crate::tests::report;

#[test]
fn a_rule_for_other_calls_is_no_route() {
    let pattern = r#"{"source":["aws.secretsmanager"],"detail":{"eventName":["PutSecretValue"]}}"#;
    let report = report(&rule(pattern));
    assert_eq!(report.chain.route, Route::FilterAlarm);
    assert_eq!((report.verdict, report.other_ways.len()), (Verdict::No, 0));
}

#[test]
fn a_healthy_chain_is_told_of_first_whatever_rules_there_are() {
    let scenario = rule(r#"{"source":["aws.secretsmanager"]}"#);
    let (_, after) = scenario.split_once("]\n").unwrap();
    let (_, rule) = after.split_once("[targets.\"123456789012/eu-west-1\".event_rules").unwrap();
    let report = report(&format!("[targets.\"123456789012/eu-west-1\".event_rules{rule}"));
    assert_eq!((report.verdict, report.chain.route), (Verdict::Yes, Route::FilterAlarm));
}

#[test]
fn a_function_that_gets_the_reads_may_tell() {
    let topic = "arn:aws:sns:eu-west-1:123456789012:security-alerts\" } } }";
    let scenario = rule(r#"{"source":["aws.secretsmanager"]}"#);
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:page\" } } }";
    let report = report(&scenario.replace(topic, function));
    assert_eq!(report.verdict, Verdict::CannotTell);
    assert!(
        matches!(&report.other_ways[..], [OtherWay::EventTarget { target, .. }] if target.ends_with("page"))
    );
}
