//! trail names a log group

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Hop, Link, LogGroupId};
use secmon_core::snapshot::{Arn, Trail};

use crate::Check;
use crate::topic_gets_no_log_file_notifications::mistaken_for_an_alert;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "trail-names-a-log-group",
    stage: Stage::Trail,
    title: "trail names a log group",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Trail, Link::LogGroup],
    changed_by: &["UpdateTrail"],
    failures: &["T7"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    let group = &context.chain.log_group;
    if group.is_joined() {
        return Ok(Outcome::Pass);
    }
    let name = &trail.name;
    let named = trail.cloud_watch_logs_log_group_arn.as_deref().filter(|arn| !arn.is_empty());
    let Some(named) = named else {
        let mut message = format!(
            "Trail {name} names no log group: its events go to S3 only, where no metric filter \
             sees them."
        );
        message += &mistaken_for_an_alert(context).unwrap_or_default();
        let finding = Finding::new(&trail.trail_arn, message);
        let finding = finding.field("CloudWatchLogsLogGroupArn", "absent", "a log group's ARN");
        return Ok(Outcome::fail(deliver(finding, context, trail, group)?));
    };
    let finding = match (named.parse::<Arn>(), &context.pins.log_group) {
        (Ok(arn), Some(pin)) if arn.target().is_some() => Finding::new(
            &trail.trail_arn,
            format!("Trail {name} delivers to log group {}, not to {pin}.", arn.name()),
        )
        .field("CloudWatchLogsLogGroupArn", named, pin)
        .manual(format!(
            "Leave --log-group out, or name with --trail the trail that delivers to {pin}."
        )),
        _ => deliver(
            Finding::new(
                &trail.trail_arn,
                format!("Trail {name} names the log group \"{named}\", which is no ARN of one."),
            )
            .field("CloudWatchLogsLogGroupArn", named, "a log group's ARN"),
            context,
            trail,
            group,
        )?,
    };
    Ok(Outcome::fail(finding))
}

/// Adds what makes the trail deliver to the likeliest log group of its home Region, or to a new one
/// where none has a filter for it.
fn deliver(
    finding: Finding,
    context: &Context<'_>,
    trail: &Trail,
    group: &Hop<LogGroupId>,
) -> Result<Finding, Stop> {
    let target = context.trail_home()?;
    let (name, finding) = match group.node() {
        Some(id) => (id.name.clone(), finding),
        None => {
            let name = format!("aws-cloudtrail-logs-{}", target.account);
            let create = Intent::CreateLogGroup { target: target.clone(), log_group: name.clone() };
            (name, finding.change(create))
        }
    };
    let partition = trail.trail_arn.partition();
    let (region, account) = (&target.region, &target.account);
    let role = trail.cloud_watch_logs_role_arn.as_deref();
    Ok(finding.change(Intent::DeliverTo {
        trail: trail.trail_arn.clone(),
        home_region: trail.home_region.clone(),
        log_group_arn: format!("arn:{partition}:logs:{region}:{account}:log-group:{name}:*"),
        role_arn: role.and_then(|role| role.parse().ok()),
    }))
}
