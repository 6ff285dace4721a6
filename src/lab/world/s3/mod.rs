//! S3: buckets, what is set on them, and their objects.
//!
//! Versions of objects are not kept: `PutBucketVersioning` is stored and given back.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use secmon_core::policy::{PolicyDocument, evaluate};
use secmon_core::selector::needs_opt_in;
use secmon_core::snapshot::{AccountId, Arn, Region};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::call::{ApiError, Call};
use super::iam::{caller_request, is_public, refusal, service_request};

mod buckets;
mod list;
mod objects;
mod policy;
mod settings;
#[cfg(test)]
mod tests;

/// A bucket. Its name is known all over the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bucket {
    pub(super) region: Region,
    pub(super) created: Timestamp,
    /// JSON text.
    #[serde(default)]
    pub(super) policy: Option<String>,
    /// What was put on it, as given, by the end of the operation's name, such as `BucketTagging`.
    #[serde(default)]
    pub(super) settings: BTreeMap<String, Value>,
    /// By key.
    #[serde(default)]
    pub(super) objects: BTreeMap<String, Object>,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Object {
    /// base64
    pub(super) body: String,
    pub(super) size: u64,
    /// With its quotes.
    pub(super) etag: String,
    pub(super) modified: Timestamp,
    /// What PutObject said of it, by member name, such as `ContentType`.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Value>,
}

impl Bucket {
    /// A bucket on which nothing is set.
    pub(super) fn new(region: Region, created: Timestamp) -> Self {
        Self { region, created, policy: None, settings: BTreeMap::new(), objects: BTreeMap::new() }
    }

    /// One of the four settings of the public access block.
    fn blocks(&self, what: &str) -> bool {
        let block = self.settings.get("PublicAccessBlock");
        block.is_some_and(|block| block[what].as_bool().unwrap_or(false))
    }

    fn is_public(&self) -> bool {
        let policy = self.policy.as_deref().and_then(|text| serde_json::from_str(text).ok());
        policy.is_some_and(|policy: Value| is_public(&policy))
    }
}

impl Object {
    fn new(body: &[u8], modified: Timestamp) -> Self {
        Self {
            body: STANDARD.encode(body),
            size: body.len() as u64,
            etag: format!("\"{}\"", md5_hex(body)),
            modified,
            headers: BTreeMap::new(),
        }
    }
}

pub(super) fn md5_hex(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl World {
    pub(super) fn s3(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.operation.as_str() {
            "CreateBucket" => self.create_bucket(call),
            "DeleteBucket" => self.delete_bucket(call),
            "HeadBucket" => self.head_bucket(call),
            "ListBuckets" => self.list_buckets(call),
            "GetBucketLocation" => self.get_bucket_location(call),
            "GetBucketPolicy" => self.get_bucket_policy(call),
            "PutBucketPolicy" => self.put_bucket_policy(call),
            "DeleteBucketPolicy" => self.delete_bucket_policy(call),
            "GetBucketPolicyStatus" => self.get_bucket_policy_status(call),
            "GetBucketAcl" => self.get_bucket_acl(call),
            "PutBucketAcl" => self.put_bucket_acl(call),
            "PutObject" => self.put_object(call),
            "GetObject" => self.get_object(call),
            "HeadObject" => self.head_object(call),
            "DeleteObject" => self.delete_object(call),
            "DeleteObjects" => self.delete_objects(call),
            "ListObjectsV2" => self.list_objects_v2(call),
            "ListObjects" => self.list_objects(call),
            _ => self.bucket_setting(call),
        }
    }

    /// The bucket of a call, if it is of this Region and the caller may do this to it.
    fn called_bucket(&self, call: &Call) -> Result<&Bucket, ApiError> {
        let name = call.text("Bucket").unwrap_or_default();
        let (owner, bucket) = self.bucket(name).ok_or_else(no_such_bucket)?;
        if bucket.region != call.target.region && call.operation != "GetBucketLocation" {
            return Err(elsewhere(&bucket.region, &call.target.region));
        }
        let action = action(&call.operation);
        let arn = bucket_arn(&bucket.region, name);
        let resource = match call.text("Key") {
            Some(key) => format!("{arn}/{key}"),
            None => arn,
        };
        let mut request = caller_request(call, &action, &resource);
        for (member, key) in [("ACL", "s3:x-amz-acl"), ("Prefix", "s3:prefix")] {
            request = match call.text(member) {
                Some(value) => request.with(key, value),
                None => request.without(key),
            };
        }
        // "RestrictPublicBuckets: only AWS service principals and authorized users within the
        // bucket owner's account".
        let foreign = owner != &call.target.account;
        let shut = foreign && bucket.blocks("RestrictPublicBuckets") && bucket.is_public();
        let policy = bucket.policy.as_deref().filter(|_| !shut);
        match refusal(policy, owner, call, &request) {
            None => Ok(bucket),
            Some(why) => Err(ApiError::new(
                "AccessDeniedException",
                format!(
                    "User: {} is not authorized to perform: {action} on resource: \"{resource}\" \
                     {why}",
                    call.caller.arn
                ),
            )),
        }
    }

    fn called_bucket_mut(&mut self, call: &Call) -> Result<&mut Bucket, ApiError> {
        self.called_bucket(call)?;
        let name = call.text("Bucket").unwrap_or_default();
        self.bucket_mut(name).ok_or_else(no_such_bucket)
    }

    /// A bucket and its owner.
    pub(super) fn bucket(&self, name: &str) -> Option<(&AccountId, &Bucket)> {
        let mut accounts = self.accounts.iter();
        accounts.find_map(|(owner, account)| Some((owner, account.buckets.get(name)?)))
    }

    fn bucket_mut(&mut self, name: &str) -> Option<&mut Bucket> {
        self.accounts.values_mut().find_map(|account| account.buckets.get_mut(name))
    }

    /// Whether a service may do something to a bucket, or to an object in it, for a resource of its
    /// own such as a trail. `Err`: S3's error code.
    pub(super) fn service_may_on_bucket(
        &self,
        bucket: &str,
        key: Option<&str>,
        action: &str,
        service: &str,
        source: &Arn,
    ) -> Result<(), String> {
        let (_, found) = self.bucket(bucket).ok_or_else(|| "NoSuchBucket".to_owned())?;
        let denied = || "AccessDenied".to_owned();
        let policy = found.policy.as_deref().and_then(|text| PolicyDocument::parse(text).ok());
        let policy = policy.ok_or_else(denied)?;
        let mut resource = bucket_arn(&found.region, bucket);
        let mut request = service_request(service, action, &resource, source);
        if let Some(key) = key {
            resource.push('/');
            resource.push_str(key);
            request.resource = resource;
            request = request.with("s3:x-amz-acl", "bucket-owner-full-control");
        }
        // A service does not pay
        // (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html>).
        let payer = found.settings.get("BucketRequestPayment");
        let requester_pays = payer.is_some_and(|payer| payer["Payer"] == "Requester");
        let allowed = evaluate(&[("", &policy)], &request).is_allowed();
        if allowed && !requester_pays { Ok(()) } else { Err(denied()) }
    }

    /// A service writes an object for a resource of its own, such as a trail, with the ACL
    /// `bucket-owner-full-control`. `Err`: S3's error code, `NoSuchBucket` or `AccessDenied`.
    pub(super) fn service_puts_object(
        &mut self,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
        service: &str,
        source: &Arn,
    ) -> Result<(), String> {
        self.service_may_on_bucket(bucket, Some(key), "s3:PutObject", service, source)?;
        let object = Object::new(&body, self.now);
        let found = self.bucket_mut(bucket).ok_or_else(|| "NoSuchBucket".to_owned())?;
        found.objects.insert(key.to_owned(), object);
        Ok(())
    }
}

/// What S3 answers where a bucket is not: a redirect, and with Regions launched after March 20,
/// 2019 status 400
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html>; the words are in
/// <https://github.com/cloud-custodian/cloud-custodian/issues/8005>).
fn elsewhere(bucket: &Region, asked: &Region) -> ApiError {
    if needs_opt_in(bucket.as_str()) || needs_opt_in(asked.as_str()) {
        return incompatible(Some(bucket));
    }
    let message = "The bucket you are attempting to access must be addressed using the specified \
                   endpoint. Please send all future requests to this endpoint.";
    ApiError { bucket_region: Some(bucket.clone()), ..ApiError::new("PermanentRedirect", message) }
}

/// us-east-1 is no constraint.
fn incompatible(constraint: Option<&Region>) -> ApiError {
    let given = constraint.map(Region::as_str).filter(|region| *region != "us-east-1");
    let given = given.unwrap_or("unspecified");
    ApiError::new(
        "IllegalLocationConstraintException",
        format!(
            "The {given} location constraint is incompatible for the region specific endpoint this \
             request was sent to."
        ),
    )
}

/// The ARN of a bucket, in its Region's partition.
fn bucket_arn(region: &Region, name: &str) -> String {
    let target =
        secmon_core::snapshot::Target { account: AccountId::unknown(), region: region.clone() };
    let partition = Arn::of_resource("s3", &target, "").partition().to_owned();
    format!("arn:{partition}:s3:::{name}")
}

/// The IAM action of an operation
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>).
fn action(operation: &str) -> String {
    let name = match operation {
        "HeadObject" => "GetObject",
        "DeleteObjects" => "DeleteObject",
        "HeadBucket" | "ListObjects" | "ListObjectsV2" => "ListBucket",
        "GetPublicAccessBlock" => "GetBucketPublicAccessBlock",
        "PutPublicAccessBlock" | "DeletePublicAccessBlock" => "PutBucketPublicAccessBlock",
        "GetBucketEncryption" => "GetEncryptionConfiguration",
        "PutBucketEncryption" => "PutEncryptionConfiguration",
        "GetBucketLifecycleConfiguration" => "GetLifecycleConfiguration",
        "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle" => "PutLifecycleConfiguration",
        "DeleteBucketTagging" => "PutBucketTagging",
        "DeleteBucketOwnershipControls" => "PutBucketOwnershipControls",
        other => other,
    };
    format!("s3:{name}")
}

fn no_such_bucket() -> ApiError {
    ApiError::new("NoSuchBucket", "The specified bucket does not exist")
}
