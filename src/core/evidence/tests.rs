use super::*;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn windows_hang_on_what_happened_and_not_on_when_it_is_asked() {
    let log_event = time("2026-01-05T09:15:45.310Z");
    assert_eq!(sample_minute(log_event), time("2026-01-05T09:15:00Z"));
    let (from, until) = sample_window(log_event);
    assert_eq!((from, until), (time("2026-01-05T09:10:00Z"), time("2026-01-05T09:21:00Z")));
    let action = Action {
        time: time("2026-01-04T16:22:10.095Z"),
        resource: String::new(),
        state: ActionState::Succeeded,
        error: None,
    };
    let (from, until) = counter_window(&action);
    assert_eq!((from, until), (time("2026-01-04T16:20:00Z"), time("2026-01-04T16:40:00Z")));
}

#[test]
fn the_healthy_account_notified_its_topic_once() {
    let snapshot = Snapshot::healthy();
    let topic = snapshot.targets.values().next().unwrap().topics.keys().next().unwrap();
    let newest = newest_notification(&snapshot, topic).unwrap();
    assert_eq!(newest.time, time("2026-01-04T16:20:10.095Z"));
}

#[test]
fn an_id_that_would_break_out_of_a_pattern_is_not_looked_for() {
    let mut snapshot = Snapshot::healthy();
    let asked = snapshot.asked[0].clone();
    let mut event = Event {
        event_id: "4b5a-1".to_owned(),
        event_name: "GetSecretValue".to_owned(),
        event_time: time("2026-01-05T09:14:00Z"),
        username: None,
        cloud_trail_event: Some(r#"{"requestParameters":{"secretId":"TopSecretInfo"}}"#.to_owned()),
    };
    let entry = BaselineEntry::secret_access();
    let mut found = |event: &Event| {
        let at = snapshot.targets.values_mut().next().unwrap();
        let history = at.event_history.get_mut("GetSecretValue").unwrap().seen_mut().unwrap();
        history.events = vec![event.clone()];
        newest_read(&snapshot, &entry, &asked).is_some()
    };
    assert!(found(&event));
    event.event_time = time("2026-01-05T10:00:00Z");
    assert!(!found(&event), "too young");
    event.event_time = time("2025-12-20T10:00:00Z");
    assert!(!found(&event), "too old");
    event.event_time = time("2026-01-05T09:14:00Z");
    event.event_id = r#"x" || $.y = "z"#.to_owned();
    assert!(!found(&event));
}
