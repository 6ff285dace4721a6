//! Errors as they were captured.

use ciborium::Value as Cbor;

use super::super::asked::{Manner, Protocol};
use super::super::reply::{Reply, RequestId};
use crate::world::{ApiError, Service};

const BOTH: &str = "The parameters MetricData.member.1.Value and MetricData.member.1.Values are \
                    mutually exclusive and you have specified both.";

pub(super) fn manner(protocol: Protocol, service: Service) -> Manner {
    let json = if matches!(service, Service::Monitoring | Service::Sqs) { "1.0" } else { "1.1" };
    Manner { protocol, service: Some(service), json, query_mode: false }
}

fn told(manner: Manner, name: &str, message: &str) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let reply = Reply::error(&manner, None, &ApiError::new(name, message), &RequestId::nth(1));
    reply.into_parts_for_tests()
}

fn text(body: Vec<u8>) -> String {
    String::from_utf8(body).unwrap()
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Captured 2026-09-14T02:50:10Z.
#[test]
fn cloudwatch_query() {
    let manner = manner(Protocol::Query, Service::Monitoring);
    let (status, headers, body) = told(manner, "InvalidParameterCombinationException", BOTH);
    let body = text(body);
    let (start, rest) = body.split_once("<RequestId>").unwrap();
    let (_, end) = rest.split_once("</RequestId>").unwrap();
    assert_eq!(
        format!("{start}<RequestId>f927d7ab-cf24-42c0-9898-a10018498d79</RequestId>{end}"),
        "<ErrorResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">\n  <Error>\n    <Type>Sender</Type>\n    <Code>InvalidParameterCombination</Code>\n    <Message>The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.</Message>\n  </Error>\n  <RequestId>f927d7ab-cf24-42c0-9898-a10018498d79</RequestId>\n</ErrorResponse>\n"
    );
    assert_eq!((status, header(&headers, "content-type")), (400, Some("text/xml")));
}

/// Captured 2026-09-14T01:49:22Z.
#[test]
fn cloudwatch_json() {
    let manner = manner(Protocol::Json, Service::Monitoring);
    let (status, headers, body) = told(manner, "InvalidParameterCombinationException", BOTH);
    let expected = format!(
        r#"{{"__type":"com.amazon.coral.service#InvalidParameterCombinationException","message":"{BOTH}"}}"#
    );
    assert_eq!(text(body), expected);
    assert_eq!(status, 400);
    assert_eq!(header(&headers, "content-type"), Some("application/x-amz-json-1.0"));
    assert_eq!(header(&headers, "x-amzn-query-error"), None);
    assert!(header(&headers, "x-amzn-requestid").is_some());
}

/// Captured 2026-09-23T17:53Z.
#[test]
fn cloudwatch_validation() {
    let message = "MetricsInsights monitors do not support less than 60 seconds period";
    for name in ["ValidationException", "ValidationError"] {
        let (status, _, body) = told(manner(Protocol::Json, Service::Monitoring), name, message);
        let expected = format!(
            r#"{{"__type":"com.amazon.coral.validate#ValidationException","message":"{message}"}}"#
        );
        assert_eq!((status, text(body)), (400, expected));
        let (_, _, body) = told(manner(Protocol::Query, Service::Monitoring), name, message);
        assert!(text(body).contains("<Code>ValidationError</Code>"));
    }
}

/// Captured 2026-09-14T01:49:22Z.
#[test]
fn cloudwatch_cbor() {
    let manner = Manner { query_mode: true, ..manner(Protocol::Cbor, Service::Monitoring) };
    let (status, headers, body) = told(manner, "InvalidParameterCombinationException", BOTH);
    let body: Cbor = ciborium::from_reader(body.as_slice()).unwrap();
    let kind = "com.amazon.coral.service#InvalidParameterCombinationException";
    let fields = vec![("__type".into(), kind.into()), ("message".into(), BOTH.into())];
    assert_eq!(body, Cbor::Map(fields));
    assert_eq!(status, 400);
    assert_eq!(header(&headers, "content-type"), Some("application/cbor"));
    assert_eq!(header(&headers, "smithy-protocol"), Some("rpc-v2-cbor"));
    let code = header(&headers, "x-amzn-query-error");
    assert_eq!(code, Some("InvalidParameterCombination;Sender"));
}

/// The lengths are what was captured 2026-09-13.
#[test]
fn cloudtrail() {
    let manner = manner(Protocol::Json, Service::CloudTrail);
    let message = "Incorrect S3 bucket policy is detected for bucket: \
                   stackd-s3trail-4e88b522458c-logs";
    let (status, headers, body) = told(manner, "InsufficientS3BucketPolicyException", message);
    assert_eq!((status, body.len()), (400, 144));
    assert_eq!(header(&headers, "content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(header(&headers, "connection"), Some("close"));
    assert!(
        text(body).starts_with(r#"{"__type":"InsufficientS3BucketPolicyException","message":""#)
    );
}

#[test]
fn codes_and_statuses() {
    use Protocol::{Cbor, Json, Query, S3};
    use Service::{Iam, Kms, Logs, Monitoring, SecretsManager, Sns, Sqs, Sts};
    let cases: &[(Protocol, Service, &str, u16, &str)] = &[
        // Captured: CloudWatch and SNS.
        (Query, Monitoring, "ResourceNotFound", 404, "ResourceNotFound"),
        (Cbor, Monitoring, "ResourceNotFoundException", 404, "ResourceNotFoundException"),
        (Query, Monitoring, "InvalidNextToken", 400, "InvalidNextToken"),
        (Query, Monitoring, "InvalidParameterValueException", 400, "InvalidParameterValue"),
        (Query, Monitoring, "AccessDeniedException", 403, "AccessDenied"),
        (Query, Sns, "NotFoundException", 404, "NotFound"),
        (Query, Sns, "AuthorizationErrorException", 403, "AuthorizationError"),
        (Query, Sns, "AccessDeniedException", 403, "AuthorizationError"),
        (Query, Sns, "InvalidParameterException", 400, "InvalidParameter"),
        // Captured: denied is 400 in Logs.
        (Json, Logs, "AccessDeniedException", 400, "AccessDeniedException"),
        (Json, Logs, "ResourceNotFoundException", 400, "ResourceNotFoundException"),
        (Json, SecretsManager, "ResourceNotFoundException", 400, "ResourceNotFoundException"),
        // The rest by the models and the pages of common errors.
        (Query, Iam, "NoSuchEntityException", 404, "NoSuchEntity"),
        (Query, Iam, "EntityAlreadyExistsException", 409, "EntityAlreadyExists"),
        (Query, Sts, "ThrottlingException", 400, "Throttling"),
        (Json, Kms, "NotFoundException", 400, "NotFoundException"),
        (Json, Kms, "InternalFailure", 500, "InternalFailure"),
        (Json, Sqs, "QueueDoesNotExist", 400, "QueueDoesNotExist"),
        (Cbor, Monitoring, "UnknownOperationException", 404, "UnknownOperationException"),
        (S3, Service::S3, "NoSuchBucketPolicy", 404, "NoSuchBucketPolicy"),
        (
            S3,
            Service::S3,
            "NoSuchPublicAccessBlockConfiguration",
            404,
            "NoSuchPublicAccessBlockConfiguration",
        ),
        (
            S3,
            Service::S3,
            "ServerSideEncryptionConfigurationNotFoundError",
            404,
            "ServerSideEncryptionConfigurationNotFoundError",
        ),
        (S3, Service::S3, "AccessDeniedException", 403, "AccessDenied"),
        (S3, Service::S3, "BucketAlreadyOwnedByYou", 409, "BucketAlreadyOwnedByYou"),
        (S3, Service::S3, "MalformedPolicy", 400, "MalformedPolicy"),
        (S3, Service::S3, "InternalFailure", 500, "InternalError"),
    ];
    for (protocol, service, name, status, code) in cases {
        let manner = manner(*protocol, *service);
        let (told_status, _, body) = told(manner, name, "why");
        let error = ApiError::new(name, "why");
        assert_eq!(
            (told_status, Reply::code(&manner, &error).as_str()),
            (*status, *code),
            "{name}"
        );
        let shown = String::from_utf8_lossy(&body);
        assert!(shown.contains(code) && shown.contains("why"), "{shown}");
    }
}

#[test]
fn sqs_tells_its_old_codes_to_who_asks() {
    let manner = Manner { query_mode: true, ..manner(Protocol::Json, Service::Sqs) };
    let (_, headers, body) =
        told(manner, "QueueDoesNotExist", "The specified queue does not exist.");
    let code = header(&headers, "x-amzn-query-error");
    assert_eq!(code, Some("AWS.SimpleQueueService.NonExistentQueue;Sender"));
    let body = text(body);
    assert!(body.starts_with(r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","#), "{body}");
}
