//! S3: the bucket of a trail.

use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use aws_sdk_s3::types as sdk;
use secmon_core::plan::{Tags, Write};
use secmon_core::snapshot::Target;

use super::{WriteError, Writing, why};
use crate::connect::Session;
use crate::error::{Named, classify};

const LIST: Named = Named { name: "ListObjectsV2", action: "s3:ListBucket" };
const DELETE: Named = Named { name: "DeleteObjects", action: "s3:DeleteObject" };

impl Session {
    /// Whether a bucket holds anything.
    pub(super) async fn has_objects(&self, target: &Target, bucket: &str) -> Result<bool, String> {
        let Some(who) = self.writer_of(&target.account) else {
            return Err(format!("these credentials are not of account {}", target.account));
        };
        let clients = self.clients(who, &target.region);
        let request = clients.s3().list_objects_v2().bucket(bucket).max_keys(1);
        match request.send().await {
            Ok(answer) => Ok(!answer.contents().is_empty()),
            Err(error) => Err(why(classify(LIST, &[], self.patience(), &error))),
        }
    }

    /// Deletes the objects of a bucket. Earlier versions of objects, which a bucket keeps once
    /// somebody has switched that on, stay, and S3 does not delete it then.
    pub(super) async fn empty_bucket(
        &self,
        target: &Target,
        bucket: &str,
    ) -> Result<(), WriteError> {
        let who = self.who_writes(&target.account).map_err(WriteError::failed)?;
        let writing = |named| Writing {
            clients: self.clients(who, &target.region),
            named,
            patience: self.patience(),
        };
        let (lists, deletes) = (writing(LIST), writing(DELETE));
        let client = lists.clients.s3();
        let mut pages = client.list_objects_v2().bucket(bucket).into_paginator().send();
        while let Some(page) = pages.next().await {
            let keys = lists.answered(page)?.contents.unwrap_or_default().into_iter();
            let keys = keys.filter_map(|object| object.key);
            let ids = keys.map(|key| sdk::ObjectIdentifier::builder().key(key).build());
            let ids = ids.collect::<Result<Vec<_>, _>>();
            let ids = ids.map_err(|error| deletes.unbuildable(&error))?;
            if ids.is_empty() {
                continue;
            }
            let delete = sdk::Delete::builder().set_objects(Some(ids)).quiet(true).build();
            let delete = delete.map_err(|error| deletes.unbuildable(&error))?;
            let request = client.delete_objects().bucket(bucket).delete(delete);
            let answer = deletes.answered(request.send().await)?;
            if let Some(error) = answer.errors.unwrap_or_default().first() {
                let key = error.key().unwrap_or_default();
                let says = error.message().or(error.code()).unwrap_or("no reason is told");
                return Err(WriteError::failed(format!("DeleteObjects: {key}: {says}")));
            }
        }
        Ok(())
    }
}

pub(super) async fn write(at: &Writing, write: &Write) -> Result<(), WriteError> {
    let client = at.clients.s3();
    match write {
        Write::CreateBucket { target, bucket } => {
            match client.head_bucket().bucket(bucket).send().await {
                Ok(_) => {
                    let says = format!("bucket {bucket} is there already: run it once more");
                    return Err(WriteError::failed(says));
                }
                Err(error) => {
                    let gone = error.as_service_error().is_some_and(HeadBucketError::is_not_found);
                    if !gone {
                        return at.done::<(), _>(Err(error));
                    }
                }
            }
            let region = target.region.as_str();
            let place = sdk::CreateBucketConfiguration::builder()
                .location_constraint(sdk::BucketLocationConstraint::from(region))
                .build();
            // us-east-1 is where buckets are made without one, and S3 refuses it as a constraint.
            let place = (region != "us-east-1").then_some(place);
            let request =
                client.create_bucket().bucket(bucket).set_create_bucket_configuration(place);
            at.done(request.send().await)
        }
        Write::DeleteBucket { bucket, .. } => {
            at.done(client.delete_bucket().bucket(bucket).send().await)
        }
        Write::PutPublicAccessBlock { bucket, .. } => {
            let block = sdk::PublicAccessBlockConfiguration::builder()
                .block_public_acls(true)
                .ignore_public_acls(true)
                .block_public_policy(true)
                .restrict_public_buckets(true)
                .build();
            let request = client.put_public_access_block().bucket(bucket);
            at.done(request.public_access_block_configuration(block).send().await)
        }
        Write::PutBucketEncryption { bucket, .. } => put_encryption(at, bucket).await,
        Write::PutBucketLifecycleConfiguration { bucket, days, .. } => {
            put_lifecycle(at, bucket, *days).await
        }
        Write::PutBucketTagging { bucket, tags, .. } => put_tags(at, bucket, tags).await,
        Write::PutBucketPolicy { bucket, policy, .. } => {
            at.done(client.put_bucket_policy().bucket(bucket).policy(policy).send().await)
        }
        Write::DeleteBucketPolicy { bucket, .. } => {
            at.done(client.delete_bucket_policy().bucket(bucket).send().await)
        }
        _ => Ok(()),
    }
}

async fn put_encryption(at: &Writing, bucket: &str) -> Result<(), WriteError> {
    let by_default = sdk::ServerSideEncryptionByDefault::builder()
        .sse_algorithm(sdk::ServerSideEncryption::Aes256)
        .build()
        .map_err(|error| at.unbuildable(&error))?;
    let rule = sdk::ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(by_default)
        .build();
    let configuration = sdk::ServerSideEncryptionConfiguration::builder()
        .rules(rule)
        .build()
        .map_err(|error| at.unbuildable(&error))?;
    let request = at.clients.s3().put_bucket_encryption().bucket(bucket);
    at.done(request.server_side_encryption_configuration(configuration).send().await)
}

async fn put_lifecycle(at: &Writing, bucket: &str, days: i32) -> Result<(), WriteError> {
    let rule = sdk::LifecycleRule::builder()
        .id("expire-log-files")
        .status(sdk::ExpirationStatus::Enabled)
        .filter(sdk::LifecycleRuleFilter::builder().prefix("AWSLogs/").build())
        .expiration(sdk::LifecycleExpiration::builder().days(days).build())
        .build()
        .map_err(|error| at.unbuildable(&error))?;
    let configuration = sdk::BucketLifecycleConfiguration::builder()
        .rules(rule)
        .build()
        .map_err(|error| at.unbuildable(&error))?;
    let request = at.clients.s3().put_bucket_lifecycle_configuration().bucket(bucket);
    at.done(request.lifecycle_configuration(configuration).send().await)
}

async fn put_tags(at: &Writing, bucket: &str, tags: &Tags) -> Result<(), WriteError> {
    let tags = tags.iter().map(|(key, value)| sdk::Tag::builder().key(key).value(value).build());
    let tags = tags.collect::<Result<Vec<_>, _>>().map_err(|error| at.unbuildable(&error))?;
    let tagging = sdk::Tagging::builder().set_tag_set(Some(tags)).build();
    let tagging = tagging.map_err(|error| at.unbuildable(&error))?;
    at.done(at.clients.s3().put_bucket_tagging().bucket(bucket).tagging(tagging).send().await)
}
