//! CloudWatch Logs: groups, filters, what AWS says of patterns, and what arrived.

use secmon_core::pattern::FilterPattern;
use secmon_core::snapshot::{Datapoint, MetricFilter, Observed};
use serde_json::{Value, json};

use super::super::answer::{Answer, LOGS};
use super::super::call::Call;
use super::Account;
use super::events::is_within;

pub(super) fn describe_log_groups(account: &Account<'_>, _: &Call) -> Answer {
    Answer::listed(&account.here().log_groups, |groups| {
        Answer::list(&["logGroups"], groups.values().map(|group| json!(group)).collect(), LOGS)
    })
}

pub(super) fn describe_metric_filters(account: &Account<'_>, _: &Call) -> Answer {
    Answer::listed(&account.here().metric_filters, |groups| {
        let filters = groups.values().flat_map(|filters| filters.values());
        Answer::list(&["metricFilters"], filters.map(|filter| json!(filter)).collect(), LOGS)
    })
}

/// `eventNumber` counts from 1, whatever the examples of the API reference say.
pub(super) fn test_metric_filter(account: &Account<'_>, call: &Call) -> Answer {
    let tests = &account.snapshot.pattern_tests;
    let no_messages = Vec::new();
    let messages = call.params["logEventMessages"].as_array().unwrap_or(&no_messages);
    if !(1..=50).contains(&messages.len()) {
        let message = "1 validation error detected: Value at 'logEventMessages' failed to satisfy \
                       constraint: Member must have length between 1 and 50";
        return Answer::missing(400, "InvalidParameterException", message);
    }
    let refused = || {
        let message = "Invalid metric filter pattern";
        Answer::missing(400, "InvalidParameterException", message)
    };
    let slot = tests.matches.get(call.text("filterPattern"));
    Answer::slot(slot, refused, |matching| {
        let mut matches = Vec::new();
        for (index, message) in messages.iter().enumerate() {
            let text = message.as_str().unwrap_or_default();
            let mut labels = tests.messages.iter().filter(|(_, known)| *known == text).peekable();
            if labels.peek().is_none() {
                return Answer::Unknown(format!("nobody knows whether this matches: {text}"));
            }
            if labels.any(|(label, _)| matching.contains(label)) {
                let pattern = FilterPattern::parse(call.text("filterPattern"));
                let extracted = pattern.map(|pattern| pattern.extracted(text)).unwrap_or_default();
                matches.push(json!({
                    "eventNumber": index + 1,
                    "eventMessage": text,
                    "extractedValues": extracted,
                }));
            }
        }
        Answer::Fields(json!({ "matches": matches }))
    })
}

/// Of searches for one event of CloudTrail only.
pub(super) fn filter_log_events(account: &Account<'_>, call: &Call) -> Answer {
    let pattern = call.text("filterPattern");
    let id = pattern.strip_prefix("{ $.eventID = \"").and_then(|rest| rest.strip_suffix("\" }"));
    let Some(id) = id else {
        return Answer::Unknown(format!("nobody knows what {pattern} finds"));
    };
    let groups = &account.here().filtered_log_events;
    let slot = groups.get(call.text("logGroupName")).and_then(|found| found.get(id));
    let missing = || {
        let message = "The specified log group does not exist.";
        Answer::missing(400, "ResourceNotFoundException", message)
    };
    Answer::slot(slot, missing, |found| {
        let within = |timestamp: i64| {
            let bound = |name: &str| call.params[name].as_i64();
            bound("startTime").is_none_or(|from| timestamp >= from)
                && bound("endTime").is_none_or(|until| timestamp <= until)
        };
        let found = found.iter().filter(|event| within(event.timestamp));
        Answer::list(&["events"], found.map(|event| json!(event)).collect(), LOGS)
    })
}

/// Of the metrics that secmon asks for only. Datapoints come in no order.
pub(super) fn get_metric_statistics(account: &Account<'_>, call: &Call) -> Answer {
    let params = &call.params;
    let Some(slot) = datapoints(account, params) else {
        return Answer::Unknown(format!("nobody knows the metric of {params}"));
    };
    let never =
        || Answer::Unknown("AWS answers a metric without data with an empty list".to_owned());
    Answer::slot(Some(slot), never, |datapoints| {
        let asked = |name: &str| {
            let names = params["Statistics"].as_array();
            name == "Timestamp" || name == "Unit" || names.is_some_and(|n| n.contains(&json!(name)))
        };
        let within = datapoints.iter().filter(|point| is_within(point.timestamp, params));
        let points: Vec<Value> = within
            .rev()
            .map(|point| {
                let Value::Object(fields) = json!(point) else {
                    return Value::Null;
                };
                let fields = fields.into_iter().filter(|(name, _)| asked(name));
                fields.collect::<serde_json::Map<_, _>>().into()
            })
            .collect();
        Answer::Fields(json!({ "Label": params["MetricName"], "Datapoints": points }))
    })
}

/// The slot of the metric that a call names.
fn datapoints<'a>(account: &Account<'a>, params: &Value) -> Option<&'a Observed<Vec<Datapoint>>> {
    let here = account.here();
    let (namespace, name) = (params["Namespace"].as_str()?, params["MetricName"].as_str()?);
    let dimension = &params["Dimensions"][0];
    match (namespace, name, dimension["Name"].as_str()) {
        ("AWS/Logs", "IncomingLogEvents", Some("LogGroupName")) => {
            here.incoming_log_events.get(dimension["Value"].as_str()?)
        }
        ("AWS/SNS", counter, Some("TopicName")) => {
            let topic = dimension["Value"].as_str()?;
            let (_, topic) = here.topics.iter().find(|(arn, _)| arn.resource() == topic)?;
            topic.counters.get(counter)
        }
        _ => {
            let groups = here.metric_filters.seen()?;
            let filters = groups.values().flat_map(|filters| filters.values());
            let feeds = |filter: &&MetricFilter| {
                let mut metrics = filter.metric_transformations.iter();
                metrics.any(|it| it.metric_namespace == namespace && it.metric_name == name)
            };
            let filter = filters.into_iter().find(feeds)?;
            here.filter_datapoints.get(&filter.log_group_name)?.get(&filter.filter_name)
        }
    }
}
