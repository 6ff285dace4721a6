//! Reads an account, wave by wave.
//!
//! What is read next follows from what was read: [`next_reads`] says it, and the calls of one wave
//! are made at once. Every answer, and every failure, goes to its slot in the snapshot; nothing
//! aborts a run.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use futures::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use secmon_core::baseline::BaselineEntry;
use secmon_core::route::{Pins, Read, What, next_reads};
use secmon_core::snapshot::{Snapshot, Target};
use tokio::time::Instant;

use crate::connect::{BaseAccount, Session, Who};
use crate::error::Trouble;

mod cloudtrail;
mod cloudwatch;
mod convert;
mod events;
mod iam;
mod kms;
mod logs;
mod organizations;
mod pacing;
mod past;
mod pattern;
mod place;
mod read;
mod s3;
mod secretsmanager;
mod sns;
mod sts;
mod tags;
#[cfg(test)]
mod tests;
mod transformer;

pub(crate) use pacing::Gate;
pub use past::PastProgress;
pub use pattern::{AskError, MessageTest, PatternTest};
use place::{Place, Run};
use read::Fill;

/// How many waves a run may have. Six are enough for every chain; more is a snapshot that never
/// gets complete.
const WAVES: usize = 8;

/// How a run got on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Collection {
    /// HTTP requests, retries included.
    pub requests: usize,
    /// Dependent steps.
    pub depth: usize,
    /// IAM actions that were denied, sorted.
    pub denied: Vec<String>,
    /// Why AWS refuses the credentials themselves, if it does: then nothing was seen.
    pub refused: Option<String>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The wave, from 1.
    pub wave: usize,
    /// Reads answered so far.
    pub answered: usize,
    /// Reads known to be needed so far.
    pub known: usize,
}

impl Session {
    /// Reads everything the chains of what is asked about need.
    ///
    /// `now` is the caller's clock; AWS's own time replaces it as soon as AWS tells it.
    pub async fn collect(
        &self,
        entry: &BaselineEntry,
        pins: &Pins,
        now: Timestamp,
        progress: &dyn Fn(Progress),
    ) -> (Snapshot, Collection) {
        self.wire.forget_date();
        let deadline = self.deadline().unwrap_or_else(|| Instant::now() + self.timeout);
        let run = self.run_until(deadline);
        let before = self.wire.requests();
        let mut snapshot = Snapshot { asked: self.asked.clone(), ..Snapshot::empty(now) };
        let mut done = BTreeSet::new();
        let mut state = Progress { wave: 0, answered: 0, known: 0 };
        loop {
            let mut reads = next_reads(&snapshot, entry, pins);
            reads.retain(|read| !done.contains(read));
            if reads.is_empty() {
                break;
            }
            if state.wave == WAVES {
                for read in reads {
                    let reason = format!("not asked: still unread after {WAVES} rounds of calls");
                    read::fail(&mut snapshot, read, Trouble::failed(reason), &run).await;
                }
                break;
            }
            state.wave += 1;
            state.known += reads.len();
            if state.wave == 1 {
                let (fills, identities) = futures::join!(
                    run.wave(&reads, &mut state, now, progress),
                    sts::identities(&run),
                );
                fill(&mut snapshot, fills);
                self.settle_identity(&mut snapshot, &mut reads, identities);
            } else {
                let taken_at = snapshot.taken_at;
                let fills = run.wave(&reads, &mut state, taken_at, progress).await;
                fill(&mut snapshot, fills);
            }
            snapshot.taken_at = self.wire.date().unwrap_or(now);
            done.extend(reads);
        }
        (snapshot, run.finish(before, state.wave))
    }

    /// Makes some more reads, such as who changed what, and puts the answers into the snapshot. They
    /// have what is left of the total time.
    pub async fn read_more(
        &self,
        snapshot: &mut Snapshot,
        reads: BTreeSet<Read>,
        progress: &dyn Fn(Progress),
    ) -> Collection {
        let run = self.run_until(self.deadline().unwrap_or_else(|| Instant::now() + self.timeout));
        let before = self.wire.requests();
        let mut state = Progress { wave: 1, answered: 0, known: reads.len() };
        let fills = run.wave(&reads, &mut state, snapshot.taken_at, progress).await;
        fill(snapshot, fills);
        run.finish(before, usize::from(!reads.is_empty()))
    }

    /// A run until the given time.
    fn run_until(&self, deadline: Instant) -> Run<'_> {
        Run { session: self, deadline, denied: Mutex::default(), refused: Mutex::default() }
    }

    /// Notes who asks. What was read with credentials that turned out to be of another account is
    /// thrown away and asked again, or not at all.
    fn settle_identity(
        &self,
        snapshot: &mut Snapshot,
        reads: &mut BTreeSet<Read>,
        identities: sts::Identities,
    ) {
        snapshot.caller = identities.caller;
        let base = match identities.base_account {
            BaseAccount::Untold(why) => match (self.base_account(), self.primary()) {
                (BaseAccount::Known(account), _) => BaseAccount::Known(account),
                (_, Who::Base) => sts::account_in_answers(snapshot)
                    .map_or(BaseAccount::Untold(why), BaseAccount::Known),
                _ => BaseAccount::Untold(why),
            },
            told => told,
        };
        let places: Vec<_> = self.asked.iter().map(|asked| asked.target.clone()).collect();
        let who = |target: &Target| self.who(&target.account, &What::DescribeTrails);
        let taken_for: Vec<_> = places.iter().map(who).collect();
        self.set_base_account(base.clone());
        for (target, taken_for) in places.iter().zip(taken_for) {
            if who(target) != taken_for {
                snapshot.targets.remove(target);
                reads.retain(|read| read.target != *target);
            }
        }
        if let BaseAccount::Known(account) = base {
            sts::name_account(snapshot, &account);
        }
    }
}

impl Run<'_> {
    async fn wave(
        &self,
        reads: &BTreeSet<Read>,
        state: &mut Progress,
        now: Timestamp,
        progress: &dyn Fn(Progress),
    ) -> Vec<Fill> {
        progress(*state);
        let mut answers: FuturesUnordered<_> = reads
            .iter()
            .map(|read| {
                let who = self.session.who(&read.target.account, &read.what);
                let place = Place { run: self, target: read.target.clone(), who, now };
                Box::pin(async move { read::read(&place, read.clone()).await })
            })
            .collect();
        let mut fills = Vec::new();
        while let Some(answer) = answers.next().await {
            fills.push(answer);
            state.answered += 1;
            progress(*state);
        }
        fills
    }

    fn finish(self, requests_before: usize, depth: usize) -> Collection {
        let denied = self.denied.into_inner().unwrap_or_else(PoisonError::into_inner);
        Collection {
            requests: self.session.wire.requests() - requests_before,
            depth,
            denied: denied.into_iter().collect(),
            refused: self.refused.into_inner().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

fn fill(snapshot: &mut Snapshot, fills: Vec<Fill>) {
    for fill in fills {
        fill(snapshot);
    }
    // CloudTrail lists all trails of an account in every Region; those that show in the Region
    // were described with it.
    for observations in snapshot.targets.values_mut() {
        let Some(here) = observations.trails.seen() else {
            continue;
        };
        let here: BTreeSet<_> = here.keys().cloned().collect();
        if let Some(elsewhere) = observations.trails_elsewhere.seen_mut() {
            elsewhere.retain(|arn, _| !here.contains(arn));
        }
    }
}
