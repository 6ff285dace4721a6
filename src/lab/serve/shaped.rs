//! XML by the model: lists of `<member>`, maps of `<entry>`, attributes, names that differ.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::model::{Kind, Member, Model, Shape};
use super::typed;
use super::xml::{Document, Element};
use crate::world::ApiError;

/// How a service writes times into its XML.
pub(super) type TimeText = fn(Timestamp) -> String;

/// The name of a flattened list's elements, and whether the list is flattened.
fn element_name<'a>(member: &'a Member, shape: &'a Shape) -> (&'a str, bool) {
    let flattened = member.flattened || shape.flattened;
    let item = shape.member.as_ref().and_then(|item| item.wire.as_deref());
    match item {
        Some(name) if flattened && shape.kind == Kind::List => (name, true),
        _ => (member.wire(), flattened),
    }
}

/// What an element tells, by a shape.
pub(super) fn read(model: &Model, shape: &Shape, element: &Element) -> Result<Value, ApiError> {
    Ok(match shape.kind {
        Kind::Structure => {
            let mut members = Map::new();
            for member in shape.members.iter().filter(|member| member.location.is_none()) {
                if let Some(value) = read_member(model, member, element)? {
                    members.insert(member.name.clone(), value);
                }
            }
            members.into()
        }
        Kind::List => {
            let item = shape.member.as_ref().and_then(|item| item.wire.as_deref());
            read_items(model, shape, element.named(item.unwrap_or("member")))?
        }
        Kind::Map => read_entries(model, shape, element.named("entry"))?,
        _ => typed::from_text(shape, &element.text)?,
    })
}

fn read_member(
    model: &Model,
    member: &Member,
    element: &Element,
) -> Result<Option<Value>, ApiError> {
    let shape = model.shape(&member.shape);
    if member.attribute {
        let found = element.attributes.iter().find(|(name, _)| name == member.wire());
        return found.map(|(_, value)| typed::from_text(shape, value)).transpose();
    }
    let (name, flattened) = element_name(member, shape);
    let Some(first) = element.named(name).next() else { return Ok(None) };
    Ok(Some(match shape.kind {
        Kind::List if flattened => read_items(model, shape, element.named(name))?,
        Kind::Map if flattened => read_entries(model, shape, element.named(name))?,
        _ => read(model, shape, first)?,
    }))
}

fn read_items<'a>(
    model: &Model,
    shape: &Shape,
    elements: impl Iterator<Item = &'a Element>,
) -> Result<Value, ApiError> {
    let shape = model.item(shape.member.as_ref());
    elements.map(|element| read(model, shape, element)).collect()
}

fn read_entries<'a>(
    model: &Model,
    shape: &Shape,
    entries: impl Iterator<Item = &'a Element>,
) -> Result<Value, ApiError> {
    let (key, value) = entry_names(shape);
    let mut fields = Map::new();
    for entry in entries {
        let (Some(key), Some(value)) = (entry.named(key).next(), entry.named(value).next()) else {
            return Err(typed::unreadable("Map entry without key or value"));
        };
        let value = read(model, model.item(shape.value.as_ref()), value)?;
        fields.insert(key.text.clone(), value);
    }
    Ok(fields.into())
}

/// The names of keys and values in a map's entries.
pub(super) fn entry_names(shape: &Shape) -> (&str, &str) {
    let key = shape.key.as_ref().and_then(|item| item.wire.as_deref());
    let value = shape.value.as_ref().and_then(|item| item.wire.as_deref());
    (key.unwrap_or("key"), value.unwrap_or("value"))
}

/// Writes the members of a structure that are in the body.
pub(super) fn write_members(
    document: &mut Document,
    model: &Model,
    shape: &Shape,
    value: &Value,
    time: TimeText,
) {
    for member in shape.members.iter().filter(|m| m.location.is_none() && !m.attribute) {
        let Some(value) = value.get(&member.name) else { continue };
        let shape = model.shape(&member.shape);
        let (name, flattened) = element_name(member, shape);
        match value {
            Value::Array(items) if flattened => {
                let shape = model.item(shape.member.as_ref());
                items.iter().for_each(|item| write(document, model, shape, name, item, time));
            }
            Value::Object(fields) if flattened && shape.kind == Kind::Map => {
                write_entries(document, model, shape, name, fields, time);
            }
            value => write(document, model, shape, name, value, time),
        }
    }
}

/// Writes an element that tells a value.
pub(super) fn write(
    document: &mut Document,
    model: &Model,
    shape: &Shape,
    name: &str,
    value: &Value,
    time: TimeText,
) {
    match value {
        Value::Array(items) if items.is_empty() => document.empty(name, &[]),
        Value::Array(items) => {
            let item_name = shape.member.as_ref().and_then(|item| item.wire.as_deref());
            let shape = model.item(shape.member.as_ref());
            document.element(name, &[], |document| {
                for item in items {
                    write(document, model, shape, item_name.unwrap_or("member"), item, time);
                }
            });
        }
        Value::Object(fields) if shape.kind == Kind::Map => {
            if fields.is_empty() {
                return document.empty(name, &[]);
            }
            document.element(name, &[], |document| {
                write_entries(document, model, shape, "entry", fields, time);
            });
        }
        Value::Object(_) => {
            let told = |member: &&Member| member.attribute && value.get(&member.name).is_some();
            let declared =
                shape.xmlns.as_ref().map(|(prefix, uri)| (format!("xmlns:{prefix}"), uri));
            let mut attributes: Vec<(&str, &str)> =
                declared.iter().map(|(name, uri)| (name.as_str(), uri.as_str())).collect();
            attributes.extend(
                shape
                    .members
                    .iter()
                    .filter(told)
                    .filter_map(|member| Some((member.wire(), value.get(&member.name)?.as_str()?))),
            );
            document.element(name, &attributes, |document| {
                write_members(document, model, shape, value, time);
            });
        }
        value => document.text(name, &scalar(shape, value, time)),
    }
}

fn write_entries(
    document: &mut Document,
    model: &Model,
    shape: &Shape,
    name: &str,
    fields: &Map<String, Value>,
    time: TimeText,
) {
    let (key_name, value_name) = entry_names(shape);
    let inner = model.item(shape.value.as_ref());
    for (key, value) in fields {
        document.element(name, &[], |document| {
            document.text(key_name, key);
            write(document, model, inner, value_name, value, time);
        });
    }
}

/// A value that is no list, map or structure, as text.
pub(super) fn scalar(shape: &Shape, value: &Value, time: TimeText) -> String {
    match value {
        Value::String(text) if shape.kind == Kind::Timestamp => {
            typed::time(value).map_or_else(|| text.clone(), time)
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
