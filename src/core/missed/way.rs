//! The alarms that might have told of a read.

use std::collections::BTreeSet;

use crate::report::EntryReport;
use crate::route::{Chain, FilterId, Notifier};
use crate::snapshot::{Snapshot, Target};

/// One way from a log group to a topic: the filter, and the alarm that watches its metric.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    /// Where the alarm is.
    pub(super) target: Target,
    /// The metric alarm.
    pub(super) alarm: String,
    /// The composite alarm that notifies for it, if one does.
    pub(super) composite: Option<String>,
    /// The filter whose metric it watches.
    pub(super) filter: Option<FilterId>,
}

impl Way {
    /// Name of the alarm whose actions count.
    pub(super) fn notifying_alarm(&self) -> &str {
        self.composite.as_ref().unwrap_or(&self.alarm)
    }
}

/// The best chain and the others.
pub(super) fn chains(entry: &EntryReport) -> impl Iterator<Item = &Chain> {
    std::iter::once(&entry.chain).chain(entry.others.iter().map(|(_, chain)| chain))
}

/// The ways of the best chain and of the others, the best first, each once.
pub(super) fn ways(snapshot: &Snapshot, entry: &EntryReport) -> Vec<Way> {
    // An alarm that is only assumed to belong to the chain would not have told of a read.
    each(snapshot, entry, |chain| chain.alarm.is_joined())
}

/// The same, and those whose alarm is only assumed to belong to the chain: it may have been joined
/// once.
pub(super) fn likely_ways(snapshot: &Snapshot, entry: &EntryReport) -> Vec<Way> {
    each(snapshot, entry, |_| true)
}

fn each(snapshot: &Snapshot, entry: &EntryReport, counts: fn(&Chain) -> bool) -> Vec<Way> {
    let mut known = BTreeSet::new();
    chains(entry)
        .filter(|chain| counts(chain))
        .filter_map(|chain| way(snapshot, chain))
        .filter(|way| known.insert(way.clone()))
        .collect()
}

fn way(snapshot: &Snapshot, chain: &Chain) -> Option<Way> {
    let id = chain.alarm.node()?;
    snapshot.at(&id.target).alarms.seen()?.metric_alarms.get(&id.name)?;
    Some(Way {
        target: id.target.clone(),
        alarm: id.name.clone(),
        composite: match &id.notifier {
            Notifier::Own => None,
            Notifier::Composite(name) => Some(name.clone()),
        },
        filter: chain.filter.node().cloned(),
    })
}
