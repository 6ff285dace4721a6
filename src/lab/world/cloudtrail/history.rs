//! Event history: every management event of 90 days, with or without a trail.

use jiff::{SignedDuration, Timestamp};
use secmon_core::snapshot::Event;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::call::{ApiError, Call};
use super::super::page::page;
use super::super::{World, span};
use super::HistoryEvent;
use super::record::Record;

/// How many events are kept. AWS keeps 90 days; a world that runs for long forgets the oldest.
const KEPT: usize = 20_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LookupEvents {
    #[serde(default)]
    lookup_attributes: Vec<LookupAttribute>,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LookupAttribute {
    attribute_key: String,
    attribute_value: String,
}

impl World {
    /// Notes an event in the history of where it happened.
    pub(super) fn remember(&mut self, record: &Record) {
        let text = |name: &str| record.json[name].as_str().unwrap_or_default().to_owned();
        let delay = span(self.settings.event_history);
        let event = HistoryEvent {
            visible: self.now.checked_add(delay).unwrap_or(self.now),
            source: text("eventSource"),
            read_only: record.json["readOnly"] == true,
            event: Event {
                event_id: text("eventID"),
                event_name: text("eventName"),
                event_time: text("eventTime").parse().unwrap_or(self.now),
                username: record.username.clone(),
                cloud_trail_event: Some(record.json.to_string()),
            },
        };
        let history = &mut self.place_mut(&record.target).cloudtrail.history;
        history.push(event);
        if history.len() > KEPT + KEPT / 10 {
            history.drain(..history.len() - KEPT);
        }
    }

    /// What Event history shows now, newest first.
    pub(in super::super) fn event_history(
        &self,
        target: &secmon_core::snapshot::Target,
    ) -> impl Iterator<Item = &HistoryEvent> {
        let ninety_days = SignedDuration::from_hours(24 * 90);
        let oldest = self.now.checked_sub(ninety_days).unwrap_or(Timestamp::MIN);
        let events = self.place(target).cloudtrail.history.iter().rev();
        events.filter(move |event| event.visible <= self.now && event.event.event_time >= oldest)
    }

    pub(super) fn lookup_events(&self, call: &Call) -> Result<Value, ApiError> {
        let input: LookupEvents = call.input()?;
        let error = |name: &str, message: &str| Err(ApiError::new(name, message));
        if input.lookup_attributes.len() > 1 {
            return error(
                "InvalidLookupAttributesException",
                "You can specify only one lookup attribute.",
            );
        }
        let attribute = input.lookup_attributes.first();
        if let Some(attribute) = attribute
            && attribute.attribute_key == "ReadOnly"
            && !matches!(attribute.attribute_value.as_str(), "true" | "false")
        {
            return error(
                "InvalidLookupAttributesException",
                "The value of the ReadOnly lookup attribute must be true or false.",
            );
        }
        let from = input.start_time.unwrap_or(Timestamp::MIN);
        let until = input.end_time.unwrap_or(self.now);
        if from > until || from > self.now {
            return error("InvalidTimeRangeException", "Invalid time range.");
        }
        let size = input.max_results.unwrap_or(50);
        if !(1..=50).contains(&size) {
            return error("InvalidMaxResultsException", "MaxResults must be between 1 and 50.");
        }
        let found: Vec<Value> = self
            .event_history(&call.target)
            .filter(|event| (from..=until).contains(&event.event.event_time))
            .filter(|event| attribute.is_none_or(|asked| event.has(asked)))
            .map(shown)
            .collect();
        let Some((events, next)) = page(found, size, input.next_token.as_deref()) else {
            return error("InvalidNextTokenException", "The NextToken is not valid.");
        };
        Ok(json!({ "Events": events, "NextToken": next }))
    }
}

impl HistoryEvent {
    /// An event that somebody saw.
    pub(in super::super) fn seen(event: Event) -> Self {
        let whole = whole(&event);
        Self {
            visible: event.event_time,
            source: whole["eventSource"].as_str().unwrap_or_default().to_owned(),
            read_only: whole["readOnly"] == true,
            event,
        }
    }

    fn has(&self, asked: &LookupAttribute) -> bool {
        let wanted = asked.attribute_value.as_str();
        let whole = whole(&self.event);
        match asked.attribute_key.as_str() {
            "EventId" => self.event.event_id == wanted,
            "EventName" => self.event.event_name == wanted,
            "EventSource" => self.source == wanted,
            "ReadOnly" => self.read_only == (wanted == "true"),
            "Username" => self.event.username.as_deref() == Some(wanted),
            "AccessKeyId" => whole["userIdentity"]["accessKeyId"] == wanted,
            "ResourceName" => mentions(&whole["requestParameters"], wanted),
            _ => false,
        }
    }
}

fn whole(event: &Event) -> Value {
    let text = event.cloud_trail_event.as_deref();
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn mentions(parameters: &Value, name: &str) -> bool {
    match parameters {
        Value::String(text) => text == name,
        Value::Array(items) => items.iter().any(|item| mentions(item, name)),
        Value::Object(members) => members.values().any(|member| mentions(member, name)),
        _ => false,
    }
}

fn shown(event: &HistoryEvent) -> Value {
    let mut shown = json!(event.event);
    shown["ReadOnly"] = json!(event.read_only.to_string());
    shown["EventSource"] = json!(event.source);
    shown["Resources"] = json!([]);
    shown
}
