//! Who changed what: which of CloudTrail's Event history a report wants, and where it is kept.

use std::collections::BTreeSet;

use secmon_core::finding::{Effect, Finding, Stage, Unseen};
use secmon_core::report::{Report, Since, Status, since};
use secmon_core::route::{Chain, Read, What};
use secmon_core::snapshot::{Arn, Snapshot, Target};

use crate::{Check, find};

/// Where the Event history of a stage's resources is kept.
fn place(chain: &Chain, stage: Stage) -> Target {
    let asked = &chain.asked.target;
    let trail = || chain.trail.node().and_then(Arn::target);
    let group = || chain.log_group.node().map(|group| group.target.clone());
    let filter = || chain.filter.node().map(|filter| filter.target.clone());
    let alarm = || chain.alarm.node().map(|alarm| alarm.target.clone());
    let topic = || chain.topic.node().and_then(Arn::target);
    let place = match stage {
        Stage::Identity | Stage::Secret => None,
        Stage::Trail => trail(),
        Stage::Delivery => group().or_else(trail),
        Stage::Filter => filter().or_else(group),
        Stage::Metric | Stage::Alarm => alarm().or_else(filter),
        Stage::Rule => chain.rule.node().map(|rule| rule.target.clone()),
        Stage::Topic | Stage::Subscription | Stage::Proof => topic().or_else(alarm),
    };
    place.unwrap_or_else(|| asked.clone())
}

/// Calls of IAM among those that can make a check's claim false.
const IAM_CALLS: [&str; 12] = [
    "AttachRolePolicy",
    "CreatePolicyVersion",
    "DeletePolicyVersion",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "SetDefaultPolicyVersion",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
];

/// Where the Event history of one call is kept: that of IAM, a global service, in one Region of the
/// partition, all others where the resource lives.
fn history_place(chain: &Chain, stage: Stage, event_name: &str) -> Target {
    let mut place = place(chain, stage);
    if IAM_CALLS.contains(&event_name) {
        let region = match place.region.as_str() {
            region if region.starts_with("cn-") => "cn-north-1",
            region if region.starts_with("us-gov-") => "us-gov-west-1",
            _ => "us-east-1",
        };
        if let Ok(region) = region.parse() {
            place.region = region;
        }
    }
    place
}

/// The newest of the calls that can have made a check's claim false, of this resource.
pub(crate) fn since_when(
    snapshot: &Snapshot,
    check: &Check,
    chain: &Chain,
    findings: &[Finding],
) -> Option<Since> {
    let changes = check.changed_by.iter().filter_map(|event_name| {
        let place = history_place(chain, check.stage, event_name);
        let of = |finding: &Finding| since(snapshot, &place, &[event_name], &finding.resource);
        findings.iter().find_map(of)
    });
    changes.max_by_key(|change| change.time)
}

/// How many names are looked up in Event history after judging: AWS answers two a second.
const LOOKUPS: usize = 8;

/// What Event history would tell about the failures of a report: who changed what, when. The
/// earliest links come first, up to eight names.
pub fn history_to_read(snapshot: &Snapshot, report: &Report) -> BTreeSet<Read> {
    let mut reads = BTreeSet::new();
    for entry in &report.entries {
        // A doubt that only Event history can settle, but not one about a denied call.
        let doubts = entry.with(Status::Unknown).filter(|check| {
            let seen = |unseen: &Unseen| unseen.denied.is_none();
            check.effect == Effect::Disproves && check.unseen.as_ref().is_some_and(seen)
        });
        let failed = entry.with(Status::Fail).chain(doubts).chain(entry.with(Status::Warn));
        for failed in failed {
            let names = find(failed.id).map_or(&[][..], |check| check.changed_by);
            for event_name in names.iter().map(|name| (*name).to_owned()) {
                let target = history_place(&entry.chain, failed.stage, &event_name);
                let known = snapshot.at(&target).event_history.contains_key(&event_name);
                if !known && reads.len() < LOOKUPS {
                    reads.insert(Read { target, what: What::LookupEvents { event_name } });
                }
            }
        }
    }
    reads
}
