//! `secmon doctor`: collect, judge, print, exit with the verdict.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use secmon_checks::CHECKLIST;
use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::Stage;
use secmon_core::report::{CheckReport, Report, denied_calls_note};
use secmon_core::route::Pins;
use secmon_core::snapshot::Snapshot;

use super::output::Sinks;
use super::{files, read, repair};
use crate::args::{Doctor, Format, Question};
use crate::exit;
use crate::render::{json, paint::Paint, text};

/// Runs the doctor.
pub(crate) fn run(args: &Doctor, color: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if args.repair {
        return repair::of_doctor(args, color, out);
    }
    if args.choices.is_given() || args.consent.is_given() {
        bail!(
            "the doctor only reads: --email, --tag, --yes, --allow, --wait and their like need --repair"
        );
    }
    let only = Only::parse(&args.only)?;
    let mut sinks = Sinks::open(&args.output, out)?;
    let entry = BaselineEntry::secret_access();
    let mut pins = pins(&args.question, &args.recipient);
    let mut denied = Vec::new();
    let mut effort = None;
    let (mut snapshot, mut report) = match &args.snapshot {
        Some(path) => offline(path, &args.question.secret, &entry, &pins)?,
        None => {
            let reading = read::judged(&args.connection, &args.question, &entry, &pins)?;
            denied = reading.denied;
            effort = Some((reading.requests, reading.rounds));
            (reading.snapshot, reading.report)
        }
    };
    let missing = pins.missing(&snapshot);
    if !missing.is_empty() {
        bail!("{}", missing.join("\n"));
    }
    let verdict = report.verdict();
    if args.redact {
        (snapshot, pins) = snapshot.redacted_with(&pins);
        report = secmon_checks::run(&snapshot, &entry, &pins);
    }
    report.notes.extend(denied_calls_note(&snapshot, &denied));
    if let Some((requests, rounds)) = effort.filter(|_| args.verbose) {
        report.notes.push(format!("read in {requests} requests, {rounds} rounds"));
    }
    sinks.each(|sink| {
        let shown: &dyn Fn(&CheckReport) -> bool = &|check| only.shows(check);
        match sink.format {
            Format::Json => json::write(sink, &snapshot, &report, exit::code(verdict), shown),
            Format::Text => {
                let look = text::Look {
                    paint: Paint { color: color && sink.is_stdout },
                    verbose: args.verbose,
                    only: shown,
                    recipients: &pins.recipients,
                };
                text::write(sink, &snapshot, &entry, &report, exit::code(verdict), &look)
            }
        }
    })?;
    sinks.finish()?;
    Ok(exit::of(verdict))
}

/// The links that the user pins.
pub(crate) fn pins(question: &Question, recipients: &[String]) -> Pins {
    Pins {
        trail: question.trail.clone(),
        log_group: question.log_group.clone(),
        filter: question.filter.clone(),
        alarm: question.alarm.clone(),
        topic: question.topic.clone(),
        recipients: recipients.to_vec(),
    }
}

fn offline(
    path: &Path,
    secrets: &[String],
    entry: &BaselineEntry,
    pins: &Pins,
) -> anyhow::Result<(Snapshot, Report)> {
    let text = files::read(path)?;
    let mut snapshot = Snapshot::from_json(&text)
        .with_context(|| format!("{} is not a snapshot of secmon", path.display()))?;
    if !secrets.is_empty() {
        let taken_for: Vec<String> = snapshot
            .asked
            .iter()
            .map(|asked| asked.secret.clone().unwrap_or_else(|| "any secret".to_owned()))
            .collect();
        if let Some(other) = secrets.iter().find(|secret| !taken_for.contains(secret)) {
            bail!("the snapshot was taken for {}, not for {other}", taken_for.join(", "));
        }
        snapshot.asked.retain(|asked| asked.secret.as_ref().is_some_and(|s| secrets.contains(s)));
    }
    if snapshot.asked.is_empty() {
        bail!("{}: `asked` is empty, so there is nothing to judge", path.display());
    }
    let report = secmon_checks::run(&snapshot, entry, pins);
    Ok((snapshot, report))
}

/// Which checks are shown.
struct Only {
    stages: Vec<Stage>,
    ids: Vec<&'static str>,
}

impl Only {
    fn parse(asked: &[String]) -> anyhow::Result<Self> {
        let mut only = Self { stages: Vec::new(), ids: Vec::new() };
        for name in asked {
            if let Some(stage) = Stage::ALL.into_iter().find(|stage| stage.name() == name) {
                only.stages.push(stage);
            } else if let Some(check) = CHECKLIST.iter().find(|check| check.id == name) {
                only.ids.push(check.id);
            } else {
                let stages = Stage::ALL.map(Stage::name).join(", ");
                bail!(
                    "--only {name}: no stage ({stages}) and no check (`secmon explain` lists them)"
                );
            }
        }
        Ok(only)
    }

    fn shows(&self, check: &CheckReport) -> bool {
        (self.stages.is_empty() && self.ids.is_empty())
            || self.stages.contains(&check.stage)
            || self.ids.contains(&check.id)
    }
}
