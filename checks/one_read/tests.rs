//! Chains that work must not be accused, and one fault must be named once.

use secmon_core::finding::Stage;
use secmon_core::report::{Status, Verdict};

use crate::tests::{check, report};

const AT: &str = r#"targets."123456789012/eu-west-1""#;

/// An edit of the alarm, and the filter's only transformation.
pub(crate) fn chain(alarm: &str, metric_value: &str, default_value: Option<f64>) -> String {
    let default = default_value.map_or(String::new(), |d| format!("defaultValue = {d:?}\n"));
    format!(
        "[{AT}.alarms.seen.MetricAlarms.secret-read]\n{alarm}\n\
         [[{AT}.metric_filters.seen.audit-trail.secret-read.metricTransformations]]\n\
         metricName = \"SecretIsAccessed\"\nmetricNamespace = \"SecurityMetrics\"\n\
         metricValue = \"{metric_value}\"\n{default}"
    )
}

fn ids(scenario: &str, status: Status) -> Vec<&'static str> {
    report(scenario).with(status).map(|check| check.id).collect()
}

#[test]
fn chains_that_work_pass_every_check() {
    let zero = Some(0.0);
    let working = [
        (r#"Statistic = "Maximum""#, "1", zero),
        (r#"ComparisonOperator = "GreaterThanThreshold""#, "2", zero),
        ("ComparisonOperator = \"GreaterThanThreshold\"\nThreshold = 0.0", "1", zero),
        ("Period = 300", "1", zero),
        (r#"Statistic = "Average""#, "1", None),
        (r#"Statistic = "SampleCount""#, "1", None),
        (r#"Statistic = "Minimum""#, "1", None),
        (
            "Statistic = \"Average\"\nComparisonOperator = \"GreaterThanThreshold\"\nThreshold = 0.0",
            "1",
            zero,
        ),
        (r#"TreatMissingData = "missing""#, "1", None),
        (r#"TreatMissingData = "missing""#, "1", zero),
        (r#"TreatMissingData = "ignore""#, "1", zero),
        (r#"TreatMissingData = "breaching""#, "1", zero),
        ("EvaluationPeriods = 3\nDatapointsToAlarm = 1", "1", zero),
        ("EvaluationPeriods = 3\nDatapointsToAlarm = 2\nTreatMissingData = \"missing\"", "1", None),
        ("Threshold = 100.0", "100", zero),
        ("Period = 3600", "1", zero),
        ("Unit = \"None\"", "1", zero),
        ("Threshold = 0.0", "1", None),
    ];
    for (alarm, value, default) in working {
        let scenario = chain(alarm, value, default);
        let report = report(&scenario);
        // That there is no evidence yet is no fault, and that an alarm of a day tells of one read a
        // day is another matter.
        let others = report.checks.iter().filter(|check| check.stage != Stage::Proof);
        for check in others.filter(|check| check.id != "alarm-is-ready-again-within-an-hour") {
            assert!(
                matches!(check.status, Status::Pass | Status::NotApplicable),
                "{}: {:?}\n{scenario}",
                check.id,
                check.findings
            );
        }
        assert_eq!(report.verdict, Verdict::Yes, "{scenario}");
    }
}

#[test]
fn a_hundredth_percentile_is_the_maximum() {
    let percentile = |name: &str| {
        format!(
            "remove = [\"/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read/Statistic\"]\n\
             [{AT}.alarms.seen.MetricAlarms.secret-read]\nExtendedStatistic = \"{name}\""
        )
    };
    assert_eq!(report(&percentile("p100")).verdict, Verdict::Yes);
    assert_eq!(ids(&percentile("p90"), Status::Fail), ["alarm-statistic-counts-events"]);
    assert_eq!(ids(&percentile("p99"), Status::Unknown), ["alarm-statistic-counts-events"]);
    assert_eq!(ids(&percentile("TM(10%:90%)"), Status::Unknown), ["alarm-statistic-counts-events"]);
    assert_eq!(ids(&percentile("TM(10%:90%)"), Status::Fail), [""; 0]);
}

#[test]
fn one_fault_is_named_once_and_two_are_named_as_two() {
    let zero = Some(0.0);
    let rows: [(&str, &str, Option<f64>, &[&str]); 12] = [
        (r#"Statistic = "Average""#, "1", zero, &["alarm-statistic-counts-events"]),
        ("Threshold = 5.0", "1", zero, &["alarm-threshold-is-reached-by-one-event"]),
        (
            "Statistic = \"Average\"\nThreshold = 5.0",
            "1",
            zero,
            &["alarm-statistic-counts-events", "alarm-threshold-is-reached-by-one-event"],
        ),
        (
            "Statistic = \"Average\"\nThreshold = 5.0",
            "1",
            None,
            &["alarm-threshold-is-reached-by-one-event"],
        ),
        ("", "0", zero, &["filter-counts-one-per-event"]),
        ("", "one", None, &["filter-counts-one-per-event"]),
        ("", "1", Some(2.0), &["filter-counts-one-per-event"]),
        ("", "1", Some(0.5), &["alarm-threshold-is-reached-by-one-event"]),
        ("", "1", Some(-1.0), &["alarm-threshold-is-reached-by-one-event"]),
        ("EvaluationPeriods = 3", "1", zero, &["alarm-evaluates-one-event"]),
        (
            "EvaluationPeriods = 2\nTreatMissingData = \"breaching\"",
            "1",
            None,
            &["alarm-evaluates-one-event"],
        ),
        (
            "EvaluationPeriods = 2\nTreatMissingData = \"ignore\"",
            "1",
            None,
            &["alarm-evaluates-one-event"],
        ),
    ];
    for (alarm, value, default, expected) in rows {
        let scenario = chain(alarm, value, default);
        assert_eq!(ids(&scenario, Status::Fail), expected, "{scenario}");
        assert_eq!(ids(&scenario, Status::Unknown), [""; 0], "{scenario}");
    }
}

#[test]
fn what_was_not_seen_is_unknown_and_never_passes() {
    let alarm_checks = [
        "alarm-watches-filter-metric",
        "alarm-statistic-counts-events",
        "alarm-threshold-is-reached-by-one-event",
        "alarm-evaluates-one-event",
        "alarm-recovers-after-an-event",
        "alarm-is-not-stuck-in-alarm",
        "alarm-actions-are-enabled",
        "alarm-is-not-muted",
        "alarm-notifies-a-topic",
    ];
    let filter_checks = [
        "log-group-has-a-metric-filter",
        "filter-matches-its-events",
        "filter-matches-what-it-should",
        "filter-ignores-other-events",
        "filter-counts-one-per-event",
    ];
    // The alarm that one of the hidden filters may feed is looked at all the same.
    let of_alarm_alone = [
        "alarm-is-not-stuck-in-alarm",
        "alarm-actions-are-enabled",
        "alarm-is-not-muted",
        "alarm-notifies-a-topic",
    ];
    for unseen in ["denied: logs:DescribeMetricFilters", "failed: 500", "not asked"] {
        let scenario = format!("[{AT}]\nmetric_filters = \"{unseen}\"");
        for id in filter_checks.iter().chain(&alarm_checks) {
            let report = check(id, &scenario);
            let unknown = !of_alarm_alone.contains(id) || unseen == "not asked";
            let expected = if unknown { Status::Unknown } else { Status::Pass };
            assert_eq!(report.status, expected, "{id}: {:?}", report.reason);
        }
        let scenario = format!("[{AT}]\nalarms = \"{unseen}\"");
        for id in alarm_checks {
            let report = check(id, &scenario);
            assert_eq!(report.status, Status::Unknown, "{id}: {:?}", report.reason);
        }
    }
}

/// The alarm on metric math: an expression over the metric and what else there is.
fn math(expression: &str, rest: &str) -> String {
    let gone = ["Statistic", "MetricName", "Namespace", "Period"].map(|name| {
        format!("\"/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read/{name}\"")
    });
    let of = |id: &str, name: &str, stat: &str| {
        format!(
            "{{ Id = \"{id}\", ReturnData = false, MetricStat = {{ Period = 60, Stat = \"{stat}\", \
             Metric = {{ Namespace = \"SecurityMetrics\", MetricName = \"{name}\" }} }} }},"
        )
    };
    let (sum, count, logins) = (
        of("m1", "SecretIsAccessed", "Sum"),
        of("m2", "SecretIsAccessed", "Average"),
        of("m3", "Logins", "Sum"),
    );
    format!(
        "remove = [{}]\n[{AT}.alarms.seen.MetricAlarms.secret-read]\n{rest}\nMetrics = [\
         {{ Id = \"e1\", Expression = \"{expression}\", ReturnData = true }}, {sum} {count} {logins}]",
        gone.join(", ")
    )
}

#[test]
fn metric_math_that_is_known_is_judged() {
    let scenario = math("m1", "Threshold = 1.0");
    let unknown: Vec<_> = report(&scenario).with(Status::Unknown).cloned().collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert_eq!(report(&scenario).verdict, Verdict::Yes);
    assert_eq!(report(&math("m1 * 100", "Threshold = 100.0")).verdict, Verdict::Yes);
    let rows: [(&str, &str, &[&str]); 5] = [
        ("m1 / 2", "", &["alarm-threshold-is-reached-by-one-event"]),
        ("m2", "", &["alarm-statistic-counts-events"]),
        ("m2 * 100", "Threshold = 2.0", &[]),
        ("m1", "EvaluationPeriods = 3", &["alarm-evaluates-one-event"]),
        (
            "m1 * 2",
            "Threshold = 5.0\nEvaluationPeriods = 3",
            &["alarm-threshold-is-reached-by-one-event", "alarm-evaluates-one-event"],
        ),
    ];
    for (expression, rest, expected) in rows {
        let scenario = math(expression, rest);
        assert_eq!(ids(&scenario, Status::Fail), expected, "{scenario}");
        assert_eq!(ids(&scenario, Status::Unknown), [""; 0], "{scenario}");
    }
}

#[test]
fn other_metric_math_is_unknown() {
    let of_alarm = [
        "alarm-statistic-counts-events",
        "alarm-threshold-is-reached-by-one-event",
        "alarm-evaluates-one-event",
        "alarm-fires-within-minutes",
        "alarm-recovers-after-an-event",
    ];
    // A metric that no filter feeds, and a function.
    for (expression, also) in
        [("m1 + m3", None), ("FILL(m1, 0)", Some("alarm-watches-filter-metric"))]
    {
        let scenario = math(expression, "");
        let mut expected: Vec<&str> = also.into_iter().collect();
        expected.push("metric-tells-reads-from-other-events");
        expected.extend(of_alarm);
        assert_eq!(ids(&scenario, Status::Unknown), expected, "{expression}");
        assert_eq!(report(&scenario).verdict, Verdict::CannotTell);
    }
}

fn of_another_route(id: &str) -> bool {
    id.starts_with("log-alarm-") || id.starts_with("rule-")
}

#[test]
fn without_an_alarm_its_checks_are_skipped() {
    let scenario =
        r#"remove = ["/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read"]"#;
    assert_eq!(ids(scenario, Status::Fail), ["alarm-watches-filter-metric"]);
    let report = report(scenario);
    let of_alarm = report.checks.iter().filter(|check| check.stage == Stage::Alarm);
    for check in of_alarm.filter(|check| !of_another_route(check.id)) {
        assert_eq!(check.status, Status::Skipped, "{}", check.id);
    }
}

#[test]
fn the_example_is_marked_where_traffic_is_not_known() {
    let rows = [
        (r#""denied: cloudwatch:GetMetricStatistics""#, "among say 40 events in 5 minutes"),
        ("{ seen = [] }", "among say 40 events in 5 minutes"),
        (
            r#"{ seen = [{ Timestamp = "2026-01-05T10:09:00Z", Sum = 1.0 }] }"#,
            "among say 40 events",
        ),
        (
            r#"{ seen = [{ Timestamp = "2026-01-05T10:09:00Z", Sum = 7.0 }] }"#,
            "among 35 events in 5",
        ),
    ];
    for (events, says) in rows {
        let scenario = format!(
            "[{AT}.incoming_log_events]\naudit-trail = {events}\n\
             [{AT}.alarms.seen.MetricAlarms.secret-read]\nStatistic = \"Average\"\nPeriod = 300"
        );
        let says = says.replace("say 40 events", "say 200 events");
        let found = check("alarm-statistic-counts-events", &scenario).findings.remove(0).message;
        assert!(found.contains(&says), "{found}");
    }
}

#[test]
fn what_hangs_on_whether_a_read_comes_on_top_of_the_others_is_unknown() {
    let two_a_minute = {
        let minutes = (7..12).map(|minute| {
            format!("{{ Timestamp = \"2026-01-05T10:{minute:02}:00Z\", Sum = 2.0 }}")
        });
        let minutes: Vec<String> = minutes.collect();
        format!("[{AT}.incoming_log_events]\naudit-trail.seen = [{}]\n", minutes.join(", "))
    };
    // Of two events half are the read; with its batch and its key there are five.
    let average = |limit: &str| {
        let alarm = format!("Statistic = \"Average\"\nThreshold = {limit}");
        report(&(two_a_minute.clone() + &chain(&alarm, "1", Some(0.0)))).verdict
    };
    assert_eq!(average("0.2"), Verdict::Yes);
    assert_eq!(average("0.25"), Verdict::CannotTell);
    assert_eq!(average("0.75"), Verdict::No);
    let an_hour = "Statistic = \"Average\"\nPeriod = 3600\nThreshold = 0.0004";
    assert_eq!(report(&chain(an_hour, "1", Some(0.0))).verdict, Verdict::Yes);
}

#[test]
fn where_no_alarm_can_tell_anybody_it_does_not_matter_what_hidden_filters_feed() {
    let hidden = |alarm: &str| {
        let alarm = format!("[{AT}.alarms.seen.MetricAlarms.secret-read]\n{alarm}\n");
        let denied = "metric_filters = \"denied: logs:DescribeMetricFilters\"";
        report(&format!("{alarm}[{AT}]\n{denied}")).verdict
    };
    assert_eq!(hidden(""), Verdict::CannotTell);
    assert_eq!(hidden("ActionsEnabled = false"), Verdict::No);
    // Which namespaces a filter cannot feed is not established.
    assert_eq!(hidden("Namespace = \"AWS/EC2\""), Verdict::CannotTell);
}
