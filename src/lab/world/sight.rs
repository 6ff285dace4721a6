//! Single resources as somebody sees who may look at everything: core's types, of the state.

use std::collections::BTreeMap;

use secmon_core::snapshot::{
    AccountId, AccountPolicy, AlarmHistoryItem, AlarmMuteDetail, AlarmMuteRule, Alarms, Arn,
    EventRule, EventTarget, KeyGrant, KeyMetadata, LogAlarm, Observed, Organization, RoleDetail,
    Secret, Subscription, SubscriptionAttributes, Target, TopicAttributes, Transformer,
};

use super::World;
use super::cloudwatch::StoredAlarm;
use super::logs::TRANSFORMER_POLICY;
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
        let listed = of_topic
            .filter(|(_, it)| it.orphaned.is_none() && it.state != SubscriptionState::Removed);
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
        let mut attributes = subscription.attributes.clone();
        attributes.pending_confirmation = Some(pending.to_string());
        attributes.confirmation_was_authenticated.get_or_insert_with(|| "false".to_owned());
        attributes.raw_message_delivery.get_or_insert_with(|| "false".to_owned());
        if attributes.filter_policy.is_none() {
            attributes.filter_policy_scope = None;
        }
        Some(attributes)
    }

    pub(super) fn transformer(&self, target: &Target, group: &str) -> Option<Transformer> {
        let group = self.place(target).logs.groups.get(group)?;
        group.transformer.as_ref().map(super::logs::Transformer::seen)
    }

    /// By name.
    pub(super) fn transformer_policies(&self, target: &Target) -> BTreeMap<String, AccountPolicy> {
        let policies = self.place(target).logs.account_policies.iter();
        let policies = policies.filter(|policy| policy.policy_type == TRANSFORMER_POLICY);
        policies.map(|policy| (policy.policy_name.clone(), policy.seen())).collect()
    }

    pub(super) fn described_key(&self, target: &Target, key: &str) -> Option<KeyMetadata> {
        Some(self.key(target, key)?.metadata.clone())
    }

    pub(super) fn key_policy(&self, target: &Target, key: &str) -> Option<String> {
        Some(self.key(target, key)?.policy.clone())
    }

    pub(super) fn key_grants(&self, target: &Target, key: &str) -> Option<Vec<KeyGrant>> {
        let grants = self.key(target, key)?.grants.values();
        Some(grants.map(|grant| grant.grant.clone()).collect())
    }

    /// The organization of an account.
    pub(super) fn described_organization(&self, account: &AccountId) -> Option<Organization> {
        let organization = self.organization_of(account)?;
        Some(Organization { id: organization.id.clone() })
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
    pub(super) fn managed_policy(
        &self,
        account: &AccountId,
        arn: &Arn,
    ) -> Option<(String, String)> {
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

    pub(super) fn described_alarms(&self, target: &Target) -> Alarms {
        let mut alarms = Alarms::default();
        for (name, alarm) in &self.place(target).cloudwatch.alarms {
            let name = name.clone();
            match alarm {
                StoredAlarm::Metric(alarm) => {
                    drop(alarms.metric_alarms.insert(name, alarm.clone()))
                }
                StoredAlarm::Composite(alarm) => {
                    alarms.composite_alarms.insert(name, alarm.clone());
                }
                StoredAlarm::Log(alarm) => {
                    let workings = self.place(target).cloudwatch.workings.get(&name);
                    let state_reason = workings.map(|workings| workings.reason.clone());
                    alarms.log_alarms.insert(name, LogAlarm { state_reason, ..alarm.clone() });
                }
            }
        }
        alarms
    }

    /// Newest first.
    pub(super) fn alarm_history(
        &self,
        target: &Target,
        alarm: &str,
        alarm_type: &str,
    ) -> Vec<AlarmHistoryItem> {
        let items = self.place(target).cloudwatch.histories.get(alarm).into_iter().flatten();
        let mut items: Vec<AlarmHistoryItem> =
            items.filter(|it| it.alarm_type == alarm_type).map(|it| it.item.clone()).collect();
        items.sort_by_key(|item| item.timestamp);
        items.reverse();
        items
    }

    pub(super) fn described_mute_rules(&self, target: &Target) -> BTreeMap<String, AlarmMuteRule> {
        let rules = self.place(target).cloudwatch.mute_rules.iter();
        let described = rules.map(|(name, stored)| {
            let mut rule = stored.rule.clone();
            rule.learn(Observed::NotAsked);
            rule.status = stored.status(self.now).to_owned();
            (name.clone(), rule)
        });
        described.collect()
    }

    /// What only the rule itself tells.
    pub(super) fn mute_detail(&self, target: &Target, rule: &str) -> Option<AlarmMuteDetail> {
        let stored = self.place(target).cloudwatch.mute_rules.get(rule)?;
        let mut alarms = stored.targets().to_vec();
        alarms.sort_unstable();
        let rule = &stored.rule;
        Some(AlarmMuteDetail {
            alarms,
            description: rule.description.clone(),
            schedule: rule.schedule.clone(),
            start_date: rule.start_date,
        })
    }

    pub(super) fn described_rules(&self, target: &Target) -> BTreeMap<String, EventRule> {
        let rules = self.place(target).events.rules.iter();
        rules.map(|(name, stored)| (name.clone(), stored.rule.clone())).collect()
    }

    /// By target id.
    pub(super) fn rule_targets(
        &self,
        target: &Target,
        rule: &str,
    ) -> Option<BTreeMap<String, EventTarget>> {
        let stored = self.place(target).events.rules.get(rule)?;
        let text = |to: &serde_json::Value, field: &str| to[field].as_str().map(str::to_owned);
        let described = |to: &serde_json::Value| {
            let inputs = ["Input", "InputPath", "InputTransformer"].into_iter();
            Some(EventTarget {
                arn: text(to, "Arn")?,
                role_arn: text(to, "RoleArn"),
                unread: inputs.filter(|name| !to[*name].is_null()).map(str::to_owned).collect(),
            })
        };
        let targets = stored.targets.iter();
        Some(targets.filter_map(|(id, to)| Some((id.clone(), described(to)?))).collect())
    }
}
