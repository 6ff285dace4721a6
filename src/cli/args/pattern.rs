//! `secmon pattern …`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ConnectionArgs, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum PatternCommand {
    /// Print the log messages that a pattern matches, as grep does
    Test(Box<Test>),
    /// Tell why a message matches or does not, clause by clause
    Explain(Box<Explain>),
    /// Tell how two JSON patterns relate: equal, narrower, wider, overlapping, disjoint
    Compare(Compare),
    /// Tell what is likely not meant, and what to write instead
    Lint(Lint),
    /// Print the language on a page
    Reference,
    /// Ask AWS what nobody has recorded of it, and print its answers
    Probe(Box<Probe>),
}

/// What is said of every command that takes a pattern.
const PATTERN_HELP: &str = "The filter pattern, in single quotes for the shell";

#[derive(Debug, Args)]
#[command(after_help = "\
Each line is one log message, taken as it is. A CloudTrail file, {\"Records\": [...]}, is unpacked
into its events. Both may be compressed with gzip. A line that is not UTF-8 text is not tried:
standard error says how many there are.

Where AWS's behaviour is not established a message is uncertain: it is not printed, standard error
says why, and --aws asks AWS. With --aws both answers stand side by side on standard error, and AWS
is believed. AWS takes 50 messages: all of a short input, the uncertain ones of a longer one, which
are then printed last. Where it cannot be asked, what is known here is printed before the error.

With --value each message is printed after what it adds to the metric, `-` for nothing, and a tab;
with --default also those that do not match. A match whose field holds no number adds nothing.

Where the reader of standard output goes away, as head does, reading stops, unless a file is asked
for, which gets all of it; the exit code is that of what was read.

With -o json, one object a message: line (its number, from 1), match (yes, no, uncertain),
extracted (the values of a space-delimited pattern), uncertain (id and reason), message; with --aws
also here and aws, with --value also sample (null: nothing is added; \"unclear\": not established).
With --count, one object: matching, not_matching, uncertain; with --value also samples and sum.

Examples:
  secmon pattern test '{ $.eventName = \"GetSecretValue\" }' events.json.gz
  aws logs filter-log-events --log-group-name app | jq -r '.events[].message' |
      secmon pattern test --count '?ERROR ?WARN'
  secmon pattern test -o json '[ip, user, status = 4*]' access.log | jq .extracted
  secmon pattern test --value '$.bytes' '{ $.bytes >= 0 }' app.jsonl
  secmon pattern test --aws '{ $.e = \"Ev*ent\" }' events.jsonl
  secmon pattern test -- '-other' app.log

Exit codes:
  0  a message matches
  1  none does
  2  error: AWS refuses the pattern, input, credentials
  3  none is certain to match, some may")]
pub(crate) struct Test {
    #[arg(help = PATTERN_HELP, allow_hyphen_values = true)]
    pub(crate) pattern: String,

    /// Log messages [default: standard input, as "-"]
    pub(crate) file: Option<PathBuf>,

    /// Print how many messages match instead of which
    #[arg(short, long)]
    pub(crate) count: bool,

    /// Output format, text or json, to standard output or to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<Output>,

    /// Show what each match adds to a metric with this metricValue
    #[arg(long, value_name = "NUMBER|$.FIELD|$NAME", allow_hyphen_values = true)]
    pub(crate) value: Option<String>,

    /// The metric's defaultValue, which messages that do not match add
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true, requires = "value")]
    pub(crate) default: Option<f64>,

    /// Ask AWS too, with TestMetricFilter
    #[arg(long)]
    pub(crate) aws: bool,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
EVENT is JSON text, an object or an array, or a file that holds one message or one CloudTrail event,
or \"-\". A JSON object may have several lines. With --line it is a file of log messages as `secmon pattern test` reads it.
For patterns that are not JSON, EVENT is the message itself where it names no file.

`<- decides` marks what decides the answer: were it otherwise, the answer could be another. Where
several parts are marked, they decide it together.

With --aws both answers are shown and AWS is believed. Where it cannot be asked, the answer given
here is printed before the error.

Examples:
  secmon pattern explain '{ $.eventName = \"GetSecretValue\" }' '{\"eventName\":\"getSecretValue\"}'
  secmon pattern explain '{ $.readOnly = true }' event.json
  secmon pattern explain '{ $.e = \"Ev*ent\" }' --line 7 events.json.gz --aws

Exit codes:
  0  the message matches
  1  it does not
  2  error: AWS refuses the pattern, input, credentials
  3  uncertain: AWS's behaviour is not established")]
pub(crate) struct Explain {
    #[arg(help = PATTERN_HELP, allow_hyphen_values = true)]
    pub(crate) pattern: String,

    /// The message: JSON text, a file, or "-" for standard input
    pub(crate) event: String,

    /// Take this message of the file, from 1
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) line: Option<u64>,

    /// Output format, text or json, to standard output or to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<Output>,

    /// Ask AWS too, with TestMetricFilter
    #[arg(long)]
    pub(crate) aws: bool,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Prints the relation and events that prove it: one that both match, one that only A matches, one that
only B matches, as far as there are such events.

Examples:
  secmon pattern compare '{ $.a = 1 && $.b = 2 }' '{ ($.b = 2) && ($.a = 1) }'
  secmon pattern compare \"$(cat cis-3.1.pattern)\" '{ $.eventName = \"ConsoleLogin\" }'

Exit codes:
  0  equal: they match the same events
  1  they differ
  2  error: AWS refuses one of them
  3  unknown: it cannot be decided, and why")]
pub(crate) struct Compare {
    /// A filter pattern, in single quotes for the shell
    #[arg(allow_hyphen_values = true)]
    pub(crate) a: String,

    /// Another one
    #[arg(allow_hyphen_values = true)]
    pub(crate) b: String,

    /// Output format, text or json, to standard output or to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<Output>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  secmon pattern lint '{ $.readOnly = true || $.a = 1 && $.b = 2 }'
  secmon pattern lint --holds cloudtrail -o json '\"GetSecretValue\"'

Exit codes:
  0  nothing to say
  1  something is likely not meant
  2  error: AWS refuses the pattern")]
pub(crate) struct Lint {
    #[arg(help = PATTERN_HELP, allow_hyphen_values = true)]
    pub(crate) pattern: String,

    /// What the log group holds [default: CloudTrail's events if the pattern names their fields]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) holds: Option<Holds>,

    /// Output format, text or json, to standard output or to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<Output>,
}

/// What a log group holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Holds {
    /// CloudTrail's events
    Cloudtrail,
    /// Something else
    Other,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A probe is a pattern and some messages whose answer on AWS nobody has recorded. Each is one call of
TestMetricFilter, which reads and changes nothing in the account. The answers are printed one JSON
object a line, in the form in which this project keeps what was observed on AWS.

Examples:
  secmon pattern probe > answers.jsonl
  secmon pattern probe probe-01 probe-13 --profile sandbox

Exit codes:
  0  every probe was answered
  2  error: credentials, an unanswered probe, or interrupted")]
pub(crate) struct Probe {
    /// Only these probes, such as probe-01 [default: all]
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}
