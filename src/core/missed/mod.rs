//! Which reads of a secret told nobody, and why not then.
//!
//! CloudTrail's Event history keeps every read for 90 days, CloudWatch what an alarm did for 30, and
//! both who changed what. [`judge()`] lays them beside each other: a read is told if the alarm went
//! to ALARM for a datapoint into which that read can have fallen, and the topic took the message.
//!
//! # Rules
//!
//! - A read reaches the log group within a quarter of an hour, usually in five minutes
//!   ([CloudTrail](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html)),
//!   and the metric is stamped with that time, not with the read's (captured). So a datapoint may be
//!   about a read if its period overlaps that quarter of an hour.
//! - The datapoint of an alarm on Sum says how many reads it is about. Of more reads than that, the
//!   later ones are not. What a filter does not match is not either.
//! - An alarm that is in ALARM tells of no further read: only a change to ALARM runs actions.
//! - How the links were set then is today's account with the changes since taken back ([`Past`]
//!   holds them); the checks judge it as they judge today's. What is changed since and was not seen
//!   before is not known, and nothing is claimed of it.
//!
//! # Edge cases
//!
//! Denied reads are listed and not judged. A state that somebody set (`SetAlarmState`) has no
//! datapoint: its message was about no read. Before the 30 days of alarm history only a link that
//! was certainly broken makes a read missed; all else is not known. EventBridge rules and alarms on
//! logs leave no such history: where there is one, no read is called missed.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::baseline::BaselineEntry;
use crate::finding::{Stage, Stop, look};
use crate::report::{EntryReport, Report, Since};
use crate::snapshot::{Asked, Snapshot, Target};

mod alarm_past;
mod change;
mod epochs;
mod fate;
mod past;
mod reads;
#[cfg(test)]
mod tests;
mod then;
mod way;

use epochs::Epochs;
pub use past::{ALARM_HISTORY, EVENT_HISTORY, Past, PastRead, past_of_changes, past_of_reads};
pub use reads::SecretRead;
use then::Then;
use way::ways;

/// What became of every read of a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Missed {
    /// Beginning of the time.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// One per secret asked about.
    pub entries: Vec<MissedEntry>,
    /// What people should know beside it, in sentences.
    pub notes: Vec<String>,
}

/// What became of the reads of one secret, or of any.
#[derive(Debug, Clone, PartialEq)]
pub struct MissedEntry {
    /// What was asked.
    pub asked: Asked,
    /// How long the alarms were in ALARM.
    pub alarms: Vec<TimeInAlarm>,
    /// Every read, oldest first; why there are none to see, if the reads could not be listed.
    pub reads: Result<Vec<JudgedRead>, String>,
}

/// How long an alarm was in ALARM.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeInAlarm {
    /// Where.
    pub target: Target,
    /// Its name.
    pub alarm: String,
    /// Beginning of what its history tells of the time.
    pub from: Timestamp,
    /// Seconds of that.
    pub seconds: i64,
    /// Seconds in ALARM.
    pub in_alarm: i64,
}

/// A read, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedRead {
    /// The read.
    pub read: SecretRead,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a read.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// A topic took the message of an alarm that went off for it.
    Told {
        /// The alarm that notified.
        alarm: String,
        /// When it did.
        at: Timestamp,
        /// The first of the reads that the same message is about, if that is another one.
        with: Option<Timestamp>,
    },
    /// It told nobody.
    Missed(Cause),
    /// The caller got nothing: the error code.
    Refused(String),
    /// What became of it is not known; why.
    Unknown(String),
}

/// Why a read told nobody.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// The alarm was in ALARM already, so that nothing changed.
    InAlarm {
        /// The alarm.
        alarm: String,
        /// Since when, where its history goes back that far.
        since: Option<Timestamp>,
        /// Until when; absent: it still is.
        until: Option<Timestamp>,
    },
    /// The alarm went off, and its action failed.
    ActionFailed {
        /// The alarm.
        alarm: String,
        /// When.
        at: Timestamp,
        /// AWS's text.
        error: Option<String>,
    },
    /// The alarm went off, and ran no action.
    NoAction {
        /// The alarm.
        alarm: String,
        /// When.
        at: Timestamp,
        /// What stood in the way, where the settings of then show it.
        link: Option<BrokenLink>,
    },
    /// This link was broken.
    Broken(BrokenLink),
    /// No alarm went off, and no link is known to have been broken then.
    Unexplained {
        /// What is not known of the links of then, in words.
        unseen: Option<String>,
    },
}

/// A link as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokenLink {
    /// Id of the check that fails.
    pub check: String,
    /// The claim that did not hold.
    pub title: String,
    /// The link.
    pub stage: Stage,
    /// What was wrong, in a sentence.
    pub message: String,
    /// What made it so, where Event history shows it.
    pub since: Option<Since>,
    /// What changed it again; absent: it is so today, or nobody knows.
    pub until: Option<Since>,
}

/// How long a read may take to the log group.
const DELIVERY: SignedDuration = SignedDuration::from_mins(15);

/// From the end of a datapoint to the alarm's evaluation, and what it may be late.
const EVALUATION: SignedDuration = SignedDuration::from_mins(5);

/// What became of every read since `from`. `doctor` judges a snapshot as the report was judged.
pub fn judge(
    snapshot: &Snapshot,
    entry: &BaselineEntry,
    report: &Report,
    past: &Past,
    from: Timestamp,
    doctor: &dyn Fn(&Snapshot) -> Report,
) -> Missed {
    let changes = change::changes(past);
    let mut missed =
        Missed { from, until: snapshot.taken_at, entries: Vec::new(), notes: Vec::new() };
    for of_secret in &report.entries {
        let asked = &of_secret.asked;
        let unlisted = entry.event_names.iter().find_map(|name| {
            let listed = past.events.get(&(asked.target.clone(), name.clone()));
            match look(listed?, "the reads in Event history") {
                Err(Stop::Unseen(unseen)) => Some(unseen.reason),
                _ => None,
            }
        });
        let then = Then::new(snapshot, of_secret, past, &changes);
        let epochs = Epochs::new(then, of_secret, doctor);
        let all = reads::reads(past, entry, &asked.target);
        let reads = fate::fates(snapshot, of_secret, past, &epochs, &all);
        let listed = all.into_iter().zip(reads).filter(|(read, _)| read.time >= from);
        let about = listed.filter_map(|(read, fate)| {
            let read = read.about(snapshot, asked)?;
            let fate = read.refused.clone().map_or(fate, Fate::Refused);
            Some(JudgedRead { read, fate })
        });
        missed.entries.push(MissedEntry {
            asked: asked.clone(),
            alarms: time_in_alarm(snapshot, past, of_secret, from),
            reads: unlisted.map_or_else(|| Ok(about.collect()), Err),
        });
    }
    let unread = change::unread(past);
    if !unread.is_empty() {
        missed.notes.push(format!(
            "Event history of {} could not be read: no link that they change is called broken.",
            unread.join(", ")
        ));
    }
    missed
}

/// The history of alarms that belong to no chain today, and did when the secret was read: what is left
/// to be read once the changes are known.
pub fn past_of_alarms_then(
    snapshot: &Snapshot,
    entry: &BaselineEntry,
    report: &Report,
    past: &Past,
    doctor: &dyn Fn(&Snapshot) -> Report,
) -> BTreeSet<PastRead> {
    let changes = change::changes(past);
    let mut wanted = BTreeSet::new();
    for of_secret in &report.entries {
        let then = Then::new(snapshot, of_secret, past, &changes);
        let epochs = Epochs::new(then, of_secret, doctor);
        for read in reads::reads(past, entry, &of_secret.asked.target) {
            for way in epochs.ways_at(read.time) {
                wanted.extend(past::histories(snapshot, way));
            }
        }
    }
    wanted.retain(|read| match read {
        PastRead::AlarmHistory { target, alarm, .. } => {
            !past.alarm_histories.contains_key(&(target.clone(), alarm.clone()))
        }
        PastRead::Events { .. } => true,
    });
    wanted
}

fn time_in_alarm(
    snapshot: &Snapshot,
    past: &Past,
    entry: &EntryReport,
    from: Timestamp,
) -> Vec<TimeInAlarm> {
    let from = from.max(past::back(snapshot.taken_at, ALARM_HISTORY));
    let mut times: Vec<TimeInAlarm> = Vec::new();
    for way in ways(snapshot, entry) {
        for alarm in [Some(way.alarm.clone()), way.composite.clone()].into_iter().flatten() {
            let known = times.iter().any(|time| time.alarm == alarm && time.target == way.target);
            if known {
                continue;
            }
            let Ok(past) = fate::alarm_past(snapshot, past, &way.target, &alarm) else { continue };
            times.push(TimeInAlarm {
                target: way.target.clone(),
                from,
                seconds: snapshot.taken_at.duration_since(from).as_secs(),
                in_alarm: past.seconds_in_alarm(from, snapshot.taken_at),
                alarm,
            });
        }
    }
    times
}

impl Missed {
    /// Every read of every secret.
    pub fn reads(&self) -> impl Iterator<Item = &JudgedRead> {
        self.entries.iter().filter_map(|entry| entry.reads.as_ref().ok()).flatten()
    }

    /// How many reads told nobody.
    pub fn missed(&self) -> usize {
        self.reads().filter(|read| matches!(read.fate, Fate::Missed(_))).count()
    }

    /// Whether of some reads, or of all, it is not known what became of them.
    pub fn is_uncertain(&self) -> bool {
        self.entries.iter().any(|entry| entry.reads.is_err())
            || self.reads().any(|read| matches!(read.fate, Fate::Unknown(_)))
    }
}
