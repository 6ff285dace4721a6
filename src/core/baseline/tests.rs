use super::*;

#[test]
fn every_event_of_the_entry_is_one_log_message_with_everything_filled_in() {
    let snapshot = Snapshot::healthy();
    let messages = messages(&snapshot, &BaselineEntry::secret_access());
    for message in &messages {
        let event: Value = serde_json::from_str(&message.text)
            .unwrap_or_else(|error| panic!("{}: {error}", message.label));
        assert!(!message.text.contains('{') || !message.text.contains("{secret"));
        assert!(!message.text.contains("{account}") && !message.text.contains("{region}"));
        assert_eq!(event["awsRegion"], "eu-west-1");
    }
    let count = |expect| messages.iter().filter(|message| message.expect == expect).count();
    assert_eq!((count(Expect::Must), count(Expect::Should), count(Expect::MustNot)), (7, 2, 5));
}

#[test]
fn a_secret_named_by_arn_is_tried_under_its_name_too() {
    let mut snapshot = Snapshot::healthy();
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/db-password-x9Y8z7";
    snapshot.asked[0].secret = Some(arn.to_owned());
    let messages = messages(&snapshot, &BaselineEntry::secret_access());
    assert!(messages[0].text.contains(arn));
    assert!(messages[1].text.contains(r#""secretId":"app/db-password""#));
}
