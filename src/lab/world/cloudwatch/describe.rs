//! What alarms there are: `DescribeAlarms`, `DescribeAlarmsForMetric`.

use secmon_core::snapshot::{Dimension, Metric, MetricAlarm, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use super::composite::name_in;
use super::rule::Rule;
use super::{MetricKey, StoredAlarm, paged, refused};
use crate::world::World;
use crate::world::call::{ApiError, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeAlarms {
    #[serde(default)]
    alarm_names: Vec<String>,
    alarm_name_prefix: Option<String>,
    #[serde(default)]
    alarm_types: Vec<String>,
    children_of_alarm_name: Option<String>,
    parents_of_alarm_name: Option<String>,
    state_value: Option<String>,
    action_prefix: Option<String>,
    max_records: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribeAlarmsForMetric {
    metric_name: String,
    namespace: String,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    period: Option<i32>,
    unit: Option<String>,
}

const LISTS: [(&str, &str); 3] = [
    ("MetricAlarm", "MetricAlarms"),
    ("CompositeAlarm", "CompositeAlarms"),
    ("LogAlarm", "LogAlarms"),
];

impl World {
    /// Only metric alarms are told unless `AlarmTypes` names the others.
    pub(super) fn describe_alarms(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: DescribeAlarms = call.input()?;
        if !input.alarm_names.is_empty() && input.alarm_name_prefix.is_some() {
            return Err(refused("AlarmNamePrefix and AlarmNames are mutually exclusive"));
        }
        let target = &call.target;
        let related = match (&input.children_of_alarm_name, &input.parents_of_alarm_name) {
            (Some(parent), _) => Some(self.children(target, name_in(parent))),
            (None, Some(child)) => Some(self.parents(target, name_in(child))),
            (None, None) => None,
        };
        let wanted = |name: &str, alarm: &StoredAlarm| {
            let kind = alarm.kind();
            let of_type = match input.alarm_types.as_slice() {
                [] => kind == "MetricAlarm",
                types => types.iter().any(|wanted| wanted == kind),
            };
            let names = &input.alarm_names;
            let acts = |prefix: &String| {
                let states = [
                    secmon_core::alarm::AlarmState::Ok,
                    secmon_core::alarm::AlarmState::Alarm,
                    secmon_core::alarm::AlarmState::InsufficientData,
                ];
                let mut actions = states.iter().flat_map(|state| alarm.actions(*state));
                actions.any(|action| action.starts_with(prefix.as_str()))
            };
            match &related {
                Some(related) => related.iter().any(|it| it == name),
                None => {
                    of_type
                        && (names.is_empty() || names.iter().any(|it| it == name))
                        && input.alarm_name_prefix.as_ref().is_none_or(|it| name.starts_with(it))
                        && input.state_value.as_ref().is_none_or(|it| alarm.state().as_str() == it)
                        && input.action_prefix.as_ref().is_none_or(acts)
                }
            }
        };
        let alarms = &self.place(target).cloudwatch.alarms;
        let mut found: Vec<(&str, Value)> = Vec::new();
        for (kind, list) in LISTS {
            let of_kind = alarms.iter().filter(|(_, alarm)| alarm.kind() == kind);
            let wanted = of_kind.filter(|(name, alarm)| wanted(name, alarm));
            found.extend(wanted.map(|(name, alarm)| match related {
                Some(_) => (list, self.brief(target, name, alarm)),
                None => (list, self.described(target, name, alarm)),
            }));
        }
        let (page, next) = paged(call, found, input.max_records.unwrap_or(50))?;
        let mut answer = json!({"MetricAlarms": [], "CompositeAlarms": [], "LogAlarms": []});
        for (list, alarm) in page {
            if let Some(alarms) = answer[list].as_array_mut() {
                alarms.push(alarm);
            }
        }
        if let Some(next) = next {
            answer["NextToken"] = json!(next);
        }
        Ok(answer)
    }

    /// Of children and parents no more is told.
    fn brief(&self, target: &Target, name: &str, alarm: &StoredAlarm) -> Value {
        let since = self.child(target, name).map(|child| child.since);
        json!({
            "AlarmName": name,
            "AlarmArn": alarm.arn(),
            "StateValue": alarm.state(),
            "StateUpdatedTimestamp": since,
        })
    }

    fn children(&self, target: &Target, parent: &str) -> Vec<String> {
        let Some(StoredAlarm::Composite(alarm)) = self.alarm(target, parent) else {
            return Vec::new();
        };
        let rule = Rule::parse(&alarm.alarm_rule);
        let names = rule.iter().flat_map(Rule::names);
        names.map(str::to_owned).collect()
    }

    pub(super) fn parents(&self, target: &Target, child: &str) -> Vec<String> {
        let names = self.place(target).cloudwatch.alarms.keys();
        let parents = names.filter(|name| self.children(target, name).iter().any(|it| it == child));
        parents.cloned().collect()
    }

    fn described(&self, target: &Target, name: &str, alarm: &StoredAlarm) -> Value {
        let workings = self.place(target).cloudwatch.workings.get(name);
        let mut described = match alarm {
            StoredAlarm::Metric(alarm) => json!(alarm),
            StoredAlarm::Composite(alarm) => json!(alarm),
            StoredAlarm::Log(alarm) => json!(alarm),
        };
        // AWS shows empty lists.
        let lists = ["OKActions", "AlarmActions", "InsufficientDataActions"];
        for list in
            lists.into_iter().chain(matches!(alarm, StoredAlarm::Metric(_)).then_some("Dimensions"))
        {
            if described[list].is_null() {
                described[list] = json!([]);
            }
        }
        if let Some(workings) = workings {
            if let Some(data) = &workings.reason_data {
                described["StateReasonData"] = json!(data);
            }
            if !matches!(alarm, StoredAlarm::Metric(_)) {
                described["StateReason"] = json!(workings.reason);
                described["StateUpdatedTimestamp"] = json!(workings.state_updated);
                described["AlarmConfigurationUpdatedTimestamp"] =
                    json!(workings.configuration_updated);
            }
        }
        described
    }

    /// The dimensions must be the whole set, in any order; a unit or statistic that differs finds
    /// nothing (captured 2026-09-14). Alarms on metric math are never found.
    pub(super) fn describe_alarms_for_metric(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: DescribeAlarmsForMetric = call.input()?;
        let key = MetricKey::from(&Metric {
            namespace: Some(input.namespace),
            metric_name: Some(input.metric_name),
            dimensions: input.dimensions,
        });
        let same = |asked: &Option<String>, own: &Option<String>| asked.is_none() || asked == own;
        let watches = |alarm: &MetricAlarm| {
            let own = MetricKey::from(&Metric {
                namespace: alarm.namespace.clone(),
                metric_name: alarm.metric_name.clone(),
                dimensions: alarm.dimensions.clone(),
            });
            own == key
                && same(&input.statistic, &alarm.statistic)
                && same(&input.extended_statistic, &alarm.extended_statistic)
                && same(&input.unit, &alarm.unit)
                && (input.period.is_none() || input.period == alarm.period)
        };
        let alarms = self.place(&call.target).cloudwatch.alarms.iter();
        let found = alarms
            .filter(|(_, alarm)| matches!(alarm, StoredAlarm::Metric(alarm) if watches(alarm)));
        let found: Vec<Value> =
            found.map(|(name, alarm)| self.described(&call.target, name, alarm)).collect();
        Ok(json!({"MetricAlarms": found}))
    }
}
