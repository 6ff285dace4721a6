use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::{Status, Verdict};

use crate::tests::{check, findings, report};

const ID: &str = "subscription-is-confirmed";
const SOC: &str = r#"targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".subscriptions.seen."email:soc@example.org""#;
const PENDING: &str = r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".subscriptions.seen."email:a@example.org"]
SubscriptionArn = "PendingConfirmation"
Protocol = "email"
Endpoint = "a@example.org"
"#;

#[test]
fn one_confirmed_subscription_beside_a_pending_one_is_enough() {
    let report = report(PENDING);
    assert_eq!(report.verdict, Verdict::Yes);
    assert_eq!(report.told, ["email soc@example.org"]);
}

#[test]
fn pending_by_its_attributes_is_pending() {
    let found = findings(ID, &format!("[{SOC}.attributes.seen]\nPendingConfirmation = \"true\""));
    assert!(found[0].contains("waits for its confirmation"), "{found:?}");
}

#[test]
fn attributes_that_could_not_be_read_do_not_pass() {
    let found =
        check(ID, &format!("[{SOC}]\nattributes = \"denied: sns:GetSubscriptionAttributes\""));
    assert_eq!(found.status, Status::Unknown);
    assert_eq!(found.unseen.unwrap().denied.as_deref(), Some("sns:GetSubscriptionAttributes"));
}

#[test]
fn the_fix_subscribes_the_same_address_again_and_leaves_the_link_to_its_reader() {
    let found = check(
        ID,
        &format!(
            "[{SOC}]\nSubscriptionArn = \"PendingConfirmation\"\nProtocol = \"https\"\nEndpoint = \"https://hook.example.org\"\nattributes = \"not asked\""
        ),
    );
    let fix = found.findings[0].fix.as_slice();
    let [Fix::Change(Intent::Subscribe { protocol, endpoint, .. }), Fix::Manual(step)] = fix else {
        panic!("{fix:?}")
    };
    assert_eq!(
        (protocol.as_str(), endpoint.as_deref()),
        ("https", Some("https://hook.example.org"))
    );
    assert!(step.contains("SubscriptionConfirmation"), "{step}");
}

#[test]
fn a_pending_subscription_is_one_failure() {
    let report = report(&format!(
        "[{SOC}]\nSubscriptionArn = \"PendingConfirmation\"\nattributes = \"not asked\""
    ));
    assert_eq!(report.with(Status::Fail).map(|check| check.id).collect::<Vec<_>>(), [ID]);
    assert_eq!(report.verdict, Verdict::No);
}
