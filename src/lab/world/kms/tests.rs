//! Keys: states, policies, aliases, grants.

use secmon_core::policy::Request;
use serde_json::json;

use super::KeyRefusal;
use crate::world::Service::Kms;
use crate::world::stage::{ACCOUNT, Stage};

/// What the captured alarm asked (2026-09-23).
fn alarm_uses(stage: &Stage, key: &str) -> Result<(), KeyRefusal> {
    let alarm = stage.arn("cloudwatch", "alarm:secret-read");
    let topic = stage.arn("sns", "security-alerts");
    for action in ["kms:GenerateDataKey", "kms:Decrypt"] {
        let request = Request::alarm_uses_key(action, key, &alarm, &topic);
        stage.world.service_uses_key(key, &stage.target, &request)?;
    }
    Ok(())
}

/// The captured statement, with the topic of the tests.
fn admits_alarms(stage: &Stage) -> serde_json::Value {
    json!({
        "Sid": "CloudWatchPublisher",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {"StringEquals": {
            "kms:EncryptionContext:aws:sns:topicArn": stage.arn("sns", "security-alerts")
        }},
    })
}

#[test]
fn the_captured_key_policy_admits_alarms_and_the_default_one_does_not() {
    let mut stage = Stage::new();
    let statement = admits_alarms(&stage);
    let admitting = stage.key(Some(statement));
    let plain = stage.call(Kms, "CreateKey", json!({}))["KeyMetadata"]["Arn"].clone();
    assert_eq!(alarm_uses(&stage, &admitting), Ok(()));
    assert_eq!(alarm_uses(&stage, plain.as_str().unwrap()), Err(KeyRefusal::Denied));
    assert_eq!(alarm_uses(&stage, "nonsense"), Err(KeyRefusal::NotFound));
}

#[test]
fn the_managed_key_refuses_alarms_whether_it_was_looked_at_or_not() {
    let mut stage = Stage::new();
    assert_eq!(alarm_uses(&stage, "alias/aws/sns"), Err(KeyRefusal::Denied));
    let described = stage.call(Kms, "DescribeKey", json!({"KeyId": "alias/aws/sns"}));
    assert_eq!(described["KeyMetadata"]["KeyManager"], "AWS");
    let arn = described["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    assert_eq!(alarm_uses(&stage, "alias/aws/sns"), Err(KeyRefusal::Denied));
    assert_eq!(alarm_uses(&stage, &arn), Err(KeyRefusal::Denied));
    let (name, _) = stage.refusal(Kms, "DisableKey", json!({"KeyId": arn}));
    assert_eq!(name, "AccessDeniedException");
    let (name, _) = stage.refusal(Kms, "DescribeKey", json!({"KeyId": "alias/aws/nothing"}));
    assert_eq!(name, "NotFoundException");
}

#[test]
fn states_refuse_and_a_deleted_key_is_gone() {
    let mut stage = Stage::new();
    let statement = admits_alarms(&stage);
    let key = stage.key(Some(statement));
    let of_key = json!({"KeyId": key});
    stage.call(Kms, "DisableKey", of_key.clone());
    assert_eq!(alarm_uses(&stage, &key), Err(KeyRefusal::Disabled));
    let refusal = stage.refusal(Kms, "EnableKeyRotation", of_key.clone());
    let arn = stage.arn("kms", &format!("key/{key}"));
    assert_eq!(refusal, ("DisabledException".into(), format!("{arn} is disabled.")));
    stage.call(Kms, "EnableKey", of_key.clone());
    assert_eq!(alarm_uses(&stage, &key), Ok(()));
    let scheduled =
        stage.call(Kms, "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7}));
    assert_eq!(scheduled["DeletionDate"], "2026-09-30T03:24:32.743Z");
    assert_eq!(alarm_uses(&stage, &key), Err(KeyRefusal::PendingDeletion));
    let (name, message) = stage.refusal(Kms, "EnableKey", of_key.clone());
    assert_eq!(
        (name.as_str(), message),
        ("KMSInvalidStateException", format!("{arn} is pending deletion."))
    );
    stage.saved_and_loaded();
    stage.pass(7 * 86_400 - 1);
    stage.call(Kms, "DescribeKey", of_key.clone());
    stage.pass(1);
    let refusal = stage.refusal(Kms, "DescribeKey", of_key);
    assert_eq!(refusal, ("NotFoundException".into(), format!("Key '{arn}' does not exist")));
    assert_eq!(alarm_uses(&stage, &key), Err(KeyRefusal::NotFound));
    assert_eq!(stage.call(Kms, "ListKeys", json!({}))["Keys"], json!([]));
}

#[test]
fn aliases_name_keys() {
    let mut stage = Stage::new();
    let statement = admits_alarms(&stage);
    let key = stage.key(Some(statement));
    let alias = json!({"AliasName": "alias/topics", "TargetKeyId": key});
    stage.call(Kms, "CreateAlias", alias.clone());
    assert_eq!(alarm_uses(&stage, "alias/topics"), Ok(()));
    assert_eq!(alarm_uses(&stage, &stage.arn("kms", "alias/topics")), Ok(()));
    let (name, message) = stage.refusal(Kms, "CreateAlias", alias);
    assert_eq!(name, "AlreadyExistsException");
    assert!(message.ends_with(&stage.arn("kms", "alias/topics already exists")), "{message}");
    let other = stage.key(None);
    stage.call(Kms, "UpdateAlias", json!({"AliasName": "alias/topics", "TargetKeyId": other}));
    assert_eq!(alarm_uses(&stage, "alias/topics"), Err(KeyRefusal::Denied));
    let listed = stage.call(Kms, "ListAliases", json!({"KeyId": other}));
    assert_eq!(listed["Aliases"][0]["AliasName"], "alias/topics");
    stage.call(Kms, "DeleteAlias", json!({"AliasName": "alias/topics"}));
    let (_, message) = stage.refusal(Kms, "DescribeKey", json!({"KeyId": "alias/topics"}));
    assert_eq!(message, format!("Alias {} is not found.", stage.arn("kms", "alias/topics")));
}

#[test]
fn a_grant_admits_what_it_names_within_its_context() {
    let mut stage = Stage::new();
    let key = stage.key(None);
    let grant = |topic: String| {
        json!({
            "KeyId": key,
            "GranteePrincipal": "cloudwatch.amazonaws.com",
            "Operations": ["Decrypt", "GenerateDataKey"],
            "Constraints": {"EncryptionContextSubset": {"aws:sns:topicArn": topic}},
        })
    };
    stage.call(Kms, "CreateGrant", grant(stage.arn("sns", "other")));
    assert_eq!(alarm_uses(&stage, &key), Err(KeyRefusal::Denied));
    let made = stage.call(Kms, "CreateGrant", grant(stage.arn("sns", "security-alerts")));
    assert_eq!(alarm_uses(&stage, &key), Ok(()));
    let listed = stage.call(Kms, "ListGrants", json!({"KeyId": key}));
    assert_eq!(listed["Grants"].as_array().map(Vec::len), Some(2));
    stage.saved_and_loaded();
    stage.call(Kms, "RevokeGrant", json!({"KeyId": key, "GrantId": made["GrantId"]}));
    assert_eq!(alarm_uses(&stage, &key), Err(KeyRefusal::Denied));
}

#[test]
fn a_policy_that_locks_out_is_refused_unless_asked_for() {
    let mut stage = Stage::new();
    let key = stage.key(None);
    let policy = json!({"Version": "2012-10-17", "Statement": [admits_alarms(&stage)]}).to_string();
    let mut put = json!({"KeyId": key, "PolicyName": "default", "Policy": policy});
    let (name, _) = stage.refusal(Kms, "PutKeyPolicy", put.clone());
    assert_eq!(name, "MalformedPolicyDocumentException");
    put["BypassPolicyLockoutSafetyCheck"] = json!(true);
    stage.call(Kms, "PutKeyPolicy", put);
    assert_eq!(stage.call(Kms, "GetKeyPolicy", json!({"KeyId": key}))["Policy"], policy);
    let (name, _) = stage.refusal(Kms, "PutKeyPolicy", json!({"KeyId": key, "Policy": "{"}));
    assert_eq!(name, "MalformedPolicyDocumentException");
}

#[test]
fn another_account_sees_a_key_only_if_its_policy_says_so() {
    let mut stage = Stage::new();
    let other = "111122223333";
    let open = json!({
        "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{other}:root")},
        "Action": "kms:DescribeKey",
        "Resource": "*",
    });
    let open = stage.key(Some(open));
    let closed = stage.key(None);
    let mut describe = |key: &str| {
        let arn = format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{key}");
        stage.call_of(other, Kms, "DescribeKey", json!({"KeyId": arn})).map_err(|error| error.name)
    };
    assert!(describe(&open).is_ok());
    assert_eq!(describe(&closed), Err("AccessDeniedException".to_owned()));
}

#[test]
fn lists_come_in_pages() {
    let mut stage = Stage::new();
    let mut made: Vec<String> = (0..5).map(|_| stage.key(None)).collect();
    made.sort();
    let mut seen = Vec::new();
    let mut marker = json!(null);
    for _ in 0..3 {
        let mut params = json!({"Limit": 2});
        if marker.is_string() {
            params["Marker"] = marker;
        }
        let answer = stage.call(Kms, "ListKeys", params);
        let keys = answer["Keys"].as_array().unwrap().clone();
        seen.extend(keys.iter().map(|key| key["KeyId"].as_str().unwrap().to_owned()));
        assert_eq!(answer["Truncated"], json!(answer["NextMarker"].is_string()));
        marker = answer["NextMarker"].clone();
    }
    assert_eq!((seen, marker), (made, json!(null)));
    let (name, _) = stage.refusal(Kms, "ListKeys", json!({"Marker": "bad"}));
    assert_eq!(name, "InvalidMarkerException");
}
