//! From a snapshot to the world that it was taken of.

use std::collections::BTreeMap;

use secmon_core::snapshot::{
    Arn, Key, KeyMetadata, Observations, Observed, Role, Secret, Snapshot, Subscription, Target,
    Topic, Trail,
};

use super::agenda::Due;
use super::iam::{self, ManagedPolicy, StoredRole};
use super::secretsmanager::{SecretValue, StoredSecret};
use super::cloudtrail::{HistoryEvent, TrailState};
use super::kms::{Alias, StoredKey};
use super::logs::Group;
use super::sns::{StoredSubscription, StoredTopic, SubscriptionState};
use super::{Settings, World};

impl World {
    /// A world in which a look around gives this snapshot. What it does not say is not there.
    pub(super) fn of_snapshot(snapshot: &Snapshot) -> Self {
        let mut world = Self::new(snapshot.taken_at, Settings::default());
        for (target, seen) in &snapshot.targets {
            world.place_mut(target);
            world.load_trails(seen);
            world.load_logs(target, seen);
            world.load_keys(target, seen);
            world.load_topics(seen);
            world.load_alarms(target, seen);
            world.load_rules(target, seen);
            world.load_history(target, seen);
            for (arn, role) in &seen.roles {
                world.load_role(arn, role);
            }
            for (name, bucket) in &seen.buckets {
                world.load_bucket(target, name, bucket);
            }
            for secret in seen.secrets.values().filter_map(Observed::seen) {
                world.load_secret(target, secret);
            }
        }
        world
    }

    /// Lets time begin: the rest of each account goes about its business, and alarms look at their
    /// metrics.
    pub(super) fn start(&mut self, traffic: BTreeMap<Target, u32>) {
        for target in traffic.keys() {
            self.agenda.put(self.now, Due::Traffic { target: target.clone() });
        }
        self.settings.traffic = traffic;
        self.schedule_alarms();
    }

    fn load_trails(&mut self, seen: &Observations) {
        let here = seen.trails.seen().into_iter().flat_map(|trails| trails.values());
        let elsewhere = seen.trails_elsewhere.seen().into_iter().flat_map(|trails| trails.values());
        for trail in here.chain(elsewhere.filter_map(Observed::seen)) {
            let Some(home) = trail.trail_arn.target() else { continue };
            let status = trail.status.seen().cloned().unwrap_or_default();
            let trail = Trail { status: Observed::Seen(status), ..trail.clone() };
            let trails = &mut self.place_mut(&home).cloudtrail.trails;
            trails.insert(trail.trail_arn.clone(), TrailState::new(trail));
        }
    }

    fn load_logs(&mut self, target: &Target, seen: &Observations) {
        let logs = &mut self.place_mut(target).logs;
        for (name, group) in seen.log_groups.seen().into_iter().flatten() {
            logs.groups.insert(name.clone(), Group::new(group.clone()));
        }
        for (name, filters) in seen.metric_filters.seen().into_iter().flatten() {
            if let Some(group) = logs.groups.get_mut(name) {
                group.filters = filters.clone();
                group.group.metric_filter_count = i32::try_from(filters.len()).ok();
            }
        }
        for (group, events) in &seen.incoming_log_events {
            for point in events.seen().into_iter().flatten() {
                self.load_incoming_log_events(target, group, point);
            }
        }
    }

    fn load_keys(&mut self, target: &Target, seen: &Observations) {
        let now = self.now;
        for (named, Key { metadata, policy }) in &seen.keys {
            let Some(metadata) = metadata.seen() else { continue };
            let KeyMetadata { arn, .. } = metadata;
            let home = arn.target().unwrap_or_else(|| target.clone());
            let policy = policy.seen().cloned().unwrap_or_default();
            let key = StoredKey { metadata: metadata.clone(), ..StoredKey::new(arn.clone(), policy, now) };
            let id = arn.resource().trim_start_matches("key/").to_owned();
            let kms = &mut self.place_mut(&home).kms;
            if named.starts_with("alias/") {
                let alias = Alias { key: id.clone(), created: now, updated: now };
                kms.aliases.insert(named.clone(), alias);
            }
            kms.keys.insert(id, key);
        }
    }

    fn load_topics(&mut self, seen: &Observations) {
        for (arn, Topic { attributes, subscriptions }) in &seen.topics {
            let (Some(attributes), Some(target)) = (attributes.seen(), arn.target()) else {
                continue;
            };
            let mut topic = StoredTopic::new(arn.clone());
            topic.attributes = attributes.clone();
            self.place_mut(&target).sns.topics.insert(arn.clone(), topic);
            for subscription in subscriptions.seen().into_iter().flat_map(|all| all.values()) {
                self.load_subscription(&target, arn, subscription);
            }
        }
    }

    fn load_subscription(&mut self, target: &Target, topic: &Arn, subscription: &Subscription) {
        let state = match subscription.subscription_arn.as_str() {
            "PendingConfirmation" => SubscriptionState::Pending,
            "Deleted" => SubscriptionState::Deleted,
            _ => SubscriptionState::Confirmed,
        };
        let arn = match subscription.subscription_arn.parse::<Arn>() {
            Ok(arn) => arn,
            // Lists do not show the ARN of what is not confirmed.
            Err(_) => match format!("{topic}:{}", self.next_uuid()).parse() {
                Ok(arn) => arn,
                Err(_) => return,
            },
        };
        let owner = subscription.owner.as_ref().and_then(|owner| owner.parse().ok());
        let owner = owner.unwrap_or_else(|| target.account.clone());
        let Ok(principal) = format!("arn:aws:iam::{owner}:root").parse() else { return };
        let stored = StoredSubscription {
            topic: topic.clone(),
            owner,
            principal,
            protocol: subscription.protocol.clone(),
            endpoint: subscription.endpoint.clone(),
            state,
            attributes: subscription.attributes.seen().cloned().unwrap_or_default(),
            others: BTreeMap::new(),
            tokens: BTreeMap::new(),
            requested: self.now,
            orphaned: None,
            recent: Vec::new(),
        };
        if state == SubscriptionState::Confirmed && subscription.protocol == "sqs" {
            self.load_queue_of(&arn, &stored);
        }
        self.place_mut(target).sns.subscriptions.insert(arn.clone(), stored);
        if state == SubscriptionState::Pending {
            // Somebody was asked, a moment ago.
            self.send_confirmation(&arn);
            let due = Due::ExpireSubscription { topic: topic.clone(), subscription: arn };
            self.after(self.settings.unconfirmed, due);
        }
    }

    fn load_role(&mut self, arn: &Arn, role: &Role) {
        let Some(detail) = role.role.seen() else { return };
        let Ok(account) = arn.account().parse() else { return };
        let name = arn.name().to_owned();
        let mut stored =
            StoredRole::new(detail.clone(), iam::id_of("AROA", arn.as_str()), self.now);
        let inline = role.inline_policies.seen().into_iter().flatten();
        stored.inline = inline
            .filter_map(|(name, document)| Some((name.clone(), document.seen()?.clone())))
            .collect();
        for (policy, attached) in role.attached_policies.seen().into_iter().flatten() {
            stored.attached.insert(policy.to_string());
            let (Some(version), Some(document)) =
                (attached.default_version_id.seen(), attached.document.seen())
            else {
                continue;
            };
            let number = version.trim_start_matches('v').parse().unwrap_or(1);
            let id = iam::id_of("ANPA", policy.as_str());
            let managed =
                ManagedPolicy::new(policy.clone(), id, number, document.clone(), self.now);
            self.account_mut(&account).iam.policies.insert(policy.to_string(), managed);
        }
        self.account_mut(&account).iam.roles.insert(name, stored);
    }

    /// A secret whose value nobody knows: the lab makes one up.
    fn load_secret(&mut self, target: &Target, secret: &Secret) {
        let now = self.now;
        let home = secret.arn.target().unwrap_or_else(|| target.clone());
        let mut stored = StoredSecret::new(secret.clone(), now);
        let value = SecretValue::String(self.next_letters(32));
        let id = self.next_uuid().to_string();
        stored.add_version(id, value, &["AWSCURRENT".to_owned()], now);
        let name = secret.name.clone();
        self.place_mut(&home).secretsmanager.secrets.insert(name, stored);
    }

    fn load_history(&mut self, target: &Target, seen: &Observations) {
        let mut events: Vec<HistoryEvent> = seen
            .event_history
            .values()
            .filter_map(|history| history.seen())
            .flat_map(|history| &history.events)
            .map(|event| HistoryEvent::seen(event.clone()))
            .collect();
        events.sort_by_key(|event| event.event.event_time);
        self.place_mut(target).cloudtrail.history.extend(events);
    }
}
