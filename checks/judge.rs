//! Judges the chains of one question: each check once for what it looks at, and the best chain in
//! full.

use std::collections::{BTreeMap, BTreeSet};

use secmon_core::baseline::{BaselineEntry, Message, messages_about};
use secmon_core::finding::{Effect, Fix, Judged, Outcome, Stage, Stop, look};
use secmon_core::report::{CheckReport, EntryReport, Status, Verdict};
use secmon_core::route::{
    Chain, Context, Cost, Hop, Link, OtherWay, Pins, Read, Route, other_ways, search,
};
use secmon_core::snapshot::{Arn, Asked, Snapshot};

use crate::{CHECKLIST, Check, evidence, history};

/// Judgements by check and by the nodes it looks at, so that each is made once.
struct Judgements<'a> {
    snapshot: &'a Snapshot,
    entry: &'a BaselineEntry,
    messages: &'a [Message],
    pins: &'a Pins,
    known: BTreeMap<(usize, Vec<String>), Judgement>,
}

/// What a check says, and what happened that bears on it.
#[derive(Clone)]
pub(crate) struct Judgement {
    pub(crate) judged: Judged,
    /// What happened that makes it pass.
    pub(crate) proven: Option<String>,
    /// What would make a proof of what happened.
    pub(crate) lookups: BTreeSet<Read>,
}

impl Judgements<'_> {
    fn of(&mut self, index: usize, check: &Check, chain: &Chain) -> &Judgement {
        // A check that finds nothing at a link says what is before it, so that counts too.
        let links = chain.route.links();
        let before = |link: Link| links.iter().rev().find(|earlier| **earlier < link);
        let nodes = check.needs.iter().map(|need| {
            let link = chain.route.link(*need).unwrap_or(*need);
            match (chain.has(link), before(link)) {
                (false, Some(before)) => chain.node_key(link) + &chain.node_key(*before),
                _ => chain.node_key(link),
            }
        });
        let nodes = std::iter::once(chain.route.name().to_owned()).chain(nodes).collect();
        let (snapshot, entry, messages, pins) =
            (self.snapshot, self.entry, self.messages, self.pins);
        self.known.entry((index, nodes)).or_insert_with(|| {
            if last_link(check, chain).is_none() {
                let reason = format!("the reads are told of by {}", chain.route.name());
                let judged = Ok(Outcome::NotApplicable(reason));
                return Judgement { judged, proven: None, lookups: BTreeSet::new() };
            }
            let context = Context { snapshot, entry, messages, pins, chain };
            evidence::lift(check, &context, (check.run)(&context))
        })
    }

    /// Whether nothing is broken up to a link.
    fn reaches(&mut self, chain: &Chain, link: Link) -> bool {
        CHECKLIST.iter().enumerate().all(|(index, check)| {
            let beyond = last_link(check, chain).is_none_or(|last| last > link);
            beyond || cost(check.effect, &self.of(index, check, chain).judged).broken == 0
        })
    }

    /// What the checks of a link cost: those that look at nothing beyond it.
    fn cost(&mut self, chain: &Chain, link: Link) -> Cost {
        let mut total = Cost::default();
        for (index, check) in CHECKLIST.iter().enumerate() {
            if last_link(check, chain) == Some(link) {
                total = total + cost(check.effect, &self.of(index, check, chain).judged);
            }
        }
        total
    }
}

/// The last link of a chain that a check looks at; `None` where the chain's route lacks one of them.
fn last_link(check: &Check, chain: &Chain) -> Option<Link> {
    let links = check.needs.iter().map(|need| chain.route.link(*need));
    let links = links.collect::<Option<Vec<Link>>>()?;
    Some(links.into_iter().max().unwrap_or(Link::Trail))
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
        // It saw something that speaks against the chain; not having seen anything does not.
        (Effect::Disproves, Ok(Outcome::Unknown(_))) => cost.unknown = 1,
        (Effect::Degrades, Ok(Outcome::Fail(_))) => cost.degraded = 1,
        (Effect::Degrades | Effect::Disproves, _) => {}
    }
    cost
}

/// What is said about one question.
pub(crate) fn judge(
    snapshot: &Snapshot,
    entry: &BaselineEntry,
    pins: &Pins,
    asked: &Asked,
) -> EntryReport {
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
    let verdict_of_chain = verdict(cost);
    let checks: Vec<CheckReport> = CHECKLIST
        .iter()
        .enumerate()
        .map(|(index, check)| {
            let judged = judgements.of(index, check, &chain).clone();
            check_report(snapshot, check, &chain, judged)
        })
        .collect();
    let failed = checks.iter().any(|check| check.status == Status::Fail);
    let all = std::iter::once(&chain).chain(others.iter().map(|(_, chain)| chain));
    let all: Vec<&Chain> = all.collect();
    let other_ways = other_ways_of(&mut judgements, &all);
    let mut report = EntryReport {
        entry: entry.id.clone(),
        asked: asked.clone(),
        verdict: match verdict_of_chain {
            // NO is certain: something must be seen to be broken, and nothing else may tell.
            Verdict::No if !failed || !other_ways.is_empty() => Verdict::CannotTell,
            // A trail that nobody could see may deliver to another place, with a whole chain there.
            Verdict::No if chain_of_unseen_trail(&chain, &checks) => Verdict::CannotTell,
            verdict => verdict,
        },
        others: others.into_iter().map(|(cost, chain)| (verdict(cost), chain)).collect(),
        other_ways,
        told: told.into_iter().collect(),
        checks,
        chain,
    };
    report.join_symptoms();
    report
}

/// Whether the trails could not be seen, and nothing is broken before them.
fn chain_of_unseen_trail(chain: &Chain, checks: &[CheckReport]) -> bool {
    let broken = |check: &CheckReport| check.status == Status::Fail && check.stage < Stage::Trail;
    matches!(chain.trail, Hop::Unseen(_)) && !checks.iter().any(broken)
}

/// What may tell somebody and is not judged: it ends in a program, or could not be seen.
fn other_ways_of(judgements: &mut Judgements<'_>, chains: &[&Chain]) -> Vec<OtherWay> {
    let (snapshot, pins) = (judgements.snapshot, judgements.pins);
    let mut ways = Vec::new();
    let mut add = |more: Vec<OtherWay>| {
        for way in more {
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
    };
    // A rule gets what a trail records; of the trails, any chain that begins with one tells.
    if chains.iter().any(|chain| judgements.reaches(chain, Link::Trail)) {
        let asked = chains.first().map(|chain| &chain.asked);
        asked.into_iter().for_each(|asked| add(other_ways(snapshot, judgements.messages, asked)));
    }
    for chain in chains {
        // Without filter and metric an alarm may query the group itself.
        let queried = Chain { route: Route::LogAlarm, ..(*chain).clone() };
        if judgements.reaches(&queried, Link::LogGroup)
            && let Some(group) = chain.log_group.node()
            && let Err(Stop::Unseen(unseen)) =
                look(&snapshot.at(&group.target).alarms, "the alarms on queries of the log group")
        {
            add(vec![OtherWay::Unseen(unseen)]);
        }
    }
    if pins.topic.is_none() && pins.recipients.is_empty() {
        for chain in chains {
            if judgements.reaches(chain, Link::Alarm) {
                add(other_actions(snapshot, chain));
            }
        }
    }
    ways
}

/// Actions of the alarm of a chain that are no topics: they may tell somebody.
fn other_actions(snapshot: &Snapshot, chain: &Chain) -> Vec<OtherWay> {
    let Some(id) = chain.alarm.node() else { return Vec::new() };
    let alarms = snapshot.at(&id.target).alarms.seen();
    let alarm = alarms.and_then(|alarms| alarms.any(id.notifying_alarm()));
    let Some(alarm) = alarm.filter(|alarm| alarm.actions_enabled) else { return Vec::new() };
    let is_topic = |action: &&String| action.parse::<Arn>().is_ok_and(|arn| arn.service() == "sns");
    let others = alarm.alarm_actions.iter().filter(|action| !is_topic(action));
    others
        .map(|action| OtherWay::AlarmAction { alarm: alarm.arn.clone(), action: action.clone() })
        .collect()
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
    Some(subscription.label())
}

fn check_report(
    snapshot: &Snapshot,
    check: &'static Check,
    chain: &Chain,
    Judgement { judged, proven, lookups }: Judgement,
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
        symptom_of: None,
        proven,
        lookups,
    };
    match judged {
        Ok(Outcome::Pass) => {}
        Ok(Outcome::Fail(findings)) => {
            report.status = match check.effect {
                Effect::Breaks | Effect::Disproves => Status::Fail,
                Effect::Degrades => Status::Warn,
            };
            report.since = history::since_when(snapshot, check, chain, &findings);
            let worst = findings.iter().filter_map(|finding| finding.severity).max();
            report.severity = worst.unwrap_or(check.severity);
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
