//! filter ignores other events

use secmon_core::baseline::Expect;
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::{FilterSetting, Intent};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::pattern_answers::{Answers, list};

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
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let answers = Answers::about(context, Expect::MustNot)?;
    if answers.matched.is_empty() {
        return answers.complete().map(|()| Outcome::Pass);
    }
    let (filter, id) = (answers.filter, context.filter_id()?);
    let message = format!(
        "Filter {} also matches what is no read: {}. Its pattern is `{}`.",
        filter.filter_name,
        list(&answers.matched),
        filter.filter_pattern
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
