use secmon_core::finding::Stage;
use secmon_core::report::{Status, Verdict};

use super::CHECK;
use crate::evidence::tests::{HERE, quiet};
use crate::tests::{check, report};

const ID: &str = "topic-delivers-its-messages";
const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:security-alerts";

fn counters(values: &[(&str, &str)]) -> String {
    let mut text = format!("[{HERE}.topics.\"{TOPIC}\".counters]\n");
    for (name, sum) in values {
        let point = match *sum {
            "" => String::new(),
            sum => {
                format!("{{ Timestamp = \"2026-01-04T16:20:00Z\", Sum = {sum}, Unit = \"Count\" }}")
            }
        };
        text += &format!("{name} = {{ seen = [{point}] }}\n");
    }
    text + &quiet(HERE, CHECK.changed_by)
}

const PUBLISHED: &str = "NumberOfMessagesPublished";
const DELIVERED: &str = "NumberOfNotificationsDelivered";
const FAILED: &str = "NumberOfNotificationsFailed";

#[test]
fn a_zero_of_failures_is_no_failure() {
    assert_eq!(check(ID, &counters(&[(DELIVERED, "1.0"), (FAILED, "0.0")])).status, Status::Pass);
    let lost = counters(&[(DELIVERED, "0.0"), (FAILED, "0.0")]);
    let found = check(ID, &lost);
    assert_eq!(
        found.unseen.unwrap().reason,
        "Topic security-alerts took a message on 2026-01-04 16:20 UTC and delivered none, though \
         its subscriptions look right"
    );
}

#[test]
fn counters_without_a_message_show_nothing() {
    for (published, delivered) in [("", ""), ("0.0", "")] {
        let scenario = counters(&[(PUBLISHED, published), (DELIVERED, delivered)]);
        assert_eq!(check(ID, &scenario).status, Status::NotApplicable);
        assert_eq!(report(&scenario).verdict, Verdict::Yes);
    }
}

#[test]
fn a_filter_policy_on_attributes_has_it_for_a_symptom() {
    let subscription = format!(
        "[{HERE}.topics.\"{TOPIC}\".subscriptions.seen.\"email:soc@example.org\".attributes.seen]\nFilterPolicy = '{{\"severity\":[\"high\"]}}'\nFilterPolicyScope = \"MessageAttributes\"\n"
    );
    let dropped = "NumberOfNotificationsFilteredOut-NoMessageAttributes";
    let scenario = counters(&[(DELIVERED, "0.0"), (FAILED, "0.0"), (dropped, "1.0")]);
    let found = check(ID, &(subscription + &scenario));
    assert_eq!(found.status, Status::Fail);
    assert!(found.findings[0].message.contains("message attributes dropped it"));
    assert_eq!(found.findings[0].between, Some((Stage::Topic, Stage::Subscription)));
    // Somebody took the policy away; that is no reason to accuse the chain.
    assert_eq!(check(ID, &scenario).status, Status::Unknown);
}

#[test]
fn a_later_change_of_the_subscriptions_makes_it_stale() {
    let change = format!(
        r#"{{ EventId = "1", EventName = "Subscribe", EventTime = "2026-01-05T08:00:00Z", CloudTrailEvent = '{{"userIdentity":{{"type":"Root"}},"requestParameters":{{"topicArn":"{TOPIC}"}}}}' }}"#
    );
    let scenario = counters(&[(DELIVERED, "0.0"), (FAILED, "1.0")]).replace(
        "Subscribe = { seen = { events = [] } }\nConfirm",
        &format!("Subscribe = {{ seen = {{ events = [{change}] }} }}\nConfirm"),
    );
    assert_eq!(check(ID, &scenario).status, Status::NotApplicable);
    assert_eq!(report(&scenario).verdict, Verdict::Yes);
}

#[test]
fn the_change_of_another_subscription_explains_nothing() {
    let of = |id: &str| {
        let change = format!(
            r#"{{ EventId = "1", EventName = "SetSubscriptionAttributes", EventTime = "2026-01-05T08:00:00Z", CloudTrailEvent = '{{"userIdentity":{{"type":"Root"}},"requestParameters":{{"subscriptionArn":"{TOPIC}:{id}"}}}}' }}"#
        );
        let scenario = counters(&[(DELIVERED, "0.0"), (FAILED, "1.0")]).replace(
            "SetSubscriptionAttributes = { seen = { events = [] } }",
            &format!("SetSubscriptionAttributes = {{ seen = {{ events = [{change}] }} }}"),
        );
        check(ID, &scenario).status
    };
    assert_eq!(of("5d7c6e1a-0b2f-4f0e-9a53-2f1f6a1d9c11"), Status::NotApplicable);
    assert_eq!(of("00000000-0b2f-4f0e-9a53-2f1f6a1d9c11"), Status::Unknown);
}

#[test]
fn counters_that_were_denied_cost_nothing() {
    let denied = format!(
        "[{HERE}.topics.\"{TOPIC}\".counters]\n{DELIVERED} = \"denied: cloudwatch:GetMetricStatistics\"\n"
    );
    assert_eq!(check(ID, &denied).status, Status::Unknown);
    assert_eq!(report(&denied).verdict, Verdict::Yes);
}
