use secmon_core::report::{Status, Verdict};

use crate::tests::{check, findings, report};

const ID: &str = "log-group-is-where-the-filters-are";

/// An organization's trail whose group is in another account, where this was seen.
fn organisation(there: &str) -> String {
    format!(
        r#"
remove = ["/targets/123456789012~1eu-west-1/trails/seen/arn:aws:cloudtrail:eu-west-1:123456789012:trail~1audit-trail"]
[targets."123456789012/eu-west-1".trails.seen."arn:aws:cloudtrail:eu-west-1:222233334444:trail/org-trail"]
Name = "org-trail"
TrailARN = "arn:aws:cloudtrail:eu-west-1:222233334444:trail/org-trail"
HomeRegion = "eu-west-1"
IsMultiRegionTrail = true
IsOrganizationTrail = true
CloudWatchLogsLogGroupArn = "arn:aws:logs:eu-west-1:222233334444:log-group:org:*"
status = {{ seen = {{ IsLogging = true, LatestCloudWatchLogsDeliveryTime = "2026-01-05T10:10:03Z" }} }}
selectors = {{ seen = {{}} }}
[targets."222233334444/eu-west-1"]
{there}
"#
    )
}

#[test]
fn what_could_not_be_seen_there_keeps_the_verdict_open() {
    let closed = organisation("metric_filters = \"denied: logs:DescribeMetricFilters\"");
    assert_eq!(check(ID, &closed).status, Status::Warn);
    assert_eq!(report(&closed).verdict, Verdict::CannotTell);
}

#[test]
fn filters_there_are_judged_there() {
    let open = organisation(
        "metric_filters = { seen = {} }\nlog_groups = { seen = { org = { logGroupName = \"org\" } } }",
    );
    assert_eq!(check(ID, &open).status, Status::Pass);
    assert_eq!(
        findings("log-group-has-a-metric-filter", &open),
        ["Log group org of account 222233334444 has no metric filter. Filter secret-read is on \
             log group audit-trail, which no trail delivers to."]
    );
}

#[test]
fn without_filters_here_nothing_was_left_behind() {
    let none = organisation("metric_filters = \"denied: logs:DescribeMetricFilters\"").replace(
        "remove = [",
        "remove = [\"/targets/123456789012~1eu-west-1/metric_filters/seen/audit-trail\", ",
    );
    assert_eq!(check(ID, &none).status, Status::Pass);
}

#[test]
fn a_list_that_was_denied_here_is_unknown() {
    let denied = format!(
        "{}\n[targets.\"123456789012/eu-west-1\"]\nmetric_filters = \"denied: logs:DescribeMetricFilters\"",
        organisation("metric_filters = \"denied: logs:DescribeMetricFilters\"")
    );
    assert_eq!(check(ID, &denied).status, Status::Unknown);
}
