//! Nothing that arrives makes the reading side panic.

use bytes::Bytes;
use hyper::Request;
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::asked::Protocol;
use super::super::understand;
use super::requests::{request, signed};
use crate::world::Service;

fn targets() -> impl Strategy<Value = (Service, &'static str)> {
    prop_oneof![
        Just((Service::CloudTrail, "CloudTrail_20131101.CreateTrail")),
        Just((Service::Logs, "Logs_20140328.PutLogEvents")),
        Just((Service::Kms, "TrentService.CreateKey")),
        Just((Service::Monitoring, "GraniteServiceVersion20100801.PutMetricAlarm")),
        Just((Service::Sqs, "AmazonSQS.SendMessage")),
        Just((Service::SecretsManager, "secretsmanager.CreateSecret")),
    ]
}

proptest! {
    #[test]
    fn json((service, target) in targets(), body in vec(any::<u8>(), 0..200)) {
        let request = signed(service).header("x-amz-target", target).body(Bytes::from(body));
        let _ = understand(request.unwrap());
    }

    #[test]
    fn json_of_other_shapes((service, target) in targets(), body in "[\\[\\]{}:,\"a-zA-Z0-9.-]{0,60}") {
        let request = signed(service).header("x-amz-target", target).body(Bytes::from(body));
        let _ = understand(request.unwrap());
    }

    #[test]
    fn cbor(body in vec(any::<u8>(), 0..200)) {
        let uri = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
        let request = signed(Service::Monitoring).uri(uri).body(Bytes::from(body));
        let _ = understand(request.unwrap());
    }

    #[test]
    fn forms(body in "(Action=CreateTopic|Action=Subscribe|)&?Version=2010-03-31(&[A-Za-z.0-9%]{0,30}=[a-z%&.]{0,9}){0,5}") {
        let _ = understand(signed(Service::Sns).body(Bytes::from(body)).unwrap());
    }

    #[test]
    fn xml(body in "(<[a-zA-Z:&; \"=!?/]{0,12}>|[a-z&;#x0-9]{0,5}|</Tagging>|<Tagging>|<TagSet>|<Tag>){0,9}") {
        let request = signed(Service::S3).method("PUT").uri("/bucket?tagging");
        let _ = understand(request.body(Bytes::from(body)).unwrap());
    }

    #[test]
    fn chunks(body in vec(any::<u8>(), 0..99), size in "[0-9a-f]{1,20}") {
        let framed = [size.as_bytes(), b"\r\n", &body, b"\r\n0\r\n\r\n"].concat();
        let request = signed(Service::S3).method("PUT").uri("/bucket/key");
        let request = request.header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        let _ = understand(request.body(framed.into()).unwrap());
    }

    #[test]
    fn heads(path in "/[a-zA-Z0-9%/._-]{0,20}", query in "[a-zA-Z0-9%=&+-]{0,20}", host in "[a-z0-9.:]{0,30}", scope in "[ -~]{0,60}") {
        let request = Request::builder()
            .uri(format!("{path}?{query}"))
            .header("host", host)
            .header("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}"));
        let _ = understand(request.body(Bytes::new()).unwrap());
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = "[".repeat(100_000);
    let target = "CloudTrail_20131101.CreateTrail";
    let json = signed(Service::CloudTrail).header("x-amz-target", target).body(deep.into());
    assert_eq!(understand(json.unwrap()).unwrap_err().name, "SerializationException");
    let uri = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
    let cbor = signed(Service::Monitoring).uri(uri).body(vec![0x81; 100_000].into());
    assert_eq!(understand(cbor.unwrap()).unwrap_err().name, "SerializationException");
    let xml = signed(Service::S3).method("PUT").uri("/bucket?tagging");
    let xml = xml.body("<a>".repeat(100_000).into());
    assert_eq!(understand(xml.unwrap()).unwrap_err().name, "MalformedXML");
    let form = format!("Action=CreateTopic&Version=2010-03-31&{}=1", "a.".repeat(100_000));
    let form = signed(Service::Sns).body(form.into());
    assert_eq!(understand(form.unwrap()).unwrap_err().name, "SerializationException");
}

#[test]
fn entities_of_a_document_are_refused() {
    let xml = "<!DOCTYPE a [<!ENTITY b \"c\">]><Tagging><TagSet/></Tagging>";
    let request = signed(Service::S3).method("PUT").uri("/bucket?tagging").body(xml.into());
    assert_eq!(understand(request.unwrap()).unwrap_err().name, "MalformedXML");
}

#[test]
fn wrong_types_are_named() {
    let input = serde_json::json!({ "Name": 5, "S3BucketName": "bucket" });
    let body = input.to_string();
    let request =
        request(Service::CloudTrail, Protocol::Json, "GetTrail", &serde_json::json!({"Name": "a"}));
    let (mut parts, _) = request.into_parts();
    parts.headers.insert("x-amz-target", "CloudTrail_20131101.CreateTrail".parse().unwrap());
    let error = understand(Request::from_parts(parts, body.into())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "SerializationException: NUMBER_VALUE cannot be converted to String"
    );
}
