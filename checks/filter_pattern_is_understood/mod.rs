//! filter pattern is understood

use secmon_core::baseline::Message;
use secmon_core::engines::{Answer, Engines};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::pattern::{FilterPattern, PatternError};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{MetricFilter, Observed};

use crate::Check;
use crate::pattern_answers::list;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "filter-pattern-is-understood",
    stage: Stage::Filter,
    title: "filter pattern is understood",
    severity: Severity::Low,
    effect: Effect::Degrades,
    needs: &[Link::Filter],
    // What differs is how two programs read the pattern; nobody changed anything.
    changed_by: &[],
    failures: &["L4"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let filter = context.filter()?;
    let engines = Engines::of(context.snapshot, &filter.filter_pattern);
    let answers: Vec<(&Message, Answer)> = engines.answers(context.messages).collect();
    let refused = answers.iter().find(|(_, answer)| answer.refused_by_aws());
    match (engines.own(), refused) {
        (Err(error), None) => return Ok(Outcome::fail(refused_here(filter, error))),
        // They agree; the filter is older than AWS's rule.
        (Err(_), Some(_)) => {
            return Ok(Outcome::NotApplicable("AWS does not take the pattern either".to_owned()));
        }
        (Ok(_), Some((_, answer))) if is_plain(filter) => {
            return Ok(Outcome::fail(refused_there(filter, answer)));
        }
        (Ok(_), _) => {}
    }
    let differing: Vec<&(&Message, Answer)> =
        answers.iter().filter(|(_, answer)| answer.differs()).collect();
    if !differing.is_empty() {
        return Ok(Outcome::fail(read_differently(filter, &differing)));
    }
    if answers.iter().all(|(_, answer)| answer.aws.seen().is_none()) {
        let reason = "AWS gave no answer to compare secmon's reading of the pattern with";
        return Ok(Outcome::NotApplicable(reason.to_owned()));
    }
    Ok(Outcome::Pass)
}

/// Whether secmon has no doubt that AWS takes the pattern.
fn is_plain(filter: &MetricFilter) -> bool {
    FilterPattern::parse(&filter.filter_pattern).is_ok_and(|pattern| pattern.doubts().is_empty())
}

const REPORT: &str = "Please report the pattern and the event: whatever AWS does, secmon is to say. \
                      They may hold names of your account; `--redact` replaces them.";

fn refused_here(filter: &MetricFilter, error: &PatternError) -> Finding {
    let message = format!(
        "AWS holds filter {}, and secmon cannot read its pattern: {}",
        filter.filter_name, error.message
    );
    Finding::new(&filter.filter_name, message)
        .quote("pattern", &filter.filter_pattern)
        .manual("Please report the pattern: whatever AWS takes, secmon is to read.")
}

fn refused_there(filter: &MetricFilter, answer: &Answer) -> Finding {
    let reason = match &answer.aws {
        Observed::Failed { reason } => reason.trim_end_matches('.'),
        _ => "it gave no reason",
    };
    let message = format!(
        "AWS holds filter {} and refuses its pattern when asked what it matches, and secmon sees \
         nothing wrong with it: {reason}.",
        filter.filter_name
    );
    Finding::new(&filter.filter_name, message)
        .quote("pattern", &filter.filter_pattern)
        .manual("Please report the pattern: whatever AWS refuses, secmon is to refuse.")
}

fn read_differently(filter: &MetricFilter, differing: &[&(&Message, Answer)]) -> Finding {
    let said = |matches: bool| -> Vec<&Message> {
        let by_aws = differing.iter().filter(|(_, answer)| answer.aws == Observed::Seen(matches));
        by_aws.map(|(message, _)| *message).collect()
    };
    let (matched, missed) = (said(true), said(false));
    let names = |messages: &[&Message]| {
        list(&messages.iter().map(|message| message.says.as_str()).collect::<Vec<_>>())
    };
    let mut message =
        format!("AWS and secmon read the pattern of filter {} differently.", filter.filter_name);
    if !matched.is_empty() {
        message +=
            &format!(" AWS says that it matches {}; secmon, that it does not.", names(&matched));
    }
    if !missed.is_empty() {
        message +=
            &format!(" AWS says that it does not match {}; secmon, that it does.", names(&missed));
    }
    message += " AWS is believed.";
    let mut finding =
        Finding::new(&filter.filter_name, message).quote("pattern", &filter.filter_pattern);
    // One event each way shows the fault.
    for event in matched.first().into_iter().chain(missed.first()) {
        finding = finding.quote("event", &event.text);
    }
    finding.manual(REPORT)
}
