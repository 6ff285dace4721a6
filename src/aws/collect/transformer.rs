//! Transformers of log groups, as the JSON that AWS takes them in.
//!
//! The SDK gives each processor a type of its own and none of them back as JSON. Those whose work
//! [`secmon_core::transformer`] computes are kept whole, of the others the name.

use aws_sdk_cloudwatchlogs::types::Processor;
use serde_json::{Map, Value, json};

#[cfg(test)]
mod tests;

/// A processor as an object of its name and its settings.
pub(super) fn processor(step: Processor) -> Value {
    let mut named = Map::new();
    let mut put = |name: &str, settings: Option<Value>| {
        if let Some(settings) = settings {
            named.insert(name.to_owned(), settings);
        }
    };
    put(
        "addKeys",
        step.add_keys.map(|how| {
            entries(how.entries.into_iter().map(|one| {
                over(json!({ "key": one.key, "value": one.value }), one.overwrite_if_exists)
            }))
        }),
    );
    put(
        "copyValue",
        step.copy_value.map(|how| {
            entries(how.entries.into_iter().map(|one| {
                over(json!({ "source": one.source, "target": one.target }), one.overwrite_if_exists)
            }))
        }),
    );
    put("deleteKeys", step.delete_keys.map(|how| json!({ "withKeys": how.with_keys })));
    put("lowerCaseString", step.lower_case_string.map(|how| json!({ "withKeys": how.with_keys })));
    put(
        "moveKeys",
        step.move_keys.map(|how| {
            entries(how.entries.into_iter().map(|one| {
                over(json!({ "source": one.source, "target": one.target }), one.overwrite_if_exists)
            }))
        }),
    );
    put(
        "parseJSON",
        step.parse_json.map(|how| {
            let given = [("source", how.source), ("destination", how.destination)];
            let given =
                given.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into())));
            Value::Object(given.collect())
        }),
    );
    put(
        "renameKeys",
        step.rename_keys.map(|how| {
            entries(how.entries.into_iter().map(|one| {
                over(json!({ "key": one.key, "renameTo": one.rename_to }), one.overwrite_if_exists)
            }))
        }),
    );
    put("trimString", step.trim_string.map(|how| json!({ "withKeys": how.with_keys })));
    put("upperCaseString", step.upper_case_string.map(|how| json!({ "withKeys": how.with_keys })));
    let mut only = |name: &str, is_there: bool| put(name, is_there.then(|| json!({})));
    only("csv", step.csv.is_some());
    only("dateTimeConverter", step.date_time_converter.is_some());
    only("grok", step.grok.is_some());
    only("listToMap", step.list_to_map.is_some());
    only("parseCloudfront", step.parse_cloudfront.is_some());
    only("parseKeyValue", step.parse_key_value.is_some());
    only("parsePostgres", step.parse_postgres.is_some());
    only("parseRoute53", step.parse_route53.is_some());
    only("parseToOCSF", step.parse_to_ocsf.is_some());
    only("parseVPC", step.parse_vpc.is_some());
    only("parseWAF", step.parse_waf.is_some());
    only("splitString", step.split_string.is_some());
    only("substituteString", step.substitute_string.is_some());
    only("typeConverter", step.type_converter.is_some());
    // One that the SDK does not know yet is left without a name: nobody computes it.
    Value::Object(named)
}

fn entries(all: impl Iterator<Item = Value>) -> Value {
    json!({ "entries": all.collect::<Vec<_>>() })
}

/// The default is left out, as people leave it out.
fn over(mut entry: Value, overwrites: bool) -> Value {
    if overwrites {
        entry["overwriteIfExists"] = json!(true);
    }
    entry
}
