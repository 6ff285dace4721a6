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
    /// Serve a simulated account on loopback, for any AWS client
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
It serves until Ctrl-C. Paste the lines that it prints into a second terminal. Only programs on this
machine are answered. Any access key is taken; the account has nothing of yours in it, and what is
changed is gone when the program ends, unless it was saved.

The clock stands still. With U=$AWS_ENDPOINT_URL/_lab:

  curl -X POST $U/advance -d '{\"seconds\": 300}'       let time pass, or {\"to\": \"2026-01-05T12:00:00Z\"}
  curl $U/inbox                                      what arrived where
  curl -X POST $U/confirm -d '{\"endpoint\": \"soc@example.org\"}'   follow confirmation links; {} for all
  curl -X POST $U/faults -d '{\"operation\": \"GetKeyPolicy\", \"kind\": \"deny\"}'
                                                     kind: deny, throttle, error, timeout, truncate,
                                                     malformed, halve, pages-of-one, repeated-token;
                                                     also \"times\", \"latency_ms\", \"service\"; \"*\" is
                                                     every operation
  curl -X DELETE $U/faults                           nothing goes wrong any more
  curl $U/requests                                   the calls so far
  curl $U/state > saved.json                         save; curl -T saved.json $U/state loads
  curl -X POST $U/reset                              everything as it was in the beginning

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
