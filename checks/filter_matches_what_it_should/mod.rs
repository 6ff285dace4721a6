//! filter matches what it should

use secmon_core::baseline::Expect;
use secmon_core::finding::{Effect, Judged, Outcome, Severity, Stage};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::pattern_answers::{Answers, list, wrong_pattern};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "filter-matches-what-it-should",
    stage: Stage::Filter,
    title: "filter matches what it should",
    severity: Severity::Medium,
    effect: Effect::Degrades,
    needs: &[Link::Filter],
    changed_by: &["PutMetricFilter"],
    failures: &["S4"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let answers = Answers::about(context, Expect::Should)?;
    if answers.missed.is_empty() {
        return answers.complete().map(|()| Outcome::Pass);
    }
    let says = format!("does not match {}", list(&answers.missed));
    wrong_pattern(context, answers.filter, &says)
}
