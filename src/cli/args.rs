//! The command line: the one definition that help, man page and completions are made of.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

mod alarm;
mod lab;
mod missed;
mod pattern;
mod repair;

pub(crate) use alarm::{AlarmCommand, Simulate};
pub(crate) use lab::{LabCommand, Serve};
pub(crate) use missed::Missed;
pub(crate) use pattern::{
    Compare, Explain as PatternExplain, Holds, Lint, PatternCommand, Probe, Test,
};
pub(crate) use repair::{
    Apply, Changing, ChoiceArgs, ConsentArgs, PlanCommand, Repair, Setup, TakingBack, Teardown,
    Undo,
};

const EXAMPLES: &str = "\
Examples:
  secmon doctor                               any secret of this account and Region
  secmon doctor --secret TopSecretInfo        this secret
  secmon doctor -o json                       for a program
  secmon doctor --snapshot account.json       offline, from a file
  secmon doctor --lab average-statistic       a simulated account: no AWS needed
  secmon repair --dry-run                     what would mend it, call by call
  secmon repair --email you@example.org       mend it, and build what is missing
  secmon missed --since 7d                    the reads of the last week that told nobody
  secmon explain trail-is-logging             why a check matters, how it fails, how to fix it
  secmon pattern test '{ $.e = 1 }' FILE      the log messages that a filter pattern matches
  secmon alarm simulate '0 0 1 - - 0'         when an alarm goes off, and why

Exit codes:
  0  YES          a human is told
  1  NO           nobody is told
  2  error        usage, configuration, credentials, files
  3  CANNOT TELL  nothing seen is broken, something that matters could not be seen";

/// Tells whether a human is told when somebody reads an AWS secret, which link of the chain is
/// broken if not, and what mends it.
#[derive(Debug, Parser)]
#[command(name = "secmon", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    /// When to colour the output
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge the chain from secret to human, link by link
    Doctor(Box<Doctor>),
    /// Mend what is broken and build what is missing, after showing it and asking
    Repair(Box<Repair>),
    /// Build the whole chain, from the secret to your mail
    Setup(Box<Setup>),
    /// Show what repair would do, and save it for apply
    Plan(Box<PlanCommand>),
    /// Make the changes of a saved plan
    Apply(Box<Apply>),
    /// Take back what repair or apply changed
    Undo(Box<Undo>),
    /// Take away what setup built
    Teardown(Box<Teardown>),
    /// List the reads that told nobody, and the link that was broken then
    Missed(Box<Missed>),
    /// Explain a check: why it matters, how it fails, how to fix it; without ID, list all
    Explain(Explain),
    /// Save everything the doctor reads, to judge it elsewhere or later
    Snapshot(Box<SnapshotCommand>),
    /// Tell what a CloudWatch Logs filter pattern matches, why, and what it means
    Pattern {
        #[command(subcommand)]
        command: PatternCommand,
    },
    /// Tell what a CloudWatch alarm makes of its metric
    Alarm {
        #[command(subcommand)]
        command: AlarmCommand,
    },
    /// Simulated accounts to try everything on, without AWS
    Lab {
        #[command(subcommand)]
        command: LabCommand,
    },
    /// Print the smallest IAM policy for the doctor, or with --repair for making changes
    IamPolicy {
        /// The policy that also lets repair, setup, undo and teardown make their changes
        #[arg(long)]
        repair: bool,
    },
    /// Print a completion script for a shell
    Completion {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page of secmon or of one of its commands
    Man {
        /// The command, such as doctor, or pattern test
        command: Vec<String>,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  secmon doctor --secret TopSecretInfo --recipient soc@example.org
  secmon doctor --secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-a1B2c3
  secmon doctor --alarm secret-read --topic security-alerts
  secmon doctor -o text -o json=report.json
  secmon doctor --only topic --only alarm-statistic-counts-events

Without --repair the doctor only reads. It never reads a secret's value.")]
pub(crate) struct Doctor {
    /// Mend what is broken, after showing it and asking: the same as `secmon repair`
    #[arg(
        long,
        conflicts_with_all = ["snapshot", "redact", "only", "verbose", "recipient"]
    )]
    pub(crate) repair: bool,

    /// With --repair: show the plan and change nothing
    #[arg(long, requires = "repair")]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,

    #[command(flatten)]
    pub(crate) consent: ConsentArgs,

    #[command(flatten)]
    pub(crate) question: Question,

    /// Address that must be told; with several, one of them. A chain that reaches only others is NO
    #[arg(
        long,
        value_name = "ADDR",
        help_heading = "Question",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) recipient: Vec<String>,

    /// Output format, text or json, to standard output or to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<Output>,

    /// Show only this stage or check; the verdict stays that of the whole chain
    #[arg(long, value_name = "STAGE|ID")]
    pub(crate) only: Vec<String>,

    /// Judge this saved snapshot instead of an account ("-" for standard input)
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["region", "profile", "endpoint_url", "role_arn", "timeout", "lab"]
    )]
    pub(crate) snapshot: Option<PathBuf>,

    /// Replace account ids, addresses and names in the report
    #[arg(long)]
    pub(crate) redact: bool,

    /// Show every check, and each field as it is and as it should be
    #[arg(short, long)]
    pub(crate) verbose: bool,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// What is asked about, and which links are meant.
#[derive(Debug, Args)]
#[command(next_help_heading = "Question")]
pub(crate) struct Question {
    /// The secret, by name or ARN; may be repeated. Without it: any secret of the account
    #[arg(long, value_name = "NAME|ARN", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) secret: Vec<String>,
    /// The trail that is meant, by name or ARN
    #[arg(long, value_name = "NAME|ARN")]
    pub(crate) trail: Option<String>,
    /// The log group that is meant
    #[arg(long, value_name = "NAME")]
    pub(crate) log_group: Option<String>,
    /// The metric filter that is meant
    #[arg(long, value_name = "NAME")]
    pub(crate) filter: Option<String>,
    /// The alarm that is meant
    #[arg(long, value_name = "NAME")]
    pub(crate) alarm: Option<String>,
    /// The topic that is meant, by name or ARN
    #[arg(long, value_name = "NAME|ARN")]
    pub(crate) topic: Option<String>,
}

/// How to reach AWS.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// Region to ask in [default: the one the AWS CLI would use]
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Profile of the AWS configuration files
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Send every call to this address instead of AWS
    #[arg(long, value_name = "URL", value_parser = endpoint_url)]
    pub(crate) endpoint_url: Option<String>,
    /// Role to ask with. The doctor takes several, for other accounts that the chain leads to; the
    /// secret lives in the account of the first, unless its ARN names another
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Vec<String>,
    /// Seconds after which what AWS has not answered counts as not seen
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
    /// Ask a simulated account instead of AWS: `secmon lab list` shows which
    #[arg(
        long,
        value_name = "SCENARIO",
        conflicts_with_all = ["region", "profile", "endpoint_url", "role_arn"]
    )]
    pub(crate) lab: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The check, such as trail-is-logging, or a failure of the catalogue, such as T2
    pub(crate) id: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  secmon snapshot account.json --secret TopSecretInfo
  secmon snapshot --redact > for-a-bug-report.json
  secmon doctor --snapshot account.json")]
pub(crate) struct SnapshotCommand {
    /// Where to save it [default: standard output, as "-"]
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) question: Question,

    /// Replace account ids, addresses and names, each always by the same substitute
    #[arg(long)]
    pub(crate) redact: bool,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// An address that a client can be sent to; anything else would fail at each call.
pub(crate) fn endpoint_url(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !host.starts_with(['/', ':']) => Ok(text.to_owned()),
        _ => Err("it must begin with http:// or https:// and name a host".to_owned()),
    }
}

/// A format, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name must follow `=`".to_owned()),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = match format {
            "text" => Format::Text,
            "json" => Format::Json,
            _ => return Err(format!("`{format}` is no format: text or json")),
        };
        Ok(Self { format, file })
    }
}
