use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::{CheckReport, Status};
use secmon_core::route::Pins;
use secmon_core::snapshot::Snapshot;

use crate::tests::{check, report};

const ID: &str = "trail-names-a-log-group";
const NO_GROUP: &str = r#"
remove = ["/targets/123456789012~1eu-west-1/trails/seen/arn:aws:cloudtrail:eu-west-1:123456789012:trail~1audit-trail/CloudWatchLogsLogGroupArn"]
"#;

fn delivered_to(check: &CheckReport) -> (&str, Option<&str>) {
    match check.findings[0].fix.last() {
        Some(Fix::Change(Intent::DeliverTo { log_group_arn, role_arn, .. })) => {
            (log_group_arn, role_arn.as_ref().map(|role| role.as_str()))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_group_that_has_a_filter_for_it_is_proposed() {
    let check = check(ID, NO_GROUP);
    assert_eq!(check.findings[0].fix.len(), 1);
    assert_eq!(
        delivered_to(&check),
        (
            "arn:aws:logs:eu-west-1:123456789012:log-group:audit-trail:*",
            Some("arn:aws:iam::123456789012:role/trail-to-logs")
        )
    );
}

#[test]
fn without_any_group_a_new_one_is_made_first() {
    let check = check(
        ID,
        &format!(
            "{NO_GROUP}[targets.\"123456789012/eu-west-1\"]\nlog_groups = \"absent\"\n\
             metric_filters = \"absent\""
        ),
    );
    assert!(matches!(
        &check.findings[0].fix[..],
        [Fix::Change(Intent::CreateLogGroup { log_group, .. }), Fix::Change(_)]
            if log_group == "aws-cloudtrail-logs-123456789012"
    ));
}

#[test]
fn an_unseen_list_of_groups_hides_nothing_of_the_trail() {
    let denied =
        "[targets.\"123456789012/eu-west-1\"]\nlog_groups = \"denied: logs:DescribeLogGroups\"";
    assert_eq!(check(ID, &format!("{NO_GROUP}{denied}")).status, Status::Fail);
    assert_eq!(check(ID, denied).status, Status::Pass);
}

#[test]
fn an_empty_arn_is_none_and_nonsense_is_no_arn() {
    let named = |arn: &str| {
        format!(
            "[targets.\"123456789012/eu-west-1\".trails.seen.\"arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail\"]\n\
             CloudWatchLogsLogGroupArn = \"{arn}\""
        )
    };
    let empty = check(ID, &named(""));
    assert!(empty.findings[0].message.contains("names no log group"));
    let nonsense = check(ID, &named("audit-trail"));
    assert_eq!(
        nonsense.findings[0].message,
        "Trail audit-trail names the log group \"audit-trail\", which is no ARN of one."
    );
}

#[test]
fn a_pinned_group_that_the_trail_does_not_feed_is_told_apart() {
    let pins = Pins { log_group: Some("other".to_owned()), ..Pins::default() };
    let report = crate::run(&Snapshot::healthy(), &BaselineEntry::secret_access(), &pins);
    let check = report.entries[0].checks.iter().find(|check| check.id == ID).unwrap();
    assert_eq!(
        check.findings[0].message,
        "Trail audit-trail delivers to log group audit-trail, not to other."
    );
}

#[test]
fn what_depends_on_the_group_is_skipped() {
    let report = report(NO_GROUP);
    for other in ["delivery-role-may-write", "trail-delivers-to-log-group"] {
        let check = report.checks.iter().find(|check| check.id == other).unwrap();
        assert_eq!(check.status, Status::Skipped, "{other}");
    }
}
