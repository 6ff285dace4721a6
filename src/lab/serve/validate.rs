//! What AWS refuses before the service looks: members that are missing, too long, no known value.

use std::fmt::Write;

use serde_json::Value;

use super::model::{Kind, Model, Shape};
use crate::world::{ApiError, Service};

/// One thing that is wrong with an input.
struct Violation<'a> {
    /// The member as the model names it, where it is one of the input itself.
    member: &'a str,
    missing: bool,
    text: String,
}

/// Refuses an input that the model does not admit, in the service's own words.
pub(super) fn validate(
    service: Service,
    model: &Model,
    shape: &Shape,
    input: &Value,
) -> Result<(), ApiError> {
    let mut violations = Vec::new();
    structure(model, shape, input, "", &mut violations);
    let Some(first) = violations.first() else { return Ok(()) };
    let (member, missing) = (first.member, first.missing);
    let texts: Vec<&str> = violations.iter().map(|violation| violation.text.as_str()).collect();
    let errors = if texts.len() == 1 { "error" } else { "errors" };
    let message = format!("{} validation {errors} detected: {}", texts.len(), texts.join("; "));
    Err(match service {
        // Captured by others: aws-sdk test suites hold this answer of SNS.
        Service::Sns if missing => ApiError::new(
            "InvalidParameterException",
            format!("Invalid parameter: {member} Reason: no value for required parameter"),
        ),
        Service::Sqs if missing => ApiError::new(
            "MissingRequiredParameterException",
            format!("The request must contain the parameter {member}."),
        ),
        Service::S3 => s3_error(shape, first),
        Service::Logs => ApiError::new("InvalidParameterException", message),
        Service::Organizations => ApiError::new("InvalidInputException", message),
        _ => ApiError::new("ValidationException", message),
    })
}

/// S3 checks headers and parameters by themselves, and calls all else that is wrong bad XML.
fn s3_error(shape: &Shape, violation: &Violation<'_>) -> ApiError {
    let member = shape.members.iter().find(|member| member.name == violation.member);
    if violation.text.contains(".locationConstraint'") {
        let message = "The specified location-constraint is not valid";
        ApiError::new("InvalidLocationConstraint", message)
    } else if member.is_some_and(|member| member.location.is_some()) {
        ApiError::new("InvalidArgument", violation.text.clone())
    } else {
        ApiError::new("MalformedXML", super::s3::MALFORMED_XML)
    }
}

fn structure<'a>(
    model: &'a Model,
    shape: &'a Shape,
    value: &Value,
    path: &str,
    violations: &mut Vec<Violation<'a>>,
) {
    for member in &shape.members {
        let inner = model.shape(&member.shape);
        let path = join(path, &lower_first(&member.name));
        match value.get(&member.name) {
            None if shape.required.contains(&member.name) => violations.push(Violation {
                member: &member.name,
                missing: true,
                text: format!(
                    "Value null at '{path}' failed to satisfy constraint: Member must not be null"
                ),
            }),
            None => {}
            Some(value) => check(model, inner, value, &path, &member.name, violations),
        }
    }
}

fn check<'a>(
    model: &'a Model,
    shape: &'a Shape,
    value: &Value,
    path: &str,
    member: &'a str,
    violations: &mut Vec<Violation<'a>>,
) {
    if let Some(constraint) = broken(shape, value) {
        let shown = if shape.sensitive { String::new() } else { format!(" '{}'", shown(value)) };
        let text = format!(
            "Value{shown} at '{path}' failed to satisfy constraint: Member must {constraint}"
        );
        violations.push(Violation { member, missing: false, text });
    }
    match (shape.kind, value) {
        (Kind::Structure, _) => structure(model, shape, value, path, violations),
        (Kind::List, Value::Array(items)) => {
            let shape = model.item(shape.member.as_ref());
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}.{}.member", index + 1);
                check(model, shape, item, &path, member, violations);
            }
        }
        (Kind::Map, Value::Object(fields)) => {
            let shape = model.item(shape.value.as_ref());
            for (key, value) in fields {
                let path = format!("{path}.{key}.member");
                check(model, shape, value, &path, member, violations);
            }
        }
        _ => {}
    }
}

/// The constraint that a value breaks, as AWS words it after "Member must".
fn broken(shape: &Shape, value: &Value) -> Option<String> {
    if let (Some(text), false) = (value.as_str(), shape.values.is_empty()) {
        let known = shape.values.iter().any(|value| value == text);
        return (!known).then(|| format!("satisfy enum value set: [{}]", shape.values.join(", ")));
    }
    let (measured, what) = match value {
        Value::Number(number) => (number.as_f64()?, "value"),
        Value::Array(items) => (items.len() as f64, "length"),
        Value::Object(fields) if shape.kind == Kind::Map => (fields.len() as f64, "length"),
        Value::String(text) => match shape.kind {
            Kind::Blob => (super::typed::bytes(value)?.len() as f64, "length"),
            Kind::String => (text.chars().count() as f64, "length"),
            _ => return None,
        },
        _ => return None,
    };
    if let Some(max) = shape.max.filter(|max| measured > *max) {
        return Some(format!("have {what} less than or equal to {max}"));
    }
    if let Some(min) = shape.min.filter(|min| measured < *min) {
        return Some(format!("have {what} greater than or equal to {min}"));
    }
    let pattern = shape.mismatched(value.as_str()?)?;
    Some(format!("satisfy regular expression pattern: {pattern}"))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let mut text = String::from("{");
            for (index, (key, value)) in fields.iter().enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                // Writing to a String does not fail.
                let _ = write!(text, "{comma}{key}={}", shown(value));
            }
            text + "}"
        }
        other => other.to_string(),
    }
}

fn join(path: &str, member: &str) -> String {
    if path.is_empty() { member.to_owned() } else { format!("{path}.{member}") }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
