//! From datapoints to a state: M of the last N, and what stands in for missing ones.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Unclear;
use crate::snapshot::MetricAlarm;

/// The state of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AlarmState {
    /// `OK`
    Ok,
    /// `ALARM`
    Alarm,
    /// `INSUFFICIENT_DATA`
    InsufficientData,
}

impl AlarmState {
    /// AWS's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

impl fmt::Display for AlarmState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AlarmState {
    type Err = Unclear;
    fn from_str(name: &str) -> Result<Self, Unclear> {
        let all = [Self::Ok, Self::Alarm, Self::InsufficientData];
        let named = all.into_iter().find(|state| state.as_str() == name);
        named.ok_or_else(|| Unclear(format!("no alarm is in the state {name}")))
    }
}

/// What an alarm takes a missing datapoint for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreatMissingData {
    /// `missing`, also where nothing is set.
    Missing,
    /// `ignore`
    Ignore,
    /// `breaching`
    Breaching,
    /// `notBreaching`
    NotBreaching,
}

/// One period as an alarm sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// No datapoint.
    Missing,
    /// A datapoint within the threshold.
    Within,
    /// A datapoint that breaches it.
    Breaching,
}

/// How an alarm looks at its datapoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// `Period`, in seconds.
    pub period: u32,
    /// `EvaluationPeriods`: N.
    pub evaluation_periods: u32,
    /// `DatapointsToAlarm`: M.
    pub datapoints_to_alarm: u32,
    /// `TreatMissingData`
    pub treat_missing_data: TreatMissingData,
}

impl Window {
    /// The window of an alarm.
    pub fn of(alarm: &MetricAlarm) -> Result<Self, Unclear> {
        let positive =
            |value: Option<i32>| value.and_then(|v| u32::try_from(v).ok()).filter(|v| *v > 0);
        let Some(period) = positive(alarm.period) else {
            return Unclear::setting(alarm, "has no Period");
        };
        Self::of_period(alarm, period)
    }

    /// The window of an alarm whose metrics say how long a period is.
    pub(super) fn of_period(alarm: &MetricAlarm, period: u32) -> Result<Self, Unclear> {
        let positive =
            |value: Option<i32>| value.and_then(|v| u32::try_from(v).ok()).filter(|v| *v > 0);
        let Some(evaluation_periods) = positive(alarm.evaluation_periods) else {
            return Unclear::setting(alarm, "has no EvaluationPeriods");
        };
        let datapoints_to_alarm = match alarm.datapoints_to_alarm {
            None => Some(evaluation_periods),
            some => positive(some).filter(|m| *m <= evaluation_periods),
        };
        let Some(datapoints_to_alarm) = datapoints_to_alarm else {
            return Unclear::setting(alarm, "has DatapointsToAlarm outside its EvaluationPeriods");
        };
        let treat_missing_data = match alarm.treat_missing_data.as_deref() {
            None if watches_dynamodb_only(alarm) => TreatMissingData::Ignore,
            None | Some("missing") => TreatMissingData::Missing,
            Some("ignore") => TreatMissingData::Ignore,
            Some("breaching") => TreatMissingData::Breaching,
            Some("notBreaching") => TreatMissingData::NotBreaching,
            Some(other) => {
                return Unclear::setting(alarm, format_args!("treats missing data as {other}"));
            }
        };
        // AWS takes no window of more than seven days, and none of more than a day of periods below
        // an hour (API_PutMetricAlarm, EvaluationPeriods). A file that claims one would keep the
        // simulation busy for hours.
        let (longest, says) = match period {
            3_600.. => (7 * 86_400, "looks at more than seven days"),
            _ => (86_400, "looks at more than a day, in periods of less than an hour"),
        };
        if u64::from(period) * u64::from(evaluation_periods) > longest {
            return Unclear::setting(alarm, says);
        }
        Ok(Self { period, evaluation_periods, datapoints_to_alarm, treat_missing_data })
    }

    /// The state after one evaluation of the evaluation range, oldest slot first.
    ///
    /// With at least N datapoints in the range the N newest count and nothing is filled. With fewer
    /// all of them count and TreatMissingData fills up. The exception: when all of them breach, and
    /// the oldest is at least M periods old, `missing` goes to ALARM although they are fewer than M.
    /// One datapoint within the threshold anywhere in the range prevents that (captured on AWS
    /// 2026-09-14: the alarm went to ALARM when its last good datapoint left the range).
    ///
    /// Where AWS only says that the alarm does not go to ALARM, the state is kept.
    pub fn evaluate(self, range: &[Slot], old: AlarmState) -> AlarmState {
        let slots = range.iter().rev().zip(1..).filter(|(slot, _)| **slot != Slot::Missing);
        let newest = slots.take(self.evaluation_periods as usize);
        self.decide(newest.map(|(slot, age)| (age, *slot == Slot::Breaching))).unwrap_or(old)
    }

    /// The state that the datapoints which count speak for, newest first, each with its age in
    /// periods (from 1) and whether it breaches; `None`: it stays what it is.
    pub(super) fn decide(
        self,
        considered: impl Iterator<Item = (u32, bool)>,
    ) -> Option<AlarmState> {
        let (n, m) = (self.evaluation_periods, self.datapoints_to_alarm);
        let (mut datapoints, mut breaching, mut oldest) = (0, 0, 0);
        for (age, breaches) in considered {
            datapoints += 1;
            if breaches {
                breaching += 1;
                oldest = age;
            }
        }
        let filled = n.saturating_sub(datapoints);
        if breaching >= m {
            return Some(AlarmState::Alarm);
        }
        if filled == 0 {
            return Some(AlarmState::Ok);
        }
        match self.treat_missing_data {
            TreatMissingData::NotBreaching => Some(AlarmState::Ok),
            TreatMissingData::Breaching if breaching + filled >= m => Some(AlarmState::Alarm),
            TreatMissingData::Breaching => Some(AlarmState::Ok),
            TreatMissingData::Missing if datapoints == 0 => Some(AlarmState::InsufficientData),
            TreatMissingData::Missing if breaching == datapoints && oldest >= m => {
                Some(AlarmState::Alarm)
            }
            TreatMissingData::Missing | TreatMissingData::Ignore if breaching == datapoints => None,
            TreatMissingData::Missing | TreatMissingData::Ignore => Some(AlarmState::Ok),
        }
    }
}

/// Such an alarm ignores missing data unless told otherwise, also with metric math (captured
/// 2026-09-14: metric, query and expression).
fn watches_dynamodb_only(alarm: &MetricAlarm) -> bool {
    let of_queries = alarm.metrics.iter().filter_map(|query| query.metric_stat.as_ref());
    let mut namespaces = of_queries
        .map(|stat| stat.metric.namespace.as_deref())
        .chain(alarm.namespace.iter().map(|namespace| Some(namespace.as_str())))
        .peekable();
    namespaces.peek().is_some() && namespaces.all(|namespace| namespace == Some("AWS/DynamoDB"))
}
