//! The comparison with the threshold.

use std::fmt;

use super::{Samples, Statistic, StatisticValue, Unclear};
use crate::snapshot::MetricAlarm;

/// A static comparison; the band operators of anomaly detection are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `GreaterThanOrEqualToThreshold`
    GreaterOrEqual,
    /// `GreaterThanThreshold`
    Greater,
    /// `LessThanThreshold`
    Less,
    /// `LessThanOrEqualToThreshold`
    LessOrEqual,
}

/// When a datapoint breaches: an operator and a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// `ComparisonOperator`
    pub operator: Operator,
    /// `Threshold`
    pub threshold: f64,
}

impl Limit {
    /// The limit of an alarm.
    pub fn of(alarm: &MetricAlarm) -> Result<Self, Unclear> {
        let operator = match alarm.comparison_operator.as_deref() {
            Some("GreaterThanOrEqualToThreshold") => Operator::GreaterOrEqual,
            Some("GreaterThanThreshold") => Operator::Greater,
            Some("LessThanThreshold") => Operator::Less,
            Some("LessThanOrEqualToThreshold") => Operator::LessOrEqual,
            Some(band) => {
                return Unclear::setting(alarm, format_args!("compares with a band ({band})"));
            }
            None => return Unclear::setting(alarm, "has no ComparisonOperator"),
        };
        match alarm.threshold {
            Some(threshold) => Ok(Self { operator, threshold }),
            None => Unclear::setting(alarm, "has no Threshold"),
        }
    }

    /// Whether a datapoint of this value breaches.
    pub fn is_breached_by(self, value: f64) -> bool {
        match self.operator {
            Operator::GreaterOrEqual => value >= self.threshold,
            Operator::Greater => value > self.threshold,
            Operator::Less => value < self.threshold,
            Operator::LessOrEqual => value <= self.threshold,
        }
    }

    /// Whether the statistic breaches with these samples; without samples it does not. `None` where
    /// the statistic's value is unclear.
    pub fn breaches(self, statistic: Statistic, samples: Samples) -> Option<bool> {
        match samples.statistic(statistic) {
            StatisticValue::Known(value) => Some(self.is_breached_by(value)),
            StatisticValue::Missing => Some(false),
            StatisticValue::Unclear => None,
        }
    }
}

impl Operator {
    /// As in a state reason.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::GreaterOrEqual => "greater than or equal to",
            Self::Greater => "greater than",
            Self::Less => "less than",
            Self::LessOrEqual => "less than or equal to",
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GreaterOrEqual => ">=",
            Self::Greater => ">",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.operator, self.threshold)
    }
}
