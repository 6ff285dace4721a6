//! What becomes of reads, played through alarms.

use jiff::Timestamp;
use proptest::prelude::*;

use super::super::*;
use super::healthy_alarm;
use crate::snapshot::{EvaluationWindow, Metric, MetricAlarm, MetricDataQuery};

fn alarm(n: i32, m: i32, treated: &str) -> MetricAlarm {
    let mut alarm = healthy_alarm();
    alarm.evaluation_periods = Some(n);
    alarm.datapoints_to_alarm = Some(m);
    alarm.treat_missing_data = Some(treated.to_owned());
    alarm
}

fn feed(other: Option<f64>, events: f64) -> Feed {
    let alarm = healthy_alarm();
    let metric = Metric {
        namespace: alarm.namespace,
        metric_name: alarm.metric_name,
        dimensions: Vec::new(),
    };
    let company = 0.0;
    let read = Some(1.0);
    Feed { metric, unit: None, sees_reads: true, read, other, events, company, steady: true }
}

fn played(alarm: &MetricAlarm, other: Option<f64>, reads: Reads) -> Rehearsed {
    rehearse(alarm, &[feed(other, 40.0)], reads).unwrap()
}

#[test]
fn what_becomes_of_one_read() {
    let rows = [
        // N, M, treated, without a default: fires, recovers; with one: fires, recovers
        (1, 1, "missing", (true, true), (true, true)),
        (1, 1, "ignore", (true, false), (true, true)),
        (1, 1, "breaching", (false, false), (true, true)),
        (1, 1, "notBreaching", (true, true), (true, true)),
        (3, 1, "notBreaching", (true, true), (true, true)),
        (3, 1, "missing", (true, true), (true, true)),
        (2, 2, "missing", (true, true), (false, true)),
        (3, 3, "missing", (true, true), (false, true)),
        (3, 2, "ignore", (false, true), (false, true)),
        (3, 3, "notBreaching", (false, true), (false, true)),
        (240, 240, "missing", (true, true), (false, true)),
        (240, 240, "notBreaching", (false, true), (false, true)),
        (1_440, 1, "notBreaching", (true, true), (true, true)),
    ];
    for (n, m, treated, alone, among) in rows {
        for (other, (fires, recovers)) in [(None, alone), (Some(0.0), among)] {
            let played = played(&alarm(n, m, treated), other, Reads::One);
            let expected = (Some(fires), Some(recovers));
            assert_eq!((played.fires, played.recovers), expected, "{m} of {n} {treated} {other:?}");
        }
    }
}

#[test]
fn two_reads_and_a_burst_reach_what_one_does_not() {
    let fires = |alarm: &MetricAlarm| {
        let all = [Reads::One, Reads::TwoAMinuteApart, Reads::Burst];
        all.map(|reads| played(alarm, Some(0.0), reads).fires.unwrap())
    };
    assert_eq!(fires(&alarm(1, 1, "notBreaching")), [true, true, true]);
    assert_eq!(fires(&alarm(2, 2, "notBreaching")), [false, true, false]);
    assert_eq!(fires(&alarm(3, 3, "notBreaching")), [false, false, false]);
    let mut five = alarm(1, 1, "notBreaching");
    five.threshold = Some(5.0);
    assert_eq!(fires(&five), [false, false, true]);
    let mut two_in_five_minutes = alarm(1, 1, "notBreaching");
    (two_in_five_minutes.threshold, two_in_five_minutes.period) = (Some(2.0), Some(300));
    assert_eq!(fires(&two_in_five_minutes), [false, true, true]);
}

#[test]
fn reads_in_one_window_are_told_once() {
    let times = |alarm: &MetricAlarm| played(alarm, Some(0.0), Reads::TwoAMinuteApart).times;
    let mut five_minutes = alarm(1, 1, "notBreaching");
    five_minutes.period = Some(300);
    assert_eq!(times(&alarm(1, 1, "notBreaching")), Some(1));
    assert_eq!(times(&five_minutes), Some(1));
    // Without other datapoints the only one counts for three periods, or as published.
    let sparse = played(&alarm(1, 1, "notBreaching"), None, Reads::One);
    assert_eq!((sparse.stays, sparse.times), (Some(180), Some(1)));
    let among = played(&alarm(1, 1, "notBreaching"), Some(0.0), Reads::One);
    assert_eq!(among.stays, Some(60));
}

#[test]
fn it_fires_as_late_as_its_window_lets_it() {
    let after = |alarm: &MetricAlarm, other| played(alarm, other, Reads::One).after.unwrap();
    assert_eq!(after(&alarm(1, 1, "notBreaching"), Some(0.0)), (0, 180));
    // A window of five minutes slides by one.
    let mut slides = alarm(1, 1, "notBreaching");
    slides.period = Some(300);
    assert_eq!(after(&slides, Some(0.0)), (0, 180));
    // That of the clock does not.
    slides.evaluation_window = Some(EvaluationWindow::WallClockWindow { timezone: None });
    assert_eq!(after(&slides, Some(0.0)), (0, 420));
    // All it has breaches, and is as old as M: two periods later.
    assert_eq!(after(&alarm(3, 3, "missing"), None), (120, 300));
    // More than a day is looked at once an hour, up to the full hour.
    let mut days = alarm(2, 1, "notBreaching");
    days.period = Some(86_400);
    let played = played(&days, Some(0.0), Reads::One);
    assert_eq!(played.fires, Some(true));
    assert_eq!(played.after, Some((0, 2 * 3_600 + 60)));
}

#[test]
fn periods_below_a_minute_see_one_slot_of_each() {
    let fires = |period: i32, (n, m): (i32, i32), treated: &str, other| {
        let mut alarm = alarm(n, m, treated);
        alarm.period = Some(period);
        played(&alarm, other, Reads::One).fires
    };
    // Whether the slot is still in sight depends on when its sample can be seen.
    assert_eq!(fires(10, (1, 1), "notBreaching", Some(0.0)), None);
    assert_eq!(fires(10, (1, 1), "notBreaching", None), None);
    // Three slots of one sample a minute: never.
    assert_eq!(fires(10, (3, 3), "notBreaching", Some(0.0)), Some(false));
    assert_eq!(fires(30, (3, 3), "notBreaching", None), Some(false));
    // A window of ten minutes has it in sight however late it comes.
    assert_eq!(fires(10, (60, 1), "notBreaching", Some(0.0)), Some(true));
    let mut long = alarm(8_640, 1, "missing");
    long.period = Some(10);
    let unclear = rehearse(&long, &[feed(None, 40.0)], Reads::One).unwrap_err();
    assert!(unclear.0.contains("less than a minute"), "{unclear}");
}

#[test]
fn every_filter_that_feeds_the_metric_counts() {
    let mut average = alarm(1, 1, "notBreaching");
    average.statistic = Some("Average".to_owned());
    let fires = |feeds: &[Feed]| rehearse(&average, feeds, Reads::One).unwrap().fires;
    let own = feed(None, 40.0);
    let another = |sees_reads, other, events| {
        let own = own.clone();
        Feed { sees_reads, read: other, other, events, ..own }
    };
    assert_eq!(fires(std::slice::from_ref(&own)), Some(true));
    assert_eq!(fires(&[own.clone(), another(true, Some(0.0), 40.0)]), Some(false));
    assert_eq!(fires(&[own.clone(), another(false, Some(0.0), 3.0)]), Some(false));
    // It adds samples of another unit, which the alarm does not look at.
    let mut unit = average.clone();
    unit.unit = Some("None".to_owned());
    let bytes = Feed { unit: Some("Bytes".to_owned()), ..another(true, Some(0.0), 40.0) };
    assert_eq!(rehearse(&unit, &[own.clone(), bytes], Reads::One).unwrap().fires, Some(true));
    // One that counts everything keeps the alarm in ALARM.
    let stuck = rehearse(
        &alarm(1, 1, "notBreaching"),
        &[own.clone(), another(false, Some(1.0), 3.0)],
        Reads::One,
    );
    let stuck = stuck.unwrap();
    assert_eq!((stuck.rests, stuck.fires), (Some(AlarmState::Alarm), Some(false)));
}

#[test]
fn metric_math_is_played_too() {
    let mut alarm = alarm(1, 1, "notBreaching");
    alarm.metrics = serde_json::from_value::<Vec<MetricDataQuery>>(serde_json::json!([
        { "Id": "e1", "Expression": "m1 * 100", "ReturnData": true },
        { "Id": "m1", "ReturnData": false, "MetricStat": {
            "Metric": { "Namespace": "SecurityMetrics", "MetricName": "SecretIsAccessed" },
            "Period": 60, "Stat": "Sum",
        } },
    ]))
    .unwrap();
    (alarm.metric_name, alarm.namespace, alarm.statistic, alarm.period) = (None, None, None, None);
    alarm.threshold = Some(100.0);
    let found = played(&alarm, Some(0.0), Reads::One);
    assert_eq!((found.fires, found.after), (Some(true), Some((0, 120))));
    alarm.threshold = Some(101.0);
    assert_eq!(played(&alarm, Some(0.0), Reads::One).fires, Some(false));
    assert_eq!(played(&alarm, Some(0.0), Reads::Burst).fires, Some(true));
    let evaluator = Evaluator::of(&alarm, Assumptions::default()).unwrap();
    let value = |statistic| evaluator.value(|_| Samples::of([(1.0, 1.0), (0.0, 39.0)]), statistic);
    assert_eq!(value(None), StatisticValue::Known(100.0));
    assert_eq!(value(Some(Statistic::Average)), StatisticValue::Known(2.5));
}

/// Minute by minute, with every sample where it belongs: nothing is left out.
fn minute_by_minute(
    alarm: &MetricAlarm,
    range: EvaluationRange,
    feed: &Feed,
    reads: Reads,
) -> (AlarmState, Option<i64>, u32, bool) {
    let assumptions = Assumptions { evaluation_range: range, newest_period: NewestPeriod::Ended };
    let evaluator = Evaluator::of(alarm, assumptions).unwrap();
    let second = |minute: i64| Timestamp::from_second(1_800_000_000 + minute * 60).unwrap();
    let read_in = |minute: i64| match (reads, minute) {
        (Reads::One | Reads::TwoAMinuteApart, 0) | (Reads::TwoAMinuteApart, 1) => 1.0,
        (Reads::Burst, 0) => f64::from(BURST),
        _ => 0.0,
    };
    let mut series = Series::default();
    let mut put = |minute, value, count| {
        series.insert(second(minute), StorageResolution::Standard, "None", value, count);
    };
    for minute in -200..200 {
        put(minute, 1.0, read_in(minute));
        if let Some(other) = feed.other {
            put(minute, other, feed.events - read_in(minute));
        }
    }
    let evaluate = |minute, old| evaluator.evaluate(|_| Some(&series), second(minute), old).state;
    let rests = evaluate(0, evaluate(0, AlarmState::Ok));
    let (mut state, mut fired, mut times) = (rests, None, 0);
    for minute in 1..=100 {
        let next = evaluate(minute, state);
        if next == AlarmState::Alarm && state != AlarmState::Alarm {
            fired = fired.or(Some(minute).filter(|_| rests != AlarmState::Alarm));
            times += 1;
        }
        state = next;
    }
    (rests, fired, times, state != AlarmState::Alarm)
}

proptest! {
    /// What is skipped on the way changes nothing.
    #[test]
    fn a_rehearsal_is_what_happens_minute_by_minute(
        n in 1_i32..7, m in 1_i32..7, period in prop::sample::select(vec![60, 120, 300]),
        treated in prop::sample::select(vec!["missing", "ignore", "breaching", "notBreaching"]),
        statistic in prop::sample::select(vec!["Sum", "Average", "Maximum", "Minimum", "SampleCount"]),
        threshold in prop::sample::select(vec![0.0, 0.02, 1.0, 2.0, 12.0, 41.0]),
        operator in prop::sample::select(vec![
            "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
        ]),
        other in prop::option::of(Just(0.0)),
        reads in prop::sample::select(vec![Reads::One, Reads::TwoAMinuteApart, Reads::Burst]),
    ) {
        prop_assume!(m <= n);
        // A second read in the same period is counted on top of the usual events: only there does
        // their number differ by one.
        prop_assume!(!(reads == Reads::TwoAMinuteApart && period > 60
            && (statistic == "Average" || statistic == "SampleCount")));
        let mut alarm = alarm(n, m, treated);
        alarm.period = Some(period);
        alarm.statistic = Some(statistic.to_owned());
        alarm.threshold = Some(threshold);
        alarm.comparison_operator = Some(operator.to_owned());
        let feed = feed(other, 40.0);
        let found = rehearse(&alarm, std::slice::from_ref(&feed), reads).unwrap();
        let runs = EvaluationRange::ALL.iter();
        let runs = runs.map(|range| minute_by_minute(&alarm, *range, &feed, reads));
        let runs: Vec<_> = runs.collect();
        let [a, b] = runs.as_slice() else { panic!() };
        prop_assert_eq!(found.rests, (a.0 == b.0).then_some(a.0));
        prop_assert_eq!(found.fires, (a.1.is_some() == b.1.is_some()).then_some(a.1.is_some()));
        prop_assert_eq!(found.times, (a.2 == b.2).then_some(a.2));
        prop_assert_eq!(found.recovers, (a.3 == b.3).then_some(a.3));
        let soonest = [a.1, b.1].into_iter().flatten().min().map(|minute| (minute - 1) * 60);
        prop_assert_eq!(found.after.map(|(least, _)| least), soonest);
    }
}
