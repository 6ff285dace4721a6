//! `secmon explain`: a check's page, offline.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use secmon_checks::{CHECKLIST, Check, find};
use secmon_core::finding::Effect;

use crate::args::Explain;
use crate::exit;

/// Prints a check's page, or the list of all checks.
pub(crate) fn run(args: &Explain, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Some(id) = &args.id else {
        list(out)?;
        return Ok(ExitCode::from(exit::YES));
    };
    let wanted = id.to_ascii_lowercase().replace([' ', '_'], "-");
    let Some(check) = find(&wanted) else {
        let likely: Vec<&str> = nearest(&wanted).iter().map(|check| check.id).collect();
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

/// Up to three checks that share the most words with what was typed.
fn nearest(wanted: &str) -> Vec<&'static Check> {
    let shared = |check: &Check| {
        wanted.split('-').filter(|word| word.len() > 2 && check.id.contains(word)).count()
    };
    let mut likely: Vec<(usize, &'static Check)> =
        CHECKLIST.iter().map(|check| (shared(check), *check)).filter(|(n, _)| *n > 0).collect();
    likely.sort_by_key(|(shared, check)| (std::cmp::Reverse(*shared), check.id));
    likely.into_iter().take(3).map(|(_, check)| check).collect()
}
