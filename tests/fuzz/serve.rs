//! No request makes the lab's server panic while it reads.
//!
//! The first byte chooses protocol and operation; the rest is headers or path, a NUL, the body.
#![no_main]

use bytes::Bytes;
use hyper::Request;
use libfuzzer_sys::fuzz_target;
use secmon_lab::serve::understand;

/// Service, method, path, and a header.
static STARTS: &[(&str, &str, &str, (&str, &str))] = &[
    ("cloudtrail", "POST", "/", ("x-amz-target", "CloudTrail_20131101.PutEventSelectors")),
    ("logs", "POST", "/", ("x-amz-target", "Logs_20140328.PutMetricFilter")),
    ("logs", "POST", "/", ("x-amz-target", "Logs_20140328.PutTransformer")),
    ("secretsmanager", "POST", "/", ("x-amz-target", "secretsmanager.CreateSecret")),
    ("kms", "POST", "/", ("x-amz-target", "TrentService.CreateGrant")),
    ("organizations", "POST", "/", ("x-amz-target", "AWSOrganizationsV20161128.ListAccounts")),
    ("events", "POST", "/", ("x-amz-target", "AWSEvents.PutTargets")),
    ("sqs", "POST", "/", ("x-amz-target", "AmazonSQS.SendMessage")),
    ("monitoring", "POST", "/", ("x-amz-target", "GraniteServiceVersion20100801.PutMetricAlarm")),
    (
        "monitoring",
        "POST",
        "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm",
        ("smithy-protocol", "rpc-v2-cbor"),
    ),
    (
        "monitoring",
        "POST",
        "/service/GraniteServiceVersion20100801/operation/PutMetricData",
        ("content-encoding", "gzip"),
    ),
    ("monitoring", "POST", "/", ("x-query", "1")),
    ("sns", "POST", "/", ("x-query", "1")),
    ("iam", "POST", "/", ("x-query", "1")),
    ("sts", "GET", "/?Action=AssumeRole", ("x-query", "1")),
    ("s3", "PUT", "/bucket?lifecycle", ("x-amz-meta-a", "b")),
    ("s3", "PUT", "/bucket?acl", ("x-amz-acl", "private")),
    ("s3", "POST", "/bucket?delete", ("x-amz-meta-a", "b")),
    ("s3", "PUT", "/bucket/key", ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")),
    ("s3", "GET", "/bucket/key", ("range", "bytes=0-1")),
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let (service, method, path, (name, value)) = STARTS[usize::from(*first) % STARTS.len()];
    let (head, body) = match rest.iter().position(|byte| *byte == 0) {
        // Only some of the requests have a strange head.
        Some(end) if first.is_ascii_uppercase() => (&rest[..end], &rest[end + 1..]),
        _ => (&[][..], rest),
    };
    let head = String::from_utf8_lossy(head);
    let scope = format!("AKIA123456789012/20260914/eu-west-1/{service}/aws4_request");
    let builder = Request::builder()
        .method(method)
        .uri(format!("{path}{head}"))
        .header("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, Signature=0"))
        .header("host", format!("127.0.0.1{head}"))
        .header(name, value);
    // What is no request does not reach the server.
    if let Ok(request) = builder.body(Bytes::copy_from_slice(body)) {
        let _ = understand(request);
    }
});
