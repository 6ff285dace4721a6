//! filter matches what it should

use secmon_core::baseline::Expect;
use secmon_core::finding::{Effect, Judged, Outcome, Severity, Stage, Stop};
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
    let reads = Answers::about(context, Expect::Must)?;
    if reads.matched.is_empty() && !reads.missed.is_empty() {
        let name = &answers.filter.filter_name;
        return Err(Stop::Skipped(format!("filter {name} matches no read at all")));
    }
    let says = format!("does not match {}", list(&answers.missed));
    wrong_pattern(context, answers.filter, &says)
}
