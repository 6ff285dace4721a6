//! CloudWatch Logs: groups, metric filters, and what AWS says a pattern matches.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatchlogs::operation::test_metric_filter::TestMetricFilterError;
use aws_sdk_cloudwatchlogs::types as sdk;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;
use secmon_core::snapshot::{FilteredLogEvent, LogGroup, MetricFilter, MetricTransformation};

use super::convert::{filled, need};
use super::pattern::MessageTest;
use super::place::{Page, Place};
use crate::error::Trouble;
use crate::permissions::Call;

#[cfg(test)]
mod tests;

/// How many messages `TestMetricFilter` takes.
pub(super) const MESSAGES: usize = 50;

/// `DescribeLogGroups`, by name.
pub(super) async fn describe_log_groups(
    at: &Place<'_>,
) -> Result<BTreeMap<String, LogGroup>, Trouble> {
    const CALL: Call = Call::DescribeLogGroups;
    let clients = at.clients()?;
    let groups = at
        .pages(CALL, async |token| {
            let request = clients.logs().describe_log_groups().limit(50);
            let answer = at.ask(CALL, &[], request.set_next_token(token).send()).await?;
            Ok(Page { items: answer.log_groups.unwrap_or_default(), next: answer.next_token })
        })
        .await?;
    let groups = groups.into_iter().map(log_group);
    groups.map(|group| group.map(|group| (group.log_group_name.clone(), group))).collect()
}

/// `DescribeMetricFilters` of all groups, by group and name.
pub(super) async fn describe_metric_filters(
    at: &Place<'_>,
) -> Result<BTreeMap<String, BTreeMap<String, MetricFilter>>, Trouble> {
    const CALL: Call = Call::DescribeMetricFilters;
    let clients = at.clients()?;
    let filters = at
        .pages(CALL, async |token| {
            let request = clients.logs().describe_metric_filters().limit(50);
            let answer = at.ask(CALL, &[], request.set_next_token(token).send()).await?;
            Ok(Page { items: answer.metric_filters.unwrap_or_default(), next: answer.next_token })
        })
        .await?;
    let mut by_group: BTreeMap<String, BTreeMap<String, MetricFilter>> = BTreeMap::new();
    for filter in filters {
        let filter = metric_filter(filter)?;
        let group = by_group.entry(filter.log_group_name.clone()).or_default();
        group.insert(filter.filter_name.clone(), filter);
    }
    Ok(by_group)
}

/// `FilterLogEvents`: the log events of one event of CloudTrail. The search ends with the first page
/// that holds one; pages before it may be empty.
pub(super) async fn filter_log_events(
    at: &Place<'_>,
    log_group: &str,
    event_id: &str,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<FilteredLogEvent>, Trouble> {
    const CALL: Call = Call::FilterLogEvents;
    let clients = at.clients()?;
    let pattern = format!("{{ $.eventID = \"{event_id}\" }}");
    let (events, _) = at
        .first_items(CALL, async |token| {
            let request = clients
                .logs()
                .filter_log_events()
                .log_group_name(log_group)
                .filter_pattern(&pattern)
                .start_time(from.as_millisecond())
                .end_time(until.as_millisecond())
                .set_next_token(token);
            let answer = at.ask(CALL, &["ResourceNotFoundException"], request.send()).await?;
            Ok(Page { items: answer.events.unwrap_or_default(), next: answer.next_token })
        })
        .await?;
    let mut found = events
        .into_iter()
        .map(|event| {
            let timestamp = need(CALL, "timestamp", event.timestamp)?;
            Ok(FilteredLogEvent { timestamp })
        })
        .collect::<Result<Vec<_>, Trouble>>()?;
    found.sort_by_key(|event| event.timestamp);
    Ok(found)
}

/// `TestMetricFilter`: the labels of the messages that the pattern matches.
pub(super) async fn test_metric_filter(
    at: &Place<'_>,
    pattern: &str,
    messages: &BTreeMap<String, String>,
) -> Result<BTreeSet<String>, Trouble> {
    let all: Vec<(&String, &String)> = messages.iter().collect();
    let mut matched = BTreeSet::new();
    for some in all.chunks(MESSAGES) {
        let texts = some.iter().map(|(_, text)| (*text).clone()).collect();
        let tests = test_messages(at, pattern, texts).await?;
        let tests = tests.map_err(|said| Trouble::failed(refusal(&said)))?;
        let labels = some.iter().zip(tests).filter(|(_, test)| *test != MessageTest::NoMatch);
        matched.extend(labels.map(|((label, _), _)| (*label).clone()));
    }
    Ok(matched)
}

/// `TestMetricFilter`, one call: an answer for each message, or AWS's words if it refuses the
/// pattern.
pub(super) async fn test_messages(
    at: &Place<'_>,
    pattern: &str,
    messages: Vec<String>,
) -> Result<Result<Vec<MessageTest>, String>, Trouble> {
    const CALL: Call = Call::TestMetricFilter;
    let clients = at.clients()?;
    let count = messages.len();
    let request = clients.logs().test_metric_filter().filter_pattern(pattern);
    let request = request.set_log_event_messages(Some(messages));
    match at.in_time(CALL, request.send()).await? {
        Ok(answer) => tests(count, answer.matches.unwrap_or_default()).map(Ok),
        Err(error) => match refused_pattern(&error) {
            Some(said) => Ok(Err(said)),
            None => Err(at.classified(CALL, &[], &error)),
        },
    }
}

/// What AWS says of the pattern, if it is the pattern that it refuses.
fn refused_pattern(error: &SdkError<TestMetricFilterError, HttpResponse>) -> Option<String> {
    let said = error.as_service_error().filter(|error| error.is_invalid_parameter_exception())?;
    let said = said.message().filter(|said| !said.is_empty())?;
    // The same error refuses messages: none, more than fifty, empty ones.
    (!said.contains("logEventMessages")).then(|| said.to_owned())
}

fn refusal(said: &str) -> String {
    format!("{}: InvalidParameterException: {said}", Call::TestMetricFilter.name())
}

/// One answer for each message. AWS names those that match by number and counts from 1.
fn tests(
    count: usize,
    records: Vec<sdk::MetricFilterMatchRecord>,
) -> Result<Vec<MessageTest>, Trouble> {
    let mut tests = vec![MessageTest::NoMatch; count];
    for record in records {
        let number = record.event_number;
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let Some(test) = index.and_then(|index| tests.get_mut(index)) else {
            return Err(Trouble::failed(format!(
                "{}: the answer names eventNumber {number} of {count} messages",
                Call::TestMetricFilter.name(),
            )));
        };
        let extracted = record.extracted_values.unwrap_or_default().into_iter().collect();
        *test = MessageTest::Match { extracted };
    }
    Ok(tests)
}

fn log_group(group: sdk::LogGroup) -> Result<LogGroup, Trouble> {
    Ok(LogGroup {
        log_group_name: need(Call::DescribeLogGroups, "logGroupName", group.log_group_name)?,
        arn: group.arn,
        log_group_class: group.log_group_class.map(|class| class.as_str().to_owned()),
        creation_time: group.creation_time,
        retention_in_days: group.retention_in_days,
        metric_filter_count: group.metric_filter_count,
        kms_key_id: filled(group.kms_key_id),
    })
}

fn metric_filter(filter: sdk::MetricFilter) -> Result<MetricFilter, Trouble> {
    const CALL: Call = Call::DescribeMetricFilters;
    let transformations = filter.metric_transformations.unwrap_or_default().into_iter();
    Ok(MetricFilter {
        filter_name: need(CALL, "filterName", filter.filter_name)?,
        log_group_name: need(CALL, "logGroupName", filter.log_group_name)?,
        // An empty pattern matches everything, so that leaving it out means something.
        filter_pattern: filter.filter_pattern.unwrap_or_default(),
        metric_transformations: transformations.map(metric_transformation).collect(),
        creation_time: filter.creation_time,
        apply_on_transformed_logs: filter.apply_on_transformed_logs,
        field_selection_criteria: filled(filter.field_selection_criteria),
        emit_system_field_dimensions: filter.emit_system_field_dimensions.unwrap_or_default(),
    })
}

fn metric_transformation(metric: sdk::MetricTransformation) -> MetricTransformation {
    MetricTransformation {
        metric_name: metric.metric_name,
        metric_namespace: metric.metric_namespace,
        metric_value: metric.metric_value,
        default_value: metric.default_value,
        dimensions: metric.dimensions.unwrap_or_default().into_iter().collect(),
        unit: metric.unit.map(|unit| unit.as_str().to_owned()),
    }
}
