use secmon_core::finding::Fix;
use secmon_core::report::{CheckReport, Status};

use crate::tests::check;

const ID: &str = "trail-delivers-to-log-group";
const TRAIL: &str = "targets.\"123456789012/eu-west-1\".trails.seen.\"arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail\"";
const NEVER: &str = "remove = [\"/targets/123456789012~1eu-west-1/trails/seen/arn:aws:cloudtrail:eu-west-1:123456789012:trail~1audit-trail/status/seen/LatestCloudWatchLogsDeliveryTime\"]\n";

fn status_with(fields: &str) -> CheckReport {
    check(ID, &format!("[{TRAIL}.status.seen]\n{fields}"))
}

fn step(check: &CheckReport) -> &str {
    match &check.findings[0].fix[..] {
        [Fix::Manual(step)] => step,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_error_beside_a_recent_delivery_is_neither_a_break_nor_nothing() {
    let check = status_with("LatestCloudWatchLogsDeliveryError = \"Throttling\"");
    assert_eq!(check.status, Status::Unknown);
    assert_eq!(
        check.unseen.unwrap().reason,
        "CloudTrail reports \"Throttling\", yet the last delivery was on 2026-01-05 10:10 UTC, 1 \
         min ago"
    );
}

#[test]
fn an_old_delivery_alone_is_no_accusation() {
    let at = |time: &str| status_with(&format!("LatestCloudWatchLogsDeliveryTime = \"{time}\""));
    assert_eq!(at("2026-01-05T09:12:00Z").status, Status::Pass);
    let old = at("2026-01-03T09:11:00Z");
    assert_eq!(old.status, Status::Unknown);
    assert!(old.unseen.unwrap().reason.ends_with("on 2026-01-03 09:11 UTC, 2 days ago"));
    // AWS's clocks differ by seconds.
    assert_eq!(at("2026-01-05T10:12:30Z").status, Status::Pass);
}

#[test]
fn an_error_without_any_delivery_is_a_break() {
    let scenario = format!(
        "{NEVER}[{TRAIL}.status.seen]\nLatestCloudWatchLogsDeliveryError = \"ResourceNotFound\""
    );
    let check = check(ID, &scenario);
    assert_eq!(
        check.findings[0].message,
        "Trail audit-trail fails to deliver to log group audit-trail: CloudTrail reports \
         \"ResourceNotFound\"; nothing was ever delivered."
    );
    assert!(step(&check).starts_with("Make what is missing again"));
}

#[test]
fn the_text_says_where_to_look() {
    let told = |error: &str| {
        let check = status_with(&format!(
            "LatestCloudWatchLogsDeliveryError = \"{error}\"\n\
             LatestCloudWatchLogsDeliveryTime = \"2026-01-05T06:40:00Z\""
        ));
        step(&check).to_owned()
    };
    assert!(told("Access denied.").contains("role arn:aws:iam::123456789012:role/trail-to-logs"));
    assert!(told("KMS key is disabled").starts_with("Look at the key"));
    assert!(told("ThrottlingException").contains("quotas"));
    assert!(told("something new").starts_with("Look at role"));
    assert_eq!(
        status_with("LatestCloudWatchLogsDeliveryError = \"\"").status,
        Status::Pass,
        "an empty text is none"
    );
}

#[test]
fn a_first_delivery_takes_its_time() {
    let started = |time: &str| {
        let status = format!("{NEVER}[{TRAIL}.status.seen]\nStartLoggingTime = \"{time}\"");
        check(ID, &status).status
    };
    assert_eq!(started("2026-01-05T09:52:00Z"), Status::Unknown);
    assert_eq!(started("2026-01-05T09:51:00Z"), Status::Fail);
    let made = |millis: i64| {
        let group = "[targets.\"123456789012/eu-west-1\".log_groups.seen.audit-trail]";
        check(ID, &format!("{NEVER}{group}\ncreationTime = {millis}")).status
    };
    // Ten minutes and an hour before 2026-01-05 10:12 UTC.
    assert_eq!(made(1_767_607_320_000), Status::Unknown);
    assert_eq!(made(1_767_604_320_000), Status::Fail);
    let no_start = NEVER.replace(
        "\"]",
        "\", \"/targets/123456789012~1eu-west-1/trails/seen/arn:aws:cloudtrail:eu-west-1:123456789012:trail~1audit-trail/status/seen/StartLoggingTime\"]",
    );
    assert_eq!(check(ID, &no_start).status, Status::Unknown);
}

#[test]
fn a_trail_that_was_just_told_to_use_the_group_is_given_time() {
    let updated = |time: &str| {
        format!(
            r#"{NEVER}
[[targets."123456789012/eu-west-1".event_history.UpdateTrail.seen.events]]
EventId = "1"
EventName = "UpdateTrail"
EventTime = "{time}"
CloudTrailEvent = '{{"requestParameters":{{"name":"audit-trail"}}}}'
"#
        )
    };
    assert_eq!(check(ID, &updated("2026-01-05T10:09:00Z")).status, Status::Unknown);
    assert_eq!(check(ID, &updated("2026-01-04T10:09:00Z")).status, Status::Fail);
}

#[test]
fn what_is_already_reported_is_not_reported_again() {
    let stopped = status_with(
        "IsLogging = false\nLatestCloudWatchLogsDeliveryError = \"Access denied\"\n\
         LatestCloudWatchLogsDeliveryTime = \"2026-01-03T09:11:00Z\"",
    );
    assert_eq!(stopped.status, Status::Skipped);
    let gone = "remove = [\"/targets/123456789012~1eu-west-1/log_groups/seen/audit-trail\"]";
    assert_eq!(check(ID, gone).status, Status::Skipped);
}

#[test]
fn an_unseen_status_is_unknown_and_an_unseen_group_hides_no_status() {
    for answer in ["denied: cloudtrail:GetTrailStatus", "failed: timed out", "not asked"] {
        let check = check(ID, &format!("[{TRAIL}]\nstatus = \"{answer}\""));
        assert_eq!(check.status, Status::Unknown, "{answer}");
    }
    let scenario = format!(
        "[targets.\"123456789012/eu-west-1\"]\nlog_groups = \"denied: logs:DescribeLogGroups\"\n\
         [{TRAIL}.status.seen]\nLatestCloudWatchLogsDeliveryError = \"Access denied\"\n\
         LatestCloudWatchLogsDeliveryTime = \"2026-01-05T06:40:00Z\""
    );
    assert_eq!(check(ID, &scenario).status, Status::Fail);
}
