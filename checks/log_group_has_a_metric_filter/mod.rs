//! log group has a metric filter

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop};
use secmon_core::plan::{FilterSetting, Intent};
use secmon_core::route::{Context, Hop, Link, LogGroupId};

use crate::Check;
use crate::dead_filters::dead_filters;
use crate::topic_gets_no_log_file_notifications::mistaken_for_an_alert;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "log-group-has-a-metric-filter",
    stage: Stage::Filter,
    title: "log group has a metric filter",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::LogGroup, Link::Filter],
    changed_by: &["DeleteMetricFilter", "PutMetricFilter", "UpdateTrail"],
    failures: &["L3", "L12"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let group = context.log_group_id()?;
    match &context.chain.filter {
        Hop::Joined(_) => Ok(Outcome::Pass),
        Hop::Unseen(_) => context.filter_id().map(|_| Outcome::Pass),
        // A group that does not exist is another check's finding.
        Hop::Nothing => may_exist(context).map(|()| nothing_on(context, group)),
        Hop::Assumed(filter) => {
            may_exist(context)?;
            let metric = &context.transformation()?.metric_name;
            let message = format!(
                "Log group {} has no metric filter for reads; filter {} is on log group {}, which \
                 the trail does not deliver to.",
                group.name, filter.name, filter.log_group
            );
            let finding = Finding::new(&group.name, message).field(
                "logGroupName",
                &filter.log_group,
                &group.name,
            );
            Ok(Outcome::fail(make(finding, context, group, &filter.name, metric)))
        }
    }
}

/// That the group is not known to be missing: whoever may not see it may still see its filters.
fn may_exist(context: &Context<'_>) -> Result<(), Stop> {
    match context.log_group() {
        Err(stop @ Stop::Skipped(_)) => Err(stop),
        Ok(_) | Err(Stop::Unseen(_)) => Ok(()),
    }
}

fn nothing_on(context: &Context<'_>, group: &LogGroupId) -> Outcome {
    let filters = context.snapshot.at(&group.target).metric_filters.seen();
    let others = filters.and_then(|filters| filters.get(&group.name)).map_or(0, |on| on.len());
    let name = match group.target.account == context.asked_target().account {
        true => format!("Log group {}", group.name),
        false => format!("Log group {} of account {}", group.name, group.target.account),
    };
    let mut message = match others {
        0 => format!("{name} has no metric filter."),
        1 => format!("{name} has no metric filter for reads, only one for others."),
        _ => format!("{name} has no metric filter for reads; its {others} filters are for others."),
    };
    if group.target.account != context.asked_target().account
        && let Some(dead) = dead_filters(context)
    {
        message += &format!(" {dead}.");
    }
    message += &mistaken_for_an_alert(context).unwrap_or_default();
    let finding = Finding::new(&group.name, message);
    Outcome::fail(make(finding, context, group, &context.entry.id, "SecretIsAccessed"))
}

/// Adds what makes the filter on the group.
fn make(
    finding: Finding,
    context: &Context<'_>,
    group: &LogGroupId,
    filter: &str,
    metric: &str,
) -> Finding {
    let set = |set| Intent::SetMetricFilter {
        target: group.target.clone(),
        log_group: group.name.clone(),
        filter: filter.to_owned(),
        set,
    };
    let metric = metric.to_owned();
    let finding = match full(context, group, filter) {
        true => finding.manual(format!(
            "Log group {} has {FILTERS} metric filters, which is all that AWS allows: delete one \
             first.",
            group.name
        )),
        false => finding,
    };
    finding
        .change(set(FilterSetting::Pattern(context.entry.pattern.clone())))
        .change(set(FilterSetting::MetricValue { metric: metric.clone(), value: "1".to_owned() }))
        .change(set(FilterSetting::DefaultValue { metric, value: Some(0.0) }))
}

/// How many metric filters a log group can have; the quota cannot be raised
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>).
const FILTERS: usize = 100;

/// Whether there is no room for one more filter.
fn full(context: &Context<'_>, group: &LogGroupId, filter: &str) -> bool {
    let filters = context.snapshot.at(&group.target).metric_filters.seen();
    let on_group = filters.and_then(|filters| filters.get(&group.name));
    on_group.is_some_and(|on_group| on_group.len() >= FILTERS && !on_group.contains_key(filter))
}
