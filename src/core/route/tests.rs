use std::collections::BTreeSet;

use super::*;
use crate::baseline::{BaselineEntry, messages_about};
use crate::snapshot::{Observed, Scenario, Snapshot};

const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail";

fn account(scenario: &str) -> Snapshot {
    Scenario::from_toml(scenario).unwrap().apply(&Snapshot::healthy()).unwrap()
}

/// The best chain by a judge that finds nothing wrong, and how often each link was judged.
fn best(snapshot: &Snapshot, pins: &Pins) -> (Chain, usize) {
    let entry = BaselineEntry::secret_access();
    let asked = &snapshot.asked[0];
    let messages = messages_about(snapshot, &entry, asked);
    let mut judged = 0;
    let chains = search(snapshot, &entry, &messages, pins, asked, &mut |_, _| {
        judged += 1;
        Cost::default()
    });
    (chains[0].1.clone(), judged)
}

#[test]
fn the_healthy_account_has_one_chain_and_each_link_is_joined() {
    let (chain, judged) = best(&Snapshot::healthy(), &Pins::default());
    assert!(chain.trail.is_joined() && chain.log_group.is_joined() && chain.filter.is_joined());
    assert!(chain.alarm.is_joined() && chain.topic.is_joined() && chain.subscription.is_joined());
    assert_eq!(judged, 6);
}

#[test]
fn a_trail_without_a_group_does_not_hide_the_tail() {
    let (chain, _) = best(
        &account(&format!(
            r#"remove = ["/targets/123456789012~1eu-west-1/trails/seen/{}/CloudWatchLogsLogGroupArn"]"#,
            TRAIL.replace('/', "~1")
        )),
        &Pins::default(),
    );
    assert!(matches!(chain.log_group, Hop::Assumed(_)));
    assert!(chain.filter.is_joined() && chain.subscription.is_joined());
}

#[test]
fn an_alarm_on_a_mistyped_namespace_is_assumed() {
    let scenario = r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
Namespace = "SecurityMetric"
"#;
    let (chain, _) = best(&account(scenario), &Pins::default());
    assert!(matches!(chain.alarm, Hop::Assumed(_)));
}

#[test]
fn what_was_denied_is_unseen_and_not_missing() {
    let scenario = r#"
[targets."123456789012/eu-west-1"]
alarms = "denied: cloudwatch:DescribeAlarms"
"#;
    let (chain, _) = best(&account(scenario), &Pins::default());
    let Hop::Unseen(unseen) = &chain.alarm else { panic!("{:?}", chain.alarm) };
    assert_eq!(unseen.denied.as_deref(), Some("cloudwatch:DescribeAlarms"));
    assert!(matches!(chain.topic, Hop::Unseen(_)));
}

#[test]
fn a_composite_alarm_that_names_the_alarm_is_another_way_on() {
    let scenario = r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmActions = []
[targets."123456789012/eu-west-1".alarms.seen.CompositeAlarms.any-secret-read]
AlarmName = "any-secret-read"
AlarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:any-secret-read"
AlarmRule = 'ALARM("secret-read") OR ALARM("root-login")'
ActionsEnabled = true
AlarmActions = ["arn:aws:sns:eu-west-1:123456789012:security-alerts"]
StateValue = "OK"
"#;
    let snapshot = account(scenario);
    let entry = BaselineEntry::secret_access();
    let asked = &snapshot.asked[0];
    let messages = messages_about(&snapshot, &entry, asked);
    let chains =
        search(&snapshot, &entry, &messages, &Pins::default(), asked, &mut |chain, link| {
            let missing = link == Link::Topic && chain.topic.node().is_none();
            Cost { broken: u32::from(missing), ..Cost::default() }
        });
    let alarm = chains[0].1.alarm.node().unwrap();
    assert_eq!(alarm.notifier, Notifier::Composite("any-secret-read".to_owned()));
}

#[test]
fn a_pin_leaves_only_what_it_names() {
    let pins = Pins { alarm: Some("another".to_owned()), ..Pins::default() };
    let (chain, _) = best(&Snapshot::healthy(), &pins);
    assert_eq!(chain.alarm, Hop::Nothing);
    let pins = Pins { recipients: vec!["boss@example.org".to_owned()], ..Pins::default() };
    let (chain, _) = best(&Snapshot::healthy(), &pins);
    assert_eq!(chain.subscription, Hop::Nothing);
}

#[test]
fn twenty_trails_and_two_hundred_alarms_do_not_multiply() {
    let mut snapshot = Snapshot::healthy();
    let at = snapshot.targets.values_mut().next().unwrap();
    let trails = at.trails.seen_mut().unwrap();
    let trail = trails.values().next().unwrap().clone();
    for n in 0..20 {
        let mut trail = trail.clone();
        trail.trail_arn = format!("{TRAIL}-{n}").parse().unwrap();
        trails.insert(trail.trail_arn.clone(), trail);
    }
    let alarms = at.alarms.seen_mut().unwrap();
    let alarm = alarms.metric_alarms["secret-read"].clone();
    for n in 0..200 {
        let mut alarm = alarm.clone();
        alarm.alarm_name = format!("secret-read-{n}");
        alarms.metric_alarms.insert(alarm.alarm_name.clone(), alarm);
    }
    let (_, judged) = best(&snapshot, &Pins::default());
    assert!(judged < 1_000, "{judged}");
}

#[test]
fn nothing_is_left_to_read_in_the_healthy_account() {
    let reads = next_reads(&Snapshot::healthy(), &BaselineEntry::secret_access(), &Pins::default());
    assert_eq!(reads, BTreeSet::new());
}

/// The healthy account with more filters on the trail's group, none of whose names tells anything.
fn with_filters(patterns: &[String]) -> Snapshot {
    let mut snapshot = Snapshot::healthy();
    let at = snapshot.targets.values_mut().next().unwrap();
    let filters = at.metric_filters.seen_mut().unwrap().get_mut("audit-trail").unwrap();
    let filter = filters["secret-read"].clone();
    for (number, pattern) in patterns.iter().enumerate() {
        let mut filter = filter.clone();
        filter.filter_name = format!("f{number}");
        filter.filter_pattern.clone_from(pattern);
        filter.metric_transformations[0].metric_name = format!("m{number}");
        filters.insert(filter.filter_name.clone(), filter);
    }
    snapshot
}

/// The patterns that AWS is to be asked about next.
fn asked_about(snapshot: &Snapshot) -> Vec<String> {
    let reads = next_reads(snapshot, &BaselineEntry::secret_access(), &Pins::default());
    let patterns = reads.into_iter().filter_map(|read| match read.what {
        What::TestMetricFilter { pattern, .. } => Some(pattern),
        _ => None,
    });
    patterns.collect()
}

/// Names of the filters that chains run through.
fn filters_of(snapshot: &Snapshot) -> BTreeSet<String> {
    let entry = BaselineEntry::secret_access();
    let asked = &snapshot.asked[0];
    let messages = messages_about(snapshot, &entry, asked);
    let mut names = BTreeSet::new();
    search(snapshot, &entry, &messages, &Pins::default(), asked, &mut |chain, link| {
        if link == Link::Filter {
            names.extend(chain.filter.node().map(|filter| filter.name.clone()));
        }
        Cost::default()
    });
    names
}

#[test]
fn aws_is_not_asked_about_filters_that_certainly_match_no_read() {
    let others = (0..500).map(|n| format!(r#"{{ $.eventName = "Delete{n}" }}"#));
    let snapshot = with_filters(&others.collect::<Vec<_>>());
    assert_eq!(asked_about(&snapshot), [""; 0]);
    assert_eq!(filters_of(&snapshot), BTreeSet::from(["secret-read".to_owned()]));
}

#[test]
fn aws_is_asked_about_filters_that_match_a_read_or_may_whatever_their_words() {
    let matches = r#"{ $.requestParameters.secretId = "*" }"#;
    let may = r#"{ $.eventName = "*etSecretValu*" }"#;
    let refused = r#"{ $.eventName == "Get*" }"#;
    let misses = r#"{ $.eventName = "PutSecretValue" }"#;
    let snapshot = with_filters(&[matches, may, refused, misses].map(str::to_owned));
    assert_eq!(asked_about(&snapshot), [may, refused, matches]);
    let names = ["f0", "f1", "f2", "secret-read"];
    assert_eq!(filters_of(&snapshot), names.map(str::to_owned).into());
}

#[test]
fn no_more_patterns_are_asked_about_however_often_aws_says_no() {
    let patterns: Vec<String> =
        (0..300).map(|n| format!(r#"{{ $.eventName = "*etSecretValu*" || $.x = {n} }}"#)).collect();
    let mut snapshot = with_filters(&patterns);
    let first = asked_about(&snapshot);
    assert_eq!(first.len(), 99, "and the one that was asked about");
    let entry = BaselineEntry::secret_access();
    for pattern in &first {
        for message in messages_about(&snapshot, &entry, &snapshot.asked[0]) {
            snapshot.pattern_tests.record(pattern, &message, false);
        }
    }
    assert_eq!(asked_about(&snapshot), [""; 0]);
}

#[test]
fn an_empty_snapshot_is_read_in_six_rounds_at_most() {
    let whole = Snapshot::healthy();
    let mut snapshot = Snapshot { targets: Default::default(), ..whole.clone() };
    snapshot.pattern_tests = Default::default();
    let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
    let mut rounds = 0;
    loop {
        let reads = next_reads(&snapshot, &entry, &pins);
        if reads.is_empty() {
            break;
        }
        rounds += 1;
        assert!(rounds <= 6, "{reads:?}");
        for read in reads {
            copy(&whole, &mut snapshot, &read);
        }
    }
    assert_eq!(snapshot, whole);
}

/// Fills the slot of a read from a whole snapshot, with everything inside it not asked yet.
fn copy(whole: &Snapshot, into: &mut Snapshot, read: &Read) {
    let from = whole.at(&read.target);
    let to = into.targets.entry(read.target.clone()).or_default();
    match &read.what {
        What::DescribeSecret { secret } => {
            to.secrets.insert(secret.clone(), from.secrets[secret].clone());
        }
        What::DescribeTrails => {
            to.trails = from.trails.clone();
            for trail in to.trails.seen_mut().unwrap().values_mut() {
                trail.status = Observed::NotAsked;
                trail.selectors = Observed::NotAsked;
            }
        }
        What::ListTrails => to.trails_elsewhere = from.trails_elsewhere.clone(),
        What::GetTrailStatus { trail, .. } => {
            to.trail_mut(trail).unwrap().status = from.trail(trail).unwrap().status.clone();
        }
        What::GetEventSelectors { trail, .. } => {
            to.trail_mut(trail).unwrap().selectors = from.trail(trail).unwrap().selectors.clone();
        }
        What::LookupEvents { event_name } => {
            let history = from.event_history[event_name].clone();
            to.event_history.insert(event_name.clone(), history);
        }
        What::DescribeLogGroups => to.log_groups = from.log_groups.clone(),
        What::DescribeMetricFilters => to.metric_filters = from.metric_filters.clone(),
        What::TestMetricFilter { pattern, messages } => {
            into.pattern_tests.messages.extend(messages.clone());
            let matches = whole.pattern_tests.matches[pattern].clone();
            into.pattern_tests.matches.insert(pattern.clone(), matches);
        }
        What::GetMetricStatistics { log_group } => {
            let points = from.incoming_log_events[log_group].clone();
            to.incoming_log_events.insert(log_group.clone(), points);
        }
        What::GetTopicStatistics { topic, metric_name, .. } => {
            let points = from.topics[topic].counters[metric_name].clone();
            let topic = to.topics.entry(topic.clone()).or_default();
            topic.counters.insert(metric_name.clone(), points);
        }
        What::DescribeAlarms => to.alarms = from.alarms.clone(),
        What::DescribeAlarmHistory { alarm, .. } => {
            to.alarm_histories.insert(alarm.clone(), from.alarm_histories[alarm].clone());
        }
        What::ListAlarmMuteRules => to.alarm_mute_rules = from.alarm_mute_rules.clone(),
        What::GetTopicAttributes { topic } => {
            let attributes = from.topics[topic].attributes.clone();
            to.topics.entry(topic.clone()).or_default().attributes = attributes;
        }
        What::ListSubscriptionsByTopic { topic } => {
            let mut subscriptions = from.topics[topic].subscriptions.clone();
            for subscription in subscriptions.seen_mut().unwrap().values_mut() {
                subscription.attributes = Observed::NotAsked;
            }
            to.topics.entry(topic.clone()).or_default().subscriptions = subscriptions;
        }
        What::GetSubscriptionAttributes { topic, key, .. } => {
            let attributes =
                from.topics[topic].subscriptions.seen().unwrap()[key].attributes.clone();
            let topic = to.topics.get_mut(topic).unwrap();
            topic.subscriptions.seen_mut().unwrap().get_mut(key).unwrap().attributes = attributes;
        }
        What::DescribeKey { key } => {
            to.keys.entry(key.clone()).or_default().metadata = from.keys[key].metadata.clone();
        }
        What::GetKeyPolicy { key, .. } => {
            to.keys.entry(key.clone()).or_default().policy = from.keys[key].policy.clone();
        }
        What::ListGrants { key, .. } => {
            to.keys.entry(key.clone()).or_default().grants = from.keys[key].grants.clone();
        }
        What::DescribeOrganization => to.organization = from.organization.clone(),
        What::GetRole { role } => {
            to.roles.entry(role.clone()).or_default().role = from.roles[role].role.clone();
        }
        What::ListRolePolicies { role } => {
            let mut policies = from.roles[role].inline_policies.clone();
            for document in policies.seen_mut().unwrap().values_mut() {
                *document = Observed::NotAsked;
            }
            to.roles.entry(role.clone()).or_default().inline_policies = policies;
        }
        What::GetRolePolicy { role, policy } => {
            let document = from.roles[role].inline_policies.seen().unwrap()[policy].clone();
            let role = to.roles.get_mut(role).unwrap();
            role.inline_policies.seen_mut().unwrap().insert(policy.clone(), document);
        }
        What::ListAttachedRolePolicies { role } => {
            let attached = from.roles[role].attached_policies.clone();
            to.roles.entry(role.clone()).or_default().attached_policies = attached;
        }
        What::GetBucketPolicy { bucket } => {
            to.buckets.entry(bucket.clone()).or_default().policy =
                from.buckets[bucket].policy.clone();
        }
        What::ListRules => to.event_rules = from.event_rules.clone(),
        other => panic!("the healthy account has no use for {other:?}"),
    }
}

/// Several filters may feed one metric: that it is called after secrets says nothing of the others.
#[test]
fn another_filter_on_the_metric_is_not_the_one_that_is_meant() {
    let scenario = r#"
[targets."123456789012/eu-west-1".metric_filters.seen.audit-trail.secret-read]
filterPattern = '{ ($.eventName = "GetSecretValue") && ($.eventName = "BatchGetSecretValue") }'
[targets."123456789012/eu-west-1".metric_filters.seen.audit-trail.logins]
filterName = "logins"
logGroupName = "audit-trail"
filterPattern = '{ $.eventName = "ConsoleLogin" }'
metricTransformations = [{ metricName = "SecretIsAccessed", metricNamespace = "SecurityMetrics", metricValue = "1", defaultValue = 0.0 }]
"#;
    let (chain, _) = best(&account(scenario), &Pins::default());
    assert_eq!(chain.filter.node().map(|filter| filter.name.as_str()), Some("secret-read"));
}

#[test]
fn the_organization_of_a_log_alarm_and_of_a_rule_is_asked_for_where_a_policy_names_one() {
    let alarm = r#"
remove = ["/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read"]
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".attributes.seen]
Policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"aws:SourceOrgID":"o-a1b2c3d4e5"}}}]}'
"#;
    let log_alarm = r#"
[targets."123456789012/eu-west-1".alarms.seen.LogAlarms.secret-read]
AlarmName = "secret-read"
AlarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:secret-read"
ActionsEnabled = true
AlarmActions = ["arn:aws:sns:eu-west-1:123456789012:security-alerts"]
StateValue = "OK"
Threshold = 1.0
ComparisonOperator = "GreaterThanOrEqualToThreshold"
QueryResultsToEvaluate = 1
QueryResultsToAlarm = 1
[targets."123456789012/eu-west-1".alarms.seen.LogAlarms.secret-read.ScheduledQueryConfiguration]
QueryString = 'filter eventName = "GetSecretValue"'
LogGroupIdentifiers = ["audit-trail"]
ScheduledQueryRoleARN = "arn:aws:iam::123456789012:role/query"
AggregationExpression = "count(*)"
ScheduleConfiguration = { ScheduleExpression = "rate(5 minutes)", StartTimeOffset = 300, EndTimeOffset = 0 }
"#;
    let rule = r#"
[targets."123456789012/eu-west-1".event_rules.seen.secret-read]
Name = "secret-read"
Arn = "arn:aws:events:eu-west-1:123456789012:rule/secret-read"
EventPattern = '{"source":["aws.secretsmanager"],"detail":{"eventName":["GetSecretValue"]}}'
State = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
targets = { seen = { mail = { Arn = "arn:aws:sns:eu-west-1:123456789012:security-alerts" } } }
"#;
    let asks = |scenario: &str| {
        let snapshot = account(scenario);
        let reads = next_reads(&snapshot, &BaselineEntry::secret_access(), &Pins::default());
        reads.iter().any(|read| read.what == What::DescribeOrganization)
    };
    assert!(!asks(alarm));
    assert!(asks(&format!("{alarm}{log_alarm}")));
    assert!(asks(&format!("{alarm}{rule}")));
}
