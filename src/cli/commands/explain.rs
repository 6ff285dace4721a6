//! `secmon explain`: a check's page, offline.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use secmon_checks::{CHECKLIST, Failure, failure, find};
use secmon_core::finding::Effect;

use crate::args::Explain;
use crate::exit;
use crate::render::lines::filled;

/// Prints a check's page, or the list of all checks.
pub(crate) fn run(args: &Explain, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Some(id) = &args.id else {
        list(out)?;
        return Ok(ExitCode::from(exit::YES));
    };
    if let Some(failure) = failure(id) {
        of_failure(failure, out)?;
        return Ok(ExitCode::from(exit::YES));
    }
    let wanted = id.to_ascii_lowercase().replace([' ', '_'], "-");
    let Some(check) = find(&wanted) else {
        let likely = super::nearest(&wanted, CHECKLIST.iter().map(|check| check.id));
        match likely.as_slice() {
            [] => bail!("there is no check `{id}`: `secmon explain` lists all"),
            likely => bail!(
                "there is no check `{id}`; is it {}? `secmon explain` lists all",
                likely.join(" or ")
            ),
        }
    };
    out.write_all(for_readers(check.page).as_bytes())?;
    Ok(ExitCode::from(exit::YES))
}

/// What a failure of the catalogue is, and what tells it.
fn of_failure(failure: &Failure, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}  {}", failure.id, failure.says)?;
    for check in failure.checks() {
        writeln!(out, "  secmon explain {}", check.id)?;
    }
    match failure.otherwise {
        Some(why) => writeln!(out, "{}", filled(why, "  ")),
        None => Ok(()),
    }
}

/// The page without the edits that its tests make to the healthy account: what they lead to stays.
fn for_readers(page: &str) -> String {
    let mut shown = String::new();
    for (index, block) in page.split("\n```").enumerate() {
        let is_fenced = index % 2 == 1;
        match block.split_once('\n') {
            Some(("toml scenario", _)) if is_fenced => continue,
            Some(("text finding" | "text unknown", says)) if is_fenced => {
                let says: Vec<String> = says.lines().map(|line| format!("    {line}")).collect();
                shown += &format!("\n{}\n", says.join("\n"));
            }
            _ if is_fenced => shown += &format!("\n```{block}\n```"),
            _ => shown += block,
        }
    }
    // Where a block was left out, two blank lines meet.
    while shown.contains("\n\n\n") {
        shown = shown.replace("\n\n\n", "\n\n");
    }
    shown
}

fn list(out: &mut dyn Write) -> std::io::Result<()> {
    let mut stage = None;
    for check in CHECKLIST {
        if stage != Some(check.stage) {
            stage = Some(check.stage);
            writeln!(out, "{}", check.stage)?;
        }
        let effect = match check.effect {
            Effect::Breaks | Effect::Disproves => "",
            Effect::Degrades => "  (warning)",
        };
        writeln!(out, "  {}{effect}", check.id)?;
    }
    Ok(())
}
