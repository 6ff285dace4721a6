//! EventBridge: rules and their targets.

use aws_sdk_eventbridge::types::{self as sdk, RuleState};
use secmon_core::plan::Write;
use secmon_core::snapshot::{Arn, EventRule, Target};

use super::{NOT_YET, WriteError, Writing, why};
use crate::connect::Session;
use crate::error::{Named, classify};

#[cfg(test)]
mod tests;

pub(super) async fn write(at: &Writing, write: &Write) -> Result<(), WriteError> {
    let client = at.clients.eventbridge();
    match write {
        Write::PutRule { rule, .. } => put_rule(at, rule).await,
        Write::PutTargets { rule, id, arn, .. } => {
            let target = sdk::Target::builder().id(id).arn(arn).build();
            let target = target.map_err(|error| at.unbuildable(&error))?;
            match client.put_targets().rule(rule).targets(target).send().await {
                Ok(answer) => {
                    let failed = answer.failed_entries().first();
                    entry(at, failed.map(|it| (it.error_code(), it.error_message())))
                }
                error => at.done(error),
            }
        }
        Write::RemoveTargets { rule, id, .. } => {
            match client.remove_targets().rule(rule).ids(id).send().await {
                Ok(answer) => {
                    let failed = answer.failed_entries().first();
                    entry(at, failed.map(|it| (it.error_code(), it.error_message())))
                }
                error => at.done(error),
            }
        }
        _ => Ok(()),
    }
}

impl Session {
    /// The names of the rules whose target a topic is.
    pub(super) async fn rules_that_notify(
        &self,
        target: &Target,
        topic: &Arn,
    ) -> Result<Vec<String>, String> {
        let Some(who) = self.writer_of(&target.account) else {
            return Err(format!("these credentials are not of account {}", target.account));
        };
        let clients = self.clients(who, &target.region);
        let request = clients.eventbridge().list_rule_names_by_target().target_arn(topic.as_str());
        match request.send().await {
            Ok(answer) => Ok(answer.rule_names.unwrap_or_default()),
            Err(error) => {
                let (name, action) = ("ListRuleNamesByTarget", "events:ListRuleNamesByTarget");
                Err(why(classify(Named { name, action }, &[], self.patience(), &error)))
            }
        }
    }
}

/// An answer that is no error may still say that nothing was done, with a code and a message.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html>
fn entry(at: &Writing, failed: Option<(Option<&str>, Option<&str>)>) -> Result<(), WriteError> {
    let Some((code, message)) = failed else { return Ok(()) };
    let code = code.unwrap_or_default();
    let reason = format!("{}: {code}: {}", at.named.name, message.unwrap_or_default());
    match NOT_YET.contains(&code) {
        true => Err(WriteError::NotYet { reason }),
        false => Err(WriteError::failed(reason)),
    }
}

/// `PutRule`: targets and tags stay.
async fn put_rule(at: &Writing, rule: &EventRule) -> Result<(), WriteError> {
    let request = at
        .clients
        .eventbridge()
        .put_rule()
        .name(&rule.name)
        .set_event_pattern(rule.event_pattern.clone())
        .set_schedule_expression(rule.schedule_expression.clone())
        .set_state(rule.state.as_deref().map(RuleState::from))
        .set_description(rule.description.clone())
        .set_role_arn(rule.role_arn.as_ref().map(ToString::to_string));
    at.done(request.send().await)
}
