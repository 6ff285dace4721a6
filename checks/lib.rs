//! The checklist: one folder a claim that a healthy alert chain satisfies.
//!
//! A [`Check`] is data and one function; [`CHECKLIST`] lists all of them in the order in which
//! people read the report. [`run`] judges a snapshot. A check sees a
//! [`Context`](secmon_core::route::Context) and nothing else: it cannot call AWS and cannot read
//! another check's result.

use std::collections::{BTreeMap, BTreeSet};

use secmon_core::baseline::{BaselineEntry, Message, messages_about};
use secmon_core::finding::{Effect, Fix, Judged, Outcome, Severity, Stage, Stop, Unseen};
use secmon_core::report::{CheckReport, EntryReport, Report, Status, Verdict, since};
use secmon_core::route::{Chain, Context, Cost, Link, Pins, Read, What, other_ways, search};
use secmon_core::snapshot::{Arn, Asked, Snapshot, Target};

#[cfg(test)]
mod tests;

mod alarm_actions_are_enabled;
mod alarm_evaluates_one_event;
mod alarm_is_not_muted;
mod alarm_is_not_stuck_in_alarm;
mod alarm_notifies_a_topic;
mod alarm_recovers_after_an_event;
mod alarm_statistic_counts_events;
mod alarm_threshold_is_reached_by_one_event;
mod alarm_watches_filter_metric;
mod delivery_role_admits_cloudtrail;
mod delivery_role_may_write;
mod filter_counts_one_per_event;
mod filter_ignores_other_events;
mod filter_matches_its_events;
mod filter_matches_what_it_should;
mod last_alarm_action_succeeded;
mod log_group_class_is_standard;
mod log_group_exists;
mod log_group_has_a_metric_filter;
mod one_read;
mod pattern_answers;
mod secret_exists;
mod secret_is_not_scheduled_for_deletion;
mod subscription_is_confirmed;
mod subscription_passes_alarm_messages;
mod topic_admits_its_publisher;
mod topic_exists;
mod topic_has_a_subscription;
mod topic_is_in_the_alarms_region;
mod topic_key_admits_its_publisher;
mod trail_covers_the_region;
mod trail_delivers_to_bucket;
mod trail_delivers_to_log_group;
mod trail_exists;
mod trail_is_logging;
mod trail_names_a_log_group;
mod trail_records_its_events;

/// One claim of health.
pub struct Check {
    /// The claim in kebab-case, as its folder is in snake_case. Permanent.
    pub id: &'static str,
    /// The link it belongs to.
    pub stage: Stage,
    /// The claim in words, resource first: "trail is logging".
    pub title: &'static str,
    /// How bad it is when the claim does not hold.
    pub severity: Severity,
    /// What it does to the chain then.
    pub effect: Effect,
    /// The links it looks at. It is run once for each combination of them.
    pub needs: &'static [Link],
    /// The API calls that can make the claim false.
    pub changed_by: &'static [&'static str],
    /// The page that explains it.
    pub page: &'static str,
    /// Judges the claim.
    pub run: fn(&Context<'_>) -> Judged,
}

/// Every check, in the order in which people read the report.
pub static CHECKLIST: &[&Check] = &[
    &secret_exists::CHECK,
    &secret_is_not_scheduled_for_deletion::CHECK,
    &trail_exists::CHECK,
    &trail_covers_the_region::CHECK,
    &trail_is_logging::CHECK,
    &trail_records_its_events::CHECK,
    &trail_names_a_log_group::CHECK,
    &log_group_exists::CHECK,
    &log_group_class_is_standard::CHECK,
    &delivery_role_admits_cloudtrail::CHECK,
    &delivery_role_may_write::CHECK,
    &trail_delivers_to_log_group::CHECK,
    &trail_delivers_to_bucket::CHECK,
    &log_group_has_a_metric_filter::CHECK,
    &filter_matches_its_events::CHECK,
    &filter_matches_what_it_should::CHECK,
    &filter_ignores_other_events::CHECK,
    &filter_counts_one_per_event::CHECK,
    &alarm_watches_filter_metric::CHECK,
    &alarm_statistic_counts_events::CHECK,
    &alarm_threshold_is_reached_by_one_event::CHECK,
    &alarm_evaluates_one_event::CHECK,
    &alarm_recovers_after_an_event::CHECK,
    &alarm_is_not_stuck_in_alarm::CHECK,
    &alarm_actions_are_enabled::CHECK,
    &alarm_is_not_muted::CHECK,
    &alarm_notifies_a_topic::CHECK,
    &topic_exists::CHECK,
    &topic_is_in_the_alarms_region::CHECK,
    &topic_admits_its_publisher::CHECK,
    &topic_key_admits_its_publisher::CHECK,
    &topic_has_a_subscription::CHECK,
    &subscription_is_confirmed::CHECK,
    &subscription_passes_alarm_messages::CHECK,
    &last_alarm_action_succeeded::CHECK,
];

/// Judges a snapshot.
pub fn run(snapshot: &Snapshot, entry: &BaselineEntry, pins: &Pins) -> Report {
    let entries = snapshot.asked.iter().map(|asked| judge(snapshot, entry, pins, asked)).collect();
    Report { taken_at: snapshot.taken_at, entries, notes: Vec::new() }
}

/// The check with this id.
pub fn find(id: &str) -> Option<&'static Check> {
    CHECKLIST.iter().find(|check| check.id == id).copied()
}

/// Judgements by check and by the nodes it looks at, so that each is made once.
struct Judgements<'a> {
    snapshot: &'a Snapshot,
    entry: &'a BaselineEntry,
    messages: &'a [Message],
    pins: &'a Pins,
    known: BTreeMap<(usize, Vec<String>), Judged>,
}

impl Judgements<'_> {
    fn of(&mut self, index: usize, check: &Check, chain: &Chain) -> &Judged {
        let nodes = check.needs.iter().map(|link| chain.node_key(*link)).collect();
        let (snapshot, entry, messages, pins) =
            (self.snapshot, self.entry, self.messages, self.pins);
        self.known
            .entry((index, nodes))
            .or_insert_with(|| (check.run)(&Context { snapshot, entry, messages, pins, chain }))
    }

    /// What the checks of a link cost: those that look at nothing beyond it.
    fn cost(&mut self, chain: &Chain, link: Link) -> Cost {
        let mut total = Cost::default();
        for (index, check) in CHECKLIST.iter().enumerate() {
            let last = check.needs.iter().max().copied().unwrap_or(Link::Trail);
            if last == link {
                total = total + cost(check.effect, self.of(index, check, chain));
            }
        }
        total
    }
}

fn cost(effect: Effect, judged: &Judged) -> Cost {
    let mut cost = Cost::default();
    match (effect, judged) {
        (_, Ok(Outcome::Pass | Outcome::NotApplicable(_))) => {}
        (Effect::Breaks | Effect::Disproves, Ok(Outcome::Fail(findings))) => {
            let steps = findings.iter().flat_map(|finding| &finding.fix);
            let manual = steps.filter(|fix| matches!(fix, Fix::Manual(_))).count();
            cost.broken = 1;
            cost.manual = u32::try_from(manual).unwrap_or(u32::MAX);
        }
        (Effect::Breaks, Err(Stop::Skipped(_))) => cost.broken = 1,
        (Effect::Breaks, Ok(Outcome::Unknown(_)) | Err(Stop::Unseen(_))) => cost.unknown = 1,
        (Effect::Degrades, Ok(Outcome::Fail(_))) => cost.degraded = 1,
        (Effect::Degrades | Effect::Disproves, _) => {}
    }
    cost
}

fn judge(snapshot: &Snapshot, entry: &BaselineEntry, pins: &Pins, asked: &Asked) -> EntryReport {
    let messages = messages_about(snapshot, entry, asked);
    let mut judgements =
        Judgements { snapshot, entry, messages: &messages, pins, known: BTreeMap::new() };
    let mut chains = search(snapshot, entry, &messages, pins, asked, &mut |chain, link| {
        judgements.cost(chain, link)
    });
    let told: BTreeSet<String> = chains
        .iter()
        .filter(|(cost, _)| verdict(*cost) == Verdict::Yes)
        .filter_map(|(_, chain)| address(snapshot, chain))
        .collect();
    let others = chains.split_off(1);
    let (cost, chain) = chains.swap_remove(0);
    let other_ways = other_ways(snapshot, entry, asked);
    let verdict_of_chain = verdict(cost);
    EntryReport {
        entry: entry.id.clone(),
        asked: asked.clone(),
        verdict: match verdict_of_chain {
            Verdict::No if !other_ways.is_empty() => Verdict::CannotTell,
            verdict => verdict,
        },
        others: others.into_iter().map(|(cost, chain)| (verdict(cost), chain)).collect(),
        other_ways,
        told: told.into_iter().collect(),
        checks: CHECKLIST
            .iter()
            .enumerate()
            .map(|(index, check)| {
                let judged = judgements.of(index, check, &chain).clone();
                check_report(snapshot, check, &chain, judged)
            })
            .collect(),
        chain,
    }
}

fn verdict(cost: Cost) -> Verdict {
    match cost {
        Cost { broken: 1.., .. } => Verdict::No,
        Cost { unknown: 1.., .. } => Verdict::CannotTell,
        _ => Verdict::Yes,
    }
}

fn address(snapshot: &Snapshot, chain: &Chain) -> Option<String> {
    let topic = chain.topic.node()?;
    let topic = snapshot.at(&topic.target()?).topics.get(topic)?;
    let subscription = topic.subscriptions.seen()?.get(chain.subscription.node()?)?;
    Some(format!("{} {}", subscription.protocol, subscription.endpoint))
}

fn check_report(
    snapshot: &Snapshot,
    check: &'static Check,
    chain: &Chain,
    judged: Judged,
) -> CheckReport {
    let mut report = CheckReport {
        id: check.id,
        stage: check.stage,
        title: check.title,
        severity: check.severity,
        effect: check.effect,
        status: Status::Pass,
        findings: Vec::new(),
        unseen: None,
        reason: None,
        since: None,
    };
    match judged {
        Ok(Outcome::Pass) => {}
        Ok(Outcome::Fail(findings)) => {
            report.status = match check.effect {
                Effect::Breaks | Effect::Disproves => Status::Fail,
                Effect::Degrades => Status::Warn,
            };
            let place = place(chain, check.stage);
            report.since = findings
                .iter()
                .find_map(|finding| since(snapshot, &place, check.changed_by, &finding.resource));
            report.findings = findings;
        }
        Ok(Outcome::NotApplicable(reason)) => {
            report.status = Status::NotApplicable;
            report.reason = Some(reason);
        }
        Ok(Outcome::Unknown(unseen)) | Err(Stop::Unseen(unseen)) => {
            report.status = Status::Unknown;
            report.unseen = Some(unseen);
        }
        Err(Stop::Skipped(reason)) => {
            report.status = Status::Skipped;
            report.reason = Some(reason);
        }
    }
    report
}

/// Where the Event history of a stage's resources is kept.
fn place(chain: &Chain, stage: Stage) -> Target {
    let asked = &chain.asked.target;
    let trail = || chain.trail.node().and_then(Arn::target);
    let group = || chain.log_group.node().map(|group| group.target.clone());
    let filter = || chain.filter.node().map(|filter| filter.target.clone());
    let alarm = || chain.alarm.node().map(|alarm| alarm.target.clone());
    let topic = || chain.topic.node().and_then(Arn::target);
    let place = match stage {
        Stage::Identity | Stage::Secret => None,
        Stage::Trail => trail(),
        Stage::Delivery => group().or_else(trail),
        Stage::Filter => filter().or_else(group),
        Stage::Metric | Stage::Alarm => alarm().or_else(filter),
        Stage::Topic | Stage::Subscription | Stage::Proof => topic().or_else(alarm),
    };
    place.unwrap_or_else(|| asked.clone())
}

/// Where the Event history of one call is kept: that of IAM, a global service, in one Region of the
/// partition, all others where the resource lives.
fn history_place(chain: &Chain, stage: Stage, event_name: &str) -> Target {
    let mut place = place(chain, stage);
    if event_name.contains("Role") {
        let region = match place.region.as_str() {
            region if region.starts_with("cn-") => "cn-north-1",
            region if region.starts_with("us-gov-") => "us-gov-west-1",
            _ => "us-east-1",
        };
        if let Ok(region) = region.parse() {
            place.region = region;
        }
    }
    place
}

/// How many names are looked up in Event history after judging: AWS answers two a second.
const LOOKUPS: usize = 8;

/// What Event history would tell about the failures of a report: who changed what, when. The
/// earliest links come first, up to eight names.
pub fn history_to_read(snapshot: &Snapshot, report: &Report) -> BTreeSet<Read> {
    let mut reads = BTreeSet::new();
    for entry in &report.entries {
        // A doubt that only Event history can settle, but not one about a denied call.
        let doubts = entry.with(Status::Unknown).filter(|check| {
            let seen = |unseen: &Unseen| unseen.denied.is_none();
            check.effect == Effect::Disproves && check.unseen.as_ref().is_some_and(seen)
        });
        let failed = entry.with(Status::Fail).chain(doubts).chain(entry.with(Status::Warn));
        for failed in failed {
            let names = find(failed.id).map_or(&[][..], |check| check.changed_by);
            for event_name in names.iter().map(|name| (*name).to_owned()) {
                let target = history_place(&entry.chain, failed.stage, &event_name);
                let known = snapshot.at(&target).event_history.contains_key(&event_name);
                if !known && reads.len() < LOOKUPS {
                    reads.insert(Read { target, what: What::LookupEvents { event_name } });
                }
            }
        }
    }
    reads
}
