use secmon_core::report::{CheckReport, Status, Verdict};

use crate::log_alarm_fires_on_one_event::tests::log_alarm;
use crate::tests::{check, report};

const ID: &str = "log-alarm-queries-the-log-group";
const GROUPS: &str = r#"LogGroupIdentifiers = ["audit-trail"]"#;

fn judged(groups: &str) -> CheckReport {
    check(ID, &log_alarm(GROUPS, &format!("LogGroupIdentifiers = [{groups}]")))
}

#[test]
fn the_group_may_stand_by_its_arn_and_among_others() {
    for groups in [
        r#""arn:aws:logs:eu-west-1:123456789012:log-group:audit-trail""#,
        r#""old-trail", "audit-trail""#,
    ] {
        assert_eq!(judged(groups).status, Status::Pass, "{groups}");
    }
    assert_eq!(report(&log_alarm("", "")).verdict, Verdict::Yes);
}

#[test]
fn a_group_of_the_same_name_elsewhere_is_another() {
    for groups in [
        r#""arn:aws:logs:us-east-1:123456789012:log-group:audit-trail""#,
        r#""arn:aws:logs:eu-west-1:210987654321:log-group:audit-trail""#,
        r#""audit-trail-2""#,
    ] {
        assert_eq!(judged(groups).status, Status::Fail, "{groups}");
    }
}

#[test]
fn groups_that_are_not_named_are_unknown() {
    assert_eq!(judged("").status, Status::Unknown);
}
