//! awsJson 1.0 and 1.1: `X-Amz-Target`, JSON both ways, times as seconds since 1970.

use serde_json::{Value, json};

use super::model::{Kind, Model, Shape};
use super::typed;
use crate::world::ApiError;

/// The input in a body. An empty one is no members.
pub(super) fn input(model: &Model, shape: &Shape, body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    // AWS says no more than the name.
    let value = serde_json::from_slice(body).map_err(|_| typed::unreadable(""))?;
    typed::incoming(model, shape, value)
}

/// The body that tells an output.
pub(super) fn body(model: &Model, shape: &Shape, mut output: Value) -> Vec<u8> {
    seconds(model, shape, &mut output);
    output.to_string().into_bytes()
}

/// Times as numbers; with milliseconds where there are any (captured: `1790185979.847`).
fn seconds(model: &Model, shape: &Shape, value: &mut Value) {
    match value {
        Value::Object(fields) if shape.kind == Kind::Map => {
            let shape = model.item(shape.value.as_ref());
            fields.values_mut().for_each(|value| seconds(model, shape, value));
        }
        Value::Object(fields) => {
            for member in &shape.members {
                if let Some(value) = fields.get_mut(&member.name) {
                    seconds(model, model.shape(&member.shape), value);
                }
            }
        }
        Value::Array(items) => {
            let shape = model.item(shape.member.as_ref());
            items.iter_mut().for_each(|item| seconds(model, shape, item));
        }
        value => {
            if let (Kind::Timestamp, Some(time)) = (shape.kind, typed::time(value)) {
                *value = match time.as_millisecond() {
                    whole if whole % 1000 == 0 => json!(whole / 1000),
                    part => json!(part as f64 / 1000.0),
                };
            }
        }
    }
}
