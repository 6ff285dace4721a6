//! Single resources as somebody sees who may look at everything: core's types, of the state.

use std::collections::BTreeMap;

use secmon_core::snapshot::{
    AccountId, Arn, KeyMetadata, Observed, RoleDetail, Secret, Subscription, SubscriptionAttributes, Target, TopicAttributes,
};

use super::World;
use super::sns::SubscriptionState;

impl World {
    pub(super) fn described_topic(&self, arn: &Arn) -> Option<TopicAttributes> {
        let topic = self.topic(arn)?;
        let count = |state| Some(self.subscriptions_of(arn, state).to_string());
        Some(TopicAttributes {
            subscriptions_confirmed: count(SubscriptionState::Confirmed),
            subscriptions_pending: count(SubscriptionState::Pending),
            subscriptions_deleted: count(SubscriptionState::Deleted),
            ..topic.attributes.clone()
        })
    }

    /// By `protocol:endpoint`; of several at one endpoint the later ones have a number.
    pub(super) fn described_subscriptions(
        &self,
        topic: &Arn,
    ) -> Option<BTreeMap<String, Subscription>> {
        self.topic(topic)?;
        let target = topic.target()?;
        let of_topic = self.subscriptions_in(&target).filter(|(_, it)| it.topic == *topic);
        let listed = of_topic.filter(|(_, it)| {
            it.orphaned.is_none() && it.state != SubscriptionState::Removed
        });
        let mut subscriptions: Vec<Subscription> = listed
            .map(|(arn, it)| Subscription {
                subscription_arn: it.shown_arn(arn),
                owner: Some(it.owner.to_string()),
                protocol: it.protocol.clone(),
                endpoint: it.endpoint.clone(),
                attributes: Observed::NotAsked,
            })
            .collect();
        subscriptions.sort_by(|a, b| a.subscription_arn.cmp(&b.subscription_arn));
        let mut by_endpoint = BTreeMap::new();
        for subscription in subscriptions {
            let name = format!("{}:{}", subscription.protocol, subscription.endpoint);
            let twins = by_endpoint.keys().filter(|key: &&String| key.starts_with(&name)).count();
            let key = if twins == 0 { name } else { format!("{name} #{}", twins + 1) };
            by_endpoint.insert(key, subscription);
        }
        Some(by_endpoint)
    }

    pub(super) fn described_subscription(&self, arn: &Arn) -> Option<SubscriptionAttributes> {
        let subscription = self.subscription(arn)?;
        let pending = subscription.state == SubscriptionState::Pending;
        let attributes = subscription.attributes.clone();
        let no = || Some("false".to_owned());
        Some(SubscriptionAttributes {
            pending_confirmation: Some(pending.to_string()),
            confirmation_was_authenticated: attributes.confirmation_was_authenticated.or_else(no),
            raw_message_delivery: attributes.raw_message_delivery.or_else(no),
            filter_policy_scope: attributes
                .filter_policy_scope
                .filter(|_| attributes.filter_policy.is_some()),
            ..attributes.clone()
        })
    }

    pub(super) fn described_key(&self, target: &Target, key: &str) -> Option<KeyMetadata> {
        Some(self.key(target, key)?.metadata.clone())
    }

    pub(super) fn key_policy(&self, target: &Target, key: &str) -> Option<String> {
        Some(self.key(target, key)?.policy.clone())
    }

    pub(super) fn described_role(&self, role: &Arn) -> Option<RoleDetail> {
        Some(self.role(role)?.detail.clone())
    }

    /// JSON text by name.
    pub(super) fn inline_policies(&self, role: &Arn) -> Option<BTreeMap<String, String>> {
        Some(self.role(role)?.inline.clone())
    }

    pub(super) fn attached_policies(&self, role: &Arn) -> Option<Vec<Arn>> {
        Some(self.role(role)?.attached.iter().filter_map(|arn| arn.parse().ok()).collect())
    }

    /// The version in force and its document.
    pub(super) fn managed_policy(&self, account: &AccountId, arn: &Arn) -> Option<(String, String)> {
        let policy = self.account(account)?.iam.policies.get(arn.as_str())?;
        let document = policy.versions.get(&policy.default)?.document.clone();
        Some((format!("v{}", policy.default), document))
    }

    fn role(&self, role: &Arn) -> Option<&super::iam::StoredRole> {
        let account = role.account().parse().ok()?;
        self.account(&account)?.iam.roles.get(role.name())
    }

    /// A secret by name or ARN.
    pub(super) fn described_secret(&self, target: &Target, id: &str) -> Option<Secret> {
        Some(self.secret(target, id)?.secret.clone())
    }
}
