//! rule matches its events

use secmon_core::baseline::Expect;
use secmon_core::finding::{Effect, Judged, Severity, Stage};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::pattern_answers::list;
use crate::rule_answers::judge;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) static CHECK: Check = Check {
    id: "rule-matches-its-events",
    stage: Stage::Rule,
    title: "rule matches its events",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Rule],
    changed_by: &["PutRule"],
    page: include_str!("README.md"),
    failures: &["A16"],
    run,
};

fn run(context: &Context<'_>) -> Judged {
    judge(context, Expect::Must, |matched, missed| match (matched, missed) {
        (_, []) => None,
        ([], missed) => Some(format!("matches none of {} reads tried", missed.len())),
        (matched, missed) => Some(format!(
            "misses {} of {} reads tried: {}; it matches {}",
            missed.len(),
            matched.len() + missed.len(),
            list(missed),
            list(matched)
        )),
    })
}
