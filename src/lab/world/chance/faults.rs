//! What may be wrong with an account.
//!
//! One table of many rows makes these more than 400 lines.

use secmon_core::finding::Stage;
use secmon_core::selector::EventSelectors;
use secmon_core::snapshot::Observed;
use serde_json::{Value, json};

use super::draft::{ALL_EVENTS, Draft, NUMBER, READ_EVENTS, READ_QUERY, policy};
use super::variations::Edit;

/// Something wrong with an account, or something about it that nobody can see.
#[derive(Debug)]
pub struct Fault {
    /// Its id in the catalogue of failures.
    pub id: &'static str,
    /// What is wrong, in a few words.
    pub name: &'static str,
    /// The link that it breaks.
    pub stage: Stage,
    /// What it is about: an account has at most one fault of each kind.
    pub about: &'static str,
    /// What is not there any more, so that it can have no fault of its own.
    pub removes: &'static [&'static str],
    /// The checks that may name it first; none where nobody can be sure.
    pub named_by: &'static [&'static str],
    pub(super) edit: Edit,
    /// Of a denied read: how else the account may look beneath it.
    pub(super) beneath: &'static [fn(&mut Draft)],
}

impl Fault {
    /// Whether both can be in one account and stay what they are.
    pub fn goes_with(&self, other: &Self) -> bool {
        self.about != other.about
            && !self.removes.contains(&other.about)
            && !other.removes.contains(&self.about)
    }

    /// Whether it is a read that is denied.
    pub fn is_denied_read(&self) -> bool {
        !self.beneath.is_empty()
    }
}

/// All that a trail can have wrong.
const OF_TRAIL: &[&str] = &["logging", "selectors", "link", "role", "scope", "filter place"];
const OF_ALARM: &[&str] = &[
    "metric",
    "statistic",
    "limit",
    "window",
    "missing data",
    "state",
    "actions",
    "action",
    "muted",
    "topic",
    "topic policy",
    "topic key",
    "subscription",
    "filter policy",
];
const OF_ACTION: &[&str] = &["topic", "topic policy", "topic key", "subscription", "filter policy"];
/// Another topic takes the place of the chain's, so that no rule tells it and no other action is left.
const OF_FIFO: &[&str] =
    &["action", "route", "topic policy", "topic key", "subscription", "filter policy"];
const OF_GROUP: &[&str] =
    &["group key", "class", "filter", "filter place", "pattern", "value", "selection"];
const OF_FILTER: &[&str] = &["pattern", "value", "selection"];
/// All of filter, metric and alarm, where a log alarm replaces them, and the class: nobody knows
/// whether one queries a group of another class.
const OF_LOG_ALARM: &[&str] = &[
    "class",
    "filter",
    "filter place",
    "pattern",
    "value",
    "selection",
    "alarm",
    "metric",
    "statistic",
    "limit",
    "window",
    "missing data",
    "state",
    "actions",
    "action",
    "muted",
];
/// The same, and what brings events to the log group: rules take none from there. Who publishes is
/// another, too.
const OF_LOGS: &[&str] = &[
    "link",
    "group",
    "group key",
    "class",
    "role",
    "filter",
    "filter place",
    "pattern",
    "value",
    "selection",
    "alarm",
    "metric",
    "statistic",
    "limit",
    "window",
    "missing data",
    "state",
    "actions",
    "action",
    "muted",
    "topic policy",
];
/// What is a fault only where every other event adds a value: filters with dimensions add none.
const ZEROS: &[&str] = &["statistic", "limit", "value"];

macro_rules! faults {
    ($($id:literal $name:literal $stage:ident $about:literal - $removes:expr; $named:expr;
        $edit:expr $(; $(beneath $beneath:expr),+)?)*) => {
        /// Every fault, in the order of the chain.
        pub static FAULTS: &[Fault] = &[$(Fault {
            id: $id,
            name: $name,
            stage: Stage::$stage,
            about: $about,
            removes: $removes,
            named_by: &$named,
            edit: Edit::Account($edit),
            beneath: &[$($($beneath),+)?],
        }),*];
    };
}

faults! {
    "S1" "the secret does not exist" Secret "secret" - &[]; ["secret-exists"];
        |draft, _| if let Some(secret) = draft.secret() { *secret = Observed::Absent }
    "S1" "the secret is scheduled for deletion" Secret "secret" - &[]; ["secret-is-not-scheduled-for-deletion"];
        |draft, _| if let Some(secret) = draft.secret().and_then(Observed::seen_mut) {
            secret.deleted_date = "2026-01-12T09:00:00Z".parse().ok();
        }
    "T1" "there is no trail" Trail "trail" - OF_TRAIL; ["trail-exists"];
        |draft, _| if let Some(home) = draft.home() { home.trails = Observed::Seen(Default::default()) }
    "T2" "the trail is stopped" Trail "logging" - &[]; ["trail-is-logging"];
        |draft, _| stop(draft)
    "T3" "write events only" Trail "selectors" - &[]; ["trail-records-its-events"];
        |draft, _| draft.select(json!({ "EventSelectors": [{ "ReadWriteType": "WriteOnly" }] }))
    "T3" "data events only" Trail "selectors" - &[]; ["trail-records-its-events"];
        |draft, _| draft.select(json!({ "EventSelectors": [{
            "ReadWriteType": "All",
            "IncludeManagementEvents": false,
            "DataResources": [{ "Type": "AWS::S3::Object", "Values": ["arn:aws:s3"] }],
        }] }))
    "T4" "advanced selector for writes" Trail "selectors" - &[]; ["trail-records-its-events"];
        |draft, _| draft.select(advanced(json!({ "Field": "readOnly", "Equals": ["false"] })))
    "T4" "advanced selector for another service" Trail "selectors" - &[]; ["trail-records-its-events"];
        |draft, _| draft.select(advanced(json!({ "Field": "eventSource", "Equals": ["ec2.amazonaws.com"] })))
    "T4" "advanced selector without Secrets Manager" Trail "selectors" - &[]; ["trail-records-its-events"];
        |draft, _| draft.select(advanced(json!({ "Field": "eventSource", "NotStartsWith": ["kms", "secretsmanager"] })))
    "T4" "a selector on a field that trails are not documented to have" Trail "selectors" - &[]; [];
        |draft, _| draft.select(advanced(json!({ "Field": "vpcEndpointId", "NotEquals": ["vpce-0a1b2c3d"] })))
    "T6" "a single-Region trail of another Region" Trail "scope" - &[]; ["trail-covers-the-region"];
        |draft, _| {
            draft.read_in("ap-south-1");
            if let Some(trail) = draft.trail() { trail.is_multi_region_trail = false; }
        }
    "T7" "the trail names no log group" Trail "link" - &["role", "filter place"]; ["trail-names-a-log-group"];
        |draft, _| {
            if let Some(status) = draft.status() {
                status.latest_cloud_watch_logs_delivery_time = None;
            }
            if let Some(trail) = draft.trail() {
                trail.cloud_watch_logs_log_group_arn = None;
                trail.cloud_watch_logs_role_arn = None;
            }
        }
    "L1" "the log group does not exist" Delivery "group" - OF_GROUP; ["log-group-exists"];
        |draft, _| {
            let group = draft.names.group;
            let Some(home) = draft.home() else { return };
            if let Some(groups) = home.log_groups.seen_mut() { groups.remove(group); }
            if let Some(filters) = home.metric_filters.seen_mut() { filters.remove(group); }
        }
    "L2" "the log group's class has no metric filters" Delivery "class" - &[]; ["log-group-class-is-standard"];
        |draft, _| class(draft)
    "L11" "the log group's key is disabled" Delivery "group key" - &["group"]; [];
        |draft, _| draft.encrypt_group("Disabled", draft.names.for_logs("ArnEquals"))
    "L11" "the log group's key does not admit CloudWatch Logs" Delivery "group key" - &["group"]; [];
        |draft, _| draft.encrypt_group("Enabled", for_people())
    "T8" "the delivery role does not exist" Delivery "role" - &[]; ["delivery-role-admits-cloudtrail"];
        |draft, _| {
            let arn = draft.names.role_arn().parse().ok();
            if let (Some(arn), Some(home)) = (arn, draft.home()) { home.roles.remove(&arn); }
        }
    "T8" "the delivery role trusts another service" Delivery "role" - &[]; ["delivery-role-admits-cloudtrail"];
        |draft, _| trusts_another(draft)
    "T8" "the delivery role trusts CloudTrail for another trail" Delivery "role" - &[]; ["delivery-role-admits-cloudtrail"];
        |draft, _| draft.role_trusts(json!([{
            "Effect": "Allow",
            "Principal": { "Service": "cloudtrail.amazonaws.com" },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:999999999999:trail/other" } },
        }]))
    "T8" "the delivery role trusts CloudTrail for its trail, and has not been used" Delivery "role" - &[]; [];
        |draft, _| {
            let trail = draft.names.trail_arn();
            if let Some(status) = draft.status() {
                status.start_logging_time = "2026-01-05T10:05:00Z".parse().ok();
                status.latest_cloud_watch_logs_delivery_time = None;
            }
            draft.role_trusts(json!([{
                "Effect": "Allow",
                "Principal": { "Service": "cloudtrail.amazonaws.com" },
                "Action": "sts:AssumeRole",
                "Condition": { "StringEquals": { "aws:SourceArn": trail } },
            }]));
        }
    "T8" "the delivery role may write to another group" Delivery "role" - &[]; ["delivery-role-may-write"];
        |draft, _| elsewhere(draft)
    "T8" "the delivery role may write to one stream" Delivery "role" - &[]; ["delivery-role-may-write"];
        |draft, _| {
            let streams: Vec<String> = draft.names.streams().iter().map(|s| s.trim_end_matches('*').to_owned()).collect();
            draft.role_may(json!([{ "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": streams }]));
        }
    "T8" "the delivery role may make streams and write nothing" Delivery "role" - &[]; ["delivery-role-may-write"];
        |draft, _| draft.role_may(json!([{ "Effect": "Allow", "Action": "logs:CreateLogStream", "Resource": "*" }]))
    "T8" "the delivery role is denied what it is allowed" Delivery "role" - &[]; ["delivery-role-may-write"];
        |draft, _| draft.role_may(json!([
            { "Effect": "Allow", "Action": "logs:*", "Resource": "*" },
            { "Effect": "Deny", "Action": "logs:Put*", "Resource": "*" },
        ]))
    "L3" "no metric filter" Filter "filter" - OF_FILTER; ["log-group-has-a-metric-filter"];
        |draft, _| {
            let name = draft.names.filter;
            if let Some(filters) = draft.filters() { filters.remove(name); }
        }
    "L3" "the filter is on another group" Filter "filter place" - &["filter"]; ["log-group-has-a-metric-filter"];
        |draft, _| {
            let (name, group) = (draft.names.filter, "old-trail".to_owned());
            let Some(mut filter) = draft.filters().and_then(|filters| filters.remove(name)) else { return };
            filter.log_group_name = group.clone();
            let arn = draft.names.arn("logs", "log-group:old-trail:*");
            let Ok(made) = serde_json::from_value(json!({ "logGroupName": group, "arn": arn })) else { return };
            let Some(home) = draft.home() else { return };
            if let Some(groups) = home.log_groups.seen_mut() { groups.insert(group.clone(), made); }
            if let Some(filters) = home.metric_filters.seen_mut() {
                filters.insert(group, [(name.to_owned(), filter)].into());
            }
        }
    "L10" "the filter takes the events of another Region" Filter "selection" - &[]; ["filter-selects-the-secrets-events"];
        |draft, _| if let Some(filter) = draft.filter() {
            filter.field_selection_criteria = Some(r#"@aws.region = "sa-east-1""#.to_owned());
        }
    "L10" "a transformer takes out the event's name" Filter "selection" - &["pattern"]; ["transformer-keeps-the-filters-fields"];
        |draft, _| draft.transform(json!([{ "parseJSON": {} }, { "deleteKeys": { "withKeys": ["eventName"] } }]))
    "L4" "a misspelt event name" Filter "pattern" - &[]; MATCHES;
        |draft, _| misspell(draft)
    "L4" "an event name in lower case" Filter "pattern" - &[]; MATCHES;
        |draft, _| draft.pattern(r#"{ $.eventName = "getsecretvalue" }"#)
    "L4" "two event names at once" Filter "pattern" - &[]; CAN;
        |draft, _| draft.pattern(r#"{ ($.eventName = "GetSecretValue") && ($.eventName = "BatchGetSecretValue") }"#)
    "L4" "unequal to something of a field that most reads do not have" Filter "pattern" - &[]; MATCHES;
        |draft, _| draft.pattern(r#"{ ($.eventName = "GetSecretValue") && ($.userIdentity.invokedBy != "secretsmanager.amazonaws.com") }"#)
    "L4" "absent and unequal" Filter "pattern" - &[]; CAN;
        |draft, _| draft.pattern(r#"{ ($.eventName = "GetSecretValue") && ($.errorCode NOT EXISTS) && ($.errorCode != "AccessDenied") }"#)
    "L4" "a field that events do not have" Filter "pattern" - &[]; MATCHES;
        |draft, _| draft.pattern(r#"{ $.detail.eventName = "GetSecretValue" }"#)
    "L4" "an object compared with text" Filter "pattern" - &[]; MATCHES;
        |draft, _| draft.pattern(r#"{ ($.eventName = "GetSecretValue") && ($.requestParameters = "*") }"#)
    "L4" "reads by users of IAM only" Filter "pattern" - &[]; MATCHES;
        |draft, _| draft.pattern(r#"{ ($.eventName = "GetSecretValue") && ($.userIdentity.type = "IAMUser") }"#)
    "L4" "the batch event only" Filter "pattern" - &[]; MATCHES;
        |draft, _| draft.pattern(r#"{ $.eventName = "BatchGetSecretValue" }"#)
    "L4" "words, one of them in no event" Filter "pattern" - &[]; MATCHES;
        |draft, _| draft.pattern(r#"GetSecretValue "read by""#)
    "L4" "an excluded word that every event has" Filter "pattern" - &[]; MATCHES;
        |draft, _| draft.pattern("GetSecretValue -eventName")
    "L4" "a pattern for text in columns" Filter "pattern" - &[]; MATCHES;
        |draft, _| draft.pattern(r#"[event, name = "GetSecretValue", ...]"#)
    "L4" "wildcards at both ends, which are not documented" Filter "pattern" - &[]; [];
        |draft, _| draft.pattern(r#"{ ($.eventName = "*GetSecretValue*") || ($.eventName = "DeleteSecret") }"#)
    "S3" "the secret by name only" Filter "pattern" - &[]; MATCHES;
        |draft, _| {
            let name = draft.names.secret;
            draft.pattern(&format!(r#"{{ ($.eventName = "GetSecretValue") && ($.requestParameters.secretId = "{name}") }}"#));
        }
    "S3" "the secret by ARN only" Filter "pattern" - &[]; MATCHES;
        |draft, _| {
            let name = draft.names.secret;
            draft.pattern(&format!(r#"{{ ($.eventName = "GetSecretValue") && ($.requestParameters.secretId = "*:secret:{name}-*") }}"#));
        }
    "S3" "another secret" Filter "pattern" - &[]; MATCHES;
        |draft, _| draft.pattern(r#"{ ($.eventName = "GetSecretValue") && ($.requestParameters.secretId = "*another-one*") }"#)
    "L6" "the value of a field that reads do not have" Filter "value" - &[]; COUNTS;
        |draft, _| value(draft, "$.requestParameters.size", Some(0.0))
    "L6" "the value of a field that is no number" Filter "value" - &[]; COUNTS;
        |draft, _| value(draft, "$.eventName", Some(0.0))
    "L7" "a match adds 0" Filter "value" - &[]; COUNTS;
        |draft, _| value(draft, "0", Some(0.0))
    "L7" "a match takes 1 away" Filter "value" - &[]; COUNTS;
        |draft, _| value(draft, "-1", None)
    "L7" "every other event adds as much" Filter "value" - &[]; COUNTS;
        |draft, _| {
            draft.traffic = draft.traffic.max(2);
            value(draft, "1", Some(1.0));
        }
    "L8" "a dimension that the alarm does not name" Metric "metric" - ZEROS; WATCHES;
        |draft, _| {
            if let Some(metric) = draft.metric() {
                metric.default_value = None;
                metric.dimensions = [("Caller".to_owned(), "$.userIdentity.arn".to_owned())].into();
            }
            if let Some(alarm) = draft.alarm() { alarm.dimensions.clear(); }
        }
    "L8" "a dimension that reads do not have" Metric "metric" - ZEROS; WATCHES;
        |draft, _| {
            if let Some(metric) = draft.metric() {
                metric.default_value = None;
                metric.dimensions = [("Code".to_owned(), "$.errorCode".to_owned())].into();
            }
            dimension(draft, "Code", "AccessDenied");
        }
    "A5" "a letter is missing in the alarm's namespace" Metric "metric" - &[]; WATCHES;
        |draft, _| if let Some(namespace) = draft.alarm().and_then(|alarm| alarm.namespace.as_mut()) { namespace.pop(); }
    "A5" "the alarm's metric has another case" Metric "metric" - &[]; WATCHES;
        |draft, _| if let Some(alarm) = draft.alarm() {
            alarm.metric_name = alarm.metric_name.as_ref().map(|name| swapped(name));
        }
    "A5" "the alarm names a dimension that the filter does not add" Metric "metric" - &[]; WATCHES;
        |draft, _| dimension(draft, "Environment", "prod")
    "A5" "the alarm looks at another unit" Metric "metric" - &[]; WATCHES;
        |draft, _| if let Some(alarm) = draft.alarm() { alarm.unit = Some("Bytes".to_owned()) }
    "A2" "Average among the zeros of another filter" Metric "statistic" - &["value", "filter place"]; ["metric-tells-reads-from-other-events", "alarm-statistic-counts-events"];
        |draft, _| {
            statistic(draft, "Average");
            zeros(draft);
            draft.another_filter_on_the_metric();
            if let Some(metric) = draft.metric() { metric.default_value = None; }
            no_more_than_one(draft);
        }
    "A5" "no alarm" Metric "alarm" - OF_ALARM; WATCHES;
        |draft, _| {
            let name = draft.names.alarm;
            if let Some(alarms) = draft.home().and_then(|home| home.alarms.seen_mut()) {
                alarms.metric_alarms.remove(name);
            }
        }
    "A1" "more than one read" Alarm "limit" - &[]; LIMIT;
        |draft, _| limit(draft, "GreaterThanThreshold", 1.0)
    "A1" "five reads" Alarm "limit" - &[]; LIMIT;
        |draft, _| limit(draft, "GreaterThanOrEqualToThreshold", 5.0)
    "A1" "less than one read" Alarm "limit" - &[]; LIMIT;
        |draft, _| { limit(draft, "LessThanThreshold", 1.0); zeros(draft) }
    "A1" "at least no read" Alarm "limit" - &[]; LIMIT;
        |draft, _| { limit(draft, "GreaterThanOrEqualToThreshold", 0.0); zeros(draft) }
    "A2" "Average among zeros" Alarm "statistic" - &[]; STATISTIC;
        |draft, _| { statistic(draft, "Average"); zeros(draft); no_more_than_one(draft) }
    "A2" "Minimum among zeros" Alarm "statistic" - &[]; STATISTIC;
        |draft, _| { statistic(draft, "Minimum"); zeros(draft) }
    "A2" "SampleCount of every event" Alarm "statistic" - &["value"]; STATISTIC;
        |draft, _| { statistic(draft, "SampleCount"); zeros(draft) }
    "A2" "the median" Alarm "statistic" - &[]; STATISTIC;
        |draft, _| {
            zeros(draft);
            if let Some(alarm) = draft.alarm() {
                alarm.statistic = None;
                alarm.extended_statistic = Some("p50".to_owned());
            }
        }
    "A3" "three datapoints in a row" Alarm "window" - &[]; ["alarm-evaluates-one-event"];
        |draft, _| { window(draft, 3, None); zeros(draft) }
    "A3" "two of five datapoints" Alarm "window" - &[]; ["alarm-evaluates-one-event"];
        |draft, _| { window(draft, 5, Some(2)); zeros(draft) }
    "A3" "four hours of datapoints" Alarm "window" - &[]; ["alarm-evaluates-one-event"];
        |draft, _| {
            window(draft, 240, None);
            zeros(draft);
            // More than a day is looked at by the hour only.
            if let Some(alarm) = draft.alarm() { alarm.period = Some(60); }
        }
    "A4" "silence is taken for a read" Alarm "missing data" - &["statistic", "limit", "window", "value"]; ["alarm-evaluates-one-event"];
        |draft, _| {
            if let Some(metric) = draft.metric() { metric.default_value = None; }
            if let Some(alarm) = draft.alarm() { alarm.treat_missing_data = Some("breaching".to_owned()); }
        }
    "A7" "the actions are disabled" Alarm "actions" - &[]; ["alarm-actions-are-enabled"];
        |draft, _| disable(draft)
    "A8" "no action" Alarm "action" - OF_ACTION; ["alarm-notifies-a-topic"];
        |draft, _| actions(draft, &[])
    "A8" "told when it is over only" Alarm "action" - &[]; ["alarm-notifies-a-topic"];
        |draft, _| {
            let topic = draft.names.topic_arn();
            actions(draft, &[]);
            if let Some(alarm) = draft.alarm() { alarm.ok_actions = vec![topic.clone()]; }
            for alarm in composites(draft) { alarm.ok_actions = vec![topic.clone()]; }
        }
    "A9" "a subscription in place of its topic" Alarm "action" - OF_ACTION; ["topic-exists", "alarm-notifies-a-topic"];
        |draft, _| {
            let subscription = format!("{}:5d7c6e1a-0b2f-4f0e-9a53-2f1f6a1d9c11", draft.names.topic_arn());
            actions(draft, &[subscription]);
        }
    "A9" "a topic's name with a letter too many" Alarm "action" - OF_ACTION; ["topic-exists"];
        |draft, _| {
            let topic = format!("{}s", draft.names.topic_arn());
            actions(draft, &[topic]);
        }
    "A10" "a mute rule is active" Alarm "muted" - &[]; ["alarm-is-not-muted"];
        |draft, _| mute(draft)
    "A11" "its suppressor is in ALARM" Alarm "actions" - &[]; ["alarm-is-not-muted"];
        |draft, _| suppress(draft)
    "A12" "in ALARM since yesterday" Alarm "state" - &["missing data", "statistic", "limit", "window", "value"]; ["alarm-is-not-stuck-in-alarm"];
        |draft, _| {
            if let Some(metric) = draft.metric() { metric.default_value = None; }
            let since = "2026-01-04T09:00:00Z".parse().ok();
            if let Some(alarm) = draft.alarm() {
                alarm.treat_missing_data = Some("ignore".to_owned());
                alarm.state_value = "ALARM".to_owned();
                alarm.state_transitioned_timestamp = since;
                alarm.state_updated_timestamp = since;
            }
            for alarm in composites(draft) {
                alarm.state_value = "ALARM".to_owned();
                alarm.state_transitioned_timestamp = since;
            }
        }
    "L4" "a log alarm instead, with a misspelt event name" Alarm "route" - OF_LOG_ALARM; ["log-alarm-finds-its-events"];
        |draft, _| draft.notify_by_log_alarm(r#"filter eventName = "GetSecretsValue""#, 1.0)
    "A1" "a log alarm instead, that wants two reads" Alarm "route" - OF_LOG_ALARM; ["log-alarm-fires-on-one-event"];
        |draft, _| draft.notify_by_log_alarm(READ_QUERY, 2.0)
    "rule" "a rule instead, which is disabled" Rule "route" - OF_LOGS; RECEIVES;
        |draft, _| draft.notify_by_rule(READ_EVENTS, "DISABLED")
    "rule" "a rule instead, which gets no read-only events" Rule "route" - OF_LOGS; RECEIVES;
        |draft, _| draft.notify_by_rule(READ_EVENTS, "ENABLED")
    "rule" "a rule instead, with a misspelt event name" Rule "route" - OF_LOGS; ["rule-matches-its-events"];
        |draft, _| draft.notify_by_rule(r#"{"source":["aws.secretsmanager"],"detail":{"eventName":["GetSecretsValue"]}}"#, ALL_EVENTS)
    "rule" "a rule instead, for the secret's name only" Rule "route" - OF_LOGS; ["rule-matches-its-events"];
        |draft, _| {
            let name = draft.names.secret;
            let detail = json!({ "eventName": ["GetSecretValue"], "requestParameters": { "secretId": [name] } });
            draft.notify_by_rule(&json!({ "source": ["aws.secretsmanager"], "detail": detail }).to_string(), ALL_EVENTS);
        }
    "N2" "a rule instead, whose topic admits alarms only" Topic "route" - OF_LOGS; ADMITS;
        |draft, _| {
            draft.notify_by_rule(READ_EVENTS, ALL_EVENTS);
            draft.topic_policy(for_alarms());
        }
    "N11" "a topic of another partition" Topic "action" - OF_ACTION; ["topic-is-in-the-alarms-region"];
        |draft, _| {
            let topic = format!("arn:aws-cn:sns:cn-north-1:{}:{}", draft.names.home.0, draft.names.topic);
            actions(draft, &[topic]);
        }
    "N1" "the topic does not exist" Topic "topic" - OF_ACTION; ["topic-exists"];
        |draft, _| {
            let arn = draft.names.topic_arn().parse().ok();
            if let (Some(arn), Some(home)) = (arn, draft.home()) { home.topics.remove(&arn); }
        }
    "N9" "a FIFO topic" Topic "topic" - OF_FIFO; ["topic-can-send-mail"];
        |draft, _| {
            let fifo = format!("{}.fifo", draft.names.topic_arn());
            actions(draft, std::slice::from_ref(&fifo));
            draft.add_fifo_topic(&fifo);
        }
    "N2" "a topic policy for another service" Topic "topic policy" - &[]; ADMITS;
        |draft, _| admit_another(draft)
    "N2" "a topic policy for another alarm" Topic "topic policy" - &[]; ADMITS;
        |draft, _| {
            let other = draft.names.arn("cloudwatch", "alarm:renamed");
            admit(draft, json!({ "ArnEquals": { "aws:SourceArn": other } }));
        }
    "N2" "a topic policy for another account" Topic "topic policy" - &[]; ADMITS;
        |draft, _| admit(draft, json!({ "StringEquals": { "aws:SourceAccount": "999999999999" } }))
    "N2" "a topic policy for another Region" Topic "topic policy" - &[]; ADMITS;
        |draft, _| {
            let alarms = format!("arn:aws:cloudwatch:sa-east-1:{}:alarm:*", draft.names.home.0);
            admit(draft, json!({ "ArnLike": { "aws:SourceArn": alarms } }));
        }
    "N2" "a topic policy that denies what it allows" Topic "topic policy" - &[]; ADMITS;
        |draft, _| draft.topic_policy(json!([
            { "Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*" },
            { "Effect": "Deny", "NotPrincipal": { "AWS": "arn:aws:iam::123456789012:root" }, "Action": "sns:Publish", "Resource": "*" },
        ]))
    "N2" "a topic policy for people of the account" Topic "topic policy" - &[]; ADMITS;
        |draft, _| {
            let root = format!("arn:aws:iam::{}:root", draft.names.home.0);
            draft.topic_policy(json!([{ "Effect": "Allow", "Principal": { "AWS": root }, "Action": "sns:Publish", "Resource": "*" }]));
        }
    "N2" "a topic policy for an organisation that the account is not in" Topic "topic policy" - &[]; ADMITS;
        |draft, _| admit(draft, json!({ "StringEquals": { "aws:SourceOrgID": "o-a1b2c3d4e5" } }))
    "N3" "the key that AWS manages for SNS" Topic "topic key" - &[]; KEY;
        |draft, _| if let Some(topic) = draft.topic() { topic.kms_master_key_id = Some("alias/aws/sns".to_owned()) }
    "N4" "a key policy without CloudWatch" Topic "topic key" - &[]; KEY;
        |draft, _| draft.encrypt_topic("arn", "Enabled", for_people())
    "N4" "a key policy for another alarm" Topic "topic key" - &[]; KEY;
        |draft, _| {
            let other = draft.names.arn("cloudwatch", "alarm:renamed");
            draft.encrypt_topic("id", "Enabled", json!([{
                "Effect": "Allow",
                "Principal": { "Service": "cloudwatch.amazonaws.com" },
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                "Resource": "*",
                "Condition": { "ArnEquals": { "aws:SourceArn": other } },
            }]));
        }
    "N4" "a key policy that lets decrypt only" Topic "topic key" - &[]; KEY;
        |draft, _| draft.encrypt_topic("arn", "Enabled", json!([{
            "Effect": "Allow",
            "Principal": { "Service": "cloudwatch.amazonaws.com" },
            "Action": "kms:Decrypt",
            "Resource": "*",
        }]))
    "N4" "a key that does not exist" Topic "topic key" - &[]; KEY;
        |draft, _| if let Some(topic) = draft.topic() { topic.kms_master_key_id = Some("alias/not-there".to_owned()) }
    "N4" "a key that is disabled" Topic "topic key" - &[]; KEY;
        |draft, _| draft.encrypt_topic("arn", "Disabled", for_cloudwatch())
    "N4" "a key that is going to be deleted" Topic "topic key" - &[]; KEY;
        |draft, _| draft.encrypt_topic("alias/alerts", "PendingDeletion", for_cloudwatch())
    "N5" "no subscription" Subscription "subscription" - &["filter policy"]; ["topic-has-a-subscription"];
        |draft, _| if let Some(subscriptions) = draft.subscriptions() { subscriptions.clear() }
    "N6" "nobody confirmed the subscription" Subscription "subscription" - &["filter policy"]; ["subscription-is-confirmed"];
        |draft, _| unsubscribe(draft, "PendingConfirmation")
    "N7" "the subscription was cancelled" Subscription "subscription" - &["filter policy"]; ["subscription-is-confirmed"];
        |draft, _| unsubscribe(draft, "Deleted")
    "N8" "a filter policy on attributes" Subscription "filter policy" - &[]; PASSES;
        |draft, _| filtered(draft, r#"{"severity":["high"]}"#, None)
    "N8" "a filter policy for other alarms" Subscription "filter policy" - &[]; PASSES;
        |draft, _| filtered(draft, r#"{"AlarmName":[{"prefix":"none-has-this-"}]}"#, Some("MessageBody"))
    "N8" "a filter policy for the end of the alarm" Subscription "filter policy" - &[]; PASSES;
        |draft, _| filtered(draft, r#"{"NewStateValue":["OK"]}"#, Some("MessageBody"))
    "N8" "a filter policy with an operator that is not documented" Subscription "filter policy" - &[]; [];
        |draft, _| filtered(draft, r#"{"AlarmName":[{"wildcard":"*"}]}"#, Some("MessageBody"))
    "N8" "a filter policy on the body, of which mail has another" Subscription "filter policy" - &[]; [];
        |draft, _| filtered(draft, r#"{"NewStateValue":["ALARM"]}"#, Some("MessageBody"))
    "N10" "a queue in place of a human" Subscription "subscription" - &["filter policy"]; [];
        |draft, _| {
            let queue = draft.names.arn("sqs", "alerts");
            if let Some(subscriptions) = draft.subscriptions() { subscriptions.clear(); }
            draft.subscribe("sqs", &queue);
        }
    "N10" "a function in place of a human" Subscription "subscription" - &["filter policy"]; [];
        |draft, _| {
            let page = draft.names.arn("lambda", "function:page");
            if let Some(subscriptions) = draft.subscriptions() { subscriptions.clear(); }
            draft.subscribe("lambda", &page);
        }
    "N12" "a phone in place of a mailbox, in the sandbox" Subscription "subscription" - &["filter policy"]; PHONE;
        |draft, _| draft.only_phone(json!({ "IsInSandbox": { "seen": true }, "PhoneNumbers": { "seen": {} } }))
    "N12" "a phone in place of a mailbox, whose owner opted out" Subscription "subscription" - &["filter policy"]; PHONE;
        |draft, _| draft.only_phone(json!({ "IsInSandbox": { "seen": false }, "isOptedOut": { (NUMBER): { "seen": true } } }))
    "denied" "nobody may see the trails" Trail "trail" - OF_TRAIL; [];
        |draft, _| draft.deny("cloudtrail:DescribeTrails");
        beneath |draft| stop_all(draft), beneath |draft| draft.chain_elsewhere()
    "denied" "nobody may see whether the trail is logging" Trail "logging" - &[]; [];
        |draft, _| draft.deny("cloudtrail:GetTrailStatus");
        beneath |draft| stop_all(draft)
    "denied" "nobody may see what the trail records" Trail "selectors" - &[]; [];
        |draft, _| draft.deny("cloudtrail:GetEventSelectors");
        beneath |draft| only_writes(draft)
    "denied" "nobody may see whom the role trusts" Delivery "role" - &[]; [];
        |draft, _| draft.deny("iam:GetRole");
        beneath |draft| trusts_another(draft)
    "denied" "nobody may see what the role may" Delivery "role" - &[]; [];
        |draft, _| {
            let streams = draft.names.streams();
            draft.role_may(json!([{ "Effect": "Allow", "Action": "logs:*", "Resource": streams }]));
            draft.deny("iam:GetRolePolicy");
        };
        beneath |draft| elsewhere(draft)
    "denied" "nobody may see the log groups" Delivery "class" - &["group"]; [];
        |draft, _| draft.deny("logs:DescribeLogGroups");
        beneath |draft| class(draft)
    "denied" "nobody may see the filters" Filter "filter" - &["pattern", "value", "metric"]; [];
        |draft, _| draft.deny("logs:DescribeMetricFilters");
        beneath |draft| misspell(draft), beneath |draft| value(draft, "1000", None),
        beneath |draft| value(draft, "-1000", None), beneath |draft| draft.filter_gets_everything()
    "denied" "nobody may see the alarms" Alarm "alarm" - OF_ALARM; [];
        |draft, _| draft.deny("cloudwatch:DescribeAlarms");
        beneath |draft| disable(draft), beneath |draft| draft.notify_another_by_log_alarm()
    "denied" "nobody may see the mute rules" Alarm "muted" - &[]; [];
        |draft, _| draft.deny("cloudwatch:ListAlarmMuteRules");
        beneath |draft| mute(draft)
    "denied" "nobody may see the topic" Topic "topic policy" - &["topic", "topic key"]; [];
        |draft, _| draft.deny("sns:GetTopicAttributes");
        beneath |draft| admit_another(draft), beneath |draft| draft.topic_policy(json!([]))
    "denied" "nobody may see the key's policy" Topic "topic key" - &["topic"]; [];
        |draft, _| {
            draft.encrypt_topic("arn", "Enabled", for_cloudwatch());
            draft.deny("kms:GetKeyPolicy");
        };
        beneath |draft| draft.encrypt_topic("arn", "Enabled", for_people()),
        beneath |draft| draft.encrypt_topic("arn", "Enabled", for_every_service())
    "denied" "nobody may see the key" Topic "topic key" - &["topic"]; [];
        |draft, _| {
            draft.encrypt_topic("arn", "Enabled", for_cloudwatch());
            draft.deny("kms:DescribeKey");
        };
        beneath |draft| draft.encrypt_topic("arn", "Disabled", for_cloudwatch())
    "denied" "nobody may see the subscriptions" Subscription "subscription" - &["topic", "filter policy"]; [];
        |draft, _| draft.deny("sns:ListSubscriptionsByTopic");
        beneath |draft| everybody_filtered(draft)
    "denied" "nobody may see the filter policies" Subscription "filter policy" - &["topic", "subscription"]; [];
        |draft, _| draft.deny("sns:GetSubscriptionAttributes");
        beneath |draft| everybody_filtered(draft), beneath |draft| nobody_filtered(draft)
}

const MATCHES: [&str; 1] = ["filter-matches-its-events"];
const CAN: [&str; 1] = ["filter-can-match"];
const COUNTS: [&str; 1] = ["filter-counts-one-per-event"];
const WATCHES: [&str; 1] = ["alarm-watches-filter-metric"];
const LIMIT: [&str; 1] = ["alarm-threshold-is-reached-by-one-event"];
const STATISTIC: [&str; 1] = ["alarm-statistic-counts-events"];
const ADMITS: [&str; 1] = ["topic-admits-its-publisher"];
const KEY: [&str; 1] = ["topic-key-admits-its-publisher"];
const RECEIVES: [&str; 1] = ["rule-receives-read-events"];
const PHONE: [&str; 1] = ["phone-number-takes-messages"];
const PASSES: [&str; 1] = ["subscription-passes-alarm-messages"];

fn stop(draft: &mut Draft) {
    if let Some(status) = draft.status() {
        status.is_logging = false;
        status.stop_logging_time = "2026-01-03T09:41:00Z".parse().ok();
    }
}

/// Every trail is stopped.
fn stop_all(draft: &mut Draft) {
    for trail in draft.trails() {
        if let Some(status) = trail.status.seen_mut() {
            status.is_logging = false;
        }
    }
}

/// No trail records reads.
fn only_writes(draft: &mut Draft) {
    let selectors = json!({ "EventSelectors": [{ "ReadWriteType": "WriteOnly" }] });
    let Ok(selectors) = serde_json::from_value::<EventSelectors>(selectors) else { return };
    for trail in draft.trails() {
        trail.selectors = Observed::Seen(selectors.clone());
    }
}

fn advanced(field: Value) -> Value {
    json!({ "AdvancedEventSelectors": [{ "FieldSelectors": [
        { "Field": "eventCategory", "Equals": ["Management"] },
        field,
    ] }] })
}

fn class(draft: &mut Draft) {
    let group = draft.names.group;
    let groups = draft.home().and_then(|home| home.log_groups.seen_mut());
    if let Some(group) = groups.and_then(|groups| groups.get_mut(group)) {
        group.log_group_class = Some("INFREQUENT_ACCESS".to_owned());
    }
}

fn trusts_another(draft: &mut Draft) {
    draft.role_trusts(json!([{
        "Effect": "Allow",
        "Principal": { "Service": "ec2.amazonaws.com" },
        "Action": "sts:AssumeRole",
    }]));
}

/// A role policy for a group that was there before.
fn elsewhere(draft: &mut Draft) {
    let group = draft.names.arn("logs", "log-group:old-group:*");
    let document = policy(json!([{
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": group,
    }]));
    let Some(role) = draft.role() else { return };
    for policy in role.inline_policies.seen_mut().into_iter().flat_map(|all| all.values_mut()) {
        *policy = Observed::Seen(document.clone());
    }
    for policy in role.attached_policies.seen_mut().into_iter().flat_map(|all| all.values_mut()) {
        policy.document = Observed::Seen(document.clone());
    }
}

fn misspell(draft: &mut Draft) {
    draft.pattern(r#"{ ($.eventSource = "secretsmanager.amazonaws.com") && ($.eventName = "GetSecretsValue") }"#);
}

fn value(draft: &mut Draft, value: &str, default: Option<f64>) {
    if let Some(metric) = draft.metric() {
        metric.metric_value = value.to_owned();
        metric.default_value = default.filter(|_| metric.dimensions.is_empty());
    }
}

fn dimension(draft: &mut Draft, name: &str, value: &str) {
    if let Some(alarm) = draft.alarm() {
        alarm.dimensions = vec![secmon_core::snapshot::Dimension {
            name: name.to_owned(),
            value: value.to_owned(),
        }];
    }
}

/// The same letters, small ones large and large ones small.
fn swapped(name: &str) -> String {
    name.chars()
        .map(|c| match c.is_ascii_lowercase() {
            true => c.to_ascii_uppercase(),
            false => c.to_ascii_lowercase(),
        })
        .collect()
}

/// Every other event adds 0, and there are some.
fn zeros(draft: &mut Draft) {
    draft.traffic = draft.traffic.max(3);
    if let Some(metric) = draft.metric().filter(|metric| metric.dimensions.is_empty()) {
        metric.default_value = metric.default_value.or(Some(0.0));
    }
}

/// A read that adds more may be enough for an average among few zeros.
fn no_more_than_one(draft: &mut Draft) {
    let more = |value: &str| value.parse::<f64>().is_ok_and(|value| value > 1.0);
    if let Some(metric) = draft.metric().filter(|metric| more(&metric.metric_value)) {
        metric.metric_value = "1".to_owned();
    }
}

fn limit(draft: &mut Draft, operator: &str, threshold: f64) {
    if let Some(alarm) = draft.alarm() {
        alarm.comparison_operator = Some(operator.to_owned());
        alarm.threshold = Some(threshold);
    }
}

fn statistic(draft: &mut Draft, statistic: &str) {
    if let Some(alarm) = draft.alarm() {
        alarm.statistic = Some(statistic.to_owned());
    }
}

fn window(draft: &mut Draft, periods: i32, datapoints: Option<i32>) {
    if let Some(alarm) = draft.alarm() {
        alarm.evaluation_periods = Some(periods);
        alarm.datapoints_to_alarm = datapoints;
    }
}

/// The composite alarms that notify for the chain's alarm.
fn composites(draft: &mut Draft) -> Vec<&mut secmon_core::snapshot::CompositeAlarm> {
    let alarms = draft.home().and_then(|home| home.alarms.seen_mut());
    alarms.into_iter().flat_map(|alarms| alarms.composite_alarms.values_mut()).collect()
}

/// The alarms on queries that replace the chain's alarm.
fn log_alarms(draft: &mut Draft) -> Vec<&mut secmon_core::snapshot::LogAlarm> {
    let alarms = draft.home().and_then(|home| home.alarms.seen_mut());
    alarms.into_iter().flat_map(|alarms| alarms.log_alarms.values_mut()).collect()
}

/// What the alarm, or the composite alarm that notifies for it, does.
fn actions(draft: &mut Draft, actions: &[String]) {
    let mut of_composite = false;
    for alarm in log_alarms(draft) {
        alarm.alarm_actions = actions.to_vec();
    }
    for alarm in composites(draft) {
        alarm.alarm_actions = actions.to_vec();
        of_composite = true;
    }
    if let Some(alarm) = draft.alarm().filter(|_| !of_composite) {
        alarm.alarm_actions = actions.to_vec();
    }
}

fn disable(draft: &mut Draft) {
    for alarm in log_alarms(draft) {
        alarm.actions_enabled = false;
    }
    for alarm in composites(draft) {
        alarm.actions_enabled = false;
    }
    if let Some(alarm) = draft.alarm() {
        alarm.actions_enabled = false;
    }
}

fn mute(draft: &mut Draft) {
    let arn = draft.names.arn("cloudwatch", "alarm-mute-rule:release");
    let mut muted = vec![draft.names.alarm.to_owned()];
    muted.extend(composites(draft).into_iter().map(|alarm| alarm.alarm_name.clone()));
    let rule = json!({ "AlarmMuteRuleArn": arn, "Status": "ACTIVE", "targets": { "seen": muted } });
    let Ok(rule) = serde_json::from_value(rule) else { return };
    if let Some(rules) = draft.home().and_then(|home| home.alarm_mute_rules.seen_mut()) {
        rules.insert("release".to_owned(), rule);
    }
}

/// A composite alarm notifies, and what keeps it back is in ALARM.
fn suppress(draft: &mut Draft) {
    if composites(draft).is_empty() {
        let rule = format!("ALARM(\"{}\")", draft.names.alarm);
        draft.notify_by_composite("any-security-alarm", rule, json!({}));
    }
    let since = "2026-01-05T09:00:00Z".parse().ok();
    let Some(suppressor) = draft.another_alarm("deployment") else { return };
    suppressor.alarm_actions.clear();
    suppressor.metric_name = Some("Running".to_owned());
    suppressor.namespace = Some("Deployments".to_owned());
    suppressor.treat_missing_data = Some("ignore".to_owned());
    suppressor.state_value = "ALARM".to_owned();
    suppressor.state_transitioned_timestamp = since;
    suppressor.state_updated_timestamp = since;
    let arn = suppressor.alarm_arn.to_string();
    for alarm in composites(draft) {
        alarm.actions_suppressor = Some(arn.clone());
        alarm.actions_suppressor_wait_period = Some(60);
        alarm.actions_suppressor_extension_period = Some(60);
        alarm.actions_suppressed_by = Some("Alarm".to_owned());
    }
}

fn admit(draft: &mut Draft, condition: Value) {
    let topic = draft.names.topic_arn();
    draft.topic_policy(json!([{
        "Effect": "Allow",
        "Principal": { "Service": "cloudwatch.amazonaws.com" },
        "Action": "SNS:Publish",
        "Resource": topic,
        "Condition": condition,
    }]));
}

fn admit_another(draft: &mut Draft) {
    let topic = draft.names.topic_arn();
    draft.topic_policy(json!([{
        "Sid": "AllowEvents",
        "Effect": "Allow",
        "Principal": { "Service": "events.amazonaws.com" },
        "Action": "sns:Publish",
        "Resource": topic,
    }]));
}

fn for_people() -> Value {
    json!([{
        "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::123456789012:root" },
        "Action": "kms:*",
        "Resource": "*",
    }])
}

fn for_alarms() -> Value {
    json!([{
        "Effect": "Allow",
        "Principal": { "Service": "cloudwatch.amazonaws.com" },
        "Action": "sns:Publish",
        "Resource": "*",
    }])
}

fn for_cloudwatch() -> Value {
    json!([{
        "Effect": "Allow",
        "Principal": { "Service": "cloudwatch.amazonaws.com" },
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
    }])
}

fn for_every_service() -> Value {
    json!([{
        "Effect": "Allow",
        "Principal": { "Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"] },
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
    }])
}

fn unsubscribe(draft: &mut Draft, state: &str) {
    if let Some(human) = draft.human() {
        human.subscription_arn = state.to_owned();
        human.attributes = Observed::NotAsked;
    }
}

fn filtered(draft: &mut Draft, policy: &str, scope: Option<&str>) {
    if let Some(attributes) = draft.human().and_then(|human| human.attributes.seen_mut()) {
        attributes.filter_policy = Some(policy.to_owned());
        attributes.filter_policy_scope = scope.map(str::to_owned);
    }
}

fn everybody_filtered(draft: &mut Draft) {
    for subscription in draft.subscriptions().into_iter().flat_map(|all| all.values_mut()) {
        if let Some(attributes) = subscription.attributes.seen_mut() {
            attributes.filter_policy = Some(r#"{"severity":["high"]}"#.to_owned());
            attributes.filter_policy_scope = None;
        }
    }
}

fn nobody_filtered(draft: &mut Draft) {
    for subscription in draft.subscriptions().into_iter().flat_map(|all| all.values_mut()) {
        if let Some(attributes) = subscription.attributes.seen_mut() {
            attributes.filter_policy = None;
            attributes.filter_policy_scope = None;
        }
    }
}
