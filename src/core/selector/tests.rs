use super::*;

fn read() -> RecordedEvent {
    RecordedEvent::secret_read("GetSecretValue")
}

#[track_caller]
fn answer(json: &str) -> Recorded {
    records(&serde_json::from_str(json).unwrap(), &read())
}

/// `advanced(field_selectors)` of one selector that takes management events.
#[track_caller]
fn fields(json: &str) -> Recorded {
    answer(&format!(
        r#"{{"AdvancedEventSelectors": [{{"FieldSelectors": [
            {{"Field": "eventCategory", "Equals": ["Management"]}}, {json}]}}]}}"#
    ))
}

#[track_caller]
fn yes(answer: Recorded) {
    assert!(matches!(answer, Recorded::Yes { .. }), "{answer:?}");
}

#[track_caller]
fn no(answer: Recorded, reason: &str) {
    assert_eq!(answer, Recorded::No { reason: reason.to_owned() });
}

#[track_caller]
fn unknown(answer: Recorded, reason: &str) {
    assert_eq!(answer, Recorded::Unknown { reason: reason.to_owned() });
}

#[test]
fn no_selectors_take_every_management_event_and_no_other() {
    yes(answer("{}"));
    let write = RecordedEvent { read_only: false, ..read() };
    yes(records(&EventSelectors::default(), &write));
    let data = RecordedEvent { event_category: "Data".to_owned(), ..read() };
    no(
        records(&EventSelectors::default(), &data),
        "without selectors a trail takes management events only; \
         GetSecretValue is a read-only data event",
    );
}

#[test]
fn the_selector_of_a_new_trail_takes_reads() {
    // Captured on AWS in September 2026.
    yes(answer(
        r#"{"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true,
            "DataResources": [], "ExcludeManagementEventSources": []}]}"#,
    ));
}

#[test]
fn basic_selectors() {
    yes(answer(r#"{"EventSelectors": [{}]}"#));
    yes(answer(r#"{"EventSelectors": [{"ReadWriteType": "ReadOnly"}]}"#));
    yes(answer(
        r#"{"EventSelectors": [{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}]}"#,
    ));
    no(
        answer(r#"{"EventSelectors": [{"IncludeManagementEvents": false}]}"#),
        "selector 1 has IncludeManagementEvents false; \
         GetSecretValue is a read-only management event",
    );
    no(
        answer(
            r#"{"EventSelectors": [
                {"ExcludeManagementEventSources": ["secretsmanager.amazonaws.com"]}]}"#,
        ),
        "selector 1 excludes the event source secretsmanager.amazonaws.com",
    );
    unknown(
        answer(r#"{"EventSelectors": [{"ReadWriteType": "Both"}]}"#),
        "selector 1 has the unknown ReadWriteType Both",
    );
}

#[test]
fn one_matching_selector_is_enough_and_every_refusal_is_told() {
    let answer = answer(
        r#"{"EventSelectors": [{"ReadWriteType": "WriteOnly"}, {"ReadWriteType": "ReadOnly"}]}"#,
    );
    assert_eq!(answer, Recorded::Yes { by: "selector 2".to_owned() });
    no(
        self::answer(
            r#"{"EventSelectors": [
                {"ReadWriteType": "WriteOnly"}, {"IncludeManagementEvents": false}]}"#,
        ),
        "selector 1 has ReadWriteType WriteOnly; GetSecretValue is a read-only management event; \
         also selector 2 has IncludeManagementEvents false; \
         GetSecretValue is a read-only management event",
    );
}

#[test]
fn data_events_of_basic_selectors_are_not_compared() {
    let data = RecordedEvent { event_category: "Data".to_owned(), ..read() };
    let selectors = |json| serde_json::from_str::<EventSelectors>(json).unwrap();
    unknown(
        records(
            &selectors(
                r#"{"EventSelectors": [{"DataResources": [
                    {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}]}"#,
            ),
            &data,
        ),
        "selector 1 has DataResources, which are not compared with events",
    );
    no(
        records(&selectors(r#"{"EventSelectors": [{}]}"#), &data),
        "selector 1 takes no events of this category; GetSecretValue is a read-only data event",
    );
}

#[test]
fn a_default_trail_may_have_advanced_selectors_only() {
    let answer = answer(
        r#"{"AdvancedEventSelectors": [{"Name": "Management events selector", "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]}]}]}"#,
    );
    let by = "selector 1 \"Management events selector\"".to_owned();
    assert_eq!(answer, Recorded::Yes { by });
}

#[test]
fn fields_of_a_selector_are_joined_by_and() {
    yes(fields(r#"{"Field": "readOnly", "Equals": ["true"]}"#));
    no(
        fields(r#"{"Field": "readOnly", "Equals": ["false"]}"#),
        "selector 1 asks for readOnly Equals false; GetSecretValue has readOnly true",
    );
    no(
        answer(
            r#"{"AdvancedEventSelectors": [{"FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]}]}]}"#,
        ),
        "selector 1 asks for eventCategory Equals Data; \
         GetSecretValue has eventCategory Management",
    );
}

#[test]
fn values_and_selecting_operators_are_joined_by_or() {
    yes(fields(r#"{"Field": "eventName", "Equals": ["ListSecrets", "GetSecretValue"]}"#));
    yes(fields(
        r#"{"Field": "eventName", "Equals": ["ListSecrets"], "StartsWith": ["GetSecret"]}"#,
    ));
    yes(fields(r#"{"Field": "eventName", "StartsWith": ["List"], "EndsWith": ["Value"]}"#));
    yes(fields(r#"{"Field": "eventType", "Equals": ["AwsApiCall"]}"#));
    no(
        fields(r#"{"Field": "eventName", "StartsWith": ["List", "Describe"]}"#),
        "selector 1 asks for eventName StartsWith List or Describe; \
         GetSecretValue has eventName GetSecretValue",
    );
}

#[test]
fn no_deselecting_value_may_match() {
    yes(fields(
        r#"{"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]}"#,
    ));
    no(
        fields(
            r#"{"Field": "eventSource",
                "NotEquals": ["kms.amazonaws.com", "secretsmanager.amazonaws.com"]}"#,
        ),
        "selector 1 asks for eventSource NotEquals kms.amazonaws.com or \
         secretsmanager.amazonaws.com; GetSecretValue has eventSource secretsmanager.amazonaws.com",
    );
    for deselecting in [r#""NotStartsWith": ["Get"]"#, r#""NotEndsWith": ["X", "Value"]"#] {
        let both = fields(&format!(
            r#"{{"Field": "eventName", "StartsWith": ["GetSecret"], {deselecting}}}"#
        ));
        assert!(matches!(both, Recorded::No { .. }), "{both:?}");
    }
}

#[test]
fn a_star_is_a_character() {
    let answer = fields(r#"{"Field": "eventName", "Equals": ["Get*"]}"#);
    assert!(matches!(answer, Recorded::No { .. }), "{answer:?}");
}

#[test]
fn what_is_not_known_is_unknown_unless_something_settles_it() {
    unknown(
        fields(r#"{"Field": "resources.type", "Equals": ["AWS::S3::Object"]}"#),
        "selector 1 asks for resources.type Equals AWS::S3::Object, a field secmon does not know",
    );
    unknown(
        fields(r#"{"Field": "userIdentity.arn", "NotStartsWith": ["arn:aws:sts::1:x"]}"#),
        "selector 1 asks for userIdentity.arn NotStartsWith arn:aws:sts::1:x, \
         which differs from read to read",
    );
    let console = r#"{"Field": "sessionCredentialFromConsole", "NotEquals": ["true"]}"#;
    assert!(matches!(fields(console), Recorded::Unknown { .. }));
    no(
        fields(&format!(r#"{console}, {{"Field": "readOnly", "Equals": ["false"]}}"#)),
        "selector 1 asks for readOnly Equals false; GetSecretValue has readOnly true",
    );
    yes(answer(
        r#"{"AdvancedEventSelectors": [
            {"FieldSelectors": [{"Field": "nobodyKnows", "Equals": ["x"]}]},
            {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]}"#,
    ));
    unknown(
        answer(r#"{"AdvancedEventSelectors": [{"Name": "empty"}]}"#),
        "selector 1 \"empty\" names no fields",
    );
    let named = RecordedEvent {
        user_identity_arn: Some("arn:aws:sts::1:x/y".to_owned()),
        session_credential_from_console: Some(false),
        ..read()
    };
    let selectors = serde_json::from_str(&format!(
        r#"{{"AdvancedEventSelectors": [{{"FieldSelectors": [{console}]}}]}}"#
    ))
    .unwrap();
    yes(records(&selectors, &named));
}

#[test]
fn json_has_aws_names_leaves_out_what_is_empty_and_knows_every_field() {
    let text = r#"{"EventSelectors":[{"ReadWriteType":"All","DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3"]}]}],"AdvancedEventSelectors":[{"Name":"n","FieldSelectors":[{"Field":"eventName","NotStartsWith":["Get"]}]}]}"#;
    let selectors: EventSelectors = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&selectors).unwrap(), text);
    assert_eq!(serde_json::to_string(&EventSelectors::default()).unwrap(), "{}");
    assert!(serde_json::from_str::<EventSelectors>(r#"{"TrailARN": "arn"}"#).is_err());
    assert!(serde_json::from_str::<EventSelector>(r#"{"Readwritetype": "All"}"#).is_err());
}

fn trail(home: &str, multi: bool, organization: bool) -> TrailScope {
    TrailScope {
        home_region: home.to_owned(),
        is_multi_region: multi,
        is_organization: organization,
        trail_account: "111111111111".to_owned(),
    }
}

#[test]
fn coverage_by_region_and_account() {
    let (own, other) = ("111111111111", "222222222222");
    let table = [
        (trail("eu-west-1", false, false), "eu-west-1", own, "yes"),
        (trail("eu-west-1", false, false), "us-east-1", own, "no"),
        (trail("eu-west-1", true, false), "us-east-1", own, "yes"),
        (trail("eu-west-1", true, false), "us-east-1", other, "no"),
        (trail("eu-west-1", true, true), "us-east-1", other, "yes"),
        (trail("eu-west-1", false, true), "us-east-1", other, "no"),
        (trail("eu-west-1", false, true), "eu-west-1", other, "yes"),
        (trail("af-south-1", true, true), "eu-west-1", other, "unknown"),
        (trail("af-south-1", true, true), "af-south-1", other, "yes"),
        (trail("af-south-1", true, true), "eu-west-1", own, "yes"),
        (trail("us-gov-west-1", true, true), "us-gov-east-1", other, "yes"),
    ];
    for (trail, region, account, expected) in table {
        let found = covers(&trail, region, account);
        let kind = match &found {
            Coverage::Yes { .. } => "yes",
            Coverage::No { .. } => "no",
            Coverage::Unknown { .. } => "unknown",
        };
        assert_eq!(kind, expected, "{trail:?} {region} {account}: {found:?}");
    }
}

#[test]
fn coverage_gives_its_reason() {
    assert_eq!(
        covers(&trail("eu-west-1", true, true), "us-east-1", "222222222222"),
        Coverage::Yes {
            reason: "the trail takes events of all enabled Regions in the member accounts of the \
                     organization of 111111111111"
                .to_owned()
        }
    );
    assert_eq!(
        covers(&trail("eu-west-1", true, false), "us-east-1", "222222222222"),
        Coverage::No {
            reason: "the trail takes events of its own account 111111111111 only, \
                     not of 222222222222"
                .to_owned()
        }
    );
}
