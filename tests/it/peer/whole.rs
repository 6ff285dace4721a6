//! Set-ups on which nothing is broken, in the forms that a whole chain can take, and what the
//! doctor leaves behind on them.

use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_sdk_cloudwatch::types::ComparisonOperator;
use serde_json::{Value, json};

use super::account::{
    ADDRESS, ALARM, Account, FILTER, GROUP, REGION, ROLE, SECRET, TOPIC, TRAIL, policy,
};
use super::broken::management_events;
use super::run::secmon;
use super::server::{Iam, Server};
use super::set_up::{SetUp, differences, doctor, judge_all};

static WHOLE: &[SetUp] = &[
    SetUp { what: "the whole chain", then: |_| Box::pin(async {}), code: 3, but: &[] },
    SetUp {
        what: "an advanced selector for management events",
        then: |account| {
            Box::pin(async {
                let put = account.cloudtrail.put_event_selectors().trail_name(TRAIL);
                let put = put.advanced_event_selectors(management_events(None));
                put.send().await.expect("PutEventSelectors");
            })
        },
        code: 3,
        but: &[],
    },
    SetUp {
        what: "a single-Region trail of the secret's Region",
        then: |account| {
            Box::pin(async {
                let update = account.cloudtrail.update_trail().name(TRAIL);
                let update = update.is_multi_region_trail(false);
                update.send().await.expect("UpdateTrail");
            })
        },
        code: 3,
        but: &[],
    },
    SetUp {
        what: "a delivery role with an attached policy",
        then: |account| {
            Box::pin(async {
                let create = account.iam.create_policy().policy_name("write");
                let create = create.policy_document(policy(&[json!({
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:Put*"],
                    "Resource": format!("{}log-stream:*", account.group_arn().trim_end_matches('*')),
                })]));
                let made = create.send().await.expect("CreatePolicy").policy;
                let attach = account.iam.attach_role_policy().role_name(ROLE);
                let attach = attach.policy_arn(made.and_then(|made| made.arn).expect("an ARN"));
                attach.send().await.expect("AttachRolePolicy");
                let delete = account.iam.delete_role_policy().role_name(ROLE);
                let delete = delete.policy_name("write");
                delete.send().await.expect("DeleteRolePolicy");
            })
        },
        code: 3,
        but: &[],
    },
    SetUp {
        what: "the bucket lost its policy, which costs the audit copy only",
        then: |account| {
            Box::pin(async {
                let delete = account.s3.delete_bucket_policy().bucket(account.bucket());
                delete.send().await.expect("DeleteBucketPolicy");
            })
        },
        code: 3,
        but: &[&[("trail-delivers-to-bucket", "warn")]],
    },
    SetUp {
        what: "a second trail that was stopped",
        then: |account| {
            Box::pin(async {
                let create = account.cloudtrail.create_trail().name("a-stopped-trail");
                let create = create.s3_bucket_name(account.bucket());
                create.send().await.expect("CreateTrail");
            })
        },
        code: 3,
        but: &[],
    },
    SetUp {
        what: "the same as: more than 0",
        then: |account| {
            Box::pin(async {
                let alarm = account.alarm(ALARM).threshold(0.0);
                let alarm = alarm.comparison_operator(ComparisonOperator::GreaterThanThreshold);
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        code: 3,
        but: &[],
    },
    SetUp {
        what: "an alarm of one datapoint out of three periods of five minutes",
        then: |account| {
            Box::pin(async {
                let alarm = account.alarm(ALARM).period(300).evaluation_periods(3);
                let alarm = alarm.datapoints_to_alarm(1);
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        code: 3,
        but: &[],
    },
    SetUp {
        what: "missing data is missing",
        then: |account| {
            Box::pin(async {
                account.put_metric_filter("1", None).await;
                let alarm = account.alarm(ALARM).treat_missing_data("missing");
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        code: 3,
        but: &[],
    },
    SetUp {
        what: "a second alarm that averages",
        then: |account| {
            Box::pin(async {
                let alarm = account.alarm("a-useless-alarm");
                let alarm = alarm.statistic(aws_sdk_cloudwatch::types::Statistic::Average);
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        code: 3,
        but: &[],
    },
    SetUp {
        what: "a composite alarm notifies",
        then: |account| {
            Box::pin(async {
                let alarm = account.alarm(ALARM).set_alarm_actions(None);
                alarm.send().await.expect("PutMetricAlarm");
                let above = account.cloudwatch.put_composite_alarm();
                let above = above.alarm_name("security").alarm_actions(account.topic_arn());
                let above = above.alarm_rule(format!("ALARM(\"{ALARM}\")"));
                above.send().await.expect("PutCompositeAlarm");
            })
        },
        code: 3,
        but: &[],
    },
    SetUp {
        what: "the topic is encrypted with a key that admits CloudWatch",
        then: |account| {
            Box::pin(async {
                account.encrypt_topic().await;
            })
        },
        code: 3,
        but: &[&[("topic-key-admits-its-publisher", "pass")]],
    },
    SetUp {
        what: "the topic's policy admits CloudWatch for this account's alarms",
        then: |account| {
            Box::pin(async {
                let alarms = format!("arn:aws:cloudwatch:{REGION}:{}:alarm:*", account.id);
                let policy = policy(&[json!({
                    "Effect": "Allow",
                    "Principal": { "Service": "cloudwatch.amazonaws.com" },
                    "Action": "sns:Publish",
                    "Resource": account.topic_arn(),
                    "Condition": {
                        "ArnLike": { "aws:SourceArn": alarms },
                        "StringEquals": { "aws:SourceAccount": account.id },
                    },
                })]);
                account.set_topic_attribute("Policy", &policy).await;
            })
        },
        code: 3,
        but: &[],
    },
    SetUp {
        what: "the topic is in another Region",
        then: |account| {
            Box::pin(async {
                let there = Account::homed(&account.url, account.number(), "us-east-1");
                let topic = there.create_topic(TOPIC).await;
                there.subscribe(&topic, "email", ADDRESS).await;
                let alarm = account.alarm(ALARM).set_alarm_actions(Some(vec![topic]));
                alarm.send().await.expect("PutMetricAlarm");
            })
        },
        // AWS refuses to save such an alarm, and nobody knows what a saved one does.
        code: 3,
        but: &[&[("topic-is-in-the-alarms-region", "unknown")]],
    },
    SetUp {
        what: "a second subscription that is not confirmed",
        then: |account| {
            Box::pin(async {
                let topic = account.topic_arn();
                account.subscribe(&topic, "http", "http://127.0.0.1:9/").await;
            })
        },
        code: 3,
        but: &[],
    },
    SetUp {
        what: "a subscription that takes everything that has a state",
        then: |account| {
            Box::pin(async {
                for arn in account.subscriptions().await {
                    for (name, value) in [
                        ("FilterPolicyScope", "MessageBody"),
                        ("FilterPolicy", r#"{"NewStateValue":["ALARM"]}"#),
                    ] {
                        let set = account.sns.set_subscription_attributes();
                        let set = set.subscription_arn(&arn).attribute_name(name);
                        let set = set.attribute_value(value).send().await;
                        set.expect("SetSubscriptionAttributes");
                    }
                }
            })
        },
        code: 3,
        // Mail gets another text than the JSON that the policy is about.
        but: &[&[("subscription-passes-alarm-messages", "unknown")]],
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_a_whole_chain_is_called_broken() {
    let server = Server::start(Iam::Ignored);
    judge_all(&server.url(), WHOLE).await;
}

/// What ministack makes of `CreateTrail` with group and role, and the tail that is judged although
/// nothing joins it to the trail.
#[tokio::test(flavor = "multi_thread")]
async fn a_trail_without_log_group_is_no_and_the_rest_is_judged() {
    let server = Server::start(Iam::Ignored);
    let account = Account::new(&server.url(), 300_000_000_001);
    account.create_secret().await;
    account.create_trail().await;
    account.put_metric_filter("1", Some(0.0)).await;
    let topic = account.create_topic(TOPIC).await;
    account.subscribe(&topic, "email", ADDRESS).await;
    account.alarm(ALARM).send().await.expect("PutMetricAlarm");
    let set_up = SetUp {
        what: "as CreateTrail leaves it",
        then: |_| Box::pin(async {}),
        code: 1,
        but: &[&[
            ("trail-names-a-log-group", "fail"),
            ("delivery-role-admits-cloudtrail", "skipped"),
            ("delivery-role-may-write", "skipped"),
            ("trail-delivers-to-log-group", "skipped"),
            ("last-read-reached-log-group", "skipped"),
        ]],
    };
    let run = doctor(&account, &[]).await;
    assert_eq!(differences(&set_up, &run), None);
    let finding = &run.checks()["trail-names-a-log-group"]["findings"][0];
    let fix = finding["fix"].to_string();
    for word in ["aws cloudtrail update-trail", TRAIL, GROUP] {
        assert!(fix.contains(word), "{word}: {finding:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_behind_a_trail_of_another_region_is_whole() {
    let server = Server::start(Iam::Ignored);
    let account = Account::homed(&server.url(), 300_000_000_002, "us-east-1");
    account.build().await;
    let run = doctor(&account, &[]).await;
    let set_up =
        SetUp { what: "homed in us-east-1", then: |_| Box::pin(async {}), code: 3, but: &[] };
    assert_eq!(differences(&set_up, &run), None);
    assert_eq!(run.entry()["route"]["topic"], account.topic_arn());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_does_not_know_is_unknown_and_named() {
    let server = Server::start(Iam::Ignored);
    let account = Account::new(&server.url(), 300_000_000_003);
    account.build().await;
    let run = doctor(&account, &[]).await;
    let checks = run.checks();
    let muted = &checks["alarm-is-not-muted"];
    let reason = muted["unseen"]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("ListAlarmMuteRules"), "{muted}");
    // What a pattern matches secmon reads by itself, and says that nobody confirms it.
    assert_eq!(checks["filter-matches-its-events"]["status"], "pass");
    let understood = &checks["filter-pattern-is-understood"];
    let reason = understood["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("AWS gave no answer"), "{understood}");
    // What is reached is named all the same.
    let entry = run.entry();
    assert_eq!(entry["verdict"], "CANNOT TELL");
    let route = &entry["route"];
    assert_eq!(route["log_group"], GROUP);
    assert_eq!(route["filter"], FILTER);
    assert_eq!(route["alarm"], ALARM);
    assert_eq!(route["topic"], account.topic_arn());
    let trail = format!("arn:aws:cloudtrail:{REGION}:{}:trail/{TRAIL}", account.id);
    assert_eq!(route["trail"], trail);
}

/// The same chain, asked about in every way.
#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_the_same_however_the_question_is_put() {
    let server = Server::start(Iam::Ignored);
    let account = Account::new(&server.url(), 300_000_000_004);
    account.build().await;
    let by_name = doctor(&account, &[]).await.statuses();
    let described = account.secretsmanager.describe_secret().secret_id(SECRET);
    let arn = described.send().await.expect("DescribeSecret").arn;
    let arn = arn.expect("an ARN");
    for question in [
        vec!["--secret", &arn],
        vec!["--secret", SECRET, "--recipient", ADDRESS],
        vec!["--secret", SECRET, "--alarm", ALARM, "--topic", TOPIC],
    ] {
        let arguments = [vec!["doctor", "-o", "json"], question.clone()].concat();
        let run = secmon(&account.url, &account.root, &arguments).await;
        assert_eq!(run.code, Some(3), "{question:?}: {run:?}");
        assert_eq!(run.statuses(), by_name, "{question:?}");
    }
    // Without a secret there is none that could be missing.
    let any = secmon(&account.url, &account.root, &["doctor", "-o", "json"]).await;
    assert_eq!(any.code, Some(3), "{any:?}");
    let mut statuses = any.statuses();
    for id in ["secret-exists", "secret-is-not-scheduled-for-deletion"] {
        let status = statuses.insert(id.to_owned(), "pass".to_owned());
        assert_eq!(status.as_deref(), Some("not_applicable"), "{id}");
    }
    assert_eq!(statuses, by_name);

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("account.json");
    let file = file.to_str().expect("UTF-8");
    let saved = ["snapshot", file, "--secret", SECRET];
    let saved = secmon(&account.url, &account.root, &saved).await;
    assert_eq!(saved.code, Some(0), "{saved:?}");
    let judged = super::run::offline(&["doctor", "--snapshot", file, "-o", "json"]).await;
    assert_eq!(judged.statuses(), by_name);

    let others = doctor(&account, &["--recipient", "ceo@example.org"]).await;
    assert_eq!(others.code, Some(1), "{others:?}");
}

/// The server keeps a record of every call: reads only, and never the secret's value.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_changes_nothing_and_reads_no_secret() {
    let server = Server::start(Iam::Ignored);
    let account = Account::new(&server.url(), 300_000_000_005);
    account.build().await;
    let value = account.secretsmanager.get_secret_value().secret_id(SECRET);
    value.send().await.expect("GetSecretValue");
    let reads = calls(&account, LookupAttributeKey::EventName, "GetSecretValue").await;
    assert_eq!(reads.len(), 1, "ministack records: {reads:?}");
    let before = calls(&account, LookupAttributeKey::ReadOnly, "false").await;
    assert!(before.iter().any(|name| name == "PutMetricFilter"), "{before:?}");

    let run = doctor(&account, &["-v"]).await;
    assert_eq!(run.code, Some(3), "{run:?}");

    let reads = calls(&account, LookupAttributeKey::EventName, "GetSecretValue").await;
    assert_eq!(reads.len(), 1, "the doctor reads a secret's value");
    let after = calls(&account, LookupAttributeKey::ReadOnly, "false").await;
    let more = &after[..after.len() - before.len()];
    assert_eq!(after[more.len()..], before);
    // ministack takes for a read what begins with Get, List, Describe or Head, and cannot name the
    // calls of the Query and CBOR protocols. That those are reads too is shown where IAM is
    // enforced: a user who may only read gets the same answers as root.
    let unnamed = |name: &&String| !name.starts_with("POST.");
    let named: Vec<&String> = more.iter().filter(unnamed).collect();
    assert!(named.iter().all(|name| *name == "TestMetricFilter"), "{named:?}");
}

/// Names of the recorded calls of an account, newest first; ministack gives 50 and no more.
async fn calls(account: &Account, key: LookupAttributeKey, value: &str) -> Vec<String> {
    let attribute = LookupAttribute::builder()
        .attribute_key(key)
        .attribute_value(value)
        .build()
        .expect("an attribute");
    let lookup = account.cloudtrail.lookup_events();
    let lookup = lookup.lookup_attributes(attribute).send().await;
    let lookup = lookup.expect("LookupEvents");
    let names = lookup.events().iter();
    names.filter_map(|event| event.event_name.clone()).collect()
}

/// Event history tells since when and by whom; ministack has the parameters of JSON calls only.
#[tokio::test(flavor = "multi_thread")]
async fn who_broke_it_is_told() {
    let server = Server::start(Iam::Ignored);
    let account = Account::new(&server.url(), 300_000_000_006);
    account.build().await;
    let delete = account.logs.delete_metric_filter().log_group_name(GROUP);
    let delete = delete.filter_name(FILTER);
    delete.send().await.expect("DeleteMetricFilter");
    let described = account.secretsmanager.describe_secret().secret_id(SECRET);
    let arn = described.send().await.expect("DescribeSecret").arn;
    let delete = account.secretsmanager.delete_secret().set_secret_id(arn);
    delete.send().await.expect("DeleteSecret");
    let checks = doctor(&account, &[]).await.checks();
    for (id, event_name) in [
        ("log-group-has-a-metric-filter", "DeleteMetricFilter"),
        ("secret-is-not-scheduled-for-deletion", "DeleteSecret"),
    ] {
        let since = &checks[id]["since"];
        assert_eq!(since["event_name"], event_name, "{id}: {since}");
        let by = format!("user {}", account.id);
        assert_eq!(since["by"], Value::from(by), "{id}");
    }
}
