//! Metric alarms: what `PutMetricAlarm` takes and makes of it.

use std::collections::BTreeMap;

use secmon_core::alarm::history::{self, Configured, INITIAL_REASON};
use secmon_core::alarm::{AlarmState, Statistic};
use secmon_core::snapshot::{
    Arn, Dimension, EvaluationWindow, MetricAlarm, MetricDataQuery, Target,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::tag::{Tag, checked_tags};
use super::{StoredAlarm, Workings, invalid_value, refused};
use crate::world::World;
use crate::world::agenda::Due;
use crate::world::call::{ApiError, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutMetricAlarm {
    alarm_name: String,
    alarm_description: Option<String>,
    actions_enabled: Option<bool>,
    #[serde(default, rename = "OKActions")]
    ok_actions: Vec<String>,
    #[serde(default)]
    alarm_actions: Vec<String>,
    #[serde(default)]
    insufficient_data_actions: Vec<String>,
    metric_name: Option<String>,
    namespace: Option<String>,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    period: Option<i32>,
    unit: Option<String>,
    evaluation_periods: Option<i32>,
    datapoints_to_alarm: Option<i32>,
    threshold: Option<f64>,
    comparison_operator: Option<String>,
    treat_missing_data: Option<String>,
    evaluate_low_sample_count_percentile: Option<String>,
    #[serde(default)]
    metrics: Vec<MetricDataQuery>,
    #[serde(default)]
    tags: Vec<Tag>,
    threshold_metric_id: Option<String>,
    evaluation_window: Option<EvaluationWindow>,
}

impl PutMetricAlarm {
    fn check(&self) -> Result<(), ApiError> {
        check_actions([&self.ok_actions, &self.alarm_actions, &self.insufficient_data_actions])?;
        match self.metrics.is_empty() {
            true => self.check_metric()?,
            false => self.check_metrics()?,
        }
        let Some(n) = self.evaluation_periods.filter(|n| *n > 0) else {
            return Err(refused("EvaluationPeriods must be at least 1"));
        };
        if self.datapoints_to_alarm.is_some_and(|m| m < 1 || m > n) {
            return Err(refused(
                "DatapointsToAlarm must be at least 1 and no more than EvaluationPeriods",
            ));
        }
        let periods = self.metrics.iter().filter_map(|query| query.metric_stat.as_ref());
        let periods = periods.map(|stat| stat.period).chain(self.period);
        let period = periods.max().unwrap_or(60);
        if period < 1 || !(matches!(period, 10 | 20 | 30) || period % 60 == 0) {
            return Err(refused("Period must be 10, 20, 30 or a multiple of 60"));
        }
        let (days, longest) = if period >= 3_600 { (7, 604_800) } else { (1, 86_400) };
        if i64::from(period) * i64::from(n) > longest {
            return Err(refused(format!(
                "Metrics cannot be checked across more than {} (EvaluationPeriods * Period must be \
                 <= {longest}).",
                if days == 1 { "a day".to_owned() } else { format!("{days} days") }
            )));
        }
        if self.comparison_operator.is_none() {
            return Err(refused("ComparisonOperator is required"));
        }
        if self.threshold.is_none() == self.threshold_metric_id.is_none() {
            return Err(refused("Exactly one of Threshold and ThresholdMetricId is required"));
        }
        let one_of = |name: &str, value: &Option<String>, known: &[&str]| match value {
            Some(value) if !known.contains(&value.as_str()) => Err(invalid_value(format!(
                "The value {value} for parameter {name} is not supported."
            ))),
            _ => Ok(()),
        };
        let treatments = ["breaching", "notBreaching", "ignore", "missing"];
        one_of("TreatMissingData", &self.treat_missing_data, &treatments)?;
        let low = &self.evaluate_low_sample_count_percentile;
        one_of("EvaluateLowSampleCountPercentile", low, &["evaluate", "ignore"])
    }

    fn check_metric(&self) -> Result<(), ApiError> {
        if self.metric_name.is_none() || self.namespace.is_none() || self.period.is_none() {
            return Err(refused("MetricName, Namespace and Period are required without Metrics"));
        }
        match (&self.statistic, &self.extended_statistic) {
            (Some(_), Some(_)) => Err(refused(
                "PutMetricAlarm request can not be made with both Statistic and ExtendedStatistic \
                 parameters. Only one of them should be present",
            )),
            (None, None) => Err(refused("Statistic or ExtendedStatistic is required")),
            (None, Some(name)) if !is_extended(name) => Err(invalid_value(format!(
                "The value {name} for parameter ExtendedStatistic is not supported."
            ))),
            _ => Ok(()),
        }
    }

    fn check_metrics(&self) -> Result<(), ApiError> {
        let set = [
            ("MetricName", self.metric_name.is_some()),
            ("Namespace", self.namespace.is_some()),
            ("Dimensions", !self.dimensions.is_empty()),
            ("Period", self.period.is_some()),
            ("Unit", self.unit.is_some()),
            ("Statistic", self.statistic.is_some()),
            ("ExtendedStatistic", self.extended_statistic.is_some()),
        ];
        match set.iter().find(|(_, set)| *set) {
            Some((name, _)) => {
                Err(refused(format!("{name} should not be set if list of Metrics is set.")))
            }
            None => Ok(()),
        }
    }

    /// The whole configuration: what is not given is unset. The state stays.
    fn alarm(self, arn: Arn, before: Option<&MetricAlarm>, now: jiff::Timestamp) -> MetricAlarm {
        let initial =
            || (AlarmState::InsufficientData.to_string(), Some(INITIAL_REASON.to_owned()));
        let (state_value, state_reason) = match before {
            Some(alarm) => (alarm.state_value.clone(), alarm.state_reason.clone()),
            None => initial(),
        };
        MetricAlarm {
            alarm_name: self.alarm_name,
            alarm_arn: arn,
            alarm_description: self.alarm_description,
            alarm_configuration_updated_timestamp: Some(now),
            actions_enabled: self.actions_enabled.unwrap_or(true),
            ok_actions: self.ok_actions,
            alarm_actions: self.alarm_actions,
            insufficient_data_actions: self.insufficient_data_actions,
            state_value,
            state_reason,
            state_transitioned_timestamp: match before {
                Some(alarm) => alarm.state_transitioned_timestamp,
                None => Some(now),
            },
            state_updated_timestamp: match before {
                Some(alarm) => alarm.state_updated_timestamp,
                None => Some(now),
            },
            metric_name: self.metric_name,
            namespace: self.namespace,
            statistic: self.statistic,
            extended_statistic: self.extended_statistic,
            dimensions: self.dimensions,
            period: self.period,
            unit: self.unit,
            evaluation_periods: self.evaluation_periods,
            datapoints_to_alarm: self.datapoints_to_alarm,
            threshold: self.threshold,
            comparison_operator: self.comparison_operator,
            treat_missing_data: self.treat_missing_data,
            evaluate_low_sample_count_percentile: self.evaluate_low_sample_count_percentile,
            evaluation_window: self.evaluation_window,
            metrics: self.metrics,
            threshold_metric_id: self.threshold_metric_id,
            evaluation_state: None,
            unread: Vec::new(),
        }
    }
}

/// Percentiles, and the trimmed statistics, which no alarm here evaluates.
fn is_extended(name: &str) -> bool {
    let trimmed = ["TM(", "WM(", "PR(", "TC(", "TS(", "IQM", "tm", "wm", "tc", "ts"];
    matches!(Statistic::named(name), Some(Statistic::Percentile(_)))
        || trimmed.iter().any(|start| name.starts_with(start))
}

/// Checked whether or not actions are enabled (captured 2026-09-14); whether what an ARN names
/// exists is not.
pub(super) fn check_actions(actions: [&Vec<String>; 3]) -> Result<(), ApiError> {
    match actions.into_iter().flatten().find(|action| action.parse::<Arn>().is_err()) {
        Some(action) => Err(refused(format!("Invalid arn syntax: {action}"))),
        None => Ok(()),
    }
}

impl World {
    /// Puts an alarm. Whether AWS takes one whose topic is missing or in another Region was not
    /// captured; what it tests of actions is their syntax, by its own page.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html>
    pub(super) fn put_metric_alarm(&mut self, call: &Call) -> Result<Value, ApiError> {
        let mut input: PutMetricAlarm = call.input()?;
        input.check()?;
        let (name, target, now) = (input.alarm_name.clone(), &call.target, self.now);
        let tags = checked_tags(std::mem::take(&mut input.tags))?;
        let before = match self.alarm(target, &name) {
            Some(StoredAlarm::Metric(alarm)) => Some(alarm.clone()),
            Some(_) => return Err(other_type(&name)),
            None => None,
        };
        let arn = Arn::of_resource("cloudwatch", target, &format!("alarm:{name}"));
        let alarm = input.alarm(arn, before.as_ref(), now);
        let item = match &before {
            None => history::created(Configured::Metric(&alarm), now),
            Some(before) => {
                let (before, after) = (Configured::Metric(before), Configured::Metric(&alarm));
                if history::is_identical(before, after) {
                    return Ok(json!({}));
                }
                history::updated(before, after, now)
            }
        };
        if before.is_none() {
            self.new_workings(target, &name, &alarm.alarm_arn, tags);
        }
        let stored = StoredAlarm::Metric(alarm);
        self.note(target, &name, stored.kind(), item);
        self.workings(target, &name).configuration_updated = now;
        self.place_mut(target).cloudwatch.alarms.insert(name.clone(), stored);
        self.reschedule_alarm(target, &name);
        Ok(json!({}))
    }

    /// What AWS chooses when an alarm is made: when within the minute it is evaluated.
    pub(in crate::world) fn new_workings(
        &mut self,
        target: &Target,
        name: &str,
        arn: &Arn,
        tags: BTreeMap<String, String>,
    ) {
        let phase = (self.next_uuid().as_u128() % 60_000) as i64;
        let now = self.now;
        let workings = Workings {
            phase,
            reason: INITIAL_REASON.to_owned(),
            state_updated: now,
            configuration_updated: now,
            ..Workings::default()
        };
        let cloudwatch = &mut self.place_mut(target).cloudwatch;
        cloudwatch.workings.insert(name.to_owned(), workings);
        if !tags.is_empty() {
            cloudwatch.tags.insert(arn.clone(), tags);
        }
    }

    /// Takes it off the agenda and puts it there anew.
    fn reschedule_alarm(&mut self, target: &Target, name: &str) {
        self.agenda.drop_where(|due| {
            matches!(due, Due::EvaluateAlarm { .. }) && super::switch::is_of(due, target, name)
        });
        self.workings(target, name).at_rest = true;
        self.wake_alarm(target, name);
    }
}

pub(super) fn other_type(name: &str) -> ApiError {
    refused(format!("AlarmName [{name}] is already used by another alarm of a different type"))
}
