//! An account while it is made: a healthy chain under names of its own, and handles on its parts.
//!
//! Many small edits of one account: hence its lines.

use std::collections::BTreeMap;

use secmon_core::selector::EventSelectors;
use secmon_core::snapshot::{
    Arn, Asked, MetricAlarm, MetricFilter, MetricTransformation, Observations, Observed, Role,
    Secret, Snapshot, Subscription, Target, TopicAttributes, Trail, TrailStatus,
};
use serde_json::{Value, json};

use super::super::call::Denial;
use super::super::organizations::Organization;

/// How the parts of the chain are called, and where they are.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// Account and Region of the secret.
    pub(super) secret_at: (&'static str, &'static str),
    /// Account and Region of everything else.
    pub(super) home: (&'static str, &'static str),
    pub(super) secret: &'static str,
    pub(super) trail: &'static str,
    pub(super) bucket: &'static str,
    /// With its path, without a slash in front.
    pub(super) role: &'static str,
    pub(super) group: &'static str,
    pub(super) filter: &'static str,
    pub(super) metric: &'static str,
    pub(super) namespace: &'static str,
    pub(super) alarm: &'static str,
    pub(super) topic: &'static str,
    pub(super) address: &'static str,
    /// Id of the organisation whose trail it is.
    pub(super) organization: Option<&'static str>,
}

pub(super) const PLAIN: Names = Names {
    secret_at: ("123456789012", "eu-west-1"),
    home: ("123456789012", "eu-west-1"),
    secret: "TopSecretInfo",
    trail: "audit-trail",
    bucket: "audit-trail-logs-123456789012",
    role: "trail-to-logs",
    group: "audit-trail",
    filter: "secret-read",
    metric: "SecretIsAccessed",
    namespace: "SecurityMetrics",
    alarm: "secret-read",
    topic: "security-alerts",
    address: "soc@example.org",
    organization: None,
};

/// An account while it is made.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) names: Names,
    pub(super) snapshot: Snapshot,
    /// Events of the rest of the account in a minute.
    pub(super) traffic: u32,
    pub(super) denials: Vec<Denial>,
}

/// The pattern of the baseline.
pub(super) const PATTERN: &str = r#"{ ($.eventSource = "secretsmanager.amazonaws.com") && (($.eventName = "GetSecretValue") || ($.eventName = "BatchGetSecretValue")) }"#;

/// A rule's pattern that every read matches.
pub(super) const READ_EVENTS: &str = r#"{"source":["aws.secretsmanager"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":["GetSecretValue","BatchGetSecretValue"]}}"#;

/// The state of a rule that gets read-only events.
pub(super) const ALL_EVENTS: &str = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

/// A query that finds every read.
pub(super) const READ_QUERY: &str =
    r#"filter eventName in ["GetSecretValue", "BatchGetSecretValue"]"#;

/// A phone of nobody's.
pub(super) const NUMBER: &str = "+447700900123";

/// One statement of a policy, as a policy.
pub(super) fn policy(statements: Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

impl Names {
    /// `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE` where the chain is.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.home.1, self.home.0)
    }

    pub(super) fn role_arn(&self) -> String {
        format!("arn:aws:iam::{}:role/{}", self.home.0, self.role)
    }

    pub(super) fn trail_arn(&self) -> String {
        self.arn("cloudtrail", &format!("trail/{}", self.trail))
    }

    pub(super) fn topic_arn(&self) -> String {
        self.arn("sns", self.topic)
    }

    pub(super) fn alarm_arn(&self) -> String {
        self.arn("cloudwatch", &format!("alarm:{}", self.alarm))
    }

    /// The log streams that CloudTrail writes to.
    pub(super) fn streams(&self) -> Vec<String> {
        let (account, region) = self.home;
        let group = self.arn("logs", &format!("log-group:{}:log-stream:", self.group));
        let own = format!("{group}{account}_CloudTrail_{region}*");
        let members = self.organization.map(|id| format!("{group}{id}_*"));
        std::iter::once(own).chain(members).collect()
    }

    /// What a key's policy says for CloudWatch Logs and this group.
    pub(super) fn for_logs(&self, operator: &str) -> Value {
        let (account, region) = self.home;
        let group = match operator {
            "ArnLike" => self.arn("logs", "log-group:*"),
            _ => self.arn("logs", &format!("log-group:{}", self.group)),
        };
        json!([
            {
                "Effect": "Allow",
                "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Principal": { "Service": format!("logs.{region}.amazonaws.com") },
                "Action": [
                    "kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*",
                    "kms:Describe*",
                ],
                "Resource": "*",
                "Condition": { (operator): { "kms:EncryptionContext:aws:logs:arn": group } },
            },
        ])
    }

    /// A subscription to the topic, as its list shows it.
    pub(super) fn subscription(&self, protocol: &str, endpoint: &str) -> Value {
        json!({
            "SubscriptionArn": format!("{}:5d7c6e1a-0b2f-4f0e-9a53-{:012x}", self.topic_arn(), sum(endpoint)),
            "Owner": self.home.0,
            "Protocol": protocol,
            "Endpoint": endpoint,
            "attributes": { "seen": { "PendingConfirmation": "false", "RawMessageDelivery": "false" } },
        })
    }

    /// The healthy chain under these names.
    fn account(&self) -> Value {
        let Self { secret_at, home, .. } = self;
        let (here, there) =
            (format!("{}/{}", home.0, home.1), format!("{}/{}", secret_at.0, secret_at.1));
        let secret_arn = format!(
            "arn:aws:secretsmanager:{}:{}:secret:{}-a1B2c3",
            secret_at.1, secret_at.0, self.secret
        );
        let minutes: Vec<Value> = Vec::new();
        let mut account = json!({
            "version": 1,
            "taken_at": "2026-01-05T10:12:00Z",
            "caller": { "seen": {
                "Account": secret_at.0,
                "Arn": format!("arn:aws:iam::{}:user/lab", secret_at.0),
            } },
            "asked": [{ "target": there, "secret": self.secret }],
            "targets": { (here.clone()): {
                "trails": { "seen": { (self.trail_arn()): {
                    "Name": self.trail,
                    "TrailARN": self.trail_arn(),
                    "HomeRegion": home.1,
                    "IsMultiRegionTrail": true,
                    "IsOrganizationTrail": self.organization.is_some(),
                    "S3BucketName": self.bucket,
                    "CloudWatchLogsLogGroupArn": self.arn("logs", &format!("log-group:{}:*", self.group)),
                    "CloudWatchLogsRoleArn": self.role_arn(),
                    "status": { "seen": {
                        "IsLogging": true,
                        "StartLoggingTime": "2025-11-03T08:00:00Z",
                        "LatestDeliveryTime": "2026-01-05T10:09:12Z",
                        "LatestCloudWatchLogsDeliveryTime": "2026-01-05T10:10:03Z",
                    } },
                    "selectors": { "seen": { "EventSelectors": [
                        { "ReadWriteType": "All", "IncludeManagementEvents": true },
                    ] } },
                } } },
                "trails_elsewhere": { "seen": {} },
                "log_groups": { "seen": { (self.group): {
                    "logGroupName": self.group,
                    "arn": self.arn("logs", &format!("log-group:{}:*", self.group)),
                    "logGroupClass": "STANDARD",
                } } },
                "metric_filters": { "seen": { (self.group): { (self.filter): {
                    "filterName": self.filter,
                    "logGroupName": self.group,
                    "filterPattern": PATTERN,
                    "metricTransformations": [{
                        "metricName": self.metric,
                        "metricNamespace": self.namespace,
                        "metricValue": "1",
                        "defaultValue": 0.0,
                    }],
                } } } },
                "alarms": { "seen": { "MetricAlarms": { (self.alarm): {
                    "AlarmName": self.alarm,
                    "AlarmArn": self.alarm_arn(),
                    "ActionsEnabled": true,
                    "AlarmActions": [self.topic_arn()],
                    "StateValue": "OK",
                    "StateTransitionedTimestamp": "2026-01-04T16:22:10Z",
                    "StateUpdatedTimestamp": "2026-01-04T16:22:10Z",
                    "MetricName": self.metric,
                    "Namespace": self.namespace,
                    "Statistic": "Sum",
                    "Period": 60,
                    "EvaluationPeriods": 1,
                    "Threshold": 1.0,
                    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                    "TreatMissingData": "notBreaching",
                } } } },
                "alarm_mute_rules": { "seen": {} },
                "incoming_log_events": { (self.group): { "seen": minutes } },
                "topics": { (self.topic_arn()): {
                    "attributes": { "seen": {
                        "TopicArn": self.topic_arn(),
                        "Owner": home.0,
                        "Policy": default_policy(&self.topic_arn(), home.0),
                    } },
                    "subscriptions": { "seen": {
                        (format!("email:{}", self.address)): self.subscription("email", self.address),
                    } },
                } },
                "roles": { (self.role_arn()): {
                    "role": { "seen": {
                        "Arn": self.role_arn(),
                        "AssumeRolePolicyDocument": policy(json!([{
                            "Effect": "Allow",
                            "Principal": { "Service": "cloudtrail.amazonaws.com" },
                            "Action": "sts:AssumeRole",
                        }])),
                    } },
                    "inline_policies": { "seen": { "write": { "seen": policy(json!([{
                        "Effect": "Allow",
                        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                        "Resource": self.streams(),
                    }])) } } },
                    "attached_policies": { "seen": {} },
                } },
                "buckets": { (self.bucket): { "policy": { "seen": self.bucket_policy() } } },
                "event_rules": { "seen": {} },
            } },
        });
        account["targets"][&there]["secrets"] = json!({ (self.secret): { "seen": {
            "ARN": secret_arn,
            "Name": self.secret,
        } } });
        account
    }

    fn bucket_policy(&self) -> String {
        let bucket = format!("arn:aws:s3:::{}", self.bucket);
        let service = json!({ "Service": "cloudtrail.amazonaws.com" });
        let own = format!("{bucket}/AWSLogs/{}/*", self.home.0);
        let members = self.organization.map(|id| format!("{bucket}/AWSLogs/{id}/*"));
        let folders: Vec<String> = std::iter::once(own).chain(members).collect();
        policy(json!([
            { "Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": bucket },
            {
                "Effect": "Allow",
                "Principal": service,
                "Action": "s3:PutObject",
                "Resource": folders,
                "Condition": { "StringEquals": {
                    "s3:x-amz-acl": "bucket-owner-full-control",
                    "aws:SourceArn": self.trail_arn(),
                } },
            },
        ]))
    }
}

/// What SNS gives a new topic (captured 2026-09).
pub(super) fn default_policy(topic: &str, owner: &str) -> String {
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": [
                "SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission",
                "SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe",
                "SNS:ListSubscriptionsByTopic", "SNS:Publish",
            ],
            "Resource": topic,
            "Condition": { "StringEquals": { "AWS:SourceOwner": owner } },
        }],
    })
    .to_string()
}

/// A number that tells endpoints apart.
fn sum(text: &str) -> u64 {
    text.bytes().fold(0, |sum: u64, byte| (sum * 31 + u64::from(byte)) % 0xffff_ffff)
}

impl Draft {
    /// A healthy account.
    pub(super) fn new(names: Names) -> Result<Self, serde_json::Error> {
        let snapshot = serde_json::from_value(names.account())?;
        Ok(Self { names, snapshot, traffic: 3, denials: Vec::new() })
    }

    /// Where the chain is.
    pub(super) fn target(&self) -> Option<Target> {
        self.names.trail_arn().parse::<Arn>().ok()?.target()
    }

    /// What is where the chain is.
    pub(super) fn home(&mut self) -> Option<&mut Observations> {
        let target = self.target()?;
        Some(self.snapshot.targets.entry(target).or_default())
    }

    /// What is asked about.
    pub(super) fn asked(&self) -> &[Asked] {
        &self.snapshot.asked
    }

    pub(super) fn secret(&mut self) -> Option<&mut Observed<Secret>> {
        let name = self.names.secret;
        self.snapshot.targets.values_mut().find_map(|at| at.secrets.get_mut(name))
    }

    pub(super) fn trail(&mut self) -> Option<&mut Trail> {
        let arn = self.names.trail_arn().parse().ok()?;
        self.home()?.trail_mut(&arn)
    }

    /// The chain's trail and all others.
    pub(super) fn trails(&mut self) -> impl Iterator<Item = &mut Trail> {
        let seen = self.snapshot.targets.values_mut();
        seen.filter_map(|at| at.trails.seen_mut()).flat_map(|trails| trails.values_mut())
    }

    pub(super) fn status(&mut self) -> Option<&mut TrailStatus> {
        self.trail()?.status.seen_mut()
    }

    /// Gives the trail these selectors.
    pub(super) fn select(&mut self, selectors: Value) {
        let Ok(selectors) = serde_json::from_value::<EventSelectors>(selectors) else { return };
        if let Some(trail) = self.trail() {
            trail.selectors = Observed::Seen(selectors);
        }
    }

    pub(super) fn role(&mut self) -> Option<&mut Role> {
        let arn = self.names.role_arn().parse().ok()?;
        self.home()?.roles.get_mut(&arn)
    }

    /// Gives the role this one policy.
    pub(super) fn role_may(&mut self, statements: Value) {
        let document = Observed::Seen(policy(statements));
        if let Some(role) = self.role() {
            role.inline_policies = Observed::Seen(BTreeMap::from([("write".to_owned(), document)]));
        }
    }

    /// Gives the role this trust policy.
    pub(super) fn role_trusts(&mut self, statements: Value) {
        if let Some(role) = self.role().and_then(|role| role.role.seen_mut()) {
            role.assume_role_policy_document = policy(statements);
        }
    }

    /// The filters of the group.
    pub(super) fn filters(&mut self) -> Option<&mut BTreeMap<String, MetricFilter>> {
        let group = self.names.group;
        self.home()?.metric_filters.seen_mut()?.get_mut(group)
    }

    pub(super) fn filter(&mut self) -> Option<&mut MetricFilter> {
        let (name, group) = (self.names.filter, self.names.group);
        let groups = self.home()?.metric_filters.seen_mut()?;
        let on_group = groups.get(group).is_some_and(|filters| filters.contains_key(name));
        let mut places = groups.iter_mut().filter(|(place, _)| !on_group || *place == group);
        places.find_map(|(_, filters)| filters.get_mut(name))
    }

    pub(super) fn pattern(&mut self, pattern: &str) {
        if let Some(filter) = self.filter() {
            filter.filter_pattern = pattern.to_owned();
        }
    }

    pub(super) fn metric(&mut self) -> Option<&mut MetricTransformation> {
        self.filter()?.metric_transformations.first_mut()
    }

    pub(super) fn alarm(&mut self) -> Option<&mut MetricAlarm> {
        let name = self.names.alarm;
        self.home()?.alarms.seen_mut()?.metric_alarms.get_mut(name)
    }

    pub(super) fn topic(&mut self) -> Option<&mut TopicAttributes> {
        let arn = self.names.topic_arn().parse().ok()?;
        self.home()?.topics.get_mut(&arn)?.attributes.seen_mut()
    }

    /// Gives the topic a policy of these statements.
    pub(super) fn topic_policy(&mut self, statements: Value) {
        if let Some(topic) = self.topic() {
            topic.policy = Some(policy(statements));
        }
    }

    pub(super) fn subscriptions(&mut self) -> Option<&mut BTreeMap<String, Subscription>> {
        let arn = self.names.topic_arn().parse().ok()?;
        self.home()?.topics.get_mut(&arn)?.subscriptions.seen_mut()
    }

    /// The subscription of the human who is told.
    pub(super) fn human(&mut self) -> Option<&mut Subscription> {
        let address = self.names.address;
        self.subscriptions()?.values_mut().find(|subscription| subscription.endpoint == address)
    }

    /// Adds a subscription.
    pub(super) fn subscribe(
        &mut self,
        protocol: &str,
        endpoint: &str,
    ) -> Option<&mut Subscription> {
        let subscription = self.names.subscription(protocol, endpoint);
        let subscription = serde_json::from_value(subscription).ok()?;
        let key = format!("{protocol}:{endpoint}");
        self.subscriptions()?.insert(key.clone(), subscription);
        self.subscriptions()?.get_mut(&key)
    }

    /// Encrypts the topic with a key of this id, state and policy.
    pub(super) fn encrypt_topic(&mut self, named: &str, state: &str, statements: Value) {
        let arn = self.names.arn("kms", "key/0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f");
        let named = match named {
            "arn" => arn.clone(),
            "id" => "0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f".to_owned(),
            alias => alias.to_owned(),
        };
        let key = json!({
            "metadata": { "seen": { "Arn": arn, "KeyManager": "CUSTOMER", "KeyState": state } },
            "policy": { "seen": policy(statements) },
        });
        let Ok(key) = serde_json::from_value(key) else { return };
        if let Some(topic) = self.topic() {
            topic.kms_master_key_id = Some(named.clone());
        }
        if let Some(home) = self.home() {
            home.keys.insert(named, key);
        }
    }

    /// Encrypts the log group with a key of this state and policy.
    pub(super) fn encrypt_group(&mut self, state: &str, statements: Value) {
        let arn = self.names.arn("kms", "key/4d3c2b1a-9f8e-4d6c-9b5a-483726150f0e");
        let key = json!({
            "metadata": { "seen": { "Arn": arn, "KeyManager": "CUSTOMER", "KeyState": state } },
            "policy": { "seen": policy(statements) },
        });
        let Ok(key) = serde_json::from_value(key) else { return };
        let name = self.names.group;
        let Some(home) = self.home() else { return };
        let group = home.log_groups.seen_mut().and_then(|groups| groups.get_mut(name));
        if let Some(group) = group {
            group.kms_key_id = Some(arn.clone());
            home.keys.insert(arn, key);
        }
    }

    /// Lets the group's events pass through these processors before the filter gets them.
    pub(super) fn transform(&mut self, processors: Value) {
        let transformer = json!({ "transformerConfig": processors });
        let Ok(transformer) = serde_json::from_value(transformer) else { return };
        let group = self.names.group.to_owned();
        if let Some(home) = self.home() {
            home.transformers.insert(group, Observed::Seen(transformer));
            home.transformer_policies = Observed::Seen(BTreeMap::new());
        }
        if let Some(filter) = self.filter() {
            filter.apply_on_transformed_logs = true;
        }
    }

    /// Lets the filter get every event of the group, as CloudTrail wrote it.
    pub(super) fn filter_gets_everything(&mut self) {
        if let Some(filter) = self.filter() {
            filter.apply_on_transformed_logs = false;
            filter.field_selection_criteria = None;
        }
    }

    /// Adds a filter for something else, whose zeros are in the same metric.
    pub(super) fn another_filter_on_the_metric(&mut self) {
        let Some(mut filter) = self.filter().cloned() else { return };
        filter.filter_name = "logins".to_owned();
        filter.filter_pattern = r#"{ $.eventName = "ConsoleLogin" }"#.to_owned();
        for metric in &mut filter.metric_transformations {
            metric.dimensions.clear();
            metric.default_value = Some(0.0);
        }
        if let Some(filters) = self.filters() {
            filters.insert("logins".to_owned(), filter);
        }
    }

    /// What is asked about is read in another Region.
    pub(super) fn read_in(&mut self, region: &'static str) {
        let account = self.names.secret_at.0;
        let Ok(target) = Target::try_from(format!("{account}/{region}")) else { return };
        let name = self.names.secret;
        let places = self.snapshot.targets.values_mut();
        let secret = places.into_iter().find_map(|at| at.secrets.remove(name));
        let arn = format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-a1B2c3");
        let secret = secret.map(|secret| match (secret, arn.parse()) {
            (Observed::Seen(secret), Ok(arn)) => Observed::Seen(Secret { arn, ..secret }),
            (secret, _) => secret,
        });
        let at = self.snapshot.targets.entry(target.clone()).or_default();
        at.secrets.extend(secret.map(|secret| (name.to_owned(), secret)));
        for asked in &mut self.snapshot.asked {
            asked.target = target.clone();
        }
        self.names.secret_at.1 = region;
    }

    /// Takes filter and alarm away; what the alarm did.
    fn without_alarm(&mut self) -> Vec<String> {
        let (alarm, filter) = (self.names.alarm, self.names.filter);
        if let Some(filters) = self.filters() {
            filters.remove(filter);
        }
        let mut actions = vec![self.names.topic_arn()];
        if let Some(home) = self.home() {
            home.alarm_histories.remove(alarm);
            if let Some(alarms) = home.alarms.seen_mut() {
                alarms.composite_alarms.clear();
                if let Some(alarm) = alarms.metric_alarms.remove(alarm) {
                    actions.extend(alarm.alarm_actions);
                }
            }
        }
        actions.dedup();
        actions
    }

    /// An alarm on a query notifies in place of filter and alarm.
    pub(super) fn notify_by_log_alarm(&mut self, query: &str, threshold: f64) {
        let actions = self.without_alarm();
        self.add_log_alarm(self.names.alarm, query, threshold, &actions);
    }

    /// Somebody else is told too, by an alarm on a query and a topic of its own.
    pub(super) fn notify_another_by_log_alarm(&mut self) {
        let names = Names { topic: "a-third", ..self.names.clone() };
        let Ok(mut other) = Self::new(names) else { return };
        let topic = other.names.topic_arn();
        let (Ok(arn), Some(home)) = (topic.parse(), other.home()) else { return };
        let found = home.topics.remove(&arn);
        if let Some(home) = self.home() {
            home.topics.extend(found.map(|topic| (arn, topic)));
        }
        self.add_log_alarm("a-third", READ_QUERY, 1.0, &[topic]);
    }

    fn add_log_alarm(&mut self, name: &str, query: &str, threshold: f64, actions: &[String]) {
        let alarm = json!({
            "AlarmName": name,
            "AlarmArn": self.names.arn("cloudwatch", &format!("alarm:{name}")),
            "ActionsEnabled": true,
            "AlarmActions": actions,
            "StateValue": "OK",
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "QueryResultsToEvaluate": 1,
            "QueryResultsToAlarm": 1,
            "ScheduledQueryConfiguration": {
                "QueryString": query,
                "LogGroupIdentifiers": [self.names.group],
                "ScheduledQueryRoleARN": format!("arn:aws:iam::{}:role/query", self.names.home.0),
                "AggregationExpression": "count(*)",
                "ScheduleConfiguration": {
                    "ScheduleExpression": "rate(5 minutes)",
                    "StartTimeOffset": 300,
                    "EndTimeOffset": 0,
                },
            },
        });
        let Ok(alarm) = serde_json::from_value(alarm) else { return };
        if let Some(alarms) = self.home().and_then(|home| home.alarms.seen_mut()) {
            alarms.log_alarms.insert(name.to_owned(), alarm);
        }
    }

    /// A rule of EventBridge notifies in place of filter and alarm, and the topic admits it.
    pub(super) fn notify_by_rule(&mut self, pattern: &str, state: &str) {
        self.without_alarm();
        let (topic, name) =
            (self.names.topic_arn(), self.names.filter.replace([' ', '(', ')'], "-"));
        let rule = json!({
            "Name": name,
            "Arn": self.names.arn("events", &format!("rule/{name}")),
            "EventPattern": pattern,
            "State": state,
            "targets": { "seen": { "mail": { "Arn": topic } } },
        });
        let Ok(rule) = serde_json::from_value(rule) else { return };
        if let Some(rules) = self.home().and_then(|home| home.event_rules.seen_mut()) {
            rules.insert(name, rule);
        }
        self.topic_policy(json!([{
            "Effect": "Allow",
            "Principal": { "Service": "events.amazonaws.com" },
            "Action": "sns:Publish",
            "Resource": topic,
        }]));
        if let Some(topic) = self.topic() {
            topic.kms_master_key_id = None;
        }
    }

    /// Adds a FIFO topic, which nobody has subscribed to.
    pub(super) fn add_fifo_topic(&mut self, arn: &str) {
        let statement = json!([{
            "Effect": "Allow",
            "Principal": { "Service": "cloudwatch.amazonaws.com" },
            "Action": "SNS:Publish",
            "Resource": arn,
        }]);
        let topic = json!({
            "attributes": { "seen": {
                "TopicArn": arn,
                "Owner": self.names.home.0,
                "FifoTopic": "true",
                "Policy": policy(statement),
            } },
            "subscriptions": { "seen": {} },
        });
        let (Ok(arn), Ok(topic)) = (arn.parse(), serde_json::from_value(topic)) else { return };
        if let Some(home) = self.home() {
            home.topics.insert(arn, topic);
        }
    }

    /// A phone is the only subscriber; and what the account may send to phones.
    pub(super) fn only_phone(&mut self, sms: Value) {
        if let Some(subscriptions) = self.subscriptions() {
            subscriptions.clear();
        }
        self.subscribe("sms", NUMBER);
        let Ok(sms) = serde_json::from_value(sms) else { return };
        if let Some(home) = self.home() {
            home.sms = sms;
        }
    }

    /// Adds a metric alarm like the chain's under another name, and gives it back.
    pub(super) fn another_alarm(&mut self, name: &str) -> Option<&mut MetricAlarm> {
        let arn = self.names.arn("cloudwatch", &format!("alarm:{name}")).parse().ok()?;
        let mut alarm = self.alarm()?.clone();
        alarm.alarm_name = name.to_owned();
        alarm.alarm_arn = arn;
        let alarms = &mut self.home()?.alarms.seen_mut()?.metric_alarms;
        alarms.insert(name.to_owned(), alarm);
        alarms.get_mut(name)
    }

    /// Puts a composite alarm over the chain's, which notifies in its place.
    pub(super) fn notify_by_composite(&mut self, name: &str, rule: String, more: Value) {
        let Some(alarm) = self.alarm() else { return };
        alarm.actions_enabled = false;
        let actions = std::mem::take(&mut alarm.alarm_actions);
        let mut composite = json!({
            "AlarmName": name,
            "AlarmArn": self.names.arn("cloudwatch", &format!("alarm:{name}")),
            "AlarmRule": rule,
            "ActionsEnabled": true,
            "AlarmActions": actions,
            "StateValue": "OK",
            "StateTransitionedTimestamp": "2026-01-04T16:22:10Z",
        });
        if let (Some(composite), Value::Object(more)) = (composite.as_object_mut(), more) {
            composite.extend(more);
        }
        let Ok(composite) = serde_json::from_value(composite) else { return };
        if let Some(alarms) = self.home().and_then(|home| home.alarms.seen_mut()) {
            alarms.composite_alarms.insert(name.to_owned(), composite);
        }
    }

    /// Adds a whole chain in another Region: a trail of its own, and all that follows it.
    pub(super) fn chain_elsewhere(&mut self) {
        let names = Names {
            home: (self.names.home.0, "sa-east-1"),
            trail: "a-third",
            role: "a-third",
            ..self.names.clone()
        };
        let Ok(other) = Self::new(names) else { return };
        let Some(target) = other.target() else { return };
        if let Some(found) = other.snapshot.targets.get(&target) {
            self.snapshot.targets.insert(target, found.clone());
        }
    }

    /// Denies an action where the chain is, or for the secret.
    pub(super) fn deny(&mut self, action: &str) {
        for target in self.snapshot.targets.keys() {
            self.denials.push(Denial {
                target: target.clone(),
                action: action.to_owned(),
                resource: None,
                failure: None,
            });
        }
    }

    /// The organisation whose trail it is.
    pub(super) fn organization(&self) -> Option<Organization> {
        let mut members = Vec::new();
        for (account, _) in [self.names.home, self.names.secret_at] {
            members.push(account.parse().ok()?);
        }
        Some(Organization {
            id: self.names.organization?.to_owned(),
            management: self.names.home.0.parse().ok()?,
            members,
        })
    }
}
