use super::*;
use crate::snapshot::{MetricAlarm, Snapshot};

fn alarm() -> MetricAlarm {
    let snapshot = Snapshot::healthy();
    let alarms = snapshot.targets.values().next().unwrap().alarms.seen().unwrap();
    alarms.metric_alarms["secret-read"].clone()
}

fn passage(policy: &str) -> Passage {
    FilterPolicy::parse(policy).unwrap().passes(&MessageBody::of_alarm(&alarm()))
}

#[track_caller]
fn passes(policy: &str) {
    assert_eq!(passage(policy), Passage::Passes, "{policy}");
}

#[track_caller]
fn drops(policy: &str, why: &str) {
    assert_eq!(passage(policy), Passage::Drops(why.to_owned()), "{policy}");
}

#[track_caller]
fn is_unknown(policy: &str, why: &str) {
    match passage(policy) {
        Passage::Unknown(found) => assert!(found.contains(why), "{policy}: {found}"),
        other => panic!("{policy}: {other:?}"),
    }
}

#[test]
fn the_fields_of_an_alarm_message_are_there() {
    for policy in [
        "{}",
        r#"{"AlarmName": ["other", "secret-read"]}"#,
        r#"{"AWSAccountId": ["123456789012"]}"#,
        r#"{"OldStateValue": ["OK"], "NewStateValue": ["ALARM"]}"#,
        r#"{"AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:security-alerts"]}"#,
        r#"{"ActionExecutedAfterMuteWindow": [false]}"#,
        r#"{"Trigger": {"MetricName": ["SecretIsAccessed"], "Statistic": ["SUM"], "Period": [60]}}"#,
    ] {
        passes(policy);
    }
    drops(r#"{"OKActions": ["arn"]}"#, "OKActions is [], not \"arn\"");
    drops(r#"{"severity": ["high"]}"#, "the message has no severity");
    drops(r#"{"Trigger": {"Period": [300]}}"#, "Trigger.Period is 60, not 300");
}

#[test]
fn string_operators() {
    passes(r#"{"AlarmName": [{"prefix": "secret"}]}"#);
    passes(r#"{"AlarmName": [{"suffix": "-read"}]}"#);
    passes(r#"{"AlarmName": [{"equals-ignore-case": "Secret-READ"}]}"#);
    passes(r#"{"AlarmName": [{"anything-but": ["test", "other"]}]}"#);
    passes(r#"{"AlarmName": [{"anything-but": {"prefix": "test"}}]}"#);
    drops(
        r#"{"AlarmName": [{"prefix": "prod"}]}"#,
        r#"AlarmName is "secret-read", not {"prefix":"prod"}"#,
    );
    drops(
        r#"{"AlarmName": [{"anything-but": "secret-read"}]}"#,
        r#"AlarmName is "secret-read", not {"anything-but":"secret-read"}"#,
    );
    drops(r#"{"NewStateValue": ["alarm"]}"#, r#"NewStateValue is "ALARM", not "alarm""#);
    drops(r#"{"team": [{"anything-but": "a"}]}"#, "the message has no team");
    is_unknown(r#"{"AlarmName": [{"wildcard": "secret-*"}]}"#, "wildcard");
    is_unknown(r#"{"AlarmName": [{"anything-but": {"suffix": "x"}}]}"#, "anything-but");
    is_unknown(r#"{"AlarmName": [{"prefix": "s", "suffix": "d"}]}"#, "exactly one operator");
}

#[test]
fn numbers() {
    passes(r#"{"Trigger": {"Threshold": [{"numeric": ["=", 1]}]}}"#);
    passes(r#"{"Trigger": {"Period": [{"numeric": [">", 0, "<=", 60]}]}}"#);
    passes(r#"{"Trigger": {"Period": [{"anything-but": [300]}]}}"#);
    drops(
        r#"{"Trigger": {"Period": [{"numeric": [">", 60]}]}}"#,
        r#"Trigger.Period is 60, not {"numeric":[">",60]}"#,
    );
    drops(
        r#"{"AWSAccountId": [123456789012]}"#,
        r#"AWSAccountId is "123456789012", not 123456789012"#,
    );
    is_unknown(r#"{"Trigger": {"Threshold": [1]}}"#, "whether 1 matches 1.0");
    is_unknown(r#"{"Trigger": {"Period": [{"numeric": [">"]}]}}"#, "documented form");
    is_unknown(r#"{"Trigger": {"Period": [{"numeric": []}]}}"#, "empty");
}

#[test]
fn existence() {
    passes(r#"{"AlarmName": [{"exists": true}]}"#);
    passes(r#"{"team": [{"exists": false}]}"#);
    passes(r#"{"team": ["a", {"exists": false}]}"#);
    drops(r#"{"team": [{"exists": true}]}"#, "the message has no team");
    drops(
        r#"{"Trigger": {"Unit": [{"exists": true}]}}"#,
        r#"Trigger.Unit is null, not {"exists":true}"#,
    );
    is_unknown(r#"{"OKActions": [{"exists": false}]}"#, "empty value");
    is_unknown(r#"{"Trigger": [{"exists": true}]}"#, "an object");
}

#[test]
fn or_is_an_operator_only_in_its_documented_form() {
    passes(r#"{"$or": [{"NewStateValue": ["OK"]}, {"AlarmName": [{"prefix": "secret"}]}]}"#);
    drops(
        r#"{"$or": [{"NewStateValue": ["OK"]}, {"AlarmName": ["x"]}]}"#,
        r#"NewStateValue is "ALARM", not "OK", and AlarmName is "secret-read", not "x""#,
    );
    is_unknown(
        r#"{"$or": [{"NewStateValue": ["OK"]}, {"NewStateReason": ["x"]}]}"#,
        "NewStateReason",
    );
    drops(r#"{"$or": ["a", "b"]}"#, "the message has no $or");
    is_unknown(r#"{"$or": [{"NewStateValue": ["ALARM"]}]}"#, "$or");
}

#[test]
fn what_cannot_be_known_is_unknown_unless_something_else_drops_it() {
    is_unknown(r#"{"NewStateReason": [{"prefix": "Threshold"}]}"#, "message to message");
    let mut elsewhere = alarm();
    elsewhere.alarm_arn = "arn:aws:cloudwatch:xx-new-1:123456789012:alarm:a".parse().unwrap();
    let policy = FilterPolicy::parse(r#"{"Region": ["New"]}"#).unwrap();
    let passage = policy.passes(&MessageBody::of_alarm(&elsewhere));
    assert!(matches!(passage, Passage::Unknown(why) if why.contains("long name")));
    is_unknown(r#"{"AlarmName": "secret-read"}"#, "no list of values");
    is_unknown(r#"{"Trigger": {"Unit": [null]}}"#, "null");
    drops(
        r#"{"NewStateReason": ["x"], "NewStateValue": ["OK"]}"#,
        r#"NewStateValue is "ALARM", not "OK""#,
    );
    let mut sparse = alarm();
    sparse.treat_missing_data = None;
    let policy = FilterPolicy::parse(r#"{"OldStateValue": ["OK"]}"#).unwrap();
    assert!(matches!(policy.passes(&MessageBody::of_alarm(&sparse)), Passage::Unknown(_)));
}

#[test]
fn lists_match_by_any_element_and_anything_but_by_all_or_none() {
    let mut two = alarm();
    two.alarm_actions.push("arn:aws:sns:eu-west-1:123456789012:other".to_owned());
    let passage =
        |policy: &str| FilterPolicy::parse(policy).unwrap().passes(&MessageBody::of_alarm(&two));
    assert_eq!(passage(r#"{"AlarmActions": [{"suffix": ":other"}]}"#), Passage::Passes);
    assert_eq!(passage(r#"{"AlarmActions": [{"anything-but": ["x"]}]}"#), Passage::Passes);
    let mixed = passage(
        r#"{"AlarmActions": [{"anything-but": {"prefix": "arn:aws:sns:eu-west-1:123456789012:o"}}]}"#,
    );
    assert!(matches!(mixed, Passage::Unknown(why) if why.contains("differ")));
}

#[test]
fn a_composite_alarm_has_no_trigger() {
    let composite = serde_json::from_str(
        r#"{"AlarmName":"all","AlarmArn":"arn:aws:cloudwatch:us-east-1:123456789012:alarm:all",
            "AlarmRule":"ALARM(\"secret-read\")","StateValue":"OK"}"#,
    );
    let message = MessageBody::of_composite(&composite.unwrap());
    let passage = |policy: &str| FilterPolicy::parse(policy).unwrap().passes(&message);
    assert_eq!(
        passage(r#"{"Trigger": {"MetricName": ["x"]}}"#),
        Passage::Drops("the message has no Trigger.MetricName".to_owned())
    );
    assert_eq!(passage(r#"{"Region": ["US East (N. Virginia)"]}"#), Passage::Passes);
    assert_eq!(passage(r#"{"AlarmRule": [{"prefix": "ALARM("}]}"#), Passage::Passes);
}

#[test]
fn what_is_no_object_is_an_error() {
    for text in ["", "[]", "null", "{", "\"x\""] {
        assert!(FilterPolicy::parse(text).is_err(), "{text}");
    }
}
