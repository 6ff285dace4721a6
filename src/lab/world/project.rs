//! What somebody who looks at the world sees of it: the snapshot that a collector would bring home.
//!
//! Reads follow from what was seen, as [`next_reads`] says; each is answered from the state itself,
//! not through the API, so that collecting over the wire can be compared with it.
//!
//! One arm for each read makes these more than 400 lines.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use secmon_core::baseline::BaselineEntry;
use secmon_core::evidence::COUNTER_PERIOD;
use secmon_core::route::{Pins, Read, What, next_reads};
use secmon_core::snapshot::{
    AccountId, Asked, AttachedPolicy, Caller, Datapoint, EventHistory, Observed, PatternTests,
    Snapshot, Target, Trail, VERSION,
};

use super::World;
use super::load::incoming_log_events;
use super::sns::of_topic;
use super::trace::metric_of;

/// Who looks, and where he can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The credentials.
    pub caller: Caller,
    /// The accounts that the credentials and roles can read.
    pub accounts: BTreeSet<AccountId>,
}

/// Seconds of one datapoint of a topic's counters.
const PERIOD: u32 = COUNTER_PERIOD.unsigned_abs();

/// How many newest items a look at Event history and at an alarm's history brings.
const EVENTS: usize = 50;
const HISTORY_ITEMS: usize = 100;

impl World {
    /// What a collector that asks these questions sees while the clock stands still.
    pub fn project(
        &self,
        asked: &[Asked],
        entry: &BaselineEntry,
        pins: &Pins,
        view: &View,
    ) -> Snapshot {
        let mut snapshot = Snapshot {
            version: VERSION,
            // As an HTTP date tells it.
            taken_at: Timestamp::from_second(self.now.as_second()).unwrap_or(self.now),
            caller: Observed::Seen(view.caller.clone()),
            asked: asked.to_vec(),
            targets: BTreeMap::new(),
            pattern_tests: PatternTests::default(),
        };
        let mut looker = Looker { world: self.clone(), view };
        let mut done = BTreeSet::new();
        loop {
            let mut reads = next_reads(&snapshot, entry, pins);
            reads.retain(|read| !done.contains(read));
            if reads.is_empty() {
                return snapshot;
            }
            for read in &reads {
                looker.read(&mut snapshot, read.clone());
            }
            done.extend(reads);
        }
    }

    /// Makes some more reads, such as who changed what.
    pub fn look_up(&self, snapshot: &mut Snapshot, reads: BTreeSet<Read>, view: &View) {
        let mut looker = Looker { world: self.clone(), view };
        for read in reads {
            looker.read(snapshot, read);
        }
    }
}

/// What a read is about, as a denial names it.
fn resource(what: &What) -> Option<&str> {
    Some(match what {
        What::DescribeSecret { secret } => secret,
        What::DescribeTrail { trail, .. }
        | What::GetTrailStatus { trail, .. }
        | What::GetEventSelectors { trail, .. } => trail.as_str(),
        What::LookupEvents { event_name } => event_name,
        What::TestMetricFilter { pattern, .. } => pattern,
        What::GetMetricStatistics { log_group }
        | What::FilterLogEvents { log_group, .. }
        | What::GetTransformer { log_group } => log_group,
        What::GetFilterStatistics { metric_name, .. } => metric_name,
        What::CheckIfPhoneNumberIsOptedOut { number } => number,
        What::DescribeAlarmHistory { alarm, .. } => alarm,
        What::GetAlarmMuteRule { rule } | What::ListTargetsByRule { rule } => rule,
        What::GetTopicAttributes { topic }
        | What::GetTopicStatistics { topic, .. }
        | What::ListSubscriptionsByTopic { topic }
        | What::GetSubscriptionAttributes { topic, .. } => topic.as_str(),
        What::DescribeKey { key } => key,
        What::GetKeyPolicy { key_id, .. } | What::ListGrants { key_id, .. } => key_id,
        What::GetRole { role }
        | What::ListRolePolicies { role }
        | What::GetRolePolicy { role, .. }
        | What::ListAttachedRolePolicies { role }
        | What::GetPolicy { role, .. }
        | What::GetPolicyVersion { role, .. } => role.as_str(),
        What::GetBucketPolicy { bucket } => bucket,
        What::GetDashboard { dashboard } => dashboard,
        What::ListTags { arn } => arn.as_str(),
        _ => return None,
    })
}

/// Looks at a copy of the world, because looking notes which hypotheses mattered.
struct Looker<'a> {
    world: World,
    view: &'a View,
}

impl Looker<'_> {
    /// What is seen where nothing stands in the way; `None` where there is no such thing.
    fn seen<T>(&self, target: &Target, what: &What, value: Option<T>) -> Observed<T> {
        if !self.view.accounts.contains(&target.account) {
            return Observed::Failed {
                reason: format!("account {} cannot be read", target.account),
            };
        }
        let action = what.action();
        let denial = self.world.denials.iter().find(|denial| {
            denial.target == *target
                && denial.action == action
                && denial.resource.as_deref().is_none_or(|named| resource(what) == Some(named))
        });
        match denial {
            Some(denial) => match &denial.failure {
                Some(reason) => Observed::Failed { reason: reason.clone() },
                None => Observed::Denied { action: action.to_owned() },
            },
            None => value.map_or(Observed::Absent, Observed::Seen),
        }
    }

    fn trail(&self, target: &Target, arn: &secmon_core::snapshot::Arn) -> Option<&Trail> {
        let trail = &self.world.trail(arn)?.trail;
        self.world.may_see(target, trail).then_some(trail)
    }

    /// A trail as DescribeTrails shows it.
    fn described(trail: &Trail) -> Trail {
        Trail { status: Observed::NotAsked, selectors: Observed::NotAsked, ..trail.clone() }
    }

    fn read(&mut self, snapshot: &mut Snapshot, read: Read) {
        let Read { target, what } = read;
        let world = &self.world;
        match &what {
            What::DescribeSecret { secret } => {
                let answer = self.seen(&target, &what, world.described_secret(&target, secret));
                at(snapshot, &target).secrets.insert(secret.clone(), answer);
            }
            What::DescribeTrails => {
                let trails = world.trails().map(|(arn, state)| (arn, &state.trail));
                let here = trails.filter(|(_, trail)| world.shows(&target, trail, true));
                let here = here.map(|(arn, trail)| (arn.clone(), Self::described(trail))).collect();
                at(snapshot, &target).trails = self.seen(&target, &what, Some(here));
                leave_out_what_shows(snapshot, &target);
            }
            What::ListTrails => {
                let trails = world.trails().map(|(arn, state)| (arn, &state.trail));
                let all = trails.filter(|(_, trail)| world.may_see(&target, trail));
                let all = all.map(|(arn, _)| (arn.clone(), Observed::NotAsked)).collect();
                at(snapshot, &target).trails_elsewhere = self.seen(&target, &what, Some(all));
                leave_out_what_shows(snapshot, &target);
            }
            What::DescribeTrail { trail, .. } => {
                let found = self.trail(&target, trail).map(Self::described);
                let answer = self.seen(&target, &what, found);
                if let Some(trails) = at(snapshot, &target).trails_elsewhere.seen_mut() {
                    trails.insert(trail.clone(), answer);
                }
            }
            What::GetTrailStatus { trail: arn, .. } => {
                let status =
                    self.trail(&target, arn).and_then(|trail| trail.status.seen().cloned());
                let answer = self.seen(&target, &what, status);
                if let Some(trail) = at(snapshot, &target).trail_mut(arn) {
                    trail.status = answer;
                }
            }
            What::GetEventSelectors { trail: arn, .. } => {
                let selectors = self.trail(&target, arn).and_then(|trail| trail.selectors.seen());
                let answer = self.seen(&target, &what, selectors.map(super::cloudtrail::filled_in));
                if let Some(trail) = at(snapshot, &target).trail_mut(arn) {
                    trail.selectors = answer;
                }
            }
            What::LookupEvents { event_name } => {
                let mut events: Vec<_> = world
                    .event_history(&target)
                    .filter(|event| event.event.event_name == *event_name)
                    .map(|event| event.event.clone())
                    .collect();
                let more = events.len() > EVENTS;
                events.truncate(EVENTS);
                events
                    .sort_by(|a, b| (b.event_time, &b.event_id).cmp(&(a.event_time, &a.event_id)));
                let answer = self.seen(&target, &what, Some(EventHistory { events, more }));
                at(snapshot, &target).event_history.insert(event_name.clone(), answer);
            }
            What::DescribeLogGroups => {
                let groups = &world.place(&target).logs.groups;
                let groups = groups.iter().map(|(name, group)| (name.clone(), group.group.clone()));
                let answer = self.seen(&target, &what, Some(groups.collect()));
                at(snapshot, &target).log_groups = answer;
            }
            What::DescribeMetricFilters => {
                let groups = world.place(&target).logs.groups.iter();
                let groups = groups.filter(|(_, group)| !group.filters.is_empty());
                let filters = groups.map(|(name, group)| (name.clone(), group.filters.clone()));
                let answer = self.seen(&target, &what, Some(filters.collect()));
                at(snapshot, &target).metric_filters = answer;
            }
            What::GetTransformer { log_group } => {
                let answer = self.seen(&target, &what, world.transformer(&target, log_group));
                at(snapshot, &target).transformers.insert(log_group.clone(), answer);
            }
            What::DescribeAccountPolicies => {
                let answer = self.seen(&target, &what, Some(world.transformer_policies(&target)));
                at(snapshot, &target).transformer_policies = answer;
            }
            What::TestMetricFilter { pattern, messages } => {
                let answer = self.seen(&target, &what, self.matching(pattern, messages));
                let answer = match answer {
                    Observed::Seen(Err(reason)) => Observed::Failed { reason },
                    Observed::Seen(Ok(labels)) => Observed::Seen(labels),
                    unseen => unseen.map(|_| BTreeSet::new()),
                };
                snapshot.pattern_tests.messages.extend(messages.clone());
                snapshot.pattern_tests.matches.insert(pattern.clone(), answer);
            }
            What::GetMetricStatistics { log_group } => {
                let hour = self.last_hour(&target, log_group);
                let answer = self.seen(&target, &what, Some(hour));
                at(snapshot, &target).incoming_log_events.insert(log_group.clone(), answer);
            }
            What::FilterLogEvents { log_group, event_id, from, until } => {
                let found = world.log_events_of(&target, log_group, event_id, (*from, *until));
                let answer = match world.has_usable_key(&target, log_group) {
                    true => self.seen(&target, &what, Some(found)),
                    false => Observed::Denied { action: what.action().to_owned() },
                };
                let group = at(snapshot, &target).filtered_log_events.entry(log_group.clone());
                group.or_default().insert(event_id.clone(), answer);
            }
            What::GetFilterStatistics {
                log_group,
                filter,
                namespace,
                metric_name,
                dimensions,
                from,
                until,
            } => {
                let metric = metric_of(namespace, metric_name, dimensions);
                let points = world.sums(&target, &metric, 60, (*from, *until));
                let answer = self.seen(&target, &what, Some(points));
                let group = at(snapshot, &target).filter_datapoints.entry(log_group.clone());
                group.or_default().insert(filter.clone(), answer);
            }
            What::GetTopicStatistics { topic, metric_name, from, until } => {
                let counter = of_topic(topic, metric_name);
                let points = world.sums(&target, &counter, PERIOD, (*from, *until));
                let answer = self.seen(&target, &what, Some(points));
                let topic = at(snapshot, &target).topics.entry(topic.clone()).or_default();
                topic.counters.insert(metric_name.clone(), answer);
            }
            What::DescribeAlarms => {
                let answer = self.seen(&target, &what, Some(world.described_alarms(&target)));
                at(snapshot, &target).alarms = answer;
            }
            What::DescribeAlarmHistory { alarm, alarm_type } => {
                let mut items = world.alarm_history(&target, alarm, alarm_type);
                items.truncate(HISTORY_ITEMS);
                let answer = self.seen(&target, &what, Some(items));
                at(snapshot, &target).alarm_histories.insert(alarm.clone(), answer);
            }
            What::ListAlarmMuteRules => {
                let answer = self.seen(&target, &what, Some(world.described_mute_rules(&target)));
                at(snapshot, &target).alarm_mute_rules = answer;
            }
            What::GetAlarmMuteRule { rule } => {
                let answer = self.seen(&target, &what, world.mute_detail(&target, rule));
                let rules = at(snapshot, &target).alarm_mute_rules.seen_mut();
                if let Some(rule) = rules.and_then(|rules| rules.get_mut(rule)) {
                    rule.learn(answer);
                }
            }
            What::GetTopicAttributes { topic } => {
                let answer = self.seen(&target, &what, world.described_topic(topic));
                at(snapshot, &target).topics.entry(topic.clone()).or_default().attributes = answer;
            }
            What::ListSubscriptionsByTopic { topic } => {
                let answer = self.seen(&target, &what, world.described_subscriptions(topic));
                at(snapshot, &target).topics.entry(topic.clone()).or_default().subscriptions =
                    answer;
            }
            What::GetSubscriptionAttributes { topic, key, subscription } => {
                let answer = self.seen(&target, &what, world.described_subscription(subscription));
                let topic = at(snapshot, &target).topics.get_mut(topic);
                let subscriptions = topic.and_then(|topic| topic.subscriptions.seen_mut());
                if let Some(subscription) = subscriptions.and_then(|all| all.get_mut(key)) {
                    subscription.attributes = answer;
                }
            }
            What::GetSMSSandboxAccountStatus => {
                let is_in = world.place(&target).sns.sms.in_sandbox;
                at(snapshot, &target).sms.is_in_sandbox = self.seen(&target, &what, Some(is_in));
            }
            What::ListSMSSandboxPhoneNumbers => {
                let numbers = world.place(&target).sns.sms.numbers.clone();
                at(snapshot, &target).sms.phone_numbers = self.seen(&target, &what, Some(numbers));
            }
            What::GetSMSAttributes => {
                let attributes = world.place(&target).sns.sms.attributes.clone();
                at(snapshot, &target).sms.attributes = self.seen(&target, &what, Some(attributes));
            }
            What::CheckIfPhoneNumberIsOptedOut { number } => {
                let is_out = world.place(&target).sns.sms.opted_out.contains(number);
                let answer = self.seen(&target, &what, Some(is_out));
                at(snapshot, &target).sms.is_opted_out.insert(number.clone(), answer);
            }
            What::DescribeKey { key } => {
                // AWS's own keys come into being when somebody asks for them.
                self.world.make_managed_key(key, &target);
                let world = &self.world;
                let answer = self.seen(&target, &what, world.described_key(&target, key));
                at(snapshot, &target).keys.entry(key.clone()).or_default().metadata = answer;
            }
            What::GetKeyPolicy { key, key_id } => {
                let answer = self.seen(&target, &what, world.key_policy(&target, key_id));
                at(snapshot, &target).keys.entry(key.clone()).or_default().policy = answer;
            }
            What::ListGrants { key, key_id } => {
                let answer = self.seen(&target, &what, world.key_grants(&target, key_id));
                at(snapshot, &target).keys.entry(key.clone()).or_default().grants = answer;
            }
            What::DescribeOrganization => {
                let answer = world.described_organization(&target.account);
                let answer = self.seen(&target, &what, answer);
                at(snapshot, &target).organization = answer;
            }
            What::GetRole { role } => {
                let answer = self.seen(&target, &what, world.described_role(role));
                at(snapshot, &target).roles.entry(role.clone()).or_default().role = answer;
            }
            What::ListRolePolicies { role } => {
                let names = world.inline_policies(role);
                let names = names
                    .map(|all| all.into_keys().map(|name| (name, Observed::NotAsked)).collect());
                let answer = self.seen(&target, &what, names);
                at(snapshot, &target).roles.entry(role.clone()).or_default().inline_policies =
                    answer;
            }
            What::GetRolePolicy { role, policy } => {
                let document = world.inline_policies(role).and_then(|mut all| all.remove(policy));
                let answer = self.seen(&target, &what, document);
                let role = at(snapshot, &target).roles.get_mut(role);
                if let Some(all) = role.and_then(|role| role.inline_policies.seen_mut()) {
                    all.insert(policy.clone(), answer);
                }
            }
            What::ListAttachedRolePolicies { role } => {
                let attached = world.attached_policies(role);
                let attached = attached.map(|all| {
                    all.into_iter().map(|arn| (arn, AttachedPolicy::default())).collect()
                });
                let answer = self.seen(&target, &what, attached);
                at(snapshot, &target).roles.entry(role.clone()).or_default().attached_policies =
                    answer;
            }
            What::GetPolicy { role, policy } => {
                let version =
                    world.managed_policy(&target.account, policy).map(|(version, _)| version);
                let answer = self.seen(&target, &what, version);
                let role = at(snapshot, &target).roles.get_mut(role);
                let all = role.and_then(|role| role.attached_policies.seen_mut());
                if let Some(policy) = all.and_then(|all| all.get_mut(policy)) {
                    policy.default_version_id = answer;
                }
            }
            What::GetPolicyVersion { role, policy, .. } => {
                let document =
                    world.managed_policy(&target.account, policy).map(|(_, document)| document);
                let answer = self.seen(&target, &what, document);
                let role = at(snapshot, &target).roles.get_mut(role);
                let all = role.and_then(|role| role.attached_policies.seen_mut());
                if let Some(policy) = all.and_then(|all| all.get_mut(policy)) {
                    policy.document = answer;
                }
            }
            What::GetBucketPolicy { bucket } => {
                let there = world.bucket(bucket);
                let policy = there.and_then(|(_, bucket)| bucket.policy.clone());
                let reason = "GetBucketPolicy: NoSuchBucket: The specified bucket does not exist";
                let answer = match (self.seen(&target, &what, policy), there) {
                    (Observed::Absent, None) => Observed::Failed { reason: reason.to_owned() },
                    (answer, _) => answer,
                };
                let named = matches!(answer, Observed::Seen(_) | Observed::Absent);
                let region = there.map(|(_, bucket)| bucket.region.clone());
                let seen = at(snapshot, &target).buckets.entry(bucket.clone()).or_default();
                seen.policy = answer;
                seen.region = region.filter(|region| named && *region != target.region);
            }
            What::ListRules => {
                let answer = self.seen(&target, &what, Some(world.described_rules(&target)));
                at(snapshot, &target).event_rules = answer;
            }
            What::ListTargetsByRule { rule } => {
                let answer = self.seen(&target, &what, world.rule_targets(&target, rule));
                let rules = at(snapshot, &target).event_rules.seen_mut();
                if let Some(rule) = rules.and_then(|rules| rules.get_mut(rule)) {
                    rule.targets = answer;
                }
            }
            What::GetDashboard { dashboard } => {
                let there = world.place(&target).cloudwatch.dashboards.get(dashboard);
                let body = there.map(|dashboard| dashboard.body.clone());
                let answer = self.seen(&target, &what, body);
                at(snapshot, &target).dashboards.insert(dashboard.clone(), answer);
            }
            What::ListTags { arn } => {
                let tags = world.tags_of(arn);
                let answer = self.seen(&target, &what, tags);
                at(snapshot, &target).tags.insert(arn.clone(), answer);
            }
        }
    }

    /// The labels of the messages that a pattern matches.
    fn matching(
        &self,
        pattern: &str,
        messages: &BTreeMap<String, String>,
    ) -> Option<Result<BTreeSet<String>, String>> {
        let texts: Vec<String> = messages.values().cloned().collect();
        let matches = self.world.matching(pattern, &texts).map_err(|error| error.to_string());
        Some(matches.map(|matches| {
            let labels = messages.keys().zip(matches).filter(|(_, values)| values.is_some());
            labels.map(|(label, _)| label.clone()).collect()
        }))
    }

    /// `AWS/Logs IncomingLogEvents` of the last hour, minute by minute.
    fn last_hour(&self, target: &Target, log_group: &str) -> Vec<Datapoint> {
        let until = Timestamp::from_second(self.world.now.as_second()).unwrap_or(self.world.now);
        let from = until.checked_sub(SignedDuration::from_hours(1)).unwrap_or(until);
        self.world.sums(target, &incoming_log_events(log_group), 60, (from, until))
    }
}

fn at<'s>(
    snapshot: &'s mut Snapshot,
    target: &Target,
) -> &'s mut secmon_core::snapshot::Observations {
    snapshot.targets.entry(target.clone()).or_default()
}

/// CloudTrail lists every trail of an account everywhere: those that show in the Region stand with
/// the others there.
fn leave_out_what_shows(snapshot: &mut Snapshot, target: &Target) {
    let seen = at(snapshot, target);
    let here: BTreeSet<_> =
        seen.trails.seen().into_iter().flat_map(|trails| trails.keys().cloned()).collect();
    if let Some(elsewhere) = seen.trails_elsewhere.seen_mut() {
        elsewhere.retain(|arn, _| !here.contains(arn));
    }
}
