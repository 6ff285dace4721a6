//! Evaluations of real alarms, captured on AWS in us-east-1 on 2026-09-14, and what AWS's pages say.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::*;
use crate::snapshot::{Metric, MetricAlarm};

/// What was published before and while the alarms of `evaluations.json` were evaluated.
const PUBLISHED: [(&str, f64); 11] = [
    ("05:42:20", 100.0),
    ("05:42:30", 0.0),
    ("05:42:40", 100.0),
    ("05:46:50", 100.0),
    ("05:49:00", 0.0),
    ("05:49:10", 0.0),
    ("05:49:20", 0.0),
    ("05:50:50", 0.0),
    ("05:51:10", 100.0),
    ("05:51:30", 100.0),
    ("05:54:10", 0.0),
];

fn at(time: &str) -> Timestamp {
    format!("2026-09-14T{time}Z").parse().unwrap()
}

/// `2026-09-14T05:42:58.775+0000`
fn moment(text: &str) -> Timestamp {
    text.replace("+0000", "Z").parse().unwrap()
}

pub(super) fn alarm(settings: &Value) -> MetricAlarm {
    let mut all = json!({
        "AlarmName": "a",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a",
        "StateValue": "OK",
        "Namespace": "N",
        "MetricName": "m",
        "Period": 10,
        "EvaluationPeriods": 3,
        "Threshold": 50.0,
        "ComparisonOperator": "GreaterThanThreshold",
    });
    for (name, value) in settings.as_object().unwrap() {
        all[name] = value.clone();
    }
    if all.get("ExtendedStatistic").is_none() && all.get("Metrics").is_none() {
        all["Statistic"] = all.get("Statistic").cloned().unwrap_or(json!("Average"));
    }
    serde_json::from_value(all).unwrap()
}

pub(super) fn evaluate(
    settings: &Value,
    series: Option<&Series>,
    query: Timestamp,
    old: AlarmState,
) -> Evaluation {
    let evaluator = Evaluator::of(&alarm(settings), Assumptions::default()).unwrap();
    evaluator.evaluate(|_| series, query, old)
}

fn published() -> Series {
    let mut series = Series::default();
    for (time, value) in PUBLISHED {
        series.insert(at(time), StorageResolution::High, "Count", value, 1.0);
    }
    series
}

fn same_json(why: &StateReason, name: &str, expected: Option<&Value>) {
    let data: Value = serde_json::from_str(&why.data.to_json()).unwrap();
    if let Some(expected) = expected {
        assert_eq!(&data[name], expected, "{}", why.data.to_json());
    }
}

#[test]
fn every_captured_evaluation_comes_out_the_same() {
    let file: Value = serde_json::from_str(include_str!("../answers/evaluations.json")).unwrap();
    let series = published();
    let mut compared = 0;
    for case in file["cases"].as_array().unwrap() {
        let Some(query) = case["queryDate"].as_str() else { continue };
        let name = case["name"].as_str().unwrap();
        let n = case["N"].as_i64().unwrap_or(3);
        let mut settings = json!({
            "EvaluationPeriods": n,
            "DatapointsToAlarm": case["M"].as_i64().unwrap_or(n),
            "TreatMissingData": case["treat"],
            "Unit": "Count",
        });
        if name == "empty-query-control" {
            settings["Metrics"] = math("m1+1");
        }
        let found = evaluate(&settings, Some(&series), moment(query), AlarmState::InsufficientData);
        assert_eq!(found.state.as_str(), case["state"], "{name}");
        let why = found.why.unwrap();
        assert_eq!(why.reason, case["reason"], "{name}");
        if let Some(data) = case.get("data") {
            assert_eq!(why.data.to_json(), data.to_string(), "{name}");
        }
        same_json(&why, "recentDatapoints", case.get("recentDatapoints"));
        same_json(&why, "evaluatedDatapoints", case.get("evaluatedDatapoints"));
        compared += 1;
    }
    assert_eq!(compared, 10);
}

fn math(expression: &str) -> Value {
    json!([
        { "Id": "m1", "ReturnData": false, "MetricStat": {
            "Metric": { "Namespace": "N", "MetricName": "nothing" }, "Period": 10, "Stat": "Average"
        } },
        { "Id": "e1", "Expression": expression, "ReturnData": true },
    ])
}

#[test]
fn what_set_alarm_state_said_lasts_until_the_next_evaluation() {
    let file: Value = serde_json::from_str(include_str!("../answers/reevaluations.json")).unwrap();
    let mut compared = 0;
    for case in file["cases"].as_array().unwrap() {
        let mut settings = json!({ "EvaluationPeriods": 1, "Statistic": "Sum", "Threshold": 0.0 });
        let treat = case["treat"].as_str().unwrap();
        match treat {
            "notBreaching" | "breaching" => settings["TreatMissingData"] = json!(treat),
            _ if treat.contains("DynamoDB") => settings["Namespace"] = json!("AWS/DynamoDB"),
            _ => {}
        }
        let old: AlarmState =
            case["set"].as_str().unwrap().split(' ').next().unwrap().parse().unwrap();
        let text = case["re-evaluated"].as_str().unwrap();
        let Some((state, query)) = text.split_once(" at queryDate ") else {
            let found = evaluate(&settings, None, at("09:02:00"), old);
            assert_eq!(found, Evaluation { state: old, why: None }, "{treat}");
            compared += 1;
            continue;
        };
        let found = evaluate(&settings, None, at(query), old);
        assert_eq!(found.state.as_str(), state, "{treat}");
        let why = found.why.unwrap();
        assert_eq!(why.reason, case["reason"], "{treat}");
        if let Some(data) = case.get("StateReasonData") {
            assert_eq!(why.data.to_json(), data.as_str().unwrap(), "{treat}");
        }
        if let Some(slot) = case.get("newest_slot") {
            let newest = why.data.evaluated_datapoints[0].timestamp;
            assert_eq!(newest, at(slot.as_str().unwrap()), "{treat}");
        }
        compared += 1;
    }
    assert_eq!(compared, 4);
}

#[test]
fn dynamodb_alarms_ignore_missing_data_also_with_queries_and_math() {
    let metric = |namespace: &str, id: &str| {
        json!({ "Id": id, "ReturnData": false, "MetricStat": {
            "Metric": { "Namespace": namespace, "MetricName": "m" }, "Period": 10, "Stat": "Sum"
        } })
    };
    let sum = json!({ "Id": "e1", "Expression": "m1 + m2" });
    let kept = |metrics: Value| {
        let settings = json!({ "Metrics": metrics, "Namespace": null, "MetricName": null });
        evaluate(&settings, None, at("09:02:00"), AlarmState::Ok).why.is_none()
    };
    let (dynamo, other) = ("AWS/DynamoDB", "N");
    assert!(kept(json!([metric(dynamo, "m1")])));
    assert!(kept(json!([metric(dynamo, "m1"), metric(dynamo, "m2"), sum])));
    assert!(!kept(json!([metric(dynamo, "m1"), metric(other, "m2"), sum])));
}

#[test]
fn every_documented_and_captured_row_passes() {
    let (mut documented, mut captured) = (0, 0);
    for line in include_str!("../answers/alarm-evaluation.jsonl").lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        match row["kind"].as_str().unwrap() {
            "doc-table" | "doc-prose" => {
                documented_row(&row);
                documented += 1;
            }
            "aws-capture" => {
                captured_row(&row);
                captured += 1;
            }
            "rule" => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!((documented, captured), (45, 8));
}

/// The page's example has a range of five periods for N = 3.
fn documented_row(row: &Value) {
    let alarm = alarm(&json!({
        "Period": 60,
        "EvaluationPeriods": row["evaluation_periods"],
        "DatapointsToAlarm": row["datapoints_to_alarm"],
        "TreatMissingData": row["treat_missing_data"],
    }));
    let assumptions =
        Assumptions { evaluation_range: EvaluationRange::TwoMore, ..Assumptions::default() };
    let evaluator = Evaluator::of(&alarm, assumptions).unwrap();
    let mut series = Series::default();
    for (minute, slot) in row["datapoints"].as_str().unwrap().split(' ').enumerate() {
        let value = match slot {
            "0" => 0.0,
            "X" => 100.0,
            _ => continue,
        };
        let at = at(&format!("10:0{minute}:00"));
        series.insert(at, StorageResolution::Standard, "None", value, 1.0);
    }
    let slots = super::slots(row["datapoints"].as_str().unwrap());
    for old in [AlarmState::Ok, AlarmState::Alarm, AlarmState::InsufficientData] {
        let state = evaluator.evaluate(|_| Some(&series), at("10:05:00"), old).state;
        assert_eq!(Window::of(&alarm).unwrap().evaluate(&slots, old), state, "{row}");
        match row["expect"].as_str().unwrap() {
            "RETAIN" => assert_eq!(state, old, "{row}"),
            // AWS says that the alarm does not go there, not that it leaves.
            "NOT_ALARM" => {
                assert!(state != AlarmState::Alarm || old == AlarmState::Alarm, "{row}");
            }
            expect => assert_eq!(state.as_str(), expect, "{row}"),
        }
    }
}

fn captured_row(row: &Value) {
    let asked = &row["alarm"];
    let mut settings = json!({
        "EvaluationPeriods": asked["evaluation_periods"],
        "DatapointsToAlarm": asked["datapoints_to_alarm"],
        "TreatMissingData": asked["treat_missing_data"],
        "Threshold": asked["threshold"],
    });
    let mut series = Series::default();
    for point in row["published_points"].as_array().into_iter().flatten() {
        let value = point["value"].as_f64().unwrap();
        let at = at(point["bucket"].as_str().unwrap());
        series.insert(at, StorageResolution::High, "Count", value, 1.0);
    }
    if let Some(percentile) = asked.get("extended_statistic") {
        settings["ExtendedStatistic"] = percentile.clone();
        settings["EvaluateLowSampleCountPercentile"] =
            asked["evaluate_low_sample_count_percentile"].clone();
        // "101 samples of value 10 in bucket 06:46:10"
        let words: Vec<&str> = row["note"].as_str().unwrap().split(' ').collect();
        let (count, value) = (words[0].parse().unwrap(), words[4].parse().unwrap());
        series.insert(at(words[7]), StorageResolution::High, "Count", value, count);
    }
    if let Some(expression) = asked.get("expression") {
        settings["Metrics"] = math(expression.as_str().unwrap());
    }
    let query = at(row["evaluation_time_utc"].as_str().unwrap());
    let old = row["prior_state"].as_str().unwrap().parse().unwrap();
    let found = evaluate(&settings, Some(&series), query, old);
    assert_eq!(found.state.as_str(), row["expect"], "{row}");
    let why = found.why.unwrap();
    assert_eq!(why.reason, row["state_reason"]);
    if let Some(recent) = row.get("recent_datapoints_oldest_first") {
        let found = why.data.recent_datapoints.iter().map(|value| value.unwrap_or(f64::NAN));
        let expected = recent.as_array().unwrap().iter().map(|value| value.as_f64().unwrap());
        assert!(found.eq(expected), "{row}");
    }
    if let Some(evaluated) = row.get("evaluated_buckets_newest_first") {
        let found = why.data.evaluated_datapoints.iter().map(|point| {
            let value = point.value.map_or("-".to_owned(), |value| value.to_string());
            format!("{}={value}", point.timestamp.strftime("%H:%M:%S"))
        });
        assert_eq!(json!(found.collect::<Vec<_>>()), *evaluated, "{row}");
    }
}

/// The three alarms of the captures, evaluated every ten seconds at their phase: each captured
/// transition happens at its evaluation and not at one before.
#[test]
fn alarms_change_when_the_captured_ones_did() {
    let file: Value = serde_json::from_str(include_str!("../answers/evaluations.json")).unwrap();
    let series = published();
    let mut compared = 0;
    for (treat, m, phase, premature) in [
        ("missing", 3, 8_775, Some(("05:47:38.775", "ALARM"))),
        ("missing", 2, 7_551, None),
        ("breaching", 3, 4_472, None),
    ] {
        let settings =
            json!({ "DatapointsToAlarm": m, "TreatMissingData": treat, "Unit": "Count" });
        let evaluator = Evaluator::of(&alarm(&settings), Assumptions::default()).unwrap();
        let phase = jiff::SignedDuration::from_millis(phase);
        let (mut now, mut state) = (at("05:42:30"), AlarmState::InsufficientData);
        let mut changes = Vec::new();
        while now < at("05:57:00") {
            now = evaluator.next_after(now, phase);
            let next = evaluator.evaluate(|_| Some(&series), now, state).state;
            if next != state {
                changes.push((now.strftime("%H:%M:%S").to_string(), next.as_str()));
            }
            state = next;
        }
        let cases = file["cases"].as_array().unwrap().iter();
        let cases = cases.filter(|case| case["treat"] == treat && case["M"] == m);
        let captured = cases.map(|case| {
            (case["queryDate"].as_str().unwrap()[11..].to_owned(), case["state"].as_str().unwrap())
        });
        let premature = premature.map(|(time, state)| (time.to_owned(), state));
        for (time, state) in captured.chain(premature) {
            let change = (time[..8].to_owned(), state);
            assert!(changes.contains(&change), "{treat} M={m}: {change:?} in {changes:?}");
            compared += 1;
        }
    }
    assert_eq!(compared, 10);
}

/// Published histories of other people's alarms, with what they can tell beyond the captures.
#[test]
fn published_histories_of_minute_alarms_fit_the_defaults() {
    let count = |points: &[(&str, f64, f64)]| {
        let mut series = Series::default();
        for (time, value, count) in points {
            series.insert(at(time), StorageResolution::Standard, "None", *value, *count);
        }
        series
    };
    // 2023-01-09: no DatapointsToAlarm, two points of 5 and 6 minutes ago, one of them decides.
    let series = count(&[("14:01:00", 1.0, 1.0), ("14:02:00", 0.0, 1.0)]);
    let settings = json!({
        "Period": 60, "EvaluationPeriods": 2, "Threshold": 42.0, "Statistic": "Sum",
    });
    let why =
        evaluate(&settings, Some(&series), at("14:07:25.504"), AlarmState::Alarm).why.unwrap();
    assert_eq!(
        why.reason,
        "Threshold Crossed: 2 datapoints [0.0 (14/09/26 14:02:00), 1.0 (14/09/26 14:01:00)] were \
         not greater than the threshold (42.0)."
    );
    assert_eq!(
        why.data.to_json(),
        r#"{"version":"1.0","queryDate":"2026-09-14T14:07:25.504+0000","startDate":"2026-09-14T14:01:00.000+0000","statistic":"Sum","period":60,"recentDatapoints":[1.0,0.0],"threshold":42.0,"evaluatedDatapoints":[{"timestamp":"2026-09-14T14:02:00.000+0000","sampleCount":1.0,"value":0.0}]}"#
    );
    // 2023-06-17: periods of two minutes slide by the minute; the newest ended 5.5 s before.
    let series = count(&[("02:53:00", 0.25, 1.0)]);
    let settings = json!({ "Period": 120, "EvaluationPeriods": 1, "Threshold": 70.0 });
    let why =
        evaluate(&settings, Some(&series), at("02:55:05.492"), AlarmState::Alarm).why.unwrap();
    assert_eq!(
        why.reason,
        "Threshold Crossed: 1 datapoint [0.25 (14/09/26 02:53:00)] was not greater than the \
         threshold (70.0)."
    );
    // 2024-12-19: from five datapoints on the newest five are listed apart.
    let series = count(&[
        ("08:10:00", 1.0, 1.0),
        ("08:11:00", 1.0, 1.0),
        ("08:12:00", 1.0, 1.0),
        ("08:13:00", 1.0, 1.0),
        ("08:14:00", 1.0, 1.0),
        ("08:15:00", 1.0, 1.0),
    ]);
    let settings =
        json!({ "Period": 60, "EvaluationPeriods": 6, "Threshold": 0.0, "Statistic": "Sum" });
    let why = evaluate(&settings, Some(&series), at("08:17:01.260"), AlarmState::Ok).why.unwrap();
    assert_eq!(
        why.reason,
        "Threshold Crossed: 6 datapoints were greater than the threshold (0.0). The most recent \
         datapoints which crossed the threshold: [1.0 (14/09/26 08:15:00), 1.0 (14/09/26 \
         08:14:00), 1.0 (14/09/26 08:13:00), 1.0 (14/09/26 08:12:00), 1.0 (14/09/26 08:11:00)]."
    );
    // 2024-03-16: one of twenty, the others filled.
    let series = count(&[("12:15:00", 613.0, 1.0)]);
    let settings = json!({
        "Period": 60, "EvaluationPeriods": 20, "DatapointsToAlarm": 1, "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching",
    });
    let why = evaluate(&settings, Some(&series), at("12:16:45.770"), AlarmState::Ok).why.unwrap();
    assert_eq!(
        why.reason,
        "Threshold Crossed: 1 out of the last 20 datapoints [613.0 (14/09/26 12:15:00)] was \
         greater than or equal to the threshold (1.0) and 19 missing datapoints were treated as \
         [NonBreaching] (minimum 1 datapoint for OK -> ALARM transition)."
    );
    // 2026-09-05: only what stands in for missing datapoints breaches.
    let series = count(&[("12:15:00", 0.0, 1.0)]);
    let settings = json!({
        "Period": 60, "DatapointsToAlarm": 2, "TreatMissingData": "breaching",
    });
    let why = evaluate(&settings, Some(&series), at("12:16:45.770"), AlarmState::Ok).why.unwrap();
    assert_eq!(
        why.reason,
        "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were \
         treated as [Breaching]."
    );
    // 2026-08-26: the last of a point a minute is nine minutes old when N = 3 notices.
    let series = count(&[("16:02:00", 1.0, 1.0)]);
    let settings = json!({
        "Period": 60, "Threshold": 1.0, "ComparisonOperator": "LessThanThreshold",
        "TreatMissingData": "breaching",
    });
    let state = |time| evaluate(&settings, Some(&series), at(time), AlarmState::Ok).state;
    assert_eq!(state("16:11:41"), AlarmState::Ok);
    assert_eq!(state("16:12:41"), AlarmState::Alarm);
}

/// The page's figures: N = M = 3 and threshold 3; five-minute periods that slide; hourly windows.
#[test]
fn the_pages_own_stories_come_out() {
    let minute = |m: usize| at("10:00:00") + jiff::SignedDuration::from_mins(m as i64);
    let mut series = Series::default();
    for (m, value) in [1.0, 1.0, 4.0, 5.0, 4.0, 2.0, 2.0, 2.0, 4.0].into_iter().enumerate() {
        series.insert(minute(m), StorageResolution::Standard, "None", value, 1.0);
    }
    let settings = json!({
        "Period": 60, "Threshold": 3.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    });
    let mut state = AlarmState::Ok;
    let mut story = Vec::new();
    for m in 3..=9 {
        state = evaluate(&settings, Some(&series), minute(m), state).state;
        story.push(state.as_str());
    }
    assert_eq!(story, ["OK", "OK", "ALARM", "OK", "OK", "OK", "OK"]);

    let evaluator = |settings| Evaluator::of(&alarm(&settings), Assumptions::default()).unwrap();
    let five = evaluator(json!({ "Period": 300, "EvaluationPeriods": 1, "Statistic": "Sum" }));
    let why = five.evaluate(|_| Some(&series), minute(6), AlarmState::Ok).why.unwrap();
    assert_eq!(why.data.recent_datapoints, [Some(16.0)]);

    // A job that runs every hour fails at 10:02 and is mended at 11:43.
    let day = evaluator(json!({
        "Period": 3600, "EvaluationPeriods": 25, "DatapointsToAlarm": 1, "Threshold": 0.0,
        "TreatMissingData": "notBreaching", "Statistic": "Sum",
    }));
    assert_eq!((day.interval(), five.interval()), (3600, 60));
    let mut series = Series::default();
    series.insert(at("10:02:00"), StorageResolution::Standard, "None", 1.0, 1.0);
    let state = |time| day.evaluate(|_| Some(&series), at(time), AlarmState::Ok).state;
    assert_eq!((state("10:03:00"), state("11:03:00")), (AlarmState::Ok, AlarmState::Alarm));
}

#[test]
fn evaluations_come_at_a_fixed_phase() {
    let evaluator = |settings| Evaluator::of(&alarm(&settings), Assumptions::default()).unwrap();
    let phase = jiff::SignedDuration::from_millis(7_550);
    let ten = evaluator(json!({}));
    assert_eq!(ten.next_after(at("05:42:58.775"), phase), at("05:43:07.550"));
    assert_eq!(ten.next_after(at("05:43:07.550"), phase), at("05:43:17.550"));
    assert_eq!(ten.next_after(at("05:43:07.549"), phase), at("05:43:07.550"));
    let minute = evaluator(json!({ "Period": 60 }));
    assert_eq!(minute.next_after(at("05:42:58.775"), phase), at("05:43:07.550"));
    assert_eq!(minute.next_after(at("05:43:07.550"), phase), at("05:44:07.550"));
    let hour = evaluator(json!({ "Period": 86_400 }));
    assert_eq!(hour.next_after(at("05:43:07.550"), phase), at("06:00:07.550"));
}

#[test]
fn periods_of_a_wall_clock_begin_at_full_hours_days_and_weeks() {
    let starts = |period: i64, timezone: Option<&str>| {
        let settings = json!({
            "Period": period, "EvaluationPeriods": 1,
            "EvaluationWindow": { "WallClockWindow": { "Timezone": timezone } },
        });
        let why = evaluate(&settings, None, at("09:02:33"), AlarmState::Ok).why.unwrap();
        why.data.evaluated_datapoints[0].timestamp.to_string()
    };
    assert_eq!(starts(60, None), "2026-09-14T09:01:00Z");
    assert_eq!(starts(300, None), "2026-09-14T08:55:00Z");
    assert_eq!(starts(3600, Some("UTC")), "2026-09-14T08:00:00Z");
    assert_eq!(starts(3600, Some("+05:30")), "2026-09-14T07:30:00Z");
    assert_eq!(starts(86_400, Some("UTC-02:00")), "2026-09-13T02:00:00Z");
    // 2026-09-14 is a Monday.
    assert_eq!(starts(604_800, None), "2026-09-07T00:00:00Z");
    let zone = json!({
        "EvaluationWindow": { "WallClockWindow": { "Timezone": "America/New_York" } },
    });
    let unclear = Evaluator::of(&alarm(&zone), Assumptions::default()).unwrap_err();
    assert_eq!(
        unclear.to_string(),
        "alarm a goes by the clock of America/New_York, whose offset is not known here"
    );
    let sliding = json!({ "EvaluationWindow": { "SlidingWindow": {} } });
    assert!(Evaluator::of(&alarm(&sliding), Assumptions::default()).is_ok());
}

#[test]
fn a_unit_hides_samples_of_other_units() {
    let mut series = Series::default();
    series.insert(at("10:00:00"), StorageResolution::Standard, "Count", 100.0, 1.0);
    let state = |unit: Value| {
        let settings = json!({ "Period": 60, "EvaluationPeriods": 1, "Unit": unit });
        evaluate(&settings, Some(&series), at("10:01:00"), AlarmState::Ok).state
    };
    assert_eq!(state(json!("Count")), AlarmState::Alarm);
    assert_eq!(state(Value::Null), AlarmState::Alarm);
    assert_eq!(state(json!("Seconds")), AlarmState::InsufficientData);
    assert_eq!(series.units(), ["Count"]);
}

#[test]
fn a_percentile_of_too_few_samples_keeps_the_state_if_the_alarm_says_so() {
    let state = |count: f64, low: &str| {
        let mut series = Series::default();
        series.insert(at("10:00:00"), StorageResolution::Standard, "None", 100.0, count);
        let settings = json!({
            "Period": 60, "EvaluationPeriods": 1, "ExtendedStatistic": "p90",
            "EvaluateLowSampleCountPercentile": low,
        });
        let found = evaluate(&settings, Some(&series), at("10:01:00"), AlarmState::Ok);
        (found.state, found.why.is_some())
    };
    assert_eq!(state(99.0, "ignore"), (AlarmState::Ok, false));
    assert_eq!(state(100.0, "ignore"), (AlarmState::Alarm, true));
    assert_eq!(state(1.0, "evaluate"), (AlarmState::Alarm, true));
}

#[test]
fn math_computes_period_by_period() {
    let metrics = |expression: &str| {
        let metric = |id: &str, name: &str| {
            json!({ "Id": id, "ReturnData": false, "MetricStat": {
                "Metric": { "Namespace": "N", "MetricName": name }, "Period": 60, "Stat": "Sum"
            } })
        };
        json!([
            metric("m1", "errors"),
            metric("m2", "calls"),
            { "Id": "e1", "Expression": "m1 / m2", "ReturnData": false },
            { "Id": "e2", "Expression": expression },
        ])
    };
    let mut errors = Series::default();
    let mut calls = Series::default();
    for (minute, error, call) in [("10:00:00", 1.0, 4.0), ("10:01:00", 2.0, 0.0)] {
        errors.insert(at(minute), StorageResolution::Standard, "None", error, 1.0);
        calls.insert(at(minute), StorageResolution::Standard, "None", call, 1.0);
    }
    errors.insert(at("10:02:00"), StorageResolution::Standard, "None", 7.0, 1.0);
    let value = |expression: &str| {
        let settings = json!({ "Metrics": metrics(expression), "Threshold": 5.0, "Period": null });
        let evaluator = Evaluator::of(&alarm(&settings), Assumptions::default()).ok()?;
        let samples = |metric: &Metric| match metric.metric_name.as_deref() {
            Some("errors") => Some(&errors),
            _ => Some(&calls),
        };
        let found = evaluator.evaluate(samples, at("10:03:00"), AlarmState::Ok);
        Some(found.why?.data.recent_datapoints)
    };
    assert_eq!(value("100 * e1"), Some(vec![Some(25.0)]), "x/0 and missing are missing");
    assert_eq!(value("-(m1 - m2) * 2 / 4"), Some(vec![Some(1.5), Some(-1.0)]));
    assert_eq!(value("m1"), Some(vec![Some(1.0), Some(2.0), Some(7.0)]));
    assert_eq!(value("m1 + 1.5 - m1"), Some(vec![Some(1.5); 3]));
    for refused in ["FILL(m1, 0)", "m1 +", "(m1", "m3", "1", "e2", "m1 m2", "1..2 + m1", "é", ""] {
        assert_eq!(value(refused), None, "{refused}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_said() {
    let metric = |id: &str, period: i64, stat: &str| {
        json!({ "Id": id, "ReturnData": id == "m9", "MetricStat": {
            "Metric": { "Namespace": "N", "MetricName": "m" }, "Period": period, "Stat": stat
        } })
    };
    let math = |of: Value| json!({ "Metrics": of, "Period": null });
    let sum = json!({ "Id": "e", "Expression": "m1 + m2" });
    let rows = [
        (json!({ "Period": 45 }), "has a Period that AWS does not take"),
        (json!({ "Period": null }), "has no Period"),
        (json!({ "ExtendedStatistic": "tm90" }), "uses the statistic tm90"),
        (
            json!({ "ComparisonOperator": "LessThanLowerThreshold" }),
            "compares with a band \
            (LessThanLowerThreshold)",
        ),
        (
            math(json!([metric("m1", 60, "Sum"), metric("m2", 60, "Sum")])),
            "does not return one of \
            its Metrics",
        ),
        (math(json!([metric("m1", 60, "IQM")])), "uses the statistic IQM"),
        (
            math(json!([metric("m1", 60, "Sum"), metric("m2", 300, "Sum"), sum])),
            "computes its \
            value of metrics with different periods",
        ),
        (
            math(json!([metric("m1", 60, "Sum"), { "Id": "e", "Expression": "RATE(m1)" }])),
            "computes its value with RATE(m1)",
        ),
    ];
    for (settings, says) in rows {
        let unclear = Evaluator::of(&alarm(&settings), Assumptions::default()).unwrap_err();
        assert_eq!(unclear.to_string(), format!("alarm a {says}"));
    }
    // One metric among the queries is returned: no math.
    let one = math(json!([metric("m1", 60, "IQM"), metric("m9", 60, "Sum")]));
    assert!(Evaluator::of(&alarm(&one), Assumptions::default()).is_err());
    let one = math(json!([metric("m1", 300, "Sum"), metric("m9", 60, "Sum")]));
    let evaluator = Evaluator::of(&alarm(&one), Assumptions::default()).unwrap();
    assert_eq!((evaluator.interval(), evaluator.metrics().count()), (60, 1));
}
