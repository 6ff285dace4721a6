//! What a target gets of an event, and how.

use std::collections::BTreeMap;

use secmon_core::snapshot::Arn;
use serde_json::{Value, json};

use super::EVENT_TARGET_ROLE;
use crate::world::World;
use crate::world::inbox::Mail;
use crate::world::sns::Publication;

const SERVICE: &str = "events.amazonaws.com";

impl World {
    /// Sends an event to one target. EventBridge tries again for a day and then gives up: a refusal
    /// leaves nothing but a metric.
    pub(super) fn send_to_target(&mut self, rule: &Arn, to: &Value, event: &Value) {
        let Some(arn) = to["Arn"].as_str().and_then(|arn| arn.parse::<Arn>().ok()) else { return };
        let Some(input) = input(to, event) else { return };
        let group = to["SqsParameters"]["MessageGroupId"].as_str().map(str::to_owned);
        let sent = match arn.service() {
            // <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html>
            "sns"
                if to["RoleArn"].is_string()
                    && self.hypotheses.consult(&EVENT_TARGET_ROLE) == "lost" =>
            {
                false
            }
            "sns" => {
                let publication = Publication {
                    service: SERVICE.to_owned(),
                    source: rule.clone(),
                    topic: arn,
                    subject: None,
                    default: input,
                    email: None,
                    sms: None,
                    group,
                };
                self.publish(publication).is_ok()
            }
            "sqs" => self.service_sends(&arn, SERVICE, rule, &input).is_ok(),
            // Whom they tell, if anybody, is up to a program.
            program => {
                let mail = Mail {
                    at: self.now,
                    topic: rule.clone(),
                    kind: "Notification".to_owned(),
                    source: Some(rule.clone()),
                    subject: None,
                    body: input,
                    token: None,
                };
                self.inboxes.deliver(program, arn.as_str(), mail);
                true
            }
        };
        let name = if sent { "Invocations" } else { "FailedInvocations" };
        self.count_invocation(rule, name);
    }

    /// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html>
    fn count_invocation(&mut self, rule: &Arn, name: &str) {
        let Some(target) = rule.target() else { return };
        let dimension = secmon_core::snapshot::Dimension {
            name: "RuleName".to_owned(),
            value: rule.name().to_owned(),
        };
        let metric = secmon_core::snapshot::Metric {
            namespace: Some("AWS/Events".to_owned()),
            metric_name: Some(name.to_owned()),
            dimensions: vec![dimension],
        };
        self.put_sample(&target, &metric, self.now, "Count", 1.0);
    }
}

/// `Input`, `InputPath` and `InputTransformer` exclude each other; without any the target gets the
/// event. `None`: the path leads nowhere, and AWS sends nothing.
fn input(to: &Value, event: &Value) -> Option<String> {
    if let Some(input) = to["Input"].as_str() {
        return Some(input.to_owned());
    }
    if let Some(path) = to["InputPath"].as_str() {
        return at(event, path).map(Value::to_string);
    }
    let transformer = &to["InputTransformer"];
    match transformer["InputTemplate"].as_str() {
        None => Some(event.to_string()),
        Some(template) => {
            let paths = transformer["InputPathsMap"].as_object();
            let values: BTreeMap<&str, &Value> = paths
                .into_iter()
                .flatten()
                .filter_map(|(name, path)| Some((name.as_str(), at(event, path.as_str()?)?)))
                .collect();
            Some(filled(template, &values, event))
        }
    }
}

/// `$.detail.requestParameters.secretId`, `$.resources[0]`
fn at<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    let mut found = event;
    for step in path.strip_prefix('$')?.split('.').filter(|step| !step.is_empty()) {
        let (name, indices) = step.split_once('[').unwrap_or((step, ""));
        if !name.is_empty() {
            found = found.get(name)?;
        }
        for index in indices.split('[').filter(|index| !index.is_empty()) {
            found = found.get(index.trim_end_matches(']').parse::<usize>().ok()?)?;
        }
    }
    Some(found)
}

/// Puts values for their `<names>`. In a quoted text they stand as they are, elsewhere in a JSON
/// template a text is quoted; what the event has not is empty.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html>
fn filled(template: &str, values: &BTreeMap<&str, &Value>, event: &Value) -> String {
    let mut text = String::new();
    let mut rest = template;
    let is_json = template.trim_start().starts_with('{');
    while let Some((before, after)) = rest.split_once('<') {
        let Some((name, after)) = after.split_once('>') else { break };
        text.push_str(before);
        let quotes = text.matches('"').count() - text.matches("\\\"").count();
        let in_text = quotes % 2 == 1 || !is_json;
        let value = match name {
            "aws.events.event" | "aws.events.event.json" => Some(event.clone()),
            "aws.events.event.ingestion-time" => Some(event["time"].clone()),
            name => values.get(name).map(|value| (*value).clone()),
        };
        match value {
            Some(Value::String(value)) if in_text => {
                let quoted = json!(value).to_string();
                // What is inside of a JSON text stays inside of it.
                text.push_str(if is_json { &quoted[1..quoted.len() - 1] } else { &value });
            }
            Some(value) => text.push_str(&value.to_string()),
            None if in_text => {}
            None => text.push_str("\"\""),
        }
        rest = after;
    }
    text + rest
}
