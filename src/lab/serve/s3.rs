//! S3's REST protocol: buckets in paths or host names, sub-resources in queries, members in headers
//! and XML.

use std::borrow::Cow;

use hyper::HeaderMap;
use hyper::http::request::Parts;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::model::{Kind, Location, Member, Model, Operation, Shape};
use super::query::{form, parameter};
use super::reply::Reply;
use super::xml::{Document, Element};
use super::{shaped, typed};
use crate::world::ApiError;

/// What S3 says of XML that it cannot use.
pub(super) const MALFORMED_XML: &str = "The XML you provided was not well-formed or did not \
                                        validate against our published schema";
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// What a request is about.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) bucket: Option<String>,
    pub(super) key: Option<String>,
    pub(super) query: Vec<(String, String)>,
}

impl Resource {
    pub(super) fn of(parts: &Parts) -> Result<Self, ApiError> {
        let query = form(parts.uri.query().unwrap_or_default().as_bytes())
            .map_err(|_| ApiError::new("InvalidURI", "Couldn't parse the specified URI."))?;
        let path = parts.uri.path().strip_prefix('/').unwrap_or_default();
        let decoded = |text: &str| match percent_decode_str(text).decode_utf8() {
            Ok(text) => Ok(Some(text.into_owned()).filter(|text| !text.is_empty())),
            Err(_) => Err(ApiError::new("InvalidURI", "Couldn't parse the specified URI.")),
        };
        let (bucket, key) = match bucket_of_host(parts) {
            Some(bucket) => (Some(bucket), decoded(path)?),
            None => {
                let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
                (decoded(bucket)?, decoded(key)?)
            }
        };
        Ok(Self { bucket, key, query })
    }

    /// The operation of the model that a request means: of those that fit, the one that asks most.
    pub(super) fn operation<'a>(&self, model: &'a Model, parts: &Parts) -> Option<&'a str> {
        let played = model.operations.iter().map(|entry| (true, entry));
        let others = model.others.iter().map(|entry| (false, entry));
        let fitting = played.chain(others).filter_map(|(played, (name, operation))| {
            Some(((self.fit(operation, parts)?, played), name.as_str()))
        });
        fitting.max_by_key(|(rank, _)| *rank).map(|(_, name)| name)
    }

    /// How many things an operation asks of a request; `None` if one is not there.
    fn fit(&self, operation: &Operation, parts: &Parts) -> Option<usize> {
        let (path, literal) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
        let place = match path {
            "/" => self.bucket.is_none(),
            "/{Bucket}" => self.bucket.is_some() && self.key.is_none(),
            "/{Bucket}/{Key+}" => self.bucket.is_some() && self.key.is_some(),
            other => parts.uri.path() == other,
        };
        if !place || parts.method != operation.method.as_str() {
            return None;
        }
        let literals = literal.split('&').filter(|part| !part.is_empty());
        let mut asked = 0;
        for part in literals {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let given = parameter(&self.query, name)?;
            if !value.is_empty() && given != value {
                return None;
            }
            asked += 1;
        }
        for (location, name) in &operation.needs {
            let there = match location {
                Location::QueryString => parameter(&self.query, name).is_some(),
                _ => parts.headers.contains_key(name.as_str()),
            };
            if !there {
                return None;
            }
            asked += 1;
        }
        Some(asked)
    }
}

/// `bucket.s3.eu-west-1.amazonaws.com`, `bucket.localhost`: not `s3.localhost`, not an address.
fn bucket_of_host(parts: &Parts) -> Option<String> {
    let host = parts.headers.get("host")?.to_str().ok()?;
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let prefix = match host.find(".s3.").or_else(|| host.find(".s3-")) {
        Some(end) => &host[..end],
        None => host.strip_suffix(".localhost")?,
    };
    (!prefix.is_empty() && prefix != "s3" && !prefix.starts_with("s3.")).then(|| prefix.to_owned())
}

/// The input of an operation.
pub(super) fn input(
    model: &Model,
    shape: &Shape,
    resource: Resource,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, ApiError> {
    let mut members = Map::new();
    for member in &shape.members {
        let inner = model.shape(&member.shape);
        let told = match member.location {
            Some(Location::Uri) => match member.name.as_str() {
                "Bucket" => resource.bucket.clone().map(Value::from),
                _ => resource.key.clone().map(Value::from),
            },
            Some(Location::QueryString) => from_query(model, member, inner, &resource.query)?,
            Some(Location::Header) => match headers.get(member.wire()) {
                Some(value) => Some(from_header(model, inner, &text_of(value.as_bytes()))?),
                None => None,
            },
            Some(Location::Headers) => Some(prefixed(member.wire(), headers)),
            None => None,
        };
        if let Some(value) = told {
            members.insert(member.name.clone(), value);
        }
    }
    let payload = shape.payload.as_deref();
    if let Some(member) = shape.members.iter().find(|member| Some(&*member.name) == payload) {
        let inner = model.shape(&member.shape);
        let value = match inner.kind {
            Kind::Blob => Some(typed::blob(&unchunked(headers, body)?)),
            Kind::String => (!body.is_empty()).then(|| text_of(body).into()),
            _ => xml_payload(model, member, inner, &unchunked(headers, body)?)?,
        };
        if let Some(value) = value {
            members.insert(member.name.clone(), value);
        } else if shape.required.contains(&member.name) {
            return Err(ApiError::new("MissingRequestBodyError", "Request Body is empty"));
        }
    }
    Ok(members.into())
}

fn xml_payload(
    model: &Model,
    member: &Member,
    shape: &Shape,
    body: &[u8],
) -> Result<Option<Value>, ApiError> {
    if body.is_empty() {
        return Ok(None);
    }
    let malformed = || ApiError::new("MalformedXML", MALFORMED_XML);
    let root = std::str::from_utf8(body).ok().and_then(Element::read).ok_or_else(malformed)?;
    if root.name != member.wire() {
        return Err(malformed());
    }
    Ok(Some(shaped::read(model, shape, &root).map_err(|_| malformed())?))
}

fn from_query(
    model: &Model,
    member: &Member,
    shape: &Shape,
    query: &[(String, String)],
) -> Result<Option<Value>, ApiError> {
    let mut values = query.iter().filter(|(name, _)| name == member.wire()).map(|(_, text)| text);
    if shape.kind == Kind::List {
        let shape = model.item(shape.member.as_ref());
        let values: Vec<Value> =
            values.map(|text| argument(shape, text)).collect::<Result<_, _>>()?;
        return Ok((!values.is_empty()).then(|| values.into()));
    }
    values.next().map(|text| argument(shape, text)).transpose()
}

fn from_header(model: &Model, shape: &Shape, text: &str) -> Result<Value, ApiError> {
    if shape.kind == Kind::List {
        let shape = model.item(shape.member.as_ref());
        return text.split(',').map(|part| argument(shape, part.trim())).collect();
    }
    argument(shape, text)
}

fn argument(shape: &Shape, text: &str) -> Result<Value, ApiError> {
    let invalid = |_| ApiError::new("InvalidArgument", format!("Invalid argument: {text}"));
    typed::from_text(shape, text).map_err(invalid)
}

fn prefixed(prefix: &str, headers: &HeaderMap) -> Value {
    let prefix = prefix.to_ascii_lowercase();
    let named = |name: &str| name.strip_prefix(&prefix).map(str::to_owned);
    let fields = headers.iter().filter_map(|(name, value)| {
        Some((named(name.as_str())?, text_of(value.as_bytes()).into_owned().into()))
    });
    Value::Object(fields.collect())
}

fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The body of an upload without its chunk framing, signatures and trailers:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>.
fn unchunked<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Cow<'a, [u8]>, ApiError> {
    let hash = headers.get("x-amz-content-sha256").map(|value| value.as_bytes());
    if !hash.is_some_and(|hash| hash.starts_with(b"STREAMING-")) {
        return Ok(body.into());
    }
    let incomplete = || {
        let message = "The request body terminated unexpectedly";
        ApiError::new("IncompleteBody", message)
    };
    let mut whole = Vec::new();
    let mut rest = body;
    loop {
        let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(rest) else {
            return Err(incomplete());
        };
        if size == 0 {
            return Ok(whole.into());
        }
        let size = usize::try_from(size).map_err(|_| incomplete())?;
        let end = start.checked_add(size).ok_or_else(incomplete)?;
        whole.extend_from_slice(rest.get(start..end).ok_or_else(incomplete)?);
        rest =
            rest.get(end..).and_then(|rest| rest.strip_prefix(b"\r\n")).ok_or_else(incomplete)?;
    }
}

/// The answer that tells an output.
pub(super) fn reply(model: &Model, operation: &Operation, output: &Value) -> Reply {
    let shape = model.shape(operation.output.as_deref().unwrap_or_default());
    let partial = output.get("ContentRange").is_some();
    let status = if partial { 206 } else { operation.status.unwrap_or(200) };
    let mut reply = Reply::new(status);
    for member in &shape.members {
        let Some(value) = output.get(&member.name) else { continue };
        let inner = model.shape(&member.shape);
        match (member.location, value) {
            (Some(Location::Header), Value::Array(items)) => {
                let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                reply.set(member.wire(), &items.join(", "));
            }
            (Some(Location::Header), value) => {
                reply.set(member.wire(), &shaped::scalar(inner, value, http_date));
            }
            (Some(Location::Headers), Value::Object(fields)) => {
                for (name, value) in fields {
                    let text = value.as_str().unwrap_or_default();
                    reply.set(&format!("{}{name}", member.wire()), text);
                }
            }
            _ => {}
        }
    }
    body(model, operation, shape, output, reply)
}

fn body(
    model: &Model,
    operation: &Operation,
    shape: &Shape,
    output: &Value,
    mut reply: Reply,
) -> Reply {
    let attributes = [("xmlns", NAMESPACE)];
    let mut document = Document::declared();
    match (&shape.payload, &operation.root) {
        (Some(payload), _) => {
            let Some(value) = output.get(payload) else { return reply };
            let member = shape.members.iter().find(|member| member.name == *payload);
            let Some(member) = member else { return reply };
            let inner = model.shape(&member.shape);
            match inner.kind {
                Kind::Blob => {
                    reply.set_default("content-type", "binary/octet-stream");
                    return reply.with_body(typed::bytes(value).unwrap_or_default());
                }
                Kind::String => {
                    reply.set_default("content-type", "application/json");
                    return reply.with_body(value.as_str().unwrap_or_default().into());
                }
                _ => document.element(member.wire(), &attributes, |document| {
                    shaped::write_members(document, model, inner, value, time);
                }),
            }
        }
        (None, Some(root)) if root == "LocationConstraint" => {
            // Its text is the member itself; us-east-1 is no text.
            match output.get("LocationConstraint").and_then(Value::as_str) {
                Some(region) => {
                    document.element(root, &attributes, |document| document.content(region));
                }
                None => document.empty(root, &attributes),
            }
        }
        (None, Some(root)) => document.element(root, &attributes, |document| {
            shaped::write_members(document, model, shape, output, time);
        }),
        (None, None) => return reply,
    }
    reply.set_default("content-type", "application/xml");
    reply.with_body(document.finish(""))
}

/// The body that tells an error.
pub(super) fn error(
    code: &str,
    message: &str,
    resource: Option<&Resource>,
    ids: [&str; 2],
) -> Vec<u8> {
    let mut document = Document::declared();
    document.element("Error", &[], |document| {
        document.text("Code", code);
        document.text("Message", message);
        match (code, resource) {
            ("NoSuchKey", Some(Resource { key: Some(key), .. })) => document.text("Key", key),
            (code, Some(Resource { bucket: Some(bucket), .. })) if code.contains("Bucket") => {
                document.text("BucketName", bucket);
            }
            _ => {}
        }
        document.text("RequestId", ids[0]);
        document.text("HostId", ids[1]);
    });
    document.finish("")
}

/// The status and code of an error; what AWS lists in
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
pub(super) fn problem(model: &Model, name: &str) -> (u16, String) {
    let code = match name {
        "AccessDeniedException" => "AccessDenied",
        "ThrottlingException" => "SlowDown",
        "InternalFailure" => "InternalError",
        "UnknownOperationException" => "NotImplemented",
        "ValidationException" | "InvalidParameterValueException" => "InvalidArgument",
        "SerializationException" => "MalformedXML",
        "InvalidSignatureException" => "AuthorizationHeaderMalformed",
        "RequestEntityTooLargeException" => "EntityTooLarge",
        other => other,
    };
    let status = match code {
        "PermanentRedirect" => 301,
        "NotModified" => 304,
        "AccessDenied" | "InvalidAccessKeyId" | "AllAccessDisabled" | "InvalidObjectState" => 403,
        "MethodNotAllowed" => 405,
        "BucketAlreadyExists"
        | "BucketAlreadyOwnedByYou"
        | "BucketNotEmpty"
        | "InvalidBucketState"
        | "OperationAborted" => 409,
        "MissingContentLength" => 411,
        "PreconditionFailed" => 412,
        "EntityTooLarge" => 413,
        "InvalidRange" => 416,
        "InternalError" => 500,
        "NotImplemented" => 501,
        "SlowDown" | "ServiceUnavailable" => 503,
        code if code.starts_with("NoSuch") || code.contains("NotFound") => 404,
        code => model.errors.get(code).map_or(400, |error| error.status),
    };
    (status, code.to_owned())
}

/// Whether nobody needs to sign: S3 knows anonymous requests, and denies them.
pub(super) fn anonymous() -> ApiError {
    ApiError::new("AccessDenied", "Access Denied")
}

fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// A time as HTTP's headers have it.
pub(super) fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
