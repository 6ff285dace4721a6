use std::collections::BTreeSet;

use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::Effect;
use secmon_core::report::{CheckReport, EntryReport, Status, Verdict};
use secmon_core::route::{Pins, What};
use secmon_core::snapshot::{Scenario, Snapshot};

use super::LIFTED;
use crate::tests::report;
use crate::{CHECKLIST, history_to_read, run};

pub(crate) const HERE: &str = "targets.\"123456789012/eu-west-1\"";
const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:security-alerts";
const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f";

/// A read of the secret by role deploy on 2026-01-05 at 09:14, in Event history.
pub(crate) const READ: &str = r#"{ EventId = "5e2c8d1a-7b3f-4c96-a0d4-1f6e9b8c2a57", EventName = "GetSecretValue", EventTime = "2026-01-05T09:14:00Z", Username = "alice", CloudTrailEvent = '{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEROLE000001:alice","arn":"arn:aws:sts::123456789012:assumed-role/deploy/alice","accountId":"123456789012","accessKeyId":"ASIAEXAMPLEROLE00001","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEROLE000001","arn":"arn:aws:iam::123456789012:role/deploy","accountId":"123456789012","userName":"deploy"}}},"eventTime":"2026-01-05T09:14:00Z","eventSource":"secretsmanager.amazonaws.com","eventName":"GetSecretValue","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.10","userAgent":"aws-cli/2.36.28","requestParameters":{"secretId":"TopSecretInfo"},"responseElements":null,"requestID":"9d0a1c0e-63a1-4a0c-9d3c-0b6a6a1f7e21","eventID":"5e2c8d1a-7b3f-4c96-a0d4-1f6e9b8c2a57","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}' }"#;
const READ_ID: &str = "5e2c8d1a-7b3f-4c96-a0d4-1f6e9b8c2a57";

/// Event history that holds the read, and these calls' events.
pub(crate) fn read_and(changes: &[(&str, &str)]) -> String {
    let mut text = format!("[{HERE}.event_history]\nGetSecretValue.seen.events = [{READ}]\n");
    for (name, events) in changes {
        text += &format!("{name} = {{ seen = {{ events = [{events}] }} }}\n");
    }
    text
}

/// Calls of which Event history holds none, in this Region or in that of IAM.
pub(crate) fn quiet(place: &str, names: &[&str]) -> String {
    let mut text = format!("[{place}.event_history]\n");
    for name in names {
        text += &format!("{name} = {{ seen = {{ events = [] }} }}\n");
    }
    text
}

/// Where the read's log event is: 105 seconds after it, or nowhere.
pub(crate) fn in_group(arrived: bool) -> String {
    let found = if arrived { "{ timestamp = 1767604545310 }" } else { "" };
    format!("[{HERE}.filtered_log_events.audit-trail]\n\"{READ_ID}\".seen = [{found}]\n")
}

fn of(report: &EntryReport, id: &str) -> CheckReport {
    report.checks.iter().find(|check| check.id == id).unwrap().clone()
}

const KEY_CALLS: [&str; 8] = [
    "SetTopicAttributes",
    "PutKeyPolicy",
    "DisableKey",
    "ScheduleKeyDeletion",
    "CreateTopic",
    "RetireGrant",
    "RevokeGrant",
    "UpdateAlias",
];
const KEY_CHECK: &str = "topic-key-admits-its-publisher";

fn denied_key_policy() -> String {
    format!("[{HERE}.keys.\"{KEY}\"]\npolicy = \"denied: kms:GetKeyPolicy\"\n")
}

fn put_key_policy(time: &str) -> String {
    format!(
        "{{ EventId = \"1\", EventName = \"PutKeyPolicy\", EventTime = \"{time}\", CloudTrailEvent = '{{\"userIdentity\":{{\"type\":\"IAMUser\",\"userName\":\"alice\"}},\"requestParameters\":{{\"keyId\":\"{KEY}\"}}}}' }}"
    )
}

#[test]
fn what_is_lifted_are_checks_that_break_the_chain() {
    for (id, ..) in LIFTED {
        let check = CHECKLIST.iter().find(|check| check.id == *id).unwrap();
        assert_eq!(check.effect, Effect::Breaks, "{id}");
    }
}

#[test]
fn a_success_since_which_nobody_changed_anything_lifts_a_denied_key_policy() {
    let report = report(&(denied_key_policy() + &quiet(HERE, &KEY_CALLS)));
    assert_eq!(report.verdict, Verdict::Yes);
    let check = of(&report, KEY_CHECK);
    assert_eq!(check.status, Status::Pass);
    assert_eq!(
        check.proven.as_deref(),
        Some(
            "alarm secret-read notified topic security-alerts on 2026-01-04 16:20 UTC, and Event \
             history shows no change since"
        )
    );
}

#[test]
fn without_event_history_it_is_asked_for_and_nothing_is_lifted() {
    let scenario = denied_key_policy();
    let snapshot = Scenario::from_toml(&scenario).unwrap().apply(&Snapshot::healthy()).unwrap();
    let report = run(&snapshot, &BaselineEntry::secret_access(), &Pins::default());
    assert_eq!(report.verdict(), Verdict::CannotTell);
    let wanted: BTreeSet<String> = history_to_read(&snapshot, &report)
        .into_iter()
        .map(|read| match read.what {
            What::LookupEvents { event_name } => event_name,
            what => panic!("{what:?}"),
        })
        .collect();
    assert_eq!(wanted, KEY_CALLS.map(str::to_owned).into());
    // A chain without any doubt has no use for it.
    let healthy = Snapshot::healthy();
    let report = run(&healthy, &BaselineEntry::secret_access(), &Pins::default());
    assert!(history_to_read(&healthy, &report).is_empty());
}

#[test]
fn a_later_change_a_history_cut_short_or_a_later_failure_lift_nothing() {
    let with = |key_policy: &str| {
        let quiet = quiet(HERE, &KEY_CALLS)
            .replace("PutKeyPolicy = { seen = { events = [] } }", key_policy);
        of(&report(&(denied_key_policy() + &quiet)), KEY_CHECK).status
    };
    let events = |time: &str, more: &str| {
        format!("PutKeyPolicy = {{ seen = {{ events = [{}]{more} }} }}", put_key_policy(time))
    };
    assert_eq!(with(&events("2026-01-05T08:00:00Z", "")), Status::Unknown);
    assert_eq!(with(&events("2026-01-03T08:00:00Z", "")), Status::Pass);
    assert_eq!(with(&events("2026-01-03T08:00:00Z", ", more = true")), Status::Pass);
    assert_eq!(with("PutKeyPolicy = { seen = { events = [], more = true } }"), Status::Unknown);
    assert_eq!(with("PutKeyPolicy = \"denied: cloudtrail:LookupEvents\""), Status::Unknown);
    let failed = format!(
        "[{HERE}.alarm_histories.secret-read]\nseen = [{{ Timestamp = \"2026-01-05T09:00:00Z\", HistoryItemType = \"Action\", HistorySummary = \"Failed to execute action {TOPIC}\" }}]\n"
    );
    let report = report(&(denied_key_policy() + &failed + &quiet(HERE, &KEY_CALLS)));
    assert_eq!(of(&report, KEY_CHECK).status, Status::Unknown);
}

#[test]
fn a_success_overturns_no_failure() {
    let calls = ["SetTopicAttributes", "AddPermission", "RemovePermission", "CreateTopic"];
    let refusing =
        format!("[{HERE}.topics.\"{TOPIC}\".attributes.seen]\nPolicy = '{{\"Statement\":[]}}'\n");
    let report = report(&(refusing + &quiet(HERE, &calls)));
    assert_eq!(report.verdict, Verdict::No);
    assert_eq!(of(&report, "topic-admits-its-publisher").status, Status::Fail);
}

const ROLE_CHECK: &str = "delivery-role-may-write";
const ROLE_CALLS: [&str; 9] = [
    "PutRolePolicy",
    "DeleteRolePolicy",
    "AttachRolePolicy",
    "DetachRolePolicy",
    "CreatePolicyVersion",
    "SetDefaultPolicyVersion",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
    "CreateRole",
];

fn denied_role_policy() -> String {
    let role = "arn:aws:iam::123456789012:role/trail-to-logs";
    format!(
        "[{HERE}.roles.\"{role}\".inline_policies.seen]\nwrite-log-group = \"denied: iam:GetRolePolicy\"\n"
    )
}

fn quiet_roles() -> String {
    quiet("targets.\"123456789012/us-east-1\"", &ROLE_CALLS)
}

#[test]
fn a_read_that_arrived_lifts_a_denied_role_policy_and_one_that_did_not_lifts_nothing() {
    let with = |arrived: bool| {
        let history = read_and(&[("UpdateTrail", ""), ("CreateTrail", "")]) + &quiet_roles();
        report(&(denied_role_policy() + &in_group(arrived) + &history))
    };
    let arrived = of(&with(true), ROLE_CHECK);
    assert_eq!(arrived.status, Status::Pass);
    assert_eq!(
        arrived.proven.as_deref(),
        Some(
            "a read by role deploy on 2026-01-05 09:14 UTC reached log group audit-trail, and Event \
             history shows no change since"
        )
    );
    assert_eq!(of(&with(false), ROLE_CHECK).status, Status::Unknown);
}

#[test]
fn of_two_trails_with_one_group_nobody_knows_which_one_a_read_came_by() {
    let arn = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/second";
    let second = format!(
        "[{HERE}.trails.seen.\"{arn}\"]\nName = \"second\"\nTrailARN = \"{arn}\"\nHomeRegion = \"eu-west-1\"\nCloudWatchLogsLogGroupArn = \"arn:aws:logs:eu-west-1:123456789012:log-group:audit-trail:*\"\nstatus.seen = {{ IsLogging = false }}\nselectors.seen = {{}}\n"
    );
    let history = read_and(&[("UpdateTrail", ""), ("CreateTrail", "")]) + &quiet_roles();
    let report = report(&(denied_role_policy() + &second + &in_group(true) + &history));
    assert_eq!(of(&report, ROLE_CHECK).status, Status::Unknown);
}

const ROLE: &str = "arn:aws:iam::123456789012:role/trail-to-logs";

#[test]
fn of_policies_that_were_not_listed_and_of_boundaries_no_change_is_found() {
    let with = |more: &str| {
        let history = read_and(&[("UpdateTrail", ""), ("CreateTrail", "")]) + &quiet_roles();
        of(&report(&(denied_role_policy() + more + &in_group(true) + &history)), ROLE_CHECK).status
    };
    let role = format!("[{HERE}.roles.\"{ROLE}\"]\n");
    let bounded = format!(
        "[{HERE}.roles.\"{ROLE}\".role.seen]\nPermissionsBoundaryArn = \"arn:aws:iam::123456789012:policy/edge\"\n"
    );
    assert_eq!(with(""), Status::Pass);
    for more in [
        role.clone() + "attached_policies = \"denied: iam:ListAttachedRolePolicies\"\n",
        role + "role = \"denied: iam:GetRole\"\n",
        bounded,
    ] {
        assert_eq!(with(&more), Status::Unknown, "{more}");
    }
}

#[test]
fn a_trail_or_role_made_anew_or_bounded_since_the_read_lifts_nothing() {
    let with = |name: &str, parameters: &str| {
        let event = format!(
            "{{ EventId = \"1\", EventName = \"{name}\", EventTime = \"2026-01-05T09:30:00Z\", CloudTrailEvent = '{{\"userIdentity\":{{\"type\":\"IAMUser\",\"userName\":\"alice\"}},\"requestParameters\":{parameters}}}' }}"
        );
        let quiet = read_and(&[("UpdateTrail", ""), ("CreateTrail", "")]) + &quiet_roles();
        let line = format!("\n{name} = {{ seen = {{ events = [] }} }}\n");
        assert!(quiet.contains(&line), "{name}");
        let history =
            quiet.replace(&line, &format!("\n{name} = {{ seen = {{ events = [{event}] }} }}\n"));
        of(&report(&(denied_role_policy() + &in_group(true) + &history)), ROLE_CHECK).status
    };
    assert_eq!(with("CreateTrail", r#"{"name":"audit-trail"}"#), Status::Unknown);
    assert_eq!(with("CreateTrail", r#"{"name":"another"}"#), Status::Pass);
    for name in ["CreateRole", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"] {
        assert_eq!(with(name, r#"{"roleName":"trail-to-logs"}"#), Status::Unknown, "{name}");
        assert_eq!(with(name, r#"{"roleName":"another"}"#), Status::Pass, "{name}");
    }
}

#[test]
fn a_key_that_nobody_knows_is_not_lifted_and_the_topics_policy_is() {
    let denied =
        format!("[{HERE}.topics.\"{TOPIC}\"]\nattributes = \"denied: sns:GetTopicAttributes\"\n");
    let mut calls = KEY_CALLS.to_vec();
    calls.extend(["AddPermission", "RemovePermission"]);
    let report = report(&(denied + &quiet(HERE, &calls)));
    assert_eq!(of(&report, KEY_CHECK).status, Status::Unknown);
    assert_eq!(of(&report, "topic-admits-its-publisher").status, Status::Pass);
    assert_eq!(report.verdict, Verdict::CannotTell);
}
