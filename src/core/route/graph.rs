//! Which node can follow which.

use std::collections::BTreeSet;

use super::watching::{composites_over, is_hinted, nearly_watches, watches};
use super::{AlarmId, Chain, FilterId, Hop, LogGroupId, Notifier, Pins};
use crate::baseline::BaselineEntry;
use crate::finding::{Stop, Unseen, look};
use crate::snapshot::{
    Alarms, Arn, Asked, MetricAlarm, MetricFilter, MetricTransformation, Snapshot, Target, Trail,
};

/// What the graph is made of.
#[derive(Clone, Copy)]
pub(super) struct Graph<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) entry: &'a BaselineEntry,
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
            .filter(|name| pinned || self.filters_on(&target, name).next().is_some())
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
    /// knows whether it does, or their text says so.
    fn filters_on(&self, target: &Target, group: &str) -> impl Iterator<Item = &MetricFilter> {
        let filters = self.snapshot.at(target).metric_filters.seen();
        let on_group = filters.and_then(|filters| filters.get(group));
        on_group.into_iter().flat_map(|filters| filters.values()).filter(|filter| {
            Pins::admits(self.pins.filter.as_ref(), &filter.filter_name)
                && (self.pins.filter.is_some()
                    || self.may_match.contains(filter.filter_pattern.as_str())
                    || is_hinted(self.entry, filter))
        })
    }

    pub(super) fn alarms(&self, chain: &Chain) -> Vec<Hop<AlarmId>> {
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
                    ids.extend(self.with_notifiers(&filter.target, alarms, alarm));
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

    /// Without a filter only a pinned alarm can be judged.
    fn pinned_alarms(&self, chain: &Chain) -> Vec<Hop<AlarmId>> {
        if let Hop::Unseen(unseen) = &chain.filter {
            return vec![Hop::Unseen(unseen.clone())];
        }
        let target = match (chain.log_group.node(), self.trail(chain)) {
            (Some(group), _) => group.target.clone(),
            (None, Some(trail)) => home_of(trail),
            (None, None) => chain.asked.target.clone(),
        };
        let alarms = self.snapshot.at(&target).alarms.seen();
        let pinned = self.pins.alarm.as_ref().and_then(|pin| alarms?.metric_alarms.get(pin));
        match (alarms, pinned) {
            (Some(alarms), Some(alarm)) => joined_or_assumed(
                BTreeSet::new(),
                self.with_notifiers(&target, alarms, alarm).into_iter().collect(),
            ),
            _ => vec![Hop::Nothing],
        }
    }

    pub(super) fn topics(&self, chain: &Chain) -> Vec<Hop<Arn>> {
        let Some(id) = chain.alarm.node() else {
            return match &chain.alarm {
                Hop::Unseen(unseen) => vec![Hop::Unseen(unseen.clone())],
                _ => vec![Hop::Nothing],
            };
        };
        let Some(alarms) = self.snapshot.at(&id.target).alarms.seen() else {
            return vec![Hop::Nothing];
        };
        let (on_alarm, on_others) = match &id.notifier {
            Notifier::Own => match alarms.metric_alarms.get(&id.name) {
                Some(alarm) => (
                    alarm.alarm_actions.as_slice(),
                    [alarm.ok_actions.as_slice(), alarm.insufficient_data_actions.as_slice()],
                ),
                None => return vec![Hop::Nothing],
            },
            Notifier::Composite(name) => match alarms.composite_alarms.get(name) {
                Some(alarm) => (
                    alarm.alarm_actions.as_slice(),
                    [alarm.ok_actions.as_slice(), alarm.insufficient_data_actions.as_slice()],
                ),
                None => return vec![Hop::Nothing],
            },
        };
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
            return vec![Hop::Unseen(Unseen::because(
                format!("whom alarm {} tells", id.notifying_alarm()),
                format!("its action on ALARM is no SNS topic: {}", others.join(", ")),
            ))];
        }
        joined_or_assumed(joined, topics(&on_others.concat()))
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
    fn with_notifiers(
        &self,
        target: &Target,
        alarms: &Alarms,
        alarm: &MetricAlarm,
    ) -> Vec<AlarmId> {
        let id =
            |notifier| AlarmId { target: target.clone(), name: alarm.alarm_name.clone(), notifier };
        let pin = self.pins.alarm.as_ref();
        let above = composites_over(alarms, &alarm.alarm_name).into_iter();
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
