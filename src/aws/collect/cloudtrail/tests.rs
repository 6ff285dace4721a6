use aws_smithy_types::DateTime;

use super::*;

#[test]
fn a_status_that_does_not_say_whether_it_logs_is_no_status() {
    let lacks = Trouble::lacks(Call::GetTrailStatus, "IsLogging");
    assert_eq!(trail_status(GetTrailStatusOutput::builder().build()), Err(lacks));
    let answer = GetTrailStatusOutput::builder()
        .is_logging(false)
        .stop_logging_time(DateTime::from_secs(1_767_433_260))
        .latest_delivery_error("")
        .build();
    let status = trail_status(answer).unwrap();
    assert!(!status.is_logging);
    assert_eq!(status.stop_logging_time.unwrap().to_string(), "2026-01-03T09:41:00Z");
    assert_eq!(status.latest_delivery_error, None);
}

#[test]
fn selectors_keep_what_is_absent_absent() {
    let basic = sdk::EventSelector::builder()
        .read_write_type(sdk::ReadWriteType::WriteOnly)
        .exclude_management_event_sources("kms.amazonaws.com")
        .build();
    let field =
        sdk::AdvancedFieldSelector::builder().field("readOnly").equals("true").build().unwrap();
    let advanced = sdk::AdvancedEventSelector::builder().field_selectors(field).build().unwrap();
    let seen = event_selectors(
        GetEventSelectorsOutput::builder()
            .event_selectors(basic)
            .advanced_event_selectors(advanced)
            .build(),
    );
    let basic = &seen.event_selectors[0];
    assert_eq!(basic.read_write_type.as_deref(), Some("WriteOnly"));
    assert_eq!(basic.include_management_events, None);
    assert_eq!(basic.exclude_management_event_sources, ["kms.amazonaws.com"]);
    let field = &seen.advanced_event_selectors[0].field_selectors[0];
    assert_eq!((field.field.as_str(), field.equals[0].as_str()), ("readOnly", "true"));
}
