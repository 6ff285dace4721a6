use aws_sdk_cloudwatchlogs::types::{
    AddKeyEntry, AddKeys, DeleteKeys, EventSource, OcsfVersion, ParseJson, ParseToOcsf,
};

use super::*;

#[test]
fn what_is_computed_is_kept_whole_and_the_rest_by_name() {
    let entry = AddKeyEntry::builder().key("a").value("b").overwrite_if_exists(true).build();
    let keys = AddKeys::builder().entries(entry.unwrap()).build().unwrap();
    let with =
        |build: aws_sdk_cloudwatchlogs::types::builders::ProcessorBuilder| processor(build.build());
    assert_eq!(
        with(Processor::builder().add_keys(keys)),
        json!({ "addKeys": { "entries": [{ "key": "a", "value": "b", "overwriteIfExists": true }] } })
    );
    let json = ParseJson::builder().source("@message").build();
    assert_eq!(
        with(Processor::builder().parse_json(json)),
        json!({ "parseJSON": { "source": "@message" } })
    );
    let delete = DeleteKeys::builder().with_keys("eventName").build().unwrap();
    assert_eq!(
        with(Processor::builder().delete_keys(delete)),
        json!({ "deleteKeys": { "withKeys": ["eventName"] } })
    );
    let ocsf =
        ParseToOcsf::builder().event_source(EventSource::CloudTrail).ocsf_version(OcsfVersion::V11);
    let ocsf = ocsf.build().unwrap();
    assert_eq!(with(Processor::builder().parse_to_ocsf(ocsf)), json!({ "parseToOCSF": {} }));
    assert_eq!(with(Processor::builder()), json!({}));
}
