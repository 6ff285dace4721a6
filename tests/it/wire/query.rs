//! AWS Query: a form in, XML out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer::Problem;
use super::reply::Reply;

const REQUEST_ID: &str = "00000000-0000-4000-8000-00000000beef";

/// Operation and parameters, which are flat here.
pub(super) fn read(body: &[u8]) -> Result<(String, Value), String> {
    let mut form: BTreeMap<String, String> =
        serde_urlencoded::from_bytes(body).map_err(|error| format!("no form: {error}"))?;
    form.remove("Version");
    let action = form.remove("Action").ok_or("no Action")?;
    Ok((action, json!(form)))
}

/// The answer's body.
pub(super) fn reply(namespace: &str, operation: &str, fields: Value) -> Reply {
    let result = xml(&format!("{operation}Result"), members(fields));
    let metadata = xml("ResponseMetadata", json!({ "RequestId": REQUEST_ID }));
    let body = format!(
        r#"<{operation}Response xmlns="{namespace}">{result}{metadata}</{operation}Response>"#
    );
    Reply::ok("text/xml", body.into_bytes())
}

/// An error.
pub(super) fn error(namespace: &str, problem: &Problem) -> Reply {
    let fault = if problem.status < 500 { "Sender" } else { "Receiver" };
    let fields = json!({ "Type": fault, "Code": problem.code, "Message": problem.message });
    let error = xml("Error", fields);
    let request = xml("RequestId", json!(REQUEST_ID));
    let body = format!(r#"<ErrorResponse xmlns="{namespace}">{error}{request}</ErrorResponse>"#);
    Reply::ok("text/xml", body.into_bytes()).status(problem.status)
}

/// One element.
pub(super) fn xml(name: &str, value: Value) -> String {
    quick_xml::se::to_string_with_root(name, &value).expect("XML of JSON")
}

/// Lists are `<member>`s, maps of attributes are `<entry>`s with key and value.
fn members(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            json!({ "member": items.into_iter().map(members).collect::<Vec<_>>() })
        }
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| match value {
                Value::Object(attributes) if name.eq_ignore_ascii_case("attributes") => {
                    let entry = |(key, value)| json!({ "key": key, "value": value });
                    let entries: Vec<Value> = attributes.into_iter().map(entry).collect();
                    (name, json!({ "entry": entries }))
                }
                value => (name, members(value)),
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        scalar => scalar,
    }
}
