use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Service;
use super::super::stage::Stage;
use super::count::Counted;
use super::*;

const NOW: i64 = 1_767_607_950_000; // 2026-01-05T10:12:30Z

fn logs(lab: &mut Stage, operation: &str, params: Value) -> Value {
    lab.try_call(Service::Logs, operation, params).unwrap()
}

fn refused(lab: &mut Stage, operation: &str, params: Value) -> (String, String) {
    lab.refusal(Service::Logs, operation, params)
}

fn error(name: &str, message: &str) -> (String, String) {
    (name.to_owned(), message.to_owned())
}

/// A world with the group `trail` and its stream `s`.
fn with_group(class: &str) -> Stage {
    let mut lab = Stage::example();
    assert_eq!(lab.world.now().as_millisecond(), NOW);
    logs(&mut lab, "CreateLogGroup", json!({"logGroupName": "trail", "logGroupClass": class}));
    logs(&mut lab, "CreateLogStream", json!({"logGroupName": "trail", "logStreamName": "s"}));
    lab
}

fn put(lab: &mut Stage, events: &[(i64, &str)]) -> Value {
    let events: Vec<Value> = events
        .iter()
        .map(|(timestamp, message)| json!({"timestamp": timestamp, "message": message}))
        .collect();
    let input = json!({"logGroupName": "trail", "logStreamName": "s", "logEvents": events});
    logs(lab, "PutLogEvents", input)
}

fn filter(pattern: &str, transformation: Value) -> Value {
    let mut all = json!({"metricName": "M", "metricNamespace": "N", "metricValue": "1"});
    for (name, value) in transformation.as_object().unwrap() {
        all[name] = value.clone();
    }
    json!({
        "logGroupName": "trail", "filterName": "f", "filterPattern": pattern,
        "metricTransformations": [all],
    })
}

/// What the group's filters add for these events.
fn samples(lab: &mut Stage, events: &[(i64, &str)]) -> Vec<Counted> {
    let events: Vec<_> = events
        .iter()
        .map(|(at, text)| (jiff::Timestamp::from_millisecond(*at).unwrap(), (*text).to_owned()))
        .collect();
    let target = lab.target.clone();
    let mut hypotheses = std::mem::take(&mut lab.world.hypotheses);
    let now = lab.world.now();
    let logs = &mut lab.world.place_mut(&target).logs;
    let samples = logs.samples(&target, "trail", &events, now, &mut hypotheses);
    lab.world.hypotheses = hypotheses;
    samples
}

fn values(samples: &[Counted]) -> Vec<(String, f64)> {
    samples.iter().map(|sample| (sample.at.to_string(), sample.value)).collect()
}

/// metric-filter-publication.json, captured 2026-09-14.
#[test]
fn captured_values() {
    const AT: i64 = 1_789_348_551_449;
    let mut lab = with_group("STANDARD");
    let minute = |text: &str| format!("2026-09-14T{text}:00Z");
    for (pattern, value, message, expected) in [
        (
            "{ $.kind = \"number\" && $.value = * }",
            "$.value",
            r#"{"kind":"number","value":7}"#,
            Some(7.0),
        ),
        (
            "{ $.kind = \"string\" && $.value = * }",
            "$.value",
            r#"{"kind":"string","value":"11.5"}"#,
            Some(11.5),
        ),
        ("{ $.kind = \"bad\" }", "$.value", r#"{"kind":"bad","value":"banana"}"#, None),
        ("{ $.kind = \"missing\" }", "$.value", r#"{"kind":"missing"}"#, None),
        ("[kind = \"SPACE\", value, bucket]", "$value", r#"SPACE "17.5" A"#, Some(17.5)),
        ("[kind = \"SPACE\", value, bucket]", "$missing", "SPACE 17.5 A", None),
    ] {
        logs(&mut lab, "PutMetricFilter", filter(pattern, json!({"metricValue": value})));
        let expected: Vec<_> = expected.map(|value| (minute("01:15"), value)).into_iter().collect();
        assert_eq!(values(&samples(&mut lab, &[(AT, message)])), expected, "{message}");
    }
    // Event timestamps -5, 0, +5 and +60 minutes: each counts in its own minute.
    logs(&mut lab, "PutMetricFilter", filter("{ $.v = * }", json!({"metricValue": "$.v"})));
    let events = [
        (AT - 300_000, r#"{"v":101}"#),
        (AT, r#"{"v":103}"#),
        (AT + 300_000, r#"{"v":107}"#),
        (AT + 3_600_000, r#"{"v":127}"#),
    ];
    let expected = [
        (minute("01:10"), 101.0),
        (minute("01:15"), 103.0),
        (minute("01:20"), 107.0),
        (minute("02:15"), 127.0),
    ];
    assert_eq!(values(&samples(&mut lab, &events)), expected);
}

/// Captured: 14 events that do not match and one that does: Sum 47, SampleCount 15.
#[test]
fn captured_default_value() {
    let mut lab = with_group("STANDARD");
    let transformation = json!({"metricValue": "5", "defaultValue": 3.0, "unit": "Count"});
    logs(&mut lab, "PutMetricFilter", filter("DEFAULT_MATCH", transformation));
    let mut events = vec![(NOW, "other"); 14];
    events.push((NOW, "a DEFAULT_MATCH"));
    let samples = samples(&mut lab, &events);
    assert_eq!(samples.len(), 15);
    assert_eq!(samples.iter().map(|sample| sample.value).sum::<f64>(), 47.0);
    assert!(samples.iter().all(|sample| sample.unit == "Count"));
}

#[test]
fn captured_dimensions() {
    let mut lab = with_group("STANDARD");
    let mut input =
        filter("{ $.v = * }", json!({"metricValue": "$.v", "dimensions": {"Bucket": "$.bucket"}}));
    input["emitSystemFieldDimensions"] = json!(["@aws.account", "@aws.region"]);
    logs(&mut lab, "PutMetricFilter", input);
    let events = [
        (NOW, r#"{"v":29,"bucket":"A"}"#),
        (NOW, r#"{"v":31,"bucket":"B"}"#),
        (NOW, r#"{"v":37}"#),
    ];
    let found: Vec<(f64, Vec<String>)> = samples(&mut lab, &events)
        .iter()
        .map(|sample| {
            let dimensions = sample.metric.dimensions.iter();
            (sample.value, dimensions.map(|d| format!("{}={}", d.name, d.value)).collect())
        })
        .collect();
    let with = |bucket: &str| {
        vec![
            format!("Bucket={bucket}"),
            "@aws.account=123456789012".to_owned(),
            "@aws.region=eu-west-1".to_owned(),
        ]
    };
    assert_eq!(found, [(29.0, with("A")), (31.0, with("B"))]);
}

/// metric_filters.json and error-envelopes.json, captured 2026-09-14.
#[test]
fn captured_refusals() {
    let mut lab = with_group("STANDARD");
    let mut refuse = |pattern: &str, transformation: Value| {
        refused(&mut lab, "PutMetricFilter", filter(pattern, transformation))
    };
    let invalid = |message: &str| error("InvalidParameterException", message);
    assert_eq!(refuse("{ $.broken = }", json!({})), invalid("Invalid metric filter pattern"));
    assert_eq!(refuse("[w1=SPACE, w2, w3]", json!({})), invalid("Invalid metric filter pattern"));
    assert_eq!(refuse("ERR*", json!({})), invalid("Invalid character(s) in term '*'"));
    assert_eq!(
        refuse("{ $.a = 1 }", json!({"metricValue": "$.items[*].value"})),
        invalid(
            "Invalid metric transformation: metric value $.items[*].value must be a valid number"
        )
    );
    assert_eq!(
        refuse("{ $.a = 1 }", json!({"dimensions": {"D": "$.items[*].value"}})),
        invalid("Invalid metric transformation: dimension value must be valid selector")
    );
    assert_eq!(
        refuse("{ $.a = 1 }", json!({"dimensions": {"D": "$.a"}, "defaultValue": 0.0})),
        invalid(
            "Invalid metric transformation: dimensions and default value are mutually exclusive \
             properties"
        )
    );
    assert_eq!(
        refused(&mut lab, "DescribeMetricFilters", json!({"logGroupName": "missing"})),
        error("ResourceNotFoundException", "The specified log group does not exist.")
    );
}

#[test]
fn captured_describe_item() {
    let mut lab = with_group("STANDARD");
    let transformation = json!({"metricValue": "2", "unit": "Count"});
    logs(&mut lab, "PutMetricFilter", filter("NEVER_CONTROL_A", transformation.clone()));
    lab.pass(60);
    // A refused replacement leaves the old filter, a good one keeps its time.
    refused(&mut lab, "PutMetricFilter", filter("{", json!({})));
    logs(&mut lab, "PutMetricFilter", filter("NEVER_CONTROL_B", transformation));
    let answer = logs(&mut lab, "DescribeMetricFilters", json!({}));
    assert_eq!(
        answer["metricFilters"],
        json!([{
            "filterName": "f",
            "filterPattern": "NEVER_CONTROL_B",
            "metricTransformations": [
                {"metricName": "M", "metricNamespace": "N", "metricValue": "2", "unit": "Count"}
            ],
            "creationTime": NOW,
            "logGroupName": "trail",
            "applyOnTransformedLogs": false,
        }])
    );
    let groups = logs(&mut lab, "DescribeLogGroups", json!({}));
    assert_eq!(groups["logGroups"][0]["metricFilterCount"], 1);
}

#[test]
fn quotas() {
    let mut lab = with_group("STANDARD");
    for number in 0..100 {
        let pattern = if number < 5 { "%a+%" } else { "a" };
        let mut input = filter(pattern, json!({}));
        input["filterName"] = json!(format!("f{number}"));
        logs(&mut lab, "PutMetricFilter", input);
        if number == 4 {
            let code = refused(&mut lab, "PutMetricFilter", filter("{ $.a = %b% }", json!({}))).0;
            assert_eq!(code, "LimitExceededException");
            // The sixth may not have one, the fifth may get another.
            let mut other = filter("%b+%", json!({}));
            other["filterName"] = json!("f4");
            logs(&mut lab, "PutMetricFilter", other);
        }
    }
    assert_eq!(
        refused(&mut lab, "PutMetricFilter", filter("a", json!({}))).0,
        "LimitExceededException"
    );
}

#[test]
fn only_the_class_standard_counts_and_reads() {
    for class in ["INFREQUENT_ACCESS", "DELIVERY"] {
        let mut lab = with_group(class);
        let (code, message) =
            refused(&mut lab, "FilterLogEvents", json!({"logGroupName": "trail"}));
        assert_eq!(code, "InvalidOperationException");
        assert_eq!(
            message,
            format!(
                "The log group trail is of log-group-class {class}. FilterLogEvents is not \
                 supported for this log class."
            )
        );
        let code = refused(&mut lab, "PutMetricFilter", filter("a", json!({}))).0;
        assert_eq!(code, "InvalidOperationException");
        // A filter that is there all the same, as a file may say, counts nothing.
        let target = lab.target.clone();
        let mut standard = with_group("STANDARD");
        logs(&mut standard, "PutMetricFilter", filter("", json!({})));
        assert_eq!(samples(&mut standard, &[(NOW, "a")]).len(), 1);
        let filters = standard.world.place(&target).logs.groups["trail"].filters.clone();
        lab.world.place_mut(&target).logs.groups.get_mut("trail").unwrap().filters = filters;
        assert_eq!(samples(&mut lab, &[(NOW, "a")]), []);
    }
}

#[test]
fn doubts_are_what_the_hypothesis_says() {
    for (setting, count) in [(Some("no-match"), 0), (Some("match"), 1)] {
        let mut lab = with_group("STANDARD");
        if let Some(setting) = setting {
            let set = &mut lab.world.hypotheses.set;
            set.insert("pattern-doubt".to_owned(), setting.to_owned());
        }
        // A `*` inside a value.
        let pattern = "{ $.eventName = \"Get*Value\" }";
        let message = r#"{"eventName":"GetSecretValue"}"#;
        logs(&mut lab, "PutMetricFilter", filter(pattern, json!({})));
        assert!(lab.world.hypotheses.consulted.is_empty());
        assert_eq!(samples(&mut lab, &[(NOW, message)]).len(), count);
        assert!(lab.world.hypotheses.consulted.contains("pattern-doubt"));
        let input = json!({"filterPattern": pattern, "logEventMessages": [message]});
        let answer = logs(&mut lab, "TestMetricFilter", input);
        assert_eq!(answer["matches"].as_array().unwrap().len(), count);
    }
}

#[test]
fn selection_and_transformation_come_before_the_pattern() {
    let message = r#"{"eventName":"GetSecretValue"}"#;
    let count = |criteria: Option<&str>, transformer: Option<Value>, setting: &str| {
        let mut lab = with_group("STANDARD");
        let set = &mut lab.world.hypotheses.set;
        set.insert("transformed-event".to_owned(), setting.to_owned());
        if let Some(config) = transformer {
            let input = json!({"logGroupIdentifier": "trail", "transformerConfig": config});
            logs(&mut lab, "PutTransformer", input);
        }
        let mut input = filter("{ $.eventName = GetSecretValue }", json!({}));
        input["applyOnTransformedLogs"] = json!(true);
        input["fieldSelectionCriteria"] = json!(criteria);
        logs(&mut lab, "PutMetricFilter", input);
        let count = samples(&mut lab, &[(NOW, message)]).len();
        (count, lab.world.hypotheses.consulted.len())
    };
    assert_eq!(count(None, None, "fields-renamed"), (1, 0));
    assert_eq!(count(Some("@aws.region = \"eu-west-1\""), None, "fields-renamed"), (1, 0));
    assert_eq!(count(Some("@aws.region = \"us-east-1\""), None, "fields-renamed"), (0, 0));
    assert_eq!(count(Some("@aws.region LIKE 'x'"), None, "fields-renamed"), (1, 1));
    assert_eq!(count(None, Some(json!([{"parseJSON": {}}])), "fields-renamed"), (1, 0));
    let rename = json!({"renameKeys": {"entries": [{"key": "eventName", "renameTo": "name"}]}});
    assert_eq!(count(None, Some(json!([{"parseJSON": {}}, rename])), "fields-kept"), (0, 0));
    let ocsf = json!([{"parseToOCSF": {"eventSource": "CloudTrail", "ocsfVersion": "V1.1"}}]);
    assert_eq!(count(None, Some(ocsf.clone()), "fields-renamed"), (0, 1));
    assert_eq!(count(None, Some(ocsf), "fields-kept"), (1, 1));
}

/// The examples of the page on JSON mutate processors.
#[test]
fn documented_transformations() {
    use secmon_core::transformer::Transformation;
    let outer = json!({"outer_key": {"inner_key": "inner_value"}});
    for (step, before, after) in [
        (
            json!({"addKeys": {"entries": [{"key": "outer_key.new_key", "value": "new_value"}]}}),
            outer.clone(),
            json!({"outer_key": {"inner_key": "inner_value", "new_key": "new_value"}}),
        ),
        (
            json!({"deleteKeys": {"withKeys": ["outer_key.inner_key"]}}),
            outer.clone(),
            json!({"outer_key": {}}),
        ),
        (
            json!({"moveKeys": {"entries": [
                {"source": "outer_key1.inner_key1", "target": "outer_key2"},
            ]}}),
            json!({"outer_key1": {"inner_key1": "a"}, "outer_key2": {"inner_key2": "b"}}),
            json!({"outer_key1": {}, "outer_key2": {"inner_key2": "b", "inner_key1": "a"}}),
        ),
        (
            json!({"renameKeys": {"entries": [{"key": "outer_key", "renameTo": "new_key"}]}}),
            outer.clone(),
            json!({"new_key": {"inner_key": "inner_value"}}),
        ),
        (
            json!({"copyValue": {"entries": [
                {"source": "outer_key.inner_key", "target": "new_key"},
            ]}}),
            outer.clone(),
            json!({"outer_key": {"inner_key": "inner_value"}, "new_key": "inner_value"}),
        ),
        (
            json!({"upperCaseString": {"withKeys": ["outer_key.inner_key"]}}),
            outer,
            json!({"outer_key": {"inner_key": "INNER_VALUE"}}),
        ),
    ] {
        let transformation = Transformation::Steps(vec![json!({"parseJSON": {}}), step.clone()]);
        let message = before.to_string();
        let found: Value = serde_json::from_str(&transformation.apply(&message).unwrap()).unwrap();
        assert_eq!(found, after, "{step}");
    }
}

#[test]
fn an_account_transformer_is_for_the_groups_it_selects() {
    let mut lab = with_group("STANDARD");
    let mut input = filter("{ $.a = 1 }", json!({}));
    input["applyOnTransformedLogs"] = json!(true);
    logs(&mut lab, "PutMetricFilter", input);
    let mut count = |criteria: &str| {
        let policy = json!({
            "policyName": "p", "policyType": "TRANSFORMER_POLICY", "selectionCriteria": criteria,
            "policyDocument": json!([{"parseJSON": {}}, {"deleteKeys": {"withKeys": ["a"]}}]).to_string(),
        });
        logs(&mut lab, "PutAccountPolicy", policy);
        samples(&mut lab, &[(NOW, r#"{"a":1}"#)]).len()
    };
    assert_eq!(count("LogGroupNamePrefix IN [\"other\"]"), 1);
    assert_eq!(count("LogGroupNamePrefix IN [\"tr\"]"), 0);
}

/// captures, §3.3: `expiredLogEventEndIndex` is exclusive.
#[test]
fn old_and_future_events_are_refused() {
    const DAY: i64 = 86_400_000;
    let mut lab = with_group("STANDARD");
    let input = json!({"logGroupName": "trail", "retentionInDays": 1});
    logs(&mut lab, "PutRetentionPolicy", input);
    let answer = put(&mut lab, &[(NOW - DAY - 1, "a"), (NOW - DAY / 2, "b")]);
    assert_eq!(answer["rejectedLogEventsInfo"], json!({"expiredLogEventEndIndex": 1}));
    let answer = put(&mut lab, &[(NOW + 7_200_000, "c"), (NOW + 7_200_001, "d")]);
    assert_eq!(answer["rejectedLogEventsInfo"], json!({"tooNewLogEventStartIndex": 1}));
    logs(&mut lab, "DeleteRetentionPolicy", json!({"logGroupName": "trail"}));
    let answer = put(&mut lab, &[(NOW - 14 * DAY - 1, "e"), (NOW - 14 * DAY, "f")]);
    assert_eq!(answer["rejectedLogEventsInfo"], json!({"tooOldLogEventEndIndex": 1}));
    let answer = put(&mut lab, &[(NOW, "g")]);
    assert_eq!(answer.get("rejectedLogEventsInfo"), None);
    let messages = filtered(&mut lab, json!({}));
    assert_eq!(messages, ["f", "b", "g", "c"]);

    let late = json!([{"timestamp": 2, "message": "a"}, {"timestamp": 1, "message": "b"}]);
    let input = json!({"logGroupName": "trail", "logStreamName": "s", "logEvents": late});
    assert_eq!(
        refused(&mut lab, "PutLogEvents", input).1,
        "Log events in a single PutLogEvents request must be in chronological order."
    );
}

/// Every page of FilterLogEvents.
fn filtered(lab: &mut Stage, mut input: Value) -> Vec<String> {
    input["logGroupName"] = json!("trail");
    let mut found = Vec::new();
    loop {
        let answer = logs(lab, "FilterLogEvents", input.clone());
        assert_eq!(answer["searchedLogStreams"], json!([]));
        let events = answer["events"].as_array().unwrap();
        found.extend(events.iter().map(|event| event["message"].as_str().unwrap().to_owned()));
        match answer["nextToken"].as_str() {
            Some(token) => input["nextToken"] = json!(token),
            None => return found,
        }
    }
}

#[test]
fn a_page_may_be_empty_and_have_a_token() {
    let mut lab = with_group("STANDARD");
    for _ in 0..3 {
        put(&mut lab, &vec![(NOW, "other"); 600]);
    }
    put(&mut lab, &[(NOW + 1, "needle")]);
    let input = json!({"logGroupName": "trail", "filterPattern": "needle"});
    let answer = logs(&mut lab, "FilterLogEvents", input);
    assert_eq!(answer["events"], json!([]));
    assert!(answer["nextToken"].is_string());
    assert_eq!(filtered(&mut lab, json!({"filterPattern": "needle"})), ["needle"]);
    let bad = json!({"logGroupName": "trail", "nextToken": "invalid-token"});
    assert_eq!(
        refused(&mut lab, "FilterLogEvents", bad),
        error("InvalidParameterException", "The specified nextToken is invalid.")
    );
}

#[test]
fn a_group_keeps_its_newest_events() {
    let mut lab = with_group("STANDARD");
    put(&mut lab, &[(NOW, "first")]);
    for _ in 0..2 {
        put(&mut lab, &vec![(NOW, "other"); 5_000]);
    }
    let all = filtered(&mut lab, json!({}));
    assert_eq!(all.len(), 10_000);
    assert!(!all.contains(&"first".to_owned()));
}

#[test]
fn a_key_that_cannot_be_used() {
    let mut lab = with_group("STANDARD");
    let arn = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    let input = json!({"logGroupName": "trail", "kmsKeyId": arn});
    assert_eq!(
        refused(&mut lab, "AssociateKmsKey", input),
        error("InvalidParameterException", "The specified KMS Key Id could not be found. 'trail'")
    );
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
             "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*", "kms:Describe*"], "Resource": "*",
             "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:123456789012:log-group:trail"}}}
        ]
    });
    let created = lab.try_call(Service::Kms, "CreateKey", json!({"Policy": policy.to_string()}));
    let key = created.unwrap()["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    logs(&mut lab, "AssociateKmsKey", json!({"logGroupName": "trail", "kmsKeyId": key}));
    put(&mut lab, &[(NOW, "before")]);
    lab.try_call(Service::Kms, "DisableKey", json!({"KeyId": key})).unwrap();
    let denied = error(
        "AccessDeniedException",
        "The specified KMS key does not exist or is not allowed to be used with Arn \
         'arn:aws:logs:eu-west-1:123456789012:log-group:trail'",
    );
    let one = json!([{"timestamp": NOW, "message": "after"}]);
    let input = json!({"logGroupName": "trail", "logStreamName": "s", "logEvents": one});
    assert_eq!(refused(&mut lab, "PutLogEvents", input.clone()), denied);
    let set = &mut lab.world.hypotheses.set;
    set.insert("log-group-key-disabled".to_owned(), "goes-on".to_owned());
    logs(&mut lab, "PutLogEvents", input);
    // It cannot be read either way.
    assert_eq!(refused(&mut lab, "FilterLogEvents", json!({"logGroupName": "trail"})), denied);
    logs(&mut lab, "DisassociateKmsKey", json!({"logGroupName": "trail"}));
    assert_eq!(filtered(&mut lab, json!({})), ["before", "after"]);
    assert!(lab.world.hypotheses.consulted.contains("log-group-key-disabled"));
}

#[test]
fn groups_streams_and_tags() {
    let mut lab = with_group("STANDARD");
    let arn = "arn:aws:logs:eu-west-1:123456789012:log-group:trail";
    assert_eq!(
        refused(&mut lab, "CreateLogGroup", json!({"logGroupName": "trail"})),
        error("ResourceAlreadyExistsException", "The specified log group already exists")
    );
    let described = logs(&mut lab, "DescribeLogGroups", json!({}));
    assert_eq!(
        described["logGroups"],
        json!([{
            "logGroupName": "trail", "arn": format!("{arn}:*"), "logGroupArn": arn,
            "logGroupClass": "STANDARD", "creationTime": NOW, "metricFilterCount": 0,
            "storedBytes": 0, "deletionProtectionEnabled": false,
        }])
    );
    for wrong in [0, 2, -1, 366, i64::MAX] {
        let input = json!({"logGroupName": "trail", "retentionInDays": wrong});
        let code = refused(&mut lab, "PutRetentionPolicy", input).0;
        assert_eq!(code, "InvalidParameterException", "{wrong}");
    }
    put(&mut lab, &[(NOW - 5, "a"), (NOW, "b")]);
    let input = json!({"logGroupIdentifier": format!("{arn}:*")});
    let streams = logs(&mut lab, "DescribeLogStreams", input);
    let stream = &streams["logStreams"][0];
    assert_eq!(stream["firstEventTimestamp"], NOW - 5);
    assert_eq!(stream["lastEventTimestamp"], NOW);
    assert_eq!(stream["storedBytes"], 0);
    assert_eq!(stream["uploadSequenceToken"].as_str().unwrap().len(), 56);
    logs(&mut lab, "TagResource", json!({"resourceArn": arn, "tags": {"a": "1", "b": "2"}}));
    logs(&mut lab, "UntagResource", json!({"resourceArn": arn, "tagKeys": ["a"]}));
    let tags = logs(&mut lab, "ListTagsLogGroup", json!({"logGroupName": "trail"}));
    assert_eq!(tags, json!({"tags": {"b": "2"}}));
    let other = json!({"logGroupIdentifier": arn.replace("123456789012", "111111111111")});
    assert_eq!(refused(&mut lab, "DescribeLogStreams", other).0, "ResourceNotFoundException");
    logs(&mut lab, "DeleteLogStream", json!({"logGroupName": "trail", "logStreamName": "s"}));
    assert_eq!(filtered(&mut lab, json!({})), Vec::<String>::new());
    logs(&mut lab, "DeleteLogGroup", json!({"logGroupName": "trail"}));
    assert_eq!(logs(&mut lab, "DescribeLogGroups", json!({}))["logGroups"], json!([]));
}

#[test]
fn captured_extracted_values() {
    let mut lab = Stage::example();
    let input = json!({
        "filterPattern": "[kind = \"SPACE\", value, bucket]",
        "logEventMessages": ["other 1 2", "SPACE \"17.5\" A"],
    });
    let answer = logs(&mut lab, "TestMetricFilter", input);
    assert_eq!(
        answer["matches"],
        json!([{
            "eventNumber": 2,
            "eventMessage": "SPACE \"17.5\" A",
            "extractedValues": {"$kind": "SPACE", "$value": "17.5", "$bucket": "A"},
        }])
    );
}

#[test]
fn services_make_their_stream() {
    let mut lab = with_group("STANDARD");
    let target = lab.target.clone();
    let at = lab.world.now();
    let events = vec![(at, "a".to_owned())];
    let name = "123456789012_CloudTrail_eu-west-1_3";
    assert_eq!(lab.world.ingest(&target, "trail", name, events.clone()), Ok(()));
    assert!(lab.world.place(&target).logs.groups["trail"].streams.contains_key(name));
    let missing = lab.world.ingest(&target, "missing", name, events);
    assert_eq!(missing, Err(IngestRefusal::NoGroup));
}

#[test]
fn transformers_policies_and_filters_come_and_go() {
    let mut lab = with_group("STANDARD");
    let arn = "arn:aws:logs:eu-west-1:123456789012:log-group:trail";
    let group = json!({"logGroupIdentifier": arn});
    assert_eq!(logs(&mut lab, "GetTransformer", group.clone()), json!({}));
    let config = json!([{"parseJSON": {}}, {"addKeys": {"entries": [{"key": "a", "value": "b"}]}}]);
    let input = json!({"logGroupIdentifier": "trail", "transformerConfig": config});
    logs(&mut lab, "PutTransformer", input.clone());
    lab.pass(1);
    logs(&mut lab, "PutTransformer", input);
    let transformer = logs(&mut lab, "GetTransformer", group.clone());
    assert_eq!(transformer["transformerConfig"], config);
    assert_eq!(transformer["creationTime"], NOW);
    assert_eq!(transformer["lastModifiedTime"], NOW + 1_000);
    logs(&mut lab, "DeleteTransformer", group.clone());
    assert_eq!(refused(&mut lab, "DeleteTransformer", group).0, "ResourceNotFoundException");

    for name in ["b", "a"] {
        let policy = json!({
            "policyName": name, "policyType": "TRANSFORMER_POLICY", "policyDocument": "[]",
        });
        logs(&mut lab, "PutAccountPolicy", policy);
    }
    let all = json!({"policyType": "TRANSFORMER_POLICY"});
    let shown = logs(&mut lab, "DescribeAccountPolicies", all.clone());
    assert_eq!(shown["accountPolicies"][0]["policyName"], "a");
    assert_eq!(shown["accountPolicies"][1]["accountId"], "123456789012");
    let one = json!({"policyType": "TRANSFORMER_POLICY", "policyName": "a"});
    logs(&mut lab, "DeleteAccountPolicy", one.clone());
    assert_eq!(refused(&mut lab, "DeleteAccountPolicy", one).0, "ResourceNotFoundException");
    let left = logs(&mut lab, "DescribeAccountPolicies", all);
    assert_eq!(left["accountPolicies"].as_array().unwrap().len(), 1);

    logs(&mut lab, "PutMetricFilter", filter("a", json!({})));
    let metric = json!({"metricName": "M", "metricNamespace": "N"});
    let found = logs(&mut lab, "DescribeMetricFilters", metric);
    assert_eq!(found["metricFilters"].as_array().unwrap().len(), 1);
    let other = json!({"metricName": "M", "metricNamespace": "O"});
    let found = logs(&mut lab, "DescribeMetricFilters", other);
    assert_eq!(found["metricFilters"], json!([]));
    let half = json!({"metricName": "M"});
    assert_eq!(refused(&mut lab, "DescribeMetricFilters", half).0, "InvalidParameterException");
    let gone = json!({"logGroupName": "trail", "filterName": "f"});
    logs(&mut lab, "DeleteMetricFilter", gone.clone());
    assert_eq!(
        refused(&mut lab, "DeleteMetricFilter", gone),
        error("ResourceNotFoundException", "The specified metric filter does not exist.")
    );
    assert_eq!(samples(&mut lab, &[(NOW, "a")]), []);

    let tags = json!({"logGroupName": "trail", "tags": {"a": "1", "b": "2"}});
    logs(&mut lab, "TagLogGroup", tags);
    logs(&mut lab, "UntagLogGroup", json!({"logGroupName": "trail", "tags": ["a"]}));
    let tags = logs(&mut lab, "ListTagsForResource", json!({"resourceArn": arn}));
    assert_eq!(tags, json!({"tags": {"b": "2"}}));
}

/// The same series as metric-filter-publication.json, read back from CloudWatch.
#[test]
fn captured_series() {
    // 01:15:51.449, when the captured events were put.
    const AT: i64 = 1_789_348_551_449;
    let mut lab = Stage::at("2026-09-14T01:15:51.449Z").moved("123456789012/eu-west-1");
    logs(&mut lab, "CreateLogGroup", json!({"logGroupName": "trail"}));
    logs(&mut lab, "CreateLogStream", json!({"logGroupName": "trail", "logStreamName": "s"}));
    let transformation = json!({"metricValue": "5", "defaultValue": 3.0, "unit": "Count"});
    // An event before the filter is not counted.
    put(&mut lab, &[(AT, "DEFAULT_MATCH")]);
    logs(&mut lab, "PutMetricFilter", filter("DEFAULT_MATCH", transformation));
    let mut events = vec![(AT, "other"); 14];
    events.push((AT, "DEFAULT_MATCH"));
    put(&mut lab, &events);
    put(&mut lab, &[(AT - 300_000, "early"), (AT + 3_600_000, "late")]);
    put(&mut lab, &[(AT + 180_000, "other"); 3]);
    lab.pass(7_200);
    let mut read = |namespace: &str, metric: &str, dimensions: Value| -> Vec<(String, f64, f64)> {
        let input = json!({
            "Namespace": namespace, "MetricName": metric, "Dimensions": dimensions,
            "StartTime": "2026-09-14T01:00:00Z", "EndTime": "2026-09-14T03:00:00Z", "Period": 60,
            "Statistics": ["Sum", "SampleCount"],
        });
        let answer = lab.try_call(Service::Monitoring, "GetMetricStatistics", input).unwrap();
        let mut points: Vec<_> = answer["Datapoints"]
            .as_array()
            .unwrap()
            .iter()
            .map(|point| {
                let number = |name: &str| point[name].as_f64().unwrap();
                let at = point["Timestamp"].as_str().unwrap().to_owned();
                (at, number("Sum"), number("SampleCount"))
            })
            .collect();
        points.sort_by(|a, b| a.0.cmp(&b.0));
        points
    };
    let minute = |text: &str| format!("2026-09-14T{text}:00Z");
    assert_eq!(
        read("N", "M", json!([])),
        [
            (minute("01:10"), 3.0, 1.0),
            (minute("01:15"), 47.0, 15.0),
            (minute("01:18"), 9.0, 3.0),
            (minute("02:15"), 3.0, 1.0),
        ]
    );
    let group = json!([{"Name": "LogGroupName", "Value": "trail"}]);
    let incoming = read("AWS/Logs", "IncomingLogEvents", group);
    assert_eq!(incoming.iter().map(|point| point.1).sum::<f64>(), 21.0);
}

/// "might disable a metric filter if it generates 1,000 different name/value pairs for your
/// specified dimensions within one hour".
#[test]
fn too_many_values_of_a_dimension() {
    for (setting, waits, expected) in
        [("goes-on", false, 1), ("disabled", false, 0), ("disabled", true, 1)]
    {
        let mut lab = with_group("STANDARD");
        let set = &mut lab.world.hypotheses.set;
        set.insert("filter-cardinality".to_owned(), setting.to_owned());
        let input = filter("{ $.ip = * }", json!({"dimensions": {"Ip": "$.ip"}}));
        logs(&mut lab, "PutMetricFilter", input.clone());
        let batch = |range: std::ops::Range<u32>| -> Vec<String> {
            range.map(|number| format!(r#"{{"ip":"10.0.0.{number}"}}"#)).collect()
        };
        for range in [0..999, 0..999, 999..1_000] {
            if waits {
                lab.pass(3_600);
            }
            let texts = batch(range);
            let events: Vec<(i64, &str)> = texts.iter().map(|text| (NOW, text.as_str())).collect();
            assert_eq!(samples(&mut lab, &events).len(), events.len());
        }
        let one = [(NOW, r#"{"ip":"10.0.0.1"}"#)];
        assert_eq!(samples(&mut lab, &one).len(), expected, "{setting} {waits}");
        lab.saved_and_loaded();
        // Put again, it starts anew.
        logs(&mut lab, "PutMetricFilter", input);
        assert_eq!(samples(&mut lab, &one).len(), 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_put_is_read_once(
        offsets in proptest::collection::vec(0i64..100_000, 1..60),
        limit in 1usize..20,
        start in 0i64..100_000,
    ) {
        let mut lab = with_group("STANDARD");
        let mut times: Vec<i64> = offsets.iter().map(|offset| NOW - offset).collect();
        times.sort_unstable();
        let texts: Vec<String> = (0..times.len()).map(|n| format!("event {n}")).collect();
        let events: Vec<(i64, &str)> =
            times.iter().copied().zip(texts.iter().map(String::as_str)).collect();
        for some in events.chunks(7) {
            put(&mut lab, some);
        }
        prop_assert_eq!(filtered(&mut lab, json!({"limit": limit})), texts.clone());
        let from = NOW - start;
        let kept: Vec<String> =
            events.iter().filter(|e| e.0 >= from).map(|e| e.1.to_owned()).collect();
        prop_assert_eq!(filtered(&mut lab, json!({"limit": limit, "startTime": from})), kept);

        // Forwards from the head, and backwards from the tail.
        for head in [true, false] {
            let mut input = json!({
                "logGroupName": "trail", "logStreamName": "s", "limit": limit,
                "startFromHead": head,
            });
            let member = if head { "nextForwardToken" } else { "nextBackwardToken" };
            let mut found: Vec<String> = Vec::new();
            loop {
                let answer = logs(&mut lab, "GetLogEvents", input.clone());
                let page = answer["events"].as_array().unwrap();
                let page = page.iter().map(|event| event["message"].as_str().unwrap().to_owned());
                let page: Vec<String> = page.collect();
                if head { found.extend(page) } else { found.splice(0..0, page); }
                if input["nextToken"] == answer[member] { break }
                input["nextToken"] = answer[member].clone();
            }
            prop_assert_eq!(&found, &texts);
        }
        lab.saved_and_loaded();
    }
}
