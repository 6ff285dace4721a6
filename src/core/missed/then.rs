//! The account as it was: today's snapshot with the changes since then taken back.
//!
//! How a link was set stands in the last call before that set it. Where no such call is in Event
//! history and a later one is, the link is [`Observed::Failed`] with that as the reason, so that
//! whoever judges finds out nothing instead of something wrong.
//!
//! Its lines are more than 400 because each link is taken back by the same few steps; the alarm,
//! which has two sources, stands in `alarm`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Past;
use super::change::Change;
use super::past::{OF_ROLE, OF_TRAIL};
use super::way::chains;
use crate::report::EntryReport;
use crate::route::{Chain, watches};
use crate::selector::EventSelectors;
use crate::snapshot::{
    AlarmHistoryItem, Arn, MetricAlarm, MetricFilter, Observed, Snapshot, Target, Trail,
};

mod alarm;

/// The links of the chains, and what was changed on them.
pub(super) struct Then<'a> {
    snapshot: &'a Snapshot,
    past: &'a Past,
    asked: &'a Target,
    trails: BTreeSet<Arn>,
    groups: BTreeSet<(Target, String)>,
    alarms: BTreeSet<(Target, String)>,
    topics: BTreeSet<Arn>,
    roles: BTreeSet<Arn>,
    all: &'a [Change],
    /// Those of these links, oldest first.
    pub(super) changes: Vec<Change>,
}

impl<'a> Then<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        entry: &'a EntryReport,
        past: &'a Past,
        all: &'a [Change],
    ) -> Self {
        let mut then = Self {
            snapshot,
            past,
            asked: &entry.asked.target,
            trails: BTreeSet::new(),
            groups: BTreeSet::new(),
            alarms: BTreeSet::new(),
            topics: BTreeSet::new(),
            roles: BTreeSet::new(),
            all,
            changes: Vec::new(),
        };
        then.add(chains(entry));
        then
    }

    /// Adds the links of the chains of another time.
    pub(super) fn add<'c>(&mut self, chains: impl IntoIterator<Item = &'c Chain>) {
        for chain in chains {
            self.add_links(chain);
        }
        let of_links = self.all.iter().filter(|change| self.is_of_links(change));
        self.changes = of_links.cloned().collect();
    }

    fn add_links(&mut self, chain: &Chain) {
        if let Some(arn) = chain.trail.node() {
            self.trails.insert(arn.clone());
            let trail = self.snapshot.at(self.asked).trail(arn);
            let role = trail.and_then(|trail| trail.cloud_watch_logs_role_arn.as_ref());
            self.roles.extend(role.and_then(|role| role.parse().ok()));
        }
        if let Some(group) = chain.log_group.node() {
            self.groups.insert((group.target.clone(), group.name.clone()));
        }
        if let Some(alarm) = chain.alarm.node() {
            self.alarms.insert((alarm.target.clone(), alarm.name.clone()));
            self.alarms.insert((alarm.target.clone(), alarm.notifying_alarm().to_owned()));
        }
        self.topics.extend(chain.topic.node().cloned());
    }

    fn is_of_links(&self, change: &Change) -> bool {
        let names_trail =
            |arn: &Arn| ["name", "trailName"].iter().any(|name| change.is_of(name, arn.as_str()));
        let group = |(target, group): &(Target, String)| {
            *target == change.target && change.text("logGroupName") == Some(group)
        };
        let topic = |arn: &Arn| topic_of(change).is_some_and(|named| named == arn.as_str());
        let role = |arn: &Arn| self.is_of_role(change, arn);
        self.trails.iter().any(names_trail)
            || self.groups.iter().any(group)
            || self.alarms.iter().any(|(target, name)| alarm::is_of(change, target, name))
            || self.topics.iter().any(topic)
            || self.roles.iter().any(role)
            || self.was_of_chain(change)
    }

    /// The alarms that are gone and may have told of a read at a time: that they watched a metric of
    /// the chain's filters is known, or the chain has no alarm today.
    pub(super) fn lost_alarm(&self, at: Timestamp) -> Option<&Change> {
        self.changes.iter().find(|change| change.time > at && self.was_of_chain(change))
    }

    fn was_of_chain(&self, change: &Change) -> bool {
        if change.name != "DeleteAlarms" {
            return false;
        }
        let here = self.snapshot.at(&change.target).alarms.seen();
        let exists = |name: &str| {
            here.is_some_and(|alarms| {
                alarms.metric_alarms.contains_key(name)
                    || alarms.composite_alarms.contains_key(name)
            })
        };
        let names = change.request["alarmNames"].as_array().into_iter().flatten();
        names.filter_map(Value::as_str).filter(|name| !exists(name)).any(|name| {
            match alarm::last_put(self.past, &change.target, name) {
                Some(alarm) => self.filters().any(|filter| {
                    filter.metric_transformations.iter().any(|metric| watches(&alarm, metric))
                }),
                None => self.alarms.is_empty(),
            }
        })
    }

    fn filters(&self) -> impl Iterator<Item = &MetricFilter> {
        self.groups.iter().flat_map(|(target, group)| {
            let groups = self.snapshot.at(target).metric_filters.seen();
            groups.and_then(|groups| groups.get(group)).into_iter().flat_map(BTreeMap::values)
        })
    }

    /// The last deliveries of trails that report an error since.
    pub(super) fn deliveries_that_ended(&self) -> Vec<Timestamp> {
        let trails = self.trails.iter().filter_map(|arn| self.snapshot.at(self.asked).trail(arn));
        let statuses = trails.filter_map(|trail| trail.status.seen());
        let failing =
            statuses.filter(|status| status.latest_cloud_watch_logs_delivery_error.is_some());
        failing.filter_map(|status| status.latest_cloud_watch_logs_delivery_time).collect()
    }

    /// The snapshot that would have been taken then, or just now. States, errors and times of deliveries that
    /// came later are left out.
    pub(super) fn snapshot(&self, at: Option<Timestamp>) -> Snapshot {
        let mut then = self.as_of(at);
        let at = at.unwrap_or(then.taken_at);
        then.taken_at = at;
        for arn in &self.trails {
            self.trail(&mut then, arn, at);
        }
        for role in &self.roles {
            self.role(&mut then, role, at);
        }
        for group in &self.groups {
            self.group(&mut then, group, at);
        }
        for (target, name) in &self.alarms {
            self.alarm(&mut then, target, name, at);
        }
        for topic in &self.topics {
            self.topic(&mut then, topic, at);
        }
        then
    }

    /// Today's snapshot; for another time without the traces of what happened lately, which prove
    /// nothing of then.
    fn as_of(&self, at: Option<Timestamp>) -> Snapshot {
        let mut then = self.snapshot.clone();
        if at.is_some() {
            for seen in then.targets.values_mut() {
                seen.alarm_histories.clear();
                seen.filtered_log_events.clear();
                seen.filter_datapoints.clear();
                seen.topics.values_mut().for_each(|topic| topic.counters.clear());
            }
        }
        then
    }

    /// Today's snapshot with the topics as they were then: who was subscribed does not depend on what
    /// is known of the links before.
    pub(super) fn topics_of(&self, at: Option<Timestamp>) -> Snapshot {
        let mut then = self.as_of(at);
        let at = at.unwrap_or(then.taken_at);
        for topic in &self.topics {
            self.topic(&mut then, topic, at);
        }
        then
    }

    /// The last change until a time of those that are meant.
    fn before(&self, at: Timestamp, is_meant: impl Fn(&Change) -> bool) -> Option<&Change> {
        self.changes.iter().rev().find(|change| change.time <= at && is_meant(change))
    }

    /// The first after it.
    fn after(&self, at: Timestamp, is_meant: impl Fn(&Change) -> bool) -> Option<&Change> {
        self.changes.iter().find(|change| change.time > at && is_meant(change))
    }

    fn trail(&self, then: &mut Snapshot, arn: &Arn, at: Timestamp) {
        let of = |names: &'static [&'static str]| {
            move |change: &Change| {
                names.contains(&change.name.as_str())
                    && ["name", "trailName"].iter().any(|name| change.is_of(name, arn.as_str()))
            }
        };
        let Some(seen) = then.targets.get_mut(self.asked) else { return };
        if let Some(made) = self.after(at, of(&["CreateTrail"]))
            && self.before(at, of(OF_TRAIL)).is_none()
        {
            let lost = self.after(at, of(OF_TRAIL)).filter(|change| change.name == "DeleteTrail");
            match lost.filter(|lost| lost.time < made.time) {
                Some(lost) => seen.trails = unknown(lost),
                None => {
                    for trails in [seen.trails.seen_mut()].into_iter().flatten() {
                        trails.remove(arn);
                    }
                    if let Some(trails) = seen.trails_elsewhere.seen_mut() {
                        trails.remove(arn);
                    }
                }
            }
            return;
        }
        let Some(trail) = seen.trail_mut(arn) else { return };
        self.trail_status(trail, at, &of);
        self.trail_settings(trail, at, &of);
        let put = of(&["PutEventSelectors"]);
        if let Some(later) = self.after(at, put) {
            let before = self.before(at, put).and_then(|change| selectors(&change.request));
            trail.selectors = before.map_or_else(|| unknown(later), Observed::Seen);
        }
    }

    fn trail_status<F: Fn(&Change) -> bool>(
        &self,
        trail: &mut Trail,
        at: Timestamp,
        of: &impl Fn(&'static [&'static str]) -> F,
    ) {
        let switches = of(&["StartLogging", "StopLogging"]);
        let Some(status) = trail.status.seen_mut() else { return };
        let stopped = status.stop_logging_time.filter(|time| *time <= at);
        for time in
            [&mut status.latest_delivery_time, &mut status.latest_cloud_watch_logs_delivery_time]
        {
            // Deliveries go on until the last one; an error says that they ended with it.
            if time.is_some_and(|time| time > at) {
                *time = Some(at);
            }
        }
        if status.latest_cloud_watch_logs_delivery_time == Some(at) {
            status.latest_cloud_watch_logs_delivery_error = None;
        }
        if status.latest_delivery_time == Some(at) {
            status.latest_delivery_error = None;
        }
        let (before, after) = (self.before(at, &switches), self.after(at, &switches));
        match (before, after) {
            (Some(last), _) => {
                status.is_logging = last.name == "StartLogging";
                match status.is_logging {
                    true => status.start_logging_time = Some(last.time),
                    false => status.stop_logging_time = Some(last.time),
                }
            }
            (None, Some(next)) if next.name == "StopLogging" => status.is_logging = true,
            // Starting a trail that runs changes nothing: that it had been stopped must be known.
            (None, Some(_)) if stopped.is_some() => status.is_logging = false,
            (None, Some(next)) => trail.status = unknown(next),
            (None, None) => {}
        }
    }

    /// The fields that `UpdateTrail` sets. One that was set for the first time since has no known
    /// value before.
    fn trail_settings<F: Fn(&Change) -> bool>(
        &self,
        trail: &mut Trail,
        at: Timestamp,
        of: &impl Fn(&'static [&'static str]) -> F,
    ) {
        let sets = of(&["CreateTrail", "UpdateTrail"]);
        let fields = ["cloudWatchLogsLogGroupArn", "cloudWatchLogsRoleArn", "isMultiRegionTrail"];
        for field in fields {
            let named = |change: &Change| sets(change) && !change.request[field].is_null();
            let Some(later) = self.after(at, named) else { continue };
            let Some(before) = self.before(at, named) else {
                trail.status = unknown(later);
                continue;
            };
            let value = &before.request[field];
            let text = || value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            match field {
                "cloudWatchLogsLogGroupArn" => trail.cloud_watch_logs_log_group_arn = text(),
                "cloudWatchLogsRoleArn" => trail.cloud_watch_logs_role_arn = text(),
                _ => trail.is_multi_region_trail = value.as_bool().unwrap_or_default(),
            }
        }
    }

    fn role(&self, then: &mut Snapshot, arn: &Arn, at: Timestamp) {
        let Some(later) = self.after(at, |change| self.is_of_role(change, arn)) else { return };
        for seen in then.targets.values_mut() {
            let Some(role) = seen.roles.get_mut(arn) else { continue };
            match later.name.as_str() {
                "UpdateAssumeRolePolicy" => role.role = unknown(later),
                "CreateRole" | "DeleteRole" => {
                    role.role = unknown(later);
                    role.inline_policies = unknown(later);
                }
                "AttachRolePolicy"
                | "CreatePolicyVersion"
                | "DetachRolePolicy"
                | "SetDefaultPolicyVersion" => role.attached_policies = unknown(later),
                _ => role.inline_policies = unknown(later),
            }
        }
    }

    /// Whether a change is of a role, or of a policy that is attached to it.
    fn is_of_role(&self, change: &Change, arn: &Arn) -> bool {
        let attached = |policy: &str| {
            let roles = self.snapshot.targets.values().filter_map(|seen| seen.roles.get(arn));
            let policies = roles.filter_map(|role| role.attached_policies.seen());
            policies.flat_map(BTreeMap::keys).any(|attached| attached.as_str() == policy)
        };
        OF_ROLE.contains(&change.name.as_str())
            && (change.is_of("roleName", arn.as_str())
                || change.text("policyArn").is_some_and(attached))
    }

    fn group(&self, then: &mut Snapshot, (target, name): &(Target, String), at: Timestamp) {
        let Some(seen) = then.targets.get_mut(target) else { return };
        let made_later =
            |millis: Option<i64>| millis.is_some_and(|made| made > at.as_millisecond());
        let deleted = self.after(at, |change| change.name == "DeleteLogGroup");
        if let Some(groups) = seen.log_groups.seen_mut() {
            if let Some(later) = deleted {
                seen.log_groups = unknown(later);
            } else if groups.get(name).is_some_and(|group| made_later(group.creation_time)) {
                groups.remove(name);
            }
        }
        let Some(by_group) = seen.metric_filters.seen_mut() else { return };
        let today = by_group.entry(name.clone()).or_default();
        let of_group = |change: &Change| {
            change.target == *target
                && change.text("logGroupName") == Some(name)
                && change.name.ends_with("MetricFilter")
        };
        let changed = self.changes.iter().filter(|change| of_group(change));
        let changed = changed.filter_map(|change| change.text("filterName"));
        let names: BTreeSet<String> =
            today.keys().map(String::as_str).chain(changed).map(str::to_owned).collect();
        let mut lost = None;
        for filter in names {
            let of_filter =
                |change: &Change| of_group(change) && change.text("filterName") == Some(&filter);
            let Some(later) = self.after(at, of_filter) else { continue };
            match self.before(at, of_filter) {
                Some(put) if put.name == "PutMetricFilter" => match metric_filter(&put.request) {
                    Some(before) => drop(today.insert(filter, before)),
                    None => lost = Some(later),
                },
                Some(_) => drop(today.remove(&filter)),
                None if today.get(&filter).is_some_and(|f| made_later(f.creation_time)) => {
                    today.remove(&filter);
                }
                None => lost = Some(later),
            }
        }
        if let Some(later) = lost {
            seen.metric_filters = unknown(later);
        }
    }

    fn topic(&self, then: &mut Snapshot, arn: &Arn, at: Timestamp) {
        let of = |names: &'static [&'static str]| {
            move |change: &Change| {
                names.contains(&change.name.as_str()) && topic_of(change) == Some(arn.as_str())
            }
        };
        let Some(seen) = arn.target().and_then(|target| then.targets.get_mut(&target)) else {
            return;
        };
        let Some(topic) = seen.topics.get_mut(arn) else { return };
        let harmless = ["DisplayName", "DeliveryPolicy", "TracingConfig", "SignatureVersion"];
        let admits = |change: &Change| {
            let attribute = change.text("attributeName").unwrap_or_default();
            of(&["SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"])(change)
                && !harmless.contains(&attribute)
        };
        if let Some(later) = self.after(at, admits) {
            topic.attributes = unknown(later);
        }
        let gone = self.after(at, of(&["Unsubscribe", "DeleteTopic"]));
        let changed = self.after(at, of(&["SetSubscriptionAttributes"]));
        let Some(subscriptions) = topic.subscriptions.seen_mut() else { return };
        if let Some(later) = changed {
            for subscription in subscriptions.values_mut() {
                subscription.attributes = unknown(later);
            }
        }
        // Of several subscriptions of one kind, one more than were made since is older.
        let made: Vec<&Change> = self
            .changes
            .iter()
            .filter(|change| change.time > at && of(&["Subscribe"])(change))
            .collect();
        let newer = made.iter().find(|change| {
            let protocol = change.text("protocol").unwrap_or_default();
            let alike = |change: &&&Change| change.text("protocol").unwrap_or_default() == protocol;
            let confirmed = |protocol: &str| {
                let confirmed = subscriptions.values().filter(|subscription| {
                    subscription.protocol == protocol
                        && subscription.subscription_arn.starts_with("arn:")
                });
                confirmed.count()
            };
            confirmed(protocol) <= made.iter().filter(alike).count()
        });
        if let Some(later) = gone.or(newer.copied()) {
            topic.subscriptions = unknown(later);
        }
    }
}

/// The topic that a call is about, by ARN.
fn topic_of(change: &Change) -> Option<&str> {
    change.text("topicArn").or_else(|| {
        let (topic, _) = change.text("subscriptionArn")?.rsplit_once(':')?;
        Some(topic)
    })
}

fn unknown<T>(later: &Change) -> Observed<T> {
    let words = later.words();
    Observed::Failed { reason: format!("{words} changed it; how it was before is not known") }
}

fn selectors(request: &Value) -> Option<EventSelectors> {
    let mut fields = Map::new();
    for name in ["eventSelectors", "advancedEventSelectors"] {
        if !request[name].is_null() {
            fields.insert(pascal_name(name), pascal(&request[name]));
        }
    }
    serde_json::from_value(Value::Object(fields)).ok()
}

fn metric_filter(request: &Value) -> Option<MetricFilter> {
    let mut fields = request.as_object()?.clone();
    fields.retain(|_, value| !value.is_null());
    fields.entry("filterPattern").or_insert_with(|| Value::String(String::new()));
    serde_json::from_value(Value::Object(fields)).ok()
}

/// The members of requests are spelt as in the API, with a small first letter.
fn pascal(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(pascal).collect(),
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            members
                .map(|(name, value)| (pascal_name(name), pascal(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        scalar => scalar.clone(),
    }
}

fn pascal_name(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
