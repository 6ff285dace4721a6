//! Subscriptions: asked for, listed, changed, cancelled.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use secmon_core::filter_policy::FilterPolicy;
use secmon_core::snapshot::{Arn, SubscriptionAttributes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::topic::listing;
use super::{
    StoredSubscription, SubscriptionState, explicitly_denied, invalid, no_subscription, no_topic,
    not_authorized, topic_arn,
};
use crate::world::World;
use crate::world::agenda::Due;
use crate::world::call::{ApiError, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Subscribe {
    protocol: String,
    #[serde(default)]
    endpoint: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    return_subscription_arn: bool,
}

impl StoredSubscription {
    /// Whether a deletion is still too fresh to be noticed.
    pub(super) fn outlives(&self, since: Timestamp, seconds: f64, now: Timestamp) -> bool {
        self.state == SubscriptionState::Pending
            || now.duration_since(since).as_secs_f64() < seconds
    }

    /// Sets an attribute as `SetSubscriptionAttributes` does; an empty value unsets it.
    fn set(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        let set = Some(value.to_owned()).filter(|value| !value.is_empty());
        match name {
            "FilterPolicy" => {
                if !value.is_empty() && FilterPolicy::parse(value).is_err() {
                    return Err(invalid("FilterPolicy: failed to parse JSON."));
                }
                // `{}` is how a filter policy is taken away.
                let policy = set.filter(|text| text.trim() != "{}");
                let scope = "MessageAttributes".to_owned();
                if policy.is_some() {
                    self.attributes.filter_policy_scope.get_or_insert(scope);
                }
                self.attributes.filter_policy = policy;
            }
            "FilterPolicyScope" => match value {
                "MessageAttributes" | "MessageBody" => self.attributes.filter_policy_scope = set,
                _ => return Err(invalid("FilterPolicyScope: Invalid value")),
            },
            "RawMessageDelivery" => match value {
                "true" | "false" => self.attributes.raw_message_delivery = set,
                _ => return Err(invalid("RawMessageDelivery")),
            },
            "RedrivePolicy" => self.attributes.redrive_policy = set,
            "DeliveryPolicy" | "SubscriptionRoleArn" | "ReplayPolicy" => {
                self.others.insert(name.to_owned(), value.to_owned());
            }
            _ => return Err(invalid("AttributeName")),
        }
        Ok(())
    }

    /// What `GetSubscriptionAttributes` answers.
    fn describe(&self, arn: &Arn) -> Value {
        let pending = self.state == SubscriptionState::Pending;
        let authenticated = self.attributes.confirmation_was_authenticated.as_deref();
        let raw = self.attributes.raw_message_delivery.as_deref();
        let mut attributes = json!({
            "SubscriptionPrincipal": self.principal,
            "Owner": self.owner,
            "RawMessageDelivery": raw.unwrap_or("false"),
            "TopicArn": self.topic,
            "Endpoint": self.endpoint,
            "Protocol": self.protocol,
            "PendingConfirmation": pending.to_string(),
            "ConfirmationWasAuthenticated": authenticated.unwrap_or("false"),
            "SubscriptionArn": arn,
        });
        if let Some(policy) = &self.attributes.filter_policy {
            attributes["FilterPolicy"] = json!(policy);
            attributes["FilterPolicyScope"] = json!(self.attributes.filter_policy_scope);
        }
        if let Some(policy) = &self.attributes.redrive_policy {
            attributes["RedrivePolicy"] = json!(policy);
        }
        for (name, value) in &self.others {
            attributes[name] = json!(value);
        }
        attributes
    }

    /// An item of a list.
    fn item(&self, arn: &Arn) -> Value {
        json!({
            "SubscriptionArn": self.shown_arn(arn),
            "Owner": self.owner,
            "Protocol": self.protocol,
            "Endpoint": self.endpoint,
            "TopicArn": self.topic,
        })
    }
}

impl World {
    /// Asks for a subscription. Queues and functions of the topic's account are confirmed at once;
    /// whoever is pending already gets another token under the same ARN, and older tokens stay
    /// valid (captured 2026-09).
    pub(super) fn subscribe(&mut self, call: &Call) -> Result<Value, ApiError> {
        let topic = self.called_topic(call, "TopicArn")?;
        let Subscribe { protocol, endpoint, attributes, return_subscription_arn } = call.input()?;
        let fifo = self.topic(&topic).is_some_and(super::StoredTopic::is_fifo);
        check_endpoint(&protocol, &endpoint, fifo)?;
        let same = |it: &StoredSubscription| {
            it.topic == topic
                && it.orphaned.is_none()
                && (it.protocol == protocol && it.endpoint == endpoint)
                && matches!(it.state, SubscriptionState::Pending | SubscriptionState::Confirmed)
        };
        let known = self.subscriptions_in(&call.target).find(|(_, it)| same(it));
        let known = known.map(|(arn, it)| (arn.clone(), it.clone()));
        let (arn, mut subscription) = match known {
            Some((arn, it)) if it.state == SubscriptionState::Confirmed => {
                let described = it.describe(&arn);
                let differs =
                    |(name, value): (&String, &String)| described[name] != *value.as_str();
                if attributes.iter().any(differs) {
                    let reason = "Subscription already exists with different attributes";
                    return Err(invalid(&format!("Attributes Reason: {reason}")));
                }
                return Ok(json!({"SubscriptionArn": arn}));
            }
            Some(pending) => pending,
            None => {
                let text = format!("{topic}:{}", self.next_uuid());
                let arn = text.parse::<Arn>().map_err(|_| invalid("TopicArn"))?;
                (arn, self.new_subscription(call, &topic, &protocol, &endpoint))
            }
        };
        for (name, value) in &attributes {
            subscription.set(name, value)?;
        }
        subscription.requested = self.now;
        let confirmed = confirms_itself(&protocol, &endpoint, &topic);
        if confirmed {
            subscription.state = SubscriptionState::Confirmed;
            // Captured 2026-09-14 for a queue.
            subscription.attributes.confirmation_was_authenticated = Some("true".to_owned());
        }
        let target = topic.target().ok_or_else(no_topic)?;
        self.place_mut(&target).sns.subscriptions.insert(arn.clone(), subscription);
        if !confirmed {
            self.send_confirmation(&arn);
            let due = Due::ExpireSubscription { topic, subscription: arn.clone() };
            self.after(self.settings.unconfirmed, due);
        }
        match confirmed || return_subscription_arn {
            true => Ok(json!({"SubscriptionArn": arn})),
            false => Ok(json!({"SubscriptionArn": "pending confirmation"})),
        }
    }

    fn new_subscription(
        &self,
        call: &Call,
        topic: &Arn,
        protocol: &str,
        endpoint: &str,
    ) -> StoredSubscription {
        StoredSubscription {
            topic: topic.clone(),
            owner: call.target.account.clone(),
            principal: call.caller.arn.clone(),
            protocol: protocol.to_owned(),
            endpoint: endpoint.to_owned(),
            state: SubscriptionState::Pending,
            attributes: SubscriptionAttributes::default(),
            others: BTreeMap::new(),
            tokens: BTreeMap::new(),
            requested: self.now,
            orphaned: None,
            recent: Vec::new(),
        }
    }

    /// A subscription that was not confirmed in time goes.
    pub(in crate::world) fn expire_subscription(&mut self, topic: &Arn, subscription: &Arn) {
        let allowed = SignedDuration::from_millis((self.settings.unconfirmed * 1000.0) as i64);
        let now = self.now;
        let Some(target) = topic.target() else { return };
        let subscriptions = &mut self.place_mut(&target).sns.subscriptions;
        let Some(stored) = subscriptions.get_mut(subscription) else { return };
        // One that was asked for again in between has its own expiry.
        let over = now.duration_since(stored.requested) >= allowed;
        if stored.state == SubscriptionState::Pending && over {
            stored.state = SubscriptionState::Removed;
        }
    }

    /// Cancels for the owner, or the account of the topic.
    pub(super) fn unsubscribe(&mut self, call: &Call) -> Result<Value, ApiError> {
        let arn = subscription_arn(call)?;
        let Some(subscription) = self.subscription(&arn) else {
            // Cancelling what is gone succeeds.
            return match arn.account() == call.target.account.as_str() {
                true => Ok(json!({})),
                false => Err(not_authorized(call, "SNS:Unsubscribe", &arn)),
            };
        };
        if subscription.owner != call.target.account
            && arn.account() != call.target.account.as_str()
        {
            return Err(not_authorized(call, "SNS:Unsubscribe", &arn));
        }
        // That it is refused was captured in 2026-09, its words were not kept.
        if subscription.state == SubscriptionState::Pending {
            return Err(invalid(
                "SubscriptionArn Reason: This subscription is pending confirmation",
            ));
        }
        if let Some(subscription) = self.subscription_mut(&arn) {
            subscription.state = SubscriptionState::Removed;
        }
        Ok(json!({}))
    }

    pub(super) fn list_subscriptions(&mut self, call: &Call) -> Result<Value, ApiError> {
        let all = self.subscriptions_in(&call.target);
        let owned = all.filter(|(arn, it)| {
            it.owner == call.target.account && self.subscription(arn).is_some()
        });
        let items = owned.map(|(arn, it)| it.item(arn)).collect();
        listing(call, "Subscriptions", items)
    }

    pub(super) fn list_subscriptions_by_topic(&mut self, call: &Call) -> Result<Value, ApiError> {
        let topic = self.called_topic(call, "TopicArn")?;
        let all = self.subscriptions_in(&call.target);
        let theirs = all.filter(|(_, it)| {
            it.topic == topic && it.orphaned.is_none() && it.state != SubscriptionState::Removed
        });
        let items = theirs.map(|(arn, it)| it.item(arn)).collect();
        listing(call, "Subscriptions", items)
    }

    pub(super) fn get_subscription_attributes(&mut self, call: &Call) -> Result<Value, ApiError> {
        let arn = self.owned_subscription(call)?;
        let subscription = self.subscription(&arn).ok_or_else(no_subscription)?;
        Ok(json!({"Attributes": subscription.describe(&arn)}))
    }

    pub(super) fn set_subscription_attributes(&mut self, call: &Call) -> Result<Value, ApiError> {
        let arn = self.owned_subscription(call)?;
        let name = call.text("AttributeName").unwrap_or_default();
        let value = call.text("AttributeValue").unwrap_or_default();
        self.subscription_mut(&arn).ok_or_else(no_subscription)?.set(name, value)?;
        Ok(json!({}))
    }

    fn owned_subscription(&self, call: &Call) -> Result<Arn, ApiError> {
        let arn = subscription_arn(call)?;
        let subscription = self.subscription(&arn).ok_or_else(no_subscription)?;
        let own = subscription.owner == call.target.account
            || arn.account() == call.target.account.as_str();
        match own {
            true => Ok(arn),
            false => Err(explicitly_denied(call, &format!("SNS:{}", call.operation), &arn)),
        }
    }
}

fn subscription_arn(call: &Call) -> Result<Arn, ApiError> {
    topic_arn(call.text("SubscriptionArn").unwrap_or_default(), "SubscriptionArn")
}

/// Queues, functions, streams and platform endpoints of the topic's account, and phones, are not
/// asked.
fn confirms_itself(protocol: &str, endpoint: &str, topic: &Arn) -> bool {
    match protocol {
        "sms" | "application" => true,
        "sqs" | "lambda" | "firehose" => {
            endpoint.parse::<Arn>().is_ok_and(|endpoint| endpoint.account() == topic.account())
        }
        _ => false,
    }
}

fn check_endpoint(protocol: &str, endpoint: &str, fifo: bool) -> Result<(), ApiError> {
    let of_service =
        |service: &str| endpoint.parse::<Arn>().is_ok_and(|it| it.service() == service);
    // https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html
    if fifo && !matches!(protocol, "sqs" | "lambda" | "firehose" | "application") {
        return Err(invalid(&format!("Invalid protocol type: {protocol}")));
    }
    let (fits, reason) = match protocol {
        "email" | "email-json" => {
            let parts = endpoint.split_once('@');
            let whole = parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
            (whole && !endpoint.contains(char::is_whitespace), "Email address")
        }
        "http" | "https" => {
            let address = endpoint.strip_prefix(protocol).and_then(|it| it.strip_prefix("://"));
            let there = address.is_some_and(|address| !address.is_empty());
            (there, "Endpoint must match the specified protocol")
        }
        "sms" => {
            let digits = endpoint.trim_start_matches('+');
            let dialled = digits.len() >= 5 && digits.bytes().all(|b| b.is_ascii_digit());
            (dialled, "Invalid SMS endpoint")
        }
        "sqs" => (of_service("sqs"), "SQS endpoint ARN"),
        "lambda" => (of_service("lambda"), "Lambda endpoint ARN"),
        "firehose" => (of_service("firehose"), "Firehose endpoint ARN"),
        "application" => (of_service("sns"), "Application endpoint arn invalid"),
        other => {
            return Err(invalid(&format!("Does not support this protocol string: {other}")));
        }
    };
    let standard_queue = endpoint.ends_with(".fifo") && protocol == "sqs" && !fifo;
    if standard_queue {
        let reason =
            "Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics";
        return Err(invalid(&format!("Invalid parameter: {reason}")));
    }
    if fits { Ok(()) } else { Err(invalid(reason)) }
}
