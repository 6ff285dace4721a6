//! The server itself, asked without any SDK.

use bytes::Bytes;
use ciborium::Value as Cbor;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::TokioIo;
use secmon_core::snapshot::Snapshot;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::{Asked, Fault, Faults, RUNTIME, Server};
use crate::snapshots;

/// Status, headers that matter, body; or that there was no whole answer.
struct Got {
    status: u16,
    date: String,
    query_error: String,
    body: Bytes,
}

fn send(server: &Server, request: Request<Full<Bytes>>) -> Result<Got, String> {
    let address = server.url().trim_start_matches("http://").to_owned();
    RUNTIME.block_on(async {
        let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = response.into_parts();
        let text = |name: &str| {
            let value = head.headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (date, query_error) = (text("date"), text("x-amzn-query-error"));
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        connection.abort();
        Ok(Got { status: head.status.as_u16(), date, query_error, body })
    })
}

fn request(method: &str, path: &str, service: &str) -> hyper::http::request::Builder {
    let credential = format!("AKIAEXAMPLE/20260105/eu-west-1/{service}/aws4_request");
    Request::builder().method(method).uri(path).header("host", "localhost").header(
        "authorization",
        format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"),
    )
}

fn json_call(server: &Server, service: &str, target: &str, params: &Value) -> Result<Got, String> {
    let request = request("POST", "/", service)
        .header("x-amz-target", target)
        .header("content-type", "application/x-amz-json-1.1")
        .body(Full::from(params.to_string()))
        .unwrap();
    send(server, request)
}

fn json_of(server: &Server, service: &str, target: &str, params: &Value) -> (u16, Value) {
    let got = json_call(server, service, target, params).unwrap();
    (got.status, serde_json::from_slice(&got.body).unwrap_or(Value::Null))
}

fn cbor_of(server: &Server, operation: &str, params: &Cbor) -> (Got, Cbor) {
    let mut body = Vec::new();
    ciborium::into_writer(params, &mut body).unwrap();
    let path = format!("/service/GraniteServiceVersion20100801/operation/{operation}");
    let request = request("POST", &path, "monitoring")
        .header("smithy-protocol", "rpc-v2-cbor")
        .body(Full::from(body))
        .unwrap();
    let got = send(server, request).unwrap();
    let value = ciborium::from_reader(&got.body[..]).unwrap();
    (got, value)
}

fn form_of(server: &Server, service: &str, form: &[(&str, &str)]) -> (u16, String) {
    let body = serde_urlencoded::to_string(form).unwrap();
    let got = send(server, request("POST", "/", service).body(Full::from(body)).unwrap()).unwrap();
    (got.status, String::from_utf8(got.body.to_vec()).unwrap())
}

fn entry<'a>(value: &'a Cbor, name: &str) -> &'a Cbor {
    let fields = value.as_map().unwrap();
    &fields.iter().find(|(key, _)| key.as_text() == Some(name)).unwrap().1
}

fn healthy() -> Server {
    Server::start(Snapshot::healthy(), Faults::none())
}

const AUDIT_TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail";
const ALERTS: &str = "arn:aws:sns:eu-west-1:123456789012:security-alerts";

#[test]
fn json_answers_hold_seconds_and_leave_out_what_is_not_aws() {
    let server = healthy();
    let (status, body) =
        json_of(&server, "cloudtrail", "CloudTrail_20131101.DescribeTrails", &json!({}));
    assert_eq!(status, 200);
    let trail = &body["trailList"][0];
    assert_eq!(trail["TrailARN"], AUDIT_TRAIL);
    assert!(trail.get("status").is_none() && trail.get("selectors").is_none());

    let target = "CloudTrail_20131101.GetTrailStatus";
    let (_, status) = json_of(&server, "cloudtrail", target, &json!({ "Name": AUDIT_TRAIL }));
    assert_eq!(status["LatestCloudWatchLogsDeliveryTime"], json!(1767607803.0));
    assert_eq!(status["TimeLoggingStarted"], "");

    let missing = json!({ "Name": "nobody" });
    let (status, body) = json_of(&server, "cloudtrail", target, &missing);
    assert_eq!(status, 400);
    assert_eq!(body["__type"], "TrailNotFoundException");
    assert_eq!(body["message"], "Unknown trail: nobody for the user: 123456789012");
    assert_eq!(server.unexpected(), [""; 0]);
    let asked = Asked {
        service: "cloudtrail".to_owned(),
        operation: "DescribeTrails".to_owned(),
        region: "eu-west-1".to_owned(),
    };
    assert_eq!(server.asked()[0], asked);
}

#[test]
fn answers_are_dated_with_the_accounts_time() {
    let got = json_call(&healthy(), "logs", "Logs_20140328.DescribeLogGroups", &json!({})).unwrap();
    assert_eq!(got.date, "Mon, 05 Jan 2026 10:12:00 GMT");
}

#[test]
fn cbor_tags_times_and_gives_metric_alarms_only_unless_asked() {
    let mut snapshot = Snapshot::healthy();
    snapshots::add_composite_alarm(&mut snapshot);
    let server = Server::start(snapshot, Faults::none());
    let (_, body) = cbor_of(&server, "DescribeAlarms", &Cbor::Map(Vec::new()));
    let alarm = &entry(&body, "MetricAlarms").as_array().unwrap()[0];
    let updated = entry(alarm, "AlarmConfigurationUpdatedTimestamp");
    assert_eq!(*updated, Cbor::Tag(1, Box::new(Cbor::Float(1762161600.0))));
    assert_eq!(*entry(alarm, "Threshold"), Cbor::Float(1.0));
    assert!(entry(&body, "CompositeAlarms").as_array().unwrap().is_empty());

    let types = Cbor::Array(vec![Cbor::from("CompositeAlarm"), Cbor::from("MetricAlarm")]);
    let params = Cbor::Map(vec![(Cbor::from("AlarmTypes"), types)]);
    let (_, body) = cbor_of(&server, "DescribeAlarms", &params);
    assert_eq!(entry(&body, "CompositeAlarms").as_array().unwrap().len(), 1);
}

#[test]
fn cbor_errors_have_coral_types_and_the_older_code_in_a_header() {
    let server =
        Server::start(Snapshot::healthy(), Faults::of("DescribeAlarms", Fault::ThrottleThenOk(1)));
    let (got, body) = cbor_of(&server, "DescribeAlarms", &Cbor::Map(Vec::new()));
    assert_eq!((got.status, got.query_error.as_str()), (400, "Throttling;Sender"));
    assert_eq!(
        entry(&body, "__type").as_text(),
        Some("com.amazon.coral.service#ThrottlingException")
    );
    assert_eq!(cbor_of(&server, "DescribeAlarms", &Cbor::Map(Vec::new())).0.status, 200);
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TopicAnswer {
    get_topic_attributes_result: AttributesResult,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributesResult {
    attributes: Entries,
}

#[derive(Debug, Deserialize)]
struct Entries {
    entry: Vec<Attribute>,
}

#[derive(Debug, Deserialize)]
struct Attribute {
    key: String,
    value: String,
}

#[test]
fn query_answers_are_xml_whose_attributes_are_entries() {
    let server = healthy();
    let ask =
        |topic| form_of(&server, "sns", &[("Action", "GetTopicAttributes"), ("TopicArn", topic)]);
    let (status, body) = ask(ALERTS);
    assert_eq!(status, 200, "{body}");
    let answer: TopicAnswer = quick_xml::de::from_str(&body).unwrap();
    let entries = answer.get_topic_attributes_result.attributes.entry;
    let policy = entries.iter().find(|entry| entry.key == "Policy").unwrap();
    let policy: Value = serde_json::from_str(&policy.value).unwrap();
    assert_eq!(policy["Id"], "__default_policy_ID");

    let server = Server::start(
        snapshots::healthy_but(&format!(
            "[targets.\"123456789012/eu-west-1\".topics.\"{ALERTS}\"]\nattributes = \"absent\""
        )),
        Faults::none(),
    );
    let form = [("Action", "GetTopicAttributes"), ("TopicArn", ALERTS)];
    let (status, body) = form_of(&server, "sns", &form);
    assert_eq!(status, 404);
    assert!(
        body.contains("<Code>NotFound</Code><Message>Topic does not exist</Message>"),
        "{body}"
    );
}

#[test]
fn policy_documents_of_iam_are_url_encoded() {
    let form = [
        ("Action", "GetRolePolicy"),
        ("RoleName", "trail-to-logs"),
        ("PolicyName", "write-log-group"),
    ];
    let (status, body) = form_of(&healthy(), "iam", &form);
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("<PolicyDocument>%7B%22Version%22%3A%222012%2D10%2D17%22"), "{body}");
}

#[test]
fn buckets_answer_their_policy_as_it_is() {
    let server = healthy();
    let ask = |bucket: &str| {
        let path = format!("/{bucket}?policy");
        send(&server, request("GET", &path, "s3").body(Full::default()).unwrap()).unwrap()
    };
    let policy: Value = serde_json::from_slice(&ask("audit-trail-logs-123456789012").body).unwrap();
    assert_eq!(policy["Statement"][0]["Sid"], "AWSCloudTrailAclCheck");
    assert_eq!(server.unexpected().len(), 0);
    assert_eq!(ask("another").status, 500);
    assert_eq!(server.unexpected().len(), 1);
}

#[test]
fn patterns_are_answered_from_what_was_recorded_counting_from_one() {
    let snapshot = Snapshot::healthy();
    let (pattern, labels) = snapshot.pattern_tests.matches.first_key_value().unwrap();
    let labels = labels.seen().unwrap();
    let texts: Vec<&String> = snapshot.pattern_tests.messages.values().collect();
    let expected: Vec<usize> = (1..)
        .zip(snapshot.pattern_tests.messages.keys())
        .filter(|(_, label)| labels.contains(*label))
        .map(|(number, _)| number)
        .collect();
    let params = json!({ "filterPattern": pattern, "logEventMessages": texts });
    let server = healthy();
    let (_, body) = json_of(&server, "logs", "Logs_20140328.TestMetricFilter", &params);
    let matches = body["matches"].as_array().unwrap();
    let numbers: Vec<usize> =
        matches.iter().map(|one| one["eventNumber"].as_u64().unwrap() as usize).collect();
    assert_eq!((numbers, labels.len()), (expected, 9));

    let params = json!({ "filterPattern": pattern, "logEventMessages": ["never seen"] });
    assert_eq!(json_of(&server, "logs", "Logs_20140328.TestMetricFilter", &params).0, 500);
    assert_eq!(server.unexpected().len(), 1);
}

#[test]
fn a_secrets_value_and_every_other_operation_are_refused_loudly() {
    let server = healthy();
    for (service, target) in [
        ("secretsmanager", "secretsmanager.GetSecretValue"),
        ("cloudtrail", "CloudTrail_20131101.StopLogging"),
        ("logs", "secretsmanager.DescribeSecret"),
        ("dynamodb", "DynamoDB_20120810.GetItem"),
    ] {
        let params = json!({ "SecretId": "TopSecretInfo" });
        assert_eq!(json_of(&server, service, target, &params).0, 500, "{target}");
    }
    let params = json!({ "SecretId": "TopSecretInfo", "VersionId": "1" });
    assert_eq!(json_of(&server, "secretsmanager", "secretsmanager.DescribeSecret", &params).0, 500);
    assert_eq!(server.unexpected().len(), 5, "{:#?}", server.unexpected());
}

#[test]
fn pages_of_one_begin_with_an_empty_page_and_hold_everything_once() {
    let server =
        Server::start(snapshots::two_of_everything(), Faults::everywhere(Fault::PagesOfOne));
    let mut params = json!({});
    let mut sizes = Vec::new();
    loop {
        let (_, body) = json_of(&server, "logs", "Logs_20140328.DescribeMetricFilters", &params);
        sizes.push(body["metricFilters"].as_array().unwrap().len());
        match body.get("nextToken") {
            Some(token) => params["nextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(sizes, [0, 1, 1]);
}

#[test]
fn broken_answers_break_where_they_should() {
    let ask = |fault| {
        let server = Server::start(Snapshot::healthy(), Faults::of("DescribeTrails", fault));
        json_call(&server, "cloudtrail", "CloudTrail_20131101.DescribeTrails", &json!({}))
    };
    let parses = |got: Got| serde_json::from_slice::<Value>(&got.body).is_ok();
    assert!(ask(Fault::Truncated).is_err());
    assert!(!parses(ask(Fault::Halved).unwrap()));
    assert!(!parses(ask(Fault::Malformed).unwrap()));
    assert_eq!(ask(Fault::ServerError).unwrap().status, 500);
    let denied = ask(Fault::Deny).unwrap();
    assert_eq!(denied.status, 400);
    let body: Value = serde_json::from_slice(&denied.body).unwrap();
    assert_eq!(body["__type"], "AccessDeniedException");
    assert!(body["message"].as_str().unwrap().contains("cloudtrail:DescribeTrails"), "{body}");
}

#[test]
fn slots_that_were_denied_or_failed_answer_as_aws_does() {
    let trails = |slot: &str| {
        let snapshot = snapshots::healthy_but(&format!(
            "[targets.\"123456789012/eu-west-1\"]\ntrails = \"{slot}\""
        ));
        let server = Server::start(snapshot, Faults::none());
        let answer =
            json_of(&server, "cloudtrail", "CloudTrail_20131101.DescribeTrails", &json!({}));
        (answer.0, answer.1["__type"].clone(), server.unexpected().len())
    };
    assert_eq!(
        trails("denied: cloudtrail:DescribeTrails"),
        (400, json!("AccessDeniedException"), 0)
    );
    assert_eq!(trails("failed: broken"), (500, json!("InternalError"), 0));
    assert_eq!(trails("not asked"), (500, Value::Null, 1));
}
