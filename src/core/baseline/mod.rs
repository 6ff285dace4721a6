//! What ought to be alarmed on.
//!
//! A [`BaselineEntry`] holds a canonical filter pattern and events that *must*, *should* and *must
//! not* match whatever pattern an account uses instead. [`messages`] are those events for the
//! secrets asked about, and the account's own recent reads.

use serde::Deserialize;
use serde_json::Value;

use crate::snapshot::{Asked, Event, Observed, Snapshot, Target, secret_name};

#[cfg(test)]
mod tests;

/// One thing that ought to be alarmed on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineEntry {
    /// The id, such as `secret-access`.
    pub id: String,
    /// What happens, as a clause: "a secret is read".
    pub title: String,
    /// The canonical pattern.
    pub pattern: String,
    /// Words in a pattern that show it was meant for this entry, in lower case.
    pub hints: Vec<String>,
    /// The service whose events these are.
    pub event_source: String,
    /// The API calls that count.
    pub event_names: Vec<String>,
    /// Events to try patterns on.
    pub events: Vec<BaselineEvent>,
}

/// An event to try patterns on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineEvent {
    /// The id, unique in the entry.
    pub id: String,
    /// Whether a pattern has to match it.
    pub expect: Expect,
    /// The event in words.
    pub says: String,
    /// Where the event comes from.
    pub source: String,
    /// The event as one log message, with `{account}`, `{region}`, `{secret_arn}` and
    /// `{secret_name}` to be filled in.
    pub message: String,
}

/// What a pattern has to do with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Expect {
    /// Missing it breaks the chain.
    #[serde(rename = "must")]
    Must,
    /// Missing it degrades the chain.
    #[serde(rename = "should")]
    Should,
    /// Matching it degrades the chain.
    #[serde(rename = "must not")]
    MustNot,
}

/// A log message to try patterns on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Unique in a snapshot.
    pub label: String,
    /// The secret it is about.
    pub asked: Asked,
    /// What a pattern has to do with it.
    pub expect: Expect,
    /// The event in words.
    pub says: String,
    /// The log message.
    pub text: String,
}

impl BaselineEntry {
    /// The default entry: a secret is read.
    #[expect(
        clippy::expect_used,
        reason = "the file is part of the program and read by every test"
    )]
    pub fn secret_access() -> Self {
        toml::from_str(include_str!("secret-access.toml")).expect("secret-access.toml is an entry")
    }
}

impl BaselineEntry {
    /// The canonical event pattern of an EventBridge rule.
    ///
    /// ```
    /// use secmon_core::baseline::BaselineEntry;
    ///
    /// assert_eq!(
    ///     BaselineEntry::secret_access().event_pattern(),
    ///     concat!(
    ///         r#"{"source":["aws.secretsmanager"],"detail-type":["AWS API Call via CloudTrail"],"#,
    ///         r#""detail":{"eventName":["GetSecretValue","BatchGetSecretValue"]}}"#,
    ///     ),
    /// );
    /// ```
    pub fn event_pattern(&self) -> String {
        let service = self.event_source.trim_end_matches(".amazonaws.com");
        serde_json::json!({
            "source": [format!("aws.{service}")],
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {"eventName": self.event_names},
        })
        .to_string()
    }
}

/// How many of the account's own recent reads are tried, newest first.
const RECENT_READS: usize = 5;

/// The messages to try patterns on: the entry's events for every secret asked about, and the
/// account's own recent reads of it.
///
/// Where no secret was named, a stand-in is used: a pattern pinned to one secret does not match
/// reads of *any* secret.
pub fn messages(snapshot: &Snapshot, entry: &BaselineEntry) -> Vec<Message> {
    snapshot.asked.iter().flat_map(|asked| messages_about(snapshot, entry, asked)).collect()
}

/// The messages about one of the secrets asked about.
pub fn messages_about(snapshot: &Snapshot, entry: &BaselineEntry, asked: &Asked) -> Vec<Message> {
    let (name, arn) = secret_names(snapshot, asked);
    let whose = asked.secret.as_deref().unwrap_or("any secret");
    let fill = |text: &str| {
        let quoted = |text: &str| {
            let json = Value::from(text).to_string();
            json[1..json.len() - 1].to_owned()
        };
        text.replace("{account}", asked.target.account.as_str())
            .replace("{region}", asked.target.region.as_str())
            .replace("{secret_arn}", &quoted(&arn))
            .replace("{secret_name}", &quoted(&name))
    };
    let mut messages: Vec<Message> = entry
        .events
        .iter()
        .map(|event| Message {
            label: format!("{} of {whose} in {}", event.id, asked.target),
            asked: asked.clone(),
            expect: event.expect,
            says: event.says.clone(),
            text: fill(&event.message),
        })
        .collect();
    let recent = recent_reads(snapshot, entry, asked);
    let recent = recent.into_iter().take(RECENT_READS);
    messages.extend(recent.filter_map(|event| message_of(event, asked)));
    messages
}

/// One of the account's own reads as a message to try patterns on.
pub fn message_of(event: &Event, asked: &Asked) -> Option<Message> {
    let text = event.cloud_trail_event.clone()?;
    let failed = serde_json::from_str::<Value>(&text).ok()?.get("errorCode").is_some();
    let must = event.event_name == "GetSecretValue" && !failed;
    let whose = asked.secret.as_deref().unwrap_or("any secret");
    Some(Message {
        label: format!("{} of {whose} in {}", event.event_id, asked.target),
        asked: asked.clone(),
        expect: if must { Expect::Must } else { Expect::Should },
        says: format!(
            "{} by {} at {}",
            event.event_name,
            event.username.as_deref().unwrap_or("an unnamed caller"),
            event.event_time.strftime("%Y-%m-%d %H:%M UTC"),
        ),
        text,
    })
}

/// The account's own reads of what is asked about in Event history, newest first.
pub fn recent_reads<'a>(
    snapshot: &'a Snapshot,
    entry: &BaselineEntry,
    asked: &Asked,
) -> Vec<&'a Event> {
    let (name, arn) = secret_names(snapshot, asked);
    let observations = snapshot.at(&asked.target);
    let mut recent: Vec<&Event> = entry
        .event_names
        .iter()
        .filter_map(|event_name| observations.event_history.get(event_name)?.seen())
        .flat_map(|history| &history.events)
        .filter(|event| asked.secret.is_none() || reads(event, &name, &arn))
        .collect();
    recent.sort_by(|a, b| (b.event_time, &b.event_id).cmp(&(a.event_time, &a.event_id)));
    recent
}

/// Name and ARN of the secret asked about, as far as they are known.
fn secret_names(snapshot: &Snapshot, asked: &Asked) -> (String, String) {
    let Some(id) = &asked.secret else {
        return ("any/secret".to_owned(), arn_for(asked, "any/secret"));
    };
    match snapshot.at(&asked.target).secrets.get(id) {
        Some(Observed::Seen(secret)) => (secret.name.clone(), secret.arn.to_string()),
        _ if id.starts_with("arn:") => {
            let resource = id.splitn(7, ':').nth(6).unwrap_or(id);
            (secret_name(resource).to_owned(), id.clone())
        }
        _ => (id.clone(), arn_for(asked, id)),
    }
}

fn arn_for(asked: &Asked, name: &str) -> String {
    let Target { account, region } = &asked.target;
    format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-AbCdEf")
}

fn reads(event: &Event, name: &str, arn: &str) -> bool {
    let Some(text) = &event.cloud_trail_event else {
        return false;
    };
    let Ok(event) = serde_json::from_str::<Value>(text) else {
        return false;
    };
    let id = event.pointer("/requestParameters/secretId").and_then(Value::as_str);
    id.is_some_and(|id| id == name || id == arn || Some(id) == arn.rsplit_once('-').map(|a| a.0))
}
