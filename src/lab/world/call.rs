//! An API call, as a client makes it, whatever the protocol.

use secmon_core::snapshot::{Arn, Region, Target};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;

/// The services that the lab plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// CloudTrail.
    CloudTrail,
    /// CloudWatch.
    Monitoring,
    /// EventBridge.
    Events,
    /// IAM.
    Iam,
    /// KMS.
    Kms,
    /// CloudWatch Logs.
    Logs,
    /// Organizations.
    Organizations,
    /// S3.
    S3,
    /// Secrets Manager.
    SecretsManager,
    /// SNS.
    Sns,
    /// SQS.
    Sqs,
    /// STS.
    Sts,
}

impl Service {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::CloudTrail,
        Self::Monitoring,
        Self::Events,
        Self::Iam,
        Self::Kms,
        Self::Logs,
        Self::Organizations,
        Self::S3,
        Self::SecretsManager,
        Self::Sns,
        Self::Sqs,
        Self::Sts,
    ];

    /// The name in signatures, such as `monitoring`.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::CloudTrail => "cloudtrail",
            Self::Monitoring => "monitoring",
            Self::Events => "events",
            Self::Iam => "iam",
            Self::Kms => "kms",
            Self::Logs => "logs",
            Self::Organizations => "organizations",
            Self::S3 => "s3",
            Self::SecretsManager => "secretsmanager",
            Self::Sns => "sns",
            Self::Sqs => "sqs",
            Self::Sts => "sts",
        }
    }

    /// The prefix of its IAM actions, such as `cloudwatch`.
    pub fn iam_prefix(self) -> &'static str {
        match self {
            Self::Monitoring => "cloudwatch",
            other => other.signing_name(),
        }
    }
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// User, or role session.
    pub arn: Arn,
    /// The key that signed.
    pub access_key_id: String,
    /// The client's address.
    pub source_ip: String,
    /// The client's name of itself.
    pub user_agent: String,
}

/// One API call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The service.
    pub service: Service,
    /// The operation, such as `DescribeTrails`.
    pub operation: String,
    /// The caller's account, and the Region asked.
    pub target: Target,
    /// Who calls.
    pub caller: Caller,
    /// The input by AWS's member names. Times are RFC 3339 text, blobs base64.
    pub params: Value,
}

/// An error that AWS answers: the name of its shape in the service's model, such as
/// `TrailNotFoundException`, or of an error common to all services, such as `ValidationException`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct ApiError {
    /// The name.
    pub name: String,
    /// The message.
    pub message: String,
    /// S3's `x-amz-bucket-region`: where the bucket is, if it was asked for elsewhere.
    pub bucket_region: Option<Region>,
}

impl ApiError {
    /// An error.
    pub fn new(name: &str, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), message: message.into(), bucket_region: None }
    }
}

/// Something that the caller may not do, or that fails for him, whatever the account holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Denial {
    /// Where.
    pub target: Target,
    /// The IAM action, such as `kms:GetKeyPolicy`.
    pub action: String,
    /// Only calls that name this; absent: all.
    pub resource: Option<String>,
    /// The reason of an internal failure; absent: access is denied.
    pub failure: Option<String>,
}

impl Call {
    /// The input as a structure of the operation.
    pub(super) fn input<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        T::deserialize(&self.params)
            .map_err(|error| ApiError::new("ValidationException", error.to_string()))
    }

    /// A member of the input that is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.params[name].as_str()
    }
}

impl World {
    /// Makes an API call. What it changes, changes at once; what it causes, happens as time passes.
    pub fn call(&mut self, call: &Call) -> Result<Value, ApiError> {
        let answer = match self.denied(call) {
            Some(error) => Err(error),
            None => self.dispatch(call),
        };
        self.record_call(call, &answer);
        answer
    }

    fn denied(&self, call: &Call) -> Option<ApiError> {
        let action = format!("{}:{}", call.service.iam_prefix(), call.operation);
        let denial = self.denials.iter().find(|denial| {
            let named = |resource: &String| names(&call.params, resource);
            // A trail is asked about in its home Region, wherever it is looked at.
            let of_trail = ["cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"];
            let place = denial.target == call.target
                || of_trail.contains(&action.as_str())
                    && denial.target.account == call.target.account;
            place && denial.action == action && denial.resource.as_ref().is_none_or(named)
        })?;
        Some(match &denial.failure {
            Some(reason) => ApiError::new("InternalFailure", reason.clone()),
            None => ApiError::access_denied(call, &action),
        })
    }

    fn dispatch(&mut self, call: &Call) -> Result<Value, ApiError> {
        match call.service {
            Service::CloudTrail => self.cloudtrail(call),
            Service::Monitoring => self.cloudwatch(call),
            Service::Events => self.events(call),
            Service::Iam => self.iam(call),
            Service::Kms => self.kms(call),
            Service::Logs => self.logs(call),
            Service::Organizations => self.organizations(call),
            Service::S3 => self.s3(call),
            Service::SecretsManager => self.secretsmanager(call),
            Service::Sns => self.sns(call),
            Service::Sqs => self.sqs(call),
            Service::Sts => self.sts(call),
        }
    }
}

impl ApiError {
    /// The caller has no permission.
    pub(crate) fn access_denied(call: &Call, action: &str) -> Self {
        let message = format!(
            "User: {} is not authorized to perform: {action} because no identity-based policy \
             allows the {action} action",
            call.caller.arn
        );
        Self::new("AccessDeniedException", message)
    }

    /// The lab does not play this operation.
    pub(super) fn not_served(call: &Call) -> Self {
        let message =
            format!("the lab does not serve {}:{}", call.service.signing_name(), call.operation);
        Self::new("UnknownOperationException", message)
    }
}

fn names(params: &Value, resource: &str) -> bool {
    match params {
        Value::String(text) => text == resource || text.ends_with(&format!("/{resource}")),
        Value::Array(items) => items.iter().any(|item| names(item, resource)),
        Value::Object(members) => members.values().any(|member| names(member, resource)),
        _ => false,
    }
}
