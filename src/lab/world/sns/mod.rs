//! SNS: topics, who may publish to them, and who is told.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use secmon_core::policy::{Decision, PolicyDocument, Principal, Request, evaluate};
use secmon_core::snapshot::{
    AccountId, Arn, SmsAttributes, SubscriptionAttributes, Target, TopicAttributes,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::call::{ApiError, Call};

mod confirm;
mod deliver;
mod message;
mod publish;
mod subscription;
#[cfg(test)]
mod tests;
mod texts;
mod topic;

pub(super) use deliver::{FILTER_POLICY_BODY, FILTER_POLICY_DOUBT, LAMBDA_SUBSCRIBER, of_topic};
pub(super) use publish::{
    CROSS_REGION_ACTION, POLICY_CONDITION_DOUBT, Publication, PublishRefusal,
};

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sns {
    pub(super) topics: BTreeMap<Arn, StoredTopic>,
    /// Of the topics here, whoever owns them; by their own ARN, also while they are pending.
    pub(super) subscriptions: BTreeMap<Arn, StoredSubscription>,
    pub(super) sms: Sms,
}

/// What an account may send to phones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sms {
    /// Whether only verified numbers get anything.
    pub(super) in_sandbox: bool,
    /// `Verified` or `Pending`, by number.
    pub(super) numbers: BTreeMap<String, String>,
    pub(super) opted_out: BTreeSet<String>,
    pub(super) attributes: SmsAttributes,
}

impl Default for Sms {
    /// As in every new account.
    fn default() -> Self {
        Self {
            in_sandbox: true,
            numbers: BTreeMap::new(),
            opted_out: BTreeSet::new(),
            attributes: SmsAttributes { monthly_spend_limit: Some("1".to_owned()) },
        }
    }
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredTopic {
    /// Without the counts, which are computed when somebody asks.
    pub(super) attributes: TopicAttributes,
    /// `DisplayName`, `DeliveryPolicy` and the other attributes that decide nothing about alarms.
    #[serde(default)]
    pub(super) others: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// By who publishes: the key as typed, and since when its data key is in use.
    #[serde(default)]
    pub(super) data_keys: BTreeMap<String, (String, Timestamp)>,
}

/// A subscription, as long as anything of it is left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredSubscription {
    pub(super) topic: Arn,
    pub(super) owner: AccountId,
    /// Who subscribed.
    pub(super) principal: Arn,
    pub(super) protocol: String,
    pub(super) endpoint: String,
    pub(super) state: SubscriptionState,
    /// `PendingConfirmation` is computed of the state.
    pub(super) attributes: SubscriptionAttributes,
    /// `DeliveryPolicy`, `SubscriptionRoleArn`.
    #[serde(default)]
    pub(super) others: BTreeMap<String, String>,
    /// Each with when it was sent.
    #[serde(default)]
    pub(super) tokens: BTreeMap<String, Timestamp>,
    /// When it was last asked for.
    pub(super) requested: Timestamp,
    /// When its topic was deleted, if it was.
    #[serde(default)]
    pub(super) orphaned: Option<Timestamp>,
    /// The mails of the last second.
    #[serde(default)]
    pub(super) recent: Vec<Timestamp>,
}

/// How far a subscription has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum SubscriptionState {
    /// Not confirmed, or shut off for too many mails.
    Pending,
    /// Confirmed.
    Confirmed,
    /// Cancelled through the link in a mail; its owner still sees it.
    Deleted,
    /// Cancelled by its owner, or never confirmed: only its tokens are still known.
    Removed,
}

impl StoredTopic {
    pub(super) fn is_fifo(&self) -> bool {
        self.attributes.fifo_topic.as_deref() == Some("true")
    }

    /// What the topic policy says. Of a caller of the topic's own account, whose identity policies
    /// are not modelled, only a deny counts.
    fn decision(&self, request: &Request) -> Decision {
        let text = self.attributes.policy.as_deref().unwrap_or_default();
        match PolicyDocument::parse(text) {
            Ok(document) => evaluate(&[("", &document)], request),
            Err(_) => Decision::NotAllowed { nearest: None },
        }
    }
}

impl StoredSubscription {
    /// What lists show for its ARN.
    pub(super) fn shown_arn(&self, arn: &Arn) -> String {
        match self.state {
            SubscriptionState::Pending => "PendingConfirmation".to_owned(),
            SubscriptionState::Deleted => "Deleted".to_owned(),
            SubscriptionState::Confirmed | SubscriptionState::Removed => arn.to_string(),
        }
    }
}

impl World {
    pub(super) fn sns(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.operation.as_str() {
            "CreateTopic" => self.create_topic(call),
            "DeleteTopic" => self.delete_topic(call),
            "ListTopics" => self.list_topics(call),
            "GetTopicAttributes" => self.get_topic_attributes(call),
            "SetTopicAttributes" => self.set_topic_attributes(call),
            "AddPermission" => self.add_topic_permission(call),
            "RemovePermission" => self.remove_topic_permission(call),
            "TagResource" => self.tag_topic(call),
            "UntagResource" => self.untag_topic(call),
            "ListTagsForResource" => self.list_topic_tags(call),
            "Subscribe" => self.subscribe(call),
            "ConfirmSubscription" => self.confirm_subscription(call),
            "Unsubscribe" => self.unsubscribe(call),
            "ListSubscriptions" => self.list_subscriptions(call),
            "ListSubscriptionsByTopic" => self.list_subscriptions_by_topic(call),
            "GetSubscriptionAttributes" => self.get_subscription_attributes(call),
            "SetSubscriptionAttributes" => self.set_subscription_attributes(call),
            "Publish" => self.publish_call(call),
            "GetSMSSandboxAccountStatus"
            | "ListSMSSandboxPhoneNumbers"
            | "GetSMSAttributes"
            | "CheckIfPhoneNumberIsOptedOut" => self.text_message_settings(call),
            _ => Err(ApiError::not_served(call)),
        }
    }

    pub(super) fn topic(&self, arn: &Arn) -> Option<&StoredTopic> {
        self.place(&arn.target()?).sns.topics.get(arn)
    }

    fn topic_mut(&mut self, arn: &Arn) -> Option<&mut StoredTopic> {
        let target = arn.target()?;
        self.place_mut(&target).sns.topics.get_mut(arn)
    }

    /// The subscription, unless nothing is left of it but tokens.
    pub(super) fn subscription(&self, arn: &Arn) -> Option<&StoredSubscription> {
        let subscription = self.place(&arn.target()?).sns.subscriptions.get(arn)?;
        let there = match subscription.orphaned {
            None => true,
            Some(since) => subscription.outlives(since, self.settings.deleted_topic, self.now),
        };
        (there && subscription.state != SubscriptionState::Removed).then_some(subscription)
    }

    fn subscription_mut(&mut self, arn: &Arn) -> Option<&mut StoredSubscription> {
        self.subscription(arn)?;
        let target = arn.target()?;
        self.place_mut(&target).sns.subscriptions.get_mut(arn)
    }

    /// The topic that a call names, if the caller may do this to it. An account other than the
    /// topic's must be admitted by the topic policy; the topic's own must not be denied.
    fn called_topic(&self, call: &Call, parameter: &str) -> Result<Arn, ApiError> {
        let arn = topic_arn(call.text(parameter).unwrap_or_default(), parameter)?;
        if arn.region() != call.target.region.as_str() {
            return Err(invalid(parameter));
        }
        let action = format!("SNS:{}", call.operation);
        let own = call.target.account == *arn.account();
        let Some(topic) = self.topic(&arn) else {
            return Err(if own { no_topic() } else { not_authorized(call, &action, &arn) });
        };
        let principal = Principal::aws(call.caller.arn.as_str());
        match topic.decision(&Request::new(principal, &action, arn.as_str())) {
            Decision::Denied { .. } => Err(explicitly_denied(call, &action, &arn)),
            Decision::Allowed { .. } => Ok(arn),
            _ if own => Ok(arn),
            _ => Err(not_authorized(call, &action, &arn)),
        }
    }

    /// Every subscription, with its ARN, that is in a Region, whatever account its topic is in.
    pub(super) fn subscriptions_in<'a>(
        &'a self,
        target: &'a Target,
    ) -> impl Iterator<Item = (&'a Arn, &'a StoredSubscription)> {
        let places = self.accounts.values().filter_map(|it| it.regions.get(&target.region));
        places.flat_map(|place| &place.sns.subscriptions)
    }
}

fn invalid(reason: &str) -> ApiError {
    ApiError::new("InvalidParameterException", format!("Invalid parameter: {reason}"))
}

fn no_topic() -> ApiError {
    ApiError::new("NotFoundException", "Topic does not exist")
}

fn no_subscription() -> ApiError {
    ApiError::new("NotFoundException", "Subscription does not exist")
}

fn not_authorized(call: &Call, action: &str, resource: &Arn) -> ApiError {
    let message = format!(
        "User: {} is not authorized to perform: {action} on resource: {resource} because no \
         resource-based policy allows the {action} action",
        call.caller.arn
    );
    ApiError::new("AuthorizationErrorException", message)
}

/// Captured 2026-09-14.
fn explicitly_denied(call: &Call, action: &str, resource: &Arn) -> ApiError {
    let message = format!(
        "User: {} is not authorized to perform: {action} on resource: {resource} with an explicit \
         deny in a resource-based policy",
        call.caller.arn
    );
    ApiError::new("AuthorizationErrorException", message)
}

fn topic_arn(text: &str, parameter: &str) -> Result<Arn, ApiError> {
    match text.parse::<Arn>() {
        Ok(arn) if arn.service() == "sns" && arn.target().is_some() => Ok(arn),
        Err(_) if !text.starts_with("arn:") => {
            Err(invalid(&format!("{parameter} Reason: {text} does not start with arn")))
        }
        Err(_) => {
            let elements = text.split(':').count();
            let reason = format!("An ARN must have at least 6 elements, not {elements}");
            Err(invalid(&format!("{parameter} Reason: {reason}")))
        }
        Ok(_) => Err(invalid(parameter)),
    }
}
