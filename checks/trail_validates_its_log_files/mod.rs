//! trail validates its log files

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::route::{Context, Link};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "trail-validates-its-log-files",
    stage: Stage::Trail,
    title: "trail validates its log files",
    severity: Severity::Informational,
    effect: Effect::Degrades,
    needs: &[Link::Trail],
    changed_by: &["UpdateTrail"],
    failures: &["T15"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    match trail.log_file_validation_enabled {
        Some(false) => {}
        // DescribeTrails always says; a trail of which it does not cannot be judged.
        Some(true) | None => return Ok(Outcome::Pass),
    }
    let message = format!(
        "Trail {} writes no digests: who changes its log files in S3 leaves no trace. Alerts do not \
         depend on it.",
        trail.name
    );
    Ok(Outcome::fail(
        Finding::new(&trail.trail_arn, message)
            .field("LogFileValidationEnabled", false, true)
            .manual(format!(
                "UpdateTrail of {} with EnableLogFileValidation, in {}.",
                trail.name, trail.home_region
            )),
    ))
}
