//! Who may ask what of an organization.

use serde_json::{Value, json};

use super::Organization;
use crate::world::Service::Organizations;
use crate::world::stage::{ACCOUNT, Stage};

const OTHER: &str = "111122223333";
const MEMBER: &str = "444455556666";

fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.world.organization = Some(Organization {
        id: "o-a1b2c3d4e5".to_owned(),
        management: ACCOUNT.parse().unwrap(),
        members: [ACCOUNT, OTHER, MEMBER].map(|id| id.parse().unwrap()).into(),
    });
    stage
}

fn ask(stage: &mut Stage, who: &str, operation: &str, params: Value) -> Result<Value, String> {
    stage.call_of(who, Organizations, operation, params).map_err(|error| error.name)
}

#[test]
fn without_an_organization_nothing_is_told() {
    let mut nobody = Stage::new();
    for operation in ["DescribeOrganization", "ListAccounts", "ListRoots"] {
        let refused = ask(&mut nobody, ACCOUNT, operation, json!({}));
        assert_eq!(refused, Err("AWSOrganizationsNotInUseException".to_owned()));
    }
    let refused = ask(&mut stage(), "777788889999", "DescribeOrganization", json!({}));
    assert_eq!(refused, Err("AWSOrganizationsNotInUseException".to_owned()));
}

#[test]
fn members_know_the_organization_and_no_more() {
    let mut stage = stage();
    for who in [ACCOUNT, OTHER, MEMBER] {
        let answer = ask(&mut stage, who, "DescribeOrganization", json!({})).unwrap();
        assert_eq!(answer["Organization"]["MasterAccountId"], ACCOUNT);
        let arn = format!("arn:aws:organizations::{ACCOUNT}:organization/o-a1b2c3d4e5");
        assert_eq!(answer["Organization"]["Arn"], arn);
    }
    for operation in ["ListAccounts", "ListRoots", "ListDelegatedAdministrators"] {
        let refused = ask(&mut stage, MEMBER, operation, json!({}));
        assert_eq!(refused, Err("AccessDeniedException".to_owned()), "{operation}");
        assert!(ask(&mut stage, ACCOUNT, operation, json!({})).is_ok(), "{operation}");
    }
    stage.saved_and_loaded();
}

#[test]
fn accounts_come_in_pages() {
    let mut stage = stage();
    let first = ask(&mut stage, ACCOUNT, "ListAccounts", json!({"MaxResults": 2})).unwrap();
    assert_eq!(first["Accounts"].as_array().unwrap().len(), 2);
    let params = json!({"MaxResults": 2, "NextToken": first["NextToken"]});
    let second = ask(&mut stage, ACCOUNT, "ListAccounts", params).unwrap();
    assert_eq!(second["Accounts"][0]["Id"], MEMBER);
    let one = ask(&mut stage, ACCOUNT, "DescribeAccount", json!({"AccountId": MEMBER})).unwrap();
    assert_eq!(one["Account"], second["Accounts"][0]);
    let none = ask(&mut stage, ACCOUNT, "DescribeAccount", json!({"AccountId": "999999999999"}));
    assert_eq!(none, Err("AccountNotFoundException".to_owned()));
}
