//! What is done to alarms that are there: deleted, switched on and off, set.

use secmon_core::alarm::AlarmState;
use secmon_core::alarm::history::{self, Configured};
use secmon_core::snapshot::Target;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{StoredAlarm, invalid_value, refused};
use crate::world::World;
use crate::world::agenda::Due;
use crate::world::call::{ApiError, Call};

impl World {
    /// Deletes alarms; names that no alarm has are passed over. One that a composite alarm depends on
    /// stays.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html>
    pub(super) fn delete_alarms(&mut self, call: &Call) -> Result<Value, ApiError> {
        let names = alarm_names(call)?;
        let target = &call.target;
        let of_kind = |kind: &str| {
            let known = names.iter().filter_map(|name| self.alarm(target, name));
            known.filter(|alarm| alarm.kind() == kind).count()
        };
        if of_kind("CompositeAlarm") > 1 {
            return Err(refused("No more than one composite alarm can be deleted at once"));
        }
        if of_kind("LogAlarm") > 0 && names.len() > 1 {
            return Err(refused("Log alarms cannot be deleted together with others"));
        }
        for name in &names {
            let mut parents = self.parents(target, name);
            parents.retain(|parent| !names.contains(parent));
            if !parents.is_empty() {
                let parents = parents.join(", ");
                return Err(refused(format!(
                    "Alarm {name} cannot be deleted: composite alarms [{parents}] depend on it"
                )));
            }
        }
        for name in names {
            self.forget_alarm(target, &name);
        }
        Ok(json!({}))
    }

    fn forget_alarm(&mut self, target: &Target, name: &str) {
        let now = self.now;
        let cloudwatch = &mut self.place_mut(target).cloudwatch;
        cloudwatch.workings.remove(name);
        let Some(alarm) = cloudwatch.alarms.remove(name) else { return };
        cloudwatch.tags.remove(alarm.arn());
        let item = match &alarm {
            StoredAlarm::Metric(alarm) => history::deleted(Configured::Metric(alarm), now),
            StoredAlarm::Composite(alarm) => history::deleted(Configured::Composite(alarm), now),
            StoredAlarm::Log(_) => return,
        };
        self.note(target, name, alarm.kind(), item);
        self.agenda.drop_where(|due| is_of(due, target, name));
    }

    /// Names that no alarm has are passed over (captured 2026-09-14).
    pub(super) fn set_alarm_actions(
        &mut self,
        call: &Call,
        enabled: bool,
    ) -> Result<Value, ApiError> {
        let (now, target) = (self.now, &call.target);
        for name in alarm_names(call)? {
            let Some(before) = self.alarm(target, &name).cloned() else { continue };
            if before.actions_enabled() == enabled {
                continue;
            }
            let mut after = before.clone();
            let item = match (&before, &mut after) {
                (StoredAlarm::Metric(before), StoredAlarm::Metric(after)) => {
                    after.actions_enabled = enabled;
                    after.alarm_configuration_updated_timestamp = Some(now);
                    Some(history::updated(
                        Configured::Metric(before),
                        Configured::Metric(after),
                        now,
                    ))
                }
                (StoredAlarm::Composite(before), StoredAlarm::Composite(after)) => {
                    after.actions_enabled = enabled;
                    Some(history::updated(
                        Configured::Composite(before),
                        Configured::Composite(after),
                        now,
                    ))
                }
                (_, StoredAlarm::Log(after)) => {
                    after.actions_enabled = enabled;
                    None
                }
                _ => None,
            };
            self.workings(target, &name).configuration_updated = now;
            if let Some(item) = item {
                self.note(target, &name, after.kind(), item);
            }
            self.place_mut(target).cloudwatch.alarms.insert(name, after);
        }
        Ok(json!({}))
    }

    /// Sets the state until the next evaluation; the same state changes nothing (captured
    /// 2026-09-14).
    pub(super) fn set_alarm_state(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = call.text("AlarmName").unwrap_or_default();
        if self.alarm(&call.target, name).is_none() {
            return Err(ApiError::new("ResourceNotFound", String::new()));
        }
        let state = call.text("StateValue").unwrap_or_default();
        let state: AlarmState = state.parse().map_err(|_| {
            invalid_value(format!("The value {state} for parameter StateValue is not supported."))
        })?;
        let reason = call.text("StateReason").unwrap_or_default().to_owned();
        let data = call.text("StateReasonData").map(str::to_owned);
        if data.as_ref().is_some_and(|data| serde_json::from_str::<Value>(data).is_err()) {
            let message = "StateReasonData is not valid JSON";
            return Err(ApiError::new("InvalidFormatFault", message));
        }
        self.change_state(&call.target, name, state, reason, data);
        self.wake_alarm(&call.target, name);
        Ok(json!({}))
    }
}

fn alarm_names(call: &Call) -> Result<Vec<String>, ApiError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        alarm_names: Vec<String>,
    }
    Ok(call.input::<Input>()?.alarm_names)
}

pub(super) fn is_of(due: &Due, target: &Target, name: &str) -> bool {
    match due {
        Due::EvaluateAlarm { target: place, alarm }
        | Due::RunActions { target: place, alarm }
        | Due::ReleaseActions { target: place, alarm } => place == target && alarm == name,
        _ => false,
    }
}
