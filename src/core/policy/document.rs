//! Reading a policy document, and adding a statement to it.
//!
//! The grammar is that of
//! [Grammar of the IAM JSON policy language](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html).

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::wildcard::Variables;

/// Why a text is not a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The text is not JSON, nests too deeply, or names an element twice.
    #[error("the policy is not valid JSON: {0}")]
    Json(String),
    /// The document as a whole has the wrong shape.
    #[error("the policy {0}")]
    Document(String),
    /// One statement has the wrong shape.
    #[error("statement {number} of the policy {message}")]
    Statement {
        /// Counted from 1.
        number: usize,
        /// Completes the sentence.
        message: String,
    },
}

/// A policy: of an IAM identity, or of a resource such as a topic, key, bucket or role (trust).
///
/// Keeps the JSON it was read from, so that [`with_statement`](PolicyDocument::with_statement)
/// changes nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyDocument {
    original: Value,
    pub(super) variables: Variables,
    pub(super) statements: Vec<Statement>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// `Action` and `NotAction`, `Resource` and `NotResource`: entries, or everything but the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cover<T> {
    Only(T),
    AllBut(T),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) sid: Option<String>,
    pub(super) effect: Effect,
    /// `None` in an identity policy, where the principal is the identity it is attached to.
    pub(super) principal: Option<Cover<Vec<PrincipalEntry>>>,
    pub(super) action: Cover<Vec<String>>,
    /// `None` in a role's trust policy, where the resource is the role.
    pub(super) resource: Option<Cover<Vec<String>>>,
    pub(super) conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PrincipalEntry {
    Everyone,
    Aws(String),
    Service(String),
    Federated(String),
    CanonicalUser(String),
}

/// One operator with one key: `"ArnLike": {"aws:SourceArn": […]}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) operator: String,
    pub(super) key: String,
    pub(super) values: Vec<String>,
}

impl PolicyDocument {
    /// Reads a policy document.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, nests deeper than 128 levels, names an element twice, or is not
    /// of the policy grammar: AWS refuses such a document when it is saved.
    pub fn parse(text: &str) -> Result<PolicyDocument, PolicyError> {
        let Unambiguous(original) =
            serde_json::from_str(text).map_err(|error| PolicyError::Json(error.to_string()))?;
        let document = object(&original).map_err(PolicyError::Document)?;
        only(document, &["Version", "Id", "Statement"]).map_err(PolicyError::Document)?;
        let variables = match document.get("Version") {
            None => Variables::Literal,
            Some(Value::String(version)) if version == "2008-10-17" => Variables::Literal,
            Some(Value::String(version)) if version == "2012-10-17" => Variables::Replaced,
            Some(other) => {
                let message = format!("has Version {other}, which AWS does not know");
                return Err(PolicyError::Document(message));
            }
        };
        let statements = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.as_slice(),
            Some(one @ Value::Object(_)) => std::slice::from_ref(one),
            Some(_) => return Err(wrong("has a Statement that is no object and no list")),
            None => return Err(wrong("has no Statement")),
        };
        let statements = statements
            .iter()
            .enumerate()
            .map(|(index, value)| {
                statement(value)
                    .map_err(|message| PolicyError::Statement { number: index + 1, message })
            })
            .collect::<Result<_, _>>()?;
        Ok(PolicyDocument { original, variables, statements })
    }

    /// The document as it was read, elements in their order.
    pub fn json(&self) -> &Value {
        &self.original
    }

    /// This policy as JSON text with one statement added at the end.
    ///
    /// Everything else is kept, in its order; a single statement object becomes a list. A `Sid`
    /// that is taken gets a number behind it, since SNS refuses two equal ones. The statement
    /// itself is not checked: parse the result.
    ///
    /// ```
    /// use secmon_core::policy::PolicyDocument;
    ///
    /// let before = r#"{"Id":"p","Statement":{"Sid":"A","Effect":"Deny","Action":"sns:Publish"}}"#;
    /// let policy = PolicyDocument::parse(before)?;
    /// let added = serde_json::json!({"Sid": "A", "Effect": "Allow", "Action": "sns:Publish"});
    /// assert_eq!(
    ///     policy.with_statement(&added),
    ///     concat!(
    ///         r#"{"Id":"p","Statement":[{"Sid":"A","Effect":"Deny","Action":"sns:Publish"},"#,
    ///         r#"{"Sid":"A2","Effect":"Allow","Action":"sns:Publish"}]}"#,
    ///     ),
    /// );
    /// # Ok::<(), secmon_core::policy::PolicyError>(())
    /// ```
    pub fn with_statement(&self, statement: &Value) -> String {
        let mut added = statement.clone();
        if let Some(Value::String(sid)) = added.get_mut("Sid") {
            *sid = self.free_sid(sid);
        }
        let mut document = self.original.clone();
        if let Some(statements) = document.get_mut("Statement") {
            match statements {
                Value::Array(list) => list.push(added),
                one => *one = Value::Array(vec![one.take(), added]),
            }
        }
        document.to_string()
    }

    fn free_sid(&self, wanted: &str) -> String {
        let taken: BTreeSet<&str> =
            self.statements.iter().filter_map(|statement| statement.sid.as_deref()).collect();
        std::iter::once(wanted.to_owned())
            .chain((2..=taken.len() + 2).map(|number| format!("{wanted}{number}")))
            .find(|sid| !taken.contains(sid.as_str()))
            .unwrap_or_else(|| wanted.to_owned())
    }
}

fn statement(value: &Value) -> Result<Statement, String> {
    let fields = object(value)?;
    only(
        fields,
        &[
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ],
    )?;
    let effect = match fields.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err("has no Effect \"Allow\" or \"Deny\"".to_owned()),
    };
    let sid = match fields.get("Sid") {
        None => None,
        Some(Value::String(sid)) => Some(sid.clone()).filter(|sid| !sid.is_empty()),
        Some(_) => return Err("has a Sid that is no text".to_owned()),
    };
    Ok(Statement {
        sid,
        effect,
        principal: cover(fields, "Principal", "NotPrincipal", principals)?,
        action: cover(fields, "Action", "NotAction", texts)?
            .ok_or("has neither Action nor NotAction")?,
        resource: cover(fields, "Resource", "NotResource", texts)?,
        conditions: fields.get("Condition").map_or(Ok(Vec::new()), conditions)?,
    })
}

fn cover<T>(
    fields: &Map<String, Value>,
    positive: &str,
    negative: &str,
    read: fn(&str, &Value) -> Result<T, String>,
) -> Result<Option<Cover<T>>, String> {
    match (fields.get(positive), fields.get(negative)) {
        (Some(_), Some(_)) => Err(format!("has both {positive} and {negative}")),
        (Some(value), None) => read(positive, value).map(Cover::Only).map(Some),
        (None, Some(value)) => read(negative, value).map(Cover::AllBut).map(Some),
        (None, None) => Ok(None),
    }
}

fn principals(element: &str, value: &Value) -> Result<Vec<PrincipalEntry>, String> {
    let kinds = match value {
        Value::String(star) if star == "*" => return Ok(vec![PrincipalEntry::Everyone]),
        Value::Object(kinds) => kinds,
        _ => {
            return Err(format!("has a {element} that is neither \"*\" nor an object"));
        }
    };
    let mut entries = Vec::new();
    for (kind, value) in kinds {
        let read: fn(String) -> PrincipalEntry = match kind.as_str() {
            "AWS" => |entry| match entry.as_str() {
                "*" => PrincipalEntry::Everyone,
                _ => PrincipalEntry::Aws(entry),
            },
            "Service" => PrincipalEntry::Service,
            "Federated" => PrincipalEntry::Federated,
            "CanonicalUser" => PrincipalEntry::CanonicalUser,
            other => return Err(format!("has a {element} of the unknown kind {other:?}")),
        };
        entries.extend(texts(element, value)?.into_iter().map(read));
    }
    Ok(entries)
}

fn conditions(value: &Value) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    let operators = value.as_object().ok_or("has a Condition that is no object")?;
    for (operator, keys) in operators {
        let keys = keys
            .as_object()
            .ok_or_else(|| format!("has a Condition {operator} that is no object"))?;
        for (key, value) in keys {
            let values = match value {
                Value::Array(values) => values.iter().map(scalar).collect(),
                one => scalar(one).map(|text| vec![text]),
            };
            let values = values.ok_or_else(|| {
                format!("has a value for {operator} {key} that is no text, number or truth value")
            })?;
            conditions.push(Condition { operator: operator.clone(), key: key.clone(), values });
        }
    }
    Ok(conditions)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn texts(element: &str, value: &Value) -> Result<Vec<String>, String> {
    let texts = match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(values) => {
            values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    };
    texts.ok_or_else(|| {
        format!("has a value for {element} that is neither text nor a list of texts")
    })
}

fn object(value: &Value) -> Result<&Map<String, Value>, String> {
    value.as_object().ok_or_else(|| "is no JSON object".to_owned())
}

fn only(fields: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("has the unknown element {name:?}")),
        None => Ok(()),
    }
}

fn wrong(message: &str) -> PolicyError {
    PolicyError::Document(message.to_owned())
}

/// JSON in which no object names an element twice. `serde_json::Value` would keep the last and
/// judge a policy that AWS, which refuses it, never had.
struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unambiguous, D::Error> {
        deserializer.deserialize_any(UnambiguousVisitor).map(Unambiguous)
    }
}

struct UnambiguousVisitor;

impl<'de> Visitor<'de> for UnambiguousVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unambiguous(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((name, Unambiguous(value))) = entries.next_entry::<String, Unambiguous>()? {
            if map.contains_key(&name) {
                return Err(A::Error::custom(format!("{name:?} appears twice in one object")));
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}
