use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::{CheckReport, Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "topic-admits-its-publisher";

fn scenario(statements: &str) -> String {
    format!(
        r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".attributes.seen]
Policy = '{{"Version":"2012-10-17","Statement":[{statements}]}}'
"#
    )
}

fn with(statements: &str) -> CheckReport {
    check(ID, &scenario(statements))
}

#[test]
fn the_ways_to_admit_alarms_that_aws_documents_are_healthy() {
    for statement in [
        r#"{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}"#,
        r#"{"Effect":"Allow","Principal":{"Service":["events.amazonaws.com","cloudwatch.amazonaws.com"]},"Action":"sns:Publish","Resource":"arn:aws:sns:eu-west-1:123456789012:security-alerts","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"}}}"#,
        r#"{"Effect":"Allow","Principal":"*","Action":"SNS:Publish","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}"#,
        r#"{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#,
    ] {
        let report = report(&scenario(statement));
        assert_eq!(report.verdict, Verdict::Yes, "{statement}");
    }
}

#[test]
fn an_organisation_is_unknown_and_says_which_key() {
    let found = with(
        r#"{"Sid":"Org","Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"aws:SourceOrgID":"o-abcdef1234"}}}"#,
    );
    assert_eq!(found.status, Status::Unknown);
    let reason = found.unseen.unwrap().reason;
    assert_eq!(reason, r#"statement 1 "Org" of its policy hangs on condition key aws:SourceOrgID"#);
}

#[test]
fn another_accounts_alarm_is_refused_by_the_default_policy_alone() {
    let found = with(
        r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"AWS:SourceOwner":"210987654321"}}}"#,
    );
    assert_eq!(found.status, Status::Fail);
}

#[test]
fn the_missing_statement_is_the_fix_and_names_all_alarms_of_the_account() {
    let found = with(
        r#"{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}"#,
    );
    let fix = found.findings.into_iter().flat_map(|finding| finding.fix).collect::<Vec<_>>();
    let [Fix::Change(Intent::AllowInTopicPolicy { topic, statement })] = fix.as_slice() else {
        panic!("{fix:?}")
    };
    assert_eq!(topic.name(), "security-alerts");
    assert_eq!(
        statement.to_string(),
        concat!(
            r#"{"Sid":"AllowCloudWatchAlarms","Effect":"Allow","#,
            r#""Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"sns:Publish","#,
            r#""Resource":"arn:aws:sns:eu-west-1:123456789012:security-alerts","#,
            r#""Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"},"#,
            r#""StringEquals":{"aws:SourceAccount":"123456789012"}}}"#,
        )
    );
}

#[test]
fn a_deny_is_left_to_a_human() {
    let found = with(
        r#"{"Effect":"Deny","Principal":"*","Action":"sns:*","Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*"}"#,
    );
    let fix: Vec<_> = found.findings.into_iter().flat_map(|finding| finding.fix).collect();
    assert!(
        matches!(fix.as_slice(), [Fix::Manual(step)] if step.contains("statement 1")),
        "{fix:?}"
    );
}

#[test]
fn a_policy_that_cannot_be_read_or_is_not_there_is_unknown() {
    let topic = r#"targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts""#;
    for scenario in [
        format!("[{topic}.attributes.seen]\nPolicy = 'no policy'"),
        format!("[{topic}]\nattributes = \"failed: time-out\""),
        "remove = [\"/targets/123456789012~1eu-west-1/topics/arn:aws:sns:eu-west-1:123456789012:security-alerts/attributes/seen/Policy\"]".to_owned(),
    ] {
        let found = check(ID, &scenario);
        assert_eq!(found.status, Status::Unknown, "{scenario}");
        assert!(found.unseen.unwrap().hint.unwrap().contains("every alert is lost"));
    }
}

/// The alarm's own action is gone and a composite alarm notifies: its ARN is what the policy sees.
#[test]
fn the_composite_alarm_publishes_where_it_notifies() {
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
            scenario(
                r#"{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"sns:Publish","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:secret-*"}}}"#
            )
        ),
    );
    assert_eq!(found.status, Status::Fail);
    assert!(
        found.findings[0].message.starts_with("Topic security-alerts refuses composite alarm all:")
    );
}
