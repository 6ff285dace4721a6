//! From an API call to the event that CloudTrail writes about it.
//!
//! Order and kinds of members as in events captured on AWS in 2026-09 (eventVersion 1.11).

use secmon_core::selector::RecordedEvent;
use secmon_core::snapshot::{Arn, Target};
use serde_json::{Map, Value, json};

use super::super::World;
use super::super::call::{ApiError, Call, Caller, Service};
use super::super::iam::id_of;

/// An event, and what selectors ask of it.
pub(super) struct Record {
    /// Where it was recorded.
    pub(super) target: Target,
    /// The event.
    pub(super) json: Value,
    /// Who made the call, in short.
    pub(super) username: Option<String>,
}

/// What is told of one call.
pub(super) struct Told<'a> {
    pub(super) source: &'a str,
    pub(super) name: &'a str,
    pub(super) target: &'a Target,
    pub(super) read_only: bool,
    pub(super) request: Value,
    pub(super) response: Value,
    /// Code and message.
    pub(super) error: Option<(String, String)>,
    pub(super) identity: Value,
    pub(super) source_ip: &'a str,
    pub(super) user_agent: &'a str,
    pub(super) request_id: String,
    /// Whether the client spoke TLS to AWS itself: services calling for somebody do not.
    pub(super) tls: bool,
    pub(super) resources: Option<Value>,
}

/// Operations on data, of which trails with management events only hear nothing. The metric calls of
/// CloudWatch, messages, objects, and the events of log groups are among them.
fn is_data(call: &Call) -> bool {
    let operation = call.operation.as_str();
    match call.service {
        Service::Monitoring => {
            matches!(
                operation,
                "PutMetricData" | "GetMetricData" | "GetMetricStatistics" | "ListMetrics"
            )
        }
        Service::Logs => matches!(operation, "PutLogEvents" | "GetLogEvents" | "FilterLogEvents"),
        Service::Sns => operation == "Publish",
        Service::Sqs => matches!(operation, "SendMessage" | "ReceiveMessage" | "DeleteMessage"),
        Service::S3 => operation.contains("Object") && operation != "PutObjectLockConfiguration",
        Service::Events => operation == "PutEvents",
        _ => false,
    }
}

/// Whether CloudTrail calls an operation read-only.
fn is_read_only(operation: &str) -> bool {
    let reads = ["Get", "BatchGet", "List", "Describe", "Lookup", "Head", "Test", "Assume"];
    reads.iter().any(|prefix| operation.starts_with(prefix))
}

/// Services whose events are recorded in us-east-1 wherever they are called.
fn is_global(service: Service) -> bool {
    matches!(service, Service::Iam | Service::Organizations)
}

impl World {
    /// The events of a call: one as a rule, none of calls on data, one more for each secret of a
    /// batch, and those that KMS writes when Secrets Manager decrypts.
    pub(super) fn events_of(
        &mut self,
        call: &Call,
        answer: &Result<Value, ApiError>,
    ) -> Vec<Record> {
        if is_data(call) {
            return Vec::new();
        }
        let mut target = call.target.clone();
        if is_global(call.service)
            && let Ok(region) = "us-east-1".parse()
        {
            target.region = region;
        }
        let request_id = self.next_uuid().to_string();
        let read_only = is_read_only(&call.operation);
        let error =
            answer.as_ref().err().map(|error| (audit_code(&error.name), error.message.clone()));
        // An IAM denial says nothing of what was asked for (reported), a denial by KMS does
        // (captured). TestMetricFilter leaves its request out (captured).
        let silent = call.operation == "TestMetricFilter"
            || error.as_ref().is_some_and(|(code, message)| {
                code == "AccessDenied" && message.starts_with("User: ")
            });
        let request = if silent { Value::Null } else { request_parameters(call) };
        let response = match answer {
            Ok(output) if !read_only => response_elements(output),
            _ => Value::Null,
        };
        let told = Told {
            source: &event_source(call.service),
            name: &call.operation,
            target: &target,
            read_only,
            request,
            response,
            error,
            identity: identity(&call.caller, &call.target, None),
            source_ip: &call.caller.source_ip,
            user_agent: &call.caller.user_agent,
            request_id: request_id.clone(),
            tls: true,
            resources: None,
        };
        let mut records = vec![self.record(told, username(&call.caller))];
        if call.service == Service::SecretsManager {
            self.reads_of_secrets(call, answer, &request_id, &mut records);
        }
        records
    }

    /// A batch writes one GetSecretValue for each secret, called by Secrets Manager itself
    /// (captured), and each value that was read one Decrypt of KMS (captured).
    fn reads_of_secrets(
        &mut self,
        call: &Call,
        answer: &Result<Value, ApiError>,
        request_id: &str,
        records: &mut Vec<Record>,
    ) {
        const SERVICE: &str = "secretsmanager.amazonaws.com";
        let invoked = || identity(&call.caller, &call.target, Some(SERVICE));
        if call.operation == "BatchGetSecretValue" {
            for read in self.batch_events(call, answer) {
                let told = Told {
                    source: SERVICE,
                    name: "GetSecretValue",
                    target: &call.target,
                    read_only: true,
                    request: json!({ "secretId": read.secret_id }),
                    response: Value::Null,
                    error: read.error,
                    identity: invoked(),
                    source_ip: SERVICE,
                    user_agent: SERVICE,
                    request_id: format!("{request_id}:{}", read.secret_id),
                    tls: false,
                    resources: None,
                };
                records.push(self.record(told, username(&call.caller)));
            }
        }
        let values = match answer {
            Ok(output) if call.operation == "GetSecretValue" => std::slice::from_ref(output),
            Ok(output) if call.operation == "BatchGetSecretValue" => {
                output["SecretValues"].as_array().map_or(&[][..], Vec::as_slice)
            }
            _ => &[],
        };
        for value in values {
            let told = Told {
                source: "kms.amazonaws.com",
                name: "Decrypt",
                target: &call.target,
                read_only: true,
                request: json!({
                    "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
                    "encryptionContext": {
                        "SecretARN": value["ARN"],
                        "SecretVersionId": value["VersionId"],
                    },
                }),
                response: Value::Null,
                error: None,
                identity: invoked(),
                source_ip: SERVICE,
                user_agent: SERVICE,
                request_id: self.next_uuid().to_string(),
                tls: false,
                resources: None,
            };
            records.push(self.record(told, username(&call.caller)));
        }
    }

    /// The event of one call.
    pub(super) fn record(&mut self, told: Told<'_>, username: Option<String>) -> Record {
        let event_id = self.next_uuid();
        let Target { account, region } = told.target;
        let mut event = Map::new();
        let mut put = |name: &str, value: Value| {
            event.insert(name.to_owned(), value);
        };
        put("eventVersion", json!("1.11"));
        put("userIdentity", told.identity);
        put("eventTime", json!(self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()));
        put("eventSource", json!(told.source));
        put("eventName", json!(told.name));
        put("awsRegion", json!(region));
        put("sourceIPAddress", json!(told.source_ip));
        put("userAgent", json!(told.user_agent));
        if let Some((code, message)) = told.error {
            put("errorCode", json!(code));
            put("errorMessage", json!(message));
        }
        put("requestParameters", told.request);
        put("responseElements", told.response);
        put("requestID", json!(told.request_id));
        put("eventID", json!(event_id.to_string()));
        put("readOnly", json!(told.read_only));
        if let Some(resources) = told.resources {
            put("resources", resources);
        }
        put("eventType", json!("AwsApiCall"));
        put("managementEvent", json!(true));
        put("recipientAccountId", json!(account));
        put("eventCategory", json!("Management"));
        if told.tls {
            let host = match told.source.strip_suffix(".amazonaws.com") {
                Some(service @ ("iam" | "organizations")) => format!("{service}.amazonaws.com"),
                Some(service) => format!("{service}.{region}.amazonaws.com"),
                None => told.source.to_owned(),
            };
            put(
                "tlsDetails",
                json!({
                    "tlsVersion": "TLSv1.3",
                    "cipherSuite": "TLS_AES_128_GCM_SHA256",
                    "clientProvidedHostHeader": host,
                }),
            );
        }
        Record { target: told.target.clone(), json: Value::Object(event), username }
    }
}

impl Record {
    /// What event selectors look at.
    pub(super) fn selected_by(&self) -> RecordedEvent {
        let text = |name: &str| self.json[name].as_str().unwrap_or_default().to_owned();
        RecordedEvent {
            event_category: text("eventCategory"),
            read_only: self.json["readOnly"] == true,
            event_source: text("eventSource"),
            event_name: text("eventName"),
            event_type: text("eventType"),
            user_identity_arn: self.json["userIdentity"]["arn"].as_str().map(str::to_owned),
            session_credential_from_console: Some(false),
        }
    }
}

fn event_source(service: Service) -> String {
    format!("{}.amazonaws.com", service.signing_name())
}

/// The audit code of a denial differs from that on the wire (captured).
fn audit_code(name: &str) -> String {
    match name {
        "AccessDeniedException" | "AuthorizationErrorException" => "AccessDenied".to_owned(),
        other => other.to_owned(),
    }
}

/// The user's or the role's name.
fn username(caller: &Caller) -> Option<String> {
    caller.arn.resource().rsplit('/').next().map(str::to_owned)
}

/// `userIdentity`; `invoked_by` is the service that calls for the caller.
pub(super) fn identity(caller: &Caller, target: &Target, invoked_by: Option<&str>) -> Value {
    let arn = &caller.arn;
    let account = if arn.account().is_empty() { target.account.as_str() } else { arn.account() };
    let mut identity = Map::new();
    let mut put = |name: &str, value: Value| {
        identity.insert(name.to_owned(), value);
    };
    let parts: Vec<&str> = arn.resource().split('/').collect();
    let session = match parts[..] {
        ["root"] => {
            put("type", json!("Root"));
            put("principalId", json!(account));
            None
        }
        ["assumed-role", role, session] => {
            put("type", json!("AssumedRole"));
            put("principalId", json!(format!("{}:{session}", id_of("AROA", role))));
            Some(role)
        }
        _ => {
            put("type", json!("IAMUser"));
            let name = parts.last().copied().unwrap_or_default();
            put("principalId", json!(id_of("AIDA", name)));
            None
        }
    };
    put("arn", json!(arn));
    put("accountId", json!(account));
    if invoked_by.is_none() {
        put("accessKeyId", json!(caller.access_key_id));
    }
    if let ["user", name] | ["user", .., name] = parts[..] {
        put("userName", json!(name));
    }
    if let Some(role) = session {
        put(
            "sessionContext",
            json!({
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": id_of("AROA", role),
                    "arn": format!("arn:{}:iam::{account}:role/{role}", arn.partition()),
                    "accountId": account,
                    "userName": role,
                },
                "attributes": { "mfaAuthenticated": "false" },
            }),
        );
    }
    if let Some(service) = invoked_by {
        put("invokedBy", json!(service));
    }
    Value::Object(identity)
}

/// What a caller sent, without what CloudTrail never writes down.
fn request_parameters(call: &Call) -> Value {
    const SECRET: &[&str] = &["SecretString", "SecretBinary", "Token"];
    let members = call.params.as_object().into_iter().flatten();
    let shown = members.filter(|(name, _)| !SECRET.contains(&name.as_str()));
    let shown: Map<String, Value> =
        shown.map(|(name, value)| (name.clone(), value.clone())).collect();
    if shown.is_empty() {
        return Value::Null;
    }
    match call.service {
        Service::S3 => s3_parameters(shown),
        _ => lower_camel(Value::Object(shown)),
    }
}

fn s3_parameters(members: Map<String, Value>) -> Value {
    let renamed = members.into_iter().map(|(name, value)| match name.as_str() {
        "Bucket" => ("bucketName".to_owned(), value),
        _ => (first_lower(&name), lower_camel(value)),
    });
    Value::Object(renamed.collect())
}

fn response_elements(output: &Value) -> Value {
    match lower_camel(output.clone()) {
        Value::Object(members) if members.is_empty() => Value::Null,
        elements => elements,
    }
}

fn lower_camel(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(lower_camel).collect(),
        Value::Object(members) => {
            let members = members.into_iter();
            members
                .map(|(name, value)| (first_lower(&name), lower_camel(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        scalar => scalar,
    }
}

/// `SecretId` is `secretId`, `ARN` is `arn`, `KMSKeyId` is `kMSKeyId`.
fn first_lower(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return name.to_ascii_lowercase();
    }
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Whose call this was, for the errors of services.
pub(super) fn caller_account(arn: &Arn, target: &Target) -> String {
    if arn.account().is_empty() { target.account.to_string() } else { arn.account().to_owned() }
}
