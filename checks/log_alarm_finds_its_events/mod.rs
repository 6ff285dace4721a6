//! log alarm finds its events

use secmon_core::baseline::Expect;
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::logs_query::{Found, LogsQuery};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::pattern_answers::list;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "log-alarm-finds-its-events",
    stage: Stage::Alarm,
    title: "log alarm finds its events",
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
        Unseen::because(format!("what the query of log alarm {name} finds"), reason)
            .hint("A query that misses reads shows no error anywhere.")
    };
    let Some(query) = &alarm.scheduled_query_configuration else {
        return Err(Stop::Unseen(unseen("it was not read".to_owned())));
    };
    let text = &query.query_string;
    let query = match LogsQuery::parse(text) {
        Ok(query) => query,
        Err(error) => return Ok(Outcome::Unknown(unseen(error.to_string()))),
    };
    let (mut found, mut missed, mut unclear) = (Vec::new(), Vec::new(), None);
    for message in context.messages.iter().filter(|message| message.expect == Expect::Must) {
        match query.finds(&message.text) {
            Found::Yes => found.push(&message.says),
            Found::No => missed.push(&message.says),
            Found::Unknown(why) => unclear = unclear.or(Some(why)),
        }
    }
    if missed.is_empty() {
        return Ok(unclear.map_or(Outcome::Pass, |why| Outcome::Unknown(unseen(why))));
    }
    let says = match found.as_slice() {
        [] => format!("finds none of {} reads tried", missed.len()),
        found => format!(
            "misses {} of {} reads tried: {}; it finds {}",
            missed.len(),
            found.len() + missed.len(),
            list(&missed),
            list(found)
        ),
    };
    let message = format!("The query of log alarm {name} {says}. It is `{text}`.");
    let wanted = "filter eventName in [\"GetSecretValue\", \"BatchGetSecretValue\"]";
    Ok(Outcome::fail(
        Finding::new(&alarm.alarm_arn, message).field("QueryString", text, wanted).manual(format!(
            "Give log alarm {name} a query that finds every read, and keep the rest of it as it is: \
             {wanted}"
        )),
    ))
}
