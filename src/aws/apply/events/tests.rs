use jiff::Timestamp;
use secmon_core::baseline::BaselineEntry;
use secmon_core::plan::Write;
use secmon_core::route::Pins;
use secmon_core::snapshot::Target;
use serde_json::json;

use crate::apply::WriteError;
use crate::fake::{Answer, Fake, asked_by_name};

const WHO: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
                   <Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/alice</Arn>\
                   </GetCallerIdentityResult></GetCallerIdentityResponse>";

#[tokio::test]
async fn an_answer_may_say_that_nothing_was_done() {
    let rule = || ("123456789012/eu-west-1".to_owned(), "reads".to_owned(), "secmon".to_owned());
    let put = || {
        let (target, rule, id) = rule();
        let arn = "arn:aws:sns:eu-west-1:123456789012:alerts".to_owned();
        Write::PutTargets { target: Target::try_from(target).unwrap(), rule, id, arn }
    };
    let remove = || {
        let (target, rule, id) = rule();
        Write::RemoveTargets { target: Target::try_from(target).unwrap(), rule, id }
    };
    for (write, name) in [(put(), "PutTargets"), (remove(), "RemoveTargets")] {
        for (code, expected) in [
            ("", Ok(())),
            (
                "LimitExceededException",
                Err(WriteError::failed(format!("{name}: LimitExceededException: no"))),
            ),
            (
                "ConcurrentModificationException",
                Err(WriteError::NotYet {
                    reason: format!("{name}: ConcurrentModificationException: no"),
                }),
            ),
        ] {
            let fake = Fake::new(move |sent| match (sent.operation.as_str(), code) {
                ("GetCallerIdentity", _) => Answer::Xml(WHO.to_owned()),
                ("PutTargets" | "RemoveTargets", "") => {
                    Answer::Json(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
                }
                ("PutTargets" | "RemoveTargets", code) => {
                    Answer::Json(json!({ "FailedEntryCount": 1, "FailedEntries": [
                    { "TargetId": "secmon", "ErrorCode": code, "ErrorMessage": "no" },
                ] }))
                }
                _ => Answer::Error(403, "AccessDenied", "no"),
            });
            let session = fake.session(vec![asked_by_name("Top")], &[]).await;
            // So that it is known whose credentials they are.
            let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
            session.collect(&entry, &pins, Timestamp::UNIX_EPOCH, &|_| ()).await;
            assert_eq!(session.write(&write).await, expected, "{name} {code}");
        }
    }
}
