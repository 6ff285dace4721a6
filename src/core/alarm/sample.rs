//! What one matching log event adds to a metric.

use serde_json::Value;

/// What a match adds to the metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// This number.
    Number(f64),
    /// Nothing: neither the value nor the default value.
    Nothing,
    /// The selector is not modelled.
    Unclear,
}

/// What a match of a log event adds to the metric, by the transformation's `metricValue`.
///
/// A number is taken as it is. A selector takes a JSON number or a number in quotes; where the
/// event has no such field or no number in it, the event counts as a match and adds no sample at
/// all. Captured on AWS 2026-09-13: 7 and "11.5" were counted, "banana" and a missing field were not,
/// nor a `$name` that the events lack.
///
/// ```
/// use secmon_core::alarm::{Sample, sample};
///
/// assert_eq!(sample("1", "{}"), Sample::Number(1.0));
/// assert_eq!(sample("$.size", r#"{"size": "11.5"}"#), Sample::Number(11.5));
/// assert_eq!(sample("$.size", r#"{"size": "banana"}"#), Sample::Nothing);
/// assert_eq!(sample("one", "{}"), Sample::Nothing);
/// ```
pub fn sample(metric_value: &str, message: &str) -> Sample {
    let metric_value = metric_value.trim();
    if !metric_value.starts_with('$') {
        return number(metric_value).map_or(Sample::Nothing, Sample::Number);
    }
    match text_at(metric_value, message) {
        Some(Some(text)) => number(&text).map_or(Sample::Nothing, Sample::Number),
        Some(None) => Sample::Nothing,
        None => Sample::Unclear,
    }
}

/// The string or number at a selector such as `$.userIdentity.userName` of a JSON message:
/// `Some(None)` where there is none, `None` where the selector is not a plain path.
pub fn text_at(selector: &str, message: &str) -> Option<Option<String>> {
    let path = selector.trim().strip_prefix("$.")?;
    let plain = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
    };
    let names: Vec<&str> = path.split('.').collect();
    if !names.iter().all(|name| plain(name)) {
        return None;
    }
    let event: Value = match serde_json::from_str(message) {
        Ok(event) => event,
        Err(_) => return Some(None),
    };
    let found = names.iter().try_fold(&event, |value, name| value.get(name));
    Some(match found {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    })
}

fn number(text: &str) -> Option<f64> {
    let looks_like_one = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    text.parse::<f64>().ok().filter(|number| looks_like_one && number.is_finite())
}
