//! AWS as a function, for tests: an operation and its request in, status and body out.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use secmon_core::snapshot::{AccountId, Asked, Target};
use serde_json::Value;

use crate::connect::Session;

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const DATE: &str = "Mon, 05 Jan 2026 10:12:00 GMT";

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) operation: String,
    pub(crate) host: String,
    pub(crate) body: String,
    /// Who signed it: the access key id.
    pub(crate) key: String,
}

/// What is answered.
pub(crate) enum Answer {
    Json(Value),
    Cbor(Value),
    Xml(String),
    /// Status, code, message: the envelope follows the service.
    Error(u16, &'static str, &'static str),
    Raw(u16, Vec<(&'static str, &'static str)>, String),
    Never,
}

type Answers = dyn Fn(&Sent) -> Answer + Send + Sync;

#[derive(Clone)]
pub(crate) struct Fake {
    answers: Arc<Answers>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

impl Fake {
    pub(crate) fn new(answers: impl Fn(&Sent) -> Answer + Send + Sync + 'static) -> Self {
        Self { answers: Arc::new(answers), sent: Arc::default() }
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    pub(crate) fn config(&self) -> SdkConfig {
        let connector = SharedHttpConnector::new(self.clone());
        let credentials = Credentials::new("AKIDBASE", "secret", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .time_source(SystemTimeSource::new())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .retry_config(RetryConfig::adaptive().with_initial_backoff(Duration::from_millis(1)))
            .build()
    }

    /// A session that asks about these secrets, by name in an account that is not known yet.
    pub(crate) async fn session(&self, asked: Vec<Asked>, roles: &[&str]) -> Session {
        self.session_within(asked, roles, Duration::from_secs(20)).await
    }

    pub(crate) async fn session_within(
        &self,
        asked: Vec<Asked>,
        roles: &[&str],
        timeout: Duration,
    ) -> Session {
        let roles = roles.iter().map(|role| {
            let account = role.split(':').nth(4).unwrap();
            (account.parse().unwrap(), (*role).to_owned())
        });
        Session::assemble(self.config(), roles.collect(), asked, timeout).await
    }
}

pub(crate) fn asked_by_name(secret: &str) -> Asked {
    let target = Target { account: AccountId::unknown(), region: "eu-west-1".parse().unwrap() };
    Asked { target, secret: Some(secret.to_owned()) }
}

impl HttpConnector for Fake {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sent = sent(&request);
        self.sent.lock().unwrap().push(sent.clone());
        let is_xml = request.headers().get("x-amz-target").is_none()
            && request.headers().get("smithy-protocol").is_none();
        let is_cbor = request.headers().get("smithy-protocol").is_some();
        let (status, headers, body) = match (self.answers)(&sent) {
            Answer::Never => {
                return HttpConnectorFuture::new(std::future::pending());
            }
            Answer::Json(value) => (200, vec![], value.to_string().into_bytes()),
            Answer::Xml(text) => (200, vec![], text.into_bytes()),
            Answer::Cbor(value) => (200, CBOR.to_vec(), cbor(&value)),
            Answer::Raw(status, headers, body) => (status, headers, body.into_bytes()),
            Answer::Error(status, code, message) if is_cbor => {
                let body = serde_json::json!({ "__type": code, "message": message });
                (status, CBOR.to_vec(), cbor(&body))
            }
            Answer::Error(status, code, message)
                if is_xml && !sent.operation.starts_with("GetBucket") =>
            {
                let body = format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
                     <Message>{message}</Message></Error></ErrorResponse>"
                );
                (status, vec![], body.into_bytes())
            }
            Answer::Error(status, code, message) if is_xml => {
                let body =
                    format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
                (status, vec![], body.into_bytes())
            }
            Answer::Error(status, code, message) => {
                let body = serde_json::json!({ "__type": code, "message": message });
                (status, vec![], body.to_string().into_bytes())
            }
        };
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        response.headers_mut().insert("date", DATE);
        for (name, value) in headers {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

const CBOR: &[(&str, &str)] =
    &[("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")];

fn sent(request: &HttpRequest) -> Sent {
    let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
    let uri = request.uri();
    let target = request.headers().get("x-amz-target");
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let path = uri.split_once("/operation/").map(|(_, operation)| operation);
    let operation = match (target, action, path) {
        (Some(target), ..) => target.rsplit('.').next().unwrap().to_owned(),
        (None, Some(action), _) => action.to_owned(),
        (None, None, Some(operation)) => operation.to_owned(),
        (None, None, None) if uri.contains("?tagging") => "GetBucketTagging".to_owned(),
        (None, None, None) => "GetBucketPolicy".to_owned(),
    };
    let signature = request.headers().get("authorization").unwrap_or_default();
    let key = signature.split("Credential=").nth(1).and_then(|rest| rest.split('/').next());
    let host = uri.split('/').nth(2).unwrap_or_default().to_owned();
    Sent { operation, host, body, key: key.unwrap_or_default().to_owned() }
}

/// JSON as CBOR; `{"@time": seconds}` becomes a timestamp.
fn cbor(value: &Value) -> Vec<u8> {
    fn head(major: u8, length: usize) -> Vec<u8> {
        let mut bytes = vec![major << 5 | 26];
        bytes.extend(u32::try_from(length).unwrap().to_be_bytes());
        bytes
    }
    fn number(value: f64) -> Vec<u8> {
        let mut bytes = vec![0xfb];
        bytes.extend(value.to_be_bytes());
        bytes
    }
    match value {
        Value::Null => vec![0xf6],
        Value::Bool(value) => vec![if *value { 0xf5 } else { 0xf4 }],
        Value::Number(value) => match value.as_u64() {
            Some(value) => head(0, usize::try_from(value).unwrap()),
            None => number(value.as_f64().unwrap()),
        },
        Value::String(text) => [head(3, text.len()), text.clone().into_bytes()].concat(),
        Value::Array(items) => {
            let items = items.iter().flat_map(cbor);
            head(4, value.as_array().unwrap().len()).into_iter().chain(items).collect()
        }
        Value::Object(fields) => match fields.get("@time") {
            Some(seconds) => [vec![0xc1], number(seconds.as_f64().unwrap())].concat(),
            None => {
                let entries = fields.iter().flat_map(|(name, value)| {
                    [cbor(&Value::from(name.as_str())), cbor(value)].concat()
                });
                head(5, fields.len()).into_iter().chain(entries).collect()
            }
        },
    }
}
