//! topic exists

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, look};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{Arn, Observed, Topic};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "topic-exists",
    stage: Stage::Topic,
    title: "topic exists",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Publisher, Link::Topic],
    changed_by: &["DeleteTopic"],
    failures: &["A9", "N1", "N11"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let arn = context.topic_arn()?;
    let publisher = context.publisher_label()?;
    if !names_a_topic(arn) {
        return Ok(Outcome::fail(no_topic_arn(arn, &publisher)));
    }
    let partition = arn.partition();
    if partition != context.publisher_arn()?.partition() {
        // An account is in one partition: none can be made there. `topic is in the alarm's region`
        // reports it.
        return Err(Stop::Skipped(format!("topic {} is in partition {partition}", arn.name())));
    }
    let Topic { attributes, subscriptions, .. } = context.topic()?;
    // SNS knows no subscriptions of a topic that is not there.
    let is_gone = matches!(attributes, Observed::Absent)
        || (attributes.seen().is_none() && matches!(subscriptions, Observed::Absent));
    if is_gone {
        let message = format!("Topic {} does not exist, and {publisher} notifies it.", arn.name());
        let finding = Finding::new(arn, message);
        return Ok(Outcome::fail(finding.change(Intent::CreateTopic { topic: arn.clone() })));
    }
    look(attributes, format!("topic {}", arn.name()))?;
    Ok(Outcome::Pass)
}

/// Topic names are letters, digits, `_` and `-`, and end in `.fifo` for FIFO topics
/// (`CreateTopic`); colons belong to the ARNs of subscriptions.
pub(crate) fn names_a_topic(arn: &Arn) -> bool {
    let name = arn.name().strip_suffix(".fifo").unwrap_or(arn.name());
    let is_name_character = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    arn.service() == "sns"
        && arn.target().is_some()
        && !name.is_empty()
        && name.bytes().all(is_name_character)
}

fn no_topic_arn(arn: &Arn, publisher: &str) -> Finding {
    let topic = arn.name().split(':').next().unwrap_or_default();
    let is_subscription = arn.target().is_some() && arn.name().contains(':');
    let what = match is_subscription {
        true => format!("the ARN of a subscription of topic {topic}, not of the topic"),
        false => "no ARN of a topic".to_owned(),
    };
    let message = format!("{arn}, which {publisher} notifies, is {what}.");
    Finding::new(arn, message)
        .field("topic", arn, "arn:PARTITION:sns:REGION:ACCOUNT:TOPIC")
        .manual(format!("Let {publisher} notify the ARN of a topic, as its page in SNS shows it."))
}
