//! Putting and reading events.

use jiff::Timestamp;
use secmon_core::pattern::{Api, FilterPattern, PatternError};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::count::settled;
use super::groups::{key_denied, missing_stream};
use super::{
    DAY_MS, IngestRefusal, LogEvent, invalid, invalid_token, missing_group, named_group,
    standard_only,
};

#[derive(Deserialize)]
struct InputEvent {
    timestamp: i64,
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GetLogEvents {
    log_stream_name: String,
    start_time: Option<i64>,
    end_time: Option<i64>,
    next_token: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    start_from_head: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FilterLogEvents {
    #[serde(default)]
    log_stream_names: Vec<String>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    #[serde(default)]
    filter_pattern: String,
    next_token: Option<String>,
    limit: Option<usize>,
}

/// The limits of PutLogEvents and of a page of events
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>).
const LARGEST_EVENT: usize = 1_048_576;
const OLDEST_MS: i64 = 14 * DAY_MS;
const NEWEST_MS: i64 = 2 * 3_600_000;
const PAGE_EVENTS: usize = 10_000;
const PAGE_BYTES: usize = 1_048_576;

/// How many events FilterLogEvents looks at for one page. AWS says only that a page may be empty
/// and have a token; so that clients meet it, the lab's pages end after this many.
const LOOKED_AT: usize = 1_000;

impl World {
    pub(super) fn put_log_events(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupName"])?;
        let stream = call.text("logStreamName").unwrap_or_default().to_owned();
        let group = self.log_group(&call.target, &name)?;
        let token = &group.streams.get(&stream).ok_or_else(missing_stream)?.sequence_token;
        let events: Vec<InputEvent> = Deserialize::deserialize(&call.params["logEvents"])
            .map_err(|error: serde_json::Error| invalid(error.to_string()))?;
        let mut answer = json!({ "nextSequenceToken": token });
        check_batch(&events)?;
        let now = self.now.as_millisecond();
        let kept_since = group.kept_since(now);
        // Events are in order of time: the refused ones are the first and the last.
        let until = |limit: i64| events.iter().take_while(|event| event.timestamp < limit).count();
        let (too_old, expired) = (until(now - OLDEST_MS), until(kept_since));
        let too_new = until(now + NEWEST_MS + 1);
        let mut rejected = serde_json::Map::new();
        if too_new < events.len() {
            rejected.insert("tooNewLogEventStartIndex".to_owned(), json!(too_new));
        }
        if too_old > 0 {
            rejected.insert("tooOldLogEventEndIndex".to_owned(), json!(too_old));
        }
        // Captured 2026-09-14: the index is the first that is not expired.
        if expired > 0 {
            rejected.insert("expiredLogEventEndIndex".to_owned(), json!(expired));
        }
        if !rejected.is_empty() {
            answer["rejectedLogEventsInfo"] = Value::Object(rejected);
        }
        let taken = events.into_iter().take(too_new).skip(too_old.max(expired));
        let taken = taken
            .filter_map(|event| {
                Some((Timestamp::from_millisecond(event.timestamp).ok()?, event.message))
            })
            .collect();
        self.ingest(&call.target, &name, &stream, taken).map_err(|refusal| match refusal {
            IngestRefusal::NoGroup => missing_group(),
            IngestRefusal::Key => key_denied(&call.target, &name),
        })?;
        Ok(answer)
    }

    /// Its tokens never end: the last page gives back the token it was asked with.
    pub(super) fn get_log_events(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupName", "logGroupIdentifier"])?;
        let input: GetLogEvents = call.input()?;
        let group = self.log_group(&call.target, &name)?;
        standard_only(group, "GetLogEvents")?;
        if !group.streams.contains_key(&input.log_stream_name) {
            return Err(missing_stream());
        }
        self.log_events_readable(call, &name)?;
        let kept_since = group.kept_since(self.now.as_millisecond());
        let mut events: Vec<&LogEvent> = group
            .events
            .iter()
            .filter(|event| event.stream == input.log_stream_name)
            .filter(|event| event.timestamp >= input.start_time.unwrap_or(0).max(kept_since))
            .filter(|event| input.end_time.is_none_or(|end| event.timestamp < end))
            .collect();
        events.sort_by(|a, b| a.id.cmp(&b.id));
        let limit = input.limit.unwrap_or(PAGE_EVENTS).max(1);
        let (forward, position) = match input.next_token.as_deref() {
            None => (input.start_from_head, None),
            Some(token) => {
                let (direction, id) = read_token(token).ok_or_else(invalid_token)?;
                (direction == "f", Some(id))
            }
        };
        let page: &[&LogEvent] = match (forward, position) {
            (true, position) => {
                let start =
                    events.partition_point(|event| position.is_some_and(|id| *event.id <= *id));
                let some = &events[start..];
                &some[..fitting(some.iter().take(limit).copied())]
            }
            (false, position) => {
                let end = events.partition_point(|event| position.is_none_or(|id| *event.id < *id));
                let some = &events[..end];
                &some[some.len() - fitting(some.iter().rev().take(limit).copied())..]
            }
        };
        let nowhere = "0".repeat(56);
        let stay = position.unwrap_or(&nowhere);
        let first = page.first().map_or(stay, |event| event.id.as_str());
        let last = page.last().map_or(stay, |event| event.id.as_str());
        let items: Vec<Value> = page
            .iter()
            .map(|event| {
                json!({
                    "timestamp": event.timestamp,
                    "message": event.message,
                    "ingestionTime": event.ingested,
                })
            })
            .collect();
        Ok(json!({
            "events": items,
            "nextForwardToken": format!("f/{last}/s"),
            "nextBackwardToken": format!("b/{first}/s"),
        }))
    }

    /// Gives the events as they came, whatever transformer the group has. `searchedLogStreams` is
    /// always empty (captured 2026-09-14).
    pub(super) fn filter_log_events(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupName", "logGroupIdentifier"])?;
        let input: FilterLogEvents = call.input()?;
        standard_only(self.log_group(&call.target, &name)?, "FilterLogEvents")?;
        let pattern = FilterPattern::parse(&input.filter_pattern)
            .map_err(|error| refused(&error, Api::FilterLogEvents))?
            .accepted();
        if !input.log_stream_names.is_empty() && input.log_stream_name_prefix.is_some() {
            return Err(invalid(
                "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.",
            ));
        }
        self.log_events_readable(call, &name)?;
        let after = match input.next_token.as_deref() {
            None => String::new(),
            Some(token) => read_token(token)
                .filter(|(direction, _)| *direction == "f")
                .map(|(_, id)| id.to_owned())
                .ok_or_else(invalid_token)?,
        };
        let now = self.now.as_millisecond();
        let account = self.accounts.get(&call.target.account);
        let place = account.and_then(|account| account.regions.get(&call.target.region));
        let group = place.and_then(|place| place.logs.groups.get(&name));
        let group = group.ok_or_else(missing_group)?;
        let kept_since = group.kept_since(now);
        let names = &input.log_stream_names;
        let prefix = input.log_stream_name_prefix.unwrap_or_default();
        let mut events: Vec<&LogEvent> = group
            .events
            .iter()
            .filter(|event| event.id > after)
            .filter(|event| names.is_empty() || names.contains(&event.stream))
            .filter(|event| event.stream.starts_with(&prefix))
            .filter(|event| event.timestamp >= input.start_time.unwrap_or(0).max(kept_since))
            .filter(|event| input.end_time.is_none_or(|end| event.timestamp <= end))
            .collect();
        events.sort_by(|a, b| a.id.cmp(&b.id));
        let limit = input.limit.unwrap_or(PAGE_EVENTS).max(1);
        let mut matcher = pattern.matcher();
        let (mut page, mut bytes, mut looked_at) = (Vec::new(), 0, 0_usize);
        for event in events.iter().take(LOOKED_AT) {
            bytes += event.message.len();
            if page.len() == limit || (bytes > PAGE_BYTES && looked_at > 0) {
                break;
            }
            looked_at += 1;
            if settled(&mut matcher, &event.message, &mut self.hypotheses) {
                page.push(json!({
                    "logStreamName": event.stream,
                    "timestamp": event.timestamp,
                    "message": event.message,
                    "ingestionTime": event.ingested,
                    "eventId": event.id,
                }));
            }
        }
        let last = looked_at.checked_sub(1).map(|last| events[last].id.as_str());
        let next = last.filter(|_| looked_at < events.len()).map(|id| format!("f/{id}/s"));
        Ok(json!({ "events": page, "searchedLogStreams": [], "nextToken": next }))
    }

    /// Without its key what a group holds cannot be read
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>).
    fn log_events_readable(&self, call: &Call, name: &str) -> Result<(), ApiError> {
        let Some(key) = &self.log_group(&call.target, name)?.group.kms_key_id else {
            return Ok(());
        };
        self.log_group_key(&call.target, name, key).map_err(|_| key_denied(&call.target, name))
    }
}

/// How AWS refuses a pattern.
pub(super) fn refused(error: &PatternError, api: Api) -> ApiError {
    invalid(error.refusal.wording(api).unwrap_or_else(|| error.message.clone()))
}

fn check_batch(events: &[InputEvent]) -> Result<(), ApiError> {
    if events.windows(2).any(|pair| pair[0].timestamp > pair[1].timestamp) {
        return Err(invalid(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ));
    }
    if let (Some(first), Some(last)) = (events.first(), events.last())
        && last.timestamp - first.timestamp > DAY_MS
    {
        return Err(invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 \
             hours.",
        ));
    }
    match events.iter().map(|event| event.message.len()).find(|size| *size > LARGEST_EVENT) {
        Some(size) => Err(invalid(format!(
            "Log event too large: {size} bytes exceeds limit of {LARGEST_EVENT}"
        ))),
        None => Ok(()),
    }
}

/// How many events fit on a page.
fn fitting<'e>(events: impl Iterator<Item = &'e LogEvent>) -> usize {
    let mut bytes = 0;
    let fits = |(index, event): &(usize, &LogEvent)| {
        bytes += event.message.len();
        bytes <= PAGE_BYTES || *index == 0
    };
    events.enumerate().take_while(fits).count()
}

/// A token as captured: `f/<56 digits>/s` or `b/<56 digits>/s`.
fn read_token(token: &str) -> Option<(&str, &str)> {
    let (direction, rest) = token.split_once('/')?;
    let id = rest.strip_suffix("/s")?;
    let digits = id.len() == 56 && id.bytes().all(|byte| byte.is_ascii_digit());
    (digits && matches!(direction, "f" | "b")).then_some((direction, id))
}
