//! trail exists

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Hop, Link};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "trail-exists",
    stage: Stage::Trail,
    title: "trail exists",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Trail],
    changed_by: &["DeleteTrail"],
    failures: &["T1"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    match &context.chain.trail {
        Hop::Joined(_) | Hop::Assumed(_) => Ok(Outcome::Pass),
        Hop::Nothing => Ok(Outcome::fail(missing(context))),
        Hop::Unseen(unseen) => Err(Stop::Unseen(unseen.clone())
            .hint("Without a trail only Event history records reads, and nobody is told.")),
    }
}

fn missing(context: &Context<'_>) -> Finding {
    let target = context.asked_target();
    let (region, account) = (&target.region, &target.account);
    if let Some(pin) = &context.pins.trail {
        let message =
            format!("Trail {pin} does not exist in Region {region} of account {account}.");
        return Finding::new(pin, message).manual(format!(
            "Name the trail as `aws cloudtrail describe-trails --region {region}` does, or leave \
             --trail out to have every trail looked at."
        ));
    }
    Finding::new(
        target,
        format!(
            "Account {account} has no trail that records Region {region}: reads are in Event \
             history only, which nothing alarms on."
        ),
    )
    .change(Intent::CreateTrail { target: target.clone() })
}
