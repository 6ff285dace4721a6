//! Does this trail record this event?
//!
//! Two questions with two answers: [`records`] reads the trail's event selectors, [`covers`] its
//! Region and account.
//!
//! ```
//! use secmon_core::selector::{EventSelectors, RecordedEvent, Recorded, records};
//!
//! let selectors: EventSelectors =
//!     serde_json::from_str(r#"{"EventSelectors": [{"ReadWriteType": "WriteOnly"}]}"#)?;
//! assert_eq!(
//!     records(&selectors, &RecordedEvent::secret_read("GetSecretValue")),
//!     Recorded::No {
//!         reason: "selector 1 has ReadWriteType WriteOnly; \
//!                  GetSecretValue is a read-only management event".to_owned()
//!     },
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! # Rules
//!
//! - No selectors at all: every management event, no others. One matching selector is enough
//!   ([PutEventSelectors](https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html)).
//! - A trail has basic or advanced selectors, not both; `GetEventSelectors` of a default trail may
//!   answer with advanced ones only
//!   ([management events](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html)).
//! - Within an advanced selector the fields are joined by *and*. Within a field `Equals`,
//!   `StartsWith` and `EndsWith` with all their values are joined by *or*, and no `Not…` may match
//!   ([conditions](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html#filtering-data-events-conditions)).
//!   There are no wildcards: `*` is a character.
//!
//! # Edge cases
//!
//! Data events of basic selectors, and fields not modelled here, answer [`Recorded::Unknown`],
//! unless another field or another selector settles it.

mod coverage;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use coverage::{Coverage, TrailScope, covers, needs_opt_in, regions_of_every_account};

/// What `GetEventSelectors` answers, without the trail's ARN.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EventSelectors {
    /// Basic selectors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_selectors: Vec<EventSelector>,
    /// Advanced selectors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advanced_event_selectors: Vec<AdvancedEventSelector>,
}

/// A basic event selector.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EventSelector {
    /// `ReadOnly`, `WriteOnly` or `All`, which is the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_write_type: Option<String>,
    /// Absent means true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_management_events: Option<bool>,
    /// Services whose management events are left out, such as `kms.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_management_event_sources: Vec<String>,
    /// Data events to record besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_resources: Vec<DataResource>,
}

/// The resources of one type whose data events a basic selector records.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DataResource {
    /// Such as `AWS::S3::Object`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// ARNs, or the beginnings of ARNs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// An advanced event selector.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AdvancedEventSelector {
    /// What its author calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Joined by *and*.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub field_selectors: Vec<AdvancedFieldSelector>,
}

/// What an advanced selector asks of one field.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AdvancedFieldSelector {
    /// Name of the field of the CloudTrail event, such as `readOnly`.
    pub field: String,
    /// The field is one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// The field begins with one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts_with: Vec<String>,
    /// The field ends with one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends_with: Vec<String>,
    /// The field is none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_equals: Vec<String>,
    /// The field begins with none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_starts_with: Vec<String>,
    /// The field ends with none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_ends_with: Vec<String>,
}

/// The fields of a CloudTrail event that selectors look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// `Management`, `Data`, `Insight` or `NetworkActivity`.
    pub event_category: String,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Such as `secretsmanager.amazonaws.com`.
    pub event_source: String,
    /// Such as `GetSecretValue`.
    pub event_name: String,
    /// Such as `AwsApiCall`.
    pub event_type: String,
    /// `userIdentity.arn`; `None` where any identity may act, so that selectors asking for it
    /// answer unknown.
    pub user_identity_arn: Option<String>,
    /// `sessionCredentialFromConsole`; `None` where it may be either.
    pub session_credential_from_console: Option<bool>,
}

impl RecordedEvent {
    /// Somebody reads a secret; `event_name` is `GetSecretValue` or `BatchGetSecretValue`, both of
    /// which CloudTrail records as read-only management events.
    pub fn secret_read(event_name: &str) -> RecordedEvent {
        RecordedEvent {
            event_category: "Management".to_owned(),
            read_only: true,
            event_source: "secretsmanager.amazonaws.com".to_owned(),
            event_name: event_name.to_owned(),
            event_type: "AwsApiCall".to_owned(),
            user_identity_arn: None,
            session_credential_from_console: None,
        }
    }

    fn described(&self) -> String {
        let kind = if self.read_only { "read-only" } else { "write" };
        let category = self.event_category.to_lowercase();
        format!("{} is a {kind} {category} event", self.event_name)
    }

    /// Outer `None`: the field is not modelled. Inner `None`: it has no one value.
    fn field(&self, name: &str) -> Option<Option<String>> {
        Some(match name {
            "eventCategory" => Some(self.event_category.clone()),
            "readOnly" => Some(self.read_only.to_string()),
            "eventSource" => Some(self.event_source.clone()),
            "eventName" => Some(self.event_name.clone()),
            "eventType" => Some(self.event_type.clone()),
            "userIdentity.arn" => self.user_identity_arn.clone(),
            "sessionCredentialFromConsole" => {
                self.session_credential_from_console.map(|from_console| from_console.to_string())
            }
            _ => return None,
        })
    }
}

/// Whether the selectors let an event through to the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// Recorded.
    Yes {
        /// What lets it through: `selector 2`, `selector 1 "reads"`, `the default`.
        by: String,
    },
    /// Not recorded.
    No {
        /// One clause for each selector, joined by "; also ", without a full stop.
        reason: String,
    },
    /// Not to be told.
    Unknown {
        /// What is in doubt, without a full stop.
        reason: String,
    },
}

/// Do these selectors let this event through?
pub fn records(selectors: &EventSelectors, event: &RecordedEvent) -> Recorded {
    if selectors.event_selectors.is_empty() && selectors.advanced_event_selectors.is_empty() {
        if event.event_category == "Management" {
            return Recorded::Yes {
                by: "the default, which takes every management event".to_owned(),
            };
        }
        let reason = format!(
            "without selectors a trail takes management events only; {}",
            event.described()
        );
        return Recorded::No { reason };
    }
    let mut refusals = Vec::new();
    let mut doubts = Vec::new();
    // CloudTrail keeps one kind or the other. Should both be given, each is looked at.
    let basic = selectors.event_selectors.iter().enumerate().map(|(index, selector)| {
        let name = format!("selector {}", index + 1);
        let answer = basic(&name, selector, event);
        (name, answer)
    });
    let advanced =
        selectors.advanced_event_selectors.iter().enumerate().map(|(index, selector)| {
            let name = match &selector.name {
                Some(name) if !name.is_empty() => format!("selector {} \"{name}\"", index + 1),
                _ => format!("selector {}", index + 1),
            };
            let answer = advanced(&name, selector, event);
            (name, answer)
        });
    for (name, answer) in basic.chain(advanced) {
        match answer {
            Answer::Takes => return Recorded::Yes { by: name },
            Answer::Refuses(reason) => refusals.push(reason),
            Answer::Unclear(reason) => doubts.push(reason),
        }
    }
    if doubts.is_empty() {
        Recorded::No { reason: refusals.join("; also ") }
    } else {
        Recorded::Unknown { reason: doubts.join("; also ") }
    }
}

/// What one selector says, in clauses that begin with its name.
enum Answer {
    Takes,
    Refuses(String),
    Unclear(String),
}

fn basic(name: &str, selector: &EventSelector, event: &RecordedEvent) -> Answer {
    let described = event.described();
    let read_write = selector.read_write_type.as_deref().unwrap_or("All");
    match (read_write, event.read_only) {
        ("All", _) | ("ReadOnly", true) | ("WriteOnly", false) => {}
        ("ReadOnly" | "WriteOnly", _) => {
            return Answer::Refuses(format!("{name} has ReadWriteType {read_write}; {described}"));
        }
        (other, _) => {
            return Answer::Unclear(format!("{name} has the unknown ReadWriteType {other}"));
        }
    }
    match event.event_category.as_str() {
        "Management" => {
            if selector.include_management_events == Some(false) {
                let reason = format!("{name} has IncludeManagementEvents false; {described}");
                return Answer::Refuses(reason);
            }
            let source = &event.event_source;
            if selector.exclude_management_event_sources.contains(source) {
                return Answer::Refuses(format!("{name} excludes the event source {source}"));
            }
            Answer::Takes
        }
        "Data" if !selector.data_resources.is_empty() => {
            Answer::Unclear(format!("{name} has DataResources, which are not compared with events"))
        }
        _ => Answer::Refuses(format!("{name} takes no events of this category; {described}")),
    }
}

fn advanced(name: &str, selector: &AdvancedEventSelector, event: &RecordedEvent) -> Answer {
    if selector.field_selectors.is_empty() {
        // CloudTrail asks for one field selector at least, so such an answer is not understood.
        return Answer::Unclear(format!("{name} names no fields"));
    }
    let mut doubt = None;
    for field in &selector.field_selectors {
        let asks = || format!("{name} asks for {}", requirement(field));
        match event.field(&field.field) {
            Some(Some(value)) if accepts(field, &value) => {}
            Some(Some(value)) => {
                let (event, field) = (&event.event_name, &field.field);
                return Answer::Refuses(format!("{}; {event} has {field} {value}", asks()));
            }
            Some(None) => {
                doubt.get_or_insert_with(|| format!("{}, which differs from read to read", asks()));
            }
            None => {
                doubt.get_or_insert_with(|| format!("{}, a field secmon does not know", asks()));
            }
        }
    }
    doubt.map_or(Answer::Takes, Answer::Unclear)
}

fn accepts(field: &AdvancedFieldSelector, value: &str) -> bool {
    let selects = field.equals.iter().any(|wanted| value == wanted)
        || field.starts_with.iter().any(|wanted| value.starts_with(wanted.as_str()))
        || field.ends_with.iter().any(|wanted| value.ends_with(wanted.as_str()));
    let selects_nothing =
        field.equals.is_empty() && field.starts_with.is_empty() && field.ends_with.is_empty();
    let deselects = field.not_equals.iter().any(|wanted| value == wanted)
        || field.not_starts_with.iter().any(|wanted| value.starts_with(wanted.as_str()))
        || field.not_ends_with.iter().any(|wanted| value.ends_with(wanted.as_str()));
    (selects || selects_nothing) && !deselects
}

/// `readOnly Equals false`, `eventSource NotEquals kms.amazonaws.com or rdsdata.amazonaws.com`.
fn requirement(field: &AdvancedFieldSelector) -> String {
    let operators = [
        ("Equals", &field.equals),
        ("StartsWith", &field.starts_with),
        ("EndsWith", &field.ends_with),
        ("NotEquals", &field.not_equals),
        ("NotStartsWith", &field.not_starts_with),
        ("NotEndsWith", &field.not_ends_with),
    ];
    let clauses: Vec<String> = operators
        .iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(operator, values)| format!("{operator} {}", values.join(" or ")))
        .collect();
    format!("{} {}", field.field, clauses.join(", ")).trim_end().to_owned()
}
