//! What rules send.

use serde_json::{Value, json};

use crate::world::Mail;
use crate::world::Service::{Events, Monitoring, Sns};
use crate::world::stage::Stage;

const SOC: &str = "soc@example.org";

fn read_of_a_secret() -> Value {
    json!({
        "version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.secretsmanager",
        "account": "000000000000", "region": "us-east-1", "resources": [],
        "detail": {
            "eventSource": "secretsmanager.amazonaws.com", "eventName": "GetSecretValue",
            "readOnly": true, "managementEvent": true, "sourceIPAddress": "203.0.113.7",
            "requestParameters": {"secretId": "prod/db"}, "count": 3,
            "tags": [{"k": "team", "v": "a"}, {"k": "stage", "v": "b"}],
        },
    })
}

fn watching(stage: &mut Stage, state: &str, pattern: &Value, more: Value) -> String {
    let topic = stage.call(Sns, "CreateTopic", json!({"Name": "alerts"}))["TopicArn"].clone();
    stage.call(Sns, "Subscribe", json!({"TopicArn": topic, "Protocol": "email", "Endpoint": SOC}));
    let token = mails(stage).pop().unwrap().token.unwrap();
    stage.world.confirm_by_link(&token).unwrap();
    let rule = json!({"Name": "reads", "EventPattern": pattern.to_string(), "State": state});
    let arn = stage.call(Events, "PutRule", rule)["RuleArn"].clone();
    let mut target = json!({"Id": "mail", "Arn": topic});
    for (name, value) in more.as_object().unwrap() {
        target[name] = value.clone();
    }
    stage.call(Events, "PutTargets", json!({"Rule": "reads", "Targets": [target]}));
    let policy = json!({"Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish",
        "Resource": topic, "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
    }]});
    let params =
        json!({"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy.to_string()});
    stage.call(Sns, "SetTopicAttributes", params);
    topic.as_str().unwrap().to_owned()
}

fn mails(stage: &Stage) -> Vec<Mail> {
    stage.world.inboxes().0.get(&format!("email:{SOC}")).cloned().unwrap_or_default()
}

fn told(stage: &Stage) -> Vec<String> {
    let notifications = mails(stage).into_iter().filter(|mail| mail.kind == "Notification");
    notifications.map(|mail| mail.body).collect()
}

fn read(stage: &mut Stage) {
    let target = stage.target.clone();
    let detail = read_of_a_secret()["detail"].clone();
    stage.world.emit(
        &target,
        "aws.secretsmanager",
        "AWS API Call via CloudTrail",
        Vec::new(),
        detail,
    );
}

#[test]
fn reads_reach_only_rules_that_ask_for_all_management_events() {
    for (state, expected) in
        [("ENABLED", 0), ("DISABLED", 0), ("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", 1)]
    {
        let mut stage = Stage::new();
        watching(&mut stage, state, &json!({"source": ["aws.secretsmanager"]}), json!({}));
        read(&mut stage);
        assert_eq!(told(&stage).len(), expected, "{state}");
        stage.saved_and_loaded();
    }
}

#[test]
fn a_role_of_a_target_is_an_open_question() {
    let mut stage = Stage::new();
    let all = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    let role = stage.arn("iam", "role/send");
    watching(
        &mut stage,
        all,
        &json!({"source": ["aws.secretsmanager"]}),
        json!({ "RoleArn": role }),
    );
    read(&mut stage);
    assert_eq!(told(&stage).len(), 0);
    stage.world.hypotheses.set.insert("event-target-role".into(), "delivered".into());
    read(&mut stage);
    assert_eq!(told(&stage).len(), 1);
}

#[test]
fn the_default_topic_policy_does_not_admit_rules() {
    let mut stage = Stage::new();
    let all = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    let topic = watching(&mut stage, all, &json!({"source": ["aws.secretsmanager"]}), json!({}));
    let policy = crate::world::sns::StoredTopic::new(topic.parse().unwrap());
    let policy = policy.attributes.policy.unwrap();
    let params = json!({"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy});
    stage.call(Sns, "SetTopicAttributes", params);
    read(&mut stage);
    assert_eq!(told(&stage).len(), 0);
    let listed = stage.call(Monitoring, "ListMetrics", json!({"Namespace": "AWS/Events"}));
    assert_eq!(listed["Metrics"][0]["MetricName"], "FailedInvocations");
}

#[test]
fn inputs_are_transformed() {
    let all = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    let text = |more: Value| {
        let mut stage = Stage::new();
        watching(&mut stage, all, &json!({"source": ["aws.secretsmanager"]}), more);
        read(&mut stage);
        let body = told(&stage).pop()?;
        Some(body.split("\n\n\n--\n").next().unwrap().to_owned())
    };
    assert_eq!(text(json!({"Input": "\"read\""})).unwrap(), "\"read\"");
    assert_eq!(text(json!({"InputPath": "$.detail.tags[1].v"})).unwrap(), "\"b\"");
    assert_eq!(text(json!({"InputPath": "$.detail.nothing"})), None);
    let paths = json!({"name": "$.detail.eventName", "id": "$.detail.requestParameters.secretId", "count": "$.detail.count"});
    let transformer = |template: &str| json!({"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}});
    assert_eq!(
        text(transformer("\"<name> of <id>, <nothing>\"")).unwrap(),
        "\"GetSecretValue of prod/db, \""
    );
    assert_eq!(
        text(transformer(r#"{"what": <name>, "many": <count>, "text": "of <id>"}"#)).unwrap(),
        r#"{"what": "GetSecretValue", "many": 3, "text": "of prod/db"}"#
    );
    let whole: Value = serde_json::from_str(&text(json!({})).unwrap()).unwrap();
    assert_eq!(whole["detail"], read_of_a_secret()["detail"]);
}

#[test]
fn an_alarm_tells_eventbridge_as_captured_even_with_actions_disabled() {
    let mut stage = Stage::at("2026-09-14T05:43:16.885Z");
    let name = "stackd-native-alarm-delivery-4b416420a7";
    watching(
        &mut stage,
        "ENABLED",
        &json!({"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}}),
        json!({}),
    );
    stage.call(Monitoring, "PutMetricAlarm", json!({
        "AlarmName": name, "AlarmDescription": "native delivery initial configuration",
        "ActionsEnabled": false, "MetricName": "UnpublishedValue", "Namespace": "Stackd/NativeAlarmDelivery",
        "Dimensions": [{"Name": "Probe", "Value": name}], "Statistic": "Average", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
    }));
    for (state, milliseconds) in [("OK", 0), ("ALARM", 879)] {
        stage.world.advance(jiff::SignedDuration::from_millis(milliseconds));
        let reason = format!("disabled_transition_{}", state.to_lowercase());
        let data =
            format!("{{\"probe\":\"{reason}\",\"nested\":{{\"number\":7,\"enabled\":true}}}}");
        stage.call(Monitoring, "SetAlarmState", json!({
            "AlarmName": name, "StateValue": state, "StateReason": reason, "StateReasonData": data,
        }));
    }
    let body = told(&stage).pop().unwrap();
    let mut found: Value = serde_json::from_str(body.split("\n\n\n--\n").next().unwrap()).unwrap();
    let captured = include_str!("../../../core/alarm/answers/event.json");
    let captured: Value = serde_json::from_str(captured).unwrap();
    let mut captured = captured["event"].clone();
    // AWS makes these up, and the account was another.
    for event in [&mut found, &mut captured] {
        event["id"] = json!("");
        event["detail"]["configuration"]["metrics"][0]["id"] = json!("");
    }
    let captured = captured.to_string().replace("123456789012", crate::world::stage::ACCOUNT);
    assert_eq!(found.to_string(), captured);
}

#[test]
fn rules_read_back_and_refuse() {
    let mut stage = Stage::new();
    let name = |error: (String, String)| error.0;
    let bad = json!({"Name": "r", "EventPattern": "{\"source\": \"x\"}"});
    assert_eq!(name(stage.refusal(Events, "PutRule", bad)), "InvalidEventPatternException");
    assert_eq!(name(stage.refusal(Events, "PutRule", json!({"Name": "r"}))), "ValidationException");
    let refusal = stage.refusal(Events, "DescribeRule", json!({"Name": "r"}));
    assert_eq!(refusal.1, "Rule r does not exist on EventBus default.");
    let topic = stage.arn("sns", "alerts");
    stage.call(Events, "PutRule", json!({"Name": "r", "EventPattern": "{\"source\":[\"x\"]}"}));
    stage.call(Events, "PutTargets", json!({"Rule": "r", "Targets": [{"Id": "1", "Arn": topic}]}));
    assert_eq!(stage.call(Events, "ListRules", json!({}))["Rules"][0]["State"], "ENABLED");
    let names = stage.call(Events, "ListRuleNamesByTarget", json!({"TargetArn": topic}));
    assert_eq!(names["RuleNames"], json!(["r"]));
    assert_eq!(
        name(stage.refusal(Events, "DeleteRule", json!({"Name": "r"}))),
        "ValidationException"
    );
    stage.call(Events, "DisableRule", json!({"Name": "r"}));
    assert_eq!(stage.call(Events, "DescribeRule", json!({"Name": "r"}))["State"], "DISABLED");
    stage.call(Events, "RemoveTargets", json!({"Rule": "r", "Ids": ["1"]}));
    stage.call(Events, "DeleteRule", json!({"Name": "r"}));
    assert_eq!(stage.call(Events, "ListRules", json!({}))["Rules"], json!([]));
    let entries = json!({"Entries": [
        {"Source": "mine", "DetailType": "t", "Detail": "{}"},
        {"Source": "aws.mine", "DetailType": "t", "Detail": "{}"},
        {"Source": "mine", "DetailType": "t", "Detail": "no"},
    ]});
    let answer = stage.call(Events, "PutEvents", entries);
    assert_eq!(answer["FailedEntryCount"], 2);
    assert_eq!(answer["Entries"][2]["ErrorCode"], "MalformedDetail");
}
