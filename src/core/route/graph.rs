//! Which node can follow which. One question for each kind of node, and all of them about one
//! snapshot: hence its lines.

use std::collections::BTreeSet;

use super::event_rule::{is_meant, takes_reads, topic_of};
use super::log_alarm::{self, may_find_reads};
use super::watching::{
    alarms_untold, composites_over, is_hinted, nearly_watches, says_so, watches,
};
use super::{AlarmId, Chain, FilterId, Hop, LogGroupId, Notifier, Pins, QueryId, Route, RuleId};
use crate::baseline::{BaselineEntry, Message};
use crate::finding::{Stop, Unseen, look};
use crate::snapshot::{
    Alarms, Arn, Asked, MetricAlarm, MetricFilter, MetricTransformation, Snapshot, Target, Trail,
};

/// What the graph is made of.
#[derive(Clone, Copy)]
pub(super) struct Graph<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) entry: &'a BaselineEntry,
    /// The messages to try rules and queries on.
    pub(super) messages: &'a [Message],
    /// The patterns that match a read, or may.
    pub(super) may_match: &'a BTreeSet<&'a str>,
    pub(super) pins: &'a Pins,
}

fn joined_or_assumed<T: Ord>(joined: BTreeSet<T>, assumed: BTreeSet<T>) -> Vec<Hop<T>> {
    if !joined.is_empty() {
        joined.into_iter().map(Hop::Joined).collect()
    } else if !assumed.is_empty() {
        assumed.into_iter().map(Hop::Assumed).collect()
    } else {
        vec![Hop::Nothing]
    }
}

fn unseen<T>(stop: Stop) -> Vec<Hop<T>> {
    match stop {
        Stop::Unseen(unseen) => vec![Hop::Unseen(unseen)],
        Stop::Skipped(_) => vec![Hop::Nothing],
    }
}

impl Graph<'_> {
    /// Whether a chain of this route can be there at all: most accounts have no log alarm and no
    /// rule for the entry.
    pub(super) fn may_have(&self, route: Route, asked: &Asked) -> bool {
        let has_log_alarms = |alarms: &Alarms| !alarms.log_alarms.is_empty();
        match route {
            Route::FilterAlarm => true,
            Route::LogAlarm => {
                let mut all = self.snapshot.targets.values().filter_map(|at| at.alarms.seen());
                all.any(has_log_alarms)
            }
            Route::EventRule => {
                let chain = Chain::from_secret(asked.clone(), route);
                self.rules(&chain).iter().any(Hop::is_joined)
            }
        }
    }

    pub(super) fn trails(&self, asked: &Asked) -> Vec<Hop<Arn>> {
        let observations = self.snapshot.at(&asked.target);
        let trails = match look(&observations.trails, "the list of trails") {
            Ok(trails) => trails,
            Err(stop) => return unseen(stop),
        };
        let admitted = |arn: &&Arn| Pins::admits_arn(self.pins.trail.as_ref(), arn);
        let here: BTreeSet<Arn> = trails.keys().filter(admitted).cloned().collect();
        let elsewhere = observations.trails_elsewhere.seen().into_iter().flatten();
        let described = elsewhere.filter(|(_, trail)| trail.seen().is_some()).map(|(arn, _)| arn);
        joined_or_assumed(here, described.filter(admitted).cloned().collect())
    }

    pub(super) fn log_groups(&self, chain: &Chain) -> Vec<Hop<LogGroupId>> {
        let trail = self.trail(chain);
        let named = trail.and_then(|trail| trail.cloud_watch_logs_log_group_arn.as_ref());
        let joined = named.and_then(|arn| arn.parse::<Arn>().ok()).and_then(|arn| {
            Some(LogGroupId { target: arn.target()?, name: arn.name().to_owned() })
        });
        if let Some(group) = joined
            && Pins::admits(self.pins.log_group.as_ref(), &group.name)
        {
            return vec![Hop::Joined(group)];
        }
        let target = trail.map_or_else(|| chain.asked.target.clone(), home_of);
        let groups = match look(&self.snapshot.at(&target).log_groups, "the list of log groups") {
            Ok(groups) => groups,
            Err(stop) => return unseen(stop),
        };
        let pinned = self.pins.log_group.is_some();
        let assumed = groups
            .keys()
            .filter(|name| Pins::admits(self.pins.log_group.as_ref(), name))
            .filter(|name| {
                pinned
                    || match chain.route {
                        Route::LogAlarm => self.queries_of(&target, name).next().is_some(),
                        _ => self.filters_on(&target, name).next().is_some(),
                    }
            })
            .map(|name| LogGroupId { target: target.clone(), name: name.clone() })
            .collect();
        joined_or_assumed(BTreeSet::new(), assumed)
    }

    pub(super) fn filters(&self, chain: &Chain) -> Vec<Hop<FilterId>> {
        let group = chain.log_group.node();
        let target = match (group, self.trail(chain)) {
            (Some(group), _) => group.target.clone(),
            (None, Some(trail)) => home_of(trail),
            (None, None) => chain.asked.target.clone(),
        };
        let filters = &self.snapshot.at(&target).metric_filters;
        if let Err(stop) = look(filters, "the list of metric filters") {
            return unseen(stop);
        }
        let id = |filter: &MetricFilter| FilterId {
            target: target.clone(),
            log_group: filter.log_group_name.clone(),
            name: filter.filter_name.clone(),
        };
        let joined = group.into_iter().flat_map(|group| self.filters_on(&target, &group.name));
        let elsewhere = filters.seen().into_iter().flat_map(|groups| groups.keys());
        let assumed = elsewhere.flat_map(|group| self.filters_on(&target, group));
        joined_or_assumed(joined.map(id).collect(), assumed.map(id).collect())
    }

    /// The filters of a group that may be meant for the entry: their pattern matches a read, nobody
    /// knows whether it does, or their text says so. That of the metric says little where another's
    /// pattern or name says it: several filters may feed one metric.
    fn filters_on(&self, target: &Target, group: &str) -> impl Iterator<Item = &MetricFilter> {
        let filters = self.snapshot.at(target).metric_filters.seen();
        let on_group = filters.and_then(|filters| filters.get(group));
        let all = on_group.into_iter().flat_map(|filters| filters.values());
        let mut all: Vec<&MetricFilter> = all
            .filter(|filter| {
                Pins::admits(self.pins.filter.as_ref(), &filter.filter_name)
                    && (self.pins.filter.is_some()
                        || self.may_match.contains(filter.filter_pattern.as_str())
                        || is_hinted(self.entry, filter))
            })
            .collect();
        let is_meant = |filter: &&MetricFilter| {
            self.may_match.contains(filter.filter_pattern.as_str()) || says_so(self.entry, filter)
        };
        if all.iter().any(is_meant) {
            all.retain(is_meant);
        }
        all.into_iter()
    }

    /// The queries that may be meant for the entry: of log alarms that look into the group, or
    /// else, where the text says that they are, into another.
    pub(super) fn queries(&self, chain: &Chain) -> Vec<Hop<QueryId>> {
        let group = chain.log_group.node();
        let target = match (group, self.trail(chain)) {
            (Some(group), _) => group.target.clone(),
            (None, Some(trail)) => home_of(trail),
            (None, None) => chain.asked.target.clone(),
        };
        let Some(alarms) = self.snapshot.at(&target).alarms.seen() else {
            // Filter and alarm say so.
            return vec![Hop::Nothing];
        };
        let id = |alarm: &str| QueryId { target: target.clone(), alarm: alarm.to_owned() };
        let joined = group.into_iter().flat_map(|group| self.queries_of(&target, &group.name));
        let meant = alarms.log_alarms.values();
        let meant = meant.filter(|alarm| log_alarm::is_meant(self.entry, alarm));
        joined_or_assumed(
            joined.map(id).collect(),
            meant.map(|alarm| id(&alarm.alarm_name)).collect(),
        )
    }

    /// The log alarms that look into a group, or may, and find reads, or may.
    fn queries_of(&self, target: &Target, group: &str) -> impl Iterator<Item = &str> {
        let alarms = self.snapshot.at(target).alarms.seen();
        let alarms = alarms.into_iter().flat_map(|alarms| alarms.log_alarms.values());
        let alarms =
            alarms.filter(move |alarm| may_find_reads(alarm, target, group, self.messages));
        alarms.map(|alarm| alarm.alarm_name.as_str())
    }

    /// The rules of the secret's place that take the reads or are meant to, and that have a topic
    /// to tell or nothing at all.
    pub(super) fn rules(&self, chain: &Chain) -> Vec<Hop<RuleId>> {
        let target = &chain.asked.target;
        let rules = self.snapshot.at(target).event_rules.seen().into_iter().flatten();
        let rules = rules.filter(|(_, rule)| {
            let Some(targets) = rule.targets.seen() else { return false };
            let tells_a_topic = targets.values().any(|to| topic_of(to).is_some());
            let is_meant = is_meant(self.entry, rule);
            let gets = takes_reads(rule, self.messages);
            (gets || is_meant) && (tells_a_topic || (is_meant && (targets.is_empty() || !gets)))
        });
        let id = |name: &String| RuleId { target: target.clone(), name: name.clone() };
        joined_or_assumed(rules.map(|(name, _)| id(name)).collect(), BTreeSet::new())
    }

    pub(super) fn alarms(&self, chain: &Chain) -> Vec<Hop<AlarmId>> {
        if chain.route == Route::LogAlarm {
            return self.log_alarms(chain);
        }
        let Some(filter) = chain.filter.node() else {
            return self.pinned_alarms(chain);
        };
        let alarms = match look(&self.snapshot.at(&filter.target).alarms, "the list of alarms") {
            Ok(alarms) => alarms,
            Err(stop) => return unseen(stop),
        };
        let transformations = self.filter(filter).map(|filter| &filter.metric_transformations);
        let transformations: Vec<_> = transformations.into_iter().flatten().collect();
        let pick = |near: fn(&MetricAlarm, &MetricTransformation) -> bool| {
            let mut ids = BTreeSet::new();
            for alarm in alarms.metric_alarms.values() {
                if transformations.iter().any(|metric| near(alarm, metric)) {
                    let name = &alarm.alarm_name;
                    ids.extend(self.with_notifiers(&filter.target, alarms, name));
                }
            }
            ids
        };
        let joined = pick(watches);
        let assumed = match (&self.pins.alarm, joined.is_empty()) {
            (Some(_), true) => pick(|_, _| true),
            (None, true) => pick(nearly_watches),
            _ => BTreeSet::new(),
        };
        joined_or_assumed(joined, assumed)
    }

    /// The alarm of the query, with everything that may notify for it.
    fn log_alarms(&self, chain: &Chain) -> Vec<Hop<AlarmId>> {
        let Some(QueryId { target, alarm }) = chain.query.node() else {
            return vec![Hop::Nothing];
        };
        let alarms = self.snapshot.at(target).alarms.seen();
        let notifiers = alarms.map(|alarms| self.with_notifiers(target, alarms, alarm));
        joined_or_assumed(notifiers.into_iter().flatten().collect(), BTreeSet::new())
    }

    /// Without a filter only a pinned alarm can be judged, and, where the filters may not be seen,
    /// each alarm that one of them may feed.
    fn pinned_alarms(&self, chain: &Chain) -> Vec<Hop<AlarmId>> {
        let target = match (chain.log_group.node(), self.trail(chain)) {
            (Some(group), _) => group.target.clone(),
            (None, Some(trail)) => home_of(trail),
            (None, None) => chain.asked.target.clone(),
        };
        let alarms = self.snapshot.at(&target).alarms.seen();
        if let Hop::Unseen(unseen) = &chain.filter {
            let at = self.snapshot.at(&target);
            let untold = alarms.and_then(|alarms| Some((alarms, alarms_untold(at, alarms)?)));
            // Filters of a group that nobody knows may be elsewhere.
            let (Some(_), Some((alarms, untold))) = (chain.log_group.node(), untold) else {
                return vec![Hop::Unseen(unseen.clone())];
            };
            let names = untold.into_iter().map(|alarm| alarm.alarm_name.as_str());
            let ids = names.flat_map(|name| self.with_notifiers(&target, alarms, name));
            return joined_or_assumed(BTreeSet::new(), ids.collect());
        }
        let pinned = self.pins.alarm.as_ref().and_then(|pin| alarms?.metric_alarms.get(pin));
        match (alarms, pinned) {
            (Some(alarms), Some(alarm)) => joined_or_assumed(
                BTreeSet::new(),
                self.with_notifiers(&target, alarms, &alarm.alarm_name).into_iter().collect(),
            ),
            _ => vec![Hop::Nothing],
        }
    }

    pub(super) fn topics(&self, chain: &Chain) -> Vec<Hop<Arn>> {
        if chain.route == Route::EventRule {
            return self.topics_of_rule(chain);
        }
        let Some(id) = chain.alarm.node() else {
            return match &chain.alarm {
                Hop::Unseen(unseen) => vec![Hop::Unseen(unseen.clone())],
                _ => vec![Hop::Nothing],
            };
        };
        let alarms = self.snapshot.at(&id.target).alarms.seen();
        let Some(alarm) = alarms.and_then(|alarms| alarms.any(id.notifying_alarm())) else {
            return vec![Hop::Nothing];
        };
        let on_alarm = alarm.alarm_actions;
        let on_others = [alarm.ok_actions, alarm.insufficient_data_actions];
        let topics = |actions: &[String]| -> BTreeSet<Arn> {
            let arns = actions.iter().filter_map(|action| action.parse::<Arn>().ok());
            arns.filter(|arn| arn.service() == "sns")
                .filter(|arn| Pins::admits_arn(self.pins.topic.as_ref(), arn))
                .collect()
        };
        let joined = topics(on_alarm);
        let is_topic =
            |action: &&String| action.parse::<Arn>().is_ok_and(|arn| arn.service() == "sns");
        let others: Vec<&str> =
            on_alarm.iter().filter(|action| !is_topic(action)).map(String::as_str).collect();
        if joined.is_empty() && self.pins.topic.is_none() && !others.is_empty() {
            // A function, an OpsItem or an incident may well tell somebody.
            let others: Vec<String> = others.into_iter().map(in_words).collect();
            return vec![Hop::Unseen(Unseen::because(
                format!("whom alarm {} tells", id.notifying_alarm()),
                format!("its action on ALARM is no SNS topic but {}", others.join(", ")),
            ))];
        }
        joined_or_assumed(joined, topics(&on_others.concat()))
    }

    fn topics_of_rule(&self, chain: &Chain) -> Vec<Hop<Arn>> {
        let rules = |id: &RuleId| self.snapshot.at(&id.target).event_rules.seen();
        let rule = chain.rule.node().and_then(|id| rules(id)?.get(&id.name));
        let Some((rule, targets)) = rule.and_then(|rule| Some((rule, rule.targets.seen()?))) else {
            return vec![Hop::Nothing];
        };
        let topics = targets.values().filter_map(topic_of);
        let topics = topics.filter(|arn| Pins::admits_arn(self.pins.topic.as_ref(), arn));
        let others: Vec<String> = targets.values().map(|to| in_words(&to.arn)).collect();
        match joined_or_assumed(topics.collect(), BTreeSet::new()).as_slice() {
            [Hop::Nothing] if !others.is_empty() && self.pins.topic.is_none() => {
                vec![Hop::Unseen(Unseen::because(
                    format!("whom event rule {} tells", rule.name),
                    format!("its target is no SNS topic but {}", others.join(", ")),
                ))]
            }
            topics => topics.to_vec(),
        }
    }

    pub(super) fn subscriptions(&self, chain: &Chain) -> Vec<Hop<String>> {
        let Some(arn) = chain.topic.node() else {
            return match &chain.topic {
                Hop::Unseen(unseen) => vec![Hop::Unseen(unseen.clone())],
                _ => vec![Hop::Nothing],
            };
        };
        let topic = arn.target().and_then(|target| self.snapshot.at(&target).topics.get(arn));
        let what = || format!("the subscriptions of topic {}", arn.name());
        let subscriptions = match topic {
            Some(topic) => match look(&topic.subscriptions, what()) {
                Ok(subscriptions) => subscriptions,
                Err(stop) => return unseen(stop),
            },
            None => return vec![Hop::Unseen(Unseen::because(what(), "they were not read"))],
        };
        let told = subscriptions.iter().filter(|(_, subscription)| {
            self.pins.recipients.is_empty()
                || self
                    .pins
                    .recipients
                    .iter()
                    .any(|address| address.eq_ignore_ascii_case(&subscription.endpoint))
        });
        joined_or_assumed(told.map(|(key, _)| key.clone()).collect(), BTreeSet::new())
    }

    /// The alarm with everything that may notify for it. A pin names the alarm or what notifies.
    fn with_notifiers(&self, target: &Target, alarms: &Alarms, alarm: &str) -> Vec<AlarmId> {
        let id = |notifier| AlarmId { target: target.clone(), name: alarm.to_owned(), notifier };
        let pin = self.pins.alarm.as_ref();
        let above = composites_over(alarms, alarm).into_iter();
        let above = above.map(|above| id(Notifier::Composite(above.alarm_name.clone())));
        std::iter::once(id(Notifier::Own))
            .chain(above)
            .filter(|id| Pins::admits(pin, &id.name) || Pins::admits(pin, id.notifying_alarm()))
            .collect()
    }

    fn trail(&self, chain: &Chain) -> Option<&Trail> {
        self.snapshot.at(&chain.asked.target).trail(chain.trail.node()?)
    }

    fn filter(&self, id: &FilterId) -> Option<&MetricFilter> {
        self.snapshot.at(&id.target).metric_filters.seen()?.get(&id.log_group)?.get(&id.name)
    }
}

/// Where a trail is changed and delivers to CloudWatch Logs from.
pub(super) fn home_of(trail: &Trail) -> Target {
    trail.trail_arn.target().unwrap_or_else(Target::nowhere)
}

/// What an action or target that is no topic is, in words: "Lambda function page".
pub fn in_words(arn: &str) -> String {
    let Ok(parsed) = arn.parse::<Arn>() else { return arn.to_owned() };
    let kind = match (parsed.service(), parsed.resource()) {
        ("lambda", _) => "Lambda function",
        ("sqs", _) => "SQS queue",
        ("ssm", resource) if resource.starts_with("opsitem") => {
            return format!("an OpsItem of Systems Manager ({arn})");
        }
        ("ssm-incidents", _) => "an incident of Incident Manager by response plan",
        ("ssm-contacts", _) => "an engagement of Incident Manager",
        ("autoscaling", _) => return format!("a scaling policy ({arn})"),
        ("automate" | "swf", _) => return format!("an action on an EC2 instance ({arn})"),
        ("aiops", _) => "an investigation in group",
        ("chatbot", _) => "chat channel",
        ("logs", _) => "log group",
        ("states", _) => "state machine",
        ("firehose", _) => "Firehose stream",
        ("kinesis", _) => "Kinesis stream",
        ("events", resource) if resource.starts_with("api-destination") => "API destination",
        ("events", _) => "event bus",
        _ => return arn.to_owned(),
    };
    let name = parsed.resource().rsplit([':', '/']).next().unwrap_or_default();
    format!("{kind} {name}")
}
