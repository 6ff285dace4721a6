//! CloudWatch Logs: groups and metric filters.

use super::steps::Draft;
use super::{AlarmSetting, FilterSetting, Intent, Tags, Write};
use crate::snapshot::{MetricFilter, MetricTransformation, Observed, Snapshot, Target};

/// Where a new filter puts its metric when nothing says which namespace.
const NAMESPACE: &str = "SecurityMetrics";

pub(super) fn create_group(target: &Target, name: &str) -> Draft {
    Draft::run(
        format!("Makes log group {name}; its class is STANDARD, which metric filters need."),
        Write::CreateLogGroup {
            target: target.clone(),
            log_group: name.to_owned(),
            tags: Tags::new(),
        },
    )
}

pub(super) fn put_filter(
    target: &Target,
    log_group: &str,
    name: &str,
    wishes: &[&Intent],
    all: &[Intent],
    snapshot: &Snapshot,
) -> Draft {
    let settings: Vec<&FilterSetting> = wishes
        .iter()
        .filter_map(|wish| match wish {
            Intent::SetMetricFilter { set, .. } => Some(set),
            _ => None,
        })
        .collect();
    let words = settings.iter().map(|set| in_words(set)).collect::<Vec<_>>().join(", ");
    let Observed::Seen(filters) = &snapshot.at(target).metric_filters else {
        return Draft::by_hand(format!(
            "The metric filters of {target} were not read, and PutMetricFilter would replace the \
             filter {name} of log group {log_group} if there is one: read it first, then set \
             {words}."
        ));
    };
    let existing = filters.get(log_group).and_then(|filters| filters.get(name));
    let mut filter = match existing {
        Some(filter) => filter.clone(),
        None => new_filter(target, log_group, name, &settings, all, snapshot),
    };
    for set in &settings {
        if let Err(metric) = apply(&mut filter, set) {
            return Draft::by_hand(format!(
                "Filter {name} of log group {log_group} does not feed metric {metric}, and a filter \
                 feeds one metric only: choose by hand what it is to feed, with {words}."
            ));
        }
    }
    // Logs takes either of the two, and whoever set the dimensions may need them.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
    let both = |t: &&MetricTransformation| t.default_value.is_some() && !t.dimensions.is_empty();
    if let Some(transformation) = filter.metric_transformations.iter().find(both) {
        let dimensions: Vec<&str> = transformation.dimensions.keys().map(String::as_str).collect();
        return Draft::by_hand(format!(
            "A metric has either a defaultValue or dimensions, and metric {} of filter {name} has \
             the dimensions {}: choose by hand which of them stays, then set {words}.",
            transformation.metric_name,
            dimensions.join(", "),
        ));
    }
    Draft::run(
        match existing {
            Some(_) => format!("Sets {words} of metric filter {name}; the rest of it stays."),
            None => format!("Makes metric filter {name} on log group {log_group}."),
        },
        Write::PutMetricFilter { target: target.clone(), filter },
    )
}

/// A filter that counts matches: one sample of 1 for each.
fn new_filter(
    target: &Target,
    log_group: &str,
    name: &str,
    settings: &[&FilterSetting],
    all: &[Intent],
    snapshot: &Snapshot,
) -> MetricFilter {
    let named = settings.iter().find_map(|set| match set {
        FilterSetting::MetricValue { metric, .. }
        | FilterSetting::DefaultValue { metric, .. }
        | FilterSetting::NoDimensions { metric } => Some(metric.as_str()),
        FilterSetting::Pattern(_)
        | FilterSetting::NoSystemFieldDimensions
        | FilterSetting::NoFieldSelection
        | FilterSetting::EventsAsTheyCame => None,
    });
    // The alarm that the same plan sets up, or one that waits for this metric already.
    let wished = all.iter().find_map(|intent| match intent {
        Intent::SetAlarm {
            target: there, set: AlarmSetting::Metric { namespace, name }, ..
        } if there == target && named.is_none_or(|named| named == name) => {
            Some((namespace.clone(), name.clone()))
        }
        _ => None,
    });
    let awaited = || {
        let alarms = snapshot.at(target).alarms.seen()?.metric_alarms.values();
        let mut metrics =
            alarms.filter_map(|a| Some((a.namespace.clone()?, a.metric_name.clone()?)));
        metrics.find(|(_, metric)| Some(metric.as_str()) == named)
    };
    let (metric_namespace, metric_name) = wished
        .or_else(awaited)
        .unwrap_or_else(|| (NAMESPACE.to_owned(), named.unwrap_or(name).to_owned()));
    MetricFilter {
        filter_name: name.to_owned(),
        log_group_name: log_group.to_owned(),
        filter_pattern: String::new(),
        metric_transformations: vec![MetricTransformation {
            metric_name,
            metric_namespace,
            metric_value: "1".to_owned(),
            default_value: None,
            dimensions: Default::default(),
            unit: None,
        }],
        creation_time: None,
        apply_on_transformed_logs: false,
        field_selection_criteria: None,
        emit_system_field_dimensions: Vec::new(),
    }
}

/// Applies a setting; fails with the metric that the filter does not feed.
fn apply(filter: &mut MetricFilter, set: &FilterSetting) -> Result<(), String> {
    match set {
        FilterSetting::Pattern(pattern) => filter.filter_pattern.clone_from(pattern),
        FilterSetting::MetricValue { metric, value } => {
            feeding(filter, metric)?.metric_value.clone_from(value);
        }
        FilterSetting::DefaultValue { metric, value } => {
            feeding(filter, metric)?.default_value = *value
        }
        FilterSetting::NoDimensions { metric } => feeding(filter, metric)?.dimensions.clear(),
        FilterSetting::NoSystemFieldDimensions => filter.emit_system_field_dimensions.clear(),
        FilterSetting::NoFieldSelection => filter.field_selection_criteria = None,
        FilterSetting::EventsAsTheyCame => filter.apply_on_transformed_logs = false,
    }
    Ok(())
}

fn feeding<'a>(
    filter: &'a mut MetricFilter,
    metric: &str,
) -> Result<&'a mut MetricTransformation, String> {
    let mut all = filter.metric_transformations.iter_mut();
    all.find(|transformation| transformation.metric_name == metric).ok_or_else(|| metric.to_owned())
}

fn in_words(set: &FilterSetting) -> String {
    match set {
        FilterSetting::Pattern(_) => "the filterPattern".to_owned(),
        FilterSetting::MetricValue { value, .. } => format!("metricValue {value}"),
        FilterSetting::DefaultValue { value: Some(value), .. } => format!("defaultValue {value}"),
        FilterSetting::DefaultValue { value: None, .. } => "no defaultValue".to_owned(),
        FilterSetting::NoDimensions { .. } => "no dimensions".to_owned(),
        FilterSetting::NoSystemFieldDimensions => "no emitSystemFieldDimensions".to_owned(),
        FilterSetting::NoFieldSelection => "no fieldSelectionCriteria".to_owned(),
        FilterSetting::EventsAsTheyCame => "applyOnTransformedLogs false".to_owned(),
    }
}
