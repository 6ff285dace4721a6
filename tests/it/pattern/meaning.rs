//! `secmon pattern compare` and `lint`.

use serde_json::json;

use super::*;

#[test]
fn two_patterns_compare_with_events_that_prove_it() {
    let wide = "{ $.eventName = Get* }";
    let narrow = r#"{ $.eventName = "GetSecretValue" }"#;
    let ran = pattern(&["compare", narrow, wide]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    assert!(ran.stdout.starts_with("NARROWER  "), "{}", ran.stdout);
    assert!(ran.stdout.contains("\n  only B   {\"eventName\":\"Get"), "{}", ran.stdout);

    let ran = pattern(&["compare", "-o", "json", narrow, wide]);
    let compared: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(compared["relation"], "narrower");
    assert_eq!(compared["only_a"], json!(null));
    // The witness proves what it is for.
    let witness = compared["only_b"].as_str().unwrap();
    assert_eq!(pattern_of(&["test", wide], witness.as_bytes()).code, Some(0));
    assert_eq!(pattern_of(&["test", narrow], witness.as_bytes()).code, Some(1));

    let ran = pattern(&["compare", "{ $.a = 1 && $.b = x }", r#"{ ($.b = "x") && ($.a = 1) }"#]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    assert!(ran.stdout.starts_with("EQUAL  "), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_compared_says_why() {
    let ran = pattern(&["compare", "ERROR", "WARN"]);
    assert_eq!(ran.code, Some(3));
    assert!(ran.stdout.starts_with("UNKNOWN  Only JSON patterns"), "{}", ran.stdout);
    let ran = pattern(&["compare", r#"{ $.e = "Ev*ent" }"#, "{ $.e = Event }", "-o", "json"]);
    let compared: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &compared["relation"]), (Some(3), &json!("unknown")));
    assert_eq!(compared["unknown"]["doubt"]["id"], "inner-wildcard");
    let ran = pattern(&["compare", "{ $.a = 1 }", "{ $.a == 1 }"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.starts_with("error: B: `==` is no operator"), "{}", ran.stderr);
}

#[test]
fn a_lint_shows_the_place_the_reason_and_what_to_write() {
    let ran = pattern(&["lint", "{ $.readOnly = true }"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    for shown in [
        "error boolean-as-text: ",
        "  { $.readOnly = true }\n    ^",
        "  write { $.readOnly IS TRUE }\n",
    ] {
        assert!(ran.stdout.contains(shown), "{shown}{}", ran.stdout);
    }
    let ran = pattern(&["lint", "-o", "json", "{ $.readOnly = true }"]);
    let linted: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(linted["lints"][0]["id"], "boolean-as-text");
    assert_eq!(linted["lints"][0]["rewrite"], "{ $.readOnly IS TRUE }");

    let ran = pattern(&["lint", r#"{ $.eventName = "GetSecretValue" }"#]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "nothing to say\n"));
    assert_eq!(pattern(&["lint", "{ $.readOnly = true }", "--holds", "other"]).code, Some(0));
    // A pattern that names no field of CloudTrail is taken for one of another log.
    let other = r#"{ $.type = "a" }"#;
    assert_eq!(pattern(&["lint", other]).stdout, "nothing to say\n");
    assert_eq!(pattern(&["lint", other, "--holds", "cloudtrail"]).code, Some(1));
    // What a group holds decides whether a term is a mistake.
    let term = "\"GetSecretValue\"";
    assert_eq!(pattern(&["lint", term, "--holds", "other"]).code, Some(0));
    assert_eq!(pattern(&["lint", term, "--holds", "cloudtrail"]).code, Some(1));
}

#[test]
fn a_refused_pattern_gets_a_lint_that_mends_it() {
    let ran = pattern(&["lint", "{ $.a == 1 }"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stdout.contains("  write { $.a = 1 }\n"), "{}", ran.stdout);
    assert!(ran.stderr.starts_with("error: `==` is no operator"), "{}", ran.stderr);
    let ran = pattern(&["lint", "-o", "json", "{ $.a == 1 }"]);
    let linted: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(linted["refused"]["aws"], "Invalid metric filter pattern");
    assert_eq!(linted["refused"]["span"], json!({"start": 6, "end": 8}));
}
