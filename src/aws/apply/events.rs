//! EventBridge: rules.

use aws_sdk_eventbridge::types::RuleState;
use secmon_core::snapshot::EventRule;

use super::{WriteError, Writing};

/// `PutRule`: targets and tags stay.
pub(super) async fn put_rule(at: &Writing, rule: &EventRule) -> Result<(), WriteError> {
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
