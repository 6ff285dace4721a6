//! `secmon missed`.

use std::str::FromStr;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::{ConnectionArgs, Output, Question};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  secmon missed                                  any secret, the last 30 days
  secmon missed --secret TopSecretInfo --since 7d
  secmon missed --since 2026-01-01 --all         with the reads that were told
  secmon missed -o json=missed.json
  secmon missed --lab missed-reads               a simulated account: no AWS needed

Reads are taken from CloudTrail's Event history, which keeps 90 days and shows an event some
minutes late. What an alarm did is known for 30 days: of older reads only those are called missed
during which a link was certainly broken. A message that a topic took counts as told, as far as the
subscription stands; whether somebody read it, nobody knows.

AWS answers two pages of Event history a second, so that a busy account takes some minutes. The
actions it needs are in the policy that `secmon iam-policy` prints.

Exit codes:
  0  every read was told, or there was none
  1  some reads told nobody
  2  error: usage, configuration, credentials, files
  3  none is known to have been missed; of some it cannot be told")]
pub(crate) struct Missed {
    #[command(flatten)]
    pub(crate) question: Question,

    /// Address that must be told; with several, one of them
    #[arg(
        long,
        value_name = "ADDR",
        help_heading = "Question",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) recipient: Vec<String>,

    /// How far back: 30d, 12h, 2026-01-01 or 2026-01-01T09:30Z (UTC)
    #[arg(long, value_name = "TIME", default_value = "30d")]
    pub(crate) since: Since,

    /// List the reads that were told, too
    #[arg(long)]
    pub(crate) all: bool,

    /// Output format, text or json, to standard output or to a file; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    pub(crate) output: Vec<Output>,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// How far back.
#[derive(Debug, Clone)]
pub(crate) enum Since {
    /// So long before now.
    Ago(Span),
    /// From this moment.
    At(Timestamp),
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(Self::At(time));
        }
        if let Ok(date) = text.parse::<Date>() {
            let midnight = date.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
            return Ok(Self::At(midnight.timestamp()));
        }
        match text.parse::<Span>() {
            Ok(span) if span.is_positive() => Ok(Self::Ago(span)),
            _ => Err("write 30d, 12h, 2026-01-01 or 2026-01-01T09:30Z".to_owned()),
        }
    }
}

impl Since {
    /// The moment; nothing if it is none that can be.
    pub(crate) fn before(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::At(time) => Some(*time),
            Self::Ago(span) => {
                let now = now.to_zoned(TimeZone::UTC);
                Some(now.checked_sub(*span).ok()?.timestamp())
            }
        }
    }
}
