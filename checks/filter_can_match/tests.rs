use secmon_core::report::{CheckReport, Status};

use crate::tests::check;

/// What is said of a pattern about which nobody asked AWS.
fn with(pattern: &str) -> CheckReport {
    let scenario = format!(
        "[targets.\"123456789012/eu-west-1\".metric_filters.seen.audit-trail.secret-read]\n\
         filterPattern = '{pattern}'"
    );
    check("filter-can-match", &scenario)
}

#[test]
fn what_matches_none_of_the_events_tried_may_still_match_others() {
    for pattern in [
        r#"{ $.eventName = "GetSecretsValue" }"#,
        r#"{ ($.eventName = "DeleteSecret") && ($.errorCode NOT EXISTS) }"#,
        r#"{ ($.eventName = "a") && (($.eventName = "b") || ($.x = 1)) || ($.secretId = "*") }"#,
    ] {
        assert_eq!(with(pattern).status, Status::Pass, "{pattern}");
    }
}

#[test]
fn only_the_clauses_that_exclude_one_another_are_named() {
    for (pattern, clauses) in [
        (
            r#"{ ($.eventSource = "secretsmanager.amazonaws.com") && ($.x > 5) && ($.y = "a") && ($.x < 3) }"#,
            "`$.x > 5` and `$.x < 3` never hold together",
        ),
        (
            r#"{ ($.secretId = "a*") && ($.secretId = "b*") }"#,
            r#"`$.secretId = "a*"` and `$.secretId = "b*"` never hold together"#,
        ),
    ] {
        let message = &with(pattern).findings[0].message;
        assert!(message.contains(clauses), "{message}");
    }
}

#[test]
fn patterns_that_are_not_json_are_not_looked_at() {
    assert_eq!(with("secret -secret").status, Status::NotApplicable);
}

#[test]
fn a_pattern_that_aws_says_matches_can_match() {
    let never = r#"{ ($.secretId = "a") && ($.secretId = "b") }"#;
    let scenario = format!(
        "[targets.\"123456789012/eu-west-1\".metric_filters.seen.audit-trail.secret-read]\n\
         filterPattern = '{never}'\n[pattern_tests.matches.'{never}']\n\
         seen = [\"read-by-cli of TopSecretInfo in 123456789012/eu-west-1\"]"
    );
    assert_eq!(check("filter-can-match", &scenario).status, Status::Pass);
}

#[test]
fn a_pattern_that_secmon_cannot_read_is_unknown() {
    let report = with(r#"{ $.secretId == "a" }"#);
    assert_eq!(report.status, Status::Unknown);
    assert!(report.unseen.unwrap().reason.starts_with("secmon cannot read it: `==`"));
}
