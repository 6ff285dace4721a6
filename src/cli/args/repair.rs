//! `secmon repair`, `plan`, `apply` and `undo`.

use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;
use secmon_core::plan::{Consent, Export};
use secmon_core::snapshot::Arn;

use super::{ConnectionArgs, Output, Question};

/// What is chosen where nothing is there yet.
#[derive(Debug, Args)]
#[command(next_help_heading = "Choices")]
pub(crate) struct ChoiceArgs {
    /// Address to tell, where nobody is told yet
    #[arg(long, value_name = "ADDR", value_parser = email)]
    pub(crate) email: Option<String>,
    /// What the names of new topics begin with
    #[arg(long, value_name = "NAME", default_value = "secmon", value_parser = prefix)]
    pub(crate) prefix: String,
    /// Give a trail a topic of its own, where it tells of its log files in the alarm's
    #[arg(long)]
    pub(crate) separate_topics: bool,
    /// Tag of everything that is made and takes tags; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tag: Vec<(String, String)>,
    /// Permissions boundary of roles that are made
    #[arg(long, value_name = "ARN", value_parser = boundary)]
    pub(crate) permissions_boundary: Option<String>,
}

impl ChoiceArgs {
    /// Whether any of it, beyond the prefix, was given.
    pub(crate) fn is_given(&self) -> bool {
        self.email.is_some()
            || self.separate_topics
            || !self.tag.is_empty()
            || self.permissions_boundary.is_some()
    }
}

/// What may be done without a question.
#[derive(Debug, Args)]
#[command(next_help_heading = "Consent")]
pub(crate) struct ConsentArgs {
    /// Make safe changes without a question; needs --expect-account
    #[arg(long, requires = "expect_account")]
    pub(crate) yes: bool,
    /// The account that may be changed; any other is refused. May be repeated
    #[arg(long, value_name = "ACCOUNT_ID")]
    pub(crate) expect_account: Vec<String>,
    /// What --yes also covers: cost, mail, widen, create, drift, resume
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) allow: Vec<Consent>,
    /// Keep the journal here [default: in the state folder of this user]
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// How long to wait for deliveries and confirmations afterwards, such as 10m [default: not at
    /// all; in the lab, where it takes no time, 30m]
    #[arg(long, value_name = "DURATION", value_parser = wait)]
    pub(crate) wait: Option<SignedDuration>,
}

impl ConsentArgs {
    /// Whether any of it was given.
    pub(crate) fn is_given(&self) -> bool {
        self.yes
            || !self.expect_account.is_empty()
            || !self.allow.is_empty()
            || self.journal.is_some()
            || self.wait.is_some()
    }
}

/// What repair and setup share.
#[derive(Debug, Args)]
pub(crate) struct Changing {
    /// Show the plan and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,

    #[command(flatten)]
    pub(crate) consent: ConsentArgs,

    #[command(flatten)]
    pub(crate) question: Question,

    /// Output format, text or json, to standard output or to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<Output>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  secmon repair --dry-run                      what would be changed, and why
  secmon repair                                asks once, then mends
  secmon repair --email you@example.org        also builds what is missing
  secmon repair --yes --expect-account 123456789012 --allow create,mail,cost,widen
  secmon repair --lab average-statistic --yes --expect-account 123456789012

What was there before is kept in a journal: `secmon undo` brings it back.")]
pub(crate) struct Repair {
    #[command(flatten)]
    pub(crate) changing: Changing,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  secmon setup --email you@example.org --dry-run
  secmon setup --email you@example.org --secret TopSecretInfo
  secmon setup --email you@example.org --demo-secret
  secmon setup --topic security-alerts --tag team=security --kms

It builds what is missing between the secret and the mail, uses what is right already, and asks once:
bucket, trail, log group, role, metric filter, alarm, topic, subscription, dashboard. Nobody is told
until the link in the confirmation mail is followed. `secmon teardown` takes it away again.")]
pub(crate) struct Setup {
    /// Make no dashboard
    #[arg(long)]
    pub(crate) no_dashboard: bool,

    /// Encrypt a topic that is made with a key of its own (USD 1.00 per month)
    #[arg(long)]
    pub(crate) kms: bool,

    /// Make the secret TopSecretInfo of the well-known tutorial, to try the chain with
    #[arg(long, conflicts_with = "secret")]
    pub(crate) demo_secret: bool,

    #[command(flatten)]
    pub(crate) changing: Changing,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  secmon plan --out plan.json                  save it, look at it, then: secmon apply plan.json
  secmon plan --export cli > mend.sh           as a script of the AWS CLI
  secmon plan --export terraform > mend.tf     for Terraform, with imports of what is there
  secmon plan -o json                          for a program")]
pub(crate) struct PlanCommand {
    /// Save the plan here, for `secmon apply`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Print the same as a script of the AWS CLI, or for another tool: cli, terraform,
    /// cloudformation
    #[arg(long, value_name = "FORM", conflicts_with = "output")]
    pub(crate) export: Option<Export>,

    #[command(flatten)]
    pub(crate) choices: ChoiceArgs,

    #[command(flatten)]
    pub(crate) question: Question,

    /// Output format, text or json, to standard output or to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<Output>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  secmon apply plan.json
  secmon apply plan.json --yes --expect-account 123456789012 --allow cost

A resource that has changed since the plan was made is not touched, and nothing after it.")]
pub(crate) struct Apply {
    /// The plan, as `secmon plan --out` saved it
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) consent: ConsentArgs,

    /// Output format, text or json, to standard output or to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<Output>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// What undo and teardown share.
#[derive(Debug, Args)]
pub(crate) struct TakingBack {
    /// Show what would be taken back, and take nothing back
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Take back also what somebody has changed since
    #[arg(long, help_heading = "Force")]
    pub(crate) force: bool,
    /// Remove also what others have begun to use
    #[arg(long, help_heading = "Force")]
    pub(crate) force_used: bool,
    /// Remove a bucket that was made also with the log files in it
    #[arg(long, help_heading = "Force")]
    pub(crate) force_bucket: bool,
    /// Remove a log group that was made also with the events in it
    #[arg(long, help_heading = "Force")]
    pub(crate) force_log_group: bool,
    /// Remove a secret that was made: nobody reads it from then on, and it is deleted 7 days later
    #[arg(long, help_heading = "Force")]
    pub(crate) force_secret: bool,

    /// Take back without a question; needs --expect-account
    #[arg(long, requires = "expect_account", help_heading = "Consent")]
    pub(crate) yes: bool,
    /// The account that may be changed; any other is refused. May be repeated
    #[arg(long, value_name = "ACCOUNT_ID", help_heading = "Consent")]
    pub(crate) expect_account: Vec<String>,

    /// Output format, text or json, to standard output or to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<Output>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  secmon undo --dry-run                        what the newest journal would take back
  secmon undo                                  takes it back, after asking
  secmon undo journal.jsonl --yes --expect-account 123456789012

Newest first. What somebody has changed since is left alone, and what was made before it as well.
Exit codes: 0 all is as it was, 1 something stays, 2 nothing was done.")]
pub(crate) struct Undo {
    /// The journal [default: the newest of this account in the state folder of this user]
    pub(crate) journal: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) taking: TakingBack,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  secmon teardown --dry-run                    what setup built, and what was changed after it
  secmon teardown                              takes it away, after asking
  secmon teardown --force-bucket --force-log-group
  secmon teardown journal.jsonl --yes --expect-account 123456789012

Exactly what `secmon setup` made is removed, and what repair changed after it is brought back. What holds
log files or events, a secret, and what others have begun to use stay, unless you say otherwise.
Exit codes: 0 all is as it was, 1 something stays, 2 nothing was done.")]
pub(crate) struct Teardown {
    /// The journal of setup [default: all of this account since setup, in the state folder of this
    /// user]
    pub(crate) journal: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) taking: TakingBack,
}

/// An address that SNS would take.
fn email(text: &str) -> Result<String, String> {
    match text.split_once('@') {
        Some((name, host)) if !name.is_empty() && host.contains('.') && !text.contains(' ') => {
            Ok(text.to_owned())
        }
        _ => Err("it is no mail address, such as you@example.org".to_owned()),
    }
}

/// A tag that every service takes.
/// <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>
fn tag(text: &str) -> Result<(String, String), String> {
    let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
        return Err("it is no tag, such as team=security".to_owned());
    };
    let usual = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    if key.to_lowercase().starts_with("aws:") {
        return Err("keys that begin with aws: are AWS's own".to_owned());
    }
    if !text.chars().all(usual) || key.chars().count() > 128 || value.chars().count() > 256 {
        return Err("AWS takes letters, digits, blanks and _ . : / = + - @ in tags".to_owned());
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// The ARN of a managed policy.
fn boundary(text: &str) -> Result<String, String> {
    let arn: Result<Arn, _> = text.parse();
    let is = arn.is_ok_and(|arn| arn.service() == "iam" && arn.resource().starts_with("policy/"));
    match is {
        true => Ok(text.to_owned()),
        false => {
            Err("it is no policy's ARN, such as arn:aws:iam::123456789012:policy/limit".to_owned())
        }
    }
}

/// What a name of every service may begin with.
fn prefix(text: &str) -> Result<String, String> {
    let usual = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match text.len() {
        1..=20 if text.chars().all(usual) && !text.starts_with('-') => Ok(text.to_owned()),
        _ => Err("use 1 to 20 small letters, digits and hyphens".to_owned()),
    }
}

fn wait(text: &str) -> Result<SignedDuration, String> {
    let duration: SignedDuration = text.parse().map_err(|error| format!("{error}"))?;
    match duration.is_negative() {
        true => Err("it lies in the past".to_owned()),
        false => Ok(duration),
    }
}
