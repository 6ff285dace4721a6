//! SNS: topics and who subscribes to them.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sns::types as sdk;
use secmon_core::snapshot::{
    Arn, Observed, SmsAttributes, Subscription, SubscriptionAttributes, TopicAttributes,
};

use super::convert::{filled, need, need_arn};
use super::place::{Page, Place};
use crate::error::Trouble;
use crate::permissions::Call;

#[cfg(test)]
mod tests;

const ABSENT: &[&str] = &["NotFound", "NotFoundException"];

/// `GetTopicAttributes`.
pub(super) async fn get_topic_attributes(
    at: &Place<'_>,
    topic: &Arn,
) -> Result<TopicAttributes, Trouble> {
    const CALL: Call = Call::GetTopicAttributes;
    let clients = at.clients()?;
    let request = clients.sns().get_topic_attributes().topic_arn(topic.as_str()).send();
    let answer = at.ask(CALL, ABSENT, request).await?;
    topic_attributes(need(CALL, "Attributes", answer.attributes)?)
}

/// `ListSubscriptionsByTopic`, by protocol and endpoint.
pub(super) async fn list_subscriptions_by_topic(
    at: &Place<'_>,
    topic: &Arn,
) -> Result<BTreeMap<String, Subscription>, Trouble> {
    const CALL: Call = Call::ListSubscriptionsByTopic;
    let clients = at.clients()?;
    let subscriptions = at
        .pages(CALL, async |token| {
            let request = clients.sns().list_subscriptions_by_topic().topic_arn(topic.as_str());
            let answer = at.ask(CALL, ABSENT, request.set_next_token(token).send()).await?;
            Ok(Page { items: answer.subscriptions.unwrap_or_default(), next: answer.next_token })
        })
        .await?;
    by_endpoint(subscriptions)
}

/// `GetSubscriptionAttributes`.
pub(super) async fn get_subscription_attributes(
    at: &Place<'_>,
    subscription: &Arn,
) -> Result<SubscriptionAttributes, Trouble> {
    const CALL: Call = Call::GetSubscriptionAttributes;
    let clients = at.clients()?;
    let request = clients.sns().get_subscription_attributes();
    let request = request.subscription_arn(subscription.as_str()).send();
    let answer = at.ask(CALL, ABSENT, request).await?;
    let mut attributes = need(CALL, "Attributes", answer.attributes)?;
    let mut take = |name: &str| filled(attributes.remove(name));
    Ok(SubscriptionAttributes {
        filter_policy: take("FilterPolicy"),
        filter_policy_scope: take("FilterPolicyScope"),
        pending_confirmation: take("PendingConfirmation"),
        confirmation_was_authenticated: take("ConfirmationWasAuthenticated"),
        raw_message_delivery: take("RawMessageDelivery"),
        redrive_policy: take("RedrivePolicy"),
    })
}

/// `GetSMSSandboxAccountStatus`.
pub(super) async fn get_sms_sandbox_account_status(at: &Place<'_>) -> Result<bool, Trouble> {
    const CALL: Call = Call::GetSMSSandboxAccountStatus;
    let clients = at.clients()?;
    let request = clients.sns().get_sms_sandbox_account_status().send();
    Ok(at.ask(CALL, &[], request).await?.is_in_sandbox)
}

/// `ListSMSSandboxPhoneNumbers`: whether it is verified, by number.
pub(super) async fn list_sms_sandbox_phone_numbers(
    at: &Place<'_>,
) -> Result<BTreeMap<String, String>, Trouble> {
    const CALL: Call = Call::ListSMSSandboxPhoneNumbers;
    let clients = at.clients()?;
    let numbers = at
        .pages(CALL, async |token| {
            let request = clients.sns().list_sms_sandbox_phone_numbers();
            let answer = at.ask(CALL, &[], request.set_next_token(token).send()).await?;
            Ok(Page { items: answer.phone_numbers, next: answer.next_token })
        })
        .await?;
    let numbers = numbers.into_iter().map(|number| {
        let status = number.status.map(|status| status.as_str().to_owned()).unwrap_or_default();
        Ok((need(CALL, "PhoneNumber", number.phone_number)?, status))
    });
    numbers.collect()
}

/// `GetSMSAttributes`.
pub(super) async fn get_sms_attributes(at: &Place<'_>) -> Result<SmsAttributes, Trouble> {
    const CALL: Call = Call::GetSMSAttributes;
    let clients = at.clients()?;
    let answer = at.ask(CALL, &[], clients.sns().get_sms_attributes().send()).await?;
    let mut attributes = answer.attributes.unwrap_or_default();
    Ok(SmsAttributes { monthly_spend_limit: filled(attributes.remove("MonthlySpendLimit")) })
}

/// `CheckIfPhoneNumberIsOptedOut`.
pub(super) async fn check_if_phone_number_is_opted_out(
    at: &Place<'_>,
    number: &str,
) -> Result<bool, Trouble> {
    const CALL: Call = Call::CheckIfPhoneNumberIsOptedOut;
    let clients = at.clients()?;
    let request = clients.sns().check_if_phone_number_is_opted_out().phone_number(number).send();
    Ok(at.ask(CALL, &[], request).await?.is_opted_out)
}

fn topic_attributes(mut attributes: HashMap<String, String>) -> Result<TopicAttributes, Trouble> {
    let mut take = |name: &str| filled(attributes.remove(name));
    Ok(TopicAttributes {
        topic_arn: need_arn(Call::GetTopicAttributes, "TopicArn", take("TopicArn"))?,
        owner: take("Owner"),
        policy: take("Policy"),
        kms_master_key_id: take("KmsMasterKeyId"),
        fifo_topic: take("FifoTopic"),
        subscriptions_confirmed: take("SubscriptionsConfirmed"),
        subscriptions_pending: take("SubscriptionsPending"),
        subscriptions_deleted: take("SubscriptionsDeleted"),
    })
}

/// One endpoint can be in the list more than once, such as deleted and subscribed again. Which of
/// them comes first must not depend on the order of AWS's list.
fn by_endpoint(
    subscriptions: Vec<sdk::Subscription>,
) -> Result<BTreeMap<String, Subscription>, Trouble> {
    const CALL: Call = Call::ListSubscriptionsByTopic;
    let subscriptions = subscriptions.into_iter().map(|subscription| {
        Ok(Subscription {
            subscription_arn: need(CALL, "SubscriptionArn", subscription.subscription_arn)?,
            owner: filled(subscription.owner),
            protocol: need(CALL, "Protocol", subscription.protocol)?,
            endpoint: subscription.endpoint.unwrap_or_default(),
            attributes: Observed::NotAsked,
        })
    });
    let mut subscriptions = subscriptions.collect::<Result<Vec<_>, _>>()?;
    subscriptions.sort_by(|a, b| a.subscription_arn.cmp(&b.subscription_arn));
    let mut by_endpoint = BTreeMap::new();
    for subscription in subscriptions {
        let name = format!("{}:{}", subscription.protocol, subscription.endpoint);
        let mut key = name.clone();
        let mut number = 2_usize;
        while by_endpoint.contains_key(&key) {
            key = format!("{name} #{number}");
            number += 1;
        }
        by_endpoint.insert(key, subscription);
    }
    Ok(by_endpoint)
}
