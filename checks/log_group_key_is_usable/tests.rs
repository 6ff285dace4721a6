use secmon_core::report::{CheckReport, Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "log-group-key-is-usable";
const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/4d3c2b1a-9f8e-4d6c-9b5a-483726150f0e";
const GROUP: &str = "arn:aws:logs:eu-west-1:123456789012:log-group:audit-trail";

fn with(state: &str, policy: &str) -> String {
    format!(
        "[targets.\"123456789012/eu-west-1\".log_groups.seen.audit-trail]\nkmsKeyId = \"{KEY}\"\n\
         [targets.\"123456789012/eu-west-1\".keys.\"{KEY}\"]\n\
         metadata = {{ seen = {{ Arn = \"{KEY}\", KeyManager = \"CUSTOMER\", KeyState = \"{state}\" }} }}\n\
         policy = {policy}\ngrants = {{ seen = [] }}\n"
    )
}

/// A policy that lets CloudWatch Logs in on a condition.
fn on(condition: &str) -> String {
    format!(
        r#"{{ seen = '{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"logs.eu-west-1.amazonaws.com"}},"Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*","Condition":{{{condition}}}}}]}}' }}"#
    )
}

fn judged(state: &str, policy: &str) -> CheckReport {
    check(ID, &with(state, policy))
}

#[test]
fn the_documented_policy_admits_and_the_chain_is_healthy() {
    let documented =
        on(&format!(r#""ArnEquals":{{"kms:EncryptionContext:aws:logs:arn":"{GROUP}"}}"#));
    assert_eq!(judged("Enabled", &documented).status, Status::Pass);
    assert_eq!(report(&with("Enabled", &documented)).verdict, Verdict::Yes);
    let other = on(&format!(r#""ArnEquals":{{"kms:EncryptionContext:aws:logs:arn":"{GROUP}s"}}"#));
    assert_eq!(judged("Enabled", &other).status, Status::Unknown);
}

#[test]
fn a_key_that_cannot_be_used_leaves_the_verdict_open() {
    for state in ["Disabled", "PendingDeletion", "PendingImport", "Unavailable"] {
        let scenario = with(state, &on(""));
        assert_eq!(report(&scenario).verdict, Verdict::CannotTell, "{state}");
    }
    let gone = with("Enabled", &on("")).replace("metadata = { seen", "metadata = \"absent\" #");
    assert_eq!(check(ID, &gone).unseen.unwrap().reason, "the key does not exist");
}

#[test]
fn a_recent_delivery_lifts_a_doubt_and_stands_for_nothing_unseen() {
    let doubt = on(r#""StringEquals":{"kms:ViaService":"x"}"#);
    assert_eq!(judged("Enabled", &doubt).status, Status::Pass);
    let old = "[targets.\"123456789012/eu-west-1\".trails.seen.\"arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail\".status.seen]\nLatestCloudWatchLogsDeliveryTime = \"2026-01-05T09:40:00Z\"\n";
    let quiet = format!("{}{old}", with("Enabled", &doubt));
    assert_eq!(check(ID, &quiet).status, Status::Unknown);
    let denied = judged("Enabled", "\"denied: kms:GetKeyPolicy\"");
    assert_eq!(denied.status, Status::Unknown);
    assert_eq!(denied.unseen.unwrap().denied.as_deref(), Some("kms:GetKeyPolicy"));
}

#[test]
fn a_deny_stands_where_the_grants_were_not_seen() {
    let unseen = |policy: &str| {
        let policy =
            format!("{{ seen = '{{\"Version\":\"2012-10-17\",\"Statement\":[{policy}]}}' }}");
        let all = with("Enabled", &policy);
        check(ID, &all.replace("grants = { seen = [] }", "grants = \"denied: kms:ListGrants\""))
    };
    let denies = unseen(
        r#"{"Effect":"Deny","Principal":"*","Action":"kms:GenerateDataKey","Resource":"*"}"#,
    );
    let found = denies.unseen.unwrap();
    assert_eq!(found.denied, None);
    assert!(found.reason.contains("kms:GenerateDataKey"), "{}", found.reason);
    let silent =
        unseen(r#"{"Effect":"Allow","Principal":"*","Action":"kms:Encrypt","Resource":"*"}"#);
    assert_eq!(silent.unseen.unwrap().denied.as_deref(), Some("kms:ListGrants"));
}
