//! last read reached log group

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::route::{Context, Link, LogGroupId};
use secmon_core::snapshot::{Arn, Trail};

use crate::evidence::{
    Arrival, Changes, Settings, arrival, changes, in_words, key_names, minute, policies_of_role,
    settings, trail_and_role,
};
use crate::{
    Check, delivery_role_admits_cloudtrail, delivery_role_may_write, log_group_key_is_usable,
    trail_covers_the_region, trail_delivers_to_log_group, trail_is_logging,
    trail_records_its_events,
};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "last-read-reached-log-group",
    stage: Stage::Proof,
    title: "last read reached log group",
    severity: Severity::High,
    effect: Effect::Disproves,
    needs: &[Link::Trail, Link::LogGroup],
    changed_by: &[
        "UpdateTrail",
        "PutEventSelectors",
        "CreateTrail",
        "PutRolePolicy",
        "DeleteRolePolicy",
        "AttachRolePolicy",
        "DetachRolePolicy",
        "CreatePolicyVersion",
        "SetDefaultPolicyVersion",
        "UpdateAssumeRolePolicy",
        "PutRolePermissionsBoundary",
        "DeleteRolePermissionsBoundary",
        "CreateRole",
        "AssociateKmsKey",
        "DisassociateKmsKey",
        "EnableKey",
        "PutKeyPolicy",
        "CreateGrant",
    ],
    failures: &["T8", "T9", "L11"],
    page: include_str!("README.md"),
    run,
};

/// The settings between a read and the log group.
static ON_THE_WAY: &[&Check] = &[
    &trail_covers_the_region::CHECK,
    &trail_is_logging::CHECK,
    &delivery_role_admits_cloudtrail::CHECK,
    &delivery_role_may_write::CHECK,
    &log_group_key_is_usable::CHECK,
    &trail_delivers_to_log_group::CHECK,
];

const HINT: &str = "The next read will show it: look for it in the log group after 15 minutes.";

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    if !context.chain.log_group.is_joined() {
        return Err(Stop::Skipped(format!("trail {} names no log group", trail.name)));
    }
    let read = match arrival(context, trail)? {
        Arrival::Arrived { .. } => return Ok(Outcome::Pass),
        Arrival::Nothing(reason) => return Ok(Outcome::NotApplicable(reason)),
        Arrival::Absent { read } => read,
    };
    let group = &context.log_group_id()?.name;
    let says = format!("{} is in Event history and not in log group {group}", in_words(read));
    let fail = |how: &str| {
        let message = format!(
            "{}{}: the chain broke between trail and log group{how}.",
            says[..1].to_uppercase(),
            &says[1..]
        );
        Outcome::fail(
            Finding::new(&trail.trail_arn, message).between(Stage::Trail, Stage::Delivery),
        )
    };
    let records = settings(context, &[&trail_records_its_events::CHECK]);
    let settings = settings(context, ON_THE_WAY);
    if records == Settings::Wrong || settings == Settings::Wrong {
        return Ok(fail(""));
    }
    let what = format!("whether reads still reach log group {group}");
    let unknown = |reason: String| Ok(Outcome::Unknown(Unseen::because(&*what, reason).hint(HINT)));
    if trail.status.seen().is_none() {
        return unknown(format!("{says}; whether the trail was stopped then is not told"));
    }
    let not_told =
        || unknown(format!("{says}; whether trail, role or key were changed since is not told"));
    let (resources, all) = on_the_way(context, trail);
    let after = read.event_time;
    let names = CHECK.changed_by;
    match changes(context.snapshot, context.chain, Stage::Trail, names, &resources, after) {
        Changes::Made(change) => Ok(Outcome::NotApplicable(format!(
            "{} called {} on {}, after the newest read: nothing shows yet what that did",
            change.by,
            change.event_name,
            minute(change.time)
        ))),
        Changes::NotAsked(_) | Changes::NotTold => not_told(),
        Changes::None if settings == Settings::Doubtful && !all => not_told(),
        // Selectors in doubt may take some reads and leave others.
        Changes::None if settings == Settings::Doubtful && records == Settings::Right => {
            Ok(fail(", and nobody changed trail, role or key since"))
        }
        // It may have been mended a minute ago, and Event history lags.
        Changes::None => unknown(format!("{says}, though nothing in between looks wrong")),
    }
}

/// What a read goes through on its way to the group, and whether that is all: changes of a policy or
/// key that was not seen are not to be found.
fn on_the_way(context: &Context<'_>, trail: &Trail) -> (Vec<String>, bool) {
    let mut resources = trail_and_role(trail);
    let others = [policies_of_role(context), group_and_key(context)];
    let all = others.iter().all(Option::is_some);
    resources.extend(others.into_iter().flatten().flatten());
    (resources, all)
}

/// The group with its key, as calls in the trail's Event history name them.
fn group_and_key(context: &Context<'_>) -> Option<Vec<String>> {
    let LogGroupId { target, name } = context.log_group_id().ok()?;
    if context.trail_home().ok()? != *target {
        return None;
    }
    let mut names =
        vec![Arn::of_resource("logs", target, &format!("log-group:{name}")).to_string()];
    if let Some((id, key)) = context.log_group_key().ok()? {
        names.extend(key_names(id, key, target)?);
    }
    Some(names)
}
