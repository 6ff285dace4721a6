//! What is broken: each cause with its arithmetic, its fix, and what was seen of it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use secmon_core::finding::Fix;
use secmon_core::plan::{Intent, Step, commands};
use secmon_core::report::{CheckReport, EntryReport, Status};
use secmon_core::snapshot::Snapshot;

use super::lines::{WIDTH, filled, shown};
use super::minute;
use super::text::{INDENT, Look, check_line, is_note, labelled};

/// Failures and warnings, numbered where several are independent of each other.
pub(super) fn write(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    entry: &EntryReport,
    look: &Look<'_>,
) -> io::Result<()> {
    let intents = entry.intents();
    let steps = commands(&intents, snapshot);
    let mut printed: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    let failed = entry.causes().count();
    // A symptom stands under its cause, where that is shown.
    let stands_alone = |check: &&CheckReport| {
        let cause = check.symptom_of.and_then(|id| entry.checks.iter().find(|it| it.id == id));
        (look.only)(check) && !cause.is_some_and(|cause| (look.only)(cause))
    };
    let is_shown = |check: &&CheckReport| look.verbose || !is_note(check);
    let faults = entry.with(Status::Fail).chain(entry.with(Status::Warn));
    for (index, check) in faults.filter(stands_alone).filter(is_shown).enumerate() {
        let number = match failed {
            2.. if check.status == Status::Fail => format!("{}. ", index + 1),
            _ => String::new(),
        };
        let claim = format!("{number}{}", check.title);
        let word = match check.status {
            Status::Warn => format!("warning, {}", check.severity),
            _ => check.severity.to_string(),
        };
        check_line(out, look, check.status, &claim, &word)?;
        for finding in &check.findings {
            writeln!(out, "{}", filled(&finding.message, INDENT))?;
            if look.verbose {
                for field in &finding.evidence {
                    let line = format!(
                        "{}: {}; should be {}",
                        field.field, field.observed, field.expected
                    );
                    writeln!(out, "{}", filled(&line, "       "))?;
                }
            }
            // On one line each, so that they can be copied.
            for quote in &finding.quotes {
                writeln!(out, "{INDENT}{:<7} {}", quote.what, shown(&quote.text))?;
            }
        }
        if let Some(since) = &check.since {
            let line = format!("{}, {} by {}", minute(since.time), since.event_name, since.by);
            writeln!(out, "{INDENT}since  {}", shown(&line))?;
        }
        for fix in check.findings.iter().flat_map(|finding| &finding.fix) {
            match fix {
                Fix::Manual(says) => labelled(out, "fix", says)?,
                Fix::Change(intent) => {
                    change(out, check.title, intent, &intents, &steps, &mut printed)?;
                }
            }
        }
        for symptom in entry.symptoms(check.id) {
            for finding in &symptom.findings {
                labelled(out, "seen", &finding.message)?;
            }
        }
        writeln!(out, "{INDENT}why    secmon explain {}", check.id)?;
    }
    let notes = entry.with(Status::Warn).filter(|check| (look.only)(check));
    let notes: Vec<&str> =
        notes.filter(|check| !is_shown(check)).map(|check| check.title).collect();
    match notes.as_slice() {
        [] => Ok(()),
        titles => {
            let says = format!("Not so, and no alert depends on it (-v): {}", titles.join(" · "));
            writeln!(out, "\n{}", filled(&says, "   "))
        }
    }
}

/// The commands of a change, or where they stand already.
fn change<'a>(
    out: &mut dyn Write,
    title: &'a str,
    intent: &Intent,
    intents: &[Intent],
    steps: &[Step],
    printed: &mut BTreeMap<usize, Vec<&'a str>>,
) -> io::Result<()> {
    for (number, step) in steps.iter().enumerate() {
        if !step.intents.iter().any(|index| intents.get(*index) == Some(intent)) {
            continue;
        }
        let under = printed.entry(number).or_default();
        if under.contains(&title) {
            continue;
        }
        under.push(title);
        if let [before, _, ..] = under[..] {
            labelled(out, "fix", &format!("the command under \"{before}\" mends this too"))?;
            continue;
        }
        labelled(out, "fix", &step.says)?;
        for need in &step.needs {
            writeln!(out, "{}", filled(&format!("fill in {need}"), "            "))?;
        }
        for command in &step.commands {
            for line in command.wrapped(WIDTH - 12).lines() {
                writeln!(out, "            {line}")?;
            }
        }
    }
    Ok(())
}

/// Up to the first full stop that ends a sentence.
pub(super) fn first_sentence(text: &str) -> &str {
    let ends = text.match_indices(". ").map(|(at, _)| at + 1);
    let mut ends = ends.filter(|end| text[*end..].trim_start().starts_with(char::is_uppercase));
    ends.next().map_or(text, |end| &text[..end])
}
