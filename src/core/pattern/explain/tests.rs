mod properties;

use super::*;
use crate::pattern::Doubt;

fn parse(text: &str) -> FilterPattern {
    FilterPattern::parse(text).unwrap_or_else(|error| panic!("{}", error.render(text)))
}

fn about(pattern: &str, message: &str) -> Explanation {
    let pattern = parse(pattern);
    let explanation = explain(&pattern, message);
    assert_eq!(explanation.verdict, pattern.test(message), "{message}");
    consistent(&explanation, message);
    explanation
}

/// What holds for every explanation.
fn consistent(explanation: &Explanation, message: &str) {
    let doubts = !parse(&explanation.pattern).doubts().is_empty();
    assert!(doubts || explanation.root.verdict == explanation.verdict, "{explanation:?}");
    assert_eq!(explanation.doubt, doubt(explanation.verdict));
    assert!(explanation.reason.ends_with('.'), "{}", explanation.reason);
    for node in explanation.root.deciding() {
        assert!(same(node.verdict, explanation.verdict), "{node:?} decides {explanation:?}");
    }
    if explanation.verdict == Match::Yes {
        assert!(explanation.suggestions.is_empty(), "{explanation:?}");
    }
    for suggestion in &explanation.suggestions {
        let verdict = suggestion.pattern.as_deref().map(|pattern| parse(pattern).test(message));
        assert_eq!(suggestion.matches, verdict == Some(Match::Yes), "{suggestion:?}");
        assert!(suggestion.says.ends_with('.'), "{suggestion:?}");
    }
}

fn suggested<'e>(explanation: &'e Explanation, id: &str) -> &'e Suggestion {
    let found = explanation.suggestions.iter().find(|suggestion| suggestion.id == id);
    found.unwrap_or_else(|| panic!("no {id} in {:?}", explanation.suggestions))
}

fn deciding(explanation: &Explanation) -> Vec<&str> {
    explanation.root.deciding().iter().map(|node| node.text.as_str()).collect()
}

#[test]
fn the_first_clause_that_fails_decides() {
    let it = about("{ $.a = 1 && $.b = 2 && $.c = 3 }", "{\"a\":1,\"b\":5,\"c\":6}");
    assert_eq!(deciding(&it), ["$.b = 2"]);
    assert_eq!(it.root.parts[0].verdict, Match::Yes);
    assert_eq!(it.root.parts[1].found, ["5"]);
    assert_eq!(it.reason, "`$.b = 2` does not hold: found 5, asked for is the number 2.");
}

#[test]
fn all_clauses_decide_where_all_are_needed() {
    let it = about("{ $.a = 1 && ($.b = 2 || $.b = 3) }", "{\"a\":1,\"b\":3}");
    assert_eq!(deciding(&it), ["$.a = 1", "$.b = 3"]);
    assert_eq!(it.reason, "All 2 clauses that are needed hold.");
    let it = about("{ $.a = 2 || $.b = 3 }", "{\"a\":1,\"b\":2}");
    assert_eq!(deciding(&it), ["$.a = 2", "$.b = 3"]);
}

#[test]
fn what_is_uncertain_decides_where_nothing_fails() {
    let it = about("{ $.a = 1 && $.b = \"x*y\" }", "{\"a\":1,\"b\":\"xzy\"}");
    assert_eq!(deciding(&it), ["$.b = \"x*y\""]);
    assert_eq!(it.doubt, Some(Doubt::InnerWildcard));
    let nearest = suggested(&it, "inner-wildcard");
    assert_eq!(nearest.pattern.as_deref(), Some("{ $.a = 1 && $.b = \"x*\" && $.b = \"*y\" }"));
    assert!(nearest.matches);
    let it = about("{ $.a = 2 && $.b = \"x*y\" }", "{\"a\":1,\"b\":\"xzy\"}");
    assert_eq!(deciding(&it), ["$.a = 2"]);
}

#[test]
fn values_are_shown_as_they_stand() {
    let it = about("{ $.a[*] = \"y\" }", "{\"a\":[ \"x\", 1.50, {\"b\": null} ]}");
    assert_eq!(it.root.found, ["\"x\"", "1.50", "{\"b\": null}"]);
    let it = about("{ $.a = \"y\" }", "{\"b\":1}");
    assert!(it.root.found.is_empty());
    assert_eq!(it.reason, "`$.a = \"y\"` does not hold: the field is absent, asked for is \"y\".");
}

#[test]
fn the_nearest_miss_is_said() {
    // id, pattern, message, what to write, whether it then matches
    let cases: &[(&str, &str, &str, Option<&str>, bool)] = &[
        (
            "value-case",
            "{ $.eventName = \"getsecretvalue\" }",
            "{\"eventName\":\"GetSecretValue\"}",
            Some("{ $.eventName = \"GetSecretValue\" }"),
            true,
        ),
        ("value-case", "{ $.e = \"get*\" }", "{\"e\":\"GetX\"}", Some("{ $.e = \"Get*\" }"), true),
        (
            "value-spelling",
            "{ $.eventName = \"GetSecretsValue\" }",
            "{\"eventName\":\"GetSecretValue\"}",
            Some("{ $.eventName = \"GetSecretValue\" }"),
            true,
        ),
        (
            "value-spelling",
            "{ $.errorMessage = \"Failedauthentication\" }",
            "{\"errorMessage\":\"Failed authentication\"}",
            Some("{ $.errorMessage = \"Failed authentication\" }"),
            true,
        ),
        (
            "selector-case",
            "{ $.eventname = \"GetSecretValue\" }",
            "{\"eventName\":\"GetSecretValue\"}",
            Some("{ $.eventName = \"GetSecretValue\" }"),
            true,
        ),
        // The selector is wrong whatever the value is.
        (
            "selector-case",
            "{ $.eventname = \"GetSecretValue\" }",
            "{\"eventName\":\"ListSecrets\"}",
            Some("{ $.eventName = \"GetSecretValue\" }"),
            false,
        ),
        (
            "selector-spelling",
            "{ $.userIdentity.usrName = \"a\" }",
            "{\"userIdentity\":{\"userName\":\"a\"}}",
            Some("{ $.userIdentity.userName = \"a\" }"),
            true,
        ),
        (
            "selector-elsewhere",
            "{ $.type = \"Root\" }",
            "{\"x\":{\"type\":\"no\"},\"userIdentity\":{\"type\":\"Root\"}}",
            Some("{ $.userIdentity.type = \"Root\" }"),
            true,
        ),
        (
            "boolean-as-text",
            "{ $.readOnly = true }",
            "{\"readOnly\":true}",
            Some("{ $.readOnly IS TRUE }"),
            true,
        ),
        (
            "boolean-as-text",
            "{ $.readOnly = \"true\" }",
            "{\"readOnly\":false}",
            Some("{ $.readOnly IS TRUE }"),
            false,
        ),
        (
            "text-as-boolean",
            "{ $.mfa IS TRUE }",
            "{\"mfa\":\"true\"}",
            Some("{ $.mfa = \"true\" }"),
            true,
        ),
        (
            "null-value",
            "{ $.responseElements NOT EXISTS }",
            "{\"responseElements\":null}",
            Some("{ $.responseElements NOT EXISTS || $.responseElements IS NULL }"),
            true,
        ),
        ("null-value", "{ $.e IS NULL }", "{}", Some("{ $.e IS NULL || $.e NOT EXISTS }"), true),
        ("number-as-text", "{ $.n = \"200\" }", "{\"n\":200.0}", Some("{ $.n = 200 }"), true),
        ("text-as-number", "{ $.n > 5 }", "{\"n\":\"7\"}", None, false),
        ("text-as-number", "{ $.n = 1 }", "{\"n\":\"01\"}", Some("{ $.n = \"01\" }"), true),
        (
            "name-or-arn",
            "{ $.requestParameters.secretId = \"prod/db\" }",
            "{\"requestParameters\":{\"secretId\":\"arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-x9Y8z7\"}}",
            Some(
                "{ $.requestParameters.secretId = \"prod/db\" || $.requestParameters.secretId = \
                 \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-*\" }",
            ),
            true,
        ),
        (
            "name-or-arn",
            "{ $.s = \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-x9Y8z7\" }",
            "{\"s\":\"prod/db\"}",
            Some(
                "{ $.s = \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-x9Y8z7\" || \
                 $.s = \"prod/db\" }",
            ),
            true,
        ),
        (
            "name-or-arn",
            "{ $.s = \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db\" }",
            "{\"s\":\"arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-x9Y8z7\"}",
            Some(
                "{ $.s = \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db\" || \
                 $.s = \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-*\" }",
            ),
            true,
        ),
        (
            "name-or-arn",
            "{ $.r = \"deploy\" }",
            "{\"r\":\"arn:aws:iam::111122223333:role/deploy\"}",
            Some("{ $.r = \"deploy\" || $.r = \"arn:aws:iam::111122223333:role/deploy\" }"),
            true,
        ),
        (
            "not-equal-absent",
            "{ $.userIdentity.invokedBy != \"x\" }",
            "{\"userIdentity\":{}}",
            Some("{ $.userIdentity.invokedBy != \"x\" || $.userIdentity.invokedBy NOT EXISTS }"),
            true,
        ),
        ("reaches-array", "{ $.users = 1 }", "{\"users\":[1,2]}", Some("{ $.users[*] = 1 }"), true),
        ("reaches-array", "{ $.users = 3 }", "{\"users\":[1,2]}", None, false),
        (
            "reaches-object",
            "{ $.userIdentity = \"Root\" }",
            "{\"userIdentity\":{\"type\":\"Root\"}}",
            Some("{ $.userIdentity.type = \"Root\" }"),
            true,
        ),
        (
            "inner-wildcard",
            "{ $.e = \"Ev*ent\" }",
            "{\"e\":\"Event\"}",
            Some("{ $.e = \"Ev*\" && $.e = \"*ent\" }"),
            true,
        ),
        ("inner-wildcard", "{ $.e = \"*ab*\" }", "{\"e\":\"xabx\"}", Some("{ $.e = %ab% }"), true),
        (
            "nested",
            "{ $.eventName = \"GetSecretValue\" && $.readOnly IS TRUE }",
            "{\"source\":\"aws.secretsmanager\",\"detail\":{\"eventName\":\"GetSecretValue\",\"readOnly\":true}}",
            Some("{ $.detail.eventName = \"GetSecretValue\" && $.detail.readOnly IS TRUE }"),
            true,
        ),
        ("event-as-text", "{ $.e = 1 }", "{\"message\":\"{\\\"e\\\":1}\"}", None, false),
        ("records", "{ $.e = 1 }", "{\"Records\":[{\"e\":1},{\"e\":2}]}", None, false),
        ("array", "{ $.e = 1 }", "[{\"e\":1}]", None, false),
        ("text-around", "{ $.e = 1 }", "2026-01-05 {\"e\":1}", None, false),
        ("text-around", "{ $.e = 1 }", "{\"e\":1}\n{\"e\":2}", None, false),
        ("term-case", "Error", "an ERROR", Some("ERROR"), true),
        ("term-apart", "\"disk error\"", "error: disk", Some("disk error"), true),
    ];
    for (id, pattern, message, rewrite, matches) in cases {
        let explanation = about(pattern, message);
        let suggestion = suggested(&explanation, id);
        assert_eq!(suggestion.pattern.as_deref(), *rewrite, "{pattern} on {message}");
        assert_eq!(suggestion.matches, *matches, "{pattern} on {message}");
    }
}

#[test]
fn what_is_far_is_not_suggested() {
    for (pattern, message) in [
        ("{ $.eventName = \"GetSecretValue\" }", "{\"eventName\":\"DescribeSecret\"}"),
        ("{ $.eventName = \"GetSecretValue\" }", "{\"eventName\":\"BatchGetSecretValue\"}"),
        ("{ $.eventName = \"PutBucketAcl\" }", "{\"eventName\":\"GetBucketAcl\"}"),
        ("{ $.eventName = \"RotationStarted\" }", "{\"eventName\":\"RotationFailed\"}"),
        ("{ $.a = 1 && $.b != \"x\" }", "{\"a\":2}"),
        ("{ $.requestID = \"a\" }", "{\"requestIP\":\"b\"}"),
        ("{ $.a != \"x\" }", "{\"a\":\"x\"}"),
        ("{ $.a = 1 }", "not JSON"),
        ("ERROR", "all is well"),
        ("-ERROR", "an ERROR"),
    ] {
        let explanation = about(pattern, message);
        let ids: Vec<&str> = explanation.suggestions.iter().map(|it| it.id).collect();
        assert!(ids.is_empty(), "{pattern} on {message}: {ids:?}");
    }
}

#[test]
fn several_faults_are_mended_together() {
    let message = "{\"eventName\":\"GetSecretValue\",\"readOnly\":true}";
    let it = about("{ $.eventname = \"GetSecretValue\" && $.readOnly = true }", message);
    assert_eq!(it.suggestions[0].id, "all-together");
    assert_eq!(
        it.suggestions[0].pattern.as_deref(),
        Some("{ $.eventName = \"GetSecretValue\" && $.readOnly IS TRUE }")
    );
}

#[test]
fn an_alternative_that_holds_is_left_alone() {
    let it = about("{ $.n = 2 && ($.a = \"x\" || $.a = \"Y\") }", "{\"n\":1,\"a\":\"x\"}");
    assert!(it.suggestions.is_empty(), "{:?}", it.suggestions);
}

#[test]
fn a_message_that_is_no_object_is_said_to_be_none() {
    let it = about("{ $.a NOT EXISTS }", "[1]");
    assert!(it.reason.starts_with("The message is an array."), "{}", it.reason);
    let it = about("{ $.a NOT EXISTS }", "ERROR");
    assert!(it.reason.starts_with("The message is not JSON as a whole."), "{}", it.reason);
}

#[test]
fn records_are_counted() {
    let it = about("{ $.e = 1 }", "{\"Records\":[{\"e\":1},{\"e\":2}]}");
    let says = &suggested(&it, "records").says;
    assert!(says.contains("2 events") && says.ends_with("1 of them would match."), "{says}");
}

#[test]
fn terms_are_told_apart() {
    let it = about("ERROR -timeout", "2026-01-05 12:00:00 ERROR: disk full on /dev/sda1");
    assert_eq!(it.root.kind, Kind::All);
    assert_eq!(it.root.parts[0].found, ["2026-01-05 12:00:00 ERROR: disk full on /dev/…"]);
    assert!(it.root.parts[1].found.is_empty());
    let it = about("ERROR -timeout", "ERROR timeout");
    assert_eq!(deciding(&it), ["-timeout"]);
    let it = about("?WARN ?ERROR", "an ERROR");
    assert_eq!(deciding(&it), ["?ERROR"]);
    let it = about("ERROR ?timeout", "an ERROR");
    assert_eq!(it.root.parts[1].kind, Kind::IgnoredTerm);
    assert_eq!(deciding(&it), ["ERROR"]);
}

#[test]
fn an_explanation_is_told_to_machines_in_a_fixed_shape() {
    let it = about("{ $.a = \"X\" && $.b = \"p*q\" }", "{\"a\":\"x\",\"b\":\"pq\"}");
    let told = serde_json::to_value(&it).unwrap();
    let wanted = serde_json::json!({
        "pattern": "{ $.a = \"X\" && $.b = \"p*q\" }",
        "verdict": "no",
        "doubt": null,
        "reason": "`$.a = \"X\"` does not hold: found \"x\", asked for is \"X\".",
        "root": {
            "kind": "all", "text": "$.a = \"X\" && $.b = \"p*q\"", "span": { "start": 2, "end": 26 },
            "verdict": "no", "doubt": null, "decides": true, "found": [], "expected": "",
            "parts": [
                {
                    "kind": "clause", "text": "$.a = \"X\"", "span": { "start": 2, "end": 11 },
                    "verdict": "no", "doubt": null, "decides": true, "found": ["\"x\""],
                    "expected": "\"X\"", "parts": [],
                },
                {
                    "kind": "clause", "text": "$.b = \"p*q\"", "span": { "start": 15, "end": 26 },
                    "verdict": "uncertain", "doubt": "inner-wildcard", "decides": false,
                    "found": ["\"pq\""], "expected": "text of the form \"p*q\"", "parts": [],
                },
            ],
        },
        "suggestions": [
            {
                "id": "value-case",
                "says": "The message has \"x\"; values are compared letter by letter.",
                "span": { "start": 2, "end": 11 }, "clause": "$.a = \"x\"",
                "pattern": "{ $.a = \"x\" && $.b = \"p*q\" }", "matches": false,
            },
            {
                "id": "inner-wildcard",
                "says": "What AWS makes of the `*` in \"p*q\" is not established; this asks for the same in ways that are.",
                "span": { "start": 15, "end": 26 }, "clause": "$.b = \"p*\" && $.b = \"*q\"",
                "pattern": "{ $.a = \"X\" && $.b = \"p*\" && $.b = \"*q\" }", "matches": false,
            },
        ],
    });
    // The two repairs together come first.
    let mut wanted = wanted;
    wanted["suggestions"].as_array_mut().unwrap().insert(
        0,
        serde_json::json!({
            "id": "all-together",
            "says": "With all of these changes the message matches.",
            "span": { "start": 0, "end": 28 }, "clause": null,
            "pattern": "{ $.a = \"x\" && $.b = \"p*\" && $.b = \"*q\" }", "matches": true,
        }),
    );
    assert_eq!(told, wanted);
}

#[test]
fn the_words_of_fields_are_told() {
    let it = about("[time, ..., level = ERROR, text]", "09:41 a b WARN disk full");
    let found: Vec<&[String]> = it.root.parts.iter().map(|part| &part.found[..]).collect();
    let wanted: [&[&str]; 4] = [&["09:41"], &["a", "b", "WARN"], &["disk"], &["full"]];
    assert_eq!(found, wanted);
    assert_eq!(deciding(&it), ["level = ERROR"]);
    assert_eq!(it.root.parts[2].expected, "\"ERROR\"");
    let it = about("[level = error, text]", "ERROR disk full");
    assert_eq!(it.root.parts[1].found, ["disk full"]);
    let nearest = suggested(&it, "value-case");
    assert!(nearest.matches, "{nearest:?}");
    let it = about("[a, b, c]", "one two");
    assert_eq!(it.root.expected, "at least 3 words");
    assert!(suggested(&it, "too-few-words").says.contains("fields (3)"));
}
