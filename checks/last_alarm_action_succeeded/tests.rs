use std::collections::BTreeSet;

use secmon_core::baseline::BaselineEntry;
use secmon_core::report::{CheckReport, Status, Verdict};
use secmon_core::route::{Pins, What};
use secmon_core::snapshot::{Scenario, Snapshot};

use super::MENDED_BY;
use crate::tests::{check, report};
use crate::{history_to_read, run};

const ID: &str = "last-alarm-action-succeeded";
const REFUSED: &str = "CloudWatch Alarms is not authorized to perform: SNS:Publish on \
                       resource:arn:aws:sns:eu-west-1:123456789012:security-alerts";

fn action(time: &str, error: Option<&str>) -> String {
    let (state, error) = match error {
        Some(error) => ("Failed", format!("\"{error}\"")),
        None => ("Succeeded", "null".to_owned()),
    };
    format!(
        r#"{{ Timestamp = "{time}", HistoryItemType = "Action", HistorySummary = "", HistoryData = '{{"actionState":"{state}","notificationResource":"arn:aws:sns:eu-west-1:123456789012:security-alerts","error":{error}}}' }}"#
    )
}

fn history(items: &[String]) -> String {
    format!(
        "[targets.\"123456789012/eu-west-1\".alarm_histories.secret-read]\nseen = [{}]\n",
        items.join(", ")
    )
}

/// Event history was read, and holds one `SetTopicAttributes` of the topic at this time, if any.
fn events(change: Option<&str>) -> String {
    let mut text = "[targets.\"123456789012/eu-west-1\".event_history]\n".to_owned();
    for name in MENDED_BY {
        let event = change.filter(|_| *name == "SetTopicAttributes").map(|time| {
            format!(
                r#"{{ EventId = "1", EventName = "{name}", EventTime = "{time}", CloudTrailEvent = '{{"userIdentity":{{"type":"IAMUser","userName":"alice"}},"requestParameters":{{"topicArn":"arn:aws:sns:eu-west-1:123456789012:security-alerts"}}}}' }}"#
            )
        });
        text += &format!("{name} = {{ seen = {{ events = [{}] }} }}\n", event.unwrap_or_default());
    }
    text
}

fn with(scenario: &str) -> CheckReport {
    check(ID, scenario)
}

fn reason(found: CheckReport) -> String {
    assert_eq!(found.status, Status::Unknown);
    found.unseen.unwrap().reason
}

/// A condition that only AWS can answer: whether the policy admits the alarm is unknown.
const BY_ORGANISATION: &str = r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".attributes.seen]
Policy = '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"aws:SourceOrgID":"o-abcdef1234"}}}]}'
"#;

const REFUSING: &str = r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".attributes.seen]
Policy = '{"Statement":[]}'
"#;

const FAILED_AT: &str = "2026-01-04T16:20:10Z";

fn failure() -> String {
    history(&[action(FAILED_AT, Some(REFUSED))])
}

#[test]
fn a_live_failure_turns_an_unknown_policy_into_no() {
    let before = report(&(history(&[]) + BY_ORGANISATION));
    assert_eq!(before.verdict, Verdict::CannotTell);
    let report = report(&(failure() + BY_ORGANISATION + &events(None)));
    assert_eq!(report.verdict, Verdict::No);
    let found: Vec<_> = report.with(Status::Fail).collect();
    assert_eq!(found.iter().map(|check| check.id).collect::<Vec<_>>(), [ID]);
    assert!(found[0].findings[0].message.contains(REFUSED), "{:?}", found[0].findings);
}

#[test]
fn a_policy_that_refuses_still_needs_no_event_history_and_no_second_fix() {
    let found = with(&(failure() + REFUSING));
    assert!(found.findings[0].message.contains("policy refused it, and does so still."));
    assert!(found.findings[0].fix.is_empty());
    assert_eq!(found.symptom_of, Some("topic-admits-its-publisher"));
    let report = report(&(failure() + REFUSING));
    let causes: Vec<&str> = report.causes().map(|check| check.id).collect();
    assert_eq!(causes, ["topic-admits-its-publisher"]);
}

#[test]
fn a_policy_that_admits_it_now_may_have_been_mended_a_minute_ago() {
    for events in ["", &events(None)] {
        let report = report(&(failure() + events));
        assert_eq!(report.verdict, Verdict::CannotTell);
        let found = report.checks.into_iter().find(|check| check.id == ID).unwrap();
        assert!(reason(found).ends_with("; the topic's policy as it is now admits it"));
    }
}

#[test]
fn a_key_that_was_taken_off_refuses_nothing() {
    let key =
        "CloudWatch Alarms does not have authorization to access the SNS topic encryption key.";
    let scenario = history(&[action(FAILED_AT, Some(key))])
        + "[targets.\"123456789012/eu-west-1\".topics.\"arn:aws:sns:eu-west-1:123456789012:security-alerts\".attributes.seen]\nKmsMasterKeyId = \"\"";
    assert!(reason(with(&scenario)).ends_with("; the topic's key as it is now admits it"));
}

#[test]
fn a_change_of_the_topic_after_the_failure_makes_it_stale() {
    let failure = failure() + BY_ORGANISATION;
    let after = with(&(failure.clone() + &events(Some("2026-01-05T08:00:00Z"))));
    assert!(reason(after).ends_with("; user alice called SetTopicAttributes after that"));
    let before = with(&(failure + &events(Some("2026-01-03T08:00:00Z"))));
    assert_eq!(before.status, Status::Fail);
}

#[test]
fn without_event_history_nobody_can_tell_and_it_is_asked_for() {
    let scenario = failure() + BY_ORGANISATION;
    let snapshot = Scenario::from_toml(&scenario).unwrap().apply(&Snapshot::healthy()).unwrap();
    let report = run(&snapshot, &BaselineEntry::secret_access(), &Pins::default());
    assert_eq!(report.verdict(), Verdict::CannotTell);
    assert!(reason(with(&scenario)).ends_with("; whether it was mended is not told"));
    let wanted: BTreeSet<String> = history_to_read(&snapshot, &report)
        .into_iter()
        .map(|read| match read.what {
            What::LookupEvents { event_name } => event_name,
            what => panic!("{what:?}"),
        })
        .collect();
    assert_eq!(wanted, MENDED_BY.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn event_history_must_be_read_whole_or_back_to_the_failure() {
    let with = |events: &str| with(&(failure() + BY_ORGANISATION + events)).status;
    let one = |name: &str, read: &str| {
        let empty = format!("{name} = {{ seen = {{ events = [] }} }}");
        let text = events(None);
        assert!(text.contains(&empty));
        text.replace(&empty, &format!("{name} = {read}"))
    };
    assert_eq!(with(&events(None)), Status::Fail);
    for read in [
        "\"denied: cloudtrail:LookupEvents\"",
        "\"failed: time-out\"",
        "{ seen = { events = [], more = true } }",
    ] {
        assert_eq!(with(&one("PutKeyPolicy", read)), Status::Unknown, "{read}");
    }
    let event = |time: &str| {
        format!(
            "{{ seen = {{ events = [{{ EventId = \"1\", EventName = \"EnableKey\", EventTime = \"{time}\" }}], more = true }} }}"
        )
    };
    assert_eq!(with(&one("EnableKey", &event("2026-01-05T08:00:00Z"))), Status::Unknown);
    assert_eq!(with(&one("EnableKey", &event("2026-01-03T08:00:00Z"))), Status::Fail);
}

#[test]
fn a_later_success_clears_it_and_a_later_change_of_the_alarm_makes_it_stale() {
    let later = "2026-01-05T09:00:00Z";
    let failure = action(FAILED_AT, Some(REFUSED));
    let found = with(&(history(&[action(later, None), failure.clone()]) + &events(None)));
    assert_eq!(found.status, Status::Pass);
    let update = format!(
        r#"{{ Timestamp = "{later}", HistoryItemType = "ConfigurationUpdate", HistorySummary = "" }}"#
    );
    let found = with(&(history(&[update, failure]) + &events(None)));
    assert!(reason(found).ends_with("; the alarm was changed after that"));
}

#[test]
fn a_text_nobody_has_recorded_is_printed_and_decides_nothing() {
    let found = with(&(history(&[action(FAILED_AT, Some("Gremlins."))]) + &events(None)));
    assert_eq!(
        reason(found),
        "it failed on 2026-01-04 16:20 UTC with \"Gremlins.\", a text whose cause is not on record"
    );
}

#[test]
fn an_alarm_that_never_acted_on_this_topic_has_nothing_to_show() {
    let other = action(FAILED_AT, Some(REFUSED)).replace("security-alerts", "other");
    for items in [vec![], vec![other]] {
        assert_eq!(with(&history(&items)).status, Status::NotApplicable);
    }
}

#[test]
fn a_history_that_could_not_be_read_is_unknown_and_costs_nothing() {
    for history in ["denied: cloudwatch:DescribeAlarmHistory", "failed: time-out", "not asked"] {
        let scenario = format!(
            "[targets.\"123456789012/eu-west-1\".alarm_histories]\nsecret-read = \"{history}\""
        );
        let report = report(&scenario);
        assert_eq!(report.verdict, Verdict::Yes, "{history}");
        let found = report.checks.into_iter().find(|check| check.id == ID).unwrap();
        assert_eq!(found.status, Status::Unknown, "{history}");
    }
}

const KEY_REFUSED: &str =
    "CloudWatch Alarms does not have authorization to access the SNS topic encryption key.";
const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f";

#[test]
fn a_key_whose_changes_are_not_to_be_found_is_no_proof() {
    let failed = history(&[action(FAILED_AT, Some(KEY_REFUSED))]) + &events(None);
    let keys = "[targets.\"123456789012/eu-west-1\".keys.";
    let of_topic = "[targets.\"123456789012/eu-west-1\".topics.\"arn:aws:sns:eu-west-1:123456789012:security-alerts\".attributes.seen]\nKmsMasterKeyId = ";
    let own = format!("{keys}\"{KEY}\"]\npolicy = \"denied: kms:GetKeyPolicy\"\n");
    assert_eq!(with(&(failed.clone() + &own)).status, Status::Fail);
    let foreign = KEY.replace("123456789012", "999988887777");
    for id in ["alias/alerts", foreign.as_str()] {
        let denied = format!(
            "{of_topic}\"{id}\"\n{keys}\"{id}\"]\nmetadata = \"denied: kms:DescribeKey\"\npolicy = \"denied: kms:GetKeyPolicy\"\n"
        );
        let found = reason(with(&(failed.clone() + &denied)));
        assert!(found.ends_with("; whether it was mended is not told"), "{id}: {found}");
    }
}

#[test]
fn a_grant_given_after_the_failure_makes_it_stale() {
    let grant = format!(
        r#"{{ EventId = "1", EventName = "CreateGrant", EventTime = "2026-01-05T08:00:00Z", CloudTrailEvent = '{{"userIdentity":{{"type":"IAMUser","userName":"alice"}},"requestParameters":{{"keyId":"{KEY}"}}}}' }}"#
    );
    let events = events(None).replace(
        "CreateGrant = { seen = { events = [] } }",
        &format!("CreateGrant = {{ seen = {{ events = [{grant}] }} }}"),
    );
    let denied = format!(
        "[targets.\"123456789012/eu-west-1\".keys.\"{KEY}\"]\npolicy = \"denied: kms:GetKeyPolicy\"\n"
    );
    let failed = history(&[action(FAILED_AT, Some(KEY_REFUSED))]);
    let found = reason(with(&(failed + &denied + &events)));
    assert!(found.ends_with("; user alice called CreateGrant after that"), "{found}");
}

#[test]
fn of_a_failure_a_moment_ago_event_history_cannot_tell_yet() {
    let taken = Snapshot::healthy().taken_at;
    let before = |minutes: u64| (taken - std::time::Duration::from_secs(60 * minutes)).to_string();
    let with = |time: &str| {
        with(&(history(&[action(time, Some(REFUSED))]) + BY_ORGANISATION + &events(None)))
    };
    assert_eq!(with(&before(16)).status, Status::Fail);
    assert!(reason(with(&before(5))).ends_with("; whether it was mended is not told"));
}
