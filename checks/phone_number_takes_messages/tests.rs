use secmon_core::report::{CheckReport, Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "phone-number-takes-messages";
const NUMBER: &str = "+447700900123";

/// The only subscriber is a phone number; what was seen of text messages.
fn phone(sms: &str) -> String {
    format!(
        r#"
remove = ["/targets/123456789012~1eu-west-1/topics/arn:aws:sns:eu-west-1:123456789012:security-alerts/subscriptions/seen/email:soc@example.org"]
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".subscriptions.seen."sms:{NUMBER}"]
SubscriptionArn = "arn:aws:sns:eu-west-1:123456789012:security-alerts:7f0c6e1a-0b2f-4f0e-9a53-2f1f6a1d9c12"
Owner = "123456789012"
Protocol = "sms"
Endpoint = "{NUMBER}"
attributes = {{ seen = {{ PendingConfirmation = "false" }} }}
[targets."123456789012/eu-west-1".sms]
{sms}
"#
    )
}

fn judged(sms: &str) -> CheckReport {
    check(ID, &phone(sms))
}

const OUT: &str = "IsInSandbox = { seen = false }\n";
const IN: &str = "IsInSandbox = { seen = true }\n";
const LIMIT: &str = "attributes = { seen = { MonthlySpendLimit = \"50\" } }\n";
const TAKES: &str = "isOptedOut = { \"+447700900123\" = { seen = false } }\n";
const OPTED_OUT: &str = "isOptedOut = { \"+447700900123\" = { seen = true } }\n";

#[test]
fn out_of_the_sandbox_or_verified_is_healthy() {
    let verified = format!("{IN}PhoneNumbers = {{ seen = {{ \"{NUMBER}\" = \"Verified\" }} }}\n");
    for sms in [OUT, &verified] {
        let scenario = phone(&format!("{sms}{LIMIT}{TAKES}"));
        assert_eq!(check(ID, &scenario).status, Status::Pass, "{sms}");
        assert_eq!(report(&scenario).verdict, Verdict::Yes, "{sms}");
    }
    assert_eq!(check(ID, "").status, Status::NotApplicable);
}

#[test]
fn a_number_that_is_being_verified_gets_nothing_yet() {
    let pending = format!("{IN}PhoneNumbers = {{ seen = {{ \"{NUMBER}\" = \"Pending\" }} }}\n");
    let found = judged(&format!("{pending}{LIMIT}{TAKES}"));
    assert!(found.findings[0].message.ends_with("is not verified (Pending)."));
}

#[test]
fn what_is_certain_comes_before_what_was_not_seen() {
    let denied = "IsInSandbox = \"denied: sns:GetSMSSandboxAccountStatus\"\n";
    assert_eq!(judged(&format!("{denied}{OPTED_OUT}")).status, Status::Fail);
    assert_eq!(judged(&format!("{denied}{LIMIT}{TAKES}")).status, Status::Unknown);
    for missing in [[OUT, LIMIT], [OUT, TAKES], [LIMIT, TAKES]] {
        assert_eq!(judged(&missing.concat()).status, Status::Unknown, "{missing:?}");
    }
}

#[test]
fn a_limit_of_nothing_is_unknown() {
    let nothing = LIMIT.replace("50", "0");
    assert_eq!(judged(&format!("{OUT}{nothing}{TAKES}")).status, Status::Unknown);
}
