use secmon_core::finding::Stage;
use secmon_core::report::{Status, Verdict};

use super::CHECK;
use crate::evidence::tests::{HERE, in_group, quiet, read_and};
use crate::history::IAM_CALLS;
use crate::tests::{check, report};

const ID: &str = "last-read-reached-log-group";
const IAM: &str = "targets.\"123456789012/us-east-1\"";
const ROLE: &str = "arn:aws:iam::123456789012:role/trail-to-logs";
const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail";

/// Nobody changed anything, but for these events of `UpdateTrail`.
fn history(updates: &str) -> String {
    let (here, of_iam): (Vec<_>, Vec<_>) =
        CHECK.changed_by.iter().copied().partition(|name| !IAM_CALLS.contains(name));
    let calls = here.iter().map(|name| (*name, if *name == "UpdateTrail" { updates } else { "" }));
    read_and(&calls.collect::<Vec<_>>()) + &quiet(IAM, &of_iam)
}

fn status(scenario: &str) -> Status {
    check(ID, scenario).status
}

#[test]
fn a_read_that_arrived_passes() {
    assert_eq!(status(&(in_group(true) + &history(""))), Status::Pass);
}

#[test]
fn a_trail_that_is_stopped_has_the_missing_read_for_a_symptom() {
    let stopped = format!("[{HERE}.trails.seen.\"{TRAIL}\".status.seen]\nIsLogging = false\n");
    let found = check(ID, &(stopped + &in_group(false) + &history("")));
    assert_eq!(found.status, Status::Fail);
    assert_eq!(found.findings[0].between, Some((Stage::Trail, Stage::Delivery)));
}

#[test]
fn a_change_after_the_read_makes_it_stale() {
    let update = |time: &str| {
        format!(
            r#"{{ EventId = "1", EventName = "UpdateTrail", EventTime = "{time}", CloudTrailEvent = '{{"userIdentity":{{"type":"IAMUser","userName":"alice"}},"requestParameters":{{"name":"audit-trail"}}}}' }}"#
        )
    };
    let after = in_group(false) + &history(&update("2026-01-05T09:30:00Z"));
    let report = report(&after);
    assert_eq!(report.verdict, Verdict::Yes);
    assert_eq!(status(&after), Status::NotApplicable);
    assert_eq!(
        status(&(in_group(false) + &history(&update("2026-01-05T09:00:00Z")))),
        Status::Unknown
    );
}

#[test]
fn a_healthy_chain_is_never_accused_of_a_read_that_could_not_be_there() {
    let read = history("");
    let started = format!(
        "[{HERE}.trails.seen.\"{TRAIL}\".status.seen]\nStartLoggingTime = \"2026-01-05T09:13:30Z\"\n"
    );
    let group = |field: &str| format!("[{HERE}.log_groups.seen.audit-trail]\n{field}\n");
    let young = read.replace("2026-01-05T09:14:00Z", "2026-01-05T09:50:00Z");
    let old = read.replace("2026-01-05T09:14:00Z", "2025-12-20T09:14:00Z");
    for scenario in [
        in_group(false) + &started + &read,
        in_group(false) + &group("creationTime = 1767604500000") + &read,
        in_group(false) + &young,
        in_group(false) + &old,
        history(""),
    ] {
        let report = report(&scenario);
        let found = check(ID, &scenario);
        let nothing = matches!(found.status, Status::NotApplicable | Status::Unknown);
        assert!(nothing, "{scenario}");
        assert_eq!(report.verdict, Verdict::Yes, "{scenario}");
    }
}

#[test]
fn a_search_that_was_denied_costs_nothing() {
    let denied = in_group(true).replace("[{ timestamp = 1767604545310 }]", "[]");
    let denied = denied.replace(".seen = []", " = \"denied: logs:FilterLogEvents\"");
    let report = report(&(denied.clone() + &history("")));
    assert_eq!(report.verdict, Verdict::Yes);
    assert_eq!(status(&(denied + &history(""))), Status::Unknown);
}

/// A policy of the role could not be read: the settings are in doubt.
fn doubtful() -> String {
    format!(
        "[{HERE}.roles.\"{ROLE}\".inline_policies.seen]\nwrite-log-group = \"denied: iam:GetRolePolicy\"\n"
    )
}

/// The history, but for one call after the read.
fn called(name: &str, parameters: &str) -> String {
    let event = format!(
        r#"{{ EventId = "1", EventName = "{name}", EventTime = "2026-01-05T09:30:00Z", CloudTrailEvent = '{{"userIdentity":{{"type":"IAMUser","userName":"alice"}},"requestParameters":{parameters}}}' }}"#
    );
    let (quiet, line) = (history(""), format!("\n{name} = {{ seen = {{ events = [] }} }}\n"));
    assert!(quiet.contains(&line), "{name}");
    quiet.replace(&line, &format!("\n{name} = {{ seen = {{ events = [{event}] }} }}\n"))
}

#[test]
fn policies_that_were_not_listed_may_have_been_mended() {
    let absent = doubtful() + &in_group(false);
    assert_eq!(status(&(absent.clone() + &history(""))), Status::Fail);
    let denied = format!(
        "[{HERE}.roles.\"{ROLE}\"]\nattached_policies = \"denied: iam:ListAttachedRolePolicies\"\n"
    );
    let version = r#"{"policyArn":"arn:aws:iam::123456789012:policy/write-logs"}"#;
    for history in [history(""), called("CreatePolicyVersion", version)] {
        let scenario = absent.clone() + &denied + &history;
        assert_eq!(status(&scenario), Status::Unknown);
        assert_eq!(report(&scenario).verdict, Verdict::CannotTell);
    }
}

#[test]
fn a_role_made_anew_or_bounded_after_the_read_makes_it_stale() {
    for name in ["CreateRole", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"] {
        let of = |role: &str| {
            let history = called(name, &format!(r#"{{"roleName":"{role}"}}"#));
            status(&(doubtful() + &in_group(false) + &history))
        };
        assert_eq!(of("trail-to-logs"), Status::NotApplicable, "{name}");
        assert_eq!(of("another"), Status::Fail, "{name}");
    }
}

#[test]
fn the_groups_key_is_on_the_way() {
    let key = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-4333-8444-555555555555";
    let with = |key: &str, history: &str| {
        let encrypted = format!(
            "[{HERE}.log_groups.seen.audit-trail]\nkmsKeyId = \"{key}\"\n[{HERE}.keys.\"{key}\"]\nmetadata = \"denied: kms:DescribeKey\"\npolicy = \"denied: kms:GetKeyPolicy\"\n"
        );
        status(&(encrypted + &in_group(false) + history))
    };
    assert_eq!(with(key, &history("")), Status::Fail);
    let of_key = format!(r#"{{"keyId":"{key}"}}"#);
    let of_group = r#"{"logGroupName":"audit-trail"}"#;
    for (name, parameters) in [
        ("EnableKey", of_key.as_str()),
        ("PutKeyPolicy", &of_key),
        ("CreateGrant", &of_key),
        ("AssociateKmsKey", of_group),
        ("DisassociateKmsKey", of_group),
    ] {
        assert_eq!(with(key, &called(name, parameters)), Status::NotApplicable, "{name}");
    }
    let foreign = key.replace("123456789012", "999988887777");
    assert_eq!(with(&foreign, &history("")), Status::Unknown);
}
