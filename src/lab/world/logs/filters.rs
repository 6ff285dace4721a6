//! Metric filters: their API.

use std::collections::BTreeMap;

use secmon_core::pattern::{
    Api, Condition, Field, FilterPattern, Match, Operand, Pattern, Refusal, Sample, TermText, Test,
    sample, text_at,
};
use secmon_core::snapshot::{MetricFilter, MetricTransformation};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::page::page;
use super::events::refused;
use super::{
    Group, PATTERN_DOUBT, invalid, invalid_token, missing_group, named_group, standard_only,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PutMetricFilter {
    log_group_name: String,
    filter_name: String,
    #[serde(default)]
    filter_pattern: String,
    metric_transformations: Vec<MetricTransformation>,
    #[serde(default)]
    apply_on_transformed_logs: bool,
    field_selection_criteria: Option<String>,
    #[serde(default)]
    emit_system_field_dimensions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeMetricFilters {
    log_group_name: Option<String>,
    filter_name_prefix: Option<String>,
    metric_name: Option<String>,
    metric_namespace: Option<String>,
    limit: Option<usize>,
    next_token: Option<String>,
}

/// Quotas of a group
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>; the
/// second captured 2026-09-14).
const FILTERS: usize = 100;
const REGEX_FILTERS: usize = 5;
/// Dimensions of a metric filter, those of system fields among them.
const DIMENSIONS: usize = 3;

impl World {
    /// A refused replacement leaves the old filter; a good one keeps its `creationTime` (captured
    /// 2026-09-14).
    pub(super) fn put_metric_filter(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: PutMetricFilter = call.input()?;
        let now = self.now.as_millisecond();
        let group = self.log_group_mut(&call.target, &input.log_group_name)?;
        standard_only(group, "PutMetricFilter")?;
        if input.filter_name.is_empty() || input.filter_name.contains([':', '*']) {
            return Err(constraint("filterName", &input.filter_name, "[^:*]*"));
        }
        let pattern = FilterPattern::parse(&input.filter_pattern)
            .map_err(|error| refused(&error, Api::MetricFilter))?;
        for transformation in &input.metric_transformations {
            check_transformation(&pattern, transformation, &input.emit_system_field_dimensions)?;
        }
        let old = group.filters.get(&input.filter_name);
        let others =
            group.filters.values().filter(|filter| filter.filter_name != input.filter_name);
        if old.is_none() && group.filters.len() >= FILTERS
            || has_regex(&pattern)
                && others.filter(|filter| text_has_regex(&filter.filter_pattern)).count()
                    >= REGEX_FILTERS
        {
            return Err(ApiError::new("LimitExceededException", "Resource limit exceeded."));
        }
        let filter = MetricFilter {
            creation_time: old.and_then(|old| old.creation_time).or(Some(now)),
            filter_name: input.filter_name.clone(),
            log_group_name: input.log_group_name,
            filter_pattern: input.filter_pattern,
            metric_transformations: input.metric_transformations,
            apply_on_transformed_logs: input.apply_on_transformed_logs,
            field_selection_criteria: input.field_selection_criteria,
            emit_system_field_dimensions: input.emit_system_field_dimensions,
        };
        group.cardinality.remove(&input.filter_name);
        group.filters.insert(input.filter_name, filter);
        group.count_filters();
        Ok(json!({}))
    }

    pub(super) fn describe_metric_filters(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: DescribeMetricFilters = call.input()?;
        if input.metric_name.is_some() != input.metric_namespace.is_some() {
            return Err(invalid("metricName and metricNamespace have to be specified together."));
        }
        let logs = &self.place(&call.target).logs;
        if let Some(name) = &input.log_group_name
            && !logs.groups.contains_key(name)
        {
            return Err(missing_group());
        }
        let prefix = input.filter_name_prefix.unwrap_or_default();
        let feeds = |transformation: &MetricTransformation| {
            Some(&transformation.metric_name) == input.metric_name.as_ref()
                && Some(&transformation.metric_namespace) == input.metric_namespace.as_ref()
        };
        let found: Vec<&MetricFilter> = logs
            .groups
            .iter()
            .filter(|(name, _)| input.log_group_name.as_ref().is_none_or(|only| only == *name))
            .flat_map(|(_, group)| group.filters.values())
            .filter(|filter| filter.filter_name.starts_with(&prefix))
            .filter(|filter| {
                input.metric_name.is_none() || filter.metric_transformations.iter().any(feeds)
            })
            .collect();
        let (filters, next) = page(found, input.limit.unwrap_or(50), input.next_token.as_deref())
            .ok_or_else(invalid_token)?;
        Ok(json!({ "metricFilters": filters, "nextToken": next }))
    }

    pub(super) fn delete_metric_filter(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupName"])?;
        let group = self.log_group_mut(&call.target, &name)?;
        let filter = call.text("filterName").unwrap_or_default();
        let Some(gone) = group.filters.remove(filter) else {
            return Err(ApiError::new(
                "ResourceNotFoundException",
                "The specified metric filter does not exist.",
            ));
        };
        group.cardinality.remove(filter);
        group.count_filters();
        self.place_mut(&call.target).logs.patterns.0.remove(&gone.filter_pattern);
        Ok(json!({}))
    }

    /// `eventNumber` counts from 1, and the values extracted are those of space-delimited patterns
    /// (captured 2026-09-14).
    pub(super) fn test_metric_filter(&mut self, call: &Call) -> Result<Value, ApiError> {
        let messages: Vec<String> =
            Deserialize::deserialize(&call.params["logEventMessages"]).unwrap_or_default();
        if messages.is_empty() || messages.iter().any(String::is_empty) {
            return Err(invalid(
                "1 validation error detected: Value at 'logEventMessages' failed to satisfy \
                 constraint: Member must satisfy constraint: [Member must have length greater \
                 than or equal to 1]",
            ));
        }
        let pattern = call.text("filterPattern").unwrap_or_default();
        let mut matches = Vec::new();
        for (index, values) in self.matching(pattern, &messages)?.into_iter().enumerate() {
            if let Some(values) = values {
                matches.push(json!({
                    "eventNumber": index + 1,
                    "eventMessage": messages[index],
                    "extractedValues": values,
                }));
            }
        }
        Ok(json!({ "matches": matches }))
    }

    /// The values extracted from each message that a pattern matches. What AWS answers where
    /// nothing is established the lab does not know, and says so, unless somebody chose an answer.
    pub(in super::super) fn matching(
        &self,
        pattern: &str,
        messages: &[String],
    ) -> Result<Vec<Option<BTreeMap<String, String>>>, ApiError> {
        let pattern = FilterPattern::parse(pattern)
            .map_err(|error| refused(&error, Api::MetricFilter))?
            .accepted();
        let mut matcher = pattern.matcher();
        let chosen = self.hypotheses.set.get(PATTERN_DOUBT.id).map(|setting| setting == "match");
        let mut matches = Vec::new();
        for message in messages {
            let is_match = match (matcher.test(message), chosen) {
                (Match::Yes, _) => true,
                (Match::No, _) => false,
                (Match::Uncertain(_), Some(chosen)) => chosen,
                (Match::Uncertain(_), None) => {
                    let message = "The lab does not know what AWS answers here";
                    return Err(ApiError::new("ServiceUnavailableException", message));
                }
            };
            matches.push(is_match.then(|| pattern.extracted(message)));
        }
        Ok(matches)
    }
}

impl Group {
    fn count_filters(&mut self) {
        self.group.metric_filter_count = i32::try_from(self.filters.len()).ok();
    }
}

fn constraint(member: &str, value: &str, pattern: &str) -> ApiError {
    invalid(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: {pattern}"
    ))
}

/// The first two messages were captured 2026-09-14; that on the default value was reported by people
/// who met it.
fn check_transformation(
    pattern: &FilterPattern,
    transformation: &MetricTransformation,
    system_fields: &[String],
) -> Result<(), ApiError> {
    let value = &transformation.metric_value;
    let valid = match value.strip_prefix('$') {
        Some(rest) if rest.starts_with(['.', '[']) => text_at(value, "{}").is_some(),
        Some(name) => name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        None => matches!(sample(value, ""), Sample::Number(_)),
    };
    if !valid {
        let message =
            format!("Invalid metric transformation: metric value {value} must be a valid number");
        return Err(invalid(message));
    }
    if !transformation.dimensions.is_empty() && transformation.default_value.is_some() {
        return Err(invalid(
            "Invalid metric transformation: dimensions and default value are mutually exclusive \
             properties",
        ));
    }
    check_dimensions(pattern, &transformation.dimensions)?;
    if transformation.dimensions.len() + system_fields.len() > DIMENSIONS {
        return Err(invalid(format!(
            "Invalid metric transformation: at most {DIMENSIONS} dimensions are allowed"
        )));
    }
    for (member, name) in [
        ("metricName", &transformation.metric_name),
        ("metricNamespace", &transformation.metric_namespace),
    ] {
        if name.contains([':', '*', '$']) {
            return Err(constraint(member, name, "[^:*$]*"));
        }
    }
    Ok(())
}

fn check_dimensions(
    pattern: &FilterPattern,
    dimensions: &BTreeMap<String, String>,
) -> Result<(), ApiError> {
    pattern.check_dimensions(dimensions).map_err(|error| {
        let plain = refused(&error, Api::MetricFilter);
        match error.refusal {
            Refusal::DimensionSelector => {
                invalid(format!("Invalid metric transformation: {}", plain.message))
            }
            _ => plain,
        }
    })
}

fn text_has_regex(text: &str) -> bool {
    text.contains('%') && FilterPattern::parse(text).is_ok_and(|pattern| has_regex(&pattern))
}

fn has_regex(pattern: &FilterPattern) -> bool {
    match pattern.pattern() {
        Pattern::Json(expr) => expr
            .clauses()
            .iter()
            .any(|clause| matches!(clause.test, Test::Compare(_, Operand::Regex(..)))),
        Pattern::Space(space) => space.fields.iter().any(|field| match field {
            Field::Word { condition: Some(condition), .. } => asks_regex(condition),
            _ => false,
        }),
        Pattern::Terms(terms) => terms.iter().any(|term| matches!(term.text, TermText::Regex(_))),
    }
}

fn asks_regex(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(asks_regex),
        Condition::Compare(_, operand, _) => matches!(operand, Operand::Regex(..)),
    }
}
