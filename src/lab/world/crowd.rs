//! A busy account: many things of every kind around the chain that matters.

use std::collections::BTreeMap;

use secmon_core::selector::{EventSelector, EventSelectors};
use secmon_core::snapshot::{
    Alarms, Arn, Bucket, IdError, LogGroup, MetricAlarm, MetricFilter, MetricTransformation,
    Observations, Observed, Snapshot, Subscription, SubscriptionAttributes, Target, Topic,
    TopicAttributes, Trail, TrailStatus,
};
use serde::Deserialize;

/// How many of each there are, those of the healthy chain among them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Crowd {
    trails: usize,
    log_groups: usize,
    metric_filters: usize,
    alarms: usize,
    topics: usize,
    /// A log group with as many filters as one can have.
    full_group: Option<String>,
}

/// How many metric filters a log group can have.
const FILTERS: usize = 100;

/// Regions of trails: five are all that a Region takes.
const HOMES: [&str; 4] = ["eu-west-1", "us-east-1", "eu-central-1", "ap-southeast-2"];

/// When all of it was made, in milliseconds since 1970.
const MADE: i64 = 1_735_689_600_000;

impl Crowd {
    /// Adds what is missing to the place that is asked about.
    pub(super) fn join(&self, snapshot: &mut Snapshot) -> Result<(), IdError> {
        let Some(target) = snapshot.asked.first().map(|asked| asked.target.clone()) else {
            return Ok(());
        };
        let Some(seen) = snapshot.targets.get_mut(&target) else { return Ok(()) };
        self.trails(seen, &target)?;
        self.log_groups(seen, &target);
        self.fill(seen);
        self.topics(seen, &target)?;
        self.alarms(seen, &target)
    }

    /// Copies of the audit for other teams, written to S3 only. Those at home elsewhere do not show
    /// in the Region.
    fn trails(&self, seen: &mut Observations, target: &Target) -> Result<(), IdError> {
        let account = &target.account;
        let bucket = format!("team-trails-{account}");
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":["arn:aws:s3:::{bucket}","arn:aws:s3:::{bucket}/*"],"Condition":{{"StringEquals":{{"aws:SourceAccount":"{account}"}}}}}}]}}"#
        );
        seen.buckets.insert(bucket.clone(), Bucket::with_policy(Observed::Seen(policy)));
        for number in 1..self.trails {
            let home = HOMES[number % HOMES.len()];
            let name = format!("team-{number:02}-trail");
            let arn: Arn = format!("arn:aws:cloudtrail:{home}:{account}:trail/{name}").parse()?;
            let here = home == target.region.as_str();
            let trail = Trail {
                name,
                trail_arn: arn.clone(),
                home_region: home.to_owned(),
                is_multi_region_trail: false,
                is_organization_trail: false,
                s3_bucket_name: Some(bucket.clone()),
                s3_key_prefix: Some(format!("team-{number:02}")),
                sns_topic_arn: None,
                cloud_watch_logs_log_group_arn: None,
                cloud_watch_logs_role_arn: None,
                kms_key_id: None,
                include_global_service_events: Some(true),
                log_file_validation_enabled: Some(true),
                has_custom_event_selectors: Some(false),
                status: Observed::Seen(TrailStatus {
                    is_logging: true,
                    start_logging_time: jiff::Timestamp::from_millisecond(MADE).ok(),
                    ..TrailStatus::default()
                }),
                selectors: Observed::Seen(EventSelectors {
                    event_selectors: vec![EventSelector {
                        read_write_type: Some("All".to_owned()),
                        include_management_events: Some(true),
                        ..EventSelector::default()
                    }],
                    advanced_event_selectors: Vec::new(),
                }),
            };
            if here {
                if let Some(trails) = seen.trails.seen_mut() {
                    trails.insert(arn, trail);
                }
            } else if let Some(trails) = seen.trails_elsewhere.seen_mut() {
                trails.insert(arn, Observed::Seen(trail));
            }
        }
        Ok(())
    }

    fn log_groups(&self, seen: &mut Observations, target: &Target) {
        let (Some(groups), Some(filters)) =
            (seen.log_groups.seen_mut(), seen.metric_filters.seen_mut())
        else {
            return;
        };
        let Target { account, region } = target;
        let applications = self.log_groups.saturating_sub(groups.len());
        for number in 0..applications {
            let name = application(number);
            let group = LogGroup {
                arn: Some(format!("arn:aws:logs:{region}:{account}:log-group:{name}:*")),
                log_group_name: name.clone(),
                log_group_class: Some("STANDARD".to_owned()),
                creation_time: Some(MADE),
                retention_in_days: Some(30),
                metric_filter_count: Some(0),
                kms_key_id: None,
            };
            groups.insert(name, group);
        }
        let missing = self.metric_filters.saturating_sub(filters.values().map(BTreeMap::len).sum());
        for number in 0..missing.min(applications * FILTERS) {
            let group = application(number % applications);
            let filter = errors(&group, number);
            filters.entry(group.clone()).or_default().insert(filter.filter_name.clone(), filter);
            if let Some(group) = groups.get_mut(&group) {
                group.metric_filter_count = group.metric_filter_count.map(|count| count + 1);
            }
        }
    }

    fn fill(&self, seen: &mut Observations) {
        let (Some(name), Some(groups), Some(filters)) =
            (&self.full_group, seen.log_groups.seen_mut(), seen.metric_filters.seen_mut())
        else {
            return;
        };
        let on_group = filters.entry(name.clone()).or_default();
        for number in 0..FILTERS.saturating_sub(on_group.len()) {
            let filter = errors(name, number);
            on_group.insert(filter.filter_name.clone(), filter);
        }
        if let Some(group) = groups.get_mut(name) {
            group.metric_filter_count = i32::try_from(on_group.len()).ok();
        }
    }

    fn topics(&self, seen: &mut Observations, target: &Target) -> Result<(), IdError> {
        let policy = seen.topics.values().find_map(|topic| topic.attributes.seen()?.policy.clone());
        let known = seen.topics.keys().next().cloned();
        for number in 0..self.topics.saturating_sub(seen.topics.len()) {
            let arn = team(target, number)?;
            let rename = |policy: &String| match &known {
                Some(known) => policy.replace(known.as_str(), arn.as_str()),
                None => policy.clone(),
            };
            let attributes = TopicAttributes {
                topic_arn: arn.clone(),
                owner: Some(target.account.to_string()),
                policy: policy.as_ref().map(rename),
                kms_master_key_id: None,
                fifo_topic: None,
                subscriptions_confirmed: Some("1".to_owned()),
                subscriptions_pending: Some("0".to_owned()),
                subscriptions_deleted: Some("0".to_owned()),
            };
            let endpoint = format!("team-{number:02}@example.org");
            let subscription = Subscription {
                subscription_arn: format!("{arn}:00000000-0000-4000-8000-{number:012}"),
                owner: Some(target.account.to_string()),
                protocol: "email".to_owned(),
                endpoint: endpoint.clone(),
                attributes: Observed::Seen(SubscriptionAttributes {
                    pending_confirmation: Some("false".to_owned()),
                    confirmation_was_authenticated: Some("false".to_owned()),
                    raw_message_delivery: Some("false".to_owned()),
                    ..SubscriptionAttributes::default()
                }),
            };
            let subscriptions = BTreeMap::from([(format!("email:{endpoint}"), subscription)]);
            let topic = Topic {
                attributes: Observed::Seen(attributes),
                subscriptions: Observed::Seen(subscriptions),
                counters: BTreeMap::new(),
            };
            seen.topics.insert(arn, topic);
        }
        Ok(())
    }

    fn alarms(&self, seen: &mut Observations, target: &Target) -> Result<(), IdError> {
        let Some(Alarms { metric_alarms, .. }) = seen.alarms.seen_mut() else { return Ok(()) };
        let Some(like) = metric_alarms.values().next().cloned() else { return Ok(()) };
        let Target { account, region } = target;
        for number in 0..self.alarms.saturating_sub(metric_alarms.len()) {
            let name = format!("errors-{number:03}");
            let alarm = MetricAlarm {
                alarm_arn: format!("arn:aws:cloudwatch:{region}:{account}:alarm:{name}").parse()?,
                alarm_name: name.clone(),
                alarm_description: None,
                alarm_actions: vec![
                    team(target, number % self.topics.max(2).saturating_sub(1))?.to_string(),
                ],
                metric_name: Some(format!("Errors{:03}", number % self.metric_filters.max(1))),
                namespace: Some("Applications".to_owned()),
                threshold: Some(5.0),
                ..like.clone()
            };
            metric_alarms.insert(name, alarm);
        }
        Ok(())
    }
}

/// A filter of an application.
fn errors(group: &str, number: usize) -> MetricFilter {
    MetricFilter {
        filter_name: format!("errors-{number:03}"),
        log_group_name: group.to_owned(),
        filter_pattern: format!("{{ ($.level = \"ERROR\") && ($.code = {number}) }}"),
        metric_transformations: vec![MetricTransformation {
            metric_name: format!("Errors{number:03}"),
            metric_namespace: "Applications".to_owned(),
            metric_value: "1".to_owned(),
            default_value: None,
            dimensions: BTreeMap::new(),
            unit: None,
        }],
        creation_time: Some(MADE),
        apply_on_transformed_logs: false,
        field_selection_criteria: None,
        emit_system_field_dimensions: Vec::new(),
    }
}

fn application(number: usize) -> String {
    format!("/applications/{number:03}")
}

fn team(target: &Target, number: usize) -> Result<Arn, IdError> {
    format!("arn:aws:sns:{}:{}:team-{number:02}", target.region, target.account).parse()
}
