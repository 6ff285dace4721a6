//! Smithy RPC v2 CBOR: the operation in the path, CBOR both ways, times tagged 1.

use ciborium::Value as Cbor;
use hyper::http::request::Parts;
use serde_json::{Value, json};

use super::answer::{Problem, is_time};
use super::call::header;
use super::reply::Reply;

const EPOCH_SECONDS: u64 = 1;

/// Operation and parameters.
pub(super) fn read(service: &str, head: &Parts, body: &[u8]) -> Result<(String, Value), String> {
    if header(head, "smithy-protocol") != "rpc-v2-cbor" {
        return Err("no Smithy-Protocol: rpc-v2-cbor".to_owned());
    }
    let path = head.uri.path();
    let operation = path
        .strip_prefix("/service/")
        .and_then(|rest| rest.strip_prefix(service)?.strip_prefix("/operation/"))
        .ok_or_else(|| format!("path {path}"))?;
    let params: Cbor = match body {
        [] => Cbor::Map(Vec::new()),
        _ => ciborium::from_reader(body).map_err(|error| format!("no CBOR: {error}"))?,
    };
    Ok((operation.to_owned(), to_json(params)))
}

/// The answer's body.
pub(super) fn reply(fields: Value) -> Reply {
    let mut body = Vec::new();
    ciborium::into_writer(&to_cbor(fields), &mut body).expect("CBOR of JSON");
    Reply::ok("application/cbor", body).header("smithy-protocol", "rpc-v2-cbor")
}

/// An error. AWS gives the code of the older protocol in a header, because the SDKs ask for it.
pub(super) fn error(problem: &Problem) -> Reply {
    let shape = format!("com.amazon.coral.service#{}", problem.shape);
    let fault = if problem.status < 500 { "Sender" } else { "Receiver" };
    reply(json!({ "__type": shape, "message": problem.message }))
        .header("x-amzn-query-error", format!("{};{fault}", problem.code))
        .status(problem.status)
}

fn to_json(value: Cbor) -> Value {
    match value {
        Cbor::Tag(_, inner) => to_json(*inner),
        Cbor::Array(items) => items.into_iter().map(to_json).collect(),
        Cbor::Map(fields) => fields
            .into_iter()
            .map(|(name, value)| (name.into_text().unwrap_or_default(), to_json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Cbor::Integer(number) => json!(i128::from(number) as i64),
        Cbor::Float(number) => json!(number),
        Cbor::Text(text) => json!(text),
        Cbor::Bool(truth) => json!(truth),
        _ => Value::Null,
    }
}

fn to_cbor(value: Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(truth) => Cbor::Bool(truth),
        Value::String(text) => Cbor::Text(text),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Cbor::Integer(integer.into()),
            None => Cbor::Float(number.as_f64().expect("a number")),
        },
        Value::Array(items) => Cbor::Array(items.into_iter().map(to_cbor).collect()),
        Value::Object(fields) => Cbor::Map(
            fields
                .into_iter()
                .map(|(name, value)| {
                    let value = match is_time(&name, &value) {
                        Some(time) => {
                            let seconds = Cbor::Float(time.as_duration().as_secs_f64());
                            Cbor::Tag(EPOCH_SECONDS, Box::new(seconds))
                        }
                        None => to_cbor(value),
                    };
                    (Cbor::Text(name), value)
                })
                .collect(),
        ),
    }
}
