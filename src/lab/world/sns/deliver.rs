//! Delivery: what each subscription makes of a message, and the metrics of it.

use jiff::SignedDuration;
use secmon_core::filter_policy::{FilterPolicy, MessageBody, Passage};
use secmon_core::snapshot::{Arn, Dimension, Metric, Target};
use serde_json::{Map, Value, json};

use super::message::{self, Message};
use super::{StoredSubscription, SubscriptionState};
use crate::world::World;
use crate::world::hypothesis::Hypothesis;
use crate::world::inbox::Mail;

pub(in crate::world) static FILTER_POLICY_BODY: Hypothesis = Hypothesis {
    id: "filter-policy-body",
    question: "Which text does a filter policy of scope MessageBody see where a message has \
               another one for the subscription's protocol?",
    settings: &[
        ("default", "The default text: of an alarm the JSON."),
        ("own", "The protocol's own text: of an alarm, for email, no JSON, so that it is dropped."),
    ],
    known: "Alarms publish a default, an sms and an email text. Filters on the body were captured \
            with queues only, which get the default.",
};

pub(in crate::world) static FILTER_POLICY_DOUBT: Hypothesis = Hypothesis {
    id: "filter-policy-doubt",
    question: "Does a message pass a filter policy whose meaning no page settles?",
    settings: &[("dropped", "It is dropped."), ("delivered", "It is delivered.")],
    known: "AWS's pages differ on anything-but with lists and say nothing of null, of 1 against \
            1.0 and of lists of objects.",
};

pub(in crate::world) static LAMBDA_SUBSCRIBER: Hypothesis = Hypothesis {
    id: "lambda-subscriber",
    question: "Does the function's own policy admit the topic?",
    settings: &[
        ("delivered", "It does; the function is called."),
        ("refused", "It does not; the delivery fails."),
    ],
    known: "Function policies are not read.",
};

/// More mails a second than this, and SNS shuts the subscription off.
///
/// <https://repost.aws/knowledge-center/sns-email-subscription-disabled>
const MAILS_A_SECOND: usize = 10;

/// What a filter policy does with a message, and the metrics that count it.
enum Filtered {
    Passes,
    Out(&'static [&'static str]),
}

impl World {
    /// Delivers a message to everybody who is confirmed, and to those of a deleted topic of the
    /// same name who have not noticed yet.
    pub(super) fn deliver(&mut self, message: &Message) {
        let Some(target) = message.topic.target() else { return };
        let name = "NumberOfMessagesPublished";
        self.count_of_topic(&target, &message.topic, name, 1.0);
        let size = message.default.len() as f64;
        let metric = of_topic(&message.topic, "PublishSize");
        self.put_sample(&target, &metric, self.now, "Bytes", size);
        let subscriptions = self.place(&target).sns.subscriptions.iter();
        let theirs: Vec<(Arn, StoredSubscription)> = subscriptions
            .filter(|(arn, it)| {
                it.topic == message.topic
                    && it.state == SubscriptionState::Confirmed
                    && self.subscription(arn).is_some()
            })
            .map(|(arn, it)| (arn.clone(), it.clone()))
            .collect();
        for (arn, subscription) in theirs {
            // Every message writes it, with 0, also one that is filtered out (captured 2026-09-14).
            let mut failed = 0.0;
            match self.filtered(&subscription, message) {
                Filtered::Out(metrics) => {
                    for metric in metrics {
                        self.count_of_topic(&target, &message.topic, metric, 1.0);
                    }
                }
                Filtered::Passes => match self.hand_over(&arn, &subscription, message) {
                    Ok(()) => {
                        let name = "NumberOfNotificationsDelivered";
                        self.count_of_topic(&target, &message.topic, name, 1.0);
                    }
                    Err(()) => {
                        failed = 1.0;
                        self.redrive(&arn, &subscription, message);
                    }
                },
            }
            self.count_of_topic(&target, &message.topic, "NumberOfNotificationsFailed", failed);
        }
    }

    fn count_of_topic(&mut self, target: &Target, topic: &Arn, name: &str, value: f64) {
        self.put_sample(target, &of_topic(topic, name), self.now, "Count", value);
    }

    fn filtered(&mut self, subscription: &StoredSubscription, message: &Message) -> Filtered {
        let Some(policy) = &subscription.attributes.filter_policy else { return Filtered::Passes };
        let Ok(policy) = FilterPolicy::parse(policy) else { return Filtered::Passes };
        if policy.is_empty() {
            return Filtered::Passes;
        }
        if subscription.attributes.filter_policy_scope.as_deref() == Some("MessageBody") {
            let own = message.text(&subscription.protocol);
            let text = match own == message.default {
                false if self.hypotheses.consult(&FILTER_POLICY_BODY) == "own" => own,
                _ => &message.default,
            };
            let Ok(body @ Value::Object(_)) = serde_json::from_str::<Value>(text) else {
                return Filtered::Out(&["NumberOfNotificationsFilteredOut-InvalidMessageBody"]);
            };
            return self.judged(
                policy.passes(&MessageBody::exactly(body)),
                &[
                    "NumberOfNotificationsFilteredOut",
                    "NumberOfNotificationsFilteredOut-MessageBody",
                ],
            );
        }
        // Not counted in the general metric (captured 2026-09-14).
        if message.attributes.is_empty() {
            return Filtered::Out(&["NumberOfNotificationsFilteredOut-NoMessageAttributes"]);
        }
        let attributes = MessageBody::exactly(Value::Object(filterable(&message.attributes)));
        self.judged(
            policy.passes(&attributes),
            &[
                "NumberOfNotificationsFilteredOut",
                "NumberOfNotificationsFilteredOut-MessageAttributes",
            ],
        )
    }

    fn judged(&mut self, passage: Passage, metrics: &'static [&'static str]) -> Filtered {
        let passes = match passage {
            Passage::Passes => true,
            Passage::Drops(_) => false,
            Passage::Unknown(_) => self.hypotheses.consult(&FILTER_POLICY_DOUBT) == "delivered",
        };
        if passes { Filtered::Passes } else { Filtered::Out(metrics) }
    }

    fn hand_over(
        &mut self,
        arn: &Arn,
        subscription: &StoredSubscription,
        message: &Message,
    ) -> Result<(), ()> {
        let protocol = subscription.protocol.as_str();
        let text = message.text(protocol);
        let raw = subscription.attributes.raw_message_delivery.as_deref() == Some("true");
        let signature = message::signature(self.next_hex(342));
        let json = message.json(arn, protocol, self.now, &signature);
        let (subject, body) = match protocol {
            "email" => {
                self.mail_is_not_too_many(arn)?;
                let subject = message.subject.as_deref().unwrap_or("AWS Notification Message");
                let body = message::mail(arn, &message.topic, &subscription.endpoint, text);
                (Some(subject.to_owned()), body)
            }
            "email-json" => {
                self.mail_is_not_too_many(arn)?;
                let subject = message.subject.as_deref().unwrap_or("AWS Notification Message");
                (Some(subject.to_owned()), json.to_string())
            }
            "sms" => {
                let target =
                    super::publish::account_and_region(&subscription.owner, &message.topic);
                let reached =
                    target.is_some_and(|it| self.phone_gets_texts(&it, &subscription.endpoint));
                if !reached {
                    return Err(());
                }
                (None, self.with_display_name(&message.topic, text))
            }
            "sqs" => {
                let body = if raw { text.to_owned() } else { json.to_string() };
                let queue: Arn = subscription.endpoint.parse().map_err(|_| ())?;
                self.service_sends(&queue, "sns.amazonaws.com", &message.topic, &body)
                    .map_err(|_| ())?;
                (None, body)
            }
            "lambda" => {
                if self.hypotheses.consult(&LAMBDA_SUBSCRIBER) == "refused" {
                    return Err(());
                }
                (None, message::function_event(arn, &json).to_string())
            }
            _ if raw => (None, text.to_owned()),
            _ => (None, json.to_string()),
        };
        let mail = Mail {
            at: self.now,
            topic: message.topic.clone(),
            kind: "Notification".to_owned(),
            source: message.source.clone(),
            subject,
            body,
            token: None,
        };
        self.inboxes.deliver(protocol, &subscription.endpoint, mail);
        Ok(())
    }

    /// Counts the mails of the last second; one too many shuts the subscription off, which then
    /// shows as `PendingConfirmation`.
    fn mail_is_not_too_many(&mut self, arn: &Arn) -> Result<(), ()> {
        let now = self.now;
        let since = now.checked_sub(SignedDuration::from_secs(1)).unwrap_or(now);
        let subscription = self.subscription_mut(arn).ok_or(())?;
        subscription.recent.retain(|at| *at > since);
        if subscription.recent.len() >= MAILS_A_SECOND {
            subscription.state = SubscriptionState::Pending;
            subscription.recent.clear();
            return Err(());
        }
        subscription.recent.push(now);
        Ok(())
    }

    /// Short messages begin with the topic's display name.
    fn with_display_name(&self, topic: &Arn, text: &str) -> String {
        let others = self.topic(topic).map(|topic| &topic.others);
        match others.and_then(|others| others.get("DisplayName")).filter(|name| !name.is_empty()) {
            Some(name) => format!("{}> {text}", name.chars().take(10).collect::<String>()),
            None => text.to_owned(),
        }
    }

    /// What could not be delivered goes to the queue that the subscription names for it.
    fn redrive(&mut self, arn: &Arn, subscription: &StoredSubscription, message: &Message) {
        let policy = subscription.attributes.redrive_policy.as_deref().unwrap_or_default();
        let policy: Value = serde_json::from_str(policy).unwrap_or_default();
        let queue = policy["deadLetterTargetArn"].as_str().and_then(|arn| arn.parse::<Arn>().ok());
        let (Some(queue), Some(target)) = (queue, message.topic.target()) else { return };
        let signature = message::signature(self.next_hex(342));
        let body = message.json(arn, "sqs", self.now, &signature).to_string();
        let sent = self.service_sends(&queue, "sns.amazonaws.com", &message.topic, &body);
        let name = match sent {
            Ok(()) => "NumberOfNotificationsRedrivenToDlq",
            Err(_) => "NumberOfNotificationsFailedToRedriveToDlq",
        };
        self.count_of_topic(&target, &message.topic, name, 1.0);
    }
}

/// A counter of a topic.
pub(in crate::world) fn of_topic(topic: &Arn, name: &str) -> Metric {
    let dimension = Dimension { name: "TopicName".to_owned(), value: topic.resource().to_owned() };
    Metric {
        namespace: Some("AWS/SNS".to_owned()),
        metric_name: Some(name.to_owned()),
        dimensions: vec![dimension],
    }
}

/// Attributes as a filter policy sees them: numbers as numbers, lists as lists.
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html>
fn filterable(attributes: &Map<String, Value>) -> Map<String, Value> {
    let value = |attribute: &Value| {
        let text = attribute["Value"].as_str().unwrap_or_default();
        match attribute["Type"].as_str().unwrap_or_default() {
            kind if kind.starts_with("String.Array") || kind.starts_with("Number") => {
                serde_json::from_str(text).unwrap_or_else(|_| json!(text))
            }
            _ => json!(text),
        }
    };
    attributes.iter().map(|(name, attribute)| (name.clone(), value(attribute))).collect()
}
