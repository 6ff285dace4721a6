//! Every operation of the model, there and back.

use bytes::Bytes;
use ciborium::Value as Cbor;
use hyper::Request;
use hyper::header::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::super::asked::{self, Protocol};
use super::super::model::{Kind, Location, Model, Shape};
use super::super::reply::{Reply, RequestId};
use super::super::xml::{Document, Element};
use super::super::{shaped, understand};
use super::generate::Generator;
use crate::world::Service;

/// What a service is spoken to in.
fn protocols(service: Service) -> &'static [Protocol] {
    match service {
        Service::Monitoring => &[Protocol::Cbor, Protocol::Json, Protocol::Query],
        Service::S3 => &[Protocol::S3],
        Service::Sns | Service::Iam | Service::Sts => &[Protocol::Query],
        _ => &[Protocol::Json],
    }
}

/// A value with its times as numbers, as JSON and CBOR have them.
fn numbers(model: &Model, shape: &Shape, value: &Value) -> Value {
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

/// Without what Query and XML cannot tell from nothing.
fn pruned(value: &Value) -> Value {
    let empty = |value: &Value| *value == json!({}) || *value == json!([]);
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), pruned(value)));
            fields.filter(|(_, value)| !empty(value)).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(pruned).filter(|value| !empty(value)).collect(),
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

fn from_cbor(value: Cbor) -> Value {
    match value {
        Cbor::Map(fields) => {
            let field = |(name, value): (Cbor, Cbor)| (name.into_text().unwrap(), from_cbor(value));
            fields.into_iter().map(field).collect::<Map<_, _>>().into()
        }
        Cbor::Array(items) => items.into_iter().map(from_cbor).collect(),
        Cbor::Text(text) => text.into(),
        Cbor::Bool(truth) => truth.into(),
        Cbor::Integer(number) => json!(i64::try_from(i128::from(number)).unwrap()),
        Cbor::Float(number) => json!(number),
        Cbor::Tag(1, time) => from_cbor(*time),
        other => panic!("{other:?}"),
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

/// What S3 can tell: names of headers, bodies that are there.
fn told_by_s3(shape: &Shape, input: &mut Value) {
    for member in &shape.members {
        match member.location {
            Some(Location::Headers) if input.get(&member.name).is_some() => {
                input[&member.name] = json!({ "colour": "red", "size": "large" });
            }
            _ => {}
        }
    }
}

fn every_operation(mut check: impl FnMut(Service, Protocol, &str, &'static Model)) {
    for service in Service::ALL {
        let model = Model::of(*service);
        for protocol in protocols(*service) {
            for name in model.operations.keys() {
                check(*service, *protocol, name, model);
            }
        }
    }
}

#[test]
fn every_input_arrives() {
    let mut arrived = 0;
    every_operation(|service, protocol, name, model| {
        let shape = model.shape(model.operations[name].input.as_deref().unwrap_or_default());
        for (seed, whole) in [(1, false), (2, true), (3, true), (4, true)] {
            let mut input = Generator::new(seed, whole).structure(model, shape, 0);
            if service == Service::S3 {
                told_by_s3(shape, &mut input);
                // What is always there: metadata, however empty, and the body.
                for member in &shape.members {
                    let body = Some(&member.name) == shape.payload.as_ref()
                        && model.shape(&member.shape).kind == Kind::Blob;
                    if body {
                        input[&member.name] = json!("aGVsbG8gd29ybGQ=");
                    }
                }
            }
            let request = request(service, protocol, name, &input);
            let shown = format!("{service:?} {protocol:?} {name} {input}");
            let understood = understand(request).unwrap_or_else(|error| panic!("{shown}: {error}"));
            assert_eq!((understood.0, understood.1), (service, name), "{shown}");
            assert_eq!(pruned(&understood.2), pruned(&input), "{shown}");
            arrived += 1;
        }
    });
    assert!(arrived > 1000, "{arrived}");
}

#[test]
fn every_output_is_told_whole() {
    every_operation(|service, protocol, name, model| {
        let operation = &model.operations[name];
        let shape = model.shape(operation.input.as_deref().unwrap_or_default());
        let input = Generator::new(1, false).structure(model, shape, 0);
        let request = request(service, protocol, name, &input);
        let (parts, body) = request.into_parts();
        let (manner, asked) = asked::read(&parts, &body).unwrap();
        let shape = model.shape(operation.output.as_deref().unwrap_or_default());
        for seed in 1..6 {
            let mut output = Generator::new(seed, true).structure(model, shape, 0);
            told_by_s3(shape, &mut output);
            let mut more = output.clone();
            more["NoMemberOfAnyModel"] = json!(1);
            more["Nothing"] = Value::Null;
            let reply = Reply::success(&manner, &asked, &more, &RequestId::nth(seed));
            let (status, headers, body) = reply.into_parts_for_tests();
            assert!(matches!(status, 200 | 204 | 206), "{name}");
            let shown = format!("{service:?} {name} {}", String::from_utf8_lossy(&body));
            match protocol {
                Protocol::Json | Protocol::Cbor if operation.output.is_none() => {
                    assert!(body.is_empty(), "{shown}");
                }
                Protocol::Json => {
                    let told: Value = serde_json::from_slice(&body).unwrap();
                    assert_eq!(told, numbers(model, shape, &output), "{shown}");
                }
                Protocol::Cbor => {
                    let told: Cbor = ciborium::from_reader(body.as_slice()).unwrap();
                    assert_eq!(from_cbor(told), numbers(model, shape, &output), "{name}");
                }
                Protocol::Query => {
                    let root = Element::read(std::str::from_utf8(&body).unwrap()).unwrap();
                    assert_eq!(root.name, format!("{name}Response"));
                    assert_eq!(root.children.last().unwrap().name, "ResponseMetadata");
                    if let Some(wrapper) = &operation.wrapper {
                        let result = root.named(wrapper).next().unwrap();
                        let told = shaped::read(model, shape, result).unwrap();
                        assert_eq!(pruned(&told), pruned(&output), "{shown}");
                    }
                }
                Protocol::S3 => {
                    let told = told_of_s3(model, operation.root.as_deref(), shape, &headers, &body);
                    let expected = match output.get("LocationConstraint") {
                        Some(region) => json!({ "LocationConstraint": region }),
                        None => pruned(&output),
                    };
                    assert_eq!(pruned(&told), expected, "{shown}");
                }
            }
        }
    });
}

fn told_of_s3(
    model: &Model,
    root: Option<&str>,
    shape: &Shape,
    headers: &[(String, String)],
    body: &[u8],
) -> Value {
    let mut told = Map::new();
    let document = || Element::read(std::str::from_utf8(body).unwrap()).unwrap();
    if let Some(root) = root {
        let element = document();
        assert_eq!(element.name, root);
        if root == "LocationConstraint" {
            return if element.text.is_empty() { json!({}) } else { json!({ root: element.text }) };
        }
        told = shaped::read(model, shape, &element).unwrap().as_object().unwrap().clone();
    }
    for member in &shape.members {
        let inner = model.shape(&member.shape);
        let named = |name: &str| headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        let value = match member.location {
            Some(Location::Header) => named(member.wire()).map(|(_, text)| match inner.kind {
                Kind::List => text.split(", ").map(str::to_owned).collect(),
                _ => super::super::typed::from_text(inner, text).unwrap(),
            }),
            Some(_) => {
                let metadata = headers.iter().filter_map(|(name, value)| {
                    Some((name.strip_prefix("x-amz-meta-")?.to_owned(), json!(value)))
                });
                Some(metadata.collect::<Map<_, _>>().into())
            }
            None if shape.payload.as_ref() == Some(&member.name) && !body.is_empty() => {
                Some(match inner.kind {
                    Kind::Blob => super::super::typed::blob(body),
                    Kind::String => String::from_utf8_lossy(body).into(),
                    _ => shaped::read(model, inner, &document()).unwrap(),
                })
            }
            None => None,
        };
        if let Some(value) = value {
            told.insert(member.name.clone(), value);
        }
    }
    told.into()
}

#[test]
fn what_is_required_is_required() {
    let mut refused = 0;
    every_operation(|service, protocol, name, model| {
        let shape = model.shape(model.operations[name].input.as_deref().unwrap_or_default());
        let input = Generator::new(1, false).structure(model, shape, 0);
        for member in &shape.required {
            if service == Service::S3 {
                continue;
            }
            let mut less = input.clone();
            less.as_object_mut().unwrap().shift_remove(member);
            let error = understand(request(service, protocol, name, &less)).unwrap_err();
            let lower = member[..1].to_lowercase() + &member[1..];
            let named = error.message.contains(member) || error.message.contains(&lower);
            assert!(named, "{service:?} {name} without {member}: {error}");
            refused += 1;
        }
    });
    assert!(refused > 250, "{refused}");
}

#[test]
fn refusals_are_worded_as_aws_words_them() {
    let refused = |service, protocol, name: &str, input: Value| {
        let error = understand(request(service, protocol, name, &input)).unwrap_err();
        (error.name, error.message)
    };
    let told = |name: &str, message: &str| (name.to_owned(), message.to_owned());
    assert_eq!(
        refused(Service::Kms, Protocol::Json, "DescribeKey", json!({ "KeyId": "" })),
        told(
            "ValidationException",
            "1 validation error detected: Value '' at 'keyId' failed to satisfy constraint: Member \
             must have length greater than or equal to 1",
        )
    );
    assert_eq!(
        refused(Service::Logs, Protocol::Json, "CreateLogGroup", json!({ "logGroupName": "a b" })),
        told(
            "InvalidParameterException",
            "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
        )
    );
    assert_eq!(
        refused(Service::CloudTrail, Protocol::Json, "LookupEvents", json!({ "MaxResults": 100 })),
        told(
            "ValidationException",
            "1 validation error detected: Value '100' at 'maxResults' failed to satisfy \
             constraint: Member must have value less than or equal to 50",
        )
    );
    assert_eq!(
        refused(Service::Sns, Protocol::Query, "GetTopicAttributes", json!({})),
        told(
            "InvalidParameterException",
            "Invalid parameter: TopicArn Reason: no value for required parameter",
        )
    );
    assert_eq!(
        refused(Service::Sqs, Protocol::Json, "CreateQueue", json!({})),
        told(
            "MissingRequiredParameterException",
            "The request must contain the parameter QueueName.",
        )
    );
    let alarm = json!({
        "AlarmName": "a", "EvaluationPeriods": 0, "ComparisonOperator": "Equal", "Statistic": "Sum",
    });
    for protocol in [Protocol::Cbor, Protocol::Json, Protocol::Query] {
        assert_eq!(
            refused(Service::Monitoring, protocol, "PutMetricAlarm", alarm.clone()),
            told(
                "ValidationException",
                "2 validation errors detected: Value '0' at 'evaluationPeriods' failed to satisfy \
                 constraint: Member must have value greater than or equal to 1; Value 'Equal' at \
                 'comparisonOperator' failed to satisfy constraint: Member must satisfy enum value \
                 set: [GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, \
                 LessThanOrEqualToThreshold, LessThanLowerOrGreaterThanUpperThreshold, \
                 LessThanLowerThreshold, GreaterThanUpperThreshold]",
            )
        );
    }
}
