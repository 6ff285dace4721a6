use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn item(summary: &str, data: Option<&str>) -> AlarmHistoryItem {
    AlarmHistoryItem {
        timestamp: "2026-01-04T16:20:10Z".parse().unwrap(),
        history_item_type: "Action".to_owned(),
        history_summary: summary.to_owned(),
        history_data: data.map(str::to_owned),
    }
}

fn one(summary: &str, data: Option<&str>) -> Action {
    actions(&[item(summary, data)]).remove(0)
}

const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:alerts";

#[test]
fn a_captured_success_is_read_with_a_message_in_a_message() {
    let message = r#"{\"default\":\"{\\\"error\\\":\\\"Failed\\\",\\\"actionState\\\":1}\"}"#;
    let data = format!(
        r#"{{"actionState":"Succeeded","stateUpdateTimestamp":1790133874849,"notificationResource":"{TOPIC}","publishedMessage":"{message}","error":null,"muteWindowEndTimestamp":null}}"#
    );
    serde_json::from_str::<Value>(&data).unwrap();
    let found = one(&format!("Successfully executed action {TOPIC}"), Some(&data));
    assert_eq!((found.state, found.error), (ActionState::Succeeded, None));
    assert_eq!(found.resource, TOPIC);
    for cut in (0..data.len()).filter(|cut| data.is_char_boundary(*cut)) {
        let found = one(&format!("Successfully executed action {TOPIC}"), Some(&data[..cut]));
        assert_eq!(found.state, ActionState::Succeeded, "cut at {cut}");
        assert_eq!(found.error, None, "cut at {cut}");
    }
}

#[test]
fn a_failure_keeps_aws_words_whichever_field_comes_first() {
    let text =
        "CloudWatch Alarms does not have authorization to access the SNS topic encryption key.";
    for data in [
        format!(
            r#"{{"actionState":"Failed","notificationResource":"{TOPIC}","publishedMessage":null,"error":"{text}"}}"#
        ),
        format!(
            r#"{{"error": "{text}", "actionState": "Failed", "notificationResource": "{TOPIC}", "publishedMessage": "{{\"def"#
        ),
    ] {
        let found = one(&format!("Failed to execute action {TOPIC}"), Some(&data));
        assert_eq!(found.state, ActionState::Failed);
        assert_eq!(found.error.as_deref(), Some(text));
        assert_eq!(found.resource, TOPIC);
    }
}

#[test]
fn without_data_the_summary_tells() {
    let found = one(
        &format!(
            "Failed to execute action {TOPIC}. Received error: \"null (Service: AWSKMS; Status Code: 400)\""
        ),
        None,
    );
    assert_eq!(found.state, ActionState::Failed);
    assert_eq!(found.resource, TOPIC);
    assert_eq!(found.error.as_deref(), Some("null (Service: AWSKMS; Status Code: 400)"));
    let found = one("", Some("{"));
    assert_eq!((found.state, found.resource.as_str()), (ActionState::Unclear, ""));
}

#[test]
fn every_recorded_text_has_its_cause_and_no_other_has_one() {
    for (text, cause) in [
        (
            "Resource: arn:aws:cloudwatch:R:A:alarm:NAME is not authorized to perform: SNS:Publish on resource: arn:aws:sns:R:A:T",
            FailureCause::TopicPolicy,
        ),
        (
            "CloudWatch Alarms is not authorized to perform: SNS:Publish on resource:arn:aws:sns:R:A:T",
            FailureCause::TopicPolicy,
        ),
        (
            "null (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: x; Proxy: null)",
            FailureCause::TopicKey,
        ),
        (
            "CloudWatch Alarms does not have authorization to access the SNS topic encryption key.",
            FailureCause::TopicKey,
        ),
        (
            "CloudWatch Alarms is not authorized to perform: lambda:InvokeFunction on the resource because no resource-based policy allows the lambda:InvokeFunction action",
            FailureCause::Unclear,
        ),
        ("Topic does not exist", FailureCause::Unclear),
        (
            "null (Service: AWSKMS; Status Code: 400; Error Code: ThrottlingException)",
            FailureCause::Unclear,
        ),
    ] {
        assert_eq!(FailureCause::of(text), cause, "{text}");
    }
}

#[test]
fn other_items_are_no_actions() {
    let mut update = item("Alarm updated from OK to ALARM", None);
    update.history_item_type = "StateUpdate".to_owned();
    assert!(actions(&[update]).is_empty());
}

#[test]
fn the_newest_way_to_alarm_counts_whatever_the_state_before() {
    let update = |summary: &str, time: &str| {
        let mut item = item(summary, None);
        item.history_item_type = "StateUpdate".to_owned();
        item.timestamp = time.parse().unwrap();
        item
    };
    let history = [
        update("Alarm updated from ALARM to OK", "2026-01-04T16:22:10Z"),
        update("Alarm updated from INSUFFICIENT_DATA to ALARM", "2026-01-04T16:20:10Z"),
        update("Alarm updated from OK to ALARM", "2026-01-02T16:20:10Z"),
    ];
    assert_eq!(newest_alarm(&history), Some("2026-01-04T16:20:10Z".parse().unwrap()));
    assert_eq!(newest_alarm(&history[..1]), None);
}

proptest! {
    #[test]
    fn nothing_in_a_history_item_panics(
        summary in r#"(Successfully executed action|Failed to execute action|.{0,8})( arn:aws:sns:.{0,20})?(\. Received error: ".{0,9})?"#,
        data in r#"(\{?("(error|actionState|notificationResource)": ?("?[^"]{0,9}"?|null|7|\{),? ?){0,4}\}?|.{0,40})"#,
    ) {
        let found = one(&summary, Some(&data));
        if data.is_empty() && summary.starts_with("Failed to execute action") {
            prop_assert_eq!(found.state, ActionState::Failed);
        }
    }
}
