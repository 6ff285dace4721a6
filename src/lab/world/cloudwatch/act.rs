//! A change of state: written down, sent to EventBridge, passed on to composite alarms, acted upon.

use std::collections::BTreeSet;

use jiff::Timestamp;
use secmon_core::alarm::history::{StateRecord, state_updated};
use secmon_core::alarm::{AlarmState, state_change_event};
use secmon_core::snapshot::Target;
use serde_json::{Value, json};

use super::{Change, StoredAlarm, StoredChild};
use crate::world::World;
use crate::world::agenda::Due;

impl World {
    /// Changes an alarm's state, if it is another one, and everything that hangs on it.
    pub(super) fn change_state(
        &mut self,
        target: &Target,
        name: &str,
        new: AlarmState,
        reason: String,
        data: Option<String>,
    ) {
        if let Some(old) = self.set_state(target, name, new, reason, data, Vec::new()) {
            // Rules may name each other in a circle.
            let mut seen = BTreeSet::from([name.to_owned()]);
            self.pass_on(target, name, old, &mut seen);
        }
    }

    /// Sets the state of one alarm; the state before, if it was another one.
    pub(super) fn set_state(
        &mut self,
        target: &Target,
        name: &str,
        new: AlarmState,
        reason: String,
        data: Option<String>,
        triggering: Vec<StoredChild>,
    ) -> Option<AlarmState> {
        let now = self.now;
        let before = self.alarm(target, name)?.clone();
        let old = before.state();
        if old == new {
            return None;
        }
        let workings = self.workings(target, name);
        let old_reason = match &before {
            StoredAlarm::Metric(alarm) => alarm.state_reason.clone().unwrap_or_default(),
            _ => workings.reason.clone(),
        };
        let old_data = std::mem::replace(&mut workings.reason_data, data.clone());
        let old_since = std::mem::replace(&mut workings.state_updated, now);
        workings.reason.clone_from(&reason);
        let change =
            Change { at: now, old, new, reason: reason.clone(), triggering, mute_end: None };
        let acts = before.actions_enabled();
        if acts {
            workings.pending.push(change);
        }
        let mut after = before.clone();
        match &mut after {
            StoredAlarm::Metric(alarm) => {
                alarm.state_value = new.to_string();
                alarm.state_reason = Some(reason.clone());
                alarm.state_updated_timestamp = Some(now);
                alarm.state_transitioned_timestamp = Some(now);
            }
            StoredAlarm::Composite(alarm) => {
                alarm.state_value = new.to_string();
                alarm.state_transitioned_timestamp = Some(now);
            }
            StoredAlarm::Log(alarm) => {
                alarm.state_value = Some(new.to_string());
                alarm.state_transitioned_timestamp = Some(now);
            }
        }
        let from =
            StateRecord { value: old.as_str(), reason: &old_reason, data: old_data.as_deref() };
        let to = StateRecord { value: new.as_str(), reason: &reason, data: data.as_deref() };
        let item = state_updated(&from, &to, now);
        self.note(target, name, after.kind(), item);
        let since = match &before {
            StoredAlarm::Metric(alarm) => alarm.state_updated_timestamp.unwrap_or(old_since),
            _ => old_since,
        };
        let metric_id = self.next_uuid().to_string();
        let detail = match &after {
            StoredAlarm::Metric(alarm) => {
                state_change_event(alarm, (&from, since), (&to, now), "", &metric_id)["detail"]
                    .take()
            }
            _ => other_detail(name, &after, (&from, since), (&to, now)),
        };
        let arn = after.arn().to_string();
        self.place_mut(target).cloudwatch.alarms.insert(name.to_owned(), after);
        // Also where actions are disabled (captured 2026-09-14).
        self.emit(target, "aws.cloudwatch", "CloudWatch Alarm State Change", vec![arn], detail);
        if acts {
            let due = Due::RunActions { target: target.clone(), alarm: name.to_owned() };
            self.after(self.settings.alarm_action, due);
        }
        Some(old)
    }

    /// Acts upon the oldest change that nobody has acted upon, or holds it back.
    pub(in crate::world) fn run_actions(&mut self, target: &Target, name: &str) {
        if self.alarm(target, name).is_none() {
            return;
        }
        let workings = self.workings(target, name);
        if workings.pending.is_empty() {
            return;
        }
        let mut change = workings.pending.remove(0);
        if let Some(end) = self.muted_until(target, name) {
            change.mute_end = Some(end);
            self.note_muted(target, name, &change);
            self.hold(target, name, change);
            self.release_at(target, name, end);
            return;
        }
        if self.suppresses(target, name, &change) {
            self.hold(target, name, change);
            self.show_suppression(target, name);
            return;
        }
        self.act_upon(target, name, &change);
    }

    /// Keeps a change for later. Of several the last one counts; one that leads back to where the
    /// first began leaves nothing to tell.
    fn hold(&mut self, target: &Target, name: &str, mut change: Change) {
        let workings = self.workings(target, name);
        if let Some(held) = workings.held.take() {
            change.old = held.old;
        }
        if change.old != change.new {
            workings.held = Some(change);
        }
    }

    pub(super) fn release_at(&mut self, target: &Target, name: &str, at: Timestamp) {
        if at < Timestamp::MAX {
            let due = Due::ReleaseActions { target: target.clone(), alarm: name.to_owned() };
            self.agenda.put(at, due);
        }
    }

    /// A mute window or a suppression of an alarm's actions may be over.
    pub(in crate::world) fn release_actions(&mut self, target: &Target, name: &str) {
        let Some(alarm) = self.alarm(target, name) else { return };
        let state = alarm.state();
        if self.workings(target, name).held.is_some()
            && let Some(end) = self.muted_until(target, name)
        {
            self.release_at(target, name, end);
            return;
        }
        if self.is_suppressed(target, name) {
            return;
        }
        let workings = self.workings(target, name);
        workings.waits = None;
        let held = workings.held.take();
        self.show_suppression(target, name);
        let enabled = self.alarm(target, name).is_some_and(StoredAlarm::actions_enabled);
        if let Some(change) = held.filter(|change| enabled && change.new == state) {
            self.act_upon(target, name, &change);
        }
    }

    fn act_upon(&mut self, target: &Target, name: &str, change: &Change) {
        let Some(alarm) = self.alarm(target, name).cloned() else { return };
        for action in alarm.actions(change.new) {
            self.act(target, &alarm, change, action);
        }
    }
}

/// What EventBridge is told of composite and log alarms.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html>
fn other_detail(
    name: &str,
    alarm: &StoredAlarm,
    (old, since): (&StateRecord<'_>, Timestamp),
    (new, now): (&StateRecord<'_>, Timestamp),
) -> Value {
    let state = |record: &StateRecord<'_>, at: Timestamp| {
        let at = at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string();
        let mut state = json!({"value": record.value, "reason": record.reason, "timestamp": at});
        if let Some(data) = record.data {
            state["reasonData"] = json!(data);
        }
        state
    };
    let configuration = match alarm {
        StoredAlarm::Composite(alarm) => {
            let mut configuration = json!({"alarmRule": alarm.alarm_rule});
            let suppressor = [
                ("actionsSuppressor", json!(alarm.actions_suppressor)),
                ("actionsSuppressorWaitPeriod", json!(alarm.actions_suppressor_wait_period)),
                (
                    "actionsSuppressorExtensionPeriod",
                    json!(alarm.actions_suppressor_extension_period),
                ),
            ];
            for (name, value) in suppressor.into_iter().filter(|(_, value)| !value.is_null()) {
                configuration[name] = value;
            }
            configuration
        }
        _ => json!({}),
    };
    json!({
        "alarmName": name,
        "state": state(new, now),
        "previousState": state(old, since),
        "configuration": configuration,
    })
}
