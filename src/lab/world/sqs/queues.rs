//! Queues themselves.

use std::collections::BTreeMap;

use secmon_core::policy::PolicyDocument;
use secmon_core::snapshot::{AccountId, Arn, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::page::page;
use super::{DEFAULTS, Queue, missing};

/// Attributes without a default that can be set.
const OTHERS: [&str; 9] = [
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "Policy",
    "RedriveAllowPolicy",
    "RedrivePolicy",
];

impl World {
    pub(super) fn create_queue(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = call.text("QueueName").unwrap_or_default().to_owned();
        let attributes = attributes(call)?;
        let fifo = attributes.get("FifoQueue").is_some_and(|value| value == "true");
        let plain = name.strip_suffix(".fifo").filter(|_| fifo).unwrap_or(&name);
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let ends = fifo == name.ends_with(".fifo");
        if plain.is_empty() || name.len() > 80 || !plain.chars().all(allowed) || !ends {
            return Err(ApiError::new(
                "InvalidParameterValueException",
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in \
                 length",
            ));
        }
        let url = queue_url(&call.target, &name);
        if let Some(old) = self.place(&call.target).sqs.queues.get(&name) {
            let differs =
                attributes.iter().find(|(name, value)| old.attribute(name) != Some(value));
            return match differs {
                None => Ok(json!({ "QueueUrl": url })),
                Some((attribute, _)) => Err(ApiError::new(
                    "QueueNameExists",
                    format!(
                        "A queue already exists with the same name and a different value for \
                         attribute {attribute}"
                    ),
                )),
            };
        }
        let now = self.now;
        let arn = Arn::of_resource("sqs", &call.target, &name);
        let tags = text_map(&call.params["tags"]);
        let queue = Queue { attributes, tags, ..Queue::new(arn, now) };
        self.place_mut(&call.target).sqs.queues.insert(name, queue);
        Ok(json!({ "QueueUrl": url }))
    }

    pub(super) fn get_queue_url(&mut self, call: &Call) -> Result<Value, ApiError> {
        let owner = call.text("QueueOwnerAWSAccountId");
        let owner = owner.and_then(|owner| owner.parse::<AccountId>().ok());
        let target = Target {
            account: owner.unwrap_or_else(|| call.target.account.clone()),
            region: call.target.region.clone(),
        };
        let name = call.text("QueueName").unwrap_or_default();
        let url = queue_url(&target, name);
        let mut named = call.clone();
        named.params = json!({ "QueueUrl": url });
        self.called_queue(&named)?;
        Ok(json!({ "QueueUrl": url }))
    }

    pub(super) fn get_queue_attributes(&mut self, call: &Call) -> Result<Value, ApiError> {
        let names: Vec<String> =
            Deserialize::deserialize(&call.params["AttributeNames"]).unwrap_or_default();
        let now = self.now;
        let queue = self.called_queue(call)?;
        queue.expire(now);
        let waiting = |test: &dyn Fn(&super::Message) -> bool| {
            queue.messages.iter().filter(|message| test(message)).count().to_string()
        };
        let hidden = |message: &super::Message| message.hidden_until > now;
        let mut all: BTreeMap<&str, String> = BTreeMap::from([
            ("QueueArn", queue.arn.to_string()),
            ("CreatedTimestamp", queue.created.as_second().to_string()),
            ("LastModifiedTimestamp", queue.modified.as_second().to_string()),
            ("ApproximateNumberOfMessages", waiting(&|m| !hidden(m))),
            (
                "ApproximateNumberOfMessagesNotVisible",
                waiting(&|m| hidden(m) && m.receive_count > 0),
            ),
            ("ApproximateNumberOfMessagesDelayed", waiting(&|m| hidden(m) && m.receive_count == 0)),
        ]);
        for name in DEFAULTS.iter().map(|(name, _)| *name).chain(OTHERS) {
            if let Some(value) = queue.attribute(name) {
                all.insert(name, value.to_owned());
            }
        }
        let known = |name: &str| all.contains_key(name) || name == "All" || OTHERS.contains(&name);
        if let Some(unknown) = names.iter().find(|name| !known(name)) {
            return Err(unknown_attribute(unknown));
        }
        if !names.iter().any(|name| name == "All") {
            all.retain(|name, _| names.iter().any(|wanted| wanted == name));
        }
        Ok(json!({ "Attributes": all }))
    }

    pub(super) fn set_queue_attributes(&mut self, call: &Call) -> Result<Value, ApiError> {
        let given = attributes(call)?;
        let now = self.now;
        let queue = self.called_queue(call)?;
        for (name, value) in given {
            match value.is_empty() {
                true => queue.attributes.remove(&name),
                false => queue.attributes.insert(name, value),
            };
        }
        queue.modified = now;
        Ok(json!({}))
    }

    pub(super) fn list_queues(&mut self, call: &Call) -> Result<Value, ApiError> {
        let prefix = call.text("QueueNamePrefix").unwrap_or_default();
        let names = self.place(&call.target).sqs.queues.keys();
        let urls = names
            .filter(|name| name.starts_with(prefix))
            .map(|name| queue_url(&call.target, name))
            .collect();
        let size = call.params["MaxResults"].as_u64().unwrap_or(1_000) as usize;
        let (urls, next) = page(urls, size, call.text("NextToken"))
            .ok_or_else(|| ApiError::new("InvalidAddress", "Invalid or expired next token."))?;
        Ok(json!({ "QueueUrls": urls, "NextToken": next }))
    }

    pub(super) fn delete_queue(&mut self, call: &Call) -> Result<Value, ApiError> {
        self.called_queue(call)?;
        let (target, name) = self.queue_place(call)?;
        self.place_mut(&target).sqs.queues.remove(&name).map(|_| json!({})).ok_or_else(missing)
    }

    pub(super) fn purge_queue(&mut self, call: &Call) -> Result<Value, ApiError> {
        self.called_queue(call)?.messages.clear();
        Ok(json!({}))
    }

    pub(super) fn tag_queue(&mut self, call: &Call) -> Result<Value, ApiError> {
        let added = text_map(&call.params["Tags"]);
        self.called_queue(call)?.tags.extend(added);
        Ok(json!({}))
    }

    pub(super) fn list_queue_tags(&mut self, call: &Call) -> Result<Value, ApiError> {
        Ok(json!({ "Tags": self.called_queue(call)?.tags }))
    }
}

fn queue_url(target: &Target, name: &str) -> String {
    format!("https://sqs.{}.amazonaws.com/{}/{name}", target.region, target.account)
}

fn text_map(value: &Value) -> BTreeMap<String, String> {
    Deserialize::deserialize(value).unwrap_or_default()
}

/// The attributes that a call sets.
fn attributes(call: &Call) -> Result<BTreeMap<String, String>, ApiError> {
    let given = text_map(&call.params["Attributes"]);
    for (name, value) in &given {
        let numeric = DEFAULTS.iter().any(|(known, _)| known == name);
        if !numeric && !OTHERS.contains(&name.as_str()) {
            return Err(unknown_attribute(name));
        }
        let valid = match name.as_str() {
            "Policy" => value.is_empty() || PolicyDocument::parse(value).is_ok(),
            "RedrivePolicy" | "RedriveAllowPolicy" => {
                value.is_empty() || serde_json::from_str::<Value>(value).is_ok()
            }
            "SqsManagedSseEnabled" | "FifoQueue" | "ContentBasedDeduplication" => {
                value == "true" || value == "false"
            }
            name => in_range(name, value),
        };
        if !valid {
            return Err(ApiError::new(
                "InvalidAttributeValue",
                format!("Invalid value for the parameter {name}."),
            ));
        }
    }
    Ok(given)
}

fn in_range(name: &str, value: &str) -> bool {
    let range = match name {
        "DelaySeconds" => 0..=900,
        "MaximumMessageSize" => 1_024..=1_048_576,
        "MessageRetentionPeriod" => 60..=1_209_600,
        "ReceiveMessageWaitTimeSeconds" => 0..=20,
        "VisibilityTimeout" => 0..=43_200,
        "KmsDataKeyReusePeriodSeconds" => 60..=86_400,
        _ => return true,
    };
    value.parse::<u32>().is_ok_and(|value| range.contains(&value))
}

fn unknown_attribute(name: &str) -> ApiError {
    ApiError::new("InvalidAttributeName", format!("Unknown Attribute {name}."))
}
