//! What belongs to a thing that is made, beyond what an alert needs of it: who may not read it, how
//! long it is kept, and whose it is.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Change, Choices, DEMO_SECRET, Resource, Write};
use crate::report::EntryReport;
use crate::route::Read;
use crate::snapshot::{Arn, Observed, Snapshot, Target};

/// How long log events and log files are kept that nobody has said anything about: a year, so that
/// an alert can be looked into long after it.
pub const KEPT_DAYS: i32 = 365;

/// The call with the user's tags and boundary, and the calls that belong to it.
///
/// `step` are the calls that are made with it, `is_new` whether its resource is not there yet.
pub(super) fn furnished(
    write: &Write,
    step: &[Write],
    choices: &Choices,
    is_new: bool,
) -> Vec<Write> {
    let tags = || choices.tags.clone();
    match write.clone() {
        Write::CreateBucket { target, bucket } => {
            let mut writes = vec![
                Write::CreateBucket { target: target.clone(), bucket: bucket.clone() },
                Write::PutPublicAccessBlock { target: target.clone(), bucket: bucket.clone() },
                Write::PutBucketEncryption { target: target.clone(), bucket: bucket.clone() },
                Write::PutBucketLifecycleConfiguration {
                    target: target.clone(),
                    bucket: bucket.clone(),
                    days: KEPT_DAYS,
                },
            ];
            if !choices.tags.is_empty() {
                writes.push(Write::PutBucketTagging { target, bucket, tags: tags() });
            }
            writes
        }
        Write::PutBucketPolicy { target, bucket, policy } if step.iter().any(makes(&bucket)) => {
            let policy = with_tls_only(&bucket, policy);
            vec![Write::PutBucketPolicy { target, bucket, policy }]
        }
        Write::CreateLogGroup { target, log_group, .. } => vec![
            Write::CreateLogGroup {
                target: target.clone(),
                log_group: log_group.clone(),
                tags: tags(),
            },
            Write::PutRetentionPolicy { target, log_group, retention_in_days: KEPT_DAYS },
        ],
        Write::CreateRole { role, trust, .. } => vec![Write::CreateRole {
            role,
            trust,
            permissions_boundary: choices.permissions_boundary.clone(),
            tags: tags(),
        }],
        Write::CreateTrail { trail, bucket, .. } => {
            vec![Write::CreateTrail { trail, bucket, tags: tags() }]
        }
        Write::CreateTopic { topic, .. } => {
            let make = Write::CreateTopic { topic: topic.clone(), tags: tags() };
            let alone = choices.kms && step.len() == 1;
            let Some(target) = topic.target().filter(|_| alone) else { return vec![make] };
            let alias = format!("alias/{}", topic.resource().replace('.', "-"));
            let key = Write::CreateKey {
                policy: key_policy(topic.partition(), &target),
                target,
                alias: alias.clone(),
                tags: tags(),
            };
            let encrypt = Write::SetTopicAttributes {
                topic,
                attribute: "KmsMasterKeyId".to_owned(),
                value: alias,
            };
            vec![key, make, encrypt]
        }
        Write::PutMetricAlarm { target, alarm, .. } if is_new => {
            vec![Write::PutMetricAlarm { target, alarm, tags: tags() }]
        }
        write => vec![write],
    }
}

fn makes(name: &str) -> impl Fn(&Write) -> bool {
    move |write| matches!(write, Write::CreateBucket { bucket, .. } if bucket == name)
}

/// The policy of a new topic's key: the account rules it, and alarms and rules may use it.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>
fn key_policy(partition: &str, target: &Target) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {
            "Sid": "Account",
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:{partition}:iam::{}:root", target.account)},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "AlarmsAndRules",
            "Effect": "Allow",
            "Principal": {"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
        },
    ]})
    .to_string()
}

/// The policy of a new bucket, refusing whatever comes without TLS.
pub(super) fn with_tls_only(bucket: &str, policy: String) -> String {
    let Ok(mut document) = serde_json::from_str::<Value>(&policy) else { return policy };
    let Some(statements) = document["Statement"].as_array_mut() else { return policy };
    let partition = statements
        .iter()
        .find_map(|statement| statement["Resource"].as_str()?.split(':').nth(1))
        .unwrap_or("aws")
        .to_owned();
    statements.push(json!({
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [
            format!("arn:{partition}:s3:::{bucket}"),
            format!("arn:{partition}:s3:::{bucket}/*"),
        ],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }));
    document.to_string()
}

/// A dashboard that shows the reads, the alarm on them, and what it watches, where it is not there;
/// or what has to be read to know that.
pub(super) fn dashboard(
    entry: &EntryReport,
    choices: &Choices,
    now: &Snapshot,
) -> Result<Option<Change>, BTreeSet<Read>> {
    let Some(id) = entry.chain.alarm.node() else { return Ok(None) };
    let alarms = now.at(&id.target).alarms.seen();
    let alarm = alarms.and_then(|alarms| alarms.metric_alarms.get(&id.name));
    let Some(alarm) = alarm else { return Ok(None) };
    let name = format!("{}-secret-reads", choices.prefix);
    let resource = Resource::Dashboard { target: id.target.clone(), name: name.clone() };
    match resource.configuration(now) {
        Observed::Absent => {}
        Observed::NotAsked => return Err(resource.reads(now)),
        // One that is there is left alone, and one that may be there as well.
        _ => return Ok(None),
    }
    let region = &id.target.region;
    let body = json!({"widgets": [
        {
            "type": "metric", "x": 0, "y": 0, "width": 16, "height": 6,
            "properties": {
                "title": "Reads of secrets",
                "region": region,
                "view": "timeSeries",
                "stat": "Sum",
                "period": 60,
                "metrics": [[alarm.namespace, alarm.metric_name]],
            },
        },
        {
            "type": "alarm", "x": 16, "y": 0, "width": 8, "height": 6,
            "properties": {"title": "Is somebody told?", "alarms": [alarm.alarm_arn]},
        },
    ]});
    let says = format!("Makes dashboard {name}.");
    let write =
        Write::PutDashboard { target: id.target.clone(), dashboard: name, body: body.to_string() };
    let mut after = now.clone();
    write.apply_to(&mut after);
    Ok(Change::of(write, says, now, &after))
}

/// Makes the demonstration's secret wherever it is asked about and is not there.
pub(super) fn demo_secrets(choices: &Choices, now: &mut Snapshot) -> Vec<Change> {
    let mut changes = Vec::new();
    for asked in now.asked.clone() {
        let is_absent = asked.secret.as_deref() == Some(DEMO_SECRET)
            && now.at(&asked.target).secrets.get(DEMO_SECRET) == Some(&Observed::Absent);
        if !is_absent {
            continue;
        }
        let resource = format!("secret:{DEMO_SECRET}");
        let secret = Arn::of_resource("secretsmanager", &asked.target, &resource);
        now.targets
            .entry(asked.target.clone())
            .or_default()
            .secrets
            .insert(secret.to_string(), Observed::Absent);
        let write = Write::CreateSecret { secret, tags: choices.tags.clone() };
        let says = format!("Makes secret {DEMO_SECRET}; its value stands in no plan.");
        let mut after = now.clone();
        write.apply_to(&mut after);
        changes.extend(Change::of(write, says, now, &after));
        *now = after;
    }
    changes
}
