//! Grants of KMS keys: permission beside the key's policy.

use std::collections::BTreeMap;

use super::document::PolicyDocument;
use super::request::{KeyValue, Principal, Request};
use super::{Decision, StatementRef, decide};
use crate::snapshot::{GrantConstraints, KeyGrant};

/// Evaluates a key's policy and its grants together: either may allow, and what the policy denies no
/// grant allows.
///
/// Source: [key access](https://docs.aws.amazon.com/kms/latest/developerguide/determining-access.html).
pub fn evaluate_key(policy: &PolicyDocument, grants: &[KeyGrant], request: &Request) -> Decision {
    let granted = grants.iter().find(|grant| admits(grant, request)).map(|grant| StatementRef {
        policy: Some(format!("grant {}", grant.grant_id)),
        number: 1,
        sid: grant.name.clone(),
    });
    decide(&[("", policy)], granted, request)
}

/// Whether a grant lets a request through: grantee, operation and constraints.
///
/// Source: [constraints](https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html).
fn admits(grant: &KeyGrant, request: &Request) -> bool {
    let principal = match &request.principal {
        Principal::Service(name) => name,
        Principal::Aws { arn, .. } => arn,
    };
    let grantees = [&grant.grantee_principal, &grant.grantee_service_principal];
    let operation = request.action.split_once(':').map_or("", |(_, operation)| operation);
    grantees.into_iter().flatten().any(|grantee| grantee == principal)
        && grant.operations.iter().any(|allowed| allowed.eq_ignore_ascii_case(operation))
        && grant.constraints.as_ref().is_none_or(|constraints| meets(constraints, request))
}

fn meets(constraints: &GrantConstraints, request: &Request) -> bool {
    let carries = |key: &str, value: &String| match request.context.get(key) {
        Some(KeyValue::Values(values)) => values.contains(value),
        _ => false,
    };
    let all = |pairs: &BTreeMap<String, String>| {
        pairs
            .iter()
            .all(|(name, value)| carries(&(CONTEXT.to_owned() + &name.to_ascii_lowercase()), value))
    };
    let equals = &constraints.encryption_context_equals;
    let carried = request.context.keys().filter(|key| key.starts_with(CONTEXT)).count();
    let on_behalf = constraints.source_arn.as_ref();
    (equals.is_empty() || carried == equals.len())
        && all(equals)
        && all(&constraints.encryption_context_subset)
        && on_behalf.is_none_or(|arn| carries("aws:sourcearn", arn))
}

/// How a request spells the pairs of an encryption context.
const CONTEXT: &str = "kms:encryptioncontext:";
