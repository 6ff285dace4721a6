//! log alarm queries the log group

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::route::{Context, Link, looks_into};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "log-alarm-queries-the-log-group",
    stage: Stage::Alarm,
    title: "log alarm queries the log group",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::LogGroup, Link::Query],
    changed_by: &["PutLogAlarm", "UpdateTrail"],
    page: include_str!("README.md"),
    failures: &["A16"],
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let (group, alarm) = (context.log_group_id()?, context.log_alarm()?);
    let name = &alarm.alarm_name;
    let query = alarm.scheduled_query_configuration.as_ref();
    match query.and_then(|query| looks_into(query, &group.target, &group.name)) {
        Some(true) => Ok(Outcome::Pass),
        Some(false) => {
            let named = query.map(|query| query.log_group_identifiers.join(", "));
            let named = named.unwrap_or_default();
            let message = format!(
                "Log alarm {name} looks into {named}, and the trail delivers to {}.",
                group.name
            );
            Ok(Outcome::fail(
                Finding::new(&alarm.alarm_arn, message)
                    .field("LogGroupIdentifiers", named, &group.name)
                    .manual(format!(
                        "Let the query of log alarm {name} look into log group {}, and keep the \
                         rest of it as it is.",
                        group.name
                    )),
            ))
        }
        None => {
            let what = format!("which log groups log alarm {name} looks into");
            Ok(Outcome::Unknown(Unseen::because(what, "DescribeAlarms does not name them")))
        }
    }
}
