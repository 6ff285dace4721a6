//! What somebody new to `secmon pattern` gets wrong, and what they are told.

use std::io::{BufRead, BufReader};

use serde_json::json;

use super::*;

#[test]
fn a_file_of_several_lines_is_not_one_message() {
    let folder = Folder::with(&[
        ("app.log", b"one\ntwo\nERROR\n\nfive\n"),
        ("one.log", b"an ERROR\n"),
        ("pretty.json", b"{\n  \"a\": 1\n}\n"),
        ("lines.jsonl", b"{\"a\": 1}\n{\"a\": 2}\n"),
    ]);
    let log = folder.at("app.log");
    for asked in ["ERROR", "[word]", "{ $.a = 1 }", "%ERROR%"] {
        let ran = pattern(&["explain", asked, &log]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{asked}");
        let expected = format!("error: {log} holds 5 messages: pick one with --line NUMBER\n");
        assert_eq!(ran.stderr, expected);
    }
    assert_eq!(pattern(&["explain", "ERROR", &log, "--line", "5"]).code, Some(1));
    assert_eq!(pattern(&["explain", "ERROR", &folder.at("one.log")]).code, Some(0));
    for asked in ["{ $.a = 1 }", "a"] {
        assert_eq!(pattern(&["explain", asked, &folder.at("pretty.json")]).code, Some(0));
        let ran = pattern(&["explain", asked, &folder.at("lines.jsonl")]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains("holds 2 messages"), "{}", ran.stderr);
    }
    let ran = pattern_of(&["explain", "ERROR", "-"], b"a\nERROR");
    let expected = "error: standard input holds 2 messages: pick one with --line NUMBER\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), expected));
}

#[test]
fn text_that_names_no_file_is_told() {
    let ran = pattern(&["explain", "ERROR", "nofile.log"]);
    assert_eq!(ran.code, Some(1));
    let note = "note: nofile.log names no file; it is taken as the message\n";
    assert_eq!(ran.stderr, note);
    // JSON is no file name.
    assert_eq!(pattern(&["explain", "{ $.a = 1 }", "{\"a\":1}"]).stderr, "");
}

#[test]
fn a_metric_value_that_aws_refuses_is_refused() {
    for value in ["abc", "", "$", "$.x.y[", "$.", "1x", "$a b", "x*"] {
        let ran = pattern_of(&["test", "--value", value, "x"], b"x\n");
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{value}");
        let expected = format!("error: `{value}` is neither a number, $.FIELD nor $NAME\n");
        assert_eq!(ran.stderr, expected);
    }
    let ran = pattern_of(&["test", "--value", "$.items[*].value", "x"], b"x\n");
    let aws = "error: Invalid metric transformation: metric value $.items[*].value must be a valid \
               number\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), aws));
    for value in ["1", "-2.5", "1e3", "$.x", "$.x.y[0].z", "$bytes"] {
        let ran = pattern_of(&["test", "--value", value, "x"], b"x\n");
        assert_eq!(ran.code, Some(0), "{value}: {}", ran.stderr);
    }
}

#[test]
fn matches_that_add_nothing_are_told() {
    let value = ["test", "--value", "$.n", "{ $.k = 1 }"];
    let ran = pattern_of(&value, b"{\"k\":1,\"n\":\"TLSv1.3\"}\n{\"k\":1}\n{\"k\":1,\"n\":2}\n");
    let note = "note: 2 matches add nothing: $.n holds no number in them.\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), note));
    let ran = pattern_of(&value, b"{\"k\":1}\n{\"k\":2}\n");
    assert_eq!(ran.stderr, "note: 1 match adds nothing: $.n holds no number in it.\n");
    let ran = pattern_of(&value, b"{\"k\":1,\"n\":2}\n{\"k\":2}\n");
    assert_eq!(ran.stderr, "");
}

/// Runs `secmon pattern test` on this file, and reads one line of what it prints.
fn head(arguments: &[&str], file: &str) -> (String, Ran) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_secmon"))
        .args(["pattern", "test"])
        .args(arguments)
        .arg(file)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (first, Ran { stdout: String::new(), stderr, code: output.status.code() })
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    // More than a pipe holds, and at the end what would be an error if it were read.
    let log = "an ERROR\n".repeat(100_000);
    let folder = Folder::with(&[
        ("app.log", log.as_bytes()),
        ("bad.log", &[log.as_bytes(), b"\xff\n"].concat()),
    ]);
    let (first, ran) = head(&["ERROR"], &folder.at("bad.log"));
    assert_eq!(first, "an ERROR\n");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let (_, ran) = head(&["-o", "json", "WARN"], &folder.at("bad.log"));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    // A file that is asked for gets all.
    let file = folder.at("out.json");
    let (first, ran) =
        head(&["-o", "text", "-o", &format!("json={file}"), "ERROR"], &folder.at("app.log"));
    assert_eq!(first, "an ERROR\n");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let rows = rows(&fs::read_to_string(&file).unwrap());
    assert_eq!((rows.len(), &rows[99_999]["line"]), (100_000, &json!(100_000)));
}

#[test]
fn patterns_that_are_not_json_compare_only_with_themselves() {
    let ran = pattern(&["compare", "ERROR", "ERROR"]);
    assert_eq!(ran.code, Some(0));
    let ran = pattern(&["compare", "{ $.a = 1 }", "ERROR"]);
    assert_eq!(ran.code, Some(3));
    let text = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = "UNKNOWN Only JSON patterns can be compared, unless they are the same.";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn help_names_the_formats_and_what_decides() {
    for command in ["test", "explain", "compare", "lint"] {
        let ran = pattern(&[command, "--help"]);
        let text = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("Output format, text or json, to standard output"), "{command}");
        assert_eq!(text.contains("`<- decides`"), command == "explain", "{command}");
        assert!(!text.contains("Region of the secret"), "{command}");
    }
}
