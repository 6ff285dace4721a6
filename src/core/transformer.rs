//! What transformers make of log events, as far as the pages on their processors say
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation-JSONMutate.html>).
//!
//! ```
//! use secmon_core::transformer::Transformation;
//! use serde_json::json;
//!
//! let steps = vec![json!({ "parseJSON": {} }), json!({ "deleteKeys": { "withKeys": ["b"] } })];
//! let transformed = Transformation::Steps(steps).apply(r#"{"a":1,"b":2}"#);
//! assert_eq!(transformed.as_deref(), Some(r#"{"a":1}"#));
//! // What an OCSF event of CloudTrail looks like in detail is not computed.
//! assert_eq!(Transformation::Steps(vec![json!({ "parseToOCSF": {} })]).apply("{}"), None);
//! ```

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::field_selection::hold;
use crate::snapshot::{AccountPolicy, Transformer};

/// The transformer of a group's events.
#[derive(Debug, Clone, PartialEq)]
pub enum Transformation {
    /// There is none.
    None,
    /// These processors, one after the other.
    Steps(Vec<Value>),
    /// Nobody can tell: whether this policy of the account selects the group is not read.
    Unclear(String),
}

impl Transformation {
    /// What becomes of a group's events: its own transformer wins over the account's
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation.html>).
    pub fn of<'a>(
        group: &str,
        own: Option<&Transformer>,
        policies: impl IntoIterator<Item = &'a AccountPolicy>,
    ) -> Self {
        if let Some(transformer) = own {
            return Self::Steps(transformer.transformer_config.clone());
        }
        let selects = |policy: &AccountPolicy| match &policy.selection_criteria {
            None => Some(true),
            Some(text) => hold(text, &|field, value| match field {
                "LogGroupName" => Some(group == value),
                "LogGroupNamePrefix" => Some(group.starts_with(value)),
                _ => None,
            }),
        };
        let mut selecting = None;
        for policy in policies {
            match selects(policy) {
                // It may be the one that counts, whatever the others say.
                None => return Self::Unclear(policy.policy_name.clone()),
                Some(true) => selecting = selecting.or(Some(policy)),
                Some(false) => {}
            }
        }
        selecting.map_or(Self::None, |policy| {
            let document: Value = serde_json::from_str(&policy.policy_document).unwrap_or_default();
            Self::Steps(document.as_array().cloned().unwrap_or_default())
        })
    }

    /// What becomes of a message; `None` where it is not computed or not clear.
    pub fn apply<'m>(&self, message: &'m str) -> Option<Cow<'m, str>> {
        let steps = match self {
            Self::None => return Some(Cow::Borrowed(message)),
            Self::Unclear(_) => return None,
            Self::Steps(steps) => steps,
        };
        let (first, rest) = steps.split_first()?;
        let how = first.get("parseJSON")?;
        let of_message = how["source"].as_str().is_none_or(|source| source == "@message");
        if !of_message || !how["destination"].is_null() {
            return None;
        }
        // `parseJSON` of the message into the root of the event gives the message's fields.
        if rest.is_empty() {
            return Some(Cow::Borrowed(message));
        }
        let mut event: Value = serde_json::from_str(message).ok()?;
        for step in rest {
            let (name, how) = step.as_object().filter(|step| step.len() == 1)?.iter().next()?;
            process(&mut event, name, how)?;
        }
        Some(Cow::Owned(event.to_string()))
    }
}

/// The processors whose work is computed.
const COMPUTED: [&str; 9] = [
    "addKeys",
    "copyValue",
    "deleteKeys",
    "lowerCaseString",
    "moveKeys",
    "parseJSON",
    "renameKeys",
    "trimString",
    "upperCaseString",
];

/// A processor as a snapshot keeps it: whole where its work is computed, else the name alone.
pub fn kept(step: &Value) -> Value {
    let Some(members) = step.as_object() else { return json!({}) };
    let kept = members.iter().map(|(name, how)| match COMPUTED.contains(&name.as_str()) {
        true => (name.clone(), how.clone()),
        false => (name.clone(), json!({})),
    });
    Value::Object(kept.collect())
}

/// One processor's work; `None` where its page leaves open what it does.
fn process(event: &mut Value, name: &str, how: &Value) -> Option<()> {
    let text = |value: &Value, member: &str| value[member].as_str().map(str::to_owned);
    let entries = how["entries"].as_array().cloned().unwrap_or_default();
    let over = |entry: &Value| entry["overwriteIfExists"].as_bool().unwrap_or(false);
    match name {
        "addKeys" => {
            for entry in &entries {
                set(event, &text(entry, "key")?, entry["value"].clone(), over(entry))?;
            }
        }
        "copyValue" => {
            for entry in &entries {
                let source = text(entry, "source")?;
                // Names of the group, the stream, the account and the Region.
                if source.starts_with('@') {
                    return None;
                }
                if let Some(value) = event.pointer(&pointer(&source)).cloned() {
                    set(event, &text(entry, "target")?, value, over(entry))?;
                }
            }
        }
        // Whether the new name of a nested key stands beside the old one is not said.
        "renameKeys" => {
            for entry in &entries {
                // The page says `target` where the API's model says `renameTo`.
                let to = text(entry, "renameTo").or_else(|| text(entry, "target"))?;
                let key = text(entry, "key")?;
                if key.contains('.') || to.contains('.') {
                    return None;
                }
                if let Some(value) = remove(event, &key) {
                    set(event, &to, value, over(entry))?;
                }
            }
        }
        // The key goes into the target, under its own name.
        "moveKeys" => {
            for entry in &entries {
                let (source, target) = (text(entry, "source")?, text(entry, "target")?);
                let name = source.rsplit('.').next()?;
                if let Some(value) = remove(event, &source) {
                    set(event, &format!("{target}.{name}"), value, over(entry))?;
                }
            }
        }
        "deleteKeys" => {
            for key in how["withKeys"].as_array()? {
                remove(event, key.as_str()?);
            }
        }
        "lowerCaseString" | "upperCaseString" | "trimString" => {
            for key in how["withKeys"].as_array()? {
                let found = event.pointer_mut(&pointer(key.as_str()?));
                if let Some(Value::String(value)) = found {
                    *value = match name {
                        "lowerCaseString" => value.to_lowercase(),
                        "upperCaseString" => value.to_uppercase(),
                        _ => value.trim().to_owned(),
                    };
                }
            }
        }
        _ => return None,
    }
    Some(())
}

/// The JSON pointer of a key such as `outer_key.inner_key`.
fn pointer(key: &str) -> String {
    let escaped = key.replace('~', "~0").replace('/', "~1");
    escaped.split('.').map(|part| format!("/{part}")).collect()
}

/// Puts a value at a key; `None` where something that is no object is in the way.
fn set(event: &mut Value, key: &str, value: Value, over: bool) -> Option<()> {
    let (parents, name) = key.rsplit_once('.').unwrap_or(("", key));
    let mut place = event;
    for part in parents.split('.').filter(|part| !part.is_empty()) {
        place = place.as_object_mut()?.entry(part).or_insert_with(|| json!({}));
    }
    let members = place.as_object_mut()?;
    if over || !members.contains_key(name) {
        members.insert(name.to_owned(), value);
    }
    Some(())
}

fn remove(event: &mut Value, key: &str) -> Option<Value> {
    let (parents, name) = key.rsplit_once('.').unwrap_or(("", key));
    let place = match parents {
        "" => event,
        parents => event.pointer_mut(&pointer(parents))?,
    };
    place.as_object_mut()?.shift_remove(name)
}
