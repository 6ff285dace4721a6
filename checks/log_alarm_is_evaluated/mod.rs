//! log alarm is evaluated

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::route::{Context, Link};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "log-alarm-is-evaluated",
    stage: Stage::Alarm,
    title: "log alarm is evaluated",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Query],
    changed_by: &["PutLogAlarm", "DeleteRole", "DeleteRolePolicy"],
    page: include_str!("README.md"),
    failures: &["A16"],
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let alarm = context.log_alarm()?;
    let name = &alarm.alarm_name;
    let reason = alarm.state_reason.as_deref().unwrap_or("no reason is given");
    match alarm.evaluation_state.as_deref() {
        None | Some("PARTIAL_DATA") => Ok(Outcome::Pass),
        Some("EVALUATION_ERROR") => {
            let message = format!(
                "CloudWatch cannot evaluate log alarm {name}: something in its configuration is \
                 wrong. AWS says: \"{reason}\""
            );
            Ok(Outcome::fail(
                Finding::new(&alarm.alarm_arn, message)
                    .field("EvaluationState", "EVALUATION_ERROR", "absent")
                    .manual(format!(
                        "Mend what AWS names: the query of log alarm {name}, its log groups, or \
                         what its role may do."
                    )),
            ))
        }
        Some(state) => {
            let what = format!("whether CloudWatch evaluates log alarm {name}");
            let reason = format!("its EvaluationState is {state}: {reason}");
            Ok(Outcome::Unknown(Unseen::because(what, reason)))
        }
    }
}
