//! What an alarm's actions did, read from `DescribeAlarmHistory`.
//!
//! An item's `HistoryData` is JSON as text, cut at 4,095 characters: what is cut off mid-way is read
//! as far as it goes. Shapes and texts are captured ones (captured on AWS in September 2026) and public
//! reports of the texts that AWS used before (each with its wording).
//!
//! ```
//! use secmon_core::action_history::{ActionState, actions};
//! use secmon_core::snapshot::AlarmHistoryItem;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let item = AlarmHistoryItem {
//!     timestamp: "2026-01-04T16:20:10Z".parse()?,
//!     history_item_type: "Action".to_owned(),
//!     history_summary: "Failed to execute action arn:aws:sns:eu-west-1:123456789012:a".to_owned(),
//!     history_data: Some(r#"{"actionState":"Failed","error":"some te"#.to_owned()),
//! };
//! let found = actions(&[item]);
//! assert_eq!(found[0].state, ActionState::Failed);
//! assert_eq!(found[0].resource, "arn:aws:sns:eu-west-1:123456789012:a");
//! assert_eq!(found[0].error.as_deref(), Some("some te…"));
//! # Ok(()) }
//! ```

use jiff::Timestamp;
use serde_json::{Deserializer, Value};

use crate::snapshot::AlarmHistoryItem;

#[cfg(test)]
mod tests;

/// One action of an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// When.
    pub time: Timestamp,
    /// ARN of what was notified or invoked; empty where AWS's text does not say.
    pub resource: String,
    /// What became of it.
    pub state: ActionState,
    /// AWS's text about a failure, verbatim; ends in `…` where AWS cut it off.
    pub error: Option<String>,
}

/// What became of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionState {
    /// The service that was called accepted the call.
    Succeeded,
    /// It refused, or could not be reached.
    Failed,
    /// The history item does not say.
    Unclear,
}

/// What a failure's text says about its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureCause {
    /// The topic's policy does not admit the alarm.
    TopicPolicy,
    /// The key that encrypts the topic does not admit the alarm.
    TopicKey,
    /// A text that nobody has recorded the cause of.
    Unclear,
}

/// The actions among the items of an alarm's history, in the order of the items: newest first.
pub fn actions(history: &[AlarmHistoryItem]) -> Vec<Action> {
    let items = history.iter().filter(|item| item.history_item_type == "Action");
    items.map(action).collect()
}

fn action(item: &AlarmHistoryItem) -> Action {
    let data = item.history_data.as_deref().unwrap_or_default();
    let summary = &item.history_summary;
    let state = match field(data, "actionState").as_deref() {
        Some("Succeeded") => ActionState::Succeeded,
        Some("Failed") => ActionState::Failed,
        _ if summary.starts_with("Successfully executed action") => ActionState::Succeeded,
        _ if summary.starts_with("Failed to execute action") => ActionState::Failed,
        _ => ActionState::Unclear,
    };
    Action {
        time: item.timestamp,
        resource: field(data, "notificationResource")
            .or_else(|| after_action(summary))
            .unwrap_or_default(),
        state,
        error: field(data, "error").or_else(|| received_error(summary)),
    }
}

/// When the alarm last went to ALARM, by these items of its history, newest first. Whether a datapoint
/// or somebody with `SetAlarmState` sent it there makes no difference to its actions.
pub fn newest_alarm(history: &[AlarmHistoryItem]) -> Option<Timestamp> {
    let goes_to_alarm = |item: &&AlarmHistoryItem| {
        item.history_item_type == "StateUpdate" && item.history_summary.ends_with(" to ALARM")
    };
    history.iter().find(goes_to_alarm).map(|item| item.timestamp)
}

/// The text of a field of an object that may be cut off; `None` where it is null or missing.
///
/// Scans for the quoted name: the message inside `publishedMessage` is text in text, so that its
/// quotes are escaped and cannot be mistaken for a name.
fn field(data: &str, name: &str) -> Option<String> {
    let quoted = format!("\"{name}\":");
    let rest = data[data.find(&quoted)? + quoted.len()..].trim_start();
    match Deserializer::from_str(rest).into_iter::<Value>().next() {
        Some(Ok(Value::String(text))) => Some(text),
        Some(Ok(_)) => None,
        Some(Err(_)) | None => rest.strip_prefix('"').map(|cut| format!("{cut}…")),
    }
}

fn after_action(summary: &str) -> Option<String> {
    let (_, rest) = summary.split_once(" action ")?;
    let arn = rest.split_whitespace().next()?;
    Some(arn.trim_end_matches('.').to_owned())
}

fn received_error(summary: &str) -> Option<String> {
    let (_, text) = summary.split_once("Received error: ")?;
    Some(text.trim_matches('"').to_owned())
}

impl FailureCause {
    /// What this text says. AWS has changed the texts over the years; what stayed is looked for.
    pub fn of(error: &str) -> Self {
        let error = error.to_ascii_lowercase();
        if error.contains("not authorized to perform: sns:publish") {
            Self::TopicPolicy
        } else if error.contains("topic encryption key")
            || (error.contains("awskms") && error.contains("accessdenied"))
        {
            Self::TopicKey
        } else {
            Self::Unclear
        }
    }
}
