//! What happened, against what the settings say.
//!
//! Evidence clears only the links it travelled: it lifts an *unknown* there and never overturns a
//! failure. It counts as long as nobody changed those links after it, by Event history, which lags by
//! some minutes. [`lift`] does that for every check; the checks of stage *proof* say what happened.

use std::collections::BTreeSet;

use secmon_core::action_history::{ActionState, actions};
use secmon_core::baseline::message_of;
use secmon_core::engines::Engines;
use secmon_core::evidence::{USUAL_MINUTES, can_hold, fed_by, newest_read, reader, sample_minute};
use secmon_core::finding::{Judged, Outcome, Stage, Stop, look};
use secmon_core::pattern::{Sample, sample};
use secmon_core::report::{Since, since};
use secmon_core::route::{Chain, Context, LogGroupId, Read, What};
use secmon_core::snapshot::{
    Arn, Datapoint, Event, FilteredLogEvent, MetricFilter, Observed, Snapshot, Timestamp, Trail,
};

use crate::history::lookup;
use crate::{Check, Judgement};

#[cfg(test)]
mod tests;

/// A stretch of the chain that something travelled.
#[derive(Clone, Copy)]
enum Stretch {
    /// A read came from the trail to the log group.
    TrailToGroup,
    /// A log event was counted by the filter.
    GroupToMetric,
    /// An alarm's action reached the topic.
    AlarmToTopic,
}

/// Which doubts are lifted by what travelled which stretch, and which calls, beside those that the
/// check names, may have broken the claim since.
static LIFTED: &[(&str, Stretch, &[&str])] = &[
    ("trail-covers-the-region", Stretch::TrailToGroup, &["CreateTrail"]),
    ("delivery-role-admits-cloudtrail", Stretch::TrailToGroup, &["UpdateTrail"]),
    ("delivery-role-may-write", Stretch::TrailToGroup, &["UpdateTrail"]),
    ("filter-can-match", Stretch::GroupToMetric, &[]),
    ("filter-counts-one-per-event", Stretch::GroupToMetric, &[]),
    ("topic-is-in-the-alarms-region", Stretch::AlarmToTopic, &[]),
    ("topic-admits-its-publisher", Stretch::AlarmToTopic, &["CreateTopic"]),
    ("topic-key-admits-its-publisher", Stretch::AlarmToTopic, &["CreateTopic", "UpdateAlias"]),
];

/// The judgement of a check, lifted by what happened where it is a doubt.
pub(crate) fn lift(check: &Check, context: &Context<'_>, judged: Judged) -> Judgement {
    let lifted = LIFTED.iter().find(|(id, ..)| *id == check.id);
    let doubt = matches!(judged, Ok(Outcome::Unknown(_)) | Err(Stop::Unseen(_)));
    let known = Judgement { judged, proven: None, lookups: BTreeSet::new() };
    let Some((_, stretch, more)) = lifted.filter(|_| doubt) else { return known };
    let Some(travelled) = travelled(context, *stretch) else { return known };
    let names: Vec<&str> = check.changed_by.iter().chain(*more).copied().collect();
    let Travelled { stage, time, resources, says } = travelled;
    match changes(context.snapshot, context.chain, stage, &names, &resources, time) {
        Changes::None => {
            let says = format!("{says}, and Event history shows no change since");
            Judgement { judged: Ok(Outcome::Pass), proven: Some(says), ..known }
        }
        Changes::NotAsked(lookups) => Judgement { lookups, ..known },
        Changes::Made(_) | Changes::NotTold => known,
    }
}

/// Something that went through a stretch.
struct Travelled {
    /// The stage whose resources it went through.
    stage: Stage,
    time: Timestamp,
    /// What it went through, by ARN or name.
    resources: Vec<String>,
    /// In words.
    says: String,
}

fn travelled(context: &Context<'_>, stretch: Stretch) -> Option<Travelled> {
    match stretch {
        Stretch::TrailToGroup => {
            let trail = context.trail().ok()?;
            let Ok(Arrival::Arrived { read, .. }) = arrival(context, trail) else { return None };
            let (group, _) = group_of(trail)?;
            // Of two trails with one group nobody knows which one it came by.
            if trails_with_group(context, trail) > 1 {
                return None;
            }
            let says = format!("{} reached log group {}", in_words(read), group.name);
            let resources = on_the_way(context, trail);
            Some(Travelled { stage: Stage::Trail, time: read.event_time, resources, says })
        }
        Stretch::GroupToMetric => {
            let filter = context.filter().ok()?;
            let Ok(Count::Counted { read, at }) = count(context, filter) else { return None };
            let says = format!("{} was counted by filter {}", in_words(read), filter.filter_name);
            let resources = vec![filter.filter_name.clone()];
            Some(Travelled { stage: Stage::Filter, time: at, resources, says })
        }
        Stretch::AlarmToTopic => {
            let topic = context.topic_arn().ok()?;
            let history = context.publisher_history().ok()?;
            let newest = actions(history).into_iter().find(|did| did.resource == topic.as_str())?;
            if newest.state != ActionState::Succeeded {
                return None;
            }
            let publisher = context.publisher_label().ok()?;
            let (when, name) = (minute(newest.time), topic.name());
            let says = format!("{publisher} notified topic {name} on {when}");
            let resources = topic_and_key(context, topic)?;
            Some(Travelled { stage: Stage::Topic, time: newest.time, resources, says })
        }
    }
}

/// What of topic and key an alarm's message goes through; `None` where the key's changes are not to
/// be found: in another account or Region, or known by an alias only.
pub(crate) fn topic_and_key(context: &Context<'_>, topic: &Arn) -> Option<Vec<String>> {
    let mut resources = vec![topic.to_string()];
    let Ok(key) = context.topic_key() else {
        return Some(resources);
    };
    if let Some((id, key)) = key {
        let arn = key.metadata.seen().map(|metadata| metadata.arn.clone()).or(id.parse().ok());
        let arn = arn.filter(|arn| !arn.resource().starts_with("alias/"));
        if let Some(arn) = &arn {
            if arn.target() != topic.target() {
                return None;
            }
            resources.push(arn.to_string());
        } else if id.contains("alias/") {
            return None;
        }
        resources.push(id.to_owned());
    }
    Some(resources)
}

/// What of trail and role a read goes through on its way to the group.
pub(crate) fn on_the_way(context: &Context<'_>, trail: &Trail) -> Vec<String> {
    let mut resources = vec![trail.trail_arn.to_string()];
    if let Ok((arn, role)) = context.delivery_role() {
        resources.push(arn.to_string());
        let attached = role.attached_policies.seen().into_iter().flatten();
        resources.extend(attached.map(|(policy, _)| policy.to_string()));
    }
    resources
}

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
    let Some((group, _)) = group_of(trail) else {
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
pub(crate) fn group_of(trail: &Trail) -> Option<(LogGroupId, Arn)> {
    let arn: Arn = trail.cloud_watch_logs_log_group_arn.as_ref()?.parse().ok()?;
    Some((LogGroupId { target: arn.target()?, name: arn.name().to_owned() }, arn))
}

fn trails_with_group(context: &Context<'_>, trail: &Trail) -> usize {
    let at = context.asked_observations();
    let here = at.trails.seen().into_iter().flat_map(|trails| trails.values());
    let elsewhere = at.trails_elsewhere.seen().into_iter().flat_map(|trails| trails.values());
    here.chain(elsewhere.filter_map(Observed::seen))
        .filter(|other| {
            other.cloud_watch_logs_log_group_arn == trail.cloud_watch_logs_log_group_arn
        })
        .count()
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

/// Whether a stretch was changed after something happened, by Event history.
pub(crate) enum Changes {
    /// Nobody changed it.
    None,
    /// Somebody did; the newest change.
    Made(Since),
    /// Event history was not asked yet: these looks would tell.
    NotAsked(BTreeSet<Read>),
    /// It was asked and does not tell: denied, or not read far enough back.
    NotTold,
}

/// Looks for calls of these names that mention one of the resources, after a time.
pub(crate) fn changes(
    snapshot: &Snapshot,
    chain: &Chain,
    stage: Stage,
    names: &[&str],
    resources: &[String],
    after: Timestamp,
) -> Changes {
    let mut newest: Option<Since> = None;
    let mut not_asked = BTreeSet::new();
    let mut told = true;
    for name in names {
        let read = lookup(chain, stage, name);
        let What::LookupEvents { event_name } = &read.what else { continue };
        match snapshot.at(&read.target).event_history.get(event_name) {
            None | Some(Observed::NotAsked) => {
                not_asked.insert(read);
            }
            Some(history) => {
                told &= history.seen().is_some_and(|history| {
                    let reaches = |oldest: &Event| oldest.event_time < after;
                    !history.more || history.events.last().is_some_and(reaches)
                });
                let made = resources
                    .iter()
                    .filter_map(|resource| since(snapshot, &read.target, &[name], resource));
                newest = made.chain(newest).max_by_key(|made| made.time);
            }
        }
    }
    match newest.filter(|made| made.time > after) {
        Some(made) => Changes::Made(made),
        None if !not_asked.is_empty() => Changes::NotAsked(not_asked),
        None if told => Changes::None,
        None => Changes::NotTold,
    }
}

/// What the settings of a stretch say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settings {
    /// One of them is wrong.
    Wrong,
    /// One of them could not be seen, or is in doubt.
    Doubtful,
    /// They are right.
    Right,
}

/// What these checks say of the chain.
pub(crate) fn settings(context: &Context<'_>, checks: &[&Check]) -> Settings {
    let mut settings = Settings::Right;
    for check in checks {
        match lift(check, context, (check.run)(context)).judged {
            Ok(Outcome::Fail(_)) | Err(Stop::Skipped(_)) => return Settings::Wrong,
            Ok(Outcome::Unknown(_)) | Err(Stop::Unseen(_)) => settings = Settings::Doubtful,
            Ok(Outcome::Pass | Outcome::NotApplicable(_)) => {}
        }
    }
    settings
}

/// "a read by role deploy on 2026-01-05 09:14 UTC"
pub(crate) fn in_words(read: &Event) -> String {
    format!("a read by {} on {}", reader(read), minute(read.event_time))
}

/// "2026-01-05 09:14 UTC"
pub(crate) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
