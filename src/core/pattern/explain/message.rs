//! Messages that are not the one JSON object that a pattern is for.

use serde_json::Value;

use super::Suggestion;
use super::suggest::matches;
use crate::pattern::lint::tree::{clause, map, print};
use crate::pattern::{Expr, FilterPattern, Match, Path, Pattern, Span, Step};

/// A message that is one JSON object.
pub(super) fn object(message: &str) -> Option<Value> {
    serde_json::from_str(message).ok().filter(Value::is_object)
}

/// Why a JSON pattern asks nothing of a message.
pub(super) fn fault(pattern: &FilterPattern, message: &str) -> Option<String> {
    let Pattern::Json(_) = pattern.pattern() else {
        return None;
    };
    let what = match serde_json::from_str::<Value>(message) {
        Ok(Value::Object(_)) => return None,
        Ok(Value::Array(_)) => "an array",
        Ok(_) => "a single value",
        Err(_) if message.trim().is_empty() => "empty",
        Err(_) => "not JSON as a whole",
    };
    Some(format!(
        "The message is {what}. A JSON pattern matches only messages that are one JSON object, so none of \
         its clauses holds, not even NOT EXISTS."
    ))
}

/// What can be said where the event is somewhere in the message instead of being the message.
pub(super) fn suggest(pattern: &FilterPattern, root: &Expr, message: &str) -> Vec<Suggestion> {
    let say = |id: &'static str, says: String| Suggestion {
        id,
        says,
        span: Span::new(0, pattern.text().len()),
        clause: None,
        pattern: None,
        matches: false,
    };
    match serde_json::from_str::<Value>(message) {
        Ok(Value::Object(event)) => {
            if let Some(Value::Array(records)) = event.get("Records") {
                return vec![say("records", of_records(pattern, records))];
            }
            let nested =
                event.iter().find_map(|(name, value)| nested(pattern, root, name, value, message));
            nested.into_iter().collect()
        }
        Ok(Value::Array(elements)) => {
            let count = matching(pattern, &elements);
            let says = format!(
                "The message is an array, of whose {} elements {count} would match as messages of their \
                 own.",
                elements.len()
            );
            vec![say("array", says)]
        }
        Ok(_) => Vec::new(),
        Err(_) => {
            inside(pattern, message).map(|says| say("text-around", says)).into_iter().collect()
        }
    }
}

fn matching(pattern: &FilterPattern, values: &[Value]) -> usize {
    values.iter().filter(|value| pattern.test(&value.to_string()) == Match::Yes).count()
}

fn of_records(pattern: &FilterPattern, records: &[Value]) -> String {
    format!(
        "This is a file of CloudTrail's, with {} events in Records. In its log group each event is a \
         message of its own: {} of them would match.",
        records.len(),
        matching(pattern, records)
    )
}

/// The event as a member of the message: `detail` of EventBridge, or `message` of a log shipper.
fn nested(
    pattern: &FilterPattern,
    root: &Expr,
    name: &str,
    value: &Value,
    message: &str,
) -> Option<Suggestion> {
    let span = Span::new(0, pattern.text().len());
    match value {
        // One clause alone is told where its field is.
        Value::Object(_)
            if root.clauses().len() > 1 && pattern.test(&value.to_string()) == Match::Yes =>
        {
            let rewrite = print(map(root, &|expr| match expr {
                Expr::Clause(it) => {
                    let mut steps = vec![Step::Name(name.to_owned())];
                    steps.extend(it.selector.path.0.iter().cloned());
                    Some(clause(&Path(steps), it.test.clone()))
                }
                _ => None,
            }));
            let matched = matches(rewrite.as_deref(), message);
            matched.then(|| Suggestion {
                id: "nested",
                says: format!("What the pattern asks for is inside of `{name}`."),
                span,
                clause: None,
                pattern: rewrite,
                matches: matched,
            })
        }
        Value::String(text) if object(text).is_some() && pattern.test(text) == Match::Yes => {
            let says = format!(
                "The event is in `{name}` as text. Selectors do not lead into text: whoever writes the \
                 log has to write the event as the message, or as an object."
            );
            Some(Suggestion {
                id: "event-as-text",
                says,
                span,
                clause: None,
                pattern: None,
                matches: false,
            })
        }
        _ => None,
    }
}

/// JSON with other text around it, or several objects.
fn inside(pattern: &FilterPattern, message: &str) -> Option<String> {
    let lines: Vec<&str> = message.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.len() > 1 && lines.iter().all(|line| object(line).is_some()) {
        let count = lines.iter().filter(|line| pattern.test(line) == Match::Yes).count();
        return Some(format!(
            "The message is {} lines of JSON; as a message of its own {count} of them would match.",
            lines.len()
        ));
    }
    let start = message.find('{')?;
    let mut values = serde_json::Deserializer::from_str(&message[start..]).into_iter::<Value>();
    let Some(Ok(value @ Value::Object(_))) = values.next() else {
        return None;
    };
    let end = start + values.byte_offset();
    let verdict = match pattern.test(&value.to_string()) {
        Match::Yes => "it would match",
        Match::No => "it would not match either",
        Match::Uncertain(_) => "whether it would match is uncertain",
    };
    let place = match (start > 0, end < message.trim_end().len()) {
        (true, true) => "before and after",
        (true, false) => "before",
        _ => "after",
    };
    Some(format!("There is text {place} the JSON object; without it {verdict}."))
}
