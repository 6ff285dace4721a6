//! `secmon repair`, which is `secmon doctor --repair`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;

use super::output::Sinks;
use super::plan::Wanted;
use super::{apply, plan, read};
use crate::args::{
    ChoiceArgs, ConnectionArgs, ConsentArgs, Doctor, Format, Output, Question, Repair, Setup,
};
use crate::exit;
use crate::render;
use crate::render::paint::Paint;

/// What is to be repaired, and how.
struct Job<'a> {
    /// Whether the whole chain is wanted, with a dashboard if so said.
    setup: Option<bool>,
    dry_run: bool,
    choices: &'a ChoiceArgs,
    consent: &'a ConsentArgs,
    question: &'a Question,
    output: &'a [Output],
    connection: &'a ConnectionArgs,
}

/// Runs the command.
pub(crate) fn run(args: &Repair, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
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

/// Runs `secmon setup`.
pub(crate) fn set_up(args: &Setup, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if args.choices.email.is_none() && args.question.topic.is_none() {
        bail!("whom is it to tell? Pass --email ADDR, or --topic NAME for a topic that is there");
    }
    let job = Job {
        setup: Some(!args.no_dashboard),
        dry_run: args.dry_run,
        choices: &args.choices,
        consent: &args.consent,
        question: &args.question,
        output: &args.output,
        connection: &args.connection,
    };
    job.run(color, out)
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

impl Job<'_> {
    fn run(&self, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let mut sinks = Sinks::open(self.output, out)?;
        let mut wanted = Wanted::of(self.question, self.choices);
        if let Some(dashboard) = self.setup {
            wanted.command = "setup";
            wanted.choices.dashboard = dashboard;
        }
        let local = tokio::task::LocalSet::new();
        read::runtime()?.block_on(local.run_until(async {
            let reached = read::open(self.connection, &self.question.secret).await?;
            let planned = {
                let spinner = read::Spinner::start();
                let (entry, pins) = (&wanted.entry, &wanted.pins);
                let reading = read::read_and_judge(&reached.session, entry, pins, &spinner);
                let mut snapshot = reading.await?.snapshot;
                plan::plan(&reached.session, &mut snapshot, &wanted).await?
            };
            if self.dry_run {
                sinks.each(|sink| match sink.format {
                    Format::Json => Ok(sink.write_all(planned.plan.to_json().as_bytes())?),
                    Format::Text => {
                        let paint = Paint { color: color && sink.is_stdout };
                        render::plan::write(sink, &planned.plan, paint)
                    }
                })?;
                sinks.finish()?;
                return Ok(exit::of(planned.plan.verdict_before()));
            }
            apply::carry_out(&reached, &planned.plan, self.consent, &wanted, color, sinks).await
        }))
    }
}
