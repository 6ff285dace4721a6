//! log alarm fires on one event

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::logs_query::{
    Found, aggregated, breaches, groups_rows, is_in_enough_runs, runs_with_one_row,
};
use secmon_core::route::{Context, Link};

use crate::Check;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) static CHECK: Check = Check {
    id: "log-alarm-fires-on-one-event",
    stage: Stage::Alarm,
    title: "log alarm fires on one event",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Query],
    changed_by: &["PutLogAlarm"],
    page: include_str!("README.md"),
    failures: &["A16"],
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let alarm = context.log_alarm()?;
    let name = &alarm.alarm_name;
    let unseen = |reason: String| {
        Unseen::because(format!("whether one read takes log alarm {name} to ALARM"), reason)
    };
    let Some(query) = &alarm.scheduled_query_configuration else {
        return Err(Stop::Unseen(unseen("its query was not read".to_owned())));
    };
    let expression = &query.aggregation_expression;
    let Some(value) = aggregated(expression, 1.0) else {
        let reason = format!("it looks at `{expression}`, which is no count of rows");
        return Ok(Outcome::Unknown(unseen(reason)));
    };
    let manual = format!(
        "Put log alarm {name} again with one result to evaluate and to alarm, and a threshold that \
         a count of 1 reaches."
    );
    let by = alarm.comparison_operator.as_deref().unwrap_or("nothing");
    let threshold = alarm.threshold.map_or_else(|| "nothing".to_owned(), |it| it.to_string());
    match (breaches(alarm, value), breaches(alarm, 0.0)) {
        (Some(true), Some(false)) => {}
        (Some(false), _) => {
            let message = format!(
                "Log alarm {name} counts 1 for one read, and {by} {threshold} is not met by it."
            );
            return Ok(Outcome::fail(
                Finding::new(&alarm.alarm_arn, message)
                    .field("Threshold", format!("{by} {threshold}"), ">= 1")
                    .manual(manual),
            ));
        }
        (Some(true), Some(true)) if groups_rows(expression) => {
            let reason = format!(
                "{by} {threshold} is met by 0 as well, and what a run without rows makes of \
                 `{expression}` is not documented"
            );
            return Ok(Outcome::Unknown(unseen(reason)));
        }
        (Some(true), Some(true)) => {
            let message = format!(
                "Log alarm {name} counts 0 without a read and 1 for one, and {by} {threshold} is met \
                 by both: no read takes it to ALARM anew."
            );
            return Ok(Outcome::fail(
                Finding::new(&alarm.alarm_arn, message)
                    .field("Threshold", format!("{by} {threshold}"), ">= 1")
                    .manual(manual),
            ));
        }
        _ => {
            let reason = format!("its condition is {by} {threshold}");
            return Ok(Outcome::Unknown(unseen(reason)));
        }
    }
    if let Some(treated @ ("breaching" | "ignore")) = alarm.treat_missing_data.as_deref() {
        let reason = format!(
            "TreatMissingData is {treated}, and whether a run without rows is missing data is not \
             documented: the alarm may never leave ALARM"
        );
        return Ok(Outcome::Unknown(unseen(reason)));
    }
    let schedule = &query.schedule_configuration;
    match is_in_enough_runs(alarm, schedule) {
        Found::Yes => Ok(Outcome::Pass),
        Found::Unknown(reason) => Ok(Outcome::Unknown(unseen(reason))),
        Found::No => {
            let to_alarm = alarm.query_results_to_alarm.unwrap_or(1);
            let end = schedule.end_time_offset.unwrap_or(0);
            let covered = schedule.start_time_offset.unwrap_or(0) - end;
            let most = runs_with_one_row(schedule).map_or(0, |(_, most)| most);
            let message = format!(
                "Log alarm {name} wants {to_alarm} results above the threshold. It runs at {} over \
                 {covered} s, so one read is in {most} at most.",
                schedule.schedule_expression
            );
            Ok(Outcome::fail(
                Finding::new(&alarm.alarm_arn, message)
                    .field("QueryResultsToAlarm", to_alarm, 1)
                    .manual(manual),
            ))
        }
    }
}
