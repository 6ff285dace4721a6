use secmon_core::report::{Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "alarm-is-ready-again-within-an-hour";

fn alarm(settings: &str) -> String {
    format!("[targets.\"123456789012/eu-west-1\".alarms.seen.MetricAlarms.secret-read]\n{settings}")
}

#[test]
fn an_hour_is_not_accused_and_more_is_a_warning() {
    assert_eq!(check(ID, &alarm("Period = 3600")).status, Status::Pass);
    assert_eq!(
        check(ID, &alarm("Period = 300\nEvaluationPeriods = 12\nDatapointsToAlarm = 1")).status,
        Status::Pass
    );
    let long = alarm("Period = 21600");
    assert_eq!(check(ID, &long).status, Status::Warn);
    assert_eq!(report(&long).verdict, Verdict::Yes);
}

#[test]
fn what_needs_all_of_its_periods_is_over_with_the_first_that_does_not_breach() {
    let all = alarm("Period = 300\nEvaluationPeriods = 24");
    assert_eq!(check(ID, &all).status, Status::Pass);
}

#[test]
fn metric_math_has_no_period_of_its_own() {
    let math = r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
Metrics = [{ Id = "m", MetricStat = { Stat = "Sum", Period = 86400, Metric = { Namespace = "SecurityMetrics", MetricName = "SecretIsAccessed" } } }]
"#;
    assert_eq!(check(ID, math).status, Status::NotApplicable);
}
