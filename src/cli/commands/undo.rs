//! `secmon undo`: what a journal holds is brought back, newest first.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::bail;
use secmon_aws::{Outside as _, Stopped, TakenBack};
use secmon_core::plan::Resource;

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
    check_account(&args.expect_account, &account)?;
    let paths = match &args.journal {
        Some(path) => vec![path.clone()],
        None => journal::open_journals(&account, command)?,
    };
    let mut journals = Vec::new();
    for path in paths {
        let journal = journal::read(&path)?;
        if journal.account != account {
            bail!(
                "the journal is of account {}, and these credentials are of {account}",
                journal.account
            );
        }
        journals.push((path, journal));
    }
    for step in journals.iter().flat_map(|(_, journal)| &journal.steps).filter(|it| it.is_open()) {
        for account in
            step.change.undo.writes.iter().filter_map(|write| Some(write.target()?.account))
        {
            check_account(&args.expect_account, &account)?;
        }
    }
    let open: usize = journals.iter().map(|(_, journal)| journal.open().count()).sum();
    let changes = count(open, "change");
    for (_, journal) in &journals {
        let head =
            format!("{} of {}", count(journal.open().count(), "change"), minute(journal.started));
        writeln!(out, "{}", paint.bold(&head))?;
        for step in journal.open() {
            let says = format!("{}: {}", step.change.resource, step.change.says);
            writeln!(out, "{}", filled(&says, "   "))?;
            if let Some(remnant) = &step.change.undo.remnant {
                writeln!(out, "{}", filled(remnant, "     "))?;
            }
        }
    }
    out.flush()?;
    if open == 0 {
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
    let (mut undone, mut left) = (0, Vec::new());
    'journals: for (path, journal) in journals {
        let mut doing = Doing::with(Some(JournalFile::go_on(path)?), &reached);
        // What stays, stays whole.
        let mut kept: BTreeSet<&Resource> = BTreeSet::new();
        for step in journal.open() {
            if kept.contains(&step.change.resource) {
                continue;
            }
            if doing.is_cancelled() {
                left.push("interrupted: `secmon undo` goes on".to_owned());
                break 'journals;
            }
            match reached.session.take_back(step, args.force, read::now(), &mut doing).await {
                Ok(TakenBack::Undone) => {
                    undone += 1;
                    // A confirmed subscription is gone like anything else.
                    if !step.change.undo.writes.is_empty() {
                        left.extend(step.change.undo.remnant.clone());
                    }
                }
                Ok(TakenBack::AsBefore) => {}
                Ok(TakenBack::Left(why)) => {
                    kept.insert(&step.change.resource);
                    left.push(why);
                }
                Ok(TakenBack::Refused(why)) => {
                    left.push(format!("{why}. What was made before it was left alone as well."));
                    break 'journals;
                }
                Err(stopped) if removes(&step.change.resource, &stopped) => {
                    kept.insert(&step.change.resource);
                    left.push(stopped.to_string());
                }
                Err(stopped) => {
                    left.push(format!(
                        "{stopped}. What was made before it was left alone as well."
                    ));
                    break 'journals;
                }
            }
        }
        doing.bar.finish_and_clear();
    }
    writeln!(out, "\n{} taken back.", count(undone, "change"))?;
    if !left.is_empty() {
        writeln!(out, "What stays:")?;
        for why in &left {
            writeln!(out, "{}", filled(&shown(why), "   "))?;
        }
    }
    Ok(ExitCode::from(if left.is_empty() { exit::YES } else { exit::NO }))
}

/// Whether it is a bucket that S3 does not remove because it holds log files.
fn removes(resource: &Resource, stopped: &Stopped) -> bool {
    matches!(resource, Resource::Bucket { .. }) && stopped.to_string().contains("BucketNotEmpty")
}
