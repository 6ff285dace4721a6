//! CloudTrail: trails, their state and selectors, Event history.

use std::collections::BTreeMap;

use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::operation::get_trail_status::GetTrailStatusOutput;
use aws_sdk_cloudtrail::types::{self as sdk, LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use secmon_core::selector::{
    AdvancedEventSelector, AdvancedFieldSelector, DataResource, EventSelector, EventSelectors,
};
use secmon_core::snapshot::{Arn, Event, EventHistory, Observed, Trail, TrailStatus};

use super::convert::{filled, moment, need, need_arn, timestamp};
use super::place::{Page, Place};
use crate::error::Trouble;
use crate::permissions::Call;

#[cfg(test)]
mod tests;

/// `DescribeTrails` with shadow trails. It has no pages.
pub(super) async fn describe_trails(at: &Place<'_>) -> Result<BTreeMap<Arn, Trail>, Trouble> {
    let clients = at.clients()?;
    let request = clients.cloudtrail().describe_trails().include_shadow_trails(true).send();
    let answer = at.ask(Call::DescribeTrails, &[], request).await?;
    let trails = answer.trail_list.unwrap_or_default().into_iter().map(trail);
    trails.map(|trail| trail.map(|trail| (trail.trail_arn.clone(), trail))).collect()
}

/// `DescribeTrails` of one trail, in its home Region.
pub(super) async fn describe_trail(
    at: &Place<'_>,
    arn: &Arn,
    home_region: &str,
) -> Result<Trail, Trouble> {
    let at = at.in_region(home_region)?;
    let clients = at.clients()?;
    let request = clients.cloudtrail().describe_trails().trail_name_list(arn.as_str()).send();
    let answer = at.ask(Call::DescribeTrails, &["TrailNotFoundException"], request).await?;
    // Trails that do not exist are left out of the answer.
    let found = answer.trail_list.unwrap_or_default().into_iter().next();
    found.map_or(Err(Trouble::Absent), trail)
}

/// `ListTrails`: every trail of the account, undescribed.
pub(super) async fn list_trails(at: &Place<'_>) -> Result<BTreeMap<Arn, Observed<Trail>>, Trouble> {
    const CALL: Call = Call::ListTrails;
    let clients = at.clients()?;
    let trails = at
        .pages(CALL, async |token| {
            let request = clients.cloudtrail().list_trails().set_next_token(token).send();
            let answer = at.ask(CALL, &[], request).await?;
            Ok(Page { items: answer.trails.unwrap_or_default(), next: answer.next_token })
        })
        .await?;
    trails
        .into_iter()
        .map(|trail| Ok((need_arn(CALL, "TrailARN", trail.trail_arn)?, Observed::NotAsked)))
        .collect()
}

/// `GetTrailStatus`, in the home Region: only there it tells of deliveries.
pub(super) async fn get_trail_status(
    at: &Place<'_>,
    arn: &Arn,
    home_region: &str,
) -> Result<TrailStatus, Trouble> {
    let at = at.in_region(home_region)?;
    let clients = at.clients()?;
    let request = clients.cloudtrail().get_trail_status().name(arn.as_str()).send();
    trail_status(at.ask(Call::GetTrailStatus, &["TrailNotFoundException"], request).await?)
}

/// `GetEventSelectors`, in the home Region.
pub(super) async fn get_event_selectors(
    at: &Place<'_>,
    arn: &Arn,
    home_region: &str,
) -> Result<EventSelectors, Trouble> {
    let at = at.in_region(home_region)?;
    let clients = at.clients()?;
    let request = clients.cloudtrail().get_event_selectors().trail_name(arn.as_str()).send();
    let answer = at.ask(Call::GetEventSelectors, &["TrailNotFoundException"], request).await?;
    Ok(event_selectors(answer))
}

/// `LookupEvents`: one page of the newest events.
pub(super) async fn lookup_events(
    at: &Place<'_>,
    event_name: &str,
) -> Result<EventHistory, Trouble> {
    const CALL: Call = Call::LookupEvents;
    let (mut events, more) =
        at.first_items(CALL, async |token| events_page(at, event_name, None, token).await).await?;
    events.sort_by(|a, b| (b.event_time, &b.event_id).cmp(&(a.event_time, &a.event_id)));
    Ok(EventHistory { events, more })
}

/// `LookupEvents`: every event since a time, newest first. `seen` is told of each page, and how far
/// back it goes.
pub(super) async fn lookup_events_since(
    at: &Place<'_>,
    event_name: &str,
    from: Timestamp,
    seen: &dyn Fn(Option<Timestamp>),
) -> Result<Vec<Event>, Trouble> {
    let mut events = at
        .pages(Call::LookupEvents, async |token| {
            let page = events_page(at, event_name, Some(from), token).await?;
            seen(page.items.iter().map(|event| event.event_time).min());
            Ok(page)
        })
        .await?;
    events.sort_by(|a, b| (b.event_time, &b.event_id).cmp(&(a.event_time, &a.event_id)));
    Ok(events)
}

async fn events_page(
    at: &Place<'_>,
    event_name: &str,
    from: Option<Timestamp>,
    token: Option<String>,
) -> Result<Page<Event>, Trouble> {
    const CALL: Call = Call::LookupEvents;
    let clients = at.clients()?;
    let attribute = LookupAttribute::builder()
        .attribute_key(LookupAttributeKey::EventName)
        .attribute_value(event_name)
        .build()
        .map_err(|error| Trouble::failed(format!("{}: {error}", CALL.name())))?;
    let request = clients
        .cloudtrail()
        .lookup_events()
        .lookup_attributes(attribute)
        .max_results(50)
        .set_start_time(from.map(|from| DateTime::from_secs(from.as_second())))
        .set_next_token(token);
    let answer = at.ask(CALL, &[], request.send()).await?;
    let events = answer.events.unwrap_or_default();
    let items = events.into_iter().map(event).collect::<Result<Vec<_>, _>>()?;
    Ok(Page { items, next: answer.next_token })
}

fn trail(trail: sdk::Trail) -> Result<Trail, Trouble> {
    const CALL: Call = Call::DescribeTrails;
    let trail_arn = need_arn(CALL, "TrailARN", trail.trail_arn)?;
    Ok(Trail {
        name: trail.name.unwrap_or_else(|| trail_arn.name().to_owned()),
        home_region: need(CALL, "HomeRegion", trail.home_region)?,
        trail_arn,
        is_multi_region_trail: trail.is_multi_region_trail.unwrap_or_default(),
        is_organization_trail: trail.is_organization_trail.unwrap_or_default(),
        s3_bucket_name: filled(trail.s3_bucket_name),
        s3_key_prefix: filled(trail.s3_key_prefix),
        sns_topic_arn: filled(trail.sns_topic_arn),
        cloud_watch_logs_log_group_arn: filled(trail.cloud_watch_logs_log_group_arn),
        cloud_watch_logs_role_arn: filled(trail.cloud_watch_logs_role_arn),
        kms_key_id: filled(trail.kms_key_id),
        include_global_service_events: trail.include_global_service_events,
        log_file_validation_enabled: trail.log_file_validation_enabled,
        has_custom_event_selectors: trail.has_custom_event_selectors,
        status: Observed::NotAsked,
        selectors: Observed::NotAsked,
    })
}

fn trail_status(answer: GetTrailStatusOutput) -> Result<TrailStatus, Trouble> {
    Ok(TrailStatus {
        // A guess either way would be a verdict.
        is_logging: need(Call::GetTrailStatus, "IsLogging", answer.is_logging)?,
        start_logging_time: moment(answer.start_logging_time),
        stop_logging_time: moment(answer.stop_logging_time),
        latest_delivery_error: filled(answer.latest_delivery_error),
        latest_delivery_time: moment(answer.latest_delivery_time),
        latest_cloud_watch_logs_delivery_error: filled(
            answer.latest_cloud_watch_logs_delivery_error,
        ),
        latest_cloud_watch_logs_delivery_time: moment(answer.latest_cloud_watch_logs_delivery_time),
        latest_notification_error: filled(answer.latest_notification_error),
        latest_notification_time: moment(answer.latest_notification_time),
    })
}

fn event_selectors(answer: GetEventSelectorsOutput) -> EventSelectors {
    let basic = answer.event_selectors.unwrap_or_default().into_iter();
    let advanced = answer.advanced_event_selectors.unwrap_or_default().into_iter();
    EventSelectors {
        event_selectors: basic.map(event_selector).collect(),
        advanced_event_selectors: advanced.map(advanced_event_selector).collect(),
    }
}

fn event_selector(selector: sdk::EventSelector) -> EventSelector {
    let resources = selector.data_resources.unwrap_or_default().into_iter();
    EventSelector {
        read_write_type: selector.read_write_type.map(|kind| kind.as_str().to_owned()),
        include_management_events: selector.include_management_events,
        exclude_management_event_sources: selector
            .exclude_management_event_sources
            .unwrap_or_default(),
        data_resources: resources
            .map(|resource| DataResource {
                r#type: resource.r#type,
                values: resource.values.unwrap_or_default(),
            })
            .collect(),
    }
}

fn advanced_event_selector(selector: sdk::AdvancedEventSelector) -> AdvancedEventSelector {
    let fields = selector.field_selectors.into_iter();
    AdvancedEventSelector {
        name: selector.name,
        field_selectors: fields
            .map(|field| AdvancedFieldSelector {
                field: field.field,
                equals: field.equals.unwrap_or_default(),
                starts_with: field.starts_with.unwrap_or_default(),
                ends_with: field.ends_with.unwrap_or_default(),
                not_equals: field.not_equals.unwrap_or_default(),
                not_starts_with: field.not_starts_with.unwrap_or_default(),
                not_ends_with: field.not_ends_with.unwrap_or_default(),
            })
            .collect(),
    }
}

fn event(event: sdk::Event) -> Result<Event, Trouble> {
    const CALL: Call = Call::LookupEvents;
    Ok(Event {
        event_id: need(CALL, "EventId", event.event_id)?,
        event_name: need(CALL, "EventName", event.event_name)?,
        event_time: need(CALL, "EventTime", event.event_time.as_ref().and_then(timestamp))?,
        username: filled(event.username),
        cloud_trail_event: event.cloud_trail_event,
    })
}
