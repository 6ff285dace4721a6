//! From a report to a plan: wishes are folded into calls, the calls applied to what was seen, and
//! the result judged again, until nothing is left to wish for.

use std::collections::BTreeSet;

use super::by_hand::{not_seen, not_told, with_commands};
use super::change::PLAN_VERSION;
use super::furnish::{dashboard, demo_secrets, furnished};
use super::says::says;
use super::{AlarmSetting, Change, Consent, Intent, Plan, Step, Tags, Write, commands};
use crate::baseline::BaselineEntry;
use crate::finding::{Finding, Fix};
use crate::report::{CheckReport, EntryReport, Report, Status, Verdict};
use crate::route::{Pins, Read, next_reads};
use crate::snapshot::{AccountId, Arn, Observed, Snapshot, Target};

/// More rounds than any chain needs.
const ROUNDS: usize = 12;

/// What the user decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// Whom to tell, where nobody is told yet.
    pub email: Option<String>,
    /// The topic that alarms are to notify, by name or ARN, where they notify none.
    pub topic: Option<String>,
    /// What the names of new topics and dashboards begin with.
    pub prefix: String,
    /// Tags of what is made.
    pub tags: Tags,
    /// The permissions boundary of roles that are made.
    pub permissions_boundary: Option<String>,
    /// Whether a dashboard is wanted.
    pub dashboard: bool,
    /// Whether a trail that tells of its log files in the alarm's topic gets one of its own, though the
    /// alert comes all the same.
    pub separate_topics: bool,
    /// Whether a topic that is made gets a key of its own.
    pub kms: bool,
    /// Whether [`DEMO_SECRET`] is made, where it is asked about and not there.
    pub demo_secret: bool,
}

/// The secret of the well-known tutorial.
pub const DEMO_SECRET: &str = "TopSecretInfo";

impl Default for Choices {
    fn default() -> Self {
        Self {
            email: None,
            topic: None,
            prefix: "secmon".to_owned(),
            tags: Tags::new(),
            permissions_boundary: None,
            dashboard: false,
            separate_topics: false,
            kms: false,
            demo_secret: false,
        }
    }
}

/// A plan, and the account as it will be.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The account after it.
    pub after: Snapshot,
    /// What is said of it then.
    pub report: Report,
    /// What is to be read before the plan is complete: with it in the snapshot, plan again.
    pub reads: BTreeSet<Read>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Mending one link would break another.
    #[error("the plan is refused: with it, these checks would fail that pass now: {0}")]
    Breaks(String),
    /// A resource is not what it was when the plan was made.
    #[error("{0} has changed since the plan was made: look at it, and plan again")]
    Changed(String),
    /// What a saved plan says of a call is not what the call does.
    #[error("the plan is damaged: what it says of {0} is not what its call does")]
    Damaged(String),
}

/// Plans what mends everything that breaks an alert in the account, as `judge` sees it.
pub fn plan(
    snapshot: &Snapshot,
    (entry, pins): (&BaselineEntry, &Pins),
    judge: &dyn Fn(&Snapshot) -> Report,
    choices: &Choices,
) -> Result<Planned, Refusal> {
    let first = judge(snapshot);
    let (mut now, mut report) = (snapshot.clone(), first.clone());
    let (mut changes, mut by_hand, mut reads) = (Vec::new(), Vec::new(), BTreeSet::new());
    if choices.demo_secret {
        changes.extend(demo_secrets(choices, &mut now));
        report = judge(&now);
    }
    for _ in 0..ROUNDS {
        by_hand.clear();
        let mut progress = false;
        for entry in &report.entries {
            let mut round =
                Round { choices, now: &mut now, by_hand: &mut by_hand, reads: &mut reads };
            let more = round.run(entry);
            progress |= !more.is_empty();
            changes.extend(more);
        }
        report = judge(&now);
        if !progress {
            break;
        }
    }
    if let Some(entry) = report.entries.first().filter(|_| choices.dashboard) {
        match dashboard(entry, choices, &now) {
            Ok(change) => changes.extend(change),
            Err(unread) => reads.extend(unread),
        }
    }
    for change in &mut changes {
        reads.extend(change.note_owner(snapshot));
    }
    by_hand.extend(not_told(choices, &now, &report));
    reads.extend(next_reads(&now, entry, pins));
    if let Some(broken) = broken(&first, &report)
        && reads.is_empty()
    {
        return Err(Refusal::Breaks(broken));
    }
    let verdicts = |report: &Report| report.entries.iter().map(|entry| entry.verdict).collect();
    let plan = Plan {
        version: PLAN_VERSION,
        account: account(snapshot),
        taken_at: snapshot.taken_at,
        asked: snapshot.asked.clone(),
        before: verdicts(&first),
        after: verdicts(&report),
        changes,
        by_hand,
    };
    Ok(Planned { plan, after: now, report, reads })
}

/// One round of wishes and calls.
struct Round<'a> {
    choices: &'a Choices,
    now: &'a mut Snapshot,
    by_hand: &'a mut Vec<String>,
    reads: &'a mut BTreeSet<Read>,
}

impl Round<'_> {
    /// What one question's failures ask for, as changes.
    fn run(&mut self, entry: &EntryReport) -> Vec<Change> {
        let mut wishes: Vec<(Intent, Vec<&CheckReport>)> = Vec::new();
        let separates = |fix: &Fix| matches!(fix, Fix::Change(Intent::SeparateTrailTopic { .. }));
        let warned = entry.with(Status::Warn).filter(|check| {
            let mut fixes = check.findings.iter().flat_map(fixes);
            self.choices.separate_topics && fixes.any(separates)
        });
        for check in entry.with(Status::Fail).chain(warned) {
            for (finding, fix) in each_fix(check) {
                match fix {
                    Fix::Manual(says) => {
                        note(self.by_hand, &with_commands(says, finding, self.now))
                    }
                    Fix::Change(intent) => {
                        for intent in chosen(intent, self.choices, self.now) {
                            match wishes.iter_mut().find(|(wish, _)| *wish == intent) {
                                Some((_, checks)) => checks.push(check),
                                None => wishes.push((intent, vec![check])),
                            }
                        }
                    }
                }
            }
        }
        let intents: Vec<Intent> = wishes.iter().map(|(intent, _)| intent.clone()).collect();
        let mut changes = Vec::new();
        for step in commands(&intents, self.now) {
            let wished = step.intents.iter().filter_map(|index| wishes.get(*index));
            let checks: Vec<&CheckReport> = wished.flat_map(|(_, checks)| checks.clone()).collect();
            match self.changes_of(&step, &checks) {
                Ok((after, more)) => {
                    *self.now = after;
                    changes.extend(more);
                }
                Err(why) => note(self.by_hand, &why),
            }
        }
        changes
    }

    /// The changes of one step, and the account after them; or why it is left to a human.
    fn changes_of(
        &mut self,
        step: &Step,
        checks: &[&CheckReport],
    ) -> Result<(Snapshot, Vec<Change>), String> {
        if step.writes.is_empty() {
            return Err(step.says.clone());
        }
        if !step.needs.is_empty() {
            return Err(format!("{} Say {}.", step.says, step.needs.join(", ")));
        }
        let (mut at, mut changes) = (self.now.clone(), Vec::new());
        let was = self.now.clone();
        let target = |write: &Write| write.resource().map(|resource| resource.configuration(&was));
        let writes = step.writes.iter().flat_map(|write| {
            let is_new = matches!(target(write), Some(Observed::Absent | Observed::NotAsked));
            furnished(write, &step.writes, self.choices, is_new)
        });
        for write in &writes.collect::<Vec<_>>() {
            let mut after = at.clone();
            write.apply_to(&mut after);
            let Some(mut change) = Change::of(write.clone(), says(step, write), &at, &after) else {
                return Err(step.says.clone());
            };
            let unread = change.resource.unread(&at);
            if !unread.is_empty() {
                self.reads.extend(unread);
                return Err(not_seen(&change.resource, &Observed::<()>::NotAsked, &step.says));
            }
            match &change.before {
                // Left from a run that was ended, or somebody else's: it is used as it is.
                Observed::Seen(there) if write.creates() => {
                    if let Write::CreateRole { permissions_boundary: Some(boundary), .. } = write
                        && there["PermissionsBoundary"] != boundary.as_str()
                    {
                        return Err(format!(
                            "{} Not done by secmon, because {} is there already, without the permissions \
                             boundary {boundary}: give it one, or delete it.",
                            step.says, change.resource
                        ));
                    }
                    continue;
                }
                Observed::Seen(_) | Observed::Absent => {}
                Observed::NotAsked => {
                    self.reads.extend(change.resource.reads(&at));
                    return Err(not_seen(&change.resource, &change.before, &step.says));
                }
                unseen => return Err(not_seen(&change.resource, unseen, &step.says)),
            }
            // An alarm's state is no setting of it, and not all of a bucket's settings are read.
            let has_effect = change.before != change.after
                || matches!(
                    write,
                    Write::SetAlarmState { .. }
                        | Write::PutPublicAccessBlock { .. }
                        | Write::PutBucketEncryption { .. }
                        | Write::PutBucketLifecycleConfiguration { .. }
                        | Write::PutBucketTagging { .. }
                );
            if has_effect {
                explain(&mut change, checks);
                changes.push(change);
            }
            at = after;
        }
        Ok((at, changes))
    }
}

fn each_fix(check: &CheckReport) -> impl Iterator<Item = (&Finding, &Fix)> {
    let findings = check.findings.iter();
    findings.flat_map(|finding| fixes(finding).map(move |fix| (finding, fix)))
}

/// What mends a finding. What stands behind a step by hand has to wait for it.
fn fixes(finding: &Finding) -> impl Iterator<Item = &Fix> {
    let waits = matches!(finding.fix.first(), Some(Fix::Manual(_)));
    finding.fix.iter().filter(move |fix| !waits || matches!(fix, Fix::Manual(_)))
}

/// Notes which checks want the change, and who switched off what it switches on.
fn explain(change: &mut Change, checks: &[&CheckReport]) {
    for check in checks {
        note(&mut change.checks, check.id);
        if change.asks.contains(&Consent::Resume)
            && let Some(since) = &check.since
        {
            let who = format!("{} by {}, {}", since.event_name, since.by, since.time);
            note(&mut change.notes, &who);
        }
    }
}

fn note(notes: &mut Vec<String>, says: &str) {
    if !notes.iter().any(|there| there == says) {
        notes.push(says.to_owned());
    }
}

/// The wish with what the user has to choose filled in.
fn chosen(intent: &Intent, choices: &Choices, snapshot: &Snapshot) -> Vec<Intent> {
    match intent {
        Intent::Subscribe { topic, protocol, endpoint: None } if protocol == "email" => {
            vec![Intent::Subscribe {
                topic: topic.clone(),
                protocol: protocol.clone(),
                endpoint: choices.email.clone(),
            }]
        }
        Intent::SetAlarm { target, alarm, set: AlarmSetting::Notify { topic: None } } => {
            let notify = |topic: &Arn| Intent::SetAlarm {
                target: target.clone(),
                alarm: alarm.clone(),
                set: AlarmSetting::Notify { topic: Some(topic.to_string()) },
            };
            notifying(intent, target, choices, snapshot, notify)
        }
        Intent::AddRuleTarget { target, rule, topic: None } => {
            let notify = |topic: &Arn| Intent::AddRuleTarget {
                target: target.clone(),
                rule: rule.clone(),
                topic: Some(topic.to_string()),
            };
            notifying(intent, target, choices, snapshot, notify)
        }
        _ => vec![intent.clone()],
    }
}

/// The wish with the topic to notify, and one for that topic, if it is still to be made.
fn notifying(
    intent: &Intent,
    target: &Target,
    choices: &Choices,
    snapshot: &Snapshot,
    notify: impl Fn(&Arn) -> Intent,
) -> Vec<Intent> {
    let Some(topic) = topic_to_notify(target, choices) else {
        return vec![intent.clone()];
    };
    let notify = notify(&topic);
    let topics = &snapshot.at(target).topics;
    let is_there = topics.get(&topic).is_some_and(|topic| topic.attributes.seen().is_some());
    match is_there || choices.topic.is_some() {
        true => vec![notify],
        false => vec![Intent::CreateTopic { topic }, notify],
    }
}

/// The topic that the user names, or the one that is made for whom the user names.
fn topic_to_notify(target: &Target, choices: &Choices) -> Option<Arn> {
    match (&choices.topic, &choices.email) {
        (Some(topic), _) => match topic.parse::<Arn>() {
            Ok(arn) => Some(arn),
            Err(_) => Some(Arn::of_resource("sns", target, topic)),
        },
        (None, Some(_)) => {
            Some(Arn::of_resource("sns", target, &format!("{}-alerts", choices.prefix)))
        }
        (None, None) => None,
    }
}

/// What passes before and fails after, where that does not get anybody told.
pub(super) fn broken(before: &Report, after: &Report) -> Option<String> {
    let mut broken = BTreeSet::new();
    for (was, is) in before.entries.iter().zip(&after.entries) {
        if is.verdict == Verdict::Yes {
            continue;
        }
        let passed: BTreeSet<&str> = was.with(Status::Pass).map(|check| check.id).collect();
        let fails = is.with(Status::Fail).filter(|check| passed.contains(check.id));
        broken.extend(fails.map(|check| check.id));
    }
    let broken: Vec<&str> = broken.into_iter().collect();
    (!broken.is_empty()).then(|| broken.join(", "))
}

fn account(snapshot: &Snapshot) -> AccountId {
    match snapshot.caller.seen() {
        Some(caller) => caller.account.clone(),
        None => {
            let asked = snapshot.asked.first();
            asked.map_or_else(AccountId::unknown, |asked| asked.target.account.clone())
        }
    }
}
