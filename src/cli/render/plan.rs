//! A plan for people: what, from, to, why, and what has to be agreed to.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use secmon_aws::Applied;
use secmon_core::plan::{Change, Consent, Plan, steers_terminal};
use secmon_core::report::Verdict;
use serde_json::{Value, json};

use super::lines::{filled, numbered, shown};
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
    let regions: BTreeSet<&str> =
        plan.asked.iter().map(|asked| asked.target.region.as_str()).collect();
    let regions: Vec<&str> = regions.into_iter().collect();
    writeln!(
        out,
        "{}  account {} · {} · {}",
        paint.bold(&head),
        plan.account,
        regions.join(", "),
        minute(plan.taken_at)
    )?;
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
    writeln!(out, "\n{}", paint.bold(&numbered(number, &change.says)))?;
    let does = format!("{} of {}", change.write.operation(), change.resource);
    writeln!(out, "     {} {}", shown(&does), paint.dim(&format!("[{asks}]")))?;
    let differs = change.fields();
    if differs.is_empty() {
        writeln!(out, "     {}", shown(&change.write.command().to_string()))?;
    }
    fields(out, differs)?;
    for (key, value) in change.write.tags() {
        writeln!(out, "{}", filled(&format!("tag {key}: {value}"), "     "))?;
    }
    for note in &change.notes {
        writeln!(out, "{}", filled(note, "     "))?;
    }
    if !change.checks.is_empty() {
        writeln!(out, "     why: {}", shown(&change.checks.join(", ")))?;
    }
    Ok(())
}

/// Writes what differs: field, from, to. What is new is written field by field, and of a list item
/// by item.
pub(super) fn fields(
    out: &mut dyn Write,
    fields: impl IntoIterator<Item = (String, Option<Value>, Option<Value>)>,
) -> io::Result<()> {
    for (field, before, after) in fields {
        for line in lines(&field, before.as_ref(), after.as_ref()) {
            // JSON is not broken, so that it can be copied.
            match line.contains(['{', '[']) {
                true => writeln!(out, "     {}", shown(&line))?,
                false => writeln!(out, "{}", filled(&line, "     "))?,
            }
        }
    }
    Ok(())
}

fn lines(field: &str, before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let none = Vec::new();
    match (before, after) {
        (None, Some(Value::Object(new))) => {
            let set = new.iter().filter(|(_, value)| !value.is_null());
            set.flat_map(|(name, value)| {
                let path = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                lines(&path, None, Some(value))
            })
            .collect()
        }
        (None | Some(Value::Array(_)), Some(Value::Array(new)))
            if before.is_some() || new.iter().any(Value::is_object) =>
        {
            let old = before.and_then(Value::as_array).unwrap_or(&none);
            let gone = old.iter().filter(|item| !new.contains(item));
            let gone = gone.map(|item| format!("{field} - {}", value(Some(item))));
            let added = new.iter().filter(|item| !old.contains(item));
            let added = added.map(|item| format!("{field} + {}", value(Some(item))));
            gone.chain(added).collect()
        }
        (None, _) if field.is_empty() => vec![value(after)],
        (None, _) => vec![format!("{field}: {}", value(after))],
        _ => vec![format!("{field}: {} → {}", value(before), value(after))],
    }
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

/// What became of a plan.
pub(crate) struct Outcome {
    pub(crate) applied: Applied,
    /// The verdicts then.
    pub(crate) after: Vec<Verdict>,
    /// What is left for a human.
    pub(crate) remains: Vec<String>,
    pub(crate) journal: Option<PathBuf>,
    /// Why nothing was begun.
    pub(crate) nothing_because: Option<String>,
}

impl Outcome {
    /// Nothing is made yet.
    pub(crate) fn nothing(plan: &Plan) -> Self {
        Self {
            applied: Applied::default(),
            after: plan.before.clone(),
            remains: plan.by_hand.clone(),
            journal: None,
            nothing_because: None,
        }
    }
}

/// Writes what became of a plan.
pub(crate) fn outcome(
    out: &mut dyn Write,
    plan: &Plan,
    outcome: &Outcome,
    paint: Paint,
) -> io::Result<()> {
    writeln!(
        out,
        "\n{} of {} made · {} → {}",
        outcome.applied.made,
        count(plan.changes.len(), "change"),
        verdicts(&plan.before, paint),
        verdicts(&outcome.after, paint)
    )?;
    if !outcome.remains.is_empty() {
        writeln!(out, "\nStill to be done by you:")?;
        for step in &outcome.remains {
            writeln!(out, "{}", filled(step, "   "))?;
        }
    }
    if let Some(path) = &outcome.journal {
        writeln!(out, "\nTo take it back: secmon undo {}", path.display())?;
    }
    Ok(())
}

/// The same for a program.
pub(crate) fn outcome_json(out: &mut dyn Write, plan: &Plan, outcome: &Outcome) -> io::Result<()> {
    let outcome = json!({
        "version": 1,
        "plan": plan,
        "made": outcome.applied.made,
        "stopped": outcome.applied.stopped.as_ref().map(ToString::to_string),
        "nothing_because": outcome.nothing_because,
        "after": outcome.after,
        "remains": outcome.remains,
        "journal": outcome.journal,
    });
    writeln!(out, "{outcome:#}")
}
