//! SNS: topics and subscriptions.

use serde_json::json;

use super::access::{extended, statements};
use super::resource::document;
use super::steps::{Draft, read_first};
use super::{Intent, Tags, TrailSettings, Write, free_name};
use crate::snapshot::{Arn, Observed, Snapshot, TopicAttributes};

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

/// A topic for a trail's messages about log files, made beside the one that it shares with alarms.
pub(super) fn separate(trail: &Arn, wishes: &[&Intent], snapshot: &Snapshot) -> Draft {
    let shared = wishes.iter().find_map(|wish| match wish {
        Intent::SeparateTrailTopic { home_region, topic, .. } => Some((home_region, topic)),
        _ => None,
    });
    let Some((home_region, shared)) = shared else {
        return Draft::by_hand(format!("Give trail {} a topic of its own.", trail.name()));
    };
    let arn = |name: &str| -> Option<Arn> {
        let (partition, account) = (trail.partition(), trail.account());
        format!("arn:{partition}:sns:{home_region}:{account}:{name}").parse().ok()
    };
    let policy = |topic: &Arn| {
        let statement = json!({
            "Sid": "AWSCloudTrailSNSPolicy",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "SNS:Publish",
            "Resource": topic,
            "Condition": {"StringEquals": {"aws:SourceArn": trail}},
        });
        let made = TopicAttributes::of_new(topic).policy.unwrap_or_default();
        extended(&made, "the policy of the topic", &[&statement])
    };
    // One that an earlier run left is used.
    let is_left = |topic: &Arn, seen: &TopicAttributes| {
        let is =
            |text: &str| seen.policy.as_deref().is_some_and(|it| document(it) == document(text));
        let made = TopicAttributes::of_new(topic).policy;
        made.is_some_and(|made| is(&made)) || policy(topic).is_ok_and(|wanted| is(&wanted))
    };
    let name = free_name(&format!("{}-log-files", shared.resource()), |name| {
        let Some(topic) = arn(name) else { return false };
        let seen = topic.target().and_then(|target| snapshot.at(&target).topics.get(&topic));
        let attributes = seen.map(|topic| &topic.attributes);
        !matches!(attributes, None | Some(Observed::Absent | Observed::NotAsked))
            && !attributes
                .and_then(Observed::seen)
                .is_some_and(|attributes| is_left(&topic, attributes))
    });
    let Some(topic) = arn(&name) else {
        return Draft::by_hand(format!("Give trail {} a topic of its own.", trail.name()));
    };
    let policy = match policy(&topic) {
        Ok(policy) => policy,
        Err(by_hand) => return by_hand,
    };
    Draft {
        says: format!(
            "Lets trail {} tell of its log files in topic {name} and no longer in {}; whoever fetches \
             log files when told of them has to subscribe there.",
            trail.name(),
            shared.resource()
        ),
        writes: vec![
            Write::CreateTopic { topic: topic.clone(), tags: Tags::new() },
            set_attribute(&topic, "Policy", &policy),
            Write::UpdateTrail {
                trail: trail.clone(),
                home_region: home_region.clone(),
                set: TrailSettings {
                    sns_topic_name: Some(topic.to_string()),
                    ..TrailSettings::default()
                },
            },
        ],
        needs: Vec::new(),
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
