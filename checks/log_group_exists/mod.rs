//! log group exists

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, look};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Link};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "log-group-exists",
    stage: Stage::Delivery,
    title: "log group exists",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Trail, Link::LogGroup],
    changed_by: &["DeleteLogGroup"],
    failures: &["T8", "L1"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    let group = context.log_group_id()?;
    let (name, target) = (&group.name, &group.target);
    let what = format!("the list of log groups in {target}");
    let groups = look(&context.snapshot.at(target).log_groups, what).map_err(|stop| {
        stop.hint(format!("If log group {name} was deleted, every event of the trail is lost."))
    })?;
    if groups.contains_key(name) {
        return Ok(Outcome::Pass);
    }
    let arn = trail.cloud_watch_logs_log_group_arn.as_deref().unwrap_or(name);
    let arn = arn.strip_suffix(":*").unwrap_or(arn);
    Ok(Outcome::fail(
        Finding::new(
            arn,
            format!(
                "Log group {name} does not exist in Region {} of account {}, yet trail {} delivers \
                 to it: its events are lost.",
                target.region, target.account, trail.name
            ),
        )
        .change(Intent::CreateLogGroup { target: target.clone(), log_group: name.clone() })
        .manual(format!(
            "Metric filters were deleted with the group: make them again on log group {name}."
        )),
    ))
}
