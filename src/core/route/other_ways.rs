//! Ways to a human that are not filter and alarm: recognised, not judged.

use serde_json::Value;

use crate::baseline::BaselineEntry;
use crate::finding::{Stop, Unseen, look};
use crate::snapshot::{Arn, Asked, EventRule, Snapshot};

/// A way to a human that is not filter and alarm; seen, not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherWay {
    /// An alarm on a scheduled Logs query.
    LogAlarm {
        /// Its ARN.
        alarm: Arn,
    },
    /// An EventBridge rule.
    EventRule {
        /// Its ARN.
        rule: Arn,
    },
    /// An action of an alarm that is no topic, such as a Lambda function.
    AlarmAction {
        /// The alarm's ARN.
        alarm: Arn,
        /// The action's ARN.
        action: String,
    },
    /// It could not be seen whether there is one.
    Unseen(Unseen),
}

/// Ways to a human that are not filter and alarm.
pub fn other_ways(snapshot: &Snapshot, entry: &BaselineEntry, asked: &Asked) -> Vec<OtherWay> {
    let mut ways = Vec::new();
    for (target, observations) in &snapshot.targets {
        if let Some(alarms) = observations.alarms.seen() {
            let armed = alarms.log_alarms.values();
            let armed =
                armed.filter(|alarm| alarm.actions_enabled && !alarm.alarm_actions.is_empty());
            ways.extend(armed.map(|alarm| OtherWay::LogAlarm { alarm: alarm.alarm_arn.clone() }));
        }
        if target != &asked.target {
            continue;
        }
        match look(&observations.event_rules, "the EventBridge rules") {
            Ok(rules) => {
                for rule in rules.values().filter(|rule| may_tell(entry, rule)) {
                    if rule.targets.seen().is_none_or(|targets| !targets.is_empty()) {
                        ways.push(OtherWay::EventRule { rule: rule.arn.clone() });
                    }
                }
            }
            Err(Stop::Unseen(unseen)) => ways.push(OtherWay::Unseen(unseen)),
            Err(Stop::Skipped(_)) => {}
        }
    }
    ways
}

/// Whether an EventBridge rule may tell somebody of an event of the entry.
///
/// A rule in state `ENABLED` gets no read-only events of CloudTrail; it takes
/// `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`. Source:
/// [RuleState](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Rule.html).
pub(super) fn may_tell(entry: &BaselineEntry, rule: &EventRule) -> bool {
    rule.state.as_deref() == Some("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
        && rule.event_pattern.as_ref().is_some_and(|pattern| may_match(entry, pattern))
}

/// Whether an EventBridge pattern may match CloudTrail's events of the entry. Fields with anything
/// but plain strings may match.
fn may_match(entry: &BaselineEntry, pattern: &str) -> bool {
    let Ok(pattern) = serde_json::from_str::<Value>(pattern) else {
        return true;
    };
    let source = entry.event_source.replace(".amazonaws.com", "");
    let admits = |pointer: &str, wanted: &[&str]| match pattern.pointer(pointer) {
        Some(Value::Array(values)) => values.iter().any(|value| match value {
            Value::String(text) => wanted.contains(&text.as_str()),
            _ => true,
        }),
        _ => true,
    };
    let names: Vec<&str> = entry.event_names.iter().map(String::as_str).collect();
    admits("/source", &[&format!("aws.{source}")])
        && admits("/detail-type", &["AWS API Call via CloudTrail"])
        && admits("/detail/eventSource", &[&entry.event_source])
        && admits("/detail/eventName", &names)
}
