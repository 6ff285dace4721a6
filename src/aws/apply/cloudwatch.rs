//! CloudWatch: alarms, mute rules, dashboards.

use aws_sdk_cloudwatch::types as sdk;
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use secmon_core::plan::{Tags, Write};
use secmon_core::snapshot::{
    AlarmMuteRule, CompositeAlarm, Dimension, EvaluationWindow, MetricAlarm, MetricDataQuery,
};

use super::{WriteError, Writing};

pub(super) async fn write(at: &Writing, write: &Write) -> Result<(), WriteError> {
    let client = at.clients.cloudwatch();
    match write {
        Write::PutMetricAlarm { alarm, tags, .. } => put_alarm(at, alarm, tags).await,
        Write::PutCompositeAlarm { alarm, .. } => put_composite(at, alarm).await,
        Write::DeleteAlarms { alarm, .. } => {
            at.done(client.delete_alarms().alarm_names(alarm).send().await)
        }
        Write::EnableAlarmActions { alarm, .. } => {
            at.done(client.enable_alarm_actions().alarm_names(alarm).send().await)
        }
        Write::DisableAlarmActions { alarm, .. } => {
            at.done(client.disable_alarm_actions().alarm_names(alarm).send().await)
        }
        Write::SetAlarmState { alarm, state, reason, .. } => at.done(
            client
                .set_alarm_state()
                .alarm_name(alarm)
                .state_value(sdk::StateValue::from(state.as_str()))
                .state_reason(reason)
                .send()
                .await,
        ),
        Write::PutAlarmMuteRule { rule, .. } => put_mute_rule(at, rule).await,
        Write::DeleteAlarmMuteRule { rule, .. } => {
            at.done(client.delete_alarm_mute_rule().alarm_mute_rule_name(rule).send().await)
        }
        Write::PutDashboard { dashboard, body, .. } => at.done(
            client.put_dashboard().dashboard_name(dashboard).dashboard_body(body).send().await,
        ),
        Write::DeleteDashboards { dashboard, .. } => {
            at.done(client.delete_dashboards().dashboard_names(dashboard).send().await)
        }
        _ => Ok(()),
    }
}

async fn put_alarm(at: &Writing, alarm: &MetricAlarm, tags: &Tags) -> Result<(), WriteError> {
    let tags: Vec<sdk::Tag> =
        tags.iter().map(|(key, value)| sdk::Tag::builder().key(key).value(value).build()).collect();
    let metrics: Vec<sdk::MetricDataQuery> = alarm.metrics.iter().map(query).collect();
    let request = at
        .clients
        .cloudwatch()
        .put_metric_alarm()
        .alarm_name(&alarm.alarm_name)
        .set_alarm_description(alarm.alarm_description.clone())
        .actions_enabled(alarm.actions_enabled)
        .set_ok_actions(Some(alarm.ok_actions.clone()))
        .set_alarm_actions(Some(alarm.alarm_actions.clone()))
        .set_insufficient_data_actions(Some(alarm.insufficient_data_actions.clone()))
        .set_namespace(alarm.namespace.clone())
        .set_metric_name(alarm.metric_name.clone())
        .set_statistic(alarm.statistic.as_deref().map(sdk::Statistic::from))
        .set_extended_statistic(alarm.extended_statistic.clone())
        .set_dimensions(filled(alarm.dimensions.iter().map(dimension).collect()))
        .set_period(alarm.period)
        .set_unit(alarm.unit.as_deref().map(sdk::StandardUnit::from))
        .set_evaluation_periods(alarm.evaluation_periods)
        .set_datapoints_to_alarm(alarm.datapoints_to_alarm)
        .set_threshold(alarm.threshold)
        .set_comparison_operator(
            alarm.comparison_operator.as_deref().map(sdk::ComparisonOperator::from),
        )
        .set_treat_missing_data(alarm.treat_missing_data.clone())
        .set_evaluate_low_sample_count_percentile(
            alarm.evaluate_low_sample_count_percentile.clone(),
        )
        .set_evaluation_window(alarm.evaluation_window.as_ref().map(window))
        .set_metrics(filled(metrics))
        .set_threshold_metric_id(alarm.threshold_metric_id.clone())
        .set_tags(filled(tags));
    at.done(request.send().await)
}

fn filled<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

fn window(window: &EvaluationWindow) -> sdk::EvaluationWindow {
    match window {
        EvaluationWindow::SlidingWindow {} => {
            sdk::EvaluationWindow::SlidingWindow(sdk::SlidingWindow::builder().build())
        }
        EvaluationWindow::WallClockWindow { timezone } => sdk::EvaluationWindow::WallClockWindow(
            sdk::WallClockWindow::builder().set_timezone(timezone.clone()).build(),
        ),
    }
}

fn dimension(dimension: &Dimension) -> sdk::Dimension {
    sdk::Dimension::builder().name(&dimension.name).value(&dimension.value).build()
}

fn query(query: &MetricDataQuery) -> sdk::MetricDataQuery {
    let stat = query.metric_stat.as_ref().map(|stat| {
        let metric = sdk::Metric::builder()
            .set_namespace(stat.metric.namespace.clone())
            .set_metric_name(stat.metric.metric_name.clone())
            .set_dimensions(filled(stat.metric.dimensions.iter().map(dimension).collect()));
        sdk::MetricStat::builder()
            .metric(metric.build())
            .period(stat.period)
            .stat(&stat.stat)
            .set_unit(stat.unit.as_deref().map(sdk::StandardUnit::from))
            .build()
    });
    sdk::MetricDataQuery::builder()
        .id(&query.id)
        .set_expression(query.expression.clone())
        .set_metric_stat(stat)
        .set_label(query.label.clone())
        .set_return_data(query.return_data)
        .set_period(query.period)
        .set_account_id(query.account_id.clone())
        .build()
}

async fn put_composite(at: &Writing, alarm: &CompositeAlarm) -> Result<(), WriteError> {
    let request = at
        .clients
        .cloudwatch()
        .put_composite_alarm()
        .alarm_name(&alarm.alarm_name)
        .set_alarm_description(alarm.alarm_description.clone())
        .alarm_rule(&alarm.alarm_rule)
        .actions_enabled(alarm.actions_enabled)
        .set_ok_actions(Some(alarm.ok_actions.clone()))
        .set_alarm_actions(Some(alarm.alarm_actions.clone()))
        .set_insufficient_data_actions(Some(alarm.insufficient_data_actions.clone()))
        .set_actions_suppressor(alarm.actions_suppressor.clone())
        .set_actions_suppressor_wait_period(alarm.actions_suppressor_wait_period)
        .set_actions_suppressor_extension_period(alarm.actions_suppressor_extension_period);
    at.done(request.send().await)
}

async fn put_mute_rule(at: &Writing, rule: &AlarmMuteRule) -> Result<(), WriteError> {
    let schedule = rule.schedule.as_ref().map(|schedule| {
        sdk::Schedule::builder()
            .expression(&schedule.expression)
            .duration(&schedule.duration)
            .set_timezone(schedule.timezone.clone())
            .build()
    });
    let targets = rule
        .targets
        .seen()
        .map(|alarms| sdk::MuteTargets::builder().set_alarm_names(Some(alarms.clone())).build());
    let request = at
        .clients
        .cloudwatch()
        .put_alarm_mute_rule()
        .name(rule.alarm_mute_rule_arn.name())
        .set_description(rule.description.clone())
        .rule(sdk::Rule::builder().set_schedule(schedule).build())
        .set_mute_targets(targets)
        .set_start_date(rule.start_date.map(moment))
        .set_expire_date(rule.expire_date.map(moment));
    at.done(request.send().await)
}

fn moment(moment: Timestamp) -> DateTime {
    DateTime::from_millis(moment.as_millisecond())
}
