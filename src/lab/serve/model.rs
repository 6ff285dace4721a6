//! AWS's own description of each service, condensed from botocore's models (`model/condense.py`).

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::world::Service;

/// What a service speaks about.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Model {
    /// Its API version, such as `2010-03-31`.
    pub(super) version: String,
    /// The first part of `X-Amz-Target`.
    pub(super) target: Option<String>,
    /// The version of its JSON protocol.
    pub(super) json: Option<String>,
    /// The namespace of its XML.
    pub(super) xmlns: Option<String>,
    /// What the lab plays.
    pub(super) operations: BTreeMap<String, Operation>,
    /// What AWS has besides.
    pub(super) others: BTreeMap<String, Operation>,
    pub(super) errors: BTreeMap<String, ErrorShape>,
    shapes: BTreeMap<String, Shape>,
}

/// One operation.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Operation {
    pub(super) input: Option<String>,
    pub(super) output: Option<String>,
    /// The element around the output, in Query's XML.
    pub(super) wrapper: Option<String>,
    /// The root element of the output, in S3's XML.
    pub(super) root: Option<String>,
    /// S3: the HTTP method.
    #[serde(default)]
    pub(super) method: String,
    /// S3: path and sub-resource, such as `/{Bucket}?policy`.
    #[serde(default)]
    pub(super) uri: String,
    /// S3: parameters and headers without which a request means something else.
    #[serde(default)]
    pub(super) needs: Vec<(Location, String)>,
    /// S3: the status of success, where it is not 200.
    pub(super) status: Option<u16>,
}

/// An error of the service.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorShape {
    pub(super) status: u16,
    /// Its code where that is not its name.
    pub(super) code: Option<String>,
    /// Whether it belongs to all services rather than to this one.
    #[serde(default)]
    pub(super) common: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    #[default]
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Blob,
    Timestamp,
}

/// Where a member of S3's inputs and outputs is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Location {
    Uri,
    QueryString,
    Header,
    /// All headers that begin alike.
    Headers,
}

/// A type.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) required: Vec<String>,
    #[serde(default, rename = "enum")]
    pub(super) values: Vec<String>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pattern: Option<String>,
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
    /// The member that is the whole body.
    pub(super) payload: Option<String>,
    #[serde(default)]
    pub(super) flattened: bool,
    #[serde(default)]
    pub(super) sensitive: bool,
    #[serde(default)]
    pub(super) members: Vec<Member>,
    pub(super) member: Option<Item>,
    pub(super) key: Option<Item>,
    pub(super) value: Option<Item>,
    /// A namespace prefix to declare, and its URI.
    pub(super) xmlns: Option<(String, String)>,
}

/// A member of a structure.
#[derive(Debug, Deserialize)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) shape: String,
    /// Its name on the wire, where it is another.
    wire: Option<String>,
    pub(super) location: Option<Location>,
    #[serde(default)]
    pub(super) flattened: bool,
    /// Whether it is an attribute of the XML element.
    #[serde(default)]
    pub(super) attribute: bool,
}

/// What a list or map consists of.
#[derive(Debug, Deserialize)]
pub(super) struct Item {
    pub(super) shape: String,
    pub(super) wire: Option<String>,
}

impl Member {
    /// Its name on the wire.
    pub(super) fn wire(&self) -> &str {
        self.wire.as_deref().unwrap_or(&self.name)
    }
}

impl Shape {
    /// The pattern that a text does not match, if it has to. Patterns are Java's: a few (lookaround,
    /// classes of Unicode) are not compiled here, and those are not looked at.
    pub(super) fn mismatched(&self, text: &str) -> Option<&str> {
        let pattern = self.pattern.as_deref()?;
        let compile = || {
            let whole = format!("^(?:{pattern})$");
            // Java's \w and \d are ASCII.
            RegexBuilder::new(&whole).unicode(false).build().ok()
        };
        let regex = self.compiled.get_or_init(compile).as_ref()?;
        (!regex.is_match(text.as_bytes())).then_some(pattern)
    }
}

#[cfg(test)]
impl Shape {
    pub(super) fn has_pattern(&self) -> bool {
        self.pattern.is_some()
    }
}

macro_rules! models {
    ($($service:ident $file:literal,)*) => {
        impl Model {
            /// The model of a service. Read when first asked for.
            pub(super) fn of(service: Service) -> &'static Self {
                match service {
                    $(Service::$service => {
                        static MODEL: LazyLock<Model> = LazyLock::new(|| {
                            // A test reads them all.
                            serde_json::from_str(include_str!($file)).unwrap_or_default()
                        });
                        &MODEL
                    })*
                }
            }
        }
    };
}

models! {
    CloudTrail "model/cloudtrail.json",
    Monitoring "model/monitoring.json",
    Events "model/events.json",
    Iam "model/iam.json",
    Kms "model/kms.json",
    Logs "model/logs.json",
    Organizations "model/organizations.json",
    S3 "model/s3.json",
    SecretsManager "model/secretsmanager.json",
    Sns "model/sns.json",
    Sqs "model/sqs.json",
    Sts "model/sts.json",
}

impl Model {
    /// A shape by its name.
    pub(super) fn shape(&self, name: &str) -> &Shape {
        static NOTHING: LazyLock<Shape> = LazyLock::new(Shape::default);
        self.shapes.get(name).unwrap_or(&NOTHING)
    }

    /// The shape of a list's items or a map's values.
    pub(super) fn item<'a>(&'a self, item: Option<&'a Item>) -> &'a Shape {
        self.shape(item.map_or("", |item| &item.shape))
    }

    /// The shapes by name, for tests of the table.
    #[cfg(test)]
    pub(super) fn shapes(&self) -> &BTreeMap<String, Shape> {
        &self.shapes
    }
}
