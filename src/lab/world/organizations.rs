//! Organizations: who belongs together.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secmon_core::snapshot::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::World;
use super::call::{ApiError, Call};
use super::page::page;

#[cfg(test)]
mod tests;

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organization {
    /// Such as `o-a1b2c3d4e5`.
    pub(super) id: String,
    /// Such as `r-a1b2`.
    pub(super) root: String,
    pub(super) management: AccountId,
    /// All accounts, the management account too.
    pub(super) members: BTreeMap<AccountId, Member>,
    /// By member: the services that it administers, each since when.
    #[serde(default)]
    pub(super) delegated: BTreeMap<AccountId, BTreeMap<String, Timestamp>>,
}

/// An account of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) joined: Timestamp,
}

impl Organization {
    fn arn(&self, resource: &str) -> String {
        format!("arn:aws:organizations::{}:{resource}", self.management)
    }

    fn describe(&self) -> Value {
        let management = self.members.get(&self.management);
        json!({
            "Id": self.id,
            "Arn": self.arn(&format!("organization/{}", self.id)),
            "FeatureSet": "ALL",
            "MasterAccountArn": self.arn(&format!("account/{}/{}", self.id, self.management)),
            "MasterAccountId": self.management,
            "MasterAccountEmail": management.map(|member| member.email.as_str()),
            "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
        })
    }

    fn account(&self, id: &AccountId, member: &Member) -> Value {
        let method = if *id == self.management { "INVITED" } else { "CREATED" };
        json!({
            "Id": id,
            "Arn": self.arn(&format!("account/{}/{id}", self.id)),
            "Email": member.email,
            "Name": member.name,
            "Status": "ACTIVE",
            "State": "ACTIVE",
            "JoinedMethod": method,
            "JoinedTimestamp": member.joined,
        })
    }
}

impl World {
    pub(super) fn organizations(&mut self, call: &Call) -> Result<Value, ApiError> {
        let caller = &call.target.account;
        let organization = self.organization.as_ref().filter(|it| it.members.contains_key(caller));
        let Some(organization) = organization else {
            return Err(ApiError::new(
                "AWSOrganizationsNotInUseException",
                "Your account is not a member of an organization.",
            ));
        };
        if call.operation == "DescribeOrganization" {
            return Ok(json!({"Organization": organization.describe()}));
        }
        // "Can be called only from the organization's management account or by a member account
        // that is a delegated administrator."
        if organization.management != *caller && !organization.delegated.contains_key(caller) {
            return Err(ApiError::new(
                "AccessDeniedException",
                "You don't have permissions to access this resource.",
            ));
        }
        match call.operation.as_str() {
            "ListAccounts" => {
                let members = organization.members.iter();
                let items = members.map(|(id, member)| organization.account(id, member));
                listing(call, "Accounts", items.collect())
            }
            "DescribeAccount" => {
                let id = call.text("AccountId").unwrap_or_default();
                let found = organization.members.iter().find(|(member, _)| member.as_str() == id);
                match found {
                    Some((id, member)) => Ok(json!({"Account": organization.account(id, member)})),
                    None => Err(ApiError::new(
                        "AccountNotFoundException",
                        "You specified an account that doesn't exist.",
                    )),
                }
            }
            "ListDelegatedAdministrators" => {
                let service = call.text("ServicePrincipal");
                let items = organization.delegated.iter().filter_map(|(id, services)| {
                    let since = match service {
                        Some(service) => services.get(service),
                        None => services.values().min(),
                    };
                    let mut account = organization.account(id, organization.members.get(id)?);
                    account["DelegationEnabledDate"] = json!(since?);
                    Some(account)
                });
                listing(call, "DelegatedAdministrators", items.collect())
            }
            "ListRoots" => {
                let root = json!({
                    "Id": organization.root,
                    "Arn": organization.arn(&format!("root/{}/{}", organization.id, organization.root)),
                    "Name": "Root",
                    "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}],
                });
                listing(call, "Roots", vec![root])
            }
            _ => Err(ApiError::not_served(call)),
        }
    }
}

fn listing(call: &Call, name: &str, items: Vec<Value>) -> Result<Value, ApiError> {
    let size = call.params["MaxResults"].as_u64().map_or(20, |size| size as usize);
    let Some((items, next)) = page(items, size, call.text("NextToken")) else {
        let message = "You specified an invalid value for NextToken.";
        return Err(ApiError::new("InvalidInputException", message));
    };
    let mut answer = json!({name: items});
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}
