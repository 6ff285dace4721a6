use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Service;
use super::super::stage::Stage;
use super::batch::SecretRead;

fn ask(lab: &mut Stage, operation: &str, params: Value) -> Value {
    lab.try_call(Service::SecretsManager, operation, params).unwrap()
}

fn refused(lab: &mut Stage, operation: &str, params: Value) -> (String, String) {
    lab.refusal(Service::SecretsManager, operation, params)
}

fn error(name: &str, message: &str) -> (String, String) {
    (name.to_owned(), message.to_owned())
}

/// A world with the secret `db/one`; its ARN.
fn with_secret() -> (Stage, String) {
    let mut lab = Stage::example();
    let made = ask(&mut lab, "CreateSecret", json!({"Name": "db/one", "SecretString": "hunter2"}));
    let arn = made["ARN"].as_str().unwrap().to_owned();
    (lab, arn)
}

fn key(lab: &mut Stage, statements: &[Value]) -> String {
    let mut all = vec![json!({
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*", "Resource": "*",
    })];
    all.extend_from_slice(statements);
    let policy = json!({"Version": "2012-10-17", "Statement": all}).to_string();
    let made = lab.try_call(Service::Kms, "CreateKey", json!({"Policy": policy})).unwrap();
    made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

#[test]
fn a_secret_is_found_by_name_arn_and_partial_arn() {
    let (mut lab, arn) = with_secret();
    assert!(arn.starts_with("arn:aws:secretsmanager:eu-west-1:123456789012:secret:db/one-"));
    assert_eq!(arn.len(), "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db/one-".len() + 6);
    let partial = &arn[..arn.len() - 7];
    for id in ["db/one", &arn, partial] {
        let read = ask(&mut lab, "GetSecretValue", json!({"SecretId": id}));
        assert_eq!((&read["SecretString"], &read["ARN"]), (&json!("hunter2"), &json!(arn)));
        assert_eq!(read["VersionStages"], json!(["AWSCURRENT"]));
    }
    // Captured 2026-09-24.
    let missing =
        error("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    let elsewhere = arn.replace("eu-west-1", "us-east-1");
    for id in ["db/on", "db/one-", &elsewhere, "arn:aws:sns:eu-west-1:123456789012:db/one"] {
        assert_eq!(refused(&mut lab, "GetSecretValue", json!({"SecretId": id})), missing, "{id}");
    }
}

/// Captured: read at 06:11, `LastAccessedDate` 00:00; DescribeSecret leaves the default key out.
#[test]
fn a_read_leaves_its_day() {
    let (mut lab, _) = with_secret();
    let id = json!({"SecretId": "db/one"});
    let before = ask(&mut lab, "DescribeSecret", id.clone());
    assert_eq!(before.get("LastAccessedDate"), None);
    assert_eq!(before.get("KmsKeyId"), None);
    ask(&mut lab, "GetSecretValue", id.clone());
    let after = ask(&mut lab, "DescribeSecret", id.clone());
    assert_eq!(after["LastAccessedDate"], "2026-01-05T00:00:00Z");
    assert_eq!(after["CreatedDate"], "2026-01-05T10:12:30Z");
    lab.pass(86_400);
    ask(&mut lab, "GetSecretValue", id.clone());
    let later = ask(&mut lab, "DescribeSecret", id);
    assert_eq!(later["LastAccessedDate"], "2026-01-06T00:00:00Z");
}

/// cloudtrail-secretsmanager-batch.json, captured 2026-09-24.
#[test]
fn captured_batch() {
    let (mut lab, one) = with_secret();
    let key = key(&mut lab, &[]);
    let input = json!({"Name": "locked", "SecretString": "s", "KmsKeyId": key});
    let locked = ask(&mut lab, "CreateSecret", input)["ARN"].clone();
    lab.try_call(Service::Kms, "DisableKey", json!({"KeyId": key})).unwrap();
    let ids = json!({"SecretIdList": [one, locked, "missing", "db/one"]});
    let call = lab.made_call("123456789012", Service::SecretsManager, "BatchGetSecretValue", ids);
    let answer = lab.world.call(&call);
    let read = lab.world.batch_events(&call, &answer);
    let error = |code: &str, message: &str| Some((code.to_owned(), message.to_owned()));
    assert_eq!(
        read,
        [
            SecretRead { secret_id: one, error: None },
            SecretRead {
                secret_id: locked.as_str().unwrap().to_owned(),
                error: error("AccessDenied", "Access to KMS is not allowed"),
            },
            SecretRead {
                secret_id: "missing".to_owned(),
                error: error(
                    "ResourceNotFoundException",
                    "Secrets Manager can't find the specified secret.",
                ),
            },
            SecretRead { secret_id: "db/one".to_owned(), error: None },
        ]
    );
    let answer = answer.unwrap();
    assert_eq!(answer["SecretValues"].as_array().unwrap().len(), 2);
    // The wire says AccessDeniedException.
    assert_eq!(answer["Errors"][0]["ErrorCode"], "AccessDeniedException");
    assert_eq!(answer["Errors"].as_array().unwrap().len(), 2);
}

#[test]
fn a_batch_by_filters_raises_a_question() {
    for (setting, expected) in [("arn", None), ("name", Some("db/one"))] {
        let (mut lab, arn) = with_secret();
        ask(&mut lab, "CreateSecret", json!({"Name": "web", "SecretString": "w"}));
        let set = &mut lab.world.hypotheses.set;
        set.insert("batch-by-filters-secret-id".to_owned(), setting.to_owned());
        let filters = json!({"Filters": [{"Key": "name", "Values": ["db/"]}]});
        let call =
            lab.made_call("123456789012", Service::SecretsManager, "BatchGetSecretValue", filters);
        let answer = lab.world.call(&call);
        let read = lab.world.batch_events(&call, &answer);
        let secret_id = expected.map_or(arn, str::to_owned);
        assert_eq!(read, [SecretRead { secret_id, error: None }]);
        assert!(lab.world.hypotheses.consulted.contains("batch-by-filters-secret-id"));
    }
    let (mut lab, _) = with_secret();
    let both = json!({"SecretIdList": ["a"], "Filters": [{"Key": "name", "Values": ["a"]}]});
    for params in [json!({}), both] {
        let refused = refused(&mut lab, "BatchGetSecretValue", params);
        assert_eq!(refused.0, "InvalidParameterException");
    }
}

#[test]
fn a_key_that_refuses() {
    let (mut lab, _) = with_secret();
    let denied = error("AccessDeniedException", "Access to KMS is not allowed");
    let deny = json!({
        "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringNotEquals": {"kms:EncryptionContext:SecretVersionId": "RequestToValidateKeyAccess"}},
    });
    let denying = key(&mut lab, &[deny]);
    let plain = key(&mut lab, &[]);
    for (name, key) in [("denying", &denying), ("plain", &plain)] {
        let input = json!({"Name": name, "SecretString": "s", "KmsKeyId": key});
        ask(&mut lab, "CreateSecret", input);
    }
    assert_eq!(refused(&mut lab, "GetSecretValue", json!({"SecretId": "denying"})), denied);
    ask(&mut lab, "GetSecretValue", json!({"SecretId": "plain"}));
    lab.try_call(Service::Kms, "DisableKey", json!({"KeyId": plain})).unwrap();
    assert_eq!(refused(&mut lab, "GetSecretValue", json!({"SecretId": "plain"})), denied);
    let put = json!({"SecretId": "plain", "SecretString": "t"});
    assert_eq!(refused(&mut lab, "PutSecretValue", put), denied);
    let described = ask(&mut lab, "DescribeSecret", json!({"SecretId": "plain"}));
    assert_eq!(described["KmsKeyId"], json!(plain));
    let input = json!({"Name": "x", "SecretString": "s", "KmsKeyId": "alias/none"});
    assert_eq!(refused(&mut lab, "CreateSecret", input).0, "EncryptionFailure");
    // The default key again: nothing refuses.
    lab.try_call(Service::Kms, "EnableKey", json!({"KeyId": plain})).unwrap();
    let update = json!({"SecretId": "plain", "KmsKeyId": "alias/aws/secretsmanager"});
    ask(&mut lab, "UpdateSecret", update);
    lab.try_call(Service::Kms, "DisableKey", json!({"KeyId": plain})).unwrap();
    ask(&mut lab, "GetSecretValue", json!({"SecretId": "plain"}));
}

/// secretsmanager/authority.json, captured 2026-09-24.
#[test]
fn a_resource_policy_that_denies() {
    let (mut lab, arn) = with_secret();
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
    }});
    let input = json!({"SecretId": "db/one", "ResourcePolicy": policy.to_string()});
    ask(&mut lab, "PutResourcePolicy", input);
    assert_eq!(
        refused(&mut lab, "GetSecretValue", json!({"SecretId": "db/one"})),
        error(
            "AccessDeniedException",
            &format!(
                "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: \
                 secretsmanager:GetSecretValue on resource: {arn} with an explicit deny in a \
                 resource-based policy"
            )
        )
    );
    ask(&mut lab, "DescribeSecret", json!({"SecretId": "db/one"}));
    ask(&mut lab, "DeleteResourcePolicy", json!({"SecretId": "db/one"}));
    ask(&mut lab, "GetSecretValue", json!({"SecretId": "db/one"}));
    let broken = json!({"SecretId": "db/one", "ResourcePolicy": "{"});
    assert_eq!(
        refused(&mut lab, "PutResourcePolicy", broken).0,
        "MalformedPolicyDocumentException"
    );
    let public = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*",
    }});
    let input = json!({
        "SecretId": "db/one", "ResourcePolicy": public.to_string(), "BlockPublicPolicy": true,
    });
    assert_eq!(refused(&mut lab, "PutResourcePolicy", input).0, "PublicPolicyException");
}

#[test]
fn another_account_needs_policy_and_key() {
    const OTHER: &str = "arn:aws:iam::111111111111:user/alice";
    let (mut lab, arn) = with_secret();
    let statement = json!({
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "kms:Decrypt", "Resource": "*",
    });
    let key = key(&mut lab, &[statement]);
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "secretsmanager:GetSecretValue", "Resource": "*",
    }});
    let read = json!({"SecretId": arn});
    let mut lab = lab.moved("111111111111/eu-west-1");
    assert_eq!(
        refused(&mut lab, "GetSecretValue", read.clone()),
        error(
            "AccessDeniedException",
            &format!(
                "User: {OTHER} is not authorized to perform: secretsmanager:GetSecretValue on \
                 resource: {arn} because no resource-based policy allows the \
                 secretsmanager:GetSecretValue action"
            )
        )
    );
    let mut lab = lab.moved("123456789012/eu-west-1");
    let put = json!({"SecretId": arn, "ResourcePolicy": policy.to_string()});
    ask(&mut lab, "PutResourcePolicy", put);
    let mut lab = lab.moved("111111111111/eu-west-1");
    let message = refused(&mut lab, "GetSecretValue", read.clone()).1;
    assert!(message.contains("default KMS service key"), "{message}");
    let mut lab = lab.moved("123456789012/eu-west-1");
    ask(&mut lab, "UpdateSecret", json!({"SecretId": arn, "KmsKeyId": key}));
    let mut lab = lab.moved("111111111111/eu-west-1");
    assert_eq!(ask(&mut lab, "GetSecretValue", read)["SecretString"], "hunter2");
    // By name it is a secret of one's own.
    assert_eq!(
        refused(&mut lab, "GetSecretValue", json!({"SecretId": "db/one"})).0,
        "ResourceNotFoundException"
    );
}

#[test]
fn deletion_and_its_window() {
    let (mut lab, arn) = with_secret();
    let id = json!({"SecretId": "db/one"});
    let input = json!({"SecretId": "db/one", "RecoveryWindowInDays": 7});
    let deleted = ask(&mut lab, "DeleteSecret", input);
    assert_eq!(deleted["DeletionDate"], "2026-01-12T10:12:30Z");
    let described = ask(&mut lab, "DescribeSecret", id.clone());
    assert_eq!(described["DeletedDate"], "2026-01-05T10:12:30Z");
    assert_eq!(
        refused(&mut lab, "GetSecretValue", id.clone()),
        error(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion."
        )
    );
    assert_eq!(ask(&mut lab, "ListSecrets", json!({}))["SecretList"], json!([]));
    let planned = ask(&mut lab, "ListSecrets", json!({"IncludePlannedDeletion": true}));
    assert_eq!(planned["SecretList"][0]["ARN"], json!(arn));
    let again = json!({"Name": "db/one"});
    assert_eq!(refused(&mut lab, "CreateSecret", again.clone()).0, "InvalidRequestException");
    ask(&mut lab, "RestoreSecret", id.clone());
    ask(&mut lab, "GetSecretValue", id.clone());
    assert_eq!(refused(&mut lab, "CreateSecret", again.clone()).0, "ResourceExistsException");

    ask(&mut lab, "DeleteSecret", json!({"SecretId": "db/one"}));
    lab.pass(30 * 86_400 - 1);
    ask(&mut lab, "DescribeSecret", id.clone());
    lab.pass(1);
    assert_eq!(refused(&mut lab, "DescribeSecret", id.clone()).0, "ResourceNotFoundException");
    let made = ask(&mut lab, "CreateSecret", again);
    assert_ne!(made["ARN"], json!(arn));
    ask(
        &mut lab,
        "DeleteSecret",
        json!({"SecretId": "db/one", "ForceDeleteWithoutRecovery": true}),
    );
    assert_eq!(refused(&mut lab, "DescribeSecret", id).0, "ResourceNotFoundException");
    let never = json!({"SecretId": "never", "ForceDeleteWithoutRecovery": true});
    assert_eq!(ask(&mut lab, "DeleteSecret", never)["Name"], "never");
    for wrong in [6, 31] {
        let input = json!({"SecretId": "db/one", "RecoveryWindowInDays": wrong});
        assert_eq!(refused(&mut lab, "DeleteSecret", input).0, "InvalidParameterException");
    }
}

#[test]
fn versions_and_labels() {
    let (mut lab, _) = with_secret();
    let put = |text: &str| json!({"SecretId": "db/one", "SecretString": text});
    ask(&mut lab, "PutSecretValue", put("two"));
    let third = ask(&mut lab, "PutSecretValue", put("three"));
    let read = |lab: &mut Stage, stage: &str| {
        let input = json!({"SecretId": "db/one", "VersionStage": stage});
        lab.try_call(Service::SecretsManager, "GetSecretValue", input)
            .map(|read| read["SecretString"].clone())
    };
    assert_eq!(read(&mut lab, "AWSCURRENT"), Ok(json!("three")));
    assert_eq!(read(&mut lab, "AWSPREVIOUS"), Ok(json!("two")));
    assert_eq!(
        read(&mut lab, "AWSPENDING").unwrap_err().message,
        "Secrets Manager can't find the specified secret value for staging label: AWSPENDING"
    );
    let by_id = json!({"SecretId": "db/one", "VersionId": third["VersionId"]});
    assert_eq!(ask(&mut lab, "GetSecretValue", by_id)["SecretString"], "three");
    let shown = ask(&mut lab, "ListSecretVersionIds", json!({"SecretId": "db/one"}));
    assert_eq!(shown["Versions"].as_array().unwrap().len(), 2);
    let input = json!({"SecretId": "db/one", "IncludeDeprecated": true});
    let all = ask(&mut lab, "ListSecretVersionIds", input);
    assert_eq!(all["Versions"].as_array().unwrap().len(), 3);
    let update = json!({"SecretId": "db/one", "Description": "d", "SecretBinary": "AAE="});
    ask(&mut lab, "UpdateSecret", update);
    let read = ask(&mut lab, "GetSecretValue", json!({"SecretId": "db/one"}));
    assert_eq!((&read["SecretBinary"], read.get("SecretString")), (&json!("AAE="), None));
}

#[test]
fn copies_in_other_regions() {
    let (mut lab, arn) = with_secret();
    let input = json!({"SecretId": "db/one", "AddReplicaRegions": [{"Region": "us-east-1"}]});
    let answer = ask(&mut lab, "ReplicateSecretToRegions", input);
    assert_eq!(answer["ReplicationStatus"][0]["Status"], "InSync");
    ask(&mut lab, "PutSecretValue", json!({"SecretId": "db/one", "SecretString": "two"}));
    let mut lab = lab.moved("123456789012/us-east-1");
    let described = ask(&mut lab, "DescribeSecret", json!({"SecretId": "db/one"}));
    assert_eq!(described["PrimaryRegion"], "eu-west-1");
    assert_eq!(described["ARN"], json!(arn.replace("eu-west-1", "us-east-1")));
    let read = ask(&mut lab, "GetSecretValue", json!({"SecretId": "db/one"}));
    assert_eq!(read["SecretString"], "two");
    // Reported: terraform-aws-secrets-manager 188, cloud-nuke 435.
    let copy = error(
        "InvalidParameterException",
        "Operation not permitted on a replica secret. Call must be made in primary secret's \
         region.",
    );
    let put = json!({"SecretId": "db/one", "SecretString": "three"});
    assert_eq!(refused(&mut lab, "PutSecretValue", put), copy);
    assert_eq!(refused(&mut lab, "DeleteSecret", json!({"SecretId": "db/one"})), copy);
    let mut lab = lab.moved("123456789012/eu-west-1");
    let described = ask(&mut lab, "DescribeSecret", json!({"SecretId": "db/one"}));
    // Read in the other Region only.
    assert_eq!(described.get("LastAccessedDate"), None);
    assert_eq!(described["ReplicationStatus"][0]["LastAccessedDate"], "2026-01-05T00:00:00Z");
    assert_eq!(
        refused(&mut lab, "DeleteSecret", json!({"SecretId": "db/one"})),
        error(
            "InvalidParameterException",
            &format!("You can't delete secret {arn} that still has replica regions [us-east-1].")
        )
    );
    let remove = json!({"SecretId": "db/one", "RemoveReplicaRegions": ["us-east-1"]});
    ask(&mut lab, "RemoveRegionsFromReplication", remove);
    ask(&mut lab, "DeleteSecret", json!({"SecretId": "db/one"}));
    let mut lab = lab.moved("123456789012/us-east-1");
    let gone = refused(&mut lab, "DescribeSecret", json!({"SecretId": "db/one"}));
    assert_eq!(gone.0, "ResourceNotFoundException");
}

#[test]
fn tags_and_policy_come_back() {
    let (mut lab, arn) = with_secret();
    let tags =
        json!({"SecretId": arn, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]});
    ask(&mut lab, "TagResource", tags);
    ask(&mut lab, "UntagResource", json!({"SecretId": "db/one", "TagKeys": ["a"]}));
    let described = ask(&mut lab, "DescribeSecret", json!({"SecretId": arn}));
    assert_eq!(described["Tags"], json!([{"Key": "b", "Value": "2"}]));
    let by = |key: &str, value: &str| json!({"Filters": [{"Key": key, "Values": [value]}]});
    for (key, value, found) in [
        ("tag-key", "b", 1),
        ("tag-key", "a", 0),
        ("tag-value", "2", 1),
        ("name", "DB", 0),
        ("name", "!db", 0),
        ("name", "!web", 1),
        ("all", "ONE", 1),
        ("description", "x", 0),
    ] {
        let listed = ask(&mut lab, "ListSecrets", by(key, value));
        assert_eq!(listed["SecretList"].as_array().unwrap().len(), found, "{key} {value}");
    }
    let none = ask(&mut lab, "GetResourcePolicy", json!({"SecretId": arn}));
    assert_eq!((&none["ResourcePolicy"], &none["Name"]), (&Value::Null, &json!("db/one")));
    let policy = json!({"Version": "2012-10-17", "Statement": []}).to_string();
    ask(&mut lab, "PutResourcePolicy", json!({"SecretId": arn, "ResourcePolicy": policy}));
    let some = ask(&mut lab, "GetResourcePolicy", json!({"SecretId": arn}));
    assert_eq!(some["ResourcePolicy"], json!(policy));
}

#[test]
fn passwords_have_each_kind() {
    let mut lab = Stage::example();
    let mut password = |params: Value| {
        let answer = ask(&mut lab, "GetRandomPassword", params);
        answer["RandomPassword"].as_str().unwrap().to_owned()
    };
    let one = password(json!({}));
    assert_eq!(one.chars().count(), 32);
    for kind in [char::is_uppercase, char::is_lowercase, char::is_numeric] {
        assert!(one.chars().any(kind), "{one}");
    }
    assert_ne!(one, password(json!({})));
    let digits = password(json!({
        "PasswordLength": 6, "ExcludeLowercase": true, "ExcludeUppercase": true,
        "ExcludePunctuation": true, "ExcludeCharacters": "01234",
    }));
    assert!(digits.chars().all(|c| "56789".contains(c)), "{digits}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn pages_list_every_secret_once(names in proptest::collection::btree_set("[a-z]{1,6}", 1..12), size in 1usize..5) {
        let mut lab = Stage::example();
        for name in &names {
            ask(&mut lab, "CreateSecret", json!({"Name": name, "SecretString": name}));
        }
        let (mut found, mut token) = (Vec::new(), Value::Null);
        loop {
            let input = json!({"MaxResults": size, "NextToken": token});
            let answer = ask(&mut lab, "ListSecrets", input);
            let page = answer["SecretList"].as_array().unwrap();
            found.extend(page.iter().map(|item| item["Name"].as_str().unwrap().to_owned()));
            token = answer["NextToken"].clone();
            if token.is_null() { break }
        }
        prop_assert_eq!(found, names.into_iter().collect::<Vec<_>>());
        lab.saved_and_loaded();
    }
}
