//! management events are recorded once

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, look};
use secmon_core::route::{Context, Link};
use secmon_core::selector::{Coverage, Recorded, RecordedEvent, TrailScope, covers, records};
use secmon_core::snapshot::Trail;

use crate::Check;
use crate::pattern_answers::list;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "management-events-are-recorded-once",
    stage: Stage::Trail,
    title: "management events are recorded once",
    severity: Severity::Informational,
    effect: Effect::Degrades,
    needs: &[Link::Trail],
    changed_by: &["CreateTrail", "UpdateTrail", "PutEventSelectors", "StartLogging"],
    failures: &["T13"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    let target = context.asked_target();
    let observations = context.asked_observations();
    let here = observations.trails.seen().into_iter().flat_map(|trails| trails.values());
    let elsewhere = observations.trails_elsewhere.seen().into_iter().flatten();
    let all = here.chain(elsewhere.filter_map(|(_, trail)| trail.seen()));
    let reaching = all.filter(|one| {
        let scope = TrailScope::of(one);
        let covered = covers(&scope, target.region.as_str(), target.account.as_str());
        matches!(covered, Coverage::Yes { .. })
    });
    let reaching: Vec<&Trail> = reaching.collect();
    if !reaching.iter().any(|one| one.trail_arn != trail.trail_arn) {
        return Ok(Outcome::Pass);
    }
    let mut recording = Vec::new();
    for one in reaching {
        let status = look(&one.status, format!("the status of trail {}", one.name))?;
        let selectors = look(&one.selectors, format!("the event selectors of {}", one.name))?;
        let event = RecordedEvent::secret_read("GetSecretValue");
        if status.is_logging && matches!(records(selectors, &event), Recorded::Yes { .. }) {
            recording.push(one.name.as_str());
        }
    }
    if recording.len() < 2 {
        return Ok(Outcome::Pass);
    }
    recording.sort_unstable();
    let message = format!(
        "Trails {} all record the management events of {}. AWS records the first copy for free and \
         charges for the others. Alerts do not depend on it.",
        list(&recording),
        target.region
    );
    let message =
        if recording.len() == 2 { message.replace(" all record", " both record") } else { message };
    Ok(Outcome::fail(Finding::new(&trail.trail_arn, message).manual(
        "If nobody needs the other copies, take management events out of those trails' selectors.",
    )))
}
