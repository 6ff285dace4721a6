//! Ways to a human that end in a program, or that could not be seen: recognised, not judged.

use super::event_rule::{takes_reads, topic_of};
use crate::baseline::Message;
use crate::finding::{Stop, Unseen, look};
use crate::snapshot::{Arn, Asked, Snapshot};

/// A way that may tell somebody; seen, not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherWay {
    /// A target of an EventBridge rule that is no topic, such as a Lambda function.
    EventTarget {
        /// The rule's ARN.
        rule: Arn,
        /// The target's ARN.
        target: String,
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

/// What EventBridge rules that take the reads send them to besides topics, and what of rules could
/// not be seen.
pub fn other_ways(snapshot: &Snapshot, messages: &[Message], asked: &Asked) -> Vec<OtherWay> {
    let rules = match look(&snapshot.at(&asked.target).event_rules, "the EventBridge rules") {
        Ok(rules) => rules,
        Err(Stop::Unseen(unseen)) => return vec![OtherWay::Unseen(unseen)],
        Err(Stop::Skipped(_)) => return Vec::new(),
    };
    let mut ways = Vec::new();
    for rule in rules.values().filter(|rule| takes_reads(rule, messages)) {
        match look(&rule.targets, format!("the targets of event rule {}", rule.name)) {
            Ok(targets) => {
                let programs = targets.values().filter(|to| topic_of(to).is_none());
                ways.extend(programs.map(|to| OtherWay::EventTarget {
                    rule: rule.arn.clone(),
                    target: to.arn.clone(),
                }));
            }
            Err(Stop::Unseen(unseen)) => ways.push(OtherWay::Unseen(unseen)),
            Err(Stop::Skipped(_)) => {}
        }
    }
    ways
}
