//! The policies in and on a role.

use secmon_core::snapshot::Arn;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::document::{check_identity_policy, document_of_aws};
use super::roles::check_name;
use super::{encoded, listed, no_such_entity};

impl World {
    pub(super) fn put_role_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        self.called_role(call)?;
        let name = call.text("PolicyName").unwrap_or_default().to_owned();
        check_name("policyName", &name)?;
        let text = call.text("PolicyDocument").unwrap_or_default().to_owned();
        check_identity_policy(&text)?;
        self.called_role_mut(call)?.inline.insert(name, text);
        Ok(json!({}))
    }

    pub(super) fn get_role_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let role = self.called_role(call)?;
        let name = call.text("PolicyName").unwrap_or_default();
        let text = role.inline.get(name).ok_or_else(|| no_role_policy(name))?;
        Ok(json!({
            "RoleName": call.text("RoleName"),
            "PolicyName": name,
            "PolicyDocument": encoded(text),
        }))
    }

    pub(super) fn list_role_policies(&mut self, call: &Call) -> Result<Value, ApiError> {
        let names = self.called_role(call)?.inline.keys().map(|name| json!(name)).collect();
        listed(call, "PolicyNames", names)
    }

    pub(super) fn delete_role_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = call.text("PolicyName").unwrap_or_default();
        let role = self.called_role_mut(call)?;
        role.inline.remove(name).map(|_| json!({})).ok_or_else(|| no_role_policy(name))
    }

    pub(super) fn attach_role_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        self.called_role(call)?;
        let arn = call.text("PolicyArn").unwrap_or_default().to_owned();
        self.attachable_policy(call, &arn)?;
        self.called_role_mut(call)?.attached.insert(arn);
        Ok(json!({}))
    }

    pub(super) fn detach_role_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let arn = call.text("PolicyArn").unwrap_or_default();
        let role = self.called_role_mut(call)?;
        match role.attached.remove(arn) {
            true => Ok(json!({})),
            false => Err(no_such_entity(format!("Policy {arn} was not found."))),
        }
    }

    pub(super) fn list_attached_role_policies(&mut self, call: &Call) -> Result<Value, ApiError> {
        let attached = self.called_role(call)?.attached.iter();
        let items = attached
            .map(|arn| {
                let name = arn.parse::<Arn>().map(|arn| arn.name().to_owned());
                json!({ "PolicyName": name.ok(), "PolicyArn": arn })
            })
            .collect();
        listed(call, "AttachedPolicies", items)
    }

    /// Whether there is a policy to attach.
    pub(super) fn attachable_policy(&self, call: &Call, arn: &str) -> Result<(), ApiError> {
        let known = self.iam_of(&call.target.account).policies.contains_key(arn);
        match known || document_of_aws(arn).is_some() {
            true => Ok(()),
            false => {
                let message = format!("Policy {arn} does not exist or is not attachable.");
                Err(no_such_entity(message))
            }
        }
    }
}

fn no_role_policy(name: &str) -> ApiError {
    no_such_entity(format!("The role policy with name {name} cannot be found."))
}
