//! AWS Query: a form in, XML out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::model::{Kind, Model, Operation, Shape};
use super::xml::Document;
use super::{shaped, typed};
use crate::world::ApiError;

/// What forms may be nested; the tree is walked recursively.
const MAX_DEPTH: usize = 32;

/// A form's parameters by the parts of their names: `Tags.member.1.Key`.
#[derive(Debug, Default)]
struct Node {
    text: Option<String>,
    children: BTreeMap<String, Node>,
}

/// A form, in a body or in the query of a URL.
pub(super) fn form(bytes: &[u8]) -> Result<Vec<(String, String)>, ApiError> {
    serde_urlencoded::from_bytes(bytes).map_err(|error| typed::unreadable(&error.to_string()))
}

/// A parameter of a form.
pub(super) fn parameter<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The input that a form tells.
pub(super) fn input(
    model: &Model,
    shape: &Shape,
    form: Vec<(String, String)>,
) -> Result<Value, ApiError> {
    let mut root = Node::default();
    for (key, value) in form {
        if key.split('.').count() > MAX_DEPTH {
            return Err(typed::unreadable("Unexpected nesting of parameters"));
        }
        let node = key
            .split('.')
            .fold(&mut root, |node, part| node.children.entry(part.to_owned()).or_default());
        node.text = Some(value);
    }
    Ok(read(model, shape, &root)?.unwrap_or_else(|| Map::new().into()))
}

fn read(model: &Model, shape: &Shape, node: &Node) -> Result<Option<Value>, ApiError> {
    Ok(Some(match shape.kind {
        Kind::Structure => {
            let mut members = Map::new();
            for member in &shape.members {
                let inner = model.shape(&member.shape);
                let Some(node) = node.children.get(member.wire()) else { continue };
                if let Some(value) = read(model, inner, node)? {
                    members.insert(member.name.clone(), value);
                }
            }
            members.into()
        }
        Kind::List => {
            let name = shape.member.as_ref().and_then(|item| item.wire.as_deref());
            let items = if shape.flattened {
                Some(node)
            } else {
                node.children.get(name.unwrap_or("member"))
            };
            let inner = model.item(shape.member.as_ref());
            let mut values = Vec::new();
            for item in numbered(items)? {
                values.extend(read(model, inner, item)?);
            }
            values.into()
        }
        Kind::Map => {
            let (key_name, value_name) = shaped::entry_names(shape);
            let entries = if shape.flattened { Some(node) } else { node.children.get("entry") };
            let mut fields = Map::new();
            for entry in numbered(entries)? {
                let key = entry.children.get(key_name).and_then(|node| node.text.clone());
                let key = key.ok_or_else(|| typed::unreadable("Keys may not contain null"))?;
                let Some(value) = entry.children.get(value_name) else { continue };
                if let Some(value) = read(model, model.item(shape.value.as_ref()), value)? {
                    fields.insert(key, value);
                }
            }
            fields.into()
        }
        _ => match &node.text {
            Some(text) => typed::from_text(shape, text)?,
            None => return Err(typed::unreadable("Unexpected complex element termination")),
        },
    }))
}

/// The nodes below a list, by their numbers.
fn numbered(list: Option<&Node>) -> Result<Vec<&Node>, ApiError> {
    let mut nodes = Vec::new();
    for (key, node) in list.iter().flat_map(|list| &list.children) {
        let number: u32 =
            key.parse().map_err(|_| typed::unreadable(&format!("{key} is not a valid index")))?;
        nodes.push((number, node));
    }
    nodes.sort_by_key(|(number, _)| *number);
    Ok(nodes.into_iter().map(|(_, node)| node).collect())
}

/// The body that tells an output.
pub(super) fn body(
    model: &Model,
    name: &str,
    operation: &Operation,
    output: &Value,
    request_id: &str,
) -> Vec<u8> {
    let mut document = Document::indented();
    let xmlns = model.xmlns.as_deref().unwrap_or_default();
    document.element(&format!("{name}Response"), &[("xmlns", xmlns)], |document| {
        if let (Some(shape), Some(wrapper)) = (&operation.output, &operation.wrapper) {
            let shape = model.shape(shape);
            if output.as_object().is_none_or(Map::is_empty) {
                document.empty(wrapper, &[]);
            } else {
                document.element(wrapper, &[], |document| {
                    shaped::write_members(document, model, shape, output, time);
                });
            }
        }
        document.element("ResponseMetadata", &[], |document| {
            document.text("RequestId", request_id);
        });
    });
    document.finish("\n")
}

/// The body that tells an error, as captured from CloudWatch 2026-09-14.
pub(super) fn error(
    model: Option<&Model>,
    status: u16,
    code: &str,
    message: &str,
    request_id: &str,
) -> Vec<u8> {
    let mut document = Document::indented();
    let xmlns = model.and_then(|model| model.xmlns.as_deref());
    let attributes: Vec<(&str, &str)> = xmlns.map(|uri| ("xmlns", uri)).into_iter().collect();
    document.element("ErrorResponse", &attributes, |document| {
        document.element("Error", &[], |document| {
            document.text("Type", if status < 500 { "Sender" } else { "Receiver" });
            document.text("Code", code);
            document.text("Message", message);
        });
        document.text("RequestId", request_id);
    });
    document.finish("\n")
}

/// `2026-09-14T01:49:22Z`, with milliseconds where there are any.
fn time(time: Timestamp) -> String {
    match time.as_millisecond().rem_euclid(1000) {
        0 => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        _ => time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
    }
}
