//! What SNS writes: JSON for programs, text for people.
//!
//! The JSON and the sentences in it were captured 2026-09-14 to 2026-09-23; the mails around a
//! message are what AWS has sent for years.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secmon_core::snapshot::Arn;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The two messages about a subscription itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    SubscriptionConfirmation,
    UnsubscribeConfirmation,
}

impl Control {
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::SubscriptionConfirmation => "SubscriptionConfirmation",
            Self::UnsubscribeConfirmation => "UnsubscribeConfirmation",
        }
    }

    pub(super) fn subject(self) -> &'static str {
        match self {
            Self::SubscriptionConfirmation => "AWS Notification - Subscription Confirmation",
            Self::UnsubscribeConfirmation => "AWS Notification - Unsubscribe Confirmation",
        }
    }

    pub(super) fn json(
        self,
        subscription: &Arn,
        topic: &Arn,
        token: &str,
        id: Uuid,
        at: Timestamp,
        signature: &str,
    ) -> Value {
        let message = match self {
            Self::SubscriptionConfirmation => format!(
                "You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, \
                 visit the SubscribeURL included in this message."
            ),
            Self::UnsubscribeConfirmation => format!(
                "You have chosen to deactivate subscription {subscription}.\nTo cancel this \
                 operation and restore the subscription, visit the SubscribeURL included in this \
                 message."
            ),
        };
        json!({
            "Type": self.kind(),
            "MessageId": id.to_string(),
            "Token": token,
            "TopicArn": topic,
            "Message": message,
            "SubscribeURL": format!(
                "{}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}",
                address(topic)
            ),
            "Timestamp": moment(at),
            "SignatureVersion": "1",
            "Signature": signature,
            "SigningCertURL": certificate(topic),
        })
    }

    pub(super) fn mail(self, topic: &Arn, token: &str, endpoint: &str) -> String {
        let link = format!(
            "{}/confirmation.html?TopicArn={topic}&Token={token}&Endpoint={endpoint}",
            address(topic)
        );
        match self {
            Self::SubscriptionConfirmation => format!(
                "You have chosen to subscribe to the topic: \n{topic}\n\nTo confirm this \
                 subscription, click or visit the link below (If this was in error no action is \
                 necessary): \n{link}\n\nPlease do not reply directly to this email. If you wish to \
                 remove yourself from receiving all future SNS subscription confirmation requests \
                 please send an email to sns-opt-out\n"
            ),
            Self::UnsubscribeConfirmation => format!(
                "Your subscription to the topic below has been deactivated:\n{topic}\n\nIf this was \
                 in error, click or visit the link below to subscribe again:\n{link}\n\nPlease do \
                 not reply directly to this email.\n"
            ),
        }
    }
}

/// A message on its way to the subscriptions of a topic.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    pub(super) id: Uuid,
    pub(super) topic: Arn,
    /// The alarm or rule behind it.
    pub(super) source: Option<Arn>,
    pub(super) subject: Option<String>,
    pub(super) default: String,
    /// Other texts for some protocols.
    pub(super) by_protocol: BTreeMap<String, String>,
    /// By name: type and value.
    pub(super) attributes: Map<String, Value>,
}

impl Message {
    /// The text for a protocol.
    pub(super) fn text(&self, protocol: &str) -> &str {
        self.by_protocol.get(protocol).unwrap_or(&self.default)
    }

    /// The JSON around a text, for HTTP endpoints, queues and mail as JSON.
    pub(super) fn json(
        &self,
        subscription: &Arn,
        protocol: &str,
        at: Timestamp,
        signature: &str,
    ) -> Value {
        let topic = &self.topic;
        let mut json =
            json!({"Type": "Notification", "MessageId": self.id.to_string(), "TopicArn": topic});
        if let Some(subject) = &self.subject {
            json["Subject"] = json!(subject);
        }
        json["Message"] = json!(self.text(protocol));
        json["Timestamp"] = json!(moment(at));
        json["SignatureVersion"] = json!("1");
        json["Signature"] = json!(signature);
        json["SigningCertURL"] = json!(certificate(topic));
        let query = format!("Action=Unsubscribe&SubscriptionArn={subscription}");
        json["UnsubscribeURL"] = json!(format!("{}/?{query}", address(topic)));
        if !self.attributes.is_empty() {
            json["MessageAttributes"] = json!(self.attributes);
        }
        json
    }
}

/// What a function is called with.
pub(super) fn function_event(subscription: &Arn, notification: &Value) -> Value {
    let mut sns = notification.clone();
    sns["Subject"] = notification["Subject"].clone();
    sns["MessageAttributes"] = match &notification["MessageAttributes"] {
        Value::Null => json!({}),
        attributes => attributes.clone(),
    };
    json!({"Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": sns,
    }]})
}

/// A message as a person gets it.
pub(super) fn mail(subscription: &Arn, topic: &Arn, endpoint: &str, message: &str) -> String {
    format!(
        "{message}\n\n\n--\nIf you wish to stop receiving notifications from this topic, please \
         click or visit the link below to unsubscribe:\n{}/unsubscribe.html?SubscriptionArn=\
         {subscription}&Endpoint={endpoint}\n\nPlease do not reply directly to this email. If you \
         have any questions or comments regarding this email, please contact us at \
         https://aws.amazon.com/support\n",
        address(topic)
    )
}

/// The lab holds no key of AWS's: what stands for a signature signs nothing.
pub(super) fn signature(random: String) -> String {
    random + "=="
}

fn address(topic: &Arn) -> String {
    let suffix = if topic.partition() == "aws-cn" { ".cn" } else { "" };
    format!("https://sns.{}.amazonaws.com{suffix}", topic.region())
}

fn certificate(topic: &Arn) -> String {
    let name = "SimpleNotificationService-1e59c4574facfe41babdb2d652f8ebef.pem";
    format!("{}/{name}", address(topic))
}

/// `2026-09-14T09:27:10.495Z`
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
