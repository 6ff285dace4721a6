//! The samples of one metric, and the datapoints that a statistic makes of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Samples, Statistic};

/// The samples of one metric: a namespace, a name and a set of dimensions are the caller's key.
///
/// Samples are kept by second and by unit, as values with how many samples have each, so that every
/// statistic of every period can be computed of them.
///
/// ```
/// use jiff::Timestamp;
/// use secmon_core::alarm::{Series, Statistic, StorageResolution};
///
/// # fn main() -> Result<(), jiff::Error> {
/// let at: Timestamp = "2026-09-14T01:15:51Z".parse()?;
/// let minute: Timestamp = "2026-09-14T01:15:00Z".parse()?;
/// let mut series = Series::default();
/// series.insert(at, StorageResolution::Standard, "None", 5.0, 1.0);
/// series.insert(at, StorageResolution::Standard, "None", 3.0, 14.0);
/// let point = series.datapoint(minute, 60, None, Statistic::Sum);
/// assert_eq!(point.map(|point| (point.value, point.sample_count)), Some((47.0, 15.0)));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Series {
    seconds: BTreeMap<i64, BTreeMap<String, Vec<(f64, f64)>>>,
}

/// What one sample is put under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageResolution {
    /// `60`: its minute. Metric filters and what sets nothing else.
    Standard,
    /// `1`: its second.
    High,
}

/// What a statistic makes of one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesPoint {
    /// Start of the period.
    pub start: Timestamp,
    /// How many samples there are.
    pub sample_count: f64,
    /// The value of the statistic.
    pub value: f64,
}

impl Series {
    /// Adds samples of one value. `false`, and nothing is added, where `PutMetricData` refuses: a
    /// value that is no finite number, a count that is not above 0.
    pub fn insert(
        &mut self,
        at: Timestamp,
        resolution: StorageResolution,
        unit: &str,
        value: f64,
        count: f64,
    ) -> bool {
        if !value.is_finite() || !count.is_finite() || count <= 0.0 {
            return false;
        }
        let second = match resolution {
            StorageResolution::Standard => floor(floor_second(at), 60),
            StorageResolution::High => floor_second(at),
        };
        let units = self.seconds.entry(second).or_default();
        let samples = units.entry(unit.to_owned()).or_default();
        match samples.iter_mut().find(|(known, _)| known.total_cmp(&value).is_eq()) {
            Some((_, known)) => *known += count,
            None => samples.push((value, count)),
        }
        true
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.seconds.is_empty()
    }

    /// The units that samples have, in order.
    pub fn units(&self) -> Vec<&str> {
        let mut units: Vec<&str> =
            self.seconds.values().flat_map(BTreeMap::keys).map(String::as_str).collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    /// Drops the samples from before a moment.
    pub fn forget_before(&mut self, at: Timestamp) {
        self.seconds = self.seconds.split_off(&floor_second(at));
    }

    /// The datapoint of the period that starts here, of samples with this unit, or of all of them.
    /// `None`: no samples. AWS calls mixed units without a `Unit` undefined; they are taken
    /// together.
    pub fn datapoint(
        &self,
        start: Timestamp,
        period: u32,
        unit: Option<&str>,
        statistic: Statistic,
    ) -> Option<SeriesPoint> {
        let from = floor_second(start);
        let points = self.points(from, i64::from(period), 1, unit, statistic);
        points.first().map(|(_, sample_count, value)| SeriesPoint {
            start,
            sample_count: *sample_count,
            value: *value,
        })
    }

    /// The datapoints of so many periods from a second on, oldest first: (place, sample count,
    /// value). Only those with samples, so that the work grows with these and not with the periods.
    pub(super) fn points(
        &self,
        from: i64,
        period: i64,
        periods: i64,
        unit: Option<&str>,
        statistic: Statistic,
    ) -> Vec<(i64, f64, f64)> {
        let period = period.max(1);
        let to = from.saturating_add(period.saturating_mul(periods.max(0)));
        let mut places: BTreeMap<i64, Vec<(f64, f64)>> = BTreeMap::new();
        for (second, units) in self.seconds.range(from..to.max(from)) {
            let place = second.saturating_sub(from) / period;
            for (name, samples) in units {
                if unit.is_none_or(|unit| unit == name) && !samples.is_empty() {
                    places.entry(place).or_default().extend(samples);
                }
            }
        }
        let points = places.into_iter().filter_map(|(place, samples)| {
            let samples = Samples::of(samples);
            Some((place, samples.count(), samples.value(statistic)?))
        });
        points.collect()
    }
}

/// The multiple of `step` at or before.
pub(super) fn floor(second: i64, step: i64) -> i64 {
    second.saturating_sub(second.rem_euclid(step.max(1)))
}

/// jiff rounds towards 1970; a moment before it belongs to the second that it is in.
pub(super) fn floor_second(at: Timestamp) -> i64 {
    at.as_second() - i64::from(at.subsec_nanosecond() < 0)
}
