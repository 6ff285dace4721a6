//! Aliases.

use secmon_core::snapshot::Arn;
use serde_json::{Value, json};

use super::Alias;
use super::api::listing;
use crate::world::World;
use crate::world::call::{ApiError, Call};

impl World {
    pub(super) fn create_alias(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = alias_name(call)?;
        let located = self.called_key(call)?;
        if self.place(&call.target).kms.aliases.contains_key(&name) {
            let arn = Arn::of_resource("kms", &call.target, &name);
            let message = format!("An alias with the name {arn} already exists");
            return Err(ApiError::new("AlreadyExistsException", message));
        }
        self.usable(&located)?;
        let now = self.now;
        let alias = Alias { key: located.id, created: now, updated: now };
        self.place_mut(&call.target).kms.aliases.insert(name, alias);
        Ok(json!({}))
    }

    pub(super) fn update_alias(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = alias_name(call)?;
        let located = self.called_key(call)?;
        self.usable(&located)?;
        let now = self.now;
        let alias = self.alias_mut(call, &name)?;
        (alias.key, alias.updated) = (located.id, now);
        Ok(json!({}))
    }

    pub(super) fn delete_alias(&mut self, call: &Call) -> Result<Value, ApiError> {
        let name = alias_name(call)?;
        self.alias_mut(call, &name)?;
        self.place_mut(&call.target).kms.aliases.remove(&name);
        Ok(json!({}))
    }

    pub(super) fn list_aliases(&mut self, call: &Call) -> Result<Value, ApiError> {
        let only = match call.text("KeyId") {
            Some(_) => Some(self.called_key(call)?.id),
            None => None,
        };
        let aliases = self.place(&call.target).kms.aliases.iter();
        let aliases = aliases.filter(|(_, alias)| only.as_ref().is_none_or(|id| *id == alias.key));
        let items = aliases.map(|(name, alias)| {
            json!({
                "AliasName": name,
                "AliasArn": Arn::of_resource("kms", &call.target, name),
                "TargetKeyId": alias.key,
                "CreationDate": alias.created,
                "LastUpdatedDate": alias.updated,
            })
        });
        listing(call, "Aliases", items.collect(), 50)
    }

    fn alias_mut(&mut self, call: &Call, name: &str) -> Result<&mut Alias, ApiError> {
        let arn = Arn::of_resource("kms", &call.target, name);
        let missing = || ApiError::new("NotFoundException", format!("Alias {arn} is not found."));
        self.place_mut(&call.target).kms.aliases.get_mut(name).ok_or_else(missing)
    }
}

/// Names that AWS keeps for itself are nobody's to give.
fn alias_name(call: &Call) -> Result<String, ApiError> {
    let name = call.text("AliasName").unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    match name.strip_prefix("alias/") {
        Some(rest) if rest.starts_with("aws/") => {
            Err(ApiError::new("NotAuthorizedException", String::new()))
        }
        Some(rest) if !rest.is_empty() && rest.chars().all(allowed) => Ok(name.to_owned()),
        Some(_) => Err(ApiError::new(
            "InvalidAliasNameException",
            format!("{name} contains invalid characters for an alias"),
        )),
        None => Err(ApiError::new("ValidationException", "Invalid identifier")),
    }
}
