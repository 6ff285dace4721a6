use secmon_core::report::Status;

use crate::tests::{check, findings};
use secmon_core::route::is_any_of_alarms;

const ID: &str = "alarm-notifies-a-topic";
const AT: &str = r#"targets."123456789012/eu-west-1".alarms.seen"#;

/// A composite alarm that notifies the topic.
pub(crate) fn composite(rule: &str, more: &str) -> String {
    let enabled = if more.contains("ActionsEnabled") { "" } else { "ActionsEnabled = true\n" };
    format!(
        "[{AT}.CompositeAlarms.any-alarm]\nAlarmName = \"any-alarm\"\n\
         AlarmArn = \"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:any-alarm\"\n\
         AlarmRule = '{rule}'\n{enabled}StateValue = \"OK\"\n\
         AlarmActions = [\"arn:aws:sns:eu-west-1:123456789012:security-alerts\"]\n{more}\n"
    )
}

fn actions(lists: &str) -> String {
    format!("[{AT}.MetricAlarms.secret-read]\n{lists}\n")
}

#[test]
fn a_composite_alarm_notifies_for_the_alarms_of_a_plain_rule() {
    let none = actions("AlarmActions = []");
    let status = |rule: &str| check(ID, &(none.clone() + &composite(rule, ""))).status;
    assert_eq!(status(r#"ALARM("secret-read")"#), Status::Pass);
    assert_eq!(status(r#"ALARM(secret-read) AND NOT ALARM("release")"#), Status::Unknown);
}

#[test]
fn rules_that_any_alarm_fulfils() {
    for rule in [
        "ALARM(a)",
        " ALARM ( \"a\" ) ",
        "ALARM(a) OR ALARM('b c') OR ALARM(\"d) AND (\")",
        "(ALARM(a) OR (ALARM(b)))",
        "ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a)",
    ] {
        assert!(is_any_of_alarms(rule), "{rule}");
    }
    for rule in [
        "",
        "TRUE",
        "OK(a)",
        "NOT ALARM(a)",
        "ALARM(a) AND ALARM(b)",
        "ALARM(a) OR OK(b)",
        "ALARM(a) ORALARM(b)",
        "ALARM(a) OR",
        "(ALARM(a)",
        "ALARM(a))",
        "ALARM(\"a)",
        "AT_LEAST(1, ALARM, (a, b))",
    ] {
        assert!(!is_any_of_alarms(rule), "{rule}");
    }
    assert!(!is_any_of_alarms(&"(".repeat(1_000_000)));
}

#[test]
fn a_function_may_tell_somebody() {
    let lambda = "arn:aws:lambda:eu-west-1:123456789012:function:page";
    let report = check(ID, &actions(&format!("AlarmActions = [\"{lambda}\"]")));
    assert_eq!(report.status, Status::Unknown);
    assert_eq!(
        report.unseen.unwrap().reason,
        "its action on ALARM is no SNS topic but Lambda function page"
    );
    let topic = "arn:aws:sns:eu-west-1:123456789012:security-alerts";
    let both = check(ID, &actions(&format!("AlarmActions = [\"{lambda}\", \"{topic}\"]")));
    assert_eq!(both.status, Status::Pass);
}

#[test]
fn both_wrong_lists_are_named() {
    let topic = "[\"arn:aws:sns:eu-west-1:123456789012:security-alerts\"]";
    let lists =
        format!("AlarmActions = []\nOKActions = {topic}\nInsufficientDataActions = {topic}");
    assert_eq!(
        findings(ID, &actions(&lists)),
        [
            "Alarm secret-read notifies topic security-alerts on OK and INSUFFICIENT_DATA, not on ALARM."
        ]
    );
}
