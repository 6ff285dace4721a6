use proptest::prelude::*;

use super::{Found, LogsQuery};
use crate::baseline::{BaselineEntry, Expect, messages};
use crate::snapshot::Snapshot;

fn found(query: &str, message: &str) -> Found {
    LogsQuery::parse(query).unwrap_or_else(|error| panic!("{query}: {error}")).finds(message)
}

const READ: &str = r#"{"eventSource":"secretsmanager.amazonaws.com","eventName":"GetSecretValue","count":3,"readOnly":true,"requestParameters":{"secretId":"prod/db"},"errorCode":null}"#;

#[test]
fn queries_find_what_they_say() {
    for (query, expected) in [
        ("fields @timestamp, @message | sort @timestamp desc | limit 20", true),
        (r#"filter eventName = "GetSecretValue""#, true),
        (
            r#"filter eventName = 'GetSecretValue' and eventSource="secretsmanager.amazonaws.com""#,
            true,
        ),
        (r#"filter eventName = "getsecretvalue""#, false),
        (r#"filter eventName != "GetSecretValue""#, false),
        (r#"filter eventName in ["BatchGetSecretValue", "GetSecretValue"]"#, true),
        (r#"filter eventName not in ["GetSecretValue"]"#, false),
        ("# all reads\nfields @message\n| filter eventName like /GetSecretValue/", true),
        ("filter eventName like /(?i)getsecret/", true),
        ("filter eventName like /Put|Delete/", false),
        (r#"filter @message like "GetSecretValue""#, true),
        ("filter @message like 'ConsoleLogin'", false),
        ("filter eventName =~ /Get/", true),
        (r#"filter requestParameters.secretId = "prod/db""#, true),
        (r#"filter `requestParameters.secretId` = "prod/qa""#, false),
        ("filter count > 2 and count <= 3", true),
        ("filter ispresent(errorCode)", false),
        ("filter not ispresent(errorCode)", true),
        (r#"filter errorCode = "AccessDenied""#, false),
        (
            r#"filter (eventName = "x" or eventName = "GetSecretValue") and not eventName = "y""#,
            true,
        ),
        (r#"filter eventName = "x" or eventName = "y" and eventName = "GetSecretValue""#, false),
        (r#"filter eventName = "GetSecretValue" | sort @timestamp desc | limit 1"#, true),
        (r#"limit 1 | filter eventName = "x""#, false),
        ("", true),
    ] {
        assert_eq!(found(query, READ), expected.into(), "{query}");
    }
}

#[test]
fn what_is_not_documented_or_not_read_is_unknown() {
    for query in [
        r#"filter errorCode != "AccessDenied""#,
        r#"filter not errorCode = "AccessDenied""#,
        r#"filter readOnly = "true""#,
        "filter eventName like /Get.*Value/",
        r#"filter eventName like "%Secret%""#,
        "filter @logStream like 'x'",
        "parse @message '*' as x | filter x = 'y'",
        "stats count(*) by eventName",
        r#"dedup eventName"#,
        r#"limit 1 | filter eventName = "GetSecretValue""#,
        r#"filter eventName like /Get/ | limit 10 | filter eventName = "GetSecretValue" | limit 1"#,
        r#"filter eventName = "GetSecretValue" | stats count(*)"#,
    ] {
        assert!(matches!(found(query, READ), Found::Unknown(_)), "{query}");
    }
    for query in
        ["filter", "filter eventName", "filter strlen(eventName) > 3", "filter \"x", "filter a = b"]
    {
        assert!(LogsQuery::parse(query).is_err(), "{query}");
    }
    // Whatever follows, the row is gone.
    assert_eq!(found(r#"filter eventName = "x" | stats count(*)"#, READ), Found::No);
}

#[test]
fn reads_of_the_baseline_are_told_from_other_events() {
    let query = LogsQuery::parse(
        r#"filter eventSource = "secretsmanager.amazonaws.com" | filter eventName like /GetSecretValue/"#,
    )
    .unwrap();
    for message in messages(&Snapshot::healthy(), &BaselineEntry::secret_access()) {
        let expected = message.expect != Expect::MustNot;
        assert_eq!(query.finds(&message.text), expected.into(), "{}", message.says);
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,80}", filter in "[a-z=!<>~\"'/()\\[\\], ]{0,40}") {
        for query in [text, format!("filter {filter}")] {
            if let Ok(query) = LogsQuery::parse(&query) {
                let _ = query.finds(READ);
            }
        }
    }
}
