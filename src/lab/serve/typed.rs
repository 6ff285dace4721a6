//! Between values of the wire and values of the world.
//!
//! The world knows times as RFC 3339 text and blobs as base64 text, and gets its inputs typed by
//! the model. Both directions go through here; what the model does not have is dropped.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::{Map, Number, Value};

use super::model::{Kind, Model, Shape};
use crate::world::ApiError;

/// A value of JSON or CBOR, as the model types it. Null is absence.
pub(super) fn incoming(model: &Model, shape: &Shape, value: Value) -> Result<Value, ApiError> {
    Ok(match (shape.kind, value) {
        (Kind::Structure, Value::Object(mut fields)) => {
            let mut members = Map::new();
            for member in &shape.members {
                match fields.shift_remove(member.wire()) {
                    None | Some(Value::Null) => {}
                    Some(value) => {
                        let value = incoming(model, model.shape(&member.shape), value)?;
                        members.insert(member.name.clone(), value);
                    }
                }
            }
            Value::Object(members)
        }
        (Kind::Map, Value::Object(fields)) => {
            let shape = model.item(shape.value.as_ref());
            let present = fields.into_iter().filter(|(_, value)| !value.is_null());
            let typed = present.map(|(key, value)| Ok((key, incoming(model, shape, value)?)));
            Value::Object(typed.collect::<Result<_, ApiError>>()?)
        }
        (Kind::List, Value::Array(items)) => {
            let shape = model.item(shape.member.as_ref());
            let present = items.into_iter().filter(|item| !item.is_null());
            let typed = present.map(|item| incoming(model, shape, item));
            Value::Array(typed.collect::<Result<_, _>>()?)
        }
        (Kind::Structure | Kind::Map | Kind::List, value) => {
            return Err(unreadable(&match value {
                Value::Array(_) => "Start of list found where not expected".to_owned(),
                _ => "Expected list or null".to_owned(),
            }));
        }
        (_, Value::Object(_)) => {
            return Err(unreadable("Start of structure or map found where not expected"));
        }
        (_, Value::Array(_)) => {
            return Err(unreadable("Unrecognized collection type class java.lang.String"));
        }
        (Kind::String, Value::String(text)) => Value::String(text),
        (Kind::Blob, Value::String(text)) => match BASE64_STANDARD.decode(&text) {
            Ok(_) => Value::String(text),
            Err(_) => return Err(unreadable("Blob is not base64-encoded")),
        },
        (Kind::Boolean, Value::Bool(truth)) => Value::Bool(truth),
        (Kind::Integer | Kind::Long, Value::Number(number)) => whole(shape, &number)?.into(),
        (Kind::Float | Kind::Double, Value::Number(number)) => Value::Number(number),
        (Kind::Timestamp, Value::Number(number)) => moment(&number)?.to_string().into(),
        (Kind::Timestamp, Value::String(text)) => match text.parse::<Timestamp>() {
            Ok(time) => time.to_string().into(),
            Err(_) => return Err(unreadable(&format!("Invalid timestamp: {text}"))),
        },
        (kind, value) => return Err(misplaced(&value, kind)),
    })
}

/// A value that travels as text: in forms, XML, headers and query strings.
pub(super) fn from_text(shape: &Shape, text: &str) -> Result<Value, ApiError> {
    let wrong = || misplaced(&Value::String(text.to_owned()), shape.kind);
    Ok(match shape.kind {
        Kind::Integer | Kind::Long => {
            let number: Number = text.trim().parse().map_err(|_| wrong())?;
            whole(shape, &number)?.into()
        }
        Kind::Float | Kind::Double => {
            let number: f64 = text.trim().parse().map_err(|_| wrong())?;
            Number::from_f64(number).ok_or_else(wrong)?.into()
        }
        Kind::Boolean => match text.trim() {
            "true" | "True" | "1" => true.into(),
            "false" | "False" | "0" => false.into(),
            _ => return Err(wrong()),
        },
        Kind::Timestamp => {
            let rfc3339 = text.trim().parse::<Timestamp>().ok();
            let read = || rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok();
            let time = rfc3339.or_else(read);
            time.ok_or_else(|| unreadable(&format!("Invalid timestamp: {text}")))?
                .to_string()
                .into()
        }
        Kind::Blob => match BASE64_STANDARD.decode(text.trim()) {
            Ok(_) => text.trim().into(),
            Err(_) => return Err(unreadable("Blob is not base64-encoded")),
        },
        Kind::String => text.into(),
        Kind::Structure | Kind::List | Kind::Map => return Err(wrong()),
    })
}

/// A value of the world as the model has it: no other members, no nulls, times as RFC 3339 text.
/// `None` is what cannot be told at all.
pub(super) fn outgoing(model: &Model, shape: &Shape, value: &Value) -> Option<Value> {
    Some(match (shape.kind, value) {
        (_, Value::Null) => return None,
        (Kind::Structure, Value::Object(fields)) => {
            let member = |name: &str, shape| outgoing(model, model.shape(shape), fields.get(name)?);
            let members = shape.members.iter();
            let told = members.filter_map(|m| Some((m.name.clone(), member(&m.name, &m.shape)?)));
            Value::Object(told.collect())
        }
        (Kind::Map, Value::Object(fields)) => {
            let shape = model.item(shape.value.as_ref());
            let told = fields.iter();
            let told = told.filter_map(|(key, v)| Some((key.clone(), outgoing(model, shape, v)?)));
            Value::Object(told.collect())
        }
        (Kind::List, Value::Array(items)) => {
            let shape = model.item(shape.member.as_ref());
            items.iter().filter_map(|item| outgoing(model, shape, item)).collect()
        }
        (Kind::Integer | Kind::Long, Value::Number(number)) => match number.as_i64() {
            Some(number) => number.into(),
            None => (number.as_f64()? as i64).into(),
        },
        // Logs has its times as milliseconds.
        (Kind::Long, Value::String(text)) => {
            text.parse::<Timestamp>().ok()?.as_millisecond().into()
        }
        (Kind::Float | Kind::Double, Value::Number(number)) => number.as_f64()?.into(),
        (Kind::Timestamp, Value::Number(number)) => moment(number).ok()?.to_string().into(),
        (Kind::Timestamp, Value::String(text)) => {
            text.parse::<Timestamp>().ok()?.to_string().into()
        }
        (Kind::String | Kind::Blob, Value::String(text)) => text.clone().into(),
        (Kind::Boolean, Value::Bool(truth)) => (*truth).into(),
        // Attributes are text whatever they tell: numbers, truth, policies.
        (Kind::String, other) => other.to_string().into(),
        _ => return None,
    })
}

/// The time in a value that [`outgoing`] made.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// The bytes in a value that [`outgoing`] made.
pub(super) fn bytes(value: &Value) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(value.as_str()?).ok()
}

/// Bytes as the world has them.
pub(super) fn blob(bytes: &[u8]) -> Value {
    BASE64_STANDARD.encode(bytes).into()
}

/// What cannot be read.
pub(super) fn unreadable(message: &str) -> ApiError {
    ApiError::new("SerializationException", message)
}

fn whole(shape: &Shape, number: &Number) -> Result<i64, ApiError> {
    let integral = |number: f64| number.fract() == 0.0 && number.abs() < 9e15;
    let float = || number.as_f64().filter(|number| integral(*number)).map(|number| number as i64);
    let whole = number.as_i64().or_else(float);
    let fits = |whole: &i64| shape.kind == Kind::Long || i32::try_from(*whole).is_ok();
    whole.filter(fits).ok_or_else(|| misplaced(&Value::Number(number.clone()), shape.kind))
}

fn moment(number: &Number) -> Result<Timestamp, ApiError> {
    let milliseconds = number.as_f64().map(|seconds| (seconds * 1000.0).round() as i64);
    let time = milliseconds.and_then(|value| Timestamp::from_millisecond(value).ok());
    time.ok_or_else(|| unreadable(&format!("Invalid timestamp: {number}")))
}

fn misplaced(value: &Value, kind: Kind) -> ApiError {
    let token = match value {
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(number) if number.is_f64() => "DECIMAL_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        _ => "STRING_VALUE",
    };
    unreadable(&format!("{token} cannot be converted to {kind:?}"))
}
