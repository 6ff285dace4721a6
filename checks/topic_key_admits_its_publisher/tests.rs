use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::{CheckReport, Status, Verdict};

use crate::tests::{check, findings, report};

const ID: &str = "topic-key-admits-its-publisher";
const KEY: &str = r#"targets."123456789012/eu-west-1".keys."arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f""#;
const ATTRIBUTES: &str = r#"targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".attributes.seen"#;

fn with_policy(statement: &str) -> CheckReport {
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    check(ID, &format!("[{KEY}.policy]\nseen = '{policy}'"))
}

#[test]
fn a_topic_without_a_key_has_none_to_judge() {
    for id in ["KmsMasterKeyId = \"\"", "remove"] {
        let scenario = match id {
            "remove" => "remove = [\"/targets/123456789012~1eu-west-1/topics/arn:aws:sns:eu-west-1:123456789012:security-alerts/attributes/seen/KmsMasterKeyId\"]".to_owned(),
            id => format!("[{ATTRIBUTES}]\n{id}"),
        };
        let report = report(&scenario);
        assert_eq!(report.verdict, Verdict::Yes);
        let found = report.checks.into_iter().find(|check| check.id == ID).unwrap();
        assert_eq!(found.status, Status::NotApplicable);
    }
}

#[test]
fn the_conditions_that_aws_documents_admit() {
    for statement in [
        r#"{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:*","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"}}}"#,
        r#"{"Effect":"Allow","Principal":"*","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:aws:sns:topicArn":"arn:aws:sns:eu-west-1:123456789012:security-alerts"}}}"#,
    ] {
        assert_eq!(with_policy(statement).status, Status::Pass, "{statement}");
    }
}

#[test]
fn half_the_permissions_are_not_enough_and_the_other_half_is_named() {
    let found = with_policy(
        r#"{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:GenerateDataKey*","Resource":"*"}"#,
    );
    assert!(found.findings[0].message.contains("to kms:Decrypt. Nearest: statement 1"));
    let fix = found.findings[0].fix.as_slice();
    let [Fix::Change(Intent::AllowInKeyPolicy { statement, .. })] = fix else { panic!("{fix:?}") };
    assert!(statement.to_string().contains(r#""aws:SourceAccount":"123456789012""#));
}

#[test]
fn a_deny_is_left_to_a_human() {
    let found = with_policy(
        r#"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Sid":"No","Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}"#,
    );
    assert!(
        found.findings[0]
            .message
            .ends_with(r#"statement 2 "No" of its policy denies kms:Decrypt."#)
    );
    assert!(matches!(found.findings[0].fix.as_slice(), [Fix::Manual(_)]));
}

#[test]
fn a_deny_stands_where_the_grants_were_not_seen() {
    let with = |statement: &str| {
        let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        let scenario = format!(
            "[{KEY}]\ngrants = \"denied: kms:ListGrants\"\n[{KEY}.policy]\nseen = '{policy}'"
        );
        check(ID, &scenario)
    };
    for denied in ["kms:Decrypt", "kms:GenerateDataKey"] {
        let found = with(&format!(
            r#"{{"Sid":"No","Effect":"Deny","Principal":"*","Action":"{denied}","Resource":"*"}}"#
        ));
        assert_eq!(found.status, Status::Fail, "{denied}");
        let message = &found.findings[0].message;
        let says = format!(r#"statement 1 "No" of its policy denies {denied}."#);
        assert!(message.ends_with(&says), "{message}");
    }
    let silent = with(
        r#"{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:GenerateDataKey*","Resource":"*"}"#,
    );
    assert_eq!(silent.status, Status::Unknown);
    assert_eq!(silent.unseen.unwrap().denied.as_deref(), Some("kms:ListGrants"));
}

#[test]
fn a_condition_that_nobody_knows_is_unknown() {
    let found = with_policy(
        r#"{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"sns.eu-west-1.amazonaws.com"}}}"#,
    );
    assert_eq!(found.status, Status::Unknown);
    assert!(found.unseen.unwrap().reason.contains("kms:ViaService"));
}

#[test]
fn an_unseen_state_or_policy_is_unknown_and_says_what_it_would_mean() {
    for (scenario, denied) in [
        (format!("[{KEY}]\npolicy = \"denied: kms:GetKeyPolicy\""), Some("kms:GetKeyPolicy")),
        (format!("[{KEY}]\nmetadata = \"denied: kms:DescribeKey\""), Some("kms:DescribeKey")),
        (format!("[{KEY}]\npolicy = \"absent\""), None),
        (format!("[{KEY}]\npolicy = \"failed: time-out\""), None),
        (format!("[{KEY}.policy]\nseen = '{{'"), None),
        (format!("[{ATTRIBUTES}]\nKmsMasterKeyId = \"alias/never-read\""), None),
    ] {
        let found = check(ID, &scenario);
        assert_eq!(found.status, Status::Unknown, "{scenario}");
        let unseen = found.unseen.unwrap();
        assert_eq!(unseen.denied.as_deref(), denied);
        assert!(unseen.hint.unwrap().contains("every alert is lost"), "{scenario}");
    }
}

#[test]
fn a_policy_that_refuses_is_certain_even_where_the_state_is_unseen() {
    let found = findings(
        ID,
        &format!(
            "[{KEY}]\nmetadata = \"denied: kms:DescribeKey\"\n[{KEY}.policy]\nseen = '{{\"Statement\":[]}}'"
        ),
    );
    assert!(found[0].ends_with("to kms:GenerateDataKey and kms:Decrypt."), "{found:?}");
}

#[test]
fn a_managed_key_is_known_by_its_manager_too() {
    let found = findings(ID, &format!("[{KEY}.metadata.seen]\nKeyManager = \"AWS\""));
    assert!(found[0].contains("is encrypted with the AWS managed key arn:aws:kms:"), "{found:?}");
}

#[test]
fn a_disabled_key_is_enabled_and_one_in_another_region_is_useless() {
    let found = check(ID, &format!("[{KEY}.metadata.seen]\nKeyState = \"Disabled\""));
    assert!(matches!(found.findings[0].fix.as_slice(), [Fix::Change(Intent::EnableKey { .. })]));
    assert_eq!(
        findings(
            ID,
            &format!(
                "[{ATTRIBUTES}]\nKmsMasterKeyId = \"arn:aws:kms:us-east-1:123456789012:key/1\""
            )
        ),
        ["Topic security-alerts is in eu-west-1, its key in us-east-1: a KMS key works in its \
             own Region only."]
    );
}

#[test]
fn a_state_on_the_way_is_unknown() {
    let found = check(ID, &format!("[{KEY}.metadata.seen]\nKeyState = \"Creating\""));
    assert_eq!(found.status, Status::Unknown);
    let found = check(ID, &format!("[{KEY}.metadata.seen]\nKeyState = \"Updating\""));
    assert_eq!(found.status, Status::Pass);
}
