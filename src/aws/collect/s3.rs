//! S3: the policies of the buckets that trails deliver to.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_bucket_policy::{GetBucketPolicyError, GetBucketPolicyOutput};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::convert::need;
use super::place::Place;
use crate::error::{Trouble, classify};
use crate::permissions::Call;

const CALL: Call = Call::GetBucketPolicy;

/// `GetBucketPolicy`. A trail's bucket may be in any Region; S3 names it when asked elsewhere.
pub(super) async fn get_bucket_policy(at: &Place<'_>, bucket: &str) -> Result<String, Trouble> {
    let mut answer = ask(at, bucket).await?;
    let elsewhere = answer.as_ref().err().and_then(bucket_region).map(str::to_owned);
    if let Some(region) = elsewhere.filter(|region| region != at.target.region.as_str()) {
        answer = ask(&at.in_region(&region)?, bucket).await?;
    }
    let patience = at.run.session.patience();
    let answer =
        answer.map_err(|error| classify(CALL, &["NoSuchBucketPolicy"], patience, &error))?;
    need(CALL, "Policy", answer.policy)
}

type Answer = Result<GetBucketPolicyOutput, SdkError<GetBucketPolicyError, HttpResponse>>;

async fn ask(at: &Place<'_>, bucket: &str) -> Result<Answer, Trouble> {
    let clients = at.clients()?;
    at.in_time(CALL, clients.s3().get_bucket_policy().bucket(bucket).send()).await
}

fn bucket_region(error: &SdkError<GetBucketPolicyError, HttpResponse>) -> Option<&str> {
    error.raw_response()?.headers().get("x-amz-bucket-region")
}
