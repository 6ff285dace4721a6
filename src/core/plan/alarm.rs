//! CloudWatch: alarms. `PutMetricAlarm` and `PutCompositeAlarm` replace the whole alarm.

use super::steps::Draft;
use super::{AlarmSetting, Intent, Tags, Write};
use crate::snapshot::{
    Arn, CompositeAlarm, MetricAlarm, MetricDataQuery, MetricStat, Observed, Snapshot, Target,
};

/// The most actions an alarm takes for one state.
const MOST_ACTIONS: usize = 5;
/// Stands for a topic that the user must choose.
const TOPIC: &str = "TOPIC_ARN";

pub(super) fn change(
    target: &Target,
    name: &str,
    wishes: &[&Intent],
    snapshot: &Snapshot,
) -> Draft {
    let settings: Vec<&AlarmSetting> = wishes
        .iter()
        .filter_map(|wish| match wish {
            Intent::SetAlarm { set, .. } => Some(set),
            _ => None,
        })
        .collect();
    let topics: Vec<&String> = wishes
        .iter()
        .filter_map(|wish| match wish {
            Intent::NotifyFromComposite { topic, .. } => Some(topic),
            _ => None,
        })
        .collect();
    let enable = wishes.iter().any(|wish| matches!(wish, Intent::EnableAlarmActions { .. }));
    if settings.is_empty() && topics.is_empty() {
        return enable_actions(target, name);
    }
    let words = in_words(&settings, &topics, enable);
    let Observed::Seen(alarms) = &snapshot.at(target).alarms else {
        return Draft::by_hand(format!(
            "The alarms of {target} were not read, and a new alarm {name} would replace the one \
             there is: read it first, then set {words}."
        ));
    };
    let existing = alarms.metric_alarms.get(name);
    let composite = alarms.composite_alarms.get(name);
    if !settings.is_empty() && (composite.is_some() || alarms.log_alarms.contains_key(name)) {
        return Draft::by_hand(format!(
            "Alarm {name} exists and is no alarm on a metric: choose another name, then make an \
             alarm with {words}."
        ));
    }
    if !topics.is_empty() {
        return match composite {
            Some(composite) => put_composite(target, composite, &topics, enable, &words),
            None => Draft::by_hand(format!(
                "There is no composite alarm {name} in {target}: make it, then set {words}."
            )),
        };
    }
    let mut alarm = existing.cloned().unwrap_or_else(|| new_alarm(target, name));
    if !alarm.unread.is_empty() {
        return Draft::by_hand(format!(
            "PutMetricAlarm would drop {} of alarm {name}, which secmon does not read. Set {words} \
             by hand, in the console or where the alarm is defined.",
            alarm.unread.join(", ")
        ));
    }
    for set in &settings {
        if let Err(why) = apply(&mut alarm, set) {
            return Draft::by_hand(format!("Alarm {name} {why}. Set {words} by hand."));
        }
    }
    alarm.actions_enabled |= enable;
    if alarm.alarm_actions.len() > MOST_ACTIONS {
        return too_many_actions(name, &words);
    }
    let mut needs = Vec::new();
    if alarm.alarm_actions.iter().any(|action| action == TOPIC) {
        needs.push(format!("{TOPIC}: the topic to notify"));
    }
    if existing.is_none() && alarm.metric_name.is_none() {
        alarm.namespace = Some("METRIC_NAMESPACE".to_owned());
        alarm.metric_name = Some("METRIC_NAME".to_owned());
        needs.push("METRIC_NAMESPACE: the metric's namespace".to_owned());
        needs.push("METRIC_NAME: the metric's name".to_owned());
    }
    let says = match existing {
        Some(_) => format!("Sets {words} of alarm {name}; the rest of it stays."),
        None => format!("Makes alarm {name}: {words}."),
    };
    let write =
        Write::PutMetricAlarm { target: target.clone(), alarm: Box::new(alarm), tags: Tags::new() };
    Draft::run(says, write).needing(needs)
}

fn too_many_actions(name: &str, words: &str) -> Draft {
    Draft::by_hand(format!(
        "Alarm {name} has {MOST_ACTIONS} AlarmActions, the most there can be: take one away, then \
         set {words}."
    ))
}

fn enable_actions(target: &Target, name: &str) -> Draft {
    Draft::run(
        format!("Lets alarm {name} run its actions."),
        Write::EnableAlarmActions { target: target.clone(), alarm: name.to_owned() },
    )
}

/// An alarm that fires on one event and recovers when there are no more.
fn new_alarm(target: &Target, name: &str) -> MetricAlarm {
    MetricAlarm {
        alarm_name: name.to_owned(),
        alarm_arn: Arn::of_alarm(target, name),
        alarm_description: None,
        alarm_configuration_updated_timestamp: None,
        actions_enabled: true,
        ok_actions: Vec::new(),
        alarm_actions: Vec::new(),
        insufficient_data_actions: Vec::new(),
        state_value: "INSUFFICIENT_DATA".to_owned(),
        state_reason: None,
        state_transitioned_timestamp: None,
        state_updated_timestamp: None,
        metric_name: None,
        namespace: None,
        statistic: Some("Sum".to_owned()),
        extended_statistic: None,
        dimensions: Vec::new(),
        period: Some(60),
        unit: None,
        evaluation_periods: Some(1),
        datapoints_to_alarm: Some(1),
        threshold: Some(1.0),
        comparison_operator: Some("GreaterThanOrEqualToThreshold".to_owned()),
        treat_missing_data: Some("notBreaching".to_owned()),
        evaluate_low_sample_count_percentile: None,
        evaluation_window: None,
        metrics: Vec::new(),
        threshold_metric_id: None,
        evaluation_state: None,
        unread: Vec::new(),
    }
}

/// Applies a setting; fails with what the alarm is that the setting has no place in.
fn apply(alarm: &mut MetricAlarm, set: &AlarmSetting) -> Result<(), &'static str> {
    match set {
        AlarmSetting::Metric { namespace, name } => {
            if !alarm.metrics.is_empty() {
                // Metric math has statistic and period in its metrics, and no threshold if it
                // compares with a band.
                let blank = new_alarm(&Target::nowhere(), "");
                alarm.metrics.clear();
                alarm.statistic = blank.statistic;
                alarm.period = blank.period;
                if alarm.threshold_metric_id.take().is_some() {
                    alarm.threshold = blank.threshold;
                    alarm.comparison_operator = blank.comparison_operator;
                }
            }
            alarm.namespace = Some(namespace.clone());
            alarm.metric_name = Some(name.clone());
            alarm.dimensions.clear();
            alarm.unit = None;
        }
        AlarmSetting::Statistic(statistic) if alarm.metrics.is_empty() => {
            alarm.statistic = Some(statistic.clone());
            alarm.extended_statistic = None;
            // For percentiles only.
            alarm.evaluate_low_sample_count_percentile = None;
        }
        AlarmSetting::Statistic(statistic) => {
            only_metric(&mut alarm.metrics)?.stat.clone_from(statistic);
            alarm.evaluate_low_sample_count_percentile = None;
        }
        AlarmSetting::Period(seconds) if alarm.metrics.is_empty() => alarm.period = Some(*seconds),
        AlarmSetting::Period(seconds) => only_metric(&mut alarm.metrics)?.period = *seconds,
        AlarmSetting::Threshold { .. } if alarm.threshold_metric_id.is_some() => {
            return Err("compares with an anomaly detection band and has no threshold");
        }
        AlarmSetting::Threshold { operator, threshold } => {
            alarm.comparison_operator = Some(operator.clone());
            alarm.threshold = Some(*threshold);
        }
        AlarmSetting::Evaluate { periods, datapoints } => {
            alarm.evaluation_periods = Some(*periods);
            alarm.datapoints_to_alarm = Some(*datapoints);
        }
        AlarmSetting::TreatMissingData(treatment) => {
            alarm.treat_missing_data = Some(treatment.clone());
        }
        AlarmSetting::Notify { topic } => {
            add(&mut alarm.alarm_actions, topic.as_deref().unwrap_or(TOPIC));
        }
    }
    Ok(())
}

fn only_metric(queries: &mut [MetricDataQuery]) -> Result<&mut MetricStat, &'static str> {
    let mut metrics = queries.iter_mut().filter_map(|query| query.metric_stat.as_mut());
    match (metrics.next(), metrics.next()) {
        (Some(metric), None) => Ok(metric),
        _ => Err("is on metric math over several metrics"),
    }
}

fn add(actions: &mut Vec<String>, action: &str) {
    if !actions.iter().any(|there| there == action) {
        actions.push(action.to_owned());
    }
}

fn put_composite(
    target: &Target,
    alarm: &CompositeAlarm,
    topics: &[&String],
    enable: bool,
    words: &str,
) -> Draft {
    let mut put = alarm.clone();
    for topic in topics {
        add(&mut put.alarm_actions, topic);
    }
    if put.alarm_actions.len() > MOST_ACTIONS {
        return too_many_actions(&alarm.alarm_name, words);
    }
    put.actions_enabled |= enable;
    let says =
        format!("Sets {words} of composite alarm {}; the rest of it stays.", alarm.alarm_name);
    Draft::run(says, Write::PutCompositeAlarm { target: target.clone(), alarm: Box::new(put) })
}

fn in_words(settings: &[&AlarmSetting], topics: &[&String], enable: bool) -> String {
    let setting = |set: &&AlarmSetting| match *set {
        AlarmSetting::Metric { namespace, name } => {
            format!("the metric {namespace} {name} without dimensions and unit")
        }
        AlarmSetting::Statistic(statistic) => format!("Statistic {statistic}"),
        AlarmSetting::Threshold { operator, threshold } => {
            format!("{operator} with Threshold {threshold}")
        }
        AlarmSetting::Period(seconds) => format!("Period {seconds}"),
        AlarmSetting::Evaluate { periods, datapoints } => {
            format!("EvaluationPeriods {periods} with DatapointsToAlarm {datapoints}")
        }
        AlarmSetting::TreatMissingData(treatment) => format!("TreatMissingData {treatment}"),
        AlarmSetting::Notify { topic } => {
            format!("AlarmActions with {}", topic.as_deref().unwrap_or(TOPIC))
        }
    };
    let mut words: Vec<String> = settings.iter().map(setting).collect();
    words.extend(topics.iter().map(|topic| format!("AlarmActions with {topic}")));
    if enable {
        words.push("ActionsEnabled true".to_owned());
    }
    words.join(", ")
}
