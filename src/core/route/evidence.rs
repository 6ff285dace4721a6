//! The reads that show how far the newest read of a secret and the newest notification got.
//!
//! Few, and only where there is something to find: one `FilterLogEvents` for each secret and log
//! group, one `GetMetricStatistics` for each filter that counts its log event, and two for a topic
//! that an alarm notified; four more where nothing was delivered.

use super::What;
use super::reads::{Reads, recording_trails};
use crate::action_history::Action;
use crate::baseline::message_of;
use crate::engines::Engines;
use crate::evidence::{
    DELIVERY_COUNTERS, LOSS_COUNTERS, USUAL_MINUTES, can_hold, counter_window, delivery_window,
    fed_by, newest_notification, newest_read, sample_window,
};
use crate::snapshot::{Arn, Asked, Event, FilteredLogEvent, Observed, Target, Topic};

/// How many filters' metrics are looked at for one read, and how many topics.
const FILTERS: usize = 5;
const TOPICS: usize = 5;

impl Reads<'_> {
    pub(super) fn evidence(&mut self) {
        for asked in &self.snapshot.asked {
            let Some(read) = newest_read(self.snapshot, self.entry, asked) else { continue };
            let trails = recording_trails(self.snapshot.at(&asked.target), &asked.target);
            for trail in trails {
                let named = trail.cloud_watch_logs_log_group_arn.as_ref();
                let Some(group) = named.and_then(|arn| arn.parse::<Arn>().ok()) else { continue };
                if let Some(target) = group.target() {
                    self.read_in(asked, read, &target, group.name());
                }
            }
        }
        self.notifications();
    }

    fn read_in(&mut self, asked: &Asked, read: &Event, target: &Target, group: &str) {
        let at = self.snapshot.at(target);
        let groups = at.log_groups.seen();
        let holds = |found| can_hold(self.snapshot, found, read);
        if !groups.and_then(|groups| groups.get(group)).is_some_and(holds) {
            return;
        }
        let found = at.filtered_log_events.get(group).and_then(|all| all.get(&read.event_id));
        let (from, until) = delivery_window(read);
        let (log_group, event_id) = (group.to_owned(), read.event_id.clone());
        self.want(target, found, What::FilterLogEvents { log_group, event_id, from, until });
        let first = found.and_then(Observed::seen).and_then(|events| events.first());
        let time = first.and_then(FilteredLogEvent::time);
        let (Some(time), Some(message)) = (time, message_of(read, asked)) else { return };
        let on_group = at.metric_filters.seen().and_then(|groups| groups.get(group));
        let filters = on_group.into_iter().flat_map(|filters| filters.values());
        let may_count = filters.filter(|filter| {
            let engines = Engines::of(self.snapshot, &filter.filter_pattern);
            engines.answers([&message]).all(|(_, answer)| answer.believed() != Some(false))
        });
        for filter in may_count.take(FILTERS) {
            let Some((metric, dimensions)) = fed_by(filter, target, read) else { continue };
            let (from, until) = sample_window(time);
            let what = What::GetFilterStatistics {
                log_group: group.to_owned(),
                filter: filter.filter_name.clone(),
                namespace: metric.metric_namespace.clone(),
                metric_name: metric.metric_name.clone(),
                dimensions,
                from,
                until,
            };
            let points = at.filter_datapoints.get(group);
            let points = points.and_then(|filters| filters.get(&filter.filter_name));
            self.want(target, points, what);
        }
    }

    fn notifications(&mut self) {
        let topics = self.snapshot.targets.iter().flat_map(|(target, at)| {
            at.topics.iter().map(move |(arn, topic)| (target, arn, topic))
        });
        let notified = topics.filter_map(|(target, arn, topic)| {
            let action = newest_notification(self.snapshot, arn)?;
            let counted = self.snapshot.minutes_since(action.time) >= USUAL_MINUTES;
            counted.then_some((target, arn, topic, action))
        });
        for (target, arn, topic, action) in notified.take(TOPICS) {
            self.counters(target, arn, topic, &action, &DELIVERY_COUNTERS);
            let [published, delivered] = DELIVERY_COUNTERS.map(|name| topic.counted(name));
            if published.is_some_and(|sum| sum > 0.0) && delivered == Some(0.0) {
                self.counters(target, arn, topic, &action, &LOSS_COUNTERS);
            }
        }
    }

    fn counters(
        &mut self,
        target: &Target,
        arn: &Arn,
        topic: &Topic,
        action: &Action,
        names: &[&str],
    ) {
        let (from, until) = counter_window(action);
        for name in names {
            let metric_name = (*name).to_owned();
            let what = What::GetTopicStatistics { topic: arn.clone(), metric_name, from, until };
            self.want(target, topic.counters.get(*name), what);
        }
    }
}
