//! The report for people: the verdict first, one line per healthy stage, failures in full.

use std::io::{self, Write};

use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::{Severity, Stage, Unseen};
use secmon_core::report::{CheckReport, EntryReport, Report, Status, Verdict};
use secmon_core::route::{OtherWay, Route, in_words};
use secmon_core::snapshot::Snapshot;

use super::faults;
use super::lines::{WIDTH, filled, filled_after, shown};
use super::paint::Paint;
use super::several::{alike, overview};
use super::summary::{ROWS, healthy_row, played, proven, usual_minutes};
use super::{count, minute};

/// Where text under a check begins.
pub(super) const INDENT: &str = "     ";

/// How the text is to look.
pub(crate) struct Look<'a> {
    /// Colour, or none.
    pub(crate) paint: Paint,
    /// Show every check, and each field as it is and as it should be.
    pub(crate) verbose: bool,
    /// Which checks are shown.
    pub(crate) only: &'a dyn Fn(&CheckReport) -> bool,
    /// Addresses that must be told.
    pub(crate) recipients: &'a [String],
}

/// Writes the report.
pub(crate) fn write(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    entry: &BaselineEntry,
    report: &Report,
    exit_code: u8,
    look: &Look<'_>,
) -> io::Result<()> {
    if let [single] = report.entries.as_slice() {
        headline(out, snapshot, entry, single, look)?;
        let mut below = Vec::new();
        detail(&mut below, snapshot, entry, single, look)?;
        if !below.starts_with(b"\n") {
            writeln!(out)?;
        }
        out.write_all(&below)?;
        writeln!(out, "\n{}", totals(&[single], exit_code, look))?;
    } else {
        overview(out, snapshot, report, look)?;
        for same in alike(report) {
            let Some(first) = same.first() else { continue };
            let names: Vec<&str> = same.iter().map(|entry| entry.asked.label()).collect();
            writeln!(out, "\n{}", look.paint.bold(&shown(&names.join(", "))))?;
            detail(out, snapshot, entry, first, look)?;
        }
        let all: Vec<&EntryReport> = report.entries.iter().collect();
        writeln!(out, "\n{}", totals(&all, exit_code, look))?;
    }
    for note in &report.notes {
        writeln!(out, "\n{}", filled(&format!("note: {note}"), ""))?;
    }
    Ok(())
}

fn sentence(
    snapshot: &Snapshot,
    baseline: &BaselineEntry,
    entry: &EntryReport,
    look: &Look<'_>,
) -> String {
    let read = match &entry.asked.secret {
        Some(_) => format!("{} is read", entry.asked.label()),
        None => "a secret is read".to_owned(),
    };
    let whom = look.recipients.join(", ");
    match entry.verdict {
        Verdict::Yes => {
            let told = count(entry.told.len(), "subscriber");
            let what = match &entry.asked.secret {
                Some(_) => format!("A read of {}", entry.asked.label()),
                None => "A read of any secret".to_owned(),
            };
            match usual_minutes(snapshot, baseline, entry) {
                Some(minutes) => {
                    format!("{what} notifies {told}, usually within {minutes} min.")
                }
                None => format!("{what} notifies {told}."),
            }
        }
        Verdict::No if whom.is_empty() => format!("Nobody is told when {read}."),
        Verdict::No if look.recipients.len() > 1 => {
            format!("None of {whom} is told when {read}.")
        }
        Verdict::No => format!("{whom} is not told when {read}."),
        Verdict::CannotTell if entry.with(Status::Fail).next().is_some() => {
            let who = match entry.chain.route {
                Route::FilterAlarm => "The alarm",
                Route::LogAlarm => "The log alarm",
                Route::EventRule => "The event rule",
            };
            format!("{who} tells nobody when {read}; something else may.")
        }
        Verdict::CannotTell if entry.with(Status::Pass).next().is_none() => {
            "Nothing of the chain could be seen.".to_owned()
        }
        Verdict::CannotTell => {
            let unknown = entry.with(Status::Unknown).count();
            format!("Nothing seen is broken, but {} could not be made.", count(unknown, "check"))
        }
    }
}

fn headline(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    baseline: &BaselineEntry,
    entry: &EntryReport,
    look: &Look<'_>,
) -> io::Result<()> {
    let verdict = look.paint.verdict(entry.verdict);
    let sentence = filled(&sentence(snapshot, baseline, entry, look), "  ");
    writeln!(out, "{verdict}  {}", sentence.trim_start())?;
    let target = &entry.asked.target;
    let place =
        format!("account {} · {} · {}", target.account, target.region, minute(snapshot.taken_at));
    writeln!(out, "{}", look.paint.dim(&place))?;
    let mut causes = entry.causes();
    if let (Some(first), others @ 1..) = (causes.next(), causes.count())
        && let Some(finding) = first.findings.first()
    {
        let sentence = faults::first_sentence(&finding.message);
        let others = match others {
            1 => "Another fault is independent of it.".to_owned(),
            others => format!("{others} more faults are independent of it."),
        };
        writeln!(out, "\n{}", filled(&format!("First: {sentence} {others}"), ""))?;
    }
    Ok(())
}

fn detail(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    baseline: &BaselineEntry,
    entry: &EntryReport,
    look: &Look<'_>,
) -> io::Result<()> {
    if look.verbose {
        for check in entry.checks.iter().filter(|check| (look.only)(check)) {
            if check.status == Status::Pass {
                writeln!(out, " {} {}", look.paint.mark(Status::Pass), check.title)?;
            }
        }
        let alarm = |check: &&CheckReport| check.stage == Stage::Alarm && (look.only)(check);
        if entry.checks.iter().any(|check| alarm(&check)) {
            for (what, says) in played(snapshot, baseline, entry) {
                let says = filled(&says, "                 ");
                writeln!(out, "   {what:<13} {}", says.trim_start())?;
            }
        }
    } else {
        for (name, stages) in ROWS {
            let asked_for =
                entry.checks.iter().any(|c| stages.contains(&c.stage) && (look.only)(c));
            if let Some(says) = healthy_row(snapshot, baseline, entry, stages).filter(|_| asked_for)
            {
                let mark = look.paint.mark(Status::Pass);
                writeln!(out, " {mark} {name:<13} {}", shown(&says))?;
            }
        }
    }
    if entry.with(Status::Fail).next().is_none() {
        for proven in proven(snapshot, baseline, entry) {
            writeln!(out, "   {:<13} {proven}", "proven")?;
        }
    }
    for check in entry.checks.iter().filter(|check| (look.only)(check)) {
        if let Some(says) = &check.proven {
            let says = format!("{}: {says}.", check.title);
            writeln!(out, "{}", filled(&says, INDENT))?;
        }
    }
    if entry.verdict == Verdict::Yes && entry.chain.route == Route::EventRule {
        // https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-secretsmanager.html
        writeln!(out, "   {:<13} AWS delivers these events on a best-effort basis", "limit")?;
    }
    if look.verbose {
        other_routes(out, entry)?;
    }
    faults::write(out, snapshot, entry, look)?;
    unknowns(out, entry, look)?;
    set_aside(out, entry, look)
}

/// The chains that the checks are not about, one line each: the verdict and what publishes.
fn other_routes(out: &mut dyn Write, entry: &EntryReport) -> io::Result<()> {
    for (verdict, chain) in &entry.others {
        let publisher = match chain.route {
            Route::FilterAlarm => chain.alarm.node().map(|id| ("alarm", id.notifying_alarm())),
            Route::LogAlarm => chain.alarm.node().map(|id| ("log alarm", id.notifying_alarm())),
            Route::EventRule => chain.rule.node().map(|id| ("event rule", id.name.as_str())),
        };
        let Some((kind, name)) = publisher else { continue };
        let topic = chain.topic.node().map(|arn| format!(" → {}", arn.name())).unwrap_or_default();
        let whom = chain.subscription.node().map(|key| key.replacen(':', " ", 1));
        let whom = whom.map(|whom| format!(" → {whom}")).unwrap_or_default();
        let says = format!("{kind} {name}{topic}{whom}: {verdict}");
        writeln!(out, "   {:<13} {}", "also", shown(&says))?;
    }
    Ok(())
}

fn unknowns(out: &mut dyn Write, entry: &EntryReport, look: &Look<'_>) -> io::Result<()> {
    let mut reasons: Vec<(&Unseen, Vec<&str>)> = Vec::new();
    let asked_for = entry.with(Status::Unknown).filter(|check| (look.only)(check));
    for check in asked_for.filter(|check| look.verbose || !is_note(check)) {
        let Some(unseen) = &check.unseen else {
            continue;
        };
        match reasons.iter_mut().find(|(known, _)| *known == unseen) {
            Some((_, titles)) => titles.push(check.title),
            None => reasons.push((unseen, vec![check.title])),
        }
    }
    for (unseen, titles) in reasons {
        let (Some(first), rest) = (titles.first(), titles.get(1..).unwrap_or_default()) else {
            continue;
        };
        check_line(out, look, Status::Unknown, first, "unknown")?;
        let says = match &unseen.hint {
            Some(hint) => format!("Not seen: {}: {}. {hint}", unseen.what, unseen.reason),
            None => format!("Not seen: {}: {}.", unseen.what, unseen.reason),
        };
        writeln!(out, "{}", filled(&says, INDENT))?;
        if !rest.is_empty() {
            let also = format!("So it is unknown, too, whether: {}", rest.join(" · "));
            writeln!(out, "{}", filled(&also, INDENT))?;
        }
        if let Some(action) = &unseen.denied {
            labelled(out, "see", &format!("allow {action} (secmon iam-policy prints all)"))?;
        }
    }
    for way in &entry.other_ways {
        let (claim, says) = match way {
            OtherWay::EventTarget { rule, target } => (
                "an EventBridge rule may tell somebody",
                format!(
                    "Event rule {} gets the reads and sends them to {}. secmon cannot see whom that \
                     tells.",
                    rule.name(),
                    in_words(target)
                ),
            ),
            OtherWay::AlarmAction { alarm, action } => (
                "another action of the alarm may tell somebody",
                format!(
                    "Alarm {} calls {}. secmon cannot see whom that tells.",
                    alarm.name(),
                    in_words(action)
                ),
            ),
            OtherWay::Unseen(unseen) => (
                "an EventBridge rule may tell somebody",
                format!("Not seen: {}: {}.", unseen.what, unseen.reason),
            ),
        };
        if entry.verdict != Verdict::Yes || look.verbose {
            check_line(out, look, Status::Unknown, claim, "not judged")?;
            writeln!(out, "{}", filled(&says, INDENT))?;
        }
    }
    Ok(())
}

/// What was skipped or is not applicable: by reason, or each with `-v`.
fn set_aside(out: &mut dyn Write, entry: &EntryReport, look: &Look<'_>) -> io::Result<()> {
    let mut reasons: Vec<(Status, &str, Vec<&str>)> = Vec::new();
    let not_applicable = entry.with(Status::NotApplicable).filter(|_| look.verbose);
    let set_aside = entry.with(Status::Skipped).chain(not_applicable);
    for check in set_aside.filter(|check| (look.only)(check)) {
        let reason = check.reason.as_deref().unwrap_or_default();
        let same =
            |known: &&mut (Status, &str, Vec<&str>)| (known.0, known.1) == (check.status, reason);
        match reasons.iter_mut().find(same) {
            Some((.., titles)) if !look.verbose => titles.push(check.title),
            _ => reasons.push((check.status, reason, vec![check.title])),
        }
    }
    if !reasons.is_empty() {
        writeln!(out)?;
    }
    for (status, reason, titles) in reasons {
        let mark = look.paint.mark(status);
        let says = match titles.as_slice() {
            [title] => format!("{title}: {status}, {reason}"),
            titles => format!("{} {status}: {reason}", count(titles.len(), "check")),
        };
        writeln!(out, "{}", filled_after(&mark, &says))?;
    }
    Ok(())
}

pub(super) fn check_line(
    out: &mut dyn Write,
    look: &Look<'_>,
    status: Status,
    claim: &str,
    word: &str,
) -> io::Result<()> {
    let gap = WIDTH.saturating_sub(3 + claim.chars().count() + word.chars().count()).max(1);
    let (mark, claim, word) =
        (look.paint.mark(status), look.paint.bold(claim), look.paint.dim(word));
    writeln!(out, "\n {mark} {claim}{}{word}", " ".repeat(gap))
}

pub(super) fn labelled(out: &mut dyn Write, label: &str, says: &str) -> io::Result<()> {
    let text = filled(says, "            ");
    writeln!(out, "{INDENT}{label:<6} {}", text.trim_start())
}

/// Whether a check is worth knowing and no more: it is shown with `-v`.
pub(super) fn is_note(check: &CheckReport) -> bool {
    check.severity == Severity::Informational
}

fn totals(entries: &[&EntryReport], exit_code: u8, look: &Look<'_>) -> String {
    let number = |status, notes: bool| {
        let checks = entries.iter().flat_map(|entry| entry.with(status));
        let checks = checks.filter(|check| (look.only)(check));
        checks.filter(|check| status != Status::Warn || is_note(check) == notes).count()
    };
    let mut parts = Vec::new();
    for (status, notes, word) in [
        (Status::Pass, false, "passed"),
        (Status::Fail, false, "failed"),
        (Status::Warn, false, "warned"),
        (Status::Warn, true, "noted"),
        (Status::Unknown, false, "unknown"),
        (Status::Skipped, false, "skipped"),
        (Status::Suppressed, false, "suppressed"),
    ] {
        let number = number(status, notes);
        if number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    let (left, right) = (parts.join(" · "), format!("exit {exit_code}"));
    let gap = WIDTH.saturating_sub(left.chars().count() + right.len()).max(1);
    look.paint.dim(&format!("{left}{}{right}", " ".repeat(gap)))
}
