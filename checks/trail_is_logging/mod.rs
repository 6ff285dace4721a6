//! trail is logging

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Link};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "trail-is-logging",
    stage: Stage::Trail,
    title: "trail is logging",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Trail],
    changed_by: &["StopLogging"],
    failures: &["T2"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    let status = context.trail_status()?;
    if status.is_logging {
        return Ok(Outcome::Pass);
    }
    let stopped = match status.stop_logging_time {
        Some(time) => format!("stopped logging on {}", time.strftime("%Y-%m-%d %H:%M UTC")),
        None => "was never started".to_owned(),
    };
    Ok(Outcome::fail(
        Finding::new(&trail.trail_arn, format!("Trail {} {stopped}.", trail.name))
            .field("IsLogging", false, true)
            .change(Intent::StartLogging {
                trail: trail.trail_arn.clone(),
                home_region: trail.home_region.clone(),
            }),
    ))
}
