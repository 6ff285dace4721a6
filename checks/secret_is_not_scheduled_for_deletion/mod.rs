//! secret is not scheduled for deletion

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, look};
use secmon_core::plan::Intent;
use secmon_core::route::Context;

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "secret-is-not-scheduled-for-deletion",
    stage: Stage::Secret,
    title: "secret is not scheduled for deletion",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[],
    changed_by: &["DeleteSecret"],
    failures: &["S1"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let Some(secret) = context.secret() else {
        let reason = "no secret was named: a read of any secret counts";
        return Ok(Outcome::NotApplicable(reason.to_owned()));
    };
    let secret = look(secret, format!("secret {}", context.secret_label()))?;
    let Some(deleted) = secret.deleted_date else {
        return Ok(Outcome::Pass);
    };
    // DescribeSecret's page calls DeletedDate the day of deletion, ListSecrets' page the day of the
    // DeleteSecret call; the message repeats the field and takes no side.
    let date = deleted.strftime("%Y-%m-%d %H:%M UTC");
    let name = &secret.name;
    Ok(Outcome::fail(
        Finding::new(
            &secret.arn,
            format!(
                "Secret {name} is scheduled for deletion (DeletedDate {date}); AWS refuses every \
                 read of it and then deletes it for good."
            ),
        )
        .field("DeletedDate", date, "absent")
        .manual(format!(
            "Decide whether {name} is still needed: restoring it lets every caller with \
             permission read it again. If it is not, ask about another secret."
        ))
        .change(Intent::RestoreSecret { secret: secret.arn.clone() }),
    ))
}
