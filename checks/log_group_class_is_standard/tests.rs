use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::{Status, Verdict};

use crate::tests::{check, findings, report};

const ID: &str = "log-group-class-is-standard";

fn class(class: &str) -> String {
    format!(
        "[targets.\"123456789012/eu-west-1\".log_groups.seen.audit-trail]\n\
         logGroupClass = \"{class}\""
    )
}

#[test]
fn an_absent_class_is_standard() {
    let scenario =
        "remove = [\"/targets/123456789012~1eu-west-1/log_groups/seen/audit-trail/logGroupClass\"]";
    assert_eq!(check(ID, scenario).status, Status::Pass);
}

#[test]
fn a_delivery_group_has_no_filters_either() {
    assert!(findings(ID, &class("DELIVERY"))[0].contains("the class DELIVERY"));
}

#[test]
fn the_trail_moves_to_a_new_group_that_its_role_may_write() {
    let check = check(ID, &class("INFREQUENT_ACCESS"));
    let [
        Fix::Change(Intent::CreateLogGroup { log_group, .. }),
        Fix::Change(Intent::AllowRole { statement, .. }),
        Fix::Change(Intent::DeliverTo { log_group_arn, .. }),
        Fix::Manual(_),
    ] = &check.findings[0].fix[..]
    else {
        panic!("{:?}", check.findings[0].fix)
    };
    assert_eq!(log_group, "audit-trail-standard");
    let arn = "arn:aws:logs:eu-west-1:123456789012:log-group:audit-trail-standard";
    assert_eq!(log_group_arn, &format!("{arn}:*"));
    assert_eq!(statement["Resource"], format!("{arn}:log-stream:*"));
}

#[test]
fn groups_that_could_not_be_listed_are_unknown() {
    for answer in ["denied: logs:DescribeLogGroups", "failed: timed out", "not asked"] {
        let scenario = format!("[targets.\"123456789012/eu-west-1\"]\nlog_groups = \"{answer}\"");
        assert_eq!(check(ID, &scenario).status, Status::Unknown, "{answer}");
    }
}

#[test]
fn an_alarm_that_nobody_may_see_may_query_a_group_without_filters() {
    let infrequent = "[targets.\"123456789012/eu-west-1\".log_groups.seen.audit-trail]\n\
                      logGroupClass = \"INFREQUENT_ACCESS\"\n";
    assert_eq!(report(infrequent).verdict, Verdict::No);
    let hidden = format!(
        "{infrequent}[targets.\"123456789012/eu-west-1\"]\n\
         alarms = \"denied: cloudwatch:DescribeAlarms\""
    );
    assert_eq!(report(&hidden).verdict, Verdict::CannotTell);
}
