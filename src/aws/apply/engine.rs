//! Change after change: each is looked at once more, written down, made, and looked at again.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use secmon_core::plan::{Change, JournalStep, Line, Resource, Standing, StepState, Write};
use secmon_core::route::{Read, What};
use secmon_core::snapshot::{AccountId, Arn, Observed, Snapshot, Subscription};
use serde_json::Value;

use super::WriteError;
use crate::connect::Session;

/// How often a call is made anew that AWS does not accept yet, and how long it is waited between.
const TRIES: u32 = 24;
const PAUSE: Duration = Duration::from_secs(5);
/// How often it is looked again after a call: several services show a change a few seconds later.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

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

/// What is taken back though it is not as it was left, or holds or serves something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Force {
    /// What somebody has changed since.
    pub changed: bool,
    /// What others have begun to use.
    pub used: bool,
    /// A bucket, with the objects in it.
    pub bucket: bool,
    /// A log group, with the events in it.
    pub log_group: bool,
    /// A secret.
    pub secret: bool,
}

/// What became of a step that was to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenBack {
    /// Taken back.
    Undone,
    /// There was nothing to take back.
    AsBefore,
    /// It stays, because AWS does not take it back, or because it is in use.
    Left(String),
    /// Not done, because something is not as it was left: what was made before it may belong to that.
    Refused(String),
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
    async fn write_in_time(
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
        let mut seen = Snapshot::empty(now);
        let mut done = std::collections::BTreeSet::new();
        loop {
            let mut reads = resource.reads(&seen);
            reads.retain(|read| !done.contains(read));
            if reads.is_empty() {
                return resource.configuration(&seen);
            }
            done.extend(reads.iter().cloned());
            self.renew();
            self.read_more(&mut seen, reads, &|_| ()).await;
        }
    }

    /// Takes a step of a journal back, where its resource is as the step left it, unless forced.
    pub async fn take_back(
        &self,
        step: &JournalStep,
        force: Force,
        now: Timestamp,
        outside: &mut impl Outside,
    ) -> Result<TakenBack, Stopped> {
        let resource = &step.change.resource;
        // What failed was not made; if it is so now, somebody else did it.
        if !step.is_open() {
            return Ok(TakenBack::AsBefore);
        }
        let there = self.look_again(resource, now).await;
        // A key is there before its alias, by which it is seen.
        let may_hide =
            step.is_of_two_calls() && matches!(step.state, StepState::Unknown | StepState::Failed);
        match step.standing(&there) {
            Standing::AsBefore if may_hide => {}
            Standing::AsBefore => {
                outside.journal(&Line::Undone { step: step.step }).map_err(Stopped::Journal)?;
                return Ok(TakenBack::AsBefore);
            }
            Standing::AsLeft => {}
            // It was half taken back when the program ended.
            Standing::Changed if force.changed || step.is_undoing => {}
            Standing::Changed => {
                return Ok(TakenBack::Refused(format!("{resource} has changed since")));
            }
            Standing::Unseen => {
                return Ok(TakenBack::Refused(format!("{resource} cannot be seen")));
            }
        }
        let mut writes = step.change.undo.writes.clone();
        if let Write::Subscribe { topic, .. } = &step.change.write {
            match self.subscription(resource, now).await {
                Some(subscription) => {
                    writes.push(Write::Unsubscribe { topic: topic.clone(), subscription });
                }
                None => {
                    let says = step.change.undo.remnant.clone().unwrap_or_default();
                    outside.journal(&Line::Undone { step: step.step }).map_err(Stopped::Journal)?;
                    return Ok(TakenBack::Left(says));
                }
            }
        }
        if writes.is_empty() {
            outside.journal(&Line::Undone { step: step.step }).map_err(Stopped::Journal)?;
            return Ok(match &step.change.undo.remnant {
                Some(remnant) => TakenBack::Left(remnant.clone()),
                None => TakenBack::AsBefore,
            });
        }
        if let Some(used) = self.in_use(&step.change.write, resource, &writes, force, now).await {
            return Ok(TakenBack::Left(used));
        }
        outside.journal(&Line::Undoing { step: step.step }).map_err(Stopped::Journal)?;
        outside.progress(&format!("{resource}: {}", writes[0].operation()));
        for write in &writes {
            if let Write::DeleteBucket { target, bucket } = write
                && force.bucket
                && let Err(error) = self.empty_bucket(target, bucket).await
            {
                let (operation, resource) = ("DeleteObjects", resource.clone());
                return Err(Stopped::Write { operation, resource, error });
            }
            if let Err(error) = self.write_in_time(write, outside).await {
                return Err(Stopped::Write {
                    operation: write.operation(),
                    resource: resource.clone(),
                    error,
                });
            }
        }
        outside.journal(&Line::Undone { step: step.step }).map_err(Stopped::Journal)?;
        // What is known not to be as it was is told with the step.
        if step.change.undo.remnant.is_some() || self.is_as_before(step, now, outside).await {
            return Ok(TakenBack::Undone);
        }
        Ok(TakenBack::Left(format!("{resource} was changed back, and is not as it was before")))
    }

    /// Whether a resource is as it was before a step, as soon as AWS shows it.
    async fn is_as_before(
        &self,
        step: &JournalStep,
        now: Timestamp,
        outside: &mut impl Outside,
    ) -> bool {
        for _ in 1..LOOKS {
            if self.look_again(&step.change.resource, now).await == step.change.before {
                return true;
            }
            outside.wait(BETWEEN_LOOKS).await;
        }
        self.look_again(&step.change.resource, now).await == step.change.before
    }

    /// The ARN of a subscription that is confirmed.
    async fn subscription(&self, resource: &Resource, now: Timestamp) -> Option<Arn> {
        let Resource::Subscription { target, topic, endpoint } = resource else { return None };
        let what = What::ListSubscriptionsByTopic { topic: topic.clone() };
        let mut seen = Snapshot::empty(now);
        self.renew();
        let read = Read { target: target.clone(), what };
        self.read_more(&mut seen, [read].into(), &|_| ()).await;
        let all = seen.at(target).topics.get(topic)?.subscriptions.seen()?;
        let is = |one: &&Subscription| format!("{} {}", one.protocol, one.endpoint) == *endpoint;
        all.values().find(is)?.subscription_arn.parse().ok()
    }

    /// Why something that was made is not removed: it holds something, or somebody uses it.
    async fn in_use(
        &self,
        made: &Write,
        resource: &Resource,
        writes: &[Write],
        force: Force,
        now: Timestamp,
    ) -> Option<String> {
        let stays = |held: Result<bool, String>, what: &str, flag: &str| match held {
            Ok(false) => None,
            Ok(true) => Some(format!("{resource} {what}: it stays, unless {flag} is given")),
            Err(reason) => Some(format!("{resource} stays: {reason}")),
        };
        let target = resource.target();
        // One that was restored is scheduled for deletion again.
        let makes_secret = matches!(made, Write::CreateSecret { .. });
        let look = match (resource, writes.first()?) {
            (_, Write::DeleteSecret { .. }) if makes_secret && !force.secret => {
                return Some(format!("{resource} stays, unless --force-secret is given"));
            }
            (Resource::Bucket { name, .. }, Write::DeleteBucket { .. }) if !force.bucket => {
                let held = self.has_objects(target, name).await;
                return stays(held, "holds objects", "--force-bucket");
            }
            (Resource::LogGroup { name, .. }, Write::DeleteLogGroup { .. }) => {
                if !force.log_group {
                    let held = self.has_log_streams(target, name).await;
                    if let Some(why) = stays(held, "has events", "--force-log-group") {
                        return Some(why);
                    }
                }
                vec![What::DescribeMetricFilters]
            }
            (Resource::Topic { topic, .. }, Write::DeleteTopic { .. }) => {
                if !force.used {
                    let rules = self.rules_that_notify(target, topic).await;
                    let held = rules.as_ref().map(|rules| !rules.is_empty()).map_err(Clone::clone);
                    let rules = rules.unwrap_or_default().join(", ");
                    let what = format!("is notified by event rule {rules}");
                    if let Some(why) = stays(held, &what, "--force-used") {
                        return Some(why);
                    }
                }
                vec![What::ListSubscriptionsByTopic { topic: topic.clone() }, What::DescribeAlarms]
            }
            (Resource::MetricFilter { .. }, Write::DeleteMetricFilter { .. }) => {
                vec![What::DescribeMetricFilters, What::DescribeAlarms]
            }
            _ => return None,
        };
        if force.used {
            return None;
        }
        let mut seen = Snapshot::empty(now);
        let reads = look.into_iter().map(|what| Read { target: target.clone(), what }).collect();
        self.renew();
        self.read_more(&mut seen, reads, &|_| ()).await;
        let why = users(resource, &seen)?;
        Some(format!("{resource} {why}: it stays, unless --force-used is given"))
    }
}

/// Who uses a group, a filter or a topic.
fn users(resource: &Resource, seen: &Snapshot) -> Option<String> {
    let at = seen.at(resource.target());
    let some = |why: &str| Some(why.to_owned());
    match resource {
        Resource::LogGroup { name, .. } => match at.metric_filters.seen() {
            None => some("may have metric filters, which could not be seen"),
            Some(filters) if filters.get(name).is_some_and(|filters| !filters.is_empty()) => {
                some("has metric filters")
            }
            Some(_) => None,
        },
        Resource::MetricFilter { log_group, name, .. } => {
            let (Some(filters), Some(alarms)) = (at.metric_filters.seen(), at.alarms.seen()) else {
                return some("may feed alarms, which could not be seen");
            };
            let metrics = &filters.get(log_group)?.get(name)?.metric_transformations;
            let mut watch = alarms.metric_alarms.values().filter(|alarm| {
                metrics.iter().any(|metric| {
                    alarm.namespace.as_deref() == Some(&metric.metric_namespace)
                        && alarm.metric_name.as_deref() == Some(&metric.metric_name)
                })
            });
            watch.next().map(|alarm| format!("feeds alarm {}", alarm.alarm_name))
        }
        Resource::Topic { topic, .. } => {
            let subscriptions = at.topics.get(topic).and_then(|topic| topic.subscriptions.seen());
            let (Some(subscriptions), Some(alarms)) = (subscriptions, at.alarms.seen()) else {
                return some("may be used, which could not be seen");
            };
            if subscriptions.values().any(|one| one.subscription_arn.parse::<Arn>().is_ok()) {
                return some("has subscriptions");
            }
            let metric = alarms.metric_alarms.values().map(|alarm| &alarm.alarm_actions);
            let composite = alarms.composite_alarms.values().map(|alarm| &alarm.alarm_actions);
            let names = |action: &String| action == topic.as_str();
            match metric.chain(composite).flatten().any(names) {
                true => some("is notified by alarms"),
                false => None,
            }
        }
        _ => None,
    }
}

fn unseen(resource: &Resource, reason: String) -> Stopped {
    Stopped::Unseen { resource: resource.clone(), reason }
}
