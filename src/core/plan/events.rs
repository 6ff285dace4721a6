//! EventBridge: rules.

use super::steps::Draft;
use super::{Intent, RuleSetting, Write, free_name};
use crate::snapshot::{EventRule, Snapshot, Target};

/// The most targets a rule takes.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html>
const MOST_TARGETS: usize = 5;
/// Stands for a topic that the user must choose.
const TOPIC: &str = "TOPIC_ARN";

/// The rule with what is wished for; `PutRule` unsets what is not given, targets and tags aside.
pub(super) fn put_rule(
    target: &Target,
    name: &str,
    wishes: &[&Intent],
    snapshot: &Snapshot,
) -> Draft {
    let rules = snapshot.at(target).event_rules.seen();
    let Some(rule) = rules.and_then(|rules| rules.get(name)) else {
        return Draft::by_hand(format!(
            "Event rule {name} was not read, and putting it anew would replace all of it. Read it \
             first."
        ));
    };
    if let Some(by_hand) = managed(rule) {
        return by_hand;
    }
    let mut put = rule.clone();
    for wish in wishes {
        if let Intent::SetEventRule { set, .. } = wish {
            match set {
                RuleSetting::State(wanted) => put.state = Some(wanted.clone()),
                RuleSetting::Pattern(wanted) => put.event_pattern = Some(wanted.clone()),
            }
        }
    }
    Draft::run(
        format!("Puts event rule {name} anew; its targets and whatever else it has stay."),
        Write::PutRule { target: target.clone(), rule: put },
    )
}

/// The rule with one more target, without a role: a topic's own policy admits EventBridge. Targets
/// with other ids stay.
pub(super) fn put_target(
    target: &Target,
    name: &str,
    topic: Option<&str>,
    snapshot: &Snapshot,
) -> Draft {
    let rules = snapshot.at(target).event_rules.seen();
    let rule = rules.and_then(|rules| rules.get(name));
    let Some((rule, targets)) = rule.and_then(|rule| Some((rule, rule.targets.seen()?))) else {
        return Draft::by_hand(format!(
            "The targets of event rule {name} were not read, and one of the same Id would be \
             replaced. Read them first."
        ));
    };
    if let Some(by_hand) = managed(rule) {
        return by_hand;
    }
    let topic = topic.unwrap_or(TOPIC);
    if targets.len() >= MOST_TARGETS {
        return Draft::by_hand(format!(
            "Event rule {name} has {MOST_TARGETS} targets, the most there can be: take one away, \
             then add {topic}."
        ));
    }
    let id = free_name("secmon", |id| targets.contains_key(id));
    let needs = (topic == TOPIC).then(|| format!("{TOPIC}: the topic to notify"));
    Draft::run(
        format!("Lets event rule {name} notify {topic}; its other targets stay."),
        Write::PutTargets {
            target: target.clone(),
            rule: name.to_owned(),
            id,
            arn: topic.to_owned(),
        },
    )
    .needing(needs.into_iter().collect())
}

fn managed(rule: &EventRule) -> Option<Draft> {
    let service = rule.managed_by.as_ref()?;
    Some(Draft::by_hand(format!(
        "Event rule {} is managed by {service}: make a rule of your own beside it.",
        rule.name
    )))
}
