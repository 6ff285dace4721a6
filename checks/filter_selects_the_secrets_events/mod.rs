//! filter selects the secret's events

use secmon_core::field_selection::hold;
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::plan::FilterSetting;
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::pattern_answers::set_filter;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "filter-selects-the-secrets-events",
    stage: Stage::Filter,
    title: "filter selects the secret's events",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Filter],
    changed_by: &["PutMetricFilter"],
    failures: &["L10"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let (filter, id) = (context.filter()?, context.filter_id()?);
    let criteria = filter.field_selection_criteria.as_deref().filter(|text| !text.is_empty());
    let Some(criteria) = criteria else { return Ok(Outcome::Pass) };
    let name = &filter.filter_name;
    // CloudTrail writes to the group itself, so the account and the Region are the group's
    // (captured 2026-09-14: `@source.log` is the name of the group).
    let is = |field: &str, value: &str| match field {
        "@aws.account" => Some(id.target.account.as_str() == value),
        "@aws.region" => Some(id.target.region.as_str() == value),
        "@source.log" => Some(id.log_group == value),
        _ => None,
    };
    match hold(criteria, &is) {
        Some(true) => Ok(Outcome::Pass),
        Some(false) => {
            let message = format!(
                "Filter {name} takes only events with {criteria}. Those of log group {} come from \
                 account {} and Region {}, so it sees none.",
                id.log_group, id.target.account, id.target.region
            );
            Ok(Outcome::fail(
                Finding::new(name, message)
                    .field("fieldSelectionCriteria", criteria, "none")
                    .change(set_filter(context, FilterSetting::NoFieldSelection)?),
            ))
        }
        None => {
            let what = format!("which events filter {name} takes");
            let reason = format!(
                "its fieldSelectionCriteria {criteria} is not of the forms that AWS documents"
            );
            Ok(Outcome::Unknown(Unseen::because(what, reason).hint(
                "If it drops the events of this account and Region, the pattern sees no read. \
                 Without fieldSelectionCriteria nothing is dropped.",
            )))
        }
    }
}
