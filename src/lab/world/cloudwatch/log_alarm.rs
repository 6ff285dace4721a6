//! Log alarms: a query over a log group instead of filter, metric and alarm.
//!
//! The query is read as far as [`logs_query`](secmon_core::logs_query) reads it. Where it does not,
//! or the alarm compares something else than a count, nobody knows what the alarm does.

use jiff::Timestamp;
use secmon_core::alarm::AlarmState;
use secmon_core::baseline::BaselineEntry;
use secmon_core::logs_query::{
    Found, LogsQuery, aggregated, breaches, groups_rows, is_in_enough_runs,
};
use secmon_core::pattern::{FilterPattern, Match};
use secmon_core::route::looks_into;
use secmon_core::snapshot::{LogAlarm, Target};

use super::StoredAlarm;
use crate::world::World;
use crate::world::agenda::Due;
use crate::world::hypothesis::Hypothesis;

pub(in crate::world) static LOG_ALARM: Hypothesis = Hypothesis {
    id: "log-alarm",
    question: "Does a log alarm go to ALARM after the read of a secret, where its query or its \
               condition is not understood, or the log group's class is not STANDARD?",
    settings: &[
        ("silent", "It does not; the alarm keeps its state."),
        (
            "notifies",
            "It does; the alarm goes to ALARM, and to OK when there are no reads any more.",
        ),
    ],
    known: "What Logs Insights makes of commands beyond filter was not captured.",
};

/// How long a read counts, in seconds: the shortest schedule of a query.
const COUNTS: f64 = 300.0;

impl World {
    /// Events arrived in a log group of a place that may have log alarms.
    pub(in crate::world) fn log_alarms_see(
        &mut self,
        target: &Target,
        group: &str,
        events: &[(Timestamp, String)],
    ) {
        let place = self.place(target);
        let class = place.logs.groups.get(group).and_then(|of| of.group.log_group_class.as_deref());
        let standard = class.is_none_or(|class| class == "STANDARD");
        let alarms = place.cloudwatch.alarms.iter();
        let seeing: Vec<(String, Found)> = alarms
            .filter_map(|(name, alarm)| match alarm {
                StoredAlarm::Log(alarm) => {
                    let found = match fires(alarm, target, group, events) {
                        Found::Yes if !standard => {
                            Found::Unknown("the group's class is another".to_owned())
                        }
                        found => found,
                    };
                    Some((name.clone(), found))
                }
                StoredAlarm::Metric(_) | StoredAlarm::Composite(_) => None,
            })
            .collect();
        for (name, fires) in seeing {
            let fires = match fires {
                Found::Yes => true,
                Found::No => false,
                // What is not understood matters to reads only.
                Found::Unknown(_) => {
                    holds_a_read(events) && self.hypotheses.consult(&LOG_ALARM) == "notifies"
                }
            };
            if !fires {
                continue;
            }
            let reason = "The query of this alarm found enough rows";
            self.change_state(target, &name, AlarmState::Alarm, reason.to_owned(), None);
            let due = Due::EvaluateAlarm { target: target.clone(), alarm: name };
            self.agenda.drop_where(|other| *other == due);
            self.after(COUNTS, due);
        }
    }

    /// Nothing was found for a while.
    pub(super) fn calm_log_alarm(&mut self, target: &Target, name: &str) {
        let reason = "The query of this alarm found too few rows";
        self.change_state(target, name, AlarmState::Ok, reason.to_owned(), None);
    }
}

/// Whether events that arrive together take a log alarm to ALARM.
fn fires(alarm: &LogAlarm, target: &Target, group: &str, events: &[(Timestamp, String)]) -> Found {
    let unknown = |why: &str| Found::Unknown(why.to_owned());
    let Some(query) = &alarm.scheduled_query_configuration else {
        return unknown("the query is not known");
    };
    if alarm.evaluation_state.as_deref() == Some("EVALUATION_ERROR")
        || looks_into(query, target, group) == Some(false)
    {
        return Found::No;
    }
    let Ok(parsed) = LogsQuery::parse(&query.query_string) else {
        return unknown("the query is not understood");
    };
    let mut rows = 0.0;
    for (_, text) in events {
        match parsed.finds(text) {
            Found::Yes => rows += 1.0,
            Found::No => {}
            Found::Unknown(why) => return Found::Unknown(why),
        }
    }
    if rows == 0.0 {
        return Found::No;
    }
    let value = aggregated(&query.aggregation_expression, rows);
    match value.and_then(|value| Some((breaches(alarm, value)?, breaches(alarm, 0.0)?))) {
        Some((true, false)) => {}
        Some((true, true)) if groups_rows(&query.aggregation_expression) => {
            return unknown("what a run without rows makes is not documented");
        }
        // One that is met without a read is met all the time.
        Some(_) => return Found::No,
        None => return unknown("the condition is not understood"),
    }
    if matches!(alarm.treat_missing_data.as_deref(), Some("breaching" | "ignore")) {
        return unknown("whether a run without rows is missing data is not documented");
    }
    is_in_enough_runs(alarm, &query.schedule_configuration)
}

fn holds_a_read(events: &[(Timestamp, String)]) -> bool {
    let entry = BaselineEntry::secret_access();
    let Ok(pattern) = FilterPattern::parse(&entry.pattern) else { return false };
    let mut matcher = pattern.matcher();
    events.iter().any(|(_, text)| matcher.test(text) == Match::Yes)
}
