//! filter matches its events

use secmon_core::baseline::Expect;
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::{FilterSetting, Intent};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::pattern_answers::{Answers, list};

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
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let answers = Answers::about(context, Expect::Must)?;
    if answers.missed.is_empty() {
        return answers.complete().map(|()| Outcome::Pass);
    }
    let (filter, id) = (answers.filter, context.filter_id()?);
    let extent = if answers.matched.is_empty() {
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
    let message = format!(
        "Filter {} {extent}. Its pattern is `{}`.",
        filter.filter_name, filter.filter_pattern
    );
    Ok(Outcome::fail(
        Finding::new(&filter.filter_name, message)
            .field("filterPattern", &filter.filter_pattern, &context.entry.pattern)
            .change(Intent::SetMetricFilter {
                target: id.target.clone(),
                log_group: id.log_group.clone(),
                filter: id.name.clone(),
                set: FilterSetting::Pattern(context.entry.pattern.clone()),
            }),
    ))
}
