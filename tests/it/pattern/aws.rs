//! `--aws`: both answers side by side, and AWS is believed.

use std::collections::BTreeSet;

use secmon_core::snapshot::{Observed, Snapshot};
use serde_json::json;

use super::*;
use crate::doctor::{Run, secmon};
use crate::wire::{Fault, Faults, Server};

/// An account where AWS says this of one pattern.
fn says(pattern: &str, messages: &[(&str, bool)]) -> Server {
    let mut snapshot = Snapshot::healthy();
    let tests = &mut snapshot.pattern_tests;
    let mut matching = BTreeSet::new();
    for (index, (message, matches)) in messages.iter().enumerate() {
        let label = format!("message {index}");
        tests.messages.insert(label.clone(), (*message).to_owned());
        if *matches {
            matching.insert(label);
        }
    }
    tests.matches.insert(pattern.to_owned(), Observed::Seen(matching));
    Server::start(snapshot, Faults::default())
}

/// An account where AWS refuses it.
fn refuses(pattern: &str) -> Server {
    let mut snapshot = Snapshot::healthy();
    snapshot.pattern_tests.matches.insert(pattern.to_owned(), Observed::Absent);
    Server::start(snapshot, Faults::default())
}

fn test(server: &Server, pattern: &str, lines: &[&str], more: &[&str]) -> Run {
    let folder = Folder::with(&[("lines", lines.join("\n").as_bytes())]);
    let file = folder.at("lines");
    let run = secmon(server, &[&["pattern", "test", "--aws", pattern, &file], more].concat());
    assert_eq!(run.unexpected, [""; 0]);
    run
}

const STAR: &str = r#"{ $.e = "Ev*ent" }"#;
const EVENT: &str = r#"{"e":"EvXent"}"#;
const OTHER: &str = r#"{"e":"other"}"#;

#[test]
fn what_is_uncertain_is_settled() {
    let server = says(STAR, &[(EVENT, true), (OTHER, false)]);
    let run = test(&server, STAR, &[OTHER, EVENT], &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), format!("{EVENT}\n").as_str()));
    let table = "  message  here       AWS\n        1  no         no\n        2  uncertain  yes\n";
    assert_eq!(run.stderr, table);
    assert_eq!(run.asked.len(), 1, "{:?}", run.asked);

    let server = says(STAR, &[(EVENT, false), (OTHER, false)]);
    let run = test(&server, STAR, &[OTHER, EVENT], &["-o", "json"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let row = &rows(&run.stdout)[1];
    assert_eq!(
        (&row["match"], &row["here"], &row["aws"]),
        (&json!("no"), &json!("uncertain"), &json!("no"))
    );
}

#[test]
fn where_they_disagree_aws_is_believed_and_both_can_be_reported() {
    let pattern = "{ $.a = 1 }";
    let (one, two) = (r#"{"a":1}"#, r#"{"a":2}"#);
    let server = says(pattern, &[(one, false), (two, true)]);
    let run = test(&server, pattern, &[one, two], &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), format!("{two}\n").as_str()));
    assert!(run.stderr.contains("AWS and secmon disagree on 2 messages."), "{}", run.stderr);
    let reported: Vec<Value> = run
        .stderr
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let expected = json!({
        "id": "disagreement", "kind": "json", "pattern": pattern, "message": one,
        "expect": false, "extracted": {}, "source": "TestMetricFilter, eu-west-1, 2026-01-05",
        "confidence": "report", "aws": true,
    });
    assert_eq!(reported[0], expected);
    assert_eq!((&reported[1]["message"], &reported[1]["expect"]), (&json!(two), &json!(true)));

    let server = says(pattern, &[(one, false)]);
    let run = secmon(&server, &["pattern", "explain", "--aws", pattern, one]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.ends_with("\nmatches?\n  here yes\n  AWS  no\n"), "{}", run.stdout);
    assert!(run.stderr.contains("AWS and secmon disagree."), "{}", run.stderr);
}

#[test]
fn an_explanation_shows_both_answers() {
    let server = says(STAR, &[(EVENT, true)]);
    let run = secmon(&server, &["pattern", "explain", "--aws", STAR, EVENT]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.ends_with("\nmatches?\n  here uncertain\n  AWS  yes\n"), "{}", run.stdout);
    let run = secmon(&server, &["pattern", "explain", "--aws", "-o", "json", STAR, EVENT]);
    let explained: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(explained["verdict"], "uncertain");
    assert_eq!(explained["aws"], json!({"matches": true}));
}

#[test]
fn extracted_values_are_those_of_aws() {
    let pattern = "[word, number = 1*]";
    let server = says(pattern, &[("a 17", true), ("b 2", false)]);
    let run = test(&server, pattern, &["a 17", "b 2"], &["-o", "json"]);
    assert_eq!(rows(&run.stdout)[0]["extracted"], json!({"$word": "a", "$number": "17"}));
}

#[test]
fn of_a_long_input_only_what_is_uncertain_is_asked() {
    let server = says(STAR, &[(EVENT, true)]);
    let mut lines = vec![OTHER; 60];
    lines[3] = EVENT;
    lines[58] = EVENT;
    let run = test(&server, STAR, &lines, &["--count"]);
    assert_eq!(run.stdout, "matching 2\nnot matching 58\nuncertain 0\n");
    assert_eq!(run.asked.len(), 1);
    // More of them than AWS takes stay uncertain.
    let run = test(&server, STAR, &[EVENT; 60], &["--count"]);
    assert_eq!(run.stdout, "matching 50\nnot matching 0\nuncertain 10\n");
    assert!(run.stderr.contains("10 messages, the first is 51, are uncertain"), "{}", run.stderr);
    // Nothing is asked where nothing is uncertain.
    let run = test(&server, STAR, &[OTHER; 51], &[]);
    assert!(run.stderr.starts_with("note: AWS was not asked"), "{}", run.stderr);
    assert_eq!((run.code, run.asked.len()), (Some(1), 2));
}

#[test]
fn empty_messages_are_not_asked_about() {
    let server = says("-ERROR", &[("fine", true)]);
    let run = test(&server, "-ERROR", &["", "fine"], &["--count"]);
    assert_eq!(run.stdout, "matching 2\nnot matching 0\nuncertain 0\n");
}

#[test]
fn a_pattern_that_aws_refuses_is_an_error() {
    let server = refuses("{ $.a = 1 }");
    let run = test(&server, "{ $.a = 1 }", &[r#"{"a":1}"#], &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    let said = "AWS refuses the pattern: Invalid metric filter pattern";
    assert!(run.stderr.ends_with(&format!("error: {said}\n")), "{}", run.stderr);
    assert!(run.stderr.contains(r#""error":"Invalid metric filter pattern""#), "{}", run.stderr);
    // Both refuse it.
    let server = refuses("{ $.a == 1 }");
    for run in [
        test(&server, "{ $.a == 1 }", &[r#"{"a":1}"#], &[]),
        secmon(&server, &["pattern", "explain", "--aws", "{ $.a == 1 }", r#"{"a":1}"#]),
    ] {
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(run.stderr.starts_with("error: `==` is no operator"), "{}", run.stderr);
        assert!(!run.stderr.contains("disagree"), "{}", run.stderr);
    }
    // Nobody has recorded whether AWS takes it: no disagreement.
    let server = refuses("{ $.e = a-b }");
    let run = test(&server, "{ $.e = a-b }", &[EVENT], &[]);
    assert_eq!(run.code, Some(2));
    assert!(!run.stderr.contains("disagree"), "{}", run.stderr);
}

#[test]
fn a_pattern_that_only_aws_takes_is_tried_by_aws() {
    let pattern = "{ $.a == 1 }";
    let message = r#"{"a":1}"#;
    let server = says(pattern, &[(message, true)]);
    let run = test(&server, pattern, &[message], &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), format!("{message}\n").as_str()));
    for shown in
        ["        1  refused    yes\n", "AWS takes the pattern. Here it is refused:", "disagree"]
    {
        assert!(run.stderr.contains(shown), "{shown}{}", run.stderr);
    }
    let run = secmon(&server, &["pattern", "explain", "--aws", pattern, message]);
    assert_eq!(run.code, Some(0));
    assert!(run.stdout.ends_with("  here refused\n  AWS  yes\n"), "{}", run.stdout);
}

#[test]
fn who_cannot_ask_gets_the_answer_given_here_and_an_error() {
    let faults = Faults::of("TestMetricFilter", Fault::Deny);
    let server = Server::start(Snapshot::healthy(), faults);
    let folder = Folder::with(&[]);
    let file = folder.at("all.json");
    let run = test(&server, "ERROR", &["ERROR", "ok"], &["-o", &format!("json={file}")]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), "ERROR\n"));
    let why = format!(
        "AWS denies logs:TestMetricFilter to these credentials: `secmon iam-policy` prints what to allow ({})",
        server.url()
    );
    assert_eq!(run.stderr, format!("error: AWS was not asked: {why}\n"));
    let rows = rows(&fs::read_to_string(&file).unwrap());
    assert_eq!(rows.len(), 2);
    assert!(rows[0].get("aws").is_none(), "{}", rows[0]);
    let run = secmon(&server, &["pattern", "explain", "--aws", "ERROR", "an ERROR"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stdout.starts_with("MATCHES  "), "{}", run.stdout);
    assert!(run.stderr.ends_with(&format!("error: AWS was not asked: {why}\n")), "{}", run.stderr);
    // What is refused here has no other answer.
    let run = test(&server, "{ $.a == 1 }", &["{}"], &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.starts_with("error: `==` is no operator"), "{}", run.stderr);
    assert!(run.stderr.contains("\nAWS was not asked: "), "{}", run.stderr);
    // Connection flags without --aws are a mistake, not ignored.
    let run = secmon(&server, &["pattern", "explain", "ERROR", "an ERROR"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("without --aws"), "{}", run.stderr);
}

#[test]
fn nobody_to_ask_is_named() {
    // No Region, no credentials: there is no connection at all.
    let folder = Folder::with(&[("lines", b"ERROR\nok\n")]);
    for arguments in [["test", "ERROR", &folder.at("lines")], ["explain", "ERROR", "an ERROR"]] {
        let ran = pattern(&[&arguments[..], &["--aws"]].concat());
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stdout.contains("ERROR"), "{}", ran.stdout);
        assert!(ran.stderr.contains("error: AWS was not asked: no AWS Region"), "{}", ran.stderr);
    }
}
