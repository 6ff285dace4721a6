use secmon_core::report::{Status, Verdict};

use crate::evidence::tests::{HERE, in_group, read_and};
use crate::tests::{check, report};

const ID: &str = "last-read-was-counted";

/// The read is in the group, and these are the metric's points.
fn counted(points: &str, more: &str) -> String {
    format!("[{HERE}.filter_datapoints.audit-trail]\nsecret-read.seen = [{points}]\n")
        + &in_group(true)
        + &read_and(&[("PutMetricFilter", "")])
        + more
}

fn point(minute: &str, sum: f64) -> String {
    format!("{{ Timestamp = \"2026-01-05T09:{minute}:00Z\", Sum = {sum:?} }}")
}

#[test]
fn a_sample_in_the_minute_of_the_log_event_is_its_own() {
    assert_eq!(check(ID, &counted(&point("15", 1.0), "")).status, Status::Pass);
}

#[test]
fn zeros_of_other_events_are_no_sample_of_a_read() {
    let points = [point("15", 0.0), point("16", 0.0)].join(", ");
    let scenario = counted(&points, "");
    assert_eq!(check(ID, &scenario).status, Status::Unknown);
    assert_eq!(report(&scenario).verdict, Verdict::CannotTell);
}

#[test]
fn a_healthy_filter_is_not_accused() {
    let filter = format!("[{HERE}.metric_filters.seen.audit-trail.secret-read]\n");
    let newer = format!("{filter}creationTime = 1767604600000\n");
    let other = format!("{filter}filterPattern = '{{ $.eventName = \"PutSecretValue\" }}'\n");
    let changed = r#"{ EventId = "1", EventName = "PutMetricFilter", EventTime = "2026-01-05T09:40:00Z", CloudTrailEvent = '{"userIdentity":{"type":"Root"},"requestParameters":{"logGroupName":"audit-trail","filterName":"secret-read"}}' }"#;
    let changed = counted("", "").replace(
        "PutMetricFilter = { seen = { events = [] } }",
        &format!("PutMetricFilter = {{ seen = {{ events = [{changed}] }} }}"),
    );
    for scenario in
        [counted(&point("16", 1.0), ""), counted("", &newer), counted("", &other), changed]
    {
        assert_eq!(check(ID, &scenario).status, Status::NotApplicable, "{scenario}");
    }
}

#[test]
fn datapoints_that_were_denied_cost_nothing() {
    let denied = counted("", "").replace(
        "secret-read.seen = []",
        "secret-read = \"denied: cloudwatch:GetMetricStatistics\"",
    );
    assert_eq!(report(&denied).verdict, Verdict::Yes);
    assert_eq!(check(ID, &denied).status, Status::Unknown);
}
