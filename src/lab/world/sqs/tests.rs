use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Service;
use super::super::stage::Stage;

const URL: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/inbox";

fn ask(lab: &mut Stage, operation: &str, params: Value) -> Value {
    lab.try_call(Service::Sqs, operation, params).unwrap()
}

fn code(lab: &mut Stage, operation: &str, params: Value) -> String {
    lab.refusal(Service::Sqs, operation, params).0
}

fn with_queue() -> Stage {
    let mut lab = Stage::example();
    let made = ask(&mut lab, "CreateQueue", json!({"QueueName": "inbox"}));
    assert_eq!(made["QueueUrl"], URL);
    lab
}

fn set(lab: &mut Stage, attributes: Value) {
    ask(lab, "SetQueueAttributes", json!({"QueueUrl": URL, "Attributes": attributes}));
}

fn send(lab: &mut Stage, body: &str) -> Value {
    ask(lab, "SendMessage", json!({"QueueUrl": URL, "MessageBody": body}))
}

fn receive(lab: &mut Stage, most: usize) -> Vec<Value> {
    let input = json!({
        "QueueUrl": URL, "MaxNumberOfMessages": most, "AttributeNames": ["All"],
        "MessageAttributeNames": ["All"],
    });
    ask(lab, "ReceiveMessage", input)["Messages"].as_array().unwrap().clone()
}

#[test]
fn a_message_is_hidden_while_somebody_has_it() {
    let mut lab = with_queue();
    let sent = send(&mut lab, "hello");
    // The MD5 of `hello`.
    assert_eq!(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    let first = receive(&mut lab, 10);
    assert_eq!(first.len(), 1);
    assert_eq!(
        (&first[0]["Body"], &first[0]["MD5OfBody"]),
        (&json!("hello"), &sent["MD5OfMessageBody"])
    );
    assert_eq!(first[0]["Attributes"]["SentTimestamp"], "1767607950000");
    assert_eq!(first[0]["Attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(receive(&mut lab, 10), Vec::<Value>::new());
    lab.pass(30);
    let again = receive(&mut lab, 10);
    assert_eq!(again[0]["Attributes"]["ApproximateReceiveCount"], "2");
    assert_ne!(again[0]["ReceiptHandle"], first[0]["ReceiptHandle"]);
    let delete = json!({"QueueUrl": URL, "ReceiptHandle": again[0]["ReceiptHandle"]});
    ask(&mut lab, "DeleteMessage", delete);
    lab.pass(60);
    assert_eq!(receive(&mut lab, 10), Vec::<Value>::new());
    let bad = json!({"QueueUrl": URL, "ReceiptHandle": "x"});
    assert_eq!(code(&mut lab, "DeleteMessage", bad), "ReceiptHandleIsInvalid");
}

#[test]
fn attributes() {
    let mut lab = with_queue();
    let all = json!({"QueueUrl": URL, "AttributeNames": ["All"]});
    let before = ask(&mut lab, "GetQueueAttributes", all.clone());
    assert_eq!(before["Attributes"]["QueueArn"], "arn:aws:sqs:eu-west-1:123456789012:inbox");
    assert_eq!(before["Attributes"]["VisibilityTimeout"], "30");
    assert_eq!(before["Attributes"].get("Policy"), None);
    set(&mut lab, json!({"VisibilityTimeout": "5", "DelaySeconds": "10"}));
    send(&mut lab, "a");
    assert_eq!(receive(&mut lab, 1), Vec::<Value>::new());
    let delayed = ask(&mut lab, "GetQueueAttributes", all.clone());
    assert_eq!(delayed["Attributes"]["ApproximateNumberOfMessagesDelayed"], "1");
    lab.pass(10);
    assert_eq!(receive(&mut lab, 1).len(), 1);
    let some =
        json!({"QueueUrl": URL, "AttributeNames": ["ApproximateNumberOfMessagesNotVisible"]});
    let some = ask(&mut lab, "GetQueueAttributes", some);
    assert_eq!(some["Attributes"], json!({"ApproximateNumberOfMessagesNotVisible": "1"}));
    for (attributes, expected) in [
        (json!({"Nope": "1"}), "InvalidAttributeName"),
        (json!({"VisibilityTimeout": "43201"}), "InvalidAttributeValue"),
        (json!({"Policy": "{"}), "InvalidAttributeValue"),
    ] {
        let input = json!({"QueueUrl": URL, "Attributes": attributes});
        assert_eq!(code(&mut lab, "SetQueueAttributes", input), expected);
    }
    let unknown = json!({"QueueUrl": URL, "AttributeNames": ["Nope"]});
    assert_eq!(code(&mut lab, "GetQueueAttributes", unknown), "InvalidAttributeName");
    let other = json!({"QueueName": "inbox", "Attributes": {"DelaySeconds": "1"}});
    assert_eq!(code(&mut lab, "CreateQueue", other), "QueueNameExists");
    ask(&mut lab, "CreateQueue", json!({"QueueName": "inbox"}));
    let missing = json!({"QueueUrl": format!("{URL}s")});
    assert_eq!(code(&mut lab, "PurgeQueue", missing), "QueueDoesNotExist");
    lab.pass(345_600);
    let late = ask(&mut lab, "GetQueueAttributes", all);
    assert_eq!(late["Attributes"]["ApproximateNumberOfMessages"], "0");
}

#[test]
fn names_and_tags() {
    let mut lab = with_queue();
    for name in ["b", "in"] {
        ask(&mut lab, "CreateQueue", json!({"QueueName": name}));
    }
    let url = ask(&mut lab, "GetQueueUrl", json!({"QueueName": "inbox"}));
    assert_eq!(url, json!({"QueueUrl": URL}));
    let missing = json!({"QueueName": "nope"});
    assert_eq!(code(&mut lab, "GetQueueUrl", missing), "QueueDoesNotExist");
    let page = ask(&mut lab, "ListQueues", json!({"QueueNamePrefix": "in", "MaxResults": 1}));
    assert_eq!(page["QueueUrls"], json!([URL.replace("inbox", "in")]));
    let next = json!({"QueueNamePrefix": "in", "MaxResults": 1, "NextToken": page["NextToken"]});
    let page = ask(&mut lab, "ListQueues", next);
    assert_eq!((&page["QueueUrls"], &page["NextToken"]), (&json!([URL]), &Value::Null));
    ask(&mut lab, "TagQueue", json!({"QueueUrl": URL, "Tags": {"a": "1"}}));
    let tags = ask(&mut lab, "ListQueueTags", json!({"QueueUrl": URL}));
    assert_eq!(tags, json!({"Tags": {"a": "1"}}));
}

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:alerts";

fn notified(lab: &mut Stage) -> Result<(), String> {
    let queue = "arn:aws:sqs:eu-west-1:123456789012:inbox".parse().unwrap();
    let topic = TOPIC.parse().unwrap();
    lab.world.service_sends(&queue, "sns.amazonaws.com", &topic, "a note")
}

#[test]
fn a_service_needs_the_queues_policy() {
    let mut lab = with_queue();
    assert_eq!(notified(&mut lab), Err("AccessDenied".to_owned()));
    let policy = |source: &str| {
        let statement = json!({
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage", "Resource": "*",
            "Condition": {"ArnEquals": {"aws:SourceArn": source}},
        });
        json!({"Policy": json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()})
    };
    set(&mut lab, policy(&TOPIC.replace("alerts", "other")));
    assert_eq!(notified(&mut lab), Err("AccessDenied".to_owned()));
    set(&mut lab, policy(TOPIC));
    assert_eq!(notified(&mut lab), Ok(()));
    assert_eq!(receive(&mut lab, 1)[0]["Body"], "a note");
    // A key whose policy knows only the account.
    let key = lab.try_call(Service::Kms, "CreateKey", json!({})).unwrap();
    set(&mut lab, json!({"KmsMasterKeyId": key["KeyMetadata"]["KeyId"]}));
    assert_eq!(notified(&mut lab), Err("KmsAccessDenied".to_owned()));
    let id = json!({"KeyId": key["KeyMetadata"]["KeyId"]});
    lab.try_call(Service::Kms, "DisableKey", id).unwrap();
    assert_eq!(notified(&mut lab), Err("KmsDisabled".to_owned()));
    set(&mut lab, json!({"KmsMasterKeyId": ""}));
    assert_eq!(notified(&mut lab), Ok(()));
    ask(&mut lab, "DeleteQueue", json!({"QueueUrl": URL}));
    assert_eq!(notified(&mut lab), Err("QueueDoesNotExist".to_owned()));
}

#[test]
fn another_account_needs_it_too() {
    const OTHER: &str = "arn:aws:iam::111111111111:user/alice";
    let lab = with_queue();
    let mut lab = lab.moved("111111111111/eu-west-1");
    let input = json!({"QueueUrl": URL, "MessageBody": "x"});
    assert_eq!(
        lab.refusal(Service::Sqs, "SendMessage", input.clone()),
        (
            "AccessDeniedException".to_owned(),
            format!(
                "User: {OTHER} is not authorized to perform: sqs:sendmessage on resource: \
                 arn:aws:sqs:eu-west-1:123456789012:inbox because no resource-based policy allows \
                 the sqs:sendmessage action"
            )
        )
    );
    let mut lab = lab.moved("123456789012/eu-west-1");
    let statement = json!({
        "Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:eu-west-1:123456789012:inbox",
    });
    set(&mut lab, json!({"Policy": json!({"Statement": statement}).to_string()}));
    let mut lab = lab.moved("111111111111/eu-west-1");
    ask(&mut lab, "SendMessage", input);
}

#[test]
fn dead_letters() {
    let mut lab = with_queue();
    ask(&mut lab, "CreateQueue", json!({"QueueName": "dead"}));
    let redrive = json!({
        "deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead", "maxReceiveCount": "2",
    });
    set(&mut lab, json!({"RedrivePolicy": redrive.to_string(), "VisibilityTimeout": "1"}));
    send(&mut lab, "a");
    for _ in 0..2 {
        assert_eq!(receive(&mut lab, 1).len(), 1);
        lab.pass(1);
    }
    assert_eq!(receive(&mut lab, 1), Vec::<Value>::new());
    let dead = ask(&mut lab, "ReceiveMessage", json!({"QueueUrl": URL.replace("inbox", "dead")}));
    assert_eq!(dead["Messages"][0]["Body"], "a");
}

#[test]
fn fifo_queues_take_a_message_once() {
    let mut lab = Stage::example();
    assert_eq!(
        code(&mut lab, "CreateQueue", json!({"QueueName": "q.fifo"})),
        "InvalidParameterValueException"
    );
    let input = json!({"QueueName": "q.fifo", "Attributes": {"FifoQueue": "true"}});
    let url = ask(&mut lab, "CreateQueue", input)["QueueUrl"].clone();
    let mut message = json!({"QueueUrl": url, "MessageBody": "a"});
    assert_eq!(code(&mut lab, "SendMessage", message.clone()), "MissingParameter");
    message["MessageGroupId"] = json!("g");
    assert_eq!(code(&mut lab, "SendMessage", message.clone()), "InvalidParameterValueException");
    message["MessageDeduplicationId"] = json!("1");
    ask(&mut lab, "SendMessage", message.clone());
    ask(&mut lab, "SendMessage", message.clone());
    let count = |lab: &Stage| lab.world.place(&lab.target).sqs.queues["q.fifo"].messages.len();
    assert_eq!(count(&lab), 1);
    lab.pass(300);
    ask(&mut lab, "SendMessage", message);
    assert_eq!(count(&lab), 2);
    lab.saved_and_loaded();
}

/// A value that getmoto/moto's tests hold of the documented algorithm.
#[test]
fn attributes_have_a_digest() {
    let mut lab = with_queue();
    let attributes = json!({"timestamp": {"DataType": "Number", "StringValue": "1493147359900"}});
    let input = json!({"QueueUrl": URL, "MessageBody": "b", "MessageAttributes": attributes});
    let sent = ask(&mut lab, "SendMessage", input);
    assert_eq!(sent["MD5OfMessageAttributes"], "235c5c510d26fb653d073faed50ae77c");
    let got = receive(&mut lab, 1);
    assert_eq!(got[0]["MessageAttributes"], attributes);
    assert_eq!(got[0]["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_message_is_received_once(bodies in proptest::collection::vec("[a-z]{1,4}", 1..25), most in 1usize..=10) {
        let mut lab = with_queue();
        for body in &bodies {
            send(&mut lab, body);
        }
        let mut found = Vec::new();
        loop {
            let some = receive(&mut lab, most);
            if some.is_empty() { break }
            found.extend(some.iter().map(|message| message["Body"].as_str().unwrap().to_owned()));
        }
        prop_assert_eq!(found, bodies);
        lab.saved_and_loaded();
    }
}
