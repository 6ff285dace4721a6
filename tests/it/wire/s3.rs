//! S3's REST protocol, as far as one operation needs: the bucket in the path, or in the host name.

use hyper::http::request::Parts;
use serde_json::{Value, json};

use super::answer::Problem;
use super::query::xml;
use super::reply::Reply;

/// Operation and parameters.
pub(super) fn read(head: &Parts) -> Result<(String, Value), String> {
    let query = head.uri.query().unwrap_or_default();
    let parameters: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|error| format!("no query: {error}"))?;
    let asks = |name: &str| parameters.iter().any(|(parameter, _)| parameter == name);
    if head.method != "GET" || !asks("policy") {
        return Err("secmon asks S3 for bucket policies only".to_owned());
    }
    let bucket = head.uri.path().trim_matches('/');
    Ok(("GetBucketPolicy".to_owned(), json!({ "Bucket": bucket })))
}

/// The policy itself is the body.
pub(super) fn reply(fields: &Value) -> Reply {
    let policy = fields["Policy"].as_str().unwrap_or_default();
    Reply::ok("application/json", policy.as_bytes().to_vec())
}

/// An error.
pub(super) fn error(problem: &Problem) -> Reply {
    let body = xml("Error", json!({ "Code": problem.code, "Message": problem.message }));
    Reply::ok("application/xml", body.into_bytes()).status(problem.status)
}
