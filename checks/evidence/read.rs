//! The newest read of the secret: in the log group, and in the metric.

use secmon_core::baseline::message_of;
use secmon_core::engines::Engines;
use secmon_core::evidence::{USUAL_MINUTES, can_hold, fed_by, newest_read, sample_minute};
use secmon_core::finding::{Stop, look};
use secmon_core::pattern::{Sample, sample};
use secmon_core::route::{Context, LogGroupId};
use secmon_core::snapshot::{
    Arn, Datapoint, Event, FilteredLogEvent, MetricFilter, Observed, Snapshot, Timestamp, Trail,
};

use super::minute;

/// How far the newest read got on its way to a trail's log group.
pub(crate) enum Arrival<'a> {
    /// It is there.
    Arrived {
        /// The read.
        read: &'a Event,
    },
    /// It should be there and is not.
    Absent {
        /// The read.
        read: &'a Event,
    },
    /// There is nothing to look at, and why.
    Nothing(String),
}

/// Minutes after which a read is in the group or does not come.
const ABSENT_AFTER: i64 = 30;
/// Minutes after `StartLogging` in which a trail may miss events: one after a second was lost, one
/// after two minutes was not (captured in September 2026).
const STARTING: i64 = 5;

/// Looks for the newest read in the group that a trail names.
pub(crate) fn arrival<'a>(context: &Context<'a>, trail: &Trail) -> Result<Arrival<'a>, Stop> {
    let snapshot = context.snapshot;
    let Some(group) = group_of(trail) else {
        return Err(Stop::Skipped(format!("trail {} names no log group", trail.name)));
    };
    let Some(read) = newest_read(snapshot, context.entry, &context.chain.asked) else {
        let reason = "Event history shows no read of the last 14 days that is 15 minutes old";
        return Ok(Arrival::Nothing(reason.to_owned()));
    };
    let at = snapshot.at(&group.target);
    if let Some(groups) = at.log_groups.seen() {
        let Some(found) = groups.get(&group.name) else {
            return Err(Stop::Skipped(format!("log group {} does not exist", group.name)));
        };
        if !can_hold(snapshot, found, read) {
            let when = minute(read.event_time);
            return Ok(Arrival::Nothing(format!(
                "log group {} cannot be searched for the newest read, of {when}: its class, its age \
                 or its retention forbids it",
                group.name
            )));
        }
    }
    match found_in(snapshot, &group, read)?.first() {
        Some(_) => return Ok(Arrival::Arrived { read }),
        None if snapshot.minutes_since(read.event_time) < ABSENT_AFTER => {
            let reason = "the newest read may still be on its way";
            return Ok(Arrival::Nothing(reason.to_owned()));
        }
        None => {}
    }
    let started = trail.status.seen().and_then(|status| status.start_logging_time);
    let missed =
        |started: Timestamp| read.event_time.duration_since(started).as_secs() < STARTING * 60;
    if started.is_some_and(missed) {
        let reason = format!("trail {} was started after the newest read", trail.name);
        return Ok(Arrival::Nothing(reason));
    }
    Ok(Arrival::Absent { read })
}

/// The log group that a trail names.
pub(super) fn group_of(trail: &Trail) -> Option<LogGroupId> {
    let arn: Arn = trail.cloud_watch_logs_log_group_arn.as_ref()?.parse().ok()?;
    Some(LogGroupId { target: arn.target()?, name: arn.name().to_owned() })
}

fn found_in<'a>(
    snapshot: &'a Snapshot,
    group: &LogGroupId,
    read: &Event,
) -> Result<&'a [FilteredLogEvent], Stop> {
    static NOT_ASKED: Observed<Vec<FilteredLogEvent>> = Observed::NotAsked;
    let found = snapshot.at(&group.target).filtered_log_events.get(&group.name);
    let found = found.and_then(|all| all.get(&read.event_id)).unwrap_or(&NOT_ASKED);
    Ok(look(found, format!("whether the newest read is in log group {}", group.name))?)
}

/// What became of the newest read in the metric that a filter feeds.
pub(crate) enum Count<'a> {
    /// It was counted.
    Counted {
        /// The read.
        read: &'a Event,
        /// When its log event came.
        at: Timestamp,
    },
    /// The filter's pattern matches it, and it was not counted.
    NotCounted {
        /// The read.
        read: &'a Event,
        /// When its log event came.
        at: Timestamp,
    },
    /// There is nothing to look at, and why.
    Nothing(String),
}

/// Looks for the newest read in the metric that a filter feeds.
pub(crate) fn count<'a>(
    context: &Context<'a>,
    filter: &'a MetricFilter,
) -> Result<Count<'a>, Stop> {
    let nothing = |reason: &str| Ok(Count::Nothing(reason.to_owned()));
    let (snapshot, name) = (context.snapshot, &filter.filter_name);
    let Some(read) = newest_read(snapshot, context.entry, &context.chain.asked) else {
        return nothing("Event history shows no read of the last 14 days that is 15 minutes old");
    };
    let target = &context.filter_id()?.target;
    let group = LogGroupId { target: target.clone(), name: filter.log_group_name.clone() };
    let Some(found) = found_in(snapshot, &group, read)?.first() else {
        return nothing("the newest read is not in the log group");
    };
    let Some(at) = found.time() else {
        return nothing("the log event of the newest read has no time");
    };
    if filter.creation_time.is_some_and(|made| made > found.timestamp) {
        return Ok(Count::Nothing(format!("filter {name} was made after the newest read")));
    }
    let fed = fed_by(filter, target, read);
    let value =
        filter.metric_transformations.first().map(|metric| sample(&metric.metric_value, ""));
    let (Some((metric, _)), Some(Sample::Number(value))) = (fed, value) else {
        return Ok(Count::Nothing(format!("what filter {name} counts of it depends on the event")));
    };
    if value <= 0.0 || metric.default_value.is_some_and(|default| default != 0.0) {
        return Ok(Count::Nothing(format!(
            "what filter {name} adds for a read cannot be told from what it adds for other events"
        )));
    }
    if feeders(context, filter) > 1 {
        return Ok(Count::Nothing(format!("other filters feed metric {} too", metric.metric_name)));
    }
    static NOT_ASKED: Observed<Vec<Datapoint>> = Observed::NotAsked;
    let points = snapshot.at(target).filter_datapoints.get(&group.name);
    let points = points.and_then(|filters| filters.get(name)).unwrap_or(&NOT_ASKED);
    let points = look(points, format!("the datapoints of metric {}", metric.metric_name))?;
    let own = sample_minute(at);
    let sums = |own_only: bool| -> f64 {
        let some = points.iter().filter(|point| !own_only || point.timestamp == own);
        some.filter_map(|point| point.sum).sum()
    };
    if sums(true) >= value {
        return Ok(Count::Counted { read, at });
    }
    if sums(false) > 0.0 {
        return nothing("another minute has a sample, which may be its own");
    }
    let matches = message_of(read, &context.chain.asked).and_then(|message| {
        let engines = Engines::of(snapshot, &filter.filter_pattern);
        engines.answers([&message]).next().and_then(|(_, answer)| answer.believed())
    });
    if matches != Some(true) {
        return Ok(Count::Nothing(format!("whether filter {name} matches it is not certain")));
    }
    if filter.apply_on_transformed_logs || filter.field_selection_criteria.is_some() {
        return Ok(Count::Nothing(format!("filter {name} may not see it as it came")));
    }
    if snapshot.minutes_since(at) < USUAL_MINUTES {
        return nothing("its sample may still be on its way");
    }
    Ok(Count::NotCounted { read, at })
}

/// How many filters of the place feed the metric of a filter.
fn feeders(context: &Context<'_>, filter: &MetricFilter) -> usize {
    let metric = |filter: &MetricFilter| {
        let metric = filter.metric_transformations.first()?;
        Some((metric.metric_namespace.clone(), metric.metric_name.clone()))
    };
    let target = context.filter_id().ok().map(|id| &id.target);
    let groups = target.and_then(|target| context.snapshot.at(target).metric_filters.seen());
    let all = groups.into_iter().flat_map(|groups| groups.values()).flat_map(|all| all.values());
    all.filter(|other| metric(other) == metric(filter)).count()
}
