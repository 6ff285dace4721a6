//! The reads for programs: version 1, described by `missed.schema.json` beside this file.

use std::io::{self, Write};

use jiff::Timestamp;
use secmon_core::missed::{BrokenLink, Cause, Fate, JudgedRead, Missed, MissedEntry, TimeInAlarm};
use secmon_core::report::Since;
use serde::Serialize;

use super::{Sums, percent};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    from: Timestamp,
    until: Timestamp,
    exit_code: u8,
    notes: &'a [String],
    entries: Vec<EntryJson<'a>>,
}

#[derive(Serialize)]
struct EntryJson<'a> {
    account: &'a str,
    region: &'a str,
    secret: Option<&'a str>,
    /// Why the reads could not be listed.
    unlisted: Option<&'a str>,
    told: usize,
    missed: usize,
    unknown: usize,
    refused: usize,
    alarms: Vec<AlarmJson<'a>>,
    reads: Vec<ReadJson<'a>>,
}

#[derive(Serialize)]
struct AlarmJson<'a> {
    account: &'a str,
    region: &'a str,
    alarm: &'a str,
    from: Timestamp,
    seconds: i64,
    seconds_in_alarm: i64,
    percent_in_alarm: f64,
}

#[derive(Serialize)]
struct ReadJson<'a> {
    time: Timestamp,
    event_name: &'a str,
    request_id: &'a str,
    principal: &'a str,
    principal_arn: Option<&'a str>,
    source_address: &'a str,
    secrets: &'a [String],
    #[serde(flatten)]
    outcome: OutcomeJson<'a>,
}

#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum OutcomeJson<'a> {
    Told { alarm: &'a str, at: Timestamp, together_with: Option<Timestamp> },
    Missed { cause: CauseJson<'a> },
    Refused { error: &'a str },
    Unknown { reason: &'a str },
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum CauseJson<'a> {
    InAlarm { alarm: &'a str, since: Option<Timestamp>, until: Option<Timestamp> },
    ActionFailed { alarm: &'a str, at: Timestamp, error: Option<&'a str> },
    NoAction { alarm: &'a str, at: Timestamp, link: Option<LinkJson<'a>> },
    BrokenLink { link: LinkJson<'a> },
    Unexplained { unseen: Option<&'a str> },
}

#[derive(Serialize)]
struct LinkJson<'a> {
    check: &'a str,
    stage: &'a str,
    message: &'a str,
    since: Option<&'a Since>,
    until: Option<&'a Since>,
}

/// For programs: every read, whatever became of it.
pub(crate) fn json(out: &mut dyn Write, missed: &Missed, exit_code: u8) -> io::Result<()> {
    let document = Document {
        version: 1,
        from: missed.from,
        until: missed.until,
        exit_code,
        notes: &missed.notes,
        entries: missed.entries.iter().map(entry).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn entry(entry: &MissedEntry) -> EntryJson<'_> {
    let (reads, unlisted) = match &entry.reads {
        Ok(reads) => (reads.as_slice(), None),
        Err(why) => (&[][..], Some(why.as_str())),
    };
    let Sums { told, missed, refused, unknown } = Sums::of(reads);
    EntryJson {
        account: entry.asked.target.account.as_str(),
        region: entry.asked.target.region.as_str(),
        secret: entry.asked.secret.as_deref(),
        unlisted,
        told,
        missed,
        unknown,
        refused,
        alarms: entry.alarms.iter().map(alarm).collect(),
        reads: reads.iter().map(read).collect(),
    }
}

fn alarm(time: &TimeInAlarm) -> AlarmJson<'_> {
    AlarmJson {
        account: time.target.account.as_str(),
        region: time.target.region.as_str(),
        alarm: &time.alarm,
        from: time.from,
        seconds: time.seconds,
        seconds_in_alarm: time.in_alarm,
        percent_in_alarm: (percent(time).unwrap_or_default() * 100.0).round() / 100.0,
    }
}

fn read(JudgedRead { read, fate }: &JudgedRead) -> ReadJson<'_> {
    ReadJson {
        time: read.time,
        event_name: &read.event_name,
        request_id: &read.request_id,
        principal: &read.principal,
        principal_arn: read.principal_arn.as_deref(),
        source_address: &read.address,
        secrets: &read.secrets,
        outcome: match fate {
            Fate::Told { alarm, at, with } => {
                OutcomeJson::Told { alarm, at: *at, together_with: *with }
            }
            Fate::Missed(why) => OutcomeJson::Missed { cause: cause(why) },
            Fate::Refused(error) => OutcomeJson::Refused { error },
            Fate::Unknown(reason) => OutcomeJson::Unknown { reason },
        },
    }
}

fn cause(cause: &Cause) -> CauseJson<'_> {
    match cause {
        Cause::InAlarm { alarm, since, until } => {
            CauseJson::InAlarm { alarm, since: *since, until: *until }
        }
        Cause::ActionFailed { alarm, at, error } => {
            CauseJson::ActionFailed { alarm, at: *at, error: error.as_deref() }
        }
        Cause::NoAction { alarm, at, link: broken } => {
            CauseJson::NoAction { alarm, at: *at, link: broken.as_ref().map(link) }
        }
        Cause::Broken(broken) => CauseJson::BrokenLink { link: link(broken) },
        Cause::Unexplained { unseen } => CauseJson::Unexplained { unseen: unseen.as_deref() },
    }
}

fn link(link: &BrokenLink) -> LinkJson<'_> {
    LinkJson {
        check: &link.check,
        stage: link.stage.name(),
        message: &link.message,
        since: link.since.as_ref(),
        until: link.until.as_ref(),
    }
}
