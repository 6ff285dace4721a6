//! What goes wrong, by operation.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

/// One thing that goes wrong with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Access denied.
    Deny,
    /// Throttled so many times, then answered.
    ThrottleThenOk(u32),
    /// HTTP 500, each time.
    ServerError,
    /// Never answered.
    Timeout,
    /// HTTP 200 with a body that is not of the protocol.
    Malformed,
    /// The connection breaks half-way through the body.
    Truncated,
    /// The body is half of itself, and its length says that this is all.
    Halved,
    /// An empty page, then pages of one item each.
    PagesOfOne,
    /// Every page is the first one, with the same token.
    RepeatedToken,
}

/// The faults of a server.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    by_operation: BTreeMap<String, (Option<Fault>, AtomicU32)>,
    everywhere: Option<Fault>,
}

impl Faults {
    /// Nothing goes wrong.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// One operation goes wrong.
    pub(crate) fn of(operation: &str, fault: Fault) -> Self {
        Self::none().and(operation, fault)
    }

    /// Another operation goes wrong too.
    pub(crate) fn and(mut self, operation: &str, fault: Fault) -> Self {
        self.by_operation.insert(operation.to_owned(), (Some(fault), AtomicU32::new(0)));
        self
    }

    /// One operation does not go wrong after all.
    pub(crate) fn except(mut self, operation: &str) -> Self {
        let nothing = (None, AtomicU32::new(0));
        self.by_operation.insert(operation.to_owned(), nothing);
        self
    }

    /// Every operation goes wrong in the same way.
    pub(crate) fn everywhere(fault: Fault) -> Self {
        Self { everywhere: Some(fault), ..Self::default() }
    }

    /// What goes wrong with the next call of an operation.
    pub(super) fn next(&self, operation: &str) -> Option<Fault> {
        let Some((fault, calls)) = self.by_operation.get(operation) else {
            return self.everywhere;
        };
        let earlier = calls.fetch_add(1, Ordering::Relaxed);
        match *fault {
            Some(Fault::ThrottleThenOk(times)) if earlier >= times => None,
            fault => fault,
        }
    }
}
