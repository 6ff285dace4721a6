//! secret exists

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, look};
use secmon_core::route::Context;
use secmon_core::snapshot::{Arn, Observed};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "secret-exists",
    stage: Stage::Secret,
    title: "secret exists",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[],
    changed_by: &["DeleteSecret", "RemoveRegionsFromReplication"],
    failures: &["S1"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let (Some(secret), Some(id)) = (context.secret(), &context.chain.asked.secret) else {
        let reason = "no secret was named: a read of any secret counts";
        return Ok(Outcome::NotApplicable(reason.to_owned()));
    };
    if *secret == Observed::Absent {
        return Ok(Outcome::fail(missing(context, id)));
    }
    let what = format!("secret {}", context.secret_label());
    look(secret, what).map_err(|stop| {
        stop.hint("If there is no such secret, a chain that watches only it watches nothing.")
    })?;
    Ok(Outcome::Pass)
}

fn missing(context: &Context<'_>, id: &str) -> Finding {
    let label = context.secret_label();
    let target = context.asked_target();
    let (region, account) = (&target.region, &target.account);
    let finding = Finding::new(
        id,
        format!("Secret {label} does not exist in Region {region} of account {account}."),
    );
    // Secrets Manager answers for its own Region only, whatever Region the ARN names.
    let named = id.parse::<Arn>().ok().and_then(|arn| arn.target());
    match named.filter(|named| named != target) {
        Some(named) => finding.field("ARN", &named, target).manual(format!(
            "The ARN names Region {} of account {}: ask there, with --region {} and \
                 credentials of that account.",
            named.region, named.account, named.region
        )),
        None => finding.manual(format!(
            "Name the secret as `aws secretsmanager list-secrets --region {region}` does, or give \
             with --region the Region it lives in."
        )),
    }
}
