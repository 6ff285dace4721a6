//! trail covers the region

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Link};
use secmon_core::selector::{Coverage, TrailScope, covers};
use secmon_core::snapshot::Trail;

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "trail-covers-the-region",
    stage: Stage::Trail,
    title: "trail covers the region",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Trail],
    changed_by: &["UpdateTrail"],
    failures: &["T6", "T14"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    let target = context.asked_target();
    let (region, account) = (target.region.as_str(), target.account.as_str());
    let scope = TrailScope::of(trail);
    let what = || format!("whether trail {} records {region}", trail.name);
    match covers(&scope, region, account) {
        // DescribeTrails lists shadow trails too, so a trail that covers this Region shows in it:
        // the list of this Region and the trail's own description contradict each other.
        Coverage::Yes { .. } if context.chain.trail.is_assumed() => {
            let reason = format!(
                "the trail is multi-Region, yet DescribeTrails in {region} does not show it"
            );
            Ok(Outcome::Unknown(
                Unseen::because(what(), reason).hint(
                    "A Region that was enabled a short while ago gets its trails within hours.",
                ),
            ))
        }
        Coverage::Yes { .. } => Ok(Outcome::Pass),
        Coverage::No { reason } => Ok(Outcome::fail(outside(trail, region, account, &reason))),
        Coverage::Unknown { reason } => {
            Ok(Outcome::Unknown(Unseen::because(what(), reason).hint(format!(
                "If account {account} has not enabled Region {}, its reads are not recorded.",
                trail.home_region
            ))))
        }
    }
}

fn outside(trail: &Trail, region: &str, account: &str, reason: &str) -> Finding {
    let name = &trail.name;
    let message = match reason.strip_prefix("the trail ") {
        Some(rest) => format!("Trail {name} {rest}."),
        None => format!("Trail {name} does not record Region {region}: {reason}."),
    };
    let finding = Finding::new(&trail.trail_arn, message)
        .field("HomeRegion", &trail.home_region, region)
        .field("IsMultiRegionTrail", trail.is_multi_region_trail, true);
    let owner = trail.trail_arn.account();
    if owner != account && !trail.is_organization_trail {
        return finding.manual(format!(
            "Make a trail in account {account}: only account {owner} can change {name}."
        ));
    }
    finding.change(Intent::RecordAllRegions {
        trail: trail.trail_arn.clone(),
        home_region: trail.home_region.clone(),
    })
}
