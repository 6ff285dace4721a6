//! `secmon missed`: the reads that told nobody.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, bail};
use secmon_core::baseline::BaselineEntry;
use secmon_core::missed::{
    self, EVENT_HISTORY, Missed as Found, Past, past_of_alarms_then, past_of_changes, past_of_reads,
};
use secmon_core::snapshot::Observed;

use super::doctor::pins;
use super::output::Sinks;
use super::read::{self, Reached, Spinner};
use crate::args::{Format, Missed};
use crate::exit;
use crate::render::paint::Paint;
use crate::render::{self, minute};

/// Reads the account and its past, and prints what became of each read of the secret.
pub(crate) fn run(args: &Missed, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut sinks = Sinks::open(&args.output, out)?;
    let (found, is_misspelt) = read::runtime()?.block_on(async {
        tokio::select! {
            found = look(args) => found,
            _ = tokio::signal::ctrl_c() => bail!("interrupted before everything was read"),
        }
    })?;
    let code = if found.missed() > 0 {
        exit::NO
    } else if found.is_uncertain() || is_misspelt {
        exit::CANNOT_TELL
    } else {
        exit::YES
    };
    sinks.each(|sink| match sink.format {
        Format::Json => render::missed::json(sink, &found, code),
        Format::Text => {
            let paint = Paint { color: color && sink.is_stdout };
            render::missed::text(sink, &found, args.all, paint, code)
        }
    })?;
    sinks.finish()?;
    Ok(ExitCode::from(code))
}

/// What was found, and whether one of several secrets that were named is not there.
async fn look(args: &Missed) -> anyhow::Result<(Found, bool)> {
    let entry = BaselineEntry::secret_access();
    let pins = pins(&args.question, &args.recipient);
    let spinner = Spinner::start();
    let Reached { session, lab: _lab } =
        read::open(&args.connection, &args.question.secret).await?;
    let read::Reading { snapshot, report, .. } =
        read::read_and_judge(&session, &entry, &pins, &spinner).await?;
    let missing = pins.missing(&snapshot);
    if !missing.is_empty() {
        bail!("{}", missing.join("\n"));
    }
    let now = snapshot.taken_at;
    let mut from = args.since.before(now).context("--since: so far back time does not go")?;
    if from > now {
        bail!("--since: {} is not past: it is {}", minute(from), minute(now));
    }
    let kept = now.checked_sub(EVENT_HISTORY).unwrap_or(from);
    let cut = from < kept;
    from = from.max(kept);
    let mut past = Past::default();
    let progress = |progress| spinner.show_past(progress);
    let doctor = |snapshot: &_| secmon_checks::run(snapshot, &entry, &pins);
    let wanted = past_of_reads(&snapshot, &entry, &report, from);
    session.read_past(&mut past, wanted, now, &progress).await;
    // Where nobody read anything, who changed what does not matter.
    let is_read = past.events.values().filter_map(Observed::seen).any(|events| !events.is_empty());
    if is_read {
        let wanted = past_of_changes(&snapshot, &report);
        session.read_past(&mut past, wanted, now, &progress).await;
        let wanted = past_of_alarms_then(&snapshot, &entry, &report, &past, &doctor);
        session.read_past(&mut past, wanted, now, &progress).await;
    }
    let mut found = missed::judge(&snapshot, &entry, &report, &past, from, &doctor);
    let mut is_misspelt = false;
    for asked in &snapshot.asked {
        let is_gone = asked.secret.as_ref().is_some_and(|name| {
            matches!(snapshot.at(&asked.target).secrets.get(name), Some(Observed::Absent))
        });
        let of_it = found.entries.iter().filter(|entry| entry.asked == *asked);
        let nobody = |reads: &Vec<_>| reads.is_empty();
        if is_gone && of_it.into_iter().all(|entry| entry.reads.as_ref().is_ok_and(nobody)) {
            let says = format!(
                "there is no secret {} in {}, and nobody read one of that name: is it right?",
                asked.label(),
                asked.target
            );
            if snapshot.asked.len() == 1 {
                bail!("{says}");
            }
            is_misspelt = true;
            found.notes.push(says);
        }
    }
    if cut {
        let kept = "Event history keeps 90 days: earlier reads are not known.";
        found.notes.push(kept.to_owned());
    }
    Ok((found, is_misspelt))
}
