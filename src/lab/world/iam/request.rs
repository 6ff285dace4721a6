//! What resource policies are asked: a caller or a service that wants something of a resource.

use secmon_core::policy::{Decision, PolicyDocument, Principal, Request, evaluate};
use secmon_core::snapshot::{AccountId, Arn};

use super::super::call::Call;

/// A caller's own request, over TLS and from his address.
pub(in crate::world) fn caller_request(call: &Call, action: &str, resource: &str) -> Request {
    Request::new(Principal::aws(call.caller.arn.as_str()), action, resource)
        .with("aws:SecureTransport", "true")
        .with("aws:SourceIp", call.caller.source_ip.as_str())
        .with("aws:UserAgent", call.caller.user_agent.as_str())
        .without("aws:SourceVpc")
        .without("aws:SourceVpce")
        .without("aws:VpcSourceIp")
}

/// A request of a service for one of its resources, such as a trail. It has no address of its own.
pub(in crate::world) fn service_request(
    service: &str,
    action: &str,
    resource: &str,
    source: &Arn,
) -> Request {
    Request::new(Principal::service(service), action, resource)
        .with("aws:SourceArn", source.as_str())
        .with("aws:SourceAccount", source.account())
        .with("aws:SecureTransport", "true")
        .without("aws:SourceIp")
        .without("aws:SourceVpc")
        .without("aws:SourceVpce")
        .without("aws:VpcSourceIp")
}

/// Why a resource's policy keeps a caller out, as the end of AWS's sentence; `None`: it does not.
/// A caller of the resource's own account is admitted unless the policy denies it, one of another
/// account only where the policy allows it; what hangs on the unknown is a no. The endings were
/// captured 2026-09-24.
pub(in crate::world) fn refusal(
    policy: Option<&str>,
    owner: &AccountId,
    call: &Call,
    request: &Request,
) -> Option<String> {
    let document = policy.and_then(|text| PolicyDocument::parse(text).ok());
    let decision = document.map(|document| evaluate(&[("", &document)], request));
    let own = &call.target.account == owner;
    match decision {
        Some(Decision::Denied { .. }) => {
            Some("with an explicit deny in a resource-based policy".to_owned())
        }
        Some(Decision::Allowed { .. }) => None,
        _ if own => None,
        _ => Some(format!("because no resource-based policy allows the {} action", request.action)),
    }
}

/// Whether a policy allows something to everybody: an allow for `*` without a condition that names
/// who or from where
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>).
pub(in crate::world) fn is_public(policy: &serde_json::Value) -> bool {
    use serde_json::Value;
    const FIXED: [&str; 14] = [
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalarn",
        "aws:principalaccount",
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceip",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
    ];
    let everybody = |principal: &Value| {
        let star = |value: &Value| match value {
            Value::Array(items) => items.iter().any(|item| item == "*"),
            one => one == "*",
        };
        star(principal) || star(&principal["AWS"])
    };
    let fixed = |condition: &Value| {
        let operators = condition.as_object().into_iter().flatten();
        operators.filter_map(|(_, keys)| keys.as_object()).flatten().any(|(key, values)| {
            let wide = |value: &Value| value.as_str().is_some_and(|text| text.starts_with('*'));
            let wide = match values {
                Value::Array(items) => items.iter().any(wide),
                one => wide(one),
            };
            FIXED.contains(&key.to_ascii_lowercase().as_str()) && !wide
        })
    };
    let statements = match &policy["Statement"] {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    };
    statements.iter().any(|statement| {
        statement["Effect"] == "Allow"
            && everybody(&statement["Principal"])
            && !fixed(&statement["Condition"])
    })
}
