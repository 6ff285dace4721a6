//! EventBridge: rules of the default bus, and what they send where.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secmon_core::event_pattern::EventPattern;
use secmon_core::snapshot::{Arn, EventRule, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::World;
use super::call::{ApiError, Call};
use super::hypothesis::Hypothesis;

mod api;
mod send;
#[cfg(test)]
mod tests;

pub(super) static EVENT_TARGET_ROLE: Hypothesis = Hypothesis {
    id: "event-target-role",
    question: "Does an event reach a topic if the rule's target has a role?",
    settings: &[("lost", "It does not."), ("delivered", "It does.")],
    known: "AWS's page on resource-based policies has said that such events may be lost, and says \
            in a later version that the role's policy counts.",
};

/// What an account has of it in a Region.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Events {
    /// By name.
    pub(super) rules: BTreeMap<String, StoredRule>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredRule {
    /// Its targets are kept apart.
    pub(super) rule: EventRule,
    /// By id, each as `PutTargets` got it.
    #[serde(default)]
    pub(super) targets: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
}

impl World {
    pub(super) fn events(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.operation.as_str() {
            "PutRule" => self.put_rule(call),
            "DescribeRule" => self.describe_rule(call),
            "ListRules" => self.list_rules(call),
            "DeleteRule" => self.delete_rule(call),
            "EnableRule" => self.set_rule_state(call, "ENABLED"),
            "DisableRule" => self.set_rule_state(call, "DISABLED"),
            "PutTargets" => self.put_targets(call),
            "ListTargetsByRule" => self.list_targets_by_rule(call),
            "RemoveTargets" => self.remove_targets(call),
            "ListRuleNamesByTarget" => self.list_rule_names_by_target(call),
            "DescribeEventBus" => self.describe_event_bus(call),
            "ListEventBuses" => self.list_event_buses(call),
            "PutEvents" => self.put_events(call),
            "TagResource" => self.tag_rule(call),
            "UntagResource" => self.untag_rule(call),
            "ListTagsForResource" => self.list_rule_tags(call),
            _ => Err(ApiError::not_served(call)),
        }
    }

    /// Puts an event on the default bus.
    pub(super) fn emit(
        &mut self,
        target: &Target,
        source: &str,
        detail_type: &str,
        resources: Vec<String>,
        detail: Value,
    ) {
        // Nobody listens in most places.
        if self.place(target).events.rules.is_empty() {
            return;
        }
        let id = self.next_uuid().to_string();
        let event = Event { id, source, detail_type, resources, detail, time: self.now };
        self.route_event(target, &event.json(target));
    }

    /// Sends an event to the targets of every rule that it matches.
    fn route_event(&mut self, target: &Target, event: &Value) {
        let rules = self.place(target).events.rules.values();
        let matching: Vec<(Arn, Vec<Value>)> = rules
            .filter(|stored| stored.takes(event))
            .map(|stored| (stored.rule.arn.clone(), stored.targets.values().cloned().collect()))
            .collect();
        for (rule, targets) in matching {
            for to in targets {
                self.send_to_target(&rule, &to, event);
            }
        }
    }
}

/// How the detail types of what CloudTrail records end.
const VIA_CLOUDTRAIL: &str = "via CloudTrail";

struct Event<'a> {
    id: String,
    source: &'a str,
    detail_type: &'a str,
    resources: Vec<String>,
    detail: Value,
    time: Timestamp,
}

impl Event<'_> {
    /// In AWS's order (captured 2026-09-14).
    fn json(&self, target: &Target) -> Value {
        json!({
            "version": "0",
            "id": self.id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": target.account,
            "time": self.time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "region": target.region,
            "resources": self.resources,
            "detail": self.detail,
        })
    }
}

impl StoredRule {
    /// Whether the rule gets an event. One that is just enabled does not get what CloudTrail
    /// records of calls that only read.
    ///
    /// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>
    fn takes(&self, event: &Value) -> bool {
        let recorded = event["detail-type"].as_str().is_some_and(|it| it.ends_with(VIA_CLOUDTRAIL));
        let detail = &event["detail"];
        let management = detail["managementEvent"] != false;
        let only_reads = recorded && management && detail["readOnly"] == true;
        match self.rule.state.as_deref() {
            Some("DISABLED") => return false,
            Some("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") => {}
            _ if only_reads => return false,
            _ => {}
        }
        let text = self.rule.event_pattern.as_deref();
        text.and_then(|text| EventPattern::parse(text).ok()).is_some_and(|it| it.matches(event))
    }
}
