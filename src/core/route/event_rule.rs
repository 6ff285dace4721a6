//! EventBridge rules: which get the reads, and which are meant to.
//!
//! CloudTrail sends management events to the default event bus of account and Region while a trail
//! records them there. A rule that is just `ENABLED` is not given those that only read
//! ([read-only management events](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html)).

use serde_json::{Value, json};

use super::watching::{OfReads, nearly_names};
use crate::baseline::{BaselineEntry, Expect, Message};
use crate::event_pattern::EventPattern;
use crate::snapshot::{Arn, EventRule, EventTarget};

/// The state of a rule that is given events of CloudTrail that only read.
pub const ALL_MANAGEMENT_EVENTS: &str = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

/// Fields that differ from event to event and that no example has.
const OF_THE_MOMENT: [&str; 2] = ["id", "time"];

/// Whether EventBridge gives a rule the events of reads at all.
pub fn gets_reads(rule: &EventRule) -> bool {
    rule.state.as_deref() == Some(ALL_MANAGEMENT_EVENTS)
}

/// What CloudTrail makes of a log message on the default event bus; `None` if the message is no
/// JSON. `id` and `time`, which nobody knows beforehand, are left out.
pub fn event_of(message: &Message) -> Option<Value> {
    let detail: Value = serde_json::from_str(&message.text).ok()?;
    let text = |name: &str| detail[name].as_str().unwrap_or_default();
    let source = text("eventSource");
    let detail_type = match text("eventType") {
        "AwsServiceEvent" => "AWS Service Event via CloudTrail",
        "AwsConsoleSignIn" => "AWS Console Sign In via CloudTrail",
        "AwsConsoleAction" => "AWS Console Action via CloudTrail",
        _ => "AWS API Call via CloudTrail",
    };
    let target = &message.asked.target;
    Some(json!({
        "version": "0",
        "detail-type": detail_type,
        "source": format!("aws.{}", source.strip_suffix(".amazonaws.com").unwrap_or(source)),
        "account": target.account,
        "region": target.region,
        "resources": [],
        "detail": detail,
    }))
}

/// What a rule's pattern makes of events.
#[derive(Debug, Clone, Default)]
pub struct EventAnswers<'a> {
    /// Events that match.
    pub matched: Vec<&'a Message>,
    /// Events that do not.
    pub missed: Vec<&'a Message>,
    /// Why of some nobody can tell.
    pub unclear: Option<String>,
}

impl<'a> EventAnswers<'a> {
    /// What the pattern of a rule makes of the messages of one kind.
    pub fn about(rule: &EventRule, messages: &'a [Message], expect: Expect) -> Self {
        let mut answers = Self::default();
        let Some(text) = &rule.event_pattern else {
            answers.unclear = Some("it has no event pattern".to_owned());
            return answers;
        };
        // AWS has saved this pattern, so what is wrong with it here is wrong with the reader.
        let pattern = match EventPattern::parse(text) {
            Ok(pattern) => pattern,
            Err(error) => {
                answers.unclear = Some(format!("secmon cannot read its pattern: {error}"));
                return answers;
            }
        };
        let asked: Vec<&str> =
            OF_THE_MOMENT.into_iter().filter(|field| pattern.asks_for(field)).collect();
        let known = pattern.without(&OF_THE_MOMENT);
        for message in messages.iter().filter(|message| message.expect == expect) {
            let Some(event) = event_of(message) else { continue };
            let matches = known.matches(&event);
            match asked.first() {
                // What else it asks for is not met, whatever the moment brings.
                _ if !matches && !OF_THE_MOMENT.iter().any(|field| known.asks_for(field)) => {
                    answers.missed.push(message);
                }
                None => answers.matched.push(message),
                Some(field) => {
                    let why = format!("its pattern asks for {field}, which differs every time");
                    answers.unclear.get_or_insert(why);
                }
            }
        }
        answers
    }
}

/// What a rule's pattern makes of the reads.
pub(super) fn of_reads(rule: &EventRule, messages: &[Message]) -> OfReads {
    let answers = EventAnswers::about(rule, messages, Expect::Must);
    match answers {
        EventAnswers { matched, .. } if !matched.is_empty() => OfReads::Matches,
        EventAnswers { unclear: Some(_), .. } => OfReads::InDoubt,
        _ => OfReads::Misses,
    }
}

/// Whether a rule gets reads and takes some, or may.
pub(super) fn takes_reads(rule: &EventRule, messages: &[Message]) -> bool {
    rule.event_pattern.is_some() && gets_reads(rule) && of_reads(rule, messages) != OfReads::Misses
}

/// Whether a rule is evidently meant to tell of the entry's events, whether it does or not: its
/// pattern names them, or nearly does.
pub(super) fn is_meant(entry: &BaselineEntry, rule: &EventRule) -> bool {
    let Some(text) = &rule.event_pattern else { return false };
    let lower = text.to_ascii_lowercase();
    if !entry.hints.iter().any(|hint| lower.contains(hint)) {
        return false;
    }
    let Ok(pattern) = EventPattern::parse(text) else { return true };
    let nearly = |wanted: &str, name: &str| nearly_names(&wanted.to_ascii_lowercase(), name);
    let names = |pointer: &str, wanted: &[&str]| {
        pattern.texts_at(pointer).is_none_or(|texts| {
            texts.iter().any(|text| wanted.iter().any(|name| nearly(text, name)))
        })
    };
    let events: Vec<&str> = entry.event_names.iter().map(String::as_str).collect();
    names("/detail/eventName", &events) && names("/detail-type", &["AWS API Call via CloudTrail"])
}

/// The topic that a target of a rule is, if it is one.
pub(super) fn topic_of(target: &EventTarget) -> Option<Arn> {
    target.arn.parse::<Arn>().ok().filter(|arn| arn.service() == "sns")
}
