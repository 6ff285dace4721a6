//! Calls as commands of the AWS CLI.

use serde_json::{Value, json};

use super::super::command::AwsCommand;
use super::{SECRET_DESCRIPTION, Tags, TrailSettings, Write, key_description};
use crate::selector::EventSelectors;
use crate::snapshot::{
    AlarmMuteRule, Arn, CompositeAlarm, EventRule, MetricAlarm, MetricFilter, MetricTransformation,
    Target,
};

pub(super) fn of(write: &Write) -> AwsCommand {
    match write {
        // Without the value: a script is no place for one.
        Write::CreateSecret { secret, tags } => {
            let command = AwsCommand::in_region("secretsmanager", "create-secret", secret.region())
                .text("--name", secret.name())
                .text("--description", SECRET_DESCRIPTION);
            tagged(command, "--tags", tags)
        }
        Write::RestoreSecret { secret } => secret_call("restore-secret", secret),
        Write::DeleteSecret { secret, recovery_window_in_days } => {
            secret_call("delete-secret", secret)
                .text("--recovery-window-in-days", recovery_window_in_days)
        }
        Write::CreateLogGroup { target, log_group, tags } => {
            let command = group("create-log-group", target, log_group);
            if tags.is_empty() { command } else { command.json("--tags", tags) }
        }
        Write::PutRetentionPolicy { target, log_group, retention_in_days } => {
            group("put-retention-policy", target, log_group)
                .text("--retention-in-days", retention_in_days)
        }
        Write::DeleteRetentionPolicy { target, log_group } => {
            group("delete-retention-policy", target, log_group)
        }
        Write::DeleteLogGroup { target, log_group } => group("delete-log-group", target, log_group),
        Write::PutMetricFilter { target, filter } => put_filter(target, filter),
        Write::DeleteMetricFilter { target, log_group, filter } => {
            group("delete-metric-filter", target, log_group).text("--filter-name", filter)
        }
        Write::CreateRole { role, trust, permissions_boundary, tags } => {
            let command = role_call("create-role", role)
                .text("--assume-role-policy-document", trust)
                .maybe("--permissions-boundary", permissions_boundary.as_ref());
            tagged(command, "--tags", tags)
        }
        Write::DeleteRole { role } => role_call("delete-role", role),
        Write::UpdateAssumeRolePolicy { role, document } => {
            role_call("update-assume-role-policy", role).text("--policy-document", document)
        }
        Write::PutRolePolicy { role, policy, document } => role_call("put-role-policy", role)
            .text("--policy-name", policy)
            .text("--policy-document", document),
        Write::DeleteRolePolicy { role, policy } => {
            role_call("delete-role-policy", role).text("--policy-name", policy)
        }
        Write::CreateBucket { target, bucket } => create_bucket(target, bucket),
        Write::DeleteBucket { target, bucket } => bucket_call("delete-bucket", target, bucket),
        Write::PutPublicAccessBlock { target, bucket } => {
            bucket_call("put-public-access-block", target, bucket).json(
                "--public-access-block-configuration",
                &json!({
                    "BlockPublicAcls": true,
                    "IgnorePublicAcls": true,
                    "BlockPublicPolicy": true,
                    "RestrictPublicBuckets": true,
                }),
            )
        }
        Write::PutBucketEncryption { target, bucket } => {
            bucket_call("put-bucket-encryption", target, bucket).json(
                "--server-side-encryption-configuration",
                &json!({"Rules": [
                    {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}},
                ]}),
            )
        }
        Write::PutBucketLifecycleConfiguration { target, bucket, days } => {
            bucket_call("put-bucket-lifecycle-configuration", target, bucket).json(
                "--lifecycle-configuration",
                &json!({"Rules": [{
                    "ID": "expire-log-files",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "AWSLogs/"},
                    "Expiration": {"Days": days},
                }]}),
            )
        }
        Write::PutBucketTagging { target, bucket, tags } => {
            bucket_call("put-bucket-tagging", target, bucket)
                .json("--tagging", &json!({"TagSet": tag_list(tags)}))
        }
        Write::PutBucketPolicy { target, bucket, policy } => {
            bucket_call("put-bucket-policy", target, bucket).text("--policy", policy)
        }
        Write::DeleteBucketPolicy { target, bucket } => {
            bucket_call("delete-bucket-policy", target, bucket)
        }
        Write::CreateTrail { trail, bucket, tags } => {
            let command = AwsCommand::in_region("cloudtrail", "create-trail", trail.region())
                .text("--name", trail.name())
                .text("--s3-bucket-name", bucket)
                .flag("--is-multi-region-trail", true)
                .flag("--enable-log-file-validation", true);
            tagged(command, "--tags-list", tags)
        }
        Write::DeleteTrail { trail, home_region } => trail_call("delete-trail", trail, home_region),
        Write::UpdateTrail { trail, home_region, set } => update_trail(trail, home_region, set),
        Write::PutEventSelectors { trail, home_region, selectors } => {
            put_selectors(trail, home_region, selectors)
        }
        Write::StartLogging { trail, home_region } => {
            trail_call("start-logging", trail, home_region)
        }
        Write::StopLogging { trail, home_region } => trail_call("stop-logging", trail, home_region),
        Write::PutRule { target, rule } => put_rule(target, rule),
        Write::PutTargets { target, rule, id, arn } => {
            AwsCommand::in_region("events", "put-targets", &target.region)
                .text("--rule", rule)
                .json("--targets", &json!([{"Id": id, "Arn": arn}]))
        }
        Write::RemoveTargets { target, rule, id } => {
            AwsCommand::in_region("events", "remove-targets", &target.region)
                .text("--rule", rule)
                .list("--ids", std::slice::from_ref(id))
        }
        Write::CreateTopic { topic, tags } => {
            let name = topic.resource();
            let command =
                AwsCommand::in_region("sns", "create-topic", topic.region()).text("--name", name);
            let fifo = name.ends_with(".fifo");
            let command =
                if fifo { command.text("--attributes", "FifoTopic=true") } else { command };
            tagged(command, "--tags", tags)
        }
        Write::DeleteTopic { topic } => topic_call("delete-topic", topic),
        Write::SetTopicAttributes { topic, attribute, value } => {
            topic_call("set-topic-attributes", topic)
                .text("--attribute-name", attribute)
                .text("--attribute-value", value)
        }
        Write::Subscribe { topic, protocol, endpoint } => topic_call("subscribe", topic)
            .text("--protocol", protocol)
            .text("--notification-endpoint", endpoint),
        Write::Unsubscribe { subscription, .. } => {
            AwsCommand::in_region("sns", "unsubscribe", subscription.region())
                .text("--subscription-arn", subscription)
        }
        Write::SetSubscriptionAttributes { subscription, attribute, value, .. } => {
            AwsCommand::in_region("sns", "set-subscription-attributes", subscription.region())
                .text("--subscription-arn", subscription)
                .text("--attribute-name", attribute)
                .text("--attribute-value", value)
        }
        // It prints the id that its alias is made with.
        Write::CreateKey { target, alias, policy, tags } => {
            let command = AwsCommand::in_region("kms", "create-key", &target.region)
                .text("--description", key_description(alias))
                .text("--policy", policy);
            let pairs = tags.iter();
            let pairs = pairs.map(|(key, value)| json!({"TagKey": key, "TagValue": value}));
            structure(command, "--tags", &pairs.collect::<Vec<_>>())
                .text("--query", "KeyMetadata.KeyId")
                .text("--output", "text")
        }
        Write::DeleteAlias { target, alias } => {
            AwsCommand::in_region("kms", "delete-alias", &target.region).text("--alias-name", alias)
        }
        Write::CancelKeyDeletion { target, key } => key_call("cancel-key-deletion", target, key),
        Write::ScheduleKeyDeletion { target, key, pending_window_in_days } => {
            key_call("schedule-key-deletion", target, key)
                .text("--pending-window-in-days", pending_window_in_days)
        }
        Write::EnableKey { target, key } => key_call("enable-key", target, key),
        Write::DisableKey { target, key } => key_call("disable-key", target, key),
        Write::PutKeyPolicy { target, key, policy } => key_call("put-key-policy", target, key)
            .text("--policy-name", "default")
            .text("--policy", policy),
        Write::PutMetricAlarm { target, alarm, tags } => {
            tagged(put_alarm(target, alarm), "--tags", tags)
        }
        Write::PutCompositeAlarm { target, alarm } => put_composite(target, alarm),
        Write::DeleteAlarms { target, alarm } => {
            cloudwatch("delete-alarms", target).list("--alarm-names", std::slice::from_ref(alarm))
        }
        Write::EnableAlarmActions { target, alarm } => cloudwatch("enable-alarm-actions", target)
            .list("--alarm-names", std::slice::from_ref(alarm)),
        Write::DisableAlarmActions { target, alarm } => cloudwatch("disable-alarm-actions", target)
            .list("--alarm-names", std::slice::from_ref(alarm)),
        Write::SetAlarmState { target, alarm, state, reason } => {
            cloudwatch("set-alarm-state", target)
                .text("--alarm-name", alarm)
                .text("--state-value", state)
                .text("--state-reason", reason)
        }
        Write::PutAlarmMuteRule { target, rule } => put_mute_rule(target, rule),
        Write::DeleteAlarmMuteRule { target, rule } => {
            cloudwatch("delete-alarm-mute-rule", target).text("--alarm-mute-rule-name", rule)
        }
        Write::PutDashboard { target, dashboard, body } => cloudwatch("put-dashboard", target)
            .text("--dashboard-name", dashboard)
            .text("--dashboard-body", body),
        Write::DeleteDashboards { target, dashboard } => cloudwatch("delete-dashboards", target)
            .list("--dashboard-names", std::slice::from_ref(dashboard)),
    }
}

fn secret_call(operation: &'static str, secret: &Arn) -> AwsCommand {
    AwsCommand::in_region("secretsmanager", operation, secret.region()).text("--secret-id", secret)
}

fn group(operation: &'static str, target: &Target, log_group: &str) -> AwsCommand {
    AwsCommand::in_region("logs", operation, &target.region).text("--log-group-name", log_group)
}

fn role_call(operation: &'static str, role: &Arn) -> AwsCommand {
    AwsCommand::new("iam", operation).text("--role-name", role.name())
}

fn bucket_call(operation: &'static str, target: &Target, bucket: &str) -> AwsCommand {
    AwsCommand::in_region("s3api", operation, &target.region).text("--bucket", bucket)
}

fn trail_call(operation: &'static str, trail: &Arn, home_region: &str) -> AwsCommand {
    AwsCommand::in_region("cloudtrail", operation, home_region).text("--name", trail)
}

fn topic_call(operation: &'static str, topic: &Arn) -> AwsCommand {
    AwsCommand::in_region("sns", operation, topic.region()).text("--topic-arn", topic)
}

fn key_call(operation: &'static str, target: &Target, key: &str) -> AwsCommand {
    let region = match key.parse::<Arn>() {
        Ok(arn) => arn.region().to_owned(),
        Err(_) => target.region.to_string(),
    };
    AwsCommand::in_region("kms", operation, region).text("--key-id", key)
}

fn cloudwatch(operation: &'static str, target: &Target) -> AwsCommand {
    AwsCommand::in_region("cloudwatch", operation, &target.region)
}

fn tag_list(tags: &Tags) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

fn tagged(command: AwsCommand, option: &'static str, tags: &Tags) -> AwsCommand {
    if tags.is_empty() { command } else { command.json(option, &tag_list(tags)) }
}

fn create_bucket(target: &Target, bucket: &str) -> AwsCommand {
    let region = target.region.as_str();
    let command = bucket_call("create-bucket", target, bucket);
    // us-east-1 is where buckets are made without one, and S3 refuses it as a constraint.
    match region {
        "us-east-1" => command,
        _ => command
            .text("--create-bucket-configuration", format_args!("LocationConstraint={region}")),
    }
}

fn update_trail(trail: &Arn, home_region: &str, set: &TrailSettings) -> AwsCommand {
    trail_call("update-trail", trail, home_region)
        .flag("--is-multi-region-trail", set.is_multi_region_trail == Some(true))
        .flag("--no-is-multi-region-trail", set.is_multi_region_trail == Some(false))
        .flag("--include-global-service-events", set.include_global_service_events == Some(true))
        .flag(
            "--no-include-global-service-events",
            set.include_global_service_events == Some(false),
        )
        .maybe("--cloud-watch-logs-log-group-arn", set.cloud_watch_logs_log_group_arn.as_ref())
        .maybe("--cloud-watch-logs-role-arn", set.cloud_watch_logs_role_arn.as_ref())
        .maybe("--sns-topic-name", set.sns_topic_name.as_ref())
}

fn put_selectors(trail: &Arn, home_region: &str, selectors: &EventSelectors) -> AwsCommand {
    let command = AwsCommand::in_region("cloudtrail", "put-event-selectors", home_region)
        .text("--trail-name", trail);
    if selectors.advanced_event_selectors.is_empty() {
        command.json("--event-selectors", &selectors.event_selectors)
    } else {
        command.json("--advanced-event-selectors", &selectors.advanced_event_selectors)
    }
}

fn put_filter(target: &Target, filter: &MetricFilter) -> AwsCommand {
    let transformations: Vec<Value> =
        filter.metric_transformations.iter().map(transformation).collect();
    group("put-metric-filter", target, &filter.log_group_name)
        .text("--filter-name", &filter.filter_name)
        .text("--filter-pattern", &filter.filter_pattern)
        .json("--metric-transformations", &transformations)
        .flag("--apply-on-transformed-logs", filter.apply_on_transformed_logs)
        .maybe("--field-selection-criteria", filter.field_selection_criteria.as_ref())
        .list("--emit-system-field-dimensions", &filter.emit_system_field_dimensions)
}

/// The transformation as JSON, its default value as people write it: `0`, not `0.0`.
fn transformation(transformation: &MetricTransformation) -> Value {
    let mut value = json!(transformation);
    if let Some(default) = transformation.default_value {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be a small whole number")]
        let number = if default.fract() == 0.0 && default.abs() < 1e15 {
            json!(default as i64)
        } else {
            json!(default)
        };
        value["defaultValue"] = number;
    }
    value
}

fn put_rule(target: &Target, rule: &EventRule) -> AwsCommand {
    AwsCommand::in_region("events", "put-rule", &target.region)
        .text("--name", &rule.name)
        .maybe("--event-pattern", rule.event_pattern.as_ref())
        .maybe("--schedule-expression", rule.schedule_expression.as_ref())
        .maybe("--state", rule.state.as_ref())
        .maybe("--description", rule.description.as_ref())
        .maybe("--role-arn", rule.role_arn.as_ref())
}

fn put_alarm(target: &Target, alarm: &MetricAlarm) -> AwsCommand {
    let command = cloudwatch("put-metric-alarm", target)
        .text("--alarm-name", &alarm.alarm_name)
        .maybe("--alarm-description", alarm.alarm_description.as_ref())
        .flag("--no-actions-enabled", !alarm.actions_enabled)
        .list("--ok-actions", &alarm.ok_actions)
        .list("--alarm-actions", &alarm.alarm_actions)
        .list("--insufficient-data-actions", &alarm.insufficient_data_actions)
        .maybe("--namespace", alarm.namespace.as_ref())
        .maybe("--metric-name", alarm.metric_name.as_ref())
        .maybe("--statistic", alarm.statistic.as_ref())
        .maybe("--extended-statistic", alarm.extended_statistic.as_ref());
    let command = structure(command, "--dimensions", &alarm.dimensions);
    let command = command
        .maybe("--period", alarm.period)
        .maybe("--unit", alarm.unit.as_ref())
        .maybe("--evaluation-periods", alarm.evaluation_periods)
        .maybe("--datapoints-to-alarm", alarm.datapoints_to_alarm)
        .maybe("--threshold", alarm.threshold)
        .maybe("--comparison-operator", alarm.comparison_operator.as_ref())
        .maybe("--treat-missing-data", alarm.treat_missing_data.as_ref())
        .maybe(
            "--evaluate-low-sample-count-percentile",
            alarm.evaluate_low_sample_count_percentile.as_ref(),
        );
    let command = match &alarm.evaluation_window {
        Some(window) => command.json("--evaluation-window", window),
        None => command,
    };
    structure(command, "--metrics", &alarm.metrics)
        .maybe("--threshold-metric-id", alarm.threshold_metric_id.as_ref())
}

fn put_composite(target: &Target, alarm: &CompositeAlarm) -> AwsCommand {
    cloudwatch("put-composite-alarm", target)
        .text("--alarm-name", &alarm.alarm_name)
        .maybe("--alarm-description", alarm.alarm_description.as_ref())
        .text("--alarm-rule", &alarm.alarm_rule)
        .flag("--no-actions-enabled", !alarm.actions_enabled)
        .list("--ok-actions", &alarm.ok_actions)
        .list("--alarm-actions", &alarm.alarm_actions)
        .list("--insufficient-data-actions", &alarm.insufficient_data_actions)
        .maybe("--actions-suppressor", alarm.actions_suppressor.as_ref())
        .maybe("--actions-suppressor-wait-period", alarm.actions_suppressor_wait_period)
        .maybe("--actions-suppressor-extension-period", alarm.actions_suppressor_extension_period)
}

fn put_mute_rule(target: &Target, rule: &AlarmMuteRule) -> AwsCommand {
    let name = rule.alarm_mute_rule_arn.name();
    let command = cloudwatch("put-alarm-mute-rule", target)
        .text("--name", name)
        .maybe("--description", rule.description.as_ref());
    let command = match &rule.schedule {
        Some(schedule) => command.json("--rule", &json!({"Schedule": schedule})),
        None => command,
    };
    let command = match rule.targets.seen() {
        Some(alarms) => command.json("--mute-targets", &json!({"AlarmNames": alarms})),
        None => command,
    };
    command.maybe("--start-date", rule.start_date).maybe("--expire-date", rule.expire_date)
}

fn structure<T: serde::Serialize>(
    command: AwsCommand,
    name: &'static str,
    items: &[T],
) -> AwsCommand {
    if items.is_empty() { command } else { command.json(name, items) }
}
