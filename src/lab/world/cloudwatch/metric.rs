//! Metrics: samples put, statistics got.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use secmon_core::alarm::{Series, Statistic, StorageResolution};
use secmon_core::snapshot::{Dimension, Metric, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{MetricKey, invalid_value, listing};
use crate::world::World;
use crate::world::call::{ApiError, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutMetricData {
    namespace: String,
    #[serde(default)]
    metric_data: Vec<Datum>,
    #[serde(default)]
    entity_metric_data: Vec<OfEntity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfEntity {
    #[serde(default)]
    metric_data: Vec<Datum>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Datum {
    metric_name: String,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    timestamp: Option<Timestamp>,
    value: Option<f64>,
    statistic_values: Option<StatisticSet>,
    values: Option<Vec<f64>>,
    counts: Option<Vec<f64>>,
    unit: Option<String>,
    storage_resolution: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StatisticSet {
    sample_count: f64,
    sum: f64,
    minimum: f64,
    maximum: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetMetricStatistics {
    namespace: String,
    metric_name: String,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    start_time: Timestamp,
    end_time: Timestamp,
    period: u32,
    #[serde(default)]
    statistics: Vec<String>,
    #[serde(default)]
    extended_statistics: Vec<String>,
    unit: Option<String>,
}

/// Samples of one value each, with how many there are.
type Samples = Vec<(f64, f64)>;

impl StatisticSet {
    /// Samples with this count, sum, minimum and maximum: AWS keeps no more of a set, so that no
    /// percentile can be had of one.
    fn samples(&self) -> Samples {
        let between = self.sample_count - 2.0;
        match self.sample_count {
            count if count <= 1.0 => vec![(self.sum, 1.0)],
            2.0 => vec![(self.minimum, 1.0), (self.maximum, 1.0)],
            _ => {
                let rest = (self.sum - self.minimum - self.maximum) / between;
                vec![(self.minimum, 1.0), (rest, between), (self.maximum, 1.0)]
            }
        }
    }
}

impl Datum {
    fn samples(&self, at: &str) -> Result<Samples, ApiError> {
        let exclusive = |one: &str, other: &str| {
            ApiError::new(
                "InvalidParameterCombinationException",
                format!(
                    "The parameters {at}.{one} and {at}.{other} are mutually exclusive and you \
                     have specified both."
                ),
            )
        };
        let samples = match (self.value, &self.values, &self.statistic_values) {
            (Some(_), Some(_), _) => return Err(exclusive("Value", "Values")),
            (Some(_), _, Some(_)) => return Err(exclusive("Value", "StatisticValues")),
            (_, Some(_), Some(_)) => return Err(exclusive("Values", "StatisticValues")),
            (Some(value), None, None) => vec![(value, 1.0)],
            (None, Some(values), None) => match &self.counts {
                Some(counts) if counts.len() != values.len() => {
                    return Err(invalid_value(format!(
                        "The parameters {at}.Values and {at}.Counts must be of the same size."
                    )));
                }
                Some(counts) => values.iter().copied().zip(counts.iter().copied()).collect(),
                None => values.iter().map(|value| (*value, 1.0)).collect(),
            },
            (None, None, Some(set)) => set.samples(),
            (None, None, None) => {
                return Err(ApiError::new(
                    "MissingRequiredParameterException",
                    format!("The parameter {at}.Value is required."),
                ));
            }
        };
        let finite = samples.iter().all(|(value, count)| value.is_finite() && *count > 0.0);
        match finite {
            true => Ok(samples),
            false => Err(invalid_value(format!("The value for parameter {at}.Value is invalid."))),
        }
    }
}

/// How long datapoints of a minute are kept
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html>).
const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(15 * 24);

impl World {
    /// Adds a sample to a metric.
    pub(in crate::world) fn put_sample(
        &mut self,
        target: &Target,
        metric: &Metric,
        at: Timestamp,
        unit: &str,
        value: f64,
    ) {
        let samples = [(value, 1.0)];
        let key = MetricKey::from(metric);
        self.put_samples(target, key, at, unit, StorageResolution::Standard, &samples);
    }

    fn put_samples(
        &mut self,
        target: &Target,
        key: MetricKey,
        at: Timestamp,
        unit: &str,
        resolution: StorageResolution,
        samples: &[(f64, f64)],
    ) {
        let oldest = self.now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let metric = self.place_mut(target).cloudwatch.metrics.entry(key).or_default();
        metric.series.forget_before(oldest);
        for (value, count) in samples {
            metric.series.insert(at, resolution, unit, *value, *count);
        }
        for alarm in std::mem::take(&mut metric.waiting) {
            self.wake_alarm(target, &alarm);
        }
    }

    pub(super) fn put_metric_data(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: PutMetricData = call.input()?;
        if input.namespace.starts_with("AWS/") {
            return Err(invalid_value("The value AWS/ for parameter Namespace is invalid."));
        }
        let of_entities = input.entity_metric_data.into_iter().flat_map(|it| it.metric_data);
        let data: Vec<Datum> = input.metric_data.into_iter().chain(of_entities).collect();
        let mut checked = Vec::new();
        for (place, datum) in (1..).zip(data) {
            let name = format!("MetricData.member.{place}");
            let at = datum.timestamp.unwrap_or(self.now);
            let age = self.now.duration_since(at);
            let late = match age {
                age if age > SignedDuration::from_hours(14 * 24) => "within the past two weeks",
                age if age < SignedDuration::from_hours(-2) => {
                    "no more than two hours in the future"
                }
                _ => "",
            };
            if !late.is_empty() {
                let message = format!("The parameter {name}.Timestamp must specify a time {late}.");
                return Err(invalid_value(message));
            }
            checked.push((datum.samples(&name)?, at, datum));
        }
        for (samples, at, datum) in checked {
            let resolution = match datum.storage_resolution {
                Some(1) => StorageResolution::High,
                _ => StorageResolution::Standard,
            };
            let metric = Metric {
                namespace: Some(input.namespace.clone()),
                metric_name: Some(datum.metric_name),
                dimensions: datum.dimensions,
            };
            let unit = datum.unit.as_deref().unwrap_or("None");
            let key = MetricKey::from(&metric);
            self.put_samples(&call.target, key, at, unit, resolution, &samples);
        }
        Ok(json!({}))
    }

    pub(in crate::world) fn series(&self, target: &Target, metric: &Metric) -> Option<&Series> {
        let metric = self.place(target).cloudwatch.metrics.get(&MetricKey::from(metric));
        metric.map(|metric| &metric.series)
    }

    /// AWS gives the datapoints in no order; here they are in that of time.
    pub(super) fn get_metric_statistics(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: GetMetricStatistics = call.input()?;
        let period = input.period;
        let allowed =
            matches!(period, 1 | 5 | 10 | 20 | 30) || (period > 0 && period.is_multiple_of(60));
        if !allowed {
            let message = "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.";
            return Err(invalid_value(message));
        }
        let seconds = input.end_time.as_second() - input.start_time.as_second();
        if seconds <= 0 {
            return Err(invalid_value(
                "The parameter StartTime must be less than the parameter EndTime.",
            ));
        }
        let requested = seconds / i64::from(period);
        if requested > 1440 {
            return Err(ApiError::new(
                "InvalidParameterCombinationException",
                format!(
                    "You have requested up to {requested} datapoints, which exceeds the limit of \
                     1440. You may reduce the datapoints requested by increasing Period, or \
                     decreasing the time range."
                ),
            ));
        }
        let metric = Metric {
            namespace: Some(input.namespace),
            metric_name: Some(input.metric_name),
            dimensions: input.dimensions,
        };
        let mut datapoints = Vec::new();
        if let Some(series) = self.series(&call.target, &metric) {
            for start in starts(input.start_time, input.end_time, period) {
                let units = series.units();
                let wanted = units
                    .iter()
                    .filter(|unit| input.unit.as_deref().is_none_or(|wanted| wanted == **unit));
                for unit in wanted {
                    let value = |name: &str| {
                        let statistic = Statistic::named(name)?;
                        let point = series.datapoint(start, period, Some(unit), statistic)?;
                        Some((name.to_owned(), point.value))
                    };
                    if value("SampleCount").is_none() {
                        continue;
                    }
                    let mut datapoint = json!({"Timestamp": start, "Unit": unit});
                    for (name, value) in input.statistics.iter().filter_map(|name| value(name)) {
                        datapoint[name] = json!(value);
                    }
                    let extended: BTreeMap<String, f64> =
                        input.extended_statistics.iter().filter_map(|name| value(name)).collect();
                    if !extended.is_empty() {
                        datapoint["ExtendedStatistics"] = json!(extended);
                    }
                    datapoints.push(datapoint);
                }
            }
        }
        Ok(json!({"Label": metric.metric_name, "Datapoints": datapoints}))
    }

    pub(super) fn list_metrics(&mut self, call: &Call) -> Result<Value, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Filter {
            name: String,
            value: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            namespace: Option<String>,
            metric_name: Option<String>,
            #[serde(default)]
            dimensions: Vec<Filter>,
        }
        let input: Input = call.input()?;
        let has = |key: &MetricKey, filter: &Filter| {
            let same = |it: &Dimension| {
                it.name == filter.name
                    && filter.value.as_ref().is_none_or(|value| *value == it.value)
            };
            key.dimensions.iter().any(same)
        };
        let metrics = self.place(&call.target).cloudwatch.metrics.iter();
        let items = metrics
            .filter(|(key, metric)| {
                !metric.series.is_empty()
                    && input.namespace.as_ref().is_none_or(|it| *it == key.namespace)
                    && input.metric_name.as_ref().is_none_or(|it| *it == key.name)
                    && input.dimensions.iter().all(|filter| has(key, filter))
            })
            .map(|(key, _)| {
                json!({
                    "Namespace": key.namespace,
                    "MetricName": key.name,
                    "Dimensions": key.dimensions,
                })
            });
        listing(call, "Metrics", items.collect(), ("", 500))
    }
}

/// The starts of the periods from one moment to another: full periods of the clock.
pub(in crate::world) fn starts(
    from: Timestamp,
    to: Timestamp,
    period: u32,
) -> impl Iterator<Item = Timestamp> {
    let period = i64::from(period.max(1));
    let first = from.as_second() - from.as_second().rem_euclid(period);
    let seconds = (0..).map(move |place: i64| first + place * period);
    let seconds = seconds.take_while(move |second| *second < to.as_second());
    seconds.filter_map(|second| Timestamp::from_second(second).ok())
}
