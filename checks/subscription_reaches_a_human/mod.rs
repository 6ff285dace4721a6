//! subscription reaches a human

use secmon_core::finding::{Effect, Judged, Outcome, Severity, Stage, Unseen};
use secmon_core::route::{Context, Link};

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "subscription-reaches-a-human",
    stage: Stage::Subscription,
    title: "subscription reaches a human",
    severity: Severity::High,
    effect: Effect::Breaks,
    needs: &[Link::Topic, Link::Subscription],
    changed_by: &["Subscribe"],
    failures: &["N10"],
    page: include_str!("README.md"),
    run,
};

/// Protocols that end at a program, whatever it does with the message.
const PROGRAMS: [&str; 3] = ["firehose", "lambda", "sqs"];

fn run(context: &Context<'_>) -> Judged {
    let subscription = context.subscription()?;
    let protocol = subscription.protocol.as_str();
    // Somebody who names the queue or the function as the recipient knows who is behind it.
    if !PROGRAMS.contains(&protocol) || !context.pins.recipients.is_empty() {
        return Ok(Outcome::Pass);
    }
    let endpoint = &subscription.endpoint;
    Ok(Outcome::Unknown(
        Unseen::because(
            format!("whom {protocol} {endpoint} tells"),
            "a program gets the message, and what it does with it is not in AWS's configuration",
        )
        .hint(format!("If you know that it tells somebody, say so: --recipient {endpoint}")),
    ))
}
