//! The times between two changes, and what the checks say of each.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::past::{back, forth};
use super::then::Then;
use super::way::{Way, chains, ways};
use super::{BrokenLink, DELIVERY, EVALUATION};
use crate::finding::{Effect, Stage, Stop, look};
use crate::report::{CheckReport, EntryReport, Report, Status};
use crate::route::Chain;
use crate::snapshot::{Arn, Observed, Snapshot};

/// The times between two changes of the chain's links, each judged once.
pub(super) struct Epochs<'a> {
    pub(super) then: Then<'a>,
    today: &'a EntryReport,
    doctor: &'a dyn Fn(&Snapshot) -> Report,
    /// When one ends and the next begins.
    bounds: Vec<Timestamp>,
    judged: RefCell<BTreeMap<(usize, What), Judged>>,
    /// The accounts asked about last; reads come in order of time.
    accounts: RefCell<BTreeMap<What, (usize, Snapshot)>>,
}

/// What is kept of what the doctor says of an epoch.
struct Judged {
    ways: Vec<Way>,
    /// The checks of breaking effect that failed or could not look.
    checks: Vec<CheckReport>,
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
        let mut epochs = Self {
            then,
            today,
            doctor,
            bounds: Vec::new(),
            judged: RefCell::default(),
            accounts: RefCell::default(),
        };
        epochs.cut();
        // A link that is gone hides those behind it: the chains of then show them.
        let is_whole = today.chain.topic.node().is_some();
        for _ in 0..if is_whole { 0 } else { 2 } {
            let mut known: Vec<Chain> = Vec::new();
            for epoch in 0..=epochs.bounds.len() {
                let report = epochs.account(epoch, What::Chain, |then| epochs.report(then));
                for chain in chains(&report) {
                    if !known.contains(chain) {
                        known.push(chain.clone());
                    }
                }
            }
            epochs.then.add(&known);
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
        self.accounts.borrow_mut().clear();
    }

    fn at(&self, time: Timestamp) -> usize {
        self.bounds.partition_point(|bound| *bound <= time)
    }

    /// Asks something of the account as it was in an epoch.
    fn account<T>(&self, epoch: usize, what: What, question: impl FnOnce(&Snapshot) -> T) -> T {
        let of_epoch = || {
            // Its last moment: all that belongs to it has happened. The states of today are no part of it.
            let end = self.bounds.get(epoch).map(|end| back(*end, SignedDuration::from_secs(1)));
            let snapshot = match what {
                What::Chain => self.then.snapshot(end),
                What::Topics => self.then.topics_of(end),
            };
            (epoch, snapshot)
        };
        let mut accounts = self.accounts.borrow_mut();
        let last = accounts.entry(what).or_insert_with(of_epoch);
        if last.0 != epoch {
            *last = of_epoch();
        }
        question(&last.1)
    }

    /// What the doctor says of an account about the secret.
    fn report(&self, snapshot: &Snapshot) -> EntryReport {
        let entries = (self.doctor)(snapshot).entries;
        let of_secret = entries.into_iter().find(|entry| entry.asked == self.today.asked);
        of_secret.unwrap_or_else(|| self.today.clone())
    }

    /// Asks something of what the doctor says of an epoch.
    fn ask<T>(&self, epoch: usize, what: What, question: impl FnOnce(&Judged) -> T) -> T {
        if let Some(judged) = self.judged.borrow().get(&(epoch, what)) {
            return question(judged);
        }
        let judged = self.account(epoch, what, |then| {
            let report = self.report(then);
            let ways = ways(then, &report);
            let mut checks = report.checks;
            checks.retain(|check| {
                check.effect == Effect::Breaks
                    && matches!(check.status, Status::Fail | Status::Unknown)
            });
            Judged { ways, checks }
        });
        let answer = question(&judged);
        self.judged.borrow_mut().insert((epoch, what), judged);
        answer
    }

    /// Asks something of the account as it was at a time.
    pub(super) fn account_at<T>(
        &self,
        time: Timestamp,
        question: impl FnOnce(&Snapshot) -> T,
    ) -> T {
        self.account(self.at(time), What::Chain, question)
    }

    /// The ways of a time.
    pub(super) fn ways_at(&self, time: Timestamp) -> Vec<Way> {
        self.ask(self.at(time), What::Chain, |judged| judged.ways.clone())
    }

    /// Why it is not known who was subscribed to a topic at a time, if it is not.
    pub(super) fn unknown_subscribers(&self, time: Timestamp, topic: &str) -> Option<String> {
        let topic: Arn = topic.parse().ok()?;
        self.account(self.at(time), What::Topics, |then| {
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

    /// The earliest link that was broken at a time.
    pub(super) fn broken_at(
        &self,
        time: Timestamp,
        what: What,
        counts: impl Fn(&CheckReport) -> bool,
    ) -> Option<BrokenLink> {
        let epoch = self.at(time);
        let failed = self.failed(epoch, what, counts).into_iter().find(is_cause)?;
        Some(self.link(epoch, what, failed))
    }

    /// The earliest link that no news of a read of this time can have passed: broken as long as it
    /// may have been under way.
    pub(super) fn stopped(
        &self,
        read: Timestamp,
        counts: impl Fn(&CheckReport) -> bool,
    ) -> Option<BrokenLink> {
        let epoch = self.at(read);
        let was_broken = |later: usize, stage: Stage| {
            let of_stage = |check: &CheckReport| check.stage == stage && counts(check);
            !self.failed(later, What::Chain, of_stage).is_empty()
        };
        let stops = |check: &CheckReport| {
            // What a trail does not record when it happens, it never delivers.
            let until = match check.stage {
                Stage::Identity | Stage::Secret | Stage::Trail => read,
                Stage::Delivery | Stage::Filter => forth(read, DELIVERY),
                _ => forth(forth(read, DELIVERY), EVALUATION),
            };
            (epoch + 1..=self.at(until)).all(|later| was_broken(later, check.stage))
        };
        let failed = self.failed(epoch, What::Chain, &counts).into_iter();
        let failed = failed.filter(is_cause).find(|check| stops(check))?;
        Some(self.link(epoch, What::Chain, failed))
    }

    /// The earliest link that may have stopped the news of a read of this time: broken for a while
    /// when it may have been under way.
    pub(super) fn may_have_stopped(
        &self,
        read: Timestamp,
        counts: impl Fn(&CheckReport) -> bool,
    ) -> Option<BrokenLink> {
        let first = self.at(read);
        (first..=self.at(forth(read, DELIVERY))).find_map(|epoch| {
            let in_time = |check: &CheckReport| epoch == first || check.stage > Stage::Trail;
            let counts = |check: &CheckReport| in_time(check) && counts(check);
            let failed = self.failed(epoch, What::Chain, counts).into_iter().find(is_cause)?;
            Some(self.link(epoch, What::Chain, failed))
        })
    }

    fn failed(
        &self,
        epoch: usize,
        what: What,
        counts: impl Fn(&CheckReport) -> bool,
    ) -> Vec<CheckReport> {
        self.ask(epoch, what, |judged| {
            let failed = judged.checks.iter().filter(|check| check.status == Status::Fail);
            failed.filter(|check| counts(check)).cloned().collect()
        })
    }

    /// What is not known of the links at a time: of the first check that could not look.
    pub(super) fn unseen(
        &self,
        time: Timestamp,
        what: What,
        counts: impl Fn(&CheckReport) -> bool,
    ) -> Option<String> {
        self.ask(self.at(time), what, |judged| {
            let unknown = judged.checks.iter().filter(|check| check.status == Status::Unknown);
            let unseen = unknown.filter(|check| counts(check)).find_map(|c| c.unseen.as_ref());
            unseen.map(|unseen| format!("{}: {}", unseen.what, unseen.reason))
        })
    }

    fn link(&self, epoch: usize, what: What, failed: CheckReport) -> BrokenLink {
        let fails =
            |epoch: usize| !self.failed(epoch, what, |check| check.id == failed.id).is_empty();
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

/// Whether no other failure explains it.
fn is_cause(failed: &CheckReport) -> bool {
    failed.symptom_of.is_none()
}
