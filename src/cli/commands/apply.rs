//! Making the changes of a plan, with consent, a journal and a second look; `secmon apply`.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::SignedDuration;
use secmon_aws::Outside;
use secmon_core::finding::Fix;
use secmon_core::plan::{Consent, Line, Plan, Resource, renewed};
use secmon_core::report::{Report, Status, Verdict};
use secmon_core::snapshot::{AccountId, Snapshot};
use secmon_lab::serve::Server;

use super::files;
use super::journal::{self, JournalFile};
use super::output::Sinks;
use super::plan::Wanted;
use super::read::{self, Reached, Spinner};
use crate::args::{Apply, ConsentArgs, Format};
use crate::exit;
use crate::render;
use crate::render::lines::shown;
use crate::render::paint::Paint;
use crate::render::plan::Outcome;

/// Between two looks while waiting.
const PAUSE: Duration = Duration::from_secs(20);
/// How long the lab is waited for, which takes no time.
const LAB_WAIT: SignedDuration = SignedDuration::from_mins(30);

/// Runs the command.
pub(crate) fn run(args: &Apply, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let text = files::read(&args.file)?;
    let plan = Plan::from_json(&text).map_err(anyhow::Error::msg);
    let plan = plan.with_context(|| format!("{} is no plan of secmon", args.file.display()))?;
    let sinks = Sinks::open(&args.output, out)?;
    let secrets: Vec<String> = plan.asked.iter().filter_map(|asked| asked.secret.clone()).collect();
    let wanted = Wanted::default();
    let local = tokio::task::LocalSet::new();
    read::runtime()?.block_on(local.run_until(async {
        let reached = read::open(&args.connection, &secrets).await?;
        let reading = {
            let spinner = Spinner::start();
            read::read_and_judge(&reached.session, &wanted.entry, &wanted.pins, &spinner).await?
        };
        let account = reading.snapshot.caller.seen().map(|caller| caller.account.clone());
        if account.as_ref() != Some(&plan.account) {
            let here = account.map_or_else(|| "another".to_owned(), |account| account.to_string());
            bail!("the plan is for account {}, and these credentials are of {here}", plan.account);
        }
        let mut snapshot = reading.snapshot;
        for change in &plan.changes {
            look(&reached, &change.resource, &mut snapshot).await;
            let tags = change.resource.tags_read(&snapshot).into_iter().collect();
            reached.session.read_more(&mut snapshot, tags, &|_| ()).await;
        }
        let judge = |snapshot: &Snapshot| secmon_checks::run(snapshot, &wanted.entry, &wanted.pins);
        let plan = renewed(&plan, &snapshot, &judge)?;
        carry_out(&reached, &plan, &args.consent, &wanted, color, sinks).await
    }))
}

/// Reads a resource into a snapshot.
async fn look(reached: &Reached, resource: &Resource, snapshot: &mut Snapshot) {
    let mut done = BTreeSet::new();
    loop {
        let mut reads = resource.reads(snapshot);
        reads.retain(|read| !done.contains(read));
        if reads.is_empty() {
            return;
        }
        done.extend(reads.iter().cloned());
        reached.session.read_more(snapshot, reads, &|_| ()).await;
    }
}

/// Shows a plan, asks, makes the changes, looks again, and tells.
pub(crate) async fn carry_out(
    reached: &Reached,
    plan: &Plan,
    consent: &ConsentArgs,
    wanted: &Wanted,
    color: bool,
    mut sinks: Sinks<'_>,
) -> anyhow::Result<ExitCode> {
    sinks.each(|sink| match sink.format {
        Format::Json => Ok(()),
        Format::Text => {
            let paint = Paint { color: color && sink.is_stdout };
            render::plan::write(sink, plan, paint)
        }
    })?;
    if !plan.account.is_known() {
        bail!(
            "it could not be seen of which account these credentials are: `secmon doctor` says what \
             was not seen"
        );
    }
    let mut outcome = Outcome::nothing(plan);
    if !plan.changes.is_empty() {
        sinks.each(io::Write::flush)?;
        let is_shown = sinks.show_text_on_terminal();
        if let Some(path) = consent.journal.as_ref().filter(|path| path.exists()) {
            bail!(
                "there is {} already, and a journal is never written over: name a new file. Nothing was \
                 changed.",
                path.display()
            );
        }
        if let Some(why) = may_not_change(reached, plan, consent, is_shown)? {
            writeln!(io::stderr(), "nothing was changed: {why}")?;
            outcome.nothing_because = Some(why);
            return finish(sinks, plan, &outcome, color);
        }
        let mut doing = Doing::begin(reached, plan, wanted.command, consent)?;
        outcome.applied = reached.session.apply(&plan.changes, read::now(), &mut doing).await;
        outcome.journal = doing.journal.take().map(|journal| journal.path);
        doing.bar.finish_and_clear();
        if let Some(stopped) = &outcome.applied.stopped {
            let (made, all) = (outcome.applied.made, plan.changes.len());
            let mut says = format!("{stopped}\n{made} of {all} changes were made.");
            if let Some(path) = &outcome.journal {
                let (command, path) = (wanted.command, path.display());
                says += &format!(
                    "\nThe same `secmon {command}` once more goes on from here, with another --journal if \
                     you name one; `secmon undo {path}` takes back what was made."
                );
            }
            let lines: Vec<_> = says.lines().map(shown).collect();
            writeln!(io::stderr(), "error: {}", lines.join("\n"))?;
        }
    }
    let waits = match outcome.applied.stopped {
        Some(_) => SignedDuration::ZERO,
        None => wait_for(reached, plan, consent),
    };
    let report = settle(reached, wanted, waits).await?;
    outcome.after = report.entries.iter().map(|entry| entry.verdict).collect();
    outcome.remains = remains(&report);
    finish(sinks, plan, &outcome, color)
}

/// Tells what became of a plan; the last verdict decides the exit code.
pub(crate) fn finish(
    mut sinks: Sinks<'_>,
    plan: &Plan,
    outcome: &Outcome,
    color: bool,
) -> anyhow::Result<ExitCode> {
    sinks.each(|sink| match sink.format {
        Format::Json => render::plan::outcome_json(sink, plan, outcome),
        Format::Text if plan.changes.is_empty() || outcome.nothing_because.is_some() => Ok(()),
        Format::Text => {
            let paint = Paint { color: color && sink.is_stdout };
            render::plan::outcome(sink, plan, outcome, paint)
        }
    })?;
    sinks.finish()?;
    Ok(exit::of(outcome.after.iter().copied().max().unwrap_or(Verdict::CannotTell)))
}

/// Why the changes may not be made: no flags for all of it, or no on a terminal.
fn may_not_change(
    reached: &Reached,
    plan: &Plan,
    consent: &ConsentArgs,
    is_shown: bool,
) -> anyhow::Result<Option<String>> {
    let accounts = plan.changes.iter().map(|change| &change.resource.target().account);
    let accounts: BTreeSet<&AccountId> = accounts.collect();
    for account in &accounts {
        check_account(&consent.expect_account, account)?;
        if !reached.session.can_write_in(account) {
            bail!(
                "part of the plan is for account {account}, and these credentials are not known to \
                 be of it: pass --role-arn ROLE_IN_THAT_ACCOUNT. Nothing was changed."
            );
        }
    }
    let asks = plan.asks();
    let allowed: BTreeSet<Consent> = consent.allow.iter().copied().collect();
    if consent.yes {
        let lacking: Vec<&str> = asks.difference(&allowed).map(|consent| consent.name()).collect();
        return Ok((!lacking.is_empty()).then(|| {
            let lacking = lacking.join(",");
            format!("--yes covers safe changes only; for this plan, add --allow {lacking}")
        }));
    }
    if !can_ask() {
        let accounts = accounts.iter().map(|account| format!("--expect-account {account}"));
        let accounts: Vec<String> = accounts.collect();
        let mut flags = format!("--yes {}", accounts.join(" "));
        if !asks.is_empty() {
            let names: Vec<&str> = asks.into_iter().map(Consent::name).collect();
            flags += &format!(" --allow {}", names.join(","));
        }
        return Ok(Some(format!(
            "there is no terminal to ask on. To change it from a script: {flags}"
        )));
    }
    let changes = render::count(plan.changes.len(), "change");
    if !is_shown {
        render::plan::write(&mut io::stderr(), plan, Paint { color: false })?;
    }
    let accounts: Vec<&str> = accounts.iter().map(|account| account.as_str()).collect();
    let agrees = ask(&format!("Make {changes} in account {}?", accounts.join(" and ")))?;
    Ok((!agrees).then(|| NOT_AGREED.to_owned()))
}

/// Why nothing is changed where somebody was asked.
pub(crate) const NOT_AGREED: &str = "it was not agreed to";

/// Whether there is somebody to ask.
#[expect(clippy::disallowed_methods, reason = "standard input is only looked at")]
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks one question on the terminal; only `y` and `yes` are a yes.
#[expect(clippy::disallowed_methods, reason = "the answer is read here and passed on")]
pub(crate) fn ask(question: &str) -> anyhow::Result<bool> {
    write!(io::stderr(), "{question} [y/N] ")?;
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).context("cannot read the answer")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// That the account is the one that the user expects.
pub(crate) fn check_account(expected: &[String], account: &AccountId) -> anyhow::Result<()> {
    match expected.is_empty() || expected.iter().any(|expected| expected == account.as_str()) {
        true => Ok(()),
        false => bail!("account {account} would be changed, and not {}", expected.join(" or ")),
    }
}

/// How long it is waited for what takes its time.
fn wait_for(reached: &Reached, plan: &Plan, consent: &ConsentArgs) -> SignedDuration {
    match (consent.wait, &reached.lab) {
        (Some(wait), _) => wait,
        (None, Some(_)) if !plan.changes.is_empty() => LAB_WAIT,
        (None, _) => SignedDuration::ZERO,
    }
}

/// Looks until a human is told or the time is over.
async fn settle(
    reached: &Reached,
    wanted: &Wanted,
    waits: SignedDuration,
) -> anyhow::Result<Report> {
    let cancelled = cancelled_by_user();
    let mut waited = Duration::ZERO;
    let spinner = Spinner::start();
    loop {
        reached.session.renew();
        let reading = read::read_and_judge(&reached.session, &wanted.entry, &wanted.pins, &spinner);
        let report = reading.await?.report;
        let is_over = SignedDuration::try_from(waited).unwrap_or(SignedDuration::MAX) >= waits;
        if report.verdict() == Verdict::Yes || is_over || cancelled.get() {
            return Ok(report);
        }
        let pause = match &reached.lab {
            Some(_) => Duration::from_mins(1),
            None => PAUSE,
        };
        pass(reached.lab.as_ref(), pause).await;
        waited += pause;
    }
}

/// Lets time pass: the lab's where it is the lab.
async fn pass(lab: Option<&Server>, duration: Duration) {
    match (lab, SignedDuration::try_from(duration)) {
        (Some(server), Ok(duration)) => server.with_world(|world| world.advance(duration)),
        _ => tokio::time::sleep(duration).await,
    }
}

/// What is left for a human.
fn remains(report: &Report) -> Vec<String> {
    let mut remains = Vec::new();
    for check in report.entries.iter().flat_map(|entry| entry.with(Status::Fail)) {
        for finding in &check.findings {
            let by_hand = finding.fix.iter().filter_map(|fix| match fix {
                Fix::Manual(says) => Some(says.clone()),
                Fix::Change(_) => None,
            });
            let by_hand: Vec<String> = by_hand.collect();
            let says = match by_hand.is_empty() {
                true => vec![finding.message.clone()],
                false => by_hand,
            };
            remains.extend(
                says.into_iter().filter(|says| !remains.contains(says)).collect::<Vec<_>>(),
            );
        }
    }
    remains
}

fn cancelled_by_user() -> Rc<Cell<bool>> {
    let cancelled = Rc::new(Cell::new(false));
    let flag = Rc::clone(&cancelled);
    tokio::task::spawn_local(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            flag.set(true);
        }
    });
    cancelled
}

/// Changes being made.
pub(crate) struct Doing<'a> {
    pub(crate) journal: Option<JournalFile>,
    pub(crate) bar: ProgressBar,
    lab: Option<&'a Server>,
    cancelled: Rc<Cell<bool>>,
}

impl<'a> Doing<'a> {
    fn begin(
        reached: &'a Reached,
        plan: &Plan,
        command: &str,
        consent: &ConsentArgs,
    ) -> anyhow::Result<Self> {
        let now = read::now();
        let path = match (&consent.journal, &reached.lab) {
            (Some(path), _) => Some(path.clone()),
            // The account is gone with the program.
            (None, Some(_)) => None,
            (None, None) => Some(journal::new_path(&plan.account, now)?),
        };
        let journal = path.map(|path| JournalFile::begin(path, plan, command)).transpose()?;
        Ok(Self::with(journal, reached))
    }

    /// Goes on with a journal.
    pub(crate) fn with(journal: Option<JournalFile>, reached: &'a Reached) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { journal, bar, lab: reached.lab.as_ref(), cancelled: cancelled_by_user() }
    }
}

impl Outside for Doing<'_> {
    fn journal(&mut self, line: &Line) -> Result<(), String> {
        self.journal.as_mut().map_or(Ok(()), |journal| journal.write(line))
    }

    fn progress(&mut self, says: &str) {
        self.bar.set_message(shown(says).into_owned());
    }

    async fn wait(&mut self, duration: Duration) {
        pass(self.lab, duration).await;
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.get()
    }
}
