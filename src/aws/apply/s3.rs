//! S3: the bucket of a trail.

use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use aws_sdk_s3::types as sdk;
use secmon_core::plan::{Tags, Write};

use super::{WriteError, Writing};

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
