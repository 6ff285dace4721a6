//! `secmon pattern probe` against an account that answers every probe.

use std::collections::BTreeSet;

use secmon_core::pattern::probes;
use secmon_core::snapshot::{Observed, Snapshot};
use serde_json::json;

use super::*;
use crate::doctor::secmon;
use crate::wire::{Fault, Faults, Server};

/// The first message of every probe matches; probe-06 and probe-46 are refused.
fn account() -> Snapshot {
    let mut snapshot = Snapshot::healthy();
    let tests = &mut snapshot.pattern_tests;
    for probe in probes() {
        for message in &probe.messages {
            tests.messages.insert(message.clone(), message.clone());
        }
        let matching: BTreeSet<String> = probe
            .messages
            .iter()
            .find(|message| !message.is_empty())
            .cloned()
            .into_iter()
            .collect();
        let answer = match probe.id.as_str() {
            "probe-06" | "probe-46" => Observed::Absent,
            _ => Observed::Seen(matching),
        };
        tests.matches.insert(probe.pattern, answer);
    }
    snapshot
}

#[test]
fn every_probe_is_asked_once_and_its_answers_are_rows() {
    let server = Server::start(account(), Faults::default());
    let run = secmon(&server, &["pattern", "probe"]);
    assert_eq!(run.unexpected, [""; 0]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let all = probes();
    assert_eq!(run.asked.len(), all.len());
    assert!(run.asked.iter().all(|asked| asked.operation == "TestMetricFilter"));
    let rows = rows(&run.stdout);
    for probe in &all {
        let own: Vec<&Value> = rows.iter().filter(|row| row["pattern"] == *probe.pattern).collect();
        if matches!(probe.id.as_str(), "probe-06" | "probe-46") {
            let expected = json!({
                "id": probe.id, "pattern": probe.pattern, "api": "TestMetricFilter",
                "error": "Invalid metric filter pattern", "confidence": "report", "aws": true,
                "source": "TestMetricFilter, eu-west-1, 2026-01-05",
            });
            assert_eq!(own, [&expected]);
            continue;
        }
        let asked: Vec<&String> = probe.messages.iter().filter(|text| !text.is_empty()).collect();
        let told: Vec<&str> = own.iter().map(|row| row["message"].as_str().unwrap()).collect();
        assert!(asked.iter().all(|message| told.contains(&message.as_str())), "{}", probe.id);
        for row in own {
            assert_eq!(row["aws"], true);
            assert_eq!(row["source"], "TestMetricFilter, eu-west-1, 2026-01-05");
            assert!(row["expect"].is_boolean() && row["extracted"].is_object(), "{row}");
        }
    }
    let expected = json!({
        "id": "probe-01.2", "kind": "json", "pattern": r#"{ $.e = "Ev*ent" }"#,
        "message": r#"{"e":"EvXXent"}"#, "expect": false, "extracted": {},
        "source": "TestMetricFilter, eu-west-1, 2026-01-05", "confidence": "report", "aws": true,
    });
    assert_eq!(rows[1], expected);
    assert!(
        run.stderr.starts_with("probe-01 (1 of 48): 1 of 3 messages match\n"),
        "{}",
        run.stderr
    );
    assert_eq!(run.stderr.lines().count(), all.len());
}

#[test]
fn some_probes_can_be_chosen() {
    let server = Server::start(account(), Faults::default());
    let run = secmon(&server, &["pattern", "probe", "probe-13", "probe-28"]);
    assert_eq!((run.code, run.asked.len()), (Some(0), 2), "{}", run.stderr);
    assert_eq!(rows(&run.stdout).len(), 3 + 4);
    let run = secmon(&server, &["pattern", "probe", "probe-99"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.starts_with("error: there is no probe `probe-99`: probe-01, "));
}

#[test]
fn one_failed_probe_leaves_the_others_and_a_denied_one_ends_it() {
    let mut snapshot = account();
    let second = probes()[1].pattern.clone();
    snapshot.pattern_tests.matches.insert(second, Observed::Failed { reason: "down".to_owned() });
    let server = Server::start(snapshot, Faults::default());
    let run = secmon(&server, &["pattern", "probe", "probe-01", "probe-02", "probe-03"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stdout.contains("probe-03.1"), "{}", run.stdout);
    assert!(run.stderr.ends_with("error: 1 of 3 probes were not answered\n"), "{}", run.stderr);
    let server = Server::start(account(), Faults::of("TestMetricFilter", Fault::Deny));
    let run = secmon(&server, &["pattern", "probe"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    // The SDK asks up to three times.
    assert!(run.asked.len() <= 3, "{:?}", run.asked);
    assert!(run.stderr.contains("AWS denies logs:TestMetricFilter"), "{}", run.stderr);
}

#[test]
fn an_interrupted_probe_leaves_whole_rows() {
    let server = Server::start(account(), Faults::of("TestMetricFilter", Fault::Timeout));
    let child = Command::new(env!("CARGO_BIN_EXE_secmon"))
        .args(["pattern", "probe", "--region", "eu-west-1", "--endpoint-url", &server.url()])
        .env_clear()
        .envs([
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "example"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while server.asked().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let interrupt = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &interrupt]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "error: interrupted: 0 of 48 probes were asked\n");
}
