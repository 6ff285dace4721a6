//! The comparison with the threshold.

use std::fmt;

use super::Unclear;
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
        let Some(name) = alarm.comparison_operator.as_deref() else {
            return Unclear::setting(alarm, "has no ComparisonOperator");
        };
        let Some(operator) = Operator::ALL.into_iter().find(|operator| operator.name() == name)
        else {
            return Unclear::setting(alarm, format_args!("compares with a band ({name})"));
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
}

impl Operator {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::GreaterOrEqual, Self::Greater, Self::Less, Self::LessOrEqual];

    /// AWS's name of it: `GreaterThanOrEqualToThreshold` and so on.
    pub fn name(self) -> &'static str {
        match self {
            Self::GreaterOrEqual => "GreaterThanOrEqualToThreshold",
            Self::Greater => "GreaterThanThreshold",
            Self::Less => "LessThanThreshold",
            Self::LessOrEqual => "LessThanOrEqualToThreshold",
        }
    }

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
