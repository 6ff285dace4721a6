//! Evaluates an alarm at a moment, on the samples of its metrics.
//!
//! One algorithm with the captures behind each step: hence its lines.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::math::Expression;
use super::reason::{Point, StateReason, Verdict};
use super::series::{floor, floor_second};
use super::{
    AlarmState, Assumptions, Limit, NewestPeriod, Samples, Series, Statistic, StatisticValue,
    Unclear, Window,
};
use crate::snapshot::{EvaluationWindow, Metric, MetricAlarm, MetricDataQuery};

/// An alarm that can be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluator {
    window: Window,
    limit: Limit,
    counts_datapoints: bool,
    ignores_low_samples: bool,
    queries: Vec<Query>,
    value: Value,
    alignment: Alignment,
    assumptions: Assumptions,
}

/// What an evaluation came to.
///
/// AWS writes state, reason and data where the state changes, and then alone: published answers of
/// `DescribeAlarms` have the `queryDate` of the last transition.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The state after it.
    pub state: AlarmState,
    /// Why; `None` where the alarm keeps its state without a reason: `ignore`, too few breaching
    /// datapoints that are still young, or a percentile of too few samples.
    pub why: Option<StateReason>,
}

#[derive(Debug, Clone, PartialEq)]
struct Query {
    metric: Metric,
    statistic: Statistic,
    name: String,
    unit: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    /// Of the only query.
    Metric,
    Math(Expression),
}

/// Where periods begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alignment {
    /// They end with the newest minute, or ten seconds.
    Sliding,
    /// They begin at full periods of a clock that is so many seconds ahead of UTC.
    WallClock(i64),
}

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
/// 1970-01-01 was a Thursday; AWS's weeks begin on Monday.
const FIRST_MONDAY: i64 = 4 * DAY;

impl Evaluator {
    /// Reads the settings of an alarm. What is not modelled is said: bands of anomaly detection,
    /// trimmed statistics, functions and searches in metric math, metrics with different periods,
    /// clocks of a named time zone.
    pub fn of(alarm: &MetricAlarm, assumptions: Assumptions) -> Result<Self, Unclear> {
        let (queries, value, period) = match alarm.metrics.is_empty() {
            true => {
                let query = Query::of_alarm(alarm)?;
                (vec![query], Value::Metric, alarm.period)
            }
            false => of_metrics(alarm)?,
        };
        let period = match period.map(u32::try_from) {
            Some(Ok(period)) if takes_period(period) => period,
            Some(_) => return Unclear::setting(alarm, "has a Period that AWS does not take"),
            None => return Unclear::setting(alarm, "has no Period"),
        };
        let low_samples = alarm.evaluate_low_sample_count_percentile.as_deref();
        Ok(Self {
            window: Window::of_period(alarm, period)?,
            limit: Limit::of(alarm)?,
            counts_datapoints: alarm.datapoints_to_alarm.is_some(),
            ignores_low_samples: low_samples == Some("ignore"),
            queries,
            value,
            alignment: Alignment::of(alarm)?,
            assumptions,
        })
    }

    /// The metrics that the alarm watches: those that its value depends on.
    pub fn metrics(&self) -> impl Iterator<Item = &Metric> {
        let named = match &self.value {
            Value::Metric => BTreeSet::from([0]),
            Value::Math(expression) => expression.metrics(),
        };
        let queries = self.queries.iter().enumerate();
        queries.filter(move |(place, _)| named.contains(place)).map(|(_, query)| &query.metric)
    }

    /// The next evaluation after a moment. `phase` is fixed for an alarm: when within the interval
    /// it is evaluated (captured 2026-09-14: 7.55 s, 17.55 s, 27.55 s, …).
    pub fn next_after(&self, moment: Timestamp, phase: SignedDuration) -> Timestamp {
        let interval = self.interval().saturating_mul(1_000_000_000);
        let (interval, phase) = (i128::from(interval), phase.as_nanos());
        let since = (moment.as_nanosecond() - phase).rem_euclid(interval);
        let next = moment.as_nanosecond() + interval - since;
        Timestamp::from_nanosecond(next).unwrap_or(Timestamp::MAX)
    }

    /// How often the alarm is evaluated, in seconds: every 10 for periods below a minute, every
    /// minute for others, every hour if it looks at more than a day.
    pub fn interval(&self) -> i64 {
        let period = i64::from(self.window.period);
        if period < 60 {
            10
        } else if period * i64::from(self.window.evaluation_periods) > DAY {
            HOUR
        } else {
            60
        }
    }

    /// How it looks at its datapoints.
    pub fn window(&self) -> Window {
        self.window
    }

    /// After how many seconds it matters again when within them something happens: the interval of
    /// evaluations, or a period that begins with the clock's.
    pub fn clock(&self) -> i64 {
        match self.alignment {
            Alignment::Sliding => self.interval(),
            Alignment::WallClock(_) => self.interval().max(i64::from(self.window.period)),
        }
    }

    /// The value that a period with these samples of each metric has; with a statistic in place of
    /// the configured ones, where one is given.
    pub fn value(
        &self,
        samples: impl Fn(&Metric) -> Samples,
        statistic: Option<Statistic>,
    ) -> StatisticValue {
        let values = self
            .queries
            .iter()
            .map(|query| samples(&query.metric).statistic(statistic.unwrap_or(query.statistic)));
        let values: Vec<StatisticValue> = values.collect();
        match &self.value {
            Value::Metric => values.first().copied().unwrap_or(StatisticValue::Missing),
            Value::Math(expression) => {
                let named = expression.metrics();
                if named.iter().any(|place| values.get(*place) == Some(&StatisticValue::Unclear)) {
                    return StatisticValue::Unclear;
                }
                let value = expression.value(&|place| match values.get(place) {
                    Some(StatisticValue::Known(value)) => Some(*value),
                    _ => None,
                });
                value.map_or(StatisticValue::Missing, StatisticValue::Known)
            }
        }
    }

    /// How far back an evaluation looks, in seconds: older samples may be forgotten.
    pub fn looks_back(&self) -> i64 {
        let period = i64::from(self.window.period);
        // A period that has not ended and the wait for the newest one are on top.
        period * (i64::from(self.range()) + 1) + self.interval() + 60
    }

    /// Evaluates. `samples` gives those of a metric, `old` is the state before.
    pub fn evaluate<'a>(
        &self,
        samples: impl Fn(&Metric) -> Option<&'a Series>,
        query: Timestamp,
        old: AlarmState,
    ) -> Evaluation {
        let end = self.newest_end(query);
        let start_of = |age: u32| {
            let start = end.saturating_sub(i64::from(self.window.period) * i64::from(age));
            Timestamp::from_second(start).unwrap_or(Timestamp::MIN)
        };
        let mut considered = self.points(samples, end, &start_of);
        considered.truncate(self.window.evaluation_periods as usize);
        let kept = Evaluation { state: old, why: None };
        if self.ignores_low_samples && considered.iter().any(|point| self.is_low(point)) {
            return kept;
        }
        let breaches = |point: &Point| (point.age, self.limit.is_breached_by(point.value));
        let Some(state) = self.window.decide(considered.iter().map(breaches)) else {
            return kept;
        };
        let single = matches!(self.value, Value::Metric).then(|| self.queries.first()).flatten();
        let verdict = Verdict {
            window: self.window,
            limit: self.limit,
            counts_datapoints: self.counts_datapoints,
            unit: single.and_then(|query| query.unit.as_deref()),
            statistic: single.map(|query| query.name.as_str()),
            query,
            considered: &considered,
            start_of: &start_of,
            state,
        };
        Evaluation { state, why: Some(verdict.explain()) }
    }

    /// Whether a percentile has too few samples to be trusted.
    fn is_low(&self, point: &Point) -> bool {
        let needed = self.queries.first().and_then(|query| query.statistic.samples_needed());
        match (needed, point.sample_count) {
            (Some(needed), Some(count)) => count < needed,
            _ => false,
        }
    }

    /// How many periods it looks back on.
    pub(super) fn range(&self) -> u32 {
        let n = self.window.evaluation_periods;
        match self.window.period < 60 {
            true => super::EvaluationRange::ThreeTimes.periods(n),
            false => self.assumptions.evaluation_range.periods(n),
        }
    }

    /// The datapoint of the period that starts here.
    pub fn datapoint<'a>(
        &self,
        samples: impl Fn(&Metric) -> Option<&'a Series>,
        start: Timestamp,
    ) -> Option<f64> {
        let of_query = |place: usize| {
            let query = self.queries.get(place)?;
            let unit = query.unit.as_deref();
            let series = samples(&query.metric)?;
            let point = series.datapoint(start, self.window.period, unit, query.statistic)?;
            Some(point.value)
        };
        match &self.value {
            Value::Metric => of_query(0),
            Value::Math(expression) => expression.value(&of_query),
        }
    }

    /// How many seconds the newest period must have ended.
    pub fn waits(&self) -> i64 {
        match self.value {
            // Captured 2026-09-14: all of 16 evaluations of one metric and 6 of metric math.
            Value::Metric if self.window.period < 60 => 10,
            Value::Metric => self.assumptions.newest_period.seconds(),
            Value::Math(_) => 0,
        }
    }

    /// How many seconds the newest period must have ended, at least and at most, over what is not
    /// established.
    pub(super) fn waits_at_most(&self) -> (i64, i64) {
        match self.value {
            Value::Metric if self.window.period >= 60 => {
                let all = NewestPeriod::ALL.iter().map(|newest| newest.seconds());
                (all.clone().min().unwrap_or(0), all.max().unwrap_or(0))
            }
            _ => (self.waits(), self.waits()),
        }
    }

    /// The end of the newest period, in seconds since 1970.
    pub(super) fn newest_end(&self, query: Timestamp) -> i64 {
        let now = floor_second(query);
        let period = i64::from(self.window.period);
        let ended = floor(now.saturating_sub(self.waits()), self.interval());
        match self.alignment {
            Alignment::Sliding => ended,
            Alignment::WallClock(ahead) => {
                let first = if period == 7 * DAY { FIRST_MONDAY } else { 0 };
                let clock = ended.saturating_add(ahead).saturating_sub(first);
                floor(clock, period).saturating_add(first).saturating_sub(ahead)
            }
        }
    }

    /// The datapoints of the evaluation range, newest first.
    fn points<'a>(
        &self,
        samples: impl Fn(&Metric) -> Option<&'a Series>,
        end: i64,
        start_of: &dyn Fn(u32) -> Timestamp,
    ) -> Vec<Point> {
        let (range, period) = (self.range(), i64::from(self.window.period));
        let from = end.saturating_sub(period * i64::from(range));
        let points = self.queries.iter().map(|query| {
            let unit = query.unit.as_deref();
            samples(&query.metric).map_or_else(Vec::new, |series| {
                series.points(from, period, i64::from(range), unit, query.statistic)
            })
        });
        let points: Vec<_> = points.collect();
        let age = |place: i64| range.saturating_sub(u32::try_from(place).unwrap_or(range));
        let mut found: Vec<Point> = match (&self.value, points.as_slice()) {
            (Value::Metric, [points, ..]) => points
                .iter()
                .map(|(place, count, value)| {
                    let age = age(*place);
                    Point { age, start: start_of(age), sample_count: Some(*count), value: *value }
                })
                .collect(),
            (Value::Metric, []) => Vec::new(),
            (Value::Math(expression), points) => {
                let by_place: Vec<BTreeMap<i64, f64>> = points
                    .iter()
                    .map(|points| points.iter().map(|(place, _, value)| (*place, *value)).collect())
                    .collect();
                let places = by_place.iter().flat_map(BTreeMap::keys).copied();
                let places: BTreeSet<i64> = places.collect();
                let points = places.into_iter().filter_map(|place| {
                    let metric = |at: usize| by_place.get(at)?.get(&place).copied();
                    let (age, value) = (age(place), expression.value(&metric)?);
                    Some(Point { age, start: start_of(age), sample_count: None, value })
                });
                points.collect()
            }
        };
        found.reverse();
        found
    }
}

impl Query {
    fn of_alarm(alarm: &MetricAlarm) -> Result<Self, Unclear> {
        let statistic = Statistic::of(alarm)?;
        let named = alarm.statistic.as_ref().or(alarm.extended_statistic.as_ref());
        Ok(Self {
            metric: Metric {
                namespace: alarm.namespace.clone(),
                metric_name: alarm.metric_name.clone(),
                dimensions: alarm.dimensions.clone(),
            },
            statistic,
            name: named.cloned().unwrap_or_default(),
            unit: alarm.unit.clone(),
        })
    }
}

impl Alignment {
    fn of(alarm: &MetricAlarm) -> Result<Self, Unclear> {
        let Some(EvaluationWindow::WallClockWindow { timezone }) = &alarm.evaluation_window else {
            return Ok(Self::Sliding);
        };
        match offset(timezone.as_deref().unwrap_or("UTC")) {
            Some(ahead) => Ok(Self::WallClock(ahead)),
            None => Unclear::setting(
                alarm,
                format_args!(
                    "goes by the clock of {}, whose offset is not known here",
                    timezone.as_deref().unwrap_or_default()
                ),
            ),
        }
    }
}

/// Whether AWS takes this Period: 10, 20, 30 and multiples of 60: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>
pub fn takes_period(seconds: u32) -> bool {
    matches!(seconds, 10 | 20 | 30) || (seconds > 0 && seconds.is_multiple_of(60))
}

/// Seconds ahead of UTC: `UTC`, `+05:30`, `UTC+05:30`. IANA names need a time zone database.
fn offset(timezone: &str) -> Option<i64> {
    let rest = timezone.strip_prefix("UTC").or_else(|| timezone.strip_prefix("GMT"));
    let rest = match rest.unwrap_or(timezone) {
        "" | "Z" => return Some(0),
        rest => rest,
    };
    let (sign, rest) = match rest.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two = |text: &str| -> Option<i64> {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours <= 18 && minutes < 60).then_some(sign * (hours * HOUR + minutes * 60))
}

/// The queries, the value and the period of an alarm on metric math.
fn of_metrics(alarm: &MetricAlarm) -> Result<(Vec<Query>, Value, Option<i32>), Unclear> {
    let returned: Vec<&MetricDataQuery> = match alarm.metrics.as_slice() {
        [only] => vec![only],
        metrics => metrics.iter().filter(|query| query.return_data != Some(false)).collect(),
    };
    let [returned] = returned.as_slice() else {
        return Unclear::setting(alarm, "does not return one of its Metrics");
    };
    let mut queries = Vec::new();
    let mut places = BTreeMap::new();
    let mut periods = Vec::new();
    for query in &alarm.metrics {
        let Some(stat) = &query.metric_stat else { continue };
        let Some(statistic) = Statistic::named(&stat.stat) else {
            return Unclear::setting(alarm, format_args!("uses the statistic {}", stat.stat));
        };
        places.insert(query.id.as_str(), queries.len());
        periods.push(stat.period);
        queries.push(Query {
            metric: stat.metric.clone(),
            statistic,
            name: stat.stat.clone(),
            unit: stat.unit.clone(),
        });
    }
    if let Some(place) = places.get(returned.id.as_str()) {
        let (query, period) = (queries.swap_remove(*place), periods[*place]);
        return Ok((vec![query], Value::Metric, Some(period)));
    }
    let mut ids_left = MOST_IDS;
    let expression = resolved(alarm, returned, &places, 0, &mut ids_left);
    let Some(expression) = expression.filter(|expression| !expression.metrics().is_empty()) else {
        let text = returned.expression.as_deref().unwrap_or_default();
        return Unclear::setting(alarm, format_args!("computes its value with {text}"));
    };
    let named = expression.metrics();
    let mut used = periods.iter().enumerate().filter(|(place, _)| named.contains(place));
    let period = used.next().map(|(_, period)| *period);
    let same = used.all(|(_, other)| Some(*other) == period);
    if !same || returned.period.is_some_and(|own| Some(own) != period) {
        return Unclear::setting(alarm, "computes its value of metrics with different periods");
    }
    Ok((queries, Value::Math(expression), period))
}

/// Expressions that name others twice, which name others twice, would grow without bound.
const MOST_IDS: u32 = 1_000;

fn resolved(
    alarm: &MetricAlarm,
    query: &MetricDataQuery,
    places: &BTreeMap<&str, usize>,
    depth: u32,
    ids_left: &mut u32,
) -> Option<Expression> {
    Expression::parse(query.expression.as_deref()?, depth, &mut |id, depth| {
        *ids_left = ids_left.checked_sub(1)?;
        if let Some(place) = places.get(id) {
            return Some(Expression::Metric(*place));
        }
        let named = alarm.metrics.iter().find(|query| query.id == id)?;
        resolved(alarm, named, places, depth, ids_left)
    })
}
