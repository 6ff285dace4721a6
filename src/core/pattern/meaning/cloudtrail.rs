//! What a pattern means for CloudTrail's events.
//!
//! In a log group of CloudTrail every message is an event, and some fields are in every event:
//! those that the documentation calls not optional
//! ([AWS](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html)).
//! `{ $.eventName = "*" }` does not match every JSON object, but every event.

use super::cells::Allowed;
use super::problem::Problem;
use super::solve::Mode;
use super::{Extent, extent_over};
use crate::pattern::{FilterPattern, Pattern, Step};

/// The fields of every event with a value such as CloudTrail's: `Optional: False`, and a string
/// but for `userIdentity`.
pub(super) const ALWAYS: &[(&str, Allowed)] = &[
    ("eventVersion", Allowed::Text("1.11")),
    ("userIdentity", Allowed::Object),
    ("eventTime", Allowed::Text("2026-01-31T12:00:00Z")),
    ("eventSource", Allowed::Text("iam.amazonaws.com")),
    ("eventName", Allowed::Text("GetUser")),
    ("awsRegion", Allowed::Text("us-east-1")),
    ("sourceIPAddress", Allowed::Text("192.0.2.1")),
    ("eventID", Allowed::Text("00000000-0000-0000-0000-000000000000")),
    ("eventType", Allowed::Text("AwsApiCall")),
];

/// Events that a pattern does not match: those in which these fields have these values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Exception(pub Vec<Pin>);

/// A field and its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Pin {
    /// The name of the field, such as `eventName`.
    pub field: String,
    /// The string that stands there.
    pub value: String,
}

/// Of more exceptions than this a pattern does not match *nearly* everything.
const MAX_EXCEPTIONS: usize = 16;
/// How many kinds of event are looked at for them.
const MAX_KINDS: usize = 2_000;

/// What a pattern matches among CloudTrail's events: JSON objects in which the fields that are in
/// every event are there.
///
/// ```
/// use secmon_core::pattern::FilterPattern;
/// use secmon_core::pattern::meaning::{Extent, extent, extent_of_cloudtrail};
///
/// let pattern = FilterPattern::parse("{ $.eventName != Foo || $.eventSource = * }").unwrap();
/// assert!(matches!(extent(&pattern), Extent::Some { .. }));
/// assert_eq!(extent_of_cloudtrail(&pattern), Extent::Every);
/// ```
pub fn extent_of_cloudtrail(pattern: &FilterPattern) -> Extent {
    extent_over(pattern, ALWAYS)
}

/// If a pattern matches every CloudTrail event but those in which fields that are in every event
/// have one of a few values: these exceptions. Nothing where more events than that are not matched,
/// or that is not known.
///
/// An alarm on such a pattern rings always. The best-known one is CIS 3.1 as it is often printed:
///
/// ```
/// use secmon_core::pattern::FilterPattern;
/// use secmon_core::pattern::meaning::exceptions_of_cloudtrail;
///
/// let pattern = FilterPattern::parse(r#"{ ($.errorCode = "*UnauthorizedOperation")
///     || ($.errorCode = "AccessDenied*")
///     || ($.sourceIPAddress != "delivery.logs.amazonaws.com")
///     || ($.eventName != "HeadBucket") }"#).unwrap();
/// let exceptions = exceptions_of_cloudtrail(&pattern).unwrap();
/// let pins: Vec<_> = exceptions[0].0.iter().map(|pin| (&*pin.field, &*pin.value)).collect();
/// assert_eq!(exceptions.len(), 1);
/// assert_eq!(
///     pins,
///     [("eventName", "HeadBucket"), ("sourceIPAddress", "delivery.logs.amazonaws.com")]
/// );
/// ```
pub fn exceptions_of_cloudtrail(pattern: &FilterPattern) -> Option<Vec<Exception>> {
    let Pattern::Json(expr) = pattern.pattern() else {
        return None;
    };
    let problem = Problem::new(&[(expr, pattern.doubts())], ALWAYS).ok()?;
    let mut exceptions = std::collections::BTreeSet::new();
    let mut kinds = 0;
    let mut few = true;
    problem
        .each_miss(|model, decided| {
            let pins = ALWAYS.iter().filter_map(|(field, _)| {
                let node = model.find(0, &[Step::Name((*field).to_owned())])?;
                let value = model.cell(Mode::Possible, decided, node)?.single.clone()?;
                Some(Pin { field: (*field).to_owned(), value })
            });
            let mut pins: Vec<Pin> = pins.collect();
            pins.sort();
            kinds += 1;
            few = !pins.is_empty() && kinds <= MAX_KINDS;
            exceptions.insert(Exception(pins));
            few &= exceptions.len() <= MAX_EXCEPTIONS;
            few
        })
        .ok()?;
    few.then(|| exceptions.into_iter().collect())
}
