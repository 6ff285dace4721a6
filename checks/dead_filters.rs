//! Filters for the entry in the secret's account, on groups that no trail delivers to.

use std::collections::BTreeSet;

use secmon_core::route::Context;
use secmon_core::snapshot::Arn;

use crate::pattern_answers::list;

/// "Filter secret-read is on log group old, which no trail delivers to": the filters for the entry
/// in the account and Region of the secret that see nothing of any trail seen there.
///
/// Control Tower's landing zone 3.0 replaced the trails of accounts by one of the organization and
/// left groups, filters and alarms behind
/// (<https://docs.aws.amazon.com/controltower/latest/userguide/2022-all.html>).
pub(crate) fn dead_filters(context: &Context<'_>) -> Option<String> {
    let (target, observations) = (context.asked_target(), context.asked_observations());
    let here = observations.trails.seen().into_iter().flat_map(|trails| trails.values());
    let elsewhere = observations.trails_elsewhere.seen().into_iter().flatten();
    let trails = here.chain(elsewhere.filter_map(|(_, trail)| trail.seen()));
    let groups = trails.filter_map(|trail| trail.cloud_watch_logs_log_group_arn.as_deref());
    let groups = groups.filter_map(|arn| arn.parse::<Arn>().ok());
    let fed: BTreeSet<String> = groups
        .filter(|arn| arn.target().as_ref() == Some(target))
        .map(|arn| arn.name().to_owned())
        .collect();
    let filters = context.filters_for_it(target);
    let dead = filters.iter().filter(|filter| !fed.contains(&filter.log_group_name));
    let (mut names, mut of) = (Vec::new(), BTreeSet::new());
    for filter in dead {
        names.push(filter.filter_name.as_str());
        of.insert(filter.log_group_name.as_str());
    }
    names.sort_unstable();
    let of: Vec<&str> = of.into_iter().collect();
    let group = if of.len() == 1 { "log group" } else { "log groups" };
    match names.as_slice() {
        [] => None,
        [one] => {
            Some(format!("Filter {one} is on {group} {}, which no trail delivers to", list(&of)))
        }
        _ => Some(format!(
            "Filters {} are on {group} {}, which no trail delivers to",
            list(&names),
            list(&of)
        )),
    }
}
