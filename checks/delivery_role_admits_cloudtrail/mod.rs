//! delivery role admits cloudtrail

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen, look};
use secmon_core::plan::Intent;
use secmon_core::policy::{Decision, PolicyDocument, Principal, Request, evaluate};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{Arn, Observed, Trail};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "delivery-role-admits-cloudtrail",
    stage: Stage::Delivery,
    title: "delivery role admits cloudtrail",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Trail],
    changed_by: &["UpdateAssumeRolePolicy", "DeleteRole"],
    failures: &["T8"],
    page: include_str!("README.md"),
    run,
};

const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    let (arn, role) = context.delivery_role()?;
    let name = arn.name();
    if role.role == Observed::Absent {
        return Ok(Outcome::fail(missing(trail, &arn)));
    }
    let detail = look(&role.role, format!("role {name}")).map_err(|stop| {
        stop.hint("If CloudTrail may not assume it, no event reaches the log group.")
    })?;
    let what = || format!("whether {CLOUDTRAIL} may assume role {name}");
    let trust = match PolicyDocument::parse(&detail.assume_role_policy_document) {
        Ok(trust) => trust,
        Err(error) => return Ok(Outcome::Unknown(Unseen::because(what(), error.to_string()))),
    };
    // Which condition keys CloudTrail sends along when it assumes the role is documented nowhere,
    // so a trust policy that admits this trail by aws:SourceArn or aws:SourceAccount stays unknown.
    // One that refuses this trail refuses it either way.
    let request = Request::new(Principal::service(CLOUDTRAIL), "sts:AssumeRole", arn.as_str());
    let named = request
        .clone()
        .with("aws:SourceArn", trail.trail_arn.as_str())
        .with("aws:SourceAccount", trail.trail_arn.account());
    let unnamed = request.clone().without("aws:SourceArn").without("aws:SourceAccount");
    let [decision, named, unnamed] =
        [request, named, unnamed].map(|request| evaluate(&[("", &trust)], &request));
    let decision = match (&decision, &named, &unnamed) {
        (Decision::Unknown { .. }, sent, not_sent) if is_refusal(sent) && is_refusal(not_sent) => {
            named
        }
        _ => decision,
    };
    let finding = || {
        Finding::new(&arn, format!("Role {name} does not let {CLOUDTRAIL} assume it: {decision}."))
            .field("AssumeRolePolicyDocument", &decision, format!("allows {CLOUDTRAIL}"))
    };
    Ok(match &decision {
        Decision::Allowed { .. } => Outcome::Pass,
        // A delivery a moment ago shows that CloudTrail does assume it.
        Decision::Unknown { .. } if context.delivers_now() => Outcome::Pass,
        Decision::Unknown { .. } => Outcome::Unknown(Unseen::because(what(), decision.to_string())),
        Decision::NotAllowed { .. } => Outcome::fail(
            finding()
                .change(Intent::TrustService { role: arn.clone(), service: CLOUDTRAIL.to_owned() }),
        ),
        // No allow helps against a deny.
        Decision::Denied { by } => Outcome::fail(finding().manual(format!(
            "Take {by} out of the trust policy of role {name}, or except {CLOUDTRAIL} from it."
        ))),
    })
}

fn is_refusal(decision: &Decision) -> bool {
    matches!(decision, Decision::NotAllowed { .. } | Decision::Denied { .. })
}

fn missing(trail: &Trail, role: &Arn) -> Finding {
    let message = format!(
        "Role {} does not exist, yet trail {} writes to its log group with it.",
        role.name(),
        trail.name
    );
    let finding = Finding::new(role, message);
    match &trail.cloud_watch_logs_log_group_arn {
        Some(group) => finding.change(Intent::DeliverTo {
            trail: trail.trail_arn.clone(),
            home_region: trail.home_region.clone(),
            log_group_arn: group.clone(),
            role_arn: None,
        }),
        None => finding.manual(format!("Make role {} again.", role.name())),
    }
}
