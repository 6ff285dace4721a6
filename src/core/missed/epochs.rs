//! The times between two changes, and what the checks say of each.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::past::{back, forth};
use super::then::Then;
use super::{BrokenLink, DELIVERY};
use crate::finding::{Effect, Stop, look};
use crate::report::{CheckReport, EntryReport, Report, Status};
use crate::snapshot::{Arn, Observed, Snapshot};

/// The times between two changes of the chain's links, each judged once.
pub(super) struct Epochs<'a> {
    pub(super) then: Then<'a>,
    today: &'a EntryReport,
    doctor: &'a dyn Fn(&Snapshot) -> Report,
    /// When one ends and the next begins.
    bounds: Vec<Timestamp>,
    judged: RefCell<BTreeMap<(usize, What), (Snapshot, EntryReport)>>,
}

/// How much of the account is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// Every link.
    Chain,
    /// The topics and their subscriptions; all else is as today.
    Topics,
}

impl<'a> Epochs<'a> {
    pub(super) fn new(
        then: Then<'a>,
        today: &'a EntryReport,
        doctor: &'a dyn Fn(&Snapshot) -> Report,
    ) -> Self {
        let mut epochs =
            Self { then, today, doctor, bounds: Vec::new(), judged: RefCell::default() };
        epochs.cut();
        // A link that is gone hides those behind it: the chains of then show them.
        let is_whole = today.chain.topic.node().is_some();
        for _ in 0..if is_whole { 0 } else { 2 } {
            let chains = (0..=epochs.bounds.len())
                .map(|epoch| epochs.ask(epoch, What::Chain, |_, report| report.clone()));
            for report in chains.collect::<Vec<_>>() {
                epochs.then.add(&report);
            }
            epochs.cut();
        }
        epochs
    }

    /// Cuts time where something changed.
    fn cut(&mut self) {
        let mut bounds: Vec<Timestamp> =
            self.then.changes.iter().map(|change| change.time).collect();
        bounds.extend(self.then.deliveries_that_ended());
        bounds.sort();
        bounds.dedup();
        self.bounds = bounds;
        self.judged.borrow_mut().clear();
    }

    fn at(&self, time: Timestamp) -> usize {
        self.bounds.partition_point(|bound| *bound <= time)
    }

    /// Asks something of the account as it was in an epoch.
    fn ask<T>(
        &self,
        epoch: usize,
        what: What,
        question: impl FnOnce(&Snapshot, &EntryReport) -> T,
    ) -> T {
        if let Some((snapshot, report)) = self.judged.borrow().get(&(epoch, what)) {
            return question(snapshot, report);
        }
        // Its last moment: all that belongs to it has happened. The states of today are no part of it.
        let end = self.bounds.get(epoch).map(|end| back(*end, SignedDuration::from_secs(1)));
        let snapshot = match what {
            What::Chain => self.then.snapshot(end),
            What::Topics => self.then.topics_of(end),
        };
        let report = (self.doctor)(&snapshot);
        let asked = &self.today.asked;
        let of_secret = report.entries.into_iter().find(|entry| entry.asked == *asked);
        let report = of_secret.unwrap_or_else(|| self.today.clone());
        let answer = question(&snapshot, &report);
        self.judged.borrow_mut().insert((epoch, what), (snapshot, report));
        answer
    }

    /// Asks something of the account as it was at a time.
    pub(super) fn ask_at<T>(
        &self,
        time: Timestamp,
        question: impl FnOnce(&Snapshot, &EntryReport) -> T,
    ) -> T {
        self.ask(self.at(time), What::Chain, question)
    }

    /// Why it is not known who was subscribed to a topic at a time, if it is not.
    pub(super) fn unknown_subscribers(&self, time: Timestamp, topic: &str) -> Option<String> {
        let topic: Arn = topic.parse().ok()?;
        self.ask(self.at(time), What::Topics, |then, _| {
            let seen = topic.target().and_then(|target| then.at(&target).topics.get(&topic));
            let not_asked = Observed::NotAsked;
            let subscriptions = seen.map_or(&not_asked, |topic| &topic.subscriptions);
            match look(subscriptions, format!("topic {}", topic.name())) {
                Ok(all) => {
                    let confirmed = all.values().any(|s| s.subscription_arn.starts_with("arn:"));
                    (!confirmed).then(|| "nobody is subscribed today".to_owned())
                }
                Err(Stop::Unseen(unseen)) => Some(unseen.reason),
                Err(Stop::Skipped(reason)) => Some(reason),
            }
        })
    }

    /// The earliest link of the chain that was broken while a read of this time was under way.
    pub(super) fn broken(
        &self,
        time: Timestamp,
        what: What,
        counts: impl Fn(&CheckReport) -> bool,
    ) -> Option<BrokenLink> {
        let breaks = |check: &&CheckReport| {
            let is_cause = check.effect == Effect::Breaks && check.symptom_of.is_none();
            check.status == Status::Fail && is_cause && counts(check)
        };
        (self.at(time)..=self.at(forth(time, DELIVERY))).find_map(|epoch| {
            let first = |report: &EntryReport| report.checks.iter().find(breaks).cloned();
            let failed = self.ask(epoch, what, |_, report| first(report))?;
            Some(self.link(epoch, what, failed))
        })
    }

    /// What is not known of the links at a time: of the first check that could not look.
    pub(super) fn unseen(
        &self,
        time: Timestamp,
        what: What,
        counts: impl Fn(&CheckReport) -> bool,
    ) -> Option<String> {
        self.ask(self.at(time), what, |_, report| {
            let unknown = report.checks.iter().filter(|check| check.status == Status::Unknown);
            let unknown = unknown.filter(|check| check.effect == Effect::Breaks);
            let unseen = unknown.filter(|check| counts(check)).find_map(|c| c.unseen.as_ref());
            unseen.map(|unseen| format!("{}: {}", unseen.what, unseen.reason))
        })
    }

    fn link(&self, epoch: usize, what: What, failed: CheckReport) -> BrokenLink {
        let fails = |epoch: usize| {
            self.ask(epoch, what, |_, report| {
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
