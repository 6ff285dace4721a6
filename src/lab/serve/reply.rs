//! From an answer of the world to an HTTP response.

use bytes::Bytes;
use hyper::Response;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue};
use hyper::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::asked::{Asked, Manner, Protocol};
use super::body::Body;
use super::faults::Damage;
use super::problem::{Problem, message_member};
use super::{cbor, json, query, s3, typed};
use crate::world::{ApiError, Service};

/// What goes back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// The ids that AWS gives to a request.
#[derive(Debug, Clone)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The id of the server's nth request. The same requests get the same ids.
    pub(super) fn nth(count: u64) -> Self {
        let mixed = |salt: u64| {
            let seed = (count ^ salt).wrapping_add(0x9e37_79b9_7f4a_7c15);
            let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
        };
        let bits = (u128::from(mixed(0)) << 64) | u128::from(mixed(1 << 63));
        let id = uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid();
        Self(id.to_string())
    }

    /// S3's are shorter.
    fn short(&self) -> String {
        self.0.replace('-', "").to_ascii_uppercase()[..16].to_owned()
    }
}

impl Reply {
    pub(super) fn new(status: u16) -> Self {
        Self { status, headers: HeaderMap::new(), body: Vec::new() }
    }

    pub(super) fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// A header, unless its name or text is none.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            self.headers.insert(name, value);
        }
    }

    /// A header, unless it is there.
    pub(super) fn set_default(&mut self, name: &str, value: &str) {
        if !self.headers.contains_key(name) {
            self.set(name, value);
        }
    }

    /// The answer that tells what a call gave.
    pub(super) fn success(manner: &Manner, asked: &Asked, output: &Value, id: &RequestId) -> Self {
        let Asked { model, details, operation, .. } = asked;
        let shape = model.shape(details.output.as_deref().unwrap_or_default());
        let nothing = || Value::Object(Map::new());
        let output = typed::outgoing(model, shape, output).unwrap_or_else(nothing);
        let told = details.output.is_some();
        let mut reply = match manner.protocol {
            Protocol::S3 => s3::reply(model, details, &output),
            Protocol::Query => {
                let body = query::body(model, operation, details, &output, &id.0);
                Self::new(200).with_body(body)
            }
            // What has no output has no body.
            Protocol::Json | Protocol::Cbor if !told => Self::new(200),
            Protocol::Json => Self::new(200).with_body(json::body(model, shape, output)),
            Protocol::Cbor => Self::new(200).with_body(cbor::body(model, shape, output)),
        };
        reply.mark(manner, id);
        reply
    }

    /// The answer that tells an error.
    pub(super) fn error(
        manner: &Manner,
        resource: Option<&s3::Resource>,
        error: &ApiError,
        id: &RequestId,
    ) -> Self {
        let problem = Problem::of(manner, error);
        let message = error.message.as_str();
        let model = manner.service.map(super::model::Model::of);
        let body = match manner.protocol {
            Protocol::Json => {
                let mut fields = Map::new();
                fields.insert("__type".to_owned(), problem.kind.as_str().into());
                if !message.is_empty() {
                    fields.insert(message_member(manner.service).to_owned(), message.into());
                }
                Value::Object(fields).to_string().into_bytes()
            }
            Protocol::Cbor => cbor::error(&problem.kind, message),
            Protocol::Query => query::error(model, problem.status, &problem.code, message, &id.0),
            Protocol::S3 => s3::error(&problem.code, message, resource, [&id.short(), &id.0]),
        };
        let mut reply = Self::new(problem.status).with_body(body);
        if manner.protocol == Protocol::S3 {
            reply.set("content-type", "application/xml");
        }
        if let Some(region) = &error.bucket_region {
            reply.set("x-amz-bucket-region", region.as_str());
        }
        if manner.query_mode && matches!(manner.service, Some(Service::Monitoring | Service::Sqs)) {
            let fault = if problem.status < 500 { "Sender" } else { "Receiver" };
            reply.set("x-amzn-query-error", &format!("{};{fault}", problem.code));
        }
        if manner.service == Some(Service::CloudTrail) {
            // Captured 2026-09-13.
            reply.set("connection", "close");
        }
        reply.mark(manner, id);
        reply
    }

    #[cfg(test)]
    pub(super) fn into_parts_for_tests(self) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = self.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
        (self.status, headers.collect(), self.body)
    }

    /// The code that clients see, for the log of calls.
    pub(super) fn code(manner: &Manner, error: &ApiError) -> String {
        let problem = Problem::of(manner, error);
        match manner.protocol {
            Protocol::Json | Protocol::Cbor => {
                problem.kind.rsplit('#').next().unwrap_or_default().to_owned()
            }
            Protocol::Query | Protocol::S3 => problem.code,
        }
    }

    /// What every answer of a protocol carries.
    fn mark(&mut self, manner: &Manner, id: &RequestId) {
        match manner.protocol {
            Protocol::Json => {
                let content_type = format!("application/x-amz-json-{}", manner.json);
                self.set("content-type", &content_type);
                self.set("x-amzn-requestid", &id.0);
            }
            Protocol::Cbor => {
                self.set("content-type", "application/cbor");
                self.set("smithy-protocol", "rpc-v2-cbor");
                self.set("x-amzn-requestid", &id.0);
            }
            Protocol::Query => {
                self.set("content-type", "text/xml");
                self.set("x-amzn-requestid", &id.0);
            }
            Protocol::S3 => {
                self.set("x-amz-request-id", &id.short());
                self.set("x-amz-id-2", &id.0);
            }
        }
    }

    /// An answer of the lab itself, about itself.
    pub(super) fn control(status: u16, answer: &Value) -> Self {
        let mut reply = Self::new(status).with_body(format!("{answer:#}\n").into_bytes());
        reply.set("content-type", "application/json");
        reply
    }

    /// The response, dated with the world's time, and damaged if it is to be.
    pub(super) fn into_response(
        self,
        now: Timestamp,
        damage: Option<Damage>,
        is_head: bool,
    ) -> Response<Body> {
        let bytes = Bytes::from(self.body);
        let (length, body) = match damage {
            Some(Damage::Malformed) => {
                let body = Bytes::from_static(b"{<\xff not what was asked");
                (body.len(), Body::whole(body))
            }
            Some(Damage::Truncated) => (bytes.len(), Body::broken(&bytes)),
            Some(Damage::Halved) => {
                let half = bytes.slice(..bytes.len() / 2);
                (half.len(), Body::whole(half))
            }
            None if is_head => (0, Body::whole(Bytes::new())),
            None => (bytes.len(), Body::whole(bytes)),
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = self.headers;
        let headers = response.headers_mut();
        if let Ok(date) = HeaderValue::from_str(&s3::http_date(now)) {
            headers.insert(DATE, date);
        }
        if is_head {
            // HeadObject tells the length of what it does not send.
            headers.entry(CONTENT_LENGTH).or_insert_with(|| length.into());
        } else if self.status == 204 || self.status == 304 {
            headers.remove(CONTENT_TYPE);
        } else {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        response
    }
}
