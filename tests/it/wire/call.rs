//! From an HTTP request to the call it makes.

use std::fmt;

use hyper::http::request::Parts;
use serde_json::Value;

use super::{cbor, json, query, s3};

/// One call of an operation.
#[derive(Debug)]
pub(crate) struct Call {
    /// The service.
    pub(crate) service: &'static Service,
    /// The operation.
    pub(crate) operation: String,
    /// The Region it was signed for.
    pub(crate) region: String,
    /// The account of assumed credentials; the caller's own where absent.
    pub(crate) account: Option<String>,
    /// The parameters by AWS's names, whatever the protocol.
    pub(crate) params: Value,
}

/// A service and how it speaks.
#[derive(Debug)]
pub(crate) struct Service {
    /// The name in signatures.
    pub(crate) name: &'static str,
    /// How it speaks.
    pub(crate) protocol: Protocol,
}

/// AWS's protocols.
#[derive(Debug)]
pub(crate) enum Protocol {
    /// awsJson1.1, with the first part of `X-Amz-Target`.
    Json(&'static str),
    /// Smithy RPC v2 CBOR, with the service's name in paths and the namespace of its errors.
    Cbor(&'static str),
    /// AWS Query, with the namespace of its XML.
    Query(&'static str),
    /// S3's REST.
    S3,
}

static SERVICES: &[Service] = &[
    Service { name: "cloudtrail", protocol: Protocol::Json("CloudTrail_20131101") },
    Service { name: "logs", protocol: Protocol::Json("Logs_20140328") },
    Service { name: "secretsmanager", protocol: Protocol::Json("secretsmanager") },
    Service { name: "kms", protocol: Protocol::Json("TrentService") },
    Service { name: "organizations", protocol: Protocol::Json("AWSOrganizationsV20161128") },
    Service { name: "events", protocol: Protocol::Json("AWSEvents") },
    Service { name: "monitoring", protocol: Protocol::Cbor("GraniteServiceVersion20100801") },
    Service { name: "sns", protocol: Protocol::Query("http://sns.amazonaws.com/doc/2010-03-31/") },
    Service { name: "iam", protocol: Protocol::Query("https://iam.amazonaws.com/doc/2010-05-08/") },
    Service { name: "sts", protocol: Protocol::Query("https://sts.amazonaws.com/doc/2011-06-15/") },
    Service { name: "s3", protocol: Protocol::S3 },
];

impl Call {
    /// A parameter that is text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.params[name].as_str().unwrap_or_default()
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, operation, region, params, .. } = self;
        write!(f, "{} {operation} in {region} with {params}", service.name)
    }
}

/// A header's text; empty where it is missing.
pub(super) fn header<'a>(head: &'a Parts, name: &str) -> &'a str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// What a request asks for, or what is wrong with it.
pub(super) fn read(head: &Parts, body: &[u8]) -> Result<Call, String> {
    let what = format!("{} {}", head.method, head.uri);
    let authorization = header(head, "authorization");
    let (_, credential) =
        authorization.split_once("Credential=").ok_or_else(|| format!("{what}: not signed"))?;
    let scope: Vec<&str> = credential.split([',', '/']).take(4).collect();
    let [key, _date, region, name] = scope[..] else {
        return Err(format!("{what}: signed with {authorization}"));
    };
    let service = SERVICES
        .iter()
        .find(|service| service.name == name)
        .ok_or_else(|| format!("{what}: service {name} is never needed"))?;
    let (operation, params) = match service.protocol {
        Protocol::Json(prefix) => json::read(prefix, head, body),
        Protocol::Cbor(path) => cbor::read(path, head, body),
        Protocol::Query(_) => query::read(body),
        Protocol::S3 => s3::read(head),
    }
    .map_err(|problem| format!("{what} to {name}: {problem}"))?;
    Ok(Call {
        service,
        operation,
        region: region.to_owned(),
        account: key.strip_prefix("ASIA").and_then(|rest| rest.get(..12)).map(str::to_owned),
        params,
    })
}
