use super::*;

fn record(number: i64) -> sdk::MetricFilterMatchRecord {
    sdk::MetricFilterMatchRecord::builder().event_number(number).build()
}

#[test]
fn events_are_counted_from_one() {
    let matching = MessageTest::Match { extracted: BTreeMap::new() };
    let expected = vec![matching.clone(), MessageTest::NoMatch, matching];
    assert_eq!(tests(3, vec![record(3), record(1)]).unwrap(), expected);
    for wrong in [0, 4, -1] {
        let Err(Trouble::Failed { reason }) = tests(3, vec![record(wrong)]) else { panic!() };
        let expected =
            format!("TestMetricFilter: the answer names eventNumber {wrong} of 3 messages");
        assert_eq!(reason, expected);
    }
}

#[test]
fn a_filter_keeps_every_field() {
    let metric = sdk::MetricTransformation::builder()
        .metric_name("reads")
        .metric_namespace("Security")
        .metric_value("1")
        .default_value(0.0)
        .unit(sdk::StandardUnit::Count)
        .dimensions("Who", "$.userIdentity.arn")
        .build()
        .unwrap();
    let filter = sdk::MetricFilter::builder()
        .filter_name("secret-read")
        .log_group_name("trail")
        .filter_pattern("{ $.x = 1 }")
        .metric_transformations(metric)
        .creation_time(7)
        .apply_on_transformed_logs(true)
        .emit_system_field_dimensions("@aws.account");
    let seen = metric_filter(filter.clone().build()).unwrap();
    assert_eq!(seen.filter_pattern, "{ $.x = 1 }");
    assert!(seen.apply_on_transformed_logs);
    assert_eq!(seen.emit_system_field_dimensions, ["@aws.account"]);
    let metric = &seen.metric_transformations[0];
    assert_eq!((metric.default_value, metric.unit.as_deref()), (Some(0.0), Some("Count")));
    assert_eq!(metric.dimensions["Who"], "$.userIdentity.arn");
    let nameless = filter.set_filter_name(None).build();
    let lacks = Trouble::lacks(Call::DescribeMetricFilters, "filterName");
    assert_eq!(metric_filter(nameless), Err(lacks));
}
