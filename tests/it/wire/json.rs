//! awsJson1.1: `X-Amz-Target`, JSON both ways, `__type` without namespace in errors.

use hyper::http::request::Parts;
use serde_json::{Value, json};

use super::answer::{Problem, is_time};
use super::call::header;
use super::reply::Reply;

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// Operation and parameters.
pub(super) fn read(prefix: &str, head: &Parts, body: &[u8]) -> Result<(String, Value), String> {
    let target = header(head, "x-amz-target");
    let operation = target
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('.'))
        .ok_or_else(|| format!("X-Amz-Target is {target}"))?;
    if header(head, "content-type") != CONTENT_TYPE {
        return Err(format!("Content-Type is {}", header(head, "content-type")));
    }
    let params = serde_json::from_slice(body).map_err(|error| format!("no JSON: {error}"))?;
    Ok((operation.to_owned(), params))
}

/// The answer's body. Times are seconds since 1970.
pub(super) fn reply(mut fields: Value) -> Reply {
    seconds(&mut fields);
    Reply::ok(CONTENT_TYPE, fields.to_string().into_bytes())
}

/// An error.
pub(super) fn error(problem: &Problem) -> Reply {
    let body = json!({ "__type": problem.code, "message": problem.message });
    Reply::ok(CONTENT_TYPE, body.to_string().into_bytes()).status(problem.status)
}

fn seconds(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(seconds),
        Value::Object(fields) => {
            for (name, value) in fields {
                match is_time(name, value) {
                    Some(time) => *value = json!(time.as_duration().as_secs_f64()),
                    None => seconds(value),
                }
            }
        }
        _ => {}
    }
}
