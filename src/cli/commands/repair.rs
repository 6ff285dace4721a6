//! `secmon repair`, which is `secmon doctor --repair`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use secmon_core::plan::DEMO_SECRET;

use super::output::Sinks;
use super::plan::Wanted;
use super::{apply, plan, read};
use crate::args::{
    Changing, ChoiceArgs, ConnectionArgs, ConsentArgs, Doctor, Format, Output, Question, Repair,
    Setup,
};
use crate::render;
use crate::render::paint::Paint;
use crate::render::plan::Outcome;

/// What is to be repaired, and how.
struct Job<'a> {
    /// How the whole chain is wanted, if it is.
    setup: Option<&'a Setup>,
    dry_run: bool,
    choices: &'a ChoiceArgs,
    consent: &'a ConsentArgs,
    question: &'a Question,
    output: &'a [Output],
    connection: &'a ConnectionArgs,
}

/// Runs the command.
pub(crate) fn run(args: &Repair, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    Job::of(&args.changing, None).run(color, out)
}

/// Runs `secmon setup`.
pub(crate) fn set_up(args: &Setup, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let changing = &args.changing;
    if changing.choices.email.is_none() && changing.question.topic.is_none() {
        bail!("whom is it to tell? Pass --email ADDR, or --topic NAME for a topic that is there");
    }
    Job::of(changing, Some(args)).run(color, out)
}

/// Runs `secmon doctor --repair`.
pub(crate) fn of_doctor(
    args: &Doctor,
    color: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let job = Job {
        setup: None,
        dry_run: args.dry_run,
        choices: &args.choices,
        consent: &args.consent,
        question: &args.question,
        output: &args.output,
        connection: &args.connection,
    };
    job.run(color, out)
}

impl<'a> Job<'a> {
    fn of(args: &'a Changing, setup: Option<&'a Setup>) -> Self {
        Self {
            setup,
            dry_run: args.dry_run,
            choices: &args.choices,
            consent: &args.consent,
            question: &args.question,
            output: &args.output,
            connection: &args.connection,
        }
    }

    fn run(&self, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let mut sinks = Sinks::open(self.output, out)?;
        let mut wanted = Wanted::of(self.question, self.choices);
        let mut secrets = self.question.secret.clone();
        if let Some(setup) = self.setup {
            wanted.command = "setup";
            wanted.choices.dashboard = !setup.no_dashboard;
            wanted.choices.kms = setup.kms;
            wanted.choices.demo_secret = setup.demo_secret;
            secrets.extend(setup.demo_secret.then(|| DEMO_SECRET.to_owned()));
        }
        let local = tokio::task::LocalSet::new();
        read::runtime()?.block_on(local.run_until(async {
            let reached = read::open(self.connection, &secrets).await?;
            let planned = {
                let spinner = read::Spinner::start();
                let (entry, pins) = (&wanted.entry, &wanted.pins);
                let reading = read::read_and_judge(&reached.session, entry, pins, &spinner);
                let mut snapshot = reading.await?.snapshot;
                plan::plan(&reached.session, &mut snapshot, &wanted).await?
            };
            if self.dry_run {
                let plan = &planned.plan;
                sinks.each(|sink| match sink.format {
                    Format::Json => Ok(()),
                    Format::Text => {
                        let paint = Paint { color: color && sink.is_stdout };
                        render::plan::write(sink, plan, paint)
                    }
                })?;
                let why = Some("it is a dry run".to_owned());
                let outcome = Outcome { nothing_because: why, ..Outcome::nothing(plan) };
                return apply::finish(sinks, plan, &outcome, color);
            }
            apply::carry_out(&reached, &planned.plan, self.consent, &wanted, color, sinks).await
        }))
    }
}
