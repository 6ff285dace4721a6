use aws_sdk_cloudwatch::types::{
    ActionConfiguration, Datapoint as SdkDatapoint, EvaluationWindow, StateValue,
};

use super::*;

fn alarm() -> aws_sdk_cloudwatch::types::builders::MetricAlarmBuilder {
    sdk::MetricAlarm::builder()
        .alarm_name("secret-read")
        .alarm_arn("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:secret-read")
        .actions_enabled(false)
        .state_value(StateValue::Ok)
}

#[test]
fn an_alarm_keeps_every_field() {
    let dimension = sdk::Dimension::builder().name("Group").value("trail").build();
    let stat = sdk::MetricStat::builder()
        .metric(sdk::Metric::builder().namespace("N").metric_name("M").build())
        .period(60)
        .stat("Sum")
        .build();
    let query = sdk::MetricDataQuery::builder().id("m1").metric_stat(stat).build();
    let seen = metric_alarm(
        alarm()
            .alarm_actions("arn:aws:sns:eu-west-1:123456789012:alerts")
            .ok_actions("arn:ok")
            .dimensions(dimension)
            .metrics(query)
            .statistic(Statistic::Average)
            .unit(sdk::StandardUnit::Count)
            .threshold(1.0)
            .treat_missing_data("")
            .state_updated_timestamp(DateTime::from_secs_f64(1_790_185_979.847))
            .build(),
    )
    .unwrap();
    assert_eq!(seen.alarm_name, "secret-read");
    assert!(!seen.actions_enabled);
    assert_eq!(seen.state_value, "OK");
    assert_eq!(seen.alarm_actions, ["arn:aws:sns:eu-west-1:123456789012:alerts"]);
    assert_eq!(seen.ok_actions, ["arn:ok"]);
    assert_eq!(seen.dimensions[0].value, "trail");
    assert_eq!(seen.metrics[0].metric_stat.as_ref().unwrap().stat, "Sum");
    assert_eq!(seen.statistic.as_deref(), Some("Average"));
    assert_eq!(seen.unit.as_deref(), Some("Count"));
    assert_eq!(seen.treat_missing_data, None, "empty is none");
    assert_eq!(seen.datapoints_to_alarm, None);
    assert_eq!(seen.state_updated_timestamp.unwrap().as_millisecond(), 1_790_185_979_847);
    assert!(seen.unread.is_empty());
}

#[test]
fn what_a_fix_would_drop_is_named() {
    let seen = metric_alarm(
        alarm()
            .evaluation_interval(10)
            .action_configuration(ActionConfiguration::builder().build())
            .evaluation_window(EvaluationWindow::WallClockWindow(
                sdk::WallClockWindow::builder().timezone("+05:30").build(),
            ))
            .build(),
    );
    let seen = seen.unwrap();
    assert_eq!(seen.unread, ["ActionConfiguration", "EvaluationInterval"]);
    let timezone = Some("+05:30".to_owned());
    let window = secmon_core::snapshot::EvaluationWindow::WallClockWindow { timezone };
    assert_eq!(seen.evaluation_window, Some(window));
}

#[test]
fn an_alarm_without_its_name_or_state_is_no_alarm() {
    let lacks = |field| Err(Trouble::lacks(Call::DescribeAlarms, field));
    assert_eq!(metric_alarm(alarm().set_alarm_name(None).build()), lacks("AlarmName"));
    assert_eq!(metric_alarm(alarm().set_state_value(None).build()), lacks("StateValue"));
    let nameless = sdk::Dimension::builder().value("v").build();
    assert_eq!(metric_alarm(alarm().dimensions(nameless).build()), lacks("Dimensions.Name"));
    let Err(Trouble::Failed { reason }) = metric_alarm(alarm().alarm_arn("x").build()) else {
        panic!()
    };
    assert!(reason.starts_with("DescribeAlarms: AlarmArn: `x` is no ARN"), "{reason}");
}

#[test]
fn datapoints_are_put_in_order() {
    let point = |second, sum| {
        SdkDatapoint::builder().timestamp(DateTime::from_secs(second)).sum(sum).build()
    };
    let call = Call::GetMetricStatistics;
    let points = datapoints(call, vec![point(120, 3.0), point(0, 1.0), point(60, 2.0)]).unwrap();
    let sums: Vec<_> = points.iter().map(|point| point.sum.unwrap()).collect();
    assert_eq!(sums, [1.0, 2.0, 3.0]);
    let timeless = SdkDatapoint::builder().sum(1.0).build();
    assert_eq!(datapoints(call, vec![timeless]), Err(Trouble::lacks(call, "Timestamp")));
}
