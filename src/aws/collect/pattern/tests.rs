use serde_json::json;

use super::*;
use crate::fake::{Answer, Fake, asked_by_name};

async fn ask(answers: Fake) -> Result<PatternTest, AskError> {
    let session = answers.session(vec![asked_by_name("any")], &[]).await;
    assert_eq!(session.region(), Some("eu-west-1"));
    let messages = ["one 1".to_owned(), "two".to_owned()];
    session.test_metric_filter("[word, number]", &messages).await
}

#[tokio::test]
async fn every_message_has_its_answer() {
    let fake = Fake::new(|_| {
        Answer::Json(json!({ "matches": [{
            "eventNumber": 1, "eventMessage": "one 1",
            "extractedValues": { "$word": "one", "$number": "1" },
        }] }))
    });
    let tested = ask(fake.clone()).await.unwrap();
    let extracted = [("$word", "one"), ("$number", "1")];
    let extracted = extracted.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let answer = vec![MessageTest::Match { extracted }, MessageTest::NoMatch];
    let at = Some("2026-01-05T10:12:00Z".parse().unwrap());
    assert_eq!(tested, PatternTest { at, answer: Ok(answer) });
    let sent = fake.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let body: serde_json::Value = serde_json::from_str(&sent[0].body).unwrap();
    let expected =
        json!({ "filterPattern": "[word, number]", "logEventMessages": ["one 1", "two"] });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_refused_pattern_is_an_answer_and_refused_messages_are_none() {
    let said = "Invalid character(s) in term '*'";
    let fake = Fake::new(move |_| Answer::Error(400, "InvalidParameterException", said));
    assert_eq!(ask(fake).await.unwrap().answer, Err(said.to_owned()));

    let said = "1 validation error detected: Value at 'logEventMessages' failed";
    let fake = Fake::new(move |_| Answer::Error(400, "InvalidParameterException", said));
    let Err(AskError::Failed { reason }) = ask(fake).await else { panic!() };
    assert_eq!(reason, format!("TestMetricFilter: InvalidParameterException: {said}"));
}

#[tokio::test]
async fn who_may_not_ask_is_told_what_is_missing() {
    let fake = Fake::new(|_| Answer::Error(400, "AccessDeniedException", "no"));
    let Err(error) = ask(fake).await else { panic!() };
    assert_eq!(error, AskError::Denied { action: "logs:TestMetricFilter".to_owned() });
    let fake = Fake::new(|_| Answer::Error(400, "UnrecognizedClientException", "no"));
    assert!(matches!(ask(fake).await, Err(AskError::Refused { .. })));
}
