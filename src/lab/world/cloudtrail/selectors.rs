//! Which events a trail records: the operations on event selectors.

use std::collections::BTreeMap;

use secmon_core::selector::{AdvancedEventSelector, EventSelector, EventSelectors};
use secmon_core::snapshot::{Arn, Observed};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::TrailState;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Selectors {
    trail_name: String,
    #[serde(default)]
    event_selectors: Vec<EventSelector>,
    #[serde(default)]
    advanced_event_selectors: Vec<AdvancedEventSelector>,
}

impl World {
    /// Advanced selectors come instead of basic ones, their fields sorted by name (captured).
    pub(super) fn get_event_selectors(&self, call: &Call) -> Result<Value, ApiError> {
        let TrailState { trail, .. } =
            self.named_trail(call, call.text("TrailName").unwrap_or_default())?;
        let selectors = trail.selectors.seen().cloned().unwrap_or_default();
        Ok(selectors_answer(&trail.trail_arn, &selectors))
    }

    pub(super) fn put_event_selectors(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: Selectors = call.input()?;
        let arn = self.own_trail(call, &input.trail_name)?;
        let invalid = |message: &str| Err(ApiError::new("InvalidEventSelectorsException", message));
        if !input.event_selectors.is_empty() && !input.advanced_event_selectors.is_empty() {
            return invalid(
                "You can select events by using either EventSelectors or AdvancedEventSelectors, \
                 but not both.",
            );
        }
        if input.event_selectors.is_empty() && input.advanced_event_selectors.is_empty() {
            return invalid("You must specify at least one event selector.");
        }
        if input.event_selectors.len() > 5 {
            return invalid("You can specify at most 5 event selectors.");
        }
        let excludable = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];
        for source in input.event_selectors.iter().flat_map(|s| &s.exclude_management_event_sources)
        {
            if !excludable.contains(&source.as_str()) {
                return invalid(
                    "The value for ExcludeManagementEventSources is not valid. It must be \
                     kms.amazonaws.com or rdsdata.amazonaws.com.",
                );
            }
        }
        for selector in &input.advanced_event_selectors {
            check_advanced(selector)?;
        }
        let mut selectors = EventSelectors {
            event_selectors: input.event_selectors,
            advanced_event_selectors: input.advanced_event_selectors,
        };
        for selector in &mut selectors.advanced_event_selectors {
            selector.field_selectors.sort_by(|a, b| a.field.cmp(&b.field));
        }
        let answer = selectors_answer(&arn, &selectors);
        if let Some(state) = self.trail_mut(&arn) {
            state.trail.selectors = Observed::Seen(selectors);
            state.trail.has_custom_event_selectors = Some(true);
        }
        Ok(answer)
    }

    pub(super) fn get_insight_selectors(&self, call: &Call) -> Result<Value, ApiError> {
        let name = call.text("TrailName").unwrap_or_default();
        let state = self.named_trail(call, name)?;
        let message = format!("Trail {} does not have Insights enabled.", state.trail.trail_arn);
        Err(ApiError::new("InsightNotEnabledException", message))
    }
}

fn selectors_answer(arn: &Arn, selectors: &EventSelectors) -> Value {
    let EventSelectors { event_selectors, advanced_event_selectors } = filled_in(selectors);
    if !advanced_event_selectors.is_empty() {
        return json!({ "TrailARN": arn, "AdvancedEventSelectors": advanced_event_selectors });
    }
    let whole: Vec<Value> = event_selectors
        .iter()
        .map(|selector| {
            json!({
                "ReadWriteType": selector.read_write_type,
                "IncludeManagementEvents": selector.include_management_events,
                "DataResources": selector.data_resources,
                "ExcludeManagementEventSources": selector.exclude_management_event_sources,
            })
        })
        .collect();
    json!({ "TrailARN": arn, "EventSelectors": whole })
}

/// Selectors with what was left out said.
pub(in super::super) fn filled_in(selectors: &EventSelectors) -> EventSelectors {
    let mut whole = selectors.clone();
    for selector in &mut whole.event_selectors {
        selector.read_write_type.get_or_insert_with(|| "All".to_owned());
        selector.include_management_events.get_or_insert(true);
    }
    whole
}

/// A new trail's selectors, in full (captured).
pub(super) fn default_selectors() -> EventSelectors {
    let selector = EventSelector {
        read_write_type: Some("All".to_owned()),
        include_management_events: Some(true),
        ..EventSelector::default()
    };
    EventSelectors { event_selectors: vec![selector], advanced_event_selectors: Vec::new() }
}

/// What advanced selectors on trails may ask for.
fn check_advanced(selector: &AdvancedEventSelector) -> Result<(), ApiError> {
    let invalid = |message: String| Err(ApiError::new("InvalidEventSelectorsException", message));
    let by_field: BTreeMap<&str, _> =
        selector.field_selectors.iter().map(|field| (field.field.as_str(), field)).collect();
    let Some(category) = by_field.get("eventCategory") else {
        return invalid("The eventCategory field is required in every selector.".to_owned());
    };
    for exact in ["eventCategory", "readOnly", "resources.type"] {
        if by_field.get(exact).is_some_and(|field| field.equals.is_empty()) {
            return invalid(format!("The {exact} field supports only the Equals operator."));
        }
    }
    let management = category.equals.iter().any(|category| category == "Management");
    if management
        && let Some(source) = by_field.get("eventSource")
        && !source.equals.is_empty()
    {
        // Captured for s3.amazonaws.com.
        return invalid(
            "The specified eventSource selectors are not supported when eventCategory is set to \
             \"Equals\": \"Management\"."
                .to_owned(),
        );
    }
    Ok(())
}
