//! An alarm as it was.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    AlarmHistoryItem, Change, MetricAlarm, Past, Snapshot, Target, Then, pascal, pascal_name,
    unknown,
};
use crate::missed::change::{changes_of, observed_history};

/// Whether a change is of this alarm.
pub(super) fn is_of(change: &Change, target: &Target, alarm: &str) -> bool {
    let listed = || change.request["alarmNames"].as_array().into_iter().flatten();
    change.target == *target
        && (change.text("alarmName") == Some(alarm) || listed().any(|name| name == alarm))
}

/// An alarm that is gone, as it was last set.
pub(super) fn last_put(past: &Past, target: &Target, alarm: &str) -> Option<MetricAlarm> {
    let puts = changes_of(past, target, "PutMetricAlarm");
    let put = puts.into_iter().rev().find(|put| put.text("alarmName") == Some(alarm))?;
    let arn = format!("arn:aws:cloudwatch:{}:{}:alarm:{alarm}", target.region, target.account);
    let bare = serde_json::json!({ "AlarmName": alarm, "AlarmArn": arn, "StateValue": "OK" });
    as_set(bare, &put.request)
}

impl Then<'_> {
    /// Every alarm of the chain is taken to be OK: what a state of then did is known from its
    /// history.
    pub(super) fn alarm(&self, then: &mut Snapshot, target: &Target, name: &str, at: Timestamp) {
        let Some(seen) = then.targets.get_mut(target) else { return };
        let Some(alarms) = seen.alarms.seen_mut() else { return };
        if let Some(above) = alarms.composite_alarms.get_mut(name) {
            above.state_value = "OK".to_owned();
            above.state_transitioned_timestamp = None;
            let put =
                |change: &Change| change.name == "PutCompositeAlarm" && is_of(change, target, name);
            match (self.before(at, put), self.after(at, put)) {
                (_, None) => {}
                (Some(before), Some(_)) if before.text("alarmRule").is_some() => {
                    above.alarm_rule = before.text("alarmRule").unwrap_or_default().to_owned();
                }
                (_, Some(later)) => seen.alarms = unknown(later),
            }
            return;
        }
        let Some(alarm) = alarms.metric_alarms.get_mut(name) else { return };
        alarm.state_value = "OK".to_owned();
        alarm.state_transitioned_timestamp = None;
        alarm.state_updated_timestamp = None;
        let history = observed_history(self.past, target, name);
        if created_after(history, at) {
            alarms.metric_alarms.remove(name);
            return;
        }
        match self.settings(alarm, target, at, history) {
            Ok(Some(before)) => *alarm = before,
            Ok(None) => {}
            Err(later) => {
                seen.alarms = unknown(later);
                return;
            }
        }
        if let Some(on) = self.actions_enabled(target, name, at) {
            alarm.actions_enabled = on;
        }
    }

    /// The alarm as set then; nothing if it is as today.
    fn settings(
        &self,
        today: &MetricAlarm,
        target: &Target,
        at: Timestamp,
        history: &[AlarmHistoryItem],
    ) -> Result<Option<MetricAlarm>, &Change> {
        let name = &today.alarm_name;
        let put = |change: &Change| {
            ["PutMetricAlarm", "DeleteAlarms"].contains(&change.name.as_str())
                && is_of(change, target, name)
        };
        let Some(later) = self.after(at, put) else { return Ok(None) };
        let whole = |change: &&Change| {
            change.name == "PutMetricAlarm" && !change.request["evaluationPeriods"].is_null()
        };
        let json = serde_json::to_value(today).unwrap_or_default();
        let before = match self.before(at, put).filter(whole) {
            Some(before) => as_set(json, &before.request),
            None => taken_back(json, history, at),
        };
        before.map(Some).ok_or(later)
    }

    /// The last that switched the alarm's actions, on or off, until then.
    fn actions_enabled(&self, target: &Target, name: &str, at: Timestamp) -> Option<bool> {
        let switches = |change: &Change| {
            matches!(change.name.as_str(), "DisableAlarmActions" | "EnableAlarmActions")
                && is_of(change, target, name)
        };
        let put = |change: &Change| {
            switches(change) || (change.name == "PutMetricAlarm" && is_of(change, target, name))
        };
        match self.before(at, put) {
            Some(last) if switches(last) => Some(last.name == "EnableAlarmActions"),
            Some(_) => None,
            // Nobody switches off what is off.
            None => {
                self.after(at, put).filter(|next| next.name == "DisableAlarmActions").map(|_| true)
            }
        }
    }
}

/// Whether the alarm was made after this moment.
fn created_after(history: &[AlarmHistoryItem], at: Timestamp) -> bool {
    let mut made = history.iter().filter(|item| {
        item.history_item_type == "ConfigurationUpdate"
            && item.history_summary.ends_with(" created")
    });
    let gone = |item: &AlarmHistoryItem| item.history_summary.ends_with(" deleted");
    made.any(|item| item.timestamp > at)
        && !history.iter().any(|item| item.timestamp <= at || gone(item))
}

/// An alarm with other settings: all of those that the request sets, and no others.
fn as_set(mut alarm: Value, request: &Value) -> Option<MetricAlarm> {
    let fields = alarm.as_object_mut()?;
    for name in MetricAlarm::SETTINGS {
        fields.remove(name);
    }
    fields.insert("ActionsEnabled".to_owned(), Value::Bool(true));
    for (name, value) in request.as_object()? {
        let name = pascal_name(name);
        if MetricAlarm::SETTINGS.contains(&name.as_str()) && !value.is_null() {
            fields.insert(name, pascal(value));
        }
    }
    serde_json::from_value(alarm).ok()
}

/// An alarm with the updates after a moment taken back, from the old values that its history keeps;
/// nothing where there is no such update, or one that does not say.
fn taken_back(
    mut alarm: Value,
    history: &[AlarmHistoryItem],
    at: Timestamp,
) -> Option<MetricAlarm> {
    let mut updates: Vec<&AlarmHistoryItem> = history
        .iter()
        .filter(|item| item.history_item_type == "ConfigurationUpdate" && item.timestamp > at)
        .collect();
    updates.sort_by_key(|item| std::cmp::Reverse(item.timestamp));
    if updates.is_empty() {
        return None;
    }
    let fields = alarm.as_object_mut()?;
    for update in updates {
        let whole: Value = serde_json::from_str(update.history_data.as_deref()?).ok()?;
        for (name, value) in whole["originalUpdatedFields"].as_object()? {
            let (name, value) = setting(name, value);
            if !MetricAlarm::SETTINGS.contains(&name.as_str()) {
                continue;
            }
            if name == "Statistic" {
                fields.remove("ExtendedStatistic");
            }
            fields.insert(name, value);
        }
    }
    serde_json::from_value(alarm).ok()
}

/// A setting as the history spells it: the statistic stands under `extendedStatistic` in capitals,
/// and `okactions` is all lower case (captured).
fn setting(name: &str, value: &Value) -> (String, Value) {
    let statistics = ["Average", "Maximum", "Minimum", "SampleCount", "Sum"];
    let statistic = statistics.into_iter().find(|statistic| {
        let plain = value.as_str().unwrap_or_default().replace('_', "");
        statistic.eq_ignore_ascii_case(&plain)
    });
    match (name, statistic) {
        ("extendedStatistic", Some(statistic)) => ("Statistic".to_owned(), statistic.into()),
        ("okactions", _) => ("OKActions".to_owned(), value.clone()),
        _ => (pascal_name(name), pascal(value)),
    }
}
