use super::super::{Doubt, FilterPattern, Match, Sample, sample};
use super::scan::DEPTH;

fn test(pattern: &str, message: &str) -> Match {
    FilterPattern::parse(pattern).unwrap().accepted().test(message)
}

#[track_caller]
fn rows(pattern: &str, rows: &[(&str, Match)]) {
    for (message, expected) in rows {
        assert_eq!(test(pattern, message), *expected, "{pattern} on {message}");
    }
}

#[test]
fn the_last_member_of_a_name_counts_wherever_it_stands() {
    use Match::{No, Yes};
    rows(
        r#"{ $.a.b = "x" }"#,
        &[
            (r#"{"a":{"b":"x"}}"#, Yes),
            (r#"{"a":{"b":"x"},"a":{"c":1}}"#, No),
            (r#"{"a":{"b":"x"},"a":null}"#, No),
            (r#"{"a":null,"a":{"b":"y","b":"x"}}"#, Yes),
            (r#"{"a":{"b":"x","\u0062":"y"}}"#, No),
            (r#"{"\u0061":{"b":"\u0078"}}"#, Yes),
        ],
    );
    rows(
        r#"{ $.a[*] = "x" }"#,
        &[
            (r#"{"a":{"k":"x","k":"y"}}"#, No),
            (r#"{"a":{"k":"y","\u006b":"x"}}"#, Yes),
            (r#"{"a":{"k":"x","j":"y"}}"#, Yes),
            (r#"{"a":["x"],"a":["y"]}"#, No),
        ],
    );
    rows(
        r#"{ $.a[*].b = "x" }"#,
        &[
            (r#"{"a":[{"b":"x"},{"b":"y"}]}"#, Yes),
            (r#"{"a":[{"b":"x","b":"y"},{"c":1}]}"#, No),
            (r#"{"a":[{"b":"x"},{}]}"#, Yes),
        ],
    );
    rows("{ $.a NOT EXISTS }", &[(r#"{"a":1,"b":2}"#, No), (r#"{"b":{"a":1}}"#, Yes)]);
}

#[test]
fn several_selectors_may_lead_to_the_same_value() {
    let pattern = r#"{ $.a[0].b = 1 && $.a[*].b = 1 && $.a[*].b = 2 && $.a[1].b = 2 }"#;
    rows(
        pattern,
        &[(r#"{"a":[{"b":1},{"b":2}]}"#, Match::Yes), (r#"{"a":[{"b":2},{"b":1}]}"#, Match::No)],
    );
    rows(
        r#"{ $.a = 1 || $.a.b = 1 || $.*.c = 1 }"#,
        &[
            (r#"{"a":1}"#, Match::Yes),
            (r#"{"a":{"b":1}}"#, Match::Yes),
            (r#"{"z":{"c":1}}"#, Match::Yes),
            (r#"{"a":{"c":1}}"#, Match::Yes),
            (r#"{"a":{"d":1}}"#, Match::No),
            (r#"{"a":[1],"z":[{"c":1}]}"#, Match::No),
        ],
    );
}

#[test]
fn what_is_not_looked_at_still_has_to_be_json() {
    for broken in [
        r#"{"a":1,"b":tru}"#,
        r#"{"a":1,"b":01}"#,
        r#"{"a":1,"b":1.}"#,
        r#"{"a":1,"b":"\x"}"#,
        r#"{"a":1,"b":"\u00g0"}"#,
        "{\"a\":1,\"b\":\"line\nbreak\"}",
        r#"{"a":1,"b":[1 2]}"#,
        r#"{"a":1,"b":{"c"}}"#,
        r#"{"a":1"#,
    ] {
        assert_eq!(test("{ $.a = 1 }", broken), Match::No, "{broken}");
    }
    assert_eq!(test("{ $.a = 1 }", " {\n\t\"a\" : 1 }\r\n"), Match::Yes);
}

#[test]
fn a_message_nested_too_deeply_is_uncertain_and_no_panic() {
    let nested =
        |depth: usize| format!(r#"{{"a":1,"b":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert_eq!(test("{ $.a = 1 }", &nested(DEPTH - 2)), Match::Yes);
    let deep = Match::Uncertain(Doubt::DeepJson);
    assert_eq!(test("{ $.a = 1 }", &nested(DEPTH + 1)), deep);
    assert_eq!(test("{ $.a = 1 }", &nested(1_000_000)), deep);
    assert_eq!(test(r#"{ $.a = "sought" }"#, &nested(1_000_000)), Match::No);
}

#[test]
fn text_that_is_looked_for_first_may_be_written_with_escapes() {
    let pattern = r#"{ $.eventName = "GetSecretValue" && $.eventSource = "a/b.amazonaws.com" }"#;
    rows(
        pattern,
        &[
            (r#"{"eventName":"GetSecretValue","eventSource":"a/b.amazonaws.com"}"#, Match::Yes),
            (r#"{"eventName":"GetSecretValue","eventSource":"a\/b.amazonaws.com"}"#, Match::Yes),
            (
                r#"{"event\u004eame":"\u0047etSecretValue","eventSource":"a\u002Fb.amazonaws.com"}"#,
                Match::Yes,
            ),
            (r#"{"eventName":"GetSecretValu","eventSource":"a/b.amazonaws.com"}"#, Match::No),
        ],
    );
}

#[test]
fn numbers_as_text_are_compared_as_they_are_written() {
    use Match::{No, Uncertain, Yes};
    rows(r#"{ $.v = "1" }"#, &[(r#"{"v":1}"#, Yes), (r#"{"v":1.0}"#, No), (r#"{"v":1e0}"#, No)]);
    let doubt = Uncertain(Doubt::NumberAsText);
    rows(
        r#"{ $.v = "*0" }"#,
        &[(r#"{"v":10}"#, Yes), (r#"{"v":1.0}"#, Yes), (r#"{"v":1.50}"#, doubt)],
    );
    rows(r#"{ $.v = "1*" }"#, &[(r#"{"v":1e0}"#, Yes), (r#"{"v":2e0}"#, No)]);
}

#[test]
fn a_metric_value_is_a_number_or_a_field_with_one() {
    let event = r#"{"eventVersion":"1.11","readOnly":true,"a":{"b-c":7},"text":"banana"}"#;
    let rows = [
        ("1", Sample::Number(1.0)),
        (" 0.5 ", Sample::Number(0.5)),
        ("1e2", Sample::Number(100.0)),
        ("-3", Sample::Number(-3.0)),
        ("one", Sample::Nothing),
        ("", Sample::Nothing),
        ("inf", Sample::Nothing),
        ("1e999", Sample::Nothing),
        ("$.eventVersion", Sample::Number(1.11)),
        ("$.a.b-c", Sample::Number(7.0)),
        ("$.a", Sample::Nothing),
        ("$.readOnly", Sample::Nothing),
        ("$.text", Sample::Nothing),
        ("$.nowhere", Sample::Nothing),
        ("$.a[0]", Sample::Nothing),
        ("$.a[*]", Sample::Unclear),
        ("$size", Sample::Unclear),
    ];
    for (value, expected) in rows {
        assert_eq!(sample(value, event), expected, "{value}");
    }
    assert_eq!(sample("$.size", "no JSON"), Sample::Nothing);
}

#[test]
fn numbers_that_no_double_holds_are_uncertain() {
    let doubt = Match::Uncertain(Doubt::NumberOverflow);
    rows(
        "{ $.v = 0 }",
        &[(r#"{"v":0.0}"#, Match::Yes), (r#"{"v":1e-400}"#, doubt), (r#"{"v":1e400}"#, doubt)],
    );
}

#[test]
fn null_is_found_in_an_array_and_doubtful_deeper() {
    let doubt = Match::Uncertain(Doubt::IsOnArray);
    let nested = format!(r#"{{"v":{}null{}}}"#, "[1,".repeat(200), "]".repeat(200));
    rows(
        "{ $.v IS NULL }",
        &[
            (r#"{"v":[1, "null" , null]}"#, Match::Yes),
            (r#"{"v":[[null],null]}"#, Match::Yes),
            (r#"{"v":[[1,[ null ]]]}"#, doubt),
            (r#"{"v":[{"a":null},"[null]",[]]}"#, Match::No),
            (&nested, doubt),
        ],
    );
    rows("{ $.v IS TRUE }", &[(r#"{"v":[true]}"#, doubt), (r#"{"v":[{"a":true}]}"#, Match::No)]);
}

#[test]
fn refusals_say_what_was_likely_meant() {
    for (pattern, instead) in [
        (r#"{ $.eventName = "A" || "B" }"#, r#"`$.eventName = "B"`"#),
        (r#"{ ($.eventName != "A") && "B" }"#, r#"`$.eventName != "B"`"#),
        ("{ .eventName = A }", "`$.eventName`"),
        ("{($.a=1)&#124;&#124;($.a=2)}", "`||`"),
        ("{ $.a = 1 &amp;&amp; $.b = 2 }", "`&&`"),
        ("{ $.a[99999999999] = 1 }", "a smaller number"),
    ] {
        let error = FilterPattern::parse(pattern).unwrap_err();
        assert_eq!(error.instead.as_deref(), Some(instead), "{pattern}");
    }
}
