//! Errors of the world as each service tells them.

use super::asked::{Manner, Protocol};
use super::model::Model;
use super::s3;
use crate::world::{ApiError, Service};

/// An error on the wire.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// The name in JSON and CBOR, with the namespace that the service gives it.
    pub(super) kind: String,
    /// The code in Query and S3.
    pub(super) code: String,
    pub(super) status: u16,
}

/// An error common to all services: name in JSON, code in Query, status in either.
struct Common(&'static str, &'static str, u16, u16);

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/CommonErrors.html>, and of each
/// service. Denied and bad credentials are 400 in JSON (captured from Logs).
static COMMON: &[Common] = &[
    Common("AccessDeniedException", "AccessDenied", 400, 403),
    Common("ExpiredTokenException", "ExpiredToken", 400, 403),
    Common("IncompleteSignatureException", "IncompleteSignature", 400, 400),
    Common("InternalFailure", "InternalFailure", 500, 500),
    Common("InvalidParameterCombinationException", "InvalidParameterCombination", 400, 400),
    Common("InvalidParameterValueException", "InvalidParameterValue", 400, 400),
    Common("InvalidSignatureException", "SignatureDoesNotMatch", 400, 403),
    Common("MissingAuthenticationTokenException", "MissingAuthenticationToken", 400, 403),
    Common("MissingRequiredParameterException", "MissingParameter", 400, 400),
    Common("RequestEntityTooLargeException", "RequestEntityTooLarge", 413, 413),
    Common("SerializationException", "MalformedInput", 400, 400),
    Common("ServiceUnavailableException", "ServiceUnavailable", 503, 503),
    Common("ThrottlingException", "Throttling", 400, 400),
    Common("UnknownOperationException", "InvalidAction", 400, 400),
    Common("UnrecognizedClientException", "InvalidClientTokenId", 400, 403),
    Common("ValidationException", "ValidationError", 400, 400),
];

impl Problem {
    pub(super) fn of(manner: &Manner, error: &ApiError) -> Self {
        let model = manner.service.map(Model::of);
        let name = match (manner.service, error.name.as_str()) {
            (Some(Service::Sns), "AccessDeniedException") => "AuthorizationErrorException",
            (_, name) => name,
        };
        if let (Protocol::S3, Some(model)) = (manner.protocol, model) {
            let (status, code) = s3::problem(model, name);
            return Self { kind: code.clone(), code, status };
        }
        let shapes = || model.into_iter().flat_map(|model| &model.errors);
        let modelled = shapes()
            .find(|(shape, _)| *shape == name)
            .or_else(|| shapes().find(|(_, error)| error.code.as_deref() == Some(name)));
        let common = COMMON.iter().find(|Common(json, query, ..)| name == *json || name == *query);
        match (modelled, common) {
            (Some((shape, error)), common) => {
                let namespace = if error.common || common.is_some_and(|c| c.0 == shape) {
                    coral(manner.service, shape)
                } else {
                    own(manner.service)
                };
                let code = error.code.clone().unwrap_or_else(|| shape.clone());
                Self { kind: format!("{namespace}{shape}"), code, status: error.status }
            }
            (None, Some(Common(json, query, json_status, query_status))) => {
                let like_query = matches!(manner.service, Some(Service::Monitoring | Service::Sqs));
                let status = match manner.protocol {
                    Protocol::Json | Protocol::Cbor if !like_query => *json_status,
                    // Smithy's RPC v2: an unknown operation is a resource that is not there.
                    Protocol::Cbor if *json == "UnknownOperationException" => 404,
                    _ => *query_status,
                };
                let kind = format!("{}{json}", coral(manner.service, json));
                Self { kind, code: (*query).to_owned(), status }
            }
            (None, None) => Self { kind: name.to_owned(), code: name.to_owned(), status: 400 },
        }
    }
}

/// The namespace of errors that all services have. Captured from CloudWatch 2026-09-14 and -23;
/// CloudTrail's answers have none, by their lengths.
fn coral(service: Option<Service>, name: &str) -> &'static str {
    match service {
        Some(Service::Monitoring) if name == "ValidationException" => "com.amazon.coral.validate#",
        Some(Service::Monitoring | Service::Sqs) => "com.amazon.coral.service#",
        _ => "",
    }
}

/// The namespace of a service's own errors. Documented for SQS
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-faqs.html>);
/// of CloudWatch only the common ones are captured.
fn own(service: Option<Service>) -> &'static str {
    match service {
        Some(Service::Monitoring) => "com.amazonaws.cloudwatch.v2010_08_01#",
        Some(Service::Sqs) => "com.amazonaws.sqs#",
        _ => "",
    }
}

/// The member that holds the message. These two spell it with a capital.
pub(super) fn message_member(service: Option<Service>) -> &'static str {
    match service {
        Some(Service::SecretsManager | Service::Organizations) => "Message",
        _ => "message",
    }
}
