//! log group key is usable

use secmon_core::finding::{Effect, Judged, Outcome, Severity, Stage, Unseen, look};
use secmon_core::policy::{Decision, PolicyDocument, Request, evaluate_key};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{Arn, Key, Observed};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "log-group-key-is-usable",
    stage: Stage::Delivery,
    title: "log group key is usable",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Trail, Link::LogGroup],
    changed_by: &["AssociateKmsKey", "DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy"],
    failures: &["L11", "T8"],
    page: include_str!("README.md"),
    run,
};

/// Documented for log groups: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>.
const ACTIONS: [&str; 3] = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"];

const HINT: &str = "AWS does not say whether a log group goes on taking events whose key it cannot \
                    use. If it does not, every event is lost. Recent deliveries show only that the \
                    key could be used then.";

fn run(context: &Context<'_>) -> Judged {
    let id = context.log_group_id()?;
    let (name, target) = (&id.name, &id.target);
    let Some((key_id, key)) = context.log_group_key()? else {
        let reason = format!("log group {name} has no key of its own");
        return Ok(Outcome::NotApplicable(reason));
    };
    let what = format!("whether log group {name} can use its key {key_id}");
    let unknown = |reason: String| Ok(Outcome::Unknown(Unseen::because(&*what, reason).hint(HINT)));
    let metadata = match &key.metadata {
        Observed::Absent => return unknown("the key does not exist".to_owned()),
        metadata => look(metadata, format!("key {key_id} of log group {name}"))
            .map_err(|stop| stop.hint(HINT))?,
    };
    match metadata.key_state.as_deref() {
        // "Updating" is a key whose description or Region changes: it goes on encrypting.
        Some("Enabled" | "Updating") => {}
        state => return unknown(format!("the key is {}", state.unwrap_or("in no known state"))),
    }
    let group = Arn::of_resource("logs", target, &format!("log-group:{name}"));
    match admits(key, &metadata.arn, &group)? {
        Admits::Yes => Ok(Outcome::Pass),
        Admits::No(reason) => unknown(reason),
        // Evidence lifts what is in doubt, not what speaks against it.
        Admits::InDoubt(_) if context.delivers_now() => Ok(Outcome::Pass),
        Admits::InDoubt(reason) => unknown(reason),
    }
}

enum Admits {
    Yes,
    No(String),
    InDoubt(String),
}

fn admits(key: &Key, key_arn: &Arn, group: &Arn) -> Result<Admits, secmon_core::finding::Stop> {
    let what = format!("the policy of key {key_arn}");
    let policy = look(&key.policy, what).map_err(|stop| stop.hint(HINT))?;
    let policy = match PolicyDocument::parse(policy) {
        Ok(policy) => policy,
        Err(error) => return Ok(Admits::InDoubt(format!("the key's policy: {error}"))),
    };
    let (mut doubt, mut unseen_grants) = (None, None);
    for action in ACTIONS {
        let request = Request::logs_use_key(action, key_arn.as_str(), group);
        let grants = key.grants.seen().map(Vec::as_slice).unwrap_or_default();
        match evaluate_key(&policy, grants, &request) {
            Decision::Allowed { .. } => {}
            // A grant that was not seen may allow what the policy does not.
            Decision::NotAllowed { .. } if key.grants.seen().is_none() => {
                let what = format!("the grants of key {key_arn}");
                unseen_grants = look(&key.grants, what).err().or(unseen_grants);
            }
            Decision::Unknown { doubt: on, by } => {
                doubt.get_or_insert_with(|| format!("for {action}, {by} hangs on {on}"));
            }
            _ => {
                return Ok(Admits::No(format!(
                    "no statement of the key's policy lets logs.{}.amazonaws.com {action}",
                    group.region()
                )));
            }
        }
    }
    if let Some(stop) = unseen_grants {
        return Err(stop.hint(HINT));
    }
    Ok(doubt.map_or(Admits::Yes, Admits::InDoubt))
}
