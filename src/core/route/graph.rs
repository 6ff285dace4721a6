//! Which node can follow which.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{AlarmId, Chain, FilterId, Hop, LogGroupId, Notifier, Pins};
use crate::baseline::{BaselineEntry, Expect, Message};
use crate::finding::{Stop, Unseen, look};
use crate::snapshot::{
    Alarms, Arn, Asked, CompositeAlarm, MetricAlarm, MetricFilter, MetricTransformation, Observed,
    Snapshot, Target, Trail,
};

/// What the graph is made of.
#[derive(Clone, Copy)]
pub(super) struct Graph<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) entry: &'a BaselineEntry,
    pub(super) messages: &'a [Message],
    pub(super) pins: &'a Pins,
}

/// A way to a human that is not filter and alarm; seen, not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherWay {
    /// An alarm on a scheduled Logs query.
    LogAlarm {
        /// Its ARN.
        alarm: Arn,
    },
    /// An EventBridge rule.
    EventRule {
        /// Its ARN.
        rule: Arn,
        /// Its state.
        state: String,
    },
    /// It could not be seen whether there is one.
    Unseen(Unseen),
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
        let described = elsewhere
            .filter(|(_, trail)| trail.seen().is_some())
            .map(|(arn, _)| arn);
        joined_or_assumed(here, described.filter(admitted).cloned().collect())
    }

    pub(super) fn log_groups(&self, chain: &Chain) -> Vec<Hop<LogGroupId>> {
        let trail = self.trail(chain);
        let named = trail.and_then(|trail| trail.cloud_watch_logs_log_group_arn.as_ref());
        let joined = named
            .and_then(|arn| arn.parse::<Arn>().ok())
            .and_then(|arn| {
                Some(LogGroupId {
                    target: arn.target()?,
                    name: arn.name().to_owned(),
                })
            });
        if let Some(group) = joined
            && Pins::admits(self.pins.log_group.as_ref(), &group.name)
        {
            return vec![Hop::Joined(group)];
        }
        let target = trail.map_or_else(|| chain.asked.target.clone(), home_of);
        let groups = match look(
            &self.snapshot.at(&target).log_groups,
            "the list of log groups",
        ) {
            Ok(groups) => groups,
            Err(stop) => return unseen(stop),
        };
        let pinned = self.pins.log_group.is_some();
        let assumed = groups
            .keys()
            .filter(|name| Pins::admits(self.pins.log_group.as_ref(), name))
            .filter(|name| pinned || self.filters_on(&target, name).next().is_some())
            .map(|name| LogGroupId {
                target: target.clone(),
                name: name.clone(),
            })
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
        let joined = group
            .into_iter()
            .flat_map(|group| self.filters_on(&target, &group.name));
        let elsewhere = filters.seen().into_iter().flat_map(|groups| groups.keys());
        let assumed = elsewhere.flat_map(|group| self.filters_on(&target, group));
        joined_or_assumed(joined.map(id).collect(), assumed.map(id).collect())
    }

    /// The filters of a group that may be meant for the entry.
    fn filters_on(&self, target: &Target, group: &str) -> impl Iterator<Item = &MetricFilter> {
        let filters = self.snapshot.at(target).metric_filters.seen();
        let on_group = filters.and_then(|filters| filters.get(group));
        on_group
            .into_iter()
            .flat_map(|filters| filters.values())
            .filter(|filter| {
                Pins::admits(self.pins.filter.as_ref(), &filter.filter_name)
                    && (self.pins.filter.is_some()
                        || is_candidate(self.snapshot, self.entry, self.messages, filter))
            })
    }

    pub(super) fn alarms(&self, chain: &Chain) -> Vec<Hop<AlarmId>> {
        let Some(filter) = chain.filter.node() else {
            return self.pinned_alarms(chain);
        };
        let alarms = match look(
            &self.snapshot.at(&filter.target).alarms,
            "the list of alarms",
        ) {
            Ok(alarms) => alarms,
            Err(stop) => return unseen(stop),
        };
        let transformations = self
            .filter(filter)
            .map(|filter| &filter.metric_transformations);
        let transformations: Vec<_> = transformations.into_iter().flatten().collect();
        let pick = |near: fn(&MetricAlarm, &MetricTransformation) -> bool| {
            let mut ids = BTreeSet::new();
            for alarm in alarms.metric_alarms.values() {
                if Pins::admits(self.pins.alarm.as_ref(), &alarm.alarm_name)
                    && (transformations.iter().any(|metric| near(alarm, metric)))
                {
                    ids.extend(with_notifiers(&filter.target, alarms, alarm));
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
        let pinned = self
            .pins
            .alarm
            .as_ref()
            .and_then(|pin| alarms?.metric_alarms.get(pin));
        match (alarms, pinned) {
            (Some(alarms), Some(alarm)) => joined_or_assumed(
                BTreeSet::new(),
                with_notifiers(&target, alarms, alarm).into_iter().collect(),
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
                    [
                        alarm.ok_actions.as_slice(),
                        alarm.insufficient_data_actions.as_slice(),
                    ],
                ),
                None => return vec![Hop::Nothing],
            },
            Notifier::Composite(name) => match alarms.composite_alarms.get(name) {
                Some(alarm) => (
                    alarm.alarm_actions.as_slice(),
                    [
                        alarm.ok_actions.as_slice(),
                        alarm.insufficient_data_actions.as_slice(),
                    ],
                ),
                None => return vec![Hop::Nothing],
            },
        };
        let topics = |actions: &[String]| -> BTreeSet<Arn> {
            let arns = actions
                .iter()
                .filter_map(|action| action.parse::<Arn>().ok());
            arns.filter(|arn| arn.service() == "sns")
                .filter(|arn| Pins::admits_arn(self.pins.topic.as_ref(), arn))
                .collect()
        };
        joined_or_assumed(topics(on_alarm), topics(&on_others.concat()))
    }

    pub(super) fn subscriptions(&self, chain: &Chain) -> Vec<Hop<String>> {
        let Some(arn) = chain.topic.node() else {
            return match &chain.topic {
                Hop::Unseen(unseen) => vec![Hop::Unseen(unseen.clone())],
                _ => vec![Hop::Nothing],
            };
        };
        let topic = arn
            .target()
            .and_then(|target| self.snapshot.at(&target).topics.get(arn));
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

    fn trail(&self, chain: &Chain) -> Option<&Trail> {
        self.snapshot
            .at(&chain.asked.target)
            .trail(chain.trail.node()?)
    }

    fn filter(&self, id: &FilterId) -> Option<&MetricFilter> {
        self.snapshot
            .at(&id.target)
            .metric_filters
            .seen()?
            .get(&id.log_group)?
            .get(&id.name)
    }
}

/// Where a trail is changed and delivers to CloudWatch Logs from.
pub(super) fn home_of(trail: &Trail) -> Target {
    trail.trail_arn.target().unwrap_or_else(Target::nowhere)
}

/// Whether an alarm looks at this metric, dimensions and unit aside.
pub(super) fn watches(alarm: &MetricAlarm, metric: &MetricTransformation) -> bool {
    let same = |namespace: Option<&String>, name: Option<&String>| {
        namespace == Some(&metric.metric_namespace) && name == Some(&metric.metric_name)
    };
    same(alarm.namespace.as_ref(), alarm.metric_name.as_ref())
        || alarm
            .metrics
            .iter()
            .filter_map(|query| query.metric_stat.as_ref())
            .any(|stat| {
                same(
                    stat.metric.namespace.as_ref(),
                    stat.metric.metric_name.as_ref(),
                )
            })
}

/// Whether an alarm was probably meant for this metric: the same name in another namespace, or
/// nearly the same name in the same one; case and punctuation aside.
pub(super) fn nearly_watches(alarm: &MetricAlarm, metric: &MetricTransformation) -> bool {
    let (Some(namespace), Some(name)) = (&alarm.namespace, &alarm.metric_name) else {
        return false;
    };
    let plain = |text: &str| -> String {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase()
    };
    let same_first = |a: &str, b: &str| {
        let first = |text: &str| text.chars().find(char::is_ascii_alphanumeric);
        match (first(a), first(b)) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(&b),
            _ => false,
        }
    };
    // Most alarms of an account have nothing to do with the metric: find that out cheaply.
    if !same_first(name, &metric.metric_name) && !same_first(namespace, &metric.metric_namespace) {
        return false;
    }
    let (name, wanted) = (plain(name), plain(&metric.metric_name));
    !wanted.is_empty()
        && (name == wanted
            || (plain(namespace) == plain(&metric.metric_namespace) && close(&name, &wanted)))
}

/// Whether one text is the other with at most a fifth of it mistyped.
fn close(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = before + usize::from(from != to);
            before = row[j + 1];
            row[j + 1] = replaced.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()] * 5 <= a.len().max(b.len())
}

fn with_notifiers(target: &Target, alarms: &Alarms, alarm: &MetricAlarm) -> Vec<AlarmId> {
    let id = |notifier| AlarmId {
        target: target.clone(),
        name: alarm.alarm_name.clone(),
        notifier,
    };
    let above = alarms
        .composite_alarms
        .values()
        .filter(|above| mentions(above, &alarm.alarm_name));
    std::iter::once(id(Notifier::Own))
        .chain(above.map(|above| id(Notifier::Composite(above.alarm_name.clone()))))
        .collect()
}

/// Whether a composite alarm's rule looks at the ALARM state of this alarm.
pub(super) fn mentions(composite: &CompositeAlarm, alarm: &str) -> bool {
    let rule = &composite.alarm_rule;
    let inside = |open: &str, close: &str| rule.contains(&format!("ALARM({open}{alarm}{close})"));
    let by_arn = || {
        let suffix = format!(":alarm:{alarm}");
        rule.split("ALARM(").skip(1).any(|rest| {
            let argument = rest.split(')').next().unwrap_or_default();
            argument.trim_matches(['"', '\'', ' ']).ends_with(&suffix)
        })
    };
    inside("\"", "\"") || inside("'", "'") || inside("", "") || by_arn()
}

/// Whether a filter may be meant for the entry: AWS says that it matches a read, nobody could ask,
/// or its text says so.
pub fn is_candidate(
    snapshot: &Snapshot,
    entry: &BaselineEntry,
    messages: &[Message],
    filter: &MetricFilter,
) -> bool {
    let mut tested = false;
    for message in messages
        .iter()
        .filter(|message| message.expect == Expect::Must)
    {
        match snapshot
            .pattern_tests
            .answer(&filter.filter_pattern, message)
        {
            Observed::Seen(true) => return true,
            Observed::Seen(false) => tested = true,
            _ => {}
        }
    }
    !tested || is_hinted(entry, filter)
}

/// Whether the text of a filter says that it is meant for the entry.
pub(super) fn is_hinted(entry: &BaselineEntry, filter: &MetricFilter) -> bool {
    let pattern = filter.filter_pattern.to_ascii_lowercase();
    let names = filter
        .metric_transformations
        .iter()
        .map(|metric| metric.metric_name.as_str());
    entry.hints.iter().any(|hint| pattern.contains(hint))
        || names
            .chain([filter.filter_name.as_str()])
            .any(|name| name.to_ascii_lowercase().contains("secret"))
}

/// Ways to a human that are not filter and alarm.
pub fn other_ways(snapshot: &Snapshot, entry: &BaselineEntry, asked: &Asked) -> Vec<OtherWay> {
    let mut ways = Vec::new();
    for (target, observations) in &snapshot.targets {
        if let Some(alarms) = observations.alarms.seen() {
            let armed = alarms.log_alarms.values();
            let armed =
                armed.filter(|alarm| alarm.actions_enabled && !alarm.alarm_actions.is_empty());
            ways.extend(armed.map(|alarm| OtherWay::LogAlarm {
                alarm: alarm.alarm_arn.clone(),
            }));
        }
        if target != &asked.target {
            continue;
        }
        match look(&observations.event_rules, "the EventBridge rules") {
            Ok(rules) => {
                for rule in rules.values() {
                    let state = rule.state.clone().unwrap_or_default();
                    let listens = rule
                        .event_pattern
                        .as_ref()
                        .is_some_and(|p| may_match(entry, p));
                    let aims = rule
                        .targets
                        .seen()
                        .is_none_or(|targets| !targets.is_empty());
                    if state.starts_with("ENABLED") && listens && aims {
                        ways.push(OtherWay::EventRule {
                            rule: rule.arn.clone(),
                            state,
                        });
                    }
                }
            }
            Err(Stop::Unseen(unseen)) => ways.push(OtherWay::Unseen(unseen)),
            Err(Stop::Skipped(_)) => {}
        }
    }
    ways
}

/// Whether an EventBridge pattern may match CloudTrail's events of the entry. Fields with anything
/// but plain strings may match.
fn may_match(entry: &BaselineEntry, pattern: &str) -> bool {
    let Ok(pattern) = serde_json::from_str::<Value>(pattern) else {
        return true;
    };
    let source = entry.event_source.replace(".amazonaws.com", "");
    let admits = |pointer: &str, wanted: &[&str]| match pattern.pointer(pointer) {
        Some(Value::Array(values)) => values.iter().any(|value| match value {
            Value::String(text) => wanted.contains(&text.as_str()),
            _ => true,
        }),
        _ => true,
    };
    let names: Vec<&str> = entry.event_names.iter().map(String::as_str).collect();
    admits("/source", &[&format!("aws.{source}")])
        && admits("/detail-type", &["AWS API Call via CloudTrail"])
        && admits("/detail/eventSource", &[&entry.event_source])
        && admits("/detail/eventName", &names)
}
