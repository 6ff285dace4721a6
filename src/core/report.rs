//! What the doctor says, as values: the verdict, and every check with what it found.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::finding::{Effect, Finding, Fix, Severity, Stage, Unseen};
use crate::plan::Intent;
use crate::route::{Chain, OtherWay, Read, watches};
use crate::snapshot::{Asked, MetricFilter, Snapshot, Target, secret_name};

/// Everything the doctor says about a snapshot.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// When the snapshot was taken.
    pub taken_at: Timestamp,
    /// One per secret asked about.
    pub entries: Vec<EntryReport>,
    /// What people should know beside the verdict, in sentences.
    pub notes: Vec<String>,
}

/// The answer for one secret, or for any secret of a target.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryReport {
    /// Id of the baseline entry.
    pub entry: String,
    /// What was asked.
    pub asked: Asked,
    /// The answer.
    pub verdict: Verdict,
    /// The best chain, which the checks are about.
    pub chain: Chain,
    /// The other chains with their verdicts, best first.
    pub others: Vec<(Verdict, Chain)>,
    /// Ways to a human that are not filter and alarm, and are not judged.
    pub other_ways: Vec<OtherWay>,
    /// Addresses that a complete chain reaches, sorted.
    pub told: Vec<String>,
    /// Every check of the checklist, in its order.
    pub checks: Vec<CheckReport>,
}

/// Whether a human is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// A complete chain, nothing on it broken.
    #[serde(rename = "YES")]
    Yes,
    /// Nothing seen is broken, something that matters could not be seen.
    #[serde(rename = "CANNOT TELL")]
    CannotTell,
    /// It is certain that nobody is told.
    #[serde(rename = "NO")]
    No,
}

/// What one check says about the best chain.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckReport {
    /// The check's id.
    pub id: &'static str,
    /// Its link.
    pub stage: Stage,
    /// Its claim.
    pub title: &'static str,
    /// How bad it is when the claim does not hold.
    pub severity: Severity,
    /// What it does to the chain then.
    pub effect: Effect,
    /// What was found.
    pub status: Status,
    /// Findings of a failed check.
    pub findings: Vec<Finding>,
    /// What could not be seen, of an unknown check.
    pub unseen: Option<Unseen>,
    /// Why it was skipped or is not applicable.
    pub reason: Option<String>,
    /// Who changed it last, where Event history shows it.
    pub since: Option<Since>,
    /// The id of the failed check that explains this failure.
    pub symptom_of: Option<&'static str>,
    /// What happened that shows that the claim holds, where its settings do not tell: the check
    /// passes because of it.
    pub proven: Option<String>,
    /// What of Event history may settle the doubt.
    pub lookups: BTreeSet<Read>,
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The claim holds.
    Pass,
    /// It does not, and the chain is broken.
    Fail,
    /// It does not, and the alert still comes.
    Warn,
    /// It could not be seen.
    Unknown,
    /// What it must look at does not exist.
    Skipped,
    /// It is about something this chain does not use.
    NotApplicable,
    /// It failed, and somebody accepted that.
    Suppressed,
}

/// The change that made it so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Since {
    /// When.
    pub time: Timestamp,
    /// The API call.
    pub event_name: String,
    /// Who.
    pub by: String,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Yes => "YES",
            Self::CannotTell => "CANNOT TELL",
            Self::No => "NO",
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
            Self::NotApplicable => "not applicable",
            Self::Suppressed => "suppressed",
        })
    }
}

impl Report {
    /// The worst verdict of all entries: NO before CANNOT TELL before YES. A report about nothing
    /// cannot tell.
    pub fn verdict(&self) -> Verdict {
        self.entries.iter().map(|entry| entry.verdict).max().unwrap_or(Verdict::CannotTell)
    }
}

impl EntryReport {
    /// What the failed checks wish for, in the checklist's order, each wish once.
    pub fn intents(&self) -> Vec<Intent> {
        let mut intents: Vec<Intent> = Vec::new();
        let findings = self.checks.iter().flat_map(|check| &check.findings);
        for fix in findings.flat_map(|finding| &finding.fix) {
            if let Fix::Change(intent) = fix
                && !intents.contains(intent)
            {
                intents.push(intent.clone());
            }
        }
        intents
    }

    /// The failed checks that no other failed check explains, in chain order: the first cause first.
    pub fn causes(&self) -> impl Iterator<Item = &CheckReport> {
        self.with(Status::Fail).filter(|check| check.symptom_of.is_none())
    }

    /// What a failed check explains.
    pub fn symptoms(&self, cause: &str) -> impl Iterator<Item = &CheckReport> {
        self.checks.iter().filter(move |check| check.symptom_of == Some(cause))
    }

    /// Notes which failures are symptoms: evidence that a stretch of the chain does not work is
    /// explained by the first fault that the settings show on that stretch.
    pub fn join_symptoms(&mut self) {
        let causes: Vec<(Stage, &'static str)> = self
            .with(Status::Fail)
            .filter(|check| check.stretch().is_none())
            .map(|check| (check.stage, check.id))
            .collect();
        for check in &mut self.checks {
            let Some((last, next)) = check.stretch() else { continue };
            let mut on_it = causes.iter().filter(|(stage, _)| (last..=next).contains(stage));
            check.symptom_of = on_it.next().map(|(_, id)| *id);
        }
    }

    /// The checks with this status, in the checklist's order.
    pub fn with(&self, status: Status) -> impl Iterator<Item = &CheckReport> {
        self.checks.iter().filter(move |check| check.status == status)
    }
}

impl CheckReport {
    /// The stretch of the chain that it saw not working, if it goes by evidence.
    fn stretch(&self) -> Option<(Stage, Stage)> {
        let found = self.findings.iter().filter_map(|finding| finding.between);
        found.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }
}

/// A warning if an alarm counts denied calls: whoever runs the doctor without these actions may set
/// it off.
pub fn denied_calls_note(snapshot: &Snapshot, denied: &[String]) -> Option<String> {
    let actions = match denied {
        [] => return None,
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more actions", rest.len()),
    };
    let counts_denied_calls = |filter: &&MetricFilter| {
        let pattern = &filter.filter_pattern;
        pattern.contains("errorCode")
            && (pattern.contains("AccessDenied") || pattern.contains("UnauthorizedOperation"))
    };
    for at in snapshot.targets.values() {
        let (Some(groups), Some(alarms)) = (at.metric_filters.seen(), at.alarms.seen()) else {
            continue;
        };
        let filters = groups.values().flat_map(|filters| filters.values());
        for filter in filters.filter(counts_denied_calls) {
            let watching = alarms.metric_alarms.values().find(|alarm| {
                filter.metric_transformations.iter().any(|metric| watches(alarm, metric))
            });
            if let Some(alarm) = watching {
                return Some(format!(
                    "{actions} were denied to this run, and alarm {} counts denied calls \
                     (metric filter {}): expect it. `secmon iam-policy` prints what the doctor \
                     needs.",
                    alarm.alarm_name, filter.filter_name
                ));
            }
        }
    }
    None
}

/// The newest successful call of one of these names that mentions this resource, in the Event
/// history of a target.
pub fn since(
    snapshot: &Snapshot,
    target: &Target,
    event_names: &[&str],
    resource: &str,
) -> Option<Since> {
    let histories = &snapshot.at(target).event_history;
    let events = event_names.iter().filter_map(|name| histories.get(*name)?.seen());
    let mut changes: Vec<Since> = events
        .flat_map(|history| &history.events)
        .filter_map(|event| {
            let whole: Value = serde_json::from_str(event.cloud_trail_event.as_ref()?).ok()?;
            let failed = whole.get("errorCode").is_some();
            let about = mentions(whole.get("requestParameters")?, resource);
            (about && !failed).then(|| Since {
                time: event.event_time,
                event_name: event.event_name.clone(),
                by: actor(&whole, event.username.as_deref()),
            })
        })
        .collect();
    changes.sort_by(|a, b| (a.time, &a.event_name).cmp(&(b.time, &b.event_name)));
    changes.pop()
}

/// Whether a value anywhere inside is the resource, by ARN or by the name that ends its ARN.
fn mentions(value: &Value, resource: &str) -> bool {
    match value {
        Value::String(text) => {
            let secret = resource.split_once(":secret:").map(|(_, secret)| secret_name(secret));
            text == resource
                || secret == Some(text)
                || resource.strip_suffix(text.as_str()).is_some_and(|rest| {
                    !text.is_empty() && (rest.ends_with(':') || rest.ends_with('/'))
                })
                || text.strip_suffix(resource).is_some_and(|rest| {
                    rest.starts_with("arn:") && (rest.ends_with(':') || rest.ends_with('/'))
                })
        }
        Value::Array(items) => items.iter().any(|item| mentions(item, resource)),
        Value::Object(fields) => fields.values().any(|field| mentions(field, resource)),
        _ => false,
    }
}

/// "role deploy", "user alice", "root", or whatever the event calls its caller.
pub(crate) fn actor(event: &Value, username: Option<&str>) -> String {
    let identity = &event["userIdentity"];
    let text = |pointer: &str| identity.pointer(pointer).and_then(Value::as_str);
    match identity["type"].as_str() {
        Some("AssumedRole") => match text("/sessionContext/sessionIssuer/userName") {
            Some(role) => format!("role {role}"),
            None => text("/arn").or(username).unwrap_or("a role").to_owned(),
        },
        Some("IAMUser") => match text("/userName") {
            Some(user) => format!("user {user}"),
            None => username.unwrap_or("a user").to_owned(),
        },
        Some("Root") => "the root user".to_owned(),
        _ => text("/invokedBy").or(username).unwrap_or("an unnamed caller").to_owned(),
    }
}
