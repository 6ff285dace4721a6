//! `secmon undo` and `secmon teardown`: what journals hold is brought back, newest first.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use jiff::{SignedDuration, Timestamp};
use secmon_aws::{Force, Outside as _, Session, Stopped, TakenBack};
use secmon_core::plan::{
    JournalStep, Resource, UNCONFIRMED_HOURS, Write as Call, looks_like_an_attack,
    reads_of_watchers,
};
use secmon_core::snapshot::Snapshot;

use super::apply::{Doing, NOT_AGREED, ask, can_ask, check_account};
use super::journal::{self, JournalFile};
use super::output::Sinks;
use super::plan::Wanted;
use super::read::{self, Reached};
use crate::args::{Format, TakingBack as Args, Teardown, Undo};
use crate::exit;
use crate::render::count;
use crate::render::paint::Paint;
use crate::render::undo::{self as render, Open, Outcome, TakingBack};

/// Runs `secmon undo`.
pub(crate) fn run(args: &Undo, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    Job { journal: &args.journal, since: None, args: &args.taking, color }.run(out)
}

/// Runs `secmon teardown`.
pub(crate) fn tear_down(
    args: &Teardown,
    color: bool,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    Job { journal: &args.journal, since: Some("setup"), args: &args.taking, color }.run(out)
}

/// What is to be taken back, and how.
struct Job<'a> {
    journal: &'a Option<PathBuf>,
    /// The command since whose oldest journal all is taken back.
    since: Option<&'static str>,
    args: &'a Args,
    color: bool,
}

impl Job<'_> {
    fn run(&self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let sinks = Sinks::open(&self.args.output, out)?;
        let local = tokio::task::LocalSet::new();
        read::runtime()?.block_on(local.run_until(self.undo(sinks)))
    }

    async fn undo(&self, mut sinks: Sinks<'_>) -> anyhow::Result<ExitCode> {
        let named = self.journal.as_deref().map(journal::read).transpose()?;
        let asked = named.as_ref().map(|journal| journal.asked.clone()).unwrap_or_default();
        let secrets: Vec<String> = asked.into_iter().filter_map(|asked| asked.secret).collect();
        let reached = read::open(&self.args.connection, &secrets).await?;
        let (taking, now) = self.seen(&reached).await?;
        sinks.each(|sink| match sink.format {
            Format::Json => Ok(()),
            Format::Text => {
                let paint = Paint { color: self.color && sink.is_stdout };
                render::write(sink, &taking, paint)
            }
        })?;
        sinks.each(io::Write::flush)?;
        let mut outcome = Outcome::default();
        let goes_on = taking.changes() > 0 && !self.args.dry_run;
        if goes_on && self.may_change(&taking, &sinks, &mut outcome)? {
            take_back(&reached, (&taking, now), self.force(), &mut outcome).await?;
        }
        if !goes_on {
            outcome.stays.clone_from(&taking.staying);
        }
        sinks.each(|sink| match sink.format {
            Format::Json => render::write_json(sink, &taking, &outcome, now),
            Format::Text if !goes_on || outcome.nothing_because.is_some() => Ok(()),
            Format::Text => render::outcome(sink, &outcome),
        })?;
        sinks.finish()?;
        if let Some(why) = &outcome.nothing_because {
            writeln!(io::stderr(), "nothing was changed: {why}")?;
            return Ok(ExitCode::from(exit::ERROR));
        }
        let all_is_back = outcome.stays.is_empty() || self.args.dry_run;
        Ok(ExitCode::from(if all_is_back { exit::YES } else { exit::NO }))
    }

    fn force(&self) -> Force {
        let Args { force, force_used, force_bucket, force_log_group, force_secret, .. } = self.args;
        Force {
            changed: *force,
            used: *force_used,
            bucket: *force_bucket,
            log_group: *force_log_group,
            secret: *force_secret,
        }
    }

    /// What the journals hold, and who watches for it.
    async fn seen(&self, reached: &Reached) -> anyhow::Result<(TakingBack, Timestamp)> {
        let wanted = Wanted::default();
        let mut snapshot = {
            let spinner = read::Spinner::start();
            let (entry, pins) = (&wanted.entry, &wanted.pins);
            read::read_and_judge(&reached.session, entry, pins, &spinner).await?.snapshot
        };
        let Some(account) = snapshot.caller.seen().map(|caller| caller.account.clone()) else {
            bail!("it could not be seen of which account these credentials are");
        };
        check_account(&self.args.expect_account, &account)?;
        let paths = match self.journal {
            Some(path) => vec![path.clone()],
            None => journal::open_journals(&account, self.since)?,
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
            let steps = journal.open();
            journals.push(Open { path, steps, journal });
        }
        for step in journals.iter().flat_map(|open| &open.steps) {
            let account = &step.change.resource.target().account;
            check_account(&self.args.expect_account, account)?;
        }
        let mut staying = Vec::new();
        let mut looked_at = BTreeSet::new();
        for step in journals.iter().flat_map(|open| &open.steps) {
            // What came before it on the same resource waits for it.
            if looked_at.insert(step.change.resource.clone()) {
                let now = snapshot.taken_at;
                staying.extend(reached.session.would_stay(step, self.force(), now).await);
            }
        }
        let watchers = watchers(&reached.session, &journals, &mut snapshot).await;
        let taking = TakingBack { account: account.to_string(), journals, staying, watchers };
        Ok((taking, snapshot.taken_at))
    }

    /// Whether the user agrees: by flags, or asked once on a terminal.
    fn may_change(
        &self,
        taking: &TakingBack,
        sinks: &Sinks<'_>,
        outcome: &mut Outcome,
    ) -> anyhow::Result<bool> {
        if self.args.yes {
            return Ok(true);
        }
        let account = &taking.account;
        if !can_ask() {
            outcome.nothing_because = Some(format!(
                "there is no terminal to ask on. From a script: --yes --expect-account {account}"
            ));
            return Ok(false);
        }
        if !sinks.show_text_on_terminal() {
            render::write(&mut io::stderr(), taking, Paint { color: false })?;
        }
        let changes = count(taking.changes(), "change");
        let agrees = ask(&format!("Take back {changes} in account {account}?"))?;
        if !agrees {
            outcome.nothing_because = Some(NOT_AGREED.to_owned());
        }
        Ok(agrees)
    }
}

fn calls(journals: &[Open]) -> impl Iterator<Item = &Call> {
    journals.iter().flat_map(|open| &open.steps).flat_map(|step| &step.change.undo.writes)
}

/// To whom the calls look like an attack.
async fn watchers(session: &Session, journals: &[Open], snapshot: &mut Snapshot) -> Vec<String> {
    let reads = reads_of_watchers(calls(journals), snapshot);
    if !reads.is_empty() {
        session.read_more(snapshot, reads, &|_| ()).await;
    }
    looks_like_an_attack(calls(journals), snapshot)
}

async fn take_back(
    reached: &Reached,
    (taking, at): (&TakingBack, Timestamp),
    force: Force,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    'journals: for open in &taking.journals {
        let mut doing = Doing::with(Some(JournalFile::go_on(open.path.clone())?), reached);
        // What stays, stays whole.
        let mut kept: BTreeSet<&Resource> = BTreeSet::new();
        for step in &open.steps {
            if kept.contains(&step.change.resource) {
                continue;
            }
            if doing.is_cancelled() {
                outcome.stays.push("interrupted: `secmon undo` goes on".to_owned());
                break 'journals;
            }
            let now = read::now();
            match reached.session.take_back(step, force, now, &mut doing).await {
                Ok(TakenBack::Undone) => {
                    outcome.undone += 1;
                    // A confirmed subscription is gone like anything else.
                    if !step.change.undo.writes.is_empty() {
                        let remnant = step.change.undo.remnant.clone();
                        outcome.stays.extend(remnant.map(|says| dated(says, gone(step, at))));
                    }
                }
                Ok(TakenBack::AsBefore) => {}
                Ok(TakenBack::Left(why)) => {
                    kept.insert(&step.change.resource);
                    outcome.stays.push(dated(why, until(step, open, at)));
                }
                Ok(TakenBack::Refused(why)) => {
                    let says = format!("{why}. What was made before it was left alone as well.");
                    outcome.stays.push(says);
                    break 'journals;
                }
                Err(stopped) if is_full(&step.change.resource, &stopped) => {
                    kept.insert(&step.change.resource);
                    outcome.stays.push(dated(stopped.to_string(), until(step, open, at)));
                }
                Err(stopped) => {
                    let says =
                        format!("{stopped}. What was made before it was left alone as well.");
                    outcome.stays.push(says);
                    break 'journals;
                }
            }
        }
        doing.bar.finish_and_clear();
    }
    Ok(())
}

fn dated(says: String, until: Option<String>) -> String {
    match until {
        Some(until) => format!("{} ({until})", says.trim_end_matches('.')),
        None => says,
    }
}

fn day(from: Timestamp, days: i64) -> Option<String> {
    let end = from.checked_add(SignedDuration::from_hours(days * 24)).ok()?;
    Some(end.strftime("%Y-%m-%d").to_string())
}

/// When what was taken back is gone for good.
fn gone(step: &JournalStep, at: Timestamp) -> Option<String> {
    let days = step.change.undo.writes.iter().find_map(|write| match write {
        Call::DeleteSecret { recovery_window_in_days, .. } => Some(*recovery_window_in_days),
        Call::ScheduleKeyDeletion { pending_window_in_days, .. } => {
            Some(i64::from(*pending_window_in_days))
        }
        _ => None,
    })?;
    Some(format!("on {}", day(at, days)?))
}

/// When what stays goes by itself, or what is in it.
fn until(step: &JournalStep, open: &Open, at: Timestamp) -> Option<String> {
    if let Call::Subscribe { .. } = step.change.write {
        let end = day(open.journal.started, UNCONFIRMED_HOURS / 24)?;
        return Some(format!("by {end}"));
    }
    let removes =
        |write: &Call| matches!(write, Call::DeleteBucket { .. } | Call::DeleteLogGroup { .. });
    step.change.undo.writes.iter().find(|write| removes(write))?;
    let settings =
        open.journal.steps.iter().filter(|it| it.change.resource == step.change.resource);
    let days = settings.rev().find_map(|it| match &it.change.write {
        Call::PutRetentionPolicy { retention_in_days, .. } => Some(*retention_in_days),
        Call::PutBucketLifecycleConfiguration { days, .. } => Some(*days),
        _ => None,
    })?;
    Some(format!("what is in it now is deleted by {}", day(at, i64::from(days))?))
}

/// Whether it is a bucket that S3 does not remove because it holds log files.
fn is_full(resource: &Resource, stopped: &Stopped) -> bool {
    matches!(resource, Resource::Bucket { .. }) && stopped.to_string().contains("BucketNotEmpty")
}
