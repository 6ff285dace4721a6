//! `secmon alarm …`

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Args, Subcommand};
use secmon_core::alarm::{Statistic, takes_period};

use super::{ConnectionArgs, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum AlarmCommand {
    /// Play datapoints or reads through an alarm, and show when it goes off and why
    Simulate(Box<Simulate>),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("input").required(true).args(["series", "file", "reads"]))]
#[command(after_help = "\
SERIES is one value a period, oldest first: a number, `-` for no datapoint, X for one that breaches.
`0x10` stands for ten of them. The alarm is evaluated each time a period has ended.

A file holds series, one a line, with or without `name:` before it; or samples with their times, as
CSV (timestamp,value[,count], with or without that line) or JSON lines ({\"timestamp\": \"2026-01-05T10:00:31Z\",
\"value\": 1}). Empty lines and lines that begin with # do not count.

--reads plays so many reads of a secret in one minute through a metric filter, among other events,
and evaluates as often as CloudWatch does.

The alarm is the one of the options, the one of --alarm FILE, or one of an account (--lab or the
connection's options, with --alarm-name); options change what was read. Without any: Sum >= 1 in one
period of 60 s.

How far back an alarm looks is not published. Both answers that are known of are played; where they
differ about ALARM the exit code is 3.

With -o json, one object: alarm (by AWS's names), and series, each with name, alarm (true, false,
null: not certain), steps (start, value, state) and transitions (at, from, to, reason, actions).

Examples:
  secmon alarm simulate '0 0 1 - - 0'
  secmon alarm simulate --evaluation-periods 3 --treat-missing-data missing -- '- - X - -'
  secmon alarm simulate --statistic Average --reads 1 --events-per-minute 40 --default-value 0
  secmon alarm simulate --lab average-statistic --alarm-name secret-read --reads 1 --default-value 0
  aws cloudwatch describe-alarms > alarms.json
  secmon alarm simulate --alarm alarms.json --alarm-name secret-read --file series.txt

Exit codes:
  0  the alarm goes to ALARM, in every series
  1  it does not, in one at least
  2  error: usage, files, credentials, an alarm that cannot be simulated
  3  it depends on what AWS does not publish")]
pub(crate) struct Simulate {
    /// Values of the metric, one a period, such as '0 0 1 - - 0'
    #[arg(allow_hyphen_values = true)]
    pub(crate) series: Option<String>,

    /// Series, or samples with their times, from a file ("-" for standard input)
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// Play so many reads of a secret
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) reads: Option<u32>,

    /// Minutes from one read to the next; 0: all in one minute
    #[arg(long, value_name = "MINUTES", default_value_t = 0, requires = "reads",
        value_parser = clap::value_parser!(u32).range(0..=10_080))]
    pub(crate) every: u32,

    /// Events of the log group in a minute, reads among them
    #[arg(long, value_name = "N", default_value_t = 40, requires = "reads",
        value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    pub(crate) events_per_minute: u32,

    /// The metric filter's defaultValue, which every other event adds [default: that of the
    /// account's filter; else none]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, requires = "reads")]
    pub(crate) default_value: Option<f64>,

    /// The metric filter's metricValue, which every read adds
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 1.0,
        allow_negative_numbers = true,
        requires = "reads"
    )]
    pub(crate) metric_value: f64,

    /// The state before [default: the one in which it rests with --reads, else OK]
    #[arg(long, value_name = "STATE",
        value_parser = PossibleValuesParser::new(["OK", "ALARM", "INSUFFICIENT_DATA"]))]
    pub(crate) state: Option<String>,

    /// Output format, text or json, to standard output or to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<Output>,

    /// An answer of DescribeAlarms, or one alarm of it, as JSON ("-" for standard input)
    #[arg(long, value_name = "FILE", help_heading = "Alarm")]
    pub(crate) alarm: Option<PathBuf>,

    /// Which alarm of the file or the account
    #[arg(long, value_name = "NAME", help_heading = "Alarm")]
    pub(crate) alarm_name: Option<String>,

    #[command(flatten)]
    pub(crate) settings: AlarmSettings,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Settings of an alarm, by AWS's names.
#[derive(Debug, Args)]
#[command(next_help_heading = "Alarm")]
pub(crate) struct AlarmSettings {
    /// Sum, Average, Minimum, Maximum, SampleCount, or a percentile such as p99
    #[arg(long, value_name = "NAME", value_parser = statistic)]
    pub(crate) statistic: Option<String>,
    /// Seconds of one datapoint: 10, 20, 30 or a multiple of 60
    #[arg(long, value_name = "SECONDS", value_parser = period)]
    pub(crate) period: Option<i32>,
    /// How many of the last datapoints are looked at
    #[arg(long, value_name = "N")]
    pub(crate) evaluation_periods: Option<i32>,
    /// How many of them must breach [default: all]
    #[arg(long, value_name = "M")]
    pub(crate) datapoints_to_alarm: Option<i32>,
    /// What the value is compared with
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub(crate) threshold: Option<f64>,
    /// How
    #[arg(long, value_name = "OPERATOR", value_parser = PossibleValuesParser::new([
        "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
        "LessThanOrEqualToThreshold",
    ]))]
    pub(crate) comparison_operator: Option<String>,
    /// What a missing datapoint is taken for
    #[arg(long, value_name = "HOW",
        value_parser = PossibleValuesParser::new(["missing", "ignore", "breaching", "notBreaching"]))]
    pub(crate) treat_missing_data: Option<String>,
}

fn statistic(name: &str) -> Result<String, &'static str> {
    match Statistic::named(name) {
        Some(_) => Ok(name.to_owned()),
        None => Err("it is one of Sum, Average, Minimum, Maximum, SampleCount, or p0 to p100"),
    }
}

fn period(seconds: &str) -> Result<i32, &'static str> {
    match seconds.parse() {
        Ok(seconds) if takes_period(seconds) => i32::try_from(seconds).map_err(|_| PERIODS),
        _ => Err(PERIODS),
    }
}

const PERIODS: &str = "AWS takes 10, 20, 30 and multiples of 60";
