//! CloudWatch: alarms, their history, mute rules and sums of metrics.
//!
//! One function a call and one a shape: the calls make its lines many.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudwatch::types::{self as sdk, AlarmType, ScanBy, Statistic};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use secmon_core::snapshot::{
    AlarmHistoryItem, AlarmMuteDetail, AlarmMuteRule, AlarmMuteSchedule, Alarms, CompositeAlarm,
    Datapoint, Dimension, EvaluationWindow, LogAlarm, Metric, MetricAlarm, MetricDataQuery,
    MetricStat, Observed, ScheduleConfiguration, ScheduledQueryConfiguration,
};

use super::convert::{filled, moment, need, need_arn, timestamp};
use super::place::{Page, Place};
use crate::error::Trouble;
use crate::permissions::Call;

#[cfg(test)]
mod tests;

/// `DescribeAlarms` of all types: left to itself, AWS lists metric alarms only.
pub(super) async fn describe_alarms(at: &Place<'_>) -> Result<Alarms, Trouble> {
    const CALL: Call = Call::DescribeAlarms;
    let clients = at.clients()?;
    let types = vec![AlarmType::MetricAlarm, AlarmType::CompositeAlarm, AlarmType::LogAlarm];
    let pages = at
        .pages(CALL, async |token| {
            let request = clients.cloudwatch().describe_alarms().max_records(100);
            let request = request.set_alarm_types(Some(types.clone())).set_next_token(token);
            let mut answer = at.ask(CALL, &[], request.send()).await?;
            let next = answer.next_token.take();
            Ok(Page { items: vec![answer], next })
        })
        .await?;
    let mut alarms = Alarms::default();
    for page in pages {
        for alarm in page.metric_alarms.unwrap_or_default() {
            let alarm = metric_alarm(alarm)?;
            alarms.metric_alarms.insert(alarm.alarm_name.clone(), alarm);
        }
        for alarm in page.composite_alarms.unwrap_or_default() {
            let alarm = composite_alarm(alarm)?;
            alarms.composite_alarms.insert(alarm.alarm_name.clone(), alarm);
        }
        for alarm in page.log_alarms.unwrap_or_default() {
            let alarm = log_alarm(alarm)?;
            alarms.log_alarms.insert(alarm.alarm_name.clone(), alarm);
        }
    }
    Ok(alarms)
}

/// `DescribeAlarmHistory`: the newest items, up to a hundred. Without the type, composite alarms
/// have no history.
pub(super) async fn describe_alarm_history(
    at: &Place<'_>,
    alarm: &str,
    alarm_type: &str,
) -> Result<Vec<AlarmHistoryItem>, Trouble> {
    const CALL: Call = Call::DescribeAlarmHistory;
    let (mut items, _) = at
        .first_items(CALL, async |token| history_page(at, alarm, alarm_type, None, token).await)
        .await?;
    items.sort_by_key(|item| std::cmp::Reverse(item.timestamp));
    Ok(items)
}

/// `DescribeAlarmHistory`: every item since a time, newest first. `seen` is told of each page, and
/// how far back it goes.
pub(super) async fn describe_alarm_history_since(
    at: &Place<'_>,
    alarm: &str,
    alarm_type: &str,
    from: Timestamp,
    seen: &dyn Fn(Option<Timestamp>),
) -> Result<Vec<AlarmHistoryItem>, Trouble> {
    let mut items = at
        .pages(Call::DescribeAlarmHistory, async |token| {
            let page = history_page(at, alarm, alarm_type, Some(from), token).await?;
            seen(page.items.iter().map(|item| item.timestamp).min());
            Ok(page)
        })
        .await?;
    items.sort_by_key(|item| std::cmp::Reverse(item.timestamp));
    Ok(items)
}

async fn history_page(
    at: &Place<'_>,
    alarm: &str,
    alarm_type: &str,
    from: Option<Timestamp>,
    token: Option<String>,
) -> Result<Page<AlarmHistoryItem>, Trouble> {
    let clients = at.clients()?;
    let request = clients
        .cloudwatch()
        .describe_alarm_history()
        .alarm_name(alarm)
        .alarm_types(AlarmType::from(alarm_type))
        .scan_by(ScanBy::TimestampDescending)
        .max_records(100)
        .set_start_date(from.map(date_time))
        .set_next_token(token);
    let answer = at.ask(Call::DescribeAlarmHistory, &["ResourceNotFound"], request.send()).await?;
    let items = answer.alarm_history_items.unwrap_or_default();
    let items = items.into_iter().map(history_item).collect::<Result<Vec<_>, _>>()?;
    Ok(Page { items, next: answer.next_token })
}

fn history_item(item: sdk::AlarmHistoryItem) -> Result<AlarmHistoryItem, Trouble> {
    const CALL: Call = Call::DescribeAlarmHistory;
    Ok(AlarmHistoryItem {
        timestamp: need(CALL, "Timestamp", item.timestamp.as_ref().and_then(timestamp))?,
        history_item_type: need(CALL, "HistoryItemType", item.history_item_type)?
            .as_str()
            .to_owned(),
        history_summary: item.history_summary.unwrap_or_default(),
        history_data: item.history_data,
    })
}

/// `ListAlarmMuteRules`, by name.
pub(super) async fn list_alarm_mute_rules(
    at: &Place<'_>,
) -> Result<BTreeMap<String, AlarmMuteRule>, Trouble> {
    const CALL: Call = Call::ListAlarmMuteRules;
    let clients = at.clients()?;
    let rules = at
        .pages(CALL, async |token| {
            let request = clients.cloudwatch().list_alarm_mute_rules().set_next_token(token);
            let answer = at.ask(CALL, &[], request.send()).await?;
            let items = answer.alarm_mute_rule_summaries.unwrap_or_default();
            Ok(Page { items, next: answer.next_token })
        })
        .await?;
    rules
        .into_iter()
        .map(|rule| {
            let arn = need_arn(CALL, "AlarmMuteRuleArn", rule.alarm_mute_rule_arn)?;
            let resource = arn.resource();
            let name = resource.strip_prefix("alarm-mute-rule:").unwrap_or(resource).to_owned();
            let rule = AlarmMuteRule {
                status: need(CALL, "Status", rule.status)?.as_str().to_owned(),
                description: None,
                schedule: None,
                start_date: None,
                expire_date: moment(rule.expire_date),
                targets: Observed::NotAsked,
                alarm_mute_rule_arn: arn,
            };
            Ok((name, rule))
        })
        .collect()
}

/// `GetAlarmMuteRule`: what it mutes, and when.
pub(super) async fn get_alarm_mute_rule(
    at: &Place<'_>,
    rule: &str,
) -> Result<AlarmMuteDetail, Trouble> {
    let clients = at.clients()?;
    let request = clients.cloudwatch().get_alarm_mute_rule().alarm_mute_rule_name(rule).send();
    let absent = ["ResourceNotFound", "ResourceNotFoundException"];
    let answer = at.ask(Call::GetAlarmMuteRule, &absent, request).await?;
    let targets = answer.mute_targets.and_then(|targets| targets.alarm_names);
    let mut alarms = targets.unwrap_or_default();
    alarms.sort_unstable();
    let schedule = answer.rule.and_then(|rule| rule.schedule);
    let schedule = schedule.and_then(|schedule| {
        Some(AlarmMuteSchedule {
            expression: schedule.expression?,
            duration: schedule.duration?,
            timezone: schedule.timezone,
        })
    });
    Ok(AlarmMuteDetail {
        alarms,
        description: answer.description,
        schedule,
        start_date: moment(answer.start_date),
    })
}

/// The sums of a metric, period by period.
pub(super) struct Sums {
    pub(super) namespace: String,
    pub(super) metric_name: String,
    pub(super) dimensions: Vec<Dimension>,
    /// In seconds.
    pub(super) period: i32,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

impl Sums {
    /// The events that came into a group in the last hour, minute by minute.
    pub(super) fn incoming_log_events(log_group: &str, now: Timestamp) -> Self {
        Self {
            namespace: "AWS/Logs".to_owned(),
            metric_name: "IncomingLogEvents".to_owned(),
            dimensions: Self::of("LogGroupName", log_group),
            period: 60,
            from: now.checked_sub(Duration::from_secs(3600)).unwrap_or(now),
            until: now,
        }
    }

    /// One dimension.
    pub(super) fn of(name: &str, value: &str) -> Vec<Dimension> {
        vec![Dimension { name: name.to_owned(), value: value.to_owned() }]
    }
}

/// `GetMetricStatistics`. `GetMetricData` would be charged for, and can answer part of the data as if
/// it were all.
pub(super) async fn sums(at: &Place<'_>, sums: &Sums) -> Result<Vec<Datapoint>, Trouble> {
    const CALL: Call = Call::GetMetricStatistics;
    let clients = at.clients()?;
    let dimensions = sums.dimensions.iter().map(|dimension| {
        sdk::Dimension::builder().name(&dimension.name).value(&dimension.value).build()
    });
    let request = clients
        .cloudwatch()
        .get_metric_statistics()
        .namespace(&sums.namespace)
        .metric_name(&sums.metric_name)
        .set_dimensions(Some(dimensions.collect()))
        .start_time(date_time(sums.from))
        .end_time(date_time(sums.until))
        .period(sums.period)
        .statistics(Statistic::Sum);
    let answer = at.ask(CALL, &[], request.send()).await?;
    datapoints(CALL, answer.datapoints.unwrap_or_default())
}

fn date_time(moment: Timestamp) -> DateTime {
    DateTime::from_secs(moment.as_second())
}

/// AWS sends them in no order.
fn datapoints(call: Call, points: Vec<sdk::Datapoint>) -> Result<Vec<Datapoint>, Trouble> {
    let points = points.into_iter().map(|point| {
        Ok(Datapoint {
            timestamp: need(call, "Timestamp", point.timestamp.as_ref().and_then(timestamp))?,
            sum: point.sum,
            sample_count: point.sample_count,
            maximum: point.maximum,
            unit: point.unit.map(|unit| unit.as_str().to_owned()),
        })
    });
    let mut points = points.collect::<Result<Vec<_>, _>>()?;
    points.sort_by_key(|point| point.timestamp);
    Ok(points)
}

fn metric_alarm(alarm: sdk::MetricAlarm) -> Result<MetricAlarm, Trouble> {
    const CALL: Call = Call::DescribeAlarms;
    let unread = unread(&alarm);
    Ok(MetricAlarm {
        alarm_name: need(CALL, "AlarmName", alarm.alarm_name)?,
        alarm_arn: need_arn(CALL, "AlarmArn", alarm.alarm_arn)?,
        alarm_description: alarm.alarm_description,
        alarm_configuration_updated_timestamp: moment(alarm.alarm_configuration_updated_timestamp),
        // AWS always tells; where a server does not, its own default is true.
        actions_enabled: alarm.actions_enabled.unwrap_or(true),
        ok_actions: alarm.ok_actions.unwrap_or_default(),
        alarm_actions: alarm.alarm_actions.unwrap_or_default(),
        insufficient_data_actions: alarm.insufficient_data_actions.unwrap_or_default(),
        state_value: need(CALL, "StateValue", alarm.state_value)?.as_str().to_owned(),
        state_reason: alarm.state_reason,
        state_transitioned_timestamp: moment(alarm.state_transitioned_timestamp),
        state_updated_timestamp: moment(alarm.state_updated_timestamp),
        metric_name: filled(alarm.metric_name),
        namespace: filled(alarm.namespace),
        statistic: alarm.statistic.map(|statistic| statistic.as_str().to_owned()),
        extended_statistic: filled(alarm.extended_statistic),
        dimensions: dimensions(CALL, alarm.dimensions)?,
        period: alarm.period,
        unit: alarm.unit.map(|unit| unit.as_str().to_owned()),
        evaluation_periods: alarm.evaluation_periods,
        datapoints_to_alarm: alarm.datapoints_to_alarm,
        threshold: alarm.threshold,
        comparison_operator: alarm.comparison_operator.map(|by| by.as_str().to_owned()),
        treat_missing_data: filled(alarm.treat_missing_data),
        evaluate_low_sample_count_percentile: filled(alarm.evaluate_low_sample_count_percentile),
        evaluation_window: alarm.evaluation_window.and_then(evaluation_window),
        metrics: alarm
            .metrics
            .unwrap_or_default()
            .into_iter()
            .map(|query| metric_data_query(CALL, query))
            .collect::<Result<_, _>>()?,
        threshold_metric_id: filled(alarm.threshold_metric_id),
        evaluation_state: alarm.evaluation_state.map(|state| state.as_str().to_owned()),
        unread,
    })
}

/// What is set and the snapshot has no field for. `PutMetricAlarm` replaces the whole alarm, so
/// that a fix made of what was read would drop it.
fn unread(alarm: &sdk::MetricAlarm) -> Vec<String> {
    let fields = [
        ("ActionConfiguration", alarm.action_configuration.is_some()),
        ("EvaluationCriteria", alarm.evaluation_criteria.is_some()),
        ("EvaluationInterval", alarm.evaluation_interval.is_some()),
        // A kind of window that this SDK does not know.
        (
            "EvaluationWindow",
            alarm.evaluation_window.as_ref().is_some_and(sdk::EvaluationWindow::is_unknown),
        ),
        ("WarmUpConfiguration", alarm.warm_up_configuration.is_some()),
    ];
    fields.into_iter().filter(|(_, set)| *set).map(|(name, _)| name.to_owned()).collect()
}

fn evaluation_window(window: sdk::EvaluationWindow) -> Option<EvaluationWindow> {
    match window {
        sdk::EvaluationWindow::SlidingWindow(_) => Some(EvaluationWindow::SlidingWindow {}),
        sdk::EvaluationWindow::WallClockWindow(clock) => {
            Some(EvaluationWindow::WallClockWindow { timezone: clock.timezone })
        }
        _ => None,
    }
}

fn dimensions(
    call: Call,
    dimensions: Option<Vec<sdk::Dimension>>,
) -> Result<Vec<Dimension>, Trouble> {
    let dimensions = dimensions.unwrap_or_default().into_iter().map(|dimension| {
        Ok(Dimension {
            name: need(call, "Dimensions.Name", dimension.name)?,
            value: need(call, "Dimensions.Value", dimension.value)?,
        })
    });
    dimensions.collect()
}

fn metric_data_query(call: Call, query: sdk::MetricDataQuery) -> Result<MetricDataQuery, Trouble> {
    let metric_stat = query.metric_stat.map(|stat| {
        let metric = need(call, "MetricStat.Metric", stat.metric)?;
        Ok(MetricStat {
            metric: Metric {
                namespace: metric.namespace,
                metric_name: metric.metric_name,
                dimensions: dimensions(call, metric.dimensions)?,
            },
            period: need(call, "MetricStat.Period", stat.period)?,
            stat: need(call, "MetricStat.Stat", stat.stat)?,
            unit: stat.unit.map(|unit| unit.as_str().to_owned()),
        })
    });
    Ok(MetricDataQuery {
        id: need(call, "Metrics.Id", query.id)?,
        expression: query.expression,
        metric_stat: metric_stat.transpose()?,
        label: query.label,
        return_data: query.return_data,
        period: query.period,
        account_id: query.account_id,
    })
}

fn composite_alarm(alarm: sdk::CompositeAlarm) -> Result<CompositeAlarm, Trouble> {
    const CALL: Call = Call::DescribeAlarms;
    Ok(CompositeAlarm {
        alarm_name: need(CALL, "AlarmName", alarm.alarm_name)?,
        alarm_arn: need_arn(CALL, "AlarmArn", alarm.alarm_arn)?,
        alarm_description: alarm.alarm_description,
        alarm_rule: need(CALL, "AlarmRule", alarm.alarm_rule)?,
        actions_enabled: alarm.actions_enabled.unwrap_or(true),
        alarm_actions: alarm.alarm_actions.unwrap_or_default(),
        ok_actions: alarm.ok_actions.unwrap_or_default(),
        insufficient_data_actions: alarm.insufficient_data_actions.unwrap_or_default(),
        state_value: need(CALL, "StateValue", alarm.state_value)?.as_str().to_owned(),
        state_transitioned_timestamp: moment(alarm.state_transitioned_timestamp),
        actions_suppressor: filled(alarm.actions_suppressor),
        actions_suppressed_by: alarm.actions_suppressed_by.map(|by| by.as_str().to_owned()),
        actions_suppressed_reason: filled(alarm.actions_suppressed_reason),
        actions_suppressor_wait_period: alarm.actions_suppressor_wait_period,
        actions_suppressor_extension_period: alarm.actions_suppressor_extension_period,
    })
}

fn log_alarm(alarm: sdk::LogAlarm) -> Result<LogAlarm, Trouble> {
    const CALL: Call = Call::DescribeAlarms;
    Ok(LogAlarm {
        alarm_name: need(CALL, "AlarmName", alarm.alarm_name)?,
        alarm_arn: need_arn(CALL, "AlarmArn", alarm.alarm_arn)?,
        actions_enabled: alarm.actions_enabled.unwrap_or(true),
        alarm_actions: alarm.alarm_actions.unwrap_or_default(),
        ok_actions: alarm.ok_actions.unwrap_or_default(),
        insufficient_data_actions: alarm.insufficient_data_actions.unwrap_or_default(),
        state_value: alarm.state_value.map(|state| state.as_str().to_owned()),
        state_reason: alarm.state_reason,
        state_transitioned_timestamp: moment(alarm.state_transitioned_timestamp),
        scheduled_query_configuration: alarm.scheduled_query_configuration.and_then(query),
        query_results_to_evaluate: alarm.query_results_to_evaluate,
        query_results_to_alarm: alarm.query_results_to_alarm,
        threshold: alarm.threshold,
        comparison_operator: alarm.comparison_operator.map(|by| by.as_str().to_owned()),
        treat_missing_data: filled(alarm.treat_missing_data),
        evaluation_state: alarm.evaluation_state.map(|state| state.as_str().to_owned()),
    })
}

/// The query, if AWS tells of it what an alarm cannot be without.
fn query(query: sdk::ScheduledQueryConfiguration) -> Option<ScheduledQueryConfiguration> {
    let schedule = query.schedule_configuration?;
    Some(ScheduledQueryConfiguration {
        query_string: query.query_string?,
        log_group_identifiers: query.log_group_identifiers.unwrap_or_default(),
        scheduled_query_role_arn: filled(query.scheduled_query_role_arn),
        aggregation_expression: query.aggregation_expression?,
        schedule_configuration: ScheduleConfiguration {
            schedule_expression: schedule.schedule_expression?,
            start_time_offset: schedule.start_time_offset,
            end_time_offset: schedule.end_time_offset,
        },
    })
}

/// `GetDashboard`: the body, JSON text.
pub(super) async fn get_dashboard(at: &Place<'_>, name: &str) -> Result<String, Trouble> {
    const CALL: Call = Call::GetDashboard;
    const ABSENT: &[&str] =
        &["ResourceNotFound", "ResourceNotFoundException", "DashboardNotFoundError"];
    let clients = at.clients()?;
    let request = clients.cloudwatch().get_dashboard().dashboard_name(name).send();
    let answer = at.ask(CALL, ABSENT, request).await?;
    need(CALL, "DashboardBody", answer.dashboard_body)
}
