//! trail delivers to bucket

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen, look};
use secmon_core::plan::Intent;
use secmon_core::policy::{
    Decision, PolicyDocument, Principal, Request, evaluate, service_statement,
};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{Observed, Target, Trail};

use crate::Check;

mod grants;
#[cfg(test)]
mod tests;

use grants::{Grant, grants};

pub(crate) static CHECK: Check = Check {
    id: "trail-delivers-to-bucket",
    stage: Stage::Delivery,
    title: "trail delivers to bucket",
    severity: Severity::Medium,
    effect: Effect::Degrades,
    needs: &[Link::Trail],
    changed_by: &["PutBucketPolicy", "DeleteBucketPolicy", "DeleteBucket", "UpdateTrail"],
    failures: &["T11", "T12"],
    page: include_str!("README.md"),
    run,
};

const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

fn run(context: &Context<'_>) -> Judged {
    let trail = context.trail()?;
    let name = &trail.name;
    let Some(bucket) = trail.s3_bucket_name.as_deref().filter(|bucket| !bucket.is_empty()) else {
        return Ok(Outcome::NotApplicable(format!("trail {name} names no bucket")));
    };
    let home = context.trail_home()?;
    let mut findings = Vec::new();
    let mut unseen = None;
    match context.trail_status() {
        // A later success clears the error, so while it stands deliveries fail.
        Ok(status) if status.is_logging => {
            let error = status.latest_delivery_error.as_deref().filter(|text| !text.is_empty());
            findings.extend(error.map(|error| {
                let last = match status.latest_delivery_time {
                    Some(time) => format!(
                        "the last log file is of {}, {}",
                        time.strftime("%Y-%m-%d %H:%M UTC"),
                        context.snapshot.ago(time)
                    ),
                    None => "there is no log file yet".to_owned(),
                };
                let message = format!(
                    "Trail {name} fails to write log files to bucket {bucket}: S3 answers \
                     \"{error}\"; {last}."
                );
                Finding::new(&trail.trail_arn, message)
                    .field("LatestDeliveryError", error, "absent")
                    .manual(advice(error, trail, bucket))
            }));
        }
        Ok(_) | Err(Stop::Skipped(_)) => {}
        Err(Stop::Unseen(reason)) => unseen = Some(reason),
    }
    match policy_findings(context, trail, bucket, &home) {
        Ok(found) => findings.extend(found),
        Err(reason) => {
            unseen.get_or_insert(reason);
        }
    }
    Ok(match (findings.is_empty(), unseen) {
        (false, _) => Outcome::Fail(findings),
        (true, Some(unseen)) => Outcome::Unknown(
            unseen.hint("The log files in S3 are the audit copy; the alert does not need them."),
        ),
        (true, None) => Outcome::Pass,
    })
}

/// What the bucket's policy refuses CloudTrail.
fn policy_findings(
    context: &Context<'_>,
    trail: &Trail,
    bucket: &str,
    home: &Target,
) -> Result<Vec<Finding>, Unseen> {
    let what = format!("the policy of bucket {bucket}");
    let read = context.snapshot.at(home).buckets.get(bucket).map(|bucket| &bucket.policy);
    let policy = match read.unwrap_or(&Observed::NotAsked) {
        Observed::Absent => None,
        read => match look(read, what.clone()) {
            Ok(text) => Some(PolicyDocument::parse(text)),
            Err(Stop::Unseen(unseen)) => return Err(unseen),
            Err(Stop::Skipped(_)) => None,
        },
    };
    let policy = match policy {
        None => None,
        Some(Ok(policy)) => Some(policy),
        Some(Err(error)) => return Err(Unseen::because(what, error.to_string())),
    };
    let mut findings = Vec::new();
    let id = context.snapshot.at(home).organization.seen().map(|found| found.id.clone());
    for grant in grants(context.asked_target(), trail, bucket, policy.as_ref(), id) {
        let Grant { sid, action, path, resource, conditions } = grant;
        let mut request = Request::new(Principal::service(CLOUDTRAIL), action, &path)
            .with("aws:SourceAccount", trail.trail_arn.account())
            .with("aws:SecureTransport", "true");
        for (key, value) in &conditions {
            request = request.with(key, *value);
        }
        let decision = match &policy {
            None => Decision::NotAllowed { nearest: None },
            Some(policy) => evaluate(&[("", policy)], &request),
        };
        let why = match &policy {
            None => "the bucket has no policy".to_owned(),
            Some(_) => decision.to_string(),
        };
        let message = format!("Bucket {bucket} refuses {action} to trail {}: {why}.", trail.name);
        let finding = || {
            Finding::new(format!("arn:{}:s3:::{bucket}", trail.trail_arn.partition()), &message)
                .field(action, &why, format!("allowed to {CLOUDTRAIL}"))
        };
        match &decision {
            Decision::Allowed { .. } => {}
            Decision::Unknown { .. } => return Err(Unseen::because(what, why)),
            Decision::NotAllowed { .. } => {
                findings.push(finding().change(Intent::AllowInBucketPolicy {
                    target: home.clone(),
                    bucket: bucket.to_owned(),
                    statement: service_statement(
                        sid,
                        CLOUDTRAIL,
                        &[action],
                        &resource,
                        &conditions,
                    ),
                }));
            }
            Decision::Denied { by } => findings.push(finding().manual(format!(
                "Take {by} out of the policy of bucket {bucket}, or except {CLOUDTRAIL} from it."
            ))),
        }
    }
    Ok(findings)
}

/// What to look at, by S3's error code.
fn advice(error: &str, trail: &Trail, bucket: &str) -> String {
    if error.contains("KMS") {
        let key = trail.kms_key_id.as_deref().unwrap_or("of the bucket's encryption");
        format!("Enable the key {key} and let {CLOUDTRAIL} use it.")
    } else if error.contains("NoSuchBucket") {
        format!("Make bucket {bucket} again, or point trail {} at another one.", trail.name)
    } else {
        format!("Mend the policy of bucket {bucket}; CloudTrail tries again by itself.")
    }
}
