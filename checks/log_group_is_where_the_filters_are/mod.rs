//! log group is where the filters are

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, look};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::dead_filters::dead_filters;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "log-group-is-where-the-filters-are",
    stage: Stage::Trail,
    title: "log group is where the filters are",
    severity: Severity::High,
    effect: Effect::Degrades,
    needs: &[Link::Trail, Link::LogGroup],
    changed_by: &["UpdateTrail", "DeleteTrail"],
    failures: &["T9"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    let group = context.log_group_id()?;
    let (here, there) = (&context.asked_target().account, &group.target.account);
    if here == there {
        return Ok(Outcome::Pass);
    }
    // Where the other account shows its filters, they are judged, and filters left behind here do
    // no harm.
    if context.snapshot.at(&group.target).metric_filters.seen().is_some() {
        return Ok(Outcome::Pass);
    }
    look(&context.asked_observations().metric_filters, "the list of metric filters")?;
    let Some(dead) = dead_filters(context) else { return Ok(Outcome::Pass) };
    let message = format!(
        "{dead}. Trail {} belongs to account {}, and its events go to log group {} in account \
         {there}: only a filter on that group sees them.",
        trail.name,
        trail.trail_arn.account(),
        group.name
    );
    Ok(Outcome::fail(
        Finding::new(&trail.trail_arn, message)
            .field("CloudWatchLogsLogGroupArn", there, here)
            .manual(format!(
                "Run the doctor with --role-arn of a role in account {there} as well: it judges \
                 filter and alarm there. Or make a trail in account {here} that delivers to the \
                 filter's group."
            )),
    ))
}
