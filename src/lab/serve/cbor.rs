//! Smithy RPC v2 CBOR: the operation in the path, CBOR both ways, times tagged 1.

use ciborium::Value as Cbor;
use serde_json::{Map, Value};

use super::model::{Kind, Model, Shape};
use super::typed;
use crate::world::ApiError;

const EPOCH_SECONDS: u64 = 1;

/// The input in a body. An empty one is no members.
pub(super) fn input(model: &Model, shape: &Shape, body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let value: Cbor = ciborium::from_reader(body).map_err(|_| typed::unreadable(""))?;
    typed::incoming(model, shape, to_json(value)?)
}

/// The body that tells an output.
pub(super) fn body(model: &Model, shape: &Shape, output: Value) -> Vec<u8> {
    written(&to_cbor(model, shape, output))
}

/// The body that tells an error.
pub(super) fn error(kind: &str, message: &str) -> Vec<u8> {
    let mut fields = vec![(Cbor::from("__type"), Cbor::from(kind))];
    if !message.is_empty() {
        fields.push((Cbor::from("message"), Cbor::from(message)));
    }
    written(&Cbor::Map(fields))
}

fn written(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a Vec does not fail.
    let _ = ciborium::into_writer(value, &mut bytes);
    bytes
}

/// As JSON would say it: bytes in base64, times as their numbers.
fn to_json(value: Cbor) -> Result<Value, ApiError> {
    let misread = || typed::unreadable("");
    Ok(match value {
        Cbor::Null => Value::Null,
        Cbor::Bool(truth) => truth.into(),
        Cbor::Text(text) => text.into(),
        Cbor::Bytes(bytes) => typed::blob(&bytes),
        Cbor::Integer(number) => i64::try_from(i128::from(number)).map_err(|_| misread())?.into(),
        Cbor::Float(number) => serde_json::Number::from_f64(number).ok_or_else(misread)?.into(),
        Cbor::Tag(_, inner) => to_json(*inner)?,
        Cbor::Array(items) => items.into_iter().map(to_json).collect::<Result<_, _>>()?,
        Cbor::Map(fields) => {
            let field = |(name, value): (Cbor, Cbor)| {
                Ok((name.into_text().map_err(|_| misread())?, to_json(value)?))
            };
            Value::Object(fields.into_iter().map(field).collect::<Result<_, ApiError>>()?)
        }
        _ => return Err(misread()),
    })
}

fn to_cbor(model: &Model, shape: &Shape, value: Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(truth) => truth.into(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) if !number.is_f64() => whole.into(),
            _ => number.as_f64().unwrap_or_default().into(),
        },
        Value::String(text) => match shape.kind {
            Kind::Timestamp => {
                let time = text.parse::<jiff::Timestamp>();
                let milliseconds = time.map_or(0, jiff::Timestamp::as_millisecond);
                let seconds = match milliseconds % 1000 {
                    0 => Cbor::from(milliseconds / 1000),
                    _ => Cbor::from(milliseconds as f64 / 1000.0),
                };
                Cbor::Tag(EPOCH_SECONDS, Box::new(seconds))
            }
            Kind::Blob => typed::bytes(&Value::String(text)).unwrap_or_default().into(),
            _ => text.into(),
        },
        Value::Array(items) => {
            let shape = model.item(shape.member.as_ref());
            items.into_iter().map(|item| to_cbor(model, shape, item)).collect::<Vec<_>>().into()
        }
        Value::Object(fields) => {
            let inner = |name: &str| match shape.kind {
                Kind::Map => model.item(shape.value.as_ref()),
                _ => {
                    let member = shape.members.iter().find(|member| member.name == name);
                    model.shape(member.map_or("", |member| &member.shape))
                }
            };
            let field = |(name, value): (String, Value)| {
                let value = to_cbor(model, inner(&name), value);
                (Cbor::from(name), value)
            };
            Cbor::Map(fields.into_iter().map(field).collect())
        }
    }
}
