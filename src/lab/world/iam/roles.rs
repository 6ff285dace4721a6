//! Roles: their API.

use secmon_core::snapshot::RoleDetail;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::document::check_trust;
use super::{
    StoredRole, encoded, entity_arn, listed, no_such_entity, path_and_name, tag_items, tags,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateRole {
    role_name: String,
    path: Option<String>,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: Option<i64>,
    permissions_boundary: Option<String>,
}

impl World {
    pub(super) fn create_role(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: CreateRole = call.input()?;
        let name = input.role_name;
        check_name("roleName", &name)?;
        let path = input.path.unwrap_or_else(|| "/".to_owned());
        let arn = entity_arn(&call.target, &format!("role{path}{name}"))?;
        let same = |known: &String| known.eq_ignore_ascii_case(&name);
        if self.iam_of(&call.target.account).roles.keys().any(same) {
            return Err(ApiError::new(
                "EntityAlreadyExistsException",
                format!("Role with name {name} already exists."),
            ));
        }
        check_trust(&input.assume_role_policy_document)?;
        let detail = RoleDetail {
            arn,
            assume_role_policy_document: input.assume_role_policy_document,
            permissions_boundary_arn: input.permissions_boundary,
        };
        let id = self.iam_id("AROA");
        let mut role = StoredRole::new(detail, id, self.now);
        role.description = input.description;
        role.longest_session = input.max_session_duration.unwrap_or(3_600);
        role.tags = tags(&call.params["Tags"]);
        let answer = json!({ "Role": role.described() });
        self.account_mut(&call.target.account).iam.roles.insert(name, role);
        Ok(answer)
    }

    pub(super) fn get_role(&mut self, call: &Call) -> Result<Value, ApiError> {
        Ok(json!({ "Role": self.called_role(call)?.described() }))
    }

    pub(super) fn list_roles(&mut self, call: &Call) -> Result<Value, ApiError> {
        let prefix = call.text("PathPrefix").unwrap_or("/");
        let roles = self.iam_of(&call.target.account).roles.values();
        let items = roles
            .filter(|role| path_and_name(&role.detail.arn).0.starts_with(prefix))
            .map(StoredRole::described)
            .collect();
        listed(call, "Roles", items)
    }

    pub(super) fn delete_role(&mut self, call: &Call) -> Result<Value, ApiError> {
        let role = self.called_role(call)?;
        let conflict = |message: &str| Err(ApiError::new("DeleteConflictException", message));
        if !role.attached.is_empty() {
            return conflict("Cannot delete entity, must detach all policies first.");
        }
        if !role.inline.is_empty() {
            return conflict("Cannot delete entity, must delete policies first.");
        }
        let name = role.detail.arn.name().to_owned();
        self.account_mut(&call.target.account).iam.roles.remove(&name);
        Ok(json!({}))
    }

    pub(super) fn update_role(&mut self, call: &Call) -> Result<Value, ApiError> {
        let role = self.called_role_mut(call)?;
        if let Some(description) = call.text("Description") {
            role.description = Some(description.to_owned());
        }
        if let Some(seconds) = call.params["MaxSessionDuration"].as_i64() {
            role.longest_session = seconds;
        }
        Ok(json!({}))
    }

    pub(super) fn update_assume_role_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        self.called_role(call)?;
        let text = call.text("PolicyDocument").unwrap_or_default();
        check_trust(text)?;
        self.called_role_mut(call)?.detail.assume_role_policy_document = text.to_owned();
        Ok(json!({}))
    }

    pub(super) fn put_role_permissions_boundary(&mut self, call: &Call) -> Result<Value, ApiError> {
        self.called_role(call)?;
        let arn = call.text("PermissionsBoundary").unwrap_or_default().to_owned();
        self.attachable_policy(call, &arn)?;
        self.called_role_mut(call)?.detail.permissions_boundary_arn = Some(arn);
        Ok(json!({}))
    }

    pub(super) fn delete_role_permissions_boundary(
        &mut self,
        call: &Call,
    ) -> Result<Value, ApiError> {
        self.called_role_mut(call)?.detail.permissions_boundary_arn = None;
        Ok(json!({}))
    }

    pub(super) fn tag_role(&mut self, call: &Call) -> Result<Value, ApiError> {
        let added = tags(&call.params["Tags"]);
        self.called_role_mut(call)?.tags.extend(added);
        Ok(json!({}))
    }

    pub(super) fn untag_role(&mut self, call: &Call) -> Result<Value, ApiError> {
        let keys: Vec<String> =
            Deserialize::deserialize(&call.params["TagKeys"]).unwrap_or_default();
        self.called_role_mut(call)?.tags.retain(|key, _| !keys.contains(key));
        Ok(json!({}))
    }

    pub(super) fn list_role_tags(&mut self, call: &Call) -> Result<Value, ApiError> {
        let items = tag_items(&self.called_role(call)?.tags);
        listed(call, "Tags", items)
    }

    pub(super) fn called_role(&self, call: &Call) -> Result<&StoredRole, ApiError> {
        let name = call.text("RoleName").unwrap_or_default();
        let role = self.iam_of(&call.target.account).roles.get(name);
        role.ok_or_else(|| no_role(name))
    }

    pub(super) fn called_role_mut(&mut self, call: &Call) -> Result<&mut StoredRole, ApiError> {
        let name = call.text("RoleName").unwrap_or_default();
        let role = self.account_mut(&call.target.account).iam.roles.get_mut(name);
        role.ok_or_else(|| no_role(name))
    }
}

impl StoredRole {
    fn described(&self) -> Value {
        let (path, name) = path_and_name(&self.detail.arn);
        let boundary = self.detail.permissions_boundary_arn.as_ref();
        json!({
            "Path": path,
            "RoleName": name,
            "RoleId": self.id,
            "Arn": self.detail.arn,
            "CreateDate": self.created,
            "AssumeRolePolicyDocument": encoded(&self.detail.assume_role_policy_document),
            "Description": self.description,
            "MaxSessionDuration": self.longest_session,
            "PermissionsBoundary": boundary.map(|arn| json!({
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": arn,
            })),
            "Tags": tag_items(&self.tags),
            "RoleLastUsed": {},
        })
    }
}

fn no_role(name: &str) -> ApiError {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

/// Names of roles and policies.
pub(super) fn check_name(member: &str, name: &str) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    match !name.is_empty() && name.chars().all(allowed) {
        true => Ok(()),
        false => Err(ApiError::new(
            "ValidationException",
            format!(
                "The specified value for {member} is invalid. It must contain only alphanumeric \
                 characters and/or the following: +=,.@_-"
            ),
        )),
    }
}
