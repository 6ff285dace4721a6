//! What became of each read: reads and the alarms' changes to ALARM, laid beside each other.
//!
//! Its lines are more than 400 because what one way says and what all together say is one decision.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::alarm_past::{AlarmPast, Alert, Cause as AlertCause};
use super::epochs::{Epochs, What};
use super::past::{ALARM_HISTORY, back, forth};
use super::reads::SecretRead;
use super::way::{Way, likely_ways, ways};
use super::{BrokenLink, Cause, DELIVERY, EVALUATION, Fate, Past};
use crate::action_history::ActionState;
use crate::finding::{Stage, Stop, look};
use crate::pattern::{FilterPattern, Match};
use crate::report::{CheckReport, EntryReport, Verdict};
use crate::route::{OtherWay, Route};
use crate::snapshot::{Arn, MetricFilter, Observed, Snapshot, Target};

/// How far apart the changes of an alarm and of the composite alarm above it may be.
const COMPOSITE: SignedDuration = SignedDuration::from_mins(3);

/// How a way came out for one read.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Told {
        fate: Fate,
        /// When the topic took the message.
        at: Timestamp,
        topic: String,
    },
    Missed(Cause),
    /// No alarm changed to ALARM for it, and none was in ALARM.
    Nothing,
    /// The filter matches none of its events.
    Unmatched(String),
    Unknown(String),
}

/// The fates of reads, which are in order of time, in the same order.
pub(super) fn fates(
    snapshot: &Snapshot,
    entry: &EntryReport,
    past: &Past,
    epochs: &Epochs<'_>,
    reads: &[SecretRead],
) -> Vec<Fate> {
    let mut all = ways(snapshot, entry);
    for read in reads {
        for way in epochs.ways_at(read.time) {
            if !all.contains(&way) {
                all.push(way);
            }
        }
    }
    let joined = all.len();
    all.extend(
        likely_ways(snapshot, entry)
            .into_iter()
            .filter(|way| !all.contains(way))
            .collect::<Vec<_>>(),
    );
    let by_way: Vec<Vec<Outcome>> =
        all.iter().map(|way| outcomes(snapshot, past, epochs, way, reads)).collect();
    let of_read = |index: usize| {
        let time = reads.get(index).map_or(snapshot.taken_at, |read| read.time);
        let ways = all.iter().zip(&by_way).enumerate().filter_map(move |(way, (of, outcomes))| {
            let outcome = outcomes.get(index)?;
            (way < joined || speaks_for_itself(epochs, time, of, outcome)).then(|| outcome.clone())
        });
        ways.collect()
    };
    let unread = super::change::unread_stages(past);
    let reads = reads.iter().enumerate();
    reads.map(|(index, read)| fate(entry, epochs, &unread, read, of_read(index))).collect()
}

/// Whether an alarm that belongs to no chain today went off at the right time, and which filter fed
/// it then is not known: a filter that was taken away, most likely.
fn speaks_for_itself(epochs: &Epochs<'_>, time: Timestamp, way: &Way, outcome: &Outcome) -> bool {
    let went_off = matches!(
        outcome,
        Outcome::Told { .. } | Outcome::Missed(Cause::ActionFailed { .. } | Cause::NoAction { .. })
    );
    went_off && epochs.account_at(time, |then| then.at(&way.target).metric_filters.seen().is_none())
}

fn fate(
    entry: &EntryReport,
    epochs: &Epochs<'_>,
    unread: &[Stage],
    read: &SecretRead,
    ways: Vec<Outcome>,
) -> Fate {
    let time = read.time;
    let is_known = |check: &CheckReport| is_of_the_past(check) && !unread.contains(&check.stage);
    let told = ways.iter().find_map(|way| match way {
        Outcome::Told { fate, at, topic } => Some((fate, *at, topic)),
        _ => None,
    });
    if let Some((told, at, topic)) = told {
        // That the topic took the message clears all before it, but not who got it.
        let beyond = |check: &CheckReport| check.stage > Stage::Alarm && is_of_the_past(check);
        let unknown = |why: String| {
            Fate::Unknown(format!(
                "a topic took the message; who was subscribed is not known: {why}"
            ))
        };
        if let Some(why) = epochs.unknown_subscribers(at, topic) {
            return unknown(why);
        }
        let broken = epochs.broken_at(at, What::Topics, |check| is_known(check) && beyond(check));
        return match broken {
            Some(link) => Fate::Missed(Cause::Broken(link)),
            None => epochs.unseen(at, What::Topics, beyond).map_or_else(|| told.clone(), unknown),
        };
    }
    let unseen = entry.other_ways.iter().find_map(without_history);
    if let Some(way) = unseen.or_else(|| chain_without_history(entry)) {
        return Fate::Unknown(format!("{way} may have told; no history shows it"));
    }
    if let Some(lost) = epochs.then.lost_alarm(time) {
        let words = lost.words();
        return Fate::Unknown(format!("{words} took an alarm away that may have told"));
    }
    let unknown = ways.iter().find_map(|way| match way {
        Outcome::Unknown(why) => Some(why.clone()),
        _ => None,
    });
    let missed = ways.iter().find_map(|way| match way {
        Outcome::Missed(cause) => Some(cause.clone()),
        _ => None,
    });
    let unmatched = ways.iter().find_map(|way| match way {
        Outcome::Unmatched(filter) => Some(filter.clone()),
        _ => None,
    });
    let before_metric = |check: &CheckReport| is_known(check) && check.stage < Stage::Metric;
    if let Some(link) = epochs.stopped(time, before_metric).filter(|_| {
        // What an alarm did went through the links before it.
        !matches!(missed, Some(Cause::ActionFailed { .. } | Cause::NoAction { .. }))
    }) {
        return Fate::Missed(Cause::Broken(link));
    }
    if let Some(filter) = unmatched.filter(|_| missed.is_none() && unknown.is_none()) {
        return Fate::Missed(Cause::Broken(BrokenLink {
            check: "filter-matches-its-events".to_owned(),
            title: "filter matches its events".to_owned(),
            stage: Stage::Filter,
            message: format!("Metric filter {filter} does not match this event."),
            since: None,
            until: None,
        }));
    }
    if let Some(Cause::NoAction { alarm, at, .. }) = missed {
        let of_alarm = |check: &CheckReport| is_known(check) && check.stage == Stage::Alarm;
        let link = epochs.broken_at(at, What::Chain, of_alarm);
        return Fate::Missed(Cause::NoAction { alarm, at, link });
    }
    if let (Some(cause), None) = (&missed, &unknown) {
        return Fate::Missed(cause.clone());
    }
    if let Some(link) = epochs.stopped(time, is_known) {
        return Fate::Missed(Cause::Broken(link));
    }
    // Where it is known that no alarm went off, a link that was broken for a while explains it.
    let is_told_by_nothing = unknown.is_none() && !ways.is_empty();
    let likely = is_told_by_nothing.then(|| epochs.may_have_stopped(time, is_known)).flatten();
    match (unknown, likely) {
        (Some(why), _) => Fate::Unknown(why),
        (None, Some(link)) => Fate::Missed(Cause::Broken(link)),
        (None, None) => {
            let unseen = match unread {
                [] => epochs.unseen(time, What::Chain, is_of_the_past),
                _ => Some("Event history of some changes could not be read".to_owned()),
            };
            match ways.is_empty() {
                // Nothing that keeps a history is known to have been there.
                true => Fate::Unknown(unseen.unwrap_or_else(|| "no alarm is known".to_owned())),
                false => Fate::Missed(Cause::Unexplained { unseen }),
            }
        }
    }
}

/// Whether a check looks at what is known of the past: at links whose changes are looked up. What
/// refuses a topic's messages is in the alarm's history, and a secret that is read is there.
fn is_of_the_past(check: &CheckReport) -> bool {
    let id = check.id;
    match check.stage {
        Stage::Identity | Stage::Secret | Stage::Proof => false,
        Stage::Topic => id == "topic-has-a-subscription",
        _ => id != "alarm-is-not-muted",
    }
}

/// A way to a human of which nothing tells what it did; what an alarm's action did is in its history.
fn without_history(way: &OtherWay) -> Option<String> {
    match way {
        OtherWay::EventTarget { rule, .. } => Some(format!("EventBridge rule {}", rule.name())),
        OtherWay::AlarmAction { .. } => None,
        OtherWay::Unseen(unseen) => Some(unseen.what.clone()),
    }
}

/// A rule or a log alarm that may tell: of a rule nothing shows what it did, and of the query of a
/// log alarm nothing shows which read it found.
fn chain_without_history(entry: &EntryReport) -> Option<String> {
    let best = (entry.verdict, &entry.chain);
    let others = entry.others.iter().map(|(verdict, chain)| (*verdict, chain));
    std::iter::once(best).chain(others).filter(|(verdict, _)| *verdict != Verdict::No).find_map(
        |(_, chain)| match chain.route {
            Route::FilterAlarm => None,
            Route::LogAlarm => Some(format!("log alarm {}", chain.alarm.node()?.name)),
            Route::EventRule => Some(format!("EventBridge rule {}", chain.rule.node()?.name)),
        },
    )
}

/// How one way came out for each read.
fn outcomes(
    snapshot: &Snapshot,
    past: &Past,
    epochs: &Epochs<'_>,
    way: &Way,
    reads: &[SecretRead],
) -> Vec<Outcome> {
    let known_from = back(snapshot.taken_at, ALARM_HISTORY);
    let lower = alarm_past(snapshot, past, &way.target, &way.alarm);
    let upper = way.composite.as_ref().map(|above| alarm_past(snapshot, past, &way.target, above));
    let (lower, upper) = match (lower, upper) {
        (Ok(lower), None) => (lower, None),
        (Ok(lower), Some(Ok(upper))) => (lower, Some(upper)),
        (Err(why), _) | (_, Some(Err(why))) => {
            return reads.iter().map(|_| Outcome::Unknown(why.clone())).collect();
        }
    };
    let mut matcher = Matcher { way, patterns: BTreeMap::new() };
    let weights: Vec<Option<f64>> = reads
        .iter()
        .map(|read| epochs.account_at(read.time, |then| matcher.weight(then, read)))
        .collect();
    let told_by = assign(&lower, reads, &weights);
    let mut first = BTreeMap::new();
    for (read, alert) in reads.iter().zip(&told_by) {
        if let Some(alert) = alert {
            first.entry(*alert).or_insert(read.time);
        }
    }
    let settled = slowest(snapshot, way);
    let each = reads.iter().zip(weights).zip(told_by);
    each.map(|((read, weight), alert)| {
        let (time, over) = (read.time, forth(read.time, DELIVERY));
        if weight == Some(0.0) {
            return Outcome::Unmatched(
                way.filter.as_ref().map_or_else(String::new, |f| f.name.clone()),
            );
        }
        if let Some(index) = alert
            && let Some(alert) = lower.alerts.get(index)
        {
            let with = first.get(&index).copied().filter(|first| *first != time);
            return by_alert(way, alert, upper.as_ref(), with);
        }
        if time < known_from {
            return Outcome::Unknown("older than the 30 days of alarm history".to_owned());
        }
        if forth(over, settled) > snapshot.taken_at {
            return Outcome::Unknown("too recent: its alarm may still come".to_owned());
        }
        let pasts =
            [(Some(&lower), &way.alarm), (upper.as_ref(), &way.notifying_alarm().to_owned())];
        let in_alarm = pasts.into_iter().find_map(|(past, name)| {
            let span = past?.in_alarm_between(time, over)?;
            Some((span, name.clone()))
        });
        match in_alarm {
            Some(((since, until), alarm)) => Outcome::Missed(Cause::InAlarm {
                alarm,
                since: Some(since).filter(|since| *since > known_from),
                until,
            }),
            None => Outcome::Nothing,
        }
    })
    .collect()
}

/// What came of a change to ALARM.
fn by_alert(
    way: &Way,
    alert: &Alert,
    upper: Option<&AlarmPast>,
    with: Option<Timestamp>,
) -> Outcome {
    let alarm = way.notifying_alarm().to_owned();
    let notifying = match upper {
        None => alert,
        Some(upper) => {
            let near = |above: &&Alert| above.at.duration_since(alert.at).abs() <= COMPOSITE;
            match upper.alerts.iter().find(near) {
                Some(above) => above,
                None => {
                    return Outcome::Missed(match upper.in_alarm_between(alert.at, alert.at) {
                        Some((since, until)) => {
                            let since = Some(since).filter(|since| *since != Timestamp::MIN);
                            Cause::InAlarm { alarm, since, until }
                        }
                        None => Cause::NoAction { alarm, at: alert.at, link: None },
                    });
                }
            }
        }
    };
    let at = notifying.at;
    match notifying.action() {
        Some(action) if !is_topic(&action.resource) => {
            let resource = &action.resource;
            Outcome::Unknown(format!("alarm {alarm} ran {resource}; whom that told is not known"))
        }
        Some(action) if action.state == ActionState::Succeeded => {
            let at = action.time;
            Outcome::Told {
                fate: Fate::Told { alarm, at, with },
                at,
                topic: action.resource.clone(),
            }
        }
        Some(action) => {
            Outcome::Missed(Cause::ActionFailed { alarm, at, error: action.error.clone() })
        }
        None => Outcome::Missed(Cause::NoAction { alarm, at, link: None }),
    }
}

fn is_topic(resource: &str) -> bool {
    resource.parse::<Arn>().is_ok_and(|arn| arn.service() == "sns")
}

/// To each read the alert that may be about it: the first that has room for it. Reads are in order
/// of time and all take equally long at most, so that none is left over that another order would
/// have found room for.
fn assign(past: &AlarmPast, reads: &[SecretRead], weights: &[Option<f64>]) -> Vec<Option<usize>> {
    let capacity = |alert: &Alert| match &alert.cause {
        AlertCause::Datapoints(points) => points.sum,
        _ => None,
    };
    let mut room: Vec<Option<f64>> = past.alerts.iter().map(capacity).collect();
    let mut found = vec![None; reads.len()];
    // Those that got nothing take room from no other.
    let order = (0..reads.len()).filter(|index| reads[*index].refused.is_none());
    let order = order.chain((0..reads.len()).filter(|index| reads[*index].refused.is_some()));
    for index in order {
        let weight = weights[index].unwrap_or_else(|| reads[index].events());
        if weight == 0.0 {
            continue;
        }
        let fits = |(alert, room): (&Alert, &Option<f64>)| {
            room.is_none_or(|room| room > 0.0) && may_be_about(alert, reads[index].time)
        };
        let alert = past.alerts.iter().zip(&room).position(fits);
        if let Some(room) = alert.and_then(|alert| room.get_mut(alert)?.as_mut()) {
            *room -= weight;
        }
        found[index] = alert;
    }
    found
}

/// Whether a change to ALARM may be about a read of this time.
fn may_be_about(alert: &Alert, time: Timestamp) -> bool {
    let over = forth(time, DELIVERY);
    match &alert.cause {
        AlertCause::Datapoints(points) => {
            points.periods.iter().any(|(start, end)| *start < over && *end > time)
        }
        AlertCause::NoDatapoint => false,
        AlertCause::Unclear => alert.at > time && alert.at <= forth(over, EVALUATION),
    }
}

/// What the filter of a way makes of reads.
struct Matcher<'w> {
    way: &'w Way,
    patterns: BTreeMap<String, Option<FilterPattern>>,
}

impl Matcher<'_> {
    /// What the events of a read add to the sum; nothing where it is not known.
    fn weight(&mut self, then: &Snapshot, read: &SecretRead) -> Option<f64> {
        let id = self.way.filter.as_ref()?;
        let groups = then.at(&id.target).metric_filters.seen()?;
        let filter: &MetricFilter = groups.get(&id.log_group)?.get(&id.name)?;
        let ones = filter.metric_transformations.iter().all(|metric| metric.metric_value == "1");
        let text = &filter.filter_pattern;
        let parse = || FilterPattern::parse(text).map(FilterPattern::accepted).ok();
        let pattern = self.patterns.entry(text.clone()).or_insert_with(parse).as_ref()?;
        let mut matches = 0_u32;
        for event in &read.texts {
            match pattern.test(event) {
                Match::Yes => matches += 1,
                Match::No => {}
                Match::Uncertain(_) => return None,
            }
        }
        (matches == 0 || ones).then(|| f64::from(matches))
    }
}

/// How long after a read's delivery the alarm may change to ALARM for it.
fn slowest(snapshot: &Snapshot, way: &Way) -> SignedDuration {
    let alarms = snapshot.at(&way.target).alarms.seen();
    let alarm = alarms.and_then(|alarms| alarms.metric_alarms.get(&way.alarm));
    let periods = alarm.map_or(60, |alarm| {
        i64::from(alarm.period.unwrap_or(60)) * i64::from(alarm.evaluation_periods.unwrap_or(1))
    });
    EVALUATION.saturating_add(SignedDuration::from_secs(periods))
}

/// What an alarm did, or why that is not known.
pub(super) fn alarm_past(
    snapshot: &Snapshot,
    past: &Past,
    target: &Target,
    alarm: &str,
) -> Result<AlarmPast, String> {
    let not_asked = Observed::NotAsked;
    let history = past.alarm_histories.get(&(target.clone(), alarm.to_owned()));
    let what = format!("the history of alarm {alarm}");
    match look(history.unwrap_or(&not_asked), what.clone()) {
        Ok(items) => Ok(AlarmPast::of(items, state_now(snapshot, target, alarm))),
        Err(Stop::Unseen(unseen)) => Err(format!("{what}: {}", unseen.reason)),
        Err(Stop::Skipped(_)) => Ok(AlarmPast::of(&[], (false, None))),
    }
}

/// Whether an alarm is in ALARM now, and since when it is in its state.
fn state_now(snapshot: &Snapshot, target: &Target, alarm: &str) -> (bool, Option<Timestamp>) {
    let Some(alarms) = snapshot.at(target).alarms.seen() else { return (false, None) };
    let metric = alarms.metric_alarms.get(alarm);
    let metric = metric.map(|alarm| (&alarm.state_value, alarm.state_transitioned_timestamp));
    let above = alarms.composite_alarms.get(alarm);
    let above = above.map(|alarm| (&alarm.state_value, alarm.state_transitioned_timestamp));
    metric.or(above).map_or((false, None), |(state, since)| (state == "ALARM", since))
}
