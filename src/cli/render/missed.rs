//! What became of each read: a table for people, version 1 of its JSON for programs.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use secmon_core::missed::{BrokenLink, Cause, Fate, JudgedRead, Missed, MissedEntry, TimeInAlarm};
use secmon_core::report::{Since, Verdict};

use super::lines::{filled, shown};
use super::paint::Paint;
use super::{count, minute};

mod document;

pub(crate) use document::json;

/// Names longer than this are cut in the table; the JSON has them whole.
const NAME: usize = 26;

/// For people: first the answer, then the reads, then why, then sums.
pub(crate) fn text(
    out: &mut dyn Write,
    missed: &Missed,
    all: bool,
    paint: Paint,
    exit_code: u8,
) -> io::Result<()> {
    for (index, entry) in missed.entries.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        of_entry(out, missed, entry, all, paint)?;
    }
    for note in &missed.notes {
        writeln!(out, "\n{}", filled(&format!("note: {note}"), ""))?;
    }
    writeln!(out, "\nexit {exit_code}")
}

/// How many reads there were of each kind.
struct Sums {
    told: usize,
    missed: usize,
    refused: usize,
    unknown: usize,
}

impl Sums {
    fn of(reads: &[JudgedRead]) -> Self {
        let number = |is_it: fn(&Fate) -> bool| reads.iter().filter(|r| is_it(&r.fate)).count();
        Self {
            told: number(|fate| matches!(fate, Fate::Told { .. })),
            missed: number(|fate| matches!(fate, Fate::Missed(_))),
            refused: number(|fate| matches!(fate, Fate::Refused(_))),
            unknown: number(|fate| matches!(fate, Fate::Unknown(_))),
        }
    }

    fn reads(&self) -> usize {
        self.told + self.missed + self.unknown
    }
}

fn of_entry(
    out: &mut dyn Write,
    missed: &Missed,
    entry: &MissedEntry,
    all: bool,
    paint: Paint,
) -> io::Result<()> {
    let secret = shown(entry.asked.label()).into_owned();
    let target = &entry.asked.target;
    let (from, until) = (minute(missed.from), minute(missed.until));
    let place = format!("account {} · {} · {from} to {until}", target.account, target.region);
    let reads = match &entry.reads {
        Ok(reads) => reads,
        Err(why) => {
            let verdict = paint.verdict(Verdict::CannotTell);
            let sentence = filled(&format!("Who read {secret} could not be listed: {why}."), "  ");
            writeln!(out, "{verdict}  {}", sentence.trim_start())?;
            return writeln!(out, "{}", paint.dim(&place));
        }
    };
    let sums = Sums::of(reads);
    let number = count(sums.reads(), "read");
    let (verdict, sentence) = match sums {
        Sums { missed: 1.., .. } => {
            (Some(Verdict::No), format!("{} of {number} of {secret} told nobody.", sums.missed))
        }
        Sums { unknown: 1.., .. } => (
            Some(Verdict::CannotTell),
            format!(
                "Of {} of {number} of {secret} it is not known whether somebody was told.",
                sums.unknown
            ),
        ),
        Sums { told: 0, .. } => (None, format!("Nobody read {secret}.")),
        _ => (Some(Verdict::Yes), format!("Somebody was told of {number} of {secret}.")),
    };
    match verdict {
        Some(verdict) => {
            let sentence = filled(&sentence, "  ");
            writeln!(out, "{}  {}", paint.verdict(verdict), sentence.trim_start())?;
        }
        None => writeln!(out, "{}", filled(&sentence, ""))?,
    }
    writeln!(out, "{}", paint.dim(&place))?;
    let listed: Vec<&JudgedRead> =
        reads.iter().filter(|read| all || !matches!(read.fate, Fate::Told { .. })).collect();
    if !listed.is_empty() {
        writeln!(out)?;
        table(out, entry, &listed)?;
    }
    if !reads.is_empty() {
        let Sums { told, missed, refused, unknown } = sums;
        let kinds =
            [(told, "told"), (missed, "told nobody"), (unknown, "not known"), (refused, "refused")];
        let kinds = kinds.into_iter().filter(|(number, _)| *number > 0);
        let kinds: Vec<_> = kinds.map(|(number, what)| format!("{number} {what}")).collect();
        writeln!(out, "\n{}", kinds.join(" · "))?;
    }
    for time in &entry.alarms {
        if let Some(sentence) = in_alarm(time) {
            writeln!(out, "{}", filled(&sentence, ""))?;
        }
    }
    Ok(())
}

/// "in ALARM 41 % of the last 7 days": nothing where it is as good as never.
fn in_alarm(time: &TimeInAlarm) -> Option<String> {
    let percent = percent(time).filter(|percent| *percent >= 0.1)?;
    let percent = if percent < 1.0 { format!("{percent:.1}") } else { format!("{percent:.0}") };
    let alarm = &time.alarm;
    Some(format!(
        "Alarm {alarm} was in ALARM {percent} % of the last {}: reads then told nobody.",
        span(time.seconds)
    ))
}

/// How much of the time, in percent.
fn percent(time: &TimeInAlarm) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "seconds of 90 days")]
    (time.seconds > 0).then(|| 100.0 * time.in_alarm as f64 / time.seconds as f64)
}

fn span(seconds: i64) -> String {
    match seconds {
        ..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The reads, and below it the reasons, each once.
fn table(out: &mut dyn Write, entry: &MissedEntry, reads: &[&JudgedRead]) -> io::Result<()> {
    let any_secret = entry.asked.secret.is_none();
    let mut reasons: Vec<String> = Vec::new();
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let mut header = vec!["TIME (UTC)", "PRINCIPAL", "ADDRESS", "TOLD"];
    if any_secret {
        header.insert(3, "SECRET");
    }
    table.set_header(header);
    for JudgedRead { read, fate } in reads {
        let mut number = |reason: String| {
            let known = reasons.iter().position(|known| *known == reason);
            1 + known.unwrap_or_else(|| {
                reasons.push(reason);
                reasons.len() - 1
            })
        };
        let told = match fate {
            Fate::Told { at, with: None, .. } => moment(*at, read.time),
            Fate::Told { at, with: Some(first), .. } => {
                format!("{}, together with {}", moment(*at, read.time), moment(*first, read.time))
            }
            Fate::Missed(cause) => format!("nobody [{}]", number(reason(cause))),
            Fate::Unknown(why) => format!("not known [{}]", number(sentence(why))),
            Fate::Refused(error) => format!("refused, {}", shown(error)),
        };
        let mut row = vec![
            read.time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            short(&read.principal),
            short(&read.address),
            told,
        ];
        if any_secret {
            row.insert(3, secrets(&read.secrets));
        }
        table.add_row(row);
    }
    for line in table.to_string().lines() {
        writeln!(out, "{}", line.trim())?;
    }
    if !reasons.is_empty() {
        writeln!(out)?;
    }
    for (index, reason) in reasons.iter().enumerate() {
        let text = filled(reason, "    ");
        writeln!(out, "[{}] {}", index + 1, text.trim_start())?;
    }
    Ok(())
}

/// "10:19:05", with the date if it is another day.
fn moment(at: Timestamp, beside: Timestamp) -> String {
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    let format = if day(at) == day(beside) { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    at.strftime(format).to_string()
}

fn short(name: &str) -> String {
    let name = shown(name);
    match name.char_indices().nth(NAME) {
        Some(_) => name.chars().take(NAME - 1).chain(['…']).collect(),
        None => name.into_owned(),
    }
}

fn secrets(named: &[String]) -> String {
    let [first, rest @ ..] = named else { return "not told".to_owned() };
    let name = first.split_once(":secret:").map_or(first.as_str(), |(_, name)| name);
    match rest.len() {
        0 => short(name),
        more => format!("{} and {more} more", short(name)),
    }
}

/// Why a read told nobody, in sentences.
fn reason(cause: &Cause) -> String {
    match cause {
        Cause::InAlarm { alarm, since, until } => {
            let since = since.map(|time| format!(" from {}", minute(time)));
            let until = until.map(|time| format!(" until {}", minute(time)));
            format!(
                "Alarm {alarm} was in ALARM already,{}{}: only a change to ALARM tells anybody.",
                since.unwrap_or_else(|| " from before its history begins".to_owned()),
                until.unwrap_or_else(|| ", and still is".to_owned())
            )
        }
        Cause::ActionFailed { alarm, at, error } => {
            let error = error.as_ref().map(|error| format!(": \"{error}\""));
            let error = error.unwrap_or_default();
            format!("Alarm {alarm} went off on {}, and its action failed{error}.", minute(*at))
        }
        Cause::NoAction { alarm, at, link: None } => {
            format!("Alarm {alarm} went off on {}, and ran no action.", minute(*at))
        }
        Cause::NoAction { alarm, at, link: Some(link) } => {
            format!("Alarm {alarm} went off on {}, and ran no action. {}", minute(*at), was(link))
        }
        Cause::Broken(link) => was(link),
        Cause::Unexplained { unseen: None } => {
            "No alarm went off for it, and no link is known to have been broken then: an event that \
             CloudTrail did not deliver leaves no trace."
                .to_owned()
        }
        Cause::Unexplained { unseen: Some(unseen) } => {
            format!("No alarm went off for it. Which link was broken is not known: {unseen}.")
        }
    }
}

/// What was wrong, from when until when.
fn was(link: &BrokenLink) -> String {
    let BrokenLink { check, message, since, until, .. } = link;
    let by = |since: &Since| {
        let Since { time, event_name, by } = since;
        format!("{event_name} by {by} on {}", minute(*time))
    };
    let since = since.as_ref().map(|since| format!(" Since {}.", by(since)));
    let until = until.as_ref().map(|until| format!(" Until {}.", by(until)));
    format!(
        "{message}{}{} (not: {})",
        since.unwrap_or_default(),
        until.unwrap_or_default(),
        check.replace('-', " ")
    )
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
