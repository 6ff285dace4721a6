//! Step after step of a journal taken back: where its resource is as it was left, leads back to what it
//! shows, holds nothing and serves nobody.

use jiff::Timestamp;
use secmon_core::plan::{Change, JournalStep, Line, Resource, Standing, StepState, Write};
use secmon_core::route::{Read, What};
use secmon_core::snapshot::{Arn, Observed, Snapshot, Subscription, Trail};
use serde_json::Value;

use super::engine::{BETWEEN_LOOKS, LOOKS, Outside, Stopped};
use crate::connect::Session;

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

impl Force {
    /// As far as it holds for a step: what was made may be removed with what is in it, and of what may
    /// not have been made nothing is.
    fn on(self, step: &JournalStep) -> Self {
        let is_made = matches!(step.state, StepState::Done { .. });
        Self {
            bucket: self.bucket && is_made,
            log_group: self.log_group && is_made,
            secret: self.secret && is_made,
            ..self
        }
    }
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
    /// Why a step would not be taken back, as far as that shows before others are: what was changed
    /// since, and what holds something.
    pub async fn would_stay(
        &self,
        step: &JournalStep,
        force: Force,
        now: Timestamp,
    ) -> Option<String> {
        let (resource, force) = (&step.change.resource, force.on(step));
        let there = self.look_again(resource, now).await;
        match step.standing(&there) {
            Standing::AsBefore => None,
            Standing::Changed if !force.changed => Some(changed(step, &there)),
            Standing::Unseen => Some(format!("{resource} cannot be seen")),
            Standing::AsLeft | Standing::Changed => {
                let writes = &step.change.undo.writes;
                self.holds(&step.change.write, resource, writes, force).await
            }
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
        let force = force.on(step);
        // What failed was not made; if it is so now, somebody else did it.
        if !step.is_open() {
            return Ok(TakenBack::AsBefore);
        }
        let seen = self.seen(resource, now).await;
        let there = resource.configuration(&seen);
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
            Standing::Changed
                if force.changed || step.is_undoing && step.change.undo.writes.len() > 1 => {}
            Standing::Changed => return Ok(TakenBack::Refused(changed(step, &there))),
            Standing::Unseen => {
                return Ok(TakenBack::Refused(format!("{resource} cannot be seen")));
            }
        }
        if !step.leads_back(&seen) {
            return Ok(TakenBack::Refused(format!(
                "the journal does not lead back to what it shows of {resource}"
            )));
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
        if let Some(why) = self.holds(&step.change.write, resource, &writes, force).await {
            return Ok(TakenBack::Left(why));
        }
        if !force.used
            && let Some(why) = self.in_use(resource, &writes, &there, now).await
        {
            return Ok(TakenBack::Left(format!("{why}: it stays, unless --force-used is given")));
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
                // Perhaps nothing was made.
                if step.state == StepState::Failed {
                    return Ok(TakenBack::Left(format!("{}: {error}", write.operation())));
                }
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

    /// Why something that was made is not removed: it holds something.
    async fn holds(
        &self,
        made: &Write,
        resource: &Resource,
        writes: &[Write],
        force: Force,
    ) -> Option<String> {
        let (held, what, flag) = match (resource, writes.first()?) {
            // One that was restored is scheduled for deletion again.
            (_, Write::DeleteSecret { .. }) if matches!(made, Write::CreateSecret { .. }) => {
                (Ok(!force.secret), "may be read by others", "--force-secret")
            }
            (Resource::Bucket { target, name }, Write::DeleteBucket { .. }) if !force.bucket => {
                (self.has_objects(target, name).await, "holds objects", "--force-bucket")
            }
            (Resource::LogGroup { target, name }, Write::DeleteLogGroup { .. })
                if !force.log_group =>
            {
                (self.has_log_streams(target, name).await, "has events", "--force-log-group")
            }
            _ => return None,
        };
        match held {
            Ok(false) => None,
            Ok(true) => Some(format!("{resource} {what}: it stays, unless {flag} is given")),
            Err(reason) => Some(format!("{resource} stays: {reason}")),
        }
    }

    /// Why something that was made is not removed: somebody uses it.
    async fn in_use(
        &self,
        resource: &Resource,
        writes: &[Write],
        left: &Observed<Value>,
        now: Timestamp,
    ) -> Option<String> {
        let target = resource.target();
        let look = match (resource, writes.last()?) {
            (Resource::LogGroup { .. }, Write::DeleteLogGroup { .. })
            | (Resource::Trail { .. }, Write::DeleteTrail { .. }) => {
                vec![What::DescribeMetricFilters]
            }
            (Resource::Role { .. }, Write::DeleteRole { .. }) => vec![What::DescribeTrails],
            (Resource::Key { key, .. }, Write::DeleteAlias { .. }) => {
                let topic = Arn::of_resource("sns", target, key.trim_start_matches("alias/"));
                vec![What::GetTopicAttributes { topic }]
            }
            (Resource::Topic { topic, .. }, Write::DeleteTopic { .. }) => {
                let stays = |why: String| Some(format!("{resource} {why}"));
                match self.rules_that_notify(target, topic).await {
                    Ok(rules) if rules.is_empty() => {}
                    Ok(rules) => {
                        return stays(format!("is notified by event rule {}", rules.join(", ")));
                    }
                    Err(reason) => {
                        return stays(format!("may be notified by event rules: {reason}"));
                    }
                }
                vec![
                    What::ListSubscriptionsByTopic { topic: topic.clone() },
                    What::DescribeAlarms,
                    What::DescribeTrails,
                ]
            }
            (Resource::MetricFilter { .. }, Write::DeleteMetricFilter { .. }) => {
                vec![What::DescribeMetricFilters, What::DescribeAlarms]
            }
            _ => return None,
        };
        let mut seen = Snapshot::empty(now);
        let reads = look.into_iter().map(|what| Read { target: target.clone(), what }).collect();
        self.renew();
        self.read_more(&mut seen, reads, &|_| ()).await;
        let why = users(resource, left, &seen)?;
        Some(format!("{resource} {why}"))
    }
}

/// What somebody has changed since a step.
fn changed(step: &JournalStep, there: &Observed<Value>) -> String {
    let resource = &step.change.resource;
    let now =
        Change { before: step.change.after.clone(), after: there.clone(), ..step.change.clone() };
    let fields: Vec<String> = now.fields().into_iter().map(|(field, ..)| field).collect();
    let fields = match fields.iter().all(String::is_empty) {
        true => String::new(),
        false => format!(" ({})", fields.join(", ")),
    };
    format!(
        "{resource} has changed since{fields}, by a later journal or by somebody: take the later journal \
         back first, or give --force"
    )
}

/// Who uses a group, a trail, a role, a key, a filter or a topic.
fn users(resource: &Resource, left: &Observed<Value>, seen: &Snapshot) -> Option<String> {
    let at = seen.at(resource.target());
    let some = |why: &str| Some(why.to_owned());
    let filters_of = |group: &str| match at.metric_filters.seen() {
        None => some("may have metric filters, which could not be seen"),
        Some(filters) => {
            let filters = filters.get(group).filter(|filters| !filters.is_empty())?;
            let names: Vec<&str> = filters.keys().map(String::as_str).collect();
            Some(format!("feeds metric filter {} of log group {group}", names.join(", ")))
        }
    };
    match resource {
        Resource::LogGroup { name, .. } => filters_of(name),
        Resource::Trail { .. } => {
            let group = left.seen()?["CloudWatchLogsLogGroupArn"].as_str()?.parse::<Arn>().ok()?;
            filters_of(group.name())
        }
        Resource::Role { role, .. } => match at.trails.seen() {
            None => some("may be used by trails, which could not be seen"),
            Some(trails) => {
                let uses =
                    |it: &&Trail| it.cloud_watch_logs_role_arn.as_deref() == Some(role.as_str());
                trails.values().find(uses).map(|it| format!("is used by trail {}", it.name))
            }
        },
        Resource::Key { key, .. } => {
            let topic = at.topics.values().next()?;
            match &topic.attributes {
                Observed::Absent => None,
                Observed::Seen(topic) if topic.kms_master_key_id.as_deref() == Some(key) => {
                    some("encrypts its topic")
                }
                Observed::Seen(_) => None,
                _ => some("may encrypt its topic, which could not be seen"),
            }
        }
        Resource::MetricFilter { log_group, name, .. } => {
            let (Some(filters), Some(alarms)) = (at.metric_filters.seen(), at.alarms.seen()) else {
                return some("may feed alarms, which could not be seen");
            };
            let metrics = &filters.get(log_group)?.get(name)?.metric_transformations;
            let mut watch = alarms.metric_alarms.values().filter(|alarm| {
                metrics.iter().any(|it| alarm.watches(&it.metric_namespace, &it.metric_name))
            });
            watch.next().map(|alarm| format!("feeds alarm {}", alarm.alarm_name))
        }
        Resource::Topic { topic, .. } => {
            let subscriptions = at.topics.get(topic).and_then(|topic| topic.subscriptions.seen());
            let (Some(subscriptions), Some(alarms), Some(trails)) =
                (subscriptions, at.alarms.seen(), at.trails.seen())
            else {
                return some("may be used, which could not be seen");
            };
            if subscriptions.values().any(|one| one.subscription_arn.parse::<Arn>().is_ok()) {
                return some("has subscriptions");
            }
            let arn = topic.as_str();
            let metric = alarms.metric_alarms.values().any(|alarm| alarm.tells(arn));
            let names = |actions: &Vec<String>| actions.iter().any(|action| action == arn);
            let composite = alarms.composite_alarms.values().any(|alarm| {
                names(&alarm.alarm_actions)
                    || names(&alarm.ok_actions)
                    || names(&alarm.insufficient_data_actions)
            });
            let log = alarms.log_alarms.values().any(|alarm| names(&alarm.alarm_actions));
            if metric || composite || log {
                return some("is notified by alarms");
            }
            let tells = |trail: &&Trail| trail.sns_topic_arn.as_deref() == Some(arn);
            trails.values().find(tells).map(|trail| format!("is notified by trail {}", trail.name))
        }
        _ => None,
    }
}
