use secmon_core::report::{Status, Verdict};

use crate::tests::{check, findings, report};

const ID: &str = "topic-exists";

#[test]
fn a_topic_that_the_credentials_may_not_see_is_unknown() {
    let found = check(
        ID,
        r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts"]
attributes = "denied: sns:GetTopicAttributes"
"#,
    );
    assert_eq!(found.status, Status::Unknown);
    assert_eq!(found.unseen.unwrap().denied.as_deref(), Some("sns:GetTopicAttributes"));
}

#[test]
fn a_topic_of_an_account_that_was_not_entered_is_unknown() {
    let report = report(
        r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmActions = ["arn:aws:sns:eu-west-1:210987654321:central"]
"#,
    );
    assert_eq!(report.verdict, Verdict::CannotTell);
    assert_eq!(report.with(Status::Unknown).next().unwrap().id, ID);
}

#[test]
fn an_arn_without_an_account_is_no_topics() {
    assert_eq!(
        findings(
            ID,
            r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmActions = ["arn:aws:sns:eu-west-1::security-alerts"]
"#
        ),
        ["arn:aws:sns:eu-west-1::security-alerts, which alarm secret-read notifies, \
             is no ARN of a topic."]
    );
}

#[test]
fn an_alarm_without_a_topic_has_nothing_to_look_at() {
    let found = check(
        ID,
        r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmActions = []
"#,
    );
    assert_eq!(found.status, Status::Skipped);
    assert_eq!(found.reason.as_deref(), Some("alarm secret-read notifies no topic"));
}

#[test]
fn a_deleted_topic_is_one_failure_not_five() {
    let report = report(
        r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts"]
attributes = "absent"
subscriptions = "absent"
"#,
    );
    assert_eq!(report.with(Status::Fail).count(), 1);
}

#[test]
fn the_composite_alarm_that_notifies_is_named() {
    assert_eq!(
        findings(
            ID,
            r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts"]
attributes = "absent"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmActions = []
[targets."123456789012/eu-west-1".alarms.seen.CompositeAlarms.all]
AlarmName = "all"
AlarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:all"
AlarmRule = "ALARM(\"secret-read\")"
ActionsEnabled = true
AlarmActions = ["arn:aws:sns:eu-west-1:123456789012:security-alerts"]
StateValue = "OK"
"#
        ),
        ["Topic security-alerts does not exist, and composite alarm all notifies it."]
    );
}

#[test]
fn no_topic_is_made_in_a_partition_where_the_account_is_not() {
    let found = check(
        ID,
        r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmActions = ["arn:aws-cn:sns:cn-north-1:123456789012:security-alerts"]
[targets."123456789012/cn-north-1".topics."arn:aws-cn:sns:cn-north-1:123456789012:security-alerts"]
attributes = "absent"
subscriptions = "absent"
"#,
    );
    assert_eq!(found.status, Status::Skipped);
    assert_eq!(found.reason.as_deref(), Some("topic security-alerts is in partition aws-cn"));
}

#[test]
fn who_may_not_see_a_topic_may_see_that_it_has_no_list_of_subscriptions() {
    let hidden = |subscriptions: &str| {
        let found = check(
            ID,
            &format!(
                r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts"]
attributes = "denied: sns:GetTopicAttributes"
subscriptions = {subscriptions}
"#
            ),
        );
        found.status
    };
    assert_eq!(hidden("\"absent\""), Status::Fail);
    assert_eq!(hidden("\"denied: sns:ListSubscriptionsByTopic\""), Status::Unknown);
}
