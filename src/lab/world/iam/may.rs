//! What a service may do with a role.

use secmon_core::policy::{PolicyDocument, Principal, Request, evaluate};
use secmon_core::snapshot::{AccountId, Arn};

use super::super::World;
use super::document::document_of_aws;
use super::{Iam, service_request};

/// Why a service cannot do something with a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::world) enum RoleRefusal {
    /// There is no such role.
    NoRole,
    /// Its trust policy does not let the service in.
    Trust,
    /// Its policies do not allow it.
    Policy,
}

impl World {
    /// Whether a service, for a resource of its own such as a trail, can assume a role and then do
    /// all of these. An answer that hangs on what is not known is a no.
    pub(in crate::world) fn role_may(
        &self,
        role: &Arn,
        service: &str,
        source: Option<&Arn>,
        actions: &[&str],
        resource: &str,
    ) -> Result<(), RoleRefusal> {
        let account: AccountId = role.account().parse().map_err(|_| RoleRefusal::NoRole)?;
        let iam = self.iam_of(&account);
        let stored = iam.roles.get(role.name()).filter(|stored| &stored.detail.arn == role);
        let stored = stored.ok_or(RoleRefusal::NoRole)?;
        let trust = PolicyDocument::parse(&stored.detail.assume_role_policy_document)
            .map_err(|_| RoleRefusal::Trust)?;
        let assume = match source {
            Some(source) => service_request(service, "sts:AssumeRole", role.as_str(), source),
            None => Request::new(Principal::service(service), "sts:AssumeRole", role.as_str())
                .without("aws:SourceArn")
                .without("aws:SourceAccount")
                .with("aws:SecureTransport", "true"),
        };
        if !evaluate(&[("", &trust)], &assume).is_allowed() {
            return Err(RoleRefusal::Trust);
        }
        let session = format!(
            "arn:{}:sts::{account}:assumed-role/{}/{service}",
            role.partition(),
            role.name()
        );
        let mut policies = Vec::new();
        let inline = stored.inline.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let attached = stored.attached.iter();
        let attached = attached.filter_map(|arn| Some((arn.as_str(), policy_document(iam, arn)?)));
        for (name, text) in inline.chain(attached) {
            if let Ok(document) = PolicyDocument::parse(text) {
                policies.push((name, document));
            }
        }
        let policies: Vec<(&str, &PolicyDocument)> =
            policies.iter().map(|(name, document)| (*name, document)).collect();
        // A boundary that cannot be read allows nothing.
        let boundary =
            stored.detail.permissions_boundary_arn.as_deref().map(|arn| {
                policy_document(iam, arn).and_then(|text| PolicyDocument::parse(text).ok())
            });
        for action in actions {
            let request = Request::new(Principal::aws(session.as_str()), *action, resource)
                .with("aws:SecureTransport", "true");
            let bounded = match &boundary {
                None => true,
                Some(None) => false,
                Some(Some(document)) => evaluate(&[("", document)], &request).is_allowed(),
            };
            if !bounded || !evaluate(&policies, &request).is_allowed() {
                return Err(RoleRefusal::Policy);
            }
        }
        Ok(())
    }
}

/// The document in force of a managed policy.
fn policy_document<'a>(iam: &'a Iam, arn: &str) -> Option<&'a str> {
    match iam.policies.get(arn) {
        Some(policy) => policy.document(),
        None => document_of_aws(arn),
    }
}
