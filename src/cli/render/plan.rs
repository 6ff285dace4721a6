//! A plan for people: what, from, to, why, and what has to be agreed to.

use std::io::{self, Write};
use std::path::Path;

use secmon_aws::Applied;
use secmon_core::plan::{Change, Consent, Plan, steers_terminal};
use secmon_core::report::Verdict;
use serde_json::{Value, json};

use super::lines::{filled, shown};
use super::paint::Paint;
use super::{count, minute};

/// A value longer than this is shown by its length.
const LONG: usize = 1_500;

/// Writes a plan.
pub(crate) fn write(out: &mut dyn Write, plan: &Plan, paint: Paint) -> io::Result<()> {
    let asks = plan.changes.iter().filter(|change| !change.asks.is_empty()).count();
    let head = match plan.changes.len() {
        0 => "Nothing to change".to_owned(),
        number => format!("{} to make", count(number, "change")),
    };
    writeln!(out, "{}  account {} · {}", paint.bold(&head), plan.account, minute(plan.taken_at))?;
    for (index, change) in plan.changes.iter().enumerate() {
        one(out, index + 1, change, paint)?;
    }
    if plan.asks().contains(&Consent::Drift) {
        let says = "What a stack or another tool owns is better changed there: `secmon plan --export \
                    terraform` prints it as Terraform, `--export cli` as commands.";
        writeln!(out, "\n{}", filled(says, ""))?;
    }
    if asks > 0 {
        let names: Vec<String> = plan
            .asks()
            .into_iter()
            .map(|consent| format!("{} ({})", consent.name(), consent.means()))
            .collect();
        writeln!(out, "\n{}", filled(&format!("To be agreed to: {}.", names.join(", ")), ""))?;
    }
    if !plan.by_hand.is_empty() {
        writeln!(out, "\nLeft to you:")?;
        for step in &plan.by_hand {
            writeln!(out, "{}", filled(step, "   "))?;
        }
    }
    let before = verdicts(&plan.before, paint);
    match plan.changes.is_empty() {
        true => writeln!(out, "\n{before}  `secmon doctor` says why"),
        false => writeln!(out, "\n{before} → {}{}", verdicts(&plan.after, paint), once(plan)),
    }
}

/// What the verdict waits for.
fn once(plan: &Plan) -> &'static str {
    let confirms = |step: &String| step.starts_with("Follow the link");
    match !plan.by_hand.is_empty() && plan.by_hand.iter().all(confirms) {
        true => ", and YES once the link is followed",
        false => "",
    }
}

fn one(out: &mut dyn Write, number: usize, change: &Change, paint: Paint) -> io::Result<()> {
    let asks = match change.asks.is_empty() {
        true => "safe".to_owned(),
        false => {
            change.asks.iter().map(|asks: &Consent| asks.name()).collect::<Vec<_>>().join(", ")
        }
    };
    writeln!(out)?;
    writeln!(
        out,
        "{} {}",
        paint.bold(filled(&format!("{number}. {}", change.says), " ").trim_end()),
        paint.dim(&format!("[{asks}]"))
    )?;
    writeln!(out, "     {} of {}", change.write.operation(), shown(&change.resource.to_string()))?;
    for (field, before, after) in change.fields() {
        let line = match (&before, &after) {
            (Some(Value::Array(old)), Some(Value::Array(new))) => {
                let added = new.iter().filter(|item| !old.contains(item));
                let gone = old.iter().filter(|item| !new.contains(item));
                let added = added.map(|item| format!(" + {}", value(Some(item))));
                let gone = gone.map(|item| format!(" - {}", value(Some(item))));
                format!("{field}:{}", added.chain(gone).collect::<String>())
            }
            (None, _) if field.is_empty() => value(after.as_ref()),
            (None, _) => format!("{field}: {}", value(after.as_ref())),
            _ => format!("{field}: {} → {}", value(before.as_ref()), value(after.as_ref())),
        };
        writeln!(out, "{}", filled(&line, "     "))?;
    }
    for note in &change.notes {
        writeln!(out, "{}", filled(note, "     "))?;
    }
    if !change.checks.is_empty() {
        writeln!(out, "     why: {}", change.checks.join(", "))?;
    }
    Ok(())
}

fn value(value: Option<&Value>) -> String {
    let text = match value {
        None => return "none".to_owned(),
        Some(Value::String(text)) if !text.contains(steers_terminal) => text.clone(),
        Some(value) => value.to_string(),
    };
    match text.chars().count() {
        long if long > LONG => format!("({long} characters)"),
        _ => text,
    }
}

fn verdicts(verdicts: &[Verdict], paint: Paint) -> String {
    let mut distinct: Vec<Verdict> = Vec::new();
    for verdict in verdicts {
        if !distinct.contains(verdict) {
            distinct.push(*verdict);
        }
    }
    distinct.into_iter().map(|verdict| paint.verdict(verdict)).collect::<Vec<_>>().join(", ")
}

/// Writes what became of a plan.
pub(crate) fn outcome(
    out: &mut dyn Write,
    plan: &Plan,
    applied: &Applied,
    after: &[Verdict],
    remains: &[String],
    journal: Option<&Path>,
    paint: Paint,
) -> io::Result<()> {
    writeln!(
        out,
        "\n{} of {} made · {} → {}",
        applied.made,
        count(plan.changes.len(), "change"),
        verdicts(&plan.before, paint),
        verdicts(after, paint)
    )?;
    if !remains.is_empty() {
        writeln!(out, "\nStill to be done by you:")?;
        for step in remains {
            writeln!(out, "{}", filled(step, "   "))?;
        }
    }
    if let Some(path) = journal {
        writeln!(out, "\nTo take it back: secmon undo {}", path.display())?;
    }
    Ok(())
}

/// The same for a program.
pub(crate) fn outcome_json(
    out: &mut dyn Write,
    plan: &Plan,
    applied: &Applied,
    after: &[Verdict],
    remains: &[String],
) -> io::Result<()> {
    let outcome = json!({
        "version": 1,
        "plan": plan,
        "made": applied.made,
        "stopped": applied.stopped.as_ref().map(ToString::to_string),
        "after": after,
        "remains": remains,
    });
    writeln!(out, "{outcome:#}")
}
