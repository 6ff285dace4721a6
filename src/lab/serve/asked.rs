//! From an HTTP request to the operation it asks for, and who asks.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::GzDecoder;
use hyper::http::request::Parts;
use secmon_core::snapshot::{Arn, Target};
use serde_json::Value;

use super::model::{Model, Operation};
use super::query::{form, parameter};
use super::s3::Resource;
use super::validate::validate;
use super::{cbor, json, query, s3};
use crate::world::{ApiError, Service};

/// The most that a body may hold, also when it is unpacked.
pub(super) const MAX_BODY: usize = 16 << 20;

const CBOR_PATH: &str = "/service/GraniteServiceVersion20100801/operation/";

/// AWS's protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Json,
    Cbor,
    Query,
    S3,
}

/// How an answer must look, known before anything else is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) protocol: Protocol,
    /// `None`: a service that the lab does not play.
    pub(super) service: Option<Service>,
    /// The version of awsJson.
    pub(super) json: &'static str,
    /// Whether the client wants Query's error codes in a header.
    pub(super) query_mode: bool,
}

/// Who signed, for where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) access_key_id: String,
    pub(super) region: String,
    service: String,
}

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) service: Service,
    pub(super) operation: &'static str,
    pub(super) model: &'static Model,
    pub(super) details: &'static Operation,
    /// `None`: SNS's confirmations need no signature.
    pub(super) credential: Option<Credential>,
    pub(super) input: Value,
}

/// A request that is not answered by the world.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) manner: Manner,
    /// The operation, if it got as far.
    pub(super) operation: Option<&'static str>,
    pub(super) credential: Option<Credential>,
    pub(super) error: ApiError,
}

/// What a request asks for.
pub(super) fn read(parts: &Parts, body: &[u8]) -> Result<(Manner, Asked), Box<Refusal>> {
    let credential = credential(parts);
    let signed_for = credential.as_ref().ok().and_then(|credential| credential.as_ref());
    let named = signed_for.map(|credential| credential.service.clone());
    let known = |name: &str| Service::ALL.iter().copied().find(|s| s.signing_name() == name);
    let service = match named.as_deref() {
        Some(name) => known(name),
        None => Some(unsigned_service(parts, body)),
    };
    let manner = manner(parts, service);
    let (credential, unreadable) = match credential {
        Ok(credential) => (credential, None),
        Err(error) => (None, Some(error)),
    };
    let refuse = |operation, error| {
        Box::new(Refusal { manner, operation, credential: credential.clone(), error })
    };
    if let Some(error) = unreadable {
        return Err(refuse(None, error));
    }
    let Some(service) = service else {
        let message = format!("the lab does not serve {}", named.unwrap_or_default());
        return Err(refuse(None, ApiError::new("UnknownOperationException", message)));
    };
    let model = Model::of(service);
    let missing = || match service {
        Service::S3 => s3::anonymous(),
        _ => ApiError::new(
            "MissingAuthenticationTokenException",
            "Request is missing Authentication Token",
        ),
    };
    if credential.is_none() && service != Service::Sns {
        return Err(refuse(None, missing()));
    }
    let request = Request { parts, service, protocol: manner.protocol, model };
    let body = match service {
        // An object may well be a gzip file.
        Service::S3 => body.into(),
        _ => unpacked(parts, body).map_err(|error| refuse(None, error))?,
    };
    let (name, details, content) = request.operation(&body).map_err(|error| refuse(None, error))?;
    if credential.is_none() && !needs_no_signature(name) {
        return Err(refuse(Some(name), missing()));
    }
    let shape = model.shape(details.input.as_deref().unwrap_or_default());
    let input = match content {
        Content::Body => match manner.protocol {
            Protocol::Cbor => cbor::input(model, shape, &body),
            _ => json::input(model, shape, &body),
        },
        Content::Form(form) => query::input(model, shape, form),
        Content::Resource(resource) => s3::input(model, shape, resource, &parts.headers, &body),
    };
    let input = input.map_err(|error| refuse(Some(name), error))?;
    validate(service, model, shape, &input).map_err(|error| refuse(Some(name), error))?;
    Ok((manner, Asked { service, operation: name, model, details, credential, input }))
}

impl Asked {
    /// The place that an unsigned request is about.
    pub(super) fn named_place(&self) -> Option<Target> {
        let members = ["TopicArn", "SubscriptionArn"].into_iter();
        let mut arns = members.filter_map(|name| self.input[name].as_str()?.parse::<Arn>().ok());
        arns.find_map(|arn| arn.target())
    }
}

/// Whether an operation of SNS needs no signature. Its links in mails work without credentials:
/// <https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html>.
fn needs_no_signature(operation: &str) -> bool {
    matches!(operation, "ConfirmSubscription" | "Unsubscribe")
}

/// What the input is read from.
enum Content {
    Body,
    Form(Vec<(String, String)>),
    Resource(Resource),
}

struct Request<'a> {
    parts: &'a Parts,
    service: Service,
    protocol: Protocol,
    model: &'static Model,
}

impl Request<'_> {
    fn operation(
        &self,
        body: &[u8],
    ) -> Result<(&'static str, &'static Operation, Content), ApiError> {
        let (name, content) = match self.protocol {
            Protocol::Json => (self.json_operation(), Content::Body),
            Protocol::Cbor => {
                let name = self.parts.uri.path().strip_prefix(CBOR_PATH);
                (name.unwrap_or_default().to_owned(), Content::Body)
            }
            Protocol::Query => {
                let form = query_form(self.parts, body)?;
                (self.query_operation(&form)?, Content::Form(form))
            }
            Protocol::S3 => {
                let resource = Resource::of(self.parts)?;
                let name = resource.operation(self.model, self.parts).map(str::to_owned);
                let not_allowed = || {
                    let message = "The specified method is not allowed against this resource.";
                    ApiError::new("MethodNotAllowed", message)
                };
                (name.ok_or_else(not_allowed)?, Content::Resource(resource))
            }
        };
        if let Some((name, details)) = self.model.operations.get_key_value(&name) {
            return Ok((name, details, content));
        }
        let message = match self.protocol {
            _ if self.model.others.contains_key(&name) => {
                format!("the lab does not serve {}:{name}", self.service.signing_name())
            }
            Protocol::Query => {
                format!("Could not find operation {name} for version {}", self.model.version)
            }
            // AWS says no more than the name.
            _ => String::new(),
        };
        Err(ApiError::new("UnknownOperationException", message))
    }

    /// CloudTrail is called by a long and by a short target.
    fn json_operation(&self) -> String {
        let target = header(self.parts, "x-amz-target");
        let (prefix, name) = target.rsplit_once('.').unwrap_or_default();
        let ours = self.model.target.as_deref().unwrap_or_default();
        let short = ours.rsplit('.').next().unwrap_or_default();
        if prefix == ours || prefix == short { name.to_owned() } else { String::new() }
    }

    fn query_operation(&self, form: &[(String, String)]) -> Result<String, ApiError> {
        let Some(name) = parameter(form, "Action") else {
            return Err(ApiError::new("MissingAction", "The request is missing an action."));
        };
        match parameter(form, "Version") {
            Some(version) if version == self.model.version => Ok(name.to_owned()),
            version => {
                let version = version.unwrap_or("NO_VERSION_SPECIFIED");
                let message = format!("Could not find operation {name} for version {version}");
                Err(ApiError::new("UnknownOperationException", message))
            }
        }
    }
}

fn query_form(parts: &Parts, body: &[u8]) -> Result<Vec<(String, String)>, ApiError> {
    match parts.uri.query() {
        Some(query) if body.is_empty() => form(query.as_bytes()),
        _ => form(body),
    }
}

fn manner(parts: &Parts, service: Option<Service>) -> Manner {
    let protocol = match service {
        Some(Service::S3) => Protocol::S3,
        Some(Service::Sns | Service::Iam | Service::Sts) => Protocol::Query,
        Some(Service::Monitoring) | None => {
            if parts.uri.path().starts_with("/service/") {
                Protocol::Cbor
            } else if parts.headers.contains_key("x-amz-target") {
                Protocol::Json
            } else {
                Protocol::Query
            }
        }
        Some(_) => Protocol::Json,
    };
    let json = service.and_then(|service| Model::of(service).json.as_deref()).unwrap_or("1.1");
    let query_mode = header(parts, "x-amzn-query-mode").eq_ignore_ascii_case("true");
    Manner { protocol, service, json, query_mode }
}

/// Which service a request means that nobody signed.
fn unsigned_service(parts: &Parts, body: &[u8]) -> Service {
    let target = header(parts, "x-amz-target");
    let prefix = target.rsplit_once('.').map_or("", |(prefix, _)| prefix);
    let ours = |service: &&Service| {
        let target = Model::of(**service).target.as_deref();
        target.is_some_and(|target| {
            !prefix.is_empty() && (target == prefix || target.ends_with(&format!(".{prefix}")))
        })
    };
    if let Some(service) = Service::ALL.iter().find(ours) {
        return *service;
    }
    if parts.uri.path().starts_with(CBOR_PATH) {
        return Service::Monitoring;
    }
    let form = query_form(parts, body).unwrap_or_default();
    let spoken = [Service::Sns, Service::Iam, Service::Sts, Service::Monitoring];
    let version = parameter(&form, "Version").unwrap_or_default();
    let named = spoken.into_iter().find(|service| Model::of(*service).version == version);
    named.unwrap_or(Service::S3)
}

/// The credential that a request was signed with, in a header or, presigned, in its URL. The
/// signature itself is not looked at.
fn credential(parts: &Parts) -> Result<Option<Credential>, ApiError> {
    let authorization = header(parts, "authorization");
    let query = form(parts.uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let scope = match authorization.split_once("Credential=") {
        Some((_, rest)) => rest.split([',', ' ']).next().unwrap_or_default(),
        None if authorization.is_empty() => match parameter(&query, "X-Amz-Credential") {
            Some(scope) => scope,
            None => return Ok(None),
        },
        None => {
            let message = "Authorization header requires 'Credential' parameter.";
            return Err(ApiError::new("IncompleteSignatureException", message));
        }
    };
    let parts: Vec<&str> = scope.split('/').collect();
    match parts[..] {
        [key, _date, region, service, "aws4_request"] if !key.is_empty() => Ok(Some(Credential {
            access_key_id: key.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })),
        _ => {
            let message = format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{scope}'"
            );
            Err(ApiError::new("IncompleteSignatureException", message))
        }
    }
}

/// SDKs compress what is long (PutMetricData).
fn unpacked<'a>(parts: &Parts, body: &'a [u8]) -> Result<Cow<'a, [u8]>, ApiError> {
    if header(parts, "content-encoding") != "gzip" {
        return Ok(body.into());
    }
    let mut bytes = Vec::new();
    let read = GzDecoder::new(body).take(MAX_BODY as u64 + 1).read_to_end(&mut bytes);
    match read {
        Ok(length) if length <= MAX_BODY => Ok(bytes.into()),
        Ok(_) => Err(too_large()),
        Err(_) => Err(super::typed::unreadable("")),
    }
}

/// A body beyond the limit.
pub(super) fn too_large() -> ApiError {
    ApiError::new("RequestEntityTooLargeException", "The request body is too large")
}

/// A header's text; empty where there is none.
pub(super) fn header<'a>(parts: &'a Parts, name: &str) -> &'a str {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

impl Manner {
    /// How to refuse a request of which no more than the head is known.
    pub(super) fn of(parts: &Parts) -> Self {
        let credential = credential(parts).ok().flatten();
        let named = credential.as_ref().map_or("", |credential| &credential.service);
        let service = Service::ALL.iter().copied().find(|s| s.signing_name() == named);
        manner(parts, service)
    }
}
