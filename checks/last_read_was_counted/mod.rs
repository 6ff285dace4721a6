//! last read was counted

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::route::{Context, Link};

use crate::evidence::{Changes, Count, Settings, changes, count, in_words, minute, settings};
use crate::{Check, filter_can_match};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "last-read-was-counted",
    stage: Stage::Proof,
    title: "last read was counted",
    severity: Severity::High,
    effect: Effect::Disproves,
    needs: &[Link::Filter],
    failures: &["L4", "L9"],
    changed_by: &["PutMetricFilter"],
    page: include_str!("README.md"),
    run,
};

const HINT: &str = "CloudWatch Logs may disable a filter whose dimensions had 1,000 values in an \
                    hour, and nothing else shows it. To put the filter again without dimensions \
                    makes it count.";

fn run(context: &Context<'_>) -> Judged {
    let filter = context.filter()?;
    let (read, at) = match count(context, filter)? {
        Count::Counted { .. } => return Ok(Outcome::Pass),
        Count::Nothing(reason) => return Ok(Outcome::NotApplicable(reason)),
        Count::NotCounted { read, at } => (read, at),
    };
    let (name, group) = (&filter.filter_name, &filter.log_group_name);
    let metric = filter.metric_transformations.first();
    let metric = metric.map_or("", |metric| metric.metric_name.as_str());
    let says = format!(
        "{} came to log group {group} at {}, filter {name} matches it, and metric {metric} has no \
         datapoint of it",
        in_words(read),
        minute(at)
    );
    if settings(context, &[&filter_can_match::CHECK]) == Settings::Wrong {
        let finding = Finding::new(name, format!("{}{}.", says[..1].to_uppercase(), &says[1..]));
        return Ok(Outcome::fail(finding.between(Stage::Delivery, Stage::Filter)));
    }
    let resources = [name.clone()];
    let names = CHECK.changed_by;
    let reason =
        match changes(context.snapshot, context.chain, Stage::Filter, names, &resources, at) {
            Changes::Made(change) => {
                return Ok(Outcome::NotApplicable(format!(
                    "{} called {} on {}, after the newest read: nothing shows yet what that did",
                    change.by,
                    change.event_name,
                    minute(change.time)
                )));
            }
            Changes::NotAsked(_) | Changes::NotTold => {
                format!("{says}; whether the filter was changed since is not told")
            }
            Changes::None => says,
        };
    let what = format!("whether filter {name} still counts reads");
    Ok(Outcome::Unknown(Unseen::because(what, reason).hint(HINT)))
}
