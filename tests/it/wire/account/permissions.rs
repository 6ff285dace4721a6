//! Who may do what: STS, IAM, KMS, bucket policies.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secmon_core::snapshot::{Arn, AttachedPolicy, Key, Observed, Role};
use serde_json::{Value, json};

use super::super::answer::{Answer, GRANTS, ROLES, as_aws_shows};
use super::super::call::Call;
use super::Account;

const LONG_AGO: &str = "2020-01-01T00:00:00Z";

pub(super) fn get_caller_identity(account: &Account<'_>, call: &Call) -> Answer {
    let never = || Answer::Unknown("everybody has an identity".to_owned());
    Answer::slot(Some(&account.snapshot.caller), never, |caller| {
        let mut fields = as_aws_shows(caller);
        fields["UserId"] = json!("AROAEXAMPLEROLE000001:alice");
        if let Some(assumed) = &call.account {
            fields["Account"] = json!(assumed);
            fields["Arn"] = json!(format!("arn:aws:sts::{assumed}:assumed-role/secmon/secmon"));
        }
        Answer::Fields(fields)
    })
}

/// The credentials name the role's account, so that later calls show whose they are.
pub(super) fn assume_role(_: &Account<'_>, call: &Call) -> Answer {
    let Ok(role) = call.text("RoleArn").parse::<Arn>() else {
        return Answer::missing(400, "ValidationError", "RoleArn is no ARN");
    };
    let (account, name) = (role.account(), role.name());
    Answer::Fields(json!({
        "Credentials": {
            "AccessKeyId": format!("ASIA{account}0001"),
            "SecretAccessKey": "secret",
            "SessionToken": "token",
            "Expiration": "2100-01-01T00:00:00Z",
        },
        "AssumedRoleUser": {
            "AssumedRoleId": "AROAEXAMPLEROLE000001:secmon",
            "Arn": format!("arn:aws:sts::{account}:assumed-role/{name}/secmon"),
        },
    }))
}

pub(super) fn describe_key(account: &Account<'_>, call: &Call) -> Answer {
    let key = key(account, call.text("KeyId"));
    Answer::slot(
        key.map(|key| &key.metadata),
        || no_key(call),
        |metadata| {
            let mut fields = as_aws_shows(metadata);
            fields["KeyId"] = json!(metadata.arn.resource().trim_start_matches("key/"));
            fields["Enabled"] = json!(metadata.key_state.as_deref() == Some("Enabled"));
            Answer::Fields(json!({ "KeyMetadata": fields }))
        },
    )
}

pub(super) fn get_key_policy(account: &Account<'_>, call: &Call) -> Answer {
    let key = key(account, call.text("KeyId"));
    Answer::slot(
        key.map(|key| &key.policy),
        || no_key(call),
        |policy| Answer::Fields(json!({ "Policy": policy, "PolicyName": "default" })),
    )
}

pub(super) fn list_grants(account: &Account<'_>, call: &Call) -> Answer {
    let key = key(account, call.text("KeyId"));
    let grants = key.map(|key| &key.grants);
    Answer::slot(
        grants,
        || no_key(call),
        |grants| Answer::list(&["Grants"], grants.iter().map(as_aws_shows).collect(), GRANTS),
    )
}

pub(super) fn describe_organization(account: &Account<'_>, _: &Call) -> Answer {
    let none = || {
        let message = "Your account is not a member of an organization.";
        Answer::missing(400, "AWSOrganizationsNotInUseException", message)
    };
    Answer::slot(Some(&account.here().organization), none, |organization| {
        Answer::Fields(json!({ "Organization": as_aws_shows(organization) }))
    })
}

/// A key by the id as typed, or by its ARN.
fn key<'a>(account: &Account<'a>, id: &str) -> Option<&'a Key> {
    let arn: Option<Arn> = id.parse().ok();
    let keys = &arn.map_or_else(|| account.here(), |arn| account.at_arn(&arn)).keys;
    keys.get(id).or_else(|| {
        keys.values().find(|key| key.metadata.seen().is_some_and(|metadata| metadata.arn == *id))
    })
}

fn no_key(call: &Call) -> Answer {
    let message = format!("Key '{}' does not exist", call.text("KeyId"));
    Answer::missing(400, "NotFoundException", message)
}

pub(super) fn get_role(account: &Account<'_>, call: &Call) -> Answer {
    of_role(
        account,
        call,
        |role| &role.role,
        |detail| {
            let mut fields = as_aws_shows(detail);
            fields["Path"] = json!("/");
            fields["RoleName"] = json!(call.text("RoleName"));
            fields["RoleId"] = json!("AROAEXAMPLEROLE000002");
            fields["CreateDate"] = json!(LONG_AGO);
            fields["AssumeRolePolicyDocument"] = encoded(&detail.assume_role_policy_document);
            let boundary =
                fields.as_object_mut().and_then(|all| all.remove("PermissionsBoundaryArn"));
            if let Some(arn) = boundary {
                fields["PermissionsBoundary"] =
                    json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
            }
            Answer::Fields(json!({ "Role": fields }))
        },
    )
}

pub(super) fn list_role_policies(account: &Account<'_>, call: &Call) -> Answer {
    of_role(
        account,
        call,
        |role| &role.inline_policies,
        |policies| {
            let names = policies.keys().map(|name| json!(name)).collect();
            Answer::list(&["PolicyNames"], names, ROLES)
        },
    )
}

pub(super) fn get_role_policy(account: &Account<'_>, call: &Call) -> Answer {
    of_role(
        account,
        call,
        |role| &role.inline_policies,
        |policies| {
            let name = call.text("PolicyName");
            Answer::slot(
                policies.get(name),
                || no_such("role policy", name),
                |document| {
                    Answer::Fields(json!({
                        "RoleName": call.text("RoleName"),
                        "PolicyName": name,
                        "PolicyDocument": encoded(document),
                    }))
                },
            )
        },
    )
}

pub(super) fn list_attached_role_policies(account: &Account<'_>, call: &Call) -> Answer {
    of_role(
        account,
        call,
        |role| &role.attached_policies,
        |policies| {
            let shown = |arn: &Arn| json!({ "PolicyName": arn.name(), "PolicyArn": arn });
            Answer::list(&["AttachedPolicies"], policies.keys().map(shown).collect(), ROLES)
        },
    )
}

pub(super) fn get_policy(account: &Account<'_>, call: &Call) -> Answer {
    let arn = call.text("PolicyArn");
    let slot = policy(account, arn).map(|policy| &policy.default_version_id);
    Answer::slot(
        slot,
        || no_such("policy", arn),
        |version| {
            let name = arn.rsplit('/').next();
            let policy = json!({ "Arn": arn, "PolicyName": name, "DefaultVersionId": version });
            Answer::Fields(json!({ "Policy": policy }))
        },
    )
}

pub(super) fn get_policy_version(account: &Account<'_>, call: &Call) -> Answer {
    let (arn, version) = (call.text("PolicyArn"), call.text("VersionId"));
    let policy = policy(account, arn);
    let in_force = policy.and_then(|policy| policy.default_version_id.seen());
    if in_force.is_none_or(|in_force| in_force != version) {
        return Answer::Unknown("only the version in force is known".to_owned());
    }
    let slot = policy.map(|policy| &policy.document);
    Answer::slot(
        slot,
        || no_such("policy version", version),
        |document| {
            Answer::Fields(json!({ "PolicyVersion": {
                "Document": encoded(document),
                "VersionId": version,
                "IsDefaultVersion": true,
                "CreateDate": LONG_AGO,
            }}))
        },
    )
}

pub(super) fn get_bucket_policy(account: &Account<'_>, call: &Call) -> Answer {
    let bucket = call.text("Bucket");
    let slot = account.everywhere().find_map(|seen| seen.buckets.get(bucket));
    let here = account.target.region.as_str();
    let elsewhere = slot.map(|bucket| bucket.region(&account.target));
    if let Some(region) = elsewhere.filter(|region| region.as_str() != here) {
        let says = format!(
            "The {region} location constraint is incompatible for the region specific endpoint \
             this request was sent to."
        );
        return Answer::missing(400, "IllegalLocationConstraintException", says);
    }
    let none = || Answer::missing(404, "NoSuchBucketPolicy", "The bucket policy does not exist");
    Answer::slot(slot.map(|bucket| &bucket.policy), none, |policy| {
        Answer::Fields(json!({ "Policy": policy }))
    })
}

fn of_role<T>(
    account: &Account<'_>,
    call: &Call,
    part: fn(&Role) -> &Observed<T>,
    seen: impl FnOnce(&T) -> Answer,
) -> Answer {
    let name = call.text("RoleName");
    let mut roles = account.everywhere().flat_map(|seen| &seen.roles);
    let found = roles
        .find(|(arn, _)| arn.name() == name && arn.account() == account.target.account.as_str());
    Answer::slot(found.map(|(_, role)| part(role)), || no_such("role", name), seen)
}

fn policy<'a>(account: &Account<'a>, arn: &str) -> Option<&'a AttachedPolicy> {
    let roles = account.everywhere().flat_map(|seen| seen.roles.values());
    let attached = roles.filter_map(|role| role.attached_policies.seen());
    attached.flatten().find(|(known, _)| **known == *arn).map(|(_, policy)| policy)
}

fn no_such(kind: &str, name: &str) -> Answer {
    let message = format!("The {kind} with name {name} cannot be found.");
    Answer::missing(404, "NoSuchEntity", message)
}

/// IAM's policy documents are URL-encoded.
fn encoded(document: &str) -> Value {
    json!(utf8_percent_encode(document, NON_ALPHANUMERIC).to_string())
}
