//! Log alarms: whether their query may find the reads.

use super::watching::nearly_names;
use crate::baseline::{BaselineEntry, Expect, Message};
use crate::logs_query::{Found, LogsQuery};
use crate::snapshot::{Arn, LogAlarm, ScheduledQueryConfiguration, Target};

/// Whether a query looks into a group; `None` where it does not say.
pub fn looks_into(
    query: &ScheduledQueryConfiguration,
    target: &Target,
    group: &str,
) -> Option<bool> {
    if query.log_group_identifiers.is_empty() {
        return None;
    }
    Some(query.log_group_identifiers.iter().any(|named| match named.parse::<Arn>() {
        Ok(arn) => arn.target().as_ref() == Some(target) && arn.name() == group,
        Err(_) => named == group,
    }))
}

/// Whether a log alarm looks into a group, or may, and its query finds a read, or may.
pub(super) fn may_find_reads(
    alarm: &LogAlarm,
    target: &Target,
    group: &str,
    messages: &[Message],
) -> bool {
    // Snapshots of older versions do not hold the query.
    let Some(query) = &alarm.scheduled_query_configuration else { return true };
    if looks_into(query, target, group) == Some(false) {
        return false;
    }
    let Ok(parsed) = LogsQuery::parse(&query.query_string) else { return true };
    let mut reads = messages.iter().filter(|message| message.expect == Expect::Must);
    reads.any(|message| parsed.finds(&message.text) != Found::No)
}

/// Whether the text of a log alarm's query says that it is meant for the entry.
pub(super) fn is_meant(entry: &BaselineEntry, alarm: &LogAlarm) -> bool {
    alarm.scheduled_query_configuration.as_ref().is_some_and(|query| {
        let text = query.query_string.to_ascii_lowercase();
        let words = || text.split(|c: char| !c.is_ascii_alphanumeric());
        let mut names = entry.event_names.iter();
        entry.hints.iter().any(|hint| text.contains(hint))
            || names.any(|name| words().any(|word| nearly_names(word, name)))
    })
}
