use secmon_core::report::{CheckReport, Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "subscription-passes-alarm-messages";
const SOC: &str = r#"targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".subscriptions.seen."email:soc@example.org""#;

fn body(policy: &str) -> String {
    format!(
        "[{SOC}.attributes.seen]\nFilterPolicy = '{policy}'\nFilterPolicyScope = \"MessageBody\""
    )
}

fn attributes(policy: &str) -> CheckReport {
    check(ID, &format!("[{SOC}.attributes.seen]\nFilterPolicy = '{policy}'"))
}

#[test]
fn a_body_policy_that_lets_alarms_through_is_healthy_but_for_mail() {
    for policy in [
        r#"{"NewStateValue":["ALARM"]}"#,
        r#"{"AlarmName":["secret-read"],"$or":[{"NewStateValue":["ALARM"]},{"NewStateValue":["OK"]}]}"#,
    ] {
        let by_mail = report(&body(policy));
        assert_eq!(by_mail.verdict, Verdict::CannotTell, "{policy}");
        let by_https = body(policy).replace("[targets", &format!("{HTTPS}[targets"));
        assert_eq!(report(&by_https).verdict, Verdict::Yes, "{policy}");
    }
}

/// The subscription is one of a chat.
const HTTPS: &str = r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".subscriptions.seen."email:soc@example.org"]
Protocol = "https"
Endpoint = "https://chat.example.org/hook"

"#;

#[test]
fn an_empty_policy_is_none() {
    for policy in ["", "{}", " { } "] {
        assert_eq!(attributes(policy).status, Status::Pass, "{policy}");
    }
}

#[test]
fn no_attribute_policy_lets_an_alarm_through() {
    for policy in [r#"{"team":[{"exists":false}]}"#, r#"{"team":[{"anything-but":["x"]}]}"#] {
        assert_eq!(attributes(policy).status, Status::Fail, "{policy}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_unknown() {
    for scenario in [
        body(r#"{"AlarmName":[{"wildcard":"secret-*"}]}"#),
        body("[]"),
        format!(
            "[{SOC}.attributes.seen]\nFilterPolicy = '{{\"a\":[1]}}'\nFilterPolicyScope = \"New\""
        ),
        format!("[{SOC}]\nattributes = \"denied: sns:GetSubscriptionAttributes\""),
        format!("[{SOC}]\nattributes = \"failed: time-out\""),
    ] {
        let found = check(ID, &scenario);
        assert_eq!(found.status, Status::Unknown, "{scenario}");
        assert!(found.unseen.unwrap().hint.unwrap().contains("every alarm"));
    }
}

#[test]
fn a_pending_subscription_has_no_policy_to_judge() {
    let found = check(
        ID,
        &format!("[{SOC}]\nSubscriptionArn = \"PendingConfirmation\"\nattributes = \"not asked\""),
    );
    assert_eq!(found.status, Status::Skipped);
}

#[test]
fn another_subscription_without_a_policy_still_tells_somebody() {
    let report = report(
        r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".subscriptions.seen."email:soc@example.org".attributes.seen]
FilterPolicy = '{"severity":["high"]}'
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".subscriptions.seen."https:https://example.org/alerts"]
SubscriptionArn = "arn:aws:sns:eu-west-1:123456789012:security-alerts:2"
Protocol = "https"
Endpoint = "https://example.org/alerts"
attributes = { seen = { PendingConfirmation = "false" } }
"#,
    );
    assert_eq!(
        (report.verdict, report.told),
        (Verdict::Yes, vec!["https https://example.org/alerts".to_owned()])
    );
}

/// What the composite alarm publishes has its own name in it, not that of the alarm below.
#[test]
fn the_message_is_that_of_what_notifies() {
    let found = check(
        ID,
        &format!(
            r#"{}
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmActions = []
[targets."123456789012/eu-west-1".alarms.seen.CompositeAlarms.all]
AlarmName = "all"
AlarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:all"
AlarmRule = "ALARM(secret-read)"
ActionsEnabled = true
AlarmActions = ["arn:aws:sns:eu-west-1:123456789012:security-alerts"]
StateValue = "OK"
"#,
            body(r#"{"AlarmName":["secret-read"]}"#)
        ),
    );
    assert!(
        found.findings[0]
            .message
            .ends_with(r#"composite alarm all: AlarmName is "all", not "secret-read"."#),
        "{:?}",
        found.findings
    );
}

/// That the rule's pattern matches nothing is another fault.
#[test]
fn a_rule_that_matches_nothing_has_a_policy_to_judge_all_the_same() {
    let found = check(
        ID,
        &format!(
            r#"
remove = ["/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read"]
{}
[targets."123456789012/eu-west-1".event_rules.seen.secret-read]
Name = "secret-read"
Arn = "arn:aws:events:eu-west-1:123456789012:rule/secret-read"
EventPattern = '{{"source":["aws.secretsmanager"],"detail":{{"eventName":["GetSecretsValue"]}}}}'
State = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
targets = {{ seen = {{ mail = {{ Arn = "arn:aws:sns:eu-west-1:123456789012:security-alerts" }} }} }}
"#,
            body(r#"{"AlarmName":["secret-read"]}"#)
        ),
    );
    assert_eq!(found.status, Status::Fail, "{found:?}");
}
