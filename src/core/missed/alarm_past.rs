//! What an alarm did: its states over time, and what each change to ALARM told whom.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::action_history::{Action, ActionState, actions};
use crate::snapshot::AlarmHistoryItem;

/// What an alarm did, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct AlarmPast {
    /// The state from a moment on; the first counts from the beginning.
    states: Vec<(Timestamp, bool)>,
    /// The changes to ALARM.
    pub(super) alerts: Vec<Alert>,
}

/// One change to ALARM.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alert {
    /// When.
    pub(super) at: Timestamp,
    /// What it was about.
    pub(super) cause: Cause,
    /// The actions that were run for it.
    pub(super) actions: Vec<Action>,
}

/// What made an alarm go to ALARM.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cause {
    /// These periods breached.
    Datapoints(Datapoints),
    /// Somebody set the state, or missing data stood in: no read did it.
    NoDatapoint,
    /// AWS's text is cut off or says nothing that is understood.
    Unclear,
}

/// The periods that breached.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Datapoints {
    /// Beginning and end of each.
    pub(super) periods: Vec<(Timestamp, Timestamp)>,
    /// The sum of their values, where they are sums.
    pub(super) sum: Option<f64>,
}

impl AlarmPast {
    /// From history items in any order, and whether the alarm is in ALARM now, and since when.
    pub(super) fn of(items: &[AlarmHistoryItem], now: (bool, Option<Timestamp>)) -> Self {
        let mut items: Vec<&AlarmHistoryItem> = items.iter().collect();
        // An action follows its change of state by some milliseconds, which may be cut off.
        items.sort_by_key(|item| (item.timestamp, item.history_item_type != "StateUpdate"));
        let mut past = Self::default();
        for (index, item) in items.iter().enumerate() {
            let Some((from, to)) = states(item) else { continue };
            if past.states.is_empty() {
                past.states.push((Timestamp::MIN, from == "ALARM"));
            }
            past.states.push((item.timestamp, to == "ALARM"));
            if to == "ALARM" {
                // Until the next change: an action that a mute rule held back runs late.
                let until_next =
                    items[index + 1..].iter().take_while(|item| states(item).is_none());
                let own: Vec<AlarmHistoryItem> = until_next.map(|item| (*item).clone()).collect();
                past.alerts.push(Alert {
                    at: item.timestamp,
                    cause: cause(item),
                    actions: actions(&own),
                });
            }
        }
        match (past.states.last().copied(), now) {
            (None, (in_alarm, since)) => {
                // A state that is older than the history.
                past.states.push((Timestamp::MIN, in_alarm && since.is_none()));
                past.states.extend(since.map(|since| (since, in_alarm)));
            }
            // The history may be some seconds late.
            (Some((last, before)), (in_alarm, Some(since))) if before != in_alarm => {
                past.states.push((last.max(since), in_alarm));
            }
            _ => {}
        }
        past
    }

    /// The spans in ALARM, each with its end if it ended.
    pub(super) fn in_alarm(&self) -> impl Iterator<Item = (Timestamp, Option<Timestamp>)> {
        self.states.iter().enumerate().filter(|(_, (_, alarm))| *alarm).map(|(index, (from, _))| {
            let end = self.states[index + 1..].iter().find(|(_, alarm)| !alarm);
            (*from, end.map(|(until, _)| *until))
        })
    }

    /// The first span in ALARM that overlaps this one.
    pub(super) fn in_alarm_between(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Option<(Timestamp, Option<Timestamp>)> {
        self.in_alarm().find(|(start, end)| *start < until && end.is_none_or(|end| end > from))
    }

    /// Seconds in ALARM within this span.
    pub(super) fn seconds_in_alarm(&self, from: Timestamp, until: Timestamp) -> i64 {
        let spans = self.in_alarm().map(|(start, end)| {
            let (start, end) = (start.max(from), end.unwrap_or(until).min(until));
            end.duration_since(start).max(SignedDuration::ZERO).as_secs()
        });
        spans.sum()
    }
}

impl Alert {
    /// The action by which a topic was told, or what else was run, or the one that failed, or none.
    pub(super) fn action(&self) -> Option<&Action> {
        self.actions.iter().filter(|action| action.state != ActionState::Unclear).min_by_key(
            |action| {
                let is_topic = action.resource.contains(":sns:");
                (action.state != ActionState::Succeeded, !is_topic)
            },
        )
    }
}

/// "Alarm updated from OK to ALARM": the summary is never cut off, the data may be.
fn states(item: &AlarmHistoryItem) -> Option<(&str, &str)> {
    let of_state = item.history_item_type == "StateUpdate";
    let (_, states) = item.history_summary.split_once(" updated from ").filter(|_| of_state)?;
    let (from, to) = states.split_once(" to ")?;
    Some((from.trim(), to.trim().trim_end_matches('.')))
}

/// What `StateReasonData` of the new state says.
fn cause(item: &AlarmHistoryItem) -> Cause {
    let text = item.history_data.as_deref().unwrap_or_default();
    let Ok(whole) = serde_json::from_str::<Value>(text) else { return Cause::Unclear };
    let data = match &whole["newState"]["stateReasonData"] {
        // As the caller of SetAlarmState wrote it, or as text.
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        data => data.clone(),
    };
    let Some(evaluated) = data["evaluatedDatapoints"].as_array() else { return Cause::NoDatapoint };
    let Some(seconds) = data["period"].as_i64() else { return Cause::Unclear };
    let value = |point: &Value| point["value"].as_f64();
    let mut points: Vec<(Timestamp, f64)> = evaluated
        .iter()
        .filter_map(|point| Some((moment(point["timestamp"].as_str()?)?, value(point)?)))
        .collect();
    // Minutes without a read have the filter's default value.
    if points.iter().any(|(_, value)| *value != 0.0) {
        points.retain(|(_, value)| *value != 0.0);
    }
    if points.is_empty() {
        return Cause::NoDatapoint;
    }
    let is_sum = data["statistic"] == "Sum";
    let sum = is_sum.then(|| points.iter().map(|(_, value)| value).sum());
    let end = |start: Timestamp| super::past::forth(start, SignedDuration::from_secs(seconds));
    let periods = points.into_iter().map(|(start, _)| (start, end(start))).collect();
    Cause::Datapoints(Datapoints { periods, sum })
}

/// `2026-09-14T05:42:58.775+0000`
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().or_else(|_| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text)).ok()
}
