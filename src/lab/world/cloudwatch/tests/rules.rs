//! Composite alarms and their rules.

use proptest::prelude::*;
use secmon_core::alarm::AlarmState;
use serde_json::{Value, json};

use super::super::rule::Rule;
use super::{alarm, history, mails, put, set, state, summaries, topic};
use crate::world::Service::Monitoring;
use crate::world::stage::Stage;

#[test]
fn rules_bind_as_aws_says() {
    let holds = |rule: &str| {
        let rule = Rule::parse(rule)?;
        Some(rule.holds(&|name| match name {
            "up" => Some(AlarmState::Alarm),
            "down" => Some(AlarmState::Ok),
            "dim" => Some(AlarmState::InsufficientData),
            _ => None,
        }))
    };
    for (rule, expected) in [
        ("ALARM(up)", Some(true)),
        ("ALARM(\"up\") AND NOT OK(down)", Some(false)),
        ("ALARM(down) OR ALARM(up) AND INSUFFICIENT_DATA(dim)", Some(true)),
        ("NOT (ALARM(up) OR FALSE)", Some(false)),
        ("NOT NOT TRUE", Some(true)),
        ("false", Some(false)),
        ("OK('arn:aws:cloudwatch:us-east-1:000000000000:alarm:down')", Some(true)),
        ("ALARM(nobody)", Some(false)),
        ("( ALARM( up ) )", Some(true)),
        ("ALARM(up) OROK(down)", None),
        ("ALARM(up", None),
        ("ALARM()", None),
        ("", None),
        ("ALARM(up) AND", None),
    ] {
        assert_eq!(holds(rule), expected, "{rule}");
    }
    assert_eq!(Rule::parse(&"(".repeat(100_000)), None);
}

#[test]
fn a_composite_alarm_follows_its_child_as_captured() {
    // Captured 2026-09-14T11:18: composite of one child, by SetAlarmState.
    let mut stage = Stage::at("2026-09-14T11:18:49.787Z");
    let topic = topic(&mut stage, "alerts");
    let mut child = alarm("child", &topic);
    child["AlarmActions"] = json!([]);
    child["TreatMissingData"] = json!("ignore");
    put(&mut stage, &child);
    set(&mut stage, "child", "OK");
    stage.call(
        Monitoring,
        "PutCompositeAlarm",
        json!({
            "AlarmName": "composite", "AlarmRule": "ALARM(\"child\")", "AlarmActions": [topic],
        }),
    );
    super::pass_ms(&mut stage, 2_709);
    set(&mut stage, "child", "ALARM");
    stage.pass(60);
    let items = history(&mut stage, "composite", "StateUpdate");
    let arn = |name: &str| stage.arn("cloudwatch", &format!("alarm:{name}"));
    let expected = format!(
        r#"{{"version":"1.0","oldState":{{"stateValue":"OK","stateReason":"{0} was created and its alarm rule evaluates to OK","stateReasonData":{{"triggeringAlarms":[{{"arn":"{1}","state":{{"value":"OK","timestamp":"2026-09-14T11:18:49.787+0000"}}}}]}}}},"newState":{{"stateValue":"ALARM","stateReason":"{1} transitioned to ALARM at Monday 14 September, 2026 11:18:52 UTC","stateReasonData":{{"triggeringAlarms":[{{"arn":"{1}","state":{{"value":"ALARM","timestamp":"2026-09-14T11:18:52.496+0000"}}}}]}}}}}}"#,
        arn("composite"),
        arn("child"),
    );
    assert_eq!(items[0]["HistoryData"], json!(expected));
    let actions = history(&mut stage, "composite", "Action");
    let data: Value = serde_json::from_str(actions[0]["HistoryData"].as_str().unwrap()).unwrap();
    let published: Value =
        serde_json::from_str(data["publishedMessage"].as_str().unwrap()).unwrap();
    let body: Value = serde_json::from_str(published["default"].as_str().unwrap()).unwrap();
    assert_eq!(body["AlarmRule"], "ALARM(\"child\")");
    assert_eq!(body["TriggeringChildren"][0]["State"]["Timestamp"], "2026-09-14T11:18:52.496+0000");
    let mail = mails(&stage).pop().unwrap();
    assert_eq!(mail.subject.as_deref(), Some("ALARM: \"composite\" in US East (N. Virginia)"));
}

#[test]
fn rules_in_a_circle_come_to_an_end() {
    let mut stage = Stage::new();
    let child = alarm("child", &stage.arn("sns", "x"));
    put(&mut stage, &child);
    let composite = |stage: &mut Stage, name: &str, rule: &str| {
        stage.call(Monitoring, "PutCompositeAlarm", json!({"AlarmName": name, "AlarmRule": rule}));
    };
    composite(&mut stage, "a", "ALARM(child)");
    composite(&mut stage, "b", "ALARM(a) OR ALARM(child)");
    composite(&mut stage, "a", "ALARM(b) OR ALARM(child)");
    set(&mut stage, "child", "ALARM");
    assert_eq!((state(&mut stage, "a"), state(&mut stage, "b")), ("ALARM".into(), "ALARM".into()));
    assert_eq!(summaries(&mut stage, "b", "StateUpdate").len(), 2);
    // What others depend on stays; a rule that is changed to false breaks the circle.
    for name in ["a", "b", "child"] {
        stage.refusal(Monitoring, "DeleteAlarms", json!({"AlarmNames": [name]}));
    }
    composite(&mut stage, "a", "false");
    for names in [json!(["b"]), json!(["a", "child", "nobody"])] {
        stage.call(Monitoring, "DeleteAlarms", json!({"AlarmNames": names}));
    }
    let rule = json!({"AlarmName": "c", "AlarmRule": "ALARM(nobody)"});
    let (_, message) = stage.refusal(Monitoring, "PutCompositeAlarm", rule);
    assert!(message.contains("[nobody]"), "{message}");
}

fn rule() -> impl Strategy<Value = Rule> {
    let states = [AlarmState::Ok, AlarmState::Alarm, AlarmState::InsufficientData];
    let leaf = prop_oneof![
        any::<bool>().prop_map(Rule::Always),
        (prop::sample::select(states.to_vec()), "[a-d]")
            .prop_map(|(state, name)| Rule::Is(state, name)),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|rule| Rule::Not(rule.into())),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Rule::All),
            prop::collection::vec(inner, 2..4).prop_map(Rule::Any),
        ]
    })
}

fn written(rule: &Rule) -> String {
    let joined = |rules: &[Rule], word: &str| {
        let parts: Vec<String> = rules.iter().map(written).collect();
        format!("({})", parts.join(word))
    };
    match rule {
        Rule::Always(holds) => holds.to_string().to_uppercase(),
        Rule::Is(state, name) => format!("{state}(\"{name}\")"),
        Rule::Not(rule) => format!("NOT {}", written(rule)),
        Rule::All(rules) => joined(rules, " AND "),
        Rule::Any(rules) => joined(rules, " OR "),
    }
}

proptest! {
    #[test]
    fn a_rule_reads_back(rule in rule()) {
        prop_assert_eq!(Rule::parse(&written(&rule)), Some(rule));
    }

    #[test]
    fn no_text_breaks_the_parser(text in "[A-Z()\" a-z]{0,60}") {
        let _ = Rule::parse(&text);
    }
}
