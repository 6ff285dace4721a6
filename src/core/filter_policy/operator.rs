//! One property's list of wanted values against what the message holds.
//!
//! Sources: [strings](https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html),
//! [numbers](https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html),
//! [keys](https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html).

use std::slice;

use serde_json::{Number, Value};

use super::{Found, Passage};

/// Yes, no, or why not to be told.
enum Answer {
    Yes,
    No,
    Unknown(String),
}

impl From<bool> for Answer {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

/// `or` over the wanted values of one property.
pub(super) fn matches(wanted: &[Value], found: Found<'_>, path: &str) -> Passage {
    if let Found::NotKnown(why) = found {
        return Passage::Unknown(format!("{path}: {why}"));
    }
    let mut unknown = None;
    for one in wanted {
        match matches_one(one, found) {
            Answer::Yes => return Passage::Passes,
            Answer::Unknown(why) => unknown = unknown.or(Some(format!("{path}: {why}"))),
            Answer::No => {}
        }
    }
    unknown.map_or_else(|| Passage::Drops(miss(wanted, found, path)), Passage::Unknown)
}

fn miss(wanted: &[Value], found: Found<'_>, path: &str) -> String {
    let wanted: Vec<String> = wanted.iter().map(Value::to_string).collect();
    match found {
        Found::Value(value) => format!("{path} is {value}, not {}", wanted.join(" or ")),
        Found::Missing | Found::NotKnown(_) => format!("the message has no {path}"),
    }
}

fn matches_one(wanted: &Value, found: Found<'_>) -> Answer {
    let values = match found {
        Found::Value(Value::Object(_)) => return unknown("it is an object, not a value"),
        Found::Value(Value::Array(items)) if items.iter().any(is_compound) => {
            return unknown("it is a list of objects or lists");
        }
        Found::Value(Value::Array(items)) => Some(items.as_slice()),
        Found::Value(value) => Some(slice::from_ref(value)),
        Found::Missing | Found::NotKnown(_) => None,
    };
    match (wanted, values) {
        (Value::Object(operator), values) => {
            let mut entries = operator.iter();
            match (entries.next(), entries.next()) {
                (Some((name, operand)), None) => apply(name, operand, values),
                _ => unknown("a condition has not exactly one operator"),
            }
        }
        (Value::Array(_), _) => unknown("a wanted value is a list"),
        (_, None) => Answer::No,
        (literal, Some(values)) => any(values, |value| equals(literal, value)),
    }
}

fn is_compound(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

fn unknown(why: impl Into<String>) -> Answer {
    Answer::Unknown(why.into())
}

fn any(values: &[Value], test: impl Fn(&Value) -> Answer) -> Answer {
    let mut answer = Answer::No;
    for value in values {
        match test(value) {
            Answer::Yes => return Answer::Yes,
            Answer::Unknown(why) => answer = Answer::Unknown(why),
            Answer::No => {}
        }
    }
    answer
}

fn equals(wanted: &Value, value: &Value) -> Answer {
    match (wanted, value) {
        (Value::Null, Value::Null) => unknown("AWS does not say what null matches"),
        (Value::Number(wanted), Value::Number(value)) => same_number(wanted, value),
        _ => (wanted == value).into(),
    }
}

/// Whether 1 matches 1.0 AWS does not say: with `numeric` it does, as a plain value it may not.
fn same_number(wanted: &Number, value: &Number) -> Answer {
    match wanted.as_f64() == value.as_f64() {
        true if wanted.to_string() != value.to_string() => {
            unknown(format!("AWS does not say whether {wanted} matches {value}"))
        }
        same => same.into(),
    }
}

fn apply(operator: &str, operand: &Value, values: Option<&[Value]>) -> Answer {
    match (operator, operand, values) {
        ("exists", Value::Bool(wanted), values) => exists(*wanted, values),
        ("prefix", Value::String(part), values) => text(values, |text| text.starts_with(part)),
        ("suffix", Value::String(part), values) => text(values, |text| text.ends_with(part)),
        ("equals-ignore-case", Value::String(wanted), values) => {
            text(values, |text| text.to_lowercase() == wanted.to_lowercase())
        }
        ("numeric", Value::Array(bounds), values) => numeric(bounds, values),
        ("anything-but", operand, values) => anything_but(operand, values),
        _ => unknown(format!("the operator {operator} with {operand} is not modelled")),
    }
}

fn text(values: Option<&[Value]>, test: impl Fn(&str) -> bool) -> Answer {
    values.unwrap_or_default().iter().filter_map(Value::as_str).any(test).into()
}

fn exists(wanted: bool, values: Option<&[Value]>) -> Answer {
    let is_nothing = |value: &Value| value.is_null() || value.as_str().is_some_and(str::is_empty);
    match (wanted, values) {
        (wanted, None) => (!wanted).into(),
        (true, Some(values)) => (!values.iter().all(is_nothing)).into(),
        (false, Some(values)) if values.iter().all(is_nothing) => {
            unknown("AWS does not say whether an empty value counts as missing")
        }
        (false, Some(_)) => Answer::No,
    }
}

fn numeric(bounds: &[Value], values: Option<&[Value]>) -> Answer {
    let mut tests: Vec<(&str, f64)> = Vec::new();
    for pair in bounds.chunks(2) {
        match pair {
            [Value::String(operator), Value::Number(bound)]
                if ["=", "<", "<=", ">", ">="].contains(&operator.as_str()) =>
            {
                tests.push((operator, bound.as_f64().unwrap_or(f64::NAN)));
            }
            _ => return unknown("its numeric condition is not of the documented form"),
        }
    }
    if tests.is_empty() {
        return unknown("its numeric condition is empty");
    }
    let holds = |value: f64| {
        tests.iter().all(|(operator, bound)| match *operator {
            "=" => value == *bound,
            "<" => value < *bound,
            "<=" => value <= *bound,
            ">" => value > *bound,
            _ => value >= *bound,
        })
    };
    values.unwrap_or_default().iter().filter_map(Value::as_f64).any(holds).into()
}

fn anything_but(operand: &Value, values: Option<&[Value]>) -> Answer {
    let excluded: &[Value] = match operand {
        Value::Array(excluded) => excluded,
        other => slice::from_ref(other),
    };
    let Some(values) = values else {
        return Answer::No;
    };
    let mut inside = 0;
    for value in values {
        match any(excluded, |excluded| is_excluded(excluded, value)) {
            Answer::Yes => inside += 1,
            Answer::No => {}
            unknown @ Answer::Unknown(_) => return unknown,
        }
    }
    match inside {
        0 if !values.is_empty() => Answer::Yes,
        all if all == values.len() && all > 0 => Answer::No,
        _ => unknown("AWS's pages differ on anything-but with such a list"),
    }
}

fn is_excluded(excluded: &Value, value: &Value) -> Answer {
    match (excluded, value) {
        (Value::String(_), Value::String(_)) => (excluded == value).into(),
        (Value::Number(excluded), Value::Number(value)) => same_number(excluded, value),
        (Value::Object(operator), Value::String(text)) if operator.len() == 1 => {
            match operator.get("prefix") {
                Some(Value::String(part)) => text.starts_with(part.as_str()).into(),
                _ => unknown(format!("anything-but with {excluded} is not modelled")),
            }
        }
        _ => unknown(format!("anything-but with {excluded} on {value} is not modelled")),
    }
}
