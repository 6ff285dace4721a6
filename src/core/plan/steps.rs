//! From wishes to steps: what belongs into one call, and in which order calls are made.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::command::AwsCommand;
use super::{Intent, Write, access, alarm, events, logs, topic, trail};
use crate::snapshot::{AccountId, Arn, Observed, Snapshot, Target};

/// One thing to do: commands to run one after the other, or, where there are none, something that
/// must be done by hand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The wishes it fulfils, by their place in the list that was given.
    pub intents: Vec<usize>,
    /// What it does, or why it must be done by hand and how.
    pub says: String,
    /// The calls, in order.
    #[serde(skip)]
    pub writes: Vec<Write>,
    /// The same as commands.
    pub commands: Vec<AwsCommand>,
    /// Placeholders in the commands that the user must fill in: `EMAIL_ADDRESS: whom to tell`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
}

/// The call that fulfils a wish. Equal calls are made once; the order is the one in which calls
/// can succeed, because AWS checks a role and a group when a trail is told to use them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    RestoreSecret(Arn),
    CreateLogGroup(Target, String),
    TrustPolicy(Arn),
    RolePolicy(Arn),
    BucketPolicy(Target, String),
    CreateTrail(Target),
    UpdateTrail(Arn),
    EventSelectors(Arn),
    StartLogging(Arn),
    MetricFilter(Target, String, String),
    EventRule(Target, String),
    CreateTopic(Arn),
    CancelKeyDeletion(Target, String),
    EnableKey(Target, String),
    KeyPolicy(Target, String),
    TopicKey(Arn),
    TopicPolicy(Arn),
    SeparateTrailTopic(Arn),
    RuleTarget(Target, String, Option<String>),
    Alarm(Target, String),
    ResetAlarm(Target, String),
    MuteRule(Target, String),
    Subscribe(Arn, String, Option<String>),
    FilterPolicy(Arn),
}

/// What one call became.
pub(super) struct Draft {
    pub(super) says: String,
    pub(super) writes: Vec<Write>,
    pub(super) needs: Vec<String>,
}

impl Draft {
    pub(super) fn run(says: impl Into<String>, write: Write) -> Self {
        Self { says: says.into(), writes: vec![write], needs: Vec::new() }
    }

    pub(super) fn by_hand(says: impl Into<String>) -> Self {
        Self { says: says.into(), writes: Vec::new(), needs: Vec::new() }
    }

    pub(super) fn needing(mut self, needs: Vec<String>) -> Self {
        self.needs = needs;
        self
    }
}

/// What fulfils these wishes, as complete commands for an account seen like this.
///
/// All wishes about one resource become one call that keeps everything the call would otherwise
/// drop. Where what a call would replace was not fully seen, the step says so and has no command.
pub fn commands(intents: &[Intent], snapshot: &Snapshot) -> Vec<Step> {
    let mut calls: BTreeMap<Call, Vec<usize>> = BTreeMap::new();
    for (index, intent) in intents.iter().enumerate() {
        calls.entry(call(intent, snapshot)).or_default().push(index);
    }
    let step = |(call, indices): (Call, Vec<usize>)| {
        let wishes: Vec<&Intent> = indices.iter().filter_map(|index| intents.get(*index)).collect();
        let draft = expressible(draft(&call, &wishes, intents, snapshot));
        let mut says = draft.says;
        if let Some(account) = elsewhere(&account(&call, snapshot), snapshot) {
            says.push_str(&format!(" Use credentials of account {account}."));
        }
        let commands = draft.writes.iter().map(Write::command).collect();
        Step { intents: indices, says, writes: draft.writes, commands, needs: draft.needs }
    };
    calls.into_iter().map(step).collect()
}

fn call(intent: &Intent, snapshot: &Snapshot) -> Call {
    match intent.clone() {
        Intent::StartLogging { trail, .. } => Call::StartLogging(trail),
        Intent::RecordAllRegions { trail, .. } | Intent::DeliverTo { trail, .. } => {
            Call::UpdateTrail(trail)
        }
        Intent::RecordManagementEvents { trail, .. } => Call::EventSelectors(trail),
        Intent::CreateTrail { target } => Call::CreateTrail(target),
        Intent::CreateLogGroup { target, log_group } => Call::CreateLogGroup(target, log_group),
        Intent::TrustService { role, .. } => Call::TrustPolicy(role),
        Intent::AllowRole { role, .. } => Call::RolePolicy(role),
        Intent::AllowInBucketPolicy { target, bucket, .. } => Call::BucketPolicy(target, bucket),
        Intent::SetMetricFilter { target, log_group, filter, .. } => {
            Call::MetricFilter(target, log_group, filter)
        }
        Intent::SetEventRule { target, rule, .. } => Call::EventRule(target, rule),
        Intent::AddRuleTarget { target, rule, topic } => Call::RuleTarget(target, rule, topic),
        Intent::SetAlarm { target, alarm, .. }
        | Intent::EnableAlarmActions { target, alarm }
        | Intent::NotifyFromComposite { target, alarm, .. } => Call::Alarm(target, alarm),
        Intent::ResetAlarm { target, alarm } => Call::ResetAlarm(target, alarm),
        Intent::DeleteMuteRule { target, rule } => Call::MuteRule(target, rule),
        Intent::CreateTopic { topic } => Call::CreateTopic(topic),
        Intent::AllowInTopicPolicy { topic, .. } => Call::TopicPolicy(topic),
        Intent::RemoveTopicKey { topic } => Call::TopicKey(topic),
        Intent::SeparateTrailTopic { trail, .. } => Call::SeparateTrailTopic(trail),
        // One key may be named by its id, its ARN and its aliases.
        Intent::AllowInKeyPolicy { target, key, .. } => {
            let key = access::same_key(snapshot, &target, &key);
            Call::KeyPolicy(target, key)
        }
        Intent::CancelKeyDeletion { target, key } => {
            let key = access::same_key(snapshot, &target, &key);
            Call::CancelKeyDeletion(target, key)
        }
        Intent::EnableKey { target, key } => {
            let key = access::same_key(snapshot, &target, &key);
            Call::EnableKey(target, key)
        }
        Intent::Subscribe { topic, protocol, endpoint } => {
            Call::Subscribe(topic, protocol, endpoint)
        }
        Intent::RemoveFilterPolicy { subscription, .. } => Call::FilterPolicy(subscription),
        Intent::RestoreSecret { secret } => Call::RestoreSecret(secret),
    }
}

fn draft(call: &Call, wishes: &[&Intent], all: &[Intent], snapshot: &Snapshot) -> Draft {
    match call {
        Call::RestoreSecret(secret) => Draft::run(
            format!("Takes back the deletion of secret {}.", secret.name()),
            Write::RestoreSecret { secret: secret.clone() },
        ),
        Call::CreateLogGroup(target, name) => logs::create_group(target, name),
        Call::MetricFilter(target, group, filter) => {
            logs::put_filter(target, group, filter, wishes, all, snapshot)
        }
        Call::EventRule(target, rule) => events::put_rule(target, rule, wishes, snapshot),
        Call::RuleTarget(target, rule, topic) => {
            events::put_target(target, rule, topic.as_deref(), snapshot)
        }
        Call::TrustPolicy(role) => access::trust(role, wishes, snapshot),
        Call::RolePolicy(role) => access::role_policy(role, wishes, snapshot),
        Call::BucketPolicy(target, bucket) => {
            access::bucket_policy(target, bucket, wishes, snapshot)
        }
        Call::CancelKeyDeletion(target, key) => access::cancel_key_deletion(target, key, snapshot),
        Call::EnableKey(target, key) => access::enable_key(target, key, snapshot),
        Call::KeyPolicy(target, key) => access::key_policy(target, key, wishes, snapshot),
        Call::CreateTrail(target) => trail::create(target, snapshot),
        Call::UpdateTrail(arn) => trail::update(arn, wishes, snapshot),
        Call::EventSelectors(arn) => trail::put_selectors(arn, snapshot),
        Call::StartLogging(arn) => trail::start(arn, wishes),
        Call::CreateTopic(arn) => topic::create(arn),
        Call::TopicKey(arn) => topic::remove_key(arn),
        Call::TopicPolicy(arn) => topic::policy(arn, wishes, snapshot),
        Call::SeparateTrailTopic(trail) => topic::separate(trail, wishes, snapshot),
        Call::Subscribe(arn, protocol, endpoint) => {
            topic::subscribe(arn, protocol, endpoint.as_deref())
        }
        Call::FilterPolicy(subscription) => topic::remove_filter_policy(subscription, wishes),
        Call::Alarm(target, name) => alarm::change(target, name, wishes, snapshot),
        Call::ResetAlarm(target, name) => Draft::run(
            format!("Sets alarm {name} to OK until its next evaluation."),
            Write::SetAlarmState {
                target: target.clone(),
                alarm: name.clone(),
                state: "OK".to_owned(),
                reason: "Set to OK by hand after it was looked into".to_owned(),
            },
        ),
        Call::MuteRule(target, rule) => Draft::run(
            format!("Deletes mute rule {rule}; whoever made it may still want it."),
            Write::DeleteAlarmMuteRule { target: target.clone(), rule: rule.clone() },
        ),
    }
}

/// The draft, or the same by hand where a command of it cannot be written.
fn expressible(draft: Draft) -> Draft {
    match draft.writes.iter().all(|write| write.command().is_expressible()) {
        true => draft,
        false => Draft::by_hand(format!(
            "No command can be shown, because an ARN names no Region. By hand: {}",
            draft.says
        )),
    }
}

/// The account whose resource a call changes.
fn account(call: &Call, snapshot: &Snapshot) -> AccountId {
    let of = |arn: &Arn| arn.account().parse().unwrap_or_else(|_| AccountId::unknown());
    match call {
        Call::RestoreSecret(arn)
        | Call::TrustPolicy(arn)
        | Call::RolePolicy(arn)
        | Call::UpdateTrail(arn)
        | Call::EventSelectors(arn)
        | Call::StartLogging(arn)
        | Call::CreateTopic(arn)
        | Call::TopicKey(arn)
        | Call::TopicPolicy(arn)
        | Call::SeparateTrailTopic(arn)
        | Call::Subscribe(arn, ..)
        | Call::FilterPolicy(arn) => of(arn),
        Call::CancelKeyDeletion(target, key)
        | Call::EnableKey(target, key)
        | Call::KeyPolicy(target, key) => match access::key_arn(snapshot, target, key) {
            Some(arn) => of(&arn),
            None => target.account.clone(),
        },
        Call::CreateLogGroup(target, ..)
        | Call::BucketPolicy(target, ..)
        | Call::CreateTrail(target)
        | Call::MetricFilter(target, ..)
        | Call::EventRule(target, _)
        | Call::RuleTarget(target, ..)
        | Call::ResetAlarm(target, ..)
        | Call::MuteRule(target, ..)
        | Call::Alarm(target, ..) => target.account.clone(),
    }
}

/// The account, if it is not the one whose credentials read the snapshot.
fn elsewhere(account: &AccountId, snapshot: &Snapshot) -> Option<AccountId> {
    let here = match snapshot.caller.seen() {
        Some(caller) => &caller.account,
        None => &snapshot.asked.first()?.target.account,
    };
    (account.is_known() && here.is_known() && account != here).then(|| account.clone())
}

/// A step by hand for a document that a call would replace and that was not seen.
pub(super) fn read_first<T>(
    observed: Option<&Observed<T>>,
    document: &str,
    statements: &[&Value],
) -> Draft {
    let why = match observed {
        Some(Observed::Denied { action }) => format!(": {action} was denied"),
        Some(Observed::Failed { reason }) => format!(": {reason}"),
        Some(Observed::Absent) => ": it does not exist".to_owned(),
        Some(Observed::Seen(_) | Observed::NotAsked) | None => String::new(),
    };
    Draft::by_hand(format!(
        "{} was not read{why}; a new one would replace it. Read it first, then add {}.",
        capitalised(document),
        in_words(statements),
    ))
}

/// Statements as they stand in a sentence.
pub(super) fn in_words(statements: &[&Value]) -> String {
    let statements: Vec<String> = statements.iter().map(ToString::to_string).collect();
    match statements.as_slice() {
        [one] => format!("this statement by hand: {one}"),
        several => format!("these statements by hand: {}", several.join(" ")),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
