//! CloudWatch Logs: groups, filters, what AWS says of patterns, and what arrived.

use secmon_core::pattern::FilterPattern;
use secmon_core::snapshot::Observed;
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

/// Of `AWS/Logs IncomingLogEvents` only. Datapoints come in no order.
pub(super) fn get_metric_statistics(account: &Account<'_>, call: &Call) -> Answer {
    let params = &call.params;
    let metric = (&params["Namespace"], &params["MetricName"]);
    let dimension = &params["Dimensions"][0];
    let group = match (metric, dimension["Name"].as_str(), dimension["Value"].as_str()) {
        ((namespace, name), Some("LogGroupName"), Some(group))
            if namespace == "AWS/Logs" && name == "IncomingLogEvents" =>
        {
            group
        }
        _ => return Answer::Unknown("only IncomingLogEvents are known".to_owned()),
    };
    let never =
        || Answer::Unknown("AWS answers a metric without data with an empty list".to_owned());
    let slot: Option<&Observed<_>> = account.here().incoming_log_events.get(group);
    Answer::slot(slot, never, |datapoints| {
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
        Answer::Fields(json!({ "Label": "IncomingLogEvents", "Datapoints": points }))
    })
}
