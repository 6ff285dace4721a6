//! Publishing: who may, with which key, and what is refused.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secmon_core::policy::{Decision, Principal, Request};
use secmon_core::snapshot::{AccountId, Arn, Target};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::message::Message;
use super::{invalid, topic_arn};
use crate::world::World;
use crate::world::call::{ApiError, Call};
use crate::world::hypothesis::Hypothesis;
use crate::world::inbox::Mail;
use crate::world::kms::KeyRefusal;

pub(in crate::world) static CROSS_REGION_ACTION: Hypothesis = Hypothesis {
    id: "cross-region-action",
    question: "Does an alarm reach a topic in another Region?",
    settings: &[
        ("refused", "The action fails."),
        ("delivered", "The topic is published to like one of the alarm's own Region."),
    ],
    known: "PutMetricAlarm with such an ARN was not tried. Teams report that alarms cannot notify \
            a topic in another Region and make one topic in each.",
};

pub(in crate::world) static POLICY_CONDITION_DOUBT: Hypothesis = Hypothesis {
    id: "policy-condition-doubt",
    question: "Does a condition on a key that nobody has seen a service carry hold?",
    settings: &[
        ("refused", "It does not hold; the publication is refused."),
        ("admitted", "It holds; the publication is admitted."),
    ],
    known: "Which condition keys an alarm carries was captured for aws:SourceArn, \
            aws:SourceAccount, aws:SourceOwner and SNS's encryption context only.",
};

/// A message that a service sends to a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::world) struct Publication {
    /// The service, such as `cloudwatch.amazonaws.com`.
    pub(in crate::world) service: String,
    /// The alarm, rule or trail.
    pub(in crate::world) source: Arn,
    pub(in crate::world) topic: Arn,
    pub(in crate::world) subject: Option<String>,
    pub(in crate::world) default: String,
    pub(in crate::world) email: Option<String>,
    pub(in crate::world) sms: Option<String>,
    /// The message group, which a FIFO topic asks for.
    pub(in crate::world) group: Option<String>,
}

/// Why a topic takes no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::world) enum PublishRefusal {
    /// There is none.
    NoTopic,
    /// It is in another Region than what publishes.
    OtherRegion,
    /// The topic policy refuses.
    NotAuthorized,
    /// The key of an encrypted topic cannot be used.
    Key(KeyRefusal),
    /// A FIFO topic asks for a message group.
    NoGroup,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Publish {
    topic_arn: Option<String>,
    target_arn: Option<String>,
    phone_number: Option<String>,
    message: String,
    subject: Option<String>,
    message_structure: Option<String>,
    #[serde(default)]
    message_attributes: Map<String, Value>,
    message_group_id: Option<String>,
}

impl World {
    /// A service publishes to a topic; what arrives, arrives now.
    pub(in crate::world) fn publish(
        &mut self,
        publication: Publication,
    ) -> Result<Uuid, PublishRefusal> {
        let Publication { service, source, topic, subject, default, email, sms, group } =
            publication;
        if source.region() != topic.region() {
            let delivered = service == "cloudwatch.amazonaws.com"
                && self.hypotheses.consult(&CROSS_REGION_ACTION) == "delivered";
            if !delivered {
                return Err(PublishRefusal::OtherRegion);
            }
        }
        let organization = self.organization_id_of(&source);
        let stored = self.topic(&topic).ok_or(PublishRefusal::NoTopic)?;
        let fifo = stored.is_fifo();
        let publishes = publishes(&service, &source, &topic);
        let decision = stored.decision(&publishes.of_organization(organization.as_deref()));
        if !self.admits(&decision) {
            return Err(PublishRefusal::NotAuthorized);
        }
        if fifo && group.is_none() {
            return Err(PublishRefusal::NoGroup);
        }
        let uses_key = |action: &str| match service.as_str() {
            "events.amazonaws.com" => Request::rule_uses_key(action, "", topic.as_str()),
            service => {
                let request = Request::alarm_uses_key(action, "", source.as_str(), topic.as_str());
                Request { principal: Principal::service(service), ..request }
                    .of_organization(organization.as_deref())
            }
        };
        self.use_topic_key(&topic, source.as_str(), uses_key).map_err(PublishRefusal::Key)?;
        let texts = [("email", email), ("sms", sms)];
        let message = Message {
            id: self.next_uuid(),
            topic,
            source: Some(source),
            subject,
            default,
            by_protocol: texts
                .into_iter()
                .filter_map(|(protocol, text)| Some((protocol.to_owned(), text?)))
                .collect(),
            attributes: Map::new(),
        };
        let id = message.id;
        self.deliver(&message);
        Ok(id)
    }

    fn admits(&mut self, decision: &Decision) -> bool {
        match decision {
            Decision::Allowed { .. } => true,
            Decision::Denied { .. } | Decision::NotAllowed { .. } => false,
            Decision::Unknown { .. } => {
                self.hypotheses.consult(&POLICY_CONDITION_DOUBT) == "admitted"
            }
        }
    }

    /// Asks KMS for a data key, unless the publisher still has one: for up to five minutes nobody
    /// notices what becomes of the key (captured 2026-09: an alias that named another key worked on
    /// while warm and failed after 370 s).
    fn use_topic_key(
        &mut self,
        topic: &Arn,
        publisher: &str,
        request: impl Fn(&str) -> Request,
    ) -> Result<(), KeyRefusal> {
        let Some(stored) = self.topic(topic) else { return Ok(()) };
        let Some(key) = stored.attributes.kms_master_key_id.clone() else { return Ok(()) };
        let fresh = |(used, since): &(String, Timestamp)| {
            let age = self.now.duration_since(*since).as_secs_f64();
            *used == key && age < self.settings.data_key_reuse
        };
        if stored.data_keys.get(publisher).is_some_and(fresh) {
            return Ok(());
        }
        let target = topic.target().ok_or(KeyRefusal::NotFound)?;
        for action in ["kms:GenerateDataKey", "kms:Decrypt"] {
            let decision = self.key_decision(&key, &target, &request(action))?;
            if !self.admits(&decision) {
                return Err(KeyRefusal::Denied);
            }
        }
        let now = self.now;
        if let Some(stored) = self.topic_mut(topic) {
            stored.data_keys.insert(publisher.to_owned(), (key, now));
        }
        Ok(())
    }

    /// `Publish`.
    pub(super) fn publish_call(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: Publish = call.input()?;
        let by_protocol = check(&input)?;
        let id = self.next_uuid();
        if let Some(number) = &input.phone_number {
            self.text_message(call, number, &input.message);
            return Ok(json!({"MessageId": id.to_string()}));
        }
        let parameter = if input.topic_arn.is_some() { "TopicArn" } else { "TargetArn" };
        topic_arn(call.text(parameter).unwrap_or_default(), parameter)?;
        let topic = self.called_topic(call, parameter)?;
        if self.topic(&topic).is_some_and(super::StoredTopic::is_fifo)
            && input.message_group_id.is_none()
        {
            return Err(invalid("The MessageGroupId parameter is required for FIFO topics"));
        }
        let caller = call.caller.arn.as_str();
        let service = format!("sns.{}.amazonaws.com", topic.region());
        let uses_key = |action: &str| {
            Request::new(Principal::aws(caller), action, "")
                .with("kms:ViaService", &service)
                .with("kms:EncryptionContext:aws:sns:topicArn", topic.as_str())
        };
        self.use_topic_key(&topic, caller, uses_key)
            .map_err(|refusal| key_error(refusal, &topic))?;
        let default = by_protocol.get("default").unwrap_or(&input.message).clone();
        let message = Message {
            id,
            topic,
            source: None,
            subject: input.subject,
            default,
            by_protocol,
            attributes: attributes(&input.message_attributes),
        };
        self.deliver(&message);
        Ok(json!({"MessageId": id.to_string()}))
    }

    fn text_message(&mut self, call: &Call, number: &str, text: &str) {
        if !self.phone_gets_texts(&call.target, number) {
            return;
        }
        let topic = Arn::of_resource("sns", &call.target, "");
        let mail = Mail {
            at: self.now,
            topic,
            kind: "Notification".to_owned(),
            source: None,
            subject: None,
            body: text.to_owned(),
            token: None,
        };
        self.inboxes.deliver("sms", number, mail);
    }
}

/// A service publishes. The captured keys are those of alarms. `aws:SourceOwner`, by which the
/// default policy admits alarms, is theirs: AWS asks for a statement of its own for CloudTrail.
fn publishes(service: &str, source: &Arn, topic: &Arn) -> Request {
    let request = Request::alarm_publishes(source.as_str(), topic.as_str());
    match service {
        "cloudwatch.amazonaws.com" => request,
        "events.amazonaws.com" => Request::rule_publishes(source.as_str(), topic.as_str()),
        service => {
            Request { principal: Principal::service(service), ..request }.without("aws:SourceOwner")
        }
    }
}

/// What `Publish` refuses of the message itself; the texts by protocol.
fn check(input: &Publish) -> Result<BTreeMap<String, String>, ApiError> {
    let named = [&input.topic_arn, &input.target_arn, &input.phone_number];
    if named.iter().filter(|name| name.is_some()).count() != 1 {
        return Err(invalid("TopicArn or TargetArn Reason: no value for required parameter"));
    }
    if input.message.is_empty() {
        return Err(invalid("Empty message"));
    }
    if input.message.len() > 262_144 {
        return Err(invalid("Message too long"));
    }
    let plain = |subject: &str| subject.chars().all(|c| !c.is_control());
    let fits = |subject: &str| (1..=100).contains(&subject.chars().count());
    if input.subject.as_deref().is_some_and(|subject| !fits(subject) || !plain(subject)) {
        return Err(invalid("Subject"));
    }
    match input.message_structure.as_deref() {
        None => Ok(BTreeMap::new()),
        Some("json") => {
            let Ok(Value::Object(texts)) = serde_json::from_str(&input.message) else {
                return Err(invalid("Message Structure - JSON message body failed to parse"));
            };
            let text = |(protocol, text): (String, Value)| match text {
                Value::String(text) => Some((protocol, text)),
                _ => None,
            };
            let texts: BTreeMap<String, String> = texts.into_iter().filter_map(text).collect();
            if !texts.contains_key("default") {
                return Err(invalid("Message Structure - No default entry in JSON message body"));
            }
            Ok(texts)
        }
        Some(_) => Err(invalid("MessageStructure")),
    }
}

/// Attributes as deliveries show them: `Type` and `Value`.
fn attributes(input: &Map<String, Value>) -> Map<String, Value> {
    let shown = |(name, attribute): (&String, &Value)| {
        let value = match &attribute["StringValue"] {
            Value::Null => attribute["BinaryValue"].clone(),
            text => text.clone(),
        };
        (name.clone(), json!({"Type": attribute["DataType"], "Value": value}))
    };
    input.iter().map(shown).collect()
}

/// The names are AWS's; its words for them were not captured.
fn key_error(refusal: KeyRefusal, topic: &Arn) -> ApiError {
    let (name, what) = match refusal {
        KeyRefusal::NotFound => ("KMSNotFoundException", "does not exist"),
        KeyRefusal::Disabled => ("KMSDisabledException", "is disabled"),
        KeyRefusal::PendingDeletion => ("KMSInvalidStateException", "is pending deletion"),
        KeyRefusal::Denied => ("KMSAccessDeniedException", "does not admit the publisher"),
    };
    ApiError::new(name, format!("The key of topic {topic} {what}"))
}

/// Where an account is asked about phones.
pub(super) fn account_and_region(account: &AccountId, topic: &Arn) -> Option<Target> {
    let region = topic.target()?.region;
    Some(Target { account: account.clone(), region })
}
