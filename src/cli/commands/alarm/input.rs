//! What is played: a series of values, samples with their times, or reads among other events.

use anyhow::{Context, anyhow, bail};
use jiff::Timestamp;
use secmon_core::alarm::{Evaluator, Limit, Operator, Series, Statistic, StorageResolution};
use secmon_core::snapshot::MetricAlarm;
use serde::Deserialize;

use super::super::files;
use crate::args::Simulate;

/// Samples, and when the alarm is evaluated.
pub(super) struct Input {
    /// A name, where it has one.
    pub(super) name: Option<String>,
    pub(super) samples: Series,
    /// Ends of the newest period, in seconds since 1970.
    pub(super) ends: Vec<i64>,
    /// Whether the alarm came to rest before.
    pub(super) rests_before: bool,
}

/// Where series without times begin.
const BEGIN: i64 = 1_767_607_200;
/// More than a week of minutes.
const MOST: i64 = 20_000;

/// Everything that is to be played; reads among events that each add this default value.
pub(super) fn inputs(
    args: &Simulate,
    alarm: &MetricAlarm,
    default_value: Option<f64>,
) -> anyhow::Result<Vec<Input>> {
    if let Some(series) = &args.series {
        return Ok(vec![of_series(None, series, alarm)?]);
    }
    if let Some(file) = &args.file {
        let text = files::read(file)?;
        return of_file(&text, alarm).with_context(|| format!("cannot play {}", file.display()));
    }
    if let Some(reads) =
        args.reads.filter(|reads| args.every == 0 && *reads > args.events_per_minute)
    {
        bail!(
            "{reads} reads in one minute are more than {} events in a minute, and reads are among \
             those: give --events-per-minute {reads} or more, or --every",
            args.events_per_minute
        );
    }
    Ok(vec![of_reads(args, alarm, default_value)?])
}

fn period_of(alarm: &MetricAlarm) -> anyhow::Result<i64> {
    let evaluator = Evaluator::of(alarm, secmon_core::alarm::Assumptions::default())?;
    Ok(i64::from(evaluator.window().period))
}

fn put(samples: &mut Series, second: i64, value: f64, count: f64) -> anyhow::Result<()> {
    let at = Timestamp::from_second(second)?;
    if !samples.insert(at, StorageResolution::High, "None", value, count) {
        bail!("{value} is no value that PutMetricData takes");
    }
    Ok(())
}

fn of_series(name: Option<&str>, text: &str, alarm: &MetricAlarm) -> anyhow::Result<Input> {
    let period = period_of(alarm)?;
    let mut samples = Series::default();
    let mut place = 0;
    for token in text.split([' ', ',', '\t']).filter(|token| !token.is_empty()) {
        let (value, times) = match token.rsplit_once('x') {
            Some((value, times)) => (value, times.parse().ok().filter(|times| *times > 0)),
            None => (token, Some(1)),
        };
        let no_value = || {
            anyhow!("`{token}` is no value: a number, `-` for none, X for a breach, 0x10 for ten 0")
        };
        let times: i64 = times.ok_or_else(no_value)?;
        if place + times > MOST {
            bail!("more than {MOST} periods are not played");
        }
        let value = match value {
            "-" => None,
            "X" => Some(breach(alarm)?),
            number => Some(number.parse::<f64>().map_err(|_| no_value())?),
        };
        for place in place..place + times {
            let second = BEGIN + place * period;
            match (value, Statistic::of(alarm)) {
                (None, _) => {}
                // So that the count is the value.
                (Some(value), Ok(Statistic::SampleCount)) if value > 0.0 => {
                    put(&mut samples, second, 1.0, value)?;
                }
                (Some(value), _) => put(&mut samples, second, value, 1.0)?,
            }
        }
        place += times;
    }
    if place == 0 {
        bail!("an empty series plays nothing");
    }
    Ok(Input {
        name: name.map(str::to_owned),
        samples,
        ends: (1..=place).map(|place| BEGIN + place * period).collect(),
        rests_before: false,
    })
}

/// A value that breaches the alarm's threshold.
fn breach(alarm: &MetricAlarm) -> anyhow::Result<f64> {
    let limit = Limit::of(alarm)?;
    Ok(match limit.operator {
        Operator::GreaterOrEqual | Operator::LessOrEqual => limit.threshold,
        Operator::Greater => limit.threshold + 1.0,
        Operator::Less => limit.threshold - 1.0,
    })
}

#[derive(Deserialize)]
struct Sample {
    timestamp: Timestamp,
    value: f64,
    #[serde(default = "one")]
    count: f64,
}

fn one() -> f64 {
    1.0
}

fn of_file(text: &str, alarm: &MetricAlarm) -> anyhow::Result<Vec<Input>> {
    let lines = text.lines().map(str::trim).zip(1..);
    let lines: Vec<(&str, usize)> =
        lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#')).collect();
    let Some((first, _)) = lines.first() else { bail!("it is empty") };
    let is_json = first.starts_with('{');
    let is_csv = !is_json && of_csv(first).is_some() || is_head(first);
    if !is_json && !is_csv {
        let series = lines.iter().map(|(line, number)| {
            let (name, series) = match line.split_once(':') {
                Some((name, series)) => (Some(name.trim()), series),
                None => (None, *line),
            };
            of_series(name, series, alarm).with_context(|| format!("line {number}"))
        });
        return series.collect();
    }
    let mut samples = Vec::new();
    for (line, number) in lines {
        if is_csv && is_head(line) {
            continue;
        }
        let sample = match is_json {
            true => serde_json::from_str(line).with_context(|| format!("line {number}"))?,
            false => of_csv(line)
                .ok_or_else(|| anyhow!("line {number} is no timestamp,value[,count]"))?,
        };
        samples.push(sample);
    }
    of_samples(&samples, alarm).map(|input| vec![input])
}

fn is_head(line: &str) -> bool {
    line.to_ascii_lowercase().starts_with("timestamp,")
}

fn of_csv(line: &str) -> Option<Sample> {
    let mut fields = line.split(',').map(str::trim);
    let timestamp = fields.next()?.parse().ok()?;
    let value = fields.next()?.parse().ok()?;
    let count = fields.next().map_or(Some(1.0), |count| count.parse().ok())?;
    Some(Sample { timestamp, value, count })
}

fn of_samples(all: &[Sample], alarm: &MetricAlarm) -> anyhow::Result<Input> {
    let period = period_of(alarm)?;
    let mut samples = Series::default();
    for sample in all {
        put(&mut samples, sample.timestamp.as_second(), sample.value, sample.count)?;
    }
    let seconds = all.iter().map(|sample| sample.timestamp.as_second());
    let first = seconds.clone().min().unwrap_or(BEGIN);
    let last = seconds.max().unwrap_or(BEGIN);
    let begin = first - first.rem_euclid(period);
    let periods = (last - begin).div_euclid(period) + 1;
    if periods > MOST {
        bail!("the samples span {periods} periods of {period} s; more than {MOST} are not played");
    }
    Ok(Input {
        name: None,
        samples,
        ends: (1..=periods).map(|place| begin + place * period).collect(),
        rests_before: false,
    })
}

/// Reads, minute by minute among the group's other events.
fn of_reads(
    args: &Simulate,
    alarm: &MetricAlarm,
    default_value: Option<f64>,
) -> anyhow::Result<Input> {
    let evaluator = Evaluator::of(alarm, secmon_core::alarm::Assumptions::default())?;
    let period = i64::from(evaluator.window().period);
    let interval = evaluator.interval();
    let looks_back = evaluator.looks_back();
    let reads = args.reads.unwrap_or(1);
    let (every, count) = match args.every {
        0 => (1, 1),
        every => (i64::from(every), i64::from(reads)),
    };
    let at_once = if args.every == 0 { f64::from(reads) } else { 1.0 };
    // The first read comes with a full hour.
    let last = BEGIN + (count - 1) * every * 60;
    let until = last + looks_back + period;
    let evaluations = (until - BEGIN) / interval;
    let minutes = (until - BEGIN + looks_back) / 60;
    if evaluations > MOST || minutes > 20 * MOST {
        bail!("the alarm looks too far back to play reads minute by minute; play a series instead");
    }
    let mut samples = Series::default();
    let events = f64::from(args.events_per_minute);
    let mut minute = BEGIN - looks_back;
    minute -= minute.rem_euclid(60);
    while minute < until {
        let since = (minute - BEGIN).div_euclid(60);
        let is_read = since >= 0 && since % every == 0 && since / every < count;
        let here = if is_read { at_once } else { 0.0 };
        if here > 0.0 {
            put(&mut samples, minute, args.metric_value, here)?;
        }
        if let Some(default) = default_value.filter(|_| events > here) {
            put(&mut samples, minute, default, events - here)?;
        }
        minute += 60;
    }
    // Some evaluations before, to see where it rests.
    let ends = (-2..=evaluations).map(|place| BEGIN + place * interval);
    Ok(Input { name: None, samples, ends: ends.collect(), rests_before: true })
}
