//! Pairs whose relation is known.

use super::*;
use Relation::{Disjoint, Equal, Narrower, Overlapping, Wider};

const fn doubtful(doubt: Doubt) -> Relation {
    Relation::Unknown(Unknown::Doubt(doubt))
}

fn relation_of(a: &str, b: &str) -> Relation {
    let forth = compared(a, b);
    let back = compared(b, a);
    let mirrored = match forth.relation {
        Narrower => Wider,
        Wider => Narrower,
        // Which of several reasons is given depends on where the search begins.
        Relation::Unknown(_) => back.relation,
        relation => relation,
    };
    assert_eq!(back.relation, mirrored, "{a}\n{b}");
    forth.relation
}

#[track_caller]
fn relations(rows: &[(&str, &str, Relation)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(a, b, expected)| {
            let found = relation_of(a, b);
            (found != *expected).then(|| format!("{a}\n{b}\n{found:?}, expected {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn writing_changes_nothing() {
    relations(&[
        ("{ $.a = x && $.b = y }", "{ $.b = y && $.a = x }", Equal),
        ("{ $.a = x }", "{ ($.a = \"x\") }", Equal),
        ("{ $.a = x || $.b = y || $.c = z }", "{ ($.c = z || $.a = x) || $.b = y }", Equal),
        (
            "{ $.a = x && ($.b = y || $.c = z) }",
            "{ ($.a = x && $.b = y) || ($.a = x && $.c = z) }",
            Equal,
        ),
        ("{ $.a = x || $.b = y && $.c = z }", "{ $.a = x || ($.b = y && $.c = z) }", Equal),
        ("{ $.a = x || $.b = y && $.c = z }", "{ ($.a = x || $.b = y) && $.c = z }", Wider),
        ("{ $.a = x || ($.a = x && $.b = y) }", "{ $.a = x }", Equal),
        ("{ $.a.b = 1 }", "{ $.a.['b'] = 1 }", Equal),
        ("{ $.a = 1 }", "{ $.a = 1.0 }", Overlapping),
        ("{ $.a > 1 }", "{ $.a > 1.0 }", Equal),
        ("{ $.a >= 1 && $.a <= 1 }", "{ $.a = 1 }", Narrower),
    ]);
}

#[test]
fn text() {
    relations(&[
        ("{ $.a = Get* }", "{ $.a = GetSecretValue }", Wider),
        ("{ $.a = Get* }", "{ $.a = *Value }", Overlapping),
        ("{ $.a = Get* }", "{ $.a = Put* }", Disjoint),
        ("{ $.a = Get* }", "{ $.a = \"*\" }", Narrower),
        ("{ $.a = \"\" }", "{ $.a = \"*\" }", Narrower),
        ("{ $.a = \"*\" }", "{ $.a != \"\" }", Wider),
        ("{ $.a = x && $.a != y }", "{ $.a = x }", Equal),
        ("{ $.a = x || $.a != x }", "{ $.a = * }", Equal),
        ("{ $.a != x }", "{ $.a = x }", Disjoint),
        ("{ $.a != x && $.a != y }", "{ $.a != x }", Narrower),
        ("{ $.a = G* && $.a = Get* }", "{ $.a = Get* }", Equal),
        ("{ $.a = Gets* && $.a = Get* }", "{ $.a = Put* }", Disjoint),
        // A suffix is doubtful where it stands twice, but the same doubt is one.
        ("{ $.a = *Value && $.b = 1 }", "{ $.b = 1 && $.a = *Value }", Equal),
        ("{ $.a = *Value }", "{ $.a != *Value }", Disjoint),
        // 1.2e1 equals 12; which text AWS makes of it is not established.
        ("{ $.a = \"12*\" }", "{ $.a = 12 }", doubtful(Doubt::NumberAsText)),
        ("{ $.a = \"12\" }", "{ $.a = 12 }", Narrower),
        ("{ $.a = \"12.0\" }", "{ $.a = 12 }", Overlapping),
        ("{ $.a = \"a\\tb\" }", "{ $.a = \"a\\tb\" }", Equal),
    ]);
}

#[test]
fn numbers() {
    relations(&[
        ("{ $.a > 5 }", "{ $.a > 3 }", Narrower),
        ("{ $.a > 5 }", "{ $.a < 3 }", Disjoint),
        ("{ $.a > 3 }", "{ $.a < 5 }", Overlapping),
        ("{ $.a >= 5 || $.a < 5 }", "{ $.a > 5 || $.a <= 5 }", Equal),
        ("{ $.a >= 5 || $.a < 5 }", "{ $.a = * }", Narrower),
        ("{ $.a = 5 && $.a > 4 }", "{ $.a = 5 }", Narrower),
        ("{ $.a != 5 && $.a <= 5 }", "{ $.a < 5 }", Equal),
        ("{ $.a > 0.1 }", "{ $.a > 0.2 }", Wider),
        ("{ $.a < -1.5 }", "{ $.a < -2 }", Wider),
        ("{ $.a > 1e3 }", "{ $.a > 999 }", Narrower),
        ("{ $.a > 1e3 }", "{ $.a > 1000 }", Equal),
        ("{ $.a = 0.1 }", "{ $.a > 0 }", Overlapping),
        ("{ $.a = \"1*\" && $.a > 5 }", "{ $.a = \"1*\" && $.a < 5 }", Disjoint),
        ("{ $.a = \"1*\" && $.a > 5 }", "{ $.a = \"10*\" && $.a > 5 }", Wider),
    ]);
}

#[test]
fn kinds() {
    relations(&[
        ("{ $.a IS NULL }", "{ $.a NOT EXISTS }", Disjoint),
        ("{ $.a IS TRUE }", "{ $.a IS FALSE }", doubtful(Doubt::IsOnArray)),
        ("{ $.a IS TRUE }", "{ $.a = true }", Disjoint),
        ("{ $.a NOT EXISTS }", "{ $.a.b NOT EXISTS }", Narrower),
        ("{ $.a = 1 }", "{ $.a.b NOT EXISTS }", Narrower),
        ("{ $.a.b = 1 }", "{ $.a = 1 }", Disjoint),
        ("{ $.a.b = 1 }", "{ $.a[0] = 1 }", Disjoint),
        ("{ $.a[1] = 1 }", "{ $.a[0] NOT EXISTS }", Disjoint),
        ("{ $.a[0] IS NULL }", "{ $.a IS NULL }", doubtful(Doubt::IsOnArray)),
        ("{ $.a.b IS NULL }", "{ $.a IS NULL }", Disjoint),
        ("{ $.a != x }", "{ $.a NOT EXISTS }", Disjoint),
    ]);
}

#[test]
fn wildcards() {
    relations(&[
        ("{ $.a[*] = x }", "{ $.a[0] = x }", Wider),
        ("{ $.a[*] = x }", "{ $.a.b = x }", Wider),
        ("{ $.a[*].b = x }", "{ $.a[3].b = x }", Wider),
        ("{ $.a[*] = x }", "{ $.a[*] = y }", Overlapping),
        ("{ $.a[*] = x && $.a[*] = y }", "{ $.a[*] = x }", Narrower),
        ("{ $.a[*] = x && $.a[1] NOT EXISTS }", "{ $.a[0] = x }", Overlapping),
        ("{ $.a[*] = Get* }", "{ $.a[*] = GetSecretValue }", Wider),
        ("{ $.a[*] IS NULL }", "{ $.a IS NULL }", Overlapping),
        ("{ $.a[*] = x }", "{ $.a = x }", Disjoint),
        ("{ $.* = x }", "{ $.a = x }", Wider),
        ("{ $.* = x }", "{ $[*] = x }", Equal),
        ("{ $.a[*].b > 5 }", "{ $.a[*].b > 3 }", Narrower),
        ("{ $.a[*] != x }", "{ $.a[*] != x }", Equal),
    ]);
}

#[test]
fn expressions_regular() {
    relations(&[
        ("{ $.a = %^Get% }", "{ $.a = Get* }", Equal),
        ("{ $.a = %^GetSecretValue$% }", "{ $.a = Get* }", Narrower),
        ("{ $.a = %^Get[A-Z][a-z]+% }", "{ $.a = Get* }", Narrower),
        ("{ $.a = %b|a% }", "{ $.a = %a|b% }", Equal),
        ("{ $.a = %[0-9]% }", "{ $.a = \"*\" }", Narrower),
        ("{ $.a = %a.{1000}b% }", "{ $.a = x }", Relation::Unknown(Unknown::Budget)),
    ]);
}

#[test]
fn what_is_not_established_is_unknown_only_where_it_matters() {
    relations(&[
        ("{ $.e = Ev*ent }", "{ $.e = Ev*ent }", Equal),
        ("{ $.e = Ev*ent }", "{ $.e = Ev* }", Narrower),
        ("{ $.e = Ev*ent }", "{ $.e = Put* }", Disjoint),
        ("{ $.e = Ev*ent && $.a = 1 }", "{ $.a = 2 && $.b = 1 }", Disjoint),
        ("{ $.e = Ev*ent && $.a = 1 }", "{ $.a = 1 }", Narrower),
        ("{ $.e = Ev*ent }", "{ $.e = Event }", doubtful(Doubt::InnerWildcard)),
        ("{ $.e != %x% }", "{ $.e != %x% && $.a = 1 }", doubtful(Doubt::NotEqualRegex)),
    ]);
}

#[track_caller]
fn never(pattern: &str, why: &[&str]) {
    let parsed = parse(pattern);
    let Extent::Never { why: spans } = extent(&parsed) else {
        panic!("{pattern}: {:?}", extent(&parsed));
    };
    let spans: Vec<&str> = spans.iter().map(|span| span.of(pattern)).collect();
    assert_eq!(spans, why, "{pattern}");
}

#[test]
fn contradictions() {
    never("{ ($.eventName = A) && ($.eventName = B) }", &["$.eventName = A", "$.eventName = B"]);
    never("{ $.a = 1 && $.b = 2 && $.a NOT EXISTS }", &["$.a = 1", "$.a NOT EXISTS"]);
    never("{ $.a > 5 && $.a < 3 }", &["$.a > 5", "$.a < 3"]);
    never("{ $.a = Get* && $.a != Get* }", &["$.a = Get*", "$.a != Get*"]);
    never("{ $.a.b = 1 && $.a IS NULL }", &["$.a.b = 1", "$.a IS NULL"]);
    never("{ $.a[1] = 1 && $.a[0] NOT EXISTS }", &["$.a[1] = 1", "$.a[0] NOT EXISTS"]);
    never("{ $.a = x && $.a IS TRUE }", &["$.a = x", "$.a IS TRUE"]);
    never("{ $.a = %^x% && $.a = y* }", &["$.a = %^x%", "$.a = y*"]);
    never(
        "{ ($.a = x && $.a = y) || ($.b = 1 && $.c = 3 && $.b > 2) }",
        &["$.a = x", "$.a = y", "$.b = 1", "$.b > 2"],
    );
}

#[test]
fn every_object() {
    assert_eq!(extent(&parse("{ $.a NOT EXISTS || $.a.b NOT EXISTS || $.a.b = * || $.c = 1 }")), {
        let message = r#"{"a":{"b":{}}}"#.to_owned();
        let found = extent(&parse("{ $.a.b NOT EXISTS || $.a.b = * || $.c = 1 }"));
        let Extent::Some { matching, other } = found else { panic!("{found:?}") };
        assert!(serde_json::from_str::<serde_json::Value>(&other).unwrap()["a"]["b"].is_null());
        Extent::Some { matching, other: message.replace("{}", "null") }
    });
    let some = extent(&parse("{ $.a != x }"));
    assert_eq!(
        some,
        Extent::Some { matching: r#"{"a":"other"}"#.to_owned(), other: "{}".to_owned() }
    );
}

#[test]
fn never_is_equal_to_never_and_narrower_than_the_rest() {
    relations(&[
        ("{ $.a = x && $.a = y }", "{ $.b > 2 && $.b < 1 }", Equal),
        ("{ $.a = x && $.a = y }", "{ $.a = x }", Narrower),
    ]);
}

#[test]
fn parts_of_one_pattern() {
    let text = "{ $.eventName = Get* && $.eventName = GetSecretValue && $.eventName != GetUser }";
    let pattern = parse(text);
    let Pattern::Json(Expr::All(parts, _)) = pattern.pattern() else { panic!() };
    let doubts = pattern.doubts();
    assert_eq!(implies(&parts[1], &parts[0], doubts), Verdict::Yes);
    assert_eq!(implies(&parts[1], &parts[2], doubts), Verdict::Yes);
    assert_eq!(
        implies(&parts[0], &parts[1], doubts),
        Verdict::No(r#"{"eventName":"Get"}"#.to_owned())
    );
    assert_eq!(
        contradicts(&parts[0], &parts[2], doubts),
        Verdict::No(r#"{"eventName":"Get"}"#.to_owned())
    );
}

#[test]
fn the_canonical_pattern() {
    let canonical = "{ ($.eventSource = \"secretsmanager.amazonaws.com\") && \
        (($.eventName = \"GetSecretValue\") || ($.eventName = \"BatchGetSecretValue\")) }";
    let compared = compared(canonical, "{ $.eventName = GetSecretValue }");
    assert_eq!(compared.relation, Overlapping);
    assert_eq!(
        compared.only_a.unwrap(),
        r#"{"eventName":"BatchGetSecretValue","eventSource":"secretsmanager.amazonaws.com"}"#
    );
    assert_eq!(compared.only_b.unwrap(), r#"{"eventName":"GetSecretValue"}"#);
}

#[test]
fn cloudtrail_events() {
    let extent = |text| extent_of_cloudtrail(&parse(text));
    assert_eq!(extent("{ $.eventName = * }"), Extent::Every);
    assert_eq!(
        extent("{ $.eventName NOT EXISTS || $.eventSource != x || $.eventSource = x }"),
        Extent::Every
    );
    assert!(matches!(extent("{ $.eventName NOT EXISTS }"), Extent::Never { .. }));
    assert!(matches!(extent("{ $.eventName.x = 1 }"), Extent::Never { .. }));
    assert!(matches!(extent("{ $.userIdentity = Root }"), Extent::Never { .. }));
    let Extent::Some { matching, other } = extent("{ $.eventName = GetSecretValue }") else {
        panic!();
    };
    let [matching, other] =
        [matching, other].map(|event| serde_json::from_str::<serde_json::Value>(&event).unwrap());
    assert_eq!(matching["eventName"], "GetSecretValue");
    assert_eq!(other["eventName"], "GetUser");
    for (field, _) in cloudtrail::ALWAYS {
        assert!(!matching[field].is_null(), "{field}");
    }
}

#[test]
fn all_cloudtrail_events_but_a_few() {
    let exceptions = |text| exceptions_of_cloudtrail(&parse(text));
    let pin = |field: &str, value: &str| Pin { field: field.to_owned(), value: value.to_owned() };
    assert_eq!(exceptions("{ $.eventName = * }"), Some(Vec::new()));
    assert_eq!(
        exceptions("{ $.eventName != A && $.eventName != B }"),
        Some(vec![Exception(vec![pin("eventName", "A")]), Exception(vec![pin("eventName", "B")])])
    );
    assert_eq!(exceptions("{ $.eventName != A && $.errorCode != B }"), None);
    assert_eq!(exceptions("{ $.eventName != Get* }"), None);
    assert_eq!(exceptions("{ $.eventName = GetSecretValue }"), None);
}

#[test]
fn what_the_evaluator_does_not_confirm_is_unknown() {
    let (a, b) = (parse("{ $.a > 0.1 }"), parse("{ $.a < 0.100000000000000001 }"));
    let compared = compare(&a, &b);
    assert_eq!(compared.relation, doubtful(Doubt::DecimalForm));
    assert_eq!(compared.both, None);
    assert_ne!(problem::UNCONFIRMED.get(), 0);
}
