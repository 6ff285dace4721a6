//! What stopping a trail looks like to others: whoever covers tracks begins with it, and alarms and
//! detectors that watch for that cannot know who it is.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Write;
use crate::event_pattern::EventPattern;
use crate::pattern::{FilterPattern, Match};
use crate::route::{Read, What};
use crate::snapshot::{Arn, Observations, Snapshot, Target};

#[cfg(test)]
mod tests;

/// A call that looks like an attack, as CloudTrail records it.
struct Suspicious<'a> {
    operation: &'static str,
    trail: &'a Arn,
    target: Target,
}

/// Calls that stop a trail, delete it, or let it record less.
fn suspicious<'a>(writes: impl IntoIterator<Item = &'a Write>) -> Vec<Suspicious<'a>> {
    let mut found: Vec<Suspicious<'_>> = Vec::new();
    for write in writes {
        let (Write::StopLogging { trail, .. }
        | Write::DeleteTrail { trail, .. }
        | Write::UpdateTrail { trail, .. }
        | Write::PutEventSelectors { trail, .. }) = write
        else {
            continue;
        };
        let operation = write.operation();
        let is_there = found.iter().any(|one| one.operation == operation && one.trail == trail);
        if let Some(target) = write.target().filter(|_| !is_there) {
            found.push(Suspicious { operation, trail, target });
        }
    }
    found
}

/// What has to be read to know who watches for these calls: metric filters, alarms and rules where
/// the trails are.
pub fn reads_of_watchers<'a>(
    writes: impl IntoIterator<Item = &'a Write>,
    snapshot: &Snapshot,
) -> BTreeSet<Read> {
    let places = suspicious(writes).into_iter().map(|one| one.target);
    let mut reads = BTreeSet::new();
    for target in places {
        let at = snapshot.at(&target);
        let mut ask = |is_unread: bool, what: What| {
            if is_unread {
                reads.insert(Read { target: target.clone(), what });
            }
        };
        ask(at.metric_filters.is_not_asked(), What::DescribeMetricFilters);
        ask(at.alarms.is_not_asked(), What::DescribeAlarms);
        ask(at.event_rules.is_not_asked(), What::ListRules);
    }
    reads
}

/// The alarms, rules and detectors to which these calls look like an attack, a sentence each.
pub fn looks_like_an_attack<'a>(
    writes: impl IntoIterator<Item = &'a Write>,
    snapshot: &Snapshot,
) -> Vec<String> {
    let mut says = Vec::new();
    let mut silences = None;
    for one in suspicious(writes) {
        let event = recorded(&one, snapshot);
        let is_read =
            |at: &Observations| !at.metric_filters.is_not_asked() || !at.alarms.is_not_asked();
        for (target, at) in snapshot.targets.iter().filter(|(_, at)| is_read(at)) {
            says.extend(alarms(&one, &event.to_string(), target, at));
        }
        says.extend(rules(&one, &event, snapshot.at(&one.target)));
        if matches!(one.operation, "StopLogging" | "DeleteTrail") && silences.is_none() {
            silences = Some(one.operation);
        }
    }
    if let Some(operation) = silences {
        says.push(format!(
            "GuardDuty reports {operation} as Stealth:IAMUser/CloudTrailLoggingDisabled, and Security \
             Hub (CloudTrail.1) and AWS Config (cloudtrail-enabled) as failed, where they are on: \
             secmon does not ask them."
        ));
    }
    let mut seen = BTreeSet::new();
    says.retain(|one| seen.insert(one.clone()));
    says
}

/// The call as CloudTrail records it, with what patterns ask for.
fn recorded(one: &Suspicious<'_>, snapshot: &Snapshot) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": snapshot.caller.seen().map(|caller| caller.arn.to_string()),
            "accountId": one.target.account,
        },
        "eventTime": snapshot.taken_at,
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": one.operation,
        "awsRegion": one.target.region,
        "requestParameters": {"name": one.trail, "trailName": one.trail},
        "responseElements": null,
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": one.target.account,
        "eventCategory": "Management",
    })
}

/// Alarms on what metric filters make of the call.
fn alarms(one: &Suspicious<'_>, event: &str, target: &Target, at: &Observations) -> Vec<String> {
    let (Some(groups), Some(alarms)) = (at.metric_filters.seen(), at.alarms.seen()) else {
        return vec![format!(
            "Whether an alarm of {target} watches for {} was not seen.",
            one.operation
        )];
    };
    let mut says = Vec::new();
    for filter in groups.values().flat_map(|filters| filters.values()) {
        let matches = match FilterPattern::parse(&filter.filter_pattern) {
            Ok(pattern) => match pattern.test(event) {
                Match::No => continue,
                Match::Yes => "matches it",
                Match::Uncertain(_) => "may match it",
            },
            Err(_) => "has a pattern that secmon does not understand",
        };
        for metric in &filter.metric_transformations {
            let watches = alarms
                .metric_alarms
                .values()
                .filter(|alarm| alarm.watches(&metric.metric_namespace, &metric.metric_name));
            says.extend(watches.map(|alarm| {
                format!(
                    "Alarm {} ({target}) counts {} of trail {}: metric filter {} of log group {} \
                     {matches}.",
                    alarm.alarm_name,
                    one.operation,
                    one.trail.name(),
                    filter.filter_name,
                    filter.log_group_name
                )
            }));
        }
    }
    says
}

/// Rules that take the call.
fn rules(one: &Suspicious<'_>, event: &Value, at: &Observations) -> Vec<String> {
    let envelope = json!({
        "version": "0",
        "source": "aws.cloudtrail",
        "detail-type": "AWS API Call via CloudTrail",
        "account": one.target.account,
        "region": one.target.region,
        "resources": [],
        "detail": event,
    });
    let Some(rules) = at.event_rules.seen() else {
        return vec![format!(
            "Whether an EventBridge rule of {} watches for {} was not seen.",
            one.target, one.operation
        )];
    };
    let enabled = rules.values().filter(|rule| rule.state.as_deref() != Some("DISABLED"));
    let takes = enabled.filter(|rule| {
        let pattern = rule.event_pattern.as_deref().map(EventPattern::parse);
        matches!(pattern, Some(Ok(pattern)) if pattern.matches(&envelope))
    });
    takes
        .map(|rule| {
            format!(
                "EventBridge rule {} takes {} of trail {}.",
                rule.name,
                one.operation,
                one.trail.name()
            )
        })
        .collect()
}
