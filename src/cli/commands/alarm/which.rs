//! Which alarm is simulated: that of a file, of an account or of the options.

use anyhow::{Context, anyhow, bail};
use secmon_core::baseline::BaselineEntry;
use secmon_core::route::watches;
use secmon_core::snapshot::MetricAlarm;
use serde_json::{Value, json};

use super::super::doctor::pins;
use super::super::{files, read};
use crate::args::{Question, Simulate};

/// The alarm with the options' settings, and what else its metric gets of every event of the log
/// group: the `defaultValue` of the account's metric filter that feeds it.
pub(super) fn alarm(args: &Simulate) -> anyhow::Result<(MetricAlarm, Option<f64>)> {
    let mut default_value = None;
    let mut alarm = match (&args.alarm, &args.alarm_name) {
        (Some(file), name) => of_file(&files::read(file)?, name.as_deref())
            .with_context(|| format!("{} holds no alarm to simulate", file.display()))?,
        (None, Some(name)) => {
            let (alarm, default) = of_account(args, Some(name))?;
            default_value = default;
            alarm
        }
        (None, None) if args.connection.lab.is_some() => {
            let (alarm, default) = of_account(args, None)?;
            default_value = default;
            alarm
        }
        (None, None) => of_nothing()?,
    };
    let settings = &args.settings;
    if let Some(statistic) = &settings.statistic {
        if !alarm.metrics.is_empty() {
            bail!("alarm {} is on metric math: --statistic has no place in it", alarm.alarm_name);
        }
        (alarm.statistic, alarm.extended_statistic) = (Some(statistic.clone()), None);
    }
    if let Some(period) = settings.period {
        if !alarm.metrics.is_empty() {
            bail!("alarm {} is on metric math: --period has no place in it", alarm.alarm_name);
        }
        alarm.period = Some(period);
    }
    if let Some(periods) = settings.evaluation_periods {
        // As many as all of them is what nobody has set.
        if alarm.datapoints_to_alarm == alarm.evaluation_periods {
            alarm.datapoints_to_alarm = None;
        }
        alarm.evaluation_periods = Some(periods);
    }
    let set = |field: &mut Option<String>, value: &Option<String>| {
        if value.is_some() {
            field.clone_from(value);
        }
    };
    alarm.datapoints_to_alarm = settings.datapoints_to_alarm.or(alarm.datapoints_to_alarm);
    alarm.threshold = settings.threshold.or(alarm.threshold);
    set(&mut alarm.comparison_operator, &settings.comparison_operator);
    set(&mut alarm.treat_missing_data, &settings.treat_missing_data);
    Ok((alarm, default_value))
}

/// An alarm without an account: one breaching datapoint of 1 in a minute.
fn of_nothing() -> anyhow::Result<MetricAlarm> {
    Ok(serde_json::from_value(blank())?)
}

/// What every alarm has.
fn blank() -> Value {
    json!({
        "AlarmName": "simulated",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:simulated",
        "ActionsEnabled": true,
        "StateValue": "INSUFFICIENT_DATA",
        "Namespace": "Simulated",
        "MetricName": "Simulated",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    })
}

/// An alarm of an answer of DescribeAlarms, of a list of alarms, or a single one.
fn of_file(text: &str, name: Option<&str>) -> anyhow::Result<MetricAlarm> {
    let mut value: Value = serde_json::from_str(text).context("it is not JSON")?;
    if let Some(alarms) = value.get_mut("MetricAlarms") {
        value = alarms.take();
    }
    let alarms = match value {
        Value::Array(alarms) => alarms,
        one => vec![one],
    };
    let named = |alarm: &Value| alarm["AlarmName"].as_str().map(str::to_owned);
    let names: Vec<String> = alarms.iter().filter_map(named).collect();
    let found = match name {
        Some(name) => alarms.into_iter().find(|alarm| alarm["AlarmName"] == *name),
        None if alarms.len() > 1 => {
            bail!("it holds several alarms; --alarm-name says which: {}", names.join(", "))
        }
        None => alarms.into_iter().next(),
    };
    let found = found.ok_or_else(|| anyhow!("there are: {}", names.join(", ")))?;
    let Value::Object(found) = found else { bail!("an alarm is a JSON object") };
    // Only what is read of it: the SDKs and the AWS CLI add fields as AWS does.
    let is_read = |name: &str| {
        ["AlarmName", "AlarmArn", "StateValue"].contains(&name)
            || MetricAlarm::SETTINGS.contains(&name)
    };
    let blank = blank();
    let mut kept: serde_json::Map<String, Value> =
        found.into_iter().filter(|(name, _)| is_read(name)).collect();
    for required in ["AlarmName", "AlarmArn", "ActionsEnabled", "StateValue"] {
        kept.entry(required).or_insert_with(|| blank[required].clone());
    }
    serde_json::from_value(Value::Object(kept)).context("it is no metric alarm")
}

/// The alarm of this name, or the only one.
fn of_account(args: &Simulate, name: Option<&str>) -> anyhow::Result<(MetricAlarm, Option<f64>)> {
    let question = Question {
        secret: Vec::new(),
        trail: None,
        log_group: None,
        filter: None,
        alarm: name.map(str::to_owned),
        topic: None,
    };
    let entry = BaselineEntry::secret_access();
    let pins = pins(&question, &[]);
    let snapshot = read::judged(&args.connection, &question, &entry, &pins)?.snapshot;
    let mut names = Vec::new();
    for (target, seen) in &snapshot.targets {
        let Some(alarms) = seen.alarms.seen() else {
            bail!("the alarms of {target} could not be listed");
        };
        let mut all = alarms.metric_alarms.values();
        let is_only = snapshot.targets.len() == 1 && alarms.metric_alarms.len() == 1;
        let only = all.next().filter(|_| is_only);
        if let Some(alarm) = name.map_or(only, |name| alarms.metric_alarms.get(name)) {
            let groups = seen.metric_filters.seen().into_iter().flatten();
            let filters = groups.flat_map(|(_, filters)| filters.values());
            let mut metrics = filters.flat_map(|filter| &filter.metric_transformations);
            let fed = metrics.find(|metric| watches(alarm, metric));
            return Ok((alarm.clone(), fed.and_then(|metric| metric.default_value)));
        }
        names.extend(alarms.metric_alarms.keys().cloned());
    }
    match name {
        Some(name) => bail!("there is no metric alarm {name}; there are: {}", names.join(", ")),
        None => bail!("which alarm is meant? --alarm-name says which: {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use secmon_core::snapshot::EvaluationWindow;

    use super::*;

    #[test]
    fn the_window_of_an_alarm_in_a_file_is_kept() {
        let mut alarm = blank();
        alarm["EvaluationWindow"] = json!({ "WallClockWindow": { "Timezone": "+05:30" } });
        alarm["StateReason"] = json!("not read");
        let answer = json!({ "MetricAlarms": [alarm] });
        let timezone = Some("+05:30".to_owned());
        let window = EvaluationWindow::WallClockWindow { timezone };
        let found = of_file(&answer.to_string(), None).unwrap();
        assert_eq!(found.evaluation_window, Some(window));
    }
}
