//! filter ignores other events

use secmon_core::baseline::Expect;
use secmon_core::finding::{Effect, Judged, Outcome, Severity, Stage};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::pattern_answers::{Answers, list, wrong_pattern};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "filter-ignores-other-events",
    stage: Stage::Filter,
    title: "filter ignores other events",
    severity: Severity::Low,
    effect: Effect::Degrades,
    needs: &[Link::Filter],
    changed_by: &["PutMetricFilter"],
    failures: &["L5"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let answers = Answers::about(context, Expect::MustNot)?;
    if answers.matched.is_empty() {
        return answers.complete().map(|()| Outcome::Pass);
    }
    let says = format!("also matches what is no read: {}", list(&answers.matched));
    wrong_pattern(context, answers.filter, &says)
}
