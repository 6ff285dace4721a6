//! What happens when events arrive in a log group.

use jiff::{SignedDuration, Timestamp};
use secmon_core::snapshot::{Dimension, Metric, Target};

use super::super::World;
use super::super::agenda::Due;
use super::super::hypothesis::Hypothesis;
use super::count::Counted;
use super::{Group, KEPT, LOG_GROUP_KEY_DISABLED, LogEvent};

pub(in crate::world) static METRIC_FILTER_PUBLICATION: Hypothesis = Hypothesis {
    id: "metric-filter-publication",
    question: "When can an alarm with a period of less than a minute see what a metric filter made of \
               an event?",
    settings: &[
        ("at-once", "As soon as the event arrives."),
        ("after-the-minute", "When the minute of the event is over."),
    ],
    known: "The samples stand at the beginning of the event's minute (captured 2026-09-14). Alarms on \
            whole minutes look at them when the minute is over in any case.",
};

const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// Why a log group takes no events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::world) enum IngestRefusal {
    /// There is no such group.
    NoGroup,
    /// Its key cannot be used.
    Key,
}

impl World {
    /// Events arrive in a group, as a service sends them: the stream is made if it is missing.
    /// Every metric filter of the group sees them, once and now.
    pub(in crate::world) fn ingest(
        &mut self,
        target: &Target,
        group: &str,
        stream: &str,
        events: Vec<(Timestamp, String)>,
    ) -> Result<(), IngestRefusal> {
        let Ok(held) = self.log_group(target, group) else { return Err(IngestRefusal::NoGroup) };
        let has_stream = held.streams.contains_key(stream);
        if let Some(key) = held.group.kms_key_id.clone()
            && self.log_group_key(target, group, &key).is_err()
            && self.hypotheses.consult(&LOG_GROUP_KEY_DISABLED) == "stops"
        {
            return Err(IngestRefusal::Key);
        }
        let made = (!has_stream).then(|| self.new_log_stream());
        let now = self.now.as_millisecond();
        if let Ok(held) = self.log_group_mut(target, group) {
            if let Some(made) = made {
                held.streams.insert(stream.to_owned(), made);
            }
            held.store(stream, now, &events);
        }
        self.count_log_events(target, group, &events);
        self.log_alarms_see(target, group, &events);
        Ok(())
    }

    fn count_log_events(&mut self, target: &Target, group: &str, events: &[(Timestamp, String)]) {
        if events.is_empty() {
            return;
        }
        let now = self.now;
        let account = self.accounts.get_mut(&target.account);
        let place = account.and_then(|account| account.regions.get_mut(&target.region));
        let samples = place
            .map(|place| place.logs.samples(target, group, events, now, &mut self.hypotheses))
            .unwrap_or_default();
        // <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html>
        let own = |name: &str| Metric {
            namespace: Some("AWS/Logs".to_owned()),
            metric_name: Some(name.to_owned()),
            dimensions: vec![Dimension {
                name: "LogGroupName".to_owned(),
                value: group.to_owned(),
            }],
        };
        let bytes: usize = events.iter().map(|(_, message)| message.len()).sum();
        self.put_sample(target, &own("IncomingLogEvents"), now, "None", events.len() as f64);
        self.put_sample(target, &own("IncomingBytes"), now, "Bytes", bytes as f64);
        let looked_at = self.metrics_looked_at_below_a_minute(target);
        for Counted { metric, at, unit, value } in samples {
            if looked_at.contains(&metric)
                && self.hypotheses.consult(&METRIC_FILTER_PUBLICATION) == "after-the-minute"
            {
                let seen = at.checked_add(MINUTE).unwrap_or(Timestamp::MAX).max(now);
                let target = target.clone();
                self.agenda.put(seen, Due::PublishSample { target, metric, at, unit, value });
            } else {
                self.put_sample(target, &metric, at, &unit, value);
            }
        }
    }
}

impl World {
    /// Puts an event into a group that was there before anybody counted.
    pub(in crate::world) fn load_log_event(
        &mut self,
        target: &Target,
        group: &str,
        at: Timestamp,
        message: String,
    ) {
        let stream = format!("{}_CloudTrail_{}", target.account, target.region);
        let made = self.new_log_stream();
        let Ok(held) = self.log_group_mut(target, group) else { return };
        held.streams.entry(stream.clone()).or_insert(made);
        held.store(&stream, at.as_millisecond(), &[(at, message)]);
    }
}

impl Group {
    fn store(&mut self, name: &str, now: i64, events: &[(Timestamp, String)]) {
        for (at, message) in events {
            let timestamp = at.as_millisecond();
            self.arrived += 1;
            self.stored_bytes += message.len() as i64;
            if let Some(stream) = self.streams.get_mut(name) {
                let earlier = |known: Option<i64>| known.map_or(timestamp, |at| at.min(timestamp));
                stream.first_event = Some(earlier(stream.first_event));
                stream.last_event = stream.last_event.max(Some(timestamp));
                stream.last_ingestion = Some(now);
            }
            self.events.push_back(LogEvent {
                // As AWS's: 56 digits that sort by time, then by arrival.
                id: format!("{timestamp:013}{:043}", self.arrived),
                stream: name.to_owned(),
                timestamp,
                ingested: now,
                message: message.clone(),
            });
        }
        let kept_since = self.kept_since(now);
        while self.events.len() > KEPT
            || self.events.front().is_some_and(|event| event.timestamp < kept_since)
        {
            let gone = self.events.pop_front();
            self.stored_bytes -= gone.map_or(0, |event| event.message.len() as i64);
        }
    }
}
