//! Why an alarm is in its state: `StateReason` and `StateReasonData` as AWS writes them.
//!
//! The texts are captured ones (2026-09-14) and those of published histories: where the alarm sets
//! `DatapointsToAlarm` the reason counts "1 out of the last 3 datapoints" and names the minimum,
//! where it does not it counts "1 datapoint"; from five datapoints on only the newest five are
//! listed, in a sentence of their own.

use jiff::Timestamp;
use serde::Serialize;

use super::wire::{self, number, plural};
use super::{AlarmState, Limit, TreatMissingData, Window};

/// Why an alarm is in a state.
#[derive(Debug, Clone, PartialEq)]
pub struct StateReason {
    /// `StateReason`
    pub reason: String,
    /// `StateReasonData`
    pub data: ReasonData,
}

/// `StateReasonData` of an evaluation.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReasonData {
    /// `1.0`
    pub version: &'static str,
    /// When the alarm was evaluated.
    #[serde(serialize_with = "wire::serialize_moment")]
    pub query_date: Timestamp,
    /// Start of the oldest datapoint that counted; missing when there was none.
    #[serde(serialize_with = "wire::serialize_some_moment")]
    pub start_date: Option<Timestamp>,
    /// The alarm's `Unit`; missing with metric math.
    pub unit: Option<String>,
    /// The alarm's statistic; missing with metric math.
    pub statistic: Option<String>,
    /// The alarm's period, in seconds.
    pub period: u32,
    /// The datapoints that counted, oldest first, with a null for each empty period between two of
    /// them.
    pub recent_datapoints: Vec<Option<f64>>,
    /// The threshold.
    pub threshold: f64,
    /// The periods that decided, newest first, no more than it took.
    pub evaluated_datapoints: Vec<EvaluatedDatapoint>,
}

/// One period that decided.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluatedDatapoint {
    /// Start of the period.
    #[serde(serialize_with = "wire::serialize_moment")]
    pub timestamp: Timestamp,
    /// How many samples there were; missing with metric math and in an empty period.
    pub sample_count: Option<f64>,
    /// The value; missing in an empty period.
    pub value: Option<f64>,
}

impl ReasonData {
    /// The text that `DescribeAlarms` gives.
    pub fn to_json(&self) -> String {
        wire::json(self)
    }
}

/// A datapoint that counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    /// In periods, from 1.
    pub(super) age: u32,
    pub(super) start: Timestamp,
    pub(super) sample_count: Option<f64>,
    pub(super) value: f64,
}

/// An evaluation that came to a state.
pub(super) struct Verdict<'a> {
    pub(super) window: Window,
    pub(super) limit: Limit,
    /// Whether the alarm sets `DatapointsToAlarm`.
    pub(super) counts_datapoints: bool,
    pub(super) unit: Option<&'a str>,
    pub(super) statistic: Option<&'a str>,
    pub(super) query: Timestamp,
    /// What counts, newest first.
    pub(super) considered: &'a [Point],
    /// Start of the period of an age.
    pub(super) start_of: &'a dyn Fn(u32) -> Timestamp,
    pub(super) state: AlarmState,
}

impl Verdict<'_> {
    pub(super) fn explain(&self) -> StateReason {
        let reason = match (self.state, self.deciding()) {
            (AlarmState::InsufficientData, _) => {
                let n = self.window.evaluation_periods;
                format!("Insufficient Data: {} {} unknown.", counted(n, "datapoint"), were(n))
            }
            (_, deciding) if deciding.is_empty() => self.only_filled(),
            (_, deciding) => self.crossed(&deciding),
        };
        StateReason { reason, data: self.data() }
    }

    /// The datapoints that speak for the state, newest first.
    fn deciding(&self) -> Vec<Point> {
        let breaches = self.state == AlarmState::Alarm;
        let points = self.considered.iter().copied();
        points.filter(|point| self.limit.is_breached_by(point.value) == breaches).collect()
    }

    fn filled(&self) -> u32 {
        let points = u32::try_from(self.considered.len()).unwrap_or(u32::MAX);
        self.window.evaluation_periods.saturating_sub(points)
    }

    /// How many periods it takes to come to the state: M, or N - M + 1.
    fn minimum(&self) -> u32 {
        let (n, m) = (self.window.evaluation_periods, self.window.datapoints_to_alarm);
        match self.state {
            AlarmState::Alarm => m,
            AlarmState::Ok => n.saturating_sub(m) + 1,
            AlarmState::InsufficientData => n,
        }
    }

    fn treated(&self) -> Option<&'static str> {
        match self.window.treat_missing_data {
            TreatMissingData::Breaching => Some("Breaching"),
            TreatMissingData::NotBreaching => Some("NonBreaching"),
            TreatMissingData::Missing | TreatMissingData::Ignore => None,
        }
    }

    /// `and 1 missing datapoint was treated as [Breaching]`
    fn and_filled(&self) -> String {
        match (self.filled(), self.treated()) {
            (0, _) | (_, None) => String::new(),
            (filled, Some(treated)) => format!(
                " and {filled} missing {} {} treated as [{treated}]",
                plural(filled, "datapoint"),
                were(filled),
            ),
        }
    }

    /// No datapoint speaks for the state, only what stands in for missing ones.
    fn only_filled(&self) -> String {
        let n = self.window.evaluation_periods;
        let received = match u32::try_from(self.considered.len()).unwrap_or(u32::MAX) {
            0 => "no datapoints were".to_owned(),
            count => format!("{} {}", counted(count, "datapoint"), were(count)),
        };
        format!(
            "Threshold Crossed: {received} received for {}{}.",
            counted(n, "period"),
            self.and_filled()
        )
    }

    fn crossed(&self, deciding: &[Point]) -> String {
        let count = u32::try_from(deciding.len()).unwrap_or(u32::MAX);
        let who = match self.counts_datapoints {
            true => {
                format!("{count} out of the last {} datapoints", self.window.evaluation_periods)
            }
            false => counted(count, "datapoint"),
        };
        let listed: Vec<String> = deciding
            .iter()
            .take(NEWEST_LISTED)
            .map(|point| format!("{} ({})", number(point.value), wire::short_moment(point.start)))
            .collect();
        let listed = listed.join(", ");
        let (inline, after) = match deciding.len() < NEWEST_LISTED {
            true => (format!(" [{listed}]"), String::new()),
            false => (
                String::new(),
                format!(". The most recent datapoints which crossed the threshold: [{listed}]"),
            ),
        };
        let not = if self.state == AlarmState::Ok { "not " } else { "" };
        let minimum = match (self.counts_datapoints, self.state) {
            (false, _) => String::new(),
            (true, AlarmState::Ok) => self.and_minimum("ALARM -> OK"),
            (true, _) => self.and_minimum("OK -> ALARM"),
        };
        format!(
            "Threshold Crossed: {who}{inline} {} {not}{} the threshold ({}){}{after}{minimum}.",
            were(count),
            self.limit.operator.words(),
            number(self.limit.threshold),
            self.and_filled(),
        )
    }

    /// AWS names these two states whatever the state before was.
    fn and_minimum(&self, transition: &str) -> String {
        let minimum = self.minimum();
        format!(" (minimum {} for {transition} transition)", counted(minimum, "datapoint"))
    }

    fn data(&self) -> ReasonData {
        let oldest = self.considered.last();
        let mut recent = Vec::new();
        let mut expected = oldest.map_or(0, |point| point.age);
        for point in self.considered.iter().rev() {
            let gap = expected.saturating_sub(point.age) as usize;
            recent.extend(std::iter::repeat_n(None, gap));
            recent.push(Some(point.value));
            expected = point.age.saturating_sub(1);
        }
        ReasonData {
            version: "1.0",
            query_date: self.query,
            start_date: oldest.map(|point| point.start),
            unit: self.unit.map(str::to_owned),
            statistic: self.statistic.map(str::to_owned),
            period: self.window.period,
            recent_datapoints: recent,
            threshold: self.limit.threshold,
            evaluated_datapoints: self.evaluated(),
        }
    }

    /// Datapoints first, then the newest empty periods, as many as it takes; newest first.
    fn evaluated(&self) -> Vec<EvaluatedDatapoint> {
        let minimum = self.minimum();
        let deciding = match self.state {
            AlarmState::InsufficientData => Vec::new(),
            AlarmState::Ok | AlarmState::Alarm => self.deciding(),
        };
        let mut evaluated: Vec<(u32, EvaluatedDatapoint)> = deciding
            .iter()
            .take(minimum as usize)
            .map(|point| {
                let evaluated = EvaluatedDatapoint {
                    timestamp: point.start,
                    sample_count: point.sample_count,
                    value: Some(point.value),
                };
                (point.age, evaluated)
            })
            .collect();
        let speaks = match (self.window.treat_missing_data, self.state) {
            (TreatMissingData::Breaching, state) => state == AlarmState::Alarm,
            (TreatMissingData::NotBreaching, state) => state == AlarmState::Ok,
            (TreatMissingData::Missing | TreatMissingData::Ignore, _) => true,
        };
        if speaks {
            let lacking = (minimum as usize).saturating_sub(evaluated.len());
            let mut points = self.considered.iter().map(|point| point.age).peekable();
            let empty = (1..).filter(|age| points.next_if_eq(age).is_none());
            let empty: Vec<u32> = empty.take(lacking.min(self.filled() as usize)).collect();
            evaluated.extend(empty.into_iter().map(|age| {
                let timestamp = (self.start_of)(age);
                (age, EvaluatedDatapoint { timestamp, sample_count: None, value: None })
            }));
        }
        evaluated.sort_by_key(|(age, _)| *age);
        evaluated.into_iter().map(|(_, evaluated)| evaluated).collect()
    }
}

/// How many datapoints are listed when they are too many.
const NEWEST_LISTED: usize = 5;

fn counted(count: u32, one: &str) -> String {
    format!("{count} {}", plural(count, one))
}

fn were(count: u32) -> &'static str {
    if count == 1 { "was" } else { "were" }
}
