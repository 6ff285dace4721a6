use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::{CheckReport, Status};

use crate::tests::check;

const ID: &str = "delivery-role-may-write";
const ROLE: &str =
    "targets.\"123456789012/eu-west-1\".roles.\"arn:aws:iam::123456789012:role/trail-to-logs\"";
const GROUP: &str = "arn:aws:logs:eu-west-1:123456789012:log-group:audit-trail";

fn statement(effect: &str, actions: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"{effect}","Action":{actions},"Resource":"{resource}"}}"#)
}

fn document(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

/// The inline policy replaced, and more lines of the scenario.
fn with(statements: &[String], more: &str) -> CheckReport {
    let policy = document(statements);
    check(ID, &format!("[{ROLE}.inline_policies.seen.write-log-group]\nseen = '{policy}'\n{more}"))
}

fn allowing(resource: &str) -> Vec<String> {
    vec![statement("Allow", r#"["logs:CreateLogStream","logs:PutLogEvents"]"#, resource)]
}

fn organisation() -> String {
    "[targets.\"123456789012/eu-west-1\".trails.seen.\"arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail\"]\n\
     IsOrganizationTrail = true"
        .to_owned()
}

/// The last delivery was an hour ago.
const LONG_AGO: &str = r#"
[targets."123456789012/eu-west-1".trails.seen."arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail".status.seen]
LatestCloudWatchLogsDeliveryTime = "2026-01-05T09:10:00Z"
"#;

#[test]
fn wider_policies_allow_too() {
    for resource in ["*", &format!("{GROUP}:*"), &format!("{GROUP}:log-stream:*")] {
        assert_eq!(with(&allowing(resource), "").status, Status::Pass, "{resource}");
    }
    let any = [statement("Allow", r#""logs:*""#, "*")];
    assert_eq!(with(&any, "").status, Status::Pass);
}

#[test]
fn the_group_alone_is_no_stream() {
    assert_eq!(with(&allowing(GROUP), "").status, Status::Fail);
}

#[test]
fn each_missing_action_is_told() {
    let create = statement("Allow", r#""logs:CreateLogStream""#, "*");
    let check = with(&[create], "");
    let fields: Vec<&str> =
        check.findings[0].evidence.iter().map(|evidence| &evidence.field[..]).collect();
    assert_eq!(
        fields,
        [
            "logs:PutLogEvents on 123456789012_CloudTrail_eu-west-1",
            "logs:PutLogEvents on 123456789012_CloudTrail_eu-west-1_3",
        ]
    );
    let [Fix::Change(Intent::AllowRole { statement, .. })] = &check.findings[0].fix[..] else {
        panic!("{:?}", check.findings[0].fix)
    };
    assert_eq!(
        statement["Resource"],
        format!("{GROUP}:log-stream:123456789012_CloudTrail_eu-west-1*")
    );
}

#[test]
fn allows_may_stand_in_several_policies() {
    let put = document(&[statement("Allow", r#""logs:PutLogEvents""#, "*")]);
    let check = with(
        &[statement("Allow", r#""logs:CreateLogStream""#, "*")],
        &format!(
            "[{ROLE}.attached_policies.seen.\"arn:aws:iam::123456789012:policy/put\"]\n\
             default_version_id.seen = \"v2\"\ndocument.seen = '{put}'"
        ),
    );
    assert_eq!(check.status, Status::Pass);
}

#[test]
fn a_deny_stands_whatever_was_not_seen() {
    let mut statements = allowing("*");
    statements.push(statement("Deny", r#""logs:Put*""#, "*"));
    let unread = format!("[{ROLE}.inline_policies.seen]\nother = \"denied: iam:GetRolePolicy\"");
    let check = with(&statements, &unread);
    assert!(check.findings[0].message.contains("denied by statement 2 of policy write-log-group"));
    assert!(matches!(&check.findings[0].fix[..], [Fix::Manual(_)]));
}

#[test]
fn a_policy_that_was_not_read_may_allow_or_deny() {
    let attached = "attached_policies.seen.\"arn:aws:iam::123456789012:policy/other\"";
    for (more, denied) in [
        (
            format!("[{ROLE}.inline_policies.seen]\nother = \"denied: iam:GetRolePolicy\""),
            Some("iam:GetRolePolicy"),
        ),
        (format!("[{ROLE}.inline_policies.seen]\nother = \"not asked\""), None),
        (format!("[{ROLE}.inline_policies.seen]\nother.seen = \"no JSON\""), None),
        (
            format!("[{ROLE}.{attached}]\ndefault_version_id = \"denied: iam:GetPolicy\""),
            Some("iam:GetPolicy"),
        ),
        (
            format!(
                "[{ROLE}.{attached}]\ndefault_version_id.seen = \"v1\"\n\
                 document = \"denied: iam:GetPolicyVersion\""
            ),
            Some("iam:GetPolicyVersion"),
        ),
        (
            format!("[{ROLE}]\nattached_policies = \"denied: iam:ListAttachedRolePolicies\""),
            Some("iam:ListAttachedRolePolicies"),
        ),
    ] {
        for resource in ["*", "arn:aws:logs:eu-west-1:123456789012:log-group:other:*"] {
            let check = with(&allowing(resource), &more);
            assert_eq!(check.status, Status::Unknown, "{more}");
            let unseen = check.unseen.unwrap();
            assert_eq!(unseen.denied.as_deref(), denied, "{more}");
            assert!(unseen.what.ends_with("of role trail-to-logs"), "{}", unseen.what);
        }
    }
    for list in ["denied: iam:ListRolePolicies", "failed: timed out", "not asked"] {
        let check = check(ID, &format!("[{ROLE}]\ninline_policies = \"{list}\""));
        assert_eq!(check.status, Status::Unknown, "{list}");
    }
}

#[test]
fn a_permissions_boundary_counts() {
    let boundary = "arn:aws:iam::123456789012:policy/boundary";
    let bounded = format!("[{ROLE}.role.seen]\nPermissionsBoundaryArn = \"{boundary}\"");
    let unread = with(&allowing("*"), &bounded);
    assert_eq!(unread.status, Status::Unknown);
    assert!(unread.unseen.unwrap().what.contains("policy/boundary"));
    // What no policy gives, no boundary gives either.
    assert_eq!(with(&allowing(GROUP), &bounded).status, Status::Fail);
    let attached = |statements: &[String]| {
        let text = document(statements);
        with(
            &allowing("*"),
            &format!(
                "{bounded}\n[{ROLE}.attached_policies.seen.\"{boundary}\"]\n\
                 default_version_id.seen = \"v1\"\ndocument.seen = '{text}'"
            ),
        )
    };
    assert_eq!(attached(&[statement("Allow", r#""logs:*""#, "*")]).status, Status::Pass);
    let check = attached(&[statement("Allow", r#""s3:*""#, "*")]);
    assert!(check.findings[0].message.contains("by its permissions boundary, no statement"));
}

#[test]
fn a_condition_that_is_not_known_is_unknown_unless_events_have_just_arrived() {
    let when = r#"{"Effect":"Allow","Action":"logs:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"audit"}}}"#;
    assert_eq!(with(&[when.to_owned()], LONG_AGO).status, Status::Unknown);
    assert_eq!(with(&[when.to_owned()], "").status, Status::Pass);
    let here = r#"{"Effect":"Allow","Action":"logs:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}"#;
    assert_eq!(with(&[here.to_owned()], "").status, Status::Pass);
}

#[test]
fn an_organisation_trail_needs_the_streams_of_its_members() {
    let own = format!("{GROUP}:log-stream:123456789012_CloudTrail_eu-west-1*");
    let check = with(&allowing(&own), &organisation());
    assert!(check.findings[0].message.contains(
        "on log stream o-exampleorgid_123456789012_CloudTrail_eu-west-1 of log group audit-trail"
    ));
    let [Fix::Change(Intent::AllowRole { statement, .. })] = &check.findings[0].fix[..] else {
        panic!("{:?}", check.findings[0].fix)
    };
    assert_eq!(statement["Resource"], format!("{GROUP}:log-stream:o-*"));
    for stream in ["o-*", "*"] {
        let both = [allowing(&own), allowing(&format!("{GROUP}:log-stream:{stream}"))].concat();
        assert_eq!(with(&both, &organisation()).status, Status::Pass, "{stream}");
    }
    let other = format!("{GROUP}:log-stream:o-a1b2c3d4e5_999988887777_CloudTrail_eu-west-1*");
    assert_eq!(with(&allowing(&other), &organisation()).status, Status::Fail);
}

#[test]
fn the_streams_of_an_organisation_bear_its_own_id() {
    let allows = |id: &str| allowing(&format!("{GROUP}:log-stream:{id}_*"));
    let known = |organization: &str| {
        format!(
            "{}\nstatus.seen = {{ IsLogging = true }}\n\
             [targets.\"123456789012/eu-west-1\"]\norganization{organization}",
            organisation()
        )
    };
    let seen = known(".seen.Id = \"o-a1b2c3d4e5\"");
    assert_eq!(with(&allows("o-a1b2c3d4e5"), &seen).status, Status::Pass);
    let check = with(&allows("o-9z8y7x6w5v"), &seen);
    assert_eq!(check.status, Status::Fail);
    let [Fix::Change(Intent::AllowRole { statement, .. })] = &check.findings[0].fix[..] else {
        panic!("{:?}", check.findings[0].fix)
    };
    assert_eq!(statement["Resource"], format!("{GROUP}:log-stream:o-a1b2c3d4e5_*"));
    // Who may not see which it is, cannot know whether it is that of the policy.
    let denied = known(" = \"denied: organizations:DescribeOrganization\"");
    let long_ago = denied.replace(
        "{ IsLogging = true }",
        "{ IsLogging = true, LatestCloudWatchLogsDeliveryTime = \"2026-01-05T09:10:00Z\" }",
    );
    assert_eq!(with(&allows("o-a1b2c3d4e5"), &long_ago).status, Status::Unknown);
    assert_eq!(with(&allows("o-*"), &long_ago).status, Status::Pass);
}

#[test]
fn of_an_organisation_that_nobody_saw_a_doubt_is_no_refusal() {
    let bounded = format!(
        "{}\n[{ROLE}.role.seen]\nPermissionsBoundaryArn = \
         \"arn:aws:iam::123456789012:policy/boundary\"",
        organisation()
    );
    for id in ["o-a1b2c3d4e5", "o-z9y8x7w6v5"] {
        let named = allowing(&format!("{GROUP}:log-stream:{id}_*"));
        assert_eq!(with(&named, &bounded).status, Status::Unknown, "{id}");
        assert_eq!(with(&named, &organisation()).status, Status::Unknown, "{id}");
    }
}
