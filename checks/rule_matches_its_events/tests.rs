use secmon_core::report::{Status, Verdict};
use secmon_core::route::Route;

use crate::tests::{check, report};

const ID: &str = "rule-matches-its-events";

const RULE: &str = r#"
remove = [
    "/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read",
    "/targets/123456789012~1eu-west-1/topics/arn:aws:sns:eu-west-1:123456789012:security-alerts/attributes/seen/KmsMasterKeyId",
]

[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".attributes.seen]
Policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}]}'

[targets."123456789012/eu-west-1".event_rules.seen.secret-read]
Name = "secret-read"
Arn = "arn:aws:events:eu-west-1:123456789012:rule/secret-read"
State = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
targets = { seen = { mail = { Arn = "arn:aws:sns:eu-west-1:123456789012:security-alerts" } } }
EventPattern = '"#;

/// The account whose reads a rule with this pattern tells of.
pub(crate) fn rule(pattern: &str) -> String {
    format!("{RULE}{pattern}'\n")
}

#[test]
fn a_rule_with_a_topic_replaces_filter_and_alarm() {
    let report = report(&rule(
        r#"{"source":["aws.secretsmanager"],"detail":{"eventName":["GetSecretValue","BatchGetSecretValue"]}}"#,
    ));
    assert_eq!(report.verdict, Verdict::Yes);
    assert_eq!(report.chain.route, Route::EventRule);
    assert_eq!(report.told, ["email soc@example.org"]);
    for check in &report.checks {
        let fine = matches!(check.status, Status::Pass | Status::NotApplicable);
        assert!(fine, "{}: {} {:?}", check.id, check.status, check.findings);
    }
}

#[test]
fn what_differs_every_time_is_unknown_unless_the_rest_misses() {
    let pattern = |name: &str| {
        format!(
            r#"{{"time":[{{"prefix":"2026"}}],"source":["aws.secretsmanager"],"detail":{{"eventName":["{name}"]}}}}"#
        )
    };
    assert_eq!(check(ID, &rule(&pattern("GetSecretValue"))).status, Status::Unknown);
    assert_eq!(check(ID, &rule(&pattern("GetSecretsValue"))).status, Status::Fail);
}
