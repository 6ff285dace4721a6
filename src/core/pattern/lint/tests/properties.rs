use proptest::prelude::*;

use super::parse;
use crate::pattern::lint::{About, LogGroup, lint, lint_text};
use crate::pattern::meaning::{Extent, extent};
use crate::pattern::{FilterPattern, Match};

/// Lints whose rewrite asks for the same.
const SAME: &[&str] = &["duplicate", "implied", "not-established", "double-wildcard"];

fn clause() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec![
        "$.a",
        "$.b",
        "$.errorCode",
        "$.eventName",
        "$.readOnly",
        "$.userIdentity.userName",
        "$.userIdentity.invokedBy",
        "$.sourceIPAddress",
        "$.requestParameters.secretId",
    ]);
    let test = prop::sample::select(vec![
        "= x",
        "= \"xy\"",
        "!= x",
        "!= \"xy\"",
        "= x*",
        "= *y",
        "= \"*x*\"",
        "= \"*\"",
        "> 1",
        ">= 1",
        "< 2",
        "<= 0",
        "= 1",
        "IS TRUE",
        "IS NULL",
        "NOT EXISTS",
        "= a-b",
        "!= \"*\"",
        "= GetSecretValue",
        "!= \"*.amazonaws.com\"",
        "= \"secretsmanager.amazonaws.com\"",
        "= \"arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf\"",
    ]);
    (path, test).prop_map(|(path, test)| format!("{path} {test}"))
}

fn expr() -> impl Strategy<Value = String> {
    clause().prop_recursive(3, 8, 3, |inner| {
        let parts = prop::collection::vec(inner, 2..4);
        (parts, any::<bool>(), any::<bool>()).prop_map(|(parts, all, bare)| {
            let shown = |part: &String| if bare { part.clone() } else { format!("({part})") };
            let joined: Vec<String> = parts.iter().map(shown).collect();
            joined.join(if all { " && " } else { " || " })
        })
    })
}

/// Lints whose rewrite matches more.
const WIDER: &[&str] =
    &["not-equal-absent", "service-invoked-excluded", "secret-by-name-only", "secret-by-arn-only"];

fn message() -> impl Strategy<Value = String> {
    let value = prop::sample::select(vec![
        "\"x\"", "\"xy\"", "\"axa\"", "\"1\"", "\"\"", "1", "2", "0.5", "true", "false", "null",
        "[\"x\"]", "\"a-b\"",
    ]);
    let name = prop::sample::select(vec![
        "a",
        "b",
        "errorCode",
        "eventName",
        "readOnly",
        "sourceIPAddress",
    ]);
    let inside = prop::sample::select(vec![
        r#""userIdentity":{"userName":"x"}"#,
        r#""userIdentity":{"invokedBy":"secretsmanager.amazonaws.com"}"#,
        r#""userIdentity":{"invokedBy":"xy"}"#,
        r#""eventName":"GetSecretValue""#,
        r#""requestParameters":{"secretId":"x"}"#,
        r#""requestParameters":{"secretId":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf"}"#,
    ]);
    let inside = prop::collection::btree_set(inside, 0..3);
    (prop::collection::vec((name, value), 0..5), inside).prop_map(|(members, inside)| {
        let members: Vec<String> = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .chain(inside.into_iter().map(str::to_owned))
            .collect();
        format!("{{{}}}", members.join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_makes_no_difference_makes_none(
        expr in expr(),
        messages in prop::collection::vec(message(), 8),
    ) {
        let pattern = parse(&format!("{{ {expr} }}"));
        let whole = pattern.text().len();
        for lint in lint(&pattern, &About { log_group: LogGroup::CloudTrail }) {
            prop_assert!(lint.span.start <= lint.span.end && lint.span.end <= whole, "{lint:?}");
            let Some(rewrite) = lint.rewrite.as_deref().map(parse) else {
                continue;
            };
            prop_assert!(!matches!(extent(&rewrite), Extent::Never { .. }), "{lint:?}");
            for message in &messages {
                let (before, after) = (pattern.clone().accepted().test(message), rewrite.test(message));
                let told = matches!(before, Match::Yes | Match::No) && matches!(after, Match::Yes | Match::No);
                if told && SAME.contains(&lint.id.id) {
                    prop_assert_eq!(before, after, "{} on {}", lint.reason, message);
                }
                // Letting more in takes none away.
                if WIDER.contains(&lint.id.id) && before == Match::Yes {
                    prop_assert_eq!(after, Match::Yes, "{} on {}", lint.reason, message);
                }
            }
        }
    }

    #[test]
    fn what_never_matches_never_matches(
        a in clause(), b in clause(), messages in prop::collection::vec(message(), 16),
    ) {
        let pattern = parse(&format!("{{ {a} && {b} }}"));
        let lints = lint(&pattern, &About { log_group: LogGroup::Other });
        if lints.iter().any(|lint| lint.id.id == "never-matches") {
            for message in &messages {
                prop_assert_ne!(pattern.test(message), Match::Yes, "{} on {}", pattern, message);
            }
        }
    }

    #[test]
    fn any_text_is_read(text in "[ -~“”‘’é]{0,60}") {
        for text in [text.clone(), format!("{{ $.a {text} }}"), format!("{{{text}}}"), format!("[{text}]")] {
            match FilterPattern::parse(&text) {
                Ok(pattern) => {
                    lint(&pattern, &About { log_group: LogGroup::CloudTrail });
                }
                Err(_) => {
                    for rewrite in lint_text(&text).into_iter().filter_map(|lint| lint.rewrite) {
                        parse(&rewrite);
                    }
                }
            }
        }
    }

    #[test]
    fn what_looks_like_a_pattern_is_read(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "$.a", "a", ".a", "==", "=", "!=", "<>", "'x'", "\"x\"", "“x”", "x y", "null", "(", ")", "&&", "||", "AND",
            "or", "NOT", "!", "EXISTS", "IS", "NULL", "TRUE", "%x%", "1", "$.['a b']", "\\\"x\\\"", "é",
        ]), 0..10),
    ) {
        let text = format!("{{ {} }}", pieces.join(" "));
        for lint in lint_text(&text) {
            prop_assert!(text.get(lint.span.start..lint.span.end).is_some(), "{lint:?}");
            if let Some(rewrite) = &lint.rewrite {
                parse(rewrite);
            }
        }
    }
}
