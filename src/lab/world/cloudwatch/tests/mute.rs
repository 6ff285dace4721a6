//! Muted and suppressed: nothing arrives until it may.

use serde_json::{Value, json};

use super::{alarm, described, history, put, sample, set, subjects, topic};
use crate::world::Service::Monitoring;
use crate::world::stage::Stage;

fn mute(stage: &mut Stage, expression: &str, duration: &str) {
    let rule = json!({"Schedule": {"Expression": expression, "Duration": duration}});
    let targets = json!({"AlarmNames": ["secret-read"]});
    let params = json!({"Name": "night", "Rule": rule, "MuteTargets": targets});
    stage.call(Monitoring, "PutAlarmMuteRule", params);
}

fn status(stage: &mut Stage) -> String {
    let answer = stage.call(Monitoring, "ListAlarmMuteRules", json!({"AlarmName": "secret-read"}));
    answer["AlarmMuteRuleSummaries"][0]["Status"].as_str().unwrap().to_owned()
}

fn last_action(stage: &mut Stage) -> Value {
    let item = history(stage, "secret-read", "Action").remove(0);
    serde_json::from_str(item["HistoryData"].as_str().unwrap()).unwrap()
}

#[test]
fn a_muted_alarm_tells_when_the_window_ends_if_it_still_is_in_alarm() {
    let mut stage = Stage::at("2026-09-23T01:30:00Z");
    let topic = topic(&mut stage, "alerts");
    let mut lasting = alarm("secret-read", &topic);
    lasting["TreatMissingData"] = json!("ignore");
    put(&mut stage, &lasting);
    mute(&mut stage, "cron(0 2 * * *)", "PT1H");
    assert_eq!(status(&mut stage), "SCHEDULED");
    stage.pass(3_600);
    assert_eq!(status(&mut stage), "ACTIVE");
    sample(&mut stage, 1.0);
    stage.pass(1_700);
    assert_eq!(subjects(&stage).len(), 0);
    let data = last_action(&mut stage);
    assert_eq!(data["actionState"], "Muted");
    stage.saved_and_loaded();
    stage.pass(200);
    assert_eq!(subjects(&stage).len(), 1);
    let data = last_action(&mut stage);
    assert_eq!(data["actionState"], "Succeeded");
    let end: jiff::Timestamp = "2026-09-23T03:00:00Z".parse().unwrap();
    assert_eq!(data["muteWindowEndTimestamp"], end.as_millisecond());
    let published: Value =
        serde_json::from_str(data["publishedMessage"].as_str().unwrap()).unwrap();
    let body: Value = serde_json::from_str(published["default"].as_str().unwrap()).unwrap();
    assert_eq!(body["ActionExecutedAfterMuteWindow"], true);
}

#[test]
fn what_is_over_when_the_window_ends_is_never_told() {
    let mut stage = Stage::at("2026-09-23T02:00:00Z");
    let topic = topic(&mut stage, "alerts");
    put(&mut stage, &alarm("secret-read", &topic));
    mute(&mut stage, "at(2026-09-23T02:05)", "PT30M");
    stage.pass(360);
    sample(&mut stage, 1.0);
    stage.pass(3_600);
    assert_eq!(subjects(&stage).len(), 0);
    assert_eq!(status(&mut stage), "EXPIRED");
    sample(&mut stage, 1.0);
    stage.pass(300);
    assert_eq!(subjects(&stage).len(), 1);
}

#[test]
fn deleting_the_rule_lets_go_of_what_it_held() {
    let mut stage = Stage::at("2026-09-23T02:00:00Z");
    let topic = topic(&mut stage, "alerts");
    put(&mut stage, &alarm("secret-read", &topic));
    mute(&mut stage, "cron(0 0 * * SUN-SAT)", "P1D");
    stage.pass(120);
    set(&mut stage, "secret-read", "ALARM");
    stage.pass(1);
    assert_eq!(subjects(&stage).len(), 0);
    stage.call(Monitoring, "DeleteAlarmMuteRule", json!({"AlarmMuteRuleName": "night"}));
    assert_eq!(subjects(&stage).len(), 1);
}

fn composite(stage: &mut Stage, topic: &str, wait: i32, extension: i32) {
    for name in ["child", "maintenance"] {
        let mut lasting = alarm(name, topic);
        lasting["AlarmActions"] = json!([]);
        lasting["TreatMissingData"] = json!("ignore");
        lasting["MetricName"] = json!("never");
        put(stage, &lasting);
        set(stage, name, "OK");
    }
    stage.call(
        Monitoring,
        "PutCompositeAlarm",
        json!({
            "AlarmName": "secret-read",
            "AlarmRule": "ALARM(child)",
            "AlarmActions": [topic],
            "ActionsSuppressor": "maintenance",
            "ActionsSuppressorWaitPeriod": wait,
            "ActionsSuppressorExtensionPeriod": extension,
        }),
    );
    stage.pass(1);
}

fn suppressed_by(stage: &mut Stage) -> Value {
    described(stage, "secret-read")["ActionsSuppressedBy"].clone()
}

#[test]
fn a_composite_alarm_waits_for_its_suppressor() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage, "alerts");
    composite(&mut stage, &topic, 60, 90);
    set(&mut stage, "child", "ALARM");
    stage.pass(59);
    assert_eq!((subjects(&stage).len(), suppressed_by(&mut stage)), (0, json!("WaitPeriod")));
    stage.pass(2);
    assert_eq!((subjects(&stage).len(), suppressed_by(&mut stage)), (1, json!(null)));
}

#[test]
fn a_suppressor_holds_back_and_its_extension_too() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage, "alerts");
    composite(&mut stage, &topic, 60, 90);
    set(&mut stage, "child", "ALARM");
    stage.pass(30);
    set(&mut stage, "maintenance", "ALARM");
    stage.pass(300);
    assert_eq!((subjects(&stage).len(), suppressed_by(&mut stage)), (0, json!("Alarm")));
    stage.saved_and_loaded();
    set(&mut stage, "maintenance", "OK");
    stage.pass(89);
    assert_eq!((subjects(&stage).len(), suppressed_by(&mut stage)), (0, json!("ExtensionPeriod")));
    stage.pass(2);
    assert_eq!((subjects(&stage).len(), suppressed_by(&mut stage)), (1, json!(null)));
}

#[test]
fn what_comes_and_goes_while_suppressed_is_never_told() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage, "alerts");
    composite(&mut stage, &topic, 60, 0);
    set(&mut stage, "maintenance", "ALARM");
    set(&mut stage, "child", "ALARM");
    stage.pass(10);
    set(&mut stage, "child", "OK");
    stage.pass(10);
    set(&mut stage, "maintenance", "OK");
    stage.pass(600);
    assert_eq!(subjects(&stage).len(), 0);
}
