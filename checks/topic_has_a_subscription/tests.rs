use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::{CheckReport, Status, Verdict};
use secmon_core::route::Pins;
use secmon_core::snapshot::{Scenario, Snapshot};

use crate::run;
use crate::tests::check;

const ID: &str = "topic-has-a-subscription";
const SECOND: &str = r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".subscriptions.seen."email:ops@example.org"]
SubscriptionArn = "arn:aws:sns:eu-west-1:123456789012:security-alerts:2"
Protocol = "email"
Endpoint = "ops@example.org"
attributes = { seen = { PendingConfirmation = "false" } }
"#;

fn told(scenario: &str, recipients: &[&str]) -> (Verdict, CheckReport) {
    let snapshot = Scenario::from_toml(scenario).unwrap().apply(&Snapshot::healthy()).unwrap();
    let pins = Pins {
        recipients: recipients.iter().map(|address| (*address).to_owned()).collect(),
        ..Pins::default()
    };
    let mut report = run(&snapshot, &BaselineEntry::secret_access(), &pins);
    let entry = report.entries.remove(0);
    let found = entry.checks.into_iter().find(|check| check.id == ID).unwrap();
    (entry.verdict, found)
}

#[test]
fn a_recipient_who_is_not_subscribed_is_missed_among_others() {
    let (verdict, found) = told(SECOND, &["alice@example.org", "bob@example.org"]);
    assert_eq!(verdict, Verdict::No);
    assert_eq!(
        found.findings[0].message,
        "Topic security-alerts has 2 subscriptions, none to alice@example.org or bob@example.org."
    );
    let fix = found.findings[0].fix.as_slice();
    let [Fix::Change(Intent::Subscribe { endpoint, .. })] = fix else { panic!("{fix:?}") };
    assert_eq!(endpoint.as_deref(), Some("alice@example.org"));
    let (_, found) = told("", &["alice@example.org"]);
    assert_eq!(
        found.findings[0].message,
        "Topic security-alerts has 1 subscription, and it is not to alice@example.org."
    );
}

#[test]
fn one_of_several_recipients_is_enough() {
    let (verdict, _) = told(SECOND, &["alice@example.org", "OPS@example.org"]);
    assert_eq!(verdict, Verdict::Yes);
}

#[test]
fn a_list_that_could_not_be_read_is_unknown() {
    for (scenario, denied) in [
        ("\"denied: sns:ListSubscriptionsByTopic\"", Some("sns:ListSubscriptionsByTopic")),
        ("\"failed: the second page timed out\"", None),
        ("\"not asked\"", None),
    ] {
        let found = check(
            ID,
            &format!(
                "[targets.\"123456789012/eu-west-1\".topics.\"arn:aws:sns:eu-west-1:123456789012:security-alerts\"]\nsubscriptions = {scenario}"
            ),
        );
        assert_eq!(found.status, Status::Unknown, "{scenario}");
        assert_eq!(found.unseen.unwrap().denied.as_deref(), denied);
    }
}

#[test]
fn a_topic_that_is_gone_is_not_accused_twice() {
    let found = check(
        ID,
        r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts"]
attributes = "absent"
subscriptions = "denied: sns:ListSubscriptionsByTopic"
"#,
    );
    assert_eq!(found.status, Status::Skipped);
}

#[test]
fn subscriptions_of_every_protocol_count() {
    for protocol in ["email-json", "https", "http"] {
        let scenario = format!(
            r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".subscriptions.seen."email:soc@example.org"]
Protocol = "{protocol}"
"#
        );
        assert_eq!(told(&scenario, &[]).0, Verdict::Yes, "{protocol}");
    }
}
