//! Requests as an SDK sends them.

use bytes::Bytes;
use ciborium::Value as Cbor;
use hyper::Request;
use hyper::header::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::super::asked::Protocol;
use super::super::model::{Kind, Location, Model, Shape};
use super::super::shaped;
use super::super::xml::Document;
use crate::world::Service;

/// A value with its times as numbers, as JSON and CBOR have them.
pub(super) fn numbers(model: &Model, shape: &Shape, value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let inner = |name: &str| match shape.kind {
                Kind::Map => model.item(shape.value.as_ref()),
                _ => {
                    let member = shape.members.iter().find(|member| member.name == name).unwrap();
                    model.shape(&member.shape)
                }
            };
            let fields = fields.iter();
            fields
                .map(|(n, v)| (n.clone(), numbers(model, inner(n), v)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(items) => {
            let shape = model.item(shape.member.as_ref());
            items.iter().map(|item| numbers(model, shape, item)).collect()
        }
        Value::String(text) if shape.kind == Kind::Timestamp => {
            json!(text.parse::<jiff::Timestamp>().unwrap().as_second())
        }
        other => other.clone(),
    }
}

fn flatten(
    model: &Model,
    shape: &Shape,
    value: &Value,
    prefix: &str,
    form: &mut Vec<(String, String)>,
) {
    let key =
        |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
    match value {
        Value::Object(fields) if shape.kind == Kind::Map => {
            let (key_name, value_name) = shaped::entry_names(shape);
            for (index, (name, value)) in fields.iter().enumerate() {
                let entry = key(&format!("entry.{}", index + 1));
                form.push((format!("{entry}.{key_name}"), name.clone()));
                let shape = model.item(shape.value.as_ref());
                flatten(model, shape, value, &format!("{entry}.{value_name}"), form);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let member = shape.members.iter().find(|member| member.name == *name).unwrap();
                flatten(model, model.shape(&member.shape), value, &key(member.wire()), form);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let shape = model.item(shape.member.as_ref());
                flatten(model, shape, item, &key(&format!("member.{}", index + 1)), form);
            }
        }
        Value::String(text) => form.push((prefix.to_owned(), text.clone())),
        other => form.push((prefix.to_owned(), other.to_string())),
    }
}

fn to_cbor(value: &Value) -> Cbor {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter();
            Cbor::Map(fields.map(|(name, value)| (name.as_str().into(), to_cbor(value))).collect())
        }
        Value::Array(items) => Cbor::Array(items.iter().map(to_cbor).collect()),
        Value::String(text) => text.as_str().into(),
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64().unwrap().into(),
        },
        Value::Null => Cbor::Null,
    }
}

pub(super) fn signed(service: Service) -> hyper::http::request::Builder {
    let scope =
        format!("AKIA111122223333/20260914/eu-west-1/{}/aws4_request", service.signing_name());
    let signature = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
    Request::builder().method("POST").uri("/").header("authorization", signature)
}

/// A request for an operation, as an SDK would send it.
pub(super) fn request(
    service: Service,
    protocol: Protocol,
    name: &str,
    input: &Value,
) -> Request<Bytes> {
    let model = Model::of(service);
    let shape = model.shape(model.operations[name].input.as_deref().unwrap_or_default());
    let builder = signed(service);
    match protocol {
        Protocol::Json => {
            let target = format!("{}.{name}", model.target.as_deref().unwrap());
            let body = numbers(model, shape, input).to_string();
            builder.header("x-amz-target", target).body(body.into()).unwrap()
        }
        Protocol::Cbor => {
            let uri = format!("/service/GraniteServiceVersion20100801/operation/{name}");
            let mut body = Vec::new();
            ciborium::into_writer(&to_cbor(&numbers(model, shape, input)), &mut body).unwrap();
            builder.uri(uri).header("smithy-protocol", "rpc-v2-cbor").body(body.into()).unwrap()
        }
        Protocol::Query => {
            let mut form = vec![
                ("Action".to_owned(), name.to_owned()),
                ("Version".to_owned(), model.version.clone()),
            ];
            flatten(model, shape, input, "", &mut form);
            builder.body(serde_urlencoded::to_string(form).unwrap().into()).unwrap()
        }
        Protocol::S3 => s3_request(model, name, shape, input),
    }
}

fn s3_request(model: &Model, name: &str, shape: &Shape, input: &Value) -> Request<Bytes> {
    let operation = &model.operations[name];
    let mut uri = operation.uri.clone();
    let mut query = Vec::new();
    let mut builder = signed(Service::S3);
    let mut body = Vec::new();
    for member in &shape.members {
        let Some(value) = input.get(&member.name) else { continue };
        let inner = model.shape(&member.shape);
        let text = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match member.location {
            Some(Location::Uri) => {
                let encoded = utf8_percent_encode(value.as_str().unwrap(), NON_ALPHANUMERIC);
                for hole in [format!("{{{}}}", member.name), format!("{{{}+}}", member.name)] {
                    uri = uri.replace(&hole, &encoded.to_string());
                }
            }
            Some(Location::QueryString) => query.push((member.wire().to_owned(), text())),
            Some(Location::Header) => {
                let text = match value {
                    Value::Array(items) => {
                        let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                        items.join(",")
                    }
                    _ => text(),
                };
                let value = HeaderValue::from_bytes(text.as_bytes()).unwrap();
                builder = builder.header(member.wire(), value);
            }
            Some(Location::Headers) => {
                for (name, value) in value.as_object().unwrap() {
                    builder =
                        builder.header(format!("{}{name}", member.wire()), value.as_str().unwrap());
                }
            }
            None => {
                body = match inner.kind {
                    Kind::Blob => b"hello world".to_vec(),
                    Kind::String => text().into_bytes(),
                    _ => {
                        let mut document = Document::declared();
                        let time = |time: jiff::Timestamp| time.to_string();
                        shaped::write(&mut document, model, inner, member.wire(), value, time);
                        document.finish("")
                    }
                };
            }
        }
    }
    if !query.is_empty() {
        let separator = if uri.contains('?') { '&' } else { '?' };
        uri = format!("{uri}{separator}{}", serde_urlencoded::to_string(query).unwrap());
    }
    builder.method(operation.method.as_str()).uri(uri).body(body.into()).unwrap()
}
