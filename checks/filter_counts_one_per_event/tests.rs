use secmon_core::report::Status;

use crate::one_read::tests::chain;
use crate::tests::{check, findings};

const ID: &str = "filter-counts-one-per-event";

#[test]
fn a_number_that_every_read_has_is_unknown_and_a_text_is_a_failure() {
    // eventVersion is "1.08" to "1.11": a number in quotes, which AWS counts.
    let report = check(ID, &chain("", "$.eventVersion", None));
    assert_eq!(report.status, Status::Unknown);
    assert_eq!(report.unseen.unwrap().reason, "its metricValue is $.eventVersion");
    assert_eq!(
        findings(ID, &chain("", "$.awsRegion", None)),
        ["Filter secret-read matches reads and counts none: its metricValue is $.awsRegion, and \
          there is no number in that field of a read in the console (by ARN)."]
    );
    assert_eq!(check(ID, &chain("", "$.a[*]", None)).status, Status::Unknown);
}

#[test]
fn a_default_below_the_value_is_left_to_the_alarm() {
    assert_eq!(check(ID, &chain("", "1", Some(0.5))).status, Status::Pass);
    assert_eq!(check(ID, &chain("", "0.5", Some(0.5))).status, Status::Fail);
    assert_eq!(check(ID, &chain("", "-1", None)).status, Status::Fail);
}

/// A configuration that fires is not accused for its style.
#[test]
fn a_sample_of_zero_is_counted_by_sample_count() {
    let found = check(
        ID,
        r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
Statistic = "SampleCount"
[[targets."123456789012/eu-west-1".metric_filters.seen.audit-trail.secret-read.metricTransformations]]
metricName = "SecretIsAccessed"
metricNamespace = "SecurityMetrics"
metricValue = "0"
"#,
    );
    assert_eq!(found.status, Status::Pass, "{found:?}");
}
