//! Composite alarms: their state follows others', and a suppressor may hold their actions back.
//!
//! When a composite alarm goes to ALARM it waits for its suppressor as long as the wait period
//! says; while the suppressor is in ALARM, and for the extension period after, nothing is done.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html>

use std::collections::BTreeSet;

use jiff::SignedDuration;
use secmon_core::alarm::history::{self, Configured};
use secmon_core::alarm::{AlarmState, Cause, Child, composite_reason, composite_reason_data};
use secmon_core::snapshot::{Arn, CompositeAlarm, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use super::alarm::{check_actions, other_type};
use super::rule::Rule;
use super::tag::{Tag, checked_tags};
use super::{Change, StoredAlarm, StoredChild, refused};
use crate::world::World;
use crate::world::call::{ApiError, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutCompositeAlarm {
    alarm_name: String,
    alarm_description: Option<String>,
    alarm_rule: String,
    actions_enabled: Option<bool>,
    #[serde(default, rename = "OKActions")]
    ok_actions: Vec<String>,
    #[serde(default)]
    alarm_actions: Vec<String>,
    #[serde(default)]
    insufficient_data_actions: Vec<String>,
    actions_suppressor: Option<String>,
    actions_suppressor_wait_period: Option<i32>,
    actions_suppressor_extension_period: Option<i32>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// As many alarms as a rule may name.
const MOST_NAMES: usize = 100;
/// As many children as AWS tells.
const MOST_CHILDREN: usize = 10;

impl World {
    pub(super) fn put_composite_alarm(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: PutCompositeAlarm = call.input()?;
        let (name, target, now) = (input.alarm_name.as_str(), &call.target, self.now);
        check_actions([&input.ok_actions, &input.alarm_actions, &input.insufficient_data_actions])?;
        let tags = checked_tags(input.tags)?;
        let before = match self.alarm(target, name) {
            Some(StoredAlarm::Composite(alarm)) => Some(alarm.clone()),
            Some(_) => return Err(other_type(name)),
            None => None,
        };
        let rule = Rule::parse(&input.alarm_rule).filter(|_| input.alarm_rule.len() <= 10_240);
        let Some(rule) = rule else {
            return Err(refused("Unable to parse AlarmRule"));
        };
        if rule.names().len() > MOST_NAMES {
            return Err(refused(format!("AlarmRule names more than {MOST_NAMES} alarms")));
        }
        let suppressor = input.actions_suppressor.as_deref();
        let named = rule.names().into_iter().chain(suppressor.map(name_in));
        let missing: Vec<&str> =
            named.filter(|child| *child != name && self.alarm(target, child).is_none()).collect();
        if !missing.is_empty() {
            return Err(refused(format!(
                "Could not save the composite alarm as alarms [{}] in the alarm rule do not exist",
                missing.join(", ")
            )));
        }
        let periods =
            [input.actions_suppressor_wait_period, input.actions_suppressor_extension_period];
        if suppressor.is_some() && periods.iter().any(Option::is_none) {
            return Err(refused(
                "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required with \
                 ActionsSuppressor",
            ));
        }
        let arn = Arn::of_resource("cloudwatch", target, &format!("alarm:{name}"));
        let blank = || blank_composite(name, arn.clone(), &input.alarm_rule);
        let state = before.clone().unwrap_or_else(blank);
        let alarm = CompositeAlarm {
            alarm_description: input.alarm_description,
            alarm_rule: input.alarm_rule.clone(),
            actions_enabled: input.actions_enabled.unwrap_or(true),
            alarm_actions: input.alarm_actions,
            ok_actions: input.ok_actions,
            insufficient_data_actions: input.insufficient_data_actions,
            actions_suppressor: input.actions_suppressor,
            actions_suppressor_wait_period: input.actions_suppressor_wait_period,
            actions_suppressor_extension_period: input.actions_suppressor_extension_period,
            ..state
        };
        let item = match &before {
            None => history::created(Configured::Composite(&alarm), now),
            Some(before) => {
                let (before, after) =
                    (Configured::Composite(before), Configured::Composite(&alarm));
                if history::is_identical(before, after) {
                    return Ok(json!({}));
                }
                history::updated(before, after, now)
            }
        };
        if before.is_none() {
            self.new_workings(target, name, &arn, tags);
        }
        let stored = StoredAlarm::Composite(alarm);
        self.note(target, name, stored.kind(), item);
        self.workings(target, name).configuration_updated = now;
        self.place_mut(target).cloudwatch.alarms.insert(name.to_owned(), stored);
        let cause = if before.is_none() { Cause::Created } else { Cause::Updated };
        let mut seen = BTreeSet::from([name.to_owned()]);
        if let Some(old) = self.follow_rule(target, name, cause) {
            self.pass_on(target, name, old, &mut seen);
        }
        Ok(json!({}))
    }

    /// Evaluates the rule of a composite alarm; the state before, if it changed.
    fn follow_rule(&mut self, target: &Target, name: &str, cause: Cause<'_>) -> Option<AlarmState> {
        let StoredAlarm::Composite(alarm) = self.alarm(target, name)? else { return None };
        let rule = Rule::parse(&alarm.alarm_rule)?;
        let state_of = |child: &str| self.alarm(target, child).map(StoredAlarm::state);
        let state = match rule.holds(&state_of) {
            true => AlarmState::Alarm,
            false => AlarmState::Ok,
        };
        let reason = composite_reason(&alarm.alarm_arn, state, cause);
        let children = rule.names();
        let children = children.iter().filter_map(|child| self.child(target, child));
        // Those that speak for the state; AWS's page says no more than that there are ten at most.
        let speaks = |child: &StoredChild| {
            (child.value == AlarmState::Alarm) == (state == AlarmState::Alarm)
        };
        let triggering: Vec<StoredChild> = children.filter(speaks).take(MOST_CHILDREN).collect();
        let told: Vec<Child> = triggering.iter().map(Child::from).collect();
        let data = composite_reason_data(&told);
        self.set_state(target, name, state, reason, Some(data), triggering)
    }

    pub(super) fn child(&self, target: &Target, name: &str) -> Option<StoredChild> {
        let alarm = self.alarm(target, name)?;
        let workings = self.place(target).cloudwatch.workings.get(name);
        let timestamp = match alarm {
            StoredAlarm::Metric(alarm) => alarm.state_updated_timestamp,
            _ => workings.map(|workings| workings.state_updated),
        };
        let since = timestamp.unwrap_or(self.now);
        Some(StoredChild { arn: alarm.arn().clone(), value: alarm.state(), since })
    }

    /// An alarm changed its state: those whose rules name it follow, those that it suppresses
    /// notice.
    pub(super) fn pass_on(
        &mut self,
        target: &Target,
        name: &str,
        old: AlarmState,
        seen: &mut BTreeSet<String>,
    ) {
        let Some(child) = self.child(target, name) else { return };
        let alarms = &self.place(target).cloudwatch.alarms;
        let composites = alarms.iter().filter_map(|(parent, alarm)| match alarm {
            StoredAlarm::Composite(alarm) => Some((parent.clone(), alarm)),
            _ => None,
        });
        let mut parents = Vec::new();
        let mut suppressed = Vec::new();
        for (parent, alarm) in composites {
            if Rule::parse(&alarm.alarm_rule).is_some_and(|rule| rule.names().contains(&name)) {
                parents.push(parent.clone());
            }
            if alarm.actions_suppressor.as_deref().map(name_in) == Some(name) {
                suppressed.push(parent);
            }
        }
        for parent in suppressed {
            self.suppressor_changed(target, &parent, old, child.value);
        }
        for parent in parents {
            if !seen.insert(parent.clone()) {
                continue;
            }
            let cause = Child::from(&child);
            if let Some(old) = self.follow_rule(target, &parent, Cause::Transition(&cause)) {
                self.pass_on(target, &parent, old, seen);
            }
        }
    }

    fn suppressor_changed(
        &mut self,
        target: &Target,
        name: &str,
        old: AlarmState,
        new: AlarmState,
    ) {
        let Some(StoredAlarm::Composite(alarm)) = self.alarm(target, name) else { return };
        let extension = alarm.actions_suppressor_extension_period.unwrap_or(0);
        match (old, new) {
            (_, AlarmState::Alarm) => self.workings(target, name).waits = None,
            (AlarmState::Alarm, _) if extension > 0 => {
                self.wait(target, name, "ExtensionPeriod", extension);
            }
            (AlarmState::Alarm, _) => self.release_actions(target, name),
            _ => {}
        }
        self.show_suppression(target, name);
    }

    fn wait(&mut self, target: &Target, name: &str, kind: &str, seconds: i32) {
        let end = self.now.checked_add(SignedDuration::from_secs(i64::from(seconds)));
        let end = end.unwrap_or(jiff::Timestamp::MAX);
        self.workings(target, name).waits = Some((kind.to_owned(), end));
        self.release_at(target, name, end);
    }

    /// Whether a composite alarm's change is to be held back; begins the wait for its suppressor.
    pub(super) fn suppresses(&mut self, target: &Target, name: &str, change: &Change) -> bool {
        let Some(StoredAlarm::Composite(alarm)) = self.alarm(target, name) else { return false };
        if alarm.actions_suppressor.is_none() {
            return false;
        }
        let wait = alarm.actions_suppressor_wait_period.unwrap_or(0);
        if self.is_suppressed(target, name) {
            return true;
        }
        let waits = change.new == AlarmState::Alarm && wait > 0;
        if waits {
            self.wait(target, name, "WaitPeriod", wait);
        }
        waits
    }

    pub(super) fn is_suppressed(&self, target: &Target, name: &str) -> bool {
        self.suppressed_by(target, name).is_some()
    }

    /// `ActionsSuppressedBy`
    fn suppressed_by(&self, target: &Target, name: &str) -> Option<String> {
        let StoredAlarm::Composite(alarm) = self.alarm(target, name)? else { return None };
        let suppressor = self.alarm(target, name_in(alarm.actions_suppressor.as_deref()?))?;
        if suppressor.state() == AlarmState::Alarm {
            return Some("Alarm".to_owned());
        }
        let workings = self.place(target).cloudwatch.workings.get(name)?;
        let (kind, until) = workings.waits.as_ref()?;
        (self.now < *until).then(|| kind.clone())
    }

    /// Writes into the alarm what holds its actions back, while something does.
    pub(super) fn show_suppression(&mut self, target: &Target, name: &str) {
        let holds = self.workings(target, name).held.is_some();
        let by = self.suppressed_by(target, name).filter(|_| holds);
        let suppressor = match self.alarm(target, name) {
            Some(StoredAlarm::Composite(alarm)) => alarm.actions_suppressor.clone(),
            _ => None,
        };
        let state = suppressor.as_deref().and_then(|it| self.alarm(target, name_in(it)));
        let state = state.map(StoredAlarm::state);
        let alarms = &mut self.place_mut(target).cloudwatch.alarms;
        if let Some(StoredAlarm::Composite(alarm)) = alarms.get_mut(name) {
            alarm.actions_suppressed_reason = match (&by, suppressor, state) {
                (Some(_), Some(suppressor), Some(state)) => {
                    Some(format!("Suppressor {suppressor} is in {state} state"))
                }
                _ => None,
            };
            alarm.actions_suppressed_by = by;
        }
    }
}

/// A suppressor may be given by name or ARN.
pub(super) fn name_in(text: &str) -> &str {
    text.rsplit_once(":alarm:").map_or(text, |(_, name)| name)
}

/// A composite alarm that was not there before, without its state.
fn blank_composite(name: &str, arn: Arn, rule: &str) -> CompositeAlarm {
    CompositeAlarm {
        alarm_name: name.to_owned(),
        alarm_arn: arn,
        alarm_description: None,
        alarm_rule: rule.to_owned(),
        actions_enabled: true,
        alarm_actions: Vec::new(),
        ok_actions: Vec::new(),
        insufficient_data_actions: Vec::new(),
        state_value: AlarmState::InsufficientData.to_string(),
        state_transitioned_timestamp: None,
        actions_suppressor: None,
        actions_suppressed_by: None,
        actions_suppressed_reason: None,
        actions_suppressor_wait_period: None,
        actions_suppressor_extension_period: None,
    }
}
