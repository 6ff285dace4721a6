use secmon_core::report::Status;

use crate::one_read::tests::chain;
use crate::tests::{check, findings};

const ID: &str = "alarm-evaluates-one-event";

#[test]
fn a_period_shorter_than_the_metrics_is_unknown() {
    let report = check(ID, &chain("Period = 10", "1", Some(0.0)));
    assert_eq!(report.status, Status::Unknown);
    assert_eq!(
        report.unseen.unwrap().reason,
        "its Period is 10 s, a minute's samples of a metric filter stand in one such period, and AWS \
         does not say when they can be seen"
    );
}

#[test]
fn two_of_three_wait_for_a_second_read_when_missing_data_is_ignored() {
    assert_eq!(
        findings(
            ID,
            &chain(
                "EvaluationPeriods = 3\nDatapointsToAlarm = 2\nTreatMissingData = \"ignore\"",
                "1",
                None
            )
        ),
        [
            "Alarm secret-read needs 2 breaching datapoints of 3 periods of a minute; one read makes \
          one, and missing ones are ignored. Two reads a minute apart fire it, 10 in one minute do \
          not."
        ]
    );
}

#[test]
fn a_window_that_aws_would_not_take_is_unknown_and_does_not_hang() {
    let scenario = chain("EvaluationPeriods = 2147483647", "1", None);
    assert_eq!(check(ID, &scenario).status, Status::Unknown);
}

#[test]
fn an_alarm_that_cloudwatch_cannot_evaluate_is_unknown_in_its_words() {
    let scenario = r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
EvaluationState = "EVALUATION_ERROR"
StateReason = "The metric could not be read"
"#;
    let check = crate::tests::check("alarm-evaluates-one-event", scenario);
    assert_eq!(check.status, secmon_core::report::Status::Unknown);
    assert!(
        check.unseen.unwrap().reason.ends_with("EVALUATION_ERROR: The metric could not be read")
    );
}

/// The account whose filters nobody may see, with an alarm on some metric.
fn hidden_filters(settings: &str) -> String {
    format!(
        r#"[targets."123456789012/eu-west-1"]
metric_filters = "denied: logs:DescribeMetricFilters"

[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
{settings}
"#
    )
}

#[test]
fn several_datapoints_are_too_many_whatever_filter_feeds_the_alarm() {
    assert_eq!(
        findings(ID, &hidden_filters("EvaluationPeriods = 3\nDatapointsToAlarm = 2")),
        [
            "Alarm secret-read needs 2 breaching datapoints of 3 periods of a minute; whatever filter \
          feeds it, one read makes one, and missing ones do not breach."
        ]
    );
    for unclear in [
        "EvaluationPeriods = 3\nTreatMissingData = \"missing\"",
        "EvaluationPeriods = 3\nTreatMissingData = \"breaching\"",
        "EvaluationPeriods = 3\nDatapointsToAlarm = 1",
        "EvaluationPeriods = 1",
    ] {
        assert_eq!(check(ID, &hidden_filters(unclear)).status, Status::Unknown, "{unclear}");
    }
}
