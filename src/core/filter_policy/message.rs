//! The JSON that an alarm publishes when it goes to ALARM.
//!
//! Fields and their values are those of captured messages (captured on AWS in September 2026). A value
//! that depends on the moment, or of which no capture shows the form, is kept as not known.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Found;
use crate::snapshot::{CompositeAlarm, MetricAlarm};

/// What is known of the body of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageBody {
    value: Value,
    /// Why a value is not known, by path such as `Trigger.Unit`.
    not_known: BTreeMap<String, &'static str>,
}

const CHANGES: &str = "it differs from message to message";
const FORM: &str = "no record shows how AWS writes it";

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

    /// The message of a metric alarm that goes to ALARM because of one read.
    pub fn of_alarm(alarm: &MetricAlarm) -> Self {
        let mut body = Self::of_any(
            &alarm.alarm_name,
            &alarm.alarm_arn,
            alarm.alarm_description.as_deref(),
            [&alarm.ok_actions, &alarm.alarm_actions, &alarm.insufficient_data_actions],
        );
        body.unsure("AlarmConfigurationUpdatedTimestamp", CHANGES);
        match alarm.treat_missing_data.as_deref() {
            Some("notBreaching") => body.set("OldStateValue", json!("OK")),
            _ => body.unsure("OldStateValue", "between reads it may be OK or INSUFFICIENT_DATA"),
        }
        match alarm.metrics.is_empty() {
            true => body.trigger(alarm),
            false => body.unsure("Trigger", FORM),
        }
        body
    }

    /// The message of a composite alarm that goes to ALARM because of one read.
    pub fn of_composite(alarm: &CompositeAlarm) -> Self {
        let mut body = Self::of_any(
            &alarm.alarm_name,
            &alarm.alarm_arn,
            alarm.alarm_description.as_deref(),
            [&alarm.ok_actions, &alarm.alarm_actions, &alarm.insufficient_data_actions],
        );
        body.unsure("OldStateValue", "it may be OK or INSUFFICIENT_DATA");
        body.set("AlarmRule", json!(alarm.alarm_rule));
        body.unsure("TriggeringChildren", CHANGES);
        body
    }

    fn of_any(
        name: &str,
        arn: &crate::snapshot::Arn,
        description: Option<&str>,
        [ok, alarm, insufficient_data]: [&Vec<String>; 3],
    ) -> Self {
        let mut body = Self { value: Value::Object(Map::new()), not_known: BTreeMap::new() };
        body.set("AlarmName", json!(name));
        match description {
            Some(description) => body.set("AlarmDescription", json!(description)),
            None => body.unsure("AlarmDescription", FORM),
        }
        body.set("AWSAccountId", json!(arn.account()));
        body.set("NewStateValue", json!("ALARM"));
        body.unsure("NewStateReason", CHANGES);
        body.unsure("StateChangeTime", CHANGES);
        match arn.region() {
            "us-east-1" => body.set("Region", json!("US East (N. Virginia)")),
            _ => body.unsure("Region", "it is the Region's long name, recorded for us-east-1 only"),
        }
        body.set("AlarmArn", json!(arn.as_str()));
        body.set("ActionExecutedAfterMuteWindow", json!(false));
        body.set("OKActions", json!(ok));
        body.set("AlarmActions", json!(alarm));
        body.set("InsufficientDataActions", json!(insufficient_data));
        body
    }

    fn trigger(&mut self, alarm: &MetricAlarm) {
        self.set("Trigger", json!({}));
        self.set_or_unsure("Trigger.MetricName", alarm.metric_name.as_ref().map(|it| json!(it)));
        self.set_or_unsure("Trigger.Namespace", alarm.namespace.as_ref().map(|it| json!(it)));
        let statistic = match alarm.statistic.as_deref() {
            Some("Sum") => Some("SUM"),
            Some("Average") => Some("AVERAGE"),
            _ => None,
        };
        self.set_or_unsure("Trigger.StatisticType", statistic.map(|_| json!("Statistic")));
        self.set_or_unsure("Trigger.Statistic", statistic.map(|it| json!(it)));
        self.set_or_unsure("Trigger.Unit", alarm.unit.is_none().then_some(Value::Null));
        let no_dimensions = alarm.dimensions.is_empty().then(|| json!([]));
        self.set_or_unsure("Trigger.Dimensions", no_dimensions);
        self.set_or_unsure("Trigger.Period", alarm.period.map(|it| json!(it)));
        self.set_or_unsure(
            "Trigger.EvaluationPeriods",
            alarm.evaluation_periods.map(|it| json!(it)),
        );
        if let Some(datapoints) = alarm.datapoints_to_alarm {
            self.set("Trigger.DatapointsToAlarm", json!(datapoints));
        }
        let operator = alarm.comparison_operator.as_ref();
        self.set_or_unsure("Trigger.ComparisonOperator", operator.map(|it| json!(it)));
        self.set_or_unsure("Trigger.Threshold", alarm.threshold.map(|it| json!(it)));
        let missing = alarm.treat_missing_data.as_ref();
        self.set_or_unsure("Trigger.TreatMissingData", missing.map(|it| json!(it)));
        let percentile = alarm.evaluate_low_sample_count_percentile.is_none().then(|| json!(""));
        self.set_or_unsure("Trigger.EvaluateLowSampleCountPercentile", percentile);
    }

    fn set(&mut self, path: &str, value: Value) {
        let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
        let parent = match parent {
            "" => Some(&mut self.value),
            name => self.value.get_mut(name),
        };
        if let Some(Value::Object(fields)) = parent {
            fields.insert(name.to_owned(), value);
        }
    }

    fn unsure(&mut self, path: &str, why: &'static str) {
        self.not_known.insert(path.to_owned(), why);
    }

    fn set_or_unsure(&mut self, path: &str, value: Option<Value>) {
        match value {
            Some(value) => self.set(path, value),
            None => self.unsure(path, FORM),
        }
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
