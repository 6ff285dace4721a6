//! Rules, targets and the bus: what callers do with them.

use std::collections::BTreeMap;

use secmon_core::event_pattern::EventPattern;
use secmon_core::snapshot::{Arn, EventRule, Observed};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Event, StoredRule};
use crate::world::World;
use crate::world::call::{ApiError, Call};
use crate::world::page::page;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRule {
    name: String,
    schedule_expression: Option<String>,
    event_pattern: Option<String>,
    state: Option<String>,
    description: Option<String>,
    role_arn: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    source: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    time: Option<jiff::Timestamp>,
}

/// A rule has five targets at most.
const MOST_TARGETS: usize = 5;

impl StoredRule {
    fn describe(&self) -> Value {
        let mut described = json!({
            "Name": self.rule.name,
            "Arn": self.rule.arn,
            "State": self.rule.state.as_deref().unwrap_or("ENABLED"),
            "EventBusName": "default",
        });
        let more = [
            ("EventPattern", &self.rule.event_pattern),
            ("ScheduleExpression", &self.rule.schedule_expression),
            ("Description", &self.rule.description),
            ("RoleArn", &self.rule.role_arn),
            ("ManagedBy", &self.rule.managed_by),
        ];
        for (name, value) in more {
            if let Some(value) = value {
                described[name] = json!(value);
            }
        }
        described
    }
}

impl World {
    /// Makes a rule, or overwrites one: what is not given is unset, the targets stay.
    pub(super) fn put_rule(&mut self, call: &Call) -> Result<Value, ApiError> {
        on_default_bus(call)?;
        let input: PutRule = call.input()?;
        if input.event_pattern.is_none() && input.schedule_expression.is_none() {
            return Err(ApiError::new(
                "ValidationException",
                "Parameter(s) EventPattern or ScheduleExpression must be specified.",
            ));
        }
        if let Some(text) = &input.event_pattern {
            EventPattern::parse(text).map_err(|reason| {
                ApiError::new("InvalidEventPatternException", reason.to_string())
            })?;
        }
        let arn = Arn::of_resource("events", &call.target, &format!("rule/{}", input.name));
        let rules = &mut self.place_mut(&call.target).events.rules;
        let before = rules.remove(&input.name);
        let tags = input.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        let (targets, tags) = match before {
            Some(before) => (before.targets, before.tags),
            None => (BTreeMap::new(), tags),
        };
        let rule = EventRule {
            name: input.name.clone(),
            arn: arn.clone(),
            event_pattern: input.event_pattern,
            state: Some(input.state.unwrap_or_else(|| "ENABLED".to_owned())),
            description: input.description,
            schedule_expression: input.schedule_expression,
            role_arn: input.role_arn,
            managed_by: None,
            targets: Observed::NotAsked,
        };
        let stored = StoredRule { rule, targets, tags };
        rules.insert(input.name, stored);
        Ok(json!({"RuleArn": arn}))
    }

    pub(super) fn describe_rule(&mut self, call: &Call) -> Result<Value, ApiError> {
        let mut described = self.called_rule(call, "Name")?.describe();
        described["CreatedBy"] = json!(call.target.account);
        Ok(described)
    }

    pub(super) fn list_rules(&mut self, call: &Call) -> Result<Value, ApiError> {
        on_default_bus(call)?;
        let prefix = call.text("NamePrefix").unwrap_or_default();
        let rules = self.place(&call.target).events.rules.iter();
        let rules = rules.filter(|(name, _)| name.starts_with(prefix));
        listing(call, "Rules", rules.map(|(_, rule)| rule.describe()).collect())
    }

    pub(super) fn delete_rule(&mut self, call: &Call) -> Result<Value, ApiError> {
        on_default_bus(call)?;
        let name = call.text("Name").unwrap_or_default();
        let rules = &mut self.place_mut(&call.target).events.rules;
        if rules.get(name).is_some_and(|rule| !rule.targets.is_empty()) {
            return Err(ApiError::new(
                "ValidationException",
                "Rule can't be deleted since it has targets.",
            ));
        }
        // Deleting what is not there succeeds.
        rules.remove(name);
        Ok(json!({}))
    }

    pub(super) fn set_rule_state(&mut self, call: &Call, state: &str) -> Result<Value, ApiError> {
        self.called_rule(call, "Name")?.rule.state = Some(state.to_owned());
        Ok(json!({}))
    }

    pub(super) fn put_targets(&mut self, call: &Call) -> Result<Value, ApiError> {
        let targets = call.params["Targets"].as_array().cloned().unwrap_or_default();
        let rule = self.called_rule(call, "Rule")?;
        let mut after = rule.targets.clone();
        for target in targets {
            let id = target["Id"].as_str().unwrap_or_default().to_owned();
            let arn = target["Arn"].as_str().unwrap_or_default();
            if arn.parse::<Arn>().is_err() {
                let message = format!(
                    "Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
                );
                return Err(ApiError::new("ValidationException", message));
            }
            after.insert(id, target);
        }
        if after.len() > MOST_TARGETS {
            return Err(ApiError::new(
                "LimitExceededException",
                "The requested resource exceeds the maximum number allowed.",
            ));
        }
        rule.targets = after;
        Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
    }

    pub(super) fn list_targets_by_rule(&mut self, call: &Call) -> Result<Value, ApiError> {
        let targets = self.called_rule(call, "Rule")?.targets.values().cloned().collect();
        listing(call, "Targets", targets)
    }

    pub(super) fn remove_targets(&mut self, call: &Call) -> Result<Value, ApiError> {
        let ids = call.params["Ids"].as_array().cloned().unwrap_or_default();
        let rule = self.called_rule(call, "Rule")?;
        rule.targets.retain(|id, _| !ids.iter().any(|removed| removed == id.as_str()));
        Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
    }

    pub(super) fn list_rule_names_by_target(&mut self, call: &Call) -> Result<Value, ApiError> {
        on_default_bus(call)?;
        let arn = call.text("TargetArn").unwrap_or_default();
        let rules = self.place(&call.target).events.rules.iter();
        let names = rules.filter(|(_, rule)| rule.targets.values().any(|it| it["Arn"] == arn));
        listing(call, "RuleNames", names.map(|(name, _)| json!(name)).collect())
    }

    pub(super) fn describe_event_bus(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.text("Name") {
            None | Some("default") => Ok(bus(call)),
            Some(name) if name == bus_arn(call).as_str() => Ok(bus(call)),
            Some(name) => Err(no_bus(name)),
        }
    }

    pub(super) fn list_event_buses(&mut self, call: &Call) -> Result<Value, ApiError> {
        let prefix = call.text("NamePrefix").unwrap_or_default();
        let buses = if "default".starts_with(prefix) { vec![bus(call)] } else { Vec::new() };
        listing(call, "EventBuses", buses)
    }

    pub(super) fn put_events(&mut self, call: &Call) -> Result<Value, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            entries: Vec<Entry>,
        }
        let mut answers = Vec::new();
        let mut failed = 0;
        for entry in call.input::<Input>()?.entries {
            let id = self.next_uuid().to_string();
            match entry.checked() {
                Err((code, message)) => {
                    failed += 1;
                    answers.push(json!({"ErrorCode": code, "ErrorMessage": message}));
                }
                Ok((source, detail_type, detail)) => {
                    let event = Event {
                        id: id.clone(),
                        source: &source,
                        detail_type: &detail_type,
                        resources: entry.resources,
                        detail,
                        time: entry.time.unwrap_or(self.now),
                    };
                    self.route_event(&call.target, &event.json(&call.target));
                    answers.push(json!({"EventId": id}));
                }
            }
        }
        Ok(json!({"FailedEntryCount": failed, "Entries": answers}))
    }

    pub(super) fn tag_rule(&mut self, call: &Call) -> Result<Value, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            tags: Vec<Tag>,
        }
        let tags = call.input::<Input>()?.tags.into_iter().map(|tag| (tag.key, tag.value));
        self.tagged_rule(call)?.tags.extend(tags);
        Ok(json!({}))
    }

    pub(super) fn untag_rule(&mut self, call: &Call) -> Result<Value, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            tag_keys: Vec<String>,
        }
        let keys = call.input::<Input>()?.tag_keys;
        self.tagged_rule(call)?.tags.retain(|key, _| !keys.contains(key));
        Ok(json!({}))
    }

    pub(super) fn list_rule_tags(&mut self, call: &Call) -> Result<Value, ApiError> {
        let tags = self.tagged_rule(call)?.tags.iter();
        let tags: Vec<_> = tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        Ok(json!({"Tags": tags}))
    }

    fn called_rule(&mut self, call: &Call, parameter: &str) -> Result<&mut StoredRule, ApiError> {
        on_default_bus(call)?;
        let name = call.text(parameter).unwrap_or_default();
        self.place_mut(&call.target).events.rules.get_mut(name).ok_or_else(|| no_rule(name))
    }

    fn tagged_rule(&mut self, call: &Call) -> Result<&mut StoredRule, ApiError> {
        let arn = call.text("ResourceARN").unwrap_or_default();
        let mut rules = self.place_mut(&call.target).events.rules.values_mut();
        let found = rules.find(|stored| stored.rule.arn == *arn);
        found.ok_or_else(|| no_rule(arn.rsplit('/').next().unwrap_or_default()))
    }
}

impl Entry {
    /// Source, detail type and detail, or the code and the message of what is wrong.
    fn checked(&self) -> Result<(String, String, Value), (&'static str, String)> {
        let argument = |name: &str| {
            (
                "InvalidArgument",
                format!("Parameter {name} is not valid. Reason: {name} is a required argument."),
            )
        };
        let source = self.source.clone().filter(|it| !it.is_empty()).ok_or(argument("Source"))?;
        if source.starts_with("aws.") {
            let message = "Not authorized for the source.".to_owned();
            return Err(("NotAuthorizedForSourceException", message));
        }
        let detail_type = self.detail_type.clone().filter(|it| !it.is_empty());
        let detail_type = detail_type.ok_or(argument("DetailType"))?;
        let detail = self.detail.as_deref().ok_or(argument("Detail"))?;
        match serde_json::from_str(detail) {
            Ok(detail @ Value::Object(_)) => Ok((source, detail_type, detail)),
            _ => Err(("MalformedDetail", "Detail is malformed.".to_owned())),
        }
    }
}

/// The lab has no other bus.
fn on_default_bus(call: &Call) -> Result<(), ApiError> {
    match call.text("EventBusName") {
        None | Some("default") => Ok(()),
        Some(name) if name == bus_arn(call).as_str() => Ok(()),
        Some(name) => Err(no_bus(name)),
    }
}

fn bus_arn(call: &Call) -> Arn {
    Arn::of_resource("events", &call.target, "event-bus/default")
}

fn bus(call: &Call) -> Value {
    json!({"Name": "default", "Arn": bus_arn(call)})
}

fn no_bus(name: &str) -> ApiError {
    let message = format!("Event bus {name} does not exist.");
    ApiError::new("ResourceNotFoundException", message)
}

fn no_rule(name: &str) -> ApiError {
    let message = format!("Rule {name} does not exist on EventBus default.");
    ApiError::new("ResourceNotFoundException", message)
}

fn listing(call: &Call, name: &str, items: Vec<Value>) -> Result<Value, ApiError> {
    let size = call.params["Limit"].as_u64().map_or(100, |limit| limit as usize);
    let Some((items, next)) = page(items, size, call.text("NextToken")) else {
        return Err(ApiError::new("ValidationException", "Invalid NextToken"));
    };
    let mut answer = json!({name: items});
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}
