//! Who changed what: which of CloudTrail's Event history a report wants, and where it is kept.

use std::collections::BTreeSet;

use secmon_core::finding::{Finding, Stage};
use secmon_core::report::{Report, Since, Status, since};
use secmon_core::route::{Chain, Link, Read, What};
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

/// The stage whose resources a check's claim hangs on: evidence is about the links it looks at.
pub(crate) fn stage_of(check: &Check) -> Stage {
    match (check.stage, check.needs.last()) {
        (Stage::Proof, Some(Link::Trail | Link::LogGroup)) => Stage::Trail,
        (Stage::Proof, Some(Link::Filter)) => Stage::Filter,
        (Stage::Proof, Some(Link::Alarm)) => Stage::Alarm,
        (stage, _) => stage,
    }
}

/// Calls of IAM among those that checks ask Event history for.
pub(crate) const IAM_CALLS: [&str; 13] = [
    "AttachRolePolicy",
    "CreatePolicyVersion",
    "CreateRole",
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
pub(crate) fn history_place(chain: &Chain, stage: Stage, event_name: &str) -> Target {
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
        let place = history_place(chain, stage_of(check), event_name);
        let of = |finding: &Finding| since(snapshot, &place, &[event_name], &finding.resource);
        findings.iter().find_map(of)
    });
    changes.max_by_key(|change| change.time)
}

/// The look into Event history for one call.
pub(crate) fn lookup(chain: &Chain, stage: Stage, event_name: &str) -> Read {
    let target = history_place(chain, stage, event_name);
    Read { target, what: What::LookupEvents { event_name: event_name.to_owned() } }
}

/// Whether Event history was asked, whatever the answer was.
fn is_known(snapshot: &Snapshot, read: &Read) -> bool {
    let What::LookupEvents { event_name } = &read.what else { return false };
    snapshot.at(&read.target).event_history.contains_key(event_name)
}

/// How many names are looked up in Event history after judging: AWS answers two a second.
const LOOKUPS: usize = 20;

/// What Event history would tell about the failures of a report: who changed what, when. The
/// earliest links come first, up to twenty names.
pub fn history_to_read(snapshot: &Snapshot, report: &Report) -> BTreeSet<Read> {
    let mut reads = BTreeSet::new();
    for entry in &report.entries {
        let failed = entry.with(Status::Fail).chain(entry.with(Status::Warn));
        let changes = failed.filter_map(|failed| find(failed.id)).flat_map(|check| {
            check.changed_by.iter().map(|name| lookup(&entry.chain, stage_of(check), name))
        });
        // A doubt that Event history may settle.
        let doubts = entry.checks.iter().flat_map(|check| check.lookups.iter().cloned());
        for read in changes.chain(doubts) {
            if !is_known(snapshot, &read) && reads.len() < LOOKUPS {
                reads.insert(read);
            }
        }
    }
    reads
}
