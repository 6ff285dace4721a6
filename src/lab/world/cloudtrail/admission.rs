//! Whether CloudTrail may do what a trail asks of it: write to the bucket, write to the log group.

use jiff::SignedDuration;
use secmon_core::snapshot::{AccountId, Arn, Target, Trail};

use super::super::World;
use super::super::call::ApiError;
use super::super::hypothesis::Hypothesis;
use super::super::iam::{RoleRefusal, service_request};
use super::super::kms::KeyRefusal;
use super::deliver::{NO_GROUP, stream_name};

pub(super) const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";
const NO_TRUST: &str =
    "Access denied. Verify in IAM that the role has adequate trust relationships.";

/// A trust policy asks for which trail CloudTrail comes.
pub(in super::super) static DELIVERY_ROLE_SOURCE: Hypothesis = Hypothesis {
    id: "delivery-role-source",
    question: "Does CloudTrail name the trail when it assumes the role that writes to the log group?",
    settings: &[
        ("named", "It sends aws:SourceArn and aws:SourceAccount."),
        ("not-named", "It sends neither: a trust policy that asks for them refuses it."),
    ],
    known: "No page says which condition keys it sends. The trust policy in the user guide has no \
            condition.",
};

/// What was delivered so lately shows that CloudTrail may, whatever it sends.
const LATELY: SignedDuration = SignedDuration::from_mins(15);

impl World {
    /// The group that a trail writes to, and where it is; or why CloudTrail cannot write to a stream
    /// there.
    pub(super) fn may_write(
        &self,
        trail: &Trail,
        stream: &str,
        names_trail: bool,
    ) -> Result<(String, Target), String> {
        let arn = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<Arn>().ok());
        let group = arn(&trail.cloud_watch_logs_log_group_arn).ok_or(NO_GROUP)?;
        let role = arn(&trail.cloud_watch_logs_role_arn).ok_or(NO_TRUST)?;
        let target = group.target().ok_or(NO_GROUP)?;
        let resource = format!("{}:log-stream:{stream}", group.as_str().trim_end_matches(":*"));
        let actions = ["logs:CreateLogStream", "logs:PutLogEvents"];
        let source = names_trail.then_some(&trail.trail_arn);
        self.role_may(&role, CLOUDTRAIL, source, &actions, &resource).map_err(|refusal| {
            match refusal {
                RoleRefusal::NoRole | RoleRefusal::Trust => NO_TRUST,
                RoleRefusal::Policy => NO_GROUP,
            }
        })?;
        Ok((group.name().to_owned(), target))
    }

    /// The same, where it may hang on what nobody knows of CloudTrail.
    pub(super) fn writes_to(
        &mut self,
        trail: &Trail,
        stream: &str,
    ) -> Result<(String, Target), String> {
        let named = self.may_write(trail, stream, true);
        let delivered = trail.status.seen().and_then(|status| {
            let failed = status.latest_cloud_watch_logs_delivery_error.is_some();
            status.latest_cloud_watch_logs_delivery_time.filter(|_| !failed)
        });
        if delivered.is_some_and(|at| self.now.duration_since(at) <= LATELY) {
            return named;
        }
        let not_named = self.may_write(trail, stream, false);
        match named == not_named || self.hypotheses.consult(&DELIVERY_ROLE_SOURCE) == "named" {
            true => named,
            false => not_named,
        }
    }

    /// What CloudTrail checks when group and role are set.
    pub(super) fn check_log_group(&mut self, trail: &Trail) -> Result<(), ApiError> {
        let group_error = |message: &str| {
            Err(ApiError::new("InvalidCloudWatchLogsLogGroupArnException", message))
        };
        let role_error =
            |message: &str| Err(ApiError::new("InvalidCloudWatchLogsRoleArnException", message));
        let (group, role) =
            match (&trail.cloud_watch_logs_log_group_arn, &trail.cloud_watch_logs_role_arn) {
                (None, None) => return Ok(()),
                (Some(_), None) => {
                    return role_error("You must specify a log group and a role ARN.");
                }
                (None, Some(_)) => {
                    return group_error("You must specify a log group and a role ARN.");
                }
                (Some(group), Some(role)) => (group, role),
            };
        let group = group.parse::<Arn>().ok().filter(|arn| {
            arn.service() == "logs"
                && arn.resource().starts_with("log-group:")
                && arn.resource().ends_with(":*")
        });
        let Some(group) = group else {
            return group_error("CloudTrail cannot validate the specified log group ARN.");
        };
        if group.region() != trail.home_region {
            return group_error("You must specify a log group that is in the current region.");
        }
        if group.account() != trail.trail_arn.account() {
            return group_error("CloudTrail cannot validate the specified log group ARN.");
        }
        let role = role.parse::<Arn>().ok();
        if role.is_none_or(|arn| arn.service() != "iam" || !arn.resource().starts_with("role/")) {
            return role_error("CloudTrail cannot validate the specified role ARN.");
        }
        let owner: AccountId = match trail.trail_arn.account().parse() {
            Ok(owner) => owner,
            Err(_) => return group_error(NO_GROUP),
        };
        let stream = stream_name(self.organisation_of(trail), &owner, trail);
        let written = self.may_write(trail, &stream, true).and_then(|(group, target)| {
            let empty = self.ingest(&target, &group, &stream, Vec::new());
            empty.map_err(|_| NO_GROUP.to_owned())
        });
        match written {
            Ok(()) => Ok(()),
            Err(message) if message == NO_TRUST => role_error(NO_TRUST),
            // A missing group reads like a missing permission (captured).
            Err(message) => group_error(&message),
        }
    }

    /// What CloudTrail checks when a bucket is set. It leaves an empty object behind (captured).
    pub(super) fn check_bucket(&mut self, trail: &Trail) -> Result<(), ApiError> {
        let bucket = trail.s3_bucket_name.clone().unwrap_or_default();
        let owner = trail.trail_arn.account();
        let key = self.log_folder(trail, owner);
        let source = &trail.trail_arn;
        let readable =
            self.service_may_on_bucket(&bucket, None, "s3:GetBucketAcl", CLOUDTRAIL, source);
        let written = readable
            .and_then(|()| self.service_puts_object(&bucket, &key, Vec::new(), CLOUDTRAIL, source));
        written.map_err(|code| match code.as_str() {
            "NoSuchBucket" => ApiError::new(
                "S3BucketDoesNotExistException",
                format!("S3 bucket {bucket} does not exist!"),
            ),
            _ => ApiError::new(
                "InsufficientS3BucketPolicyException",
                format!("Incorrect S3 bucket policy is detected for bucket: {bucket}"),
            ),
        })
    }

    /// Whether the key of a trail's log files can be used; if not, the error that
    /// LatestDeliveryError shows.
    pub(super) fn log_file_key_works(&self, trail: &Trail) -> Result<(), String> {
        let Some(key) = &trail.kms_key_id else { return Ok(()) };
        let Some(target) = trail.trail_arn.target() else { return Ok(()) };
        let request = service_request(CLOUDTRAIL, "kms:GenerateDataKey", key, &trail.trail_arn)
            .with("kms:EncryptionContext:aws:cloudtrail:arn", trail.trail_arn.as_str());
        self.service_uses_key(key, &target, &request).map_err(|refusal| {
            match refusal {
                KeyRefusal::Disabled | KeyRefusal::PendingDeletion => "KMS.DisabledException",
                KeyRefusal::NotFound => "KMS.NotFoundException",
                KeyRefusal::Denied => "AccessDenied",
            }
            .to_owned()
        })
    }
}
