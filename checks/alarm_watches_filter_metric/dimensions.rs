//! Whether the alarm's dimensions are those with which the filter feeds the metric.

use std::collections::BTreeMap;

use secmon_core::baseline::Expect;
use secmon_core::finding::Finding;
use secmon_core::pattern::text_at;
use secmon_core::route::Context;
use secmon_core::snapshot::{MetricAlarm, MetricFilter, MetricTransformation};

use crate::pattern_answers::list;

/// How an alarm's dimensions differ from the filter's.
pub(super) enum Difference {
    None,
    Found(Finding),
    /// This selector is not modelled.
    Unclear(String),
}

/// Every value of a dimension is a metric of its own, so the names have to be the same, and every
/// read has to have the value that the alarm names.
pub(super) fn compare(
    context: &Context<'_>,
    alarm: &MetricAlarm,
    filter: &MetricFilter,
    metric: &MetricTransformation,
) -> Difference {
    let watched: BTreeMap<&str, &str> = alarm
        .dimensions
        .iter()
        .map(|dimension| (dimension.name.as_str(), dimension.value.as_str()))
        .collect();
    let mut fed: BTreeMap<&str, &str> = metric
        .dimensions
        .iter()
        .map(|(name, selector)| (name.as_str(), selector.as_str()))
        .collect();
    fed.extend(
        filter.emit_system_field_dimensions.iter().map(|name| (name.as_str(), name.as_str())),
    );
    if !watched.keys().eq(fed.keys()) {
        let pairs: Vec<String> =
            watched.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let names: Vec<&str> = fed.keys().copied().collect();
        let message = format!(
            "Alarm {} watches metric {} {}, filter {} feeds it {}: CloudWatch takes these for \
             different metrics.",
            alarm.alarm_name,
            metric.metric_name,
            with(&pairs),
            filter.filter_name,
            with(&names)
        );
        let finding = Finding::new(&alarm.alarm_arn, message);
        return Difference::Found(finding.field("Dimensions", with(&pairs), with(&names)));
    }
    for (name, selector) in fed {
        let value = watched.get(name).copied().unwrap_or_default();
        match unlike(context, selector, value) {
            Some(None) => {}
            Some(Some(read)) => {
                let message = format!(
                    "Alarm {} watches metric {} with dimension {name}={value} only, and {read} \
                     comes with another value or none.",
                    alarm.alarm_name, metric.metric_name
                );
                let finding = Finding::new(&alarm.alarm_arn, message);
                return Difference::Found(finding.field("Dimensions", value, "every value"));
            }
            None => return Difference::Unclear(selector.to_owned()),
        }
    }
    Difference::None
}

fn with<S: AsRef<str>>(dimensions: &[S]) -> String {
    match dimensions.len() {
        0 => "without dimensions".to_owned(),
        1 => format!("with dimension {}", list(dimensions)),
        _ => format!("with dimensions {}", list(dimensions)),
    }
}

/// A read whose dimension has not this value; `None` where the selector is not modelled.
fn unlike<'a>(context: &Context<'a>, selector: &str, value: &str) -> Option<Option<&'a str>> {
    // CloudTrail writes to the group itself, so the account and the Region are the group's.
    let target = context.filter_id().map_or(context.asked_target(), |id| &id.target);
    match selector {
        "@aws.account" => Some((value != target.account.as_str()).then_some("a read")),
        "@aws.region" => Some((value != target.region.as_str()).then_some("a read")),
        _ => {
            let reads = context.messages.iter().filter(|read| read.expect == Expect::Must);
            for read in reads {
                if text_at(selector, &read.text)?.as_deref() != Some(value) {
                    return Some(Some(&read.says));
                }
            }
            Some(None)
        }
    }
}
