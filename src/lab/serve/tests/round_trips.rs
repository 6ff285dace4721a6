//! Every operation of the model, there and back.

use ciborium::Value as Cbor;
use serde_json::{Map, Value, json};

use super::super::asked::{self, Protocol};
use super::super::model::{Kind, Location, Model, Shape};
use super::super::reply::{Reply, RequestId};
use super::super::xml::Element;
use super::super::{shaped, understand};
use super::generate::Generator;
use super::requests::{numbers, request};
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
