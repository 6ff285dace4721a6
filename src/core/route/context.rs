//! What a check sees.

use super::watching::{OfReads, is_hinted, of_reads};
use super::{AlarmId, Chain, FilterId, Hop, LogGroupId, Notifier, Pins, QueryId, Route, RuleId};
use crate::baseline::{BaselineEntry, Message};
use crate::evidence::USUAL_MINUTES;
use crate::finding::{Stop, Unseen, look};
use crate::policy::Request;
use crate::snapshot::{
    AlarmHistoryItem, Alarms, AnyAlarm, Arn, CompositeAlarm, EventRule, EventTarget, Key, LogAlarm,
    LogGroup, MetricAlarm, MetricFilter, MetricTransformation, Observations, Observed,
    Organization, Role, Secret, Snapshot, Subscription, Target, Topic, TopicAttributes, Trail,
    TrailStatus, Transformer,
};
use crate::transformer::Transformation;

/// What a check sees: everything that was read, what is asked, and one chain.
///
/// Its methods return what the chain's links stand for. Where a link is missing they stop the
/// check as skipped, where it could not be seen as unknown, so that a check built on `?` can never
/// pass on something it did not see.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Everything that was read.
    pub snapshot: &'a Snapshot,
    /// What ought to be alarmed on.
    pub entry: &'a BaselineEntry,
    /// The messages to try patterns on, for the secret asked about.
    pub messages: &'a [Message],
    /// What the user pinned.
    pub pins: &'a Pins,
    /// The chain that is judged.
    pub chain: &'a Chain,
}

static UNREAD_KEY: Key =
    Key { metadata: Observed::NotAsked, policy: Observed::NotAsked, grants: Observed::NotAsked };

fn hop<T>(hop: &Hop<T>, nothing: impl FnOnce() -> String) -> Result<&T, Stop> {
    match hop {
        Hop::Joined(node) | Hop::Assumed(node) => Ok(node),
        Hop::Nothing => Err(Stop::Skipped(nothing())),
        Hop::Unseen(unseen) => Err(Stop::Unseen(unseen.clone())),
    }
}

impl<'a> Context<'a> {
    /// Where the secret lives.
    pub fn asked_target(&self) -> &'a Target {
        &self.chain.asked.target
    }

    /// What was seen where the secret lives.
    pub fn asked_observations(&self) -> &'a Observations {
        self.snapshot.at(self.asked_target())
    }

    /// The secret as the user named it, in words: "TopSecretInfo", or "any secret".
    pub fn secret_label(&self) -> &'a str {
        self.chain.asked.label()
    }

    /// What became of reading the secret; `None` where no secret was named.
    pub fn secret(&self) -> Option<&'a Observed<Secret>> {
        let id = self.chain.asked.secret.as_ref()?;
        Some(self.asked_observations().secrets.get(id).unwrap_or(&Observed::NotAsked))
    }

    /// The trail.
    pub fn trail(&self) -> Result<&'a Trail, Stop> {
        let arn = hop(&self.chain.trail, || "there is no trail".to_owned())?;
        self.asked_observations()
            .trail(arn)
            .ok_or_else(|| Stop::Skipped(format!("trail {} does not exist", arn.name())))
    }

    /// `GetTrailStatus` of the trail.
    pub fn trail_status(&self) -> Result<&'a TrailStatus, Stop> {
        let trail = self.trail()?;
        look(&trail.status, format!("the status of trail {}", trail.name))
    }

    /// Whether CloudTrail has just written to the log group without an error: what is in doubt about
    /// its role cannot be what refuses it. Evidence lifts a doubt; it stands for nothing unseen.
    pub fn delivers_now(&self) -> bool {
        self.trail_status().is_ok_and(|status| {
            let delivered = status.latest_cloud_watch_logs_delivery_time;
            let lately =
                delivered.is_some_and(|time| self.snapshot.minutes_since(time) <= USUAL_MINUTES);
            lately && status.latest_cloud_watch_logs_delivery_error.is_none()
        })
    }

    /// Which log group the chain runs through, whether it exists or not.
    pub fn log_group_id(&self) -> Result<&'a LogGroupId, Stop> {
        hop(&self.chain.log_group, || match self.trail() {
            Ok(trail) => format!("trail {} names no log group", trail.name),
            Err(_) => "there is no trail that names a log group".to_owned(),
        })
    }

    /// The log group.
    pub fn log_group(&self) -> Result<&'a LogGroup, Stop> {
        let id = self.log_group_id()?;
        let groups = look(&self.snapshot.at(&id.target).log_groups, "the list of log groups")?;
        groups
            .get(&id.name)
            .ok_or_else(|| Stop::Skipped(format!("log group {} does not exist", id.name)))
    }

    /// Which metric filter the chain runs through.
    pub fn filter_id(&self) -> Result<&'a FilterId, Stop> {
        hop(&self.chain.filter, || match self.log_group_id() {
            Ok(group) => format!("log group {} has no metric filter for it", group.name),
            Err(_) => "there is no metric filter for it".to_owned(),
        })
    }

    /// The metric filter.
    pub fn filter(&self) -> Result<&'a MetricFilter, Stop> {
        let id = self.filter_id()?;
        let filters =
            look(&self.snapshot.at(&id.target).metric_filters, "the list of metric filters")?;
        filters
            .get(&id.log_group)
            .and_then(|filters| filters.get(&id.name))
            .ok_or_else(|| Stop::Skipped(format!("metric filter {} does not exist", id.name)))
    }

    /// The filters of a place, on whatever group, that may be meant for the entry: they match a
    /// read, may match one, or say so in their names.
    pub fn filters_for_it(&self, target: &Target) -> Vec<&'a MetricFilter> {
        let groups = self.snapshot.at(target).metric_filters.seen().into_iter();
        let filters = groups.flat_map(|groups| groups.values()).flat_map(|all| all.values());
        let may_match = |filter: &MetricFilter| {
            of_reads(self.snapshot, self.messages, &filter.filter_pattern) != OfReads::Misses
        };
        filters.filter(|filter| is_hinted(self.entry, filter) || may_match(filter)).collect()
    }

    /// What rewrites the log group's events before a filter that asks for it sees them.
    pub fn log_transformation(&self) -> Result<Transformation, Stop> {
        let id = self.log_group_id()?;
        let at = self.snapshot.at(&id.target);
        static NOT_ASKED: Observed<Transformer> = Observed::NotAsked;
        let what = format!("the transformer of log group {}", id.name);
        let own = match at.transformers.get(&id.name).unwrap_or(&NOT_ASKED) {
            Observed::Absent => None,
            transformer => Some(look(transformer, what)?),
        };
        if own.is_some() {
            return Ok(Transformation::of(&id.name, own, []));
        }
        let what = format!("the transformers of all log groups of {}", id.target);
        let policies = look(&at.transformer_policies, what)?;
        Ok(Transformation::of(&id.name, None, policies.values()))
    }

    /// What the filter adds to the alarm's metric: the transformation that the alarm watches, or
    /// the first.
    pub fn transformation(&self) -> Result<&'a MetricTransformation, Stop> {
        let filter = self.filter()?;
        let watched = self.alarm().ok().and_then(|alarm| {
            let all = filter.metric_transformations.iter();
            all.clone().find(|metric| super::watching::watches(alarm, metric))
        });
        watched
            .or(filter.metric_transformations.first())
            .ok_or_else(|| Stop::Skipped(format!("filter {} feeds no metric", filter.filter_name)))
    }

    /// Which alarm the chain runs through.
    pub fn alarm_id(&self) -> Result<&'a AlarmId, Stop> {
        hop(&self.chain.alarm, || match self.filter() {
            Ok(filter) => match filter.metric_transformations.first() {
                Some(metric) => format!("no alarm watches metric {}", metric.metric_name),
                None => format!("metric filter {} feeds no metric", filter.filter_name),
            },
            Err(Stop::Unseen(_)) => "there is no metric alarm".to_owned(),
            Err(Stop::Skipped(_)) => "there is no metric to watch".to_owned(),
        })
    }

    fn alarms(&self) -> Result<(&'a AlarmId, &'a Alarms), Stop> {
        let id = self.alarm_id()?;
        Ok((id, look(&self.snapshot.at(&id.target).alarms, "the list of alarms")?))
    }

    /// The metric alarm.
    pub fn alarm(&self) -> Result<&'a MetricAlarm, Stop> {
        let (id, alarms) = self.alarms()?;
        alarms
            .metric_alarms
            .get(&id.name)
            .ok_or_else(|| Stop::Skipped(format!("alarm {} does not exist", id.name)))
    }

    /// The alarm that sees the read, of metric or query, whoever notifies for it.
    pub fn seeing_alarm(&self) -> Result<AnyAlarm<'a>, Stop> {
        let (id, alarms) = self.alarms()?;
        let missing = || Stop::Skipped(format!("alarm {} does not exist", id.name));
        alarms.any(&id.name).ok_or_else(missing)
    }

    /// The alarm whose actions count: that one, or the composite alarm that notifies for it.
    pub fn notifying_alarm(&self) -> Result<AnyAlarm<'a>, Stop> {
        let (id, alarms) = self.alarms()?;
        let missing = || Stop::Skipped(format!("alarm {} does not exist", id.notifying_alarm()));
        alarms.any(id.notifying_alarm()).ok_or_else(missing)
    }

    /// The composite alarm that notifies instead of the alarm, if one does.
    pub fn composite(&self) -> Result<Option<&'a CompositeAlarm>, Stop> {
        if self.chain.route == Route::EventRule {
            return Ok(None);
        }
        let (id, alarms) = self.alarms()?;
        let Notifier::Composite(name) = &id.notifier else {
            return Ok(None);
        };
        Ok(alarms.composite_alarms.get(name))
    }

    /// Whose scheduled query the chain runs through.
    pub fn query_id(&self) -> Result<&'a QueryId, Stop> {
        hop(&self.chain.query, || "there is no log alarm for it".to_owned())
    }

    /// The log alarm.
    pub fn log_alarm(&self) -> Result<&'a LogAlarm, Stop> {
        let id = self.query_id()?;
        let alarms = look(&self.snapshot.at(&id.target).alarms, "the list of alarms")?;
        alarms
            .log_alarms
            .get(&id.alarm)
            .ok_or_else(|| Stop::Skipped(format!("log alarm {} does not exist", id.alarm)))
    }

    /// Which EventBridge rule the chain runs through.
    pub fn rule_id(&self) -> Result<&'a RuleId, Stop> {
        hop(&self.chain.rule, || "there is no EventBridge rule for it".to_owned())
    }

    /// The EventBridge rule.
    pub fn rule(&self) -> Result<&'a EventRule, Stop> {
        let id = self.rule_id()?;
        let rules = look(&self.snapshot.at(&id.target).event_rules, "the EventBridge rules")?;
        rules
            .get(&id.name)
            .ok_or_else(|| Stop::Skipped(format!("event rule {} does not exist", id.name)))
    }

    /// The target of the rule that is the chain's topic; of several the first by id.
    pub fn rule_target(&self) -> Result<&'a EventTarget, Stop> {
        let (rule, topic) = (self.rule()?, self.topic_arn()?);
        let targets = look(&rule.targets, format!("the targets of event rule {}", rule.name))?;
        let is_topic = |target: &&EventTarget| target.arn == topic.as_str();
        targets.values().find(is_topic).ok_or_else(|| {
            Stop::Skipped(format!("event rule {} does not target {}", rule.name, topic.name()))
        })
    }

    /// ARN of what publishes to the topic: the alarm, the composite alarm that notifies for it, or
    /// the rule.
    pub fn publisher_arn(&self) -> Result<&'a Arn, Stop> {
        match self.chain.route {
            Route::EventRule => Ok(&self.rule()?.arn),
            Route::FilterAlarm | Route::LogAlarm => Ok(self.notifying_alarm()?.arn),
        }
    }

    /// A request of what publishes to the topic, with what is known of its organization.
    pub fn of_organization(&self, request: Request) -> Result<Request, Stop> {
        let target = match self.chain.route {
            Route::EventRule => &self.rule_id()?.target,
            Route::FilterAlarm | Route::LogAlarm => &self.alarm_id()?.target,
        };
        let organization = &self.snapshot.at(target).organization;
        Ok(match organization {
            Observed::Seen(organization) => request.of_organization(Some(&organization.id)),
            Observed::Absent => request.of_organization(None),
            _ => request,
        })
    }

    /// The organization of the account of the chain's trail: what the streams and the log files of
    /// an organization trail are named after.
    pub fn organization_of_trail(&self) -> Result<&'a Observed<Organization>, Stop> {
        Ok(&self.snapshot.at(&self.trail_home()?).organization)
    }

    /// What publishes to the topic, in words: "alarm secret-read".
    pub fn publisher_label(&self) -> Result<String, Stop> {
        if self.chain.route == Route::EventRule {
            return Ok(format!("event rule {}", self.rule_id()?.name));
        }
        let id = self.alarm_id()?;
        Ok(match (&id.notifier, self.chain.route) {
            (Notifier::Own, Route::LogAlarm) => format!("log alarm {}", id.name),
            (Notifier::Own, _) => format!("alarm {}", id.name),
            (Notifier::Composite(name), _) => format!("composite alarm {name}"),
        })
    }

    /// The service that publishes to the topic.
    pub fn publishing_service(&self) -> &'static str {
        match self.chain.route {
            Route::EventRule => "events.amazonaws.com",
            Route::FilterAlarm | Route::LogAlarm => "cloudwatch.amazonaws.com",
        }
    }

    /// `DescribeAlarmHistory` of what publishes to the topic, newest first.
    pub fn publisher_history(&self) -> Result<&'a [AlarmHistoryItem], Stop> {
        let id = self.alarm_id()?;
        static NOT_ASKED: Observed<Vec<AlarmHistoryItem>> = Observed::NotAsked;
        let history = self.snapshot.at(&id.target).alarm_histories.get(id.notifying_alarm());
        let what = format!("the history of {}", self.publisher_label()?);
        Ok(look(history.unwrap_or(&NOT_ASKED), what)?)
    }

    /// Which topic the chain runs through, whether it exists or not.
    pub fn topic_arn(&self) -> Result<&'a Arn, Stop> {
        hop(&self.chain.topic, || match (self.chain.route, self.alarm_id()) {
            (Route::EventRule, _) => match self.rule_id() {
                Ok(rule) => format!("event rule {} targets no topic", rule.name),
                Err(_) => "there is no EventBridge rule that targets a topic".to_owned(),
            },
            (_, Ok(alarm)) => format!("alarm {} notifies no topic", alarm.name),
            (_, Err(_)) => "there is no alarm that notifies a topic".to_owned(),
        })
    }

    /// What is known of the topic.
    pub fn topic(&self) -> Result<&'a Topic, Stop> {
        let arn = self.topic_arn()?;
        let target = arn.target();
        let topic = target.and_then(|target| self.snapshot.at(&target).topics.get(arn));
        topic.ok_or_else(|| {
            Stop::Unseen(Unseen::because(format!("topic {}", arn.name()), "it was not read"))
        })
    }

    /// `GetTopicAttributes` of the topic.
    pub fn topic_attributes(&self) -> Result<&'a TopicAttributes, Stop> {
        let arn = self.topic_arn()?;
        look(&self.topic()?.attributes, format!("topic {}", arn.name()))
    }

    /// The key that encrypts the topic's messages; `None` where they are not encrypted.
    pub fn topic_key(&self) -> Result<Option<(&'a str, &'a Key)>, Stop> {
        let attributes = self.topic_attributes()?;
        let Some(id) = attributes.kms_master_key_id.as_deref().filter(|id| !id.is_empty()) else {
            return Ok(None);
        };
        let target = self.topic_arn()?.target();
        let key = target.and_then(|target| self.snapshot.at(&target).keys.get(id));
        Ok(Some((id, key.unwrap_or(&UNREAD_KEY))))
    }

    /// The key that encrypts the log group; `None` where it has none of its own.
    pub fn log_group_key(&self) -> Result<Option<(&'a str, &'a Key)>, Stop> {
        let target = &self.log_group_id()?.target;
        let Some(id) = self.log_group()?.kms_key_id.as_deref() else { return Ok(None) };
        Ok(Some((id, self.snapshot.at(target).keys.get(id).unwrap_or(&UNREAD_KEY))))
    }

    /// The subscription.
    pub fn subscription(&self) -> Result<&'a Subscription, Stop> {
        let key = hop(&self.chain.subscription, || match self.topic_arn() {
            Ok(topic) => format!("topic {} has no subscription", topic.name()),
            Err(_) => "there is no topic with a subscription".to_owned(),
        })?;
        let subscriptions = look(&self.topic()?.subscriptions, "the list of subscriptions")?;
        subscriptions
            .get(key)
            .ok_or_else(|| Stop::Skipped(format!("subscription {key} does not exist")))
    }

    /// The role with which the trail writes to its log group.
    pub fn delivery_role(&self) -> Result<(Arn, &'a Role), Stop> {
        let trail = self.trail()?;
        let named = trail.cloud_watch_logs_role_arn.as_deref();
        let Some(arn) = named.and_then(|arn| arn.parse::<Arn>().ok()) else {
            return Err(Stop::Skipped(format!("trail {} names no delivery role", trail.name)));
        };
        let target = super::graph::home_of(trail);
        let role = self.snapshot.at(&target).roles.get(&arn).ok_or_else(|| {
            Stop::Unseen(Unseen::because(format!("role {}", arn.name()), "it was not read"))
        })?;
        Ok((arn, role))
    }

    /// Where the trail is changed and delivers from.
    pub fn trail_home(&self) -> Result<Target, Stop> {
        Ok(super::graph::home_of(self.trail()?))
    }
}
