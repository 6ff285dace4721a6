use secmon_core::report::Status;

use crate::tests::check;

const ID: &str = "topic-is-in-the-alarms-region";

const ELSEWHERE: &str = r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmActions = ["arn:aws:sns:us-east-1:123456789012:security-alerts"]
"#;

#[test]
fn another_region_is_unknown_not_broken() {
    let found = check(ID, ELSEWHERE);
    assert_eq!(found.status, Status::Unknown);
    let unseen = found.unseen.unwrap();
    assert_eq!(
        unseen.what,
        "whether alarm secret-read in eu-west-1 can notify topic security-alerts in us-east-1"
    );
    assert!(unseen.hint.unwrap().contains("Make a topic in eu-west-1"));
}

fn after_an_action_that(state: &str) -> Status {
    let scenario = format!(
        r#"{ELSEWHERE}
[[targets."123456789012/eu-west-1".alarm_histories.secret-read.seen]]
Timestamp = "2026-01-04T16:20:10Z"
HistoryItemType = "Action"
HistorySummary = "{state} action arn:aws:sns:us-east-1:123456789012:security-alerts"
"#
    );
    check(ID, &scenario).status
}

#[test]
fn an_action_that_reached_the_topic_settles_it_and_a_failed_one_does_not() {
    assert_eq!(after_an_action_that("Successfully executed"), Status::Pass);
    assert_eq!(after_an_action_that("Failed to execute"), Status::Unknown);
}

#[test]
fn another_account_in_the_same_region_is_fine() {
    let found = check(
        ID,
        r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmActions = ["arn:aws:sns:eu-west-1:210987654321:central"]
"#,
    );
    assert_eq!(found.status, Status::Pass);
}

#[test]
fn what_is_no_topic_is_in_no_region() {
    let found = check(
        ID,
        r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmActions = ["arn:aws:sns:us-east-1::security-alerts"]
"#,
    );
    assert_eq!(found.status, Status::Skipped);
}
