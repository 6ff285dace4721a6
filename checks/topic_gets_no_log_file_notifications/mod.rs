//! topic gets no log file notifications

use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::{Arn, Trail};

use crate::Check;

mod estimate;
#[cfg(test)]
mod tests;

use estimate::estimate;

pub(crate) static CHECK: Check = Check {
    id: "topic-gets-no-log-file-notifications",
    stage: Stage::Topic,
    title: "topic gets no log file notifications",
    severity: Severity::High,
    effect: Effect::Degrades,
    needs: &[Link::Topic],
    changed_by: &["UpdateTrail", "CreateTrail"],
    failures: &["T10", "N13"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let arn = context.topic_arn()?;
    let mut notifying = trails(context).filter(|trail| {
        let stopped = trail.status.seen().is_some_and(|status| !status.is_logging);
        !stopped && trail.sns_topic_arn.as_deref() == Some(arn.as_str())
    });
    let Some(trail) = notifying.next() else { return Ok(Outcome::Pass) };
    let message = format!(
        "Trail {} sends topic {} a message for each log file it writes to S3, which does not say \
         whether a secret was read. {} Alarms drown among them, and of more than 10 mails in a second \
         SNS shuts the subscription off. The alarm is the better way to be told: it sends a message \
         when a read was counted, and none otherwise.",
        trail.name,
        arn.name(),
        estimate(context, trail, arn),
    );
    let separate = Intent::SeparateTrailTopic {
        trail: trail.trail_arn.clone(),
        home_region: trail.home_region.clone(),
        topic: arn.clone(),
    };
    let finding = Finding::new(&trail.trail_arn, message);
    Ok(Outcome::fail(finding.field("SnsTopicARN", arn, "another topic").change(separate)))
}

/// What people take for the alert: "Topic trail-files is trail audit-trail's own: …". `None` where
/// no trail of the chain has a topic of its own.
pub(crate) fn mistaken_for_an_alert(context: &Context<'_>) -> Option<String> {
    let trail = context.trail().ok()?;
    let topic = trail.sns_topic_arn.as_deref().filter(|arn| !arn.is_empty())?;
    let topic = topic.parse::<Arn>().map_or(topic.to_owned(), |arn| arn.name().to_owned());
    Some(format!(
        " Trail {}'s own topic {topic} tells of log files in S3, not of reads.",
        trail.name
    ))
}

/// Every trail seen from where the secret is.
fn trails<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a Trail> {
    let observations = context.asked_observations();
    let here = observations.trails.seen().into_iter().flat_map(|trails| trails.values());
    let elsewhere = observations.trails_elsewhere.seen().into_iter().flatten();
    here.chain(elsewhere.filter_map(|(_, trail)| trail.seen()))
}
