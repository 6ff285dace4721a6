//! How S3's requests name buckets and objects, and bring bodies.

use bytes::Bytes;
use serde_json::json;

use super::super::understand;
use super::requests::signed;
use crate::world::Service;

#[test]
fn buckets_are_in_paths_and_in_host_names() {
    let bucket = |host: &str, uri: &str| {
        let request = signed(Service::S3).method("GET").uri(uri).header("host", host);
        let (_, name, input) = understand(request.body(Bytes::new()).unwrap()).unwrap();
        (
            name,
            input["Bucket"].as_str().map(str::to_owned),
            input["Key"].as_str().map(str::to_owned),
        )
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(bucket("127.0.0.1:4599", "/b/a/c%20d"), ("GetObject", some("b"), some("a/c d")));
    assert_eq!(bucket("b.localhost:4599", "/a/c"), ("GetObject", some("b"), some("a/c")));
    assert_eq!(bucket("s3.localhost:4599", "/b?policy"), ("GetBucketPolicy", some("b"), None));
    let host = "b.x.s3.eu-west-1.amazonaws.com";
    assert_eq!(bucket(host, "/?location"), ("GetBucketLocation", some("b.x"), None));
    let host = "s3.eu-west-1.amazonaws.com";
    assert_eq!(bucket(host, "/b/?list-type=2"), ("ListObjectsV2", some("b"), None));
    assert_eq!(bucket("localhost", "/b?prefix=x"), ("ListObjects", some("b"), None));
    assert_eq!(bucket("localhost", "/"), ("ListBuckets", None, None));
    assert_eq!(bucket("localhost", "/?x-id=ListBuckets"), ("ListBuckets", None, None));
}

#[test]
fn uploads_in_chunks_are_put_together() {
    let body = "5;chunk-signature=00\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
    let request = signed(Service::S3)
        .method("PUT")
        .uri("/b/k?x-id=PutObject")
        .header("content-encoding", "aws-chunked")
        .header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        .header("x-amz-meta-Colour", "red");
    let (_, name, input) = understand(request.body(body.into()).unwrap()).unwrap();
    assert_eq!((name, &input["Body"]), ("PutObject", &json!("aGVsbG8gd29ybGQ=")));
    assert_eq!(input["Metadata"], json!({ "colour": "red" }));
    let cut = signed(Service::S3)
        .method("PUT")
        .uri("/b/k")
        .header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    let error = understand(cut.body("ff\r\nhello".into()).unwrap()).unwrap_err();
    assert_eq!(error.name, "IncompleteBody");
}
