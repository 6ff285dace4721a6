//! What a call does to what was seen: the account as it will be. Its lines are one arm for each call.

use std::collections::BTreeMap;

use super::resource::is_secret;
use super::{TrailSettings, Write};
use crate::selector::{EventSelector, EventSelectors};
use crate::snapshot::{
    Arn, Bucket, EventTarget, Key, KeyMetadata, LogGroup, Observations, Observed, Role, RoleDetail,
    Secret, Snapshot, Subscription, SubscriptionAttributes, Target, Topic, TopicAttributes, Trail,
    TrailStatus,
};

/// What `ListSubscriptionsByTopic` says in place of an ARN until the endpoint confirms.
const PENDING: &str = "PendingConfirmation";

impl Write {
    /// Changes the snapshot as AWS would change the account. What was not seen stays unseen.
    pub fn apply_to(&self, snapshot: &mut Snapshot) {
        match self {
            Self::CreateSecret { secret, .. } => {
                let made = Secret {
                    arn: secret.clone(),
                    name: secret.name().to_owned(),
                    kms_key_id: None,
                    deleted_date: None,
                    last_accessed_date: None,
                    primary_region: None,
                    replication_status: Vec::new(),
                };
                if let Some(target) = secret.target() {
                    let secrets = &mut at(snapshot, &target).secrets;
                    secrets.insert(secret.name().to_owned(), Observed::Seen(made.clone()));
                    secrets.insert(secret.to_string(), Observed::Seen(made));
                }
            }
            Self::RestoreSecret { secret } => {
                each_secret(snapshot, secret, |secret| secret.deleted_date = None);
            }
            Self::DeleteSecret { secret, .. } => {
                let now = snapshot.taken_at;
                each_secret(snapshot, secret, |secret| secret.deleted_date = Some(now));
            }
            Self::CreateLogGroup { target, log_group, .. } => {
                let at = at(snapshot, target);
                let group = LogGroup {
                    log_group_name: log_group.clone(),
                    arn: Some(format!(
                        "{}:*",
                        Arn::of_resource("logs", target, &format!("log-group:{log_group}"))
                    )),
                    log_group_class: Some("STANDARD".to_owned()),
                    creation_time: None,
                    retention_in_days: None,
                    metric_filter_count: Some(0),
                    kms_key_id: None,
                };
                insert(&mut at.log_groups, log_group, group);
                at.incoming_log_events.insert(log_group.clone(), Observed::Seen(Vec::new()));
            }
            Self::PutRetentionPolicy { target, log_group, retention_in_days } => {
                if let Some(group) = group(snapshot, target, log_group) {
                    group.retention_in_days = Some(*retention_in_days);
                }
            }
            Self::DeleteRetentionPolicy { target, log_group } => {
                if let Some(group) = group(snapshot, target, log_group) {
                    group.retention_in_days = None;
                }
            }
            Self::DeleteLogGroup { target, log_group } => {
                let at = at(snapshot, target);
                remove(&mut at.log_groups, log_group);
                remove(&mut at.metric_filters, log_group);
            }
            Self::PutMetricFilter { target, filter } => {
                let at = at(snapshot, target);
                if let Some(filters) = at.metric_filters.seen_mut() {
                    let on_group = filters.entry(filter.log_group_name.clone()).or_default();
                    on_group.insert(filter.filter_name.clone(), filter.clone());
                }
            }
            Self::DeleteMetricFilter { target, log_group, filter } => {
                let filters = at(snapshot, target).metric_filters.seen_mut();
                if let Some(on_group) = filters.and_then(|filters| filters.get_mut(log_group)) {
                    on_group.remove(filter);
                }
            }
            Self::CreateRole { role, trust, permissions_boundary, .. } => {
                let made = Role {
                    role: Observed::Seen(RoleDetail {
                        arn: role.clone(),
                        assume_role_policy_document: trust.clone(),
                        permissions_boundary_arn: permissions_boundary.clone(),
                    }),
                    inline_policies: Observed::Seen(BTreeMap::new()),
                    attached_policies: Observed::Seen(BTreeMap::new()),
                };
                // IAM knows no Regions, and whoever looks for a role looks where its trail is.
                for (_, at) in in_account(snapshot, role.account()) {
                    at.roles.insert(role.clone(), made.clone());
                }
            }
            Self::DeleteRole { role } => {
                snapshot.targets.values_mut().for_each(|at| {
                    if let Some(role) = at.roles.get_mut(role) {
                        role.role = Observed::Absent;
                    }
                });
            }
            Self::UpdateAssumeRolePolicy { role, document } => {
                each_role(snapshot, role, |role| {
                    if let Some(detail) = role.role.seen_mut() {
                        detail.assume_role_policy_document.clone_from(document);
                    }
                });
                delivers_anew(snapshot, |trail| {
                    trail.cloud_watch_logs_role_arn.as_deref() == Some(role.as_str())
                });
            }
            Self::PutRolePolicy { role, policy, document } => {
                each_role(snapshot, role, |role| {
                    if let Some(policies) = role.inline_policies.seen_mut() {
                        policies.insert(policy.clone(), Observed::Seen(document.clone()));
                    }
                });
                delivers_anew(snapshot, |trail| {
                    trail.cloud_watch_logs_role_arn.as_deref() == Some(role.as_str())
                });
            }
            Self::DeleteRolePolicy { role, policy } => {
                each_role(snapshot, role, |role| remove(&mut role.inline_policies, policy));
            }
            Self::CreateBucket { target, bucket } => {
                let made = Bucket::with_policy(Observed::Absent);
                at(snapshot, target).buckets.insert(bucket.clone(), made);
            }
            Self::DeleteBucket { bucket, .. } => {
                // As GetBucketPolicy says it.
                let reason = "GetBucketPolicy: NoSuchBucket: The specified bucket does not exist";
                let gone = Bucket::with_policy(Observed::Failed { reason: reason.to_owned() });
                for there in
                    snapshot.targets.values_mut().filter_map(|at| at.buckets.get_mut(bucket))
                {
                    there.clone_from(&gone);
                }
            }
            Self::PutBucketPolicy { target, bucket, policy } => {
                let policy = Observed::Seen(policy.clone());
                each_bucket(snapshot, target, bucket, |bucket| bucket.policy = policy.clone());
            }
            Self::DeleteBucketPolicy { target, bucket } => {
                each_bucket(snapshot, target, bucket, |bucket| bucket.policy = Observed::Absent);
            }
            Self::CreateTrail { trail, bucket, .. } => create_trail(snapshot, trail, bucket),
            Self::DeleteTrail { trail, .. } => {
                for at in snapshot.targets.values_mut() {
                    remove(&mut at.trails, trail);
                    remove(&mut at.trails_elsewhere, trail);
                }
            }
            Self::UpdateTrail { trail, set, .. } => {
                each_trail(snapshot, trail, |trail| update_trail(trail, set));
                if set.cloud_watch_logs_log_group_arn.is_some() {
                    delivers_anew(snapshot, |one| one.trail_arn == *trail);
                }
                if set.is_multi_region_trail == Some(true) {
                    show_everywhere(snapshot, trail);
                }
            }
            Self::PutEventSelectors { trail, selectors, .. } => {
                each_trail(snapshot, trail, |trail| {
                    trail.selectors = Observed::Seen(selectors.clone());
                    trail.has_custom_event_selectors = Some(true);
                });
            }
            Self::StartLogging { trail, .. } => {
                let now = snapshot.taken_at;
                each_trail(snapshot, trail, |trail| {
                    if let Some(status) = trail.status.seen_mut() {
                        status.is_logging = true;
                        status.start_logging_time = Some(now);
                    }
                });
            }
            Self::StopLogging { trail, .. } => {
                let now = snapshot.taken_at;
                each_trail(snapshot, trail, |trail| {
                    if let Some(status) = trail.status.seen_mut() {
                        status.is_logging = false;
                        status.stop_logging_time = Some(now);
                    }
                });
            }
            Self::PutRule { target, rule } => {
                if let Some(rules) = at(snapshot, target).event_rules.seen_mut() {
                    rules.insert(rule.name.clone(), rule.clone());
                }
            }
            Self::PutTargets { target, rule, id, arn } => {
                if let Some(targets) = rule_targets(snapshot, target, rule) {
                    let made = EventTarget { arn: arn.clone(), role_arn: None, unread: Vec::new() };
                    targets.insert(id.clone(), made);
                }
            }
            Self::RemoveTargets { target, rule, id } => {
                if let Some(targets) = rule_targets(snapshot, target, rule) {
                    targets.remove(id);
                }
            }
            Self::CreateTopic { topic, .. } => {
                let made = Topic {
                    attributes: Observed::Seen(TopicAttributes::of_new(topic)),
                    subscriptions: Observed::Seen(BTreeMap::new()),
                    counters: BTreeMap::new(),
                };
                if let Some(target) = topic.target() {
                    at(snapshot, &target).topics.insert(topic.clone(), made);
                }
            }
            Self::DeleteTopic { topic } => {
                let gone = Topic {
                    attributes: Observed::Absent,
                    subscriptions: Observed::Absent,
                    counters: BTreeMap::new(),
                };
                each_topic(snapshot, topic, |topic| *topic = gone.clone());
            }
            Self::SetTopicAttributes { topic, attribute, value } => {
                each_topic(snapshot, topic, |topic| {
                    let Some(attributes) = topic.attributes.seen_mut() else { return };
                    let value = Some(value.clone()).filter(|value| !value.is_empty());
                    match attribute.as_str() {
                        "Policy" => attributes.policy = value,
                        "KmsMasterKeyId" => attributes.kms_master_key_id = value,
                        _ => {}
                    }
                });
            }
            Self::Subscribe { topic, protocol, endpoint } => {
                let made = subscription(topic, protocol, endpoint);
                each_topic(snapshot, topic, |topic| {
                    insert(
                        &mut topic.subscriptions,
                        &format!("{protocol}:{endpoint}"),
                        made.clone(),
                    );
                });
            }
            Self::Unsubscribe { topic, subscription } => each_topic(snapshot, topic, |topic| {
                if let Some(all) = topic.subscriptions.seen_mut() {
                    all.retain(|_, one| one.subscription_arn != subscription.as_str());
                }
            }),
            Self::SetSubscriptionAttributes { topic, subscription, attribute, value } => {
                each_topic(snapshot, topic, |topic| {
                    let all = topic.subscriptions.seen_mut();
                    let all = all.into_iter().flat_map(|all| all.values_mut());
                    for counted in topic.counters.values_mut() {
                        *counted = Observed::Seen(Vec::new());
                    }
                    for one in all.filter(|one| one.subscription_arn == subscription.as_str()) {
                        if let Some(attributes) = one.attributes.seen_mut()
                            && attribute == "FilterPolicy"
                        {
                            let policy = Some(value.clone()).filter(|value| value != "{}");
                            attributes.filter_policy = policy;
                        }
                    }
                });
            }
            Self::CancelKeyDeletion { key, .. } | Self::DisableKey { key, .. } => {
                set_key_state(snapshot, key, "Disabled");
            }
            Self::CreateKey { target, alias, policy, .. } => {
                let made = Key {
                    metadata: Observed::Seen(KeyMetadata {
                        arn: Arn::of_resource("kms", target, alias),
                        key_manager: Some("CUSTOMER".to_owned()),
                        key_state: Some("Enabled".to_owned()),
                        deletion_date: None,
                    }),
                    policy: Observed::Seen(policy.clone()),
                    grants: Observed::Seen(Vec::new()),
                };
                at(snapshot, target).keys.insert(alias.clone(), made);
            }
            Self::DeleteAlias { target, alias } => {
                let gone = Key { metadata: Observed::Absent, ..Key::default() };
                at(snapshot, target).keys.insert(alias.clone(), gone);
            }
            Self::EnableKey { key, .. } => set_key_state(snapshot, key, "Enabled"),
            Self::ScheduleKeyDeletion { key, .. } => {
                set_key_state(snapshot, key, "PendingDeletion");
            }
            Self::PutKeyPolicy { key, policy, .. } => each_key(snapshot, key, |key| {
                key.policy = Observed::Seen(policy.clone());
            }),
            Self::PutMetricAlarm { target, alarm, .. } => {
                let now = snapshot.taken_at;
                if let Some(alarms) = at(snapshot, target).alarms.seen_mut() {
                    let mut put = (**alarm).clone();
                    put.alarm_configuration_updated_timestamp = Some(now);
                    alarms.metric_alarms.insert(alarm.alarm_name.clone(), put);
                }
            }
            Self::PutCompositeAlarm { target, alarm } => {
                if let Some(alarms) = at(snapshot, target).alarms.seen_mut() {
                    alarms.composite_alarms.insert(alarm.alarm_name.clone(), (**alarm).clone());
                }
            }
            Self::DeleteAlarms { target, alarm } => {
                if let Some(alarms) = at(snapshot, target).alarms.seen_mut() {
                    alarms.metric_alarms.remove(alarm);
                    alarms.composite_alarms.remove(alarm);
                    alarms.log_alarms.remove(alarm);
                }
            }
            Self::EnableAlarmActions { target, alarm } => {
                set_actions_enabled(snapshot, target, alarm, true);
            }
            Self::DisableAlarmActions { target, alarm } => {
                set_actions_enabled(snapshot, target, alarm, false);
            }
            Self::SetAlarmState { target, alarm, state, .. } => {
                let now = snapshot.taken_at;
                let Some(alarms) = at(snapshot, target).alarms.seen_mut() else { return };
                if let Some(alarm) = alarms.metric_alarms.get_mut(alarm) {
                    alarm.state_value.clone_from(state);
                    alarm.state_transitioned_timestamp = Some(now);
                    alarm.state_updated_timestamp = Some(now);
                }
                if let Some(alarm) = alarms.composite_alarms.get_mut(alarm) {
                    alarm.state_value.clone_from(state);
                    alarm.state_transitioned_timestamp = Some(now);
                }
                if let Some(alarm) = alarms.log_alarms.get_mut(alarm) {
                    alarm.state_value = Some(state.clone());
                    alarm.state_transitioned_timestamp = Some(now);
                }
            }
            Self::PutAlarmMuteRule { target, rule } => {
                let name = rule.alarm_mute_rule_arn.name().to_owned();
                insert(&mut at(snapshot, target).alarm_mute_rules, &name, (**rule).clone());
            }
            Self::DeleteAlarmMuteRule { target, rule } => {
                remove(&mut at(snapshot, target).alarm_mute_rules, rule);
            }
            // Nothing of it is in a snapshot.
            Self::PutPublicAccessBlock { .. }
            | Self::PutBucketEncryption { .. }
            | Self::PutBucketLifecycleConfiguration { .. }
            | Self::PutBucketTagging { .. } => {}
            Self::PutDashboard { target, dashboard, body } => {
                let dashboards = &mut at(snapshot, target).dashboards;
                dashboards.insert(dashboard.clone(), Observed::Seen(body.clone()));
            }
            Self::DeleteDashboards { target, dashboard } => {
                at(snapshot, target).dashboards.insert(dashboard.clone(), Observed::Absent);
            }
        }
    }
}

fn at<'a>(snapshot: &'a mut Snapshot, target: &Target) -> &'a mut Observations {
    snapshot.targets.entry(target.clone()).or_default()
}

fn in_account<'a>(
    snapshot: &'a mut Snapshot,
    account: &str,
) -> impl Iterator<Item = (&'a Target, &'a mut Observations)> {
    snapshot.targets.iter_mut().filter(move |(target, _)| target.account.as_str() == account)
}

fn insert<T>(list: &mut Observed<BTreeMap<String, T>>, name: &str, item: T) {
    if let Some(list) = list.seen_mut() {
        list.insert(name.to_owned(), item);
    }
}

fn remove<K: Ord, T>(list: &mut Observed<BTreeMap<K, T>>, name: &K) {
    if let Some(list) = list.seen_mut() {
        list.remove(name);
    }
}

fn group<'a>(snapshot: &'a mut Snapshot, target: &Target, name: &str) -> Option<&'a mut LogGroup> {
    at(snapshot, target).log_groups.seen_mut()?.get_mut(name)
}

fn rule_targets<'a>(
    snapshot: &'a mut Snapshot,
    target: &Target,
    rule: &str,
) -> Option<&'a mut BTreeMap<String, EventTarget>> {
    at(snapshot, target).event_rules.seen_mut()?.get_mut(rule)?.targets.seen_mut()
}

fn each_secret(snapshot: &mut Snapshot, arn: &Arn, change: impl Fn(&mut Secret)) {
    let secrets = snapshot.targets.values_mut().flat_map(|at| at.secrets.values_mut());
    secrets.filter_map(Observed::seen_mut).filter(|secret| is_secret(secret, arn)).for_each(change);
}

fn each_role(snapshot: &mut Snapshot, arn: &Arn, change: impl Fn(&mut Role)) {
    snapshot.targets.values_mut().filter_map(|at| at.roles.get_mut(arn)).for_each(change);
}

/// A bucket is called in its own Region, and was seen in that of its trail.
fn each_bucket(snapshot: &mut Snapshot, target: &Target, name: &str, change: impl Fn(&mut Bucket)) {
    if !snapshot.targets.values().any(|at| at.buckets.contains_key(name)) {
        at(snapshot, target).buckets.insert(name.to_owned(), Bucket::default());
    }
    snapshot.targets.values_mut().filter_map(|at| at.buckets.get_mut(name)).for_each(change);
}

fn each_topic(snapshot: &mut Snapshot, arn: &Arn, change: impl Fn(&mut Topic)) {
    snapshot.targets.values_mut().filter_map(|at| at.topics.get_mut(arn)).for_each(change);
}

fn each_key(snapshot: &mut Snapshot, id: &str, change: impl Fn(&mut Key)) {
    for at in snapshot.targets.values_mut() {
        for (name, key) in &mut at.keys {
            if name == id || key.metadata.seen().is_some_and(|data| data.arn == *id) {
                change(key);
            }
        }
    }
}

fn set_key_state(snapshot: &mut Snapshot, id: &str, state: &str) {
    each_key(snapshot, id, |key| {
        if let Some(data) = key.metadata.seen_mut() {
            data.key_state = Some(state.to_owned());
            data.deletion_date = None;
        }
    });
}

fn set_actions_enabled(snapshot: &mut Snapshot, target: &Target, alarm: &str, enabled: bool) {
    let Some(alarms) = at(snapshot, target).alarms.seen_mut() else { return };
    if let Some(alarm) = alarms.metric_alarms.get_mut(alarm) {
        alarm.actions_enabled = enabled;
    }
    if let Some(alarm) = alarms.composite_alarms.get_mut(alarm) {
        alarm.actions_enabled = enabled;
    }
    if let Some(alarm) = alarms.log_alarms.get_mut(alarm) {
        alarm.actions_enabled = enabled;
    }
}

fn each_trail(snapshot: &mut Snapshot, arn: &Arn, change: impl Fn(&mut Trail)) {
    snapshot.targets.values_mut().filter_map(|at| at.trail_mut(arn)).for_each(change);
}

fn update_trail(trail: &mut Trail, set: &TrailSettings) {
    let put = |slot: &mut Option<String>, value: &Option<String>| {
        if let Some(value) = value {
            *slot = Some(value.clone()).filter(|value| !value.is_empty());
        }
    };
    trail.is_multi_region_trail = set.is_multi_region_trail.unwrap_or(trail.is_multi_region_trail);
    if set.include_global_service_events.is_some() {
        trail.include_global_service_events = set.include_global_service_events;
    }
    put(&mut trail.cloud_watch_logs_log_group_arn, &set.cloud_watch_logs_log_group_arn);
    put(&mut trail.cloud_watch_logs_role_arn, &set.cloud_watch_logs_role_arn);
    put(&mut trail.sns_topic_arn, &set.sns_topic_name);
}

/// Where delivery was mended, the last attempt says nothing any more: whether the next one succeeds
/// is what role and group say.
fn delivers_anew(snapshot: &mut Snapshot, is: impl Fn(&Trail) -> bool) {
    let now = snapshot.taken_at;
    for at in snapshot.targets.values_mut() {
        let here = at.trails.seen_mut().into_iter().flat_map(|trails| trails.values_mut());
        let elsewhere = at.trails_elsewhere.seen_mut().into_iter().flatten();
        let elsewhere = elsewhere.filter_map(|(_, trail)| trail.seen_mut());
        for trail in here.chain(elsewhere).filter(|trail| is(trail)) {
            if let Some(status) = trail.status.seen_mut() {
                status.latest_cloud_watch_logs_delivery_error = None;
                status.latest_cloud_watch_logs_delivery_time = Some(now);
            }
        }
    }
}

/// A trail of all Regions shows in every Region of its account.
fn show_everywhere(snapshot: &mut Snapshot, arn: &Arn) {
    let Some(trail) = snapshot.targets.values().find_map(|at| at.trail(arn)).cloned() else {
        return;
    };
    for (_, at) in in_account(snapshot, arn.account()) {
        if let Some(elsewhere) = at.trails_elsewhere.seen_mut() {
            elsewhere.remove(arn);
        }
        if let Some(trails) = at.trails.seen_mut() {
            trails.entry(arn.clone()).or_insert_with(|| trail.clone());
        }
    }
}

fn create_trail(snapshot: &mut Snapshot, arn: &Arn, bucket: &str) {
    let selectors = EventSelectors {
        event_selectors: vec![EventSelector {
            read_write_type: Some("All".to_owned()),
            include_management_events: Some(true),
            ..EventSelector::default()
        }],
        ..EventSelectors::default()
    };
    let trail = Trail {
        name: arn.name().to_owned(),
        trail_arn: arn.clone(),
        home_region: arn.region().to_owned(),
        is_multi_region_trail: true,
        is_organization_trail: false,
        s3_bucket_name: Some(bucket.to_owned()),
        s3_key_prefix: None,
        sns_topic_arn: None,
        cloud_watch_logs_log_group_arn: None,
        cloud_watch_logs_role_arn: None,
        kms_key_id: None,
        include_global_service_events: Some(true),
        log_file_validation_enabled: Some(true),
        has_custom_event_selectors: Some(false),
        status: Observed::Seen(TrailStatus::default()),
        selectors: Observed::Seen(selectors),
    };
    for (_, at) in in_account(snapshot, arn.account()) {
        if let Some(trails) = at.trails.seen_mut() {
            trails.insert(arn.clone(), trail.clone());
        }
    }
}

fn subscription(topic: &Arn, protocol: &str, endpoint: &str) -> Subscription {
    let waits = matches!(protocol, "email" | "email-json" | "http" | "https");
    Subscription {
        subscription_arn: match waits {
            true => PENDING.to_owned(),
            // AWS chooses the id.
            false => format!("{topic}:00000000-0000-0000-0000-000000000000"),
        },
        owner: Some(topic.account().to_owned()),
        protocol: protocol.to_owned(),
        endpoint: endpoint.to_owned(),
        attributes: match waits {
            true => Observed::NotAsked,
            false => Observed::Seen(SubscriptionAttributes::default()),
        },
    }
}
