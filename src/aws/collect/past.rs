//! The past: whole listings, page by page, for as long as it takes.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use secmon_core::missed::{Past, PastRead};
use secmon_core::route::What;
use secmon_core::snapshot::{AlarmHistoryItem, Event, Observed, Target};
use tokio::time::Instant;

use super::place::Place;
use super::{Collection, cloudtrail, cloudwatch};
use crate::connect::Session;

/// How long the past may take: the total time of a run is meant for reads that do not page. One
/// page has that time still.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// How far the reading of the past is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PastProgress {
    /// Pages so far.
    pub pages: usize,
    /// How far back the newest of them goes.
    pub back_to: Option<Timestamp>,
}

enum Answer {
    Events((Target, String), Observed<Vec<Event>>),
    History((Target, String), Observed<Vec<AlarmHistoryItem>>),
}

impl Session {
    /// Reads listings of the past, whole, and adds them to what is known of it.
    pub async fn read_past(
        &self,
        past: &mut Past,
        wanted: BTreeSet<PastRead>,
        now: Timestamp,
        progress: &dyn Fn(PastProgress),
    ) -> Collection {
        let run = self.run_until(Instant::now() + PATIENCE);
        let before = self.wire.requests();
        let state = Mutex::new(PastProgress::default());
        let seen = |back_to: Option<Timestamp>| {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.pages += 1;
            state.back_to = back_to.or(state.back_to);
            progress(*state);
        };
        let depth = usize::from(!wanted.is_empty());
        let mut answers: FuturesUnordered<_> = wanted
            .into_iter()
            .map(|read| {
                let (run, seen) = (&run, &seen);
                Box::pin(async move {
                    match read {
                        PastRead::Events { target, event_name, from } => {
                            let what = What::LookupEvents { event_name: event_name.clone() };
                            let who = self.who(&target.account, &what);
                            let at = Place { run, target: target.clone(), who, now };
                            let events =
                                || cloudtrail::lookup_events_since(&at, &event_name, from, seen);
                            let answer = at.observe(events).await;
                            Answer::Events((target, event_name), answer)
                        }
                        PastRead::AlarmHistory { target, alarm, alarm_type, from } => {
                            let what =
                                What::DescribeAlarmHistory { alarm: alarm.clone(), alarm_type };
                            let who = self.who(&target.account, &what);
                            let at = Place { run, target: target.clone(), who, now };
                            let items = || {
                                cloudwatch::describe_alarm_history_since(
                                    &at, &alarm, alarm_type, from, seen,
                                )
                            };
                            let answer = at.observe(items).await;
                            Answer::History((target, alarm), answer)
                        }
                    }
                })
            })
            .collect();
        while let Some(answer) = answers.next().await {
            match answer {
                Answer::Events(key, events) => drop(past.events.insert(key, events)),
                Answer::History(key, items) => drop(past.alarm_histories.insert(key, items)),
            }
        }
        drop(answers);
        run.finish(before, depth)
    }
}
