use proptest::prelude::*;
use serde_json::{Value, json};

use super::EventPattern as Pattern;

fn read_of_a_secret() -> Value {
    json!({
        "version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.secretsmanager",
        "account": "000000000000", "region": "us-east-1", "resources": [],
        "detail": {
            "eventSource": "secretsmanager.amazonaws.com", "eventName": "GetSecretValue",
            "readOnly": true, "managementEvent": true, "sourceIPAddress": "203.0.113.7",
            "requestParameters": {"secretId": "prod/db"}, "count": 3,
            "tags": [{"k": "team", "v": "a"}, {"k": "stage", "v": "b"}],
        },
    })
}

#[test]
fn patterns_match_as_documented() {
    let event = read_of_a_secret();
    let detail = |inner: Value| json!({"detail": inner}).to_string();
    for (pattern, expected) in [
        (json!({"source": ["aws.secretsmanager"]}).to_string(), true),
        (json!({"source": ["aws.iam", "aws.secretsmanager"]}).to_string(), true),
        (json!({"source": ["aws.iam"]}).to_string(), false),
        (detail(json!({"eventName": ["GetSecretValue"], "readOnly": [true]})), true),
        (detail(json!({"eventName": ["GetSecretValue"], "readOnly": ["true"]})), false),
        (detail(json!({"requestParameters": {"secretId": [{"prefix": "prod/"}]}})), true),
        (detail(json!({"requestParameters": {"secretId": [{"suffix": "/DB"}]}})), false),
        (
            detail(json!({"requestParameters": {"secretId": [{"equals-ignore-case": "PROD/DB"}]}})),
            true,
        ),
        (detail(json!({"requestParameters": {"secretId": [{"wildcard": "p*/*b"}]}})), true),
        (detail(json!({"requestParameters": {"secretId": [{"wildcard": "p*/*c"}]}})), false),
        (detail(json!({"eventName": [{"anything-but": "DescribeSecret"}]})), true),
        (detail(json!({"eventName": [{"anything-but": ["GetSecretValue", "x"]}]})), false),
        (detail(json!({"eventName": [{"anything-but": {"prefix": "Get"}}]})), false),
        (detail(json!({"errorCode": [{"exists": false}]})), true),
        (detail(json!({"userIdentity": {"invokedBy": [{"exists": false}]}})), true),
        (detail(json!({"eventName": [{"exists": true}]})), true),
        (detail(json!({"errorCode": [{"anything-but": "x"}]})), false),
        (detail(json!({"count": [{"numeric": [">", 2, "<=", 3]}]})), true),
        (detail(json!({"count": [{"numeric": [">", 3]}]})), false),
        (detail(json!({"count": [3.0]})), true),
        (detail(json!({"sourceIPAddress": [{"cidr": "203.0.113.0/24"}]})), true),
        (detail(json!({"sourceIPAddress": [{"cidr": "203.0.112.0/24"}]})), false),
        (detail(json!({"$or": [{"eventName": ["x"]}, {"count": [3]}]})), true),
        (detail(json!({"$or": [{"eventName": ["x"]}, {"count": [4]}]})), false),
        (detail(json!({"tags": {"k": ["team"], "v": ["a"]}})), true),
        (detail(json!({"tags": {"k": ["team"], "v": ["b"]}})), false),
    ] {
        let parsed = Pattern::parse(&pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert_eq!(parsed.matches(&event), expected, "{pattern}");
    }
    for bad in
        ["", "[]", "{}", r#"{"a":"b"}"#, r#"{"a":[]}"#, r#"{"a":[{"like":"b"}]}"#, r#"{"a":{}}"#]
    {
        assert!(Pattern::parse(bad).is_err(), "{bad}");
    }
}

proptest! {
    /// A pattern made of an event's own values matches it; one with a value that the event has not
    /// does not.
    #[test]
    fn an_event_matches_itself(values in prop::collection::btree_map("[a-z]{1,4}", "[a-z]{0,6}", 1..6)) {
        let event = json!({"detail": values});
        let mut wanted: serde_json::Map<String, Value> =
            values.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
        let pattern = |wanted: &serde_json::Map<String, Value>| {
            Pattern::parse(&json!({"detail": wanted}).to_string()).unwrap()
        };
        prop_assert!(pattern(&wanted).matches(&event));
        if let Some(value) = wanted.values_mut().next() {
            *value = json!(["UPPER"]);
        }
        prop_assert!(!pattern(&wanted).matches(&event));
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,60}") {
        let _ = Pattern::parse(&text);
    }
}
