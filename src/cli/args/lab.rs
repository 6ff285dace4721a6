//! `secmon lab …`

use clap::{Args, Subcommand};

use super::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum LabCommand {
    /// List the accounts: what each shows, and whether a read is notified
    List {
        /// Output format, text or json, to standard output or to a file; may be repeated
        #[arg(short, long, value_name = "FORMAT[=FILE]")]
        output: Vec<Output>,
    },
    /// Serve one on loopback, for any AWS client
    Serve(Serve),
    /// List what nobody has established about AWS, and the answers that the lab can play
    Hypotheses {
        /// Output format, text or json, to standard output or to a file; may be repeated
        #[arg(short, long, value_name = "FORMAT[=FILE]")]
        output: Vec<Output>,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Standard output is lines for a shell; everything else in them is a comment. Nothing but this machine
can connect. Any access key is taken; the account has nothing of yours in it, and what is changed is
gone when the program ends, unless it was saved.

The clock stands still. To let time pass, look at what arrived, or make calls fail:

  curl -X POST $AWS_ENDPOINT_URL/_lab/advance -d '{\"seconds\": 300}'
  curl $AWS_ENDPOINT_URL/_lab/inbox
  curl -X POST $AWS_ENDPOINT_URL/_lab/faults -d '{\"operation\": \"GetKeyPolicy\", \"kind\": \"deny\"}'

The others: /_lab/confirm, /_lab/requests, /_lab/reset, /_lab/state.

Examples:
  secmon lab serve
  secmon lab serve average-statistic --port 4600 --live
  aws secretsmanager get-secret-value --secret-id TopSecretInfo")]
pub(crate) struct Serve {
    /// The account to start from
    #[arg(default_value = "healthy")]
    pub(crate) scenario: String,
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// Let the clock go with that of this machine
    #[arg(long)]
    pub(crate) live: bool,
    /// Play this answer to an open question: `secmon lab hypotheses` lists them
    #[arg(long, value_name = "HYPOTHESIS=SETTING", value_parser = assumption)]
    pub(crate) assume: Vec<(String, String)>,
}

fn assumption(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((hypothesis, setting)) => Ok((hypothesis.to_owned(), setting.to_owned())),
        None => Err("it must be HYPOTHESIS=SETTING".to_owned()),
    }
}
