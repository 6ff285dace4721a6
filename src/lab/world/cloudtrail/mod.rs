//! CloudTrail: what was called, who records it, and where it goes.
//!
//! [`record`] makes an event of a call, [`deliver`] takes it to the trails that record it and on to
//! their log groups and buckets, [`history`] answers LookupEvents, [`api`] the rest.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secmon_core::snapshot::{Arn, Event, Target, Trail};
use serde::{Deserialize, Serialize};

use super::World;

mod admission;
mod api;
mod deliver;
mod find;
mod history;
mod record;
mod selectors;
#[cfg(test)]
mod tests;
mod traffic;

pub(super) use admission::DELIVERY_ROLE_SOURCE;
pub(super) use deliver::{OPT_IN_HOME, SELECTOR_FIELD};
pub(super) use selectors::filled_in;

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct CloudTrail {
    /// The trails that are at home here.
    pub(super) trails: BTreeMap<Arn, TrailState>,
    /// Event history, oldest first.
    pub(super) history: Vec<HistoryEvent>,
}

/// A trail and what it is about to deliver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrailState {
    /// As described; its status and selectors are always there.
    pub(super) trail: Trail,
    /// Recorded and not yet sent to the log group, oldest first.
    pub(super) unsent: Vec<Recorded>,
    /// Recorded and not yet in a log file, oldest first.
    pub(super) unfiled: Vec<Recorded>,
    pub(super) tags: BTreeMap<String, String>,
}

impl TrailState {
    pub(super) fn new(trail: Trail) -> Self {
        Self { trail, unsent: Vec::new(), unfiled: Vec::new(), tags: BTreeMap::new() }
    }
}

/// An event that a trail recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recorded {
    /// When the call was made.
    at: Timestamp,
    /// Where it was made.
    target: Target,
    /// The event as JSON.
    record: String,
}

/// An event of Event history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryEvent {
    /// From when on LookupEvents shows it.
    pub(super) visible: Timestamp,
    pub(super) event: Event,
    /// `eventSource`.
    pub(super) source: String,
    pub(super) read_only: bool,
}

impl World {
    /// A trail by its ARN, wherever its home is.
    pub(super) fn trail(&self, arn: &Arn) -> Option<&TrailState> {
        self.place(&arn.target()?).cloudtrail.trails.get(arn)
    }

    fn trail_mut(&mut self, arn: &Arn) -> Option<&mut TrailState> {
        self.place_mut(&arn.target()?).cloudtrail.trails.get_mut(arn)
    }

    /// Every trail there is, by ARN.
    pub(super) fn trails(&self) -> impl Iterator<Item = (&Arn, &TrailState)> {
        let places = self.accounts.values().flat_map(|account| account.regions.values());
        places.flat_map(|place| &place.cloudtrail.trails)
    }
}
