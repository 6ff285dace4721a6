//! A saved plan once more: what it says is compared with what its calls do to the account as it is.

use super::{Change, Plan, Refusal};
use crate::report::Report;
use crate::snapshot::Snapshot;

/// A saved plan in the account as it is now: what is made already is left out, and everything that
/// is said of the rest comes from the calls themselves, not from the file.
pub fn renewed(
    plan: &Plan,
    snapshot: &Snapshot,
    judge: &dyn Fn(&Snapshot) -> Report,
) -> Result<Plan, Refusal> {
    let (mut at, mut changes) = (snapshot.clone(), Vec::new());
    for saved in &plan.changes {
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
        if change.before != saved.before {
            return Err(Refusal::Changed(saved.resource.to_string()));
        }
        let mut change = change;
        change.note_owner(snapshot);
        changes.push(Change {
            checks: saved.checks.clone(),
            asks: change.asks.union(&saved.asks).copied().collect(),
            ..change
        });
        at = after;
    }
    let verdicts = |report: &Report| report.entries.iter().map(|entry| entry.verdict).collect();
    Ok(Plan {
        before: verdicts(&judge(snapshot)),
        after: verdicts(&judge(&at)),
        taken_at: snapshot.taken_at,
        changes,
        ..plan.clone()
    })
}
