//! Log alarms: a query over a log group instead of filter, metric and alarm.
//!
//! A snapshot does not hold the query, so that nobody knows what it finds.

use jiff::Timestamp;
use secmon_core::alarm::AlarmState;
use secmon_core::baseline::BaselineEntry;
use secmon_core::pattern::{FilterPattern, Match};
use secmon_core::snapshot::Target;

use super::StoredAlarm;
use crate::world::World;
use crate::world::agenda::Due;
use crate::world::hypothesis::Hypothesis;

pub(in crate::world) static LOG_ALARM: Hypothesis = Hypothesis {
    id: "log-alarm",
    question: "Does the query of a log alarm find the read of a secret?",
    settings: &[
        ("silent", "It does not; the alarm keeps its state."),
        (
            "notifies",
            "It does; the alarm goes to ALARM, and to OK when there are no reads any more.",
        ),
    ],
    known: "DescribeAlarms tells of a log alarm's query no more than its schedule.",
};

/// How long a read counts, in seconds: the shortest schedule of a query.
const COUNTS: f64 = 300.0;

impl World {
    /// Events arrived in a log group of a place that may have log alarms.
    pub(in crate::world) fn log_alarms_see(
        &mut self,
        target: &Target,
        events: &[(Timestamp, String)],
    ) {
        let alarms = self.place(target).cloudwatch.alarms.iter();
        let names: Vec<String> = alarms
            .filter(|(_, alarm)| matches!(alarm, StoredAlarm::Log(_)))
            .map(|(name, _)| name.clone())
            .collect();
        if names.is_empty() || !holds_a_read(events) {
            return;
        }
        if self.hypotheses.consult(&LOG_ALARM) != "notifies" {
            return;
        }
        for name in names {
            let reason = "The lab takes the query of this alarm to have found a read of a secret";
            self.change_state(target, &name, AlarmState::Alarm, reason.to_owned(), None);
            let due = Due::EvaluateAlarm { target: target.clone(), alarm: name };
            self.agenda.drop_where(|other| *other == due);
            self.after(COUNTS, due);
        }
    }

    /// No read was found for a while.
    pub(super) fn calm_log_alarm(&mut self, target: &Target, name: &str) {
        let reason = "The lab takes the query of this alarm to have found no read of a secret";
        self.change_state(target, name, AlarmState::Ok, reason.to_owned(), None);
    }
}

fn holds_a_read(events: &[(Timestamp, String)]) -> bool {
    let entry = BaselineEntry::secret_access();
    let Ok(pattern) = FilterPattern::parse(&entry.pattern) else { return false };
    let mut matcher = pattern.matcher();
    events.iter().any(|(_, text)| matcher.test(text) == Match::Yes)
}
