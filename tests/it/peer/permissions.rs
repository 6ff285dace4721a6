//! Who may read what: ministack asks IAM, and the doctor's user lacks each read action in turn.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use aws_sdk_cloudwatchlogs::types::MetricTransformation;
use aws_sdk_eventbridge::types::RuleState;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::account::{Account, GROUP, Key, NAMESPACE, ROLE, SECRET, policy};
use super::run::{Run, offline, secmon};
use super::server::{Iam, Server};

/// How many users look at once.
const AT_ONCE: usize = 4;

/// A user who lacks one action.
struct Lacking {
    action: &'static str,
    /// The checks that are unknown and name the action. All others stay as they are.
    unknown: &'static [&'static str],
    /// How many other ways to a human there may be.
    other_routes: usize,
}

/// What nobody asks of this account: ministack has no mute rules, and no read in its Event history;
/// there is no transformer, no phone, and no policy that asks for the organization.
const NOT_ASKED: &[&str] = &[
    "cloudwatch:GetAlarmMuteRule",
    "logs:DescribeAccountPolicies",
    "logs:FilterLogEvents",
    "logs:GetTransformer",
    "organizations:DescribeOrganization",
    "sns:CheckIfPhoneNumberIsOptedOut",
    "sns:GetSMSAttributes",
    "sns:GetSMSSandboxAccountStatus",
    "sns:ListSMSSandboxPhoneNumbers",
];

/// What is looked at behind the filter.
const BEHIND_THE_FILTER: &[&str] = &[
    "alarm-watches-filter-metric",
    "alarm-statistic-counts-events",
    "alarm-threshold-is-reached-by-one-event",
    "alarm-evaluates-one-event",
    "alarm-recovers-after-an-event",
    "alarm-is-not-stuck-in-alarm",
    "alarm-actions-are-enabled",
    "alarm-is-not-muted",
    "alarm-notifies-a-topic",
    "topic-exists",
    "topic-is-in-the-alarms-region",
    "topic-admits-its-publisher",
    "topic-key-admits-its-publisher",
    "topic-has-a-subscription",
    "subscription-is-confirmed",
    "subscription-passes-alarm-messages",
    "subscription-reaches-a-human",
    "last-alarm-action-succeeded",
    "alarm-fires-within-minutes",
    "alarm-is-ready-again-within-an-hour",
    "last-alarm-ran-its-actions",
    "metric-tells-reads-from-other-events",
    "phone-number-takes-messages",
    "topic-can-send-mail",
    "topic-delivers-its-messages",
    "topic-gets-no-log-file-notifications",
];

/// What is about the filter. The only alarm there may be fed by one, and is judged all the same.
const OF_THE_FILTER: &[&str] = &[
    "log-group-has-a-metric-filter",
    "filter-can-match",
    "filter-matches-its-events",
    "filter-matches-what-it-should",
    "filter-ignores-other-events",
    "filter-pattern-says-what-it-means",
    "filter-pattern-is-understood",
    "filter-counts-one-per-event",
    "alarm-watches-filter-metric",
    "alarm-statistic-counts-events",
    "alarm-threshold-is-reached-by-one-event",
    "alarm-evaluates-one-event",
    "alarm-recovers-after-an-event",
    "alarm-fires-within-minutes",
    "filter-selects-the-secrets-events",
    "last-read-was-counted",
    "metric-tells-reads-from-other-events",
    "transformer-keeps-the-filters-fields",
];

const fn lacking(action: &'static str, unknown: &'static [&'static str]) -> Lacking {
    // The rule of the account, which has no target.
    Lacking { action, unknown, other_routes: 1 }
}

static LACKING: &[Lacking] = &[
    lacking(
        "cloudtrail:DescribeTrails",
        &[
            "trail-exists",
            "trail-covers-the-region",
            "trail-is-logging",
            "trail-records-its-events",
            "trail-names-a-log-group",
            "log-group-exists",
            "log-group-class-is-standard",
            "delivery-role-admits-cloudtrail",
            "delivery-role-may-write",
            "trail-delivers-to-log-group",
            "trail-delivers-to-bucket",
            "last-read-reached-log-group",
            "log-group-is-where-the-filters-are",
            "management-events-are-recorded-once",
            "trail-covers-the-replicas",
            "trail-validates-its-log-files",
        ],
    ),
    lacking("cloudtrail:GetEventSelectors", &["trail-records-its-events"]),
    lacking(
        "cloudtrail:GetTrailStatus",
        &["trail-is-logging", "trail-delivers-to-log-group", "trail-delivers-to-bucket"],
    ),
    // The trail is in the list of this Region: what there is elsewhere does not matter.
    lacking("cloudtrail:ListTrails", &[]),
    // Recent reads are further questions to TestMetricFilter; the baseline's own remain.
    lacking("cloudtrail:LookupEvents", &[]),
    lacking(
        "cloudwatch:DescribeAlarmHistory",
        &["last-alarm-action-succeeded", "last-alarm-ran-its-actions"],
    ),
    // A log alarm may be among those that are not seen.
    Lacking { action: "cloudwatch:DescribeAlarms", unknown: BEHIND_THE_FILTER, other_routes: 2 },
    lacking("cloudwatch:GetAlarmMuteRule", &[]),
    // How many events come is an example in a message, not a judgement.
    lacking("cloudwatch:GetMetricStatistics", &[]),
    lacking("cloudwatch:ListAlarmMuteRules", &["alarm-is-not-muted"]),
    Lacking { action: "events:ListRules", unknown: &[], other_routes: 1 },
    // A rule whose targets are not seen may reach a human.
    Lacking { action: "events:ListTargetsByRule", unknown: &[], other_routes: 1 },
    lacking("iam:GetPolicy", &["delivery-role-may-write"]),
    lacking("iam:GetPolicyVersion", &["delivery-role-may-write"]),
    lacking("iam:GetRole", &["delivery-role-admits-cloudtrail", "delivery-role-may-write"]),
    lacking("iam:GetRolePolicy", &["delivery-role-may-write"]),
    lacking("iam:ListAttachedRolePolicies", &["delivery-role-may-write"]),
    lacking("iam:ListRolePolicies", &["delivery-role-may-write"]),
    lacking("kms:DescribeKey", &["topic-key-admits-its-publisher"]),
    lacking("kms:GetKeyPolicy", &["topic-key-admits-its-publisher"]),
    // The policies admit the alarm: nobody needs to know of grants, nor of the organization.
    lacking("kms:ListGrants", &[]),
    lacking(
        "logs:DescribeLogGroups",
        &["log-group-exists", "log-group-class-is-standard", "log-group-key-is-usable"],
    ),
    lacking("logs:DescribeMetricFilters", OF_THE_FILTER),
    // secmon reads the pattern by itself.
    lacking("logs:TestMetricFilter", &[]),
    lacking("logs:DescribeAccountPolicies", &[]),
    lacking("logs:FilterLogEvents", &[]),
    lacking("logs:GetTransformer", &[]),
    lacking("sns:CheckIfPhoneNumberIsOptedOut", &[]),
    lacking("sns:GetSMSAttributes", &[]),
    lacking("sns:GetSMSSandboxAccountStatus", &[]),
    lacking("sns:ListSMSSandboxPhoneNumbers", &[]),
    lacking("organizations:DescribeOrganization", &[]),
    lacking("s3:GetBucketPolicy", &["trail-delivers-to-bucket"]),
    lacking(
        "secretsmanager:DescribeSecret",
        &["secret-exists", "secret-is-not-scheduled-for-deletion", "trail-covers-the-replicas"],
    ),
    lacking(
        "sns:GetSubscriptionAttributes",
        &["subscription-is-confirmed", "subscription-passes-alarm-messages"],
    ),
    lacking(
        "sns:GetTopicAttributes",
        &["topic-exists", "topic-admits-its-publisher", "topic-key-admits-its-publisher"],
    ),
    lacking(
        "sns:ListSubscriptionsByTopic",
        &[
            "topic-has-a-subscription",
            "subscription-is-confirmed",
            "subscription-passes-alarm-messages",
            "subscription-reaches-a-human",
            "phone-number-takes-messages",
        ],
    ),
];

/// The whole chain with everything optional in it, so that each action has something to read: a
/// topic with a key, a delivery role with an inline and an attached policy that both matter, and a
/// rule whose targets decide whether it is another way to a human.
async fn everything(account: &Account) {
    account.build().await;
    let attached = account.iam.create_policy().policy_name("fill-streams");
    let attached = attached.policy_document(policy(&[json!({
        "Effect": "Allow",
        "Action": "logs:PutLogEvents",
        "Resource": "*",
    })]));
    let attached = attached.send().await.expect("CreatePolicy").policy;
    let arn = attached.and_then(|policy| policy.arn).expect("an ARN");
    let attach = account.iam.attach_role_policy().role_name(ROLE);
    let attach = attach.policy_arn(arn);
    attach.send().await.expect("AttachRolePolicy");
    let inline = account.iam.put_role_policy().role_name(ROLE);
    let inline = inline.policy_name("write").policy_document(policy(&[json!({
        "Effect": "Allow",
        "Action": "logs:CreateLogStream",
        "Resource": "*",
    })]));
    inline.send().await.expect("PutRolePolicy");
    account.encrypt_topic().await;
    let rule = account.events.put_rule().name("reads");
    let rule = rule.event_pattern(r#"{"source":["aws.secretsmanager"]}"#);
    let rule = rule.state(RuleState::EnabledWithAllCloudtrailManagementEvents);
    rule.send().await.expect("PutRule");
}

/// A user who may do this and nothing else.
async fn user(account: &Account, name: &str, actions: &BTreeSet<String>) -> Key {
    let create = account.iam.create_user().user_name(name);
    create.send().await.expect("CreateUser");
    let put = account.iam.put_user_policy().user_name(name);
    let put = put.policy_name("read").policy_document(policy(&[json!({
        "Effect": "Allow",
        "Action": actions,
        "Resource": "*",
    })]));
    put.send().await.expect("PutUserPolicy");
    let key = account.iam.create_access_key().user_name(name);
    let key = key.send().await.expect("CreateAccessKey").access_key;
    let key = key.expect("a key");
    Key { id: key.access_key_id, secret: key.secret_access_key }
}

/// The actions of `secmon iam-policy`.
async fn actions() -> BTreeSet<String> {
    let run = offline(&["iam-policy"]).await;
    let policy: Value = serde_json::from_str(&run.stdout).expect("a policy");
    let statements = policy["Statement"].as_array().expect("statements");
    let actions =
        statements.iter().flat_map(|statement| statement["Action"].as_array().expect("actions"));
    actions.map(|action| action.as_str().expect("an action").to_owned()).collect()
}

async fn doctor(url: &str, key: &Key) -> Run {
    let arguments = ["doctor", "--secret", SECRET, "-o", "json"];
    secmon(url, key, &arguments).await
}

/// What one user sees: problems, if any.
async fn lacks(
    account: &Account,
    all: &BTreeSet<String>,
    row: &Lacking,
    whole: &BTreeMap<String, String>,
) -> Option<String> {
    let less = all.iter().filter(|action| *action != row.action);
    let name = row.action.replace(':', "-");
    let key = user(account, &name, &less.cloned().collect()).await;
    let run = doctor(&account.url, &key).await;
    let mut said = String::new();
    if run.crashed() || run.code != Some(3) {
        writeln!(said, "    exit {:?}: {}", run.code, run.stderr).expect("a string");
    } else {
        for (id, check) in run.checks() {
            let (status, denied) = (&check["status"], &check["unseen"]["denied"]);
            let as_expected = if row.unknown.contains(&id.as_str()) {
                status == "unknown" && denied == row.action
            } else {
                Some(status) == whole.get(&id).map(|status| json!(status)).as_ref()
                    && denied.is_null()
            };
            if !as_expected {
                writeln!(said, "    {id}: {status}, denied: {denied}").expect("a string");
            }
        }
        let others = &run.entry()["other_routes"];
        if others.as_array().map(Vec::len) != Some(row.other_routes) {
            writeln!(said, "    other routes: {others}").expect("a string");
        }
    }
    let asked = !NOT_ASKED.contains(&row.action);
    let snapshot = secmon(&account.url, &key, &["snapshot", "--secret", SECRET]).await;
    if snapshot.stdout.contains(&format!("\"denied: {}\"", row.action)) != asked {
        writeln!(said, "    not in the snapshot: {}", snapshot.stderr).expect("a string");
    }
    (!said.is_empty()).then(|| format!("without {}\n{said}", row.action))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_is_unknown_and_named() {
    let server = Server::start(Iam::Enforced);
    let account = Arc::new(Account::new(&server.url(), 200_000_000_001));
    everything(&account).await;
    let all = Arc::new(actions().await);
    let rows: BTreeSet<String> = LACKING.iter().map(|row| row.action.to_owned()).collect();
    assert_eq!(rows, *all);

    // The policy that secmon prints is enough.
    let reader = user(&account, "reader", &all).await;
    let root = doctor(&account.url, &account.root).await;
    let whole = Arc::new(root.statuses());
    assert_eq!(doctor(&account.url, &reader).await.statuses(), *whole);
    assert_eq!(whole["topic-key-admits-its-publisher"], "pass");
    let others = root.entry()["other_routes"].as_array().map(Vec::len);
    assert_eq!(others, Some(1), "the rule, which has no target");

    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut looking = JoinSet::new();
    for row in LACKING {
        let (places, account) = (Arc::clone(&places), Arc::clone(&account));
        let (all, whole) = (Arc::clone(&all), Arc::clone(&whole));
        looking.spawn(async move {
            let _place = places.acquire().await.expect("a place");
            lacks(&account, &all, row, &whole).await
        });
    }
    let mut wrong: Vec<String> = looking.join_all().await.into_iter().flatten().collect();
    wrong.sort();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_read_nothing_cannot_tell() {
    let server = Server::start(Iam::Enforced);
    let account = Account::new(&server.url(), 200_000_000_001);
    account.build().await;
    let nothing = BTreeSet::from(["sqs:ListQueues".to_owned()]);
    let nobody = user(&account, "nobody", &nothing).await;
    let wrong = Key { secret: "not the secret key".to_owned(), ..nobody.clone() };
    let unheard_of = Key { id: "AKIAUNHEARDOF0000000".to_owned(), ..nobody.clone() };
    let run = doctor(&account.url, &nobody).await;
    assert!(!run.crashed(), "{run:?}");
    assert_eq!(run.code, Some(3), "{run:?}");
    for (id, check) in run.checks() {
        // Of the routes that are not there nobody knows anything either.
        if check["status"] == "not_applicable" {
            continue;
        }
        assert_eq!(check["status"], "unknown", "{id}: {check}");
        let reason = check["unseen"]["reason"].as_str().unwrap_or_default();
        assert!(reason.contains("was denied"), "{id}: {check}");
    }
    for (key, says) in [(wrong, "SignatureDoesNotMatch"), (unheard_of, "InvalidClientTokenId")] {
        let run = doctor(&account.url, &key).await;
        assert_eq!((run.code, &run.stdout[..]), (Some(2), ""), "{run:?}");
        assert!(run.stderr.contains("AWS refuses the credentials"), "{run:?}");
        assert!(run.stderr.contains(says), "{run:?}");
    }
}

/// A monitoring filter for denied calls counts those of the doctor, too.
#[tokio::test(flavor = "multi_thread")]
async fn who_sets_off_the_alarm_for_denied_calls_is_warned() {
    let server = Server::start(Iam::Enforced);
    let account = Account::new(&server.url(), 200_000_000_001);
    account.build().await;
    let metric = MetricTransformation::builder()
        .metric_namespace(NAMESPACE)
        .metric_name("DeniedCalls")
        .metric_value("1")
        .build();
    account
        .logs
        .put_metric_filter()
        .log_group_name(GROUP)
        .filter_name("denied-calls")
        .filter_pattern(
            r#"{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }"#,
        )
        .metric_transformations(metric.expect("a transformation"))
        .send()
        .await
        .expect("PutMetricFilter");
    let alarm = account.alarm("too-many-denied-calls").metric_name("DeniedCalls");
    alarm.send().await.expect("PutMetricAlarm");
    let mut all = actions().await;
    let reader = user(&account, "reader", &all).await;
    assert_eq!(doctor(&account.url, &reader).await.report()["notes"], json!([]));
    assert!(all.remove("sns:GetTopicAttributes"));
    let less = user(&account, "less", &all).await;
    let notes = doctor(&account.url, &less).await.report()["notes"].to_string();
    assert!(notes.contains("alarm too-many-denied-calls"), "{notes}");
    assert!(notes.contains("sns:GetTopicAttributes"), "{notes}");
}
