//! What is left to a human, in sentences.

use super::{Choices, Intent, Resource, Write, commands};
use crate::finding::{Finding, Fix};
use crate::report::{Report, Verdict};
use crate::snapshot::{Arn, Observed, Snapshot};

/// A step by hand, with the commands that stand behind it, or that let it be taken once more.
pub(super) fn with_commands(says: &str, finding: &Finding, now: &Snapshot) -> String {
    let behind: Vec<Intent> = finding.fix.iter().filter_map(Fix::intent).cloned().collect();
    let (again, wishes) = match (finding.fix.first(), behind.first()) {
        (Some(Fix::Manual(first)), _) if first == says => ("", behind),
        (_, Some(wish @ Intent::Subscribe { topic, protocol, endpoint: Some(endpoint) })) => {
            let subscribed = topic.target().is_some_and(|target| {
                let (topic, endpoint) = (topic.clone(), format!("{protocol} {endpoint}"));
                let resource = Resource::Subscription { target, topic, endpoint };
                matches!(resource.configuration(now), Observed::Seen(_))
            });
            (
                " If none came, this sends it once more:",
                subscribed.then(|| wish.clone()).into_iter().collect(),
            )
        }
        _ => return says.to_owned(),
    };
    let steps = commands(&wishes, now);
    let steps = steps.iter().filter(|step| step.needs.is_empty());
    let commands: Vec<String> =
        steps.flat_map(|step| &step.commands).map(ToString::to_string).collect();
    match commands.is_empty() {
        true => says.to_owned(),
        false => format!("{says}{again} {}", commands.join(" ; ")),
    }
}

/// That whom the user names is not among those who are told.
pub(super) fn not_told(choices: &Choices, now: &Snapshot, report: &Report) -> Option<String> {
    let email = choices.email.as_ref()?;
    let topics = now.targets.values().flat_map(|at| at.topics.values());
    let mut all =
        topics.filter_map(|topic| topic.subscriptions.seen()).flat_map(|all| all.values());
    if all.any(|one| one.endpoint.eq_ignore_ascii_case(email)) {
        return None;
    }
    let takes_mail = |topic: &&Arn| {
        let there = topic.target().and_then(|target| now.at(&target).topics.get(*topic));
        there.is_some_and(|topic| topic.attributes.seen().is_some())
            && !topic.name().ends_with(".fifo")
    };
    let mut topics = report.entries.iter().filter_map(|entry| entry.chain.topic.node());
    let topic = topics.find(takes_mail);
    let how = match topic {
        Some(topic) => Write::Subscribe {
            topic: topic.clone(),
            protocol: "email".to_owned(),
            endpoint: email.clone(),
        }
        .command()
        .to_string(),
        None => "no topic was found that it could be subscribed to".to_owned(),
    };
    let why = match report.verdict() == Verdict::Yes {
        true => "the chain tells somebody else",
        false => "secmon subscribes somebody only to a topic of the chain that has no subscription",
    };
    Some(format!("{email} is not subscribed, because {why}. If it is to be told: {how}"))
}

/// Why a step is left to a human whose resource was not seen.
pub(super) fn not_seen<T>(resource: &Resource, unseen: &Observed<T>, says: &str) -> String {
    let why = match unseen {
        Observed::Denied { action } => format!("{action} was denied"),
        Observed::Failed { reason } => reason.clone(),
        _ => "it was not read".to_owned(),
    };
    format!("{says} Not done by secmon, because {resource} was not seen: {why}.")
}
