//! What was meant for what: which alarm watches which metric, which filter is meant for the entry.

use std::collections::BTreeSet;

use super::{Pins, alarms_in_rule};
use crate::baseline::{BaselineEntry, Expect, Message};
use crate::engines::Engines;
use crate::snapshot::{
    Alarms, CompositeAlarm, MetricAlarm, MetricFilter, MetricTransformation, Observations,
    Observed, Snapshot,
};

/// Whether an alarm looks at this metric, dimensions and unit aside.
pub fn watches(alarm: &MetricAlarm, metric: &MetricTransformation) -> bool {
    let same = |namespace: Option<&String>, name: Option<&String>| {
        namespace == Some(&metric.metric_namespace) && name == Some(&metric.metric_name)
    };
    same(alarm.namespace.as_ref(), alarm.metric_name.as_ref())
        || alarm
            .metrics
            .iter()
            .filter_map(|query| query.metric_stat.as_ref())
            .any(|stat| same(stat.metric.namespace.as_ref(), stat.metric.metric_name.as_ref()))
}

/// Whether an alarm was probably meant for this metric: the same name in another namespace, or
/// nearly the same name in the same one; case and punctuation aside.
pub(super) fn nearly_watches(alarm: &MetricAlarm, metric: &MetricTransformation) -> bool {
    let (Some(namespace), Some(name)) = (&alarm.namespace, &alarm.metric_name) else {
        return false;
    };
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let same_first = |a: &str, b: &str| {
        let first = |text: &str| text.chars().find(char::is_ascii_alphanumeric);
        match (first(a), first(b)) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(&b),
            _ => false,
        }
    };
    // Most alarms of an account have nothing to do with the metric: find that out cheaply.
    if !same_first(name, &metric.metric_name) && !same_first(namespace, &metric.metric_namespace) {
        return false;
    }
    let (name, wanted) = (plain(name), plain(&metric.metric_name));
    !wanted.is_empty()
        && (name == wanted
            || (plain(namespace) == plain(&metric.metric_namespace) && close(&name, &wanted)))
}

/// Names longer than this are not typed by hand, and comparing them is slow.
const TYPED: usize = 64;

/// Whether one text is the other with at most a fifth of it mistyped.
fn close(a: &str, b: &str) -> bool {
    if a.len().max(b.len()) > TYPED {
        return a == b;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = before + usize::from(from != to);
            before = row[j + 1];
            row[j + 1] = replaced.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()] * 5 <= a.len().max(b.len())
}

/// Whether a word in lower case is the name of a call, perhaps mistyped. The verb is not: what puts
/// a value is another call.
pub(super) fn nearly_names(word: &str, call: &str) -> bool {
    let call = call.to_ascii_lowercase();
    word.get(..3) == call.get(..3) && close(word, &call)
}

/// The composite alarms whose rules look at an alarm, directly or through other composite alarms.
pub(super) fn composites_over<'a>(alarms: &'a Alarms, alarm: &str) -> Vec<&'a CompositeAlarm> {
    let mut reached = BTreeSet::from([alarm]);
    let mut over: Vec<&CompositeAlarm> = Vec::new();
    // Each round finds at least one more or is the last, so that a cycle ends.
    loop {
        let before = over.len();
        for composite in alarms.composite_alarms.values() {
            let name = composite.alarm_name.as_str();
            let looks = |alarm: &&str| reached.contains(alarm);
            if !reached.contains(name) && alarms_in_rule(&composite.alarm_rule).iter().any(looks) {
                reached.insert(name);
                over.push(composite);
            }
        }
        if over.len() == before {
            return over;
        }
    }
}

/// What a pattern does with the reads of the entry, by both engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OfReads {
    /// It matches one.
    Matches,
    /// Of one at least nobody knows.
    InDoubt,
    /// It matches none.
    Misses,
}

/// What a pattern does with the reads among these messages.
pub(super) fn of_reads(snapshot: &Snapshot, messages: &[Message], pattern: &str) -> OfReads {
    let reads = messages.iter().filter(|message| message.expect == Expect::Must);
    let engines = Engines::of(snapshot, pattern);
    let mut all = None;
    for (_, answer) in engines.answers(reads) {
        match answer.believed() {
            Some(true) => return OfReads::Matches,
            Some(false) => all = all.or(Some(OfReads::Misses)),
            None => all = Some(OfReads::InDoubt),
        }
    }
    all.unwrap_or(OfReads::InDoubt)
}

/// The patterns of all filters that match a read, or may.
pub(super) fn may_match_reads<'a>(
    snapshot: &'a Snapshot,
    messages: &[Message],
) -> BTreeSet<&'a str> {
    let groups = snapshot.targets.values().filter_map(|at| at.metric_filters.seen());
    let filters = groups.flat_map(|groups| groups.values()).flat_map(|filters| filters.values());
    let patterns: BTreeSet<&str> = filters.map(|filter| filter.filter_pattern.as_str()).collect();
    let misses = |pattern: &&str| of_reads(snapshot, messages, pattern) == OfReads::Misses;
    patterns.into_iter().filter(|pattern| !misses(pattern)).collect()
}

/// Whether the text of a filter, or of its metric, says that it is meant for the entry.
pub(super) fn is_hinted(entry: &BaselineEntry, filter: &MetricFilter) -> bool {
    let mut metrics = filter.metric_transformations.iter();
    says_so(entry, filter) || metrics.any(|metric| names_secrets(&metric.metric_name))
}

/// Whether the pattern or the name of a filter says that it is meant for the entry.
pub(super) fn says_so(entry: &BaselineEntry, filter: &MetricFilter) -> bool {
    let pattern = filter.filter_pattern.to_ascii_lowercase();
    entry.hints.iter().any(|hint| pattern.contains(hint)) || names_secrets(&filter.filter_name)
}

fn names_secrets(name: &str) -> bool {
    name.to_ascii_lowercase().contains("secret")
}

/// The most alarms that are looked at where nobody may see which of them matter.
const MOST_UNTOLD: usize = 10;

/// Every metric alarm, where nobody may see what the filters feed, and there are not too many to
/// look at.
pub(super) fn alarms_untold<'a>(
    at: &Observations,
    alarms: &'a Alarms,
) -> Option<Vec<&'a MetricAlarm>> {
    let are_hidden = matches!(at.metric_filters, Observed::Denied { .. } | Observed::Failed { .. });
    (are_hidden && alarms.metric_alarms.len() <= MOST_UNTOLD)
        .then(|| alarms.metric_alarms.values().collect())
}

/// The alarms that watch, or nearly watch, a filter that says it is meant for the entry or that
/// stands on any group, and those of which nobody may see what feeds them; most telling first.
pub(super) fn alarms_that_matter<'a>(
    entry: &BaselineEntry,
    pins: &Pins,
    at: &'a Observations,
    alarms: &'a Alarms,
) -> Vec<&'a MetricAlarm> {
    let filters = at.metric_filters.seen().into_iter().flat_map(|groups| groups.values());
    let filters: Vec<&MetricFilter> = filters.flat_map(|filters| filters.values()).collect();
    let mut matters: Vec<(bool, &MetricAlarm)> = Vec::new();
    for alarm in alarms.metric_alarms.values() {
        let watched = |filter: &&&MetricFilter| {
            let metrics = filter.metric_transformations.iter();
            metrics
                .into_iter()
                .any(|metric| watches(alarm, metric) || nearly_watches(alarm, metric))
        };
        let named = alarm.alarm_name.to_ascii_lowercase().contains("secret")
            || pins.alarm.as_ref().is_some_and(|pin| {
                pin == &alarm.alarm_name
                    || composites_over(alarms, &alarm.alarm_name)
                        .iter()
                        .any(|above| pin == &above.alarm_name)
            });
        let mut fed = filters.iter().filter(watched).peekable();
        if fed.peek().is_some() || named {
            matters.push((!(named || fed.any(|filter| is_hinted(entry, filter))), alarm));
        }
    }
    let known: BTreeSet<&str> = matters.iter().map(|(_, alarm)| &*alarm.alarm_name).collect();
    let untold = alarms_untold(at, alarms).into_iter().flatten();
    let untold: Vec<_> = untold.filter(|alarm| !known.contains(&*alarm.alarm_name)).collect();
    matters.extend(untold.into_iter().map(|alarm| (true, alarm)));
    matters.sort_by_key(|(unhinted, alarm)| (*unhinted, alarm.alarm_name.clone()));
    matters.into_iter().map(|(_, alarm)| alarm).collect()
}
