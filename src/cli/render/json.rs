//! The report for programs: version 1, described by `report.schema.json` beside this file.
//!
//! Its own structs, so that a change of an internal type cannot change what programs read.

use std::io::{self, Write};

use jiff::Timestamp;
use secmon_core::finding::{Evidence, Finding, Fix, Quote, Severity, Stage, Unseen};
use secmon_core::plan::{Intent, Step, commands};
use secmon_core::report::{CheckReport, EntryReport, Report, Since, Status, Verdict};
use secmon_core::route::{Chain, Notifier, OtherWay};
use secmon_core::snapshot::Snapshot;
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    taken_at: Timestamp,
    verdict: Verdict,
    exit_code: u8,
    notes: &'a [String],
    targets: Vec<TargetJson<'a>>,
}

#[derive(Serialize)]
struct TargetJson<'a> {
    account: &'a str,
    region: &'a str,
    entries: Vec<EntryJson<'a>>,
}

#[derive(Serialize)]
struct EntryJson<'a> {
    id: &'a str,
    secret: Option<&'a str>,
    verdict: Verdict,
    told: &'a [String],
    route: RouteJson<'a>,
    other_routes: Vec<OtherRouteJson<'a>>,
    checks: Vec<CheckJson<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum RouteJson<'a> {
    FilterAlarm(ChainJson<'a>),
}

#[derive(Serialize)]
struct ChainJson<'a> {
    trail: Option<&'a str>,
    log_group: Option<&'a str>,
    filter: Option<&'a str>,
    alarm: Option<&'a str>,
    composite_alarm: Option<&'a str>,
    topic: Option<&'a str>,
    subscription: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum OtherRouteJson<'a> {
    FilterAlarm {
        verdict: Verdict,
        #[serde(flatten)]
        chain: ChainJson<'a>,
    },
    LogAlarm {
        alarm: &'a str,
    },
    EventRule {
        rule: &'a str,
    },
    AlarmAction {
        alarm: &'a str,
        action: &'a str,
    },
    Unseen {
        unseen: &'a Unseen,
    },
}

#[derive(Serialize)]
struct CheckJson<'a> {
    id: &'a str,
    stage: Stage,
    title: &'a str,
    status: Status,
    severity: Severity,
    breaks_chain: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unseen: Option<&'a Unseen>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<&'a Since>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proven: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    symptom_of: Option<&'a str>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    resource: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    between: Option<(Stage, Stage)>,
    evidence: &'a [Evidence],
    #[serde(skip_serializing_if = "<[Quote]>::is_empty")]
    quotes: &'a [Quote],
    fix: Vec<FixJson<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum FixJson<'a> {
    Command { says: String, commands: Vec<String>, needs: Vec<String> },
    Manual { says: &'a str },
}

/// Writes the report as one indented JSON document.
pub(crate) fn write(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    report: &Report,
    exit_code: u8,
    only: &dyn Fn(&CheckReport) -> bool,
) -> io::Result<()> {
    let mut targets: Vec<TargetJson<'_>> = Vec::new();
    for entry in &report.entries {
        let (account, region) =
            (entry.asked.target.account.as_str(), entry.asked.target.region.as_str());
        let json = entry_json(snapshot, entry, only);
        match targets.iter_mut().find(|t| t.account == account && t.region == region) {
            Some(target) => target.entries.push(json),
            None => targets.push(TargetJson { account, region, entries: vec![json] }),
        }
    }
    let document = Document {
        version: 1,
        taken_at: report.taken_at,
        verdict: report.verdict(),
        exit_code,
        notes: &report.notes,
        targets,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn entry_json<'a>(
    snapshot: &Snapshot,
    entry: &'a EntryReport,
    only: &dyn Fn(&CheckReport) -> bool,
) -> EntryJson<'a> {
    let chains = entry.others.iter().map(|(verdict, chain)| OtherRouteJson::FilterAlarm {
        verdict: *verdict,
        chain: chain_json(chain),
    });
    let ways = entry.other_ways.iter().map(|way| match way {
        OtherWay::LogAlarm { alarm } => OtherRouteJson::LogAlarm { alarm: alarm.as_str() },
        OtherWay::EventRule { rule } => OtherRouteJson::EventRule { rule: rule.as_str() },
        OtherWay::AlarmAction { alarm, action } => {
            OtherRouteJson::AlarmAction { alarm: alarm.as_str(), action }
        }
        OtherWay::Unseen(unseen) => OtherRouteJson::Unseen { unseen },
    });
    let intents = entry.intents();
    EntryJson {
        id: &entry.entry,
        secret: entry.asked.secret.as_deref(),
        verdict: entry.verdict,
        told: &entry.told,
        route: RouteJson::FilterAlarm(chain_json(&entry.chain)),
        other_routes: chains.chain(ways).collect(),
        checks: entry
            .checks
            .iter()
            .filter(|check| only(check))
            .map(|check| check_json(snapshot, check, &intents))
            .collect(),
    }
}

fn chain_json(chain: &Chain) -> ChainJson<'_> {
    let alarm = chain.alarm.node();
    ChainJson {
        trail: chain.trail.node().map(|arn| arn.as_str()),
        log_group: chain.log_group.node().map(|group| group.name.as_str()),
        filter: chain.filter.node().map(|filter| filter.name.as_str()),
        alarm: alarm.map(|alarm| alarm.name.as_str()),
        composite_alarm: alarm.and_then(|alarm| match &alarm.notifier {
            Notifier::Own => None,
            Notifier::Composite(name) => Some(name.as_str()),
        }),
        topic: chain.topic.node().map(|arn| arn.as_str()),
        subscription: chain.subscription.node().map(String::as_str),
    }
}

fn check_json<'a>(
    snapshot: &Snapshot,
    check: &'a CheckReport,
    intents: &[Intent],
) -> CheckJson<'a> {
    CheckJson {
        id: check.id,
        stage: check.stage,
        title: check.title,
        status: check.status,
        severity: check.severity,
        breaks_chain: check.effect != secmon_core::finding::Effect::Degrades,
        findings: check
            .findings
            .iter()
            .map(|finding| finding_json(snapshot, finding, intents))
            .collect(),
        unseen: check.unseen.as_ref(),
        reason: check.reason.as_deref(),
        since: check.since.as_ref(),
        proven: check.proven.as_deref(),
        symptom_of: check.symptom_of,
    }
}

fn finding_json<'a>(
    snapshot: &Snapshot,
    finding: &'a Finding,
    intents: &[Intent],
) -> FindingJson<'a> {
    let mut fix = Vec::new();
    let mut told: Vec<&[usize]> = Vec::new();
    let steps = commands(intents, snapshot);
    for step in &finding.fix {
        match step {
            Fix::Manual(says) => fix.push(FixJson::Manual { says }),
            Fix::Change(intent) => {
                let mends = |step: &&Step| {
                    step.intents.iter().any(|index| intents.get(*index) == Some(intent))
                };
                for step in steps.iter().filter(mends) {
                    if !told.contains(&step.intents.as_slice()) {
                        told.push(&step.intents);
                        fix.push(FixJson::Command {
                            says: step.says.clone(),
                            commands: step.commands.iter().map(ToString::to_string).collect(),
                            needs: step.needs.clone(),
                        });
                    }
                }
            }
        }
    }
    FindingJson {
        resource: &finding.resource,
        message: &finding.message,
        between: finding.between,
        evidence: &finding.evidence,
        quotes: &finding.quotes,
        fix,
    }
}
