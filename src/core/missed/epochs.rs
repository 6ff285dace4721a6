//! The times between two changes, and what the checks say of each.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::past::{back, forth};
use super::then::Then;
use super::{BrokenLink, DELIVERY};
use crate::finding::Effect;
use crate::report::{CheckReport, EntryReport, Report, Status};
use crate::snapshot::Snapshot;

/// The times between two changes of the chain's links, each judged once.
pub(super) struct Epochs<'a> {
    pub(super) then: Then<'a>,
    today: &'a EntryReport,
    doctor: &'a dyn Fn(&Snapshot) -> Report,
    /// When one ends and the next begins.
    bounds: Vec<Timestamp>,
    judged: RefCell<BTreeMap<usize, (Snapshot, EntryReport)>>,
}

impl<'a> Epochs<'a> {
    pub(super) fn new(
        then: Then<'a>,
        today: &'a EntryReport,
        doctor: &'a dyn Fn(&Snapshot) -> Report,
    ) -> Self {
        let mut bounds: Vec<Timestamp> = then.changes.iter().map(|change| change.time).collect();
        bounds.extend(then.deliveries_that_ended());
        bounds.sort();
        bounds.dedup();
        Self { then, today, doctor, bounds, judged: RefCell::default() }
    }

    fn at(&self, time: Timestamp) -> usize {
        self.bounds.partition_point(|bound| *bound <= time)
    }

    /// Asks something of the account as it was in an epoch.
    fn ask<T>(&self, epoch: usize, question: impl FnOnce(&Snapshot, &EntryReport) -> T) -> T {
        if let Some((snapshot, report)) = self.judged.borrow().get(&epoch) {
            return question(snapshot, report);
        }
        let (snapshot, report) = match self.bounds.get(epoch) {
            // Its last moment: all that belongs to it has happened.
            Some(end) => {
                let snapshot = self.then.snapshot(back(*end, SignedDuration::from_secs(1)));
                let report = (self.doctor)(&snapshot);
                let asked = &self.today.asked;
                let of_secret = report.entries.into_iter().find(|entry| entry.asked == *asked);
                (snapshot, of_secret.unwrap_or_else(|| self.today.clone()))
            }
            None => (self.then.today().clone(), self.today.clone()),
        };
        let answer = question(&snapshot, &report);
        self.judged.borrow_mut().insert(epoch, (snapshot, report));
        answer
    }

    /// Asks something of the account as it was at a time.
    pub(super) fn ask_at<T>(
        &self,
        time: Timestamp,
        question: impl FnOnce(&Snapshot, &EntryReport) -> T,
    ) -> T {
        self.ask(self.at(time), question)
    }

    /// The earliest link of the chain that was broken while a read of this time was under way.
    pub(super) fn broken(
        &self,
        time: Timestamp,
        counts: impl Fn(&CheckReport) -> bool,
    ) -> Option<BrokenLink> {
        let breaks = |check: &&CheckReport| {
            check.status == Status::Fail && check.effect == Effect::Breaks && counts(check)
        };
        (self.at(time)..=self.at(forth(time, DELIVERY))).find_map(|epoch| {
            let failed = self.ask(epoch, |_, report| report.checks.iter().find(breaks).cloned())?;
            Some(self.link(epoch, failed))
        })
    }

    /// What is not known of the links at a time: of the first check that could not look.
    pub(super) fn unseen(
        &self,
        time: Timestamp,
        counts: impl Fn(&CheckReport) -> bool,
    ) -> Option<String> {
        self.ask_at(time, |_, report| {
            let unknown = report.checks.iter().filter(|check| check.status == Status::Unknown);
            let unknown = unknown.filter(|check| check.effect == Effect::Breaks);
            let unseen = unknown.filter(|check| counts(check)).find_map(|c| c.unseen.as_ref());
            unseen.map(|unseen| format!("{}: {}", unseen.what, unseen.reason))
        })
    }

    fn link(&self, epoch: usize, failed: CheckReport) -> BrokenLink {
        let fails = |epoch: usize| {
            self.ask(epoch, |_, report| {
                report.checks.iter().any(|c| c.id == failed.id && c.status == Status::Fail)
            })
        };
        let first = (0..epoch).rev().take_while(|earlier| fails(*earlier)).last().unwrap_or(epoch);
        let last = (epoch + 1..=self.bounds.len()).take_while(|later| fails(*later)).last();
        let last = last.unwrap_or(epoch);
        let since = first.checked_sub(1).and_then(|bound| self.change(bound));
        BrokenLink {
            check: failed.id.to_owned(),
            title: failed.title.to_owned(),
            stage: failed.stage,
            message: failed.findings.first().map_or_else(String::new, |f| f.message.clone()),
            since: since.or(failed.since),
            until: self.change(last),
        }
    }

    /// The change at the end of an epoch.
    fn change(&self, bound: usize) -> Option<crate::report::Since> {
        let bound = self.bounds.get(bound)?;
        let change = self.then.changes.iter().find(|change| change.time == *bound)?;
        Some(change.since())
    }
}
