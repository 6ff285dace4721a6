//! The only writers: one call of a plan, as it stands.

use std::error::Error;
use std::sync::Arc;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secmon_core::plan::Write;
use secmon_core::snapshot::AccountId;

use crate::clients::Clients;
use crate::connect::Session;
use crate::error::{Named, Trouble, classify};

mod cloudtrail;
mod cloudwatch;
mod engine;
mod events;
mod iam;
mod kms;
mod logs;
mod s3;
mod secretsmanager;
mod sns;
mod take_back;

pub use engine::{Applied, Outside, Stopped};
pub use take_back::{Force, TakenBack};

/// Why a call did not change what it was to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The permission is missing.
    #[error("{action} was denied to these credentials")]
    Denied {
        /// The IAM action.
        action: String,
    },
    /// AWS does not see yet what was made a moment ago: the same call may succeed in a while.
    #[error("{reason}")]
    NotYet {
        /// In AWS's words.
        reason: String,
    },
    /// Anything else.
    #[error("{reason}")]
    Failed {
        /// What went wrong, in AWS's words where it said any.
        reason: String,
    },
}

impl WriteError {
    fn failed(reason: impl Into<String>) -> Self {
        Self::Failed { reason: reason.into() }
    }
}

/// Codes with which CloudTrail refuses a role, a group or a bucket that it cannot use, or not yet:
/// IAM and S3 take seconds to tell each other.
const NOT_YET: &[&str] = &[
    "InvalidCloudWatchLogsLogGroupArnException",
    "InvalidCloudWatchLogsRoleArnException",
    "InsufficientS3BucketPolicyException",
    "InsufficientSnsTopicPolicyException",
    "S3BucketDoesNotExistException",
    "OperationAbortedException",
    "OperationAborted",
    "ConcurrentModificationException",
    // A role that was made a moment ago, or from which a policy was taken a moment ago.
    "NoSuchEntity",
    "DeleteConflict",
];

/// One call being made.
struct Writing {
    clients: Arc<Clients>,
    named: Named,
    patience: std::time::Duration,
}

impl Session {
    /// Makes one call. It is made again by itself only where AWS says that it did not understand or
    /// was too busy.
    pub async fn write(&self, write: &Write) -> Result<(), WriteError> {
        let Some(target) = write.target() else {
            return Err(WriteError::failed("its ARN names no Region"));
        };
        let who = self.who_writes(&target.account).map_err(WriteError::failed)?;
        let writing = Writing {
            clients: self.clients(who, &target.region),
            named: Named { name: write.operation(), action: write.action() },
            patience: self.patience(),
        };
        // The SDK's futures are large.
        Box::pin(writing.make(write)).await
    }

    /// Whose credentials may write in an account: only those that are known to be of it.
    fn who_writes(&self, account: &AccountId) -> Result<crate::connect::Who, String> {
        self.writer_of(account).ok_or_else(|| {
            format!(
                "it is not known that these credentials are of account {account}: pass --role-arn \
                 ROLE_IN_THAT_ACCOUNT"
            )
        })
    }
}

impl Writing {
    async fn make(&self, write: &Write) -> Result<(), WriteError> {
        match write {
            Write::CreateSecret { .. }
            | Write::RestoreSecret { .. }
            | Write::DeleteSecret { .. } => secretsmanager::write(self, write).await,
            Write::CreateLogGroup { .. }
            | Write::PutRetentionPolicy { .. }
            | Write::DeleteRetentionPolicy { .. }
            | Write::DeleteLogGroup { .. }
            | Write::PutMetricFilter { .. }
            | Write::DeleteMetricFilter { .. } => logs::write(self, write).await,
            Write::CreateRole { .. }
            | Write::DeleteRole { .. }
            | Write::UpdateAssumeRolePolicy { .. }
            | Write::PutRolePolicy { .. }
            | Write::DeleteRolePolicy { .. } => iam::write(self, write).await,
            Write::CreateBucket { .. }
            | Write::DeleteBucket { .. }
            | Write::PutPublicAccessBlock { .. }
            | Write::PutBucketEncryption { .. }
            | Write::PutBucketLifecycleConfiguration { .. }
            | Write::PutBucketTagging { .. }
            | Write::PutBucketPolicy { .. }
            | Write::DeleteBucketPolicy { .. } => s3::write(self, write).await,
            Write::CreateTrail { .. }
            | Write::DeleteTrail { .. }
            | Write::UpdateTrail { .. }
            | Write::PutEventSelectors { .. }
            | Write::StartLogging { .. }
            | Write::StopLogging { .. } => cloudtrail::write(self, write).await,
            Write::PutRule { .. } | Write::PutTargets { .. } | Write::RemoveTargets { .. } => {
                events::write(self, write).await
            }
            Write::CreateTopic { .. }
            | Write::DeleteTopic { .. }
            | Write::SetTopicAttributes { .. }
            | Write::Subscribe { .. }
            | Write::Unsubscribe { .. }
            | Write::SetSubscriptionAttributes { .. } => sns::write(self, write).await,
            Write::CreateKey { .. }
            | Write::DeleteAlias { .. }
            | Write::CancelKeyDeletion { .. }
            | Write::ScheduleKeyDeletion { .. }
            | Write::EnableKey { .. }
            | Write::DisableKey { .. }
            | Write::PutKeyPolicy { .. } => kms::write(self, write).await,
            Write::PutMetricAlarm { .. }
            | Write::PutCompositeAlarm { .. }
            | Write::DeleteAlarms { .. }
            | Write::EnableAlarmActions { .. }
            | Write::DisableAlarmActions { .. }
            | Write::SetAlarmState { .. }
            | Write::PutAlarmMuteRule { .. }
            | Write::DeleteAlarmMuteRule { .. }
            | Write::PutDashboard { .. }
            | Write::DeleteDashboards { .. } => cloudwatch::write(self, write).await,
        }
    }

    /// The same for another call that belongs to it.
    fn calling(&self, named: Named) -> Self {
        Self { clients: self.clients.clone(), named, patience: self.patience }
    }

    /// What became of the call.
    fn done<T, E>(&self, answer: Result<T, SdkError<E, HttpResponse>>) -> Result<(), WriteError>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.answered(answer).map(drop)
    }

    /// What it answered.
    fn answered<T, E>(&self, answer: Result<T, SdkError<E, HttpResponse>>) -> Result<T, WriteError>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let error = match answer {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        let not_yet = code.is_some_and(|code| NOT_YET.contains(&code));
        match classify(self.named, &[], self.patience, &error) {
            Trouble::Denied { action } => Err(WriteError::Denied { action }),
            Trouble::Refused { reason } | Trouble::Failed { reason } if !not_yet => {
                Err(WriteError::Failed { reason })
            }
            Trouble::Refused { reason } | Trouble::Failed { reason } => {
                Err(WriteError::NotYet { reason })
            }
            Trouble::Absent => Err(WriteError::failed(format!("{}: gone", self.named.name))),
        }
    }

    /// A parameter that the SDK does not take.
    fn unbuildable(&self, error: &dyn Error) -> WriteError {
        WriteError::failed(format!("{}: {error}", self.named.name))
    }
}

/// Why something could not be seen.
fn why(trouble: Trouble) -> String {
    match trouble {
        Trouble::Denied { action } => format!("{action} was denied"),
        Trouble::Absent => "it is gone".to_owned(),
        Trouble::Refused { reason } | Trouble::Failed { reason } => reason,
    }
}
