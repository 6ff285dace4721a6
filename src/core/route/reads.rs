//! What is still to be read.
//!
//! Whatever the snapshot shows of the chain and nobody asked about yet is to be read next. The
//! collector repeats this until nothing is left; each round is one dependent step.
//!
//! One list of reads in the order of the chain: hence its lines.

use std::collections::{BTreeMap, BTreeSet};

use super::event_rule::{is_meant, takes_reads, topic_of};
use super::graph::home_of;
use super::log_alarm::{self, may_find_reads};
use super::watching::{OfReads, alarms_that_matter, composites_over, is_hinted, of_reads};
use super::{Pins, Read, What};
use crate::baseline::{BaselineEntry, messages};
use crate::selector::{Coverage, TrailScope, covers};
use crate::snapshot::{
    Alarms, Arn, MetricFilter, MetricTransformation, Observations, Observed, Snapshot,
    Subscription, Target, Trail,
};

/// How many patterns AWS is asked about in one run: as many filters as one group can have.
const PATTERNS: usize = 100;

/// How many alarms' histories are read in one run.
const HISTORIES: usize = 20;

/// The calls to make next; none when everything that matters was asked.
pub fn next_reads(snapshot: &Snapshot, entry: &BaselineEntry, pins: &Pins) -> BTreeSet<Read> {
    let mut reads = Reads { snapshot, entry, pins, next: BTreeSet::new() };
    for asked in &snapshot.asked {
        reads.secret_and_trails(&asked.target, asked.secret.as_ref());
    }
    let mut places: BTreeSet<Target> =
        snapshot.asked.iter().map(|asked| asked.target.clone()).collect();
    for asked in &snapshot.asked {
        for trail in recording_trails(snapshot.at(&asked.target), &asked.target) {
            places.insert(group_target(trail).unwrap_or_else(|| home_of(trail)));
        }
    }
    for target in &places {
        reads.place(target);
    }
    reads.patterns(&places);
    reads.evidence();
    reads.next
}

/// The trails that can record events of a target, as far as scope goes.
pub(super) fn recording_trails<'a>(
    observations: &'a Observations,
    target: &'a Target,
) -> impl Iterator<Item = &'a Trail> {
    let here = observations.trails.seen().into_iter().flat_map(|trails| trails.values());
    here.filter(|trail| {
        let scope = TrailScope::of(trail);
        !matches!(
            covers(&scope, target.region.as_str(), target.account.as_str()),
            Coverage::No { .. }
        )
    })
}

/// Groups whose filters feed a metric that a filter of these groups feeds too: how many
/// events they get counts.
fn groups_beside(at: &Observations, groups: &BTreeSet<String>) -> BTreeSet<String> {
    let Some(all) = at.metric_filters.seen() else { return BTreeSet::new() };
    let fed = |group: &String| {
        let filters = all.get(group).into_iter().flat_map(|filters| filters.values());
        filters.flat_map(|filter| &filter.metric_transformations)
    };
    let name = |metric: &MetricTransformation| {
        (metric.metric_namespace.clone(), metric.metric_name.clone())
    };
    let metrics: BTreeSet<_> = groups.iter().flat_map(fed).map(name).collect();
    let others = all.keys().filter(|group| !groups.contains(*group));
    let beside = others.filter(|group| fed(group).any(|metric| metrics.contains(&name(metric))));
    beside.cloned().collect()
}

fn group_target(trail: &Trail) -> Option<Target> {
    trail.cloud_watch_logs_log_group_arn.as_ref()?.parse::<Arn>().ok()?.target()
}

pub(super) struct Reads<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) entry: &'a BaselineEntry,
    pins: &'a Pins,
    next: BTreeSet<Read>,
}

impl Reads<'_> {
    pub(super) fn want<T>(&mut self, target: &Target, slot: Option<&Observed<T>>, what: What) {
        if slot.is_none_or(Observed::is_not_asked) {
            self.next.insert(Read { target: target.clone(), what });
        }
    }

    fn secret_and_trails(&mut self, target: &Target, secret: Option<&String>) {
        let at = self.snapshot.at(target);
        if let Some(secret) = secret {
            let what = What::DescribeSecret { secret: secret.clone() };
            self.want(target, at.secrets.get(secret), what);
        }
        self.want(target, Some(&at.trails), What::DescribeTrails);
        self.want(target, Some(&at.trails_elsewhere), What::ListTrails);
        self.want(target, Some(&at.event_rules), What::ListRules);
        for event_name in &self.entry.event_names {
            let what = What::LookupEvents { event_name: event_name.clone() };
            self.want(target, at.event_history.get(event_name), what);
        }
        self.rules(target);
        for (arn, slot) in at.trails_elsewhere.seen().into_iter().flatten() {
            let what =
                What::DescribeTrail { trail: arn.clone(), home_region: arn.region().to_owned() };
            self.want(target, Some(slot), what);
        }
        let here = at.trails.seen().into_iter().flat_map(|trails| trails.values());
        let elsewhere = at.trails_elsewhere.seen().into_iter().flatten();
        for trail in here.chain(elsewhere.filter_map(|(_, trail)| trail.seen())) {
            let (arn, home_region) = (&trail.trail_arn, &trail.home_region);
            let status =
                What::GetTrailStatus { trail: arn.clone(), home_region: home_region.clone() };
            let selectors =
                What::GetEventSelectors { trail: arn.clone(), home_region: home_region.clone() };
            self.want(target, Some(&trail.status), status);
            self.want(target, Some(&trail.selectors), selectors);
        }
        for trail in recording_trails(at, target) {
            self.permissions_of(trail);
        }
    }

    /// The targets of the rules that take reads or are meant to, and the topics among them.
    fn rules(&mut self, target: &Target) {
        let Some(rules) = self.snapshot.at(target).event_rules.seen() else { return };
        if rules.is_empty() {
            return;
        }
        let messages = messages(self.snapshot, self.entry);
        for (name, rule) in rules {
            if !takes_reads(rule, &messages) && !is_meant(self.entry, rule) {
                continue;
            }
            let what = What::ListTargetsByRule { rule: name.clone() };
            self.want(target, Some(&rule.targets), what);
            let targets = rule.targets.seen().into_iter().flat_map(|targets| targets.values());
            let topics: Vec<Arn> = targets.filter_map(topic_of).collect();
            topics.iter().for_each(|topic| self.topic(topic));
            let topics: Vec<String> = topics.iter().map(Arn::to_string).collect();
            self.organization(target, &topics);
        }
    }

    fn permissions_of(&mut self, trail: &Trail) {
        let home = home_of(trail);
        let at = self.snapshot.at(&home);
        // Its streams and its log files are named after the organization.
        if trail.is_organization_trail {
            self.want(&home, Some(&at.organization), What::DescribeOrganization);
        }
        if let Some(bucket) = &trail.s3_bucket_name {
            let slot = at.buckets.get(bucket).map(|bucket| &bucket.policy);
            self.want(&home, slot, What::GetBucketPolicy { bucket: bucket.clone() });
        }
        let named = trail.cloud_watch_logs_role_arn.as_ref();
        let Some(arn) = named.and_then(|arn| arn.parse::<Arn>().ok()) else {
            return;
        };
        let role = at.roles.get(&arn);
        self.want(&home, role.map(|r| &r.role), What::GetRole { role: arn.clone() });
        let inline = What::ListRolePolicies { role: arn.clone() };
        self.want(&home, role.map(|r| &r.inline_policies), inline);
        let attached = What::ListAttachedRolePolicies { role: arn.clone() };
        self.want(&home, role.map(|r| &r.attached_policies), attached);
        let Some(role) = role else { return };
        for (name, document) in role.inline_policies.seen().into_iter().flatten() {
            let what = What::GetRolePolicy { role: arn.clone(), policy: name.clone() };
            self.want(&home, Some(document), what);
        }
        for (policy, attached) in role.attached_policies.seen().into_iter().flatten() {
            let what = What::GetPolicy { role: arn.clone(), policy: policy.clone() };
            self.want(&home, Some(&attached.default_version_id), what);
            if let Some(version) = attached.default_version_id.seen() {
                let what = What::GetPolicyVersion {
                    role: arn.clone(),
                    policy: policy.clone(),
                    version: version.clone(),
                };
                self.want(&home, Some(&attached.document), what);
            }
        }
    }

    /// Everything about groups, filters and alarms of one place.
    fn place(&mut self, target: &Target) {
        let at = self.snapshot.at(target);
        self.want(target, Some(&at.log_groups), What::DescribeLogGroups);
        self.want(target, Some(&at.metric_filters), What::DescribeMetricFilters);
        self.want(target, Some(&at.alarms), What::DescribeAlarms);
        self.want(target, Some(&at.alarm_mute_rules), What::ListAlarmMuteRules);
        for (name, rule) in at.alarm_mute_rules.seen().into_iter().flatten() {
            if rule.status != "EXPIRED" {
                let what = What::GetAlarmMuteRule { rule: name.clone() };
                self.want(target, Some(&rule.targets), what);
            }
        }
        let Some(alarms) = at.alarms.seen() else {
            return;
        };
        let matters = alarms_that_matter(self.entry, self.pins, at, alarms);
        for alarm in matters.iter().take(HISTORIES) {
            self.history(target, &alarm.alarm_name, "MetricAlarm");
        }
        for alarm in matters {
            self.topics(alarm.alarm_actions.iter());
            self.topics(alarm.ok_actions.iter());
            self.topics(alarm.insufficient_data_actions.iter());
            self.organization(target, &alarm.alarm_actions);
            for above in composites_over(alarms, &alarm.alarm_name) {
                self.history(target, &above.alarm_name, "CompositeAlarm");
                self.topics(above.alarm_actions.iter());
                self.topics(above.ok_actions.iter());
                self.topics(above.insufficient_data_actions.iter());
                self.organization(target, &above.alarm_actions);
            }
        }
        self.log_alarms(target, alarms);
        let mut groups = self.groups_of_trails(target);
        groups.append(&mut groups_beside(at, &groups));
        for group in groups {
            let exists = at.log_groups.seen().map(|groups| groups.contains_key(&group));
            // Who may not see the groups may still see what comes to them.
            let is_hidden = !matches!(at.log_groups, Observed::Seen(_) | Observed::NotAsked);
            if exists == Some(true) || is_hidden {
                let slot = at.incoming_log_events.get(&group);
                let what = What::GetMetricStatistics { log_group: group.clone() };
                self.want(target, slot, what);
            }
            if exists == Some(true) {
                self.key_and_transformer(target, &group);
            }
        }
    }

    /// Log alarms that may find reads in a trail's group, and what notifies for them.
    fn log_alarms(&mut self, target: &Target, alarms: &Alarms) {
        if alarms.log_alarms.is_empty() {
            return;
        }
        let messages = messages(self.snapshot, self.entry);
        let groups = self.groups_of_trails(target);
        for alarm in alarms.log_alarms.values() {
            let is_meant = log_alarm::is_meant(self.entry, alarm);
            let finds = |group: &String| may_find_reads(alarm, target, group, &messages);
            if !is_meant && !groups.iter().any(finds) {
                continue;
            }
            self.history(target, &alarm.alarm_name, "LogAlarm");
            self.topics(alarm.alarm_actions.iter());
            self.topics(alarm.ok_actions.iter());
            self.topics(alarm.insufficient_data_actions.iter());
            self.organization(target, &alarm.alarm_actions);
            for above in composites_over(alarms, &alarm.alarm_name) {
                self.history(target, &above.alarm_name, "CompositeAlarm");
                self.topics(above.alarm_actions.iter());
                self.organization(target, &above.alarm_actions);
            }
        }
    }

    /// The key of a group that a trail delivers to, and what rewrites events before a filter of it
    /// sees them.
    fn key_and_transformer(&mut self, target: &Target, group: &str) {
        let at = self.snapshot.at(target);
        let seen = at.log_groups.seen().and_then(|groups| groups.get(group));
        if let Some(key) = seen.and_then(|group| group.kms_key_id.as_ref()) {
            self.key(target, key);
        }
        let filters = at.metric_filters.seen().and_then(|groups| groups.get(group));
        let mut filters = filters.into_iter().flat_map(|filters| filters.values());
        if filters.any(|filter| filter.apply_on_transformed_logs) {
            let slot = at.transformers.get(group);
            self.want(target, slot, What::GetTransformer { log_group: group.to_owned() });
            let policies = &at.transformer_policies;
            self.want(target, Some(policies), What::DescribeAccountPolicies);
        }
    }

    /// Whether a subscribed number gets text messages. They are the subscriber's account's.
    fn text_messages(&mut self, topic: &Arn, subscription: &Subscription) {
        let Some(target) = subscription.sends_texts_as(topic) else { return };
        let number = subscription.endpoint.clone();
        let sms = &self.snapshot.at(&target).sms;
        self.want(&target, Some(&sms.is_in_sandbox), What::GetSMSSandboxAccountStatus);
        if sms.is_in_sandbox.seen() == Some(&true) {
            self.want(&target, Some(&sms.phone_numbers), What::ListSMSSandboxPhoneNumbers);
        }
        self.want(&target, Some(&sms.attributes), What::GetSMSAttributes);
        let slot = sms.is_opted_out.get(&number);
        self.want(&target, slot, What::CheckIfPhoneNumberIsOptedOut { number });
    }

    fn history(&mut self, target: &Target, alarm: &str, alarm_type: &'static str) {
        let slot = self.snapshot.at(target).alarm_histories.get(alarm);
        self.want(target, slot, What::DescribeAlarmHistory { alarm: alarm.to_owned(), alarm_type });
    }

    fn topics<'s>(&mut self, actions: impl Iterator<Item = &'s String>) {
        let arns = actions.filter_map(|action| action.parse::<Arn>().ok());
        arns.filter(|arn| arn.service() == "sns").for_each(|topic| self.topic(&topic));
    }

    fn topic(&mut self, arn: &Arn) {
        let Some(target) = arn.target() else { return };
        let at = self.snapshot.at(&target);
        let topic = at.topics.get(arn);
        let attributes = What::GetTopicAttributes { topic: arn.clone() };
        self.want(&target, topic.map(|topic| &topic.attributes), attributes);
        let list = What::ListSubscriptionsByTopic { topic: arn.clone() };
        self.want(&target, topic.map(|topic| &topic.subscriptions), list);
        let Some(topic) = topic else { return };
        for (key, subscription) in topic.subscriptions.seen().into_iter().flatten() {
            if subscription.protocol == "sms" {
                self.text_messages(arn, subscription);
            }
            if let Ok(subscription_arn) = subscription.subscription_arn.parse::<Arn>() {
                let what = What::GetSubscriptionAttributes {
                    topic: arn.clone(),
                    key: key.clone(),
                    subscription: subscription_arn,
                };
                self.want(&target, Some(&subscription.attributes), what);
            }
        }
        let attributes = topic.attributes.seen();
        let named = attributes.and_then(|attributes| attributes.kms_master_key_id.as_ref());
        if let Some(id) = named.filter(|id| !id.is_empty()) {
            self.key(&target, id);
        }
    }

    /// The organization of an alarm or a rule, where a policy of its topics or of their keys asks for
    /// it.
    fn organization(&mut self, target: &Target, actions: &[String]) {
        let topics = actions.iter().filter_map(|action| action.parse::<Arn>().ok());
        for topic in topics.filter(|arn| arn.service() == "sns") {
            let Some(home) = topic.target() else { continue };
            let at = self.snapshot.at(&home);
            let attributes = at.topics.get(&topic).and_then(|topic| topic.attributes.seen());
            let Some(attributes) = attributes else { continue };
            let key = attributes.kms_master_key_id.as_ref().and_then(|id| at.keys.get(id));
            let of_key = key.and_then(|key| key.policy.seen());
            let asks = |policy: &String| policy.to_ascii_lowercase().contains("aws:sourceorg");
            if attributes.policy.iter().chain(of_key).any(asks) {
                let slot = &self.snapshot.at(target).organization;
                self.want(target, Some(slot), What::DescribeOrganization);
            }
        }
    }

    fn key(&mut self, target: &Target, id: &str) {
        let key = self.snapshot.at(target).keys.get(id);
        let metadata = key.map(|key| &key.metadata);
        self.want(target, metadata, What::DescribeKey { key: id.to_owned() });
        let is_alias = id.starts_with("alias/") || id.contains(":alias/");
        let resolved = match metadata.and_then(Observed::seen) {
            Some(metadata) if metadata.key_manager.as_deref() == Some("AWS") => None,
            Some(metadata) => Some(metadata.arn.to_string()),
            None if is_alias => None,
            None => Some(id.to_owned()),
        };
        if let Some(key_id) = resolved {
            let policy = What::GetKeyPolicy { key: id.to_owned(), key_id: key_id.clone() };
            self.want(target, key.map(|key| &key.policy), policy);
            let grants = What::ListGrants { key: id.to_owned(), key_id };
            self.want(target, key.map(|key| &key.grants), grants);
        }
    }

    fn groups_of_trails(&self, target: &Target) -> BTreeSet<String> {
        let mut groups = BTreeSet::new();
        for asked in &self.snapshot.asked {
            for trail in recording_trails(self.snapshot.at(&asked.target), &asked.target) {
                let named = trail.cloud_watch_logs_log_group_arn.as_ref();
                let arn = named.and_then(|arn| arn.parse::<Arn>().ok());
                if let Some(arn) = arn.filter(|arn| arn.target().as_ref() == Some(target)) {
                    groups.insert(arn.name().to_owned());
                }
            }
        }
        groups
    }

    /// The patterns that AWS is asked about: filters that say they are meant for the entry first,
    /// then those of the groups that trails deliver to, but not what certainly matches no read.
    fn patterns(&mut self, places: &BTreeSet<Target>) {
        let history_pending = self.snapshot.asked.iter().any(|asked| {
            let at = self.snapshot.at(&asked.target);
            let names = self.entry.event_names.iter();
            names
                .map(|name| at.event_history.get(name))
                .any(|slot| slot.is_none_or(Observed::is_not_asked))
        });
        if history_pending {
            return;
        }
        let tests = &self.snapshot.pattern_tests;
        let mut wanted: Vec<(bool, &Target, &MetricFilter)> = Vec::new();
        for target in places {
            let groups = self.groups_of_trails(target);
            let filters = self.snapshot.at(target).metric_filters.seen();
            for (group, filters) in filters.into_iter().flatten() {
                for filter in filters.values() {
                    let hinted = is_hinted(self.entry, filter)
                        || self.pins.filter.as_ref() == Some(&filter.filter_name);
                    if hinted || groups.contains(group) {
                        wanted.push((!hinted, target, filter));
                    }
                }
            }
        }
        if wanted.is_empty() {
            return;
        }
        wanted.sort_by_key(|(unhinted, ..)| *unhinted);
        let messages = messages(self.snapshot, self.entry);
        let misses = |filter: &MetricFilter| {
            of_reads(self.snapshot, &messages, &filter.filter_pattern) == OfReads::Misses
        };
        let texts: BTreeMap<String, String> =
            messages.iter().map(|message| (message.label.clone(), message.text.clone())).collect();
        let mut seen = BTreeSet::new();
        for (unhinted, target, filter) in wanted {
            let pattern = &filter.filter_pattern;
            if seen.len() == PATTERNS {
                break;
            }
            // What was asked in an earlier round counts, whatever the answer was.
            let asked = tests.matches.contains_key(pattern);
            if !asked && unhinted && misses(filter) {
                continue;
            }
            if seen.insert(pattern) && !asked {
                let what =
                    What::TestMetricFilter { pattern: pattern.clone(), messages: texts.clone() };
                self.next.insert(Read { target: target.clone(), what });
            }
        }
    }
}
