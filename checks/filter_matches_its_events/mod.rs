//! filter matches its events

use secmon_core::baseline::Expect;
use secmon_core::finding::{Effect, Judged, Outcome, Severity, Stage};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::filter_can_match::stop_if_never;
use crate::pattern_answers::{Answers, list, wrong_pattern};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "filter-matches-its-events",
    stage: Stage::Filter,
    title: "filter matches its events",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Filter],
    changed_by: &["PutMetricFilter"],
    failures: &["S3", "L4", "L13"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let answers = Answers::about(context, Expect::Must)?;
    if answers.missed.is_empty() {
        return answers.complete().map(|()| Outcome::Pass);
    }
    stop_if_never(context)?;
    let says = if answers.matched.is_empty() {
        format!("matches none of {} reads tried", answers.tried())
    } else {
        format!(
            "misses {} of {} reads tried: {}; it matches {}",
            answers.missed.len(),
            answers.tried(),
            list(&answers.missed),
            list(&answers.matched)
        )
    };
    wrong_pattern(context, answers.filter, &says)
}
