//! How a call is taken back.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Tags, TrailSettings, Write};
use crate::snapshot::{Arn, Key, Observed, Snapshot, Trail};

/// How long SNS keeps a subscription that nobody confirms.
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html>
pub const UNCONFIRMED_HOURS: i64 = 48;
/// The waiting periods that KMS and Secrets Manager take.
const DELETION_DAYS: RangeInclusive<i64> = 7..=30;

/// What takes a call back.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The calls, in order.
    pub writes: Vec<Write>,
    /// What stays all the same, or is not as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remnant: Option<String>,
}

impl Undo {
    fn by(write: Write) -> Self {
        Self { writes: vec![write], remnant: None }
    }

    fn leaving(mut self, remnant: impl Into<String>) -> Self {
        self.remnant = Some(remnant.into());
        self
    }
}

impl Write {
    /// What takes the call back in an account that was seen like this before it.
    pub fn undo(&self, before: &Snapshot) -> Undo {
        self.taken_back(before).unwrap_or_else(|| {
            let what = self.resource().map_or_else(String::new, |resource| resource.to_string());
            Undo::default().leaving(format!(
                "What was set of {what} is not brought back: it was not seen before."
            ))
        })
    }

    fn taken_back(&self, before: &Snapshot) -> Option<Undo> {
        let undo = match self {
            Self::CreateSecret { secret, .. } => Undo::by(Self::DeleteSecret {
                secret: secret.clone(),
                recovery_window_in_days: *DELETION_DAYS.start(),
            })
            .leaving(format!(
                "Secret {} is deleted {} days after it is taken back; until then nobody reads it, and \
                 its name is taken.",
                secret.name(),
                DELETION_DAYS.start()
            )),
            Self::RestoreSecret { secret } => {
                let secrets = before.targets.values().flat_map(|at| at.secrets.values());
                let mut secrets = secrets.filter_map(|it| it.seen()).filter(|it| it.arn == *secret);
                let days = days_left(before, secrets.next()?.deleted_date);
                Undo::by(Self::DeleteSecret {
                    secret: secret.clone(),
                    recovery_window_in_days: days,
                })
                .leaving(format!(
                    "Secret {} is deleted {days} days after it is taken back, not on the day that \
                     was set before.",
                    secret.name()
                ))
            }
            Self::CreateLogGroup { target, log_group, .. } => {
                Undo::by(Self::DeleteLogGroup { target: target.clone(), log_group: log_group.clone() })
            }
            Self::PutRetentionPolicy { target, log_group, .. } => {
                let group = before.at(target).log_groups.seen()?.get(log_group);
                let (target, log_group) = (target.clone(), log_group.clone());
                match group.and_then(|group| group.retention_in_days) {
                    Some(retention_in_days) => Undo::by(Self::PutRetentionPolicy {
                        target,
                        log_group,
                        retention_in_days,
                    }),
                    None => Undo::by(Self::DeleteRetentionPolicy { target, log_group }),
                }
            }
            Self::PutMetricFilter { target, filter } => {
                let filters = before.at(target).metric_filters.seen()?;
                let there = filters.get(&filter.log_group_name);
                Undo::by(match there.and_then(|there| there.get(&filter.filter_name)) {
                    Some(filter) => {
                        Self::PutMetricFilter { target: target.clone(), filter: filter.clone() }
                    }
                    None => Self::DeleteMetricFilter {
                        target: target.clone(),
                        log_group: filter.log_group_name.clone(),
                        filter: filter.filter_name.clone(),
                    },
                })
            }
            Self::CreateRole { role, .. } => Undo::by(Self::DeleteRole { role: role.clone() }),
            Self::UpdateAssumeRolePolicy { role, .. } => {
                let roles = before.targets.values().filter_map(|at| at.roles.get(role));
                let detail = roles.filter_map(|role| role.role.seen()).next()?;
                Undo::by(Self::UpdateAssumeRolePolicy {
                    role: role.clone(),
                    document: detail.assume_role_policy_document.clone(),
                })
            }
            Self::PutRolePolicy { role, policy, .. } => {
                let roles = before.targets.values().filter_map(|at| at.roles.get(role));
                let there = roles.filter_map(|role| role.inline_policies.seen()).next();
                Undo::by(match there.and_then(|there| there.get(policy)) {
                    Some(document) => Self::PutRolePolicy {
                        role: role.clone(),
                        policy: policy.clone(),
                        document: document.seen()?.clone(),
                    },
                    None => Self::DeleteRolePolicy { role: role.clone(), policy: policy.clone() },
                })
            }
            Self::CreateBucket { target, bucket } => {
                Undo::by(Self::DeleteBucket { target: target.clone(), bucket: bucket.clone() })
            }
            Self::PutBucketPolicy { target, bucket, .. } => {
                let buckets = before.targets.values().filter_map(|at| at.buckets.get(bucket));
                let policy = buckets.map(|bucket| &bucket.policy).find(|it| !it.is_not_asked());
                let (target, bucket) = (target.clone(), bucket.clone());
                match policy {
                    Some(Observed::Seen(policy)) => Undo::by(Self::PutBucketPolicy {
                        target,
                        bucket,
                        policy: policy.clone(),
                    }),
                    Some(Observed::Absent) => Undo::by(Self::DeleteBucketPolicy { target, bucket }),
                    _ => return None,
                }
            }
            Self::CreateTrail { trail, .. } => Undo::by(Self::DeleteTrail {
                trail: trail.clone(),
                home_region: trail.region().to_owned(),
            }),
            Self::UpdateTrail { trail, home_region, set } => Undo::by(Self::UpdateTrail {
                trail: trail.clone(),
                home_region: home_region.clone(),
                set: as_before(seen_trail(before, trail)?, set),
            }),
            Self::PutEventSelectors { trail, home_region, .. } => {
                Undo::by(Self::PutEventSelectors {
                    trail: trail.clone(),
                    home_region: home_region.clone(),
                    selectors: seen_trail(before, trail)?.selectors.seen()?.clone(),
                })
            }
            Self::StartLogging { trail, home_region } => Undo::by(Self::StopLogging {
                trail: trail.clone(),
                home_region: home_region.clone(),
            }),
            Self::PutRule { target, rule } => {
                let rules = before.at(target).event_rules.seen()?;
                let rule = rules.get(&rule.name)?.clone();
                Undo::by(Self::PutRule { target: target.clone(), rule })
            }
            // One that was there was not seen whole.
            Self::PutTargets { target, rule, id, .. } => {
                let rules = before.at(target).event_rules.seen()?;
                let is_new = !rules.get(rule)?.targets.seen()?.contains_key(id);
                return is_new.then(|| {
                    let (target, rule, id) = (target.clone(), rule.clone(), id.clone());
                    Undo::by(Self::RemoveTargets { target, rule, id })
                });
            }
            Self::CreateTopic { topic, .. } => Undo::by(Self::DeleteTopic { topic: topic.clone() }),
            Self::SetTopicAttributes { topic, attribute, .. } => {
                let topics = before.targets.values().filter_map(|at| at.topics.get(topic));
                let attributes = topics.filter_map(|topic| topic.attributes.seen()).next()?;
                let value = match attribute.as_str() {
                    "Policy" => attributes.policy.clone()?,
                    "KmsMasterKeyId" => attributes.kms_master_key_id.clone().unwrap_or_default(),
                    _ => return None,
                };
                Undo::by(Self::SetTopicAttributes {
                    topic: topic.clone(),
                    attribute: attribute.clone(),
                    value,
                })
            }
            // Its ARN is known when it is confirmed; until then it cannot be deleted.
            Self::Subscribe { topic, protocol, endpoint } => Undo::default().leaving(format!(
                "The subscription of {protocol} {endpoint} to topic {} cannot be deleted until it is \
                 confirmed; unconfirmed, SNS drops it after {UNCONFIRMED_HOURS} hours.",
                topic.name()
            )),
            Self::SetSubscriptionAttributes { topic, subscription, attribute, .. } => {
                let topics = before.targets.values().filter_map(|at| at.topics.get(topic));
                let all = topics.filter_map(|topic| topic.subscriptions.seen()).next()?;
                let one = all.values().find(|it| it.subscription_arn == subscription.as_str())?;
                let policy = one.attributes.seen()?.filter_policy.clone();
                Undo::by(Self::SetSubscriptionAttributes {
                    topic: topic.clone(),
                    subscription: subscription.clone(),
                    attribute: attribute.clone(),
                    value: policy.unwrap_or_else(|| "{}".to_owned()),
                })
            }
            Self::CreateKey { target, alias, .. } => {
                let (target, alias) = (target.clone(), alias.clone());
                let remnant = format!(
                    "The key of {alias} is deleted {} days after it is taken back; until then it \
                     costs nothing and is of no use.",
                    DELETION_DAYS.start()
                );
                let schedule = Self::ScheduleKeyDeletion {
                    target: target.clone(),
                    key: alias.clone(),
                    pending_window_in_days: i32::try_from(*DELETION_DAYS.start()).unwrap_or(i32::MAX),
                };
                let writes = vec![schedule, Self::DeleteAlias { target, alias }];
                Undo { writes, remnant: Some(remnant) }
            }
            Self::CancelKeyDeletion { target, key } => {
                let date = seen_key(before, key)?.metadata.seen()?.deletion_date;
                let days = days_left(before, date);
                Undo::by(Self::ScheduleKeyDeletion {
                    target: target.clone(),
                    key: key.clone(),
                    pending_window_in_days: i32::try_from(days).unwrap_or(i32::MAX),
                })
                .leaving(format!(
                    "Key {key} is deleted {days} days after it is taken back, not on the day that \
                     was set before."
                ))
            }
            Self::EnableKey { target, key } => {
                Undo::by(Self::DisableKey { target: target.clone(), key: key.clone() })
            }
            Self::PutKeyPolicy { target, key, .. } => Undo::by(Self::PutKeyPolicy {
                target: target.clone(),
                key: key.clone(),
                policy: seen_key(before, key)?.policy.seen()?.clone(),
            }),
            Self::PutMetricAlarm { target, alarm, .. } => {
                let alarms = before.at(target).alarms.seen()?;
                Undo::by(match alarms.metric_alarms.get(&alarm.alarm_name) {
                    Some(alarm) => Self::PutMetricAlarm {
                        target: target.clone(),
                        alarm: Box::new(alarm.clone()),
                        tags: Tags::new(),
                    },
                    None => Self::DeleteAlarms {
                        target: target.clone(),
                        alarm: alarm.alarm_name.clone(),
                    },
                })
            }
            Self::PutCompositeAlarm { target, alarm } => {
                let alarms = before.at(target).alarms.seen()?;
                let alarm = alarms.composite_alarms.get(&alarm.alarm_name)?.clone();
                Undo::by(Self::PutCompositeAlarm {
                    target: target.clone(),
                    alarm: Box::new(alarm),
                })
            }
            Self::EnableAlarmActions { target, alarm } => Undo::by(Self::DisableAlarmActions {
                target: target.clone(),
                alarm: alarm.clone(),
            }),
            // Its state is no setting: the next evaluation says it anew.
            Self::SetAlarmState { .. } => Undo::default(),
            Self::DeleteAlarmMuteRule { target, rule: name } => {
                let rule = before.at(target).alarm_mute_rules.seen()?.get(name)?.clone();
                rule.schedule.as_ref()?;
                rule.targets.seen()?;
                Undo::by(Self::PutAlarmMuteRule { target: target.clone(), rule: Box::new(rule) })
            }
            Self::PutDashboard { target, dashboard, .. } => Undo::by(Self::DeleteDashboards {
                target: target.clone(),
                dashboard: dashboard.clone(),
            }),
            // Settings of a bucket that goes with them.
            Self::PutPublicAccessBlock { .. }
            | Self::PutBucketEncryption { .. }
            | Self::PutBucketLifecycleConfiguration { .. }
            | Self::PutBucketTagging { .. } => Undo::default(),
            // These take others back.
            Self::DeleteSecret { .. }
            | Self::DeleteRetentionPolicy { .. }
            | Self::DeleteLogGroup { .. }
            | Self::DeleteMetricFilter { .. }
            | Self::DeleteRole { .. }
            | Self::DeleteRolePolicy { .. }
            | Self::DeleteBucket { .. }
            | Self::DeleteBucketPolicy { .. }
            | Self::DeleteTrail { .. }
            | Self::StopLogging { .. }
            | Self::RemoveTargets { .. }
            | Self::DeleteTopic { .. }
            | Self::Unsubscribe { .. }
            | Self::DeleteAlias { .. }
            | Self::ScheduleKeyDeletion { .. }
            | Self::DisableKey { .. }
            | Self::DeleteAlarms { .. }
            | Self::DisableAlarmActions { .. }
            | Self::PutAlarmMuteRule { .. }
            | Self::DeleteDashboards { .. } => return None,
        };
        Some(undo)
    }
}

fn seen_trail<'a>(snapshot: &'a Snapshot, arn: &Arn) -> Option<&'a Trail> {
    let trails = snapshot.targets.values().filter_map(|at| at.trail(arn));
    trails.max_by_key(|trail| trail.selectors.seen().is_some())
}

fn seen_key<'a>(snapshot: &'a Snapshot, id: &str) -> Option<&'a Key> {
    let keys = snapshot.targets.values().flat_map(|at| &at.keys);
    let is = |(name, key): &(&String, &Key)| {
        name.as_str() == id || key.metadata.seen().is_some_and(|data| data.arn == *id)
    };
    let keys = keys.filter(is).map(|(_, key)| key);
    keys.max_by_key(|key| key.policy.seen().is_some())
}

/// The days to a deletion, as far as a waiting period may be that long.
fn days_left(before: &Snapshot, date: Option<Timestamp>) -> i64 {
    let days = date.map(|date| date.duration_since(before.taken_at).as_hours() / 24 + 1);
    days.unwrap_or(i64::MAX).clamp(*DELETION_DAYS.start(), *DELETION_DAYS.end())
}

/// What the trail had where something else is set.
fn as_before(trail: &Trail, set: &TrailSettings) -> TrailSettings {
    let text = |now: &Option<String>, before: &Option<String>| {
        now.is_some().then(|| before.clone().unwrap_or_default())
    };
    TrailSettings {
        is_multi_region_trail: set.is_multi_region_trail.map(|_| trail.is_multi_region_trail),
        include_global_service_events: set
            .include_global_service_events
            .and(trail.include_global_service_events),
        cloud_watch_logs_log_group_arn: text(
            &set.cloud_watch_logs_log_group_arn,
            &trail.cloud_watch_logs_log_group_arn,
        ),
        cloud_watch_logs_role_arn: text(
            &set.cloud_watch_logs_role_arn,
            &trail.cloud_watch_logs_role_arn,
        ),
        sns_topic_name: text(&set.sns_topic_name, &trail.sns_topic_arn),
    }
}
