//! SNS.

use secmon_core::snapshot::{Arn, Topic};
use serde_json::{Value, json};

use super::super::answer::{Answer, NUMBERS, TOPICS, as_aws_shows};
use super::super::call::Call;
use super::Account;

pub(super) fn get_topic_attributes(account: &Account<'_>, call: &Call) -> Answer {
    let topic = topic(account, call.text("TopicArn"));
    Answer::slot(topic.map(|topic| &topic.attributes), no_topic, |attributes| {
        Answer::Fields(json!({ "Attributes": as_aws_shows(attributes) }))
    })
}

pub(super) fn list_subscriptions_by_topic(account: &Account<'_>, call: &Call) -> Answer {
    let arn = call.text("TopicArn");
    let topic = topic(account, arn);
    Answer::slot(topic.map(|topic| &topic.subscriptions), no_topic, |subscriptions| {
        let shown = |subscription| {
            let mut fields: Value = as_aws_shows(subscription);
            fields["TopicArn"] = json!(arn);
            fields
        };
        Answer::list(&["Subscriptions"], subscriptions.values().map(shown).collect(), TOPICS)
    })
}

pub(super) fn get_subscription_attributes(account: &Account<'_>, call: &Call) -> Answer {
    let arn = call.text("SubscriptionArn");
    let topics = account.snapshot.targets.values().flat_map(|seen| seen.topics.values());
    let subscriptions = topics.filter_map(|topic| topic.subscriptions.seen());
    let found = subscriptions
        .flat_map(|subscriptions| subscriptions.values())
        .find(|subscription| subscription.subscription_arn == arn);
    let not_found = || Answer::missing(404, "NotFound", "Subscription does not exist");
    let Some(subscription) = found else {
        return not_found();
    };
    Answer::slot(Some(&subscription.attributes), not_found, |attributes| {
        let mut fields = as_aws_shows(subscription);
        let own = json!(attributes);
        for (name, value) in own.as_object().into_iter().flatten() {
            fields[name] = value.clone();
        }
        Answer::Fields(json!({ "Attributes": fields }))
    })
}

pub(super) fn get_sms_sandbox_account_status(account: &Account<'_>, _: &Call) -> Answer {
    let never = || Answer::Unknown("every account is in the sandbox or not".to_owned());
    Answer::slot(Some(&account.here().sms.is_in_sandbox), never, |is_in| {
        Answer::Fields(json!({ "IsInSandbox": is_in }))
    })
}

pub(super) fn list_sms_sandbox_phone_numbers(account: &Account<'_>, _: &Call) -> Answer {
    Answer::listed(&account.here().sms.phone_numbers, |numbers| {
        let shown = |(number, status)| json!({ "PhoneNumber": number, "Status": status });
        Answer::list(&["PhoneNumbers"], numbers.iter().map(shown).collect(), NUMBERS)
    })
}

pub(super) fn get_sms_attributes(account: &Account<'_>, _: &Call) -> Answer {
    let never = || Answer::Unknown("every account has these settings".to_owned());
    Answer::slot(Some(&account.here().sms.attributes), never, |attributes| {
        Answer::Fields(json!({ "attributes": attributes }))
    })
}

pub(super) fn check_if_phone_number_is_opted_out(account: &Account<'_>, call: &Call) -> Answer {
    let slot = account.here().sms.is_opted_out.get(call.text("phoneNumber"));
    let never = || Answer::Unknown("every number is opted out or not".to_owned());
    Answer::slot(slot, never, |is_out| Answer::Fields(json!({ "isOptedOut": is_out })))
}

fn topic<'a>(account: &Account<'a>, arn: &str) -> Option<&'a Topic> {
    let arn: Arn = arn.parse().ok()?;
    account.at_arn(&arn).topics.get(&arn)
}

fn no_topic() -> Answer {
    Answer::missing(404, "NotFound", "Topic does not exist")
}
