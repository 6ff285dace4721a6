use secmon_core::report::Status;

use crate::tests::{check, report};

const ID: &str = "log-group-exists";

#[test]
fn groups_that_could_not_be_listed_are_unknown_and_never_missing() {
    for answer in ["denied: logs:DescribeLogGroups", "failed: page 2: throttled", "not asked"] {
        let scenario = format!("[targets.\"123456789012/eu-west-1\"]\nlog_groups = \"{answer}\"");
        let check = check(ID, &scenario);
        assert_eq!(check.status, Status::Unknown, "{answer}");
        assert!(check.unseen.unwrap().what.contains("123456789012/eu-west-1"));
    }
}

#[test]
fn a_group_in_an_account_that_was_not_entered_is_unknown() {
    let check = check(
        ID,
        r#"
[targets."123456789012/eu-west-1".trails.seen."arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail"]
CloudWatchLogsLogGroupArn = "arn:aws:logs:eu-west-1:999988887777:log-group:central:*"
"#,
    );
    assert_eq!(check.status, Status::Unknown);
    assert!(check.unseen.unwrap().what.contains("999988887777/eu-west-1"));
}

#[test]
fn a_missing_group_is_reported_once() {
    let report =
        report("remove = [\"/targets/123456789012~1eu-west-1/log_groups/seen/audit-trail\"]");
    let status = |id: &str| report.checks.iter().find(|check| check.id == id).unwrap().status;
    assert_eq!(status(ID), Status::Fail);
    assert_eq!(status("log-group-class-is-standard"), Status::Skipped);
    assert_eq!(status("trail-delivers-to-log-group"), Status::Skipped);
    assert_eq!(status("trail-names-a-log-group"), Status::Pass);
}
