//! log group class is standard

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::plan::Intent;
use secmon_core::policy::allow_statement;
use secmon_core::route::{Context, Link, Route};
use secmon_core::snapshot::Arn;

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "log-group-class-is-standard",
    stage: Stage::Delivery,
    title: "log group class is standard",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Trail, Link::LogGroup],
    changed_by: &["CreateLogGroup"],
    failures: &["L2"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    let id = context.log_group_id()?;
    let group = context.log_group()?;
    // Answers from before the classes existed, and of servers other than AWS, have no class.
    let class = group.log_group_class.as_deref().unwrap_or("STANDARD");
    if class == "STANDARD" {
        return Ok(Outcome::Pass);
    }
    let name = &group.log_group_name;
    if context.chain.route == Route::LogAlarm {
        let what = format!("whether an alarm can query log group {name}");
        let why = format!("the group has the class {class}, and AWS does not say so of alarms");
        return Ok(Outcome::Unknown(Unseen::because(what, why)));
    }
    let (region, account) = (&id.target.region, &id.target.account);
    let partition = trail.trail_arn.partition();
    let arn = |name: &str| format!("arn:{partition}:logs:{region}:{account}:log-group:{name}");
    let standard = format!("{name}-standard");
    let role = trail.cloud_watch_logs_role_arn.as_deref();
    let role: Option<Arn> = role.and_then(|role| role.parse().ok());
    let mut finding = Finding::new(
        arn(name),
        format!(
            "Log group {name} has the class {class}: metric filters work on STANDARD only, and the \
             class of a group cannot be changed."
        ),
    )
    .field("logGroupClass", class, "STANDARD")
    .change(Intent::CreateLogGroup { target: id.target.clone(), log_group: standard.clone() });
    if let Some(role) = &role {
        finding = finding.change(Intent::AllowRole {
            role: role.clone(),
            statement: allow_statement(
                "WriteTrailEvents",
                &["logs:CreateLogStream", "logs:PutLogEvents"],
                &format!("{}:log-stream:*", arn(&standard)),
            ),
        });
    }
    Ok(Outcome::fail(
        finding
            .change(Intent::DeliverTo {
                trail: trail.trail_arn.clone(),
                home_region: trail.home_region.clone(),
                log_group_arn: format!("{}:*", arn(&standard)),
                role_arn: role,
            })
            .manual(format!(
                "Make the metric filters of {name} on {standard}, then retire {name}."
            )),
    ))
}
