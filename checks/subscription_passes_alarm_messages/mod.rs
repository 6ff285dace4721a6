//! subscription passes alarm messages

use secmon_core::baseline::Expect;
use secmon_core::filter_policy::{FilterPolicy, MessageBody, Passage};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop, Unseen, look};
use secmon_core::plan::Intent;
use secmon_core::route::{Context, EventAnswers, Link, Route, event_of};
use secmon_core::snapshot::Arn;

use crate::Check;

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "subscription-passes-alarm-messages",
    stage: Stage::Subscription,
    title: "subscription passes alarm messages",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Publisher, Link::Topic, Link::Subscription],
    changed_by: &["SetSubscriptionAttributes", "Subscribe"],
    failures: &["N8"],
    page: include_str!("README.md"),
    run,
};

const HINT: &str = "A filter policy that drops alarm messages drops every alarm, silently.";

/// Alarms publish a text of its own for each of these protocols, which is no JSON.
const OWN_TEXT: [&str; 2] = ["email", "sms"];

fn run(context: &Context<'_>) -> Judged {
    let topic = context.topic_arn()?;
    let subscription = context.subscription()?;
    let who = format!("{} {}", subscription.protocol, subscription.endpoint);
    let Ok(arn) = subscription.subscription_arn.parse::<Arn>() else {
        let reason = format!("the subscription of {who} is not confirmed");
        return Err(Stop::Skipped(reason));
    };
    let what = format!("the filter policy of the subscription of {who}");
    let attributes =
        look(&subscription.attributes, what.clone()).map_err(|stop| stop.hint(HINT))?;
    let unknown =
        |reason: String| Ok(Outcome::Unknown(Unseen::because(what.clone(), reason).hint(HINT)));
    let Some(text) = attributes.filter_policy.as_deref().filter(|text| !text.trim().is_empty())
    else {
        return Ok(Outcome::Pass);
    };
    let policy = match FilterPolicy::parse(text) {
        Ok(policy) => policy,
        Err(error) => return unknown(error.to_string()),
    };
    if policy.is_empty() {
        return Ok(Outcome::Pass);
    }
    let publisher = context.publisher_label()?;
    let scope = attributes.filter_policy_scope.as_deref().unwrap_or("MessageAttributes");
    let why = match scope {
        "MessageAttributes" => match context.chain.route {
            Route::EventRule => "it looks at message attributes, and EventBridge sends none",
            _ => "it looks at message attributes, and alarm messages carry none",
        }
        .to_owned(),
        "MessageBody" => {
            let messages = match (context.chain.route, context.composite()?) {
                (_, Some(composite)) => vec![MessageBody::of_composite(composite)],
                (Route::FilterAlarm, None) => vec![MessageBody::of_alarm(context.alarm()?)],
                (Route::LogAlarm, None) => vec![MessageBody::of_log_alarm(context.log_alarm()?)],
                (Route::EventRule, None) if context.rule_target()?.transforms() => {
                    return unknown("the rule's target gets a text of its own".to_owned());
                }
                (Route::EventRule, None) => {
                    let rule = context.rule()?;
                    let answers = EventAnswers::about(rule, context.messages, Expect::Must);
                    // A pattern that matches nothing is told elsewhere: what it ought to match.
                    let matched = match answers.matched.is_empty() {
                        true => answers.missed,
                        false => answers.matched,
                    };
                    matched.into_iter().filter_map(event_of).map(MessageBody::of_event).collect()
                }
            };
            let own_text = context.chain.route != Route::EventRule
                && OWN_TEXT.contains(&subscription.protocol.as_str());
            let mut why = None;
            for message in &messages {
                match policy.passes(message) {
                    // Captured with queues, which get the JSON that the policy is about.
                    Passage::Passes if own_text => {
                        return unknown(format!(
                            "the JSON of {publisher} passes, but subscribers by {} get another \
                             text, and AWS does not say which of the two a policy of scope \
                             MessageBody looks at",
                            subscription.protocol
                        ));
                    }
                    Passage::Passes => {}
                    Passage::Unknown(why) => return unknown(why),
                    Passage::Drops(dropped) => why = why.or(Some(dropped)),
                }
            }
            match why {
                Some(why) => why,
                None => return Ok(Outcome::Pass),
            }
        }
        scope => return unknown(format!("its FilterPolicyScope is {scope}")),
    };
    let message = format!(
        "The filter policy of the subscription of {who} drops every message of {publisher}: {why}."
    );
    Ok(Outcome::fail(
        Finding::new(&arn, message)
            .field("FilterPolicy", text, "none")
            .field("FilterPolicyScope", scope, "MessageBody, if there must be a policy")
            .change(Intent::RemoveFilterPolicy { topic: topic.clone(), subscription: arn.clone() }),
    ))
}
