use secmon_core::report::Status;

use crate::tests::check;

const ID: &str = "alarm-is-not-muted";

fn status(rule: &str) -> Status {
    let scenario = format!(
        "[targets.\"123456789012/eu-west-1\".alarm_mute_rules.seen.release]\n\
         AlarmMuteRuleArn = \"arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:release\"\n\
         {rule}"
    );
    check(ID, &scenario).status
}

#[test]
fn only_active_rules_mute_and_only_their_alarms() {
    let muting = r#"targets = { seen = ["other", "secret-read"] }"#;
    assert_eq!(status(&format!("Status = \"ACTIVE\"\n{muting}")), Status::Fail);
    assert_eq!(status(&format!("Status = \"SCHEDULED\"\n{muting}")), Status::Pass);
    assert_eq!(status(&format!("Status = \"EXPIRED\"\n{muting}")), Status::Pass);
    assert_eq!(status("Status = \"ACTIVE\"\ntargets = { seen = [\"other\"] }"), Status::Pass);
}

#[test]
fn rules_that_could_not_be_read_are_unknown() {
    assert_eq!(
        status("Status = \"ACTIVE\"\ntargets = \"denied: cloudwatch:GetAlarmMuteRule\""),
        Status::Unknown
    );
    let denied = "[targets.\"123456789012/eu-west-1\"]\n\
                  alarm_mute_rules = \"denied: cloudwatch:ListAlarmMuteRules\"";
    let report = check(ID, denied);
    assert_eq!(report.status, Status::Unknown);
    assert_eq!(report.unseen.unwrap().denied.as_deref(), Some("cloudwatch:ListAlarmMuteRules"));
}

#[test]
fn a_suppressor_in_alarm_may_keep_the_actions_back_though_none_are_yet() {
    let scenario = |state: &str| {
        format!(
            r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmActions = []
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.maintenance]
AlarmName = "maintenance"
AlarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:maintenance"
StateValue = "{state}"
[targets."123456789012/eu-west-1".alarms.seen.CompositeAlarms.any-read]
AlarmName = "any-read"
AlarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:any-read"
AlarmRule = 'ALARM("secret-read")'
ActionsEnabled = true
AlarmActions = ["arn:aws:sns:eu-west-1:123456789012:security-alerts"]
ActionsSuppressor = "maintenance"
StateValue = "OK"
[targets."123456789012/eu-west-1".alarm_histories]
any-read = {{ seen = [] }}
"#
        )
    };
    assert_eq!(check(ID, &scenario("OK")).status, Status::Pass);
    assert_eq!(check(ID, &scenario("ALARM")).status, Status::Unknown);
}
