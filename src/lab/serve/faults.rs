//! What goes wrong on the way, by operation.

use serde::{Deserialize, Serialize};

use crate::world::Service;

/// A way in which a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Nothing: the operation is spared from what goes wrong with all.
    None,
    /// Access denied.
    Deny,
    /// Too many requests.
    Throttle,
    /// HTTP 500.
    Error,
    /// Never answered.
    Timeout,
    /// HTTP 200 with a body that is not of the protocol.
    Malformed,
    /// The connection breaks half-way through the body.
    Truncate,
    /// The body is half of itself, and its length says that this is all.
    Halve,
    /// A listing begins with an empty page and goes on in pages of one item each.
    PagesOfOne,
    /// Every page of a listing is the first one, with the same token.
    RepeatedToken,
}

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The operation, such as `DescribeTrails`; `*` is all of them.
    pub operation: String,
    /// The service, where only one service's operation of that name is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// What goes wrong.
    #[serde(default = "nothing")]
    pub kind: Kind,
    /// How many calls it still happens to; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How long each answer takes, in milliseconds.
    #[serde(default)]
    pub latency_ms: u64,
}

fn nothing() -> Kind {
    Kind::None
}

/// What happens to an answer's body on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    Malformed,
    Truncated,
    Halved,
}

/// Everything that goes wrong. Of several faults the one put last counts, and one that names its
/// operation before those for all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Faults(Vec<Fault>);

impl Fault {
    /// Something that goes wrong with every call of an operation; `*` is all operations.
    pub fn new(operation: &str, kind: Kind) -> Self {
        Self { operation: operation.to_owned(), service: None, kind, times: None, latency_ms: 0 }
    }

    /// Only so many times.
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// With each answer taking so long.
    pub fn latency_ms(self, latency_ms: u64) -> Self {
        Self { latency_ms, ..self }
    }
}

impl Faults {
    /// One more thing goes wrong.
    pub fn put(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Nothing goes wrong any more.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What goes wrong, in the order in which it was put.
    pub fn all(&self) -> &[Fault] {
        &self.0
    }

    /// What goes wrong with the next call of an operation, and how long it takes.
    pub(super) fn next(&mut self, service: Service, operation: &str) -> (Kind, u64) {
        let of = |fault: &Fault, name: &str| {
            fault.operation == name && fault.service.is_none_or(|meant| meant == service)
        };
        let named = self.0.iter().rposition(|fault| of(fault, operation));
        let Some(index) = named.or_else(|| self.0.iter().rposition(|fault| of(fault, "*"))) else {
            return (Kind::None, 0);
        };
        let fault = &mut self.0[index];
        match &mut fault.times {
            Some(0) => return (Kind::None, 0),
            Some(times) => *times -= 1,
            None => {}
        }
        (fault.kind, fault.latency_ms)
    }
}
