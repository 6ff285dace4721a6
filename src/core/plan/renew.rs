//! A saved plan once more: what it says is compared with what its calls do to the account as it is.

use std::collections::BTreeSet;

use super::make::broken;
use super::{Change, Plan, Refusal, Write};
use crate::report::Report;
use crate::snapshot::{Observed, Snapshot};

/// A saved plan in the account as it is now: what is made already is left out. What the rest changes,
/// what it asks for and how it is taken back comes from the calls themselves, not from the file; only
/// the sentences about it are the file's.
pub fn renewed(
    plan: &Plan,
    snapshot: &Snapshot,
    judge: &dyn Fn(&Snapshot) -> Report,
) -> Result<Plan, Refusal> {
    let (mut at, mut changes) = (snapshot.clone(), Vec::new());
    let mut made = BTreeSet::new();
    for saved in &plan.changes {
        if !may_be_planned(&saved.write, &made) {
            return Err(Refusal::Damaged(saved.resource.to_string()));
        }
        let mut after = at.clone();
        saved.write.apply_to(&mut after);
        let change = Change::of(saved.write.clone(), saved.says.clone(), &at, &after);
        let Some(change) = change.filter(|change| change.resource == saved.resource) else {
            return Err(Refusal::Damaged(saved.resource.to_string()));
        };
        if change.after != saved.after {
            return match change.before == saved.before {
                true => Err(Refusal::Damaged(saved.resource.to_string())),
                false => Err(Refusal::Changed(saved.resource.to_string())),
            };
        }
        if change.before == change.after && saved.before != saved.after {
            continue;
        }
        // What is there already is not made, and is not to be removed by undo.
        if change.write.creates() && matches!(saved.before, Observed::Seen(_)) {
            return Err(Refusal::Damaged(saved.resource.to_string()));
        }
        if change.before != saved.before {
            return Err(Refusal::Changed(saved.resource.to_string()));
        }
        made.extend(change.write.creates_bucket());
        let mut change = change;
        change.note_owner(snapshot);
        changes.push(Change {
            checks: saved.checks.clone(),
            asks: change.asks.union(&saved.asks).copied().collect(),
            ..change
        });
        at = after;
    }
    let (before, after) = (judge(snapshot), judge(&at));
    if let Some(broken) = broken(&before, &after) {
        return Err(Refusal::Breaks(broken));
    }
    let verdicts = |report: &Report| report.entries.iter().map(|entry| entry.verdict).collect();
    Ok(Plan {
        before: verdicts(&before),
        after: verdicts(&after),
        taken_at: snapshot.taken_at,
        changes,
        ..plan.clone()
    })
}

/// Whether plans have this call: they take nothing away but mute rules, and set what is not read of a
/// bucket only where they make the bucket.
fn may_be_planned(write: &Write, made: &BTreeSet<String>) -> bool {
    match write {
        Write::DeleteSecret { .. }
        | Write::DeleteRetentionPolicy { .. }
        | Write::DeleteLogGroup { .. }
        | Write::DeleteMetricFilter { .. }
        | Write::DeleteRole { .. }
        | Write::DeleteRolePolicy { .. }
        | Write::DeleteBucket { .. }
        | Write::DeleteBucketPolicy { .. }
        | Write::DeleteTrail { .. }
        | Write::StopLogging { .. }
        | Write::RemoveTargets { .. }
        | Write::DeleteTopic { .. }
        | Write::Unsubscribe { .. }
        | Write::DeleteAlias { .. }
        | Write::ScheduleKeyDeletion { .. }
        | Write::DisableKey { .. }
        | Write::DeleteAlarms { .. }
        | Write::DisableAlarmActions { .. }
        | Write::PutAlarmMuteRule { .. }
        | Write::DeleteDashboards { .. } => false,
        Write::PutPublicAccessBlock { bucket, .. }
        | Write::PutBucketEncryption { bucket, .. }
        | Write::PutBucketLifecycleConfiguration { bucket, .. }
        | Write::PutBucketTagging { bucket, .. } => made.contains(bucket),
        Write::SetAlarmState { state, .. } => state == "OK",
        Write::SetTopicAttributes { attribute, .. } => {
            matches!(attribute.as_str(), "Policy" | "KmsMasterKeyId")
        }
        Write::SetSubscriptionAttributes { attribute, .. } => attribute == "FilterPolicy",
        _ => true,
    }
}

impl Write {
    /// The bucket that it makes.
    fn creates_bucket(&self) -> Option<String> {
        match self {
            Self::CreateBucket { bucket, .. } => Some(bucket.clone()),
            _ => None,
        }
    }
}
