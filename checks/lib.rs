//! The checklist: one folder a claim that a healthy alert chain satisfies.
//!
//! A [`Check`] is data and one function; [`CHECKLIST`] lists all of them in the order in which
//! people read the report. [`run`] judges a snapshot. A check sees a [`Context`] and nothing else: it
//! cannot call AWS and cannot read another check's result.

use std::collections::{BTreeMap, BTreeSet};

use secmon_core::baseline::{BaselineEntry, Message, messages_about};
use secmon_core::finding::{Effect, Fix, Judged, Outcome, Severity, Stage, Stop, look};
use secmon_core::report::{CheckReport, EntryReport, Report, Status, Verdict};
use secmon_core::route::{
    Chain, Context, Cost, Hop, Link, OtherWay, Pins, Read, other_ways, search,
};
use secmon_core::snapshot::{Arn, Asked, Snapshot};

mod evidence;
mod failures;
mod history;
#[cfg(test)]
mod tests;

pub use failures::{FAILURES, Failure, failure};
pub use history::history_to_read;
pub use one_read::{OfReads, of_reads};

mod alarm_actions_are_enabled;
mod alarm_evaluates_one_event;
mod alarm_fires_within_minutes;
mod alarm_is_not_muted;
mod alarm_is_not_stuck_in_alarm;
mod alarm_is_ready_again_within_an_hour;
mod alarm_notifies_a_topic;
mod alarm_recovers_after_an_event;
mod alarm_statistic_counts_events;
mod alarm_threshold_is_reached_by_one_event;
mod alarm_watches_filter_metric;
mod dead_filters;
mod delivery_role_admits_cloudtrail;
mod delivery_role_may_write;
mod filter_can_match;
mod filter_counts_one_per_event;
mod filter_ignores_other_events;
mod filter_matches_its_events;
mod filter_matches_what_it_should;
mod filter_pattern_is_understood;
mod filter_pattern_says_what_it_means;
mod filter_selects_the_secrets_events;
mod last_alarm_action_succeeded;
mod last_alarm_ran_its_actions;
mod last_read_reached_log_group;
mod last_read_was_counted;
mod log_alarm_finds_its_events;
mod log_alarm_fires_on_one_event;
mod log_alarm_is_evaluated;
mod log_alarm_queries_the_log_group;
mod log_group_class_is_standard;
mod log_group_exists;
mod log_group_has_a_metric_filter;
mod log_group_is_where_the_filters_are;
mod log_group_key_is_usable;
mod management_events_are_recorded_once;
mod metric_tells_reads_from_other_events;
mod one_read;
mod pattern_answers;
mod phone_number_takes_messages;
mod rule_answers;
mod rule_ignores_other_events;
mod rule_matches_its_events;
mod rule_matches_what_it_should;
mod rule_receives_read_events;
mod rule_targets_a_topic;
mod secret_exists;
mod secret_is_not_scheduled_for_deletion;
mod subscription_is_confirmed;
mod subscription_passes_alarm_messages;
mod subscription_reaches_a_human;
mod topic_admits_its_publisher;
mod topic_can_send_mail;
mod topic_delivers_its_messages;
mod topic_exists;
mod topic_gets_no_log_file_notifications;
mod topic_has_a_subscription;
mod topic_is_in_the_alarms_region;
mod topic_key_admits_its_publisher;
mod trail_covers_the_region;
mod trail_covers_the_replicas;
mod trail_delivers_to_bucket;
mod trail_delivers_to_log_group;
mod trail_exists;
mod trail_is_logging;
mod trail_names_a_log_group;
mod trail_records_its_events;
mod trail_validates_its_log_files;
mod transformer_keeps_the_filters_fields;

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
    /// Ids of the failures it tells, see [`FAILURES`].
    pub failures: &'static [&'static str],
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
    &trail_covers_the_replicas::CHECK,
    &trail_is_logging::CHECK,
    &trail_records_its_events::CHECK,
    &trail_names_a_log_group::CHECK,
    &log_group_is_where_the_filters_are::CHECK,
    &trail_validates_its_log_files::CHECK,
    &management_events_are_recorded_once::CHECK,
    &log_group_exists::CHECK,
    &log_group_class_is_standard::CHECK,
    &log_group_key_is_usable::CHECK,
    &delivery_role_admits_cloudtrail::CHECK,
    &delivery_role_may_write::CHECK,
    &trail_delivers_to_log_group::CHECK,
    &trail_delivers_to_bucket::CHECK,
    &log_group_has_a_metric_filter::CHECK,
    &filter_can_match::CHECK,
    &filter_matches_its_events::CHECK,
    &filter_selects_the_secrets_events::CHECK,
    &transformer_keeps_the_filters_fields::CHECK,
    &filter_matches_what_it_should::CHECK,
    &filter_ignores_other_events::CHECK,
    &filter_pattern_says_what_it_means::CHECK,
    &filter_pattern_is_understood::CHECK,
    &filter_counts_one_per_event::CHECK,
    &alarm_watches_filter_metric::CHECK,
    &metric_tells_reads_from_other_events::CHECK,
    &alarm_statistic_counts_events::CHECK,
    &alarm_threshold_is_reached_by_one_event::CHECK,
    &alarm_evaluates_one_event::CHECK,
    &alarm_fires_within_minutes::CHECK,
    &alarm_recovers_after_an_event::CHECK,
    &log_alarm_queries_the_log_group::CHECK,
    &log_alarm_is_evaluated::CHECK,
    &log_alarm_finds_its_events::CHECK,
    &log_alarm_fires_on_one_event::CHECK,
    &alarm_is_ready_again_within_an_hour::CHECK,
    &alarm_is_not_stuck_in_alarm::CHECK,
    &alarm_actions_are_enabled::CHECK,
    &alarm_is_not_muted::CHECK,
    &alarm_notifies_a_topic::CHECK,
    &rule_receives_read_events::CHECK,
    &rule_matches_its_events::CHECK,
    &rule_matches_what_it_should::CHECK,
    &rule_ignores_other_events::CHECK,
    &rule_targets_a_topic::CHECK,
    &topic_exists::CHECK,
    &topic_can_send_mail::CHECK,
    &topic_is_in_the_alarms_region::CHECK,
    &topic_admits_its_publisher::CHECK,
    &topic_key_admits_its_publisher::CHECK,
    &topic_gets_no_log_file_notifications::CHECK,
    &topic_has_a_subscription::CHECK,
    &subscription_is_confirmed::CHECK,
    &subscription_passes_alarm_messages::CHECK,
    &phone_number_takes_messages::CHECK,
    &subscription_reaches_a_human::CHECK,
    &last_read_reached_log_group::CHECK,
    &last_read_was_counted::CHECK,
    &last_alarm_ran_its_actions::CHECK,
    &last_alarm_action_succeeded::CHECK,
    &topic_delivers_its_messages::CHECK,
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
    known: BTreeMap<(usize, Vec<String>), Judgement>,
}

/// What a check says, and what happened that bears on it.
#[derive(Clone)]
struct Judgement {
    judged: Judged,
    /// What happened that makes it pass.
    proven: Option<String>,
    /// What would make a proof of what happened.
    lookups: BTreeSet<Read>,
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
        if judgements.reaches(chain, Link::LogGroup)
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
