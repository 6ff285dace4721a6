//! EventBridge: rules on the default event bus.

use std::collections::BTreeMap;

use aws_sdk_eventbridge::types as sdk;
use secmon_core::snapshot::{EventRule, EventTarget, Observed};

use super::convert::{filled, need, need_arn};
use super::place::{Page, Place};
use crate::error::Trouble;
use crate::permissions::Call;

/// `ListRules`, by name.
pub(super) async fn list_rules(at: &Place<'_>) -> Result<BTreeMap<String, EventRule>, Trouble> {
    const CALL: Call = Call::ListRules;
    let clients = at.clients()?;
    let rules = at
        .pages(CALL, async |token| {
            let request = clients.eventbridge().list_rules().limit(100).set_next_token(token);
            let answer = at.ask(CALL, &[], request.send()).await?;
            Ok(Page { items: answer.rules.unwrap_or_default(), next: answer.next_token })
        })
        .await?;
    rules.into_iter().map(|rule| event_rule(rule).map(|rule| (rule.name.clone(), rule))).collect()
}

/// `ListTargetsByRule`, by target id.
pub(super) async fn list_targets_by_rule(
    at: &Place<'_>,
    rule: &str,
) -> Result<BTreeMap<String, EventTarget>, Trouble> {
    const CALL: Call = Call::ListTargetsByRule;
    let clients = at.clients()?;
    let targets = at
        .pages(CALL, async |token| {
            let request = clients.eventbridge().list_targets_by_rule().rule(rule).limit(100);
            let request = request.set_next_token(token).send();
            let answer = at.ask(CALL, &["ResourceNotFoundException"], request).await?;
            Ok(Page { items: answer.targets.unwrap_or_default(), next: answer.next_token })
        })
        .await?;
    Ok(targets.into_iter().map(|target| (target.id.clone(), event_target(target))).collect())
}

fn event_target(target: sdk::Target) -> EventTarget {
    let inputs = [
        ("Input", target.input.is_some()),
        ("InputPath", target.input_path.is_some()),
        ("InputTransformer", target.input_transformer.is_some()),
    ];
    EventTarget {
        arn: target.arn,
        role_arn: filled(target.role_arn),
        unread: inputs
            .into_iter()
            .filter(|(_, set)| *set)
            .map(|(name, _)| name.to_owned())
            .collect(),
    }
}

fn event_rule(rule: sdk::Rule) -> Result<EventRule, Trouble> {
    const CALL: Call = Call::ListRules;
    Ok(EventRule {
        name: need(CALL, "Name", rule.name)?,
        arn: need_arn(CALL, "Arn", rule.arn)?,
        event_pattern: filled(rule.event_pattern),
        state: rule.state.map(|state| state.as_str().to_owned()),
        description: filled(rule.description),
        schedule_expression: filled(rule.schedule_expression),
        role_arn: filled(rule.role_arn),
        managed_by: filled(rule.managed_by),
        targets: Observed::NotAsked,
    })
}
