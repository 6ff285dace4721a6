use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::call::Service;
use super::super::load::incoming_log_events;
use super::super::scenario::Scenario;
use super::super::stage::Stage;

const GROUP: &str = "arn:aws:logs:eu-west-1:123456789012:log-group:audit:*";
const ROLE: &str = "arn:aws:iam::123456789012:role/trail";

/// Everything a trail needs but the trail.
fn ready() -> Stage {
    let mut lab = Stage::example();
    let mut ask = |service, operation: &str, params: Value| {
        lab.try_call(service, operation, params)
            .unwrap_or_else(|error| panic!("{operation}: {error}"))
    };
    ask(
        Service::S3,
        "CreateBucket",
        json!({
            "Bucket": "audit-logs",
            "CreateBucketConfiguration": { "LocationConstraint": "eu-west-1" },
        }),
    );
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" },
          "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::audit-logs" },
        { "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" },
          "Action": "s3:PutObject", "Resource": "arn:aws:s3:::audit-logs/AWSLogs/123456789012/*",
          "Condition": { "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control" } } },
    ]});
    ask(
        Service::S3,
        "PutBucketPolicy",
        json!({ "Bucket": "audit-logs", "Policy": policy.to_string() }),
    );
    ask(Service::Logs, "CreateLogGroup", json!({ "logGroupName": "audit" }));
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" }, "Action": "sts:AssumeRole" },
    ]});
    ask(
        Service::Iam,
        "CreateRole",
        json!({
            "RoleName": "trail", "AssumeRolePolicyDocument": trust.to_string(),
        }),
    );
    let write = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
          "Resource": "arn:aws:logs:eu-west-1:123456789012:log-group:audit:log-stream:123456789012_CloudTrail_eu-west-1*" },
    ]});
    ask(
        Service::Iam,
        "PutRolePolicy",
        json!({
            "RoleName": "trail", "PolicyName": "write", "PolicyDocument": write.to_string(),
        }),
    );
    lab
}

fn create(lab: &mut Stage, more: Value) -> Result<Value, String> {
    let mut params = json!({ "Name": "audit", "S3BucketName": "audit-logs" });
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    let answer = lab.try_call(Service::CloudTrail, "CreateTrail", params);
    answer.map_err(|error| format!("{}: {}", error.name, error.message))
}

/// Names and words captured on AWS 2026-09-13.
#[test]
fn what_cannot_be_delivered_to_is_refused_in_awss_words() {
    let refused = |more: Value| create(&mut ready(), more).unwrap_err();
    let group = "InvalidCloudWatchLogsLogGroupArnException";
    let role = "InvalidCloudWatchLogsRoleArnException";
    let both = "You must specify a log group and a role ARN.";
    let cases = [
        (json!({ "CloudWatchLogsLogGroupArn": GROUP }), role, both),
        (json!({ "CloudWatchLogsRoleArn": ROLE }), group, both),
        (
            json!({ "CloudWatchLogsLogGroupArn": GROUP.trim_end_matches(":*"), "CloudWatchLogsRoleArn": ROLE }),
            group,
            "CloudTrail cannot validate the specified log group ARN.",
        ),
        (
            json!({ "CloudWatchLogsLogGroupArn": GROUP, "CloudWatchLogsRoleArn": "trail" }),
            role,
            "CloudTrail cannot validate the specified role ARN.",
        ),
        (
            json!({ "CloudWatchLogsLogGroupArn": GROUP.replace("audit", "other"), "CloudWatchLogsRoleArn": ROLE }),
            group,
            "Access denied. Verify in IAM that the role has adequate permissions.",
        ),
        (
            json!({ "CloudWatchLogsLogGroupArn": GROUP, "CloudWatchLogsRoleArn": ROLE.replace("trail", "other") }),
            role,
            "Access denied. Verify in IAM that the role has adequate trust relationships.",
        ),
        (
            json!({ "CloudWatchLogsLogGroupArn": GROUP.replace("eu-west-1", "us-east-1"), "CloudWatchLogsRoleArn": ROLE }),
            group,
            "You must specify a log group that is in the current region.",
        ),
        (
            json!({ "S3KeyPrefix": "elsewhere" }),
            "InsufficientS3BucketPolicyException",
            "Incorrect S3 bucket policy is detected for bucket: audit-logs",
        ),
    ];
    for (more, name, message) in cases {
        assert_eq!(refused(more.clone()), format!("{name}: {message}"), "{more}");
    }
    let mut lab = ready();
    create(&mut lab, json!({})).unwrap();
    let again = create(&mut lab, json!({})).unwrap_err();
    let message = "Trail audit already exists for customer: 123456789012";
    assert_eq!(again, format!("TrailAlreadyExistsException: {message}"));
    let unknown = lab.try_call(Service::CloudTrail, "GetTrailStatus", json!({ "Name": "other" }));
    let message = "Unknown trail: other for the user: 123456789012";
    assert_eq!(unknown.unwrap_err().message, message);
}

/// The captured timeline: nothing, then S3, then Logs; and without a group no trace of it.
#[test]
fn a_trails_status_fills_as_things_arrive() {
    let mut lab = ready();
    create(&mut lab, json!({ "CloudWatchLogsLogGroupArn": GROUP, "CloudWatchLogsRoleArn": ROLE }))
        .unwrap();
    let status = |lab: &mut Stage| {
        lab.try_call(Service::CloudTrail, "GetTrailStatus", json!({ "Name": "audit" })).unwrap()
    };
    let empty = json!({
        "IsLogging": false,
        "LatestDeliveryAttemptTime": "",
        "LatestNotificationAttemptTime": "",
        "LatestNotificationAttemptSucceeded": "",
        "LatestDeliveryAttemptSucceeded": "",
        "TimeLoggingStarted": "",
        "TimeLoggingStopped": "",
    });
    assert_eq!(status(&mut lab), empty);
    lab.try_call(Service::CloudTrail, "StartLogging", json!({ "Name": "audit" })).unwrap();
    assert_eq!(status(&mut lab)["TimeLoggingStarted"], "2026-01-05T10:12:30Z");
    lab.world.advance(SignedDuration::from_secs(120));
    lab.try_call(Service::CloudTrail, "DescribeTrails", json!({})).unwrap();
    lab.world.advance(SignedDuration::from_secs(600));
    let full = status(&mut lab);
    assert!(full["LatestCloudWatchLogsDeliveryTime"].is_string(), "{full}");
    assert!(full["LatestDeliveryTime"].is_string(), "{full}");
    let events =
        lab.try_call(Service::Logs, "FilterLogEvents", json!({ "logGroupName": "audit" })).unwrap();
    let first = &events["events"][0];
    assert_eq!(first["logStreamName"], "123456789012_CloudTrail_eu-west-1_3");
    let record: Value = serde_json::from_str(first["message"].as_str().unwrap()).unwrap();
    assert_eq!(record["eventName"], "DescribeTrails");
    lab.try_call(
        Service::CloudTrail,
        "UpdateTrail",
        json!({ "Name": "audit", "CloudWatchLogsLogGroupArn": "", "CloudWatchLogsRoleArn": "" }),
    )
    .unwrap();
    let after = status(&mut lab);
    assert!(after["LatestCloudWatchLogsDeliveryTime"].is_null(), "{after}");
    assert_eq!(after["IsLogging"], true);
}

/// Without rights nothing shows until the next delivery, and what happened meanwhile is in the file
/// after it (captured 2026-09-13).
#[test]
fn a_bucket_without_its_policy_shows_at_the_next_delivery_and_loses_nothing() {
    let mut lab = ready();
    create(&mut lab, json!({})).unwrap();
    lab.try_call(Service::CloudTrail, "StartLogging", json!({ "Name": "audit" })).unwrap();
    lab.world.advance(SignedDuration::from_secs(120));
    let policy =
        lab.try_call(Service::S3, "GetBucketPolicy", json!({ "Bucket": "audit-logs" })).unwrap();
    lab.try_call(Service::S3, "DeleteBucketPolicy", json!({ "Bucket": "audit-logs" })).unwrap();
    lab.try_call(Service::Iam, "GetRole", json!({ "RoleName": "trail" })).unwrap();
    lab.try_call(Service::Kms, "ListKeys", json!({})).unwrap();
    let status = |lab: &mut Stage| {
        lab.try_call(Service::CloudTrail, "GetTrailStatus", json!({ "Name": "audit" })).unwrap()
    };
    assert!(status(&mut lab)["LatestDeliveryError"].is_null());
    lab.world.advance(SignedDuration::from_secs(900));
    assert_eq!(status(&mut lab)["LatestDeliveryError"], "AccessDenied");
    lab.try_call(
        Service::S3,
        "PutBucketPolicy",
        json!({ "Bucket": "audit-logs", "Policy": policy["Policy"] }),
    )
    .unwrap();
    lab.world.advance(SignedDuration::from_secs(900));
    let status = status(&mut lab);
    assert!(status["LatestDeliveryError"].is_null(), "{status}");
    let objects =
        lab.try_call(Service::S3, "ListObjectsV2", json!({ "Bucket": "audit-logs" })).unwrap();
    let keys: Vec<&str> = objects["Contents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["Key"].as_str().unwrap())
        .collect();
    assert_eq!(keys[0], "AWSLogs/123456789012/CloudTrail/", "left behind when the trail was made");
    assert!(
        keys[1].starts_with("AWSLogs/123456789012/CloudTrail/eu-west-1/2026/01/05/"),
        "{keys:?}"
    );
    assert!(keys[1].ends_with(".json.gz"), "{keys:?}");
    let mut names = Vec::new();
    for key in &keys[1..] {
        let object = lab
            .try_call(Service::S3, "GetObject", json!({ "Bucket": "audit-logs", "Key": key }))
            .unwrap();
        names.extend(event_names(object["Body"].as_str().unwrap()));
    }
    assert!(names.contains(&"ListKeys".to_owned()), "{names:?}");
}

fn event_names(base64: &str) -> Vec<String> {
    use base64::Engine as _;
    use std::io::Read as _;
    let packed = base64::engine::general_purpose::STANDARD.decode(base64).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let records = file["Records"].as_array().unwrap();
    records.iter().map(|record| record["eventName"].as_str().unwrap().to_owned()).collect()
}

/// Captured 2026-09-24: a batch event and one read for each secret, called by Secrets Manager.
#[test]
fn a_batch_writes_the_captured_events() {
    let mut lab = Stage::example();
    for name in ["one", "two"] {
        let secret = json!({ "Name": name, "SecretString": "x" });
        lab.try_call(Service::SecretsManager, "CreateSecret", secret).unwrap();
    }
    let ids = json!({ "SecretIdList": ["one", "two", "missing"] });
    lab.try_call(Service::SecretsManager, "BatchGetSecretValue", ids).unwrap();
    let history = |lab: &mut Stage, name: &str| -> Vec<Value> {
        let asked = json!({ "LookupAttributes": [{ "AttributeKey": "EventName", "AttributeValue": name }] });
        let found = lab.try_call(Service::CloudTrail, "LookupEvents", asked).unwrap();
        let events = found["Events"].as_array().unwrap().iter();
        events
            .map(|event| serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap())
            .collect()
    };
    assert!(history(&mut lab, "GetSecretValue").is_empty(), "absent for the first minute");
    lab.world.advance(SignedDuration::from_secs(103));
    let batch = history(&mut lab, "BatchGetSecretValue").remove(0);
    assert_eq!(batch["requestParameters"]["secretIdList"], json!(["one", "two", "missing"]));
    assert_eq!(batch["responseElements"], Value::Null);
    let reads = history(&mut lab, "GetSecretValue");
    assert_eq!(reads.len(), 3);
    for read in &reads {
        assert_eq!(read["userIdentity"]["invokedBy"], "secretsmanager.amazonaws.com");
        assert_eq!(read["sourceIPAddress"], "secretsmanager.amazonaws.com");
        assert!(read["userIdentity"]["accessKeyId"].is_null() && read["tlsDetails"].is_null());
        assert_eq!(read["readOnly"], true);
        let id = read["requestParameters"]["secretId"].as_str().unwrap();
        let request = format!("{}:{id}", batch["requestID"].as_str().unwrap());
        assert_eq!(read["requestID"], request);
    }
    let failed =
        reads.iter().find(|read| read["requestParameters"]["secretId"] == "missing").unwrap();
    assert_eq!(failed["errorCode"], "ResourceNotFoundException");
}

#[test]
fn a_value_is_in_no_event() {
    let mut lab = Stage::example();
    let secret = json!({ "Name": "one", "SecretString": "hunter2-hunter2" });
    lab.try_call(Service::SecretsManager, "CreateSecret", secret).unwrap();
    lab.try_call(
        Service::SecretsManager,
        "PutSecretValue",
        json!({ "SecretId": "one", "SecretString": "hunter2-hunter2" }),
    )
    .unwrap();
    lab.try_call(Service::SecretsManager, "GetSecretValue", json!({ "SecretId": "one" })).unwrap();
    lab.world.advance(SignedDuration::from_secs(200));
    let events = lab.try_call(Service::CloudTrail, "LookupEvents", json!({})).unwrap();
    assert!(events["Events"].as_array().unwrap().len() >= 3);
    assert!(!events.to_string().contains("hunter2"));
}

#[test]
fn event_history_pages_and_refuses_what_aws_refuses() {
    let mut lab = Stage::example();
    for _ in 0..7 {
        lab.try_call(Service::Kms, "ListKeys", json!({})).unwrap();
    }
    lab.world.advance(SignedDuration::from_secs(200));
    let asked = |more: Value| {
        let mut params = json!({ "MaxResults": 3, "LookupAttributes": [{ "AttributeKey": "EventName", "AttributeValue": "ListKeys" }] });
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        params
    };
    let (mut seen, mut more) = (Vec::new(), json!({}));
    loop {
        let page = lab.try_call(Service::CloudTrail, "LookupEvents", asked(more)).unwrap();
        seen.extend(
            page["Events"].as_array().unwrap().iter().map(|event| event["EventId"].to_string()),
        );
        if page["NextToken"].is_null() {
            break;
        }
        more = json!({ "NextToken": page["NextToken"] });
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7);
    let wrong =
        json!({ "LookupAttributes": [{ "AttributeKey": "ReadOnly", "AttributeValue": "True" }] });
    let error = lab.try_call(Service::CloudTrail, "LookupEvents", wrong).unwrap_err();
    assert_eq!(error.name, "InvalidLookupAttributesException");
    let future = json!({ "StartTime": "2030-01-01T00:00:00Z" });
    let error = lab.try_call(Service::CloudTrail, "LookupEvents", future).unwrap_err();
    assert_eq!(error.name, "InvalidTimeRangeException");
}

/// 40 events in every minute, whatever the phase.
#[test]
fn the_rest_of_the_account_is_as_busy_as_it_is_said_to_be() {
    let mut world = Scenario::named("healthy").unwrap().world().unwrap();
    world.advance(SignedDuration::from_mins(20));
    let target = "123456789012/eu-west-1".to_owned().try_into().unwrap();
    let from = "2026-01-05T10:16:00Z".parse().unwrap();
    let until = "2026-01-05T10:32:00Z".parse().unwrap();
    let minutes = world.sums(&target, &incoming_log_events("audit-trail"), 60, (from, until));
    assert_eq!(minutes.len(), 16);
    for minute in minutes {
        assert_eq!(minute.sum, Some(40.0), "{minute:?}");
    }
}

/// Clients under a running clock call at nanoseconds of their own.
#[test]
fn time_passes_in_any_pieces_and_always_ends() {
    let target: secmon_core::snapshot::Target =
        "123456789012/eu-west-1".to_owned().try_into().unwrap();
    let events_at = |pieces: &[i64]| {
        let mut stage = Stage::example();
        stage.world = Scenario::named("healthy").unwrap().world().unwrap();
        for nanoseconds in pieces {
            stage.world.advance(SignedDuration::from_nanos(*nanoseconds));
            stage
                .try_call(
                    Service::SecretsManager,
                    "GetSecretValue",
                    json!({ "SecretId": "TopSecretInfo" }),
                )
                .unwrap();
        }
        stage.world.advance(SignedDuration::from_secs(300));
        let group = &stage.world.place(&target).logs.groups["audit-trail"];
        group.events.iter().filter(|event| event.message.contains("GetSecretValue")).count()
    };
    for pieces in [vec![5_000_456_700], vec![1, 999_999_999, 123_456_789], vec![5_000_000_000]] {
        assert_eq!(events_at(&pieces), pieces.len(), "{pieces:?}");
    }
}
