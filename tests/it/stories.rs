//! Whole accounts: a scenario, the snapshot it makes, and what the program says of it.
//!
//! `UPDATE=1 cargo test --test it stories` rewrites `snapshot.json`, `report.txt` and
//! `report.json` beside each `scenario.toml`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use secmon_core::baseline::{BaselineEntry, messages};
use secmon_core::snapshot::{Observed, Scenario, Snapshot};
use serde_json::Value;

fn folders() -> Vec<PathBuf> {
    let stories = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(stories).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 10);
    folders
}

fn doctor(snapshot: &Path, more: &[&str]) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_secmon"))
        .env_clear()
        .args(["doctor", "--snapshot"])
        .arg(snapshot)
        .args(more)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

fn golden(path: &Path, content: &str) {
    let before = fs::read_to_string(path).unwrap_or_default();
    if std::env::var_os("UPDATE").is_some() && before != content {
        fs::write(path, content).unwrap();
        return;
    }
    assert_eq!(before, content, "{}: run UPDATE=1 cargo test --test it stories", path.display());
}

/// What AWS would answer about a story's patterns: a pattern pinned to one secret's name matches
/// reads by that name only, every other pattern of the stories is the canonical one.
fn answer_patterns(snapshot: &mut Snapshot) {
    let entry = BaselineEntry::secret_access();
    let patterns: Vec<String> = snapshot
        .targets
        .values()
        .filter_map(|at| at.metric_filters.seen())
        .flat_map(|groups| groups.values().flat_map(|filters| filters.values()))
        .map(|filter| filter.filter_pattern.clone())
        .collect();
    for pattern in patterns {
        match snapshot.pattern_tests.matches.get(&pattern) {
            Some(Observed::Seen(_)) if snapshot.asked.len() == 1 => continue,
            Some(Observed::Denied { .. }) => continue,
            _ => {}
        }
        let pinned = pattern.contains(r#"$.requestParameters.secretId = "TopSecretInfo""#);
        assert!(pinned || pattern == entry.pattern, "{pattern}");
        for message in messages(snapshot, &entry) {
            let read = message.text.contains(r#""eventName":"GetSecretValue""#);
            let by_name = message.text.contains(r#""secretId":"TopSecretInfo""#);
            let batch = message.text.contains(r#""eventName":"BatchGetSecretValue""#);
            let matches = if pinned { read && by_name } else { read || batch };
            snapshot.pattern_tests.record(&pattern, &message, matches);
        }
    }
}

#[test]
fn every_story_is_told_as_written() {
    for folder in folders() {
        let scenario = fs::read_to_string(folder.join("scenario.toml")).unwrap();
        let mut snapshot =
            Scenario::from_toml(&scenario).unwrap().apply(&Snapshot::healthy()).unwrap();
        answer_patterns(&mut snapshot);
        let file = folder.join("snapshot.json");
        golden(&file, &snapshot.to_json());
        let (text, code) = doctor(&file, &[]);
        golden(&folder.join("report.txt"), &text);
        let (json, json_code) = doctor(&file, &["-o", "json"]);
        golden(&folder.join("report.json"), &json);
        assert_eq!(code, json_code);
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["exit_code"], code);
    }
}

#[test]
fn the_json_report_is_what_its_schema_says() {
    let schema: Value =
        serde_json::from_str(include_str!("../../src/cli/render/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for folder in folders() {
        let (json, _) = doctor(&folder.join("snapshot.json"), &["-o", "json"]);
        let json: Value = serde_json::from_str(&json).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&json)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{}", folder.display());
    }
}

#[test]
fn redacted_the_verdict_and_the_failing_checks_are_the_same() {
    for folder in folders() {
        let file = folder.join("snapshot.json");
        let failing = |more: &[&str]| -> (Value, Vec<(Value, Value)>, String) {
            let (json, _) = doctor(&file, &[&["-o", "json"], more].concat());
            let report: Value = serde_json::from_str(&json).unwrap();
            let entries = report["targets"][0]["entries"].as_array().unwrap();
            let checks = entries.iter().flat_map(|entry| entry["checks"].as_array().unwrap());
            let said = checks.map(|check| (check["id"].clone(), check["status"].clone()));
            (report["verdict"].clone(), said.collect(), json)
        };
        let (verdict, checks, _) = failing(&[]);
        let (redacted_verdict, redacted_checks, json) = failing(&["--redact"]);
        assert_eq!((verdict, checks), (redacted_verdict, redacted_checks), "{}", folder.display());
        for name in ["123456789012", "soc@example.org", "TopSecretInfo", "audit-trail"] {
            assert!(!json.contains(name), "{name} in the redacted {}", folder.display());
        }
    }
}
