use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::Status;

use crate::tests::check;

const ID: &str = "secret-is-not-scheduled-for-deletion";

#[test]
fn a_secret_that_does_not_exist_is_skipped_and_an_unread_one_unknown() {
    for (answer, status) in [
        ("absent", Status::Skipped),
        ("denied: secretsmanager:DescribeSecret", Status::Unknown),
        ("failed: timed out", Status::Unknown),
        ("not asked", Status::Unknown),
    ] {
        let scenario =
            format!("[targets.\"123456789012/eu-west-1\".secrets]\nTopSecretInfo = \"{answer}\"");
        assert_eq!(check(ID, &scenario).status, status, "{answer}");
    }
}

#[test]
fn restoring_comes_after_the_users_decision() {
    let check = check(
        ID,
        r#"
[targets."123456789012/eu-west-1".secrets.TopSecretInfo.seen]
DeletedDate = "2026-01-12T09:00:00Z"
"#,
    );
    let fix = &check.findings[0].fix;
    assert!(matches!(
        &fix[..],
        [Fix::Manual(decide), Fix::Change(Intent::RestoreSecret { .. })]
            if decide.starts_with("Decide")
    ));
}
