//! Does an SNS subscription's filter policy let a message body through?
//!
//! ```
//! use secmon_core::filter_policy::{FilterPolicy, MessageBody, Passage};
//! use secmon_core::snapshot::Snapshot;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let snapshot = Snapshot::healthy();
//! let alarms = snapshot.targets.values().next().and_then(|at| at.alarms.seen());
//! let alarm = alarms.and_then(|alarms| alarms.metric_alarms.get("secret-read")).ok_or("none")?;
//! let message = MessageBody::of_alarm(alarm);
//! let passes = |policy: &str| FilterPolicy::parse(policy).map(|policy| policy.passes(&message));
//!
//! assert_eq!(passes(r#"{"NewStateValue": ["ALARM"]}"#)?, Passage::Passes);
//! assert_eq!(
//!     passes(r#"{"NewStateValue": ["OK"]}"#)?,
//!     Passage::Drops("NewStateValue is \"ALARM\", not \"OK\"".to_owned()),
//! );
//! # Ok(()) }
//! ```
//!
//! # Rules
//!
//! Every property that the policy names must match, by at least one of its values
//! ([filter policies](https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html)).
//! What AWS does not document is not guessed: it makes the answer [`Passage::Unknown`], unless the
//! answer is the same either way.
//!
//! # Edge cases
//!
//! - A policy of scope `MessageAttributes` is not evaluated here: alarm messages carry no attributes
//!   (captured on AWS in September 2026).
//! - Of `anything-but` on a list, older pages say that one element outside is enough, newer ones that
//!   no element may be inside: a list with both is unknown.
//! - `exists` works on leaves only, and wants a value that is neither null nor empty
//!   ([key matching](https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html)).
//! - `$or` is an operator only before a list of at least two objects whose names are no keywords, else
//!   a name like any other ([and/or](https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html)).

use serde_json::{Map, Value};

mod message;
mod operator;
#[cfg(test)]
mod tests;

pub use message::MessageBody;

use operator::matches;

/// A filter policy of scope `MessageBody`.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterPolicy {
    properties: Map<String, Value>,
}

/// A text that is no filter policy; AWS takes none such.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the filter policy is no JSON object: {0}")]
pub struct FilterPolicyError(String);

/// What a filter policy does with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// The subscriber gets it.
    Passes,
    /// The subscriber does not get it; why, as a clause: `NewStateValue is "ALARM", not "OK"`.
    Drops(String),
    /// It hangs on something that is not known; what, as a clause.
    Unknown(String),
}

/// What the message holds where a property points.
#[derive(Debug, Clone, Copy)]
enum Found<'a> {
    Value(&'a Value),
    Missing,
    NotKnown(&'a str),
}

impl FilterPolicy {
    /// Reads a filter policy.
    ///
    /// # Errors
    ///
    /// When the text is not a JSON object.
    pub fn parse(text: &str) -> Result<Self, FilterPolicyError> {
        serde_json::from_str(text)
            .map(|properties| Self { properties })
            .map_err(|error| FilterPolicyError(error.to_string()))
    }

    /// Whether it names no property: the same as no policy.
    pub fn is_empty(&self) -> bool {
        self.properties.is_empty()
    }

    /// Whether a message with this body comes through.
    pub fn passes(&self, message: &MessageBody) -> Passage {
        object(&self.properties, message, Found::Value(message.value()), "")
    }
}

/// `and` over the properties of one object of the policy.
fn object(
    properties: &Map<String, Value>,
    message: &MessageBody,
    inside: Found<'_>,
    path: &str,
) -> Passage {
    Passage::all(properties.iter().map(|(name, wanted)| {
        if let (true, Some(alternatives)) = (name == "$or", alternatives(wanted)) {
            let alternatives = alternatives.iter();
            return Passage::any(alternatives.map(|one| object(one, message, inside, path)));
        }
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let found = message.inside(inside, name, &path);
        match wanted {
            Value::Array(wanted) => matches(wanted, found, &path),
            Value::Object(nested) => match found {
                // SNS flattens lists of objects somehow; the page on filtering does not say how.
                Found::Value(Value::Array(_)) => {
                    Passage::Unknown(format!("{path} is a list, and the policy looks inside it"))
                }
                found => object(nested, message, found, &path),
            },
            _ => Passage::Unknown(format!("the policy gives {path} no list of values")),
        }
    }))
}

const KEYWORDS: [&str; 13] = [
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "numeric",
    "anything-but",
    "exists",
    "prefix",
    "suffix",
    "wildcard",
    "equals-ignore-case",
    "cidr",
];

fn alternatives(wanted: &Value) -> Option<Vec<&Map<String, Value>>> {
    let objects: Vec<_> = wanted.as_array()?.iter().map(Value::as_object).collect::<Option<_>>()?;
    let mut names = objects.iter().flat_map(|object| object.keys());
    let is_operator = objects.len() >= 2 && !names.any(|name| KEYWORDS.contains(&name.as_str()));
    is_operator.then_some(objects)
}

impl Passage {
    /// One certain drop decides, whatever else is unknown.
    fn all(items: impl Iterator<Item = Self>) -> Self {
        let mut answer = Self::Passes;
        for item in items {
            match (&answer, item) {
                (_, Self::Drops(why)) => return Self::Drops(why),
                (Self::Passes, unknown @ Self::Unknown(_)) => answer = unknown,
                _ => {}
            }
        }
        answer
    }

    /// One certain passage decides; of several drops the reasons are told together.
    fn any(items: impl Iterator<Item = Self>) -> Self {
        let mut unknown = None;
        let mut reasons: Vec<String> = Vec::new();
        for item in items {
            match item {
                Self::Passes => return Self::Passes,
                Self::Unknown(why) => unknown = unknown.or(Some(why)),
                Self::Drops(why) => reasons.push(why),
            }
        }
        unknown.map_or_else(|| Self::Drops(reasons.join(", and ")), Self::Unknown)
    }
}
