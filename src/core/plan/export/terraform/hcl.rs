//! Values and blocks of HCL, written as `terraform fmt` leaves them.
//!
//! <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>

use std::collections::BTreeMap;

use serde_json::Value;

/// The longest list on one line.
const WIDTH: usize = 80;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Hcl {
    Text(String),
    /// An attribute of a resource, if the configuration has that resource, and else its value.
    Of(Attribute),
    /// An expression as it is written.
    Expression(String),
    List(Vec<Hcl>),
    Map(Vec<(String, Hcl)>),
    /// A JSON document.
    Json(Value),
}

/// What another resource may have as one of its attributes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attribute {
    pub(super) kind: &'static str,
    pub(super) name: &'static str,
    /// What tells the resource from others of its kind.
    pub(super) value: String,
    /// What is written where the configuration does not have it.
    pub(super) otherwise: String,
    /// What follows the attribute.
    pub(super) suffix: &'static str,
}

/// Attributes that resources of this configuration have, by kind, name and value: the expressions
/// for them.
pub(super) type Known = BTreeMap<(&'static str, &'static str, String), String>;

/// What is between the braces of a block.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Body {
    items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq)]
enum Item {
    Attribute(String, Hcl),
    Block(String, Body),
}

impl Hcl {
    pub(super) fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    pub(super) fn of(kind: &'static str, name: &'static str, value: impl ToString) -> Self {
        let value = value.to_string();
        Self::Of(Attribute { kind, name, otherwise: value.clone(), value, suffix: "" })
    }

    /// A document that AWS takes as text: as an object where that means the same, else as the text.
    ///
    /// Terraform writes numbers anew, so that one like `1e3` is left in the text that it is in.
    pub(super) fn document(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(document @ Value::Object(_)) if has_plain_numbers(&document) => Self::Json(document),
            _ => Self::text(text),
        }
    }

    /// A value of an answer of AWS; nothing for null.
    pub(super) fn from_json(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(is) => Self::Expression(is.to_string()),
            Value::Number(number) => Self::Expression(plain(number)),
            Value::String(text) => Self::text(text),
            Value::Array(items) => Self::List(items.iter().filter_map(Self::from_json).collect()),
            Value::Object(_) => Self::Json(value.clone()),
        })
    }

    fn write(&self, known: &Known, indent: usize) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Expression(text) => text.clone(),
            Self::Of(Attribute { kind, name, value, otherwise, suffix }) => {
                match known.get(&(*kind, *name, value.clone())) {
                    Some(expression) if suffix.is_empty() => expression.clone(),
                    Some(expression) => format!("\"${{{expression}}}{suffix}\""),
                    None => quoted(otherwise),
                }
            }
            Self::List(items) => {
                list(items.iter().map(|item| item.write(known, indent + 1)).collect(), indent)
            }
            Self::Map(fields) => {
                let fields = fields.iter();
                object(fields.map(|(k, v)| (k.as_str(), v.write(known, indent + 1))), indent)
            }
            Self::Json(document) => format!("jsonencode({})", json(document, indent)),
        }
    }
}

impl Body {
    pub(super) fn set(&mut self, name: &str, value: Hcl) -> &mut Self {
        self.items.push(Item::Attribute(name.to_owned(), value));
        self
    }

    pub(super) fn maybe(&mut self, name: &str, value: Option<Hcl>) -> &mut Self {
        if let Some(value) = value {
            self.set(name, value);
        }
        self
    }

    /// Sets what is there of an answer of AWS, by its names and Terraform's.
    pub(super) fn copy(&mut self, from: &Value, fields: &[(&str, &str)]) -> &mut Self {
        for (theirs, ours) in fields {
            self.maybe(ours, Hcl::from_json(&from[theirs]));
        }
        self
    }

    pub(super) fn block(&mut self, name: &str, body: Body) -> &mut Self {
        self.items.push(Item::Block(name.to_owned(), body));
        self
    }

    /// Adds what another body holds.
    pub(super) fn append(&mut self, other: &Self) -> &mut Self {
        self.items.extend(other.items.iter().cloned());
        self
    }

    /// The block with its header, such as `resource "aws_sns_topic" "alerts"`.
    pub(super) fn write(&self, header: &str, known: &Known, indent: usize) -> String {
        let mut text = format!("{header} {{\n");
        let mut row: Vec<(&str, String)> = Vec::new();
        for (index, item) in self.items.iter().enumerate() {
            match item {
                Item::Attribute(name, value) => row.push((name, value.write(known, indent + 1))),
                Item::Block(name, body) => {
                    text.push_str(&aligned(row.drain(..), indent + 1));
                    if index > 0 {
                        text.push('\n');
                    }
                    text.push_str(&spaces(indent + 1));
                    text.push_str(&body.write(name, known, indent + 1));
                    if let Some(Item::Attribute(..)) = self.items.get(index + 1) {
                        text.push('\n');
                    }
                }
            }
        }
        text.push_str(&aligned(row.drain(..), indent + 1));
        text.push_str(&format!("{}}}\n", spaces(indent)));
        text
    }
}

/// Lines of names and values; those in a row whose values have one line have their equals signs
/// under each other.
fn aligned<'a>(fields: impl Iterator<Item = (&'a str, String)>, indent: usize) -> String {
    let fields: Vec<(&str, String)> = fields.collect();
    let is_line = |(_, value): &(&str, String)| !value.contains('\n');
    let mut text = String::new();
    for row in fields.chunk_by(|a, b| is_line(a) && is_line(b)) {
        let width = row.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in row {
            text.push_str(&format!("{}{name:width$} = {value}\n", spaces(indent)));
        }
    }
    text
}

fn spaces(indent: usize) -> String {
    "  ".repeat(indent)
}

fn list(items: Vec<String>, indent: usize) -> String {
    let line = format!("[{}]", items.join(", "));
    if line.chars().count() <= WIDTH && !line.contains('\n') {
        return line;
    }
    let lines: String =
        items.iter().map(|item| format!("{}{item},\n", spaces(indent + 1))).collect();
    format!("[\n{lines}{}]", spaces(indent))
}

fn object<'a>(fields: impl Iterator<Item = (&'a str, String)>, indent: usize) -> String {
    let fields: Vec<(String, String)> = fields.map(|(name, value)| (quoted(name), value)).collect();
    if fields.is_empty() {
        return "{}".to_owned();
    }
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.clone()));
    format!("{{\n{}{}}}", aligned(fields, indent + 1), spaces(indent))
}

fn json(value: &Value, indent: usize) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => {
            list(items.iter().map(|item| json(item, indent + 1)).collect(), indent)
        }
        Value::Object(fields) => {
            object(fields.iter().map(|(k, v)| (k.as_str(), json(v, indent + 1))), indent)
        }
    }
}

fn has_plain_numbers(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_i64() || number.is_u64(),
        Value::Array(items) => items.iter().all(has_plain_numbers),
        Value::Object(fields) => fields.values().all(has_plain_numbers),
        _ => true,
    }
}

/// A number as people write it: `1`, not `1.0`.
pub(super) fn plain(number: &serde_json::Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A text in quotes, in which nothing is evaluated.
///
/// `${` and `%{` begin a template, and are `$${` and `%%{` as text. What a row of such signs before
/// a brace means is not in the specification, so that all but the last are escapes.
pub(in crate::plan::export) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '$' | '%' => match chars.peek() {
                Some('{') => quoted.extend([c, c]),
                Some('$' | '%') => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
                _ => quoted.push(c),
            },
            _ if crate::plan::steers_terminal(c) => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
