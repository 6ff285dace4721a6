//! Files that are whole, damaged or hostile; scenarios.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn error(text: &str) -> SnapshotError {
    Snapshot::from_json(text).expect_err(text.get(..200).unwrap_or(text))
}

#[test]
fn the_healthy_snapshot_reads_back_the_same_bytes() {
    let text = Snapshot::healthy().to_json();
    let read_back = Snapshot::from_json(&text).unwrap();
    assert_eq!(read_back, Snapshot::healthy());
    assert_eq!(read_back.to_json(), text);
    assert!(text.ends_with("}\n"));
}

#[test]
fn a_file_that_ends_too_early_is_an_error_at_its_end() {
    let text = Snapshot::healthy().to_json();
    let end = text.trim_end().len();
    let mut cuts = 0;
    for length in (0..end).step_by(97).filter(|length| text.is_char_boundary(*length)) {
        let cut = &text[..length];
        let SnapshotError::Malformed { line, column, message } = error(cut) else {
            panic!("cut at {length}")
        };
        let last = 1 + cut.matches('\n').count();
        assert_eq!(line, last, "{message}, column {column}");
        cuts += 1;
    }
    assert!(cuts > 100, "{cuts}");
}

#[test]
fn every_value_of_the_wrong_type_is_an_error_with_its_place_or_means_the_same() {
    let whole = serde_json::to_value(Snapshot::healthy()).unwrap();
    let mut pointers = Vec::new();
    leaves(&whole, String::new(), &mut pointers);
    assert!(pointers.len() > 100);
    let mut errors = 0;
    for pointer in &pointers {
        for wrong in [json!(null), json!(true), json!(-1e300), json!([[]]), json!({"x": {}})] {
            let mut value = whole.clone();
            *value.pointer_mut(pointer).unwrap() = wrong.clone();
            match Snapshot::from_json(&serde_json::to_string_pretty(&value).unwrap()) {
                Ok(_) => {}
                Err(SnapshotError::Malformed { line, message, .. }) => {
                    assert!(line > 0 && !message.is_empty(), "{pointer} {wrong}");
                    errors += 1;
                }
                Err(other) => panic!("{pointer} {wrong}: {other}"),
            }
        }
    }
    assert!(errors > pointers.len() * 3, "{errors} errors at {} places", pointers.len());
}

fn leaves(value: &Value, path: String, out: &mut Vec<String>) {
    let mut inner = |key: &str, value: &Value| {
        let key = key.replace('~', "~0").replace('/', "~1");
        leaves(value, format!("{path}/{key}"), out);
    };
    match value {
        Value::Object(map) if !map.is_empty() => map.iter().for_each(|(k, v)| inner(k, v)),
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(index, item)| inner(&index.to_string(), item));
        }
        _ => out.push(path),
    }
}

#[test]
fn errors_name_line_and_column() {
    let text = Snapshot::healthy().to_json();
    let broken = text.replacen("\"IsMultiRegionTrail\": true", "\"IsMultiRegionTrail\": 7", 1);
    let line = 1 + broken.lines().position(|line| line.contains("IsMultiRegionTrail")).unwrap();
    let error = error(&broken);
    assert_eq!(
        error.to_string(),
        format!("line {line}, column 35: invalid type: integer `7`, expected a boolean")
    );
}

#[test]
fn deep_nesting_is_an_error() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        for place in ["asked", "taken_at", "unknown"] {
            let text = format!("{{\"version\": 1, \"{place}\": {deep}}}");
            assert!(matches!(error(&text), SnapshotError::Malformed { line: 1, .. }), "{place}");
        }
        assert!(matches!(error(&open.repeat(10_000)), SnapshotError::Malformed { .. }));
    }
}

#[test]
fn huge_numbers_are_errors() {
    let huge = ["1e999", "99999999999999999999999999", "-1", "1.5", "\"1\""];
    for number in huge {
        let text = format!("{{\"version\": {number}}}");
        assert!(matches!(error(&text), SnapshotError::Malformed { .. }), "{number}");
    }
    let text = Snapshot::healthy().to_json();
    for number in huge {
        let text = text.replacen("\"Period\": 60", &format!("\"Period\": {number}"), 1);
        assert_eq!(Snapshot::from_json(&text).is_ok(), number == "-1", "{number}");
    }
}

#[test]
fn unknown_fields_are_errors_that_name_them() {
    let whole = serde_json::to_value(Snapshot::healthy()).unwrap();
    for place in [
        "",
        "/caller/seen",
        "/asked/0",
        "/targets/123456789012~1eu-west-1",
        "/targets/123456789012~1eu-west-1/alarms/seen",
        "/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read",
        "/targets/123456789012~1eu-west-1/trails",
        "/pattern_tests",
    ] {
        let mut value = whole.clone();
        value.pointer_mut(place).unwrap()["surprise"] = json!(1);
        let text = error(&value.to_string()).to_string();
        assert!(text.contains("unknown field `surprise`"), "{place}: {text}");
    }
}

#[test]
fn another_version_is_named_before_anything_else_is_read() {
    for version in [0, 2, u64::MAX] {
        let text = format!("{{\"version\": {version}, \"surprise\": []}}");
        assert_eq!(error(&text), SnapshotError::Version { found: version });
    }
    assert_eq!(
        error("{\"version\": 2}").to_string(),
        "snapshot version 2 is not version 1, the one this secmon reads"
    );
    assert!(error("{}").to_string().contains("missing field `version`"));
}

#[test]
fn text_after_the_snapshot_and_text_that_is_none_are_errors() {
    let twice = Snapshot::healthy().to_json().repeat(2);
    for text in ["", " ", "null", "[]", "\u{feff}{}", "\0", "version: 1", &twice] {
        assert!(matches!(error(text), SnapshotError::Malformed { .. }), "{text:.20}");
    }
}

#[test]
fn keys_and_ids_are_checked() {
    let text = Snapshot::healthy().to_json();
    for (good, bad) in [
        ("\"123456789012/eu-west-1\": {", "\"12345678901/eu-west-1\": {"),
        ("\"123456789012/eu-west-1\": {", "\"eu-west-1\": {"),
        ("\"target\": \"123456789012/eu-west-1\"", "\"target\": \"123456789012/EU\""),
        ("\"TopicArn\": \"arn:aws:sns:", "\"TopicArn\": \"arn:sns:"),
        ("\"2026-01-05T10:12:00Z\"", "\"2026-13-05T10:12:00Z\""),
    ] {
        assert!(text.contains(good), "{good}");
        assert!(matches!(error(&text.replacen(good, bad, 1)), SnapshotError::Malformed { .. }));
    }
}

#[test]
fn an_observed_value_has_one_form_only() {
    for wrong in [
        "{}",
        "{\"Seen\": 1}",
        "{\"seen\": 1, \"seen\": 2}",
        "\"denied\"",
        "\"\"",
        "1",
        "null",
        "[]",
        "{\"seen\": 1, \"absent\": 1}",
    ] {
        assert!(serde_json::from_str::<Observed<u8>>(wrong).is_err(), "{wrong}");
    }
}

fn observed() -> impl Strategy<Value = Observed<Vec<String>>> {
    prop_oneof![
        prop::collection::vec(any::<String>(), 0..4).prop_map(Observed::Seen),
        Just(Observed::Absent),
        any::<String>().prop_map(|action| Observed::Denied { action }),
        any::<String>().prop_map(|reason| Observed::Failed { reason }),
        Just(Observed::NotAsked),
    ]
}

proptest! {
    #[test]
    fn observed_values_read_back(value in observed()) {
        let text = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(serde_json::from_str::<Observed<Vec<String>>>(&text).unwrap(), value.clone());
        let json = serde_json::to_value(&value).unwrap();
        prop_assert_eq!(serde_json::from_value::<Observed<Vec<String>>>(json).unwrap(), value.clone());
        let twice = Observed::Seen(value.clone());
        let text = serde_json::to_string(&twice).unwrap();
        prop_assert_eq!(serde_json::from_str::<Observed<Observed<Vec<String>>>>(&text).unwrap(), twice);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}", at in 0..4000_usize) {
        let _ = Snapshot::from_json(&text);
        let mut whole = Snapshot::healthy().to_json();
        if whole.is_char_boundary(at) {
            whole.insert_str(at, &text);
            let _ = Snapshot::from_json(&whole);
        }
    }
}

fn scenario(text: &str) -> Result<Snapshot, ScenarioError> {
    Scenario::from_toml(text)?.apply(&Snapshot::healthy())
}

#[test]
fn an_empty_scenario_changes_nothing() {
    assert_eq!(scenario("").unwrap(), Snapshot::healthy());
}

#[test]
fn a_scenario_removes_before_it_patches() {
    let snapshot = scenario(
        r#"
remove = ["/asked/0", "/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read/Statistic"]
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
ExtendedStatistic = "p99"
"#,
    )
    .unwrap();
    assert!(snapshot.asked.is_empty());
    let alarms = snapshot.targets.values().next().unwrap().alarms.seen().unwrap();
    let alarm = &alarms.metric_alarms["secret-read"];
    assert_eq!(
        (alarm.statistic.as_deref(), alarm.extended_statistic.as_deref()),
        (None, Some("p99"))
    );
}

#[test]
fn a_scenario_turns_a_seen_value_into_a_denied_one() {
    let snapshot = scenario(
        "[targets.\"123456789012/eu-west-1\"]\nalarms = \"denied: cloudwatch:DescribeAlarms\"",
    )
    .unwrap();
    let action = "cloudwatch:DescribeAlarms".to_owned();
    assert_eq!(snapshot.targets.values().next().unwrap().alarms, Observed::Denied { action });
}

#[test]
fn a_scenario_that_removes_nothing_is_an_error() {
    for pointer in
        ["/nowhere", "/asked/1", "/asked/x", "/asked/-1", "asked", "", "/version/x", "/a/b"]
    {
        let text = format!("remove = [{pointer:?}]");
        match scenario(&text) {
            Err(ScenarioError::Remove(found)) => assert_eq!(found, pointer),
            other => panic!("{pointer}: {other:?}"),
        }
    }
}

#[test]
fn a_scenario_that_damages_the_snapshot_is_an_error() {
    for text in [
        "remove = [\"/version\"]",
        "[targets.\"123456789012/eu-west-1\"]\nalarm = 1",
        "[targets.nowhere]",
        "taken_at = 1979-05-27T07:32:00Z",
    ] {
        assert!(matches!(scenario(text), Err(ScenarioError::Snapshot(_))), "{text}");
    }
    assert!(matches!(
        scenario("version = 2"),
        Err(ScenarioError::Snapshot(SnapshotError::Version { found: 2 }))
    ));
    for text in ["remove = 1", "remove = [1]", "[", "a = 1\na = 2"] {
        assert!(matches!(scenario(text), Err(ScenarioError::Toml(_))), "{text}");
    }
}
