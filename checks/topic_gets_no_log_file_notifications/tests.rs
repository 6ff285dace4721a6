use secmon_core::report::{Status, Verdict};

use crate::tests::{check, findings, report};

const ID: &str = "topic-gets-no-log-file-notifications";
const TRAIL: &str = "[targets.\"123456789012/eu-west-1\".trails.seen.\"arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail\"]\n";

fn topic_of_the_trail(name: &str) -> String {
    format!("{TRAIL}SnsTopicARN = \"arn:aws:sns:eu-west-1:123456789012:{name}\"\n")
}

#[test]
fn the_alert_still_comes() {
    let shared = topic_of_the_trail("security-alerts");
    assert_eq!(check(ID, &shared).status, Status::Warn);
    assert_eq!(report(&shared).verdict, Verdict::Yes);
}

#[test]
fn a_topic_of_the_trails_own_is_healthy_beside_an_alarm() {
    assert_eq!(check(ID, &topic_of_the_trail("trail-files")).status, Status::Pass);
}

#[test]
fn a_trail_that_is_stopped_sends_nothing() {
    let stopped = format!(
        "{}status = {{ seen = {{ IsLogging = false }} }}\n",
        topic_of_the_trail("security-alerts")
    );
    assert_eq!(check(ID, &stopped).status, Status::Pass);
}

#[test]
fn without_filter_or_alarm_the_first_cause_says_what_the_trails_topic_is() {
    let says = "Trail audit-trail's own topic trail-files tells of log files in S3, not of reads.";
    let no_filter = format!(
        "remove = [\"/targets/123456789012~1eu-west-1/metric_filters/seen/audit-trail\"]\n{}",
        topic_of_the_trail("trail-files")
    );
    assert!(findings("log-group-has-a-metric-filter", &no_filter)[0].ends_with(says));
    let no_alarm = format!(
        "remove = [\"/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read\"]\n{}",
        topic_of_the_trail("trail-files")
    );
    assert!(findings("alarm-watches-filter-metric", &no_alarm)[0].ends_with(says));
    let no_group = format!(
        "remove = [\"/targets/123456789012~1eu-west-1/trails/seen/arn:aws:cloudtrail:eu-west-1:123456789012:trail~1audit-trail/CloudWatchLogsLogGroupArn\"]\n{}",
        topic_of_the_trail("trail-files")
    );
    assert!(findings("trail-names-a-log-group", &no_group)[0].ends_with(says));
}
