//! What metric filters make of events that arrive.
//!
//! Captured 2026-09-14 (metric-filter-publication.json): the sample has the minute of the log
//! event's own timestamp; the default value is added once for each event that does not match, also
//! in a minute with a match; a match without a number adds nothing; an event that lacks a dimension
//! adds nothing; the unit is stored with each sample.

use std::borrow::Cow;

use jiff::Timestamp;
use secmon_core::field_selection;
use secmon_core::pattern::{FilterPattern, Match, Matcher, Pattern, Sample, sample, text_at};
use secmon_core::snapshot::{Dimension, Metric, MetricFilter, MetricTransformation, Target};
use secmon_core::transformer::Transformation;

use super::super::World;
use super::super::hypothesis::Hypotheses;
use super::{
    Cardinality, FIELD_SELECTION_DOUBT, FILTER_CARDINALITY, Logs, PATTERN_DOUBT, TRANSFORMED_EVENT,
};

/// One sample of a metric.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counted {
    pub(super) metric: Metric,
    pub(super) at: Timestamp,
    pub(super) unit: String,
    pub(super) value: f64,
}

impl Logs {
    /// The samples that events of a group add. Only the class STANDARD has metric filters
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html>).
    pub(super) fn samples(
        &mut self,
        target: &Target,
        group: &str,
        events: &[(Timestamp, String)],
        now: Timestamp,
        hypotheses: &mut Hypotheses,
    ) -> Vec<Counted> {
        let mut samples = Vec::new();
        let Some(held) = self.groups.get(group).filter(|held| held.class() == "STANDARD") else {
            return samples;
        };
        let transformation = self.transformation(held);
        let Some(held) = self.groups.get_mut(group) else { return samples };
        for filter in held.filters.values() {
            let over = held.cardinality.get(&filter.filter_name).is_some_and(|had| had.exceeded);
            if over && hypotheses.consult(&FILTER_CARDINALITY) == "disabled" {
                continue;
            }
            let Some(pattern) = self.patterns.ready(&filter.filter_pattern) else { continue };
            if !selected(filter, target, group, hypotheses) {
                continue;
            }
            let mut matcher = pattern.matcher();
            for (at, message) in events {
                let seen = match filter.apply_on_transformed_logs {
                    true => transformed(&transformation, message, hypotheses),
                    false => Cow::Borrowed(message.as_str()),
                };
                let message = seen.as_ref();
                let matches = settled(&mut matcher, message, hypotheses);
                for transformation in &filter.metric_transformations {
                    let Some(value) = value(&pattern, transformation, message, matches) else {
                        continue;
                    };
                    let Some(mut dimensions) = dimensions(&pattern, transformation, message) else {
                        continue;
                    };
                    if !dimensions.is_empty() {
                        let had = held.cardinality.entry(filter.filter_name.clone()).or_default();
                        had.note(&dimensions, now);
                    }
                    dimensions.extend(system_dimensions(filter, target, group));
                    samples.push(Counted {
                        metric: Metric {
                            namespace: Some(transformation.metric_namespace.clone()),
                            metric_name: Some(transformation.metric_name.clone()),
                            dimensions,
                        },
                        at: minute(*at),
                        unit: transformation.unit.clone().unwrap_or_else(|| "None".to_owned()),
                        value,
                    });
                }
            }
        }
        samples
    }
}

/// The message that a filter on transformed events sees.
fn transformed<'m>(
    transformation: &Transformation,
    message: &'m str,
    hypotheses: &mut Hypotheses,
) -> Cow<'m, str> {
    transformation.apply(message).unwrap_or_else(|| {
        match hypotheses.consult(&TRANSFORMED_EVENT) {
            // Of the fields that a pattern asks for, none is there.
            "fields-renamed" => Cow::Borrowed("{}"),
            _ => Cow::Borrowed(message),
        }
    })
}

/// How many different names and values of dimensions a filter may have in an hour
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html>).
const PAIRS: usize = 1_000;

impl World {
    /// The dimensions of a filter have had too many values.
    pub(in crate::world) fn exhaust_filter(&mut self, target: &Target, group: &str, filter: &str) {
        if let Ok(held) = self.log_group_mut(target, group) {
            held.cardinality.entry(filter.to_owned()).or_default().exceeded = true;
        }
    }
}

impl Cardinality {
    fn note(&mut self, dimensions: &[Dimension], now: Timestamp) {
        let hour = now.as_second().div_euclid(3_600);
        if hour != self.hour {
            self.pairs.clear();
            self.hour = hour;
        }
        if self.exceeded {
            return;
        }
        self.pairs.extend(dimensions.iter().map(|known| format!("{}={}", known.name, known.value)));
        if self.pairs.len() >= PAIRS {
            self.exceeded = true;
            self.pairs.clear();
        }
    }
}

/// Whether a pattern matches; where nobody knows, what the hypothesis says.
pub(super) fn settled(
    matcher: &mut Matcher<'_>,
    message: &str,
    hypotheses: &mut Hypotheses,
) -> bool {
    match matcher.test(message) {
        Match::Yes => true,
        Match::No => false,
        Match::Uncertain(_) => hypotheses.consult(&PATTERN_DOUBT) == "match",
    }
}

/// Whether a filter takes the group's events at all.
fn selected(
    filter: &MetricFilter,
    target: &Target,
    group: &str,
    hypotheses: &mut Hypotheses,
) -> bool {
    let Some(text) = filter.field_selection_criteria.as_deref().filter(|text| !text.is_empty())
    else {
        return true;
    };
    let is = |field: &str, value: &str| system_field(field, target, group).map(|is| is == value);
    field_selection::hold(text, &is)
        .unwrap_or_else(|| hypotheses.consult(&FIELD_SELECTION_DOUBT) == "selects")
}

fn system_field(field: &str, target: &Target, group: &str) -> Option<String> {
    Some(match field {
        "@aws.account" => target.account.to_string(),
        "@aws.region" => target.region.to_string(),
        // Captured 2026-09-14: the name of the group.
        "@source.log" => group.to_owned(),
        _ => return None,
    })
}

fn value(
    pattern: &FilterPattern,
    transformation: &MetricTransformation,
    message: &str,
    matches: bool,
) -> Option<f64> {
    if !matches {
        return transformation.default_value;
    }
    let given = transformation.metric_value.as_str();
    let taken = match pattern.pattern() {
        Pattern::Space(_) if given.starts_with('$') => {
            let word = pattern.extracted(message).remove(given)?;
            if word.starts_with('$') { Sample::Nothing } else { sample(&word, message) }
        }
        _ => sample(given, message),
    };
    match taken {
        Sample::Number(number) => Some(number),
        // Unclear are selectors of several values, which PutMetricFilter refuses.
        Sample::Nothing | Sample::Unclear => None,
    }
}

/// The dimensions of an event's sample; `None` where it lacks one.
fn dimensions(
    pattern: &FilterPattern,
    transformation: &MetricTransformation,
    message: &str,
) -> Option<Vec<Dimension>> {
    if transformation.dimensions.is_empty() {
        return Some(Vec::new());
    }
    let words = pattern.extracted(message);
    let found = transformation.dimensions.iter().map(|(name, selector)| {
        let value = match pattern.pattern() {
            Pattern::Space(_) => words.get(selector).cloned(),
            _ => text_at(selector, message).flatten(),
        };
        let value = value.filter(|value| !value.is_empty())?;
        Some(Dimension { name: name.clone(), value })
    });
    found.collect()
}

fn system_dimensions(filter: &MetricFilter, target: &Target, group: &str) -> Vec<Dimension> {
    let fields = filter.emit_system_field_dimensions.iter();
    let found = fields.filter_map(|field| {
        let value = system_field(field, target, group)?;
        Some(Dimension { name: field.clone(), value })
    });
    found.collect()
}

fn minute(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(at)
}
