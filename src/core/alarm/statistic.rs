//! What a statistic makes of the samples of one period.

use std::fmt;

use super::Unclear;
use crate::snapshot::MetricAlarm;

/// A statistic of an alarm. Trimmed statistics are not among them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// `Sum`
    Sum,
    /// `Average`
    Average,
    /// `Minimum`
    Minimum,
    /// `Maximum`
    Maximum,
    /// `SampleCount`
    SampleCount,
    /// `pNN`, from 0 to 100.
    Percentile(f64),
}

/// The value of a statistic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StatisticValue {
    /// This.
    Known(f64),
    /// There are no samples.
    Missing,
    /// A percentile between two different samples: AWS does not say how it interpolates.
    Unclear,
}

impl Statistic {
    /// The statistic of an alarm.
    pub fn of(alarm: &MetricAlarm) -> Result<Self, Unclear> {
        if !alarm.metrics.is_empty() {
            return Unclear::setting(alarm, "computes its value with metric math");
        }
        let named = alarm.statistic.as_deref().or(alarm.extended_statistic.as_deref());
        let Some(name) = named else {
            return Unclear::setting(alarm, "has no Statistic");
        };
        match Self::named(name) {
            Some(statistic) => Ok(statistic),
            None => Unclear::setting(alarm, format_args!("uses the statistic {name}")),
        }
    }

    /// The statistic of this name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Sum" => Self::Sum,
            "Average" => Self::Average,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            "SampleCount" => Self::SampleCount,
            _ => {
                let percent = name.strip_prefix('p')?;
                let plain = percent.bytes().all(|b| b.is_ascii_digit() || b == b'.');
                let percent = percent.parse().ok().filter(|p| plain && (0.0..=100.0).contains(p));
                Self::Percentile(percent?)
            }
        })
    }

    /// How many samples a period needs before AWS trusts this percentile: 10/(1-p), and 10/p below
    /// the median. `None` for what is not a percentile, or is one of the two ends.
    /// `EvaluateLowSampleCountPercentile` = `ignore` keeps the state in periods with fewer.
    pub fn samples_needed(self) -> Option<f64> {
        let Self::Percentile(percent) = self else {
            return None;
        };
        let share = percent.max(100.0 - percent);
        // In whole numbers: 1000/(100-p) is exact where 10/(1-p/100) is 100.00000000000001.
        (share < 100.0).then(|| (1000.0 / (100.0 - share)).ceil())
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sum => f.write_str("Sum"),
            Self::Average => f.write_str("Average"),
            Self::Minimum => f.write_str("Minimum"),
            Self::Maximum => f.write_str("Maximum"),
            Self::SampleCount => f.write_str("SampleCount"),
            Self::Percentile(percent) => write!(f, "p{percent}"),
        }
    }
}
