//! Trails and their event selectors.

use serde_json::Value;

use super::Piece;
use super::blocks::{Draft, draft, placed, tags};
use super::hcl::{Attribute, Body, Hcl};
use crate::plan::Write;
use crate::snapshot::{Arn, Target};

pub(super) fn trail(
    target: &Target,
    arn: &Arn,
    after: &Value,
    piece: &Piece<'_>,
) -> Result<Draft, &'static str> {
    let Some(bucket) = after["S3BucketName"].as_str() else {
        return Err("the trail's bucket is not known");
    };
    let mut body = Body::default();
    body.set("name", Hcl::text(arn.name()))
        .set("s3_bucket_name", Hcl::of("aws_s3_bucket", "bucket", bucket))
        .copy(
            after,
            &[
                ("S3KeyPrefix", "s3_key_prefix"),
                ("IsMultiRegionTrail", "is_multi_region_trail"),
                ("IsOrganizationTrail", "is_organization_trail"),
                ("IncludeGlobalServiceEvents", "include_global_service_events"),
                ("LogFileValidationEnabled", "enable_log_file_validation"),
                ("KmsKeyId", "kms_key_id"),
                ("IsLogging", "enable_logging"),
            ],
        );
    if let Some(group) = after["CloudWatchLogsLogGroupArn"].as_str() {
        body.set("cloud_watch_logs_group_arn", group_arn(group, target));
    }
    if let Some(role) = after["CloudWatchLogsRoleArn"].as_str() {
        body.set("cloud_watch_logs_role_arn", Hcl::of("aws_iam_role", "arn", role));
    }
    if let Some(topic) = after["SnsTopicARN"].as_str() {
        // The provider reads back the name of a topic beside the trail, and else the ARN.
        let beside = topic.parse::<Arn>().ok().filter(|arn| arn.target().as_ref() == Some(target));
        body.set("sns_topic_name", Hcl::text(beside.as_ref().map_or(topic, Arn::name)));
    }
    body.maybe("tags", tags(piece));
    let mut ignore = vec!["insight_selector", "tags"];
    let sets = |write: &Write| matches!(write, Write::PutEventSelectors { .. });
    match piece.changes.iter().any(|change| sets(&change.write)) {
        true => selectors(&mut body, &after["EventSelectors"]),
        // They may not have been read, and the provider reads back only those that were set.
        false => ignore.extend(["event_selector", "advanced_event_selector"]),
    }
    let attributes = vec![("arn", arn.to_string())];
    Ok(Draft { ignore, attributes, ..draft("aws_cloudtrail", arn.name(), arn, body) })
}

/// The ARN of a group, which the provider has without the `:*` that CloudTrail wants.
fn group_arn(arn: &str, target: &Target) -> Hcl {
    let parsed = arn.parse::<Arn>().ok().filter(|arn| arn.target().as_ref() == Some(target));
    match (parsed, arn.ends_with(":*")) {
        (Some(parsed), true) => Hcl::Of(Attribute {
            kind: "aws_cloudwatch_log_group",
            name: "arn",
            value: placed(target, parsed.name()),
            otherwise: arn.to_owned(),
            suffix: ":*",
        }),
        _ => Hcl::text(arn),
    }
}

fn selectors(body: &mut Body, selectors: &Value) {
    let each = |list: &Value| list.as_array().cloned().unwrap_or_default();
    for selector in each(&selectors["EventSelectors"]) {
        let mut inner = Body::default();
        inner.copy(
            &selector,
            &[
                ("ReadWriteType", "read_write_type"),
                ("IncludeManagementEvents", "include_management_events"),
                ("ExcludeManagementEventSources", "exclude_management_event_sources"),
            ],
        );
        for data in each(&selector["DataResources"]) {
            let mut resource = Body::default();
            resource.copy(&data, &[("Type", "type"), ("Values", "values")]);
            inner.block("data_resource", resource);
        }
        body.block("event_selector", inner);
    }
    for selector in each(&selectors["AdvancedEventSelectors"]) {
        let mut inner = Body::default();
        inner.copy(&selector, &[("Name", "name")]);
        for field in each(&selector["FieldSelectors"]) {
            let mut conditions = Body::default();
            conditions.copy(
                &field,
                &[
                    ("Field", "field"),
                    ("Equals", "equals"),
                    ("StartsWith", "starts_with"),
                    ("EndsWith", "ends_with"),
                    ("NotEquals", "not_equals"),
                    ("NotStartsWith", "not_starts_with"),
                    ("NotEndsWith", "not_ends_with"),
                ],
            );
            inner.block("field_selector", conditions);
        }
        body.block("advanced_event_selector", inner);
    }
}
