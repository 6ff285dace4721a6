//! A second evaluator, written apart from the first: slot by slot, from AWS's pages and the
//! captures. It shares no code with the engine. Both must agree, word for word, on generated alarms.

use jiff::Timestamp;
use serde_json::json;

use super::super::*;

struct NaiveAlarm {
    period: i64,
    n: usize,
    m: Option<usize>,
    treat: &'static str,
    operator: &'static str,
    threshold: f64,
    statistic: &'static str,
    unit: Option<&'static str>,
    low: &'static str,
    wall_clock: Option<i64>,
    /// Twice the metric and one more, as metric math.
    math: bool,
    range: EvaluationRange,
    newest: NewestPeriod,
}

#[derive(Clone, Copy)]
struct NaiveSample {
    second: i64,
    unit: &'static str,
    value: f64,
    count: u32,
}

/// State, reason, reason data; the last two empty where the state is kept.
fn naive(alarm: &NaiveAlarm, samples: &[NaiveSample], query: i64, old: &str) -> [String; 3] {
    let kept = [old.to_owned(), String::new(), String::new()];
    let m = alarm.m.unwrap_or(alarm.n);

    // Where does the newest slot end?
    let wait = match alarm.period {
        _ if alarm.math => 0,
        10 | 20 | 30 => 10,
        _ => match alarm.newest {
            NewestPeriod::Ended => 0,
            NewestPeriod::EndedTenSecondsAgo => 10,
            NewestPeriod::EndedAMinuteAgo => 60,
        },
    };
    let every = match alarm.period {
        10 | 20 | 30 => 10,
        period if period * alarm.n as i64 > 86_400 => 3600,
        _ => 60,
    };
    let mut end = query - wait;
    while end % every != 0 {
        end -= 1;
    }
    if let Some(ahead) = alarm.wall_clock {
        while (end + ahead) % alarm.period != 0 {
            end -= every.min(300);
        }
    }

    // One slot after the other, newest first.
    let slots = match (alarm.period, alarm.range) {
        (10 | 20 | 30, _) | (_, EvaluationRange::ThreeTimes) => 3 * alarm.n,
        (_, EvaluationRange::TwoMore) => alarm.n + 2,
    };
    let mut values: Vec<Option<(f64, f64)>> = Vec::new();
    let mut starts = Vec::new();
    for slot in 0..slots {
        let to = end - slot as i64 * alarm.period;
        let from = to - alarm.period;
        let mut all = Vec::new();
        for sample in samples {
            let fits = alarm.unit.is_none_or(|unit| unit == sample.unit);
            if fits && sample.second >= from && sample.second < to {
                all.extend(std::iter::repeat_n(sample.value, sample.count as usize));
            }
        }
        starts.push(from);
        let value = statistic(alarm.statistic, all);
        values.push(match alarm.math {
            true => value.map(|(value, count)| (2.0 * value + 1.0, count)),
            false => value,
        });
    }

    // At most N of those that hold data; the rest does not matter.
    let mut left = alarm.n;
    let mut considered: Vec<Option<(f64, f64)>> = values.clone();
    for value in &mut considered {
        if value.is_some() && left == 0 {
            *value = None;
        } else if value.is_some() {
            left -= 1;
        }
    }
    let filled = left;
    let breaches = |value: f64| match alarm.operator {
        "GreaterThanThreshold" => value > alarm.threshold,
        "GreaterThanOrEqualToThreshold" => value >= alarm.threshold,
        "LessThanThreshold" => value < alarm.threshold,
        _ => value <= alarm.threshold,
    };
    let real: Vec<(usize, f64)> = considered
        .iter()
        .enumerate()
        .filter_map(|(slot, value)| value.map(|(value, _)| (slot, value)))
        .collect();
    let bad = real.iter().filter(|(_, value)| breaches(*value)).count();
    if alarm.low == "ignore" && alarm.statistic == "p90" && !alarm.math {
        let low = |value: &Option<(f64, f64)>| value.is_some_and(|(_, count)| count < 100.0);
        if considered.iter().any(low) {
            return kept;
        }
    }

    // The page's rules.
    let state = if bad >= m {
        "ALARM"
    } else if filled == 0 || alarm.treat == "notBreaching" {
        "OK"
    } else if alarm.treat == "breaching" {
        if bad + filled >= m { "ALARM" } else { "OK" }
    } else if real.len() > bad {
        "OK"
    } else if alarm.treat == "ignore" {
        return kept;
    } else if real.is_empty() {
        "INSUFFICIENT_DATA"
    } else if real.last().unwrap().0 + 1 >= m {
        "ALARM"
    } else {
        return kept;
    };

    // What is written about it.
    let agreeing: Vec<(usize, f64)> = real
        .iter()
        .copied()
        .filter(|(_, value)| state != "INSUFFICIENT_DATA" && breaches(*value) == (state == "ALARM"))
        .collect();
    let takes = match state {
        "ALARM" => m,
        "OK" => alarm.n - m + 1,
        _ => alarm.n,
    };
    let s = |count: usize| if count == 1 { "" } else { "s" };
    let was = |count: usize| if count == 1 { "was" } else { "were" };
    let instead = match alarm.treat {
        "breaching" if filled > 0 => {
            format!(
                " and {filled} missing datapoint{} {} treated as [Breaching]",
                s(filled),
                was(filled)
            )
        }
        "notBreaching" if filled > 0 => {
            format!(
                " and {filled} missing datapoint{} {} treated as [NonBreaching]",
                s(filled),
                was(filled)
            )
        }
        _ => String::new(),
    };
    let n = alarm.n;
    let reason = if state == "INSUFFICIENT_DATA" {
        format!("Insufficient Data: {n} datapoint{} {} unknown.", s(n), was(n))
    } else if agreeing.is_empty() {
        let received = match real.len() {
            0 => "no datapoints were".to_owned(),
            1 => "1 datapoint was".to_owned(),
            many => format!("{many} datapoints were"),
        };
        format!("Threshold Crossed: {received} received for {n} period{}{instead}.", s(n))
    } else {
        let count = agreeing.len();
        let mut text = "Threshold Crossed: ".to_owned();
        if alarm.m.is_some() {
            text += &format!("{count} out of the last {n} datapoints");
        } else {
            text += &format!("{count} datapoint{}", s(count));
        }
        let mut list = Vec::new();
        for (slot, value) in agreeing.iter().take(5) {
            let at = Timestamp::from_second(starts[*slot]).unwrap().strftime("%d/%m/%y %T");
            list.push(format!("{value:?} ({at})"));
        }
        let list = list.join(", ");
        if count < 5 {
            text += &format!(" [{list}]");
        }
        text += &format!(" {}", was(count));
        if state == "OK" {
            text += " not";
        }
        text += match alarm.operator {
            "GreaterThanThreshold" => " greater than",
            "GreaterThanOrEqualToThreshold" => " greater than or equal to",
            "LessThanThreshold" => " less than",
            _ => " less than or equal to",
        };
        text += &format!(" the threshold ({:?}){instead}", alarm.threshold);
        if count >= 5 {
            text += &format!(". The most recent datapoints which crossed the threshold: [{list}]");
        }
        if alarm.m.is_some() {
            let way = if state == "OK" { "ALARM -> OK" } else { "OK -> ALARM" };
            text += &format!(" (minimum {takes} datapoint{} for {way} transition)", s(takes));
        }
        text + "."
    };

    // Slots that decided: first those with data, then empty ones that count for the state.
    let mut decided: Vec<usize> = agreeing.iter().map(|(slot, _)| *slot).take(takes).collect();
    let empty_counts = match (alarm.treat, state) {
        ("breaching", "OK") | ("notBreaching", "ALARM") => false,
        _ => filled > 0,
    };
    let mut fillers = filled;
    for (slot, value) in values.iter().enumerate() {
        if empty_counts && value.is_none() && decided.len() < takes && fillers > 0 {
            decided.push(slot);
            fillers -= 1;
        }
    }
    decided.sort_unstable();
    let time = |second: i64| {
        let at = Timestamp::from_second(second).unwrap();
        format!("{}.000+0000", at.strftime("%Y-%m-%dT%H:%M:%S"))
    };
    let evaluated: Vec<String> = decided
        .iter()
        .map(|slot| match considered[*slot] {
            Some((value, _)) if alarm.math => {
                format!(r#"{{"timestamp":"{}","value":{value:?}}}"#, time(starts[*slot]))
            }
            Some((value, count)) => format!(
                r#"{{"timestamp":"{}","sampleCount":{count:?},"value":{value:?}}}"#,
                time(starts[*slot])
            ),
            None => format!(r#"{{"timestamp":"{}"}}"#, time(starts[*slot])),
        })
        .collect();
    let mut recent = Vec::new();
    if let (Some((newest, _)), Some((oldest, _))) = (real.first(), real.last()) {
        for slot in (*newest..=*oldest).rev() {
            recent.push(
                considered[slot].map_or("null".to_owned(), |(value, _)| format!("{value:?}")),
            );
        }
    }
    let start = real
        .last()
        .map_or(String::new(), |(slot, _)| format!(r#""startDate":"{}","#, time(starts[*slot])));
    let unit = alarm.unit.map_or(String::new(), |unit| format!(r#""unit":"{unit}","#));
    let of_metric = match alarm.math {
        true => String::new(),
        false => format!(r#"{unit}"statistic":"{}","#, alarm.statistic),
    };
    let data = format!(
        r#"{{"version":"1.0","queryDate":"{}",{start}{of_metric}"period":{},"recentDatapoints":[{}],"threshold":{:?},"evaluatedDatapoints":[{}]}}"#,
        time(query),
        alarm.period,
        recent.join(","),
        alarm.threshold,
        evaluated.join(","),
    );
    [state.to_owned(), reason, data]
}

/// The value and how many samples it is of. Percentiles here are of equal samples only.
fn statistic(name: &str, mut all: Vec<f64>) -> Option<(f64, f64)> {
    if all.is_empty() {
        return None;
    }
    let count = all.len() as f64;
    all.sort_by(f64::total_cmp);
    let sum: f64 = all.iter().sum();
    let value = match name {
        "Sum" => sum,
        "Average" => sum / count,
        "Minimum" => all[0],
        "Maximum" | "p100" => all[all.len() - 1],
        "SampleCount" => count,
        "p90" => {
            // On the straight line between the two samples around it.
            let place = 0.9 * (count - 1.0);
            let below = place.floor();
            let (low, high) = (all[below as usize], all[place.ceil() as usize]);
            low + (high - low) * (place - below)
        }
        other => panic!("{other}"),
    };
    Some((value, count))
}

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

fn any_alarm(dice: &mut Dice) -> NaiveAlarm {
    let period = dice.one(&[10, 20, 30, 60, 60, 60, 120, 300, 3600, 21_600]);
    let n = 1 + dice.below(8) as usize;
    let wall_clock = [60, 300, 3600].contains(&period) && dice.below(4) == 0;
    NaiveAlarm {
        period,
        n,
        m: dice.one(&[true, false]).then(|| 1 + dice.below(n as u64) as usize),
        treat: dice.one(&["missing", "ignore", "breaching", "notBreaching"]),
        operator: dice.one(&[
            "GreaterThanThreshold",
            "GreaterThanOrEqualToThreshold",
            "LessThanThreshold",
            "LessThanOrEqualToThreshold",
        ]),
        threshold: dice.one(&[0.0, 1.0, 1.5, 2.0, 50.0]),
        statistic: dice.one(&[
            "Sum",
            "Average",
            "Minimum",
            "Maximum",
            "SampleCount",
            "p90",
            "p100",
        ]),
        unit: dice.one(&[None, None, Some("Count"), Some("None")]),
        low: dice.one(&["evaluate", "ignore"]),
        math: dice.below(4) == 0,
        wall_clock: wall_clock.then(|| dice.one(&[0, 19_800, -7_200, 3_600])),
        range: dice.one(EvaluationRange::ALL),
        newest: dice.one(NewestPeriod::ALL),
    }
}

fn settings(alarm: &NaiveAlarm) -> serde_json::Value {
    let mut settings = json!({
        "Period": alarm.period,
        "EvaluationPeriods": alarm.n,
        "DatapointsToAlarm": alarm.m,
        "TreatMissingData": alarm.treat,
        "ComparisonOperator": alarm.operator,
        "Threshold": alarm.threshold,
        "Unit": alarm.unit,
        "EvaluateLowSampleCountPercentile": alarm.low,
    });
    let name = if alarm.statistic.starts_with('p') { "ExtendedStatistic" } else { "Statistic" };
    settings[name] = json!(alarm.statistic);
    if alarm.math {
        settings["Metrics"] = json!([
            { "Id": "m1", "ReturnData": false, "MetricStat": {
                "Metric": { "Namespace": "N", "MetricName": "m" },
                "Period": alarm.period, "Stat": alarm.statistic, "Unit": alarm.unit,
            } },
            { "Id": "e1", "Expression": "m1 * 2 + 1" },
        ]);
    }
    if let Some(ahead) = alarm.wall_clock {
        let (sign, size) = if ahead < 0 { ('-', -ahead) } else { ('+', ahead) };
        let zone = format!("{sign}{:02}:{:02}", size / 3600, size / 60 % 60);
        settings["EvaluationWindow"] = json!({ "WallClockWindow": { "Timezone": zone } });
    }
    settings
}

const QUERY: i64 = 1_789_348_551;
const CASES: u64 = 12_000;

#[test]
fn a_second_evaluator_agrees_word_for_word() {
    let mut dice = Dice(20_260_914);
    let mut seen = std::collections::BTreeMap::new();
    for case in 0..CASES {
        let alarm = any_alarm(&mut dice);
        let query = QUERY + dice.below(100_000) as i64;
        let (few, mixed) = (dice.below(3) == 0, dice.below(4) == 0);
        let mut samples = Vec::new();
        for back in 0..3 * alarm.n as i64 + 3 {
            for _ in 0..dice.below(if few { 2 } else { 3 }) {
                let second = query - back * alarm.period - dice.below(alarm.period as u64) as i64;
                samples.push(NaiveSample {
                    second: if alarm.period < 60 { second } else { second - second.rem_euclid(60) },
                    unit: if mixed { dice.one(&["Count", "None"]) } else { "Count" },
                    value: dice.one(&[0.0, 0.5, 1.0, 2.0, 100.0]),
                    count: dice.one(&[1, 1, 1, 3, 120]),
                });
            }
        }
        let mut series = Series::default();
        for sample in &samples {
            let at = Timestamp::from_second(sample.second).unwrap();
            let count = f64::from(sample.count);
            series.insert(at, StorageResolution::High, sample.unit, sample.value, count);
        }
        let old = dice.one(&["OK", "ALARM", "INSUFFICIENT_DATA"]);
        let expected = naive(&alarm, &samples, query, old);

        let settings = settings(&alarm);
        let assumptions =
            Assumptions { evaluation_range: alarm.range, newest_period: alarm.newest };
        let evaluator = Evaluator::of(&super::captured::alarm(&settings), assumptions).unwrap();
        let at = Timestamp::from_second(query).unwrap();
        let found = evaluator.evaluate(|_| Some(&series), at, old.parse().unwrap());
        let (reason, data) = match &found.why {
            Some(why) => (why.reason.clone(), why.data.to_json()),
            None => (String::new(), String::new()),
        };
        let found = [found.state.as_str().to_owned(), reason, data];
        assert_eq!(found, expected, "case {case}: {settings}");
        *seen.entry((alarm.treat, found[0].clone(), found[1].is_empty())).or_insert(0) += 1;

        // What may be forgotten does not matter.
        let horizon = Timestamp::from_second(query - evaluator.looks_back()).unwrap();
        let mut shorter = series.clone();
        shorter.forget_before(horizon);
        let again = evaluator.evaluate(|_| Some(&shorter), at, old.parse().unwrap());
        assert_eq!(again.why.map_or(String::new(), |why| why.data.to_json()), found[2]);
    }
    // Every way out is taken: 4 x (OK, ALARM), INSUFFICIENT_DATA, and states that are kept.
    for treat in ["missing", "ignore", "breaching", "notBreaching"] {
        for state in ["OK", "ALARM"] {
            let times = seen.get(&(treat, state.to_owned(), false)).copied().unwrap_or(0);
            assert!(times > 100, "{treat} {state}: {times} of {seen:?}");
        }
    }
    for (treat, state, kept) in [("missing", "INSUFFICIENT_DATA", false), ("ignore", "OK", true)] {
        assert!(seen[&(treat, state.to_owned(), kept)] > 50, "{seen:?}");
    }
}

#[test]
fn hostile_numbers_do_not_panic() {
    let numbers = [
        json!(i32::MIN),
        json!(-1),
        json!(0),
        json!(1),
        json!(7),
        json!(10),
        json!(60),
        json!(10_080),
        json!(604_800),
        json!(i32::MAX),
        json!(null),
    ];
    let mut series = Series::default();
    for (at, value, count) in [
        (Timestamp::MIN, f64::MAX, 1.0),
        (Timestamp::MAX, f64::MAX, 1e300),
        (Timestamp::UNIX_EPOCH, -f64::MAX, f64::MAX),
        (Timestamp::UNIX_EPOCH, f64::MAX, f64::MAX),
        (Timestamp::UNIX_EPOCH, f64::MIN_POSITIVE, 0.1),
    ] {
        assert!(series.insert(at, StorageResolution::Standard, "None", value, count));
        assert!(series.insert(at, StorageResolution::High, "None", value, count));
    }
    for (value, count) in [
        (f64::NAN, 1.0),
        (f64::INFINITY, 1.0),
        (1.0, 0.0),
        (1.0, -1.0),
        (1.0, f64::NAN),
        (1.0, f64::INFINITY),
    ] {
        assert!(!series.insert(Timestamp::UNIX_EPOCH, StorageResolution::High, "", value, count));
    }
    let mut evaluated = 0;
    for period in &numbers {
        for n in &numbers {
            for statistic in ["Average", "p99.99"] {
                let settings = json!({
                    "Period": period, "EvaluationPeriods": n, "Threshold": f64::MAX,
                    "ExtendedStatistic": statistic, "EvaluationWindow": { "WallClockWindow": {} },
                });
                let mut alarm = super::captured::alarm(&settings);
                for (threshold, sliding) in [(f64::NAN, true), (f64::INFINITY, false)] {
                    alarm.threshold = Some(threshold);
                    if sliding {
                        alarm.evaluation_window = None;
                    }
                    let Ok(evaluator) = Evaluator::of(&alarm, Assumptions::default()) else {
                        continue;
                    };
                    for at in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH] {
                        let found = evaluator.evaluate(|_| Some(&series), at, AlarmState::Ok);
                        let _ = found.why.map(|why| why.data.to_json());
                        let phase = jiff::SignedDuration::MIN;
                        let _ = (evaluator.next_after(at, phase), evaluator.looks_back());
                        evaluated += 1;
                    }
                }
            }
        }
    }
    assert!(evaluated > 80, "{evaluated}");
    series.forget_before(Timestamp::MAX);
}

#[test]
fn a_series_survives_being_written_down() {
    let mut series = Series::default();
    let at = Timestamp::from_second(QUERY).unwrap();
    series.insert(at, StorageResolution::Standard, "None", 1.0, 2.0);
    series.insert(at, StorageResolution::Standard, "Count", 0.25, 1.0);
    let text = serde_json::to_string(&series).unwrap();
    assert_eq!(text, r#"{"1789348500":{"Count":[[0.25,1.0]],"None":[[1.0,2.0]]}}"#);
    assert_eq!(serde_json::from_str::<Series>(&text).unwrap(), series);
}
