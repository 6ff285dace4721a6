use super::*;

fn subscription(arn: &str, protocol: &str, endpoint: &str) -> sdk::Subscription {
    sdk::Subscription::builder()
        .subscription_arn(arn)
        .protocol(protocol)
        .endpoint(endpoint)
        .owner("123456789012")
        .build()
}

#[test]
fn subscriptions_are_known_by_their_endpoint_in_whatever_order_they_come() {
    let mut all = vec![
        subscription("arn:aws:sns:eu-west-1:123456789012:t:1", "email", "soc@example.org"),
        subscription("PendingConfirmation", "email", "a@example.org"),
        subscription("Deleted", "email", "soc@example.org"),
        subscription("PendingConfirmation", "sqs", "soc@example.org"),
        subscription("arn:aws:sns:eu-west-1:123456789012:t:2", "email", "soc@example.org"),
    ];
    let forwards = by_endpoint(all.clone()).unwrap();
    all.reverse();
    assert_eq!(by_endpoint(all).unwrap(), forwards);
    let keys: Vec<_> = forwards.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "email:a@example.org",
            "email:soc@example.org",
            "email:soc@example.org #2",
            "email:soc@example.org #3",
            "sqs:soc@example.org",
        ]
    );
    let nameless = sdk::Subscription::builder().protocol("email").build();
    let call = Call::ListSubscriptionsByTopic;
    assert_eq!(by_endpoint(vec![nameless]), Err(Trouble::lacks(call, "SubscriptionArn")));
}

#[test]
fn topic_attributes_are_found_by_name() {
    let attributes = [
        ("TopicArn", "arn:aws:sns:eu-west-1:123456789012:t"),
        ("Policy", "{}"),
        ("KmsMasterKeyId", ""),
        ("SubscriptionsConfirmed", "1"),
        ("EffectiveDeliveryPolicy", "{}"),
    ];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let seen = topic_attributes(attributes.into()).unwrap();
    assert_eq!(seen.policy.as_deref(), Some("{}"));
    assert_eq!(seen.kms_master_key_id, None);
    assert_eq!(seen.subscriptions_confirmed.as_deref(), Some("1"));
    let lacks = Trouble::lacks(Call::GetTopicAttributes, "TopicArn");
    assert_eq!(topic_attributes(HashMap::new()), Err(lacks));
}
