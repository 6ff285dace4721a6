//! Policies: of roles, buckets and keys. Statements are added, nothing is taken away.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::steps::{Draft, in_words, read_first};
use super::{Intent, Write, free_name};
use crate::policy::PolicyDocument;
use crate::snapshot::{Arn, Key, Observed, Role, Snapshot, Target};

/// A policy with statements added, or a step by hand where it cannot be read.
pub(super) fn extended(
    policy: &str,
    document: &str,
    statements: &[&Value],
) -> Result<String, Draft> {
    let mut text = policy.to_owned();
    for statement in distinct(statements) {
        match PolicyDocument::parse(&text) {
            Ok(parsed) => text = parsed.with_statement(statement),
            Err(error) => {
                return Err(Draft::by_hand(format!(
                    "No statement can be added to {document}: {error}. Mend it, then add {}.",
                    in_words(statements),
                )));
            }
        }
    }
    Ok(text)
}

/// The statements that are wished for in one document.
pub(super) fn statements<'a>(wishes: &[&'a Intent]) -> Vec<&'a Value> {
    let statement = |wish: &&'a Intent| match wish {
        Intent::AllowRole { statement, .. }
        | Intent::AllowInBucketPolicy { statement, .. }
        | Intent::AllowInKeyPolicy { statement, .. }
        | Intent::AllowInTopicPolicy { statement, .. } => Some(statement),
        _ => None,
    };
    wishes.iter().filter_map(statement).collect()
}

/// Each statement once: several findings may wish for the same.
fn distinct<'a>(statements: &[&'a Value]) -> Vec<&'a Value> {
    let mut distinct: Vec<&Value> = Vec::new();
    for statement in statements {
        if !distinct.contains(statement) {
            distinct.push(statement);
        }
    }
    distinct
}

pub(super) fn trust(arn: &Arn, wishes: &[&Intent], snapshot: &Snapshot) -> Draft {
    let services: BTreeSet<&str> = wishes
        .iter()
        .filter_map(|wish| match wish {
            Intent::TrustService { service, .. } => Some(service.as_str()),
            _ => None,
        })
        .collect();
    let statements: Vec<Value> = services
        .iter()
        .map(|service| {
            json!({
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
            })
        })
        .collect();
    let statements: Vec<&Value> = statements.iter().collect();
    let document = format!("the trust policy of role {}", arn.name());
    let role = role(snapshot, arn).map(|role| &role.role);
    let Some(Observed::Seen(detail)) = role else {
        return read_first(role, &document, &statements);
    };
    match extended(&detail.assume_role_policy_document, &document, &statements) {
        Ok(policy) => Draft::run(
            format!(
                "Lets {} assume role {}; its other trusts stay.",
                services.into_iter().collect::<Vec<_>>().join(" and "),
                arn.name()
            ),
            Write::UpdateAssumeRolePolicy { role: arn.clone(), document: policy },
        ),
        Err(by_hand) => by_hand,
    }
}

pub(super) fn role_policy(arn: &Arn, wishes: &[&Intent], snapshot: &Snapshot) -> Draft {
    let statements = distinct(&statements(wishes));
    let seen = role(snapshot, arn).map(|role| &role.inline_policies);
    let Some(Observed::Seen(policies)) = seen else {
        let document = format!("the list of inline policies of role {}", arn.name());
        return read_first(seen, &document, &statements);
    };
    // IAM does not say whether policy names differ by case alone, so that they must not.
    let taken: Vec<String> = policies.keys().map(|name| name.to_lowercase()).collect();
    let name = free_name("secmon-delivery", |name| taken.contains(&name.to_lowercase()));
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    Draft::run(
        format!("Adds the inline policy {name} to role {}; its other policies stay.", arn.name()),
        Write::PutRolePolicy { role: arn.clone(), policy: name, document: document.to_string() },
    )
}

/// The role, as the target that saw most of it did: IAM knows no Regions.
fn role<'a>(snapshot: &'a Snapshot, arn: &Arn) -> Option<&'a Role> {
    snapshot.targets.values().filter_map(|seen| seen.roles.get(arn)).max_by_key(|role| {
        u8::from(role.role.seen().is_some()) + u8::from(role.inline_policies.seen().is_some())
    })
}

pub(super) fn bucket_policy(
    target: &Target,
    bucket: &str,
    wishes: &[&Intent],
    snapshot: &Snapshot,
) -> Draft {
    let statements = statements(wishes);
    let document = format!("the policy of bucket {bucket}");
    let seen = snapshot.at(target).buckets.get(bucket);
    let region = seen.map_or(&target.region, |bucket| bucket.region(target)).clone();
    let policy = match seen.map(|bucket| &bucket.policy) {
        Some(Observed::Seen(policy)) => extended(policy, &document, &statements),
        // A bucket without a policy: there is nothing to lose.
        Some(Observed::Absent) => {
            let statements = distinct(&statements);
            Ok(json!({"Version": "2012-10-17", "Statement": statements}).to_string())
        }
        other => return read_first(other, &document, &statements),
    };
    match policy {
        Ok(policy) => Draft::run(
            format!("Adds to {document}; the statements it has stay."),
            Write::PutBucketPolicy {
                target: Target { account: target.account.clone(), region },
                bucket: bucket.to_owned(),
                policy,
            },
        ),
        Err(by_hand) => by_hand,
    }
}

pub(super) fn key_policy(
    target: &Target,
    key: &str,
    wishes: &[&Intent],
    snapshot: &Snapshot,
) -> Draft {
    let statements = statements(wishes);
    let document = format!("the policy of key {key}");
    let seen = find_key(snapshot, target, key);
    if managed_by_aws(seen) {
        return Draft::by_hand(format!(
            "Key {key} is managed by AWS and its policy cannot be changed: encrypt with a key of \
             your own whose policy has {}.",
            in_words(&statements).replacen(" by hand", "", 1)
        ));
    }
    let policy = seen.map(|key| &key.policy);
    let Some(Observed::Seen(text)) = policy else {
        return read_first(policy, &document, &statements);
    };
    let Some(id) = usable_id(snapshot, target, key) else {
        return unresolved(key);
    };
    match extended(text, &document, &statements) {
        Ok(policy) => Draft::run(
            format!("Adds to {document}; the statements it has stay."),
            Write::PutKeyPolicy { target: target.clone(), key: id, policy },
        ),
        Err(by_hand) => by_hand,
    }
}

pub(super) fn cancel_key_deletion(target: &Target, key: &str, snapshot: &Snapshot) -> Draft {
    let Some(id) = usable_id(snapshot, target, key) else {
        return unresolved(key);
    };
    Draft::run(
        format!(
            "Takes back the deletion of key {key}, which stays disabled: ask who scheduled it."
        ),
        Write::CancelKeyDeletion { target: target.clone(), key: id },
    )
}

pub(super) fn enable_key(target: &Target, key: &str, snapshot: &Snapshot) -> Draft {
    let Some(id) = usable_id(snapshot, target, key) else {
        return unresolved(key);
    };
    Draft::run(format!("Enables key {key}."), Write::EnableKey { target: target.clone(), key: id })
}

fn unresolved(key: &str) -> Draft {
    Draft::by_hand(format!(
        "It could not be seen which key {key} stands for: allow kms:DescribeKey and run again."
    ))
}

fn managed_by_aws(key: Option<&Key>) -> bool {
    let metadata = key.and_then(|key| key.metadata.seen());
    metadata.is_some_and(|metadata| metadata.key_manager.as_deref() == Some("AWS"))
}

/// One name for a key that may be named by id, ARN and aliases: its ARN where it was seen.
pub(super) fn same_key(snapshot: &Snapshot, target: &Target, key: &str) -> String {
    key_arn(snapshot, target, key).map_or_else(|| key.to_owned(), |arn| arn.to_string())
}

pub(super) fn key_arn(snapshot: &Snapshot, target: &Target, key: &str) -> Option<Arn> {
    let metadata = find_key(snapshot, target, key).and_then(|key| key.metadata.seen());
    metadata.map(|metadata| metadata.arn.clone())
}

/// The key under the name its user typed, or under any name if this is its ARN; of several, the
/// one whose policy was seen.
fn find_key<'a>(snapshot: &'a Snapshot, target: &Target, key: &str) -> Option<&'a Key> {
    let keys = &snapshot.at(target).keys;
    let named = keys.get(key).into_iter();
    let resolved = keys
        .values()
        .filter(|seen| seen.metadata.seen().is_some_and(|metadata| metadata.arn == *key));
    named.chain(resolved).max_by_key(|key| {
        u8::from(key.metadata.seen().is_some()) + u8::from(key.policy.seen().is_some())
    })
}

/// What `PutKeyPolicy` and `EnableKey` take: a key's id or ARN, never an alias.
fn usable_id(snapshot: &Snapshot, target: &Target, key: &str) -> Option<String> {
    let id = key_arn(snapshot, target, key).map_or_else(|| key.to_owned(), |arn| arn.to_string());
    let is_alias = id.starts_with("alias/") || id.contains(":alias/");
    (!is_alias).then_some(id)
}
