//! Bucket policies and ACLs.

use secmon_core::policy::PolicyDocument;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::iam::is_public;
use super::buckets::canonical_id;
use super::{bucket_arn, no_such_bucket};

impl World {
    pub(super) fn get_bucket_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let policy = self.called_bucket(call)?.policy.as_ref().ok_or_else(no_policy)?;
        Ok(json!({ "Policy": policy }))
    }

    pub(super) fn put_bucket_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        let bucket = self.called_bucket(call)?;
        let text = call.text("Policy").unwrap_or_default().to_owned();
        let malformed = |message: &str| ApiError::new("MalformedPolicy", message);
        if !text.starts_with('{') || serde_json::from_str::<Value>(&text).is_err() {
            let message = "Policies must be valid JSON and the first byte must be '{'";
            return Err(malformed(message));
        }
        let document =
            PolicyDocument::parse(&text).map_err(|error| malformed(&error.to_string()))?;
        let arn = bucket_arn(&bucket.region, call.text("Bucket").unwrap_or_default());
        check_statements(document.json(), &arn).map_err(malformed)?;
        if bucket.blocks("BlockPublicPolicy") && is_public(document.json()) {
            return Err(ApiError::new(
                "AccessDeniedException",
                format!(
                    "User: {} is not authorized to perform: s3:PutBucketPolicy on resource: \
                     \"{arn}\" because public policies are prevented by the BlockPublicPolicy \
                     setting in S3 Block Public Access.",
                    call.caller.arn
                ),
            ));
        }
        self.called_bucket_mut(call)?.policy = Some(text);
        Ok(json!({}))
    }

    pub(super) fn delete_bucket_policy(&mut self, call: &Call) -> Result<Value, ApiError> {
        self.called_bucket_mut(call)?.policy = None;
        Ok(json!({}))
    }

    pub(super) fn get_bucket_policy_status(&mut self, call: &Call) -> Result<Value, ApiError> {
        let bucket = self.called_bucket(call)?;
        bucket.policy.as_ref().ok_or_else(no_policy)?;
        Ok(json!({ "PolicyStatus": { "IsPublic": bucket.is_public() } }))
    }

    pub(super) fn get_bucket_acl(&mut self, call: &Call) -> Result<Value, ApiError> {
        let bucket = self.called_bucket(call)?;
        let name = call.text("Bucket").unwrap_or_default();
        let (owner, _) = self.bucket(name).ok_or_else(no_such_bucket)?;
        let owner = json!({ "ID": canonical_id(owner) });
        let grant = |grantee: Value, permission: &str| json!({ "Grantee": grantee, "Permission": permission });
        let mut full = owner.clone();
        full["Type"] = json!("CanonicalUser");
        let mut grants = vec![grant(full, "FULL_CONTROL")];
        let group = |uri: &str| json!({ "Type": "Group", "URI": format!("http://acs.amazonaws.com/groups/{uri}") });
        match bucket.settings.get("BucketAcl") {
            Some(Value::Object(given)) => return Ok(Value::Object(given.clone())),
            Some(canned) if canned == "public-read" => {
                grants.push(grant(group("global/AllUsers"), "READ"));
            }
            Some(canned) if canned == "public-read-write" => {
                grants.push(grant(group("global/AllUsers"), "READ"));
                grants.push(grant(group("global/AllUsers"), "WRITE"));
            }
            Some(canned) if canned == "authenticated-read" => {
                grants.push(grant(group("global/AuthenticatedUsers"), "READ"));
            }
            Some(canned) if canned == "log-delivery-write" => {
                grants.push(grant(group("s3/LogDelivery"), "WRITE"));
                grants.push(grant(group("s3/LogDelivery"), "READ_ACP"));
            }
            _ => {}
        }
        Ok(json!({ "Owner": owner, "Grants": grants }))
    }

    pub(super) fn put_bucket_acl(&mut self, call: &Call) -> Result<Value, ApiError> {
        let bucket = self.called_bucket(call)?;
        let given = match call.text("ACL") {
            Some(canned) => json!(canned),
            None => call.params["AccessControlPolicy"].clone(),
        };
        let rules = bucket.settings.get("BucketOwnershipControls");
        let enforced = rules
            .is_some_and(|rules| rules["Rules"][0]["ObjectOwnership"] == "BucketOwnerEnforced");
        let owners = given == "private" || given == "bucket-owner-full-control";
        if enforced && !owners {
            return Err(ApiError::new(
                "AccessControlListNotSupported",
                "The bucket does not allow ACLs",
            ));
        }
        let text = given.to_string();
        let public = text.contains("public-")
            || text.contains("authenticated-read")
            || text.contains("groups/global/");
        if public && bucket.blocks("BlockPublicAcls") {
            return Err(ApiError::new("AccessDeniedException", "Access Denied"));
        }
        self.called_bucket_mut(call)?.settings.insert("BucketAcl".to_owned(), given);
        Ok(json!({}))
    }
}

fn no_policy() -> ApiError {
    ApiError::new("NoSuchBucketPolicy", "The bucket policy does not exist")
}

/// What S3 asks of statements beyond their grammar.
fn check_statements(policy: &Value, bucket: &str) -> Result<(), &'static str> {
    let list = |value: &Value| match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    for statement in list(&policy["Statement"]) {
        if statement["Principal"].is_null() && statement["NotPrincipal"].is_null() {
            return Err("Missing required field Principal");
        }
        let of_s3 = |action: &Value| {
            let action = action.as_str().unwrap_or_default().to_ascii_lowercase();
            action == "*" || action.starts_with("s3:")
        };
        if !list(&statement["Action"]).iter().all(of_s3) {
            return Err("Policy has invalid action");
        }
        let own = |resource: &Value| {
            let resource = resource.as_str().unwrap_or_default();
            let rest = resource.strip_prefix(bucket);
            resource == "*"
                || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '*']))
        };
        let resources = list(&statement["Resource"]);
        if resources.is_empty() && statement["NotResource"].is_null() {
            return Err("Missing required field Resource");
        }
        if !resources.iter().all(own) {
            return Err("Policy has invalid resource");
        }
    }
    Ok(())
}
