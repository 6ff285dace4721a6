//! log alarm fires on one event

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::logs_query::{aggregated, breaches, runs_with_one_row};
use secmon_core::route::{Context, Link};

use crate::Check;

#[cfg(test)]
mod tests;

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
    match breaches(alarm, value) {
        Some(true) => {}
        Some(false) => {
            let message = format!(
                "Log alarm {name} counts 1 for one read, and {by} {threshold} is not met by it."
            );
            return Ok(Outcome::fail(
                Finding::new(&alarm.alarm_arn, message)
                    .field("Threshold", format!("{by} {threshold}"), ">= 1")
                    .manual(manual),
            ));
        }
        None => {
            let reason = format!("its condition is {by} {threshold}");
            return Ok(Outcome::Unknown(unseen(reason)));
        }
    }
    let to_alarm = i64::from(alarm.query_results_to_alarm.unwrap_or(1));
    let schedule = &query.schedule_configuration;
    let expression = &schedule.schedule_expression;
    let Some((least, most)) = runs_with_one_row(schedule) else {
        return Ok(Outcome::Unknown(unseen(format!("its schedule is {expression}"))));
    };
    let end = schedule.end_time_offset.unwrap_or(0);
    let covered = schedule.start_time_offset.unwrap_or(0) - end;
    if to_alarm <= least {
        return Ok(Outcome::Pass);
    }
    if to_alarm <= most {
        let reason = format!(
            "it runs at {expression} over {covered} s and wants {to_alarm} results above the \
             threshold: some reads are in fewer runs"
        );
        return Ok(Outcome::Unknown(unseen(reason)));
    }
    let message = format!(
        "Log alarm {name} wants {to_alarm} results above the threshold. It runs at {expression} over \
         {covered} s, so one read is in {most} at most."
    );
    Ok(Outcome::fail(
        Finding::new(&alarm.alarm_arn, message)
            .field("QueryResultsToAlarm", to_alarm, least.max(1))
            .manual(manual),
    ))
}
