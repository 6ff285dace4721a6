//! Ways in which accounts differ while a human is told all the same.
//!
//! One table of many rows makes these more than 400 lines.

use secmon_core::snapshot::{Datapoint, Observed};
use serde_json::json;

use super::draft::{ALL_EVENTS, Draft, NUMBER, Names, READ_EVENTS, READ_QUERY};
use super::draw::Draw;

/// A way in which accounts differ.
#[derive(Debug)]
pub struct Variation {
    /// What is different, in a few words.
    pub name: &'static str,
    /// What it is about: an account has at most one variation of each kind.
    pub about: &'static str,
    pub(super) edit: Edit,
}

/// What a variation or a fault does to an account.
#[derive(Debug)]
pub(super) enum Edit {
    /// Before the account is made.
    Names(fn(&mut Names, &mut Draw)),
    /// To the account.
    Account(fn(&mut Draft, &mut Draw)),
}

macro_rules! variations {
    ($($about:literal { $($name:literal => $kind:ident($edit:expr)),* $(,)? })*) => {
        /// Every variation.
        pub static VARIATIONS: &[Variation] = &[$($(
            Variation { name: $name, about: $about, edit: Edit::$kind($edit) },
        )*)*];
    };
}

/// Patterns that match every read, as people write them.
pub(super) const PATTERNS: &[&str] = &[
    r#"{($.eventSource=secretsmanager.amazonaws.com)&&($.eventName=GetSecretValue)}"#,
    r#"{ $.eventName = "GetSecretValue" || $.eventName = "BatchGetSecretValue" }"#,
    r#"{ ($.eventName = "BatchGetSecretValue") || ($.eventName = "GetSecretValue") }"#,
    r#"{ $.eventName = "GetSecretValue" }"#,
    r#"{ $.eventName = GetSecretValue }"#,
    r#"{ $.eventName = "GetSecret*" }"#,
    r#"{ $.eventName = "*GetSecretValue" && $.eventSource = "secretsmanager*" }"#,
    r#"{ $.eventName = %GetSecretValue% }"#,
    r#"{ ($.eventSource = "secretsmanager.amazonaws.com") && ($.readOnly IS TRUE) && ($.eventName = "*SecretValue") }"#,
    r#"{ ($.eventName = "GetSecretValue") && ($.requestParameters.secretId = "*") }"#,
    r#"{ ($.eventName = "GetSecretValue") && (($.errorCode NOT EXISTS) || ($.errorCode = "AccessDenied*")) }"#,
    r#"{ ($.eventName = "GetSecretValue") && ($.managementEvent IS TRUE) }"#,
    r#"{ ((($.eventName = "GetSecretValue"))) }"#,
    r#"{ ($.eventName != "ListSecrets") && ($.eventName = "GetSecretValue") }"#,
    r#"{ ($.eventVersion = "1.*") && ($.eventName = "GetSecretValue") }"#,
    r#""GetSecretValue""#,
    r#"GetSecretValue"#,
    r#"GetSecretValue -DescribeMetricFilters"#,
    r#"?GetSecretValue ?BatchGetSecretValue"#,
    r#"{ $.eventSource = "secretsmanager.amazonaws.com" && $.eventName = %^GetSecretValue$|^BatchGetSecretValue$% || $.eventName = "GetSecretValue" }"#,
];

variations! {
    "names" {
        "unusual names" => Names(unusual_names),
    }
    "place" {
        "trail, filter and alarm in another Region" => Names(|names, draw| {
            names.home.1 = draw.pick(&["us-east-1", "eu-central-1", "ap-southeast-2"]);
        }),
    }
    "owner" {
        "trail of the organisation, filter and alarm in the management account" => Names(|names, _| {
            names.secret_at.0 = "222233334444";
            names.organization = Some("o-a1b2c3d4e5");
        }),
    }
    "scope" {
        "single-Region trail" => Account(|draft, _| {
            if draft.names.home == draft.names.secret_at && let Some(trail) = draft.trail() {
                trail.is_multi_region_trail = false;
            }
        }),
    }
    "selectors" {
        "read-only management events" => Account(|draft, _| {
            draft.select(json!({ "EventSelectors": [{ "ReadWriteType": "ReadOnly" }] }));
        }),
        "no selector was ever set" => Account(|draft, _| draft.select(json!({}))),
        "advanced selector for management events" => Account(|draft, _| draft.select(json!({
            "AdvancedEventSelectors": [{
                "Name": "Management events selector",
                "FieldSelectors": [{ "Field": "eventCategory", "Equals": ["Management"] }],
            }],
        }))),
        "advanced selector for reads, without KMS and RDS" => Account(|draft, _| draft.select(json!({
            "AdvancedEventSelectors": [{ "FieldSelectors": [
                { "Field": "eventCategory", "Equals": ["Management"] },
                { "Field": "readOnly", "Equals": ["true"] },
                { "Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "rdsdata.amazonaws.com"] },
            ] }],
        }))),
        "two selectors, one for writes" => Account(|draft, _| draft.select(json!({
            "EventSelectors": [
                { "ReadWriteType": "WriteOnly", "IncludeManagementEvents": true },
                { "ReadWriteType": "ReadOnly", "IncludeManagementEvents": true },
            ],
        }))),
        "data events besides, KMS left out" => Account(|draft, _| draft.select(json!({
            "EventSelectors": [{
                "ReadWriteType": "All",
                "IncludeManagementEvents": true,
                "ExcludeManagementEventSources": ["kms.amazonaws.com"],
                "DataResources": [{ "Type": "AWS::S3::Object", "Values": ["arn:aws:s3"] }],
            }],
        }))),
        "advanced selectors, the second for management events" => Account(|draft, _| draft.select(json!({
            "AdvancedEventSelectors": [
                { "FieldSelectors": [
                    { "Field": "eventCategory", "Equals": ["Data"] },
                    { "Field": "resources.type", "Equals": ["AWS::Lambda::Function"] },
                ] },
                { "FieldSelectors": [{ "Field": "eventCategory", "Equals": ["Management"] }] },
            ],
        }))),
    }
    "role policy" {
        "every action on logs everywhere" => Account(|draft, _| draft.role_may(json!([
            { "Effect": "Allow", "Action": "logs:*", "Resource": "*" },
        ]))),
        "one statement for each action" => Account(|draft, _| {
            let streams = draft.names.streams();
            draft.role_may(json!([
                { "Sid": "Create", "Effect": "Allow", "Action": ["logs:CreateLogStream"], "Resource": streams },
                { "Sid": "Put", "Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": streams },
            ]));
        }),
        "the whole group" => Account(|draft, _| {
            let group = draft.names.arn("logs", &format!("log-group:{}:*", draft.names.group));
            draft.role_may(json!([
                { "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:Put*"], "Resource": group },
            ]));
        }),
        "a denial of something else besides" => Account(|draft, _| {
            let streams = draft.names.streams();
            draft.role_may(json!([
                { "Effect": "Allow", "Action": "logs:*LogStream", "Resource": "*" },
                { "Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": streams },
                { "Effect": "Deny", "Action": "logs:Delete*", "Resource": "*" },
            ]));
        }),
        "a managed policy" => Account(|draft, _| {
            let (owner, streams) = (draft.names.home.0, draft.names.streams());
            let document = super::draft::policy(json!([{
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": streams,
            }]));
            let attached = json!({ (format!("arn:aws:iam::{owner}:policy/service-role/to-logs")): {
                "default_version_id": { "seen": "v3" },
                "document": { "seen": document },
            } });
            let Ok(attached) = serde_json::from_value(attached) else { return };
            if let Some(role) = draft.role() {
                role.inline_policies = Observed::Seen(Default::default());
                role.attached_policies = Observed::Seen(attached);
            }
        }),
    }
    "role trust" {
        "CloudTrail for this trail, and others" => Account(|draft, _| {
            let (trail, account) = (draft.names.trail_arn(), draft.names.home.0);
            draft.role_trusts(json!([
                {
                    "Effect": "Allow",
                    "Principal": { "Service": ["ec2.amazonaws.com", "cloudtrail.amazonaws.com"] },
                    "Action": "sts:AssumeRole",
                    "Condition": {
                        "ArnLike": { "aws:SourceArn": trail },
                        "StringEquals": { "aws:SourceAccount": account },
                    },
                },
                {
                    "Effect": "Allow",
                    "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
                    "Action": "sts:AssumeRole",
                },
            ]));
        }),
    }
    "bucket" {
        "the bucket has no policy" => Account(|draft, _| {
            let bucket = draft.names.bucket;
            if let Some(bucket) = draft.home().and_then(|home| home.buckets.get_mut(bucket)) {
                bucket.policy = Observed::Absent;
            }
        }),
        "the last log file was refused" => Account(|draft, _| {
            if let Some(status) = draft.status() {
                status.latest_delivery_error = Some("AccessDenied".to_owned());
            }
        }),
        "log files with a prefix, validated" => Account(|draft, _| {
            if let Some(trail) = draft.trail() {
                trail.s3_key_prefix = Some("cloudtrail".to_owned());
                trail.log_file_validation_enabled = Some(true);
            }
        }),
    }
    "group" {
        "a group made before there were classes" => Account(|draft, _| {
            let group = draft.names.group;
            let groups = draft.home().and_then(|home| home.log_groups.seen_mut());
            if let Some(group) = groups.and_then(|groups| groups.get_mut(group)) {
                group.log_group_class = None;
                group.retention_in_days = Some(1);
            }
        }),
        "a group with a key of the account" => Account(|draft, draw| {
            let operator = draw.pick(&["ArnEquals", "ArnLike", "StringEquals"]);
            draft.encrypt_group("Enabled", draft.names.for_logs(operator));
        }),
    }
    "pattern" {
        "a pattern written differently" => Account(|draft, draw| draft.pattern(draw.pick(PATTERNS))),
        "one secret only, by name and ARN" => Account(|draft, _| {
            let name = draft.names.secret;
            let Some(Observed::Seen(secret)) = draft.secret() else { return };
            let arn = secret.arn.clone();
            draft.pattern(&format!(
                "{{ ($.eventName = \"GetSecretValue\") && (($.requestParameters.secretId = \"{name}\") || \
                 ($.requestParameters.secretId = \"{arn}\")) }}"
            ));
        }),
    }
    "value" {
        "no default value" => Account(|draft, _| {
            if let Some(metric) = draft.metric() {
                metric.default_value = None;
            }
        }),
        "a read adds 5" => Account(|draft, draw| {
            let none = draw.percent(50);
            if let Some(metric) = draft.metric() {
                metric.metric_value = draw.pick(&["5", "5.0", "1e1", "100"]).to_owned();
                metric.default_value = if none { None } else { Some(0.0) };
            }
        }),
        "values with a unit, which the alarm names" => Account(|draft, draw| {
            let named = draw.percent(50);
            if let Some(metric) = draft.metric() {
                metric.unit = Some("Count".to_owned());
            }
            if let Some(alarm) = draft.alarm().filter(|_| named) {
                alarm.unit = Some("Count".to_owned());
            }
        }),
        "a dimension that the alarm names" => Account(|draft, _| {
            if let Some(metric) = draft.metric() {
                metric.default_value = None;
                metric.dimensions.insert("Event".to_owned(), "$.eventName".to_owned());
            }
            if let Some(alarm) = draft.alarm() {
                alarm.dimensions = vec![secmon_core::snapshot::Dimension {
                    name: "Event".to_owned(),
                    value: "GetSecretValue".to_owned(),
                }];
            }
        }),
    }
    "other filters" {
        "filters, alarms and topics for other things" => Account(others),
        "a group of another trail with the same filter" => Account(|draft, _| {
            let name = draft.names.filter;
            let Some(mut filter) = draft.filter().cloned() else { return };
            filter.log_group_name = "aws-controltower/CloudTrailLogs".to_owned();
            for metric in &mut filter.metric_transformations {
                metric.metric_namespace = "Elsewhere".to_owned();
            }
            let arn = draft.names.arn("logs", "log-group:aws-controltower/CloudTrailLogs:*");
            let group = json!({ "logGroupName": filter.log_group_name, "arn": arn });
            let Ok(group) = serde_json::from_value(group) else { return };
            let Some(home) = draft.home() else { return };
            let named = filter.log_group_name.clone();
            if let Some(filters) = home.metric_filters.seen_mut() {
                filters.insert(named.clone(), [(name.to_owned(), filter)].into());
            }
            if let Some(groups) = home.log_groups.seen_mut() {
                groups.insert(named, group);
            }
        }),
    }
    "statistic" {
        "Maximum" => Account(|draft, _| statistic(draft, "Maximum")),
        "a statistic that counts where nothing is added without a read" => Account(|draft, draw| {
            if let Some(metric) = draft.metric() {
                metric.default_value = None;
            }
            statistic(draft, draw.pick(&["Average", "Minimum", "SampleCount", "Maximum"]));
        }),
    }
    "limit" {
        "above 0" => Account(|draft, _| limit(draft, "GreaterThanThreshold", 0.0)),
        "at least a half" => Account(|draft, _| limit(draft, "GreaterThanOrEqualToThreshold", 0.5)),
        "above 0.99" => Account(|draft, _| limit(draft, "GreaterThanThreshold", 0.99)),
    }
    "window" {
        "one of several periods" => Account(|draft, draw| {
            let periods = draw.pick(&[2, 3, 5, 10]);
            if let Some(alarm) = draft.alarm() {
                alarm.evaluation_periods = Some(periods);
                alarm.datapoints_to_alarm = Some(1);
            }
        }),
        "a longer period" => Account(|draft, draw| {
            let period = draw.pick(&[120, 180, 300, 600]);
            if let Some(alarm) = draft.alarm() {
                alarm.period = Some(period);
            }
        }),
    }
    "missing data" {
        "missing, and said so" => Account(|draft, _| missing(draft, Some("missing"))),
        "nothing said of missing data" => Account(|draft, _| missing(draft, None)),
        "ignored" => Account(|draft, _| missing(draft, Some("ignore"))),
    }
    "state" {
        "never evaluated" => Account(|draft, _| {
            if let Some(alarm) = draft.alarm() {
                alarm.state_value = "INSUFFICIENT_DATA".to_owned();
                alarm.state_reason = Some("Unchecked: Initial alarm creation".to_owned());
            }
        }),
        "went off last night" => Account(history),
    }
    "other alarms" {
        "an alarm on the metric that never goes off" => Account(|draft, draw| {
            let name = draw.pick(&["a-first-try", "zz-old secret alarm"]);
            let statistic = draw.pick(&["Average", "Minimum"]);
            if let Some(alarm) = draft.another_alarm(name) {
                alarm.statistic = Some(statistic.to_owned());
                alarm.threshold = Some(100.0);
            }
        }),
        "an alarm on the metric that tells nobody" => Account(|draft, draw| {
            let name = draw.pick(&["a-first-try", "zz-old secret alarm"]);
            if let Some(alarm) = draft.another_alarm(name) {
                alarm.alarm_actions.clear();
            }
        }),
        "an alarm on the metric whose topic is gone" => Account(|draft, draw| {
            let name = draw.pick(&["a-first-try", "zz-old secret alarm"]);
            let gone = draft.names.arn("sns", "gone");
            if let Some(alarm) = draft.another_alarm(name) {
                alarm.alarm_actions = vec![gone];
            }
        }),
    }
    "notifier" {
        "a composite alarm notifies" => Account(|draft, draw| {
            let alarm = draft.names.alarm;
            let rule = match draw.below(3) {
                0 => format!("ALARM(\"{alarm}\")"),
                1 => format!("(ALARM('{alarm}') OR ALARM(\"disk-full\"))"),
                _ => format!("ALARM(\"{}\")", draft.names.alarm_arn()),
            };
            if let Some(other) = draft.another_alarm("disk-full") {
                other.alarm_actions.clear();
                other.metric_name = Some("DiskFull".to_owned());
                other.namespace = Some("Hosts".to_owned());
            }
            draft.notify_by_composite("any-security-alarm", rule, json!({}));
        }),
    }
    "actions" {
        "another topic besides, which is gone" => Account(|draft, _| {
            let gone = draft.names.arn("sns", "a-gone");
            if let Some(alarm) = draft.alarm().filter(|alarm| !alarm.alarm_actions.is_empty()) {
                alarm.alarm_actions.insert(0, gone);
            }
        }),
        "told when it is over, too" => Account(|draft, _| {
            let topic = draft.names.topic_arn();
            if let Some(alarm) = draft.alarm() {
                alarm.ok_actions = vec![topic];
            }
        }),
        "a function besides" => Account(|draft, _| {
            let page = draft.names.arn("lambda", "function:page");
            if let Some(alarm) = draft.alarm().filter(|alarm| !alarm.alarm_actions.is_empty()) {
                alarm.alarm_actions.push(page);
            }
        }),
    }
    "mute rules" {
        "a rule for another alarm, and one that is over" => Account(|draft, _| {
            let (one, two) = (
                draft.names.arn("cloudwatch", "alarm-mute-rule:others"),
                draft.names.arn("cloudwatch", "alarm-mute-rule:over"),
            );
            let rules = json!({
                "others": { "AlarmMuteRuleArn": one, "Status": "ACTIVE", "targets": { "seen": ["another"] } },
                "over": { "AlarmMuteRuleArn": two, "Status": "EXPIRED" },
            });
            let Ok(rules) = serde_json::from_value(rules) else { return };
            if let Some(home) = draft.home() {
                home.alarm_mute_rules = Observed::Seen(rules);
            }
        }),
    }
    "topic policy" {
        "a policy that admits CloudWatch" => Account(right_topic_policy),
    }
    "topic key" {
        "a key of the account" => Account(|draft, draw| {
            let named = draw.pick(&["arn", "id", "alias/security-alerts"]);
            let (account, region, topic) = (draft.names.home.0, draft.names.home.1, draft.names.topic_arn());
            let service = json!({ "Service": "cloudwatch.amazonaws.com" });
            let admits = match draw.below(5) {
                0 => json!({ "Effect": "Allow", "Principal": service, "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*" }),
                1 => json!({ "Effect": "Allow", "Principal": service, "Action": "kms:*", "Resource": "*",
                    "Condition": { "StringEquals": { "aws:SourceAccount": account } } }),
                2 => json!({ "Effect": "Allow", "Principal": { "Service": ["sns.amazonaws.com", "cloudwatch.amazonaws.com"] },
                    "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*" }),
                3 => json!({ "Effect": "Allow", "Principal": service, "Action": ["kms:Decrypt", "kms:Generate*"], "Resource": "*",
                    "Condition": { "ArnLike": { "aws:SourceArn": format!("arn:aws:cloudwatch:{region}:{account}:alarm:*") } } }),
                _ => json!({ "Effect": "Allow", "Principal": service, "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*",
                    "Condition": { "StringEquals": { "kms:EncryptionContext:aws:sns:topicArn": topic } } }),
            };
            draft.encrypt_topic(named, "Enabled", json!([
                { "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{account}:root") }, "Action": "kms:*", "Resource": "*" },
                admits,
            ]));
        }),
    }
    "subscriptions" {
        "one that nobody confirmed, and one that was cancelled" => Account(|draft, _| {
            for (endpoint, state) in [("a-new@example.org", "PendingConfirmation"), ("b-gone@example.org", "Deleted")] {
                if let Some(subscription) = draft.subscribe("email", endpoint) {
                    subscription.subscription_arn = state.to_owned();
                    subscription.attributes = Observed::NotAsked;
                }
            }
        }),
        "a queue and a function besides" => Account(|draft, _| {
            let (queue, page) = (draft.names.arn("sqs", "alerts"), draft.names.arn("lambda", "function:page"));
            draft.subscribe("sqs", &queue);
            draft.subscribe("lambda", &page);
        }),
        "another human, whose filter policy wants other alarms" => Account(|draft, _| {
            let other = draft.subscribe("email", "another@example.org");
            if let Some(attributes) = other.and_then(|other| other.attributes.seen_mut()) {
                attributes.filter_policy = Some(r#"{"severity":["high"]}"#.to_owned());
            }
        }),
    }
    "protocol" {
        "mail as JSON" => Account(|draft, _| protocol(draft, "email-json", None)),
        "a phone" => Account(|draft, draw| {
            protocol(draft, "sms", Some(NUMBER));
            let sms = match draw.percent(50) {
                true => json!({ "IsInSandbox": { "seen": true }, "PhoneNumbers": { "seen": { (NUMBER): "Verified" } } }),
                false => json!({ "IsInSandbox": { "seen": false }, "isOptedOut": { (NUMBER): { "seen": false } } }),
            };
            let Ok(sms) = serde_json::from_value(sms) else { return };
            if let Some(home) = draft.home() {
                home.sms = sms;
            }
        }),
        "a chat by HTTPS" => Account(|draft, _| protocol(draft, "https", Some("https://chat.example.org/hook"))),
    }
    "filter policy" {
        "a filter policy that alarms pass" => Account(|draft, draw| {
            let alarm = draft.names.alarm.chars().take(3).collect::<String>();
            if draft.human().is_some_and(|human| human.protocol != "email-json") {
                protocol(draft, "https", Some("https://chat.example.org/hook"));
            }
            let begins = json!({ "AlarmName": [{ "prefix": alarm }] }).to_string();
            let policy = match draw.below(4) {
                0 => r#"{"NewStateValue":["ALARM"]}"#.to_owned(),
                1 => r#"{"NewStateValue":["OK","ALARM"],"AlarmName":[{"exists":true}]}"#.to_owned(),
                2 => r#"{"NewStateValue":[{"anything-but":["OK"]}]}"#.to_owned(),
                _ => begins,
            };
            if let Some(attributes) = draft.human().and_then(|human| human.attributes.seen_mut()) {
                attributes.filter_policy = Some(policy);
                attributes.filter_policy_scope = Some("MessageBody".to_owned());
            }
        }),
    }
    "other trails" {
        "a trail that is stopped" => Account(|draft, _| another_trail(draft, |trail| {
            if let Some(status) = trail.status.seen_mut() {
                status.is_logging = false;
            }
        })),
        "a trail that writes to S3 only" => Account(|draft, _| another_trail(draft, |trail| {
            trail.cloud_watch_logs_log_group_arn = None;
            trail.cloud_watch_logs_role_arn = None;
        })),
        "a trail that sends messages of its log files to the topic" => Account(|draft, _| {
            let topic = draft.names.topic_arn();
            if let Some(trail) = draft.trail() {
                trail.sns_topic_arn = Some(topic);
            }
        }),
    }
    "rules" {
        "a rule for something else" => Account(|draft, _| {
            let (rule, topic) = (draft.names.arn("events", "rule/others"), draft.names.topic_arn());
            let rules = json!({ "others": {
                "Name": "others",
                "Arn": rule,
                "EventPattern": r#"{"source":["aws.ec2"]}"#,
                "State": "ENABLED",
                "targets": { "seen": { "sns": topic } },
            } });
            let Ok(rules) = serde_json::from_value(rules) else { return };
            if let Some(home) = draft.home() {
                home.event_rules = Observed::Seen(rules);
            }
        }),
        "a rule instead of filter and alarm" => Account(|draft, draw| {
            let pattern = draw.pick(&[
                READ_EVENTS,
                r#"{"source":["aws.secretsmanager"],"detail":{"eventName":[{"suffix":"GetSecretValue"}]}}"#,
                r#"{"detail":{"eventSource":["secretsmanager.amazonaws.com"],"readOnly":[true]}}"#,
            ]);
            // A rule gets what happens in its account and Region.
            if draft.names.home == draft.names.secret_at {
                draft.notify_by_rule(pattern, ALL_EVENTS);
            }
        }),
        "a log alarm instead of filter and alarm" => Account(|draft, draw| {
            let query = draw.pick(&[
                READ_QUERY,
                r#"fields @timestamp | filter eventSource = "secretsmanager.amazonaws.com" and eventName = "GetSecretValue""#,
                "filter eventName like /GetSecretValue/",
            ]);
            draft.notify_by_log_alarm(query, 1.0);
        }),
    }
    "traffic" {
        "a quiet account" => Account(|draft, draw| draft.traffic = draw.pick(&[0, 1, 2])),
        "a busy account" => Account(|draft, draw| draft.traffic = draw.pick(&[8, 12, 20])),
    }
}

fn unusual_names(names: &mut Names, draw: &mut Draw) {
    names.secret = draw.pick(&[
        "prod/db-secret",
        "a",
        "team@payments/key+v2.json",
        "rds!db-1-abcdef",
        "TopSecretInfo",
    ]);
    names.trail =
        draw.pick(&["management-events", "Org.Trail_1", "aws-controltower-BaselineCloudTrail"]);
    names.bucket = draw.pick(&["logs-of-123456789012", "s3.with.dots"]);
    names.role = draw.pick(&["service-role/CloudTrail_CloudWatchLogs_Role", "Trail+To=Logs@x"]);
    names.group =
        draw.pick(&["/aws/cloudtrail/all", "aws-cloudtrail-logs-123456789012-a1b2c3d4", "g#1"]);
    names.filter = draw.pick(&["Zugriff auf Geheimnisse", "filter (1)", "x"]);
    names.metric = draw.pick(&["Geheimnis gelesen", "reads/secret", "é", "GetSecretValue"]);
    names.namespace = draw.pick(&["CloudTrailMetrics", "LogMetrics", "Sécurité 1"]);
    names.alarm = draw.pick(&["secret read: prod (EU)", "Geheimnis gelesen – ß", "a/b 100%", "x"]);
    names.topic = draw.pick(&["Default_CloudWatch_Alarms_Topic", "T", "alerts-1"]);
    names.address = draw.pick(&["first.last+aws@example.org", "SOC@EXAMPLE.org"]);
}

fn statistic(draft: &mut Draft, statistic: &str) {
    if let Some(alarm) = draft.alarm() {
        alarm.statistic = Some(statistic.to_owned());
    }
}

fn limit(draft: &mut Draft, operator: &str, threshold: f64) {
    if let Some(alarm) = draft.alarm() {
        alarm.comparison_operator = Some(operator.to_owned());
        alarm.threshold = Some(threshold);
    }
}

fn missing(draft: &mut Draft, treat: Option<&str>) {
    if let Some(alarm) = draft.alarm() {
        alarm.treat_missing_data = treat.map(str::to_owned);
    }
}

fn protocol(draft: &mut Draft, protocol: &str, endpoint: Option<&'static str>) {
    let address = draft.names.address;
    let Some(subscriptions) = draft.subscriptions() else { return };
    let Some(mut human) = subscriptions.remove(&format!("email:{address}")) else { return };
    human.protocol = protocol.to_owned();
    if let Some(endpoint) = endpoint {
        human.endpoint = endpoint.to_owned();
    }
    subscriptions.insert(format!("{protocol}:{}", human.endpoint), human);
    if let Some(endpoint) = endpoint {
        draft.names.address = endpoint;
    }
}

fn right_topic_policy(draft: &mut Draft, draw: &mut Draw) {
    let (topic, account, region) =
        (draft.names.topic_arn(), draft.names.home.0, draft.names.home.1);
    let alarms = format!("arn:aws:cloudwatch:{region}:{account}:alarm:*");
    let service = json!({ "Service": "cloudwatch.amazonaws.com" });
    let admits = match draw.below(8) {
        0 => {
            json!({ "Effect": "Allow", "Principal": service, "Action": "SNS:Publish", "Resource": topic })
        }
        1 => {
            json!({ "Effect": "Allow", "Principal": service, "Action": "sns:Publish", "Resource": topic,
            "Condition": { "StringEquals": { "aws:SourceAccount": account } } })
        }
        2 => {
            json!({ "Effect": "Allow", "Principal": service, "Action": ["SNS:Publish"], "Resource": topic,
            "Condition": { "ArnLike": { "aws:SourceArn": alarms } } })
        }
        3 => {
            json!({ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "SNS:Publish", "Resource": "*",
            "Condition": { "StringEquals": { "AWS:SourceOwner": account } } })
        }
        4 => {
            json!({ "Effect": "Allow", "Principal": "*", "Action": ["sns:Subscribe", "sns:Publish"], "Resource": topic })
        }
        5 => {
            json!({ "Effect": "Allow", "Principal": { "Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"] },
            "Action": "sns:publish", "Resource": [topic],
            "Condition": { "StringLike": { "aws:SourceArn": alarms }, "StringEquals": { "aws:SourceAccount": [account, "999999999999"] } } })
        }
        6 => {
            json!({ "Effect": "Allow", "Principal": service, "Action": "SNS:Publish", "Resource": topic,
            "Condition": { "ArnEquals": { "aws:SourceArn": alarms } } })
        }
        _ => {
            json!({ "Effect": "Allow", "Principal": service, "NotAction": ["sns:Subscribe"], "Resource": topic })
        }
    };
    let mut statements = vec![
        json!({ "Sid": "Trail", "Effect": "Allow", "Principal": { "Service": "cloudtrail.amazonaws.com" }, "Action": "SNS:Publish", "Resource": topic }),
        admits,
    ];
    if draw.percent(30) {
        statements.push(json!({ "Sid": "TLS", "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": topic,
            "Condition": { "Bool": { "aws:SecureTransport": "false" } } }));
    }
    draft.topic_policy(statements.into());
}

/// Filters, alarms and topics that have nothing to do with secrets, some of them broken.
fn others(draft: &mut Draft, _: &mut Draw) {
    let group = draft.names.group;
    let (gone, topic) = (draft.names.arn("sns", "billing"), draft.names.topic_arn());
    let all = [
        (
            "console-sign-in",
            r#"{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }"#,
        ),
        (
            "denied-calls",
            r#"{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }"#,
        ),
        (
            "root",
            r#"{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }"#,
        ),
        ("every-event", ""),
    ];
    for (index, (name, pattern)) in all.into_iter().enumerate() {
        let filter = json!({
            "filterName": name,
            "logGroupName": group,
            "filterPattern": pattern,
            "metricTransformations": [{
                "metricName": format!("{name}-count"),
                "metricNamespace": "CIS",
                "metricValue": "1",
            }],
        });
        let Ok(filter) = serde_json::from_value(filter) else { return };
        if let Some(filters) = draft.filters() {
            filters.insert(name.to_owned(), filter);
        }
        let action = if index % 2 == 0 { gone.clone() } else { topic.clone() };
        if let Some(alarm) = draft.another_alarm(name).filter(|_| name != "every-event") {
            alarm.metric_name = Some(format!("{name}-count"));
            alarm.namespace = Some("CIS".to_owned());
            alarm.alarm_actions = vec![action];
        }
    }
    if let Some(alarms) = draft.home().and_then(|home| home.alarms.seen_mut()) {
        alarms.metric_alarms.remove("every-event");
    }
}

/// It went off last night, and said so.
fn history(draft: &mut Draft, _: &mut Draw) {
    let (alarm, topic) = (draft.names.alarm, draft.names.topic_arn());
    let items = json!([
        {
            "Timestamp": "2026-01-04T16:22:10.040Z",
            "HistoryItemType": "StateUpdate",
            "HistorySummary": "Alarm updated from ALARM to OK",
            "HistoryData": r#"{"version":"1.0","oldState":{"stateValue":"ALARM"},"newState":{"stateValue":"OK"}}"#,
        },
        {
            "Timestamp": "2026-01-04T16:20:10.095Z",
            "HistoryItemType": "Action",
            "HistorySummary": format!("Successfully executed action {topic}"),
            "HistoryData": json!({
                "actionState": "Succeeded",
                "stateUpdateTimestamp": 1_767_543_610_040_i64,
                "notificationResource": topic,
                "publishedMessage": "{}",
                "error": null,
            }).to_string(),
        },
        {
            "Timestamp": "2026-01-04T16:20:10.040Z",
            "HistoryItemType": "StateUpdate",
            "HistorySummary": "Alarm updated from OK to ALARM",
            "HistoryData": r#"{"version":"1.0","oldState":{"stateValue":"OK"},"newState":{"stateValue":"ALARM"}}"#,
        },
    ]);
    let Ok(items) = serde_json::from_value(items) else { return };
    if let Some(home) = draft.home() {
        home.alarm_histories.insert(alarm.to_owned(), Observed::Seen(items));
    }
}

/// Adds a trail like the chain's, with an edit.
fn another_trail(draft: &mut Draft, edit: fn(&mut secmon_core::snapshot::Trail)) {
    let Ok(arn) =
        draft.names.arn("cloudtrail", "trail/a-second").parse::<secmon_core::snapshot::Arn>()
    else {
        return;
    };
    let Some(mut trail) = draft.trail().cloned() else { return };
    trail.name = "a-second".to_owned();
    trail.trail_arn = arn.clone();
    edit(&mut trail);
    if let Some(trails) = draft.home().and_then(|home| home.trails.seen_mut()) {
        trails.insert(arn, trail);
    }
}

/// What the traffic of the last minutes left of itself.
pub(super) fn last_minutes(draft: &mut Draft) {
    let (group, traffic) = (draft.names.group, draft.traffic);
    let until = draft.snapshot.taken_at;
    let minute = |ago: i64| {
        let timestamp = until.checked_sub(jiff::SignedDuration::from_mins(ago)).ok()?;
        Some(Datapoint {
            timestamp,
            sum: Some(f64::from(traffic)),
            sample_count: None,
            maximum: None,
            unit: None,
        })
    };
    let minutes = (2..7).rev().filter_map(minute).filter(|_| traffic > 0).collect();
    if let Some(home) = draft.home() {
        home.incoming_log_events.insert(group.to_owned(), Observed::Seen(minutes));
    }
}
