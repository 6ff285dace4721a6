//! What is taken back, for people and for programs: version 1, described by `undo.schema.json` beside
//! this file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use secmon_core::plan::{Journal, JournalStep, Write as Call};
use serde_json::{Value, json};

use super::lines::{filled, numbered, shown};
use super::paint::Paint;
use super::{count, minute, plan};

/// The version of the JSON.
const VERSION: u32 = 1;

/// What a journal holds to take back.
pub(crate) struct Open {
    pub(crate) path: PathBuf,
    pub(crate) journal: Journal,
    /// Newest first.
    pub(crate) steps: Vec<JournalStep>,
}

/// All that is to be taken back.
pub(crate) struct TakingBack {
    pub(crate) account: String,
    pub(crate) journals: Vec<Open>,
    /// What would stay, and why, a sentence each.
    pub(crate) staying: Vec<String>,
    /// To whom it looks like an attack, a sentence each.
    pub(crate) watchers: Vec<String>,
}

impl TakingBack {
    /// How many changes are taken back.
    pub(crate) fn changes(&self) -> usize {
        self.journals.iter().map(|one| one.steps.len()).sum()
    }
}

/// Writes what would be taken back.
pub(crate) fn write(out: &mut dyn Write, taking: &TakingBack, paint: Paint) -> io::Result<()> {
    for Open { path, journal, steps } in &taking.journals {
        let head = format!("{} to take back", count(steps.len(), "change"));
        writeln!(
            out,
            "{}  account {} · `secmon {}` of {}",
            paint.bold(&head),
            taking.account,
            shown(&journal.command),
            minute(journal.started)
        )?;
        writeln!(out, "{}", paint.dim(&path.display().to_string()))?;
        for (index, step) in steps.iter().enumerate() {
            one(out, index + 1, step, paint)?;
        }
        writeln!(out)?;
    }
    if taking.changes() == 0 {
        writeln!(out, "There is nothing to take back.")?;
    }
    if !taking.staying.is_empty() {
        writeln!(out, "{}", paint.bold("As it is now, this stays:"))?;
        for why in &taking.staying {
            writeln!(out, "{}", filled(why, "   "))?;
        }
        writeln!(out)?;
    }
    if !taking.watchers.is_empty() {
        writeln!(out, "{}", paint.bold("To others this looks like an attack; tell them first:"))?;
        for watcher in &taking.watchers {
            writeln!(out, "{}", filled(watcher, "   "))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn one(out: &mut dyn Write, number: usize, step: &JournalStep, paint: Paint) -> io::Result<()> {
    let calls = calls(step);
    let does = match calls.is_empty() {
        true => format!("Nothing can be done about {}.", step.change.resource),
        false => format!("{} of {}", calls.join(", "), step.change.resource),
    };
    writeln!(out, "\n{}", paint.bold(&numbered(number, &does)))?;
    writeln!(out, "{}", paint.dim(&filled(&format!("made: {}", step.change.says), "     ")))?;
    // What is removed is gone with all its fields.
    if step.change.before.seen().is_some() {
        let fields = step.change.fields().into_iter();
        plan::fields(out, fields.map(|(field, before, after)| (field, after, before)))?;
    }
    match &step.change.undo.remnant {
        Some(remnant) => writeln!(out, "{}", filled(remnant, "     ")),
        None => Ok(()),
    }
}

/// The calls that take a step back.
fn calls(step: &JournalStep) -> Vec<&'static str> {
    match &step.change.write {
        Call::Subscribe { .. } => vec!["Unsubscribe"],
        _ => step.change.undo.writes.iter().map(Call::operation).collect(),
    }
}

/// What became of it.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) undone: usize,
    /// What stays, and why, or until when.
    pub(crate) stays: Vec<String>,
    /// Why nothing was begun.
    pub(crate) nothing_because: Option<String>,
}

/// Writes what became of it.
pub(crate) fn outcome(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    writeln!(out, "{} taken back.", count(outcome.undone, "change"))?;
    if !outcome.stays.is_empty() {
        writeln!(out, "What stays:")?;
        for why in &outcome.stays {
            writeln!(out, "{}", filled(&shown(why), "   "))?;
        }
    }
    Ok(())
}

/// All of it for a program.
pub(crate) fn write_json(
    out: &mut dyn Write,
    taking: &TakingBack,
    outcome: &Outcome,
    now: Timestamp,
) -> io::Result<()> {
    let journals: Vec<Value> = taking.journals.iter().map(journal_json).collect();
    let all = json!({
        "version": VERSION,
        "account": taking.account,
        "at": now,
        "journals": journals,
        "looks_like_an_attack": taking.watchers,
        "undone": outcome.undone,
        "stays": outcome.stays,
        "nothing_because": outcome.nothing_because,
    });
    writeln!(out, "{all:#}")
}

fn journal_json(open: &Open) -> Value {
    let path: &Path = &open.path;
    let step = |step: &JournalStep| {
        json!({
            "step": step.step,
            "resource": step.change.resource,
            "made": step.change.says,
            "calls": calls(step),
            "from": step.change.after,
            "to": step.change.before,
            "remnant": step.change.undo.remnant,
        })
    };
    json!({
        "path": path,
        "command": open.journal.command,
        "started": open.journal.started,
        "steps": open.steps.iter().map(step).collect::<Vec<_>>(),
    })
}
