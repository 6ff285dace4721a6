//! What became of a call that was not answered.

use std::error::Error;
use std::io;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use secmon_core::snapshot::Observed;

use crate::permissions::Call;

#[cfg(test)]
mod tests;

/// A call, and the IAM action that allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: &'static str,
    pub(crate) action: &'static str,
}

impl From<Call> for Named {
    fn from(call: Call) -> Self {
        Self { name: call.name(), action: call.action() }
    }
}

/// Why a read has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// AWS answered that there is no such thing.
    Absent,
    /// The credentials may not make the call.
    Denied {
        /// The IAM action that is missing.
        action: String,
    },
    /// AWS refuses the credentials themselves: expired, invalid, not for this Region.
    Refused {
        /// In AWS's words.
        reason: String,
    },
    /// Anything else.
    Failed {
        /// What went wrong, in AWS's words where it said any.
        reason: String,
    },
}

impl Trouble {
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed { reason: reason.into() }
    }

    /// The answer to a call has no such field, though AWS always sends it.
    pub(crate) fn lacks(call: Call, field: &str) -> Self {
        Self::failed(format!("{}: the answer lacks {field}", call.name()))
    }
}

/// The result of a read as the snapshot keeps it.
pub(crate) fn observed<T>(result: Result<T, Trouble>) -> Observed<T> {
    match result {
        Ok(value) => Observed::Seen(value),
        Err(Trouble::Absent) => Observed::Absent,
        Err(Trouble::Denied { action }) => Observed::Denied { action },
        Err(Trouble::Failed { reason } | Trouble::Refused { reason }) => {
            Observed::Failed { reason }
        }
    }
}

/// Codes with which services say that a permission is missing.
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Forbidden",
    "NotAuthorized",
    "UnauthorizedAccess",
    "UnauthorizedOperation",
];

/// Codes with which services refuse the credentials themselves: no permission would help.
const CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// Codes that come with status 403 and that no permission mends.
const NO_PERMISSION_LACKS: &[&str] = &[
    "AccountProblem",
    "InvalidObjectState",
    "NotSignedUp",
    "OptInRequired",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SubscriptionRequiredException",
];

/// Sorts an error of the SDK. `absent` are the codes with which this call says that there is no
/// such thing; `patience` is how long one attempt waits.
pub(crate) fn classify<E>(
    call: impl Into<Named>,
    absent: &[&str],
    patience: Duration,
    error: &SdkError<E, HttpResponse>,
) -> Trouble
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let call = call.into();
    let name = call.name;
    let slow = || {
        let seconds = patience.as_secs_f64();
        Trouble::failed(format!("{name}: no answer within {seconds:.0} s"))
    };
    match error {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            service_error(call, absent, status, context.err())
        }
        SdkError::TimeoutError(_) => slow(),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(connector) => credentials_trouble(connector).unwrap_or_else(|| match connector {
                timeout if timeout.is_timeout() => slow(),
                other => Trouble::failed(format!("{name}: {}", unreachable(other))),
            }),
            None => Trouble::failed(format!("{name}: the request could not be sent")),
        },
        SdkError::ResponseError(_) => {
            Trouble::failed(format!("{name}: the answer could not be read: {}", innermost(error)))
        }
        _ => credentials_trouble(error).unwrap_or_else(|| {
            Trouble::failed(format!("{name}: the request could not be made: {}", innermost(error)))
        }),
    }
}

fn service_error<E>(call: Named, absent: &[&str], status: u16, error: &E) -> Trouble
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let name = call.name;
    let denied = || Trouble::Denied { action: call.action.to_owned() };
    let Some(code) = error.code() else {
        return match status {
            403 => denied(),
            200..300 => Trouble::failed(format!(
                "{name}: the answer could not be read: {}",
                innermost(error)
            )),
            _ => Trouble::failed(format!("{name}: HTTP {status}")),
        };
    };
    if absent.contains(&code) {
        return Trouble::Absent;
    }
    if DENIED.contains(&code) {
        return denied();
    }
    let said = match error.message() {
        Some(message) if !message.is_empty() => format!("{name}: {code}: {message}"),
        _ => format!("{name}: {code}"),
    };
    if CREDENTIALS.contains(&code) {
        let why = "the credentials have expired, are invalid, or are not valid in this Region";
        return Trouble::Refused { reason: format!("{said} ({why})") };
    }
    if status == 403 && !NO_PERMISSION_LACKS.contains(&code) {
        denied()
    } else {
        Trouble::failed(said)
    }
}

/// Credentials are loaded with the first request, so that their errors arrive as that request's.
fn credentials_trouble(error: &(dyn Error + 'static)) -> Option<Trouble> {
    let credentials = chain(error).find(|cause| cause.is::<CredentialsError>())?;
    let refused = chain(credentials).find_map(|cause| cause.downcast_ref::<AssumeRoleError>());
    if refused.and_then(ProvideErrorMetadata::code).is_some_and(|code| DENIED.contains(&code)) {
        return Some(Trouble::Denied { action: "sts:AssumeRole".to_owned() });
    }
    Some(Trouble::failed(format!("no credentials: {}", credentials_reason(credentials))))
}

/// What went wrong with credentials, in the provider's words.
pub(crate) fn credentials_reason(error: &(dyn Error + 'static)) -> String {
    if let Some(refused) = chain(error).find_map(|cause| cause.downcast_ref::<AssumeRoleError>())
        && let (Some(code), message) = (refused.code(), refused.message().unwrap_or_default())
    {
        return format!("AssumeRole: {code}: {message}");
    }
    innermost(error)
}

fn unreachable(connector: &ConnectorError) -> String {
    let io = chain(connector).find_map(|cause| cause.downcast_ref::<io::Error>());
    match io.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted) => {
            "the connection was closed".to_owned()
        }
        _ => format!("no connection: {}", innermost(connector)),
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// The last cause says most; the SDK's layers above it repeat that something failed.
fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map_or_else(String::new, ToString::to_string)
}
