//! Transformers of log events, of a group and of the account.

use secmon_core::snapshot::{self, Target};
use secmon_core::transformer::Transformation;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::page::page;
use super::{Group, Logs, invalid, invalid_token, named_group, standard_only};

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

impl Logs {
    /// What becomes of a group's events.
    pub(super) fn transformation(&self, group: &Group) -> Transformation {
        let own = group.transformer.as_ref().map(Transformer::seen);
        let policies = self.account_policies.iter();
        let policies = policies.filter(|policy| policy.policy_type == TRANSFORMER_POLICY);
        let policies: Vec<snapshot::AccountPolicy> = policies.map(AccountPolicy::seen).collect();
        Transformation::of(&group.group.log_group_name, own.as_ref(), &policies)
    }
}

/// The type of account policies that are transformers.
pub(in crate::world) const TRANSFORMER_POLICY: &str = "TRANSFORMER_POLICY";

impl Transformer {
    pub(in crate::world) fn new(seen: &snapshot::Transformer, now: i64) -> Self {
        let config = Value::from(seen.transformer_config.clone());
        Self { created: now, modified: now, config }
    }

    /// As GetTransformer shows it.
    pub(in crate::world) fn seen(&self) -> snapshot::Transformer {
        let steps = self.config.as_array().cloned().unwrap_or_default();
        snapshot::Transformer { transformer_config: steps }
    }
}

impl AccountPolicy {
    pub(in crate::world) fn transformer(
        seen: &snapshot::AccountPolicy,
        target: &Target,
        now: i64,
    ) -> Self {
        Self {
            policy_name: seen.policy_name.clone(),
            policy_document: seen.policy_document.clone(),
            last_updated_time: now,
            policy_type: TRANSFORMER_POLICY.to_owned(),
            scope: "ALL".to_owned(),
            selection_criteria: seen.selection_criteria.clone(),
            account_id: target.account.to_string(),
        }
    }

    /// As DescribeAccountPolicies shows it.
    pub(in crate::world) fn seen(&self) -> snapshot::AccountPolicy {
        snapshot::AccountPolicy {
            policy_name: self.policy_name.clone(),
            policy_document: self.policy_document.clone(),
            selection_criteria: self.selection_criteria.clone(),
        }
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
