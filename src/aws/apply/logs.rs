//! CloudWatch Logs: groups and metric filters.

use aws_sdk_cloudwatchlogs::types as sdk;
use secmon_core::plan::Write;
use secmon_core::snapshot::{MetricFilter, MetricTransformation, Target};

use super::{WriteError, Writing, why};
use crate::connect::Session;
use crate::error::{Named, classify};

pub(super) async fn write(at: &Writing, write: &Write) -> Result<(), WriteError> {
    let client = at.clients.logs();
    match write {
        Write::CreateLogGroup { log_group, tags, .. } => {
            let tags = (!tags.is_empty()).then(|| tags.clone().into_iter().collect());
            let request = client.create_log_group().log_group_name(log_group).set_tags(tags);
            at.done(request.send().await)
        }
        Write::PutRetentionPolicy { log_group, retention_in_days, .. } => at.done(
            client
                .put_retention_policy()
                .log_group_name(log_group)
                .retention_in_days(*retention_in_days)
                .send()
                .await,
        ),
        Write::DeleteRetentionPolicy { log_group, .. } => {
            at.done(client.delete_retention_policy().log_group_name(log_group).send().await)
        }
        Write::DeleteLogGroup { log_group, .. } => {
            at.done(client.delete_log_group().log_group_name(log_group).send().await)
        }
        Write::PutMetricFilter { filter, .. } => put_filter(at, filter).await,
        Write::DeleteMetricFilter { log_group, filter, .. } => at.done(
            client
                .delete_metric_filter()
                .log_group_name(log_group)
                .filter_name(filter)
                .send()
                .await,
        ),
        _ => Ok(()),
    }
}

impl Session {
    /// Whether anything was ever written to a group.
    pub(super) async fn has_log_streams(
        &self,
        target: &Target,
        log_group: &str,
    ) -> Result<bool, String> {
        let Some(who) = self.writer_of(&target.account) else {
            return Err(format!("these credentials are not of account {}", target.account));
        };
        let clients = self.clients(who, &target.region);
        let request = clients.logs().describe_log_streams().log_group_name(log_group).limit(1);
        match request.send().await {
            Ok(answer) => Ok(!answer.log_streams().is_empty()),
            Err(error) => {
                let call = Named { name: "DescribeLogStreams", action: "logs:DescribeLogStreams" };
                Err(why(classify(call, &[], self.patience(), &error)))
            }
        }
    }
}

async fn put_filter(at: &Writing, filter: &MetricFilter) -> Result<(), WriteError> {
    let transformations = filter.metric_transformations.iter().map(transformation);
    let transformations =
        transformations.collect::<Result<Vec<_>, _>>().map_err(|error| at.unbuildable(&error))?;
    let dimensions = &filter.emit_system_field_dimensions;
    let request = at
        .clients
        .logs()
        .put_metric_filter()
        .log_group_name(&filter.log_group_name)
        .filter_name(&filter.filter_name)
        .filter_pattern(&filter.filter_pattern)
        .set_metric_transformations(Some(transformations))
        .set_apply_on_transformed_logs(filter.apply_on_transformed_logs.then_some(true))
        .set_field_selection_criteria(filter.field_selection_criteria.clone())
        .set_emit_system_field_dimensions((!dimensions.is_empty()).then(|| dimensions.clone()));
    at.done(request.send().await)
}

fn transformation(
    metric: &MetricTransformation,
) -> Result<sdk::MetricTransformation, aws_sdk_cloudwatchlogs::error::BuildError> {
    let dimensions = &metric.dimensions;
    let dimensions = (!dimensions.is_empty()).then(|| dimensions.clone().into_iter().collect());
    sdk::MetricTransformation::builder()
        .metric_name(&metric.metric_name)
        .metric_namespace(&metric.metric_namespace)
        .metric_value(&metric.metric_value)
        .set_default_value(metric.default_value)
        .set_dimensions(dimensions)
        .set_unit(metric.unit.as_deref().map(sdk::StandardUnit::from))
        .build()
}
