use serde_json::{Value, json};

use super::super::Service;
use super::super::stage::Stage;
use super::*;

fn ask(lab: &mut Stage, operation: &str, params: Value) -> Value {
    lab.try_call(Service::Iam, operation, params).unwrap()
}

fn refused(lab: &mut Stage, operation: &str, params: Value) -> (String, String) {
    lab.refusal(Service::Iam, operation, params)
}

fn error(name: &str, message: &str) -> (String, String) {
    (name.to_owned(), message.to_owned())
}

fn statement(statement: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn trust(principal: Value) -> String {
    statement(json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}))
}

const GROUP: &str = "arn:aws:logs:eu-west-1:123456789012:log-group:trail";

fn writes_logs() -> String {
    statement(json!({
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": format!("{GROUP}:log-stream:123456789012_CloudTrail_eu-west-1*"),
    }))
}

/// A world with the role `/service-role/delivery` that CloudTrail may assume.
fn with_role() -> (Stage, Arn) {
    let mut lab = Stage::example();
    let made = ask(
        &mut lab,
        "CreateRole",
        json!({
            "RoleName": "delivery", "Path": "/service-role/",
            "AssumeRolePolicyDocument": trust(json!({"Service": "cloudtrail.amazonaws.com"})),
            "Tags": [{"Key": "team", "Value": "soc"}],
        }),
    );
    let arn = made["Role"]["Arn"].as_str().unwrap().parse().unwrap();
    (lab, arn)
}

fn may(lab: &Stage, role: &Arn, actions: &[&str]) -> Result<(), RoleRefusal> {
    let trail = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/t".parse().unwrap();
    let stream = format!("{GROUP}:log-stream:123456789012_CloudTrail_eu-west-1_3");
    lab.world.role_may(role, "cloudtrail.amazonaws.com", Some(&trail), actions, &stream)
}

/// captures §2.4: the working role policy, and what each part's absence is called.
#[test]
fn what_cloudtrail_may_do_with_a_role() {
    const BOTH: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];
    let (mut lab, role) = with_role();
    assert_eq!(role.as_str(), "arn:aws:iam::123456789012:role/service-role/delivery");
    assert_eq!(may(&lab, &role, &BOTH), Err(RoleRefusal::Policy));
    let put =
        |text: String| json!({"RoleName": "delivery", "PolicyName": "p", "PolicyDocument": text});
    let one = writes_logs().replace("\"logs:PutLogEvents\"", "\"logs:GetLogEvents\"");
    ask(&mut lab, "PutRolePolicy", put(one));
    assert_eq!(may(&lab, &role, &BOTH), Err(RoleRefusal::Policy));
    assert_eq!(may(&lab, &role, &BOTH[..1]), Ok(()));
    ask(&mut lab, "PutRolePolicy", put(writes_logs()));
    assert_eq!(may(&lab, &role, &BOTH), Ok(()));

    let other = json!({
        "RoleName": "delivery",
        "PolicyDocument": trust(json!({"Service": "events.amazonaws.com"})),
    });
    ask(&mut lab, "UpdateAssumeRolePolicy", other);
    assert_eq!(may(&lab, &role, &BOTH), Err(RoleRefusal::Trust));
    let source = |account: &str| {
        let document = statement(json!({
            "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }));
        json!({"RoleName": "delivery", "PolicyDocument": document})
    };
    ask(&mut lab, "UpdateAssumeRolePolicy", source("111111111111"));
    assert_eq!(may(&lab, &role, &BOTH), Err(RoleRefusal::Trust));
    ask(&mut lab, "UpdateAssumeRolePolicy", source("123456789012"));
    assert_eq!(may(&lab, &role, &BOTH), Ok(()));

    let gone: Arn = "arn:aws:iam::123456789012:role/delivery".parse().unwrap();
    assert_eq!(may(&lab, &gone, &BOTH), Err(RoleRefusal::NoRole));
}

#[test]
fn managed_policies_and_boundaries_count() {
    const BOTH: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];
    let (mut lab, role) = with_role();
    let input = json!({"PolicyName": "logs", "PolicyDocument": writes_logs()});
    let arn = ask(&mut lab, "CreatePolicy", input)["Policy"]["Arn"].clone();
    let attach = json!({"RoleName": "delivery", "PolicyArn": arn});
    ask(&mut lab, "AttachRolePolicy", attach.clone());
    assert_eq!(may(&lab, &role, &BOTH), Ok(()));
    // A new version counts once it is the default.
    let nothing = statement(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}));
    let version = json!({"PolicyArn": arn, "PolicyDocument": nothing});
    ask(&mut lab, "CreatePolicyVersion", version);
    assert_eq!(may(&lab, &role, &BOTH), Ok(()));
    ask(&mut lab, "SetDefaultPolicyVersion", json!({"PolicyArn": arn, "VersionId": "v2"}));
    assert_eq!(may(&lab, &role, &BOTH), Err(RoleRefusal::Policy));
    ask(&mut lab, "DetachRolePolicy", attach);
    let managed = "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess";
    ask(&mut lab, "AttachRolePolicy", json!({"RoleName": "delivery", "PolicyArn": managed}));
    assert_eq!(may(&lab, &role, &BOTH), Ok(()));
    // v2 as a boundary allows nothing of logs.
    let boundary = json!({"RoleName": "delivery", "PermissionsBoundary": arn});
    ask(&mut lab, "PutRolePermissionsBoundary", boundary);
    assert_eq!(may(&lab, &role, &BOTH), Err(RoleRefusal::Policy));
    ask(&mut lab, "DeleteRolePermissionsBoundary", json!({"RoleName": "delivery"}));
    assert_eq!(may(&lab, &role, &BOTH), Ok(()));
    lab.saved_and_loaded();
}

#[test]
fn documents_come_back_percent_encoded() {
    let (mut lab, _) = with_role();
    let role = ask(&mut lab, "GetRole", json!({"RoleName": "delivery"}));
    let role = &role["Role"];
    let text = role["AssumeRolePolicyDocument"].as_str().unwrap();
    assert!(text.starts_with("%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22"), "{text}");
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8().unwrap();
    assert_eq!(decoded, trust(json!({"Service": "cloudtrail.amazonaws.com"})));
    assert_eq!((&role["Path"], &role["RoleName"]), (&json!("/service-role/"), &json!("delivery")));
    assert_eq!(role["Tags"], json!([{"Key": "team", "Value": "soc"}]));
}

#[test]
fn refusals() {
    let (mut lab, _) = with_role();
    let malformed = |message: &str| error("MalformedPolicyDocumentException", message);
    let mut create = |document: &str| {
        let input = json!({"RoleName": "other", "AssumeRolePolicyDocument": document});
        refused(&mut lab, "CreateRole", input)
    };
    assert_eq!(create("{"), malformed("This policy contains invalid Json"));
    assert_eq!(
        create(&statement(json!({
            "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*",
        }))),
        malformed("Has prohibited field Resource")
    );
    assert_eq!(
        create(&statement(json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*"}))),
        malformed("AssumeRole policy may only specify STS AssumeRole actions.")
    );
    let again = json!({
        "RoleName": "Delivery", "AssumeRolePolicyDocument": trust(json!({"AWS": "*"})),
    });
    assert_eq!(
        refused(&mut lab, "CreateRole", again),
        error("EntityAlreadyExistsException", "Role with name Delivery already exists.")
    );
    let missing = |message: &str| error("NoSuchEntityException", message);
    assert_eq!(
        refused(&mut lab, "GetRole", json!({"RoleName": "x"})),
        missing("The role with name x cannot be found.")
    );
    assert_eq!(
        refused(&mut lab, "GetRolePolicy", json!({"RoleName": "delivery", "PolicyName": "p"})),
        missing("The role policy with name p cannot be found.")
    );
    let none = "arn:aws:iam::123456789012:policy/none";
    assert_eq!(
        refused(&mut lab, "AttachRolePolicy", json!({"RoleName": "delivery", "PolicyArn": none})),
        missing(&format!("Policy {none} does not exist or is not attachable."))
    );
    assert_eq!(
        refused(&mut lab, "GetPolicy", json!({"PolicyArn": none})),
        missing(&format!("Policy {none} was not found."))
    );
    let put = json!({
        "RoleName": "delivery", "PolicyName": "p",
        "PolicyDocument": trust(json!({"AWS": "*"})),
    });
    assert_eq!(
        refused(&mut lab, "PutRolePolicy", put),
        malformed("Policy document should not specify a principal.")
    );
}

#[test]
fn deleting_asks_for_order() {
    let (mut lab, _) = with_role();
    let conflict = |message: &str| error("DeleteConflictException", message);
    let policy = json!({"PolicyName": "logs", "PolicyDocument": writes_logs()});
    let arn = ask(&mut lab, "CreatePolicy", policy)["Policy"]["Arn"].clone();
    let attach = json!({"RoleName": "delivery", "PolicyArn": arn});
    ask(&mut lab, "AttachRolePolicy", attach.clone());
    let inline = json!({
        "RoleName": "delivery", "PolicyName": "p", "PolicyDocument": writes_logs(),
    });
    ask(&mut lab, "PutRolePolicy", inline);
    for number in 2..=5 {
        let version = json!({
            "PolicyArn": arn, "PolicyDocument": writes_logs(), "SetAsDefault": true,
        });
        let made = ask(&mut lab, "CreatePolicyVersion", version);
        assert_eq!(made["PolicyVersion"]["VersionId"], format!("v{number}"));
    }
    let version = json!({"PolicyArn": arn, "PolicyDocument": writes_logs()});
    assert_eq!(refused(&mut lab, "CreatePolicyVersion", version).0, "LimitExceededException");
    let role = json!({"RoleName": "delivery"});
    assert_eq!(
        refused(&mut lab, "DeleteRole", role.clone()),
        conflict("Cannot delete entity, must detach all policies first.")
    );
    assert_eq!(
        refused(&mut lab, "DeletePolicy", json!({"PolicyArn": arn})),
        conflict("Cannot delete a policy attached to entities.")
    );
    ask(&mut lab, "DetachRolePolicy", attach);
    assert_eq!(
        refused(&mut lab, "DeleteRole", role.clone()),
        conflict("Cannot delete entity, must delete policies first.")
    );
    ask(&mut lab, "DeleteRolePolicy", json!({"RoleName": "delivery", "PolicyName": "p"}));
    ask(&mut lab, "DeleteRole", role);
    assert_eq!(
        refused(&mut lab, "DeletePolicyVersion", json!({"PolicyArn": arn, "VersionId": "v5"})),
        conflict("Cannot delete the default version of a policy.")
    );
    for number in 1..=4 {
        assert_eq!(
            refused(&mut lab, "DeletePolicy", json!({"PolicyArn": arn})).0,
            "DeleteConflictException"
        );
        let version = json!({"PolicyArn": arn, "VersionId": format!("v{number}")});
        ask(&mut lab, "DeletePolicyVersion", version);
    }
    ask(&mut lab, "DeletePolicy", json!({"PolicyArn": arn}));
    assert_eq!(ask(&mut lab, "ListPolicies", json!({"Scope": "Local"}))["Policies"], json!([]));
}

#[test]
fn roles_are_listed_in_pages() {
    let mut lab = Stage::example();
    for number in 0..7 {
        let input = json!({
            "RoleName": format!("r{number}"),
            "AssumeRolePolicyDocument": trust(json!({"AWS": "*"})),
        });
        ask(&mut lab, "CreateRole", input);
    }
    let (mut found, mut marker) = (Vec::new(), Value::Null);
    loop {
        let answer = ask(&mut lab, "ListRoles", json!({"MaxItems": 3, "Marker": marker}));
        let page = answer["Roles"].as_array().unwrap();
        found.extend(page.iter().map(|role| role["RoleName"].as_str().unwrap().to_owned()));
        marker = answer["Marker"].clone();
        assert_eq!(answer["IsTruncated"], !marker.is_null());
        if marker.is_null() {
            break;
        }
    }
    assert_eq!(found, ["r0", "r1", "r2", "r3", "r4", "r5", "r6"]);
    assert_eq!(refused(&mut lab, "ListRoles", json!({"Marker": "x"})).0, "ValidationException");
}

#[test]
fn what_was_put_comes_back() {
    let (mut lab, _) = with_role();
    let role = json!({"RoleName": "delivery"});
    let update = json!({"RoleName": "delivery", "Description": "d", "MaxSessionDuration": 7_200});
    ask(&mut lab, "UpdateRole", update);
    let shown = ask(&mut lab, "GetRole", role.clone());
    assert_eq!(shown["Role"]["MaxSessionDuration"], 7_200);
    assert_eq!(shown["Role"]["Description"], "d");
    let tags = json!({"RoleName": "delivery", "Tags": [{"Key": "a", "Value": "1"}]});
    ask(&mut lab, "TagRole", tags);
    ask(&mut lab, "UntagRole", json!({"RoleName": "delivery", "TagKeys": ["team"]}));
    let tags = ask(&mut lab, "ListRoleTags", role.clone());
    assert_eq!(tags["Tags"], json!([{"Key": "a", "Value": "1"}]));

    let inline = json!({
        "RoleName": "delivery", "PolicyName": "p", "PolicyDocument": writes_logs(),
    });
    ask(&mut lab, "PutRolePolicy", inline);
    assert_eq!(ask(&mut lab, "ListRolePolicies", role.clone())["PolicyNames"], json!(["p"]));
    let got = json!({"RoleName": "delivery", "PolicyName": "p"});
    let got = ask(&mut lab, "GetRolePolicy", got)["PolicyDocument"].clone();
    assert_eq!(got, encoded(&writes_logs()));

    let create = json!({"PolicyName": "logs", "Path": "/x/", "PolicyDocument": writes_logs()});
    let arn = ask(&mut lab, "CreatePolicy", create)["Policy"]["Arn"].clone();
    assert_eq!(arn, "arn:aws:iam::123456789012:policy/x/logs");
    let policy = json!({"PolicyArn": arn});
    ask(&mut lab, "AttachRolePolicy", json!({"RoleName": "delivery", "PolicyArn": arn}));
    assert_eq!(
        ask(&mut lab, "ListAttachedRolePolicies", role)["AttachedPolicies"],
        json!([{"PolicyName": "logs", "PolicyArn": arn}])
    );
    assert_eq!(ask(&mut lab, "GetPolicy", policy.clone())["Policy"]["AttachmentCount"], 1);
    let version = json!({"PolicyArn": arn, "VersionId": "v1"});
    let version = ask(&mut lab, "GetPolicyVersion", version);
    assert_eq!(version["PolicyVersion"]["Document"], encoded(&writes_logs()));
    let none = json!({"PolicyArn": arn, "VersionId": "v2"});
    assert_eq!(refused(&mut lab, "GetPolicyVersion", none).0, "NoSuchEntityException");
    let versions = ask(&mut lab, "ListPolicyVersions", policy.clone());
    assert_eq!(versions["Versions"][0]["IsDefaultVersion"], true);
    let tags = json!({"PolicyArn": arn, "Tags": [{"Key": "a", "Value": "1"}]});
    ask(&mut lab, "TagPolicy", tags);
    let tags = ask(&mut lab, "ListPolicyTags", policy);
    assert_eq!(tags["Tags"], json!([{"Key": "a", "Value": "1"}]));
    let attached = ask(&mut lab, "ListPolicies", json!({"OnlyAttached": true}));
    assert_eq!(attached["Policies"].as_array().unwrap().len(), 1);
    let of_aws = ask(&mut lab, "ListPolicies", json!({"Scope": "AWS"}));
    let admin = &of_aws["Policies"][0];
    assert_eq!(admin["Arn"], "arn:aws:iam::aws:policy/AdministratorAccess");
    let delete = json!({"PolicyArn": admin["Arn"]});
    assert_eq!(refused(&mut lab, "DeletePolicy", delete).0, "AccessDeniedException");
    assert_eq!(ask(&mut lab, "ListAccountAliases", json!({}))["AccountAliases"], json!([]));
    lab.saved_and_loaded();
}

#[test]
fn session_tokens_are_of_their_caller() {
    let mut lab = Stage::example();
    let answer = lab.try_call(Service::Sts, "GetSessionToken", json!({})).unwrap();
    let key = answer["Credentials"]["AccessKeyId"].as_str().unwrap();
    let (account, who) = lab.world.caller(key).unwrap();
    assert_eq!(account.as_str(), "123456789012");
    assert_eq!(who.as_str(), "arn:aws:iam::123456789012:user/alice");
}

#[test]
fn sessions_of_roles() {
    const OTHER: &str = "arn:aws:iam::111111111111:user/alice";
    let mut lab = Stage::example();
    let document = statement(json!({
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "x-1"}},
    }));
    let input = json!({"RoleName": "read", "AssumeRolePolicyDocument": document});
    let made = ask(&mut lab, "CreateRole", input);
    let arn = made["Role"]["Arn"].clone();
    let assume = |id: Value| json!({"RoleArn": arn, "RoleSessionName": "s", "ExternalId": id, "DurationSeconds": 900});
    // The account itself is not admitted: the trust policy names another.
    let denied = lab.refusal(Service::Sts, "AssumeRole", assume(json!("x-1")));
    assert_eq!(denied.0, "AccessDeniedException");
    let mut lab = lab.moved("111111111111/eu-west-1");
    assert_eq!(
        lab.refusal(Service::Sts, "AssumeRole", assume(json!("x-2"))),
        error(
            "AccessDeniedException",
            &format!(
                "User: {OTHER} is not authorized to perform: sts:AssumeRole on resource: \
                 arn:aws:iam::123456789012:role/read"
            )
        )
    );
    let answer = lab.try_call(Service::Sts, "AssumeRole", assume(json!("x-1"))).unwrap();
    let key = answer["Credentials"]["AccessKeyId"].as_str().unwrap().to_owned();
    assert!(key.starts_with("ASIA123456789012") && key.len() == 20, "{key}");
    let session = "arn:aws:sts::123456789012:assumed-role/read/s";
    let (account, who) = lab.world.caller(&key).unwrap();
    assert_eq!((account.as_str(), who.as_str()), ("123456789012", session));
    let mut call = lab.made_call("123456789012", Service::Sts, "GetCallerIdentity", json!({}));
    call.caller.arn = who;
    let identity = lab.world.call(&call).unwrap();
    assert_eq!(identity["Arn"], session);
    let id = made["Role"]["RoleId"].as_str().unwrap();
    assert_eq!(identity["UserId"], format!("{id}:s"));
    lab.pass(900);
    assert_eq!(lab.world.caller(&key), None);
    lab.saved_and_loaded();
}

#[test]
fn who_an_unknown_key_is() {
    let mut lab = Stage::example();
    assert_eq!(lab.world.caller("anything"), None);
    ask(&mut lab, "ListRoles", json!({}));
    let input = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust(json!({"AWS": "*"}))});
    ask(&mut lab, "CreateRole", input);
    let who = |key: &str| lab.world.caller(key).unwrap().1.to_string();
    assert_eq!(who("anything"), "arn:aws:iam::123456789012:user/lab");
    assert_eq!(who("AKIA222222222222ABCD"), "arn:aws:iam::222222222222:user/lab");
    assert_eq!(who("ASIA333333333333ABCD"), "arn:aws:iam::333333333333:user/lab");
    assert_eq!(who("AKIAIOSFODNN7EXAMPLE"), "arn:aws:iam::123456789012:user/lab");
}
