//! The ways from an event to a human.
//!
//! Trails, groups, filters, alarms, rules, topics and subscriptions are nodes, what joins them are
//! edges; a [`Route`] says which kinds follow each other. [`search()`] walks the graph link by link,
//! asks a judge about each node and edge once, and returns the best chains first. Where two links are not joined (a trail without a group), the
//! likeliest next node is *assumed*, so that the rest is judged all the same.
//!
//! The words of the graph, each documented, and nothing else: hence its lines.

use serde::{Deserialize, Serialize};

use crate::finding::Unseen;
use crate::snapshot::{Arn, Asked, Snapshot, Target};

mod composite;
mod context;
mod event_rule;
mod evidence;
mod graph;
mod log_alarm;
mod other_ways;
mod read;
mod reads;
mod search;
#[cfg(test)]
mod tests;
mod watching;

pub use composite::{alarms_in_rule, is_any_of_alarms};
pub use context::Context;
pub use event_rule::{ALL_MANAGEMENT_EVENTS, EventAnswers, event_of, gets_reads};
pub use graph::in_words;
pub use log_alarm::looks_into;
pub use other_ways::{OtherWay, other_ways};
pub use read::{Read, What};
pub use reads::next_reads;
pub use search::{Cost, search};
pub use watching::watches;

/// The ways from an event to a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// Log group, metric filter, alarm.
    FilterAlarm,
    /// Log group, log alarm.
    LogAlarm,
    /// EventBridge rule.
    EventRule,
}

/// A link of the chain that a check can look at, in chain order.
///
/// The secret and the account are always there and are not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// The trail.
    Trail,
    /// The log group.
    LogGroup,
    /// The metric filter.
    Filter,
    /// The scheduled query of a log alarm.
    Query,
    /// The alarm, with what notifies for it.
    Alarm,
    /// The EventBridge rule.
    Rule,
    /// Whatever publishes to the topic: the alarm or the rule.
    Publisher,
    /// The topic.
    Topic,
    /// The subscription.
    Subscription,
}

impl Route {
    /// All routes; of two that are equally good, the first is preferred.
    pub const ALL: [Self; 3] = [Self::FilterAlarm, Self::LogAlarm, Self::EventRule];

    /// The links of the route in chain order.
    pub fn links(self) -> &'static [Link] {
        use Link::{Alarm, Filter, LogGroup, Query, Rule, Subscription, Topic, Trail};
        match self {
            Self::FilterAlarm => &[Trail, LogGroup, Filter, Alarm, Topic, Subscription],
            Self::LogAlarm => &[Trail, LogGroup, Query, Alarm, Topic, Subscription],
            Self::EventRule => &[Trail, Rule, Topic, Subscription],
        }
    }

    /// The link of the route that this one stands for; `None` where it has none such.
    ///
    /// ```
    /// use secmon_core::route::{Link, Route};
    ///
    /// assert_eq!(Route::EventRule.link(Link::Publisher), Some(Link::Rule));
    /// assert_eq!(Route::EventRule.link(Link::Filter), None);
    /// ```
    pub fn link(self, link: Link) -> Option<Link> {
        let link = match (link, self) {
            (Link::Publisher, Self::EventRule) => Link::Rule,
            (Link::Publisher, _) => Link::Alarm,
            (link, _) => link,
        };
        self.links().contains(&link).then_some(link)
    }

    /// The route in words: "filter and alarm".
    pub fn name(self) -> &'static str {
        match self {
            Self::FilterAlarm => "filter and alarm",
            Self::LogAlarm => "a log alarm",
            Self::EventRule => "an EventBridge rule",
        }
    }
}

impl AlarmId {
    /// Name of the alarm whose actions count: its own, or the composite alarm's.
    pub fn notifying_alarm(&self) -> &str {
        match &self.notifier {
            Notifier::Own => &self.name,
            Notifier::Composite(name) => name,
        }
    }
}

/// One step of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hop<T> {
    /// The account joins it to the step before.
    Joined(T),
    /// Nothing joins it to the step before; it is the likeliest.
    Assumed(T),
    /// There is none.
    Nothing,
    /// It could not be seen whether there is one.
    Unseen(Unseen),
}

impl<T> Hop<T> {
    /// The node, joined or assumed.
    pub fn node(&self) -> Option<&T> {
        match self {
            Self::Joined(node) | Self::Assumed(node) => Some(node),
            Self::Nothing | Self::Unseen(_) => None,
        }
    }

    /// Whether nothing joins it to the step before.
    pub fn is_assumed(&self) -> bool {
        matches!(self, Self::Assumed(_))
    }

    /// Whether the account joins it to the step before.
    pub fn is_joined(&self) -> bool {
        matches!(self, Self::Joined(_))
    }
}

/// A log group somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogGroupId {
    /// Where.
    pub target: Target,
    /// Its name.
    pub name: String,
}

/// A metric filter somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilterId {
    /// Where.
    pub target: Target,
    /// Its group.
    pub log_group: String,
    /// Its name.
    pub name: String,
}

/// The scheduled query of a log alarm somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueryId {
    /// Where.
    pub target: Target,
    /// The log alarm's name.
    pub alarm: String,
}

/// An EventBridge rule somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId {
    /// Where.
    pub target: Target,
    /// Its name.
    pub name: String,
}

/// A metric alarm or log alarm somewhere, and what notifies for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlarmId {
    /// Where.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// What notifies.
    pub notifier: Notifier,
}

/// What notifies when an alarm goes to ALARM.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notifier {
    /// The alarm's own actions.
    Own,
    /// The actions of this composite alarm.
    Composite(String),
}

/// One way from the event to a human. Links that its route has not are [`Hop::Nothing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// What is asked about.
    pub asked: Asked,
    /// Which way it is.
    pub route: Route,
    /// The trail.
    pub trail: Hop<Arn>,
    /// The log group.
    pub log_group: Hop<LogGroupId>,
    /// The metric filter.
    pub filter: Hop<FilterId>,
    /// The scheduled query.
    pub query: Hop<QueryId>,
    /// The EventBridge rule.
    pub rule: Hop<RuleId>,
    /// The alarm.
    pub alarm: Hop<AlarmId>,
    /// The topic.
    pub topic: Hop<Arn>,
    /// The key of the subscription in its topic's list.
    pub subscription: Hop<String>,
}

/// Links that the user pins by name, and who must be told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pins {
    /// Name or ARN of the trail.
    pub trail: Option<String>,
    /// Name of the log group.
    pub log_group: Option<String>,
    /// Name of the metric filter.
    pub filter: Option<String>,
    /// Name of the alarm.
    pub alarm: Option<String>,
    /// Name or ARN of the topic.
    pub topic: Option<String>,
    /// Addresses of which at least one must be told; empty: anybody.
    pub recipients: Vec<String>,
}

impl Chain {
    /// The chain before its first link.
    pub fn from_secret(asked: Asked, route: Route) -> Self {
        Self {
            asked,
            route,
            trail: Hop::Nothing,
            log_group: Hop::Nothing,
            filter: Hop::Nothing,
            query: Hop::Nothing,
            rule: Hop::Nothing,
            alarm: Hop::Nothing,
            topic: Hop::Nothing,
            subscription: Hop::Nothing,
        }
    }

    /// Whether there is a node at a link, joined or assumed.
    pub fn has(&self, link: Link) -> bool {
        match self.route.link(link) {
            Some(Link::Trail) => self.trail.node().is_some(),
            Some(Link::LogGroup) => self.log_group.node().is_some(),
            Some(Link::Filter) => self.filter.node().is_some(),
            Some(Link::Query) => self.query.node().is_some(),
            Some(Link::Alarm) => self.alarm.node().is_some(),
            Some(Link::Rule) => self.rule.node().is_some(),
            Some(Link::Topic) => self.topic.node().is_some(),
            Some(Link::Subscription) => self.subscription.node().is_some(),
            Some(Link::Publisher) | None => false,
        }
    }

    /// The node at a link in words that tell it from every other.
    pub fn node_key(&self, link: Link) -> String {
        fn key<T: std::fmt::Debug>(hop: &Hop<T>) -> String {
            format!("{hop:?}")
        }
        match self.route.link(link) {
            Some(Link::Trail) => key(&self.trail),
            Some(Link::LogGroup) => key(&self.log_group),
            Some(Link::Filter) => key(&self.filter),
            Some(Link::Query) => key(&self.query),
            Some(Link::Alarm) => key(&self.alarm),
            Some(Link::Rule) => key(&self.rule),
            Some(Link::Topic) => key(&self.topic),
            Some(Link::Subscription) => key(&self.subscription),
            Some(Link::Publisher) | None => String::new(),
        }
    }

    /// Whether what publishes to the topic is there: without it, it is no chain of its route.
    fn has_publisher(&self) -> bool {
        self.has(Link::Publisher)
    }
}

impl Pins {
    /// Everything pinned, as typed.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        let links = [&self.trail, &self.log_group, &self.filter, &self.alarm, &self.topic];
        links.into_iter().flatten().chain(&self.recipients)
    }

    /// Whether a chain of this route can run through everything pinned.
    fn admits_route(&self, route: Route) -> bool {
        let has = |pin: &Option<String>, link| pin.is_none() || route.link(link).is_some();
        has(&self.log_group, Link::LogGroup)
            && has(&self.filter, Link::Filter)
            && has(&self.alarm, Link::Alarm)
    }

    /// The same pins under other names.
    #[must_use]
    pub fn map(&self, name: impl Fn(&str) -> String) -> Self {
        let one = |pin: &Option<String>| pin.as_deref().map(&name);
        Self {
            trail: one(&self.trail),
            log_group: one(&self.log_group),
            filter: one(&self.filter),
            alarm: one(&self.alarm),
            topic: one(&self.topic),
            recipients: self.recipients.iter().map(|address| name(address)).collect(),
        }
    }

    /// What is pinned and does not exist, in sentences. What could not be listed may exist.
    pub fn missing(&self, snapshot: &Snapshot) -> Vec<String> {
        let seen = snapshot.targets.values();
        let trails = || seen.clone().map(|at| at.trails.seen().map(|trails| trails.keys()));
        let topics = || seen.clone().flat_map(|at| at.topics.keys());
        let groups = || seen.clone().map(|at| at.log_groups.seen().map(|groups| groups.keys()));
        let filters = || {
            seen.clone().map(|at| {
                let groups = at.metric_filters.seen()?;
                Some(groups.values().flat_map(|filters| filters.keys()))
            })
        };
        let alarms = || {
            seen.clone().map(|at| {
                let alarms = at.alarms.seen()?;
                let names = alarms.metric_alarms.keys().chain(alarms.composite_alarms.keys());
                Some(names.chain(alarms.log_alarms.keys()))
            })
        };
        /// Whether everything was listed and nothing has the name.
        fn none<'a, T, I: Iterator<Item = &'a T> + 'a>(
            mut lists: impl Iterator<Item = Option<I>>,
            is_it: impl Fn(&T) -> bool,
        ) -> bool
        where
            T: 'a,
        {
            lists.all(|list| list.is_some_and(|mut list| !list.any(&is_it)))
        }
        let places: Vec<String> = snapshot.targets.keys().map(ToString::to_string).collect();
        let mut missing = Vec::new();
        let mut note = |flag: &str, what: &str, pin: &Option<String>, is_missing: bool| {
            if let (Some(name), true) = (pin, is_missing) {
                let places = places.join(", ");
                missing.push(format!("--{flag} {name}: no such {what} was seen in {places}"));
            }
        };
        let named = |pin: &Option<String>| {
            let pin = pin.clone();
            move |name: &String| Self::admits(pin.as_ref(), name)
        };
        let trail = |arn: &Arn| Self::admits_arn(self.trail.as_ref(), arn);
        note("trail", "trail", &self.trail, none(trails(), trail));
        note("log-group", "log group", &self.log_group, none(groups(), named(&self.log_group)));
        note("filter", "metric filter", &self.filter, none(filters(), named(&self.filter)));
        note("alarm", "alarm", &self.alarm, none(alarms(), named(&self.alarm)));
        let topic = |arn: &Arn| Self::admits_arn(self.topic.as_ref(), arn);
        let alarms_seen = seen.clone().all(|at| at.alarms.seen().is_some());
        let topic = alarms_seen && !topics().any(topic);
        note("topic", "topic of an alarm or rule", &self.topic, topic);
        missing
    }

    fn admits(pin: Option<&String>, name: &str) -> bool {
        pin.is_none_or(|pin| pin == name || pin.parse::<Arn>().is_ok_and(|arn| arn.name() == name))
    }

    fn admits_arn(pin: Option<&String>, arn: &Arn) -> bool {
        pin.is_none_or(|pin| pin == arn.as_str() || pin == arn.name())
    }
}
