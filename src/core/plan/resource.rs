//! What a call changes: how it is read again, and how it is configured. Its lines are one arm for
//! each kind of resource.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Write;
use crate::route::{Read, What};
use crate::snapshot::{Arn, Key, Observed, Role, Secret, Snapshot, Subscription, Target, Trail};

/// Something that a plan changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "AWS's own words")]
pub enum Resource {
    Secret { target: Target, secret: Arn },
    LogGroup { target: Target, name: String },
    MetricFilter { target: Target, log_group: String, name: String },
    Role { target: Target, role: Arn },
    Bucket { target: Target, name: String },
    Trail { target: Target, trail: Arn },
    EventRule { target: Target, name: String },
    EventTarget { target: Target, rule: String, id: String },
    Topic { target: Target, topic: Arn },
    Subscription { target: Target, topic: Arn, endpoint: String },
    Key { target: Target, key: String },
    Alarm { target: Target, name: String },
    AlarmMuteRule { target: Target, name: String },
    Dashboard { target: Target, name: String },
}

impl Resource {
    /// Where it is.
    pub fn target(&self) -> &Target {
        match self {
            Self::Secret { target, .. }
            | Self::LogGroup { target, .. }
            | Self::MetricFilter { target, .. }
            | Self::Role { target, .. }
            | Self::Bucket { target, .. }
            | Self::Trail { target, .. }
            | Self::EventRule { target, .. }
            | Self::EventTarget { target, .. }
            | Self::Topic { target, .. }
            | Self::Subscription { target, .. }
            | Self::Key { target, .. }
            | Self::Alarm { target, .. }
            | Self::AlarmMuteRule { target, .. }
            | Self::Dashboard { target, .. } => target,
        }
    }

    /// What is still to be read of it.
    pub fn reads(&self, seen: &Snapshot) -> BTreeSet<Read> {
        let target = self.target();
        let at = seen.at(target);
        let mut what = Vec::new();
        match self {
            Self::Secret { secret, .. } => {
                what.push(What::DescribeSecret { secret: secret.to_string() });
            }
            Self::LogGroup { .. } => what.push(What::DescribeLogGroups),
            Self::MetricFilter { .. } => what.push(What::DescribeMetricFilters),
            Self::Role { role, .. } => {
                what.push(What::GetRole { role: role.clone() });
                what.push(What::ListRolePolicies { role: role.clone() });
                what.push(What::ListAttachedRolePolicies { role: role.clone() });
                let policies = at.roles.get(role).and_then(|role| role.inline_policies.seen());
                for policy in policies.into_iter().flat_map(|policies| policies.keys()) {
                    let policy = policy.clone();
                    what.push(What::GetRolePolicy { role: role.clone(), policy });
                }
            }
            Self::Bucket { name, .. } => what.push(What::GetBucketPolicy { bucket: name.clone() }),
            Self::Trail { trail, .. } => {
                what.push(What::DescribeTrails);
                if at.trail(trail).is_some() {
                    let home_region = target.region.to_string();
                    let trail = trail.clone();
                    let of_home = (trail.clone(), home_region.clone());
                    what.push(What::GetTrailStatus { trail, home_region });
                    let (trail, home_region) = of_home;
                    what.push(What::GetEventSelectors { trail, home_region });
                }
            }
            Self::EventRule { .. } => what.push(What::ListRules),
            Self::EventTarget { rule, .. } => {
                what.push(What::ListRules);
                if at.event_rules.seen().is_some_and(|rules| rules.contains_key(rule)) {
                    what.push(What::ListTargetsByRule { rule: rule.clone() });
                }
            }
            Self::Topic { topic, .. } => {
                what.push(What::GetTopicAttributes { topic: topic.clone() });
            }
            Self::Subscription { topic, endpoint, .. } => {
                what.push(What::ListSubscriptionsByTopic { topic: topic.clone() });
                if let Some((key, found)) = subscription(seen, target, topic, endpoint)
                    && let Ok(subscription) = found.subscription_arn.parse::<Arn>()
                {
                    let (topic, key) = (topic.clone(), key.clone());
                    what.push(What::GetSubscriptionAttributes { topic, key, subscription });
                }
            }
            Self::Key { key, .. } => {
                what.push(What::DescribeKey { key: key.clone() });
                // Only DescribeKey takes an alias.
                let metadata = at.keys.get(key).and_then(|key| key.metadata.seen());
                let key_id = match (key.starts_with("alias/"), metadata) {
                    (false, _) => Some(key.clone()),
                    (true, metadata) => metadata.map(|metadata| metadata.arn.to_string()),
                };
                if let Some(key_id) = key_id {
                    what.push(What::GetKeyPolicy { key: key.clone(), key_id });
                }
            }
            Self::Alarm { .. } => what.push(What::DescribeAlarms),
            Self::AlarmMuteRule { name, .. } => {
                what.push(What::ListAlarmMuteRules);
                let rules = at.alarm_mute_rules.seen();
                if rules.is_some_and(|rules| rules.contains_key(name)) {
                    what.push(What::GetAlarmMuteRule { rule: name.clone() });
                }
            }
            Self::Dashboard { name, .. } => {
                what.push(What::GetDashboard { dashboard: name.clone() });
            }
        }
        what.into_iter().map(|what| Read { target: target.clone(), what }).collect()
    }

    /// What of it is named and not read yet, wherever that was seen: documents of a role's policies.
    pub(super) fn unread(&self, seen: &Snapshot) -> BTreeSet<Read> {
        let Self::Role { role, .. } = self else { return BTreeSet::new() };
        let mut unread = BTreeSet::new();
        for (target, at) in &seen.targets {
            let policies = at.roles.get(role).and_then(|role| role.inline_policies.seen());
            for (policy, text) in policies.into_iter().flatten() {
                if text.is_not_asked() {
                    let what = What::GetRolePolicy { role: role.clone(), policy: policy.clone() };
                    unread.insert(Read { target: target.clone(), what });
                }
            }
        }
        unread
    }

    /// How it is configured, as far as that was seen: what people set, and nothing that changes by
    /// itself.
    pub fn configuration(&self, snapshot: &Snapshot) -> Observed<Value> {
        let at = snapshot.at(self.target());
        match self {
            Self::Secret { secret, .. } => of_secret(snapshot, secret),
            Self::LogGroup { name, .. } => one(&at.log_groups, |groups| {
                let group = groups.get(name)?;
                Some(json!({
                    "logGroupClass": group.log_group_class.as_deref().unwrap_or("STANDARD"),
                    "retentionInDays": group.retention_in_days,
                    "kmsKeyId": group.kms_key_id,
                }))
            }),
            Self::MetricFilter { log_group, name, .. } => one(&at.metric_filters, |filters| {
                let mut filter = filters.get(log_group)?.get(name)?.clone();
                filter.creation_time = None;
                Some(json!(filter))
            }),
            Self::Role { role, .. } => of_role(snapshot, role),
            Self::Bucket { name, .. } => {
                let policies = snapshot.targets.values().filter_map(|at| at.buckets.get(name));
                let policies = policies.map(|bucket| &bucket.policy);
                match policies.min_by_key(|policy| policy.is_not_asked()) {
                    Some(policy) if is_no_bucket(policy) => Observed::Absent,
                    Some(Observed::Absent) => Observed::Seen(json!({ "Policy": null })),
                    Some(policy) => {
                        policy.as_ref().map(|policy| json!({ "Policy": document(policy) }))
                    }
                    None => Observed::NotAsked,
                }
            }
            Self::Trail { trail, .. } => of_trail(snapshot, trail),
            Self::EventRule { name, .. } => one(&at.event_rules, |rules| {
                let mut rule = rules.get(name)?.clone();
                rule.targets = Observed::NotAsked;
                rule.event_pattern = rule.event_pattern.map(|text| parsed(&text).to_string());
                Some(json!(rule))
            }),
            Self::EventTarget { rule, id, .. } => {
                let rule = at.event_rules.as_ref().map(|rules| rules.get(rule));
                match rule {
                    Observed::Seen(None) => Observed::Absent,
                    Observed::Seen(Some(rule)) => {
                        one(&rule.targets, |targets| targets.get(id).map(|target| json!(target)))
                    }
                    unseen => unseen.map(|_| Value::Null),
                }
            }
            Self::Topic { topic, .. } => match at.topics.get(topic) {
                None => Observed::NotAsked,
                Some(seen) => seen.attributes.as_ref().map(|attributes| {
                    json!({
                        "Policy": attributes.policy.as_deref().map(document),
                        "KmsMasterKeyId": attributes.kms_master_key_id,
                    })
                }),
            },
            Self::Subscription { topic, endpoint, .. } => {
                let listed = at.topics.get(topic).map(|topic| &topic.subscriptions);
                let Some(listed) = listed else { return Observed::NotAsked };
                one(listed, |_| {
                    let (_, found) = subscription(snapshot, self.target(), topic, endpoint)?;
                    let attributes = found.attributes.seen();
                    let policy =
                        attributes.and_then(|attributes| attributes.filter_policy.as_ref());
                    let policy = policy.map(|policy| parsed(policy));
                    Some(json!({
                        "Protocol": found.protocol,
                        "Endpoint": found.endpoint,
                        "FilterPolicy": policy.filter(|policy| *policy != json!({})),
                    }))
                })
            }
            Self::Key { key, .. } => of_key(snapshot, key),
            Self::Alarm { name, .. } => one(&at.alarms, |alarms| {
                if let Some(alarm) = alarms.metric_alarms.get(name) {
                    let mut settings = json!(alarm);
                    keep(&mut settings, |field| {
                        !field.starts_with("State")
                            && !field.ends_with("Timestamp")
                            && field != "EvaluationState"
                    });
                    return Some(settings);
                }
                if let Some(alarm) = alarms.composite_alarms.get(name) {
                    let mut settings = json!(alarm);
                    keep(&mut settings, |field| {
                        !field.starts_with("State")
                            && !field.ends_with("Timestamp")
                            && !field.starts_with("ActionsSuppressed")
                    });
                    return Some(settings);
                }
                let alarm = alarms.log_alarms.get(name)?;
                Some(json!({ "ActionsEnabled": alarm.actions_enabled }))
            }),
            Self::AlarmMuteRule { name, .. } => one(&at.alarm_mute_rules, |rules| {
                let rule = rules.get(name)?;
                Some(json!({
                    "Schedule": rule.schedule,
                    "MuteTargets": rule.targets.seen(),
                    "Description": rule.description,
                    "ExpireDate": rule.expire_date,
                }))
            }),
            Self::Dashboard { name, .. } => match at.dashboards.get(name) {
                None => Observed::NotAsked,
                Some(body) => body.as_ref().map(|body| json!({ "DashboardBody": parsed(body) })),
            },
        }
    }
}

impl Write {
    /// What it changes.
    pub fn resource(&self) -> Option<Resource> {
        let target = self.target()?;
        Some(match self {
            Self::CreateSecret { secret, .. }
            | Self::RestoreSecret { secret }
            | Self::DeleteSecret { secret, .. } => {
                Resource::Secret { target, secret: secret.clone() }
            }
            Self::CreateLogGroup { log_group, .. }
            | Self::PutRetentionPolicy { log_group, .. }
            | Self::DeleteRetentionPolicy { log_group, .. }
            | Self::DeleteLogGroup { log_group, .. } => {
                Resource::LogGroup { target, name: log_group.clone() }
            }
            Self::PutMetricFilter { filter, .. } => Resource::MetricFilter {
                target,
                log_group: filter.log_group_name.clone(),
                name: filter.filter_name.clone(),
            },
            Self::DeleteMetricFilter { log_group, filter, .. } => Resource::MetricFilter {
                target,
                log_group: log_group.clone(),
                name: filter.clone(),
            },
            Self::CreateRole { role, .. }
            | Self::DeleteRole { role }
            | Self::UpdateAssumeRolePolicy { role, .. }
            | Self::PutRolePolicy { role, .. }
            | Self::DeleteRolePolicy { role, .. } => Resource::Role { target, role: role.clone() },
            Self::CreateBucket { bucket, .. }
            | Self::DeleteBucket { bucket, .. }
            | Self::PutPublicAccessBlock { bucket, .. }
            | Self::PutBucketEncryption { bucket, .. }
            | Self::PutBucketLifecycleConfiguration { bucket, .. }
            | Self::PutBucketTagging { bucket, .. }
            | Self::PutBucketPolicy { bucket, .. }
            | Self::DeleteBucketPolicy { bucket, .. } => {
                Resource::Bucket { target, name: bucket.clone() }
            }
            Self::CreateTrail { trail, .. }
            | Self::DeleteTrail { trail, .. }
            | Self::UpdateTrail { trail, .. }
            | Self::PutEventSelectors { trail, .. }
            | Self::StartLogging { trail, .. }
            | Self::StopLogging { trail, .. } => Resource::Trail { target, trail: trail.clone() },
            Self::PutTargets { rule, id, .. } | Self::RemoveTargets { rule, id, .. } => {
                Resource::EventTarget { target, rule: rule.clone(), id: id.clone() }
            }
            Self::PutRule { rule, .. } => Resource::EventRule { target, name: rule.name.clone() },
            Self::CreateTopic { topic, .. }
            | Self::DeleteTopic { topic }
            | Self::SetTopicAttributes { topic, .. } => {
                Resource::Topic { target, topic: topic.clone() }
            }
            Self::Subscribe { topic, protocol, endpoint } => Resource::Subscription {
                target,
                topic: topic.clone(),
                endpoint: format!("{protocol} {endpoint}"),
            },
            Self::Unsubscribe { topic, subscription }
            | Self::SetSubscriptionAttributes { topic, subscription, .. } => {
                Resource::Subscription {
                    target,
                    topic: topic.clone(),
                    endpoint: subscription.to_string(),
                }
            }
            Self::CreateKey { alias, .. } | Self::DeleteAlias { alias, .. } => {
                Resource::Key { target, key: alias.clone() }
            }
            Self::CancelKeyDeletion { key, .. }
            | Self::ScheduleKeyDeletion { key, .. }
            | Self::EnableKey { key, .. }
            | Self::DisableKey { key, .. }
            | Self::PutKeyPolicy { key, .. } => Resource::Key { target, key: key.clone() },
            Self::PutMetricAlarm { alarm, .. } => {
                Resource::Alarm { target, name: alarm.alarm_name.clone() }
            }
            Self::PutCompositeAlarm { alarm, .. } => {
                Resource::Alarm { target, name: alarm.alarm_name.clone() }
            }
            Self::DeleteAlarms { alarm, .. }
            | Self::EnableAlarmActions { alarm, .. }
            | Self::DisableAlarmActions { alarm, .. }
            | Self::SetAlarmState { alarm, .. } => Resource::Alarm { target, name: alarm.clone() },
            Self::PutAlarmMuteRule { rule, .. } => {
                let name = rule.alarm_mute_rule_arn.name().to_owned();
                Resource::AlarmMuteRule { target, name }
            }
            Self::DeleteAlarmMuteRule { rule, .. } => {
                Resource::AlarmMuteRule { target, name: rule.clone() }
            }
            Self::PutDashboard { dashboard, .. } | Self::DeleteDashboards { dashboard, .. } => {
                Resource::Dashboard { target, name: dashboard.clone() }
            }
        })
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret { secret, .. } => write!(f, "secret {}", secret.name()),
            Self::LogGroup { name, .. } => write!(f, "log group {name}"),
            Self::MetricFilter { log_group, name, .. } => {
                write!(f, "metric filter {name} of log group {log_group}")
            }
            Self::Role { role, .. } => write!(f, "role {}", role.name()),
            Self::Bucket { name, .. } => write!(f, "bucket {name}"),
            Self::Trail { trail, .. } => write!(f, "trail {}", trail.name()),
            Self::EventRule { name, .. } => write!(f, "event rule {name}"),
            Self::EventTarget { rule, id, .. } => write!(f, "target {id} of event rule {rule}"),
            Self::Topic { topic, .. } => write!(f, "topic {}", topic.name()),
            Self::Subscription { topic, endpoint, .. } => match endpoint.parse::<Arn>() {
                Ok(_) => write!(f, "subscription {endpoint}"),
                Err(_) => write!(f, "subscription of {endpoint} to topic {}", topic.name()),
            },
            Self::Key { key, .. } => write!(f, "key {key}"),
            Self::Alarm { name, .. } => write!(f, "alarm {name}"),
            Self::AlarmMuteRule { name, .. } => write!(f, "alarm mute rule {name}"),
            Self::Dashboard { name, .. } => write!(f, "dashboard {name}"),
        }
    }
}

/// One of a list: absent where the list was seen without it.
fn one<T>(list: &Observed<T>, find: impl Fn(&T) -> Option<Value>) -> Observed<Value> {
    match list.as_ref().map(find) {
        Observed::Seen(Some(found)) => Observed::Seen(found),
        Observed::Seen(None) => Observed::Absent,
        unseen => unseen.map(Option::unwrap_or_default),
    }
}

/// Whether S3 said that there is no such bucket at all.
pub(super) fn is_no_bucket(policy: &Observed<String>) -> bool {
    matches!(policy, Observed::Failed { reason } if reason.contains("NoSuchBucket"))
}

/// The JSON of a text; of one that is none, the text.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

/// Whether two policy documents mean the same, in whatever form AWS gives them back.
pub fn is_same_document(one: &str, other: &str) -> bool {
    document(one) == document(other)
}

/// The JSON of a policy document. AWS gives lists back in another order, and those of one item as the
/// item, which mean the same there.
pub(super) fn document(text: &str) -> Value {
    let mut document = parsed(text);
    sort_lists(&mut document);
    document
}

fn sort_lists(value: &mut Value) {
    match value {
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            if let [item] = items.as_mut_slice() {
                *value = item.take();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(sort_lists),
        Value::Object(fields) => fields.values_mut().for_each(sort_lists),
        _ => {}
    }
}

fn keep(object: &mut Value, wanted: impl Fn(&str) -> bool) {
    if let Some(object) = object.as_object_mut() {
        object.retain(|field, _| wanted(field));
    }
}

/// Whether it is the secret of an ARN, with or without the six characters at its end.
pub(super) fn is_secret(secret: &Secret, arn: &Arn) -> bool {
    let whole = secret.arn.as_str();
    let rest = whole.strip_prefix(arn.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.len() == 7 && rest.starts_with('-'))
}

fn of_secret(snapshot: &Snapshot, arn: &Arn) -> Observed<Value> {
    let secrets = || snapshot.targets.values().flat_map(|at| &at.secrets);
    let is = |secret: &Secret| is_secret(secret, arn);
    let found = secrets().filter_map(|(_, secret)| secret.seen()).find(|secret| is(secret));
    match found {
        Some(secret) => {
            Observed::Seen(json!({ "scheduled for deletion": secret.deleted_date.is_some() }))
        }
        None => match secrets().find(|(id, _)| id.as_str() == arn.as_str()) {
            Some((_, unseen)) => unseen.as_ref().map(|_| Value::Null),
            None => Observed::NotAsked,
        },
    }
}

fn of_role(snapshot: &Snapshot, arn: &Arn) -> Observed<Value> {
    let roles = snapshot.targets.values().filter_map(|at| at.roles.get(arn));
    let Some(role) = roles.max_by_key(|role| seen_parts(role)) else {
        return Observed::NotAsked;
    };
    let Some(detail) = role.role.seen() else {
        return role.role.as_ref().map(|_| Value::Null);
    };
    let Some(policies) = role.inline_policies.seen() else {
        return role.inline_policies.as_ref().map(|_| Value::Null);
    };
    let policies: BTreeMap<&String, Option<Value>> = policies
        .iter()
        .map(|(name, text)| (name, text.seen().map(|text| document(text))))
        .collect();
    Observed::Seen(json!({
        "AssumeRolePolicyDocument": document(&detail.assume_role_policy_document),
        "PermissionsBoundary": detail.permissions_boundary_arn,
        "inline policies": policies,
    }))
}

fn seen_parts(role: &Role) -> u8 {
    u8::from(role.role.seen().is_some()) + u8::from(role.inline_policies.seen().is_some())
}

fn of_trail(snapshot: &Snapshot, arn: &Arn) -> Observed<Value> {
    let trails = snapshot.targets.values().filter_map(|at| at.trail(arn));
    let seen = |trail: &&Trail| {
        u8::from(trail.status.seen().is_some()) + u8::from(trail.selectors.seen().is_some())
    };
    let Some(trail) = trails.max_by_key(seen) else {
        let lists =
            snapshot.targets.iter().filter(|(target, _)| arn.target().as_ref() == Some(target));
        let mut lists = lists.map(|(_, at)| at.trails.as_ref().map(|_| ()));
        return match lists.next() {
            Some(Observed::Seen(())) => Observed::Absent,
            Some(unseen) => unseen.map(|()| Value::Null),
            None => Observed::NotAsked,
        };
    };
    let mut settings = json!(trail);
    keep(&mut settings, |field| {
        !matches!(field, "status" | "selectors" | "HasCustomEventSelectors")
    });
    let logs = trail.status.as_ref().map(|status| status.is_logging);
    let Some(is_logging) = logs.seen() else {
        return logs.map(Value::from);
    };
    settings["IsLogging"] = json!(is_logging);
    // Whoever may not see them can still start a trail.
    settings["EventSelectors"] = json!(trail.selectors.seen());
    Observed::Seen(settings)
}

fn of_key(snapshot: &Snapshot, key: &str) -> Observed<Value> {
    let keys = snapshot.targets.values().flat_map(|at| &at.keys);
    let is = |(name, seen): &(&String, &Key)| {
        name.as_str() == key || seen.metadata.seen().is_some_and(|data| data.arn == *key)
    };
    let found = keys.filter(is).map(|(_, seen)| seen);
    let found = found.max_by_key(|key| {
        u8::from(key.metadata.seen().is_some()) + u8::from(key.policy.seen().is_some())
    });
    let Some(found) = found else { return Observed::NotAsked };
    found.metadata.as_ref().map(|data| {
        json!({
            "KeyState": data.key_state,
            "Policy": found.policy.seen().map(|policy| document(policy)),
        })
    })
}

/// The subscription of an endpoint (`email soc@example.org`) or with an ARN.
fn subscription<'a>(
    snapshot: &'a Snapshot,
    target: &Target,
    topic: &Arn,
    endpoint: &str,
) -> Option<(&'a String, &'a Subscription)> {
    let subscriptions = snapshot.at(target).topics.get(topic)?.subscriptions.seen()?;
    subscriptions.iter().find(|(_, subscription)| {
        subscription.subscription_arn == endpoint
            || format!("{} {}", subscription.protocol, subscription.endpoint) == endpoint
    })
}
