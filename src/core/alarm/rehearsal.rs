//! Plays reads of a secret through an alarm as it is configured, in every setting of what is not
//! established.
//!
//! An event that arrives in a log group within a minute adds to the samples of that minute. The
//! alarm has come to rest before; then the minutes go by, each with the account's usual events,
//! until the last read is out of sight.
//!
//! ```
//! use secmon_core::alarm::{Feed, Reads, rehearse};
//! use secmon_core::snapshot::{Metric, Snapshot};
//!
//! let snapshot = Snapshot::healthy();
//! let alarms = snapshot.targets.values().find_map(|target| target.alarms.seen());
//! let alarm = &alarms.ok_or("no alarms")?.metric_alarms["secret-read"];
//! let metric = Metric {
//!     namespace: alarm.namespace.clone(),
//!     metric_name: alarm.metric_name.clone(),
//!     dimensions: Vec::new(),
//! };
//! // metricValue 1, defaultValue 0, and 40 events in a minute.
//! let feed = Feed {
//!     metric,
//!     unit: None,
//!     sees_reads: true,
//!     read: Some(1.0),
//!     other: Some(0.0),
//!     events: 40.0,
//!     company: 0.0,
//!     steady: true,
//! };
//! let played = rehearse(alarm, &[feed], Reads::One)?;
//! assert_eq!(played.fires, Some(true));
//! // Seconds from the event's arrival in the log group.
//! assert_eq!(played.after, Some((0, 180)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Most of its lines are what is documented of the answers.

use jiff::{SignedDuration, Timestamp};

use super::assumptions::Publication;
use super::{
    AlarmState, Assumptions, EvaluationRange, Evaluator, Series, StorageResolution, Unclear,
};
use crate::snapshot::{Metric, MetricAlarm};

/// What one metric filter adds to a metric that the alarm watches.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// The metric.
    pub metric: Metric,
    /// The unit of its samples; absent: `None`, as AWS calls it.
    pub unit: Option<String>,
    /// Whether reads are among the events of its log group.
    pub sees_reads: bool,
    /// What one read adds.
    pub read: Option<f64>,
    /// What each other event adds.
    pub other: Option<f64>,
    /// Events of the group in a minute, a read that happens among them.
    pub events: f64,
    /// How many more there are in the minute of a read.
    pub company: f64,
    /// Whether there are as many in every minute, and not only when somebody reads.
    pub steady: bool,
}

/// How often the secret is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reads {
    /// Once.
    One,
    /// Twice, a minute apart.
    TwoAMinuteApart,
    /// [`BURST`] times in one minute.
    Burst,
}

/// How many reads a burst has.
pub const BURST: u32 = 10;

/// What an alarm made of reads. `None` where settings of what is not established differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rehearsed {
    /// The state in which it rests while nobody reads.
    pub rests: Option<AlarmState>,
    /// Whether it goes to ALARM from another state in which it rests. One that is in ALARM all the time
    /// does not, even if a read makes it leave ALARM for a moment.
    pub fires: Option<bool>,
    /// Seconds from the arrival of the first read in the log group to ALARM, at least and at most,
    /// over all settings in which it goes there.
    pub after: Option<(i64, i64)>,
    /// How often it goes to ALARM.
    pub times: Option<u32>,
    /// Seconds in ALARM at most; `None`: it never goes there, or never leaves.
    pub stays: Option<i64>,
    /// Whether it is out of ALARM at last.
    pub recovers: Option<bool>,
}

/// What an alarm made of reads in one setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    rests: AlarmState,
    after: Option<(i64, i64)>,
    times: u32,
    stays: Option<i64>,
    recovers: bool,
}

const MINUTE: i64 = 60;
/// Where rehearsals take place: 2026-01-05, a Monday.
const BASE: i64 = 1_767_571_200;
/// Periods of less than a minute are looked at every ten seconds, which is slow to play.
const LONGEST_FAST_WINDOW: u32 = 3_600;

impl Reads {
    /// Minutes after the first, and how many in each.
    fn minutes(self) -> &'static [(i64, f64)] {
        match self {
            Self::One => &[(0, 1.0)],
            Self::TwoAMinuteApart => &[(0, 1.0), (MINUTE, 1.0)],
            Self::Burst => &[(0, BURST as f64)],
        }
    }
}

/// Plays reads through an alarm, over every setting of [`Assumptions`] and [`Publication`] and
/// whenever in a minute, an hour or a period of the clock they come.
pub fn rehearse(alarm: &MetricAlarm, feeds: &[Feed], reads: Reads) -> Result<Rehearsed, Unclear> {
    let mut runs = Vec::new();
    for range in EvaluationRange::ALL {
        let assumptions = Assumptions { evaluation_range: *range, ..Assumptions::default() };
        let evaluator = Evaluator::of(alarm, assumptions)?;
        let window = evaluator.window();
        if window.period < 60 {
            // How far back these look is known.
            if window.period.saturating_mul(window.evaluation_periods) > LONGEST_FAST_WINDOW {
                let what = "looks at more than an hour in periods of less than a minute";
                return Unclear::setting(alarm, what);
            }
            runs = fast_runs(&evaluator, feeds, reads);
            break;
        }
        let mut stages = vec![0, evaluator.clock() - MINUTE];
        stages.dedup();
        runs.extend(stages.into_iter().map(|into| slow_run(&evaluator, feeds, reads, into)));
    }
    Ok(Rehearsed::of(&runs))
}

impl Rehearsed {
    /// What several rehearsals agree on; `None` of none.
    pub fn agreed(all: &[Self]) -> Option<Self> {
        fn same<T: PartialEq>(
            all: &[Rehearsed],
            of: impl Fn(&Rehearsed) -> Option<T>,
        ) -> Option<T> {
            let first = of(all.first()?)?;
            all.iter().all(|one| of(one).as_ref() == Some(&first)).then_some(first)
        }
        let after = all.iter().filter_map(|one| one.after);
        let fired = all.iter().filter(|one| one.after.is_some());
        let leaves = fired.clone().all(|one| one.stays.is_some());
        (!all.is_empty()).then(|| Self {
            rests: same(all, |one| one.rests),
            fires: same(all, |one| one.fires),
            after: after.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))),
            times: same(all, |one| one.times),
            stays: fired.filter_map(|one| one.stays).max().filter(|_| leaves),
            recovers: same(all, |one| one.recovers),
        })
    }

    fn of(runs: &[Run]) -> Self {
        fn agreed<T: PartialEq + Copy>(runs: &[Run], of: impl Fn(&Run) -> T) -> Option<T> {
            let first = of(runs.first()?);
            runs.iter().all(|run| of(run) == first).then_some(first)
        }
        let after = runs.iter().filter_map(|run| run.after);
        let least = after.clone().map(|(least, _)| least).min();
        let most = after.map(|(_, most)| most).max();
        let fired = runs.iter().filter(|run| run.after.is_some());
        let leaves = fired.clone().all(|run| run.stays.is_some());
        Self {
            rests: agreed(runs, |run| run.rests),
            fires: agreed(runs, |run| run.after.is_some()),
            after: least.zip(most),
            times: agreed(runs, |run| run.times),
            stays: fired.filter_map(|run| run.stays).max().filter(|_| leaves),
            recovers: agreed(runs, |run| run.recovers),
        }
    }
}

/// The samples of each metric.
struct Samples<'f>(Vec<(&'f Metric, Series)>);

impl<'f> Samples<'f> {
    fn of(feeds: &'f [Feed]) -> Self {
        let mut all: Vec<(&Metric, Series)> = Vec::new();
        for feed in feeds {
            if !all.iter().any(|(metric, _)| *metric == &feed.metric) {
                all.push((&feed.metric, Series::default()));
            }
        }
        Self(all)
    }

    fn put(&mut self, feed: &Feed, second: i64, value: f64, count: f64) {
        let unit = feed.unit.as_deref().unwrap_or("None");
        let series = self.0.iter_mut().find(|(metric, _)| *metric == &feed.metric);
        if let Some((_, series)) = series {
            series.insert(at(second), StorageResolution::Standard, unit, value, count);
        }
    }

    fn evaluate(&self, evaluator: &Evaluator, second: i64, old: AlarmState) -> AlarmState {
        let series = |metric: &Metric| {
            self.0.iter().find(|(known, _)| *known == metric).map(|(_, series)| series)
        };
        evaluator.evaluate(series, at(second), old).state
    }
}

/// What happened so far.
struct Course {
    rests: AlarmState,
    state: AlarmState,
    after: Option<(i64, i64)>,
    times: u32,
    since: i64,
    stays: i64,
}

impl Course {
    fn from(rests: AlarmState) -> Self {
        Self { rests, state: rests, after: None, times: 0, since: 0, stays: 0 }
    }

    fn goes_to(&mut self, state: AlarmState, second: i64, after: (i64, i64)) {
        match (self.state == AlarmState::Alarm, state == AlarmState::Alarm) {
            (false, true) => {
                self.after = self.after.or(Some(after).filter(|_| self.rests != AlarmState::Alarm));
                self.times += 1;
                self.since = second;
            }
            (true, false) => self.stays = self.stays.max(second - self.since),
            _ => {}
        }
        self.state = state;
    }

    fn end(self) -> Run {
        let recovers = self.state != AlarmState::Alarm;
        Run {
            rests: self.rests,
            after: self.after,
            times: self.times,
            stays: (self.after.is_some() && recovers).then_some(self.stays),
            recovers,
        }
    }
}

/// Periods of a minute and more. The first read comes so many seconds into an hour, or a period of
/// the clock, if it is these that the alarm goes by.
fn slow_run(evaluator: &Evaluator, feeds: &[Feed], reads: Reads, into: i64) -> Run {
    let window = evaluator.window();
    let (period, range) = (i64::from(window.period), i64::from(evaluator.range()));
    let (interval, wait) = (evaluator.interval(), evaluator.waits());
    let begin = evaluator.newest_end(at(BASE + wait));
    let first = begin + into;
    let seconds = reads.minutes().iter().map(|(later, _)| first + later);
    let seconds: Vec<i64> = seconds.collect();
    let mut samples = Samples::of(feeds);
    for feed in feeds {
        for (second, (_, count)) in seconds.iter().zip(reads.minutes()) {
            if let (Some(value), true) = (feed.read, feed.sees_reads) {
                samples.put(feed, *second, value, *count);
            }
        }
        // The events of a period stand together in one minute: whichever windows slide over them,
        // each holds exactly one such minute.
        let Some(other) = feed.other else { continue };
        if !feed.steady {
            for (second, (_, count)) in seconds.iter().zip(reads.minutes()) {
                let reads = if feed.sees_reads { *count } else { 0.0 };
                samples.put(feed, *second, other, feed.events + feed.company - reads);
            }
            continue;
        }
        for place in -(range + 2)..=(range + 2 + seconds.len() as i64) {
            let second = first + place * period;
            let here = seconds.iter().position(|read| *read == second && feed.sees_reads);
            let reads = here.map_or(0.0, |place| reads.minutes()[place].1);
            let company = here.map_or(0.0, |_| feed.company);
            let events = feed.events * period as f64 / 60.0 + company;
            samples.put(feed, second, other, events - reads);
        }
    }
    let rest = |state| samples.evaluate(evaluator, begin + wait, state);
    let mut course = Course::from(rest(rest(AlarmState::Ok)));
    let (soonest, latest) = evaluator.waits_at_most();
    let last = seconds.last().copied().unwrap_or(first);
    let mut moment = begin;
    let mut before = None;
    while moment <= last + (range + 1) * period + evaluator.clock() {
        moment += interval;
        // Nothing changes while the same datapoints count: only then is it looked at.
        let end = evaluator.newest_end(at(moment + wait));
        let ages: Vec<i64> = seconds.iter().map(|read| age(end - read, period)).collect();
        let parts: Vec<usize> = ages.iter().map(|age| part(*age, evaluator)).collect();
        let now = Some((parts, ages.last().zip(ages.first()).map(|(last, first)| first - last)));
        if now == before {
            continue;
        }
        before = now;
        let state = samples.evaluate(evaluator, moment + wait, course.state);
        let arrived = (first + MINUTE, first);
        let after = ((moment + soonest - arrived.0).max(0), moment + latest + interval - arrived.1);
        course.goes_to(state, moment, after);
    }
    course.end()
}

/// How many periods old what happened so many seconds before the newest period's end is; 0: it is
/// yet to come.
fn age(seconds: i64, period: i64) -> i64 {
    (seconds + period - 1).div_euclid(period).max(0)
}

/// Which part of what an alarm looks at a datapoint of this age is in: what it does with it can only
/// change from one to the next.
fn part(age: i64, evaluator: &Evaluator) -> usize {
    let window = evaluator.window();
    let (n, m) = (i64::from(window.evaluation_periods), i64::from(window.datapoints_to_alarm));
    let borders = [1, m, n + 1, i64::from(evaluator.range()) + 1];
    borders.iter().filter(|border| age >= **border).count()
}

/// Periods of less than a minute: a minute's samples stand in its first slot, and it matters when
/// they can be seen.
fn fast_runs(evaluator: &Evaluator, feeds: &[Feed], reads: Reads) -> Vec<Run> {
    let mut runs = Vec::new();
    for publication in Publication::ALL {
        for arrival in [0, 10, 20, 30, 40, 50, 59] {
            runs.push(fast_run(evaluator, feeds, reads, (arrival, *publication)));
        }
    }
    runs
}

fn fast_run(
    evaluator: &Evaluator,
    feeds: &[Feed],
    reads: Reads,
    (arrival, publication): (i64, Publication),
) -> Run {
    let window = evaluator.window();
    let (period, range) = (i64::from(window.period), i64::from(evaluator.range()));
    let looks_back = range * period + 2 * MINUTE;
    let seen = |minute: i64, arrival: i64| publication.seen(minute, minute + arrival);
    // When it can be seen, its minute, feed, value, count.
    let mut pending: Vec<(i64, i64, &Feed, f64, f64)> = Vec::new();
    let last = reads.minutes().last().map_or(0, |(later, _)| *later);
    for feed in feeds {
        for (later, count) in reads.minutes() {
            if let (Some(value), true) = (feed.read, feed.sees_reads) {
                let minute = BASE + later;
                pending.push((seen(minute, arrival), minute, feed, value, *count));
            }
        }
        let Some(other) = feed.other else { continue };
        for place in -(looks_back / MINUTE + 1)..=(looks_back + last) / MINUTE + 1 {
            let minute = BASE + place * MINUTE;
            let read = reads.minutes().iter().find(|(later, _)| BASE + later == minute);
            if read.is_none() && !feed.steady {
                continue;
            }
            let read = read.filter(|_| feed.sees_reads);
            let more = read.map_or(0.0, |(_, count)| feed.company - count);
            pending.push((seen(minute, 0), minute, feed, other, feed.events + more));
        }
    }
    pending.sort_by_key(|(seen, ..)| *seen);
    let mut pending = pending.into_iter().peekable();
    let mut samples = Samples::of(feeds);
    let mut course = Course::from(AlarmState::Ok);
    // Long enough before that it has come to rest.
    let mut moment = BASE - 2 * MINUTE;
    while moment <= BASE + last + looks_back {
        while let Some((_, minute, feed, value, count)) =
            pending.next_if(|(seen, ..)| *seen <= moment)
        {
            samples.put(feed, minute, value, count);
        }
        let state = samples.evaluate(evaluator, moment, course.state);
        if moment < BASE {
            course = Course::from(state);
        } else {
            let arrived = BASE + arrival;
            let after = ((moment - arrived).max(0), moment + evaluator.interval() - arrived);
            course.goes_to(state, moment, after);
        }
        moment += evaluator.interval();
    }
    course.end()
}

fn at(second: i64) -> Timestamp {
    let since = SignedDuration::from_secs(second);
    Timestamp::UNIX_EPOCH.checked_add(since).unwrap_or(Timestamp::MAX)
}
