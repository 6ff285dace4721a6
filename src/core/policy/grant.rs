//! Statements that would let a request through: what a fix adds to a policy.

use serde_json::{Value, json};

/// A statement for the policy of a role: its identity may do this.
///
/// ```
/// use secmon_core::policy::allow;
///
/// let statement = allow("Write", &["logs:PutLogEvents"], "*");
/// assert_eq!(
///     statement.to_string(),
///     r#"{"Sid":"Write","Effect":"Allow","Action":["logs:PutLogEvents"],"Resource":"*"}"#,
/// );
/// ```
pub fn allow(sid: &str, actions: &[&str], resource: &str) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource})
}

/// A statement for the policy of a resource: this service may do this, where each key of the
/// conditions, joined by `StringEquals`, has its value.
///
/// ```
/// use secmon_core::policy::allow_service;
///
/// let here = [("aws:SourceAccount", "123456789012")];
/// let statement = allow_service("Alarms", "cloudwatch.amazonaws.com", &["sns:Publish"], "*", &here);
/// assert_eq!(statement["Principal"]["Service"], "cloudwatch.amazonaws.com");
/// assert_eq!(statement["Condition"]["StringEquals"]["aws:SourceAccount"], "123456789012");
/// ```
pub fn allow_service(
    sid: &str,
    service: &str,
    actions: &[&str],
    resource: &str,
    conditions: &[(&str, &str)],
) -> Value {
    let mut statement = json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": actions,
        "Resource": resource,
    });
    for (key, value) in conditions {
        statement["Condition"]["StringEquals"][*key] = json!(value);
    }
    statement
}
