//! What AWS itself says of a pattern.

use anyhow::{anyhow, bail};
use secmon_aws::{AskError, PatternTest, Session};
use secmon_core::pattern::Match;
use secmon_lab::serve::Server;
use tokio::runtime::Runtime;

use crate::args::ConnectionArgs;
use crate::commands::read::{self, Reached};
use crate::render::pattern::rows::Source;

/// Somebody to ask.
pub(super) struct Aws {
    runtime: Runtime,
    session: Session,
    /// Who is asked, as errors call it.
    place: String,
    _lab: Option<Server>,
}

impl Aws {
    /// Connects.
    pub(super) fn open(args: &ConnectionArgs) -> anyhow::Result<Self> {
        let runtime = read::runtime()?;
        let Reached { session, lab } = runtime.block_on(read::open(args, &[]))?;
        let url = args.endpoint_url.clone().or_else(read::endpoint_url_of_environment);
        let place = match (&args.lab, url) {
            (Some(scenario), _) => format!("the lab's {scenario}"),
            (None, Some(url)) => url,
            (None, None) => format!("AWS in {}", session.region().unwrap_or("no Region")),
        };
        Ok(Self { runtime, session, place, _lab: lab })
    }

    /// Connects if AWS is to be asked; why not, where that fails: the answer given here can still
    /// be told.
    pub(super) fn if_asked(
        aws: bool,
        args: &ConnectionArgs,
    ) -> anyhow::Result<Option<anyhow::Result<Self>>> {
        let ConnectionArgs { region, profile, endpoint_url, role_arn, lab, timeout: _ } = args;
        let given = [
            ("--region", region.is_some()),
            ("--profile", profile.is_some()),
            ("--endpoint-url", endpoint_url.is_some()),
            ("--role-arn", !role_arn.is_empty()),
            ("--lab", lab.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given && !aws) {
            Some((flag, _)) => {
                bail!("{flag} says how to ask AWS, but without --aws it is not asked")
            }
            None => Ok(aws.then(|| Self::open(args))),
        }
    }

    /// Asks about up to [`Session::MESSAGES`] messages, none of them empty.
    pub(super) fn test(&self, pattern: &str, messages: &[String]) -> anyhow::Result<PatternTest> {
        let test = self.runtime.block_on(self.session.test_metric_filter(pattern, messages));
        test.map_err(|error| self.named(&error))
    }

    /// As [`Aws::test`], unless the user interrupts it.
    pub(super) fn test_until_interrupted(
        &self,
        pattern: &str,
        messages: &[String],
    ) -> anyhow::Result<Option<PatternTest>> {
        self.runtime.block_on(async {
            tokio::select! {
                test = self.session.test_metric_filter(pattern, messages) => Ok(Some(test?)),
                interrupted = tokio::signal::ctrl_c() => Ok(interrupted.map(|()| None)?),
            }
        })
    }

    /// An error, and who was asked.
    fn named(&self, error: &AskError) -> anyhow::Error {
        anyhow!("{error} ({})", self.place)
    }

    /// Where and when an answer was seen.
    pub(super) fn source(&self, test: &PatternTest) -> Source {
        let region = self.session.region().unwrap_or_default().to_owned();
        Source { region, at: test.at.unwrap_or_else(read::now) }
    }
}

/// Whether AWS's answer is another than the one given here; an uncertain one is none.
pub(super) fn disagree(here: Option<Match>, aws_matches: bool) -> bool {
    match here {
        Some(Match::Yes) => !aws_matches,
        Some(Match::No) => aws_matches,
        Some(Match::Uncertain(_)) => false,
        // Refused here and taken by AWS.
        None => true,
    }
}

/// The error where AWS gave no answer.
pub(super) fn not_asked(error: &anyhow::Error) -> anyhow::Error {
    anyhow!("AWS was not asked: {error:#}")
}
