//! Which key is meant: by id, ARN or alias, of this account or another.

use secmon_core::policy::{Principal, Request};
use secmon_core::snapshot::{Arn, Target};

use super::{Alias, Rotation, StoredKey, policy, policy_decision};
use crate::world::World;
use crate::world::call::{ApiError, Call};

/// Where a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) target: Target,
    pub(super) id: String,
}

impl World {
    pub(super) fn stored_key(&self, located: &Located) -> Option<&StoredKey> {
        let key = self.place(&located.target).kms.keys.get(&located.id)?;
        (!key.is_gone(self.now)).then_some(key)
    }

    /// Finds a key by id, ARN, alias or alias ARN.
    pub(super) fn locate_key(&self, key: &str, target: &Target) -> Result<Located, ApiError> {
        let (target, resource) = match key.parse::<Arn>() {
            Ok(arn) => match arn.target() {
                Some(other) if arn.service() == "kms" && other.region == target.region => {
                    (other, arn.resource().to_owned())
                }
                _ => {
                    let message = format!("Invalid arn {}", arn.region());
                    return Err(ApiError::new("NotFoundException", message));
                }
            },
            Err(_) if key.starts_with("alias/") => (target.clone(), key.to_owned()),
            Err(_) => (target.clone(), format!("key/{key}")),
        };
        let kms = &self.place(&target).kms;
        let id = match resource.strip_prefix("key/") {
            Some(id) => id.to_owned(),
            None => match kms.aliases.get(&resource) {
                Some(alias) => alias.key.clone(),
                None => {
                    let arn = Arn::of_resource("kms", &target, &resource);
                    let message = format!("Alias {arn} is not found.");
                    return Err(ApiError::new("NotFoundException", message));
                }
            },
        };
        let located = Located { target, id };
        match self.stored_key(&located) {
            Some(_) => Ok(located),
            None => Err(located.missing()),
        }
    }
}

impl Located {
    pub(super) fn missing(&self) -> ApiError {
        let looks_like_an_id = self.id.len() == 36 && self.id.matches('-').count() == 4;
        let message = match looks_like_an_id || self.id.starts_with("mrk-") {
            true => {
                let arn = Arn::of_resource("kms", &self.target, &format!("key/{}", self.id));
                format!("Key '{arn}' does not exist")
            }
            false => format!("Invalid keyId '{}'", self.id),
        };
        ApiError::new("NotFoundException", message)
    }
}

impl World {
    /// The key that a call names; a key of another account only where its policy admits the caller.
    pub(super) fn called_key(&mut self, call: &Call) -> Result<Located, ApiError> {
        let typed = call.text("KeyId").or(call.text("TargetKeyId")).unwrap_or_default();
        // <https://docs.aws.amazon.com/kms/latest/developerguide/alias-about.html>: of what is played
        // here, only DescribeKey takes an alias. Its words:
        // <https://github.com/hashicorp/terraform/issues/20813>
        let is_alias = typed.starts_with("alias/") || typed.contains(":alias/");
        if is_alias && call.operation != "DescribeKey" {
            let message = "Key Aliases are not supported for this operation.";
            return Err(ApiError::new("InvalidArnException", message));
        }
        self.make_managed_key(typed, &call.target);
        let located = self.locate_key(typed, &call.target)?;
        if located.target.account == call.target.account {
            return Ok(located);
        }
        let action = format!("kms:{}", call.operation);
        let principal = Principal::aws(call.caller.arn.as_str());
        let key = self.stored_key(&located).ok_or_else(|| located.missing())?;
        let request = Request::new(principal, &action, key.metadata.arn.as_str());
        match policy_decision(&key.policy, &[], &key.metadata.arn, &request).is_allowed() {
            true => Ok(located),
            false => {
                let message = format!(
                    "User: {} is not authorized to perform: {action} on resource: {} because no \
                     resource-based policy allows the {action} action",
                    call.caller.arn, key.metadata.arn
                );
                Err(ApiError::new("AccessDeniedException", message))
            }
        }
    }

    pub(super) fn stored_key_mut(&mut self, located: &Located) -> Result<&mut StoredKey, ApiError> {
        let keys = &mut self.place_mut(&located.target).kms.keys;
        keys.get_mut(&located.id).ok_or_else(|| located.missing())
    }

    /// A key of AWS's own comes into being when it is first asked for.
    pub(in crate::world) fn make_managed_key(&mut self, typed: &str, target: &Target) {
        let name = typed.rsplit_once(":alias/").map_or(typed, |(_, name)| name);
        let Some(service) = name.trim_start_matches("alias/").strip_prefix("aws/") else { return };
        let alias = format!("alias/aws/{service}");
        let Some(policy) = policy::managed(service, target) else { return };
        if self.place(target).kms.aliases.contains_key(&alias) {
            return;
        }
        // The same whenever somebody asks first.
        let id = crate::world::uuid_of(&format!("{target}/{alias}")).to_string();
        let (now, arn) = (self.now, Arn::of_resource("kms", target, &format!("key/{id}")));
        let mut key = StoredKey::new(arn, policy, now);
        key.metadata.key_manager = Some("AWS".to_owned());
        key.description = policy::managed_description(service);
        key.rotation = Some(Rotation { days: 365, since: now });
        let kms = &mut self.place_mut(target).kms;
        kms.keys.insert(id.clone(), key);
        kms.aliases.insert(alias, Alias { key: id, created: now, updated: now });
    }
}
