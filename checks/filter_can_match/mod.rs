//! filter can match

use secmon_core::engines::Engines;
use secmon_core::finding::{Effect, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::pattern::Pattern;
use secmon_core::pattern::meaning::{Extent, Unknown, extent_of_cloudtrail};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::MetricFilter;

use crate::Check;
use crate::pattern_answers::{list, wrong_pattern};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "filter-can-match",
    stage: Stage::Filter,
    title: "filter can match",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Filter],
    changed_by: &["PutMetricFilter"],
    failures: &["L4"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let filter = context.filter()?;
    let engines = Engines::of(context.snapshot, &filter.filter_pattern);
    // What matches once can match, whatever is thought of the pattern.
    let mut answers = engines.answers(context.messages);
    if answers.any(|(_, answer)| answer.believed() == Some(true)) {
        return Ok(Outcome::Pass);
    }
    let pattern = match engines.own() {
        Ok(pattern) => pattern,
        Err(error) => {
            let reason = format!("secmon cannot read it: {}", error.message.trim_end_matches('.'));
            return Ok(unknown(filter, reason));
        }
    };
    if !matches!(pattern.pattern(), Pattern::Json(_)) {
        let reason = "only patterns in braces are looked at for contradictions";
        return Ok(Outcome::NotApplicable(reason.to_owned()));
    }
    match extent_of_cloudtrail(pattern) {
        Extent::Never { why } => {
            let clauses: Vec<String> =
                why.iter().map(|span| format!("`{}`", span.of(pattern.text()))).collect();
            let says = match clauses.as_slice() {
                [] => "can never match an event: its clauses exclude one another".to_owned(),
                [one] => format!("can never match an event: {one} never holds"),
                several => {
                    format!("can never match an event: {} never hold together", list(several))
                }
            };
            wrong_pattern(context, filter, &says)
        }
        Extent::Every | Extent::Some { .. } => Ok(Outcome::Pass),
        // What AWS makes of the events is asked by the checks of what the filter matches.
        Extent::Unknown(Unknown::Doubt(_)) => {
            let reason = "whether it can match depends on what is not established about AWS";
            Ok(Outcome::NotApplicable(reason.to_owned()))
        }
        Extent::Unknown(reason) => {
            Ok(unknown(filter, reason.says().trim_end_matches('.').to_owned()))
        }
    }
}

/// Stops a check of what a filter matches where the filter can match nothing at all, which is told
/// already.
pub(crate) fn stop_if_never(context: &Context<'_>) -> Result<(), Stop> {
    let filter = context.filter()?;
    let engines = Engines::of(context.snapshot, &filter.filter_pattern);
    let mut answers = engines.answers(context.messages);
    if answers.any(|(_, answer)| answer.believed() == Some(true)) {
        return Ok(());
    }
    match engines.own().map(|pattern| (pattern.pattern(), extent_of_cloudtrail(pattern))) {
        Ok((Pattern::Json(_), Extent::Never { .. })) => {
            Err(Stop::Skipped(format!("filter {} can never match an event", filter.filter_name)))
        }
        _ => Ok(()),
    }
}

fn unknown(filter: &MetricFilter, reason: String) -> Outcome {
    let what = format!("whether the pattern of filter {} can match at all", filter.filter_name);
    Outcome::Unknown(
        Unseen::because(what, reason)
            .hint("A pattern that matches nothing shows no error anywhere."),
    )
}
