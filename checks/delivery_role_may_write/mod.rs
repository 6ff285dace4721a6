//! delivery role may write

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen, look};
use secmon_core::plan::Intent;
use secmon_core::policy::{
    Decision, PolicyDocument, Principal, Request, allow_statement, evaluate,
};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{Arn, Observed, Organization, Trail};

use crate::Check;

mod policies;
mod streams;
#[cfg(test)]
mod tests;

use policies::{Bounds, Policies};
use streams::Streams;

pub(crate) static CHECK: Check = Check {
    id: "delivery-role-may-write",
    stage: Stage::Delivery,
    title: "delivery role may write",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Trail, Link::LogGroup],
    changed_by: &[
        "PutRolePolicy",
        "DeleteRolePolicy",
        "AttachRolePolicy",
        "DetachRolePolicy",
        "CreatePolicyVersion",
        "SetDefaultPolicyVersion",
        "PutRolePermissionsBoundary",
    ],
    failures: &["T8"],
    page: include_str!("README.md"),
    run,
};

const ACTIONS: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    if !context.chain.log_group.is_joined() {
        return Err(Stop::Skipped(format!("trail {} names no log group", trail.name)));
    }
    let group = context.log_group_id()?;
    let (arn, role) = context.delivery_role()?;
    let detail = look(&role.role, format!("role {}", arn.name()))?;
    let policies = Policies::of(&arn, role);
    let boundary = detail.permissions_boundary_arn.as_deref();
    let organization = context.organization_of_trail()?;
    let asked = context.asked_target();
    let streams = Streams::of(trail, group, asked, &policies.documents, organization);
    // Of several organisations that the policies name, one is the trail's own.
    let judged =
        streams.candidates().map(|names| judge(&arn, &names, &streams, &policies, boundary));
    let judged: Vec<Outcome> = judged.collect();
    let passes = judged.iter().filter(|outcome| **outcome == Outcome::Pass).count();
    if passes > 0 {
        if passes < judged.len() {
            is_seen(organization, trail)?;
        }
        return Ok(Outcome::Pass);
    }
    let is_doubtful = |outcome: &&Outcome| matches!(outcome, Outcome::Unknown(_));
    let worst = judged.iter().find(is_doubtful).or(judged.first()).cloned();
    Ok(match worst {
        // A doubt about a condition that was read, and a delivery a moment ago.
        Some(Outcome::Unknown(_))
            if policies.unseen.is_none() && boundary.is_none() && context.delivers_now() =>
        {
            Outcome::Pass
        }
        worst => worst.unwrap_or(Outcome::Pass),
    })
}

/// That it is known which organisation a trail's is.
fn is_seen(organization: &Observed<Organization>, trail: &Trail) -> Result<(), Stop> {
    match organization {
        Observed::Seen(_) | Observed::Absent => Ok(()),
        hidden => look(hidden, format!("the organization of trail {}", trail.name)).map(|_| ()),
    }
}

/// May the role make and fill each of these streams?
fn judge(
    arn: &Arn,
    names: &[String],
    streams: &Streams,
    policies: &Policies,
    boundary: Option<&str>,
) -> Outcome {
    let what = || format!("whether role {} may write to log group {}", arn.name(), streams.group);
    let requests: Vec<(Request, String)> = names
        .iter()
        .flat_map(|name| ACTIONS.map(|action| (request(arn, action, streams, name), name.clone())))
        .collect();
    let ask = |documents: &[(String, PolicyDocument)]| -> Vec<Decision> {
        let named: Vec<_> = documents.iter().map(|(name, policy)| (&name[..], policy)).collect();
        requests.iter().map(|(request, _)| evaluate(&named, request)).collect()
    };
    let refused = |decisions: &[Decision], whose: &str| {
        let pairs = requests.iter().zip(decisions);
        let mut refused = pairs.filter(|(_, decision)| refuses(decision)).peekable();
        let ((request, name), decision) = refused.peek()?;
        let message = format!(
            "Role {} may not call {} on log stream {name} of log group {}: {whose}{decision}.",
            arn.name(),
            request.action,
            streams.group
        );
        let mut finding = Finding::new(arn, message);
        for ((request, name), decision) in refused {
            finding = finding.field(&format!("{} on {name}", request.action), decision, "allowed");
        }
        Some(finding)
    };
    let decisions = ask(&policies.documents);
    let denied = decisions.iter().find_map(|decision| match decision {
        Decision::Denied { by } => Some(by),
        _ => None,
    });
    // A deny that was seen stands whatever was not seen.
    if let (Some(by), Some(finding)) = (denied, refused(&decisions, "")) {
        return Outcome::fail(
            finding.manual(format!("Take {by} away from role {}, or narrow it.", arn.name())),
        );
    }
    if let Some(unseen) = &policies.unseen {
        return Outcome::Unknown(unseen.clone().hint(
            "It may hold the statement that lets CloudTrail write, or one that forbids it.",
        ));
    }
    if let Some(finding) = refused(&decisions, "") {
        let statement = allow_statement("WriteTrailEvents", &ACTIONS, &streams.pattern());
        return Outcome::fail(finding.change(Intent::AllowRole { role: arn.clone(), statement }));
    }
    if let Some(doubt) = decisions.iter().find(|decision| !decision.is_allowed()) {
        return Outcome::Unknown(Unseen::because(what(), doubt.to_string()));
    }
    match boundary.map(|boundary| policies.bounds(boundary)) {
        None => Outcome::Pass,
        Some(Bounds::Unseen(unseen)) => Outcome::Unknown(unseen),
        Some(Bounds::Seen(name, document)) => {
            let decisions = ask(&[(name.clone(), document.clone())]);
            match refused(&decisions, "by its permissions boundary, ") {
                Some(finding) => Outcome::fail(finding.manual(format!(
                    "Let the permissions boundary {name} allow {}.",
                    ACTIONS.join(" and ")
                ))),
                None => match decisions.iter().find(|decision| !decision.is_allowed()) {
                    Some(doubt) => Outcome::Unknown(Unseen::because(what(), doubt.to_string())),
                    None => Outcome::Pass,
                },
            }
        }
    }
}

fn request(arn: &Arn, action: &str, streams: &Streams, name: &str) -> Request {
    Request::new(Principal::aws(arn.as_str()), action, streams.arn(name))
        .with("aws:SecureTransport", "true")
        .with("aws:RequestedRegion", streams.region.as_str())
}

fn refuses(decision: &Decision) -> bool {
    matches!(decision, Decision::Denied { .. } | Decision::NotAllowed { .. })
}
