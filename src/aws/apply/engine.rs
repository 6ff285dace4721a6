//! Change after change: each is looked at once more, written down, made, and looked at again.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use secmon_core::plan::{Change, Line, Resource, Write};
use secmon_core::snapshot::{AccountId, Observed, Snapshot};
use serde_json::Value;

use super::WriteError;
use crate::connect::Session;

/// How often a call is made anew that AWS does not accept yet, and how long it is waited between.
const TRIES: u32 = 24;
const PAUSE: Duration = Duration::from_secs(5);
/// How often it is looked again after a call: several services show a change a few seconds later.
pub(super) const LOOKS: u32 = 5;
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// What a run of changes needs of its caller.
pub trait Outside {
    /// Writes a line where a kill cannot take it away. What was not written is not done.
    fn journal(&mut self, line: &Line) -> Result<(), String>;
    /// Says what is being done.
    fn progress(&mut self, says: &str);
    /// Lets time pass.
    fn wait(&mut self, duration: Duration) -> impl Future<Output = ()>;
    /// Whether the user wants no further change.
    fn is_cancelled(&self) -> bool;
}

/// What became of the changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// How many were made, in order; of these some were made by somebody else already.
    pub made: usize,
    /// Why the next one was not.
    pub stopped: Option<Stopped>,
}

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// The resource is not what it was when the plan was made.
    #[error("{0} has changed since the plan was made: look at it, and plan again")]
    Changed(Resource),
    /// It cannot be seen whether it is.
    #[error("{resource} cannot be seen any more: {reason}")]
    Unseen {
        /// What.
        resource: Resource,
        /// Why.
        reason: String,
    },
    /// The call failed.
    #[error("{operation} on {resource}: {error}")]
    Write {
        /// AWS's name of the call.
        operation: &'static str,
        /// On what.
        resource: Resource,
        /// Why.
        error: WriteError,
    },
    /// The journal cannot be written.
    #[error("the journal cannot be written: {0}")]
    Journal(String),
    /// The user ended it.
    #[error("interrupted")]
    Cancelled,
}

impl Session {
    /// Whether these credentials are known to be of an account.
    pub fn can_write_in(&self, account: &AccountId) -> bool {
        self.writer_of(account).is_some()
    }

    /// Makes the changes. In the journal they are numbered as they are begun.
    pub async fn apply(
        &self,
        changes: &[Change],
        now: Timestamp,
        outside: &mut impl Outside,
    ) -> Applied {
        let (mut left, mut begun) = (BTreeMap::new(), 0);
        for (index, change) in changes.iter().enumerate() {
            let expected = left.get(&change.resource).unwrap_or(&change.before).clone();
            if outside.is_cancelled() {
                return Applied { made: index, stopped: Some(Stopped::Cancelled) };
            }
            outside.progress(&change.says);
            match self.change(change, &expected, &mut begun, now, outside).await {
                Ok(after) => {
                    left.insert(change.resource.clone(), after);
                }
                Err(stopped) => return Applied { made: index, stopped: Some(stopped) },
            }
        }
        Applied { made: changes.len(), stopped: None }
    }

    /// Makes one change, and tells what there is after it.
    async fn change(
        &self,
        change: &Change,
        expected: &Observed<Value>,
        begun: &mut usize,
        now: Timestamp,
        outside: &mut impl Outside,
    ) -> Result<Observed<Value>, Stopped> {
        let there = self.look_again(&change.resource, now).await;
        let is_made = there == change.after && change.before != change.after;
        match &there {
            _ if is_made => return Ok(there),
            there if there == expected => {}
            Observed::NotAsked => {
                return Err(unseen(&change.resource, "it was not read".to_owned()));
            }
            Observed::Seen(_) | Observed::Absent => {
                return Err(Stopped::Changed(change.resource.clone()));
            }
            Observed::Denied { action } => {
                return Err(unseen(&change.resource, format!("{action} was denied")));
            }
            Observed::Failed { reason } => return Err(unseen(&change.resource, reason.clone())),
        }
        let step = *begun;
        let about = Line::About { step, change: change.clone() };
        outside.journal(&about).map_err(Stopped::Journal)?;
        *begun += 1;
        let made = self.write_in_time(&change.write, outside).await;
        let mut after = self.look_again(&change.resource, now).await;
        for _ in 1..LOOKS {
            if made.is_err() || after == change.after || outside.is_cancelled() {
                break;
            }
            outside.wait(BETWEEN_LOOKS).await;
            after = self.look_again(&change.resource, now).await;
        }
        // An answer that was lost is no call that was not made.
        let is_made = after == change.after && change.before != change.after;
        if let Err(error) = made
            && !is_made
        {
            let reason = error.to_string();
            outside.journal(&Line::Failed { step, reason }).map_err(Stopped::Journal)?;
            return Err(Stopped::Write {
                operation: change.write.operation(),
                resource: change.resource.clone(),
                error,
            });
        }
        let done = Line::Done { step, after: after.clone() };
        outside.journal(&done).map_err(Stopped::Journal)?;
        Ok(after)
    }

    /// Makes a call, again and again while AWS does not see yet what it needs.
    pub(super) async fn write_in_time(
        &self,
        write: &Write,
        outside: &mut impl Outside,
    ) -> Result<(), WriteError> {
        for _ in 1..TRIES {
            match self.write(write).await {
                Err(WriteError::NotYet { reason }) if !outside.is_cancelled() => {
                    outside.progress(&format!("waiting for AWS: {reason}"));
                    outside.wait(PAUSE).await;
                }
                answer => return answer,
            }
        }
        self.write(write).await
    }

    /// How a resource is configured now.
    pub async fn look_again(&self, resource: &Resource, now: Timestamp) -> Observed<Value> {
        resource.configuration(&self.seen(resource, now).await)
    }

    /// All that is to be seen of a resource now.
    pub(super) async fn seen(&self, resource: &Resource, now: Timestamp) -> Snapshot {
        let mut seen = Snapshot::empty(now);
        let mut done = std::collections::BTreeSet::new();
        loop {
            let mut reads = resource.reads(&seen);
            reads.retain(|read| !done.contains(read));
            if reads.is_empty() {
                return seen;
            }
            done.extend(reads.iter().cloned());
            self.renew();
            self.read_more(&mut seen, reads, &|_| ()).await;
        }
    }
}

fn unseen(resource: &Resource, reason: String) -> Stopped {
    Stopped::Unseen { resource: resource.clone(), reason }
}
