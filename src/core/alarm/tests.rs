use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::snapshot::Snapshot;

mod captured;
mod naive;
mod rehearsed;
mod told;

#[derive(Deserialize)]
struct Answers {
    #[expect(dead_code, reason = "every table says where it comes from")]
    source: String,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    datapoints: String,
    evaluation_periods: u32,
    datapoints_to_alarm: u32,
    old: String,
    expect: BTreeMap<String, String>,
}

fn answers(file: &str) -> Vec<Row> {
    toml::from_str::<Answers>(file).unwrap().rows
}

fn slots(text: &str) -> Vec<Slot> {
    text.split(' ')
        .map(|slot| match slot {
            "0" => Slot::Within,
            "X" => Slot::Breaching,
            "-" => Slot::Missing,
            other => panic!("{other}"),
        })
        .collect()
}

fn treat(text: &str) -> TreatMissingData {
    match text {
        "missing" => TreatMissingData::Missing,
        "ignore" => TreatMissingData::Ignore,
        "breaching" => TreatMissingData::Breaching,
        "notBreaching" => TreatMissingData::NotBreaching,
        other => panic!("{other}"),
    }
}

fn window(evaluation_periods: u32, datapoints_to_alarm: u32, treat: TreatMissingData) -> Window {
    Window { period: 60, evaluation_periods, datapoints_to_alarm, treat_missing_data: treat }
}

#[test]
fn windows_evaluate_as_real_alarms_did() {
    let mut cells = 0;
    for row in answers(include_str!("answers/captured.toml")) {
        for (treated, expect) in &row.expect {
            let window = window(row.evaluation_periods, row.datapoints_to_alarm, treat(treated));
            let old: AlarmState = row.old.parse().unwrap();
            let state = window.evaluate(&slots(&row.datapoints), old);
            assert_eq!(state.as_str(), expect, "{} {treated} from {old}", row.id);
            cells += 1;
        }
    }
    assert_eq!(cells, 12);
}

#[test]
fn every_other_event_adds_a_default_sample_also_beside_a_match() {
    let captured = Samples::of([(5.0, 1.0), (3.0, 14.0)]);
    assert_eq!(captured.statistic(Statistic::Sum), StatisticValue::Known(47.0));
    assert_eq!(captured.statistic(Statistic::SampleCount), StatisticValue::Known(15.0));
}

#[test]
fn statistics_of_one_read_among_others() {
    use StatisticValue::{Known, Missing, Unclear};
    let rows = [
        // statistic, one read among 39 zeros, one read, no read
        ("Sum", Known(1.0), Known(1.0), Known(0.0)),
        ("Average", Known(0.025), Known(1.0), Known(0.0)),
        ("Minimum", Known(0.0), Known(1.0), Known(0.0)),
        ("Maximum", Known(1.0), Known(1.0), Known(0.0)),
        ("SampleCount", Known(40.0), Known(1.0), Known(40.0)),
        ("p0", Known(0.0), Known(1.0), Known(0.0)),
        ("p50", Known(0.0), Known(1.0), Known(0.0)),
        ("p90", Known(0.0), Known(1.0), Known(0.0)),
        ("p99.9", Unclear, Known(1.0), Known(0.0)),
        ("p100", Known(1.0), Known(1.0), Known(0.0)),
    ];
    let among = Samples::of([(1.0, 1.0), (0.0, 39.0)]);
    let alone = Samples::of([(1.0, 1.0)]);
    let quiet = Samples::of([(0.0, 40.0)]);
    for (name, of_busy, of_one, of_quiet) in rows {
        let statistic = Statistic::named(name).unwrap();
        assert_eq!(statistic.to_string(), name);
        assert_eq!(among.statistic(statistic), of_busy, "{name}");
        assert_eq!(alone.statistic(statistic), of_one, "{name}");
        assert_eq!(quiet.statistic(statistic), of_quiet, "{name}");
        assert_eq!(Samples::default().statistic(statistic), Missing, "{name}");
    }
    let high_default = Samples::of([(1.0, 1.0), (4.0, 2.0)]);
    assert_eq!(high_default.statistic(Statistic::Minimum), Known(1.0));
    assert_eq!(high_default.statistic(Statistic::Maximum), Known(4.0));
    assert_eq!(high_default.count(), 3.0);
}

#[test]
fn statistics_that_are_not_modelled_have_no_name() {
    for name in
        ["", "p", "p101", "p-1", "pNaN", "pinf", "p1e1", "tm90", "TM(10%:90%)", "IQM", "sum"]
    {
        assert_eq!(Statistic::named(name), None, "{name}");
    }
}

#[test]
fn percentiles_need_samples() {
    let needed = |name: &str| Statistic::named(name).unwrap().samples_needed();
    assert_eq!(needed("p90"), Some(100.0));
    assert_eq!(needed("p99"), Some(1000.0));
    assert_eq!(needed("p10"), Some(100.0));
    assert_eq!((needed("p100"), needed("p0"), needed("Sum")), (None, None, None));
}

#[test]
fn operators_compare_with_the_threshold_itself() {
    let rows = [
        ("GreaterThanOrEqualToThreshold", ">= 1", [false, true, true]),
        ("GreaterThanThreshold", "> 1", [false, false, true]),
        ("LessThanThreshold", "< 1", [true, false, false]),
        ("LessThanOrEqualToThreshold", "<= 1", [true, true, false]),
    ];
    let mut alarm = healthy_alarm();
    for (operator, says, expected) in rows {
        alarm.comparison_operator = Some(operator.to_owned());
        let limit = Limit::of(&alarm).unwrap();
        assert_eq!(limit.to_string(), says);
        assert_eq!([0.0, 1.0, 2.0].map(|value| limit.is_breached_by(value)), expected, "{says}");
    }
    alarm.comparison_operator = Some("GreaterThanUpperThreshold".to_owned());
    let unclear = Limit::of(&alarm).unwrap_err().to_string();
    assert_eq!(unclear, "alarm secret-read compares with a band (GreaterThanUpperThreshold)");
}

fn healthy_alarm() -> MetricAlarm {
    let snapshot = Snapshot::healthy();
    let target = &snapshot.asked[0].target;
    snapshot.at(target).alarms.seen().unwrap().metric_alarms["secret-read"].clone()
}

#[test]
fn the_settings_of_an_alarm_are_read_with_their_defaults() {
    let mut alarm = healthy_alarm();
    assert_eq!(Window::of(&alarm), Ok(window(1, 1, TreatMissingData::NotBreaching)));
    alarm.evaluation_periods = Some(3);
    alarm.treat_missing_data = None;
    assert_eq!(Window::of(&alarm), Ok(window(3, 3, TreatMissingData::Missing)));
    alarm.namespace = Some("AWS/DynamoDB".to_owned());
    assert_eq!(Window::of(&alarm), Ok(window(3, 3, TreatMissingData::Ignore)));
    assert_eq!(Statistic::of(&alarm), Ok(Statistic::Sum));
    alarm.statistic = None;
    alarm.extended_statistic = Some("p99".to_owned());
    assert_eq!(Statistic::of(&alarm), Ok(Statistic::Percentile(99.0)));
}

#[test]
fn settings_that_are_not_modelled_are_said() {
    type Change = fn(&mut MetricAlarm);
    let unclear = |change: Change| {
        let mut alarm = healthy_alarm();
        change(&mut alarm);
        let window = Window::of(&alarm).err();
        let all = [window, Limit::of(&alarm).err(), Statistic::of(&alarm).err()];
        all.into_iter().flatten().map(|unclear| unclear.0).collect::<Vec<_>>()
    };
    let rows: [(Change, &str); 11] = [
        (|alarm| alarm.period = None, "has no Period"),
        (|alarm| alarm.evaluation_periods = Some(0), "has no EvaluationPeriods"),
        (
            |a| a.datapoints_to_alarm = Some(2),
            "has DatapointsToAlarm outside its EvaluationPeriods",
        ),
        (|alarm| alarm.treat_missing_data = Some("x".to_owned()), "treats missing data as x"),
        // A week of minutes is refused, and does not keep the simulation busy.
        (
            |alarm| alarm.evaluation_periods = Some(10_080),
            "looks at more than a day, in periods of less than an hour",
        ),
        (
            |alarm| alarm.evaluation_periods = Some(i32::MAX),
            "looks at more than a day, in periods of less than an hour",
        ),
        (
            |alarm| (alarm.period, alarm.evaluation_periods) = (Some(3_600), Some(169)),
            "looks at more than seven days",
        ),
        (|alarm| alarm.threshold = None, "has no Threshold"),
        (|alarm| alarm.comparison_operator = None, "has no ComparisonOperator"),
        (|alarm| alarm.statistic = Some("IQM".to_owned()), "uses the statistic IQM"),
        (|alarm| alarm.statistic = None, "has no Statistic"),
    ];
    for (change, says) in rows {
        assert_eq!(unclear(change), [format!("alarm secret-read {says}")]);
    }
    let longest: [Change; 2] = [
        |alarm| alarm.evaluation_periods = Some(1_440),
        |alarm| (alarm.period, alarm.evaluation_periods) = (Some(3_600), Some(168)),
    ];
    for change in longest {
        assert_eq!(unclear(change), [""; 0]);
    }
}
