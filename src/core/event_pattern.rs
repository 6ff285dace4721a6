//! EventBridge's event patterns: which events a rule takes.
//!
//! A pattern has the shape of an event, with lists of wanted values at its ends. All its fields must
//! match, each by one of its values; of a list in the event one element is enough, and of a list of
//! objects one of the objects
//! ([operators](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html)).
//!
//! ```
//! use secmon_core::event_pattern::EventPattern;
//! use serde_json::json;
//!
//! let pattern = EventPattern::parse(r#"{"detail": {"eventName": [{"prefix": "Get"}]}}"#)?;
//! assert!(pattern.matches(&json!({"detail": {"eventName": "GetSecretValue"}})));
//! assert!(!pattern.matches(&json!({"detail": {"eventName": "PutSecretValue"}})));
//! # Ok::<(), secmon_core::event_pattern::EventPatternError>(())
//! ```
//!
//! It looks like a subscription's [filter policy](crate::filter_policy) and is another language: of
//! SNS much is not documented, so that a policy may answer *unknown*, and lists, `null` and numbers
//! are read otherwise. One engine for both would be two engines behind a switch.

use std::net::IpAddr;

use serde_json::{Map, Value};

#[cfg(test)]
mod tests;

/// A pattern that AWS would take.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPattern(Map<String, Value>);

/// What is wrong with a pattern, as AWS would say it as far as its words are known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EventPatternError(String);

impl EventPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// When AWS would not take it.
    pub fn parse(text: &str) -> Result<Self, EventPatternError> {
        Self::read(text).map_err(EventPatternError)
    }

    fn read(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) if fields.is_empty() => {
                Err("Event pattern is not valid. Reason: Empty event pattern is not allowed".into())
            }
            Ok(Value::Object(fields)) => {
                check(&fields, "")?;
                Ok(Self(fields))
            }
            Ok(_) => Err("Event pattern is not valid. Reason: Filter is not an object".into()),
            Err(error) => Err(format!("Event pattern is not valid. Reason: {error}")),
        }
    }

    /// Whether a rule with this pattern takes an event.
    pub fn matches(&self, event: &Value) -> bool {
        object(&self.0, &[event])
    }

    /// Whether the pattern asks for a field at the top of the event.
    pub fn asks_for(&self, field: &str) -> bool {
        fn asks(fields: &Map<String, Value>, field: &str) -> bool {
            fields.iter().any(|(name, wanted)| {
                let alternatives = wanted.as_array().filter(|_| name == "$or");
                let mut objects = alternatives.into_iter().flatten().filter_map(Value::as_object);
                name == field || objects.any(|inner| asks(inner, field))
            })
        }
        asks(&self.0, field)
    }

    /// The pattern without what it asks of some fields at the top of the event, by themselves.
    #[must_use]
    pub fn without(&self, fields: &[&str]) -> Self {
        let left = self.0.iter().filter(|(name, _)| !fields.contains(&name.as_str()));
        Self(left.map(|(name, wanted)| (name.clone(), wanted.clone())).collect())
    }

    /// The plain texts that the pattern wants at a place such as `/detail/eventName`; `None` where
    /// it wants nothing there, or something else than plain texts.
    pub fn texts_at(&self, pointer: &str) -> Option<Vec<&str>> {
        let (first, rest) = pointer.strip_prefix('/')?.split_once('/').map_or_else(
            || (&pointer[1..], String::new()),
            |(first, rest)| (first, format!("/{rest}")),
        );
        self.0.get(first)?.pointer(&rest)?.as_array()?.iter().map(Value::as_str).collect()
    }
}

const OPERATORS: [&str; 8] = [
    "prefix",
    "suffix",
    "anything-but",
    "numeric",
    "exists",
    "cidr",
    "equals-ignore-case",
    "wildcard",
];

fn check(fields: &Map<String, Value>, path: &str) -> Result<(), String> {
    for (name, wanted) in fields {
        let fault =
            |what: &str| Err(format!("Event pattern is not valid. Reason: {path}{name}: {what}"));
        match wanted {
            Value::Object(inner) if inner.is_empty() => {
                return fault("Empty objects are not allowed");
            }
            Value::Object(inner) => check(inner, &format!("{path}{name}."))?,
            Value::Array(values) if values.is_empty() => {
                return fault("Empty arrays are not allowed");
            }
            Value::Array(values) if name == "$or" => {
                for alternative in values {
                    match alternative {
                        Value::Object(inner) => check(inner, path)?,
                        _ => return fault("$or must be a list of objects"),
                    }
                }
            }
            Value::Array(values) => {
                for value in values {
                    let known = match value {
                        Value::Object(operator) => {
                            let mut names = operator.keys();
                            match (names.next(), names.next()) {
                                (Some(name), None) => OPERATORS.contains(&name.as_str()),
                                _ => false,
                            }
                        }
                        Value::Array(_) => false,
                        _ => true,
                    };
                    if !known {
                        return fault("Unrecognized match type");
                    }
                }
            }
            _ => return fault("must be an object or an array"),
        }
    }
    Ok(())
}

/// Whether one of the things at a place has all that is wanted.
fn object(fields: &Map<String, Value>, places: &[&Value]) -> bool {
    let places = unfolded(places);
    // Where the event has nothing, `exists: false` may still match.
    if places.is_empty() {
        return fields.iter().all(|(name, wanted)| field(name, wanted, None));
    }
    places.iter().any(|place| fields.iter().all(|(name, wanted)| field(name, wanted, Some(place))))
}

fn field(name: &str, wanted: &Value, place: Option<&Value>) -> bool {
    if let ("$or", Value::Array(alternatives)) = (name, wanted) {
        let here: Vec<&Value> = place.into_iter().collect();
        let mut objects = alternatives.iter().filter_map(Value::as_object);
        return objects.any(|alternative| object(alternative, &here));
    }
    let found = place.and_then(|place| place.get(name));
    match wanted {
        Value::Object(inner) => object(inner, &found.into_iter().collect::<Vec<_>>()),
        Value::Array(values) => {
            let found = unfolded(&found.into_iter().collect::<Vec<_>>());
            values.iter().any(|wanted| value(wanted, &found))
        }
        _ => false,
    }
}

/// Lists stand for what is in them.
fn unfolded<'a>(values: &[&'a Value]) -> Vec<&'a Value> {
    let mut all = Vec::new();
    for value in values {
        match value {
            Value::Array(items) => all.extend(unfolded(&items.iter().collect::<Vec<_>>())),
            one => all.push(*one),
        }
    }
    all
}

fn value(wanted: &Value, found: &[&Value]) -> bool {
    let Value::Object(operator) = wanted else {
        return found.iter().any(|found| same(wanted, found));
    };
    let Some((name, operand)) = operator.iter().next() else { return false };
    let text =
        |test: &dyn Fn(&str) -> bool| found.iter().filter_map(|found| found.as_str()).any(test);
    match (name.as_str(), operand) {
        ("exists", Value::Bool(wanted)) => {
            // Leaves only.
            let there = found.iter().any(|found| !found.is_object());
            *wanted == there
        }
        ("prefix" | "suffix" | "equals-ignore-case" | "wildcard" | "cidr", operand) => {
            text(&|found| text_matches(name, operand, found))
        }
        ("numeric", Value::Array(bounds)) => {
            found.iter().filter_map(|found| found.as_f64()).any(|found| numeric(bounds, found))
        }
        ("anything-but", operand) => !found.is_empty() && anything_but(operand, found),
        _ => false,
    }
}

/// Numbers are compared as numbers, everything else as it is.
fn same(wanted: &Value, found: &Value) -> bool {
    match (wanted.as_f64(), found.as_f64()) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => wanted == found,
    }
}

fn text_matches(operator: &str, operand: &Value, found: &str) -> bool {
    let operand = match operand {
        // {"prefix": {"equals-ignore-case": "…"}}
        Value::Object(inner) => {
            let Some(part) = inner.get("equals-ignore-case").and_then(Value::as_str) else {
                return false;
            };
            let (part, found) = (part.to_lowercase(), found.to_lowercase());
            return match operator {
                "prefix" => found.starts_with(&part),
                "suffix" => found.ends_with(&part),
                _ => false,
            };
        }
        Value::String(operand) => operand.as_str(),
        _ => return false,
    };
    match operator {
        "prefix" => found.starts_with(operand),
        "suffix" => found.ends_with(operand),
        "equals-ignore-case" => found.to_lowercase() == operand.to_lowercase(),
        "wildcard" => wildcard(operand, found),
        _ => in_network(operand, found),
    }
}

fn anything_but(operand: &Value, found: &[&Value]) -> bool {
    let excluded = |found: &Value| match operand {
        Value::Array(excluded) => excluded.iter().any(|excluded| same(excluded, found)),
        Value::Object(operator) => operator.iter().any(|(name, operand)| {
            let operands = match operand {
                Value::Array(operands) => operands.as_slice(),
                one => std::slice::from_ref(one),
            };
            let text = found.as_str();
            operands.iter().any(|operand| text.is_some_and(|it| text_matches(name, operand, it)))
        }),
        one => same(one, found),
    };
    found.iter().any(|found| !excluded(found))
}

fn numeric(bounds: &[Value], found: f64) -> bool {
    !bounds.is_empty()
        && bounds.chunks(2).all(|pair| match pair {
            [Value::String(operator), Value::Number(bound)] => {
                let bound = bound.as_f64().unwrap_or(f64::NAN);
                match operator.as_str() {
                    "=" => found == bound,
                    "<" => found < bound,
                    "<=" => found <= bound,
                    ">" => found > bound,
                    ">=" => found >= bound,
                    _ => false,
                }
            }
            _ => false,
        })
}

/// `*` is any text, `\*` and `\\` are what they escape.
fn wildcard(pattern: &str, text: &str) -> bool {
    // Pieces between the stars.
    let mut pieces = vec![String::new()];
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        let piece = pieces.len() - 1;
        match c {
            '*' => pieces.push(String::new()),
            '\\' => pieces[piece].push(rest.next().unwrap_or('\\')),
            c => pieces[piece].push(c),
        }
    }
    let Some((first, others)) = pieces.split_first() else { return false };
    let Some(mut left) = text.strip_prefix(first.as_str()) else { return false };
    let Some((last, between)) = others.split_last() else { return left.is_empty() };
    for piece in between {
        match left.split_once(piece.as_str()) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(last.as_str())
}

fn in_network(network: &str, address: &str) -> bool {
    let Some((base, bits)) = network.split_once('/') else { return false };
    let (Ok(base), Ok(address), Ok(bits)) =
        (base.parse::<IpAddr>(), address.parse::<IpAddr>(), bits.parse::<u32>())
    else {
        return false;
    };
    let same = |base: u128, address: u128, width: u32| {
        bits <= width && (bits == 0 || (base ^ address) >> (width - bits) == 0)
    };
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            same(u32::from(base).into(), u32::from(address).into(), 32)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => same(base.into(), address.into(), 128),
        _ => false,
    }
}
