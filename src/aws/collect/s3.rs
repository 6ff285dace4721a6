//! S3: the policies of the buckets that trails deliver to.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_bucket_policy::{GetBucketPolicyError, GetBucketPolicyOutput};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secmon_core::snapshot::{Bucket, Observed, Region};

use super::convert::need;
use super::place::Place;
use crate::error::{Trouble, classify};
use crate::permissions::Call;

const CALL: Call = Call::GetBucketPolicy;

/// `GetBucketPolicy`. A trail's bucket may be in any Region; S3 names it when asked elsewhere.
pub(super) async fn get_bucket_policy(at: &Place<'_>, bucket: &str) -> Result<Bucket, Trouble> {
    let mut answer = ask(at, bucket).await?;
    let elsewhere = answer.as_ref().err().and_then(bucket_region);
    let elsewhere = elsewhere.filter(|region| *region != at.target.region);
    if let Some(region) = &elsewhere {
        answer = ask(&at.in_region(region.as_str())?, bucket).await?;
    }
    let patience = at.run.session.patience();
    let answer = answer.map_err(|error| classify(CALL, &["NoSuchBucketPolicy"], patience, &error));
    let policy = match answer {
        Ok(answer) => Observed::Seen(need(CALL, "Policy", answer.policy)?),
        Err(Trouble::Absent) => Observed::Absent,
        Err(trouble) => return Err(trouble),
    };
    Ok(Bucket { policy, region: elsewhere })
}

type Answer = Result<GetBucketPolicyOutput, SdkError<GetBucketPolicyError, HttpResponse>>;

async fn ask(at: &Place<'_>, bucket: &str) -> Result<Answer, Trouble> {
    let clients = at.clients()?;
    at.in_time(CALL, clients.s3().get_bucket_policy().bucket(bucket).send()).await
}

/// Where a bucket is that is not where it was asked for: a redirect has a header for it, and where
/// a Region is one to opt in to, status 400 says it in words, `unspecified` for us-east-1.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html>,
/// <https://github.com/boto/botocore/issues/3197>
fn bucket_region(error: &SdkError<GetBucketPolicyError, HttpResponse>) -> Option<Region> {
    if let Some(region) = error.raw_response()?.headers().get("x-amz-bucket-region") {
        return region.parse().ok();
    }
    let error = error.as_service_error()?;
    if error.code() != Some("IllegalLocationConstraintException") {
        return None;
    }
    let (region, _) = error.message()?.strip_prefix("The ")?.split_once(" location constraint ")?;
    let region = if region == "unspecified" { "us-east-1" } else { region };
    region.parse().ok()
}
