use secmon_core::report::Status;

use crate::tests::{check, report};

const ID: &str = "filter-matches-its-events";

/// The healthy filter's pattern, about which AWS gave this answer.
fn answered(answer: &str) -> String {
    let pattern = secmon_core::baseline::BaselineEntry::secret_access().pattern;
    format!("[pattern_tests.matches]\n'{pattern}' = \"{answer}\"")
}

#[test]
fn a_denied_test_is_unknown_and_names_the_permission() {
    let unseen = check(ID, &answered("denied: logs:TestMetricFilter")).unseen.unwrap();
    assert_eq!(unseen.denied.as_deref(), Some("logs:TestMetricFilter"));
    assert_eq!(unseen.what, "what the pattern of filter secret-read matches");
    assert_eq!(unseen.denied.as_deref(), Some("logs:TestMetricFilter"));
}

#[test]
fn awss_own_words_about_a_pattern_are_kept() {
    let text = "InvalidParameterException: Invalid metric filter pattern";
    let report = check(ID, &answered(&format!("failed: {text}")));
    assert_eq!(report.status, Status::Unknown);
    assert_eq!(report.unseen.unwrap().reason, text);
}

#[test]
fn nothing_about_a_pattern_passes_without_an_answer() {
    for answer in ["denied: logs:TestMetricFilter", "failed: 500", "not asked", "absent"] {
        let report = report(&answered(answer));
        for id in [ID, "filter-matches-what-it-should", "filter-ignores-other-events"] {
            let status = report.checks.iter().find(|check| check.id == id).unwrap().status;
            assert!(matches!(status, Status::Unknown | Status::Skipped), "{id}: {status}");
        }
    }
}

#[test]
fn a_pattern_about_which_nobody_asked_is_unknown() {
    let other = r#"
[targets."123456789012/eu-west-1".metric_filters.seen.audit-trail.secret-read]
filterPattern = '{ $.eventName = "GetSecretValue" }'
"#;
    assert_eq!(check(ID, other).status, Status::Unknown);
}

#[test]
fn recent_reads_of_the_account_are_tried_too() {
    let scenario = r#"
[targets."123456789012/eu-west-1".event_history.GetSecretValue]
seen.events = [{ EventId = "e-1", EventName = "GetSecretValue", EventTime = "2026-01-05T09:58:00Z", Username = "ci", CloudTrailEvent = '{"eventName":"GetSecretValue","requestParameters":{"secretId":"TopSecretInfo"}}' }]

[pattern_tests.messages]
"e-1 of TopSecretInfo in 123456789012/eu-west-1" = '{"eventName":"GetSecretValue","requestParameters":{"secretId":"TopSecretInfo"}}'
"#;
    let message = &check(ID, scenario).findings[0].message;
    assert!(
        message.starts_with(
            "Filter secret-read misses 1 of 8 reads tried: GetSecretValue by ci at 2026-01-05 09:58 UTC; it matches a read in the console"
        ),
        "{message}"
    );
}
