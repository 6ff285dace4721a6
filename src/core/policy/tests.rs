use proptest::prelude::*;
use serde_json::{Value, json};

use crate::snapshot::KeyGrant;

use super::*;

mod naive;

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:security-alerts";
const ALARM: &str = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:secret-read";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/38fcb72d";
const ROLE: &str = "arn:aws:iam::123456789012:role/service/delivery";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/delivery/CLOUDTRAIL";

fn publish() -> Request {
    Request::alarm_publishes(ALARM, TOPIC)
}

fn policy(statements: Value) -> PolicyDocument {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    PolicyDocument::parse(&document.to_string()).unwrap()
}

/// What one policy with these statements answers, as it is printed.
fn asked(statements: Value, request: &Request) -> String {
    evaluate(&[("", &policy(statements))], request).to_string()
}

/// An alarm's publication, allowed to everybody under this condition.
fn under(condition: Value, request: &Request) -> String {
    let statement = json!({
        "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*",
        "Condition": condition,
    });
    match evaluate(&[("", &policy(statement))], request) {
        Decision::Allowed { .. } => "yes".to_owned(),
        Decision::NotAllowed { .. } => "no".to_owned(),
        Decision::Unknown { doubt, .. } => format!("unknown: {doubt}"),
        denied @ Decision::Denied { .. } => denied.to_string(),
    }
}

/// `under` for a request whose only known keys are `t:one` = `value` and `t:none`, absent.
#[track_caller]
fn check(expected: &str, value: &str, condition: Value) {
    let request = Request::new(Principal::aws(ROLE), "sns:Publish", TOPIC)
        .with("t:one", value)
        .without("t:none");
    assert_eq!(under(condition.clone(), &request), expected, "{value} under {condition}");
}

// Documents

#[test]
fn what_is_not_a_policy_is_an_error_that_says_why() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let table: [(&str, &str); 20] = [
        ("", "the policy is not valid JSON: EOF while parsing a value at line 1 column 0"),
        (&deep, "the policy is not valid JSON: recursion limit exceeded at line 1 column 128"),
        ("[]", "the policy is no JSON object"),
        ("{}", "the policy has no Statement"),
        (r#"{"Statement": 1}"#, "the policy has a Statement that is no object and no list"),
        (
            r#"{"Statement": [], "Statement": []}"#,
            "the policy is not valid JSON: \"Statement\" appears twice in one object \
             at line 1 column 34",
        ),
        (
            r#"{"Version": "2013-01-01", "Statement": []}"#,
            "the policy has Version \"2013-01-01\", which AWS does not know",
        ),
        (r#"{"Rules": [], "Statement": []}"#, "the policy has the unknown element \"Rules\""),
        (r#"{"Statement": [1]}"#, "statement 1 of the policy is no JSON object"),
        (
            r#"{"Statement": {"Effect": "allow"}}"#,
            "statement 1 of the policy has no Effect \"Allow\" or \"Deny\"",
        ),
        (
            r#"{"Statement": {"Effect": "Allow"}}"#,
            "statement 1 of the policy has neither Action nor NotAction",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "a", "NotAction": "b"}}"#,
            "statement 1 of the policy has both Action and NotAction",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": [1]}}"#,
            "statement 1 of the policy has a value for Action that is neither text nor a list \
             of texts",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "a", "Sid": 1}}"#,
            "statement 1 of the policy has a Sid that is no text",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "a", "Principal": "a"}}"#,
            "statement 1 of the policy has a Principal that is neither \"*\" nor an object",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "a", "Principal": {"X": "a"}}}"#,
            "statement 1 of the policy has a Principal of the unknown kind \"X\"",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "a", "Colour": "red"}}"#,
            "statement 1 of the policy has the unknown element \"Colour\"",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "a", "Condition": []}}"#,
            "statement 1 of the policy has a Condition that is no object",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "a", "Condition": {"Bool": true}}}"#,
            "statement 1 of the policy has a Condition Bool that is no object",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "a",
                "Condition": {"Bool": {"k": null}}}}"#,
            "statement 1 of the policy has a value for Bool k that is no text, number or \
             truth value",
        ),
    ];
    for (text, expected) in table {
        let shown = &text[..text.len().min(80)];
        assert_eq!(PolicyDocument::parse(text).unwrap_err().to_string(), expected, "{shown}");
    }
}

#[test]
fn adding_a_statement_changes_nothing_else() {
    let before = concat!(
        r#"{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"b","#,
        r#""Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:Publish"],"Condition":"#,
        r#"{"StringEquals":{"AWS:SourceOwner":"1"},"Bool":{"aws:SecureTransport":true}}}]}"#,
    );
    let policy = PolicyDocument::parse(before).unwrap();
    let added = json!({"Sid": "AllowAlarms", "Effect": "Allow", "Action": "sns:Publish"});
    let tail = r#",{"Sid":"AllowAlarms","Effect":"Allow","Action":"sns:Publish"}]}"#;
    let expected = format!("{}{tail}", before.strip_suffix("]}").unwrap());
    assert_eq!(policy.with_statement(&added), expected);
    assert_eq!(policy.json().to_string(), before);
}

#[test]
fn a_taken_sid_gets_the_next_free_number() {
    let policy = policy(json!([
        {"Sid": "A", "Effect": "Allow", "Action": "a"},
        {"Sid": "A2", "Effect": "Allow", "Action": "a"},
        {"Sid": "", "Effect": "Allow", "Action": "a"},
    ]));
    let sid = |wanted: &str| {
        let added = json!({"Sid": wanted, "Effect": "Allow", "Action": "a"});
        let after: Value = serde_json::from_str(&policy.with_statement(&added)).unwrap();
        after["Statement"][3]["Sid"].as_str().unwrap().to_owned()
    };
    assert_eq!(sid("A"), "A3");
    assert_eq!(sid("A2"), "A22");
    assert_eq!(sid("B"), "B");
}

// The chain, from captures

#[test]
fn the_default_topic_policy_admits_alarms_of_its_account() {
    // Captured: captures/sns-default-topic.json.
    let policy = PolicyDocument::parse(&format!(
        r#"{{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[
            {{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{{"AWS":"*"}},
            "Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission",
            "SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe",
            "SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"{TOPIC}",
            "Condition":{{"StringEquals":{{"AWS:SourceOwner":"123456789012"}}}}}}]}}"#
    ))
    .unwrap();
    let answer = |request: &Request| evaluate(&[("", &policy)], request).to_string();
    assert_eq!(answer(&publish()), "allowed by statement 1 \"__default_statement_ID\"");
    let foreign = ALARM.replace("123456789012", "999999999999");
    assert_eq!(
        answer(&Request::alarm_publishes(&foreign, TOPIC)),
        "no statement allows it (nearest: statement 1 \"__default_statement_ID\" has the \
         condition StringEquals AWS:SourceOwner \"123456789012\", which does not match \
         999999999999)"
    );
    // An ordinary IAM caller does not carry SourceOwner (captured: policy_context.json).
    let user = Request::new(Principal::aws(ROLE), "sns:Publish", TOPIC);
    assert_eq!(
        answer(&user),
        "no statement allows it (nearest: statement 1 \"__default_statement_ID\" has the \
         condition StringEquals AWS:SourceOwner \"123456789012\", which asks for a key the \
         request does not carry)"
    );
}

#[test]
fn a_custom_topic_policy_admits_the_alarm_it_names() {
    let statement = |source: &str| {
        json!([
            {
                "Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": "123456789012"},
                "Action": ["SNS:Publish", "SNS:Subscribe"], "Resource": TOPIC,
            },
            {
                "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish", "Resource": TOPIC,
                "Condition": {
                    "ArnEquals": {"aws:SourceArn": source},
                    "StringEquals": {"aws:SourceAccount": "123456789012"},
                },
            },
        ])
    };
    // Captured, both: captures/sns-alarm-custom-policies.json.
    assert_eq!(asked(statement(ALARM), &publish()), "allowed by statement 2");
    let another = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:another";
    assert_eq!(
        asked(statement(another), &publish()),
        format!(
            "no statement allows it (nearest: statement 2 has the condition ArnEquals \
             aws:SourceArn \"{another}\", which does not match {ALARM})"
        )
    );
    let any = "arn:aws:cloudwatch:*:123456789012:alarm:*";
    assert_eq!(asked(statement(any), &publish()), "allowed by statement 2");
}

#[test]
fn an_account_does_not_cover_a_service() {
    // For keys as users report; for topics as captured on AWS in September 2026.
    let root = json!({
        "Sid": "Enable IAM User Permissions", "Effect": "Allow", "Action": "kms:*",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Resource": "*",
    });
    let request = Request::alarm_uses_key("kms:GenerateDataKey", KEY, ALARM, TOPIC);
    assert_eq!(
        asked(root.clone(), &request),
        "no statement allows it (nearest: statement 1 \"Enable IAM User Permissions\" allows only \
         arn:aws:iam::123456789012:root, not cloudwatch.amazonaws.com (an account or its \
         identities never cover a service))"
    );
    let service = json!({
        "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": TOPIC}},
    });
    assert_eq!(asked(json!([root, service]), &request), "allowed by statement 2");
}

#[test]
fn denies_of_a_service_without_an_organization() {
    let deny = |condition: Value| {
        json!([
            {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"},
            {
                "Sid": "Perimeter", "Effect": "Deny", "Principal": "*", "Action": "sns:*",
                "Resource": "*", "Condition": condition,
            },
        ])
    };
    // `enforceSSL` of the CDK is harmless, an organization's perimeter is not (catalogue 5.1).
    let table = [
        (json!({"Bool": {"aws:SecureTransport": "false"}}), "allowed by statement 1"),
        (
            json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}),
            "denied by statement 2 \"Perimeter\"",
        ),
        (
            json!({
                "StringNotEquals": {"aws:PrincipalOrgID": "o-1"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            }),
            "allowed by statement 1",
        ),
        (
            json!({"StringNotEquals": {"aws:SourceOrgID": "o-1"}}),
            "unknown: condition key aws:SourceOrgID in statement 2 \"Perimeter\"",
        ),
        // Documented as always present, with no value given for services.
        (
            json!({"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}}),
            "unknown: condition key aws:PrincipalAccount in statement 2 \"Perimeter\"",
        ),
    ];
    for (condition, expected) in table {
        assert_eq!(asked(deny(condition.clone()), &publish()), expected, "{condition}");
    }
    let of_o1 = publish().with("aws:sourceorgid", "o-1");
    let perimeter = deny(json!({"StringNotEquals": {"aws:SourceOrgID": "o-1"}}));
    assert_eq!(asked(perimeter, &of_o1), "allowed by statement 1");
}

#[test]
fn the_delivery_role_by_its_trust_and_its_policies() {
    let trust = json!({
        "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "sts:AssumeRole",
    });
    let assume = |name: &str| Request::new(Principal::service(name), "sts:AssumeRole", ROLE);
    let cloudtrail = assume("cloudtrail.amazonaws.com");
    assert_eq!(asked(trust.clone(), &cloudtrail), "allowed by statement 1");
    assert!(asked(trust, &assume("config.amazonaws.com")).starts_with("no statement allows it"));

    let group = "arn:aws:logs:us-east-1:123456789012:log-group:trail";
    let stream = format!("{group}:log-stream:123456789012_CloudTrail_us-east-1");
    let create = policy(json!({
        "Effect": "Allow", "Action": "logs:CreateLogStream", "Resource": format!("{stream}*"),
    }));
    let put = policy(json!({
        "Sid": "Put", "Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": stream,
    }));
    let policies = [("create", &create), ("put", &put)];
    let ask = |action: &str, stream: &str| {
        evaluate(&policies, &Request::new(Principal::aws(ROLE), action, stream)).to_string()
    };
    assert_eq!(ask("logs:CreateLogStream", &stream), "allowed by statement 1 of policy create");
    assert_eq!(ask("logs:PutLogEvents", &stream), "allowed by statement 1 \"Put\" of policy put");
    // Without the trailing * the second stream is lost (catalogue 2.4).
    let second = format!("{stream}_2");
    assert_eq!(
        ask("logs:PutLogEvents", &second),
        format!(
            "no statement allows it (nearest: statement 1 \"Put\" of policy put covers only \
             {stream}, not {second})"
        )
    );
}

// Elements

#[test]
fn actions_ignore_case_and_resources_do_not() {
    let allow = |action: &str, resource: &str| json!({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource});
    let sns = |resource: &str| format!("arn:aws:sns:us-east-1:123456789012:{resource}");
    let table = [
        ("SNS:publish", TOPIC.to_owned(), true),
        ("sns:*", TOPIC.to_owned(), true),
        ("*", "*".to_owned(), true),
        ("sns:P?blish", sns("security-?lerts"), true),
        ("sns:Pub", TOPIC.to_owned(), false),
        ("sns:Publish?", TOPIC.to_owned(), false),
        ("sns:Publish", sns("Security-Alerts"), false),
        ("sns:Publish", sns("security*"), true),
        ("sns:Publish", sns("*-*-*"), false),
        // In Resource a * runs across colons.
        ("sns:Publish", "arn:aws:sns:*".to_owned(), true),
        ("sns:Publish", "arn:*alerts".to_owned(), true),
    ];
    for (action, resource, expected) in table {
        let allowed = asked(allow(action, &resource), &publish()).starts_with("allowed");
        assert_eq!(allowed, expected, "{action} on {resource}");
    }
}

#[test]
fn not_action_and_not_resource() {
    let allow = |field: &str, value: Value| {
        let mut statement = json!({"Effect": "Allow", "Principal": "*"});
        statement["Action"] = json!("*");
        if field == "NotAction" {
            statement.as_object_mut().unwrap().remove("Action");
        }
        statement[field] = value;
        asked(statement, &publish())
    };
    assert_eq!(allow("NotAction", json!(["sns:Subscribe"])), "allowed by statement 1");
    assert_eq!(
        allow("NotAction", json!(["SNS:Pub*", "a:b", "c:d", "e:f"])),
        "no statement allows it (nearest: statement 1 allows all actions but SNS:Pub*, a:b and 2 \
         more, and sns:Publish is one of these)"
    );
    assert_eq!(allow("NotResource", json!("arn:aws:s3:::b")), "allowed by statement 1");
    assert!(allow("NotResource", json!(TOPIC)).contains("covers all resources but"));
}

#[test]
fn principals() {
    let role = || Principal::aws(ROLE);
    let session = || Principal::aws(SESSION);
    let service = || Principal::service("cloudwatch.amazonaws.com");
    let root = "arn:aws:iam::123456789012:root";
    let table = [
        (json!("*"), role(), true),
        (json!({"AWS": "*"}), role(), true),
        (json!({"AWS": ["*"]}), service(), true),
        (json!({"AWS": "123456789012"}), role(), true),
        (json!({"AWS": root}), session(), true),
        (json!({"AWS": "999999999999"}), role(), false),
        (json!({"AWS": ROLE}), role(), true),
        (json!({"AWS": ROLE}), session(), true),
        (json!({"AWS": SESSION}), session(), true),
        (json!({"AWS": SESSION}), role(), false),
        (json!({"AWS": "arn:aws:iam::999999999999:role/delivery"}), session(), false),
        (json!({"AWS": "arn:aws:iam::123456789012:role/deliver"}), session(), false),
        // "You cannot use a wildcard to match part of a principal name or ARN."
        (json!({"AWS": "arn:aws:iam::123456789012:role/*"}), role(), false),
        (json!({"AWS": ROLE.replace("arn:aws:", "arn:aws-cn:")}), session(), false),
        (json!({"AWS": "AROAEXAMPLE"}), role(), false),
        (json!({"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]}), service(), true),
        (json!({"Service": "cloudwatch.amazonaws.com"}), role(), false),
        (json!({"AWS": "cloudwatch.amazonaws.com"}), service(), false),
        (json!({"Federated": "accounts.google.com"}), role(), false),
        (json!({"CanonicalUser": "79a5"}), service(), false),
        (json!({}), role(), false),
        // Hostile: no account must not mean any account.
        (json!({"AWS": ""}), Principal::aws("nonsense"), false),
    ];
    for (principal, asker, expected) in table {
        let statement = json!({"Effect": "Allow", "Action": "a:B", "Principal": principal});
        let request = Request::new(asker.clone(), "a:B", "r");
        let allowed = asked(statement, &request).starts_with("allowed");
        assert_eq!(allowed, expected, "{principal} for {asker:?}");
    }
    let any_service =
        json!({"Effect": "Allow", "Principal": {"Service": "*"}, "Action": "sns:Publish"});
    assert_eq!(asked(any_service, &publish()), "unknown: principal Service * in statement 1");
    let canonical =
        json!({"Effect": "Allow", "Action": "a:B", "Principal": {"CanonicalUser": "79a5"}});
    assert_eq!(
        asked(canonical, &Request::new(role(), "a:B", "r")),
        "unknown: principal CanonicalUser 79a5 in statement 1"
    );
}

#[test]
fn not_principal_denies_everybody_else() {
    let deny = |but: Value, request: &Request| {
        asked(
            json!([
                {"Effect": "Allow", "Principal": "*", "Action": "*"},
                {"Effect": "Deny", "NotPrincipal": but, "Action": "*"},
            ]),
            request,
        )
    };
    let role = Request::new(Principal::aws(ROLE), "a:B", "r");
    assert_eq!(deny(json!({"AWS": ROLE}), &publish()), "denied by statement 2");
    assert_eq!(
        deny(json!({"Service": "cloudwatch.amazonaws.com"}), &publish()),
        "allowed by statement 1"
    );
    assert_eq!(deny(json!({"AWS": "999999999999"}), &role), "denied by statement 2");
    assert_eq!(deny(json!({"AWS": [ROLE, "123456789012"]}), &role), "allowed by statement 1");
    // The account is not named: "the policy might deny access to the entire account".
    assert_eq!(
        deny(json!({"AWS": ROLE}), &role),
        format!("unknown: principal {ROLE} in statement 2")
    );
}

#[test]
fn nearest_is_the_statement_that_fits_best() {
    let statements = json!([
        {"Effect": "Allow", "Principal": "*", "Action": "sns:Subscribe"},
        {
            "Sid": "ForEvents", "Effect": "Allow", "Action": "sns:Publish",
            "Principal": {"Service": "events.amazonaws.com"}, "Resource": "arn:aws:sns:::x",
        },
        {
            "Sid": "Closest", "Effect": "Allow", "Action": "sns:Publish",
            "Principal": {"Service": ["events.amazonaws.com", "s3.amazonaws.com"]},
        },
    ]);
    assert_eq!(
        asked(statements, &publish()),
        "no statement allows it (nearest: statement 3 \"Closest\" allows only \
         events.amazonaws.com and s3.amazonaws.com, not cloudwatch.amazonaws.com)"
    );
    let two = json!({
        "Effect": "Allow", "Principal": {"AWS": "1"}, "Action": "sns:Subscribe", "Resource": "*",
    });
    assert_eq!(
        asked(two, &publish()),
        "no statement allows it (nearest: statement 1 allows only 1, not \
         cloudwatch.amazonaws.com (an account or its identities never cover a service), and allows only sns:Subscribe, not sns:Publish)"
    );
    assert_eq!(asked(json!([]), &publish()), "no statement allows it");
}

#[test]
fn deny_wins_and_doubt_stays_doubt() {
    let allow = json!({"Effect": "Allow", "Principal": "*", "Action": "*"});
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "*"});
    let maybe = |effect: &str| {
        json!({
            "Effect": effect, "Principal": "*", "Action": "*",
            "Condition": {"StringEquals": {"aws:SourceOrgID": "o-1"}},
        })
    };
    let key = "unknown: condition key aws:SourceOrgID in statement";
    let table = [
        (json!([allow, deny]), "denied by statement 2".to_owned()),
        (json!([maybe("Allow"), deny]), "denied by statement 2".to_owned()),
        (json!([allow, maybe("Deny")]), format!("{key} 2")),
        (json!([maybe("Allow")]), format!("{key} 1")),
        (json!([maybe("Allow"), allow]), "allowed by statement 2".to_owned()),
        // Nothing is allowed, so whether it is denied besides does not matter.
        (json!([maybe("Deny")]), "no statement allows it".to_owned()),
    ];
    for (statements, expected) in table {
        assert_eq!(asked(statements.clone(), &publish()), expected, "{statements}");
    }
}

/// What CreateGrant documents: the service, the operations, on whose behalf, in which context.
#[test]
fn a_grant_allows_what_the_policy_does_not_and_not_what_it_denies() {
    const ALARM_ARN: &str = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:secret-read";
    const TOPIC_ARN: &str = "arn:aws:sns:eu-west-1:123456789012:security-alerts";
    let root = json!({"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "kms:*", "Resource": "*"});
    let deny =
        json!({"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"});
    let grant = |fields: Value| -> KeyGrant {
        let mut grant = json!({
            "GrantId": "g1", "Operations": ["GenerateDataKey", "Decrypt"],
            "GranteeServicePrincipal": "cloudwatch.amazonaws.com",
        });
        for (field, value) in fields.as_object().unwrap() {
            grant[field] = value.clone();
        }
        serde_json::from_value(grant).unwrap()
    };
    let request = Request::alarm_uses_key("kms:Decrypt", "k", ALARM_ARN, TOPIC_ARN);
    let decided = |statements: &[&Value], fields: Value| {
        evaluate_key(&policy(json!(statements)), &[grant(fields)], &request).to_string()
    };
    let context = |name: &str, pairs: Value| json!({"Constraints": {name: pairs}});
    let whole = json!({
        "aws:sns:topicArn": TOPIC_ARN, "aws:sns:sourceArn": ALARM_ARN,
        "aws:sns:sourceAccount": "123456789012",
    });
    for fields in [
        json!({}),
        json!({"GranteePrincipal": "cloudwatch.amazonaws.com", "GranteeServicePrincipal": null}),
        json!({"Constraints": {"SourceArn": ALARM_ARN}}),
        context("EncryptionContextSubset", json!({"aws:sns:topicArn": TOPIC_ARN})),
        context("EncryptionContextEquals", whole),
    ] {
        assert_eq!(decided(&[&root], fields.clone()), "allowed by statement 1 of policy grant g1");
        assert!(decided(&[&root, &deny], fields).starts_with("denied by statement 2"));
    }
    for fields in [
        json!({"Operations": ["GenerateDataKey"]}),
        json!({"GranteeServicePrincipal": "events.amazonaws.com"}),
        json!({"Constraints": {"SourceArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:x"}}),
        context(
            "EncryptionContextSubset",
            json!({"aws:sns:topicArn": "arn:aws:sns:eu-west-1:1:x"}),
        ),
        context("EncryptionContextEquals", json!({"aws:sns:topicArn": TOPIC_ARN})),
    ] {
        let decision = decided(&[&root], fields.clone());
        assert!(decision.starts_with("no statement allows it"), "{fields}: {decision}");
    }
}

#[test]
fn an_organization_that_is_known_decides() {
    let asks = |value: &str| {
        json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceOrgID": value}}})
    };
    let of = |id: Option<&str>, value: &str| asked(asks(value), &publish().of_organization(id));
    assert!(of(Some("o-a1b2c3d4e5"), "o-a1b2c3d4e5").starts_with("allowed"));
    assert!(of(Some("o-a1b2c3d4e5"), "o-z9y8x7w6v5").starts_with("no statement allows it"));
    assert!(of(None, "o-z9y8x7w6v5").starts_with("no statement allows it"));
    assert!(asked(asks("o-z9y8x7w6v5"), &publish()).starts_with("unknown"));
}

#[test]
fn an_answer_that_is_the_same_either_way_is_not_unknown() {
    // The account is wrong, so the organization does not matter.
    let condition = json!({
        "StringEquals": {"aws:SourceOrgID": "o-1", "aws:SourceAccount": "999999999999"},
    });
    assert_eq!(under(condition, &publish()), "no");
}

// Conditions

#[test]
fn text_operators() {
    check("yes", "a", json!({"StringEquals": {"T:ONE": ["b", "a"]}}));
    check("no", "A", json!({"StringEquals": {"t:one": "a"}}));
    check("no", "ab", json!({"StringEquals": {"t:one": "a*"}}));
    check("yes", "a*", json!({"StringEquals": {"t:one": "a*"}}));
    check("no", "b", json!({"StringNotEquals": {"t:one": ["a", "b"]}}));
    check("yes", "c", json!({"StringNotEquals": {"t:one": ["a", "b"]}}));
    check("yes", "Äb", json!({"StringEqualsIgnoreCase": {"t:one": "äB"}}));
    check("no", "A", json!({"StringNotEqualsIgnoreCase": {"t:one": "a"}}));
    check("yes", "abc", json!({"StringLike": {"t:one": "a?*c"}}));
    check("no", "ABC", json!({"StringLike": {"t:one": "a*"}}));
    check("no", "abc", json!({"StringNotLike": {"t:one": ["x", "*b*"]}}));
    check("yes", "5", json!({"StringEquals": {"t:one": 5}}));
}

#[test]
fn arn_operators_compare_part_by_part() {
    // The example of the condition operators' page.
    let value = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/d.txt";
    let pattern = "arn:aws:someservice:*:111122223333:finance/*";
    check("yes", value, json!({"StringLike": {"t:one": pattern}}));
    for operator in ["ArnLike", "ArnEquals"] {
        check("no", value, json!({operator: {"t:one": pattern}}));
        check(
            "yes",
            ALARM,
            json!({operator: {"t:one": "arn:aws:cloudwatch:*:1234567890??:alarm:*"}}),
        );
        check("no", "not an ARN", json!({operator: {"t:one": "arn:*:*:*:*:*"}}));
        // Fewer than six parts: AWS does not say what that compares.
        let expected = format!("unknown: {operator} value \"arn:aws:*\"");
        check(&expected, ALARM, json!({operator: {"t:one": "arn:aws:*"}}));
    }
}

#[test]
fn missing_keys() {
    let none = |operator: &str, value: &str| json!({operator: {"t:none": value}});
    for operator in ["StringEquals", "StringLike", "ArnLike", "Bool", "NumericEquals", "IpAddress"]
    {
        check("no", "", none(operator, "1"));
        check("yes", "", none(&format!("{operator}IfExists"), "1"));
        check("yes", "", none(&format!("ForAllValues:{operator}"), "1"));
        check("no", "", none(&format!("ForAnyValue:{operator}"), "1"));
        check("yes", "", none(&format!("ForAnyValue:{operator}IfExists"), "1"));
    }
    for operator in
        ["StringNotEquals", "StringNotLike", "ArnNotLike", "NumericNotEquals", "NotIpAddress"]
    {
        check("yes", "", none(operator, "1"));
        check("yes", "", none(&format!("{operator}IfExists"), "1"));
        check("no", "", none(&format!("ForAnyValue:{operator}"), "1"));
        check("yes", "", none(&format!("ForAnyValue:{operator}IfExists"), "1"));
    }
    check("yes", "", json!({"Null": {"t:none": true}}));
    check("no", "", json!({"Null": {"t:none": "false"}}));
    check("no", "", json!({"Null": {"t:one": "true"}}));
    check("yes", "", json!({"Null": {"t:one": "false"}}));
    check("unknown: condition key t:new", "", json!({"Null": {"t:new": "true"}}));
    check("unknown: condition key t:new", "", json!({"StringEqualsIfExists": {"t:new": "x"}}));
}

#[test]
fn truth_values_numbers_dates_addresses() {
    check("no", "10", json!({"NumericLessThan": {"t:one": "10"}}));
    check("yes", "TRUE", json!({"Bool": {"t:one": true}}));
    check("no", "false", json!({"Bool": {"t:one": "true"}}));
    check("yes", "5", json!({"NumericLessThan": {"t:one": "10"}}));
    check("yes", "10.0", json!({"NumericLessThanEquals": {"t:one": 10}}));
    check("no", "10", json!({"NumericGreaterThan": {"t:one": 10}}));
    check("yes", "10", json!({"NumericGreaterThanEquals": {"t:one": 10}}));
    check("no", "10", json!({"NumericNotEquals": {"t:one": [9, 10]}}));
    check("unknown: NumericEquals value \"NaN\"", "NaN", json!({"NumericEquals": {"t:one": "1"}}));
    let date = "2026-01-05T10:12:00Z";
    check("yes", date, json!({"DateGreaterThan": {"t:one": "2026-01-05"}}));
    check("yes", date, json!({"DateLessThan": {"t:one": "2026-01-05T11:12:01+01:00"}}));
    check("yes", date, json!({"DateEquals": {"t:one": "1767607920"}}));
    check("no", date, json!({"DateNotEquals": {"t:one": date}}));
    check("yes", date, json!({"DateLessThanEquals": {"t:one": date}}));
    check("yes", date, json!({"DateGreaterThanEquals": {"t:one": date}}));
    check("unknown: DateLessThan value \"soon\"", date, json!({"DateLessThan": {"t:one": "soon"}}));
    check(
        "yes",
        "203.0.113.7",
        json!({"IpAddress": {"t:one": ["198.51.100.1", "203.0.113.0/24"]}}),
    );
    check("no", "203.0.114.7", json!({"IpAddress": {"t:one": "203.0.113.0/24"}}));
    check("yes", "1.2.3.4", json!({"IpAddress": {"t:one": "0.0.0.0/0"}}));
    check(
        "yes",
        "2001:db8:1234:5678::1",
        json!({"IpAddress": {"t:one": "2001:DB8:1234:5678::/64"}}),
    );
    check("no", "1.2.3.4", json!({"IpAddress": {"t:one": "::/0"}}));
    check("yes", "1.2.3.4", json!({"NotIpAddress": {"t:one": "1.2.3.5"}}));
    check(
        "unknown: IpAddress value \"1.2.3.4/33\"",
        "1.2.3.4",
        json!({"IpAddress": {"t:one": "1.2.3.4/33"}}),
    );
}

#[test]
fn operators_that_are_not_modelled_are_unknown() {
    for operator in ["BinaryEquals", "stringequals", "NullIfExists", "ForNoValue:StringEquals", ""]
    {
        check(
            &format!("unknown: condition operator {operator}"),
            "x",
            json!({operator: {"t:one": "x"}}),
        );
    }
    // Unless another condition fails.
    check("no", "x", json!({"BinaryEquals": {"t:one": "x"}, "StringEquals": {"t:one": "y"}}));
}

#[test]
fn several_values_need_a_set_operator() {
    let request = Request::new(Principal::aws(ROLE), "sns:Publish", TOPIC)
        .with_values("t:many", ["a", "b"])
        .with_values("t:empty", [""; 0]);
    let many =
        |operator: &str, values: Value| under(json!({operator: {"t:many": values}}), &request);
    assert_eq!(many("ForAllValues:StringEquals", json!(["a", "b", "c"])), "yes");
    assert_eq!(many("ForAllValues:StringEquals", json!(["a"])), "no");
    assert_eq!(many("ForAnyValue:StringEquals", json!(["b", "c"])), "yes");
    assert_eq!(many("ForAnyValue:StringEquals", json!(["c"])), "no");
    assert_eq!(many("ForAllValues:StringNotEquals", json!(["c"])), "yes");
    assert_eq!(many("ForAllValues:StringNotEquals", json!(["a"])), "no");
    assert_eq!(many("ForAnyValue:StringNotEquals", json!(["a"])), "yes");
    assert_eq!(many("ForAnyValue:StringNotEquals", json!(["a", "b"])), "no");
    assert_eq!(many("StringLike", json!("?")), "yes");
    assert_eq!(many("StringEquals", json!("c")), "no");
    assert_eq!(many("StringEquals", json!("a")), "unknown: condition key t:many");
    assert_eq!(under(json!({"ForAllValues:StringEquals": {"t:empty": "x"}}), &request), "yes");
    assert_eq!(under(json!({"StringEquals": {"t:empty": ""}}), &request), "no");
}

#[test]
fn variables() {
    check("yes", "123456789012", json!({"StringEquals": {"t:one": "${aws:PrincipalAccount}"}}));
    check("yes", "x-arn", json!({"StringLike": {"t:one": "?-${t:none, 'arn'}"}}));
    check("no", "x", json!({"StringEquals": {"t:one": "${t:none}"}}));
    check("yes", "x", json!({"StringNotEquals": {"t:one": "${t:none}"}}));
    check("unknown: policy variable ${t:new}", "x", json!({"StringEquals": {"t:one": "${t:new}"}}));
    check(
        "unknown: policy variable ${t:new}",
        "x",
        json!({"StringNotLike": {"t:one": "${t:new}"}}),
    );
    check("yes", "a*b?c$", json!({"StringLike": {"t:one": "a${*}b${?}c${$}"}}));
    check("no", "axb?c$", json!({"StringLike": {"t:one": "a${*}b${?}c${$}"}}));
    check("yes", "${open", json!({"StringLike": {"t:one": "${open"}}));
    // What comes out of a variable is literal.
    let starry = Request::new(Principal::aws(ROLE), "sns:Publish", TOPIC).with("t:one", "*");
    assert_eq!(under(json!({"StringLike": {"aws:PrincipalArn": "${t:one}"}}), &starry), "no");

    let in_resource = |version: &str, resource: &str| {
        let document = json!({"Version": version, "Statement": {
            "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": resource}});
        let policy = PolicyDocument::parse(&document.to_string()).unwrap();
        evaluate(&[("", &policy)], &publish().with("t:name", "security")).to_string()
    };
    let arn = "arn:aws:sns:us-east-1:123456789012:${t:name}-alerts";
    assert_eq!(in_resource("2012-10-17", arn), "allowed by statement 1");
    assert!(in_resource("2008-10-17", arn).starts_with("no statement allows it"));
    assert_eq!(
        in_resource("2012-10-17", "arn:aws:sns:::${t:new}"),
        "unknown: policy variable ${t:new} in statement 1"
    );
}

#[test]
fn what_the_caller_says_wins_over_what_the_principal_implies() {
    let condition = json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}});
    assert_eq!(under(condition.clone(), &publish()), "no");
    assert_eq!(under(condition.clone(), &publish().with("AWS:PrincipalOrgID", "o-1")), "yes");
    let user = Request::new(Principal::aws(ROLE), "sns:Publish", TOPIC);
    assert_eq!(under(condition.clone(), &user), "unknown: condition key aws:PrincipalOrgID");
    assert_eq!(under(condition, &user.without("aws:PrincipalOrgID")), "no");
    // A session's ARN does not tell its role's path, and aws:PrincipalArn is the role's ARN.
    let session = Request::new(Principal::aws(SESSION), "sns:Publish", TOPIC);
    let of_role = json!({"ArnEquals": {"aws:PrincipalArn": ROLE}});
    assert_eq!(under(of_role.clone(), &session), "unknown: condition key aws:PrincipalArn");
    assert_eq!(under(of_role, &session.with("aws:PrincipalArn", ROLE)), "yes");
}

#[test]
fn a_hostile_wildcard_costs_little() {
    let value = "a".repeat(20_000);
    let pattern = format!("{}b", "a*".repeat(1_000));
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": pattern});
    let request = Request::new(Principal::aws(ROLE), "a:B", value);
    assert!(asked(statement, &request).starts_with("no statement allows it"));
}

// Properties

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(
            [
                "Version",
                "2012-10-17",
                "2008-10-17",
                "Id",
                "Statement",
                "Sid",
                "Effect",
                "Allow",
                "Deny",
                "Principal",
                "NotPrincipal",
                "AWS",
                "Service",
                "CanonicalUser",
                "*",
                "cloudwatch.amazonaws.com",
                "123456789012",
                ROLE,
                "Action",
                "NotAction",
                "sns:Publish",
                "SNS:*",
                "Resource",
                "NotResource",
                TOPIC,
                "arn:*:${aws:SourceArn}",
                "Condition",
                "StringEquals",
                "StringNotLike",
                "ArnLike",
                "Bool",
                "Null",
                "NumericLessThan",
                "DateLessThan",
                "IpAddress",
                "ForAnyValue:StringLike",
                "aws:SourceArn",
                "aws:SourceOrgID",
                "aws:PrincipalOrgID",
                "aws:SecureTransport",
                "true",
                "${",
                "10.0.0.0/8",
            ]
            .as_slice()
        )
        .prop_map(str::to_owned),
        ".{0,8}",
    ]
}

/// Any JSON, in words that policies use.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => word().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(6, 48, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn words(of: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::collection::vec(prop::sample::select(of), 1..3).prop_map(Value::from)
}

/// A statement of the right shape, with any condition operator the evaluator reads.
fn any_statement() -> impl Strategy<Value = Value> {
    let principal = prop_oneof![
        Just(json!("*")),
        words(&["123456789012", ROLE, "*"]).prop_map(|aws| json!({"AWS": aws})),
        words(&["cloudwatch.amazonaws.com", "events.amazonaws.com"])
            .prop_map(|service| json!({"Service": service})),
    ];
    let operator = prop::sample::select(
        [
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "ArnLike",
            "ArnNotEquals",
            "Bool",
            "Null",
            "StringEqualsIfExists",
            "ForAllValues:StringLike",
            "ForAnyValue:StringEquals",
            "NumericLessThan",
            "DateGreaterThan",
            "NotIpAddress",
            "Nonsense",
        ]
        .as_slice(),
    );
    let key = prop::sample::select(
        [
            "aws:SourceArn",
            "aws:SourceAccount",
            "aws:SourceOrgID",
            "aws:PrincipalOrgID",
            "aws:SecureTransport",
        ]
        .as_slice(),
    );
    let value = words(&[ALARM, "123456789012", "true", "*", "arn:aws:*:*:*:*", "${aws:SourceArn}"]);
    (
        prop::sample::select(["Allow", "Deny"].as_slice()),
        prop::sample::select(["Principal", "NotPrincipal"].as_slice()),
        principal,
        prop::sample::select(["Action", "NotAction"].as_slice()),
        words(&["sns:Publish", "SNS:*", "sns:Subscribe", "*"]),
        prop::sample::select(["Resource", "NotResource"].as_slice()),
        words(&[TOPIC, "*", "arn:aws:sns:*:*:other"]),
        prop::option::of((operator, key, value)),
    )
        .prop_map(|(effect, who, principal, what, action, which, resource, condition)| {
            let mut statement =
                json!({"Effect": effect, who: principal, what: action, which: resource});
            if let Some((operator, key, value)) = condition {
                statement["Condition"] = json!({operator: {key: value}});
            }
            statement
        })
}

fn any_statements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(any_statement(), 0..4)
}

fn decide(document: &PolicyDocument) -> Decision {
    evaluate(&[("", document)], &publish())
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,64}") {
        let _ = PolicyDocument::parse(&text).map(|policy| decide(&policy).to_string());
    }

    #[test]
    fn no_json_panics(document in any_json(), statement in any_json()) {
        for text in [
            document.to_string(),
            json!({"Statement": document}).to_string(),
            json!({"Version": "2012-10-17", "Statement": {
                "Effect": "Allow", "Principal": "*", "Action": "*", "Condition": document,
            }}).to_string(),
        ] {
            if let Ok(policy) = PolicyDocument::parse(&text) {
                let _ = decide(&policy).to_string();
                let _ = PolicyDocument::parse(&policy.with_statement(&statement));
            }
        }
    }

    #[test]
    fn a_deny_that_applies_leaves_nothing_allowed(statements in any_statements()) {
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "sns:Publish",
            "Resource": TOPIC});
        let policy = policy(Value::from(statements));
        let after = PolicyDocument::parse(&policy.with_statement(&deny)).unwrap();
        let is_denied = matches!(decide(&after), Decision::Denied { .. });
        prop_assert!(is_denied);
    }

    #[test]
    fn a_statement_more_moves_the_answer_one_way_only(
        statements in any_statements(),
        added in any_statement(),
    ) {
        let policy = policy(Value::from(statements));
        let before = decide(&policy);
        let after = decide(&PolicyDocument::parse(&policy.with_statement(&added)).unwrap());
        if added["Effect"] == "Allow" {
            let is_denied = matches!(before, Decision::Denied { .. });
            prop_assert!(!(is_denied || before.is_allowed()) || after == before);
        } else {
            prop_assert!(before.is_allowed() || !after.is_allowed());
        }
    }

    #[test]
    fn learning_a_key_never_overturns_a_certain_answer(statements in any_statements()) {
        let policy = policy(Value::from(statements));
        let before = decide(&policy);
        prop_assume!(!matches!(before, Decision::Unknown { .. }));
        for request in
            [publish().with("aws:SourceOrgID", "true"), publish().without("aws:SourceOrgID")]
        {
            let after = evaluate(&[("", &policy)], &request);
            prop_assert_eq!(after.is_allowed(), before.is_allowed());
        }
    }
}
