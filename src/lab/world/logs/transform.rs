//! Transformers of log events, of a group and of the account, and what they make of an event as far
//! as the pages on their processors say
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation-JSONMutate.html>).

use std::borrow::Cow;

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

/// The transformer of a group's events.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Transformation {
    /// There is none.
    None,
    /// These processors, one after the other.
    Steps(Vec<Value>),
}

impl Logs {
    /// What becomes of a group's events: its own transformer wins over the account's
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation.html>).
    pub(super) fn transformation(&self, group: &Group) -> Transformation {
        let steps =
            |config: &Value| Transformation::Steps(config.as_array().cloned().unwrap_or_default());
        if let Some(transformer) = &group.transformer {
            return steps(&transformer.config);
        }
        let name = &group.group.log_group_name;
        let mut policies = self.account_policies.iter().filter(|policy| {
            policy.policy_type == "TRANSFORMER_POLICY"
                && policy.selection_criteria.as_deref().is_none_or(|text| selects(text, name))
        });
        policies.next().map_or(Transformation::None, |policy| {
            let document: Value = serde_json::from_str(&policy.policy_document).unwrap_or_default();
            steps(&document)
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

impl Transformation {
    /// What becomes of a message; `None` where the lab does not compute it.
    pub(super) fn apply<'m>(&self, message: &'m str) -> Option<Cow<'m, str>> {
        let Self::Steps(steps) = self else { return Some(Cow::Borrowed(message)) };
        let (first, rest) = steps.split_first()?;
        let how = first.get("parseJSON")?;
        let of_message = how["source"].as_str().is_none_or(|source| source == "@message");
        if !of_message || !how["destination"].is_null() {
            return None;
        }
        // `parseJSON` of the message into the root of the event gives the message's fields.
        if rest.is_empty() {
            return Some(Cow::Borrowed(message));
        }
        let mut event: Value = serde_json::from_str(message).ok()?;
        for step in rest {
            let (name, how) = step.as_object().filter(|step| step.len() == 1)?.iter().next()?;
            process(&mut event, name, how)?;
        }
        Some(Cow::Owned(event.to_string()))
    }
}

/// One processor's work; `None` where its page leaves open what it does.
fn process(event: &mut Value, name: &str, how: &Value) -> Option<()> {
    let text = |value: &Value, member: &str| value[member].as_str().map(str::to_owned);
    let entries = how["entries"].as_array().cloned().unwrap_or_default();
    let over = |entry: &Value| entry["overwriteIfExists"].as_bool().unwrap_or(false);
    match name {
        "addKeys" => {
            for entry in &entries {
                set(event, &text(entry, "key")?, entry["value"].clone(), over(entry))?;
            }
        }
        "copyValue" => {
            for entry in &entries {
                let source = text(entry, "source")?;
                // Names of the group, the stream, the account and the Region.
                if source.starts_with('@') {
                    return None;
                }
                if let Some(value) = event.pointer(&pointer(&source)).cloned() {
                    set(event, &text(entry, "target")?, value, over(entry))?;
                }
            }
        }
        // Whether the new name of a nested key stands beside the old one is not said.
        "renameKeys" => {
            for entry in &entries {
                // The page says `target` where the API's model says `renameTo`.
                let to = text(entry, "renameTo").or_else(|| text(entry, "target"))?;
                let key = text(entry, "key")?;
                if key.contains('.') || to.contains('.') {
                    return None;
                }
                if let Some(value) = remove(event, &key) {
                    set(event, &to, value, over(entry))?;
                }
            }
        }
        // The key goes into the target, under its own name.
        "moveKeys" => {
            for entry in &entries {
                let (source, target) = (text(entry, "source")?, text(entry, "target")?);
                let name = source.rsplit('.').next()?;
                if let Some(value) = remove(event, &source) {
                    set(event, &format!("{target}.{name}"), value, over(entry))?;
                }
            }
        }
        "deleteKeys" => {
            for key in how["withKeys"].as_array()? {
                remove(event, key.as_str()?);
            }
        }
        "lowerCaseString" | "upperCaseString" | "trimString" => {
            for key in how["withKeys"].as_array()? {
                let found = event.pointer_mut(&pointer(key.as_str()?));
                if let Some(Value::String(value)) = found {
                    *value = match name {
                        "lowerCaseString" => value.to_lowercase(),
                        "upperCaseString" => value.to_uppercase(),
                        _ => value.trim().to_owned(),
                    };
                }
            }
        }
        _ => return None,
    }
    Some(())
}

/// The JSON pointer of a key such as `outer_key.inner_key`.
fn pointer(key: &str) -> String {
    let escaped = key.replace('~', "~0").replace('/', "~1");
    escaped.split('.').map(|part| format!("/{part}")).collect()
}

/// Puts a value at a key; `None` where something that is no object is in the way.
fn set(event: &mut Value, key: &str, value: Value, over: bool) -> Option<()> {
    let (parents, name) = key.rsplit_once('.').unwrap_or(("", key));
    let mut place = event;
    for part in parents.split('.').filter(|part| !part.is_empty()) {
        place = place.as_object_mut()?.entry(part).or_insert_with(|| json!({}));
    }
    let members = place.as_object_mut()?;
    if over || !members.contains_key(name) {
        members.insert(name.to_owned(), value);
    }
    Some(())
}

fn remove(event: &mut Value, key: &str) -> Option<Value> {
    let (parents, name) = key.rsplit_once('.').unwrap_or(("", key));
    let place = match parents {
        "" => event,
        parents => event.pointer_mut(&pointer(parents))?,
    };
    place.as_object_mut()?.shift_remove(name)
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
