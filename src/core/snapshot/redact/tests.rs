//! Nothing of the account is left, and everything that was joined is joined.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::policy::{PolicyDocument, Request, evaluate};
use crate::route::{Hop, Link, Pins, search};
use crate::snapshot::{Arn, Scenario, Target};

const ACCOUNT: &str = "123456789012";

fn here() -> Target {
    Target::try_from("123456789012/eu-west-1".to_owned()).unwrap()
}

/// The healthy account with this put over what was seen in its only target.
fn with(patch: Value) -> Snapshot {
    let scenario = Scenario {
        remove: Vec::new(),
        patch: json!({"targets": {here().to_string(): patch}}).as_object().unwrap().clone(),
    };
    scenario.apply(&Snapshot::healthy()).unwrap()
}

/// Everything but the questions, most of which are secmon's own examples.
fn shown(snapshot: &Snapshot) -> String {
    let mut snapshot = snapshot.clone();
    snapshot.pattern_tests = PatternTests::default();
    snapshot.to_json()
}

fn assert_gone(snapshot: &Snapshot, names: &[&str]) {
    let before = shown(snapshot);
    let after = shown(&snapshot.redacted());
    for name in names {
        assert!(before.contains(name), "{name} was not there");
        assert!(!after.contains(name), "{name} is left:\n{}", lines_with(&after, name));
    }
}

fn lines_with(text: &str, name: &str) -> String {
    text.lines().filter(|line| line.contains(name)).collect::<Vec<_>>().join("\n")
}

/// The shape: everything but the texts.
fn shape(value: &Value) -> Value {
    match value {
        Value::String(_) => json!("text"),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(map) => {
            let mut shapes: Vec<Value> = map.values().map(shape).collect();
            shapes.sort_by_key(Value::to_string);
            Value::Array(shapes)
        }
        other => other.clone(),
    }
}

fn shape_of(snapshot: &Snapshot) -> Value {
    shape(&serde_json::to_value(snapshot).unwrap())
}

#[test]
fn nothing_of_the_healthy_account_is_left() {
    assert_gone(
        &Snapshot::healthy(),
        &[
            ACCOUNT,
            "TopSecretInfo",
            "a1B2c3",
            "audit-trail",
            "secret-read",
            "SecretIsAccessed",
            "SecurityMetrics",
            "A secret was read",
            "security-alerts",
            "soc@example.org",
            "5d7c6e1a-0b2f-4f0e-9a53-2f1f6a1d9c11",
            "0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f",
            "trail-to-logs",
            "write-log-group",
            "secmon-read",
            "alice",
        ],
    );
    let text = Snapshot::healthy().redacted().to_json();
    for name in [ACCOUNT, "TopSecretInfo", "audit-trail", "security-alerts"] {
        assert!(!text.contains(name), "{}", lines_with(&text, name));
    }
}

#[test]
fn words_of_aws_stay() {
    let text = Snapshot::healthy().redacted().to_json();
    for word in [
        "cloudtrail.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "eu-west-1",
        "GreaterThanOrEqualToThreshold",
        "notBreaching",
        "kms:GenerateDataKey*",
        "logs:PutLogEvents",
        ":log-stream:100000000001_CloudTrail_eu-west-1*",
        "/AWSLogs/100000000001/*",
        "$.eventSource = \\\"secretsmanager.amazonaws.com\\\"",
        "__default_statement_ID",
        "AWS:SourceOwner",
        "bucket-owner-full-control",
        ":secret:secret-001-S00001",
        "2026-01-05T10:12:00Z",
    ] {
        assert!(text.contains(word), "{word} is gone");
    }
}

#[test]
fn a_redacted_snapshot_reads_back_and_redacting_it_again_changes_nothing() {
    let once = Snapshot::healthy().redacted();
    assert_eq!(Snapshot::from_json(&once.to_json()).unwrap(), once);
    assert_eq!(shape_of(&once), shape_of(&Snapshot::healthy()));
    assert_eq!(once.redacted().to_json(), once.to_json());
    assert_eq!(Snapshot::healthy().redacted(), once);
}

#[test]
fn a_questions_answer_is_found_again() {
    let before = Snapshot::healthy();
    let after = before.redacted();
    let entry = BaselineEntry::secret_access();
    let pattern = &entry.pattern;
    let old = messages(&before, &entry);
    let new = messages(&after, &entry);
    assert_eq!(old.len(), new.len());
    for (old, new) in old.iter().zip(&new) {
        let answer = before.pattern_tests.answer(pattern, old);
        assert!(answer.seen().is_some(), "{}", old.label);
        assert_eq!(after.pattern_tests.answer(pattern, new), answer, "{}", new.label);
    }
}

/// The best chain, in words that do not name the links.
fn best(snapshot: &Snapshot) -> Vec<String> {
    let entry = BaselineEntry::secret_access();
    let asked = &snapshot.asked[0];
    let messages = crate::baseline::messages_about(snapshot, &entry, asked);
    let none = &mut |_: &crate::route::Chain, _: Link| crate::route::Cost::default();
    let chains = search(snapshot, &entry, &messages, &Pins::default(), asked, none);
    fn word<T>(hop: &Hop<T>) -> String {
        let word = match hop {
            Hop::Joined(_) => "joined",
            Hop::Assumed(_) => "assumed",
            Hop::Nothing => "nothing",
            Hop::Unseen(_) => "unseen",
        };
        word.to_owned()
    }
    let chain = &chains[0].1;
    vec![
        word(&chain.trail),
        word(&chain.log_group),
        word(&chain.filter),
        word(&chain.alarm),
        word(&chain.topic),
        word(&chain.subscription),
        chains.len().to_string(),
    ]
}

#[test]
fn the_chain_stays_joined() {
    assert_eq!(best(&Snapshot::healthy())[..6], ["joined"; 6]);
    assert_eq!(best(&Snapshot::healthy().redacted()), best(&Snapshot::healthy()));
}

#[test]
fn texts_in_texts_are_redacted_and_stay_what_they_are() {
    let event = json!({
        "eventName": "PutMetricAlarm",
        "userIdentity": {
            "principalId": "AROAZXCVBNMASDFGHJKL:bob.builder",
            "arn": "arn:aws:sts::123456789012:assumed-role/DeployRole/bob.builder",
            "accessKeyId": "ASIAZXCVBNMASDFGHJKL",
            "accountId": ACCOUNT,
        },
        "sourceIPAddress": "203.0.113.77",
        "requestParameters": {"alarmName": "secret-read", "note": "for \"carol@corp.example\" \u{e9}"},
        "responseElements": json!({"who": "bob.builder", "v6": ["2001:db8:1::7"]}).to_string(),
    });
    let snapshot = with(json!({"event_history": {"PutMetricAlarm": {"seen": {"events": [{
        "EventId": "6f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f",
        "EventName": "PutMetricAlarm",
        "EventTime": "2026-01-02T14:11:00Z",
        "Username": "bob.builder",
        "CloudTrailEvent": event.to_string(),
    }]}}}}));
    assert_gone(
        &snapshot,
        &[
            "bob.builder",
            "DeployRole",
            "AROAZXCVBNMASDFGHJKL",
            "ASIAZXCVBNMASDFGHJKL",
            "203.0.113.77",
            "carol@corp.example",
            "6f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f",
        ],
    );
    let redacted = snapshot.redacted();
    let seen = redacted.targets.values().next().unwrap();
    let history = seen.event_history["PutMetricAlarm"].seen().unwrap();
    let text = history.events[0].cloud_trail_event.as_deref().unwrap();
    let event: Value = serde_json::from_str(text).unwrap();
    let user = history.events[0].username.as_deref().unwrap();
    let arn: Arn = event["userIdentity"]["arn"].as_str().unwrap().parse().unwrap();
    assert!(arn.resource().ends_with(&format!("/{user}")), "{arn}");
    assert_eq!(event["eventName"], "PutMetricAlarm");
    let inner: Value = serde_json::from_str(event["responseElements"].as_str().unwrap()).unwrap();
    assert_eq!(inner["who"], user);
    let alarms = seen.alarms.seen().unwrap();
    let alarm = event["requestParameters"]["alarmName"].as_str().unwrap();
    assert!(alarms.metric_alarms.contains_key(alarm), "{alarm}");
}

#[test]
fn a_text_that_is_not_valid_json_keeps_its_damage() {
    let policy = r#"{ "Statement" : [ {"Sid":1.50,"Sid":"TopSecretInfo \u0041", } "audit-trail"#;
    let mut snapshot = Snapshot::healthy();
    let keys = &mut snapshot.targets.get_mut(&here()).unwrap().keys;
    keys.values_mut().next().unwrap().policy = Observed::Seen(policy.to_owned());
    let redacted = snapshot.redacted();
    let key = redacted.targets.values().next().unwrap().keys.values().next().unwrap();
    let expected = r#"{ "Statement" : [ {"Sid":1.50,"Sid":"secret-001 A", } "trail-001"#;
    assert_eq!(key.policy.seen().map(String::as_str), Some(expected));
}

#[test]
fn a_text_that_aws_cut_ends_before_the_cut() {
    let long = format!(
        "Failed to execute action {}arn:aws:sns:eu-west-1:123456789012:security-ale",
        "x".repeat(183)
    );
    assert_eq!(long.len(), 255);
    let mut snapshot = Snapshot::healthy();
    let histories = &mut snapshot.targets.get_mut(&here()).unwrap().alarm_histories;
    let items = histories.values_mut().next().unwrap().seen_mut().unwrap();
    items[0].history_summary = long;
    assert_gone(&snapshot, &["security-ale"]);
}

/// Whether an alarm may publish to the only topic, before and after.
fn publishes(snapshot: &Snapshot) -> bool {
    let seen = snapshot.targets.values().next().unwrap();
    let (topic, what) = seen.topics.iter().next().unwrap();
    let policy = what.attributes.seen().unwrap().policy.as_deref().unwrap();
    let policy = PolicyDocument::parse(policy).unwrap();
    let alarms = &seen.alarms.seen().unwrap().metric_alarms;
    let alarm = alarms.values().next().unwrap().alarm_arn.clone();
    evaluate(&[("", &policy)], &Request::alarm_publishes(alarm.as_str(), topic.as_str()))
        .is_allowed()
}

fn with_topic_policy(resource: &str, source: &str) -> Snapshot {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["sns:Pub*", "SNS:Publish"],
        "Resource": resource,
        "Condition": {"ArnLike": {"aws:SourceArn": source}},
    }]});
    let mut snapshot = Snapshot::healthy();
    let topics = &mut snapshot.targets.get_mut(&here()).unwrap().topics;
    let attributes = topics.values_mut().next().unwrap().attributes.seen_mut().unwrap();
    attributes.policy = Some(policy.to_string());
    snapshot
}

#[test]
fn names_that_a_policy_cuts_go_on_matching() {
    let topic = |name: &str| format!("arn:aws:sns:eu-west-1:123456789012:{name}");
    let alarm = |name: &str| format!("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}");
    for (resource, source, allowed) in [
        (topic("security-alerts"), alarm("*"), true),
        (topic("security-*"), alarm("secret-*"), true),
        (topic("secur*"), alarm("*read"), true),
        (topic("*-alerts"), alarm("*cret-re*"), true),
        (topic("sec*ty-*rts"), alarm("secret-read"), true),
        ("*".to_owned(), alarm("secret-write*"), false),
        (topic("s*"), alarm("*d"), true),
        (topic("*-*"), alarm("secret*"), true),
        (topic("*-*"), alarm("*secret-*read*"), true),
        (topic("security-b*"), alarm("*"), false),
        (topic("*-alert"), alarm("*"), false),
    ] {
        let snapshot = with_topic_policy(&resource, &source);
        assert_eq!(publishes(&snapshot), allowed, "{resource} {source}");
        assert_eq!(publishes(&snapshot.redacted()), allowed, "{resource} {source}");
        assert_gone(&snapshot, &["secret-read", "security-alerts"]);
    }
}

#[test]
fn cut_names_do_not_give_themselves_away() {
    let snapshot = with_topic_policy(
        "arn:aws:sns:eu-west-1:123456789012:security-*",
        "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*read",
    );
    let after = shown(&snapshot.redacted());
    assert!(!after.contains("security-"), "{}", lines_with(&after, "security-"));
}

/// The healthy account with an alarm of another name.
fn with_alarm(name: &str) -> Snapshot {
    let mut snapshot = Snapshot::healthy();
    let alarms = snapshot.targets.get_mut(&here()).unwrap().alarms.seen_mut().unwrap();
    let mut alarm = alarms.metric_alarms.remove("secret-read").unwrap();
    alarm.alarm_name = name.to_owned();
    alarm.alarm_arn =
        format!("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}").parse().unwrap();
    alarms.metric_alarms.insert(name.to_owned(), alarm);
    snapshot
}

#[test]
fn names_that_are_words_of_aws_break_nothing() {
    let plain = Snapshot::healthy().redacted();
    for name in [
        "OK",
        "trail",
        "alarm",
        "aws",
        "eu-west-1",
        "west-1",
        "sns",
        "Publish",
        "Statement",
        "seen",
        "amazonaws",
        "GetSecretValue",
        "AlarmName",
        "Sum",
        "email",
        "root",
        "log-group",
        "MetricAlarms",
        "1.0",
        "2026-01-05",
        "Action",
        "kms",
        "a",
        "é",
        "Service",
        "Allow",
        "eventName",
    ] {
        let snapshot = with_alarm(name);
        let redacted = snapshot.redacted();
        assert_eq!(shape_of(&redacted), shape_of(&snapshot), "{name}");
        assert_eq!(best(&redacted), best(&snapshot), "{name}");
        let topics = |snapshot: &Snapshot| snapshot.targets.values().next().unwrap().topics.clone();
        assert_eq!(topics(&redacted), topics(&plain), "{name}");
        let alarms = redacted.targets.values().next().unwrap().alarms.seen().unwrap().clone();
        let (key, alarm) = alarms.metric_alarms.iter().next().unwrap();
        assert_eq!(
            (key.as_str(), alarm.alarm_arn.name()),
            (&alarm.alarm_name[..], &alarm.alarm_name[..])
        );
    }
}

#[test]
fn a_name_is_replaced_as_a_whole_word_only() {
    let snapshot = with(json!({"log_groups": {"seen": {
        "pay": {"logGroupName": "pay"},
        "pay/roll": {"logGroupName": "pay/roll"},
        "prepay": {"logGroupName": "prepay"},
    }}, "trails_elsewhere": "failed: repay pay pay/roll payable prepay pay_x é.pay"}));
    let Observed::Failed { reason } =
        snapshot.redacted().targets.values().next().unwrap().trails_elsewhere.clone()
    else {
        panic!()
    };
    assert_eq!(reason, "repay group-001 group-002 payable group-003 group-001_x é.group-001");
}

#[test]
fn ids_and_addresses_are_known_by_their_form() {
    let snapshot = with(json!({"trails_elsewhere": concat!(
        "failed: 210987654321_x 999999999999/eu-west-1 AKIAZXCVBNMASDFGHJKL o-a1b2c3d4e5 10.1.2.3 ",
        "mrk-0123456789abcdef0123456789abcdef jane.doe+x@corp.example, +441632960001 ",
        "arn:aws:lambda:us-east-1:210987654321:function:pager-duty:7 ",
        "arn:aws:iam::aws:policy/ReadOnlyAccess 12345678901 1234567890123",
    )}));
    let Observed::Failed { reason } =
        snapshot.redacted().targets.values().next().unwrap().trails_elsewhere.clone()
    else {
        panic!()
    };
    assert_eq!(
        reason,
        "100000000002_x 100000000003/eu-west-1 AKIA0000000000000001 o-0000000001 198.18.0.2 \
         mrk-00000000000000000000000000000003 address-001@example.com, +15550000001 \
         arn:aws:lambda:us-east-1:100000000002:function:name-002:7 \
         arn:aws:iam::aws:policy/ReadOnlyAccess 12345678901 1234567890123"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_name_breaks_the_snapshot(name in "[ -~é秘]{1,24}") {
        let snapshot = with_alarm(&name);
        let redacted = snapshot.redacted();
        prop_assert_eq!(shape_of(&redacted), shape_of(&snapshot));
        prop_assert_eq!(best(&redacted), best(&snapshot));
        prop_assert_eq!(Snapshot::from_json(&redacted.to_json()).unwrap(), redacted.clone());
        let alarms = redacted.targets.values().next().unwrap().alarms.seen().unwrap();
        let (key, alarm) = alarms.metric_alarms.iter().next().unwrap();
        prop_assert_eq!(key, &alarm.alarm_name);
    }

    #[test]
    fn different_names_have_different_stand_ins(
        names in prop::collection::btree_set("[a-c]{3,4}(-[a-c]{1,3})?", 2..12),
        resource in "[a-c*]{1,6}",
    ) {
        let groups: serde_json::Map<String, Value> =
            names.iter().map(|name| (name.clone(), json!({"logGroupName": name}))).collect();
        let mut snapshot = with(json!({"log_groups": {"seen": groups}}));
        let keys = &mut snapshot.targets.get_mut(&here()).unwrap().keys;
        keys.values_mut().next().unwrap().policy =
            Observed::Seen(json!({"Resource": [resource, "*"]}).to_string());
        let redacted = snapshot.redacted();
        let seen = redacted.targets.values().next().unwrap();
        let groups = seen.log_groups.seen().unwrap();
        prop_assert_eq!(groups.len(), names.len() + 1);
        let distinct: BTreeSet<&str> =
            groups.values().map(|group| group.log_group_name.as_str()).collect();
        prop_assert_eq!(distinct.len(), groups.len());
        for (key, group) in groups {
            prop_assert_eq!(key, &group.log_group_name);
        }
    }
}
