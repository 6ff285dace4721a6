//! What was changed on the chain's links, and by whom.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::Past;
use super::past::{OF_ALARM, OF_GROUP, OF_ROLE, OF_TOPIC, OF_TRAIL};
use crate::finding::Stage;
use crate::report::{Since, actor};
use crate::snapshot::{AlarmHistoryItem, Event, Observed, Target};

/// One successful call that changed something.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub(super) time: Timestamp,
    pub(super) target: Target,
    pub(super) name: String,
    pub(super) by: String,
    /// `requestParameters`
    pub(super) request: Value,
}

impl Change {
    pub(super) fn since(&self) -> Since {
        Since { time: self.time, event_name: self.name.clone(), by: self.by.clone() }
    }

    /// "PutMetricFilter by role deploy on 2026-01-04 09:00 UTC"
    pub(super) fn words(&self) -> String {
        let time = self.time.strftime("%Y-%m-%d %H:%M UTC");
        format!("{} by {} on {time}", self.name, self.by)
    }

    /// A text of the request.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.request[name].as_str()
    }

    /// Whether a member of the request is this resource, by ARN or by the name that ends it.
    pub(super) fn is_of(&self, member: &str, arn: &str) -> bool {
        self.text(member).is_some_and(|named| {
            named == arn || arn.strip_suffix(named).is_some_and(|rest| rest.ends_with(['/', ':']))
        })
    }
}

/// All changes, oldest first.
pub(super) fn changes(past: &Past) -> Vec<Change> {
    let of_links = past.events.keys().filter(|(_, name)| is_of_links(name));
    let mut changes: Vec<Change> =
        of_links.flat_map(|(target, name)| changes_of(past, target, name)).collect();
    changes.sort_by(|a, b| (a.time, &a.name, &a.by).cmp(&(b.time, &b.name, &b.by)));
    changes.dedup();
    changes
}

/// The calls whose events could not be listed.
pub(super) fn unread(past: &Past) -> Vec<&str> {
    let failed = past.events.iter().filter(|(_, events)| events.seen().is_none());
    let failed = failed.map(|((_, name), _)| name.as_str()).filter(|name| is_of_links(name));
    let names: BTreeSet<&str> = failed.collect();
    names.into_iter().collect()
}

/// The links about whose changes not all is known.
pub(super) fn unread_stages(past: &Past) -> Vec<Stage> {
    let unread = unread(past);
    let of: [(&[&str], &[Stage]); 5] = [
        (OF_TRAIL, &[Stage::Trail, Stage::Delivery]),
        (OF_ROLE, &[Stage::Delivery]),
        (OF_GROUP, &[Stage::Delivery, Stage::Filter, Stage::Metric, Stage::Alarm]),
        (OF_ALARM, &[Stage::Metric, Stage::Alarm]),
        (OF_TOPIC, &[Stage::Topic, Stage::Subscription]),
    ];
    let unknown = of.iter().filter(|(names, _)| names.iter().any(|name| unread.contains(name)));
    unknown.flat_map(|(_, stages)| stages.iter().copied()).collect()
}

fn is_of_links(name: &str) -> bool {
    [OF_TRAIL, OF_ROLE, OF_GROUP, OF_ALARM, OF_TOPIC].iter().any(|names| names.contains(&name))
}

/// The changes of one name, oldest first.
pub(super) fn changes_of(past: &Past, target: &Target, name: &str) -> Vec<Change> {
    let key = (target.clone(), name.to_owned());
    let events = past.events.get(&key).and_then(Observed::seen).into_iter().flatten();
    let mut changes: Vec<Change> = events.filter_map(|event| change(target, event)).collect();
    changes.sort_by_key(|change| change.time);
    changes
}

/// The history of an alarm, newest first; nothing where it could not be read.
pub(super) fn observed_history<'a>(
    past: &'a Past,
    target: &Target,
    alarm: &str,
) -> &'a [AlarmHistoryItem] {
    let history = past.alarm_histories.get(&(target.clone(), alarm.to_owned()));
    history.and_then(Observed::seen).map_or(&[], Vec::as_slice)
}

fn change(target: &Target, event: &Event) -> Option<Change> {
    let whole: Value = serde_json::from_str(event.cloud_trail_event.as_ref()?).ok()?;
    whole.get("errorCode").is_none().then(|| Change {
        time: event.event_time,
        target: target.clone(),
        name: event.event_name.clone(),
        by: actor(&whole, event.username.as_deref()),
        request: whole["requestParameters"].clone(),
    })
}
