//! SNS: topics and subscriptions.

use super::access::{extended, statements};
use super::steps::{Draft, read_first};
use super::{Intent, Tags, Write};
use crate::snapshot::{Arn, Observed, Snapshot};

pub(super) fn create(topic: &Arn) -> Draft {
    Draft::run(
        format!("Makes topic {}; alarms of its account may publish to it.", topic.resource()),
        Write::CreateTopic { topic: topic.clone(), tags: Tags::new() },
    )
}

pub(super) fn remove_key(topic: &Arn) -> Draft {
    Draft::run(
        format!("Takes the encryption key off topic {}.", topic.name()),
        set_attribute(topic, "KmsMasterKeyId", ""),
    )
}

pub(super) fn policy(topic: &Arn, wishes: &[&Intent], snapshot: &Snapshot) -> Draft {
    let statements = statements(wishes);
    let seen = topic.target().and_then(|target| snapshot.at(&target).topics.get(topic));
    let attributes = seen.map(|topic| &topic.attributes);
    let document = format!("the policy of topic {}", topic.name());
    let policy = attributes.and_then(Observed::seen).and_then(|seen| seen.policy.as_deref());
    let Some(policy) = policy else {
        return read_first(attributes, &document, &statements);
    };
    match extended(policy, &document, &statements) {
        Ok(policy) => Draft::run(
            format!("Adds to {document}; the statements it has stay."),
            set_attribute(topic, "Policy", &policy),
        ),
        Err(by_hand) => by_hand,
    }
}

fn set_attribute(topic: &Arn, name: &str, value: &str) -> Write {
    Write::SetTopicAttributes {
        topic: topic.clone(),
        attribute: name.to_owned(),
        value: value.to_owned(),
    }
}

pub(super) fn subscribe(topic: &Arn, protocol: &str, endpoint: Option<&str>) -> Draft {
    let (placeholder, what) = match protocol {
        "email" | "email-json" => ("EMAIL_ADDRESS", "the address to be told"),
        "sms" => ("PHONE_NUMBER", "the number to be told, such as +441632960001"),
        _ => ("ENDPOINT", "the endpoint to be told"),
    };
    let confirmation = match protocol {
        "email" | "email-json" => {
            "; nothing is sent until the link in the confirmation mail is followed"
        }
        "http" | "https" => "; nothing is sent until the endpoint confirms",
        _ => "",
    };
    let draft = Draft::run(
        format!(
            "Subscribes {} to topic {}{confirmation}.",
            endpoint.unwrap_or(placeholder),
            topic.name()
        ),
        Write::Subscribe {
            topic: topic.clone(),
            protocol: protocol.to_owned(),
            endpoint: endpoint.unwrap_or(placeholder).to_owned(),
        },
    );
    match endpoint {
        Some(_) => draft,
        None => draft.needing(vec![format!("{placeholder}: {what}")]),
    }
}

pub(super) fn remove_filter_policy(subscription: &Arn, wishes: &[&Intent]) -> Draft {
    let topic = wishes.iter().find_map(|wish| match wish {
        Intent::RemoveFilterPolicy { topic, .. } => Some(topic),
        _ => None,
    });
    let topic = topic.unwrap_or(subscription);
    Draft::run(
        format!(
            "Takes the filter policy off a subscription of topic {}; it may go on for 15 minutes.",
            topic.name()
        ),
        Write::SetSubscriptionAttributes {
            topic: topic.clone(),
            subscription: subscription.clone(),
            attribute: "FilterPolicy".to_owned(),
            value: "{}".to_owned(),
        },
    )
}
