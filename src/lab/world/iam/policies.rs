//! Managed policies: their API.

use secmon_core::snapshot::Arn;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::document::{check_identity_policy, document_of_aws, of_aws};
use super::roles::check_name;
use super::{
    Iam, ManagedPolicy, PolicyVersion, encoded, entity_arn, id_of, listed, no_such_entity,
    path_and_name, tag_items, tags,
};

/// How many versions a policy may have.
const VERSIONS: usize = 5;

impl World {
    pub(super) fn create_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = call.text("PolicyName").unwrap_or_default().to_owned();
        check_name("policyName", &name)?;
        let document = call.text("PolicyDocument").unwrap_or_default().to_owned();
        let path = call.text("Path").unwrap_or("/");
        let arn = entity_arn(&call.target, &format!("policy{path}{name}"))?;
        let iam = self.iam_of(&call.target.account);
        let own = iam.policies.values().filter(|policy| policy.arn.account() != "aws");
        if own.into_iter().any(|policy| policy.arn.name() == name) {
            let message =
                format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return Err(ApiError::new("EntityAlreadyExistsException", message));
        }
        check_identity_policy(&document)?;
        let id = self.iam_id("ANPA");
        let mut policy = ManagedPolicy::new(arn, id, 1, document, self.now);
        policy.description = call.text("Description").map(str::to_owned);
        policy.tags = tags(&call.params["Tags"]);
        let iam = &mut self.account_mut(&call.target.account).iam;
        let answer = json!({ "Policy": policy.described(iam) });
        iam.policies.insert(policy.arn.to_string(), policy);
        Ok(answer)
    }

    pub(super) fn get_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let policy = self.called_policy(call)?;
        let iam = self.iam_of(&call.target.account);
        Ok(json!({ "Policy": policy.described(iam) }))
    }

    pub(super) fn list_policies(&mut self, call: &Call) -> Result<Value, ApiError> {
        let iam = self.iam_of(&call.target.account);
        let scope = call.text("Scope").unwrap_or("All");
        let attached = call.params["OnlyAttached"].as_bool().unwrap_or(false);
        let prefix = call.text("PathPrefix").unwrap_or("/");
        let known = iam.policies.values().cloned();
        let others = of_aws().map(|(name, _)| format!("arn:aws:iam::aws:policy/{name}"));
        let others = others
            .filter(|arn| !iam.policies.contains_key(arn))
            .filter_map(|arn| self.policy_of_aws(&arn));
        let mut policies: Vec<ManagedPolicy> = known.chain(others).collect();
        policies.retain(|policy| {
            let of_aws = policy.arn.account() == "aws";
            let wanted = match scope {
                "AWS" => of_aws,
                "Local" => !of_aws,
                _ => true,
            };
            wanted
                && (!attached || iam.attachments(policy) > 0)
                && path_and_name(&policy.arn).0.starts_with(prefix)
        });
        let items = policies.iter().map(|policy| policy.described(iam)).collect();
        listed(call, "Policies", items)
    }

    pub(super) fn delete_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let policy = self.own_policy(call)?;
        let conflict = |message: &str| Err(ApiError::new("DeleteConflictException", message));
        if self.iam_of(&call.target.account).attachments(policy) > 0 {
            return conflict("Cannot delete a policy attached to entities.");
        }
        if policy.versions.len() > 1 {
            return conflict(
                "This policy has more than one version. Before you delete a policy, you must \
                 delete the policy's versions. The default version is deleted with the policy.",
            );
        }
        let arn = policy.arn.to_string();
        self.account_mut(&call.target.account).iam.policies.remove(&arn);
        Ok(json!({}))
    }

    pub(super) fn create_policy_version(&mut self, call: &Call) -> Result<Value, ApiError> {
        if self.own_policy(call)?.versions.len() >= VERSIONS {
            return Err(ApiError::new(
                "LimitExceededException",
                "A managed policy can have up to 5 versions. Before you create a new version, you \
                 must delete an existing version.",
            ));
        }
        let document = call.text("PolicyDocument").unwrap_or_default().to_owned();
        check_identity_policy(&document)?;
        let now = self.now;
        let policy = self.own_policy_mut(call)?;
        policy.newest += 1;
        policy.updated = now;
        policy.versions.insert(policy.newest, PolicyVersion { document, created: now });
        if call.params["SetAsDefault"].as_bool().unwrap_or(false) {
            policy.default = policy.newest;
        }
        Ok(json!({ "PolicyVersion": {
            "VersionId": format!("v{}", policy.newest),
            "IsDefaultVersion": policy.default == policy.newest,
            "CreateDate": now,
        } }))
    }

    pub(super) fn get_policy_version(&mut self, call: &Call) -> Result<Value, ApiError> {
        let policy = self.called_policy(call)?;
        let number = called_version(call, &policy)?;
        Ok(json!({ "PolicyVersion": policy.version(number) }))
    }

    pub(super) fn list_policy_versions(&mut self, call: &Call) -> Result<Value, ApiError> {
        let policy = self.called_policy(call)?;
        let items = policy
            .versions
            .keys()
            .rev()
            .map(|number| {
                let mut item = policy.version(*number);
                item["Document"] = Value::Null;
                item
            })
            .collect();
        listed(call, "Versions", items)
    }

    pub(super) fn set_default_policy_version(&mut self, call: &Call) -> Result<Value, ApiError> {
        let number = called_version(call, self.own_policy(call)?)?;
        let now = self.now;
        let policy = self.own_policy_mut(call)?;
        policy.default = number;
        policy.updated = now;
        Ok(json!({}))
    }

    pub(super) fn delete_policy_version(&mut self, call: &Call) -> Result<Value, ApiError> {
        let policy = self.own_policy(call)?;
        let number = called_version(call, policy)?;
        if policy.default == number {
            return Err(ApiError::new(
                "DeleteConflictException",
                "Cannot delete the default version of a policy.",
            ));
        }
        self.own_policy_mut(call)?.versions.remove(&number);
        Ok(json!({}))
    }

    pub(super) fn tag_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let added = tags(&call.params["Tags"]);
        self.own_policy_mut(call)?.tags.extend(added);
        Ok(json!({}))
    }

    pub(super) fn list_policy_tags(&mut self, call: &Call) -> Result<Value, ApiError> {
        let items = tag_items(&self.called_policy(call)?.tags);
        listed(call, "Tags", items)
    }

    fn called_policy(&self, call: &Call) -> Result<ManagedPolicy, ApiError> {
        let arn = call.text("PolicyArn").unwrap_or_default();
        let known = self.iam_of(&call.target.account).policies.get(arn).cloned();
        known.or_else(|| self.policy_of_aws(arn)).ok_or_else(|| no_policy(arn))
    }

    fn policy_of_aws(&self, arn: &str) -> Option<ManagedPolicy> {
        let document = document_of_aws(arn)?.to_owned();
        let parsed: Arn = arn.parse().ok()?;
        // Only the time is a stand-in: AWS's policies have been there since 2015.
        let since = jiff::Timestamp::UNIX_EPOCH;
        let id = id_of("ANPA", parsed.name());
        Some(ManagedPolicy::new(parsed, id, 1, document, since))
    }

    /// A policy that the account may change.
    fn own_policy(&self, call: &Call) -> Result<&ManagedPolicy, ApiError> {
        let arn = call.text("PolicyArn").unwrap_or_default();
        if arn.contains(":iam::aws:") {
            return Err(ApiError::access_denied(call, &format!("iam:{}", call.operation)));
        }
        self.iam_of(&call.target.account).policies.get(arn).ok_or_else(|| no_policy(arn))
    }

    fn own_policy_mut(&mut self, call: &Call) -> Result<&mut ManagedPolicy, ApiError> {
        let arn = self.own_policy(call)?.arn.to_string();
        let policies = &mut self.account_mut(&call.target.account).iam.policies;
        policies.get_mut(&arn).ok_or_else(|| no_policy(&arn))
    }
}

impl Iam {
    fn attachments(&self, policy: &ManagedPolicy) -> usize {
        let arn = policy.arn.as_str();
        self.roles.values().filter(|role| role.attached.contains(arn)).count()
    }
}

impl ManagedPolicy {
    fn described(&self, iam: &Iam) -> Value {
        let (path, name) = path_and_name(&self.arn);
        let bounds = iam.roles.values().filter(|role| {
            role.detail.permissions_boundary_arn.as_deref() == Some(self.arn.as_str())
        });
        json!({
            "PolicyName": name,
            "PolicyId": self.id,
            "Arn": self.arn,
            "Path": path,
            "DefaultVersionId": format!("v{}", self.default),
            "AttachmentCount": iam.attachments(self),
            "PermissionsBoundaryUsageCount": bounds.count(),
            "IsAttachable": true,
            "Description": self.description,
            "CreateDate": self.created,
            "UpdateDate": self.updated,
            "Tags": tag_items(&self.tags),
        })
    }

    fn version(&self, number: u32) -> Value {
        let version = self.versions.get(&number);
        json!({
            "Document": version.map(|version| encoded(&version.document)),
            "VersionId": format!("v{number}"),
            "IsDefaultVersion": self.default == number,
            "CreateDate": version.map(|version| version.created),
        })
    }
}

fn no_policy(arn: &str) -> ApiError {
    no_such_entity(format!("Policy {arn} was not found."))
}

fn called_version(call: &Call, policy: &ManagedPolicy) -> Result<u32, ApiError> {
    let id = call.text("VersionId").unwrap_or_default();
    let number = id.strip_prefix('v').and_then(|number| number.parse().ok());
    number.filter(|number| policy.versions.contains_key(number)).ok_or_else(|| {
        no_such_entity(format!(
            "Policy {} version {id} does not exist or is not attachable.",
            policy.arn
        ))
    })
}
