//! What happened before the world began, and left a trace: log events, samples of metric filters and
//! counters of topics. Loaded from a snapshot, and seen again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secmon_core::alarm::Statistic;
use secmon_core::evidence::fed_by;
use secmon_core::snapshot::{
    Datapoint, Dimension, Event, FilteredLogEvent, Metric, Observations, Observed, Snapshot, Target,
};
use serde_json::Value;

use super::World;
use super::cloudwatch::starts;
use super::sns::of_topic;

impl World {
    pub(super) fn load_traces(&mut self, target: &Target, seen: &Observations, whole: &Snapshot) {
        let histories = whole.targets.values().flat_map(|at| at.event_history.values());
        let events = histories.filter_map(Observed::seen).flat_map(|history| &history.events);
        let known: BTreeMap<&str, &Event> =
            events.map(|event| (event.event_id.as_str(), event)).collect();
        for (group, found) in &seen.filtered_log_events {
            let mut read = None;
            for (id, log_events) in found {
                let Some(event) = known.get(id.as_str()) else { continue };
                let times = log_events.seen().into_iter().flatten();
                for time in times.filter_map(FilteredLogEvent::time) {
                    let message = event.cloud_trail_event.clone().unwrap_or_default();
                    self.load_log_event(target, group, time, message);
                }
                read = Some(*event);
            }
            if let Some(read) = read {
                self.load_samples(target, seen, group, read);
            }
        }
        for (arn, topic) in &seen.topics {
            for (name, points) in &topic.counters {
                for point in points.seen().into_iter().flatten() {
                    self.load_point(target, &of_topic(arn, name), point);
                }
            }
        }
    }

    fn load_samples(&mut self, target: &Target, seen: &Observations, group: &str, read: &Event) {
        let on_group = seen.metric_filters.seen().and_then(|groups| groups.get(group));
        for (name, points) in seen.filter_datapoints.get(group).into_iter().flatten() {
            let filter = on_group.and_then(|filters| filters.get(name));
            let fed = filter.and_then(|filter| fed_by(filter, target, read));
            let Some((transformation, dimensions)) = fed else { continue };
            let (namespace, name) = (&transformation.metric_namespace, &transformation.metric_name);
            let metric = metric_of(namespace, name, &dimensions);
            for point in points.seen().into_iter().flatten() {
                self.load_point(target, &metric, point);
            }
        }
    }

    pub(super) fn load_point(&mut self, target: &Target, metric: &Metric, point: &Datapoint) {
        let Some(sum) = point.sum else { return };
        let unit = point.unit.as_deref().unwrap_or("None");
        self.put_sample(target, metric, point.timestamp, unit, sum);
    }

    /// Log events of CloudTrail with this id.
    pub(super) fn log_events_of(
        &self,
        target: &Target,
        group: &str,
        event_id: &str,
        (from, until): (Timestamp, Timestamp),
    ) -> Vec<FilteredLogEvent> {
        let within = from.as_millisecond()..=until.as_millisecond();
        let events = self.place(target).logs.groups.get(group).map(|group| &group.events);
        let is_it = |message: &str| {
            serde_json::from_str::<Value>(message).is_ok_and(|event| event["eventID"] == event_id)
        };
        let mut found: Vec<i64> = events
            .into_iter()
            .flatten()
            .filter(|event| within.contains(&event.timestamp) && is_it(&event.message))
            .map(|event| event.timestamp)
            .collect();
        found.sort_unstable();
        found.into_iter().map(|timestamp| FilteredLogEvent { timestamp }).collect()
    }

    /// Sums of a metric by unit; periods without samples have no datapoint.
    pub(super) fn sums(
        &self,
        target: &Target,
        metric: &Metric,
        period: u32,
        (from, until): (Timestamp, Timestamp),
    ) -> Vec<Datapoint> {
        let Some(series) = self.series(target, metric) else { return Vec::new() };
        let mut points = Vec::new();
        for start in starts(from, until, period) {
            for unit in series.units() {
                if let Some(point) = series.datapoint(start, period, Some(unit), Statistic::Sum) {
                    points.push(Datapoint {
                        timestamp: start,
                        sum: Some(point.value),
                        sample_count: None,
                        maximum: None,
                        unit: Some(unit.to_owned()),
                    });
                }
            }
        }
        points
    }
}

/// A metric by its parts.
pub(super) fn metric_of(namespace: &str, name: &str, dimensions: &[Dimension]) -> Metric {
    Metric {
        namespace: Some(namespace.to_owned()),
        metric_name: Some(name.to_owned()),
        dimensions: dimensions.to_vec(),
    }
}
