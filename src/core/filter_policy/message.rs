//! The JSON that an alarm publishes when it goes to ALARM, with what of it is not known beforehand.
//!
//! The message is the one that [`Notification`](crate::alarm::Notification) publishes; a value that
//! depends on the moment, or of which no record shows the form, is kept as not known.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::Found;
use crate::alarm::{self, AlarmState, Transition};
use crate::snapshot::{Arn, CompositeAlarm, LogAlarm, MetricAlarm};

/// What is known of the body of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageBody {
    value: Value,
    /// Why a value is not known, by path such as `Trigger.Unit`.
    not_known: BTreeMap<String, &'static str>,
}

const CHANGES: &str = "it differs from message to message";
const FORM: &str = "no record shows how AWS writes it";

/// Stands for the transition that will be: its moment and reason are not known.
const TO_ALARM: Transition<'_> = Transition {
    old: AlarmState::Ok,
    new: AlarmState::Alarm,
    reason: "",
    at: Timestamp::UNIX_EPOCH,
};

impl MessageBody {
    /// A message whose body is known to the last value.
    ///
    /// ```
    /// use secmon_core::filter_policy::{FilterPolicy, MessageBody, Passage};
    ///
    /// let message = MessageBody::exactly(serde_json::json!({"kind": "keep"}));
    /// assert_eq!(FilterPolicy::parse(r#"{"kind": ["keep"]}"#)?.passes(&message), Passage::Passes);
    /// # Ok::<(), secmon_core::filter_policy::FilterPolicyError>(())
    /// ```
    pub fn exactly(value: Value) -> Self {
        Self { value, not_known: BTreeMap::new() }
    }

    /// The event that an EventBridge rule sends on as it is.
    pub fn of_event(event: Value) -> Self {
        let mut body = Self::exactly(event);
        body.unsure("id", CHANGES);
        body.unsure("time", CHANGES);
        body
    }

    /// The message of a metric alarm that goes to ALARM because of one read.
    pub fn of_alarm(alarm: &MetricAlarm) -> Self {
        let mut body = Self::of_any(alarm::alarm_body(alarm, TO_ALARM), &alarm.alarm_arn);
        body.unsure("AlarmConfigurationUpdatedTimestamp", CHANGES);
        if alarm.treat_missing_data.as_deref() != Some("notBreaching") {
            body.unsure("OldStateValue", "between reads it may be OK or INSUFFICIENT_DATA");
        }
        let settings = [
            ("Trigger.MetricName", alarm.metric_name.is_some()),
            ("Trigger.Namespace", alarm.namespace.is_some()),
            ("Trigger.Period", alarm.period.is_some()),
            ("Trigger.EvaluationPeriods", alarm.evaluation_periods.is_some()),
            ("Trigger.ComparisonOperator", alarm.comparison_operator.is_some()),
            ("Trigger.Threshold", alarm.threshold.is_some()),
            // Messages from before 2022 have an empty text, or the line of the mail.
            ("Trigger.TreatMissingData", alarm.treat_missing_data.is_some()),
        ];
        match alarm.metrics.is_empty() {
            true => settings.iter().filter(|(_, set)| !set).for_each(|(path, _)| {
                body.unsure(path, FORM);
            }),
            false => body.unsure("Trigger", FORM),
        }
        body
    }

    /// The message of a composite alarm that goes to ALARM because of one read.
    pub fn of_composite(alarm: &CompositeAlarm) -> Self {
        let mut body = Self::of_any(alarm::composite_body(alarm, TO_ALARM, &[]), &alarm.alarm_arn);
        body.unsure("OldStateValue", "it may be OK or INSUFFICIENT_DATA");
        body.unsure("TriggeringChildren", CHANGES);
        body
    }

    /// The message of a log alarm that goes to ALARM: of its form only what every alarm's message
    /// has is on record.
    pub fn of_log_alarm(alarm: &LogAlarm) -> Self {
        let known = serde_json::json!({
            "AlarmName": alarm.alarm_name,
            "AWSAccountId": alarm.alarm_arn.account(),
            "NewStateValue": "ALARM",
            "AlarmArn": alarm.alarm_arn,
        });
        let mut body = Self::of_any(known, &alarm.alarm_arn);
        for path in ["OldStateValue", "AlarmDescription", "Trigger", "Region"] {
            body.unsure(path, FORM);
        }
        body
    }

    fn of_any(value: Value, arn: &Arn) -> Self {
        let mut body = Self { value, not_known: BTreeMap::new() };
        body.unsure("NewStateReason", CHANGES);
        body.unsure("StateChangeTime", CHANGES);
        if alarm::long_name(arn.region()).is_none() {
            body.unsure("Region", "it is the Region's long name, which is not recorded");
        }
        body
    }

    fn unsure(&mut self, path: &str, why: &'static str) {
        self.not_known.insert(path.to_owned(), why);
    }

    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// What `inside` holds under a name; `path` is where that is from the top.
    pub(super) fn inside<'a>(&'a self, inside: Found<'a>, name: &str, path: &str) -> Found<'a> {
        if let Some(why) = self.not_known.get(path) {
            return Found::NotKnown(why);
        }
        match inside {
            Found::Value(value) => value.get(name).map_or(Found::Missing, Found::Value),
            nothing => nothing,
        }
    }
}
