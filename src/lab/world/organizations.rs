//! Organizations: which accounts belong together.

use secmon_core::snapshot::{AccountId, Arn};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::World;
use super::call::{ApiError, Call};
use super::page::page;

#[cfg(test)]
mod tests;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organization {
    /// Such as `o-a1b2c3d4e5`.
    pub(super) id: String,
    /// The account that owns it.
    pub(super) management: AccountId,
    /// Every account, the management account among them.
    pub(super) members: Vec<AccountId>,
}

impl World {
    pub(super) fn organizations(&mut self, call: &Call) -> Result<Value, ApiError> {
        let known = [
            "DescribeOrganization",
            "ListAccounts",
            "DescribeAccount",
            "ListDelegatedAdministrators",
            "ListRoots",
        ];
        if !known.contains(&call.operation.as_str()) {
            return Err(ApiError::not_served(call));
        }
        let account = &call.target.account;
        let Some(organisation) = self.organization_of(account) else {
            return Err(ApiError::new(
                "AWSOrganizationsNotInUseException",
                "Your account is not a member of an organization.",
            ));
        };
        if call.operation == "DescribeOrganization" {
            return Ok(json!({ "Organization": organisation.described() }));
        }
        if *account != organisation.management {
            return Err(ApiError::new(
                "AccessDeniedException",
                "You don't have permissions to access this resource.",
            ));
        }
        match call.operation.as_str() {
            "ListAccounts" => {
                let accounts: Vec<Value> =
                    organisation.members.iter().map(|id| organisation.account(id)).collect();
                listed(call, "Accounts", accounts)
            }
            "DescribeAccount" => {
                let wanted = call.text("AccountId").unwrap_or_default();
                match organisation.members.iter().find(|id| id.as_str() == wanted) {
                    Some(id) => Ok(json!({ "Account": organisation.account(id) })),
                    None => Err(ApiError::new(
                        "AccountNotFoundException",
                        "You specified an account that doesn't exist.",
                    )),
                }
            }
            "ListRoots" => {
                let root = json!({
                    "Id": "r-a1b2",
                    "Arn": organisation.arn(&format!("root/{}/r-a1b2", organisation.id)),
                    "Name": "Root",
                    "PolicyTypes": [],
                });
                listed(call, "Roots", vec![root])
            }
            _ => listed(call, "DelegatedAdministrators", Vec::new()),
        }
    }

    /// The organisation of an account.
    pub(super) fn organization_of(&self, account: &AccountId) -> Option<&Organization> {
        self.organization.as_ref().filter(|it| it.members.contains(account))
    }

    /// The id of the organisation of the account that owns a resource.
    pub(super) fn organization_id_of(&self, resource: &Arn) -> Option<String> {
        let account = resource.account().parse().ok()?;
        Some(self.organization_of(&account)?.id.clone())
    }

    /// The id of the organisation, if there is one.
    pub(super) fn organization_id(&self) -> Option<&str> {
        self.organization.as_ref().map(|organisation| organisation.id.as_str())
    }

    /// Whether an account is of the organisation that another manages.
    pub(super) fn is_member(&self, account: &str, management: &str) -> bool {
        self.organization.as_ref().is_some_and(|organisation| {
            organisation.management.as_str() == management
                && organisation.members.iter().any(|member| member.as_str() == account)
        })
    }

    /// Whether an account manages the organisation.
    pub(super) fn manages_organization(&self, account: &AccountId) -> bool {
        self.organization.as_ref().is_some_and(|organisation| organisation.management == *account)
    }
}

impl Organization {
    fn arn(&self, resource: &str) -> String {
        format!("arn:aws:organizations::{}:{resource}", self.management)
    }

    fn described(&self) -> Value {
        let management = &self.management;
        json!({
            "Id": self.id,
            "Arn": self.arn(&format!("organization/{}", self.id)),
            "FeatureSet": "ALL",
            "MasterAccountArn": self.arn(&format!("account/{}/{management}", self.id)),
            "MasterAccountId": management,
            "MasterAccountEmail": email(management),
            "AvailablePolicyTypes": [],
        })
    }

    fn account(&self, id: &AccountId) -> Value {
        json!({
            "Id": id,
            "Arn": self.arn(&format!("account/{}/{id}", self.id)),
            "Email": email(id),
            "Name": format!("account-{id}"),
            "Status": "ACTIVE",
            "State": "ACTIVE",
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": "2024-01-01T00:00:00Z",
        })
    }
}

fn email(account: &AccountId) -> String {
    format!("aws+{account}@example.org")
}

fn listed(call: &Call, name: &str, items: Vec<Value>) -> Result<Value, ApiError> {
    let size = call.params["MaxResults"].as_u64().map_or(20, |size| size as usize);
    let Some((items, next)) = page(items, size, call.text("NextToken")) else {
        return Err(ApiError::new("InvalidInputException", "You provided an invalid NextToken."));
    };
    Ok(json!({ name: items, "NextToken": next }))
}
