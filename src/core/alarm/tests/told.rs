//! What alarms write into their history and send to topics, byte for byte as captured.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::history::{ActionRecord, Configured, StateRecord, is_identical};
use super::super::*;
use crate::snapshot::{AlarmHistoryItem, Arn, CompositeAlarm, MetricAlarm};

fn moment(text: &str) -> Timestamp {
    text.replace("+0000", "Z").parse().unwrap()
}

fn captured_items() -> Vec<AlarmHistoryItem> {
    let file: Value = serde_json::from_str(include_str!("../answers/history-items.json")).unwrap();
    let items = file["items"].as_array().unwrap().iter().filter_map(|item| item.get("item"));
    let items = items.map(|item| {
        let mut item = item.clone();
        for name in ["AlarmName", "AlarmType"] {
            item.as_object_mut().unwrap().remove(name);
        }
        serde_json::from_value(item).unwrap()
    });
    items.collect()
}

/// The alarm inside the history's JSON, as `DescribeAlarms` gives it.
fn described(inside: &Value) -> MetricAlarm {
    let mut fields = serde_json::Map::new();
    for (name, value) in inside.as_object().unwrap() {
        let (name, value) = match (name.as_str(), value) {
            ("okactions", value) => ("OKActions".to_owned(), value.clone()),
            ("extendedStatistic", value) => {
                assert_eq!(value, "AVERAGE");
                ("Statistic".to_owned(), json!("Average"))
            }
            (name, Value::String(text)) if name.ends_with("Timestamp") => {
                (pascal(name), json!(text.replace("+0000", "Z")))
            }
            (name, value) => (pascal(name), value.clone()),
        };
        fields.insert(name, value);
    }
    serde_json::from_value(Value::Object(fields)).unwrap()
}

fn pascal(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

fn record(state: &Value) -> (String, String, Option<String>) {
    let text = |name: &str| state[name].as_str().unwrap().to_owned();
    (text("stateValue"), text("stateReason"), state.get("stateReasonData").map(Value::to_string))
}

#[test]
fn every_captured_history_item_is_written_the_same() {
    let mut kinds = std::collections::BTreeMap::new();
    for item in captured_items() {
        let text = item.history_data.clone().unwrap();
        let data: Value = serde_json::from_str(&text).unwrap();
        let written = match (item.history_item_type.as_str(), data["type"].as_str()) {
            ("ConfigurationUpdate", Some("Create")) => {
                let alarm = described(&data["createdAlarm"]);
                history::created(Configured::Metric(&alarm), item.timestamp)
            }
            ("ConfigurationUpdate", Some("Update")) => {
                let new = described(&data["updatedAlarm"]);
                let mut before = data["updatedAlarm"].clone();
                for (name, value) in data["originalUpdatedFields"].as_object().unwrap() {
                    before[name] = value.clone();
                }
                // An update does not touch the state; an evaluation in between is no update.
                before["stateValue"] = json!("INSUFFICIENT_DATA");
                let old = described(&before);
                let (old, new) = (Configured::Metric(&old), Configured::Metric(&new));
                history::updated(old, new, item.timestamp)
            }
            ("ConfigurationUpdate", Some("Delete")) => {
                let alarm = described(&data["deletedAlarm"]);
                history::deleted(Configured::Metric(&alarm), item.timestamp)
            }
            ("StateUpdate", None) => {
                let (old, new) = (record(&data["oldState"]), record(&data["newState"]));
                let spelt = text.contains(r#"{ "z": 2, "a": [1] }"#);
                let new_data =
                    if spelt { Some(r#"{ "z": 2, "a": [1] }"#) } else { new.2.as_deref() };
                let state = |state: &(String, String, _), data| {
                    let (value, reason) = (state.0.clone().leak(), state.1.clone().leak());
                    StateRecord { value, reason, data }
                };
                let (old, new) = (state(&old, old.2.as_deref()), state(&new, new_data));
                history::state_updated(&old, &new, item.timestamp)
            }
            ("Action", None) => history::action_executed(
                &ActionRecord {
                    resource: data["notificationResource"].as_str().unwrap(),
                    state_updated: Timestamp::from_millisecond(
                        data["stateUpdateTimestamp"].as_i64().unwrap(),
                    )
                    .unwrap(),
                    published: data["publishedMessage"].as_str(),
                    error: data["error"].as_str(),
                },
                item.timestamp,
            ),
            other => panic!("{other:?}"),
        };
        assert_eq!(written, item);
        *kinds.entry(written.history_item_type).or_insert(0) += 1;
    }
    assert_eq!(
        format!("{kinds:?}"),
        r#"{"Action": 2, "ConfigurationUpdate": 4, "StateUpdate": 4}"#
    );
}

#[test]
fn an_action_that_publishes_nothing_says_so() {
    let file: Value = serde_json::from_str(include_str!("../answers/history-items.json")).unwrap();
    let captured =
        file["items"].as_array().unwrap().iter().find_map(|item| item.get("HistoryData"));
    for data in captured.unwrap().as_array().unwrap() {
        let at = data["stateUpdateTimestamp"].as_i64().unwrap();
        let action = ActionRecord {
            resource: data["notificationResource"].as_str().unwrap(),
            state_updated: Timestamp::from_millisecond(at).unwrap(),
            published: None,
            error: data["error"].as_str(),
        };
        let written = history::action_executed(&action, action.state_updated);
        assert_eq!(written.history_data.unwrap(), data.to_string());
    }
}

#[test]
fn an_update_tells_the_old_values_of_what_changed() {
    let old = super::captured::alarm(&json!({ "AlarmDescription": "old", "Period": 60 }));
    let mut new = old.clone();
    new.state_value = "ALARM".to_owned();
    assert!(is_identical(Configured::Metric(&old), Configured::Metric(&new)));
    new.alarm_description = None;
    new.treat_missing_data = Some("ignore".to_owned());
    new.threshold = Some(1e9);
    assert!(!is_identical(Configured::Metric(&old), Configured::Metric(&new)));
    let item =
        history::updated(Configured::Metric(&old), Configured::Metric(&new), Timestamp::UNIX_EPOCH);
    let data = item.history_data.unwrap();
    assert!(data.contains(r#""threshold":1.0E9"#), "{data}");
    let (_, original) = data.split_once(r#""originalUpdatedFields":"#).unwrap();
    assert_eq!(original, r#"{"alarmDescription":"old","threshold":50.0}}"#);
}

#[test]
fn long_names_and_reasons_are_cut() {
    let mut alarm = super::captured::alarm(&json!({}));
    alarm.alarm_name = "é".repeat(300);
    alarm.alarm_description = Some("ü".repeat(5_000));
    let item = history::created(Configured::Metric(&alarm), Timestamp::UNIX_EPOCH);
    assert_eq!(item.history_summary.chars().count(), 255);
    assert_eq!(item.history_data.unwrap().chars().count(), 4_095);
    let reason = "x".repeat(5_000);
    let state = StateRecord { value: "OK", reason: &reason, data: Some("no JSON") };
    let item = history::state_updated(&state, &state, Timestamp::UNIX_EPOCH);
    assert_eq!(item.history_data.unwrap().len(), 4_095);
}

#[test]
fn data_that_are_no_json_do_not_break_the_document() {
    let state = StateRecord { value: "OK", reason: "\"", data: Some("{\"a\":") };
    let item = history::state_updated(&state, &state, Timestamp::UNIX_EPOCH);
    let data: Value = serde_json::from_str(&item.history_data.unwrap()).unwrap();
    assert_eq!(data["newState"]["stateReasonData"], "{\"a\":");
}

fn messages() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../answers/messages.json")).unwrap();
    file["bodies"].as_array().unwrap().clone()
}

fn message(kind: &str) -> String {
    let bodies = messages();
    let body = bodies.iter().find(|body| body["kind"] == kind).unwrap();
    body["text"].as_str().unwrap().to_owned()
}

/// The alarm that a captured message tells of, and its transition.
fn metric_alarm(body: &Value) -> MetricAlarm {
    let trigger = &body["Trigger"];
    let mut fields = json!({
        "AlarmArn": body["AlarmArn"],
        "AlarmConfigurationUpdatedTimestamp":
            body["AlarmConfigurationUpdatedTimestamp"].as_str().unwrap().replace("+0000", "Z"),
        "AlarmDescription": body["AlarmDescription"],
        "AlarmName": body["AlarmName"],
        "OKActions": body["OKActions"],
        "AlarmActions": body["AlarmActions"],
        "InsufficientDataActions": body["InsufficientDataActions"],
        "StateValue": "OK",
    });
    let names = [
        "MetricName",
        "Namespace",
        "Unit",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "ComparisonOperator",
        "Threshold",
        "TreatMissingData",
        "Metrics",
    ];
    for name in names {
        if let Some(value) = trigger.get(name) {
            fields[name] = value.clone();
        }
    }
    if trigger.get("Statistic").is_some() {
        fields["Statistic"] = json!("Average");
        fields["Period"] = trigger["Period"].clone();
    }
    serde_json::from_value(fields).unwrap()
}

fn transition(body: &Value) -> Transition<'_> {
    Transition {
        old: body["OldStateValue"].as_str().unwrap().parse().unwrap(),
        new: body["NewStateValue"].as_str().unwrap().parse().unwrap(),
        reason: body["NewStateReason"].as_str().unwrap(),
        at: moment(body["StateChangeTime"].as_str().unwrap()),
    }
}

#[test]
fn the_message_of_an_alarm_is_the_captured_one() {
    let default = message("default (sqs/lambda/http/email-json)");
    let body: Value = serde_json::from_str(&default).unwrap();
    let told = Notification::of_alarm(&metric_alarm(&body), transition(&body));
    assert_eq!(told.default, default);
    assert_eq!(told.email, message("email"));
    assert_eq!(told.sms, message("sms"));
    let published = captured_items().into_iter().find_map(|item| {
        let data: Value = serde_json::from_str(&item.history_data?).ok()?;
        data["publishedMessage"].as_str().map(str::to_owned)
    });
    assert_eq!(told.to_json(), published.unwrap());
    assert_eq!(told.subject, told.sms);
}

#[test]
fn the_message_of_a_metric_math_alarm_is_the_captured_one() {
    let default = message("default, metric-math alarm");
    let body: Value = serde_json::from_str(&default).unwrap();
    let told = Notification::of_alarm(&metric_alarm(&body), transition(&body));
    assert_eq!(told.default, default);
    let metrics = concat!(
        "\nMonitored Metrics:\n",
        "- MetricExpression:           m1 + 0\n",
        "- MetricLabel:                Explicit expression label\n",
        "\nState Change Actions:\n",
    );
    assert!(told.email.contains(metrics), "{}", told.email);
}

fn composite(body: &Value) -> (CompositeAlarm, Vec<Child>) {
    let mut fields = json!({ "StateValue": "ALARM" });
    for name in [
        "AlarmName",
        "AlarmArn",
        "AlarmDescription",
        "AlarmRule",
        "OKActions",
        "AlarmActions",
        "InsufficientDataActions",
    ] {
        fields[name] = body[name].clone();
    }
    let children = body["TriggeringChildren"].as_array().unwrap().iter().map(|child| Child {
        arn: child["Arn"].as_str().unwrap().parse().unwrap(),
        state: ChildState {
            value: child["State"]["Value"].as_str().unwrap().parse().unwrap(),
            timestamp: moment(child["State"]["Timestamp"].as_str().unwrap()),
        },
    });
    (serde_json::from_value(fields).unwrap(), children.collect())
}

#[test]
fn the_message_and_the_reasons_of_a_composite_alarm_are_the_captured_ones() {
    let default = message("default, composite alarm");
    let body: Value = serde_json::from_str(&default).unwrap();
    let (alarm, children) = composite(&body);
    let told = Notification::of_composite(&alarm, transition(&body), &children);
    assert_eq!(told.default, default);

    let update = captured_items()
        .into_iter()
        .find(|item| item.history_data.as_ref().unwrap().contains("triggeringAlarms"));
    let data: Value = serde_json::from_str(&update.unwrap().history_data.unwrap()).unwrap();
    let (old, new) = (&data["oldState"], &data["newState"]);
    let created = composite_reason(&alarm.alarm_arn, AlarmState::Ok, Cause::Created);
    assert_eq!(created, old["stateReason"]);
    let moved = Cause::Transition(&children[0]);
    assert_eq!(composite_reason(&alarm.alarm_arn, AlarmState::Alarm, moved), new["stateReason"]);
    assert_eq!(composite_reason_data(&children), new["stateReasonData"].to_string());
    let updated = composite_reason(&alarm.alarm_arn, AlarmState::Ok, Cause::Updated);
    assert!(updated.ends_with(
        ":alarm:stackd-native-cw-sns-4b229becf207-composite was updated and \
                               its new alarm rule evaluates to OK"
    ));
}

/// The frame of the mail is a published one of 2022-11-06.
#[test]
fn the_mail_of_a_composite_alarm_names_its_rule_and_children() {
    let alarm: CompositeAlarm = serde_json::from_value(json!({
        "AlarmName": "Dummy composite alarm",
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:Dummy composite alarm",
        "AlarmDescription": "Test dummy alarm",
        "AlarmRule": "ALARM(a) OR ALARM(b)",
        "StateValue": "ALARM",
        "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:t"],
    }))
    .unwrap();
    let transition = Transition {
        old: AlarmState::Ok,
        new: AlarmState::Alarm,
        reason: "forced test reason",
        at: moment("2022-11-06T17:43:53Z"),
    };
    let told = Notification::of_composite(&alarm, transition, &[]);
    assert_eq!(
        told.email,
        "You are receiving this email because your Amazon CloudWatch Alarm \"Dummy composite \
         alarm\" in the EU (Ireland) region has transitioned to ALARM state on Sunday 06 November, \
         2022 17:43:53 UTC, because \"forced test reason\".\n\nView this alarm in the AWS \
         Management Console:\nhttps://eu-west-1.console.aws.amazon.com/cloudwatch/deeplink.js?\
         region=eu-west-1#alarmsV2:alarm/Dummy%20composite%20alarm\n\nAlarm Details:\n\
         - Name:                       Dummy composite alarm\n\
         - Description:                Test dummy alarm\n\
         - State Change:               OK -> ALARM\n\
         - Alarm Rule:                 ALARM(a) OR ALARM(b)\n\
         - Reason for State Change:    forced test reason\n\
         - Timestamp:                  Sunday 06 November, 2022 17:43:53 UTC\n\
         - AWS Account:                123456789012\n\
         - Alarm Arn:                  arn:aws:cloudwatch:eu-west-1:123456789012:alarm:Dummy \
         composite alarm\n\nTriggering children (max. 10):\n\nState Change Actions:\n- OK: \n\
         - ALARM: [arn:aws:sns:eu-west-1:123456789012:t]\n- INSUFFICIENT_DATA: \n"
    );
}

#[test]
fn subjects_are_cut_and_ascii() {
    let bodies = messages();
    let examples = bodies.iter().find_map(|body| body["examples"].as_array()).unwrap();
    let default = message("default (sqs/lambda/http/email-json)");
    let body: Value = serde_json::from_str(&default).unwrap();
    let subject = |name: &str| {
        let mut alarm = metric_alarm(&body);
        alarm.alarm_name = name.to_owned();
        Notification::of_alarm(&alarm, transition(&body)).subject
    };
    let prefix = "stackd-native-cw-sns-4b229becf207";
    let long = format!("{prefix}-ascii-ABCDEFGHIJKLMNOPQRSTUVWXYZ-ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    assert_eq!(subject(&format!("{prefix}-metric-query")), examples[0]);
    assert_eq!(subject(&long), examples[1]);
    assert_eq!(subject(&long).len(), 100);
    assert_eq!(subject(&format!("{prefix}-unicode-日本語")), examples[2]);
}

#[test]
fn what_the_captures_do_not_show_is_written_as_in_published_messages() {
    let mut alarm = super::captured::alarm(&json!({
        "ExtendedStatistic": "p99", "Unit": "Seconds", "TreatMissingData": null,
        "EvaluateLowSampleCountPercentile": "ignore",
        "Dimensions": [{ "Name": "InstanceId", "Value": "i-1" }],
    }));
    let transition = Transition {
        old: AlarmState::Alarm,
        new: AlarmState::Ok,
        reason: "r",
        at: moment("2026-09-14T05:00:00Z"),
    };
    let body = |alarm: &MetricAlarm| {
        let told = Notification::of_alarm(alarm, transition).default;
        serde_json::from_str::<Value>(&told).unwrap()
    };
    assert_eq!(
        body(&alarm)["Trigger"].to_string(),
        r#"{"MetricName":"m","Namespace":"N","StatisticType":"ExtendedStatistic","ExtendedStatistic":"p99","Unit":"Seconds","Dimensions":[{"value":"i-1","name":"InstanceId"}],"Period":10,"EvaluationPeriods":3,"ComparisonOperator":"GreaterThanThreshold","Threshold":50.0,"TreatMissingData":"","EvaluateLowSampleCountPercentile":"ignore"}"#
    );
    assert_eq!(body(&alarm)["AlarmDescription"], Value::Null);
    let email = Notification::of_alarm(&alarm, transition).email;
    assert!(email.contains("- Dimensions:                          [InstanceId = i-1]\n"));
    assert!(email.contains("has entered the OK state, because \"r\""));
    alarm.extended_statistic = None;
    alarm.statistic = Some("SampleCount".to_owned());
    assert_eq!(body(&alarm)["Trigger"]["Statistic"], "SAMPLE_COUNT");
    let arn = |region: &str| format!("arn:aws:cloudwatch:{region}:123456789012:alarm:a");
    let named = |region: &str| {
        let mut alarm = alarm.clone();
        alarm.alarm_arn = arn(region).parse::<Arn>().unwrap();
        body(&alarm)["Region"].as_str().unwrap().to_owned()
    };
    assert_eq!(named("eu-north-1"), "EU (Stockholm)");
    assert_eq!(named("ap-northeast-2"), "Asia Pacific (Seoul)");
    assert_eq!(named("xx-new-1"), "xx-new-1");
}

#[test]
fn the_captured_event_comes_out() {
    let file: Value = serde_json::from_str(include_str!("../answers/event.json")).unwrap();
    let event = &file["event"];
    let detail = &event["detail"];
    let metric = &detail["configuration"]["metrics"][0];
    let stat = &metric["metricStat"];
    let alarm: MetricAlarm = serde_json::from_value(json!({
        "AlarmName": detail["alarmName"],
        "AlarmArn": event["resources"][0],
        "AlarmDescription": detail["configuration"]["description"],
        "StateValue": "ALARM",
        "Namespace": stat["metric"]["namespace"],
        "MetricName": stat["metric"]["name"],
        "Dimensions": [{ "Name": "Probe", "Value": stat["metric"]["dimensions"]["Probe"] }],
        "Period": stat["period"],
        "Statistic": stat["stat"],
    }))
    .unwrap();
    let state = |name: &str| {
        let state = &detail[name];
        let record = StateRecord {
            value: state["value"].as_str().unwrap(),
            reason: state["reason"].as_str().unwrap(),
            data: state["reasonData"].as_str(),
        };
        (record, moment(state["timestamp"].as_str().unwrap()))
    };
    let ((old, old_since), (new, since)) = (state("previousState"), state("state"));
    let (id, metric_id) = (event["id"].as_str().unwrap(), metric["id"].as_str().unwrap());
    let found = state_change_event(&alarm, (&old, old_since), (&new, since), id, metric_id);
    assert_eq!(found.to_string(), event.to_string());
}

#[test]
fn numbers_are_written_as_java_does() {
    let rows = [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.025, "0.025"),
        (0.001, "0.001"),
        (0.0005, "5.0E-4"),
        (9_999_999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (12_345_678.9, "1.23456789E7"),
        (1e300, "1.0E300"),
        (-2.5e-10, "-2.5E-10"),
        (f64::INFINITY, "Infinity"),
        (f64::NAN, "NaN"),
        (f64::NEG_INFINITY, "-Infinity"),
        (19.604_081_632_653_06, "19.60408163265306"),
    ];
    for (value, text) in rows {
        assert_eq!(wire::number(value), text);
    }
    assert_eq!(wire::json(&json!([1e9, 1, "é\"", null, 0.5])), r#"[1.0E9,1,"é\"",null,0.5]"#);
}
