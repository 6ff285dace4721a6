//! trail covers the replicas

use std::collections::BTreeSet;

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, look};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Link};
use secmon_core::selector::{Coverage, TrailScope, covers};
use secmon_core::snapshot::{Secret, Trail};

use crate::Check;
use crate::pattern_answers::list;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "trail-covers-the-replicas",
    stage: Stage::Trail,
    title: "trail covers the replicas",
    severity: Severity::Medium,
    effect: Effect::Degrades,
    needs: &[Link::Trail],
    changed_by: &["UpdateTrail", "ReplicateSecretToRegions"],
    failures: &["S2", "T6"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    let Some(secret) = context.secret() else {
        return Ok(Outcome::NotApplicable("no secret was named".to_owned()));
    };
    let secret = look(secret, format!("secret {}", context.secret_label()))?;
    let copies = copies(secret, context.asked_target().region.as_str());
    if copies.is_empty() {
        return Ok(Outcome::NotApplicable(format!(
            "secret {} has no copy in another Region",
            secret.name
        )));
    }
    // A trail that does not record the secret's own Region is another check's finding.
    if !looks_at(context, trail, context.asked_target().region.as_str()) {
        return Err(Stop::Skipped(format!(
            "trail {} does not record Region {}",
            trail.name,
            context.asked_target().region
        )));
    }
    let missed: Vec<&str> = copies
        .into_iter()
        .filter(|region| !chain_trails(context, trail).any(|one| looks_at(context, one, region)))
        .collect();
    if missed.is_empty() {
        return Ok(Outcome::Pass);
    }
    let message = format!(
        "Trail {} records {} only, and secret {} has a copy in {}: a read there tells nobody.",
        trail.name,
        trail.home_region,
        secret.name,
        list(&missed)
    );
    Ok(Outcome::fail(
        Finding::new(&trail.trail_arn, message)
            .field("IsMultiRegionTrail", trail.is_multi_region_trail, true)
            .change(Intent::RecordAllRegions {
                trail: trail.trail_arn.clone(),
                home_region: trail.home_region.clone(),
            }),
    ))
}

/// The other Regions where the secret can be read. A copy that was never made cannot.
fn copies<'a>(secret: &'a Secret, here: &str) -> BTreeSet<&'a str> {
    let replicas = secret.replication_status.iter();
    let replicas = replicas.filter(|replica| replica.status.as_deref() != Some("Failed"));
    let replicas = replicas.map(|replica| replica.region.as_str());
    let all = replicas.chain(secret.primary_region.as_deref());
    all.filter(|region| *region != here).collect()
}

/// The chain's trail, and the others that feed the same log group.
fn chain_trails<'a>(
    context: &Context<'a>,
    trail: &'a Trail,
) -> impl Iterator<Item = &'a Trail> + use<'a> {
    let group = trail.cloud_watch_logs_log_group_arn.as_ref();
    let observations = context.asked_observations();
    let here = observations.trails.seen().into_iter().flat_map(|trails| trails.values());
    let elsewhere = observations.trails_elsewhere.seen().into_iter().flatten();
    let others = here.chain(elsewhere.filter_map(|(_, trail)| trail.seen())).filter(move |other| {
        let logs = other.status.seen().is_none_or(|status| status.is_logging);
        logs && group.is_some() && other.cloud_watch_logs_log_group_arn.as_ref() == group
    });
    std::iter::once(trail).chain(others)
}

fn looks_at(context: &Context<'_>, trail: &Trail, region: &str) -> bool {
    let account = context.asked_target().account.as_str();
    !matches!(covers(&TrailScope::of(trail), region, account), Coverage::No { .. })
}
