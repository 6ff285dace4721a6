use proptest::prelude::*;

use super::{consistent, parse};
use crate::pattern::explain::{Kind, Node, explain, same};
use crate::pattern::{FilterPattern, Match};

/// Clauses over few names and values, so that they meet.
fn clause() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec![
        "$.a",
        "$.b",
        "$.a.b",
        "$.b[0]",
        "$.a[*]",
        "$.b.*",
        "$.A",
        "$.eventName",
        "$.c",
    ]);
    let test = prop::sample::select(vec![
        "= \"x\"",
        "= \"X\"",
        "!= \"x\"",
        "= 1",
        "= \"1\"",
        "!= 1",
        "> 0",
        "<= 1.5",
        "= \"x*\"",
        "= \"*y\"",
        "= \"x*y\"",
        "= \"*x*\"",
        "= %x%",
        "= *",
        "!= \"*\"",
        "= true",
        "IS TRUE",
        "IS FALSE",
        "IS NULL",
        "NOT EXISTS",
        "= \"arn:x:secret:x-AbCdEf\"",
        "= \"\"",
    ]);
    (path, test).prop_map(|(path, test)| format!("{path} {test}"))
}

fn expr() -> impl Strategy<Value = String> {
    clause().prop_recursive(3, 8, 3, |inner| {
        let parts = prop::collection::vec(inner, 2..4);
        (parts, any::<bool>()).prop_map(|(parts, all)| {
            let joined: Vec<String> = parts.iter().map(|part| format!("({part})")).collect();
            joined.join(if all { " && " } else { " || " })
        })
    })
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "\"x\"",
        "\"X\"",
        "\"xy\"",
        "\"xay\"",
        "\"axa\"",
        "\"\"",
        "\"1\"",
        "\"true\"",
        "1",
        "1.0",
        "0",
        "-2.5e1",
        "true",
        "false",
        "null",
        "[]",
        "{}",
        "\"\\u0078\"",
        "\"arn:x:secret:x-AbCdEf\"",
        "\"{\\\"a\\\":1}\"",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|values| format!("[{}]", values.join(","))),
            object(inner),
        ]
    })
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "A", "c", "eventName", "Records", "eventname"]);
    prop::collection::vec((name, value), 0..4).prop_map(|members| {
        let members: Vec<String> =
            members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

fn message() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => object(json()),
        1 => json(),
        1 => object(json()).prop_map(|object| format!("INFO {object}")),
        1 => "[ -~]{0,20}",
    ]
}

/// What holds of a tree of pieces: the verdict on each follows from its parts.
fn joined(node: &Node) -> bool {
    let verdicts =
        || node.parts.iter().filter(|part| part.kind != Kind::IgnoredTerm).map(|it| it.verdict);
    let follows = match (node.kind, node.parts.is_empty()) {
        (_, true) => true,
        (Kind::All, _) => same(Match::all(verdicts()), node.verdict),
        (Kind::Any, _) => same(Match::any(verdicts()), node.verdict),
        _ => true,
    };
    follows && node.parts.iter().all(joined)
}

fn holds(pattern: &str, message: &str) {
    let pattern = parse(pattern);
    let explanation = explain(&pattern, message);
    assert_eq!(explanation.verdict, pattern.test(message), "{} on {message}", pattern.text());
    assert!(joined(&explanation.root), "{explanation:?}");
    consistent(&explanation, message);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_patterns_are_explained_as_they_are_evaluated(expr in expr(), message in message()) {
        let text = format!("{{ {expr} }}");
        // More wildcards or regular expressions than a pattern may have.
        prop_assume!(FilterPattern::parse(&text).is_ok());
        holds(&text, &message);
    }

    #[test]
    fn terms_are_explained_as_they_are_evaluated(
        terms in prop::collection::vec(
            prop::sample::select(vec!["x", "-x", "?x", "\"x y\"", "-Y", "?y", "Y", "%x+%", "\"\""]), 0..4,
        ),
        message in "[xyXY ]{0,8}",
    ) {
        let text = terms.join(" ");
        prop_assume!(FilterPattern::parse(&text).is_ok());
        holds(&text, &message);
    }

    #[test]
    fn fields_are_explained_as_they_are_evaluated(
        conditions in prop::collection::vec(
            prop::sample::select(vec!["", "=x", "!=x", "=x*", "=1", ">0", "=x||w=y", "!=x&&w!=y", "=%x%"]), 1..4,
        ),
        ellipsis in prop::option::of(0..4_usize),
        message in "[xyX1 \"\\[\\]]{0,10}",
    ) {
        let mut fields: Vec<String> = conditions
            .iter()
            .enumerate()
            .map(|(at, condition)| {
                format!("w{at}{}", condition.replace("||w", &format!("||w{at}")).replace("&&w", &format!("&&w{at}")))
            })
            .collect();
        if let Some(at) = ellipsis {
            fields.insert(at.min(fields.len()), "...".to_owned());
        }
        let text = format!("[{}]", fields.join(", "));
        prop_assume!(FilterPattern::parse(&text).is_ok());
        holds(&text, &message);
    }
}
