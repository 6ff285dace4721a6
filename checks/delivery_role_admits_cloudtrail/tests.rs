use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::{CheckReport, Status};

use crate::tests::{check, report};

const ID: &str = "delivery-role-admits-cloudtrail";
const ROLE: &str =
    "[targets.\"123456789012/eu-west-1\".roles.\"arn:aws:iam::123456789012:role/trail-to-logs\"";

fn trusting(statements: &str) -> CheckReport {
    trusting_but(statements, "")
}

fn trusting_but(statements: &str, more: &str) -> CheckReport {
    check(
        ID,
        &format!(
            "{ROLE}.role.seen]\nAssumeRolePolicyDocument = \
             '{{\"Version\":\"2012-10-17\",\"Statement\":[{statements}]}}'\n{more}"
        ),
    )
}

const ALLOW: &str = r#"{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com","cloudtrail.amazonaws.com"]},"Action":"sts:AssumeRole"}"#;

/// The last delivery was an hour ago.
const LONG_AGO: &str = r#"
[targets."123456789012/eu-west-1".trails.seen."arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail".status.seen]
LatestCloudWatchLogsDeliveryTime = "2026-01-05T09:10:00Z"
"#;

#[test]
fn one_service_among_several_is_enough() {
    assert_eq!(trusting(ALLOW).status, Status::Pass);
}

#[test]
fn an_account_in_the_trust_policy_does_not_mean_the_service() {
    let account = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}"#;
    let check = trusting(account);
    assert!(check.findings[0].message.contains("never cover a service"));
    assert!(matches!(
        &check.findings[0].fix[..],
        [Fix::Change(Intent::TrustService { service, .. })] if service == "cloudtrail.amazonaws.com"
    ));
}

#[test]
fn against_a_deny_no_allow_is_proposed() {
    let deny = r#"{"Sid":"Frozen","Effect":"Deny","Principal":"*","Action":"sts:*"}"#;
    let check = trusting(&format!("{ALLOW},{deny}"));
    assert_eq!(
        check.findings[0].message,
        "Role trail-to-logs does not let cloudtrail.amazonaws.com assume it: denied by statement 2 \
         \"Frozen\"."
    );
    assert!(matches!(&check.findings[0].fix[..], [Fix::Manual(step)] if step.contains("Frozen")));
}

#[test]
fn a_condition_on_the_trail_is_unknown_unless_events_have_just_arrived() {
    let when = r#"{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}"#;
    assert_eq!(trusting(when).status, Status::Pass);
    let check = trusting_but(when, LONG_AGO);
    assert_eq!(check.status, Status::Unknown);
    assert!(check.unseen.unwrap().reason.contains("aws:SourceAccount"));
}

#[test]
fn a_role_that_could_not_be_read_or_understood_is_unknown() {
    for answer in ["denied: iam:GetRole", "failed: timed out", "not asked"] {
        let check = check(ID, &format!("{ROLE}]\nrole = \"{answer}\""));
        assert_eq!(check.status, Status::Unknown, "{answer}");
    }
    assert_eq!(trusting("7").status, Status::Unknown);
    let nobody_asked = "remove = [\"/targets/123456789012~1eu-west-1/roles\"]";
    assert_eq!(check(ID, nobody_asked).status, Status::Unknown);
}

#[test]
fn a_missing_role_is_reported_once() {
    let report = report(&format!(
        "{ROLE}]\nrole = \"absent\"\ninline_policies = \"absent\"\nattached_policies = \"absent\""
    ));
    let of = |id: &str| report.checks.iter().find(|check| check.id == id).unwrap();
    assert_eq!(of("delivery-role-may-write").status, Status::Skipped);
    assert!(matches!(
        &of(ID).findings[0].fix[..],
        [Fix::Change(Intent::DeliverTo { role_arn: None, .. })]
    ));
}

#[test]
fn a_trail_without_a_role_has_none_to_judge() {
    let scenario = r#"
remove = ["/targets/123456789012~1eu-west-1/trails/seen/arn:aws:cloudtrail:eu-west-1:123456789012:trail~1audit-trail/CloudWatchLogsRoleArn"]
"#;
    let check = check(ID, scenario);
    assert_eq!(check.status, Status::Skipped);
    assert_eq!(check.reason.unwrap(), "trail audit-trail names no delivery role");
}
