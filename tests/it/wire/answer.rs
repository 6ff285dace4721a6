//! What the account says to a call, before it is put into a protocol.

use jiff::Timestamp;
use secmon_core::snapshot::Observed;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::call::{Call, Protocol};

/// The answer to one call.
pub(crate) enum Answer {
    /// The fields of the output.
    Fields(Value),
    /// A listing, cut into pages when it is settled.
    List(Listing),
    /// The operation's own error.
    Error(Problem),
    /// The caller may not.
    Denied,
    /// HTTP 500.
    Failed(String),
    /// Too many requests.
    Throttled,
    /// The snapshot does not say.
    Unknown(String),
}

/// An error as AWS names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// HTTP status.
    pub(crate) status: u16,
    /// The code.
    pub(crate) code: String,
    /// Its name in CloudWatch's CBOR, where the code is in a header.
    pub(crate) shape: String,
    /// The message.
    pub(crate) message: String,
}

/// How an operation pages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paging {
    /// The token, in requests and answers.
    token: &'static str,
    /// What answers call it, where that is something else.
    next: Option<&'static str>,
    /// The request's parameter that sets the page size.
    size: &'static str,
    /// The page size without it.
    default_size: usize,
}

/// CloudWatch Logs.
pub(crate) const LOGS: Paging =
    Paging { token: "nextToken", next: None, size: "limit", default_size: 50 };
/// CloudTrail.
pub(crate) const TRAILS: Paging =
    Paging { token: "NextToken", next: None, size: "MaxResults", default_size: 50 };
/// CloudWatch.
pub(crate) const ALARMS: Paging =
    Paging { token: "NextToken", next: None, size: "MaxRecords", default_size: 50 };
/// SNS; its pages have one size.
pub(crate) const TOPICS: Paging =
    Paging { token: "NextToken", next: None, size: "-", default_size: 100 };
/// IAM.
pub(crate) const ROLES: Paging =
    Paging { token: "Marker", next: None, size: "MaxItems", default_size: 100 };
/// KMS, whose next token goes by another name than the one that is sent.
pub(crate) const GRANTS: Paging =
    Paging { token: "Marker", next: Some("NextMarker"), size: "Limit", default_size: 50 };
/// EventBridge.
pub(crate) const RULES: Paging =
    Paging { token: "NextToken", next: None, size: "Limit", default_size: 100 };

/// A listing of one or several lists that share their pages.
pub(crate) struct Listing {
    lists: &'static [&'static str],
    items: Vec<(&'static str, Value)>,
    paging: Paging,
    /// Whether there is more than the snapshot holds.
    pub(crate) more: bool,
    pages_of_one: bool,
    repeated: bool,
}

impl Answer {
    /// A listing of one list.
    pub(crate) fn list(
        name: &'static [&'static str; 1],
        items: Vec<Value>,
        paging: Paging,
    ) -> Self {
        let items = items.into_iter().map(|item| (name[0], item)).collect();
        Self::lists(name, items, paging)
    }

    /// A listing of several lists.
    pub(crate) fn lists(
        lists: &'static [&'static str],
        items: Vec<(&'static str, Value)>,
        paging: Paging,
    ) -> Self {
        let (more, pages_of_one, repeated) = (false, false, false);
        Self::List(Listing { lists, items, paging, more, pages_of_one, repeated })
    }

    /// AWS's word that there is no such thing.
    pub(crate) fn missing(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self::Error(Problem::new(status, code, message))
    }

    /// What a slot of the snapshot says.
    pub(crate) fn slot<T>(
        slot: Option<&Observed<T>>,
        absent: impl FnOnce() -> Self,
        seen: impl FnOnce(&T) -> Self,
    ) -> Self {
        match slot {
            Some(Observed::Seen(value)) => seen(value),
            Some(Observed::Absent) => absent(),
            Some(Observed::Denied { .. }) => Self::Denied,
            Some(Observed::Failed { reason }) => Self::Failed(reason.clone()),
            Some(Observed::NotAsked) | None => {
                Self::Unknown("the snapshot was never asked this".to_owned())
            }
        }
    }

    /// The same for operations that list: AWS never says that there is no list.
    pub(crate) fn listed<T>(slot: &Observed<T>, seen: impl FnOnce(&T) -> Self) -> Self {
        let never = || Self::Unknown("AWS never answers that a listing is absent".to_owned());
        Self::slot(Some(slot), never, seen)
    }

    /// A listing in an empty page and pages of one; everything else as it is.
    pub(crate) fn in_pages_of_one(self) -> Self {
        self.map_list(|list| list.pages_of_one = true)
    }

    /// A listing that never ends; everything else as it is.
    pub(crate) fn with_the_same_token_for_ever(self) -> Self {
        self.map_list(|list| list.repeated = true)
    }

    /// A listing changed; everything else as it is.
    pub(crate) fn map_list(mut self, change: impl FnOnce(&mut Listing)) -> Self {
        if let Self::List(list) = &mut self {
            change(list);
        }
        self
    }

    /// The fields, or the error; outside, why nobody can answer.
    pub(super) fn settle(self, call: &Call) -> Result<Result<Value, Problem>, String> {
        let problem = match self {
            Self::Fields(fields) => return Ok(Ok(fields)),
            Self::List(list) => return list.page(call).map(Ok),
            Self::Error(problem) => problem,
            Self::Unknown(why) => return Err(why),
            Self::Denied => Problem::denied(call),
            Self::Failed(reason) => match call.service.protocol {
                Protocol::Json(_) | Protocol::S3 => Problem::new(500, "InternalError", reason),
                _ => Problem::new(500, "InternalFailure", reason),
            },
            Self::Throttled => match call.service.protocol {
                Protocol::Json(_) => Problem::new(400, "ThrottlingException", "Rate exceeded"),
                Protocol::Cbor(_) => Problem {
                    shape: "ThrottlingException".to_owned(),
                    ..Problem::new(400, "Throttling", "Rate exceeded")
                },
                Protocol::Query(_) => Problem::new(400, "Throttling", "Rate exceeded"),
                Protocol::S3 => Problem::new(503, "SlowDown", "Please reduce your request rate."),
            },
        };
        Ok(Err(problem))
    }
}

impl Problem {
    /// An error whose CBOR name is its code.
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, code: code.to_owned(), shape: code.to_owned(), message }
    }

    fn denied(call: &Call) -> Self {
        let Call { service, operation, .. } = call;
        let prefix = if service.name == "monitoring" { "cloudwatch" } else { service.name };
        let message = format!(
            "User: arn:aws:sts::123456789012:assumed-role/secmon-read/alice is not authorized to \
             perform: {prefix}:{operation} because no identity-based policy allows the \
             {prefix}:{operation} action"
        );
        match (&service.protocol, service.name) {
            (Protocol::Json(_), _) => Self::new(400, "AccessDeniedException", message),
            (_, "sns") => Self::new(403, "AuthorizationError", message),
            (Protocol::Cbor(_), _) => Self {
                shape: "AccessDeniedException".to_owned(),
                ..Self::new(403, "AccessDenied", message)
            },
            _ => Self::new(403, "AccessDenied", message),
        }
    }
}

impl Listing {
    fn page(self, call: &Call) -> Result<Value, String> {
        let Paging { token, next: token_in_answers, size, default_size } = self.paging;
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let asked = number(&call.params[size]).map_or(default_size, |size| size as usize);
        let start = match call.params[token].as_str() {
            None => None,
            Some(_) if self.repeated => None,
            Some(text) => {
                let start = text.strip_prefix("from-").and_then(|start| start.parse().ok());
                Some(start.ok_or_else(|| format!("no page of this listing has token {text}"))?)
            }
        };
        let size = match (self.pages_of_one, start) {
            (false, _) => asked,
            // AWS's pages may be empty and still not be the last.
            (true, None) => 0,
            (true, Some(_)) => 1,
        };
        let start = start.unwrap_or(0);
        let end = (start + size).min(self.items.len());
        let is_last = end == self.items.len() && (start > 0 || size > 0);
        let next = match (self.repeated, is_last) {
            (true, _) => Some("again".to_owned()),
            (false, false) => Some(format!("from-{end}")),
            // Whoever goes on after all that the snapshot holds gets an empty last page.
            (false, true) => (self.more && start < end).then(|| format!("from-{end}")),
        };
        let mut fields: Map<String, Value> =
            self.lists.iter().map(|list| ((*list).to_owned(), json!([]))).collect();
        for (list, item) in self.items.into_iter().take(end).skip(start) {
            fields[list].as_array_mut().expect("a list").push(item);
        }
        if token == "Marker" && token_in_answers.is_none() {
            fields.insert("IsTruncated".to_owned(), json!(next.is_some()));
        }
        if let Some(next) = next {
            fields.insert(token_in_answers.unwrap_or(token).to_owned(), json!(next));
        }
        Ok(Value::Object(fields))
    }
}

/// A resource of the snapshot as AWS shows it: without what secmon adds in small letters.
pub(crate) fn as_aws_shows<T: Serialize>(resource: &T) -> Value {
    let Value::Object(fields) = json!(resource) else {
        return Value::Null;
    };
    let own = |name: &String| name.starts_with(|first: char| first.is_ascii_lowercase());
    fields.into_iter().filter(|(name, _)| !own(name)).collect::<Map<_, _>>().into()
}

/// The time in a field of AWS, if it is one. Text fields that hold other things do not parse.
pub(super) fn is_time(name: &str, value: &Value) -> Option<Timestamp> {
    let named = ["Time", "Timestamp", "Date"].iter().any(|end| name.ends_with(end));
    if named { value.as_str()?.parse().ok() } else { None }
}
