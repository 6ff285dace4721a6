//! SNS: topics and subscriptions.

use super::Intent;
use super::access::{extended, statements};
use super::command::AwsCommand;
use super::steps::{Draft, read_first};
use crate::snapshot::{Arn, Observed, Snapshot};

pub(super) fn create(topic: &Arn) -> Draft {
    let name = topic.resource();
    let command = AwsCommand::in_region("sns", "create-topic", topic.region()).text("--name", name);
    let fifo = name.ends_with(".fifo");
    let command = if fifo { command.text("--attributes", "FifoTopic=true") } else { command };
    Draft::run(format!("Makes topic {name}; alarms of its account may publish to it."), command)
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

fn set_attribute(topic: &Arn, name: &str, value: &str) -> AwsCommand {
    AwsCommand::in_region("sns", "set-topic-attributes", topic.region())
        .text("--topic-arn", topic)
        .text("--attribute-name", name)
        .text("--attribute-value", value)
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
        AwsCommand::in_region("sns", "subscribe", topic.region())
            .text("--topic-arn", topic)
            .text("--protocol", protocol)
            .text("--notification-endpoint", endpoint.unwrap_or(placeholder)),
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
    Draft::run(
        format!(
            "Takes the filter policy off a subscription of topic {}; it may go on for 15 minutes.",
            topic.map(Arn::name).unwrap_or_default()
        ),
        AwsCommand::in_region("sns", "set-subscription-attributes", subscription.region())
            .text("--subscription-arn", subscription)
            .text("--attribute-name", "FilterPolicy")
            .text("--attribute-value", "{}"),
    )
}
