//! rule matches what it should

use secmon_core::baseline::Expect;
use secmon_core::finding::{Effect, Judged, Severity, Stage};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::pattern_answers::list;
use crate::rule_answers::judge;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "rule-matches-what-it-should",
    stage: Stage::Rule,
    title: "rule matches what it should",
    severity: Severity::Medium,
    effect: Effect::Degrades,
    needs: &[Link::Rule],
    changed_by: &["PutRule"],
    page: include_str!("README.md"),
    failures: &["A16"],
    run,
};

fn run(context: &Context<'_>) -> Judged {
    judge(context, Expect::Should, |_, missed| match missed {
        [] => None,
        missed => Some(format!("does not match {}", list(missed))),
    })
}
