//! What a metric filter adds to its metric for one log event.

use std::collections::BTreeMap;

use super::ast::{Path, Pattern};
use super::error::{PatternError, Refusal};
use super::json;
use super::span::Span;
use super::{FilterPattern, Match};

/// What an event adds to the metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// This number.
    Number(f64),
    /// Nothing: neither the value nor the default value.
    Nothing,
    /// What AWS would add is not established.
    Unclear,
}

/// What a match of a log event adds to the metric, by the transformation's `metricValue`.
///
/// A number is taken as it is. A selector takes a JSON number or a number in quotes; where the
/// event has no such field or no number in it, the event counts as a match and adds no sample at
/// all. Captured on AWS 2026-09-13: 7 and "11.5" were counted, "banana" and a missing field were not,
/// nor a `$name` that the events lack.
///
/// ```
/// use secmon_core::pattern::{Sample, sample};
///
/// assert_eq!(sample("1", "{}"), Sample::Number(1.0));
/// assert_eq!(sample("$.size", r#"{"size": "11.5"}"#), Sample::Number(11.5));
/// assert_eq!(sample("$.size", r#"{"size": "banana"}"#), Sample::Nothing);
/// assert_eq!(sample("one", "{}"), Sample::Nothing);
/// ```
pub fn sample(metric_value: &str, message: &str) -> Sample {
    let metric_value = metric_value.trim();
    if !metric_value.starts_with('$') {
        return number(metric_value).map_or(Sample::Nothing, Sample::Number);
    }
    match text_at(metric_value, message) {
        Some(Some(text)) => number(&text).map_or(Sample::Nothing, Sample::Number),
        Some(None) => Sample::Nothing,
        None => Sample::Unclear,
    }
}

/// The string or number at a selector such as `$.userIdentity.userName` of a JSON message:
/// `Some(None)` where there is none, `None` where the selector leads to several values or is none.
pub fn text_at(selector: &str, message: &str) -> Option<Option<String>> {
    let path = json::path(selector.trim()).filter(|path| !path.has_wildcard())?;
    Some(json::select(&path, message).first().and_then(|raw| json::text(raw)))
}

fn number(text: &str) -> Option<f64> {
    let looks_like_one = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    text.parse::<f64>().ok().filter(|number| looks_like_one && number.is_finite())
}

impl FilterPattern {
    /// What a message adds to the metric: the `metricValue` where it matches, else the default
    /// value.
    ///
    /// ```
    /// use secmon_core::pattern::{FilterPattern, Sample};
    ///
    /// let pattern = FilterPattern::parse("[ip, status = 4*, bytes]")?;
    /// assert_eq!(pattern.sample("$bytes", Some(0.0), "192.0.2.1 404 1534"), Sample::Number(1534.0));
    /// assert_eq!(pattern.sample("$bytes", Some(0.0), "192.0.2.1 200 1534"), Sample::Number(0.0));
    /// # Ok::<(), secmon_core::pattern::PatternError>(())
    /// ```
    pub fn sample(&self, metric_value: &str, default: Option<f64>, message: &str) -> Sample {
        match self.test(message) {
            Match::No => default.map_or(Sample::Nothing, Sample::Number),
            Match::Uncertain(_) => Sample::Unclear,
            Match::Yes => match self.pattern() {
                Pattern::Space(_) if metric_value.starts_with('$') => self
                    .extracted(message)
                    .get(metric_value)
                    .and_then(|word| number(word))
                    .map_or(Sample::Nothing, Sample::Number),
                _ => sample(metric_value, message),
            },
        }
    }

    /// Whether a metric filter with this pattern can have these dimensions (name to selector).
    ///
    /// # Errors
    ///
    /// Where PutMetricFilter refuses them: patterns of terms have no fields to take dimensions from,
    /// and a selector leads to one value of a JSON message or names a field of the pattern.
    pub fn check_dimensions(
        &self,
        dimensions: &BTreeMap<String, String>,
    ) -> Result<(), PatternError> {
        let refuse = |message: String, instead: &str, refusal: Refusal| {
            let span = Span::new(0, self.text().len());
            Err(PatternError { message, span, instead: Some(instead.to_owned()), refusal })
        };
        for (name, selector) in dimensions {
            let valid = match self.pattern() {
                Pattern::Terms(_) => {
                    return refuse(
                        "A pattern of terms has no fields that a dimension could take.".to_owned(),
                        "a JSON or a space-delimited pattern, or no dimensions",
                        Refusal::DimensionsUnsupported,
                    );
                }
                Pattern::Json(_) => {
                    json::path(selector).is_some_and(|path: Path| !path.has_wildcard())
                }
                Pattern::Space(space) => {
                    selector.strip_prefix('$').is_some_and(|field| space.has_field(field))
                }
            };
            if !valid {
                return refuse(
                    format!("Dimension {name} takes {selector}, which is no field of the pattern."),
                    "`$.field` with a JSON pattern, `$name` with a space-delimited one",
                    Refusal::DimensionSelector,
                );
            }
        }
        Ok(())
    }
}
