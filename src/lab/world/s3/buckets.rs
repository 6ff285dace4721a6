//! Buckets themselves.

use secmon_core::snapshot::{AccountId, Region};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::World;
use super::super::call::{ApiError, Call};
use super::super::page::page;
use super::{Bucket, bucket_arn, incompatible, md5_hex};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateBucket {
    bucket: String,
    #[serde(rename = "ACL")]
    acl: Option<String>,
    object_ownership: Option<String>,
    create_bucket_configuration: Option<Configuration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    location_constraint: Option<Region>,
}

impl World {
    pub(super) fn create_bucket(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: CreateBucket = call.input()?;
        let name = input.bucket;
        if !is_bucket_name(&name) {
            return Err(ApiError::new("InvalidBucketName", "The specified bucket is not valid."));
        }
        let region = call.target.region.clone();
        let constraint = input.create_bucket_configuration.and_then(|c| c.location_constraint);
        let fits = match &constraint {
            Some(constraint) => *constraint == region,
            None => region == *"us-east-1",
        };
        if !fits {
            return Err(incompatible(constraint.as_ref()));
        }
        match self.bucket(&name) {
            Some((owner, _)) if *owner != call.target.account => {
                return Err(ApiError::new(
                    "BucketAlreadyExists",
                    "The requested bucket name is not available. The bucket namespace is shared \
                     by all users of the system. Please select a different name and try again.",
                ));
            }
            // For compatibility us-east-1 answers as if it had made the bucket
            // (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>).
            Some((_, old)) if old.region == *"us-east-1" && region == *"us-east-1" => {
                return Ok(made(&region, &name));
            }
            Some(_) => {
                return Err(ApiError::new(
                    "BucketAlreadyOwnedByYou",
                    "Your previous request to create the named bucket succeeded and you already \
                     own it.",
                ));
            }
            None => {}
        }
        let mut bucket = Bucket::new(region.clone(), self.now);
        let ownership = input.object_ownership.unwrap_or_else(|| "BucketOwnerEnforced".to_owned());
        // What every new bucket has since January and April 2023.
        bucket.settings.insert(
            "BucketEncryption".to_owned(),
            json!({ "Rules": [{
                "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" },
                "BucketKeyEnabled": false,
            }] }),
        );
        bucket.settings.insert(
            "PublicAccessBlock".to_owned(),
            json!({
                "BlockPublicAcls": true, "IgnorePublicAcls": true,
                "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
            }),
        );
        bucket.settings.insert(
            "BucketOwnershipControls".to_owned(),
            json!({ "Rules": [{ "ObjectOwnership": ownership }] }),
        );
        if let Some(acl) = input.acl {
            bucket.settings.insert("BucketAcl".to_owned(), json!(acl));
        }
        let answer = made(&region, &name);
        self.account_mut(&call.target.account).buckets.insert(name, bucket);
        Ok(answer)
    }

    pub(super) fn delete_bucket(&mut self, call: &Call) -> Result<Value, ApiError> {
        if !self.called_bucket(call)?.objects.is_empty() {
            return Err(ApiError::new(
                "BucketNotEmpty",
                "The bucket you tried to delete is not empty",
            ));
        }
        let name = call.text("Bucket").unwrap_or_default();
        for account in self.accounts.values_mut() {
            account.buckets.remove(name);
        }
        Ok(json!({}))
    }

    pub(super) fn head_bucket(&mut self, call: &Call) -> Result<Value, ApiError> {
        let region = &self.called_bucket(call)?.region;
        let arn = bucket_arn(region, call.text("Bucket").unwrap_or_default());
        Ok(json!({ "BucketRegion": region, "BucketArn": arn }))
    }

    pub(super) fn list_buckets(&mut self, call: &Call) -> Result<Value, ApiError> {
        let prefix = call.text("Prefix").unwrap_or_default();
        let account = self.account(&call.target.account);
        let buckets = account.into_iter().flat_map(|account| &account.buckets);
        let items: Vec<Value> = buckets
            .filter(|(name, _)| name.starts_with(prefix))
            .filter(|(_, bucket)| {
                call.text("BucketRegion").is_none_or(|region| bucket.region == *region)
            })
            .map(|(name, bucket)| {
                json!({
                    "Name": name,
                    "CreationDate": bucket.created,
                    "BucketRegion": bucket.region,
                    "BucketArn": bucket_arn(&bucket.region, name),
                })
            })
            .collect();
        let size = call.params["MaxBuckets"].as_u64().unwrap_or(10_000) as usize;
        let (items, next) = page(items, size, call.text("ContinuationToken")).ok_or_else(|| {
            ApiError::new("InvalidArgument", "The continuation token provided is incorrect")
        })?;
        Ok(json!({
            "Buckets": items,
            "Owner": { "ID": canonical_id(&call.target.account) },
            "ContinuationToken": next,
            "Prefix": call.text("Prefix"),
        }))
    }

    /// us-east-1 is nothing.
    pub(super) fn get_bucket_location(&mut self, call: &Call) -> Result<Value, ApiError> {
        let region = Some(&self.called_bucket(call)?.region);
        Ok(json!({ "LocationConstraint": region.filter(|region| **region != *"us-east-1") }))
    }
}

fn made(region: &Region, name: &str) -> Value {
    let location = match region.as_str() {
        "us-east-1" => format!("/{name}"),
        _ => format!("http://{name}.s3.amazonaws.com/"),
    };
    json!({ "Location": location, "BucketArn": bucket_arn(region, name) })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn is_bucket_name(name: &str) -> bool {
    let end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| end(c) || c == '.' || c == '-')
        && name.starts_with(end)
        && name.ends_with(end)
        && !name.contains("..")
}

/// An account as S3 calls it: 64 hexadecimal digits.
pub(super) fn canonical_id(account: &AccountId) -> String {
    let id = account.as_str();
    let back: String = id.chars().rev().collect();
    format!("{}{}", md5_hex(id.as_bytes()), md5_hex(format!("-{back}").as_bytes()))
}
