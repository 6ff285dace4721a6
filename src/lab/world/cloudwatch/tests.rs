//! Alarms as captured, and what reaches an inbox.

mod mute;
mod rules;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::world::Mail;
use crate::world::Service::{Kms, Monitoring, Sns};
use crate::world::stage::Stage;

const SOC: &str = "soc@example.org";
const HISTORY: &str = include_str!("../../../core/alarm/answers/history-items.json");
const MESSAGES: &str = include_str!("../../../core/alarm/answers/messages.json");

/// A topic with a confirmed mail subscription.
fn topic(stage: &mut Stage, name: &str) -> String {
    let topic = stage.call(Sns, "CreateTopic", json!({"Name": name}))["TopicArn"].clone();
    let params = json!({"TopicArn": topic, "Protocol": "email", "Endpoint": SOC});
    stage.call(Sns, "Subscribe", params);
    let token = mails(stage).pop().unwrap().token.unwrap();
    stage.world.confirm_by_link(&token).unwrap();
    topic.as_str().unwrap().to_owned()
}

fn mails(stage: &Stage) -> Vec<Mail> {
    stage.world.inboxes().0.get(&format!("email:{SOC}")).cloned().unwrap_or_default()
}

fn subjects(stage: &Stage) -> Vec<String> {
    let notifications = mails(stage).into_iter().filter(|mail| mail.kind == "Notification");
    notifications.filter_map(|mail| mail.subject).collect()
}

/// Sum of reads at least 1 in a minute, to a topic.
fn alarm(name: &str, topic: &str) -> Value {
    json!({
        "AlarmName": name,
        "AlarmActions": [topic],
        "MetricName": "SecretIsAccessed",
        "Namespace": "SecurityMetrics",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    })
}

fn put(stage: &mut Stage, alarm: &Value) {
    stage.call(Monitoring, "PutMetricAlarm", alarm.clone());
}

fn sample(stage: &mut Stage, value: f64) {
    let datum = json!({"MetricName": "SecretIsAccessed", "Value": value});
    let params = json!({"Namespace": "SecurityMetrics", "MetricData": [datum]});
    stage.call(Monitoring, "PutMetricData", params);
}

fn set(stage: &mut Stage, name: &str, state: &str) {
    let params = json!({"AlarmName": name, "StateValue": state, "StateReason": "test"});
    stage.call(Monitoring, "SetAlarmState", params);
}

fn history(stage: &mut Stage, name: &str, kind: &str) -> Vec<Value> {
    let params = json!({
        "AlarmName": name,
        "AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
        "HistoryItemType": kind,
    });
    let answer = stage.call(Monitoring, "DescribeAlarmHistory", params);
    answer["AlarmHistoryItems"].as_array().unwrap().clone()
}

fn summaries(stage: &mut Stage, name: &str, kind: &str) -> Vec<String> {
    let items = history(stage, name, kind);
    items.iter().map(|item| item["HistorySummary"].as_str().unwrap().to_owned()).collect()
}

/// The error of the newest action.
fn failure(stage: &mut Stage, name: &str) -> String {
    let item = history(stage, name, "Action").remove(0);
    let data: Value = serde_json::from_str(item["HistoryData"].as_str().unwrap()).unwrap();
    assert_eq!(data["actionState"], "Failed");
    data["error"].as_str().unwrap().to_owned()
}

fn described(stage: &mut Stage, name: &str) -> Value {
    let params =
        json!({"AlarmNames": [name], "AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"]});
    let answer = stage.call(Monitoring, "DescribeAlarms", params);
    let lists = ["MetricAlarms", "CompositeAlarms", "LogAlarms"];
    lists.iter().find_map(|list| answer[*list].get(0).cloned()).unwrap()
}

fn state(stage: &mut Stage, name: &str) -> String {
    described(stage, name)["StateValue"].as_str().unwrap().to_owned()
}

fn pass_ms(stage: &mut Stage, milliseconds: i64) {
    stage.world.advance(SignedDuration::from_millis(milliseconds));
}

#[test]
fn the_captured_alarm_of_2026_09_23_comes_out_the_same() {
    let mut stage = Stage::at("2026-09-23T03:24:32.743Z");
    let name = "stackd-sns-cwctx-d4c69e518cca-alarm";
    let topic = topic(&mut stage, "stackd-sns-cwctx-d4c69e518cca");
    stage.call(Monitoring, "PutMetricAlarm", json!({
        "AlarmName": name,
        "AlarmDescription": "stackd-sns-cwctx-d4c69e518cca encrypted SNS source context capture",
        "AlarmActions": [topic],
        "MetricName": "NeverPublished",
        "Namespace": "stackd-sns-cwctx-d4c69e518cca",
        "Statistic": "Average",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore",
    }));
    let shown = described(&mut stage, name);
    let captured = json!({
        "StateReason": "Unchecked: Initial alarm creation",
        "StateValue": "INSUFFICIENT_DATA",
        "StateTransitionedTimestamp": "2026-09-23T03:24:32.743Z",
        "StateUpdatedTimestamp": "2026-09-23T03:24:32.743Z",
        "AlarmConfigurationUpdatedTimestamp": "2026-09-23T03:24:32.743Z",
        "OKActions": [],
        "InsufficientDataActions": [],
        "Dimensions": [],
        "ActionsEnabled": true,
    });
    for (key, value) in captured.as_object().unwrap() {
        assert_eq!(&shown[key], value, "{key}");
    }
    assert!(shown["DatapointsToAlarm"].is_null() && shown["StateReasonData"].is_null());
    let mut set = |milliseconds, state: &str, reason: &str| {
        pass_ms(&mut stage, milliseconds);
        let reason = format!("stackd-sns-cwctx-d4c69e518cca {reason}");
        let params = json!({"AlarmName": name, "StateValue": state, "StateReason": reason});
        stage.call(Monitoring, "SetAlarmState", params);
    };
    set(1_411, "OK", "prepare attempt-1");
    set(695, "ALARM", "attempt-1 nonce 4cc0998d4b914e3695a497a9c27b4fb8");
    stage.pass(600);
    let answer = stage.call(Monitoring, "DescribeAlarmHistory", json!({"AlarmName": name}));
    let found = answer["AlarmHistoryItems"].as_array().unwrap();
    let captured: Value = serde_json::from_str(HISTORY).unwrap();
    let captured: Vec<&Value> = captured["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["item"])
        .filter(|item| item["AlarmName"] == name)
        .collect();
    assert_eq!((found.len(), captured.len()), (4, 4));
    for (found, captured) in found.iter().zip(captured) {
        for key in ["AlarmName", "AlarmType", "HistoryItemType", "HistorySummary", "HistoryData"] {
            assert_eq!(found[key], captured[key]);
        }
        let at: jiff::Timestamp = captured["Timestamp"].as_str().unwrap().parse().unwrap();
        assert_eq!(found["Timestamp"], json!(at));
    }
    let messages: Value = serde_json::from_str(MESSAGES).unwrap();
    let bodies = messages["bodies"].as_array().unwrap();
    let email = bodies.iter().find(|body| body["kind"] == "email").unwrap();
    let mail = mails(&stage).pop().unwrap();
    assert!(mail.body.starts_with(email["text"].as_str().unwrap()), "{}", mail.body);
    assert_eq!(
        mail.subject.as_deref(),
        Some("ALARM: \"stackd-sns-cwctx-d4c69e518cca-alarm\" in US East (N. Virginia)")
    );
    assert_eq!(mail.at.to_string(), "2026-09-23T03:24:34.904Z");
}

#[test]
fn one_read_sends_one_mail_and_the_alarm_comes_back() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage, "alerts");
    put(&mut stage, &alarm("secret-read", &topic));
    stage.pass(600);
    assert_eq!(state(&mut stage, "secret-read"), "OK");
    sample(&mut stage, 1.0);
    stage.pass(600);
    assert_eq!(subjects(&stage), ["ALARM: \"secret-read\" in US East (N. Virginia)"]);
    assert_eq!(state(&mut stage, "secret-read"), "OK");
    assert_eq!(
        summaries(&mut stage, "secret-read", "StateUpdate"),
        [
            "Alarm updated from ALARM to OK",
            "Alarm updated from OK to ALARM",
            "Alarm updated from INSUFFICIENT_DATA to OK",
        ]
    );
    stage.saved_and_loaded();
    sample(&mut stage, 1.0);
    stage.pass(600);
    assert_eq!(subjects(&stage).len(), 2);
}

#[test]
fn an_average_with_default_zeros_stays_quiet() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage, "alerts");
    let mut average = alarm("secret-read", &topic);
    average["Statistic"] = json!("Average");
    put(&mut stage, &average);
    stage.pass(120);
    for _ in 0..39 {
        sample(&mut stage, 0.0);
    }
    sample(&mut stage, 1.0);
    stage.pass(900);
    assert_eq!(subjects(&stage), [] as [&str; 0]);
    assert_eq!(summaries(&mut stage, "secret-read", "Action"), [] as [&str; 0]);
}

#[test]
fn an_alarm_that_stays_in_alarm_tells_nobody_of_the_next_read() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage, "alerts");
    let mut ignoring = alarm("secret-read", &topic);
    ignoring["TreatMissingData"] = json!("ignore");
    put(&mut stage, &ignoring);
    for _ in 0..3 {
        sample(&mut stage, 1.0);
        stage.pass(3_600);
    }
    assert_eq!(subjects(&stage).len(), 1);
    assert_eq!(state(&mut stage, "secret-read"), "ALARM");
}

#[test]
fn what_stands_in_the_way_is_told_by_the_history_and_the_inbox_stays_empty() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage, "alerts");
    put(&mut stage, &alarm("secret-read", &topic));
    let read = |stage: &mut Stage| {
        set(stage, "secret-read", "OK");
        stage.pass(300);
        sample(stage, 1.0);
        stage.pass(300);
        failure(stage, "secret-read")
    };
    let attribute = |stage: &mut Stage, name: &str, value: &str| {
        let params = json!({"TopicArn": topic, "AttributeName": name, "AttributeValue": value});
        stage.call(Sns, "SetTopicAttributes", params);
    };
    attribute(&mut stage, "KmsMasterKeyId", "alias/aws/sns");
    let text =
        "CloudWatch Alarms does not have authorization to access the SNS topic encryption key.";
    assert_eq!(read(&mut stage), text);
    let open = json!({"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "kms:*", "Resource": "*"});
    let key = stage.key(Some(open));
    stage.call(Kms, "DisableKey", json!({"KeyId": key}));
    attribute(&mut stage, "KmsMasterKeyId", &key);
    assert_eq!(read(&mut stage), format!("The SNS topic encryption key is disabled: {topic}"));
    stage.world.hypotheses.set.insert("failed-action-text".into(), "code".into());
    assert_eq!(read(&mut stage), "KMSDisabled");
    attribute(&mut stage, "KmsMasterKeyId", "");
    let events = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish", "Resource": topic}]});
    attribute(&mut stage, "Policy", &events.to_string());
    let text =
        format!("CloudWatch Alarms is not authorized to perform: SNS:Publish on resource:{topic}");
    assert_eq!(read(&mut stage), text);
    stage.call(Sns, "DeleteTopic", json!({"TopicArn": topic}));
    assert_eq!(read(&mut stage), "NotFound");
    let elsewhere = topic.replace("us-east-1", "eu-west-1");
    put(&mut stage, &alarm("secret-read", &elsewhere));
    assert_eq!(read(&mut stage), "InvalidParameter");
    assert_eq!(subjects(&stage), [] as [&str; 0]);
}

#[test]
fn disabled_actions_and_actions_of_other_states_do_nothing() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage, "alerts");
    let mut disabled = alarm("disabled", &topic);
    disabled["ActionsEnabled"] = json!(false);
    let mut wrong = alarm("wrong", &topic);
    wrong["AlarmActions"] = json!([]);
    wrong["InsufficientDataActions"] = json!([topic]);
    put(&mut stage, &disabled);
    put(&mut stage, &wrong);
    stage.pass(120);
    sample(&mut stage, 1.0);
    stage.pass(600);
    for name in ["disabled", "wrong"] {
        assert_eq!(summaries(&mut stage, name, "StateUpdate").len(), 3, "{name}");
        assert_eq!(summaries(&mut stage, name, "Action").len(), 0, "{name}");
    }
    let names = json!({"AlarmNames": ["disabled", "nobody"]});
    stage.call(Monitoring, "EnableAlarmActions", names.clone());
    stage.call(Monitoring, "EnableAlarmActions", names);
    let updates = history(&mut stage, "disabled", "ConfigurationUpdate");
    assert_eq!(updates.len(), 2);
    assert!(updates[0]["HistoryData"].as_str().unwrap().contains("\"actionsEnabled\":false}}"));
    sample(&mut stage, 1.0);
    stage.pass(600);
    assert_eq!(subjects(&stage).len(), 1);
}

#[test]
fn refusals_have_the_captured_words() {
    let mut stage = Stage::new();
    let good = alarm("a", &stage.arn("sns", "alerts"));
    let mut refusal = |changes: Value| {
        let mut bad = good.clone();
        for (name, value) in changes.as_object().unwrap() {
            bad[name] = value.clone();
        }
        stage.refusal(Monitoring, "PutMetricAlarm", bad)
    };
    let words = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    assert_eq!(
        refusal(json!({"OKActions": ["not-an-arn"], "ActionsEnabled": false})),
        words("ValidationException", "Invalid arn syntax: not-an-arn")
    );
    assert_eq!(
        refusal(json!({"ExtendedStatistic": "p99"})),
        words(
            "ValidationException",
            "PutMetricAlarm request can not be made with both Statistic and ExtendedStatistic parameters. Only one of them should be present"
        )
    );
    assert_eq!(
        refusal(json!({"Statistic": null, "ExtendedStatistic": "p101"})),
        words(
            "InvalidParameterValueException",
            "The value p101 for parameter ExtendedStatistic is not supported."
        )
    );
    let query = json!([{"Id": "m", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}}]);
    assert_eq!(
        refusal(json!({"Metrics": query})),
        words("ValidationException", "MetricName should not be set if list of Metrics is set.")
    );
    assert_eq!(
        refusal(json!({"Tags": [{"Key": "AWS:x", "Value": "y"}]})),
        words(
            "AccessDeniedException",
            "The provided tag keys must not start with any case of \"aws:\""
        )
    );
    put(&mut stage, &good);
    let rule = json!({"AlarmName": "a", "AlarmRule": "TRUE"});
    assert_eq!(
        stage.refusal(Monitoring, "PutCompositeAlarm", rule),
        words(
            "ValidationException",
            "AlarmName [a] is already used by another alarm of a different type"
        )
    );
    let missing = json!({"AlarmName": "none", "StateValue": "OK", "StateReason": ""});
    assert_eq!(stage.refusal(Monitoring, "SetAlarmState", missing), words("ResourceNotFound", ""));
    let missing = json!({"ResourceARN": stage.arn("cloudwatch", "alarm:none")});
    let refusal = stage.refusal(Monitoring, "ListTagsForResource", missing);
    assert_eq!(refusal, words("ResourceNotFoundException", ""));
    assert_eq!(
        stage.refusal(Monitoring, "DescribeAlarmHistory", json!({"NextToken": "invalid-token"})),
        words("InvalidNextToken", "Invalid NextToken : invalid-token")
    );
    let both = json!({"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1.0, "Values": [1.0]}]});
    assert_eq!(
        stage.refusal(Monitoring, "PutMetricData", both),
        words(
            "InvalidParameterCombinationException",
            "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both."
        )
    );
    let wide = json!({"Namespace": "n", "MetricName": "m", "Period": 60, "Statistics": ["Sum"], "StartTime": "2026-09-21T00:00:00Z", "EndTime": "2026-09-22T06:00:00Z"});
    assert_eq!(
        stage.refusal(Monitoring, "GetMetricStatistics", wide),
        words(
            "InvalidParameterCombinationException",
            "You have requested up to 1800 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
    );
}

#[test]
fn what_changes_nothing_writes_nothing_and_history_outlives_its_alarm() {
    let mut stage = Stage::new();
    let put_it = alarm("a", &stage.arn("sns", "nobody"));
    put(&mut stage, &put_it);
    put(&mut stage, &put_it);
    set(&mut stage, "a", "INSUFFICIENT_DATA");
    assert_eq!(summaries(&mut stage, "a", "ConfigurationUpdate"), ["Alarm \"a\" created"]);
    assert_eq!(summaries(&mut stage, "a", "StateUpdate").len(), 0);
    stage.pass(1);
    stage.call(Monitoring, "DeleteAlarms", json!({"AlarmNames": ["a"]}));
    stage.pass(300);
    assert_eq!(stage.call(Monitoring, "DescribeAlarms", json!({}))["MetricAlarms"], json!([]));
    let kept = ["Alarm \"a\" deleted", "Alarm \"a\" created"];
    assert_eq!(summaries(&mut stage, "a", "ConfigurationUpdate"), kept);
    stage.pass(30 * 86_400);
    assert_eq!(summaries(&mut stage, "a", "ConfigurationUpdate").len(), 0);
}

#[test]
fn a_state_set_by_hand_falls_back_as_captured() {
    // Captured 2026-09-14 at a period of 10 s without any data.
    for (treat, by_hand, then) in [
        (None, "OK", "INSUFFICIENT_DATA"),
        (Some("notBreaching"), "ALARM", "OK"),
        (Some("breaching"), "OK", "ALARM"),
        (Some("ignore"), "ALARM", "ALARM"),
    ] {
        let mut stage = Stage::new();
        let mut fast = alarm("fast", &stage.arn("sns", "nobody"));
        fast["Period"] = json!(10);
        fast["TreatMissingData"] = json!(treat);
        put(&mut stage, &fast);
        stage.pass(100);
        set(&mut stage, "fast", by_hand);
        assert_eq!(state(&mut stage, "fast"), by_hand);
        stage.pass(50);
        assert_eq!(state(&mut stage, "fast"), then, "{treat:?}");
    }
}

#[test]
fn alarms_are_found_by_their_whole_set_of_dimensions() {
    let mut stage = Stage::new();
    let mut it = alarm("a", &stage.arn("sns", "x"));
    it["Dimensions"] = json!([{"Name": "b", "Value": "1"}, {"Name": "a", "Value": "2"}]);
    put(&mut stage, &it);
    let mut found = |more: Value| {
        let mut params = json!({"Namespace": "SecurityMetrics", "MetricName": "SecretIsAccessed"});
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        let answer = stage.call(Monitoring, "DescribeAlarmsForMetric", params);
        answer["MetricAlarms"].as_array().unwrap().len()
    };
    let whole = json!([{"Name": "a", "Value": "2"}, {"Name": "b", "Value": "1"}]);
    assert_eq!(found(json!({"Dimensions": whole})), 1);
    assert_eq!(found(json!({"Dimensions": whole, "Statistic": "Average"})), 0);
    assert_eq!(found(json!({"Dimensions": whole, "Unit": "Count"})), 0);
    assert_eq!(found(json!({"Dimensions": [whole[0]]})), 0);
    assert_eq!(found(json!({})), 0);
}

#[test]
fn lists_of_alarms_are_by_type_in_pages() {
    let mut stage = Stage::new();
    for place in 0..7 {
        let it = alarm(&format!("a{place}"), &stage.arn("sns", "x"));
        put(&mut stage, &it);
    }
    stage.call(
        Monitoring,
        "PutCompositeAlarm",
        json!({"AlarmName": "c", "AlarmRule": "ALARM(a1) OR ALARM(a2)"}),
    );
    let count = |answer: &Value, list: &str| answer[list].as_array().unwrap().len();
    let answer = stage.call(Monitoring, "DescribeAlarms", json!({}));
    assert_eq!((count(&answer, "MetricAlarms"), count(&answer, "CompositeAlarms")), (7, 0));
    let mut params = json!({"AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 5});
    let first = stage.call(Monitoring, "DescribeAlarms", params.clone());
    params["NextToken"] = first["NextToken"].clone();
    let second = stage.call(Monitoring, "DescribeAlarms", params);
    assert_eq!((count(&second, "MetricAlarms"), count(&second, "CompositeAlarms")), (2, 1));
    assert!(second["NextToken"].is_null());
    let children = stage.call(Monitoring, "DescribeAlarms", json!({"ChildrenOfAlarmName": "c"}));
    assert_eq!(count(&children, "MetricAlarms"), 2);
    let parents = stage.call(Monitoring, "DescribeAlarms", json!({"ParentsOfAlarmName": "a2"}));
    assert_eq!(parents["CompositeAlarms"][0]["AlarmName"], "c");
    // Without AlarmTypes a composite alarm has no history.
    let answer = stage.call(Monitoring, "DescribeAlarmHistory", json!({"AlarmName": "c"}));
    assert_eq!(answer["AlarmHistoryItems"], json!([]));
    assert_eq!(
        summaries(&mut stage, "c", "StateUpdate"),
        ["Alarm updated from INSUFFICIENT_DATA to OK"]
    );
}

#[test]
fn metrics_read_back() {
    let mut stage = Stage::at("2026-09-14T01:15:51Z");
    let data = json!([
        {"MetricName": "m", "Values": [5.0, 3.0], "Counts": [1.0, 14.0], "Unit": "Bytes"},
        {"MetricName": "m", "StatisticValues": {"SampleCount": 4.0, "Sum": 10.0, "Minimum": 1.0, "Maximum": 4.0}, "Unit": "Count"},
    ]);
    stage.call(Monitoring, "PutMetricData", json!({"Namespace": "n", "MetricData": data}));
    let times = json!({"StartTime": "2026-09-14T01:10:00Z", "EndTime": "2026-09-14T01:20:00Z"});
    let statistics = |stage: &mut Stage, more: Value| {
        let mut params = json!({"Namespace": "n", "MetricName": "m", "Period": 60,
            "Statistics": ["Sum", "SampleCount", "Minimum", "Maximum", "Average"],
            "StartTime": times["StartTime"], "EndTime": times["EndTime"]});
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        stage.call(Monitoring, "GetMetricStatistics", params)["Datapoints"].clone()
    };
    assert_eq!(
        statistics(&mut stage, json!({})),
        json!([
            {"Timestamp": "2026-09-14T01:15:00Z", "Unit": "Bytes", "Sum": 47.0, "SampleCount": 15.0, "Minimum": 3.0, "Maximum": 5.0, "Average": 47.0 / 15.0},
            {"Timestamp": "2026-09-14T01:15:00Z", "Unit": "Count", "Sum": 10.0, "SampleCount": 4.0, "Minimum": 1.0, "Maximum": 4.0, "Average": 2.5},
        ])
    );
    assert_eq!(statistics(&mut stage, json!({"Unit": "Seconds"})), json!([]));
    let stat = |unit: Value| {
        let mut stat =
            json!({"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"});
        if unit.is_string() {
            stat["Unit"] = unit;
        }
        stat
    };
    let mut params = json!({"StartTime": times["StartTime"], "EndTime": times["EndTime"], "MetricDataQueries": [
        {"Id": "both", "MetricStat": stat(json!(null))},
        {"Id": "one", "MetricStat": stat(json!("Bytes")), "ReturnData": false},
        {"Id": "half", "Expression": "one / 2 + 0.5"},
    ]});
    let answer = stage.call(Monitoring, "GetMetricData", params.clone());
    let results = &answer["MetricDataResults"];
    assert_eq!(
        results[0]["Messages"],
        json!([{"Code": "MultipleUnits", "Value": "Multiple units returned: '[Bytes, Count]'"}])
    );
    assert_eq!((&results[1]["Id"], &results[1]["Values"]), (&json!("half"), &json!([24.0])));
    params["MaxDatapoints"] = json!(1);
    let first = stage.call(Monitoring, "GetMetricData", params.clone());
    assert_eq!(first["MetricDataResults"][1]["StatusCode"], "PartialData");
    params["NextToken"] = first["NextToken"].clone();
    let second = stage.call(Monitoring, "GetMetricData", params);
    assert_eq!(second["MetricDataResults"][1]["Values"], json!([24.0]));
    let listed = stage.call(Monitoring, "ListMetrics", json!({"Namespace": "n"}));
    assert_eq!(listed["Metrics"], json!([{"Namespace": "n", "MetricName": "m", "Dimensions": []}]));
}

#[test]
fn alarms_without_samples_rest() {
    let mut stage = Stage::new();
    for place in 0..50 {
        let mut quiet = alarm(&format!("a{place}"), &stage.arn("sns", "x"));
        quiet["MetricName"] = json!(format!("m{place}"));
        put(&mut stage, &quiet);
    }
    stage.pass(3_600);
    let resting = |stage: &Stage| {
        let workings = &stage.world.place(&stage.target).cloudwatch.workings;
        workings.values().filter(|workings| workings.at_rest).count()
    };
    assert_eq!(resting(&stage), 50);
    let datum = json!([{"MetricName": "m7", "Value": 1.0}]);
    stage.call(
        Monitoring,
        "PutMetricData",
        json!({"Namespace": "SecurityMetrics", "MetricData": datum}),
    );
    assert_eq!(resting(&stage), 49);
    stage.pass(120);
    assert_eq!(summaries(&mut stage, "a7", "Action").len(), 1);
    stage.pass(3_600);
    assert_eq!(resting(&stage), 50);
}

#[test]
fn an_alarm_that_is_not_modelled_is_an_open_question() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage, "alerts");
    let mut trimmed = alarm("trimmed", &topic);
    trimmed["Statistic"] = json!(null);
    trimmed["ExtendedStatistic"] = json!("tm99");
    put(&mut stage, &trimmed);
    sample(&mut stage, 1.0);
    stage.pass(300);
    assert!(stage.world.hypotheses.consulted.contains("alarm-not-modelled"));
    assert_eq!(subjects(&stage).len(), 0);
    stage.world.hypotheses.set.insert("alarm-not-modelled".into(), "fires".into());
    sample(&mut stage, 1.0);
    stage.pass(600);
    assert_eq!(subjects(&stage).len(), 1);
    assert_eq!(state(&mut stage, "trimmed"), "OK");
}

#[test]
fn a_log_alarm_is_an_open_question_where_a_read_arrives() {
    use secmon_core::snapshot::LogAlarm;

    use super::StoredAlarm;
    use crate::world::Service::Logs;

    let mut stage = Stage::new();
    let topic = topic(&mut stage, "alerts");
    let target = stage.target.clone();
    let arn = stage.arn("cloudwatch", "alarm:query").parse().unwrap();
    stage.world.new_workings(&target, "query", &arn, Default::default());
    let alarm = StoredAlarm::Log(LogAlarm {
        alarm_name: "query".to_owned(),
        alarm_arn: arn,
        actions_enabled: true,
        alarm_actions: vec![topic],
        ok_actions: Vec::new(),
        insufficient_data_actions: Vec::new(),
        state_value: Some("OK".to_owned()),
        state_reason: None,
        state_transitioned_timestamp: None,
        scheduled_query_configuration: None,
        query_results_to_evaluate: None,
        query_results_to_alarm: None,
        threshold: None,
        comparison_operator: None,
        treat_missing_data: None,
        evaluation_state: None,
    });
    stage.world.place_mut(&target).cloudwatch.alarms.insert("query".to_owned(), alarm);
    stage.call(Logs, "CreateLogGroup", json!({"logGroupName": "trail"}));
    let event = |stage: &mut Stage, name: &str| {
        let text = json!({"eventSource": "secretsmanager.amazonaws.com", "eventName": name});
        let events = vec![(stage.world.now(), text.to_string())];
        stage.world.ingest(&target, "trail", "s", events).unwrap();
        stage.pass(10);
    };
    event(&mut stage, "DescribeSecret");
    assert!(!stage.world.hypotheses.consulted.contains("log-alarm"));
    event(&mut stage, "GetSecretValue");
    assert!(stage.world.hypotheses.consulted.contains("log-alarm"));
    assert_eq!(subjects(&stage).len(), 0);
    stage.world.hypotheses.set.insert("log-alarm".into(), "notifies".into());
    event(&mut stage, "GetSecretValue");
    assert_eq!((subjects(&stage).len(), state(&mut stage, "query")), (1, "ALARM".to_owned()));
    stage.pass(400);
    assert_eq!(state(&mut stage, "query"), "OK");
    stage.saved_and_loaded();
}
