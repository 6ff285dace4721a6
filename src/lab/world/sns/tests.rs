//! Topics and subscriptions as captured, and what becomes of messages.

use proptest::prelude::*;
use secmon_core::snapshot::Arn;
use serde_json::{Value, json};

use super::{Publication, PublishRefusal, Sms};
use crate::world::Mail;
use crate::world::Service::{Kms, Sns};
use crate::world::kms::KeyRefusal;
use crate::world::stage::{ACCOUNT, Stage};

const SOC: &str = "soc@example.org";

fn made(stage: &mut Stage, name: &str, attributes: Value) -> String {
    let answer = stage.call(Sns, "CreateTopic", json!({"Name": name, "Attributes": attributes}));
    answer["TopicArn"].as_str().unwrap().to_owned()
}

fn topic(stage: &mut Stage) -> String {
    made(stage, "security-alerts", json!({}))
}

fn subscribed(stage: &mut Stage, topic: &str, protocol: &str, endpoint: &str) -> String {
    let params = json!({
        "TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint, "ReturnSubscriptionArn": true,
    });
    stage.call(Sns, "Subscribe", params)["SubscriptionArn"].as_str().unwrap().to_owned()
}

fn mails(stage: &Stage, inbox: &str) -> Vec<Mail> {
    stage.world.inboxes().0.get(inbox).cloned().unwrap_or_default()
}

fn token(stage: &Stage, inbox: &str) -> String {
    mails(stage, inbox).iter().rev().find_map(|mail| mail.token.clone()).unwrap()
}

/// A confirmed mail subscription.
fn confirmed(stage: &mut Stage, topic: &str) -> String {
    let arn = subscribed(stage, topic, "email", SOC);
    let token = token(stage, &format!("email:{SOC}"));
    stage.world.confirm_by_link(&token).unwrap();
    arn
}

fn notifications(stage: &Stage, inbox: &str) -> Vec<Mail> {
    mails(stage, inbox).into_iter().filter(|mail| mail.kind == "Notification").collect()
}

fn alarm_publishes(stage: &mut Stage, topic: &str) -> Result<(), PublishRefusal> {
    let publication = Publication {
        service: "cloudwatch.amazonaws.com".to_owned(),
        source: stage.arn("cloudwatch", "alarm:secret-read").parse().unwrap(),
        topic: topic.parse().unwrap(),
        subject: Some("ALARM: \"secret-read\" in US East (N. Virginia)".to_owned()),
        default: r#"{"AlarmName":"secret-read","NewStateValue":"ALARM"}"#.to_owned(),
        email: Some("You are receiving this email because".to_owned()),
        sms: None,
        group: Some("group".to_owned()),
    };
    stage.world.publish(publication).map(|_| ())
}

fn attribute(stage: &mut Stage, topic: &str, name: &str) -> Value {
    stage.call(Sns, "GetTopicAttributes", json!({"TopicArn": topic}))["Attributes"][name].clone()
}

fn set(stage: &mut Stage, topic: &str, name: &str, value: &str) {
    let params = json!({"TopicArn": topic, "AttributeName": name, "AttributeValue": value});
    stage.call(Sns, "SetTopicAttributes", params);
}

#[test]
fn a_new_topic_has_the_captured_attributes() {
    let mut stage = Stage::new();
    let topic = made(&mut stage, "stackd-native-sns-fde5a5ebdc164e179618-data", json!({}));
    let answer = stage.call(Sns, "GetTopicAttributes", json!({"TopicArn": topic}));
    let captured = r#"{"Policy":"{\"Version\":\"2008-10-17\",\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Sid\":\"__default_statement_ID\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":[\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\",\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\",\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],\"Resource\":\"arn:aws:sns:us-east-1:000000000000:stackd-native-sns-fde5a5ebdc164e179618-data\",\"Condition\":{\"StringEquals\":{\"AWS:SourceOwner\":\"000000000000\"}}}]}","Owner":"000000000000","SubscriptionsPending":"0","TopicArn":"arn:aws:sns:us-east-1:000000000000:stackd-native-sns-fde5a5ebdc164e179618-data","EffectiveDeliveryPolicy":"{\"http\":{\"defaultHealthyRetryPolicy\":{\"minDelayTarget\":20,\"maxDelayTarget\":20,\"numRetries\":3,\"numMaxDelayRetries\":0,\"numNoDelayRetries\":0,\"numMinDelayRetries\":0,\"backoffFunction\":\"linear\"},\"disableSubscriptionOverrides\":false,\"defaultRequestPolicy\":{\"headerContentType\":\"text/plain; charset=UTF-8\"}}}","SubscriptionsConfirmed":"0","DisplayName":"","SubscriptionsDeleted":"0"}"#;
    assert_eq!(answer["Attributes"].to_string(), captured);
}

#[test]
fn refusals_have_the_captured_words() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    let invalid = |text: &str| ("InvalidParameterException".to_owned(), text.to_owned());
    for action in ["sns:*", "SNS:*", "*"] {
        let policy = json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": action, "Resource": topic}]});
        let params = json!({"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy.to_string()});
        let expected = invalid("Invalid parameter: Policy statement action out of service scope!");
        assert_eq!(stage.refusal(Sns, "SetTopicAttributes", params), expected, "{action}");
    }
    let params = json!({"Name": "security-alerts", "Attributes": {"DisplayName": "other"}});
    let text =
        "Invalid parameter: Attributes Reason: Topic already exists with different attributes";
    assert_eq!(stage.refusal(Sns, "CreateTopic", params), invalid(text));
    let params = json!({"TopicArn": "fake_topic"});
    let text = "Invalid parameter: TopicArn Reason: fake_topic does not start with arn";
    assert_eq!(stage.refusal(Sns, "GetTopicAttributes", params), invalid(text));
    let params = json!({"TopicArn": stage.arn("sns", "none")});
    let missing = |what: &str| ("NotFoundException".to_owned(), format!("{what} does not exist"));
    assert_eq!(stage.refusal(Sns, "GetTopicAttributes", params), missing("Topic"));
    let params =
        json!({"SubscriptionArn": stage.arn("sns", "none:b4a8a3ba-0c5b-4b5c-b6a1-e3b0b0b9a2d5")});
    assert_eq!(stage.refusal(Sns, "GetSubscriptionAttributes", params), missing("Subscription"));
    let params = json!({"TopicArn": topic, "Token": "invalid"});
    assert_eq!(stage.refusal(Sns, "ConfirmSubscription", params), invalid("Invalid token"));
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": topic}]});
    set(&mut stage, &topic, "Policy", &deny.to_string());
    let refusal = stage.refusal(Sns, "Publish", json!({"TopicArn": topic, "Message": "m"}));
    let text = format!(
        "User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: SNS:Publish on resource: {topic} with an explicit deny in a resource-based policy"
    );
    assert_eq!(refusal, ("AuthorizationErrorException".to_owned(), text));
}

#[test]
fn a_policy_reads_back_without_whitespace_and_with_its_keys_as_they_were() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    let policy = format!(
        "{{ \"Statement\": [ {{\"Action\": \"sns:Publish\",\n \"Effect\": \"Allow\", \"Principal\": \"*\", \"Resource\": \"{topic}\"}} ],\"Version\": \"2012-10-17\" }}"
    );
    set(&mut stage, &topic, "Policy", &policy);
    let expected = format!(
        r#"{{"Statement":[{{"Action":"sns:Publish","Effect":"Allow","Principal":"*","Resource":"{topic}"}}],"Version":"2012-10-17"}}"#
    );
    assert_eq!(attribute(&mut stage, &topic, "Policy"), json!(expected));
}

#[test]
fn a_mail_subscription_is_pending_until_its_token_comes_back() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    let params = json!({"TopicArn": topic, "Protocol": "email", "Endpoint": SOC});
    let answer = stage.call(Sns, "Subscribe", params.clone());
    assert_eq!(answer, json!({"SubscriptionArn": "pending confirmation"}));
    let listed = |stage: &mut Stage| {
        let answer = stage.call(Sns, "ListSubscriptionsByTopic", json!({"TopicArn": topic}));
        answer["Subscriptions"][0]["SubscriptionArn"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(listed(&mut stage), "PendingConfirmation");
    alarm_publishes(&mut stage, &topic).unwrap();
    let inbox = format!("email:{SOC}");
    assert_eq!(notifications(&stage, &inbox), []);
    // A second request keeps the ARN and sends another token; the first stays valid.
    let first = token(&stage, &inbox);
    let mut again = params;
    again["ReturnSubscriptionArn"] = json!(true);
    let arn = stage.call(Sns, "Subscribe", again)["SubscriptionArn"].clone();
    assert_ne!(first, token(&stage, &inbox));
    assert_eq!(first.len(), 256);
    let params = json!({"SubscriptionArn": arn});
    let (name, _) = stage.refusal(Sns, "Unsubscribe", params);
    assert_eq!(name, "InvalidParameterException");
    // The topic that is named does not matter.
    let elsewhere = made(&mut stage, "elsewhere", json!({}));
    let confirm = json!({"TopicArn": elsewhere, "Token": first});
    assert_eq!(stage.call(Sns, "ConfirmSubscription", confirm)["SubscriptionArn"], arn);
    assert_eq!(json!(listed(&mut stage)), arn);
    assert_eq!(attribute(&mut stage, &topic, "SubscriptionsConfirmed"), "1");
    let confirm = json!({"TopicArn": topic, "Token": first, "AuthenticateOnUnsubscribe": "true"});
    let refusal = stage.refusal(Sns, "ConfirmSubscription", confirm);
    let expected = ("AuthorizationErrorException", "Subscription already confirmed");
    assert_eq!((refusal.0.as_str(), refusal.1.as_str()), expected);
    stage.saved_and_loaded();
    alarm_publishes(&mut stage, &topic).unwrap();
    let mail = notifications(&stage, &inbox).pop().unwrap();
    assert_eq!(mail.subject.as_deref(), Some("ALARM: \"secret-read\" in US East (N. Virginia)"));
    assert!(mail.body.starts_with("You are receiving this email because\n\n\n--\nIf you wish"));
    assert!(mail.body.contains(&format!("SubscriptionArn={}", arn.as_str().unwrap())));
    stage.call(Sns, "Unsubscribe", json!({"SubscriptionArn": arn}));
    let confirm = json!({"TopicArn": topic, "Token": first});
    let refusal = stage.refusal(Sns, "ConfirmSubscription", confirm);
    assert_eq!(refusal, ("NotFoundException".into(), "Subscription does not exist".into()));
}

#[test]
fn control_messages_are_the_captured_ones() {
    let mut stage = Stage::at("2026-09-23T06:37:12.253Z");
    let topic = made(&mut stage, "stackd-sns-token-9731d202b9", json!({}));
    let endpoint = "https://hooks.example.org/sns";
    let arn = subscribed(&mut stage, &topic, "https", endpoint);
    let inbox = format!("https:{endpoint}");
    let mail = mails(&stage, &inbox).pop().unwrap();
    let body: Value = serde_json::from_str(&mail.body).unwrap();
    let token = mail.token.unwrap();
    let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "Type",
            "MessageId",
            "Token",
            "TopicArn",
            "Message",
            "SubscribeURL",
            "Timestamp",
            "SignatureVersion",
            "Signature",
            "SigningCertURL",
        ]
    );
    assert_eq!(
        body["Message"],
        "You have chosen to subscribe to the topic arn:aws:sns:us-east-1:000000000000:stackd-sns-token-9731d202b9.\nTo confirm the subscription, visit the SubscribeURL included in this message."
    );
    assert_eq!(
        body["SubscribeURL"],
        format!(
            "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:000000000000:stackd-sns-token-9731d202b9&Token={token}"
        )
    );
    assert_eq!(body["Timestamp"], "2026-09-23T06:37:12.253Z");
    assert_eq!(
        body["SigningCertURL"],
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1e59c4574facfe41babdb2d652f8ebef.pem"
    );
    stage.world.confirm_by_link(&token).unwrap();
    let arn: Arn = arn.parse().unwrap();
    stage.world.unsubscribe_by_link(&arn).unwrap();
    let mail = mails(&stage, &inbox).pop().unwrap();
    let body: Value = serde_json::from_str(&mail.body).unwrap();
    assert_eq!(body["Type"], "UnsubscribeConfirmation");
    assert_eq!(
        body["Message"],
        format!(
            "You have chosen to deactivate subscription {arn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
        )
    );
    let listed = stage.call(Sns, "ListSubscriptions", json!({}));
    assert_eq!(listed["Subscriptions"][0]["SubscriptionArn"], "Deleted");
    stage.call(Sns, "Publish", json!({"TopicArn": topic, "Message": "lost"}));
    assert_eq!(notifications(&stage, &inbox), []);
    stage.world.confirm_by_link(&mail.token.unwrap()).unwrap();
    stage.call(Sns, "Publish", json!({"TopicArn": topic, "Message": "back", "Subject": "s"}));
    let body: Value = serde_json::from_str(&notifications(&stage, &inbox)[0].body).unwrap();
    let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "Type",
            "MessageId",
            "TopicArn",
            "Subject",
            "Message",
            "Timestamp",
            "SignatureVersion",
            "Signature",
            "SigningCertURL",
            "UnsubscribeURL",
        ]
    );
    assert_eq!(
        body["UnsubscribeURL"],
        format!("https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={arn}")
    );
}

#[test]
fn tokens_die_after_two_days_and_pending_subscriptions_after_three() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    subscribed(&mut stage, &topic, "email", SOC);
    let first = token(&stage, &format!("email:{SOC}"));
    stage.pass(2 * 86_400);
    assert!(stage.world.confirm_by_link(&first).is_err());
    stage.pass(86_400 - 1);
    assert_eq!(attribute(&mut stage, &topic, "SubscriptionsPending"), "1");
    stage.pass(1);
    assert_eq!(attribute(&mut stage, &topic, "SubscriptionsPending"), "0");
    // Asked for again in time, it stays.
    subscribed(&mut stage, &topic, "email", SOC);
    stage.pass(2 * 86_400);
    subscribed(&mut stage, &topic, "email", SOC);
    stage.pass(2 * 86_400 - 1);
    let second = token(&stage, &format!("email:{SOC}"));
    assert!(stage.world.confirm_by_link(&second).is_ok());
    stage.pass(10 * 86_400);
    assert_eq!(attribute(&mut stage, &topic, "SubscriptionsConfirmed"), "1");
}

#[test]
fn the_topic_policy_decides() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    confirmed(&mut stage, &topic);
    assert_eq!(alarm_publishes(&mut stage, &topic), Ok(()));
    let policy = |principal: Value, source: &str| {
        json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": principal, "Action": "sns:Publish", "Resource": topic,
            "Condition": {
                "ArnEquals": {"aws:SourceArn": source},
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
            },
        }]})
        .to_string()
    };
    let service = |name: &str| json!({"Service": name});
    let alarm = stage.arn("cloudwatch", "alarm:secret-read");
    // The captured one, and the captured refusal of another alarm's ARN.
    set(&mut stage, &topic, "Policy", &policy(service("cloudwatch.amazonaws.com"), &alarm));
    assert_eq!(alarm_publishes(&mut stage, &topic), Ok(()));
    let other = stage.arn("cloudwatch", "alarm:other");
    for refusing in [
        policy(service("cloudwatch.amazonaws.com"), &other),
        policy(service("events.amazonaws.com"), &alarm),
        policy(json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}), &alarm),
    ] {
        set(&mut stage, &topic, "Policy", &refusing);
        assert_eq!(alarm_publishes(&mut stage, &topic), Err(PublishRefusal::NotAuthorized));
    }
    assert_eq!(notifications(&stage, &format!("email:{SOC}")).len(), 2);
}

#[test]
fn the_key_of_a_topic_decides_and_is_remembered_for_five_minutes() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    let admitting = json!({
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Resource": "*",
    });
    let good = stage.key(Some(admitting));
    let closed = stage.key(None);
    // Stored as typed and not checked.
    for (key, refusal) in [
        ("nonsense", KeyRefusal::NotFound),
        ("alias/aws/sns", KeyRefusal::Denied),
        (&closed, KeyRefusal::Denied),
    ] {
        set(&mut stage, &topic, "KmsMasterKeyId", key);
        assert_eq!(attribute(&mut stage, &topic, "KmsMasterKeyId"), key);
        assert_eq!(alarm_publishes(&mut stage, &topic), Err(PublishRefusal::Key(refusal)), "{key}");
    }
    // An identity of the account passes where the account is delegated to.
    stage.call(Sns, "Publish", json!({"TopicArn": topic, "Message": "m"}));
    set(&mut stage, &topic, "KmsMasterKeyId", &good);
    assert_eq!(alarm_publishes(&mut stage, &topic), Ok(()));
    stage.call(Kms, "DisableKey", json!({"KeyId": good}));
    stage.pass(299);
    assert_eq!(alarm_publishes(&mut stage, &topic), Ok(()));
    stage.pass(1);
    let disabled = Err(PublishRefusal::Key(KeyRefusal::Disabled));
    assert_eq!(alarm_publishes(&mut stage, &topic), disabled);
    let refusal = stage.refusal(Sns, "Publish", json!({"TopicArn": topic, "Message": "m"}));
    assert_eq!(refusal.0, "KMSDisabledException");
}

#[test]
fn filters_drop_alarms_by_attributes_and_read_their_body() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    let arn = confirmed(&mut stage, &topic);
    let inbox = format!("email:{SOC}");
    let filter = |stage: &mut Stage, policy: &str, scope: &str| {
        for (name, value) in [("FilterPolicyScope", scope), ("FilterPolicy", policy)] {
            let params =
                json!({"SubscriptionArn": arn, "AttributeName": name, "AttributeValue": value});
            stage.call(Sns, "SetSubscriptionAttributes", params);
        }
        let before = notifications(stage, &inbox).len();
        alarm_publishes(stage, &topic).unwrap();
        notifications(stage, &inbox).len() - before
    };
    assert_eq!(filter(&mut stage, r#"{"severity":["high"]}"#, "MessageAttributes"), 0);
    assert_eq!(filter(&mut stage, r#"{"NewStateValue":["ALARM"]}"#, "MessageBody"), 1);
    assert_eq!(filter(&mut stage, r#"{"NewStateValue":["OK"]}"#, "MessageBody"), 0);
    assert_eq!(filter(&mut stage, "{}", "MessageBody"), 1);
    let consulted = stage.world.hypotheses.consulted.clone();
    assert!(consulted.contains("filter-policy-body"), "{consulted:?}");
    let own = ("filter-policy-body".to_owned(), "own".to_owned());
    stage.world.hypotheses.set.extend([own]);
    assert_eq!(filter(&mut stage, r#"{"NewStateValue":["ALARM"]}"#, "MessageBody"), 0);
    let params = json!({
        "TopicArn": topic, "Message": "m",
        "MessageAttributes": {"severity": {"DataType": "String", "StringValue": "high"}},
    });
    filter(&mut stage, r#"{"severity":["high"]}"#, "MessageAttributes");
    let before = notifications(&stage, &inbox).len();
    stage.call(Sns, "Publish", params);
    assert_eq!(notifications(&stage, &inbox).len(), before + 1);
}

#[test]
fn a_flood_shuts_a_mail_subscription_off() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    let arn = confirmed(&mut stage, &topic);
    let inbox = format!("email:{SOC}");
    for _ in 0..25 {
        stage.pass(1);
        for _ in 0..10 {
            alarm_publishes(&mut stage, &topic).unwrap();
        }
    }
    assert_eq!(notifications(&stage, &inbox).len(), 250);
    alarm_publishes(&mut stage, &topic).unwrap();
    stage.pass(60);
    alarm_publishes(&mut stage, &topic).unwrap();
    assert_eq!(notifications(&stage, &inbox).len(), 250);
    assert_eq!(attribute(&mut stage, &topic, "SubscriptionsPending"), "1");
    // Subscribing again sends a new token.
    assert_eq!(subscribed(&mut stage, &topic, "email", SOC), arn);
    let token = token(&stage, &inbox);
    stage.world.confirm_by_link(&token).unwrap();
    alarm_publishes(&mut stage, &topic).unwrap();
    assert_eq!(notifications(&stage, &inbox).len(), 251);
}

#[test]
fn subscriptions_of_a_deleted_topic_go_on_for_a_while() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    let arn = confirmed(&mut stage, &topic);
    let inbox = format!("email:{SOC}");
    stage.call(Sns, "DeleteTopic", json!({"TopicArn": topic}));
    let refusal = stage.refusal(Sns, "ListSubscriptionsByTopic", json!({"TopicArn": topic}));
    assert_eq!(refusal.1, "Topic does not exist");
    assert_eq!(alarm_publishes(&mut stage, &topic), Err(PublishRefusal::NoTopic));
    stage.pass(32);
    stage.call(Sns, "GetSubscriptionAttributes", json!({"SubscriptionArn": arn}));
    made(&mut stage, "security-alerts", json!({}));
    let listed = stage.call(Sns, "ListSubscriptionsByTopic", json!({"TopicArn": topic}));
    assert_eq!(listed["Subscriptions"], json!([]));
    stage.pass(42);
    alarm_publishes(&mut stage, &topic).unwrap();
    assert_eq!(notifications(&stage, &inbox).len(), 1);
    // Subscribed again, it gets everything twice.
    assert_ne!(confirmed(&mut stage, &topic), arn);
    alarm_publishes(&mut stage, &topic).unwrap();
    assert_eq!(notifications(&stage, &inbox).len(), 3);
    stage.pass(120);
    alarm_publishes(&mut stage, &topic).unwrap();
    assert_eq!(notifications(&stage, &inbox).len(), 4);
    let refusal = stage.refusal(Sns, "GetSubscriptionAttributes", json!({"SubscriptionArn": arn}));
    assert_eq!(refusal.1, "Subscription does not exist");
}

#[test]
fn fifo_topics_take_no_mail_and_ask_for_a_group() {
    let mut stage = Stage::new();
    let topic = made(&mut stage, "alerts.fifo", json!({"FifoTopic": "true"}));
    let params = json!({"TopicArn": topic, "Protocol": "email", "Endpoint": SOC});
    assert_eq!(stage.refusal(Sns, "Subscribe", params).0, "InvalidParameterException");
    assert_eq!(alarm_publishes(&mut stage, &topic), Ok(()));
    let refusal = stage.refusal(Sns, "Publish", json!({"TopicArn": topic, "Message": "m"}));
    assert_eq!(refusal.0, "InvalidParameterException");
    let (name, _) = stage.refusal(
        Sns,
        "CreateTopic",
        json!({"Name": "x", "Attributes": {"FifoTopic": "true"}}),
    );
    assert_eq!(name, "InvalidParameterException");
}

#[test]
fn open_questions_are_asked_where_they_matter() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    let function = stage.arn("lambda", "function:pager");
    subscribed(&mut stage, &topic, "lambda", &function);
    subscribed(&mut stage, &topic, "sms", "+33123456789");
    alarm_publishes(&mut stage, &topic).unwrap();
    let event: Value =
        serde_json::from_str(&mails(&stage, &format!("lambda:{function}"))[0].body).unwrap();
    assert_eq!(event["Records"][0]["Sns"]["Type"], "Notification");
    assert_eq!(mails(&stage, "sms:+33123456789"), []);
    let elsewhere = topic.replace("us-east-1", "eu-west-1");
    assert_eq!(alarm_publishes(&mut stage, &elsewhere), Err(PublishRefusal::OtherRegion));
    let consulted: Vec<&str> =
        stage.world.hypotheses.consulted.iter().map(String::as_str).collect();
    assert_eq!(consulted, ["cross-region-action", "lambda-subscriber"]);
    stage.world.place_mut(&stage.target).sns.sms.in_sandbox = false;
    for (id, setting) in [("lambda-subscriber", "refused"), ("cross-region-action", "delivered")] {
        stage.world.hypotheses.set.insert(id.to_owned(), setting.to_owned());
    }
    alarm_publishes(&mut stage, &topic).unwrap();
    assert_eq!(mails(&stage, "sms:+33123456789").len(), 1);
    assert_eq!(mails(&stage, &format!("lambda:{function}")).len(), 1);
    assert_eq!(alarm_publishes(&mut stage, &elsewhere), Err(PublishRefusal::NoTopic));
}

#[test]
fn a_number_gets_texts_when_it_is_verified_and_not_opted_out() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    let number = "+33123456789";
    subscribed(&mut stage, &topic, "sms", number);
    let mut texts = |change: fn(&mut Sms)| {
        let target = stage.target.clone();
        change(&mut stage.world.place_mut(&target).sns.sms);
        let before = mails(&stage, "sms:+33123456789").len();
        alarm_publishes(&mut stage, &topic).unwrap();
        mails(&stage, "sms:+33123456789").len() - before
    };
    assert_eq!(texts(|_| {}), 0);
    assert_eq!(texts(|sms| drop(sms.numbers.insert("+33123456789".into(), "Pending".into()))), 0);
    assert_eq!(texts(|sms| drop(sms.numbers.insert("+33123456789".into(), "Verified".into()))), 1);
    assert_eq!(texts(|sms| sms.in_sandbox = false), 1);
    assert_eq!(
        texts(|sms| {
            sms.opted_out.insert("+33123456789".into());
        }),
        0
    );
    let answer = stage.call(Sns, "CheckIfPhoneNumberIsOptedOut", json!({"phoneNumber": number}));
    assert_eq!(answer["isOptedOut"], true);
    let numbers = stage.call(Sns, "ListSMSSandboxPhoneNumbers", json!({}));
    assert_eq!(numbers["PhoneNumbers"][0], json!({"PhoneNumber": number, "Status": "Verified"}));
}

#[test]
fn another_account_does_what_the_topic_policy_lets_it() {
    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    let other = "111122223333";
    let params = json!({"TopicArn": topic, "Protocol": "email", "Endpoint": SOC});
    let refused = stage.call_of(other, Sns, "Subscribe", params.clone()).unwrap_err();
    assert_eq!(refused.name, "AuthorizationErrorException");
    let permission = json!({"TopicArn": topic, "Label": "other", "AWSAccountId": [other], "ActionName": ["Subscribe"]});
    stage.call(Sns, "AddPermission", permission);
    stage.call_of(other, Sns, "Subscribe", params.clone()).unwrap();
    let theirs = stage.call_of(other, Sns, "ListSubscriptions", json!({})).unwrap();
    assert_eq!(theirs["Subscriptions"][0]["Owner"], other);
    assert_eq!(stage.call(Sns, "ListSubscriptions", json!({}))["Subscriptions"], json!([]));
    stage.call(Sns, "RemovePermission", json!({"TopicArn": topic, "Label": "other"}));
    assert!(stage.call_of(other, Sns, "Subscribe", params).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is done in whatever order: nobody who did not confirm is told, everybody who did is
    /// told once, and the state reads back.
    #[test]
    fn who_confirmed_and_did_not_leave_is_told_once(steps in prop::collection::vec((0..4_u8, 0..3_usize), 1..30)) {
        let mut stage = Stage::new();
        let topic = topic(&mut stage);
        let mut confirmed = [false; 3];
        let address = |who: usize| format!("p{who}@example.org");
        for (step, who) in steps {
            stage.pass(1);
            let inbox = format!("email:{}", address(who));
            match step {
                0 => { subscribed(&mut stage, &topic, "email", &address(who)); }
                1 => {
                    let mut tokens = mails(&stage, &inbox).into_iter().filter_map(|mail| mail.token);
                    if let Some(token) = tokens.next_back() {
                        confirmed[who] = stage.world.confirm_by_link(&token).is_ok();
                    }
                }
                2 => {
                    let listed = stage.call(Sns, "ListSubscriptionsByTopic", json!({"TopicArn": topic}));
                    let items = listed["Subscriptions"].as_array().unwrap();
                    let item = items.iter().find(|item| item["Endpoint"] == address(who).as_str());
                    let arn = item.map(|item| item["SubscriptionArn"].clone());
                    if let Some(arn) = arn.filter(|_| confirmed[who]) {
                        stage.call(Sns, "Unsubscribe", json!({"SubscriptionArn": arn}));
                        confirmed[who] = false;
                    }
                }
                _ => {
                    let before: Vec<usize> = (0..3).map(|who| notifications(&stage, &format!("email:{}", address(who))).len()).collect();
                    alarm_publishes(&mut stage, &topic).unwrap();
                    for who in 0..3 {
                        let now = notifications(&stage, &format!("email:{}", address(who))).len();
                        prop_assert_eq!(now - before[who], usize::from(confirmed[who]));
                    }
                }
            }
        }
        stage.saved_and_loaded();
    }
}

#[test]
fn queues_get_the_body_raw_or_in_json_if_their_policy_lets_them() {
    use crate::world::Service::Sqs;

    let mut stage = Stage::new();
    let topic = topic(&mut stage);
    let queue = stage.arn("sqs", "alerts");
    let url = stage.call(Sqs, "CreateQueue", json!({"QueueName": "alerts"}))["QueueUrl"].clone();
    let arn = subscribed(&mut stage, &topic, "sqs", &queue);
    assert!(arn.starts_with(&topic), "a queue of the same account is confirmed at once: {arn}");
    let receive = |stage: &mut Stage| {
        alarm_publishes(stage, &topic).unwrap();
        let params = json!({"QueueUrl": url, "MaxNumberOfMessages": 10});
        let answer = stage.call(Sqs, "ReceiveMessage", params);
        let message = answer["Messages"].get(0)?.clone();
        let params = json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
        stage.call(Sqs, "DeleteMessage", params);
        Some(message["Body"].as_str().unwrap().to_owned())
    };
    assert_eq!(receive(&mut stage), None);
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue, "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }]});
    let params = json!({"QueueUrl": url, "Attributes": {"Policy": policy.to_string()}});
    stage.call(Sqs, "SetQueueAttributes", params);
    let body: Value = serde_json::from_str(&receive(&mut stage).unwrap()).unwrap();
    let alarm = r#"{"AlarmName":"secret-read","NewStateValue":"ALARM"}"#;
    assert_eq!((&body["Type"], &body["Message"]), (&json!("Notification"), &json!(alarm)));
    let raw = json!({"SubscriptionArn": arn, "AttributeName": "RawMessageDelivery", "AttributeValue": "true"});
    stage.call(Sns, "SetSubscriptionAttributes", raw);
    assert_eq!(receive(&mut stage).unwrap(), alarm);
}

/// Captured 2026-09-14: three subscriptions, three publishes in a minute.
#[test]
fn metrics_count_as_captured() {
    use crate::world::Service::Monitoring;

    let mut stage = Stage::at("2026-09-14T12:08:10Z");
    let topic = topic(&mut stage);
    for (endpoint, policy, scope) in [
        ("arn:aws:lambda:us-east-1:000000000000:function:a", None, ""),
        (
            "arn:aws:lambda:us-east-1:000000000000:function:b",
            Some(r#"{"kind":["keep"]}"#),
            "MessageAttributes",
        ),
        (
            "arn:aws:lambda:us-east-1:000000000000:function:c",
            Some(r#"{"kind":["keep"]}"#),
            "MessageBody",
        ),
    ] {
        let arn = subscribed(&mut stage, &topic, "lambda", endpoint);
        for (name, value) in [("FilterPolicyScope", Some(scope)), ("FilterPolicy", policy)] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                let params =
                    json!({"SubscriptionArn": arn, "AttributeName": name, "AttributeValue": value});
                stage.call(Sns, "SetSubscriptionAttributes", params);
            }
        }
    }
    let publish = |stage: &mut Stage, body: &str, kind: Option<&str>| {
        let mut params = json!({"TopicArn": topic, "Message": body});
        if let Some(kind) = kind {
            params["MessageAttributes"] =
                json!({"kind": {"DataType": "String", "StringValue": kind}});
        }
        stage.call(Sns, "Publish", params);
    };
    // The minute of 12:10: no attributes and no JSON, another kind twice, all that is asked for.
    publish(&mut stage, "no json", None);
    publish(&mut stage, r#"{"kind":"drop"}"#, Some("drop"));
    publish(&mut stage, r#"{"kind":"keep"}"#, Some("keep"));
    let mut counted = |name: &str| {
        let answer = stage.call(
            Monitoring,
            "GetMetricStatistics",
            json!({
                "Namespace": "AWS/SNS", "MetricName": name, "Period": 60,
                "Dimensions": [{"Name": "TopicName", "Value": "security-alerts"}],
                "Statistics": ["Sum", "SampleCount"],
                "StartTime": "2026-09-14T12:00:00Z", "EndTime": "2026-09-14T12:20:00Z",
            }),
        );
        let point = answer["Datapoints"].get(0).cloned().unwrap_or_default();
        (point["Sum"].as_f64(), point["SampleCount"].as_f64())
    };
    let captured = [
        ("NumberOfMessagesPublished", 3.0, 3.0),
        ("NumberOfNotificationsDelivered", 5.0, 5.0),
        ("NumberOfNotificationsFailed", 0.0, 9.0),
        ("NumberOfNotificationsFilteredOut", 2.0, 2.0),
        ("NumberOfNotificationsFilteredOut-MessageAttributes", 1.0, 1.0),
        ("NumberOfNotificationsFilteredOut-MessageBody", 1.0, 1.0),
        ("NumberOfNotificationsFilteredOut-NoMessageAttributes", 1.0, 1.0),
        ("NumberOfNotificationsFilteredOut-InvalidMessageBody", 1.0, 1.0),
    ];
    for (name, sum, count) in captured {
        assert_eq!(counted(name), (Some(sum), Some(count)), "{name}");
    }
}
