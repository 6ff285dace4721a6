//! Who else looks after a resource: a stack, another tool, or Control Tower. What is changed there
//! past them is drift, and their next run may take it back.

use std::collections::BTreeMap;

use super::Resource;
use crate::route::{Read, What};
use crate::snapshot::{Arn, Observed, Snapshot, Target};

#[cfg(test)]
mod tests;

/// What CloudFormation tags with the name of the stack.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html>
const STACK: &str = "aws:cloudformation:stack-name";

/// Tools that keep what they made as they made it, by the word that is found in tags.
const TOOLS: [(&str, &str); 5] = [
    ("terraform", "Terraform"),
    ("opentofu", "OpenTofu"),
    ("pulumi", "Pulumi"),
    ("crossplane", "Crossplane"),
    ("ansible", "Ansible"),
];

/// How the names of what Control Tower makes begin. It wants them left as they are:
/// <https://docs.aws.amazon.com/controltower/latest/userguide/walkthrough-guidance.html>
const CONTROL_TOWER: &str = "aws-controltower";

/// Who looks after a resource that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// Nobody that shows.
    Nobody,
    /// Somebody, in a sentence; or nobody knows, with the reason.
    Somebody(String),
    /// This is to be read to know it.
    Unread(Read),
}

impl Resource {
    /// What has to be read to know who looks after it.
    pub fn tags_read(&self, snapshot: &Snapshot) -> Option<Read> {
        match owner(self, snapshot) {
            Owner::Unread(read) => Some(read),
            Owner::Nobody | Owner::Somebody(_) => None,
        }
    }
}

/// Who looks after a resource, as far as names and tags tell.
pub(super) fn owner(resource: &Resource, snapshot: &Snapshot) -> Owner {
    // A rule's targets are part of the rule.
    let there = match resource {
        Resource::EventTarget { target, rule, .. } => {
            &Resource::EventRule { target: target.clone(), name: rule.clone() }
        }
        resource => resource,
    };
    if !matches!(there.configuration(snapshot), Observed::Seen(_)) {
        return Owner::Nobody;
    }
    let Some((target, arn)) = tagged(resource, snapshot) else { return Owner::Nobody };
    if arn.resource().split([':', '/']).any(|part| part.starts_with(CONTROL_TOWER)) {
        return Owner::Somebody(
            "AWS Control Tower owns it, and takes changes for drift: better change it there."
                .to_owned(),
        );
    }
    let tags = snapshot.at(&target).tags.get(&arn).unwrap_or(&Observed::NotAsked);
    match tags {
        Observed::Seen(tags) => match of_tags(tags) {
            Some(says) => Owner::Somebody(says),
            None => Owner::Nobody,
        },
        Observed::Absent => Owner::Nobody,
        Observed::NotAsked => Owner::Unread(Read { target, what: What::ListTags { arn } }),
        Observed::Denied { action } => {
            Owner::Somebody(format!("Whether a stack owns it was not seen: {action} was denied."))
        }
        Observed::Failed { reason } => {
            Owner::Somebody(format!("Whether a stack owns it was not seen: {reason}."))
        }
    }
}

fn of_tags(tags: &BTreeMap<String, String>) -> Option<String> {
    if let Some(stack) = tags.get(STACK) {
        return Some(format!(
            "CloudFormation stack {stack} owns it, and may take this back: better change its \
             template."
        ));
    }
    tags.iter().find_map(|(key, value)| {
        let text = format!("{key}={value}").to_lowercase();
        let (_, tool) = TOOLS.iter().find(|(word, _)| text.contains(word))?;
        Some(format!(
            "The tag {key}={value} says that {tool} made it, which may take this back: better \
             change it there. Its state cannot be seen."
        ))
    })
}

/// The ARN whose tags tell who looks after a resource, and where it is. What takes no tags belongs
/// to what it hangs on.
fn tagged(resource: &Resource, snapshot: &Snapshot) -> Option<(Target, Arn)> {
    let target = resource.target();
    let at = snapshot.at(target);
    let group = |name: &str| Some(Arn::of_resource("logs", target, &format!("log-group:{name}")));
    let arn = match resource {
        Resource::Secret { secret, .. } => Some(secret.clone()),
        Resource::LogGroup { name, .. } => group(name),
        Resource::MetricFilter { log_group, .. } => group(log_group),
        Resource::Role { role, .. } => Some(role.clone()),
        Resource::Bucket { name, .. } => {
            let partition = Arn::of_resource("s3", target, name).partition().to_owned();
            format!("arn:{partition}:s3:::{name}").parse().ok()
        }
        Resource::Trail { trail, .. } => Some(trail.clone()),
        Resource::EventRule { name, .. } | Resource::EventTarget { rule: name, .. } => {
            Some(at.event_rules.seen()?.get(name)?.arn.clone())
        }
        Resource::Topic { topic, .. } | Resource::Subscription { topic, .. } => Some(topic.clone()),
        Resource::Key { key, .. } => match key.parse() {
            Ok(arn) => Some(arn),
            Err(_) => Some(at.keys.get(key)?.metadata.seen()?.arn.clone()),
        },
        Resource::Alarm { name, .. } => {
            let alarms = at.alarms.seen()?;
            let metric = alarms.metric_alarms.get(name).map(|alarm| &alarm.alarm_arn);
            let composite = alarms.composite_alarms.get(name).map(|alarm| &alarm.alarm_arn);
            let log = alarms.log_alarms.get(name).map(|alarm| &alarm.alarm_arn);
            metric.or(composite).or(log).cloned()
        }
        Resource::AlarmMuteRule { name, .. } => {
            Some(at.alarm_mute_rules.seen()?.get(name)?.alarm_mute_rule_arn.clone())
        }
        // It is made, and never changed.
        Resource::Dashboard { .. } => None,
    }?;
    Some((target.clone(), arn))
}
