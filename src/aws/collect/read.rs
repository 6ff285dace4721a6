//! One read: the call, and the slot its answer goes to.

use secmon_core::evidence::COUNTER_PERIOD;
use secmon_core::route::{Read, What};
use secmon_core::snapshot::{Bucket, Observations, Observed, Snapshot, Target};

use super::cloudwatch::Sums;
use super::place::{Place, Run};
use super::{
    cloudtrail, cloudwatch, events, iam, kms, logs, organizations, s3, secretsmanager, sns, tags,
};
use crate::error::Trouble;

/// Puts an answer into its slot.
pub(super) type Fill = Box<dyn FnOnce(&mut Snapshot)>;

/// Makes one read. Where its place has no credentials nothing is asked, and the slot says so.
pub(super) async fn read(at: &Place<'_>, read: Read) -> Fill {
    let Read { target, what } = read;
    match what {
        What::DescribeSecret { secret } => {
            let answer = at.observe(|| secretsmanager::describe_secret(at, &secret)).await;
            into(target, move |seen| put(&mut seen.secrets, secret, answer))
        }
        What::DescribeTrails => {
            let answer = at.observe(|| cloudtrail::describe_trails(at)).await;
            into(target, move |seen| seen.trails = answer)
        }
        What::ListTrails => {
            let answer = at.observe(|| cloudtrail::list_trails(at)).await;
            into(target, move |seen| seen.trails_elsewhere = answer)
        }
        What::DescribeTrail { trail, home_region } => {
            let answer = at.observe(|| cloudtrail::describe_trail(at, &trail, &home_region)).await;
            into(target, move |seen| {
                if let Some(trails) = seen.trails_elsewhere.seen_mut() {
                    put(trails, trail, answer);
                }
            })
        }
        What::GetTrailStatus { trail, home_region } => {
            let answer =
                at.observe(|| cloudtrail::get_trail_status(at, &trail, &home_region)).await;
            into(target, move |seen| {
                if let Some(trail) = seen.trail_mut(&trail) {
                    trail.status = answer;
                }
            })
        }
        What::GetEventSelectors { trail, home_region } => {
            let answer =
                at.observe(|| cloudtrail::get_event_selectors(at, &trail, &home_region)).await;
            into(target, move |seen| {
                if let Some(trail) = seen.trail_mut(&trail) {
                    trail.selectors = answer;
                }
            })
        }
        What::LookupEvents { event_name } => {
            let answer = at.observe(|| cloudtrail::lookup_events(at, &event_name)).await;
            into(target, move |seen| put(&mut seen.event_history, event_name, answer))
        }
        What::DescribeLogGroups => {
            let answer = at.observe(|| logs::describe_log_groups(at)).await;
            into(target, move |seen| seen.log_groups = answer)
        }
        What::DescribeMetricFilters => {
            let answer = at.observe(|| logs::describe_metric_filters(at)).await;
            into(target, move |seen| seen.metric_filters = answer)
        }
        What::GetTransformer { log_group } => {
            let answer = at.observe(|| logs::get_transformer(at, &log_group)).await;
            into(target, move |seen| put(&mut seen.transformers, log_group, answer))
        }
        What::DescribeAccountPolicies => {
            let answer = at.observe(|| logs::describe_transformer_policies(at)).await;
            into(target, move |seen| seen.transformer_policies = answer)
        }
        What::TestMetricFilter { pattern, messages } => {
            let answer = at.observe(|| logs::test_metric_filter(at, &pattern, &messages)).await;
            Box::new(move |snapshot| {
                snapshot.pattern_tests.messages.extend(messages);
                put(&mut snapshot.pattern_tests.matches, pattern, answer);
            })
        }
        What::GetMetricStatistics { log_group } => {
            let sums = Sums::incoming_log_events(&log_group, at.now);
            let answer = at.observe(|| cloudwatch::sums(at, &sums)).await;
            into(target, move |seen| put(&mut seen.incoming_log_events, log_group, answer))
        }
        What::FilterLogEvents { log_group, event_id, from, until } => {
            let found = || logs::filter_log_events(at, &log_group, &event_id, (from, until));
            let answer = at.observe(found).await;
            into(target, move |seen| {
                put(seen.filtered_log_events.entry(log_group).or_default(), event_id, answer);
            })
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
            let sums = Sums { namespace, metric_name, dimensions, period: 60, from, until };
            let answer = at.observe(|| cloudwatch::sums(at, &sums)).await;
            into(target, move |seen| {
                put(seen.filter_datapoints.entry(log_group).or_default(), filter, answer);
            })
        }
        What::GetTopicStatistics { topic, metric_name, from, until } => {
            let sums = Sums {
                namespace: "AWS/SNS".to_owned(),
                metric_name: metric_name.clone(),
                dimensions: Sums::of("TopicName", topic.resource()),
                period: COUNTER_PERIOD,
                from,
                until,
            };
            let answer = at.observe(|| cloudwatch::sums(at, &sums)).await;
            into(target, move |seen| {
                put(&mut seen.topics.entry(topic).or_default().counters, metric_name, answer);
            })
        }
        What::DescribeAlarms => {
            let answer = at.observe(|| cloudwatch::describe_alarms(at)).await;
            into(target, move |seen| seen.alarms = answer)
        }
        What::DescribeAlarmHistory { alarm, alarm_type } => {
            let items = || cloudwatch::describe_alarm_history(at, &alarm, alarm_type);
            let answer = at.observe(items).await;
            into(target, move |seen| put(&mut seen.alarm_histories, alarm, answer))
        }
        What::ListAlarmMuteRules => {
            let answer = at.observe(|| cloudwatch::list_alarm_mute_rules(at)).await;
            into(target, move |seen| seen.alarm_mute_rules = answer)
        }
        What::GetAlarmMuteRule { rule } => {
            let answer = at.observe(|| cloudwatch::get_alarm_mute_rule(at, &rule)).await;
            into(target, move |seen| {
                let rules = seen.alarm_mute_rules.seen_mut();
                if let Some(rule) = rules.and_then(|rules| rules.get_mut(&rule)) {
                    rule.learn(answer);
                }
            })
        }
        What::GetTopicAttributes { topic } => {
            let answer = at.observe(|| sns::get_topic_attributes(at, &topic)).await;
            into(target, move |seen| seen.topics.entry(topic).or_default().attributes = answer)
        }
        What::ListSubscriptionsByTopic { topic } => {
            let answer = at.observe(|| sns::list_subscriptions_by_topic(at, &topic)).await;
            into(target, move |seen| seen.topics.entry(topic).or_default().subscriptions = answer)
        }
        What::GetSubscriptionAttributes { topic, key, subscription } => {
            let answer = at.observe(|| sns::get_subscription_attributes(at, &subscription)).await;
            into(target, move |seen| {
                let topic = seen.topics.get_mut(&topic);
                let subscriptions = topic.and_then(|topic| topic.subscriptions.seen_mut());
                if let Some(subscription) = subscriptions.and_then(|all| all.get_mut(&key)) {
                    subscription.attributes = answer;
                }
            })
        }
        What::GetSMSSandboxAccountStatus => {
            let answer = at.observe(|| sns::get_sms_sandbox_account_status(at)).await;
            into(target, move |seen| seen.sms.is_in_sandbox = answer)
        }
        What::ListSMSSandboxPhoneNumbers => {
            let answer = at.observe(|| sns::list_sms_sandbox_phone_numbers(at)).await;
            into(target, move |seen| seen.sms.phone_numbers = answer)
        }
        What::GetSMSAttributes => {
            let answer = at.observe(|| sns::get_sms_attributes(at)).await;
            into(target, move |seen| seen.sms.attributes = answer)
        }
        What::CheckIfPhoneNumberIsOptedOut { number } => {
            let answer = at.observe(|| sns::check_if_phone_number_is_opted_out(at, &number)).await;
            into(target, move |seen| put(&mut seen.sms.is_opted_out, number, answer))
        }
        What::DescribeKey { key } => {
            let answer = at.observe(|| kms::describe_key(at, &key)).await;
            into(target, move |seen| seen.keys.entry(key).or_default().metadata = answer)
        }
        What::GetKeyPolicy { key, key_id } => {
            let answer = at.observe(|| kms::get_key_policy(at, &key_id)).await;
            into(target, move |seen| seen.keys.entry(key).or_default().policy = answer)
        }
        What::ListGrants { key, key_id } => {
            let answer = at.observe(|| kms::list_grants(at, &key_id)).await;
            into(target, move |seen| seen.keys.entry(key).or_default().grants = answer)
        }
        What::DescribeOrganization => {
            let answer = at.observe(|| organizations::describe_organization(at)).await;
            into(target, move |seen| seen.organization = answer)
        }
        What::GetRole { role } => {
            let answer = at.observe(|| iam::get_role(at, &role)).await;
            into(target, move |seen| seen.roles.entry(role).or_default().role = answer)
        }
        What::ListRolePolicies { role } => {
            let answer = at.observe(|| iam::list_role_policies(at, &role)).await;
            into(target, move |seen| seen.roles.entry(role).or_default().inline_policies = answer)
        }
        What::GetRolePolicy { role, policy } => {
            let answer = at.observe(|| iam::get_role_policy(at, &role, &policy)).await;
            into(target, move |seen| {
                let role = seen.roles.get_mut(&role);
                if let Some(policies) = role.and_then(|role| role.inline_policies.seen_mut()) {
                    put(policies, policy, answer);
                }
            })
        }
        What::ListAttachedRolePolicies { role } => {
            let answer = at.observe(|| iam::list_attached_role_policies(at, &role)).await;
            into(target, move |seen| seen.roles.entry(role).or_default().attached_policies = answer)
        }
        What::GetPolicy { role, policy } => {
            let answer = at.observe(|| iam::get_policy(at, &policy)).await;
            into(target, move |seen| {
                let role = seen.roles.get_mut(&role);
                let policies = role.and_then(|role| role.attached_policies.seen_mut());
                if let Some(policy) = policies.and_then(|all| all.get_mut(&policy)) {
                    policy.default_version_id = answer;
                }
            })
        }
        What::GetPolicyVersion { role, policy, version } => {
            let answer = at.observe(|| iam::get_policy_version(at, &policy, &version)).await;
            into(target, move |seen| {
                let role = seen.roles.get_mut(&role);
                let policies = role.and_then(|role| role.attached_policies.seen_mut());
                if let Some(policy) = policies.and_then(|all| all.get_mut(&policy)) {
                    policy.document = answer;
                }
            })
        }
        What::GetBucketPolicy { bucket } => {
            let answer = at.observe(|| s3::get_bucket_policy(at, &bucket)).await;
            let region = answer.seen().and_then(|bucket| bucket.region.clone());
            let policy = answer.map(|bucket| bucket.policy).flatten();
            into(target, move |seen| {
                seen.buckets.insert(bucket, Bucket { policy, region });
            })
        }
        What::ListRules => {
            let answer = at.observe(|| events::list_rules(at)).await;
            into(target, move |seen| seen.event_rules = answer)
        }
        What::ListTargetsByRule { rule } => {
            let answer = at.observe(|| events::list_targets_by_rule(at, &rule)).await;
            into(target, move |seen| {
                let rules = seen.event_rules.seen_mut();
                if let Some(rule) = rules.and_then(|rules| rules.get_mut(&rule)) {
                    rule.targets = answer;
                }
            })
        }
        What::GetDashboard { dashboard } => {
            let answer = at.observe(|| cloudwatch::get_dashboard(at, &dashboard)).await;
            into(target, move |seen| put(&mut seen.dashboards, dashboard, answer))
        }
        What::ListTags { arn } => {
            let answer = at.observe(|| tags::list_tags(at, &arn)).await;
            into(target, move |seen| put(&mut seen.tags, arn, answer))
        }
    }
}

/// Says at a read's slot that it was not made, and why.
pub(super) async fn fail(snapshot: &mut Snapshot, unread: Read, why: Trouble, run: &Run<'_>) {
    let place = Place { run, target: unread.target.clone(), who: Err(why), now: snapshot.taken_at };
    read(&place, unread).await(snapshot);
}

fn into(target: Target, fill: impl FnOnce(&mut Observations) + 'static) -> Fill {
    Box::new(move |snapshot| fill(snapshot.targets.entry(target).or_default()))
}

fn put<K: Ord, T>(
    map: &mut std::collections::BTreeMap<K, Observed<T>>,
    key: K,
    answer: Observed<T>,
) {
    map.insert(key, answer);
}
