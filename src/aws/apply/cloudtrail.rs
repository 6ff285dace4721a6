//! CloudTrail: trails and their event selectors.

use aws_sdk_cloudtrail::types as sdk;
use secmon_core::plan::{Tags, Write};
use secmon_core::selector::{AdvancedEventSelector, EventSelector, EventSelectors};
use secmon_core::snapshot::Arn;

use super::{WriteError, Writing};

pub(super) async fn write(at: &Writing, write: &Write) -> Result<(), WriteError> {
    let client = at.clients.cloudtrail();
    match write {
        Write::CreateTrail { trail, bucket, tags } => create(at, trail, bucket, tags).await,
        Write::DeleteTrail { trail, .. } => {
            at.done(client.delete_trail().name(trail.as_str()).send().await)
        }
        Write::UpdateTrail { trail, set, .. } => at.done(
            client
                .update_trail()
                .name(trail.as_str())
                .set_is_multi_region_trail(set.is_multi_region_trail)
                .set_include_global_service_events(set.include_global_service_events)
                .set_cloud_watch_logs_log_group_arn(set.cloud_watch_logs_log_group_arn.clone())
                .set_cloud_watch_logs_role_arn(set.cloud_watch_logs_role_arn.clone())
                .set_sns_topic_name(set.sns_topic_name.clone())
                .send()
                .await,
        ),
        Write::PutEventSelectors { trail, selectors, .. } => {
            put_selectors(at, trail, selectors).await
        }
        Write::StartLogging { trail, .. } => {
            at.done(client.start_logging().name(trail.as_str()).send().await)
        }
        Write::StopLogging { trail, .. } => {
            at.done(client.stop_logging().name(trail.as_str()).send().await)
        }
        _ => Ok(()),
    }
}

async fn create(at: &Writing, trail: &Arn, bucket: &str, tags: &Tags) -> Result<(), WriteError> {
    let tags = tags.iter().map(|(key, value)| sdk::Tag::builder().key(key).value(value).build());
    let tags = tags.collect::<Result<Vec<_>, _>>().map_err(|error| at.unbuildable(&error))?;
    let request = at
        .clients
        .cloudtrail()
        .create_trail()
        .name(trail.name())
        .s3_bucket_name(bucket)
        .is_multi_region_trail(true)
        .enable_log_file_validation(true)
        .set_tags_list((!tags.is_empty()).then_some(tags));
    at.done(request.send().await)
}

async fn put_selectors(
    at: &Writing,
    trail: &Arn,
    selectors: &EventSelectors,
) -> Result<(), WriteError> {
    let request = at.clients.cloudtrail().put_event_selectors().trail_name(trail.as_str());
    let request = if selectors.advanced_event_selectors.is_empty() {
        request.set_event_selectors(Some(selectors.event_selectors.iter().map(basic).collect()))
    } else {
        let advanced = selectors.advanced_event_selectors.iter().map(advanced);
        let advanced =
            advanced.collect::<Result<Vec<_>, _>>().map_err(|error| at.unbuildable(&error))?;
        request.set_advanced_event_selectors(Some(advanced))
    };
    at.done(request.send().await)
}

fn basic(selector: &EventSelector) -> sdk::EventSelector {
    let resources = selector.data_resources.iter().map(|resource| {
        sdk::DataResource::builder()
            .set_type(resource.r#type.clone())
            .set_values(Some(resource.values.clone()))
            .build()
    });
    let excluded = selector.exclude_management_event_sources.clone();
    sdk::EventSelector::builder()
        .set_read_write_type(selector.read_write_type.as_deref().map(sdk::ReadWriteType::from))
        .set_include_management_events(selector.include_management_events)
        .set_exclude_management_event_sources(Some(excluded))
        .set_data_resources(Some(resources.collect()))
        .build()
}

fn advanced(
    selector: &AdvancedEventSelector,
) -> Result<sdk::AdvancedEventSelector, aws_sdk_cloudtrail::error::BuildError> {
    let filled = |values: &Vec<String>| (!values.is_empty()).then(|| values.clone());
    let fields = selector.field_selectors.iter().map(|field| {
        sdk::AdvancedFieldSelector::builder()
            .field(&field.field)
            .set_equals(filled(&field.equals))
            .set_starts_with(filled(&field.starts_with))
            .set_ends_with(filled(&field.ends_with))
            .set_not_equals(filled(&field.not_equals))
            .set_not_starts_with(filled(&field.not_starts_with))
            .set_not_ends_with(filled(&field.not_ends_with))
            .build()
    });
    sdk::AdvancedEventSelector::builder()
        .set_name(selector.name.clone())
        .set_field_selectors(Some(fields.collect::<Result<_, _>>()?))
        .build()
}
