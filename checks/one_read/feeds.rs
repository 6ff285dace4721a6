//! Everything that adds to the metrics of an alarm: the chain's filter, other filters, and how many
//! events their log groups get. What is known of one feed decides what is guessed of another: hence
//! its lines.

use std::collections::BTreeSet;

use secmon_core::alarm::{Assumptions, Evaluator, Feed, Samples, Statistic, StatisticValue};
use secmon_core::baseline::Expect;
use secmon_core::engines::Engines;
use secmon_core::finding::{Stop, Unseen, look};
use secmon_core::route::Context;
use secmon_core::snapshot::{
    Datapoint, Metric, MetricAlarm, MetricFilter, MetricTransformation, Observed, Snapshot, Target,
};

use super::{By, about, unclear, value_of};

/// How many events a minute has where the group's traffic is not known or has stopped.
const EXAMPLE: f64 = 40.0;

/// Numbers of events with which it has to come out the same where the traffic is not known. A read
/// never comes quite alone: for instance `kms:Decrypt` comes with it.
const ANY: [f64; 3] = [EXAMPLE, 2.0, 1_000.0];

/// A read, the batch that it may be of, and the `kms:Decrypt` that comes with it.
const COMPANY: f64 = 3.0;

/// How many events a log group gets in a minute.
#[derive(Debug, Clone)]
pub(super) struct Traffic {
    /// So many, in a minute that has any; `None`: it could not be read, or there were hardly any.
    pub(super) events: Option<f64>,
    /// Why it is not certain that every minute has so many.
    doubt: Option<Unseen>,
}

/// One guess at what is not known: events in a minute of the chain's group, and of every other group
/// whose traffic is not known; and whether every minute has so many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub(super) own: f64,
    /// How many more there are in the minute of a read.
    pub(super) company: f64,
    pub(super) steady: bool,
    unknown: f64,
}

/// A filter that is not the chain's and adds to a metric of the alarm.
#[derive(Clone)]
pub(crate) struct Other<'a> {
    /// The filter.
    pub(crate) filter: &'a MetricFilter,
    /// Its log group.
    pub(crate) log_group: &'a str,
    /// What it adds, and to what.
    pub(crate) metric: &'a MetricTransformation,
    /// Whether it takes every event for one that it counts.
    pub(crate) counts_everything: bool,
    /// Which of the alarm's metrics it is.
    watched: Metric,
    /// Whether it is the metric of the chain.
    is_beside: bool,
    sees_reads: bool,
    matches_reads: bool,
    traffic: Traffic,
}

/// Everything that feeds the metrics of an alarm.
#[derive(Clone)]
pub(super) struct Fed<'a> {
    /// The metric that the chain's filter feeds, as the alarm names it.
    watched: Metric,
    unit: Option<String>,
    own: Traffic,
    /// Whether the chain's filter takes every event for a read.
    counts_everything: bool,
    others: Vec<Other<'a>>,
    /// The alarm, if it computes with metric math or names its metric in `Metrics`.
    math: Option<Evaluator>,
    levels: Vec<Level>,
    is_traffic_known: bool,
}

impl<'a> Fed<'a> {
    pub(super) fn of(
        context: &Context<'a>,
        alarm: &'a MetricAlarm,
        metric: &'a MetricTransformation,
    ) -> Result<Self, Stop> {
        let math = match alarm.metrics.is_empty() {
            true => None,
            false => {
                let evaluator = Evaluator::of(alarm, Assumptions::default());
                Some(evaluator.map_err(|error| unclear(alarm, &error))?)
            }
        };
        let (id, filter) = (context.filter_id()?, context.filter()?);
        let named = |one: &&Metric| {
            one.namespace.as_ref() == Some(&metric.metric_namespace)
                && one.metric_name.as_ref() == Some(&metric.metric_name)
        };
        let watched = match &math {
            Some(math) => math.metrics().find(named).cloned().ok_or_else(|| {
                let reason = format!("its value does not depend on {}", metric.metric_name);
                Stop::Unseen(Unseen::because(about(alarm), reason))
            })?,
            // Whether it is the right metric is another check's.
            None => Metric {
                namespace: alarm.namespace.clone(),
                metric_name: alarm.metric_name.clone(),
                dimensions: alarm.dimensions.clone(),
            },
        };
        let own = traffic(context.snapshot, &id.target, &id.log_group, Reads::AreSeen);
        let mut others = Vec::new();
        let groups = context.snapshot.at(&id.target).metric_filters.seen();
        for (group, filters) in groups.into_iter().flatten() {
            for other in filters.values() {
                let is_own = std::ptr::eq(other, filter);
                for fed in &other.metric_transformations {
                    if !(is_own && std::ptr::eq(fed, metric)) && plain(other, fed) {
                        let place = (id.log_group == *group, group.as_str());
                        let metrics = (&watched, metric, math.as_ref());
                        others.extend(Other::of(context, place, (other, fed), metrics));
                    }
                }
            }
        }
        if let Some(unfed) = math
            .iter()
            .flat_map(Evaluator::metrics)
            .find(|one| **one != watched && !others.iter().any(|other| other.watched == **one))
        {
            let name = unfed.metric_name.as_deref().unwrap_or_default();
            let reason = format!(
                "its value depends on {name} too, which no metric filter of {} feeds",
                id.target
            );
            return Err(Stop::Unseen(Unseen::because(about(alarm), reason)));
        }
        // Whether the alarm looks at the right unit is another check's.
        let stats = alarm.metrics.iter().filter_map(|query| query.metric_stat.as_ref());
        let of_query = stats.clone().find(|stat| stat.metric == watched);
        let unit = of_query.and_then(|stat| stat.unit.clone()).or_else(|| alarm.unit.clone());
        let unit = unit.or_else(|| metric.unit.clone());
        let counts_everything = counts_everything(context, filter);
        let adds = metric.default_value.is_some() || counts_everything;
        let matters = that_matter(&own, adds, &others);
        let is_traffic_known = matters.iter().all(|traffic| traffic.doubt.is_none());
        let levels = levels(&own, &matters);
        Ok(Self { watched, unit, own, counts_everything, others, math, levels, is_traffic_known })
    }

    pub(super) fn math(&self) -> Option<&Evaluator> {
        self.math.as_ref()
    }

    pub(super) fn own(&self) -> &Traffic {
        &self.own
    }

    /// Whether the chain's filter takes every event for a read.
    pub(super) fn counts_everything(&self) -> bool {
        self.counts_everything
    }

    pub(super) fn others(&self) -> &[Other<'a>] {
        &self.others
    }

    /// At least one; the first is the one to show.
    pub(super) fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// Whether every number of events that matters is known.
    pub(super) fn is_traffic_known(&self) -> bool {
        self.is_traffic_known
    }

    pub(super) fn value(
        &self,
        metric: &MetricTransformation,
        samples: &Samples,
        statistic: Option<Statistic>,
    ) -> StatisticValue {
        match (&self.math, statistic) {
            (None, statistic) => samples.statistic(statistic.unwrap_or(Statistic::Sum)),
            (Some(math), statistic) => {
                let is_own = |one: &Metric| {
                    one.namespace.as_ref() == Some(&metric.metric_namespace)
                        && one.metric_name.as_ref() == Some(&metric.metric_name)
                };
                let of = |one: &Metric| match is_own(one) {
                    true => samples.clone(),
                    false => self.samples_beside(one, samples.count()),
                };
                math.value(of, statistic)
            }
        }
    }

    /// The samples of another metric of the alarm, in a period in which the chain's has so many.
    fn samples_beside(&self, metric: &Metric, events: f64) -> Samples {
        let fed = self.others.iter().filter(|other| other.watched == *metric);
        Samples::of(fed.flat_map(|other| {
            let feed = other.feed(self.levels[0]);
            let read = feed.read.filter(|_| feed.sees_reads).map(|value| (value, 1.0));
            read.into_iter().chain(feed.other.map(|value| (value, (events - 1.0).max(0.0))))
        }))
    }

    /// What is added, by the chain's filter alone or by all.
    pub(super) fn feeds(
        &self,
        level: Level,
        by: By,
        (value, default): (f64, Option<f64>),
    ) -> Vec<Feed> {
        let own = Feed {
            metric: self.watched.clone(),
            unit: self.unit.clone(),
            sees_reads: true,
            read: Some(value),
            other: default.filter(|_| by == By::Chain || !self.counts_everything).or_else(|| {
                // What matches too much is right but for another check.
                (by == By::All && self.counts_everything).then_some(value)
            }),
            events: level.own,
            company: level.company,
            steady: level.steady,
        };
        let others = self.others.iter().filter(|other| by == By::All || !other.is_beside);
        std::iter::once(own).chain(others.map(|other| other.feed(level))).collect()
    }

    /// What is not certain because some group's traffic is not known.
    pub(super) fn unseen(&self, what: String) -> Unseen {
        let all = std::iter::once(&self.own).chain(self.others.iter().map(|other| &other.traffic));
        let mut doubts = all.filter_map(|traffic| traffic.doubt.as_ref());
        let mut found = match doubts.next() {
            Some(unseen) => unseen.clone(),
            None => Unseen::because("how many events there are", "that differs"),
        };
        found.reason = format!("it depends on {}: {}", found.what, found.reason);
        found.what = what;
        found
    }
}

impl<'a> Other<'a> {
    fn of(
        context: &Context<'a>,
        (is_group_of_chain, log_group): (bool, &'a str),
        (filter, metric): (&'a MetricFilter, &'a MetricTransformation),
        (watched, of_chain, math): (&Metric, &MetricTransformation, Option<&Evaluator>),
    ) -> Option<Self> {
        let same = |a: &MetricTransformation| {
            a.metric_namespace == metric.metric_namespace && a.metric_name == metric.metric_name
        };
        let is_beside = same(of_chain);
        let named = |one: &&Metric| {
            one.namespace.as_ref() == Some(&metric.metric_namespace)
                && one.metric_name.as_ref() == Some(&metric.metric_name)
                && one.dimensions.is_empty()
        };
        let watched = match is_beside {
            true => Some(watched.clone()).filter(|metric| metric.dimensions.is_empty()),
            false => math.into_iter().flat_map(Evaluator::metrics).find(named).cloned(),
        }?;
        let target = &context.filter_id().ok()?.target;
        let reads = if is_group_of_chain { Reads::AreSeen } else { Reads::Elsewhere };
        Some(Self {
            filter,
            log_group,
            metric,
            counts_everything: counts_everything(context, filter),
            watched,
            is_beside,
            sees_reads: is_group_of_chain,
            matches_reads: matches_all(context, filter, Expect::Must),
            traffic: traffic(context.snapshot, target, log_group, reads),
        })
    }

    /// Whether it adds to the metric that the chain's filter feeds.
    pub(crate) fn is_beside(&self) -> bool {
        self.is_beside
    }

    /// What each event adds that it does not count; what it counts where that is everything.
    pub(crate) fn per_event(&self) -> Option<f64> {
        match self.counts_everything {
            true => Some(value_of(self.metric)),
            false => self.metric.default_value,
        }
    }

    fn feed(&self, level: Level) -> Feed {
        let counted = Some(value_of(self.metric));
        Feed {
            metric: self.watched.clone(),
            unit: self.metric.unit.clone(),
            sees_reads: self.sees_reads,
            read: if self.matches_reads { counted } else { self.metric.default_value },
            other: self.per_event(),
            events: match self.sees_reads {
                true => level.own,
                false => self.traffic.events.unwrap_or(level.unknown),
            },
            company: if self.sees_reads { level.company } else { 0.0 },
            steady: level.steady,
        }
    }
}

/// Whether what a filter adds has no dimensions: those make a metric of its own.
fn plain(filter: &MetricFilter, metric: &MetricTransformation) -> bool {
    metric.dimensions.is_empty() && filter.emit_system_field_dimensions.is_empty()
}

/// Whether a pattern matches all events of a kind.
fn matches_all(context: &Context<'_>, filter: &MetricFilter, expect: Expect) -> bool {
    let engines = Engines::of(context.snapshot, &filter.filter_pattern);
    let messages = context.messages.iter().filter(|message| message.expect == expect);
    let mut answers = engines.answers(messages).peekable();
    answers.peek().is_some() && answers.all(|(_, answer)| answer.believed() == Some(true))
}

fn counts_everything(context: &Context<'_>, filter: &MetricFilter) -> bool {
    matches_all(context, filter, Expect::MustNot) && matches_all(context, filter, Expect::Must)
}

/// The groups whose other events add something.
fn that_matter<'t>(own: &'t Traffic, adds: bool, others: &'t [Other<'_>]) -> Vec<&'t Traffic> {
    let beside = others.iter().filter(|other| other.per_event().is_some());
    let elsewhere = beside.clone().filter(|other| !other.sees_reads);
    let of_group = adds || beside.clone().any(|other| other.sees_reads);
    let mut that_matter: Vec<&Traffic> = elsewhere.map(|other| &other.traffic).collect();
    that_matter.extend(of_group.then_some(own));
    that_matter
}

/// The guesses with which something has to come out the same; the first is the one to show.
fn levels(own: &Traffic, that_matter: &[&Traffic]) -> Vec<Level> {
    let guesses: &[f64] = match that_matter.iter().any(|traffic| traffic.events.is_none()) {
        true => &ANY,
        false => &[EXAMPLE],
    };
    let ways: &[bool] = match that_matter.iter().any(|traffic| traffic.doubt.is_some()) {
        true => &[true, false],
        false => &[true],
    };
    let level = |steady: bool, guess: f64, company: f64| Level {
        own: own.events.unwrap_or(guess),
        company,
        steady,
        unknown: guess,
    };
    // A read is one of the events that there are, or comes on top of them with its company.
    let adds = that_matter.iter().any(|traffic| std::ptr::eq(*traffic, own));
    let company: &[f64] = if adds { &[0.0, COMPANY] } else { &[0.0] };
    let mut all = Vec::new();
    for more in company {
        for steady in ways {
            all.extend(guesses.iter().map(|guess| level(*steady, *guess, *more)));
        }
    }
    all
}

/// Whether reads are among the events of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    AreSeen,
    Elsewhere,
}

/// Events in a group's median minute of the last hour, or in its busiest where that is at least two:
/// a read never comes quite alone.
fn traffic(snapshot: &Snapshot, target: &Target, group: &str, reads: Reads) -> Traffic {
    static NOT_ASKED: Observed<Vec<Datapoint>> = Observed::NotAsked;
    let seen = snapshot.at(target).incoming_log_events.get(group).unwrap_or(&NOT_ASKED);
    let what = format!("how many events log group {group} gets");
    let because = |reason: String| Some(Unseen::because(what.clone(), reason));
    let datapoints = match look(seen, what.clone()) {
        Ok(datapoints) => datapoints,
        Err(Stop::Unseen(unseen)) => return Traffic { events: None, doubt: Some(unseen) },
        Err(Stop::Skipped(reason)) => return Traffic { events: None, doubt: because(reason) },
    };
    let mut minutes: Vec<f64> = datapoints.iter().filter_map(|datapoint| datapoint.sum).collect();
    minutes.sort_by(f64::total_cmp);
    let candidates = [minutes.get(minutes.len() / 2), minutes.last()];
    let mut candidates = candidates.into_iter().flatten().copied();
    let least = if reads == Reads::AreSeen { 2.0 } else { 1.0 };
    match candidates.find(|events| (least..1e9).contains(events)) {
        events @ Some(_) => {
            let steady = is_steady(snapshot, datapoints);
            let doubt = || because("there were minutes without any in the last hour".to_owned());
            Traffic { events, doubt: if steady { None } else { doubt() } }
        }
        None if reads == Reads::Elsewhere && seen.seen().is_some() => {
            Traffic { events: Some(0.0), doubt: None }
        }
        None => Traffic {
            events: None,
            doubt: because("hardly any arrived in the last hour".to_owned()),
        },
    }
}

/// What is newer may not have been counted yet, in minutes.
const NEWEST: i64 = 15;

/// Whether every minute since the first had events.
fn is_steady(snapshot: &Snapshot, datapoints: &[Datapoint]) -> bool {
    let ages = datapoints.iter().map(|datapoint| snapshot.minutes_since(datapoint.timestamp));
    let ages: BTreeSet<i64> = ages.collect();
    let (Some(newest), Some(oldest)) = (ages.first(), ages.last()) else { return false };
    *newest <= NEWEST && ages.len() > 1 && oldest - newest + 1 == ages.len() as i64
}
