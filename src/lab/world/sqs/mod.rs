//! SQS: queues and their messages.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use secmon_core::policy::{PolicyDocument, evaluate};
use secmon_core::snapshot::{Arn, Target};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::call::{ApiError, Call};
use super::iam::{caller_request, refusal, service_request};
use super::kms::KeyRefusal;

mod messages;
mod queues;
#[cfg(test)]
mod tests;

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sqs {
    /// By name.
    pub(super) queues: BTreeMap<String, Queue>,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Queue {
    pub(super) arn: Arn,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    /// What was set, by name; the rest has its default.
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// Oldest first.
    #[serde(default)]
    pub(super) messages: Vec<Message>,
    /// Deduplication ids of a FIFO queue, and when they were used.
    #[serde(default)]
    deduplication: BTreeMap<String, Timestamp>,
}

/// A message in a queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) sender: String,
    pub(super) sent: Timestamp,
    /// Until then nobody receives it.
    pub(super) hidden_until: Timestamp,
    #[serde(default)]
    pub(super) first_received: Option<Timestamp>,
    #[serde(default)]
    pub(super) receive_count: u32,
    /// By name, as sent.
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) group: Option<String>,
}

/// What a queue has where nothing else was set
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>).
const DEFAULTS: [(&str, &str); 6] = [
    ("DelaySeconds", "0"),
    ("MaximumMessageSize", "1048576"),
    ("MessageRetentionPeriod", "345600"),
    ("ReceiveMessageWaitTimeSeconds", "0"),
    ("SqsManagedSseEnabled", "true"),
    ("VisibilityTimeout", "30"),
];

impl Queue {
    /// A queue with nothing in it and nothing set.
    pub(super) fn new(arn: Arn, now: Timestamp) -> Self {
        Self {
            arn,
            created: now,
            modified: now,
            attributes: BTreeMap::new(),
            tags: BTreeMap::new(),
            messages: Vec::new(),
            deduplication: BTreeMap::new(),
        }
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let default = DEFAULTS.iter().find(|(known, _)| *known == name);
        let set = self.attributes.get(name).map(String::as_str);
        set.or(default.map(|(_, value)| *value))
    }

    fn seconds(&self, name: &str) -> SignedDuration {
        let seconds = self.attribute(name).and_then(|text| text.parse().ok());
        SignedDuration::from_secs(seconds.unwrap_or(0))
    }

    fn is_fifo(&self) -> bool {
        self.arn.resource().ends_with(".fifo")
    }

    fn policy(&self) -> Option<&str> {
        self.attributes.get("Policy").map(String::as_str)
    }

    /// Messages older than the retention period are gone.
    fn expire(&mut self, now: Timestamp) {
        let kept = self.seconds("MessageRetentionPeriod");
        self.messages.retain(|message| now.duration_since(message.sent) < kept);
    }
}

impl World {
    pub(super) fn sqs(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.operation.as_str() {
            "CreateQueue" => self.create_queue(call),
            "GetQueueUrl" => self.get_queue_url(call),
            "GetQueueAttributes" => self.get_queue_attributes(call),
            "SetQueueAttributes" => self.set_queue_attributes(call),
            "ListQueues" => self.list_queues(call),
            "DeleteQueue" => self.delete_queue(call),
            "PurgeQueue" => self.purge_queue(call),
            "TagQueue" => self.tag_queue(call),
            "ListQueueTags" => self.list_queue_tags(call),
            "SendMessage" => self.send_message(call),
            "ReceiveMessage" => self.receive_message(call),
            "DeleteMessage" => self.delete_message(call),
            _ => Err(ApiError::not_served(call)),
        }
    }

    /// A service puts a message into a queue for a resource of its own, such as a topic. `Err`: the
    /// name of SQS's error.
    pub(super) fn service_sends(
        &mut self,
        queue: &Arn,
        service: &str,
        source: &Arn,
        body: &str,
    ) -> Result<(), String> {
        let missing = || "QueueDoesNotExist".to_owned();
        let target = queue.target().filter(|_| queue.service() == "sqs").ok_or_else(missing)?;
        let stored = self.place(&target).sqs.queues.get(queue.resource()).ok_or_else(missing)?;
        let request = service_request(service, "sqs:SendMessage", queue.as_str(), source);
        let policy = stored.policy().and_then(|text| PolicyDocument::parse(text).ok());
        if !policy.is_some_and(|policy| evaluate(&[("", &policy)], &request).is_allowed()) {
            return Err("AccessDenied".to_owned());
        }
        if let Some(key) = stored.attributes.get("KmsMasterKeyId") {
            for action in ["kms:GenerateDataKey", "kms:Decrypt"] {
                let request = service_request(service, action, key, source)
                    .with("kms:EncryptionContext:aws:sqs:arn", queue.as_str())
                    .with_values("kms:EncryptionContextKeys", ["aws:sqs:arn"]);
                self.service_uses_key(key, &target, &request).map_err(|refusal| {
                    let name = match refusal {
                        KeyRefusal::NotFound => "KmsNotFound",
                        KeyRefusal::Disabled => "KmsDisabled",
                        KeyRefusal::PendingDeletion => "KmsInvalidState",
                        KeyRefusal::Denied => "KmsAccessDenied",
                    };
                    name.to_owned()
                })?;
            }
        }
        let (id, now) = (self.next_uuid().to_string(), self.now);
        if let Some(queue) = self.place_mut(&target).sqs.queues.get_mut(queue.resource()) {
            let message = Message {
                id,
                body: body.to_owned(),
                sender: service.to_owned(),
                sent: now,
                hidden_until: later(now, queue.seconds("DelaySeconds")),
                first_received: None,
                receive_count: 0,
                attributes: BTreeMap::new(),
                group: None,
            };
            queue.expire(now);
            queue.messages.push(message);
        }
        Ok(())
    }

    /// Where the queue of a URL is: `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`, whatever host
    /// it is reached at.
    fn queue_place(&self, call: &Call) -> Result<(Target, String), ApiError> {
        let url = call.text("QueueUrl").unwrap_or_default();
        let mut parts = url.trim_end_matches('/').rsplit('/');
        let name = parts.next().unwrap_or_default().to_owned();
        let account = parts.next().and_then(|part| part.parse().ok());
        let account = account.unwrap_or_else(|| call.target.account.clone());
        let target = Target { account, region: call.target.region.clone() };
        match self.place(&target).sqs.queues.contains_key(&name) {
            true => Ok((target, name)),
            false => Err(missing()),
        }
    }

    /// The queue of a call, if the caller may do this to it.
    fn called_queue(&mut self, call: &Call) -> Result<&mut Queue, ApiError> {
        let (target, name) = self.queue_place(call)?;
        let queue = self.place(&target).sqs.queues.get(&name).ok_or_else(missing)?;
        let action = format!("sqs:{}", call.operation);
        let request = caller_request(call, &action, queue.arn.as_str());
        if let Some(why) = refusal(queue.policy(), &target.account, call, &request) {
            // SQS writes its actions in small letters.
            let (action, small) =
                (action.to_lowercase(), why.replace(&action, &action.to_lowercase()));
            return Err(ApiError::new(
                "AccessDeniedException",
                format!(
                    "User: {} is not authorized to perform: {action} on resource: {} {small}",
                    call.caller.arn, queue.arn
                ),
            ));
        }
        self.place_mut(&target).sqs.queues.get_mut(&name).ok_or_else(missing)
    }
}

fn missing() -> ApiError {
    ApiError::new("QueueDoesNotExist", "The specified queue does not exist.")
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
