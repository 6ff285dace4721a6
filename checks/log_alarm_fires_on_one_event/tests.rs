use secmon_core::report::{CheckReport, Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "log-alarm-fires-on-one-event";

/// A healthy log alarm in place of the metric alarm, with an edit of its text.
pub(crate) fn log_alarm(old: &str, new: &str) -> String {
    let healthy = r#"remove = ["/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read"]
[targets."123456789012/eu-west-1".alarms.seen.LogAlarms.secret-read]
AlarmName = "secret-read"
AlarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:secret-read"
ActionsEnabled = true
AlarmActions = ["arn:aws:sns:eu-west-1:123456789012:security-alerts"]
StateValue = "OK"
QueryResultsToEvaluate = 3
QueryResultsToAlarm = 1
Threshold = 1.0
ComparisonOperator = "GreaterThanOrEqualToThreshold"
[targets."123456789012/eu-west-1".alarms.seen.LogAlarms.secret-read.ScheduledQueryConfiguration]
QueryString = 'filter eventName in ["GetSecretValue", "BatchGetSecretValue"]'
LogGroupIdentifiers = ["audit-trail"]
AggregationExpression = "count(*)"
ScheduleConfiguration = { ScheduleExpression = "rate(5 minutes)", StartTimeOffset = 600 }
[targets."123456789012/eu-west-1".alarm_histories]
secret-read = { seen = [] }
"#;
    assert!(healthy.contains(old), "{old}");
    healthy.replacen(old, new, 1)
}

fn judged(old: &str, new: &str) -> CheckReport {
    check(ID, &log_alarm(old, new))
}

const CONDITION: &str = "Threshold = 1.0\nComparisonOperator = \"GreaterThanOrEqualToThreshold\"";

fn on(operator: &str, threshold: &str) -> String {
    format!("Threshold = {threshold}\nComparisonOperator = \"{operator}\"")
}

#[test]
fn one_result_of_several_is_healthy() {
    assert_eq!(judged("", "").status, Status::Pass);
    assert_eq!(report(&log_alarm("", "")).verdict, Verdict::Yes);
    for (operator, threshold) in
        [("GreaterThanThreshold", "0.0"), ("GreaterThanOrEqualToThreshold", "0.5")]
    {
        assert_eq!(judged(CONDITION, &on(operator, threshold)).status, Status::Pass, "{operator}");
    }
}

#[test]
fn a_condition_that_no_read_changes_tells_of_none() {
    for (operator, threshold) in [
        ("LessThanThreshold", "5.0"),
        ("LessThanOrEqualToThreshold", "1.0"),
        ("GreaterThanOrEqualToThreshold", "0.0"),
        ("GreaterThanThreshold", "-1.0"),
    ] {
        let always = on(operator, threshold);
        let found = judged(CONDITION, &always);
        assert_eq!(found.status, Status::Fail, "{operator} {threshold}");
        assert!(found.findings[0].message.contains("is met by both"));
        assert_eq!(report(&log_alarm(CONDITION, &always)).verdict, Verdict::No);
    }
    // Where rows are grouped, no row may make no value at all.
    let grouped = log_alarm(CONDITION, &on("LessThanThreshold", "5.0"))
        .replace("count(*)", "count(*) by eventName");
    assert_eq!(check(ID, &grouped).status, Status::Unknown);
}

#[test]
fn results_that_aws_does_not_take_are_unknown() {
    for (of, wanted) in [(3, 0), (3, 4), (0, 0), (1, -1)] {
        let results = format!("QueryResultsToEvaluate = {of}\nQueryResultsToAlarm = {wanted}");
        let found = judged("QueryResultsToEvaluate = 3\nQueryResultsToAlarm = 1", &results);
        assert_eq!(found.status, Status::Unknown, "{wanted} of {of}");
    }
    assert_eq!(judged("QueryResultsToAlarm = 1\n", "").status, Status::Unknown);
}

#[test]
fn more_than_one_result_is_never_certain_to_come() {
    for (wanted, status) in [(2, Status::Unknown), (3, Status::Fail)] {
        let wants = format!("QueryResultsToAlarm = {wanted}");
        assert_eq!(judged("QueryResultsToAlarm = 1", &wants).status, status, "{wanted}");
    }
}

#[test]
fn runs_that_leave_gaps_and_schedules_that_are_not_read_are_unknown() {
    for (old, new) in [
        ("StartTimeOffset = 600", "StartTimeOffset = 60"),
        ("rate(5 minutes)", "cron(0 8 * * ? *)"),
        ("StateValue = \"OK\"", "TreatMissingData = \"breaching\""),
        ("StateValue = \"OK\"", "TreatMissingData = \"ignore\""),
    ] {
        assert_eq!(judged(old, new).status, Status::Unknown, "{new}");
    }
    let calm = judged("StateValue = \"OK\"", "TreatMissingData = \"notBreaching\"");
    assert_eq!(calm.status, Status::Pass);
}
