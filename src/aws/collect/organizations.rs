//! Organizations: which organization an account belongs to.

use secmon_core::snapshot::Organization;

use super::convert::need;
use super::place::Place;
use crate::error::Trouble;
use crate::permissions::Call;

/// The account is in none.
const ABSENT: &[&str] = &["AWSOrganizationsNotInUseException"];

/// `DescribeOrganization`: any account of an organization may ask.
pub(super) async fn describe_organization(at: &Place<'_>) -> Result<Organization, Trouble> {
    const CALL: Call = Call::DescribeOrganization;
    let clients = at.clients()?;
    let request = clients.organizations().describe_organization().send();
    let organization = at.ask(CALL, ABSENT, request).await?.organization;
    let id = need(CALL, "Organization", organization)?.id;
    Ok(Organization { id: need(CALL, "Id", id)? })
}
