//! rule ignores other events

use secmon_core::baseline::Expect;
use secmon_core::finding::{Effect, Judged, Severity, Stage};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::pattern_answers::list;
use crate::rule_answers::judge;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "rule-ignores-other-events",
    stage: Stage::Rule,
    title: "rule ignores other events",
    severity: Severity::Low,
    effect: Effect::Degrades,
    needs: &[Link::Rule],
    changed_by: &["PutRule"],
    page: include_str!("README.md"),
    failures: &["A16"],
    run,
};

fn run(context: &Context<'_>) -> Judged {
    judge(context, Expect::MustNot, |matched, _| match matched {
        [] => None,
        matched => Some(format!("also matches what is no read: {}", list(matched))),
    })
}
