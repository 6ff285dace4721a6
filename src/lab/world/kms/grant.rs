//! Grants.

use secmon_core::policy::{Decision, KeyValue, Principal, Request, StatementRef};
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
    constraints: Option<Value>,
    name: Option<String>,
}

impl Grant {
    /// Whether it lets a request through: grantee, operation and encryption context.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html>
    pub(super) fn admits(&self, request: &Request) -> bool {
        let principal = match &request.principal {
            Principal::Service(name) => name,
            Principal::Aws { arn, .. } => arn,
        };
        let operation = request.action.split_once(':').map_or("", |(_, operation)| operation);
        self.grantee_principal == *principal
            && self.operations.iter().any(|allowed| allowed.eq_ignore_ascii_case(operation))
            && self.constraints.as_ref().is_none_or(|constraints| meets(constraints, request))
    }

    pub(super) fn as_decision(&self) -> Decision {
        let policy = Some(format!("grant {}", self.grant_id));
        Decision::Allowed { by: StatementRef { policy, number: 1, sid: self.name.clone() } }
    }
}

fn meets(constraints: &Value, request: &Request) -> bool {
    let pairs = |name: &str| constraints[name].as_object().cloned().unwrap_or_default();
    let carries = |(name, value): (&String, &Value)| {
        let key = format!("kms:encryptioncontext:{}", name.to_ascii_lowercase());
        match (request.context.get(&key), value.as_str()) {
            (Some(KeyValue::Values(values)), Some(value)) => values.iter().any(|it| it == value),
            _ => false,
        }
    };
    let carried = request.context.keys().filter(|key| key.starts_with("kms:encryptioncontext:"));
    let equals = pairs("EncryptionContextEquals");
    let whole = equals.is_empty() || carried.count() == equals.len();
    whole && equals.iter().all(carries) && pairs("EncryptionContextSubset").iter().all(carries)
}

impl World {
    pub(super) fn create_grant(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        let input: CreateGrant = call.input()?;
        self.usable(&located)?;
        let grantee = input.grantee_principal.or(input.grantee_service_principal);
        let grantee = grantee.ok_or_else(|| {
            ApiError::new(
                "ValidationException",
                "GranteePrincipal or GranteeServicePrincipal is required",
            )
        })?;
        let (now, id) = (self.now, self.next_hex(64));
        let token = self.next_letters(64);
        let issuing_account = super::root(&call.target.account);
        let key = self.stored_key_mut(&located)?;
        let grant = Grant {
            grant_id: id.clone(),
            key_id: key.metadata.arn.clone(),
            name: input.name,
            creation_date: now,
            grantee_principal: grantee,
            retiring_principal: input.retiring_principal,
            issuing_account,
            operations: input.operations,
            constraints: input.constraints,
        };
        key.grants.insert(id.clone(), grant);
        Ok(json!({"GrantToken": token, "GrantId": id}))
    }

    pub(super) fn list_grants(&mut self, call: &Call) -> Result<Value, ApiError> {
        let located = self.called_key(call)?;
        let grantee = call.text("GranteePrincipal").or(call.text("GranteeServicePrincipal"));
        let id = call.text("GrantId");
        let grants = self.stored_key(&located).into_iter().flat_map(|key| key.grants.values());
        let wanted = grants.filter(|grant| {
            grantee.is_none_or(|grantee| grantee == grant.grantee_principal)
                && id.is_none_or(|id| id == grant.grant_id)
        });
        listing(call, "Grants", wanted.map(|grant| json!(grant)).collect(), 50)
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
