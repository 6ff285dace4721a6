//! A snapshot without names: what is needed to find a fault, for somebody who must not know whose
//! account it is.
//!
//! Account ids, addresses, names, key ids and access key ids are replaced, the same one by the
//! same stand-in wherever it stands: as a field, as a map key, in an ARN, and in the JSON and log
//! messages that AWS returns as text. What joins the links of a chain stays joined, so that the
//! doctor says the same of both snapshots. Stand-ins are numbered in the order of what they stand
//! for, which makes them the same at every run and keeps the order of maps.
//!
//! ```
//! use secmon_core::snapshot::Snapshot;
//!
//! let shown = Snapshot::healthy().redacted().to_json();
//! assert!(!shown.contains("TopSecretInfo"));
//! assert!(shown.contains("arn:aws:secretsmanager:eu-west-1:100000000001:secret:secret-001-S00001"));
//! ```
//!
//! # What stays
//!
//! AWS's own words and Regions, times, numbers, policies' `Sid`, the shape of everything. A name of
//! fewer than three characters, or one that is itself a word of AWS such as `trail`, stays as well:
//! it tells nothing, and replacing it would break words that are not names. A name that a policy or
//! pattern cuts with `*` is replaced part by part, so that the cut name goes on matching; one that
//! is cut with `?` is not known as a name there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Observed, PatternTests, Snapshot};
use crate::baseline::{BaselineEntry, Message, messages};
use crate::route::Pins;

mod names;
mod standin;
#[cfg(test)]
mod tests;
mod text;
mod words;

use standin::StandIns;

/// `DescribeAlarmHistory` cuts `HistorySummary` and `HistoryData` at these lengths.
const CUT: [(&str, usize); 2] = [("HistorySummary", 255), ("HistoryData", 4095)];

/// Maps whose keys are names, patterns or ARNs. All other keys are names of fields.
const NAMED: &[&str] = &[
    "targets/*",
    "targets/*/secrets/*",
    "targets/*/trails/seen/*",
    "targets/*/trails_elsewhere/seen/*",
    "targets/*/log_groups/seen/*",
    "targets/*/metric_filters/seen/*",
    "targets/*/metric_filters/seen/*/*",
    "targets/*/transformers/*",
    "targets/*/transformer_policies/seen/*",
    "targets/*/alarms/seen/*/*",
    "targets/*/alarm_histories/*",
    "targets/*/alarm_mute_rules/seen/*",
    "targets/*/incoming_log_events/*",
    "targets/*/filtered_log_events/*",
    "targets/*/filtered_log_events/*/*",
    "targets/*/filter_datapoints/*",
    "targets/*/filter_datapoints/*/*",
    "targets/*/topics/*",
    "targets/*/topics/*/subscriptions/seen/*",
    "targets/*/sms/PhoneNumbers/seen/*",
    "targets/*/sms/isOptedOut/*",
    "targets/*/keys/*",
    "targets/*/roles/*",
    "targets/*/roles/*/*/seen/*",
    "targets/*/buckets/*",
    "targets/*/event_rules/seen/*",
    "targets/*/event_rules/seen/*/targets/seen/*",
    "targets/*/dashboards/*",
    "targets/*/tags/*",
    "targets/*/tags/*/seen/*",
];

/// Fields whose values are words of AWS.
const VERBATIM: &[&str] = &[
    "ActionsSuppressedBy",
    "AggregationExpression",
    "ComparisonOperator",
    "EvaluateLowSampleCountPercentile",
    "EvaluationState",
    "EventName",
    "ExtendedStatistic",
    "FilterPolicyScope",
    "HistoryItemType",
    "HomeRegion",
    "KeyManager",
    "KeyState",
    "ManagedBy",
    "PrimaryRegion",
    "Protocol",
    "ReadWriteType",
    "ScheduleExpression",
    "Region",
    "Stat",
    "State",
    "StateValue",
    "Statistic",
    "Status",
    "TreatMissingData",
    "Type",
    "Unit",
    "default_version_id",
    "emitSystemFieldDimensions",
    "logGroupClass",
    "metricValue",
    "region",
    "taken_at",
    "unit",
    "unread",
    "ExcludeManagementEventSources",
];

impl Snapshot {
    /// The snapshot with everything that names its owner replaced; see the module's text.
    #[must_use]
    pub fn redacted(&self) -> Self {
        self.redacted_with(&Pins::default()).0
    }

    /// The same, and what the user pinned by name with the same stand-ins.
    #[must_use]
    pub fn redacted_with(&self, pins: &Pins) -> (Self, Pins) {
        // The questions are answered below; most of them are about examples that are not the
        // account's and name nothing.
        let mut asked = self.clone();
        asked.pattern_tests = PatternTests::default();
        let Ok(mut value) = serde_json::to_value(&asked) else {
            return (nothing_of(self), Pins::default());
        };
        let mut found = names::Found::default();
        names::in_fields(self, &mut found);
        visit(&value, &mut |text| text::collect(text, &mut found));
        for name in pins.names() {
            text::collect(name, &mut found);
            found.add(names::Kind::Other, name);
        }
        let stand_ins = StandIns::new(found, |each| visit(&value, each));
        replace(&mut value, &mut Vec::new(), &stand_ins);
        let Ok(mut redacted) = serde_json::from_value::<Self>(value) else {
            // Stand-ins have the form of what they stand for, so that this cannot happen; if it
            // did, nothing may leak.
            return (nothing_of(self), Pins::default());
        };
        redacted.pattern_tests = pattern_tests(self, &redacted, &stand_ins);
        (redacted, pins.map(|name| stand_ins.in_text(name)))
    }
}

fn nothing_of(snapshot: &Snapshot) -> Snapshot {
    Snapshot {
        version: snapshot.version,
        taken_at: snapshot.taken_at,
        caller: Observed::NotAsked,
        asked: Vec::new(),
        targets: BTreeMap::new(),
        pattern_tests: PatternTests::default(),
    }
}

/// Shows every text of the snapshot, keys of [`NAMED`] maps included.
fn visit(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => items.iter().for_each(|item| visit(item, each)),
        Value::Object(map) => {
            for (key, value) in map {
                // Names of fields are words of AWS or of secmon and hold nothing that looks like
                // an id or an ARN.
                each(key);
                visit(value, each);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn replace(value: &mut Value, path: &mut Vec<String>, stand_ins: &StandIns) {
    match value {
        Value::String(text) => {
            let field = path.last().map_or("", String::as_str);
            *text = field_text(field, text, stand_ins);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, path, stand_ins)),
        Value::Object(map) => {
            let mut replaced = Map::new();
            for (key, mut value) in std::mem::take(map) {
                path.push(key);
                replace(&mut value, path, stand_ins);
                let named = NAMED.iter().any(|pattern| is_at(path, pattern));
                let key = path.pop().unwrap_or_default();
                let key = if named { stand_ins.in_text(&key) } else { key };
                replaced.insert(key, value);
            }
            *map = replaced;
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_at(path: &[String], pattern: &str) -> bool {
    let parts = pattern.split('/');
    parts.clone().count() == path.len()
        && parts.zip(path).all(|(part, key)| part == "*" || part == key)
}

fn field_text(field: &str, text: &str, stand_ins: &StandIns) -> String {
    let is_time = ["Time", "Timestamp", "Date"].iter().any(|end| field.ends_with(end));
    if VERBATIM.contains(&field) || is_time {
        return text.to_owned();
    }
    let cut = CUT.iter().any(|(name, most)| *name == field && text.chars().count() >= *most);
    // The end of a text that was cut may be the beginning of a name, which is not known.
    let whole = match text.rfind([':', '/', '"', ' ']) {
        Some(last) if cut => text.get(..=last).unwrap_or(text),
        _ => text,
    };
    stand_ins.in_text(whole)
}

/// Questions and answers. Messages made of a baseline entry are made anew, because the examples in
/// it are not the account's and must stay as they are; the account's own are redacted.
fn pattern_tests(before: &Snapshot, after: &Snapshot, stand_ins: &StandIns) -> PatternTests {
    let entry = BaselineEntry::secret_access();
    let renewed: BTreeMap<String, (String, Message)> = examples(before, &entry)
        .into_iter()
        .zip(examples(after, &entry))
        .map(|(old, new)| (old.label, (old.text, new)))
        .collect();
    let tests = &before.pattern_tests;
    let mut labels: BTreeMap<&str, String> = BTreeMap::new();
    let mut redacted = PatternTests::default();
    for (label, text) in &tests.messages {
        let (new_label, new_text) = match renewed.get(label) {
            Some((old, new)) if old == text => (new.label.clone(), new.text.clone()),
            _ => (stand_ins.in_text(label), stand_ins.in_text(text)),
        };
        labels.insert(label, new_label.clone());
        redacted.messages.insert(new_label, new_text);
    }
    for (pattern, answer) in &tests.matches {
        let answer = match answer {
            Observed::Seen(matching) => {
                let name = |label: &String| match labels.get(label.as_str()) {
                    Some(label) => label.clone(),
                    None => stand_ins.in_text(label),
                };
                Observed::Seen(matching.iter().map(name).collect::<BTreeSet<String>>())
            }
            Observed::Failed { reason } => Observed::Failed { reason: stand_ins.in_text(reason) },
            other => other.clone(),
        };
        redacted.matches.insert(stand_ins.in_text(pattern), answer);
    }
    redacted
}

/// The messages that a baseline entry makes for a snapshot, without the account's own reads.
fn examples(snapshot: &Snapshot, entry: &BaselineEntry) -> Vec<Message> {
    let mut snapshot = snapshot.clone();
    snapshot.targets.values_mut().for_each(|seen| seen.event_history.clear());
    messages(&snapshot, entry)
}
