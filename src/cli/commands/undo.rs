//! `secmon undo`: what a journal holds is brought back, newest first.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::bail;
use secmon_aws::TakenBack;
use secmon_core::plan::{JournalStep, StepState};

use super::apply::{Doing, ask, can_ask, check_account};
use super::journal::{self, JournalFile};
use super::plan::Wanted;
use super::read;
use crate::args::Undo;
use crate::exit;
use crate::render::lines::{filled, shown};
use crate::render::paint::Paint;
use crate::render::{count, minute};

/// Runs the command.
pub(crate) fn run(
    args: &Undo,
    command: Option<&str>,
    color: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let local = tokio::task::LocalSet::new();
    read::runtime()?.block_on(local.run_until(undo(args, command, Paint { color }, out)))
}

async fn undo(
    args: &Undo,
    command: Option<&str>,
    paint: Paint,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let named = args.journal.as_deref().map(journal::read).transpose()?;
    let asked = named.as_ref().map(|journal| journal.asked.clone()).unwrap_or_default();
    let secrets: Vec<String> = asked.into_iter().filter_map(|asked| asked.secret).collect();
    let reached = read::open(&args.connection, &secrets).await?;
    let wanted = Wanted::default();
    let reading = {
        let spinner = read::Spinner::start();
        read::read_and_judge(&reached.session, &wanted.entry, &wanted.pins, &spinner).await?
    };
    let Some(account) = reading.snapshot.caller.seen().map(|caller| caller.account.clone()) else {
        bail!("it could not be seen of which account these credentials are");
    };
    let path = match &args.journal {
        Some(path) => path.clone(),
        None => journal::newest(&account, command)?,
    };
    let journal = match named {
        Some(journal) => journal,
        None => journal::read(&path)?,
    };
    if journal.account != account {
        bail!(
            "the journal is of account {}, and these credentials are of {account}",
            journal.account
        );
    }
    check_account(args.expect_account.as_deref(), &account)?;
    let is_open = |step: &&JournalStep| !matches!(step.state, StepState::Undone);
    let steps: Vec<&JournalStep> = journal.steps.iter().rev().filter(is_open).collect();
    let changes = count(steps.len(), "change");
    writeln!(out, "{}", paint.bold(&format!("{changes} of {}", minute(journal.started))))?;
    for step in &steps {
        writeln!(
            out,
            "{}",
            filled(&format!("{}: {}", step.change.resource, step.change.says), "   ")
        )?;
    }
    out.flush()?;
    if steps.is_empty() {
        writeln!(out, "There is nothing to take back.")?;
        return Ok(ExitCode::from(exit::YES));
    }
    if !args.yes {
        if !can_ask() {
            writeln!(
                io::stderr(),
                "nothing was changed: there is no terminal to ask on. From a script: \
                 --yes --expect-account {account}"
            )?;
            return Ok(ExitCode::from(exit::ERROR));
        }
        if !ask(&format!("Take back {changes} in account {account}?"))? {
            return Ok(ExitCode::from(exit::ERROR));
        }
    }
    let mut doing = Doing::with(Some(JournalFile::go_on(path)?), &reached);
    let (mut undone, mut left) = (0, Vec::new());
    for step in steps {
        match reached.session.take_back(step, args.force, read::now(), &mut doing).await {
            Ok(TakenBack::Undone) => {
                undone += 1;
                left.extend(step.change.undo.remnant.clone());
            }
            Ok(TakenBack::AsBefore) => {}
            Ok(TakenBack::Left(why)) => left.push(why),
            Err(stopped) => left.push(stopped.to_string()),
        }
    }
    doing.bar.finish_and_clear();
    writeln!(out, "\n{} taken back.", count(undone, "change"))?;
    if !left.is_empty() {
        writeln!(out, "What stays:")?;
        for why in &left {
            writeln!(out, "{}", filled(&shown(why), "   "))?;
        }
    }
    Ok(ExitCode::from(if left.is_empty() { exit::YES } else { exit::NO }))
}
