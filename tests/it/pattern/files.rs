//! `secmon pattern test` and `explain` on files and on standard input.

use serde_json::json;

use super::*;

const READS: &str = r#"{ $.eventName = "GetSecretValue" }"#;
const RECORDS: &str = r#"{"Records":[{"eventName":"GetSecretValue","n":1.50},{"eventName":"ListSecrets"},{"eventName":"GetSecretValue","s":"\u00e9"}]}"#;
const READ: &str = r#"{"eventName":"GetSecretValue","n":1.50}"#;
const OTHER_READ: &str = r#"{"eventName":"GetSecretValue","s":"\u00e9"}"#;

#[test]
fn lines_that_match_are_printed_as_they_are() {
    let input = b"WARN  disk\n\nall TERRORS\tare gone \nno error\nERROR";
    let ran = pattern_of(&["test", "ERROR"], input);
    assert_eq!(ran.stdout, "all TERRORS\tare gone \nERROR\n");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let ran = pattern_of(&["test", "ERROR", "-"], b"ok\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    let ran = pattern_of(&["test", "ERROR"], b"");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
}

#[test]
fn a_cloudtrail_file_is_unpacked_whether_or_not_it_is_compressed() {
    let folder = Folder::with(&[
        ("a.json", RECORDS.as_bytes()),
        ("a.json.gz", &gzip(RECORDS.as_bytes())),
        // What a file is called says nothing.
        ("a.log", &gzip(RECORDS.as_bytes())),
        ("lines.gz", &gzip(format!("{READ}\n{OTHER_READ}\n").as_bytes())),
    ]);
    for name in ["a.json", "a.json.gz", "a.log", "lines.gz"] {
        let ran = pattern(&["test", READS, &folder.at(name)]);
        assert_eq!(ran.stdout, format!("{READ}\n{OTHER_READ}\n"), "{name}");
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{name}");
    }
    let ran = pattern_of(&["test", READS], &gzip(RECORDS.as_bytes()));
    assert_eq!(ran.stdout, format!("{READ}\n{OTHER_READ}\n"));
}

#[test]
fn a_pasted_cloudtrail_file_does_not_match_and_is_told() {
    let ran = pattern_of(&["test", READS], format!("{RECORDS}\n{READ}\n").as_bytes());
    assert_eq!(ran.stdout, format!("{READ}\n"));
    assert!(ran.stderr.starts_with("note: line 1 is a whole CloudTrail file"), "{}", ran.stderr);
}

#[test]
fn counts_are_of_messages() {
    let input = "{\"e\":\"Event\"}\n{\"e\":\"EvXXent\"}\n{\"e\":\"Other\"}\n{\"e\":\"x\"}";
    let doubtful = r#"{ $.e = "Ev*ent" || $.e = "x" }"#;
    let ran = pattern_of(&["test", "--count", doubtful], input.as_bytes());
    assert_eq!(ran.stdout, "matching 1\nnot matching 1\nuncertain 2\n");
    assert_eq!(ran.code, Some(0));
    let ran = pattern_of(&["test", "-c", "-o", "json", doubtful], input.as_bytes());
    assert_eq!(rows(&ran.stdout), [json!({"matching": 1, "not_matching": 1, "uncertain": 2})]);
}

#[test]
fn programs_get_one_object_a_message() {
    let log = "192.0.2.1 404 15\n192.0.2.2 200 15\nshort\n";
    let ran = pattern_of(&["test", "-o", "json", "[ip, status = 4*, bytes]"], log.as_bytes());
    let extracted = json!({"$ip": "192.0.2.1", "$status": "404", "$bytes": "15"});
    let expected = [
        json!({"line": 1, "match": "yes", "extracted": extracted, "message": "192.0.2.1 404 15"}),
        json!({"line": 2, "match": "no", "extracted": {}, "message": "192.0.2.2 200 15"}),
        json!({"line": 3, "match": "no", "extracted": {}, "message": "short"}),
    ];
    assert_eq!(rows(&ran.stdout), expected);
    let ran = pattern_of(&["test", "-o", "json", READS], RECORDS.as_bytes());
    let lines: Vec<_> = rows(&ran.stdout).iter().map(|row| row["line"].clone()).collect();
    assert_eq!(lines, [1, 2, 3]);
}

#[test]
fn what_is_uncertain_says_why_and_how_to_ask() {
    let ran = pattern_of(
        &["test", "-o", "json", r#"{ $.e = "Ev*ent" }"#],
        b"{\"e\":\"EvXXent\"}\n{\"e\":\"Event\"}\n",
    );
    assert_eq!(ran.code, Some(3));
    let rows = rows(&ran.stdout);
    assert_eq!(rows[0]["match"], "uncertain");
    assert_eq!(rows[0]["uncertain"]["id"], "inner-wildcard");
    assert_eq!(rows[0]["uncertain"]["probes"], json!(["probe-01", "probe-04"]));
    assert!(ran.stderr.contains("2 messages, the first is 1, are uncertain"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("inner-wildcard").count(), 1);
    assert!(ran.stderr.ends_with("--aws asks AWS.\n"), "{}", ran.stderr);
    // A doubt that the pattern raises is shown where it raises it.
    let ran = pattern_of(&["test", "{ $.e = a-b }"], b"{\"e\":1}\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""));
    assert!(ran.stderr.contains("  { $.e = a-b }\n          ^^^\n"), "{}", ran.stderr);
}

#[test]
fn a_refused_pattern_is_told_with_carets_and_nothing_is_read() {
    let ran = pattern(&["test", "{ $.e == 1 }", "no such file"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    let expected = "error: `==` is no operator; equality is `=`.\n  { $.e == 1 }\n        ^^\n\
                    AWS: Invalid metric filter pattern\nwrite `=`\n";
    assert_eq!(ran.stderr, expected);
}

#[test]
fn input_that_cannot_be_read_says_where() {
    let whole = gzip(RECORDS.as_bytes());
    let folder = Folder::with(&[
        ("cut.gz", &whole[..whole.len() - 9]),
        ("cut.json", &RECORDS.as_bytes()[..RECORDS.len() - 4]),
        ("latin-1.log", b"\xe9\nnot \xe9\n"),
        ("utf-16.log", b"\xff\xfeE\0\n\0"),
    ]);
    let told = |name: &str| {
        let ran = pattern(&["test", READS, &folder.at(name)]);
        assert_eq!(ran.code, Some(2), "{name}: {}{}", ran.stdout, ran.stderr);
        ran.stderr.replace(&folder.at(""), "")
    };
    assert!(told("cut.gz").contains("the compressed data end too early"));
    let ends = "error: cut.json, line 1: the CloudTrail file ends before its events do\n";
    assert_eq!(told("cut.json"), ends);
    assert_eq!(told("latin-1.log"), "error: none of the 2 lines is UTF-8 text\n");
    assert!(told("utf-16.log").starts_with("error: utf-16.log is UTF-16 text: "));
    assert!(told("missing").starts_with("error: cannot open missing: "));
    assert!(told(".").starts_with("error: cannot read "));
}

#[test]
fn lines_that_are_no_text_do_not_end_the_run() {
    let ran = pattern_of(&["test", "ERROR"], b"caf\xe9\nERROR 1\nERROR \xe9\nERROR 2\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "ERROR 1\nERROR 2\n"));
    let note = "note: 2 lines are not UTF-8 text and were not tried; first: line 1\n";
    assert_eq!(ran.stderr, note);
    let ran = pattern_of(&["test", "-c", "ERROR"], b"ok\nERROR \xe9\n");
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.stdout, "matching 0\nnot matching 1\nuncertain 0\n");
    assert_eq!(ran.stderr, "note: line 2 is not UTF-8 text and was not tried\n");
}

#[test]
fn blank_lines_are_messages_however_many() {
    let folder = Folder::with(&[("blank.gz", &gzip(&vec![b'\n'; 2_000_000]))]);
    let ran = pattern(&["test", "-c", "ERROR", &folder.at("blank.gz")]);
    assert_eq!(ran.stdout, "matching 0\nnot matching 2000000\nuncertain 0\n");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
}

#[test]
fn little_that_unpacks_to_much_does_not_fill_the_memory() {
    // 200 MB of one line in 200 KB.
    let folder = Folder::with(&[("bomb.gz", &gzip(&vec![b'x'; 200_000_000]))]);
    let script = "ulimit -v 400000; exec \"$0\" pattern test ERROR \"$1\"";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_secmon"), &folder.at("bomb.gz")])
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.ends_with("line 1 is longer than 16 MiB\n"), "{stderr}");
}

#[test]
fn output_goes_to_files_too() {
    let folder = Folder::with(&[("kept.json", b"before")]);
    let file = folder.at("all.json");
    let output = format!("json={file}");
    let ran = pattern_of(&["test", "-o", &output, "ERROR"], b"ERROR\nok\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "ERROR\n"));
    assert_eq!(rows(&fs::read_to_string(&file).unwrap()).len(), 2);
    // Where the input is bad no half of an answer is left behind.
    let kept = folder.at("kept.json");
    let output = format!("json={kept}");
    let cut = gzip(b"ERROR\n");
    let ran = pattern_of(&["test", "-o", &output, "ERROR"], &cut[..cut.len() - 4]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(fs::read_to_string(&kept).unwrap(), "before");
}

#[test]
fn a_match_adds_its_value_to_the_metric() {
    let input =
        "{\"n\":7,\"k\":1}\n{\"n\":\"11.5\",\"k\":1}\n{\"n\":\"banana\",\"k\":1}\n{\"k\":2}\n";
    let ran = pattern_of(&["test", "--value", "$.n", "{ $.k = 1 }"], input.as_bytes());
    let adds: Vec<&str> = ran.stdout.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(adds, ["7", "11.5", "-"]);
    let counted = &["test", "--value", "$.n", "--default", "-1", "-c", "{ $.k = 1 }"];
    let ran = pattern_of(counted, input.as_bytes());
    assert!(ran.stdout.ends_with("samples 3\nsum 17.5\n"), "{}", ran.stdout);
    let ran = pattern_of(
        &["test", "--value", "$bytes", "-o", "json", "[ip, status = 4*, bytes]"],
        b"192.0.2.1 404 1534\n192.0.2.1 200 1534\n",
    );
    let rows = rows(&ran.stdout);
    assert_eq!((&rows[0]["sample"], &rows[1]["sample"]), (&json!(1534.0), &json!(null)));
}

#[test]
fn patterns_may_begin_with_a_dash() {
    let input = b"INFO up\nDEBUG up\n";
    assert_eq!(pattern_of(&["test", "-DEBUG"], input).stdout, "INFO up\n");
    assert_eq!(pattern_of(&["test", "--", "-other"], input).stdout, "INFO up\nDEBUG up\n");
}

#[test]
fn an_explanation_names_what_decides() {
    let event = r#"{"eventName":"GetSecretValue","eventSource":"secretsmanager.amazonaws.com"}"#;
    let wrong = r#"{ $.eventName = "getsecretvalue" && $.eventSource = "secretsmanager*" }"#;
    let ran = pattern(&["explain", wrong, event]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    assert!(ran.stdout.starts_with("DOES NOT MATCH  "), "{}", ran.stdout);
    for shown in [
        "   ✗ $.eventName = \"getsecretvalue\"  <- decides\n",
        "       found     \"GetSecretValue\"\n",
        "   ✓ $.eventSource = \"secretsmanager*\"\n",
        "{ $.eventName = \"GetSecretValue\" && $.eventSource = \"secretsmanager*\" }  matches this message\n",
    ] {
        assert!(ran.stdout.contains(shown), "{shown}{}", ran.stdout);
    }
    let ran = pattern(&["explain", "-o", "json", READS, event]);
    let explained: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &explained["verdict"]), (Some(0), &json!("yes")));
    assert_eq!(explained["root"]["decides"], json!(true));
    let ran = pattern(&["explain", r#"{ $.e = "Ev*ent" }"#, r#"{"e":"EvXent"}"#]);
    assert_eq!(ran.code, Some(3));
    assert!(ran.stdout.starts_with("UNCERTAIN  "), "{}", ran.stdout);
}

#[test]
fn the_event_to_explain_comes_from_anywhere() {
    let pretty = "{\n  \"eventName\": \"GetSecretValue\"\n}\n";
    let folder = Folder::with(&[
        ("event.json", pretty.as_bytes()),
        ("trail.json.gz", &gzip(RECORDS.as_bytes())),
        ("app.log", b"all well\nERROR 17\n"),
    ]);
    assert_eq!(pattern(&["explain", READS, &folder.at("event.json")]).code, Some(0));
    assert_eq!(pattern_of(&["explain", READS, "-"], pretty.as_bytes()).code, Some(0));
    let trail = folder.at("trail.json.gz");
    let ran = pattern(&["explain", READS, &trail]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.ends_with("holds 3 events: pick one with --line NUMBER\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(pattern(&["explain", READS, &trail, "--line", "2"]).code, Some(1));
    assert_eq!(pattern(&["explain", READS, &trail, "--line", "3"]).code, Some(0));
    assert_eq!(pattern(&["explain", READS, &trail, "--line", "4"]).code, Some(2));
    assert_eq!(pattern(&["explain", "ERROR", &folder.at("app.log"), "--line", "1"]).code, Some(1));
    // A message of words is one where it names no file; JSON is asked of JSON patterns.
    assert_eq!(pattern(&["explain", "ERROR", "an ERROR"]).code, Some(0));
    let ran = pattern(&["explain", READS, "event.jsn"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.stderr, "error: `event.jsn` is neither a JSON object or array nor a file\n");
    let ran = pattern(&["explain", READS, &format!("[{READ}]")]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    let ran_empty = pattern(&["explain", READS, ""]);
    assert!(ran_empty.stderr.starts_with("error: EVENT is empty: "), "{}", ran_empty.stderr);
    let ran_line = pattern(&["explain", READS, READ, "--line", "2"]);
    assert!(ran_line.stderr.starts_with("error: --line picks"), "{}", ran_line.stderr);
    assert!(ran.stdout.contains("The message is an array"), "{}", ran.stdout);
}

#[test]
fn what_steers_a_terminal_is_shown_in_explanations() {
    let ran = pattern(&["explain", "{ $.a = 1 }", "{\"a\":\"\u{1b}]0;x\u{7}\"}"]);
    assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
    // Where nobody looks, a message is left as it is.
    let ran = pattern_of(&["test", "ERROR"], b"ERROR \x1b[31m\n");
    assert_eq!(ran.stdout, "ERROR \u{1b}[31m\n");
}
