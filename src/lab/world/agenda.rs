//! What is to happen, and when.

use std::collections::VecDeque;

use jiff::Timestamp;
use secmon_core::snapshot::{Arn, Metric, Target};
use serde::{Deserialize, Serialize};

/// What falls due, in order of time; of two at one moment the one put first comes first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Agenda(VecDeque<(Timestamp, Due)>);

/// Something that happens by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Due {
    /// CloudTrail sends what a trail recorded to its log group.
    DeliverEvents { trail: Arn },
    /// CloudTrail writes a log file to a trail's bucket.
    DeliverLogFile { trail: Arn },
    /// The rest of the account goes about its business.
    Traffic { target: Target },
    /// What a metric filter made of an event can be seen.
    PublishSample { target: Target, metric: Metric, at: Timestamp, unit: String, value: f64 },
    /// An alarm looks at its metric.
    EvaluateAlarm { target: Target, alarm: String },
    /// An alarm's change of state is acted upon.
    RunActions { target: Target, alarm: String },
    /// A mute window or a suppression ends.
    ReleaseActions { target: Target, alarm: String },
    /// A subscription was not confirmed in time.
    ExpireSubscription { topic: Arn, subscription: Arn },
}

impl Agenda {
    pub(super) fn put(&mut self, at: Timestamp, due: Due) {
        let place = self.0.partition_point(|(other, _)| *other <= at);
        self.0.insert(place, (at, due));
    }

    /// Takes what falls due first, if it does by then.
    pub(super) fn next_until(&mut self, until: Timestamp) -> Option<(Timestamp, Due)> {
        let first = self.0.front()?.0;
        if first <= until { self.0.pop_front() } else { None }
    }

    /// Forgets what no longer is to happen.
    pub(super) fn drop_where(&mut self, over: impl Fn(&Due) -> bool) {
        self.0.retain(|(_, due)| !over(due));
    }
}
