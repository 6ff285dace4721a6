//! A template for a new stack, as JSON.
//!
//! A stack holds what it makes. What the plan changes otherwise is listed in the template's
//! metadata, each with the command that does it.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{ExportError, about, by_resource, elsewhere, one_line};
use crate::plan::{Change, Plan, Resource, Write, free_name};
use crate::snapshot::{Arn, Region};

mod resources;

/// One resource of the template.
struct Made<'a> {
    of: &'a Resource,
    kind: &'static str,
    id: String,
    properties: Map<String, Value>,
}

/// A change that is not in the template, and why.
struct Left<'a> {
    change: &'a Change,
    why: String,
}

pub(super) fn template(plan: &Plan) -> Result<String, ExportError> {
    let region = region(plan).ok_or(ExportError::NothingForCloudformation)?;
    let (mut made, mut left) = (Vec::new(), Vec::new());
    let mut taken = BTreeSet::new();
    for (resource, changes) in by_resource(plan.changes.iter()) {
        let pieces = match foreign(plan, region, resource, &changes) {
            Some(why) => Err(why),
            None => resources::of(resource, &changes).map_err(str::to_owned),
        };
        match pieces {
            Ok(pieces) => {
                for (kind, properties) in pieces {
                    let id = logical_id(resource, kind, &mut taken);
                    made.push(Made { of: resource, kind, id, properties });
                }
                let rest = changes.into_iter().filter(|change| !is_in_template(&change.write));
                let why = "it is no part of a resource's configuration";
                left.extend(rest.map(|change| Left { change, why: why.to_owned() }));
            }
            Err(why) => {
                left.extend(changes.into_iter().map(|change| Left { change, why: why.clone() }))
            }
        }
    }
    if made.is_empty() {
        return Err(ExportError::NothingForCloudformation);
    }
    // In the plan's order again.
    left.sort_by_key(|left| plan.changes.iter().position(|change| change == left.change));
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!(
            "Written by secmon for account {} in {region}, seen {}. Roles have names, so that the \
             stack needs CAPABILITY_NAMED_IAM.",
            plan.account, plan.taken_at,
        ),
        "Metadata": metadata(plan, region, &left),
        "Resources": resources(&made),
    });
    let mut text = serde_json::to_string_pretty(&template).unwrap_or_default();
    text.push('\n');
    Ok(text)
}

/// The Region of the stack: the one in which the plan makes most.
fn region(plan: &Plan) -> Option<&Region> {
    let mut counts: BTreeMap<&Region, usize> = BTreeMap::new();
    let mut only_roles = None;
    for (resource, changes) in by_resource(plan.changes.iter()) {
        let region = &resource.target().region;
        if elsewhere(plan, changes[0]).is_some() || resources::of(resource, &changes).is_err() {
            continue;
        }
        match resource {
            Resource::Role { .. } => only_roles = Some(region),
            _ => *counts.entry(region).or_default() += 1,
        }
    }
    let most = counts.iter().max_by_key(|(region, count)| (**count, std::cmp::Reverse(**region)));
    most.map(|(region, _)| *region).or(only_roles)
}

/// Why a resource has no place in a stack of this account and Region. IAM knows no Regions.
fn foreign(plan: &Plan, home: &Region, resource: &Resource, changes: &[&Change]) -> Option<String> {
    if let Some(other) = changes.first().and_then(|change| elsewhere(plan, change)) {
        return Some(format!("it is in account {other}"));
    }
    let region = &resource.target().region;
    match resource {
        Resource::Role { .. } => None,
        _ if region == home => None,
        _ => Some(format!("it is in {region}, and a stack has one Region, here {home}")),
    }
}

/// Whether the properties of a resource that the plan makes hold what the call sets.
fn is_in_template(write: &Write) -> bool {
    match write {
        Write::CreateSecret { .. }
        | Write::CreateKey { .. }
        | Write::CreateLogGroup { .. }
        | Write::PutRetentionPolicy { .. }
        | Write::DeleteRetentionPolicy { .. }
        | Write::PutMetricFilter { .. }
        | Write::CreateRole { .. }
        | Write::UpdateAssumeRolePolicy { .. }
        | Write::PutRolePolicy { .. }
        | Write::CreateBucket { .. }
        | Write::PutPublicAccessBlock { .. }
        | Write::PutBucketEncryption { .. }
        | Write::PutBucketLifecycleConfiguration { .. }
        | Write::PutBucketTagging { .. }
        | Write::PutBucketPolicy { .. }
        | Write::CreateTrail { .. }
        | Write::UpdateTrail { .. }
        | Write::PutEventSelectors { .. }
        | Write::StartLogging { .. }
        | Write::StopLogging { .. }
        | Write::CreateTopic { .. }
        | Write::Subscribe { .. }
        | Write::PutMetricAlarm { .. }
        | Write::EnableAlarmActions { .. }
        | Write::DisableAlarmActions { .. }
        | Write::PutDashboard { .. } => true,
        Write::SetTopicAttributes { attribute, .. } => {
            matches!(attribute.as_str(), "Policy" | "KmsMasterKeyId")
        }
        _ => false,
    }
}

/// A name of letters and digits: what people call it, and what it is.
fn logical_id(resource: &Resource, kind: &'static str, taken: &mut BTreeSet<String>) -> String {
    let name = match resource {
        Resource::LogGroup { name, .. }
        | Resource::MetricFilter { name, .. }
        | Resource::Bucket { name, .. }
        | Resource::EventRule { name, .. }
        | Resource::EventTarget { rule: name, .. }
        | Resource::Alarm { name, .. }
        | Resource::AlarmMuteRule { name, .. }
        | Resource::Dashboard { name, .. } => name.as_str(),
        Resource::Role { role: arn, .. }
        | Resource::Trail { trail: arn, .. }
        | Resource::Topic { topic: arn, .. }
        | Resource::Secret { secret: arn, .. } => arn.name(),
        Resource::Subscription { endpoint, .. } => endpoint,
        Resource::Key { key, .. } => key,
    };
    let mut id = String::new();
    for word in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.extend(letters);
    }
    // At most 255 characters, with what it is and a number.
    id.truncate(200);
    id.push_str(kind.rsplit("::").next().unwrap_or_default());
    let mut free = free_name(&id, |name| taken.contains(&name.replace('-', "")));
    free.retain(|c| c != '-');
    taken.insert(free.clone());
    free
}

fn metadata(plan: &Plan, region: &Region, left: &[Left<'_>]) -> Value {
    let verdicts: Vec<Value> = plan
        .asked
        .iter()
        .zip(plan.before.iter().zip(&plan.after))
        .map(|(asked, (before, after))| {
            json!({
                "Secret": one_line(asked.label()),
                "Target": asked.target,
                "Before": before,
                "After": after,
            })
        })
        .collect();
    let left: Vec<Value> = left
        .iter()
        .map(|left| {
            json!({
                "Does": about(left.change),
                "Why": left.why,
                "Command": left.change.write.command(),
            })
        })
        .collect();
    let mut metadata = json!({
        "secmon:Account": plan.account,
        "secmon:Region": region,
        "secmon:IsSomebodyTold": verdicts,
    });
    if !left.is_empty() {
        metadata["secmon:NotInThisTemplate"] = json!(left);
    }
    if !plan.by_hand.is_empty() {
        let says: Vec<String> = plan.by_hand.iter().map(|says| one_line(says)).collect();
        metadata["secmon:ByHand"] = json!(says);
    }
    metadata
}

fn resources(made: &[Made<'_>]) -> Value {
    let mut resources = Map::new();
    for one in made {
        let mut resource = Map::new();
        resource.insert("Type".to_owned(), json!(one.kind));
        if matches!(one.kind, "AWS::S3::Bucket" | "AWS::Logs::LogGroup") {
            // They hold what happened, also when the stack is gone.
            resource.insert("DeletionPolicy".to_owned(), json!("Retain"));
            resource.insert("UpdateReplacePolicy".to_owned(), json!("Retain"));
        }
        if let Some(policy) = admission(one, made) {
            resource.insert("DependsOn".to_owned(), json!([policy]));
        }
        let mut properties = one.properties.clone();
        for (name, value) in &mut properties {
            refer(one.kind, name, value, made);
        }
        resource.insert("Properties".to_owned(), Value::Object(properties));
        resources.insert(one.id.clone(), Value::Object(resource));
    }
    Value::Object(resources)
}

/// What a trail waits for and names nowhere: the policy of its bucket.
fn admission<'a>(one: &Made<'_>, made: &'a [Made<'_>]) -> Option<&'a str> {
    let bucket =
        one.properties.get("S3BucketName").filter(|_| one.kind == "AWS::CloudTrail::Trail");
    let bucket = bucket?;
    let mut policies = made.iter().filter(|other| other.kind == "AWS::S3::BucketPolicy");
    policies.find(|other| other.properties["Bucket"] == *bucket).map(|other| other.id.as_str())
}

/// Names resources of this template by their ids, which also puts them in order.
fn refer(kind: &str, property: &str, value: &mut Value, made: &[Made<'_>]) {
    match (kind, property) {
        ("AWS::CloudTrail::Trail", "S3BucketName")
        | ("AWS::CloudTrail::Trail", "CloudWatchLogsLogGroupArn" | "CloudWatchLogsRoleArn")
        | ("AWS::S3::BucketPolicy", "Bucket")
        | ("AWS::Logs::MetricFilter", "LogGroupName")
        | ("AWS::KMS::Alias", "TargetKeyId")
        | ("AWS::SNS::Topic", "KmsMasterKeyId")
        | ("AWS::SNS::Subscription", "TopicArn") => {}
        ("AWS::CloudWatch::Alarm", "AlarmActions" | "OKActions" | "InsufficientDataActions")
        | ("AWS::SNS::TopicPolicy", "Topics") => {
            let items = value.as_array_mut().into_iter().flatten();
            items.for_each(|item| refer("AWS::SNS::Subscription", "TopicArn", item, made));
            return;
        }
        _ => return,
    }
    let Some(text) = value.as_str() else { return };
    let arn = text.parse::<Arn>().ok();
    let found = made.iter().find_map(|one| {
        let id = &one.id;
        match (one.kind, one.of) {
            ("AWS::S3::Bucket", Resource::Bucket { name, .. })
                if property == "S3BucketName" || property == "Bucket" =>
            {
                (name == text).then(|| json!({ "Ref": id }))
            }
            ("AWS::Logs::LogGroup", Resource::LogGroup { name, .. })
                if property == "LogGroupName" =>
            {
                (name == text).then(|| json!({ "Ref": id }))
            }
            ("AWS::Logs::LogGroup", Resource::LogGroup { target, name }) => {
                let is = arn.as_ref().is_some_and(|arn| {
                    arn.service() == "logs"
                        && arn.name() == name
                        && arn.target().as_ref() == Some(target)
                });
                is.then(|| json!({ "Fn::GetAtt": [id, "Arn"] }))
            }
            ("AWS::KMS::Key", Resource::Key { key, .. }) if kind == "AWS::KMS::Alias" => {
                (key == text).then(|| json!({ "Ref": id }))
            }
            ("AWS::KMS::Alias", Resource::Key { key, .. }) if kind == "AWS::SNS::Topic" => {
                (key == text).then(|| json!({ "Ref": id }))
            }
            ("AWS::IAM::Role", Resource::Role { role, .. }) => {
                (role.as_str() == text).then(|| json!({ "Fn::GetAtt": [id, "Arn"] }))
            }
            ("AWS::SNS::Topic", Resource::Topic { topic, .. }) => {
                (topic.as_str() == text).then(|| json!({ "Ref": id }))
            }
            _ => None,
        }
    });
    if let Some(reference) = found {
        *value = reference;
    }
}
