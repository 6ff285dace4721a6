//! Broken set-ups: each names its own link, and no other.

use aws_sdk_cloudtrail::types::{
    AdvancedEventSelector, AdvancedFieldSelector, EventSelector, ReadWriteType,
};
use aws_sdk_cloudwatch::types::{Dimension, Statistic};
use aws_sdk_cloudwatchlogs::types::LogGroupClass;
use serde_json::json;

use super::account::{ALARM, FILTER, GROUP, ROLE, SECRET, TRAIL, policy};
use super::server::{Iam, Server};
use super::set_up::{SetUp, judge_all};

/// What has nothing to look at where there is no trail.
const NO_TRAIL: &[(&str, &str)] = &[
    ("trail-covers-the-region", "skipped"),
    ("trail-is-logging", "skipped"),
    ("trail-records-its-events", "skipped"),
    ("trail-names-a-log-group", "skipped"),
    ("log-group-exists", "skipped"),
    ("log-group-class-is-standard", "skipped"),
    ("delivery-role-admits-cloudtrail", "skipped"),
    ("delivery-role-may-write", "skipped"),
    ("trail-delivers-to-log-group", "skipped"),
    ("trail-delivers-to-bucket", "skipped"),
    ("last-read-reached-log-group", "skipped"),
    ("log-group-is-where-the-filters-are", "skipped"),
    ("management-events-are-recorded-once", "skipped"),
    ("trail-covers-the-replicas", "skipped"),
    ("trail-validates-its-log-files", "skipped"),
];

/// What has nothing to look at where there is no filter, and therefore no metric.
const NO_FILTER: &[(&str, &str)] = &[
    ("filter-can-match", "skipped"),
    ("filter-matches-its-events", "skipped"),
    ("filter-matches-what-it-should", "skipped"),
    ("filter-ignores-other-events", "skipped"),
    ("filter-pattern-says-what-it-means", "skipped"),
    ("filter-pattern-is-understood", "skipped"),
    ("filter-counts-one-per-event", "skipped"),
    ("alarm-watches-filter-metric", "skipped"),
    ("filter-selects-the-secrets-events", "skipped"),
    ("last-read-was-counted", "skipped"),
    ("transformer-keeps-the-filters-fields", "skipped"),
];

/// What has nothing to look at where there is no alarm.
const NO_ALARM: &[(&str, &str)] = &[
    ("alarm-statistic-counts-events", "skipped"),
    ("alarm-threshold-is-reached-by-one-event", "skipped"),
    ("alarm-evaluates-one-event", "skipped"),
    ("alarm-recovers-after-an-event", "skipped"),
    ("alarm-is-not-stuck-in-alarm", "skipped"),
    ("alarm-actions-are-enabled", "skipped"),
    ("alarm-is-not-muted", "skipped"),
    ("alarm-notifies-a-topic", "skipped"),
    ("alarm-fires-within-minutes", "skipped"),
    ("alarm-is-ready-again-within-an-hour", "skipped"),
    ("last-alarm-ran-its-actions", "skipped"),
    ("metric-tells-reads-from-other-events", "skipped"),
];

/// What has nothing to look at where no topic is named.
const NO_TOPIC: &[(&str, &str)] = &[
    ("topic-exists", "skipped"),
    ("topic-is-in-the-alarms-region", "skipped"),
    ("topic-admits-its-publisher", "skipped"),
    ("topic-key-admits-its-publisher", "skipped"),
    ("topic-has-a-subscription", "skipped"),
    ("last-alarm-action-succeeded", "skipped"),
    ("topic-can-send-mail", "skipped"),
    ("topic-delivers-its-messages", "skipped"),
    ("topic-gets-no-log-file-notifications", "skipped"),
];

/// What has nothing to look at where there is no subscription.
const NO_SUBSCRIPTION: &[(&str, &str)] = &[
    ("subscription-is-confirmed", "skipped"),
    ("subscription-passes-alarm-messages", "skipped"),
    ("subscription-reaches-a-human", "skipped"),
    ("phone-number-takes-messages", "skipped"),
];

static BROKEN: &[SetUp] = &[
    SetUp {
        what: "the secret was deleted",
        then: |account| {
            Box::pin(async {
                let delete = account.secretsmanager.delete_secret().secret_id(SECRET);
                let delete = delete.force_delete_without_recovery(true);
                delete.send().await.expect("DeleteSecret");
            })
        },
        code: 1,
        but: &[&[
            ("trail-covers-the-replicas", "skipped"),
            ("secret-exists", "fail"),
            ("secret-is-not-scheduled-for-deletion", "skipped"),
        ]],
    },
    SetUp {
        what: "the secret is scheduled for deletion",
        then: |account| {
            Box::pin(async {
                let delete = account.secretsmanager.delete_secret().secret_id(SECRET);
                delete.send().await.expect("DeleteSecret");
            })
        },
        code: 1,
        but: &[&[("secret-is-not-scheduled-for-deletion", "fail")]],
    },
    SetUp {
        what: "the trail was stopped",
        then: |account| {
            Box::pin(async {
                let stop = account.cloudtrail.stop_logging().name(TRAIL);
                stop.send().await.expect("StopLogging");
            })
        },
        code: 1,
        but: &[&[("trail-is-logging", "fail"), ("trail-delivers-to-log-group", "skipped")]],
    },
    SetUp {
        what: "the trail was deleted",
        then: |account| {
            Box::pin(async {
                let delete = account.cloudtrail.delete_trail().name(TRAIL);
                delete.send().await.expect("DeleteTrail");
            })
        },
        code: 1,
        but: &[&[("trail-exists", "fail")], NO_TRAIL],
    },
    SetUp {
        what: "the trail records WriteOnly",
        then: |account| {
            Box::pin(async {
                let selector = EventSelector::builder()
                    .read_write_type(ReadWriteType::WriteOnly)
                    .include_management_events(true)
                    .build();
                let put = account.cloudtrail.put_event_selectors().trail_name(TRAIL);
                let put = put.event_selectors(selector);
                put.send().await.expect("PutEventSelectors");
            })
        },
        code: 1,
        but: &[&[("trail-records-its-events", "fail")]],
    },
    SetUp {
        what: "the trail records no management events",
        then: |account| {
            Box::pin(async {
                let selector = EventSelector::builder()
                    .read_write_type(ReadWriteType::All)
                    .include_management_events(false)
                    .build();
                let put = account.cloudtrail.put_event_selectors().trail_name(TRAIL);
                let put = put.event_selectors(selector);
                put.send().await.expect("PutEventSelectors");
            })
        },
        code: 1,
        but: &[&[("trail-records-its-events", "fail")]],
    },
    SetUp {
        what: "an advanced selector records writes only",
        then: |account| {
            Box::pin(async {
                let put = account.cloudtrail.put_event_selectors().trail_name(TRAIL);
                let put = put.advanced_event_selectors(management_events(Some("false")));
                put.send().await.expect("PutEventSelectors");
            })
        },
        code: 1,
        but: &[&[("trail-records-its-events", "fail")]],
    },
    SetUp {
        what: "the log group was deleted",
        then: |account| {
            Box::pin(async {
                let delete = account.logs.delete_log_group().log_group_name(GROUP);
                delete.send().await.expect("DeleteLogGroup");
            })
        },
        code: 1,
        but: &[
            &[
                ("log-group-key-is-usable", "skipped"),
                ("log-group-exists", "fail"),
                ("log-group-class-is-standard", "skipped"),
                ("trail-delivers-to-log-group", "skipped"),
                ("log-group-has-a-metric-filter", "skipped"),
            ],
            NO_FILTER,
            NO_ALARM,
            NO_TOPIC,
            NO_SUBSCRIPTION,
        ],
    },
    SetUp {
        what: "the log group is of class Infrequent Access",
        then: |account| {
            Box::pin(async {
                let delete = account.logs.delete_log_group().log_group_name(GROUP);
                delete.send().await.expect("DeleteLogGroup");
                let create = account.logs.create_log_group().log_group_name(GROUP);
                let create = create.log_group_class(LogGroupClass::InfrequentAccess);
                create.send().await.expect("CreateLogGroup");
                account.put_metric_filter("1", Some(0.0)).await;
            })
        },
        code: 1,
        but: &[&[("log-group-class-is-standard", "fail")]],
    },
    SetUp {
        what: "the delivery role trusts CloudWatch instead of CloudTrail",
        then: |account| {
            Box::pin(async {
                let trust = policy(&[json!({
                    "Effect": "Allow",
                    "Principal": { "Service": "cloudwatch.amazonaws.com" },
                    "Action": "sts:AssumeRole",
                })]);
                let update = account.iam.update_assume_role_policy().role_name(ROLE);
                let update = update.policy_document(trust);
                update.send().await.expect("UpdateAssumeRolePolicy");
            })
        },
        code: 1,
        but: &[&[("delivery-role-admits-cloudtrail", "fail")]],
    },
    SetUp {
        what: "the delivery role lost its policy",
        then: |account| {
            Box::pin(async {
                let delete = account.iam.delete_role_policy().role_name(ROLE);
                let delete = delete.policy_name("write");
                delete.send().await.expect("DeleteRolePolicy");
            })
        },
        code: 1,
        but: &[&[("delivery-role-may-write", "fail")]],
    },
    SetUp {
        what: "the delivery role was deleted",
        then: |account| {
            Box::pin(async {
                let policy = account.iam.delete_role_policy().role_name(ROLE);
                let policy = policy.policy_name("write");
                policy.send().await.expect("DeleteRolePolicy");
                let delete = account.iam.delete_role().role_name(ROLE);
                delete.send().await.expect("DeleteRole");
            })
        },
        code: 1,
        but: &[&[
            ("delivery-role-admits-cloudtrail", "fail"),
            ("delivery-role-may-write", "skipped"),
        ]],
    },
    SetUp {
        what: "the metric filter is on another group",
        then: |account| {
            Box::pin(async {
                let delete = account.logs.delete_metric_filter().log_group_name(GROUP);
                let delete = delete.filter_name(FILTER);
                delete.send().await.expect("DeleteMetricFilter");
                let create = account.logs.create_log_group().log_group_name("application");
                create.send().await.expect("CreateLogGroup");
                let put = account.put_metric_filter_on("application", "1", Some(0.0));
                put.await;
            })
        },
        code: 1,
        but: &[&[("log-group-has-a-metric-filter", "fail")]],
    },
    SetUp {
        what: "no metric filter",
        then: |account| {
            Box::pin(async {
                let delete = account.logs.delete_metric_filter().log_group_name(GROUP);
                let delete = delete.filter_name(FILTER);
                delete.send().await.expect("DeleteMetricFilter");
            })
        },
        code: 1,
        but: &[
            &[("log-group-has-a-metric-filter", "fail")],
            NO_FILTER,
            NO_ALARM,
            NO_TOPIC,
            NO_SUBSCRIPTION,
        ],
    },
    SetUp {
        what: "the filter counts an event as 0",
        then: |account| Box::pin(account.put_metric_filter("0", Some(0.0))),
        code: 1,
        but: &[&[("filter-counts-one-per-event", "fail")]],
    },
    SetUp {
        what: "no alarm",
        then: |account| {
            Box::pin(async {
                let delete = account.cloudwatch.delete_alarms().alarm_names(ALARM);
                delete.send().await.expect("DeleteAlarms");
            })
        },
        code: 1,
        but: &[&[("alarm-watches-filter-metric", "fail")], NO_ALARM, NO_TOPIC, NO_SUBSCRIPTION],
    },
    SetUp {
        what: "the alarm watches another namespace",
        then: |account| {
            Box::pin(async {
                let alarm = account.alarm(ALARM).namespace("SecurityMetrics");
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        code: 1,
        but: &[&[("alarm-watches-filter-metric", "fail")]],
    },
    SetUp {
        what: "the alarm has a dimension that the filter does not give",
        then: |account| {
            Box::pin(async {
                let dimension = Dimension::builder().name("Trail").value(TRAIL).build();
                let alarm = account.alarm(ALARM).dimensions(dimension);
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        code: 1,
        but: &[&[("alarm-watches-filter-metric", "fail")]],
    },
    SetUp {
        what: "the alarm averages",
        then: |account| {
            Box::pin(async {
                let alarm = account.alarm(ALARM).statistic(Statistic::Average);
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        code: 1,
        but: &[&[("alarm-statistic-counts-events", "fail")]],
    },
    SetUp {
        what: "the alarm waits for two events",
        then: |account| {
            Box::pin(async {
                let alarm = account.alarm(ALARM).threshold(2.0);
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        code: 1,
        but: &[&[("alarm-threshold-is-reached-by-one-event", "fail")]],
    },
    SetUp {
        what: "the alarm waits for two periods in a row",
        then: |account| {
            Box::pin(async {
                let alarm = account.alarm(ALARM).evaluation_periods(2);
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        code: 1,
        but: &[&[("alarm-evaluates-one-event", "fail")]],
    },
    SetUp {
        what: "the alarm takes missing data for breaching, and most minutes miss data",
        then: |account| {
            Box::pin(async {
                account.put_metric_filter("1", None).await;
                let alarm = account.alarm(ALARM).treat_missing_data("breaching");
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        code: 1,
        but: &[&[("alarm-evaluates-one-event", "fail")]],
    },
    SetUp {
        what: "the alarm's actions are disabled",
        then: |account| {
            Box::pin(async {
                let disable = account.cloudwatch.disable_alarm_actions();
                let disable = disable.alarm_names(ALARM);
                disable.send().await.expect("DisableAlarmActions");
            })
        },
        code: 1,
        but: &[&[("alarm-actions-are-enabled", "fail")]],
    },
    SetUp {
        what: "the alarm has no actions",
        then: |account| {
            Box::pin(async {
                let alarm = account.alarm(ALARM).set_alarm_actions(None);
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        code: 1,
        but: &[&[("alarm-notifies-a-topic", "fail")], NO_TOPIC, NO_SUBSCRIPTION],
    },
    SetUp {
        what: "the alarm notifies only when it recovers",
        then: |account| {
            Box::pin(async {
                let alarm = account.alarm(ALARM).set_alarm_actions(None);
                let alarm = alarm.ok_actions(account.topic_arn());
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        code: 1,
        but: &[&[("alarm-notifies-a-topic", "fail")]],
    },
    SetUp {
        what: "the topic was deleted",
        then: |account| {
            Box::pin(async {
                let delete = account.sns.delete_topic().topic_arn(account.topic_arn());
                delete.send().await.expect("DeleteTopic");
            })
        },
        code: 1,
        but: &[
            &[
                ("topic-exists", "fail"),
                ("topic-admits-its-publisher", "skipped"),
                ("topic-key-admits-its-publisher", "skipped"),
                ("topic-has-a-subscription", "skipped"),
            ],
            NO_SUBSCRIPTION,
        ],
    },
    SetUp {
        what: "the topic's policy denies CloudWatch",
        then: |account| {
            Box::pin(async {
                let everybody = json!({
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "sns:Publish",
                    "Resource": account.topic_arn(),
                });
                let but_alarms = json!({
                    "Sid": "NoAlarms",
                    "Effect": "Deny",
                    "Principal": { "Service": "cloudwatch.amazonaws.com" },
                    "Action": "sns:Publish",
                    "Resource": "*",
                });
                let policy = policy(&[everybody, but_alarms]);
                account.set_topic_attribute("Policy", &policy).await;
            })
        },
        code: 1,
        but: &[&[("topic-admits-its-publisher", "fail")]],
    },
    SetUp {
        what: "the topic's policy admits EventBridge only",
        then: |account| {
            Box::pin(async {
                let policy = policy(&[json!({
                    "Effect": "Allow",
                    "Principal": { "Service": "events.amazonaws.com" },
                    "Action": "sns:Publish",
                    "Resource": account.topic_arn(),
                })]);
                account.set_topic_attribute("Policy", &policy).await;
            })
        },
        code: 1,
        but: &[&[("topic-admits-its-publisher", "fail")]],
    },
    SetUp {
        what: "the topic is encrypted with the key that AWS manages",
        then: |account| Box::pin(account.set_topic_attribute("KmsMasterKeyId", "alias/aws/sns")),
        code: 1,
        but: &[&[("topic-key-admits-its-publisher", "fail")]],
    },
    SetUp {
        what: "the topic is encrypted with a key whose policy is the default",
        then: |account| {
            Box::pin(async {
                let key = account.kms.create_key().send().await.expect("CreateKey");
                let key = key.key_metadata.expect("a key").key_id;
                account.set_topic_attribute("KmsMasterKeyId", &key).await;
            })
        },
        code: 1,
        but: &[&[("topic-key-admits-its-publisher", "fail")]],
    },
    SetUp {
        what: "the topic's key is disabled",
        then: |account| {
            Box::pin(async {
                let key = account.encrypt_topic().await;
                let disable = account.kms.disable_key().key_id(key);
                disable.send().await.expect("DisableKey");
            })
        },
        code: 1,
        but: &[&[("topic-key-admits-its-publisher", "fail")]],
    },
    SetUp {
        what: "nobody is subscribed",
        then: |account| {
            Box::pin(async {
                for arn in account.subscriptions().await {
                    let unsubscribe = account.sns.unsubscribe().subscription_arn(arn);
                    unsubscribe.send().await.expect("Unsubscribe");
                }
            })
        },
        code: 1,
        but: &[&[("topic-has-a-subscription", "fail")], NO_SUBSCRIPTION],
    },
    SetUp {
        what: "the only subscription is not confirmed",
        then: |account| {
            Box::pin(async {
                for arn in account.subscriptions().await {
                    let unsubscribe = account.sns.unsubscribe().subscription_arn(arn);
                    unsubscribe.send().await.expect("Unsubscribe");
                }
                // Nothing listens there, so it stays unconfirmed. ministack confirms email at once.
                let topic = account.topic_arn();
                account.subscribe(&topic, "http", "http://127.0.0.1:9/").await;
            })
        },
        code: 1,
        but: &[&[("subscription-is-confirmed", "fail")]],
    },
    SetUp {
        what: "the subscription takes messages of another kind only",
        then: |account| {
            Box::pin(async {
                for arn in account.subscriptions().await {
                    let set = account.sns.set_subscription_attributes();
                    let set = set.subscription_arn(arn).attribute_name("FilterPolicy");
                    let set = set.attribute_value(r#"{"kind":["order"]}"#);
                    set.send().await.expect("SetSubscriptionAttributes");
                }
            })
        },
        code: 1,
        but: &[&[("subscription-passes-alarm-messages", "fail")]],
    },
];

/// Management events, or those with this value of `readOnly`.
pub(super) fn management_events(read_only: Option<&str>) -> AdvancedEventSelector {
    let field = |name: &str, value: &str| {
        let field = AdvancedFieldSelector::builder().field(name).equals(value);
        field.build().expect("a field selector")
    };
    let selector =
        AdvancedEventSelector::builder().field_selectors(field("eventCategory", "Management"));
    let selector = match read_only {
        Some(value) => selector.field_selectors(field("readOnly", value)),
        None => selector,
    };
    selector.build().expect("a selector")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_broken_link_is_named_and_no_other() {
    let server = Server::start(Iam::Ignored);
    judge_all(&server.url(), BROKEN).await;
}
