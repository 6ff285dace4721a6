use std::cell::RefCell;
use std::time::Duration;

use secmon_core::snapshot::{AccountId, Arn, Asked, Observed};
use serde_json::json;

use super::*;
use crate::fake::{ACCOUNT, Answer, Fake, Sent, asked_by_name};

const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit";
const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:alerts";
const ROLE: &str = "arn:aws:iam::123456789012:role/service-role/trail-to-logs";
const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:Top-a1B2c3";
const READ_AT: i64 = 1_767_604_440;
const PATTERN: &str = r#"{ $.eventName = "GetSecretValue" }"#;

fn here() -> Target {
    format!("{ACCOUNT}/eu-west-1").try_into().unwrap()
}

fn xml(operation: &str, inner: &str) -> Answer {
    Answer::Xml(format!(
        "<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"
    ))
}

fn attributes(operation: &str, pairs: &[(&str, &str)]) -> Answer {
    let entries: String = pairs
        .iter()
        .map(|(key, value)| format!("<entry><key>{key}</key><value>{value}</value></entry>"))
        .collect();
    xml(operation, &format!("<Attributes>{entries}</Attributes>"))
}

/// A whole chain: trail, group, filter, alarm, topic with a key behind an alias, subscriber.
fn account(sent: &Sent) -> Answer {
    let operation = sent.operation.as_str();
    match operation {
        "GetCallerIdentity" => xml(
            operation,
            "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/alice</Arn>",
        ),
        "DescribeSecret" => Answer::Json(json!({ "ARN": SECRET, "Name": "Top" })),
        "DescribeTrails" => Answer::Json(json!({ "trailList": [{
            "Name": "audit", "TrailARN": TRAIL, "HomeRegion": "eu-west-1",
            "S3BucketName": "audit-bucket", "IsMultiRegionTrail": true,
            "CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:123456789012:log-group:trail:*",
            "CloudWatchLogsRoleArn": ROLE,
        }] })),
        "ListTrails" => Answer::Json(json!({ "Trails": [
            { "TrailARN": TRAIL, "Name": "audit", "HomeRegion": "eu-west-1" }
        ] })),
        "GetTrailStatus" => Answer::Json(json!({ "IsLogging": true })),
        "GetEventSelectors" => {
            Answer::Json(json!({ "EventSelectors": [{ "ReadWriteType": "All" }] }))
        }
        "LookupEvents" if sent.body.contains("\"GetSecretValue\"") => {
            Answer::Json(json!({ "Events": [{
                "EventId": "4b5a", "EventName": "GetSecretValue", "EventTime": READ_AT,
                "CloudTrailEvent": r#"{"eventName":"GetSecretValue","requestParameters":{"secretId":"Top"}}"#,
            }] }))
        }
        "LookupEvents" => Answer::Json(json!({ "Events": [] })),
        // An empty page is no end.
        "FilterLogEvents" if !sent.body.contains("page-2") => {
            Answer::Json(json!({ "events": [], "nextToken": "page-2" }))
        }
        "FilterLogEvents" => Answer::Json(json!({ "events": [{
            "timestamp": (READ_AT + 105) * 1000, "message": "{}", "eventId": "1",
        }], "nextToken": "page-3" })),
        "DescribeLogGroups" => Answer::Json(json!({ "logGroups": [{
            "logGroupName": "trail", "logGroupClass": "STANDARD",
            "arn": "arn:aws:logs:eu-west-1:123456789012:log-group:trail:*",
        }] })),
        // Two pages.
        "DescribeMetricFilters" if !sent.body.contains("page-2") => {
            Answer::Json(json!({ "metricFilters": [], "nextToken": "page-2" }))
        }
        "DescribeMetricFilters" => Answer::Json(json!({ "metricFilters": [{
            "filterName": "secret-read", "logGroupName": "trail", "filterPattern": PATTERN,
            "metricTransformations": [
                { "metricName": "reads", "metricNamespace": "Sec", "metricValue": "1" }
            ],
        }] })),
        "TestMetricFilter" => Answer::Json(json!({ "matches": [{ "eventNumber": 1 }] })),
        "GetMetricStatistics" => Answer::Cbor(json!({ "Datapoints": [
            { "Timestamp": { "@time": 1_767_607_800 }, "Sum": 3.5 }
        ] })),
        "DescribeAlarms" => Answer::Cbor(json!({ "MetricAlarms": [{
            "AlarmName": "secret-read", "ActionsEnabled": true, "StateValue": "OK",
            "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:secret-read",
            "MetricName": "reads", "Namespace": "Sec", "Statistic": "Sum", "Period": 60,
            "AlarmActions": [TOPIC],
        }] })),
        "DescribeAlarmHistory" => Answer::Cbor(json!({ "AlarmHistoryItems": [] })),
        "ListAlarmMuteRules" => Answer::Cbor(json!({ "AlarmMuteRuleSummaries": [{
            "AlarmMuteRuleArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:nights",
            "Status": "ACTIVE",
        }] })),
        "GetAlarmMuteRule" => {
            Answer::Cbor(json!({ "MuteTargets": { "AlarmNames": ["other", "more"] } }))
        }
        "GetTopicAttributes" => {
            attributes(operation, &[("TopicArn", TOPIC), ("KmsMasterKeyId", "alias/alerts")])
        }
        "ListSubscriptionsByTopic" => xml(
            operation,
            &format!(
                "<Subscriptions><member><SubscriptionArn>{TOPIC}:1</SubscriptionArn>\
                 <Protocol>email</Protocol><Endpoint>soc@example.org</Endpoint></member>\
                 </Subscriptions>"
            ),
        ),
        "GetSubscriptionAttributes" => attributes(operation, &[("RawMessageDelivery", "false")]),
        "DescribeKey" => Answer::Json(json!({ "KeyMetadata": {
            "KeyId": "k1", "Arn": "arn:aws:kms:eu-west-1:123456789012:key/k1",
            "KeyManager": "CUSTOMER", "KeyState": "Enabled",
        } })),
        "GetKeyPolicy" => Answer::Json(json!({ "Policy": "{}" })),
        "ListGrants" => Answer::Json(json!({ "Grants": [{
            "GrantId": "g", "Operations": ["Decrypt"],
            "GranteeServicePrincipal": "cloudwatch.amazonaws.com",
            "Constraints": { "EncryptionContextSubset": { "a": "b" } },
        }], "Truncated": false })),
        "GetRole" => xml(
            operation,
            &format!(
                "<Role><Path>/</Path><RoleName>trail-to-logs</RoleName><RoleId>A</RoleId>\
                 <Arn>{ROLE}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
                 <AssumeRolePolicyDocument>%7B%22a%22%3A1%7D</AssumeRolePolicyDocument></Role>"
            ),
        ),
        "ListRolePolicies" => xml(
            operation,
            "<IsTruncated>false</IsTruncated><PolicyNames><member>write</member></PolicyNames>",
        ),
        "GetRolePolicy" => xml(
            operation,
            "<RoleName>trail-to-logs</RoleName><PolicyName>write</PolicyName>\
             <PolicyDocument>%7B%7D</PolicyDocument>",
        ),
        "ListAttachedRolePolicies" => xml(
            operation,
            "<IsTruncated>false</IsTruncated><AttachedPolicies><member><PolicyName>p</PolicyName>\
             <PolicyArn>arn:aws:iam::aws:policy/p</PolicyArn></member></AttachedPolicies>",
        ),
        "GetPolicy" => xml(operation, "<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>"),
        "GetPolicyVersion" if sent.body.contains("VersionId=v3") => {
            xml(operation, "<PolicyVersion><Document>%7B%22b%22%3A2%7D</Document></PolicyVersion>")
        }
        "GetBucketPolicy" if sent.host.contains("us-east-1") => {
            Answer::Raw(200, vec![], r#"{"c": 3}"#.to_owned())
        }
        "GetBucketPolicy" => Answer::Raw(
            301,
            vec![("x-amz-bucket-region", "us-east-1")],
            "<Error><Code>PermanentRedirect</Code></Error>".to_owned(),
        ),
        "ListRules" => Answer::Json(json!({ "Rules": [{
            "Name": "reads", "State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "EventPattern": "{}",
            "Arn": "arn:aws:events:eu-west-1:123456789012:rule/reads",
        }] })),
        "ListTargetsByRule" => {
            Answer::Json(json!({ "Targets": [{ "Id": "t", "Arn": "arn:target" }] }))
        }
        other => panic!("nobody should ask {other}"),
    }
}

/// The same chain where every call is needed: a filter on transformed events, a phone, a policy that
/// asks for the organization.
fn account_that_needs_every_call(sent: &Sent) -> Answer {
    let operation = sent.operation.as_str();
    match operation {
        "DescribeMetricFilters" => Answer::Json(json!({ "metricFilters": [{
            "filterName": "secret-read", "logGroupName": "trail", "filterPattern": PATTERN,
            "applyOnTransformedLogs": true,
            "metricTransformations": [
                { "metricName": "reads", "metricNamespace": "Sec", "metricValue": "1" }
            ],
        }] })),
        "GetTransformer" => Answer::Json(json!({
            "logGroupIdentifier": "trail", "transformerConfig": [{ "parseJSON": {} }],
        })),
        "DescribeAccountPolicies" => Answer::Json(json!({ "accountPolicies": [] })),
        "GetTopicAttributes" => attributes(
            operation,
            &[
                ("TopicArn", TOPIC),
                ("KmsMasterKeyId", "alias/alerts"),
                ("Policy", "{\"Condition\":{\"StringEquals\":{\"aws:SourceOrgID\":\"o-1\"}}}"),
            ],
        ),
        "ListSubscriptionsByTopic" => xml(
            operation,
            &format!(
                "<Subscriptions><member><SubscriptionArn>{TOPIC}:1</SubscriptionArn>\
                 <Protocol>sms</Protocol><Endpoint>+15555550100</Endpoint></member>\
                 </Subscriptions>"
            ),
        ),
        "GetSMSSandboxAccountStatus" => xml(operation, "<IsInSandbox>true</IsInSandbox>"),
        "ListSMSSandboxPhoneNumbers" => xml(
            operation,
            "<PhoneNumbers><member><PhoneNumber>+15555550100</PhoneNumber>\
             <Status>Verified</Status></member></PhoneNumbers>",
        ),
        "GetSMSAttributes" => xml(
            operation,
            "<attributes><entry><key>MonthlySpendLimit</key><value>1</value></entry></attributes>",
        ),
        "CheckIfPhoneNumberIsOptedOut" => xml(operation, "<isOptedOut>false</isOptedOut>"),
        "DescribeOrganization" => Answer::Json(json!({ "Organization": { "Id": "o-1" } })),
        _ => account(sent),
    }
}

fn with(change: impl Fn(&Sent) -> Option<Answer> + Send + Sync + 'static) -> Fake {
    Fake::new(move |sent| change(sent).unwrap_or_else(|| account(sent)))
}

async fn collect(session: &Session) -> (Snapshot, Collection) {
    let entry = BaselineEntry::secret_access();
    session.collect(&entry, &Pins::default(), Timestamp::UNIX_EPOCH, &|_| ()).await
}

fn left(snapshot: &Snapshot) -> BTreeSet<Read> {
    next_reads(snapshot, &BaselineEntry::secret_access(), &Pins::default())
}

fn failed<T: std::fmt::Debug>(observed: &Observed<T>) -> &str {
    match observed {
        Observed::Failed { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_whole_chain_is_read_in_six_waves_at_most() {
    let fake = Fake::new(account);
    let session = fake.session(vec![asked_by_name("Top")], &[]).await;
    let reports = RefCell::new(Vec::new());
    let (snapshot, collection) = session
        .collect(
            &BaselineEntry::secret_access(),
            &Pins::default(),
            Timestamp::UNIX_EPOCH,
            &|progress| reports.borrow_mut().push(progress),
        )
        .await;

    assert_eq!(left(&snapshot), BTreeSet::new());
    assert_eq!(snapshot.taken_at.to_string(), "2026-01-05T10:12:00Z", "AWS's time");
    assert_eq!(snapshot.asked[0].target, here());
    assert_eq!(snapshot.targets.keys().collect::<Vec<_>>(), [&here()]);
    assert_eq!(snapshot.caller.seen().unwrap().account.as_str(), ACCOUNT);
    assert!((3..=6).contains(&collection.depth), "{collection:?}");
    assert_eq!(collection.requests, fake.sent().len());
    assert!(collection.denied.is_empty());
    let last = *reports.borrow().last().unwrap();
    assert_eq!((last.answered, last.wave), (last.known, collection.depth));

    let seen = snapshot.at(&here());
    assert_eq!(seen.secrets["Top"].seen().unwrap().arn.as_str(), SECRET);
    let trail = &seen.trails.seen().unwrap()[&TRAIL.parse::<Arn>().unwrap()];
    assert!(trail.status.seen().unwrap().is_logging);
    assert_eq!(trail.selectors.seen().unwrap().event_selectors.len(), 1);
    assert!(seen.trails_elsewhere.seen().unwrap().is_empty(), "it shows in this Region");
    assert_eq!(seen.metric_filters.seen().unwrap()["trail"]["secret-read"].filter_pattern, PATTERN);
    let mute = &seen.alarm_mute_rules.seen().unwrap()["nights"];
    assert_eq!(mute.targets.seen().unwrap(), &["more", "other"]);
    assert_eq!(seen.alarm_histories["secret-read"], Observed::Seen(vec![]));
    assert_eq!(seen.incoming_log_events["trail"].seen().unwrap()[0].sum, Some(3.5));
    let topic = &seen.topics[&TOPIC.parse::<Arn>().unwrap()];
    let subscription = &topic.subscriptions.seen().unwrap()["email:soc@example.org"];
    let attributes = subscription.attributes.seen().unwrap();
    assert_eq!(attributes.raw_message_delivery.as_deref(), Some("false"));
    let key = &seen.keys["alias/alerts"];
    assert_eq!(key.policy, Observed::Seen("{}".to_owned()));
    let role = &seen.roles[&ROLE.parse::<Arn>().unwrap()];
    assert_eq!(role.role.seen().unwrap().assume_role_policy_document, r#"{"a":1}"#);
    assert_eq!(role.inline_policies.seen().unwrap()["write"], Observed::Seen("{}".to_owned()));
    let attached = &role.attached_policies.seen().unwrap()
        [&"arn:aws:iam::aws:policy/p".parse::<Arn>().unwrap()];
    assert_eq!(attached.document, Observed::Seen(r#"{"b":2}"#.to_owned()));
    let bucket = &seen.buckets["audit-bucket"];
    assert_eq!(bucket.policy, Observed::Seen(r#"{"c": 3}"#.to_owned()), "asked where it is");
    assert_eq!(bucket.region.as_ref().unwrap().as_str(), "us-east-1");
    let found = seen.filtered_log_events["trail"]["4b5a"].seen().unwrap();
    assert_eq!(found[0].timestamp, (READ_AT + 105) * 1000, "on the second page");
    let points = seen.filter_datapoints["trail"]["secret-read"].seen().unwrap();
    assert_eq!(points[0].sum, Some(3.5));
    let rule = &seen.event_rules.seen().unwrap()["reads"];
    assert_eq!(rule.targets.seen().unwrap()["t"].arn, "arn:target");
    let matches = snapshot.pattern_tests.matches[PATTERN].seen().unwrap();
    assert_eq!(matches.len(), 1);
    assert!(snapshot.pattern_tests.messages.contains_key(matches.first().unwrap()));
}

/// Between Regions to opt in to and others S3 redirects nobody, but says where the bucket is.
#[tokio::test]
async fn a_bucket_is_asked_where_s3_says_it_is() {
    let bucket = async |constraint: &'static str, then: fn() -> Answer| {
        let fake = with(move |sent| {
            (sent.operation == "GetBucketPolicy").then(|| {
                if !sent.host.contains("eu-west-1") {
                    return then();
                }
                Answer::Raw(
                    400,
                    vec![],
                    format!(
                        "<Error><Code>IllegalLocationConstraintException</Code><Message>The \
                         {constraint} location constraint is incompatible for the region specific \
                         endpoint this request was sent to.</Message></Error>"
                    ),
                )
            })
        });
        let (snapshot, _) = collect(&fake.session(vec![asked_by_name("Top")], &[]).await).await;
        let hosts: Vec<String> = fake
            .sent()
            .into_iter()
            .filter(|sent| sent.operation == "GetBucketPolicy")
            .map(|sent| sent.host)
            .collect();
        (snapshot.at(&here()).buckets["audit-bucket"].clone(), hosts)
    };
    let policy = || Answer::Raw(200, vec![], "{}".to_owned());
    let (seen, hosts) = bucket("af-south-1", policy).await;
    assert_eq!(seen.policy, Observed::Seen("{}".to_owned()));
    assert_eq!(seen.region.unwrap().as_str(), "af-south-1");
    assert!(hosts.len() == 2 && hosts[1].contains("af-south-1"), "{hosts:?}");
    let none = || {
        let error = "<Error><Code>NoSuchBucketPolicy</Code></Error>";
        Answer::Raw(404, vec![], error.to_owned())
    };
    let (seen, hosts) = bucket("unspecified", none).await;
    assert_eq!((seen.policy, seen.region.unwrap().as_str()), (Observed::Absent, "us-east-1"));
    assert!(hosts.len() == 2 && hosts[1].contains("us-east-1"), "{hosts:?}");
    let (seen, hosts) = bucket("eu-west-1", policy).await;
    assert!(failed(&seen.policy).contains("IllegalLocationConstraintException"), "{seen:?}");
    assert_eq!((seen.region, hosts.len()), (None, 1), "it is not asked there again");
}

#[tokio::test]
async fn the_calls_say_what_aws_would_else_leave_out() {
    let fake = Fake::new(account);
    let session = fake.session(vec![asked_by_name("Top")], &[]).await;
    collect(&session).await;
    let sent = fake.sent();
    let body = |operation: &str| &sent.iter().find(|s| s.operation == operation).unwrap().body;
    for kind in ["MetricAlarm", "CompositeAlarm", "LogAlarm"] {
        assert!(body("DescribeAlarms").contains(kind), "{kind}");
    }
    assert!(body("DescribeAlarmHistory").contains("TimestampDescending"));
    assert!(body("DescribeTrails").contains(r#""includeShadowTrails":true"#));
    assert!(!body("DescribeMetricFilters").contains("logGroupName"));
    assert!(sent.iter().all(|sent| !sent.operation.contains("SecretValue")));
}

#[tokio::test]
async fn everything_denied_ends_and_is_denied_at_its_place() {
    let fake = Fake::new(|_| Answer::Error(403, "AccessDenied", "no"));
    let session = fake.session(vec![asked_by_name("Top")], &[]).await;
    let (snapshot, collection) = collect(&session).await;
    assert_eq!(collection.depth, 1);
    assert_eq!(left(&snapshot), BTreeSet::new());
    let unknown = Target { account: AccountId::unknown(), region: "eu-west-1".parse().unwrap() };
    assert_eq!(snapshot.asked[0].target, unknown);
    let seen = snapshot.at(&unknown);
    let action = |name: &str| name.to_owned();
    let denied = Observed::Denied { action: action("cloudtrail:DescribeTrails") };
    assert_eq!(seen.trails, denied);
    let denied = Observed::Denied { action: action("secretsmanager:DescribeSecret") };
    assert_eq!(seen.secrets["Top"], denied);
    let denied = Observed::Denied { action: action("sts:GetCallerIdentity") };
    assert_eq!(snapshot.caller, denied);
    assert_eq!(collection.denied.len(), 10, "{:?}", collection.denied);
    assert_eq!(collection.requests, 11, "two names of events; a denied call is not retried");
}

/// Each call in turn is denied, fails, answers nonsense; the run ends, and nothing is taken for an
/// empty list.
#[tokio::test]
async fn each_call_that_is_not_answered_leaves_its_mark() {
    type Fault = (&'static str, fn() -> Answer);
    let faults: [Fault; 3] = [
        ("denied", || Answer::Error(403, "AccessDenied", "no")),
        ("refused", || Answer::Error(400, "ValidationError", "bad")),
        ("garbled", || Answer::Raw(200, vec![], "<{".to_owned())),
    ];
    for call in crate::permissions::Call::ALL.iter().filter(|call| !call.is_for_plans()) {
        for (name, fault) in faults {
            // S3 sends the policy as it is: there is nothing to garble.
            if *call == crate::permissions::Call::GetBucketPolicy && name == "garbled" {
                continue;
            }
            let fake = Fake::new(move |sent| match sent.operation == call.name() {
                true => fault(),
                false => account_that_needs_every_call(sent),
            });
            let session = fake.session(vec![asked_by_name("Top")], &[]).await;
            let (snapshot, collection) = collect(&session).await;
            assert_eq!(left(&snapshot), BTreeSet::new(), "{} {name}", call.name());
            let json = snapshot.to_json();
            if name == "denied" {
                assert_eq!(collection.denied, [call.action()]);
                assert!(json.contains(&format!("\"denied: {}\"", call.action())), "{json}");
            } else {
                assert!(json.contains(&format!("\"failed: {}: ", call.name())), "{json}");
            }
            assert_eq!(Snapshot::from_json(&json).unwrap(), snapshot);
        }
    }
}

#[tokio::test]
async fn should_sts_not_tell_the_account_its_resources_do() {
    let fake = with(|sent| {
        let refused = sent.operation == "GetCallerIdentity";
        refused.then(|| Answer::Error(403, "AccessDenied", "no"))
    });
    let session = fake.session(vec![asked_by_name("Top")], &[]).await;
    let (snapshot, _) = collect(&session).await;
    assert_eq!(snapshot.asked[0].target, here());
    assert!(matches!(snapshot.caller, Observed::Denied { .. }));
    assert!(snapshot.at(&here()).trails.seen().is_some());
}

#[tokio::test]
async fn answers_of_another_account_are_thrown_away() {
    let secret = "arn:aws:secretsmanager:us-east-1:210987654321:secret:Other-a1B2c3";
    let target: Target = "210987654321/us-east-1".to_owned().try_into().unwrap();
    let asked = Asked { target: target.clone(), secret: Some(secret.to_owned()) };
    let fake = Fake::new(account);
    let session = fake.session(vec![asked], &[]).await;
    let (snapshot, _) = collect(&session).await;
    let seen = snapshot.at(&target);
    let reason = failed(&seen.trails);
    assert!(reason.contains("account 210987654321") && reason.contains("--role-arn"), "{reason}");
    assert_eq!(failed(&seen.secrets[secret]), reason);
    assert_eq!(failed(&seen.alarms), reason);
    assert_eq!(left(&snapshot), BTreeSet::new());
    assert!(snapshot.pattern_tests.is_empty());
}

#[tokio::test]
async fn a_role_reads_the_account_it_is_of() {
    const STS: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials>\
        <AccessKeyId>AKIDROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
        <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>\
        </Credentials><AssumedRoleUser><AssumedRoleId>A</AssumedRoleId>\
        <Arn>arn:aws:sts::123456789012:assumed-role/audit/secmon</Arn></AssumedRoleUser>\
        </AssumeRoleResult></AssumeRoleResponse>";
    let fake = with(|sent| match sent.operation.as_str() {
        "AssumeRole" => Some(Answer::Xml(STS.to_owned())),
        "GetCallerIdentity" if sent.key == "AKIDBASE" => Some(xml(
            "GetCallerIdentity",
            "<Account>333333333333</Account><Arn>arn:aws:iam::333333333333:user/bob</Arn>",
        )),
        _ => None,
    });
    let asked = Asked { target: here(), secret: Some("Top".to_owned()) };
    let role = "arn:aws:iam::123456789012:role/audit";
    let session = fake.session(vec![asked.clone()], &[role]).await;
    let (snapshot, _) = collect(&session).await;
    assert_eq!(snapshot.caller.seen().unwrap().account.as_str(), ACCOUNT, "who reads");
    assert_eq!(snapshot.asked[0].target, here());
    assert!(snapshot.at(&here()).alarms.seen().is_some());
    for sent in fake.sent().iter().filter(|sent| sent.operation.starts_with("Describe")) {
        assert_eq!(sent.key, "AKIDROLE", "{}", sent.operation);
    }

    let fake = with(|sent| {
        (sent.operation == "AssumeRole").then(|| Answer::Error(403, "AccessDenied", "no"))
    });
    let session = fake.session(vec![asked], &[role]).await;
    let (snapshot, collection) = collect(&session).await;
    assert_eq!(collection.denied, ["sts:AssumeRole"]);
    let denied = Observed::Denied { action: "sts:AssumeRole".to_owned() };
    assert_eq!(snapshot.at(&here()).trails, denied);
}

#[tokio::test]
async fn throttled_calls_are_made_again_and_counted() {
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let fake = with(move |sent| {
        let first = sent.operation == "ListRules"
            && tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        first.then(|| Answer::Error(400, "ThrottlingException", "Rate exceeded"))
    });
    let session = fake.session(vec![asked_by_name("Top")], &[]).await;
    let (snapshot, collection) = collect(&session).await;
    assert!(snapshot.at(&here()).event_rules.seen().is_some());
    let rules = fake.sent().iter().filter(|sent| sent.operation == "ListRules").count();
    assert_eq!(rules, 2);
    assert_eq!(collection.requests, fake.sent().len());
}

#[tokio::test]
async fn what_is_not_answered_in_time_says_so() {
    let fake = with(|sent| (sent.operation == "DescribeAlarms").then_some(Answer::Never));
    let timeout = Duration::from_millis(700);
    let session = fake.session_within(vec![asked_by_name("Top")], &[], timeout).await;
    let begin = Instant::now();
    let (snapshot, _) = collect(&session).await;
    assert!(begin.elapsed() < Duration::from_secs(5));
    let seen = snapshot.at(&here());
    let expected = "DescribeAlarms: no answer within the --timeout of 0.7 s";
    assert_eq!(failed(&seen.alarms), expected);
    assert!(seen.log_groups.seen().is_some(), "the others were answered");
    assert_eq!(left(&snapshot), BTreeSet::new());
}

#[tokio::test]
async fn a_page_token_that_comes_twice_fails_the_listing() {
    let fake = with(|sent| {
        (sent.operation == "ListRules")
            .then(|| Answer::Json(json!({ "Rules": [], "NextToken": "again" })))
    });
    let session = fake.session(vec![asked_by_name("Top")], &[]).await;
    let (snapshot, _) = collect(&session).await;
    assert!(failed(&snapshot.at(&here()).event_rules).contains("does not end"));
}

#[tokio::test]
async fn newest_events_come_first_past_an_empty_page_and_tell_whether_there_are_more() {
    let event = |id: &str, second: i64| json!({ "EventId": id, "EventName": "GetSecretValue", "EventTime": second });
    let page = json!({ "Events": [event("old", 1), event("new", 2)], "NextToken": "3" });
    let fake = with(move |sent| {
        (sent.operation == "LookupEvents").then(|| match sent.body.contains("NextToken") {
            false => Answer::Json(json!({ "Events": [], "NextToken": "2" })),
            true => Answer::Json(page.clone()),
        })
    });
    let session = fake.session(vec![asked_by_name("Top")], &[]).await;
    let (snapshot, _) = collect(&session).await;
    let history = snapshot.at(&here()).event_history["GetSecretValue"].seen().unwrap();
    let ids: Vec<_> = history.events.iter().map(|event| event.event_id.as_str()).collect();
    assert_eq!(ids, ["new", "old"]);
    assert!(history.more);
}

#[tokio::test]
async fn a_history_of_empty_pages_alone_is_not_taken_for_an_empty_history() {
    let fake = with(|sent| {
        (sent.operation == "LookupEvents")
            .then(|| Answer::Json(json!({ "Events": [], "NextToken": "more" })))
    });
    let session = fake.session(vec![asked_by_name("Top")], &[]).await;
    let (snapshot, _) = collect(&session).await;
    let history = &snapshot.at(&here()).event_history["GetSecretValue"];
    assert!(failed(history).contains("empty pages"));
}

#[tokio::test]
async fn many_messages_are_asked_about_in_parts() {
    let fake = Fake::new(account);
    let session = fake.session(vec![asked_by_name("Top")], &[]).await;
    let (mut snapshot, _) = collect(&session).await;
    let messages = (0..120).map(|n| (format!("label {n:03}"), format!("message {n}"))).collect();
    let what = What::TestMetricFilter { pattern: "{ $.x = 1 }".to_owned(), messages };
    let before = fake.sent().len();
    let read = Read { target: here(), what };
    let collection = session.read_more(&mut snapshot, BTreeSet::from([read]), &|_| ()).await;
    assert_eq!((collection.requests, collection.depth), (3, 1));
    assert_eq!(fake.sent().len(), before + 3);
    let matched = snapshot.pattern_tests.matches["{ $.x = 1 }"].seen().unwrap();
    let matched: Vec<_> = matched.iter().map(String::as_str).collect();
    assert_eq!(matched, ["label 000", "label 050", "label 100"], "the first of each part");
}

#[tokio::test]
async fn refused_credentials_are_told_apart_from_missing_permissions() {
    let fake = with(|sent| {
        (sent.operation == "GetCallerIdentity")
            .then(|| Answer::Error(403, "ExpiredToken", "The security token is expired"))
    });
    let session = fake.session(vec![asked_by_name("Top")], &[]).await;
    let (_, collection) = collect(&session).await;
    assert!(collection.refused.unwrap().contains("The security token is expired"));
}
