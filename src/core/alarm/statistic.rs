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

/// What a metric filter put into one period of its metric.
///
/// Every event that does not match adds the default value, also in a period with a match; without
/// events there are no samples. Captured on AWS 2026-09-13: 14 events x default 3 and one match of 5
/// made `Sum` 47 and `SampleCount` 15.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Samples {
    /// How many events matched.
    pub reads: u32,
    /// What each of them added.
    pub value: f64,
    /// How many events did not match.
    pub others: u32,
    /// What each of those added; absent: nothing.
    pub default: Option<f64>,
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

impl Samples {
    /// The same period without the reads.
    #[must_use]
    pub fn without_reads(self) -> Self {
        Self { others: self.others.saturating_add(self.reads), reads: 0, ..self }
    }

    /// How many samples there are.
    pub fn count(self) -> f64 {
        f64::from(self.reads) + self.default.map_or(0.0, |_| f64::from(self.others))
    }

    /// The value of a statistic.
    pub fn statistic(self, statistic: Statistic) -> StatisticValue {
        let count = self.count();
        if count == 0.0 {
            return StatisticValue::Missing;
        }
        let sum = f64::from(self.reads) * self.value
            + self.default.map_or(0.0, |default| f64::from(self.others) * default);
        let least = self.nth(0.0);
        let most = self.nth(count - 1.0);
        StatisticValue::Known(match statistic {
            Statistic::Sum => sum,
            Statistic::Average => sum / count,
            Statistic::Minimum => least,
            Statistic::Maximum => most,
            Statistic::SampleCount => count,
            Statistic::Percentile(percent) => return self.percentile(percent / 100.0, count),
        })
    }

    /// The sample at a place of the sorted samples, counted from 0.
    fn nth(self, place: f64) -> f64 {
        let (reads, others) = (f64::from(self.reads), self.count() - f64::from(self.reads));
        match self.default {
            Some(default) if default < self.value && place < others => default,
            Some(default) if default >= self.value && place >= reads => default,
            _ => self.value,
        }
    }

    /// AWS names no method. Nearest rank and the usual interpolations all lie between the samples
    /// at the two places below; where those are equal, so are the methods.
    fn percentile(self, share: f64, count: f64) -> StatisticValue {
        let last = count - 1.0;
        let lower = (share * last).min(share * (count + 1.0) - 1.0).floor().clamp(0.0, last);
        let upper = (share * last).max(share * (count + 1.0) - 1.0).ceil().clamp(0.0, last);
        let (lower, upper) = match share {
            0.0 => (0.0, 0.0),
            1.0 => (last, last),
            _ => (lower, upper),
        };
        let (low, high) = (self.nth(lower), self.nth(upper));
        if low.total_cmp(&high).is_eq() {
            StatisticValue::Known(low)
        } else {
            StatisticValue::Unclear
        }
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
