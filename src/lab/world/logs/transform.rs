//! Transformers of log events, of a group and of the account: kept, not computed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::page::page;
use super::{Group, Logs, criteria, invalid, invalid_token, named_group, standard_only};

/// A group's transformer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::world) struct Transformer {
    pub(in crate::world) created: i64,
    pub(in crate::world) modified: i64,
    pub(in crate::world) config: Value,
}

/// A policy that holds for all log groups of the account in a Region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::world) struct AccountPolicy {
    pub(in crate::world) policy_name: String,
    pub(in crate::world) policy_document: String,
    pub(in crate::world) last_updated_time: i64,
    pub(in crate::world) policy_type: String,
    pub(in crate::world) scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::world) selection_criteria: Option<String>,
    pub(in crate::world) account_id: String,
}

/// What a transformer makes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// There is none, or it leaves JSON as it is.
    None,
    /// It changes the event in a way that the lab does not compute.
    Unknown,
}

impl Logs {
    /// What becomes of a group's events: its own transformer wins over the account's
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation.html>).
    pub(super) fn transformation(&self, group: &Group) -> Effect {
        if let Some(transformer) = &group.transformer {
            return effect(&transformer.config);
        }
        let name = &group.group.log_group_name;
        let mut policies = self.account_policies.iter().filter(|policy| {
            policy.policy_type == "TRANSFORMER_POLICY"
                && policy.selection_criteria.as_deref().is_none_or(|text| selects(text, name))
        });
        policies.next().map_or(Effect::None, |policy| {
            serde_json::from_str(&policy.policy_document)
                .map_or(Effect::Unknown, |config: Value| effect(&config))
        })
    }
}

fn selects(text: &str, group: &str) -> bool {
    criteria::hold(text, &|field, value| match field {
        "LogGroupName" => Some(group == value),
        "LogGroupNamePrefix" => Some(group.starts_with(value)),
        _ => None,
    })
    .unwrap_or(false)
}

/// `parseJSON` of the message into the root of the event gives the fields that the message has.
fn effect(config: &Value) -> Effect {
    let identity = |step: &Value| {
        step.as_object().is_some_and(|step| {
            step.iter().all(|(name, how)| {
                let default = how["source"].as_str().is_none_or(|source| source == "@message");
                name == "parseJSON" && how["destination"].is_null() && default
            })
        })
    };
    match config.as_array() {
        Some(steps) if steps.iter().all(identity) => Effect::None,
        _ => Effect::Unknown,
    }
}

impl World {
    pub(super) fn get_transformer(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupIdentifier"])?;
        let group = self.log_group(&call.target, &name)?;
        standard_only(group, "GetTransformer")?;
        Ok(match &group.transformer {
            None => json!({}),
            Some(transformer) => json!({
                "logGroupIdentifier": call.text("logGroupIdentifier"),
                "creationTime": transformer.created,
                "lastModifiedTime": transformer.modified,
                "transformerConfig": transformer.config,
            }),
        })
    }

    pub(super) fn put_transformer(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupIdentifier"])?;
        let now = self.now.as_millisecond();
        let group = self.log_group_mut(&call.target, &name)?;
        standard_only(group, "PutTransformer")?;
        let created = group.transformer.as_ref().map_or(now, |old| old.created);
        let config = call.params["transformerConfig"].clone();
        group.transformer = Some(Transformer { created, modified: now, config });
        Ok(json!({}))
    }

    pub(super) fn delete_transformer(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = named_group(call, &["logGroupIdentifier"])?;
        let group = self.log_group_mut(&call.target, &name)?;
        match group.transformer.take() {
            Some(_) => Ok(json!({})),
            None => Err(ApiError::new(
                "ResourceNotFoundException",
                "The specified transformer does not exist.",
            )),
        }
    }

    pub(super) fn describe_account_policies(&mut self, call: &Call) -> Result<Value, ApiError> {
        let policies = self.place(&call.target).logs.account_policies.iter();
        let found: Vec<Value> = policies
            .filter(|policy| Some(policy.policy_type.as_str()) == call.text("policyType"))
            .filter(|policy| call.text("policyName").is_none_or(|name| name == policy.policy_name))
            .map(|policy| json!(policy))
            .collect();
        let (policies, next) = page(found, 50, call.text("nextToken")).ok_or_else(invalid_token)?;
        Ok(json!({ "accountPolicies": policies, "nextToken": next }))
    }

    pub(super) fn put_account_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let text = |name: &str| call.text(name).map(str::to_owned);
        let policy = AccountPolicy {
            policy_name: text("policyName").unwrap_or_default(),
            policy_document: text("policyDocument").unwrap_or_default(),
            last_updated_time: self.now.as_millisecond(),
            policy_type: text("policyType").unwrap_or_default(),
            scope: text("scope").unwrap_or_else(|| "ALL".to_owned()),
            selection_criteria: text("selectionCriteria"),
            account_id: call.target.account.to_string(),
        };
        if serde_json::from_str::<Value>(&policy.policy_document).is_err() {
            return Err(invalid("Policy document is not valid JSON."));
        }
        let answer = json!({ "accountPolicy": policy });
        let policies = &mut self.place_mut(&call.target).logs.account_policies;
        let same = |old: &AccountPolicy| {
            old.policy_type == policy.policy_type && old.policy_name == policy.policy_name
        };
        policies.retain(|old| !same(old));
        policies.push(policy);
        policies.sort_by(|a, b| {
            (&a.policy_type, &a.policy_name).cmp(&(&b.policy_type, &b.policy_name))
        });
        Ok(answer)
    }

    pub(super) fn delete_account_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let policies = &mut self.place_mut(&call.target).logs.account_policies;
        let before = policies.len();
        policies.retain(|policy| {
            Some(policy.policy_name.as_str()) != call.text("policyName")
                || Some(policy.policy_type.as_str()) != call.text("policyType")
        });
        match policies.len() < before {
            true => Ok(json!({})),
            false => Err(ApiError::new(
                "ResourceNotFoundException",
                "The specified account policy does not exist.",
            )),
        }
    }
}
