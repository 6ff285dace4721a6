//! Event patterns of EventBridge, and the filter patterns that ask for the same.

use serde_json::{Map, Value};

use super::tree::{all, any, clause, compare, equal, print};
use crate::pattern::{Comparison, Expr, FilterPattern, Operand, Path, Pattern, Span, Step, Test};

/// Keys of the envelope that EventBridge puts around an event.
const ENVELOPE: &[&str] = &["source", "detail-type", "detail", "account", "region", "resources"];

fn read(text: &str) -> Option<Map<String, Value>> {
    let Ok(Value::Object(pattern)) = serde_json::from_str(text) else {
        return None;
    };
    pattern.keys().any(|key| ENVELOPE.contains(&key.as_str())).then_some(pattern)
}

pub(super) fn find(text: &str) -> Option<(Span, String)> {
    read(text)?;
    let reason = "EventBridge matches events with patterns in JSON, CloudWatch Logs matches messages \
                  with filter patterns. What EventBridge calls `detail` is the whole message in \
                  CloudTrail's log group.";
    Some((Span::new(0, text.len()), reason.to_owned()))
}

/// The filter pattern that asks a CloudTrail event for what the event pattern asks; `None` where
/// filter patterns cannot say it.
pub(super) fn rewrite(text: &str) -> Option<String> {
    let pattern = read(text)?;
    let mut parts = Vec::new();
    let detail = pattern.get("detail").and_then(Value::as_object);
    if detail.is_none_or(|detail| !detail.contains_key("eventSource"))
        && let Some(sources) = pattern.get("source")
    {
        parts.push(one_of(sources, source)?);
    }
    for (key, value) in &pattern {
        match key.as_str() {
            "source" | "detail" => {}
            // CloudTrail's own two kinds; another kind of event is in no log group of CloudTrail.
            "detail-type" => {
                let strings: Vec<&str> =
                    value.as_array()?.iter().filter_map(Value::as_str).collect();
                if strings.iter().any(|kind| !kind.ends_with("via CloudTrail")) {
                    return None;
                }
            }
            "account" => parts.push(values(&path(&["recipientAccountId"]), value)?),
            "region" => parts.push(values(&path(&["awsRegion"]), value)?),
            _ => return None,
        }
    }
    if let Some(detail) = detail {
        parts.push(object(&[], detail)?);
    }
    parts.retain(|part| !matches!(part, Expr::Empty(_)));
    if parts.is_empty() { None } else { print(all(parts)) }
}

fn path(names: &[&str]) -> Path {
    super::cloudtrail::path(names)
}

/// `aws.secretsmanager` is secretsmanager.amazonaws.com.
fn source(value: &Value) -> Option<Expr> {
    let service = value.as_str()?.strip_prefix("aws.")?;
    Some(equal(&path(&["eventSource"]), &format!("{service}.amazonaws.com")))
}

fn one_of(values: &Value, each: impl Fn(&Value) -> Option<Expr>) -> Option<Expr> {
    let parts: Option<Vec<Expr>> = values.as_array()?.iter().map(each).collect();
    parts.filter(|parts| !parts.is_empty()).map(any)
}

fn object(above: &[Step], members: &Map<String, Value>) -> Option<Expr> {
    let mut parts = Vec::new();
    for (key, value) in members {
        if key == "$or" {
            parts.push(one_of(value, |part| object(above, part.as_object()?))?);
            continue;
        }
        let steps: Vec<Step> = above.iter().cloned().chain([Step::Name(key.clone())]).collect();
        parts.push(match value {
            Value::Object(members) => object(&steps, members)?,
            _ => values(&Path(steps), value)?,
        });
    }
    Some(all(parts))
}

fn values(path: &Path, values: &Value) -> Option<Expr> {
    one_of(values, |value| condition(path, value))
}

fn condition(path: &Path, value: &Value) -> Option<Expr> {
    Some(match value {
        Value::String(text) => literal(path, Comparison::Equal, text)?,
        Value::Number(number) => compared(path, "=", &number.to_string())?,
        Value::Bool(true) => clause(path, Test::IsTrue),
        Value::Bool(false) => clause(path, Test::IsFalse),
        Value::Null => clause(path, Test::IsNull),
        Value::Array(_) => return None,
        Value::Object(operator) => {
            let (name, operand) = operator.iter().next().filter(|_| operator.len() == 1)?;
            match (name.as_str(), operand) {
                ("prefix", Value::String(text)) => star(path, text, |text| format!("{text}*"))?,
                ("suffix", Value::String(text)) => star(path, text, |text| format!("*{text}"))?,
                ("wildcard", Value::String(text)) => equal(path, text),
                ("exists", Value::Bool(true)) => equal(path, "*"),
                ("exists", Value::Bool(false)) => clause(path, Test::NotExists),
                ("anything-but", Value::String(text)) => literal(path, Comparison::NotEqual, text)?,
                ("anything-but", Value::Array(texts)) => {
                    let parts = texts
                        .iter()
                        .map(|text| literal(path, Comparison::NotEqual, text.as_str()?));
                    all(parts.collect::<Option<Vec<_>>>()?)
                }
                ("numeric", Value::Array(pairs)) => {
                    let parts = pairs.chunks(2).map(|pair| match pair {
                        [Value::String(operator), Value::Number(number)] => {
                            compared(path, operator, &number.to_string())
                        }
                        _ => None,
                    });
                    all(parts.collect::<Option<Vec<_>>>()?)
                }
                _ => return None,
            }
        }
    })
}

/// A comparison with plain text: where it has a star of its own, filter patterns cannot say it.
fn literal(path: &Path, comparison: Comparison, text: &str) -> Option<Expr> {
    (!text.contains('*')).then(|| compare(path, comparison, text))
}

fn star(path: &Path, text: &str, with: impl Fn(&str) -> String) -> Option<Expr> {
    (!text.contains('*')).then(|| equal(path, &with(text)))
}

/// A comparison with a number, as the parser reads it.
fn compared(path: &Path, operator: &str, number: &str) -> Option<Expr> {
    let parsed = FilterPattern::parse(&format!("{{ $.x {operator} {number} }}")).ok()?;
    let Pattern::Json(Expr::Clause(found)) = parsed.pattern() else {
        return None;
    };
    let number = matches!(&found.test, Test::Compare(_, Operand::Number(..)));
    number.then(|| clause(path, found.test.clone()))
}
