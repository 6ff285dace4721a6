//! From a snapshot to the world that it was taken of.

use std::collections::BTreeMap;

use secmon_core::snapshot::{
    self, Arn, Dimension, EventRule, EventTarget, Key, KeyMetadata, LogGroup, Metric, Observations,
    Observed, Role, Secret, Snapshot, Subscription, Target, Topic, Trail,
};
use serde_json::json;

use super::agenda::Due;
use super::cloudtrail::{HistoryEvent, TrailState};
use super::cloudwatch::{StoredAlarm, StoredItem, StoredMuteRule};
use super::events::StoredRule;
use super::iam::{self, ManagedPolicy, StoredRole};
use super::kms::{Alias, Grant, StoredKey};
use super::logs::{AccountPolicy, Group, Transformer};
use super::s3::Bucket;
use super::secretsmanager::{SecretValue, StoredSecret};
use super::sns::{StoredSubscription, StoredTopic, SubscriptionState};
use super::sqs::Queue;
use super::{Settings, World, span};

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
            world.load_text_messages(target, seen);
            world.load_alarms(target, seen);
            world.load_rules(target, seen);
            world.load_history(target, seen);
            world.load_traces(target, seen, snapshot);
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
        snapshot.targets.values().for_each(|seen| world.load_tags(seen));
        world
    }

    /// Lets time begin: the rest of each account goes about its business, and alarms look at their
    /// metrics. What the trails recorded in the last minutes is on its way.
    pub(super) fn start(&mut self, traffic: BTreeMap<Target, u32>) {
        self.settings.traffic = traffic;
        let on_the_way = span((self.settings.log_group_delivery - 1.0).max(0.0));
        self.now = self.now.checked_sub(on_the_way).unwrap_or(self.now);
        for target in self.settings.traffic.keys() {
            self.agenda.put(self.now, Due::Traffic { target: target.clone() });
        }
        self.advance(on_the_way);
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
        let now = self.now.as_millisecond();
        let logs = &mut self.place_mut(target).logs;
        for (name, group) in seen.log_groups.seen().into_iter().flatten() {
            let class = group.log_group_class.clone().or_else(|| Some("STANDARD".to_owned()));
            let group =
                LogGroup { metric_filter_count: Some(0), log_group_class: class, ..group.clone() };
            logs.groups.insert(name.clone(), Group::new(group));
        }
        for (name, filters) in seen.metric_filters.seen().into_iter().flatten() {
            if let Some(group) = logs.groups.get_mut(name) {
                group.filters = filters.clone();
                group.group.metric_filter_count = i32::try_from(filters.len()).ok();
            }
        }
        for (name, transformer) in &seen.transformers {
            if let (Some(group), Some(seen)) = (logs.groups.get_mut(name), transformer.seen()) {
                group.transformer = Some(Transformer::new(seen, now));
            }
        }
        let policies = seen.transformer_policies.seen().into_iter().flat_map(|all| all.values());
        logs.account_policies =
            policies.map(|policy| AccountPolicy::transformer(policy, target, now)).collect();
        for (group, events) in &seen.incoming_log_events {
            for point in events.seen().into_iter().flatten() {
                self.load_point(target, &incoming_log_events(group), point);
            }
        }
    }

    fn load_keys(&mut self, target: &Target, seen: &Observations) {
        let now = self.now;
        for (named, Key { metadata, policy, grants }) in &seen.keys {
            let Some(metadata) = metadata.seen() else { continue };
            let KeyMetadata { arn, .. } = metadata;
            let home = arn.target().unwrap_or_else(|| target.clone());
            let policy = policy.seen().cloned().unwrap_or_default();
            let mut key = StoredKey {
                metadata: metadata.clone(),
                ..StoredKey::new(arn.clone(), policy, now)
            };
            for grant in grants.seen().into_iter().flatten() {
                key.grants.insert(grant.grant_id.clone(), Grant::of_snapshot(grant, &home, now));
            }
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
        for (arn, Topic { attributes, subscriptions, .. }) in &seen.topics {
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

    fn load_text_messages(&mut self, target: &Target, seen: &Observations) {
        let sms = &mut self.place_mut(target).sns.sms;
        if let Some(in_sandbox) = seen.sms.is_in_sandbox.seen() {
            sms.in_sandbox = *in_sandbox;
        }
        if let Some(attributes) = seen.sms.attributes.seen() {
            sms.attributes = attributes.clone();
        }
        sms.numbers = seen.sms.phone_numbers.seen().cloned().unwrap_or_default();
        let out = seen.sms.is_opted_out.iter().filter(|(_, is_out)| is_out.seen() == Some(&true));
        sms.opted_out = out.map(|(number, _)| number.clone()).collect();
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
            self.load_queue_of(&stored);
        }
        self.place_mut(target).sns.subscriptions.insert(arn.clone(), stored);
        if state == SubscriptionState::Pending {
            // Somebody was asked, a moment ago.
            self.send_confirmation(&arn);
            let due = Due::ExpireSubscription { topic: topic.clone(), subscription: arn };
            self.after(self.settings.unconfirmed, due);
        }
    }

    fn load_alarms(&mut self, target: &Target, seen: &Observations) {
        let Some(alarms) = seen.alarms.seen() else { return };
        for alarm in alarms.metric_alarms.values() {
            let (reason, updated) = (&alarm.state_reason, alarm.state_updated_timestamp);
            let configured = alarm.alarm_configuration_updated_timestamp;
            self.load_workings(target, &alarm.alarm_name, &alarm.alarm_arn);
            let workings = self.workings(target, &alarm.alarm_name);
            workings.reason = reason.clone().unwrap_or_default();
            workings.state_updated = updated.unwrap_or(workings.state_updated);
            workings.configuration_updated = configured.unwrap_or(workings.configuration_updated);
            self.load_alarm(target, &alarm.alarm_name, StoredAlarm::Metric(alarm.clone()));
        }
        for alarm in alarms.composite_alarms.values() {
            self.load_workings(target, &alarm.alarm_name, &alarm.alarm_arn);
            let workings = self.workings(target, &alarm.alarm_name);
            let since = alarm.state_transitioned_timestamp;
            workings.state_updated = since.unwrap_or(workings.state_updated);
            self.load_alarm(target, &alarm.alarm_name, StoredAlarm::Composite(alarm.clone()));
        }
        for alarm in alarms.log_alarms.values() {
            self.load_workings(target, &alarm.alarm_name, &alarm.alarm_arn);
            if let Some(reason) = &alarm.state_reason {
                self.workings(target, &alarm.alarm_name).reason.clone_from(reason);
            }
            self.load_alarm(target, &alarm.alarm_name, StoredAlarm::Log(alarm.clone()));
        }
        for (name, items) in &seen.alarm_histories {
            let kind = self.alarm(target, name).map_or("MetricAlarm", StoredAlarm::kind);
            let items = items.seen().into_iter().flatten().rev();
            let items = items
                .map(|item| StoredItem { alarm_type: kind.to_owned(), item: item.clone() })
                .collect();
            self.place_mut(target).cloudwatch.histories.insert(name.clone(), items);
        }
        for (name, rule) in seen.alarm_mute_rules.seen().into_iter().flatten() {
            let stored = StoredMuteRule { rule: rule.clone(), updated: self.now };
            self.place_mut(target).cloudwatch.mute_rules.insert(name.clone(), stored);
        }
    }

    fn load_workings(&mut self, target: &Target, name: &str, arn: &Arn) {
        self.new_workings(target, name, arn, BTreeMap::new());
    }

    fn load_alarm(&mut self, target: &Target, name: &str, alarm: StoredAlarm) {
        self.place_mut(target).cloudwatch.alarms.insert(name.to_owned(), alarm);
    }

    /// Every metric alarm gets its turn.
    fn schedule_alarms(&mut self) {
        let mut alarms = Vec::new();
        for (account, held) in &self.accounts {
            for (region, place) in &held.regions {
                let target = Target { account: account.clone(), region: region.clone() };
                alarms.extend(
                    place.cloudwatch.alarms.keys().map(|name| (target.clone(), name.clone())),
                );
            }
        }
        for (target, name) in alarms {
            self.wake_alarm(&target, &name);
        }
    }

    /// A role, with its policies.
    pub(super) fn load_role(&mut self, arn: &Arn, role: &Role) {
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

    fn load_bucket(&mut self, target: &Target, name: &str, seen: &snapshot::Bucket) {
        let mut bucket = Bucket::new(seen.region(target).clone(), self.now);
        bucket.policy = seen.policy.seen().cloned();
        self.account_mut(&target.account).buckets.insert(name.to_owned(), bucket);
    }

    /// The queue of a confirmed subscription: it was there, and let the topic in.
    fn load_queue_of(&mut self, subscription: &StoredSubscription) {
        let Ok(arn) = subscription.endpoint.parse::<Arn>() else { return };
        let Some(target) = arn.target().filter(|_| arn.service() == "sqs") else { return };
        let mut queue = Queue::new(arn.clone(), self.now);
        let topic = &subscription.topic;
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"sns.amazonaws.com"}},"Action":"sqs:SendMessage","Resource":"{arn}","Condition":{{"ArnEquals":{{"aws:SourceArn":"{topic}"}}}}}}]}}"#
        );
        queue.attributes.insert("Policy".to_owned(), policy);
        self.place_mut(&target).sqs.queues.insert(arn.resource().to_owned(), queue);
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

    fn load_rules(&mut self, target: &Target, seen: &Observations) {
        for (name, rule) in seen.event_rules.seen().into_iter().flatten() {
            let targets = rule.targets.seen().into_iter().flatten();
            let targets = targets.map(|(id, to)| (id.clone(), loaded_target(id, to)));
            let stored = StoredRule {
                rule: EventRule { targets: Observed::NotAsked, ..rule.clone() },
                targets: targets.collect(),
                tags: BTreeMap::new(),
            };
            self.place_mut(target).events.rules.insert(name.clone(), stored);
        }
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

/// A target of a rule; what it gets instead of the event, no snapshot shows.
fn loaded_target(id: &str, to: &EventTarget) -> serde_json::Value {
    let mut target = json!({"Id": id, "Arn": to.arn});
    if let Some(role) = &to.role_arn {
        target["RoleArn"] = json!(role);
    }
    for field in &to.unread {
        target[field] = match field.as_str() {
            "InputTransformer" => json!({"InputTemplate": "\"a secret was read\""}),
            "InputPath" => json!("$.detail"),
            _ => json!("\"a secret was read\""),
        };
    }
    target
}

/// `AWS/Logs IncomingLogEvents` of a group.
pub(super) fn incoming_log_events(group: &str) -> Metric {
    let dimension = Dimension { name: "LogGroupName".to_owned(), value: group.to_owned() };
    Metric {
        namespace: Some("AWS/Logs".to_owned()),
        metric_name: Some("IncomingLogEvents".to_owned()),
        dimensions: vec![dimension],
    }
}
