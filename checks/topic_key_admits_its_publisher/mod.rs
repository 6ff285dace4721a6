//! topic key admits its publisher

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen, look};
use secmon_core::plan::Intent;
use secmon_core::policy::{
    Decision, PolicyDocument, Request, alarms_may_use_key, evaluate_key, events_may_use_key,
};
use secmon_core::route::{Context, Link, Route};
use secmon_core::snapshot::{Arn, Key, Observed};

use crate::Check;

mod state;
#[cfg(test)]
mod tests;

use state::unusable;

pub(crate) static CHECK: Check = Check {
    id: "topic-key-admits-its-publisher",
    stage: Stage::Topic,
    title: "topic key admits its publisher",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Publisher, Link::Topic],
    changed_by: &["SetTopicAttributes", "PutKeyPolicy", "DisableKey", "ScheduleKeyDeletion"],
    failures: &["N3", "N4"],
    page: include_str!("README.md"),
    run: admits,
};

/// Whether what publishes can encrypt for the topic.
pub(crate) fn admits(context: &Context<'_>) -> Judged {
    let topic = context.topic_arn()?;
    let publisher = context.publisher_label()?;
    let hint = hint(context);
    let Some((id, key)) = context.topic_key().map_err(|stop| stop.hint(&hint))? else {
        let reason = format!("the messages of topic {} are not encrypted", topic.name());
        return Ok(Outcome::NotApplicable(reason));
    };
    if let Some(finding) = unusable(topic, id, key) {
        return Ok(Outcome::fail(finding));
    }
    let of_policy = policy_admits(context, topic, id, key, &publisher);
    if matches!(of_policy, Ok(Outcome::Fail(_))) {
        return of_policy;
    }
    let what = format!("the state of key {id} of topic {}", topic.name());
    let metadata = look(&key.metadata, what.clone()).map_err(|stop| stop.hint(&hint))?;
    match metadata.key_state.as_deref() {
        // "Updating" is a key whose description or Region changes: it goes on encrypting.
        Some("Enabled" | "Updating") => of_policy,
        Some(state) => {
            Ok(Outcome::Unknown(Unseen::because(what, format!("its KeyState is {state}"))))
        }
        None => Ok(Outcome::Unknown(Unseen::because(what, "DescribeKey returned no KeyState"))),
    }
}

fn hint(context: &Context<'_>) -> String {
    format!("If the key refuses {}, every alert is lost.", context.publishing_service())
}

/// Whether the key's policy lets what publishes encrypt for the topic.
fn policy_admits(
    context: &Context<'_>,
    topic: &Arn,
    id: &str,
    key: &Key,
    publisher: &str,
) -> Judged {
    let (hint, service) = (hint(context), context.publishing_service());
    let what = format!("the policy of key {id} of topic {}", topic.name());
    let unseen = |reason: String| Unseen::because(what.clone(), reason).hint(&hint);
    let policy = match &key.policy {
        Observed::Absent => {
            return Err(Stop::Unseen(unseen("KMS knows no such policy".to_owned())));
        }
        policy => look(policy, what.clone()).map_err(|stop| stop.hint(&hint))?,
    };
    let policy = match PolicyDocument::parse(policy) {
        Ok(policy) => policy,
        Err(error) => return Err(Stop::Unseen(unseen(error.to_string()))),
    };
    let source = context.publisher_arn()?;
    let key_arn = match key.metadata.seen() {
        Some(metadata) => metadata.arn.to_string(),
        None if id.parse::<Arn>().is_ok() => id.to_owned(),
        None => {
            format!("arn:{}:kms:{}:{}:key/{id}", topic.partition(), topic.region(), topic.account())
        }
    };
    let mut refused = Vec::new();
    let (mut unknown, mut unseen_grants) = (None, None);
    for action in ["kms:GenerateDataKey", "kms:Decrypt"] {
        let request = match context.chain.route {
            // Of its organization EventBridge says as little as of its account.
            Route::EventRule => Request::rule_uses_key(action, &key_arn, topic.as_str()),
            Route::FilterAlarm | Route::LogAlarm => context.of_organization(
                Request::alarm_uses_key(action, &key_arn, source.as_str(), topic.as_str()),
            )?,
        };
        let grants = key.grants.seen().map(Vec::as_slice).unwrap_or_default();
        match evaluate_key(&policy, grants, &request) {
            Decision::Allowed { .. } => {}
            // A grant that was not seen may allow what the policy does not.
            Decision::NotAllowed { .. } if key.grants.seen().is_none() => {
                let what = format!("the grants of key {id} of topic {}", topic.name());
                unseen_grants = look(&key.grants, what).err().or(unseen_grants);
            }
            Decision::Unknown { doubt, by } => {
                unknown.get_or_insert(unseen(format!("for {action}, {by} hangs on {doubt}")));
            }
            no => refused.push((action, no)),
        }
    }
    let actions: Vec<&str> = refused.iter().map(|(action, _)| *action).collect();
    // Whatever a grant would say of one action, the other one is refused.
    let Some((_, first)) = refused.first() else {
        if let Some(stop) = unseen_grants {
            return Err(stop.hint(&hint));
        }
        return Ok(unknown.map_or(Outcome::Pass, Outcome::Unknown));
    };
    let start = format!("Key {id} of topic {} refuses {publisher}", topic.name());
    let actions = actions.join(" and ");
    Ok(Outcome::fail(match first {
        Decision::Denied { by } => {
            let message = format!("{start}: {by} of its policy denies {actions}.");
            Finding::new(&key_arn, message).manual(format!(
                "Change {by} in the policy of key {key_arn}, or take it out, so that it does not \
                 cover {service}. No statement added helps against a deny."
            ))
        }
        decision => {
            let nearest = match decision {
                Decision::NotAllowed { nearest: Some(nearest) } => format!(" Nearest: {nearest}."),
                _ => String::new(),
            };
            let message = format!(
                "{start}: no statement of its policy allows {service} to \
                 {actions}.{nearest}"
            );
            let finding = Finding::new(&key_arn, message);
            match topic.target() {
                Some(target) => finding.change(Intent::AllowInKeyPolicy {
                    target,
                    key: id.to_owned(),
                    statement: match context.chain.route {
                        Route::EventRule => events_may_use_key(),
                        Route::FilterAlarm | Route::LogAlarm => alarms_may_use_key(source),
                    },
                }),
                None => finding,
            }
        }
    }))
}
