//! Messages: sent, received, deleted.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::s3::md5_hex;
use super::{Message, Queue, later};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessage {
    message_body: String,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: BTreeMap<String, Value>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveMessage {
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<i64>,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Redrive {
    dead_letter_target_arn: String,
    max_receive_count: Value,
}

/// How long a deduplication id holds.
const DEDUPLICATION: SignedDuration = SignedDuration::from_mins(5);

impl World {
    pub(super) fn send_message(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: SendMessage = call.input()?;
        let (now, sender) = (self.now, call.caller.arn.to_string());
        let id = self.next_uuid().to_string();
        let queue = self.called_queue(call)?;
        let limit = queue.attribute("MaximumMessageSize").and_then(|text| text.parse().ok());
        let limit: usize = limit.unwrap_or(usize::MAX);
        if input.message_body.is_empty() {
            return Err(ApiError::new(
                "MissingParameter",
                "The request must contain the parameter MessageBody.",
            ));
        }
        if input.message_body.len() > limit {
            return Err(ApiError::new(
                "InvalidParameterValueException",
                format!(
                    "One or more parameters are invalid. Reason: Message must be shorter than \
                     {limit} bytes."
                ),
            ));
        }
        let deduplication = queue.deduplication_id(&input)?;
        let mut answer = json!({
            "MessageId": id,
            "MD5OfMessageBody": md5_hex(input.message_body.as_bytes()),
            "MD5OfMessageAttributes": md5_of_attributes(&input.message_attributes),
        });
        queue.expire(now);
        queue.deduplication.retain(|_, at| now.duration_since(*at) < DEDUPLICATION);
        if queue.is_fifo() {
            answer["SequenceNumber"] = json!(format!("{:020}", queue.messages.len()));
        }
        if let Some(deduplication) = deduplication
            && queue.deduplication.insert(deduplication, now).is_some()
        {
            return Ok(answer);
        }
        let delay = input.delay_seconds.map(SignedDuration::from_secs);
        let delay = delay.unwrap_or_else(|| queue.seconds("DelaySeconds"));
        queue.messages.push(Message {
            id,
            body: input.message_body,
            sender,
            sent: now,
            hidden_until: later(now, delay),
            first_received: None,
            receive_count: 0,
            attributes: input.message_attributes,
            group: input.message_group_id,
        });
        Ok(answer)
    }

    /// Nothing is waited for: time passes only when the world is told so.
    pub(super) fn receive_message(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: ReceiveMessage = call.input()?;
        let most = input.max_number_of_messages.unwrap_or(1);
        if !(1..=10).contains(&most) {
            return Err(ApiError::new(
                "InvalidParameterValueException",
                format!(
                    "Value {most} for parameter MaxNumberOfMessages is invalid. Reason: Must be \
                     between 1 and 10, if provided."
                ),
            ));
        }
        let now = self.now;
        let queue = self.called_queue(call)?;
        queue.expire(now);
        let dead = queue.take_dead(now);
        let timeout = input.visibility_timeout.map(SignedDuration::from_secs);
        let timeout = timeout.unwrap_or_else(|| queue.seconds("VisibilityTimeout"));
        let mut received = Vec::new();
        for message in &mut queue.messages {
            if received.len() == most {
                break;
            }
            if message.hidden_until <= now {
                message.hidden_until = later(now, timeout);
                message.first_received.get_or_insert(now);
                message.receive_count += 1;
                received.push(message.shown(&input));
            }
        }
        if let Some((arn, dead)) = dead
            && let Some(target) =
                arn.parse::<secmon_core::snapshot::Arn>().ok().and_then(|a| a.target())
        {
            let name = arn.rsplit(':').next().unwrap_or_default();
            if let Some(queue) = self.place_mut(&target).sqs.queues.get_mut(name) {
                queue.messages.extend(dead);
            }
        }
        Ok(json!({ "Messages": received }))
    }

    pub(super) fn delete_message(&mut self, call: &Call) -> Result<Value, ApiError> {
        let handle = call.text("ReceiptHandle").unwrap_or_default();
        let queue = self.called_queue(call)?;
        let id = STANDARD.decode(handle).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let id = id.and_then(|text| {
            Some(text.strip_prefix("lab-receipt:")?.split_once(':')?.1.to_owned())
        });
        let Some(id) = id else {
            return Err(ApiError::new(
                "ReceiptHandleIsInvalid",
                format!("The input receipt handle \"{handle}\" is not a valid receipt handle."),
            ));
        };
        queue.messages.retain(|message| message.id != id);
        Ok(json!({}))
    }
}

impl Queue {
    fn deduplication_id(&self, input: &SendMessage) -> Result<Option<String>, ApiError> {
        if !self.is_fifo() {
            return Ok(None);
        }
        if input.message_group_id.is_none() {
            return Err(ApiError::new(
                "MissingParameter",
                "The request must contain the parameter MessageGroupId.",
            ));
        }
        let by_content = self.attribute("ContentBasedDeduplication") == Some("true");
        let content = by_content.then(|| md5_hex(input.message_body.as_bytes()));
        let id = input.message_deduplication_id.clone().or(content).ok_or_else(|| {
            ApiError::new(
                "InvalidParameterValueException",
                "The queue should either have ContentBasedDeduplication enabled or \
                 MessageDeduplicationId provided explicitly",
            )
        })?;
        Ok(Some(id))
    }

    /// The messages that were received too often, and the queue they go to.
    fn take_dead(&mut self, now: jiff::Timestamp) -> Option<(String, Vec<Message>)> {
        let redrive: Redrive = serde_json::from_str(self.attributes.get("RedrivePolicy")?).ok()?;
        let most = match &redrive.max_receive_count {
            Value::String(text) => text.parse().ok()?,
            number => number.as_u64()?,
        };
        let dead = |message: &Message| {
            message.hidden_until <= now && u64::from(message.receive_count) >= most
        };
        let (gone, kept) = std::mem::take(&mut self.messages).into_iter().partition(dead);
        self.messages = kept;
        Some((redrive.dead_letter_target_arn, gone))
    }
}

impl Message {
    fn shown(&self, input: &ReceiveMessage) -> Value {
        let handle = format!("lab-receipt:{}:{}", self.receive_count, self.id);
        let asked = input.attribute_names.iter().chain(&input.message_system_attribute_names);
        let asked: Vec<&str> = asked.map(String::as_str).collect();
        let first = self.first_received.map(|at| at.as_millisecond().to_string());
        let mut system = BTreeMap::from([
            ("SenderId", Some(self.sender.clone())),
            ("SentTimestamp", Some(self.sent.as_millisecond().to_string())),
            ("ApproximateReceiveCount", Some(self.receive_count.to_string())),
            ("ApproximateFirstReceiveTimestamp", first),
            ("MessageGroupId", self.group.clone()),
        ]);
        system.retain(|name, value| {
            value.is_some() && (asked.contains(&"All") || asked.contains(name))
        });
        let mut shown = json!({
            "MessageId": self.id,
            "ReceiptHandle": STANDARD.encode(handle),
            "MD5OfBody": md5_hex(self.body.as_bytes()),
            "Body": self.body,
        });
        if !system.is_empty() {
            shown["Attributes"] = json!(system);
        }
        let wanted = |name: &str| {
            input.message_attribute_names.iter().any(|asked| {
                asked == "All"
                    || asked == name
                    || asked.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
            })
        };
        let mut attributes = self.attributes.clone();
        attributes.retain(|name, _| wanted(name));
        if !attributes.is_empty() {
            shown["MD5OfMessageAttributes"] = json!(md5_of_attributes(&attributes));
            shown["MessageAttributes"] = json!(attributes);
        }
        shown
    }
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation>
fn md5_of_attributes(attributes: &BTreeMap<String, Value>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    fn add(bytes: &mut Vec<u8>, part: &[u8]) {
        bytes.extend((part.len() as u32).to_be_bytes());
        bytes.extend(part);
    }
    let mut bytes = Vec::new();
    for (name, attribute) in attributes {
        add(&mut bytes, name.as_bytes());
        add(&mut bytes, attribute["DataType"].as_str().unwrap_or_default().as_bytes());
        match (&attribute["StringValue"], &attribute["BinaryValue"]) {
            (_, Value::String(text)) => {
                bytes.push(2);
                add(&mut bytes, &STANDARD.decode(text).unwrap_or_default());
            }
            (text, _) => {
                bytes.push(1);
                add(&mut bytes, text.as_str().unwrap_or_default().as_bytes());
            }
        }
    }
    Some(md5_hex(&bytes))
}
