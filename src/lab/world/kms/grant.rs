//! Grants.

use jiff::Timestamp;
use secmon_core::snapshot::{Arn, GrantConstraints, KeyGrant, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Grant;
use super::api::listing;
use crate::world::World;
use crate::world::call::{ApiError, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateGrant {
    grantee_principal: Option<String>,
    grantee_service_principal: Option<String>,
    retiring_principal: Option<String>,
    operations: Vec<String>,
    constraints: Option<GrantConstraints>,
    name: Option<String>,
}

impl Grant {
    /// A grant that somebody of the key's account has given.
    pub(in crate::world) fn of_snapshot(grant: &KeyGrant, home: &Target, now: Timestamp) -> Self {
        let issuing_account = super::root(&home.account);
        Self { grant: grant.clone(), created: now, retiring_principal: None, issuing_account }
    }

    /// As `ListGrants` shows it.
    fn described(&self, key: &Arn) -> Value {
        let mut described = json!(self.grant);
        described["KeyId"] = json!(key);
        described["CreationDate"] = json!(self.created);
        described["IssuingAccount"] = json!(self.issuing_account);
        if let Some(retiring) = &self.retiring_principal {
            described["RetiringPrincipal"] = json!(retiring);
        }
        described
    }
}

impl World {
    pub(super) fn create_grant(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        let input: CreateGrant = call.input()?;
        self.usable(&located)?;
        if input.grantee_principal.is_none() && input.grantee_service_principal.is_none() {
            return Err(ApiError::new(
                "ValidationException",
                "GranteePrincipal or GranteeServicePrincipal is required",
            ));
        }
        let (now, id) = (self.now, self.next_hex(64));
        let token = self.next_letters(64);
        let issuing_account = super::root(&call.target.account);
        let key = self.stored_key_mut(&located)?;
        let grant = KeyGrant {
            grant_id: id.clone(),
            name: input.name,
            grantee_principal: input.grantee_principal,
            grantee_service_principal: input.grantee_service_principal,
            operations: input.operations,
            constraints: input.constraints,
        };
        let retiring_principal = input.retiring_principal;
        let grant = Grant { grant, created: now, retiring_principal, issuing_account };
        key.grants.insert(id.clone(), grant);
        Ok(json!({"GrantToken": token, "GrantId": id}))
    }

    pub(super) fn list_grants(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        let grantee = call.text("GranteePrincipal").or(call.text("GranteeServicePrincipal"));
        let id = call.text("GrantId");
        let Some(key) = self.stored_key(&located) else {
            return listing(call, "Grants", Vec::new(), 50);
        };
        let wanted = key.grants.values().filter(|Grant { grant, .. }| {
            let is = |principal: &Option<String>| principal.as_deref() == grantee;
            (grantee.is_none()
                || is(&grant.grantee_principal)
                || is(&grant.grantee_service_principal))
                && id.is_none_or(|id| id == grant.grant_id)
        });
        let wanted = wanted.map(|grant| grant.described(&key.metadata.arn)).collect();
        listing(call, "Grants", wanted, 50)
    }

    pub(super) fn revoke_grant(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        let id = call.text("GrantId").unwrap_or_default();
        let key = self.stored_key_mut(&located)?;
        match key.grants.remove(id) {
            Some(_) => Ok(json!({})),
            None => Err(ApiError::new(
                "NotFoundException",
                format!("Grant ID {id} not found on key {}", key.metadata.arn),
            )),
        }
    }
}
