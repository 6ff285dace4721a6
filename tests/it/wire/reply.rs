//! From an answer to an HTTP response.

use bytes::Bytes;
use hyper::Response;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderName, HeaderValue};
use jiff::Timestamp;

use super::answer::{Answer, Problem};
use super::body::Body;
use super::call::{Call, Protocol};
use super::faults::Fault;
use super::{cbor, json, query, s3};

/// What goes back.
#[derive(Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Reply {
    /// A body with status 200.
    pub(super) fn ok(content_type: &'static str, body: Vec<u8>) -> Self {
        let headers = vec![(CONTENT_TYPE.as_str(), content_type.to_owned())];
        Self { status: 200, headers, body }
    }

    /// With another status.
    pub(super) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// With one more header.
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer to a call in its protocol, or why there is none.
    pub(super) fn to(call: &Call, answer: Answer) -> Result<Self, String> {
        let protocol = &call.service.protocol;
        let problem = match answer.settle(call)? {
            Ok(fields) => {
                return Ok(match protocol {
                    Protocol::Json(_) => json::reply(fields),
                    Protocol::Cbor(_) => cbor::reply(fields),
                    Protocol::Query(namespace) => query::reply(namespace, &call.operation, fields),
                    Protocol::S3 => s3::reply(&fields),
                });
            }
            Err(problem) => problem,
        };
        Ok(Self::error(protocol, &problem))
    }

    fn error(protocol: &Protocol, problem: &Problem) -> Self {
        match protocol {
            Protocol::Json(_) => json::error(problem),
            Protocol::Cbor(_) => cbor::error(problem),
            Protocol::Query(namespace) => query::error(namespace, problem),
            Protocol::S3 => s3::error(problem),
        }
    }

    /// The response, dated with the account's time and with what goes wrong on the way.
    pub(super) fn into_response(self, now: Timestamp, fault: Option<&Fault>) -> Response<Body> {
        let bytes = Bytes::from(self.body);
        let (length, body) = match fault {
            Some(Fault::Malformed) => {
                let body = Bytes::from_static(b"{<\xff not what was asked");
                (body.len(), Body::whole(body))
            }
            Some(Fault::Truncated) => (bytes.len(), Body::broken(&bytes)),
            Some(Fault::Halved) => (bytes.len() / 2, Body::whole(bytes.slice(..bytes.len() / 2))),
            _ => (bytes.len(), Body::whole(bytes)),
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            hyper::StatusCode::from_u16(self.status).expect("a status between 100 and 999");
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let headers = response.headers_mut();
        headers.insert(DATE, HeaderValue::from_str(&date).expect("a date is plain text"));
        headers.insert(CONTENT_LENGTH, length.into());
        for (name, value) in self.headers {
            let value = HeaderValue::from_str(&value).expect("plain text");
            headers.insert(HeaderName::from_static(name), value);
        }
        response
    }
}
