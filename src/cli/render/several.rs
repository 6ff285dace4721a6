//! Several secrets: one row each, and one detail for all that are alike.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use secmon_core::report::{CheckReport, EntryReport, Report, Status, Verdict};
use secmon_core::snapshot::Snapshot;

use super::lines::shown;
use super::minute;
use super::text::Look;

/// One row per secret, the worst first.
pub(super) fn overview(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    report: &Report,
    look: &Look<'_>,
) -> io::Result<()> {
    let mut entries: Vec<&EntryReport> = report.entries.iter().collect();
    entries.sort_by(|a, b| (b.verdict, &a.asked).cmp(&(a.verdict, &b.asked)));
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["VERDICT", "SECRET", "ACCOUNT/REGION", "FIRST CAUSE"]);
    for entry in entries {
        let cause = entry.causes().chain(entry.with(Status::Unknown)).next();
        table.add_row([
            entry.verdict.to_string(),
            shown(entry.asked.label()).into_owned(),
            entry.asked.target.to_string(),
            cause.map_or_else(String::new, |check| format!("not: {}", check.title)),
        ]);
    }
    let verdict = look.paint.verdict(report.verdict());
    let broken = report.entries.iter().filter(|entry| entry.verdict == Verdict::No).count();
    let unclear =
        report.entries.iter().filter(|entry| entry.verdict == Verdict::CannotTell).count();
    let sentence = match (broken, unclear) {
        (0, 0) => format!("Reads of all {} secrets notify somebody.", report.entries.len()),
        (0, unclear) => format!(
            "Nothing seen is broken, but for {unclear} of {} secrets not all could be seen.",
            report.entries.len()
        ),
        (broken, _) => {
            format!("Nobody is told of reads of {broken} of {} secrets.", report.entries.len())
        }
    };
    writeln!(out, "{verdict}  {sentence}")?;
    writeln!(out, "{}\n", look.paint.dim(&minute(snapshot.taken_at)))?;
    for line in table.to_string().lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Entries of which every check says the same, worst first.
pub(super) fn alike(report: &Report) -> Vec<Vec<&EntryReport>> {
    let said = |entry: &EntryReport| -> Vec<CheckReport> {
        let telling =
            |check: &&CheckReport| !matches!(check.status, Status::Pass | Status::NotApplicable);
        entry.checks.iter().filter(telling).cloned().collect()
    };
    let mut groups: Vec<Vec<&EntryReport>> = Vec::new();
    for entry in &report.entries {
        let same = groups.iter_mut().find(|group| {
            let first = group.first().filter(|first| first.verdict == entry.verdict);
            first.is_some_and(|first| said(first) == said(entry))
        });
        match same {
            Some(group) => group.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    groups.sort_by_key(|group| group.first().map(|entry| std::cmp::Reverse(entry.verdict)));
    groups
}
