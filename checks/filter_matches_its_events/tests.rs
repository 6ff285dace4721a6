use secmon_core::report::{Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "filter-matches-its-events";

/// What stands in the way of AWS's answer.
const UNANSWERED: [&str; 4] =
    ["denied: logs:TestMetricFilter", "failed: 500", "not asked", "absent"];

/// A pattern about which nobody knows what AWS would say: a `*` at both ends.
const UNCERTAIN: &str = r#"{ $.eventName = "*etSecretValu*" }"#;

/// A pattern that is none.
const REFUSED: &str = r#"{ $.eventName == "GetSecretValue" }"#;

/// The account with this pattern, about which AWS gave this answer.
fn with_pattern(pattern: &str, answer: &str) -> String {
    format!(
        "[targets.\"123456789012/eu-west-1\".metric_filters.seen.audit-trail.secret-read]\n\
         filterPattern = '{pattern}'\n[pattern_tests.matches]\n'{pattern}' = \"{answer}\""
    )
}

/// The healthy filter's pattern, about which AWS gave this answer.
fn answered(answer: &str) -> String {
    with_pattern(&secmon_core::baseline::BaselineEntry::secret_access().pattern, answer)
}

#[test]
fn a_denied_test_is_unknown_and_names_the_permission_where_secmon_is_uncertain() {
    let scenario = with_pattern(UNCERTAIN, "denied: logs:TestMetricFilter");
    let unseen = check(ID, &scenario).unseen.unwrap();
    assert_eq!(unseen.denied.as_deref(), Some("logs:TestMetricFilter"));
    assert_eq!(unseen.what, "what the pattern of filter secret-read matches");
    assert_eq!(
        unseen.reason,
        "logs:TestMetricFilter was denied. Whether `*text*` finds the text anywhere in a value is \
         not documented"
    );
}

#[test]
fn awss_own_words_about_a_pattern_are_kept() {
    let text = "InvalidParameterException: Invalid metric filter pattern";
    let report = check(ID, &answered(&format!("failed: {text}")));
    assert_eq!(report.status, Status::Unknown);
    assert_eq!(report.unseen.unwrap().reason, text);
}

#[test]
fn without_an_answer_of_aws_what_secmon_reads_for_certain_counts() {
    for answer in UNANSWERED {
        let report = report(&answered(answer));
        for id in [ID, "filter-matches-what-it-should", "filter-ignores-other-events"] {
            let status = report.checks.iter().find(|check| check.id == id).unwrap().status;
            assert_eq!(status, Status::Pass, "{id}: {answer}");
        }
        assert_eq!(report.verdict, Verdict::Yes, "{answer}");
    }
}

#[test]
fn nothing_uncertain_about_a_pattern_passes_without_an_answer() {
    for (pattern, answer) in [UNCERTAIN, REFUSED].iter().flat_map(|p| UNANSWERED.map(|a| (p, a))) {
        let report = report(&with_pattern(pattern, answer));
        let check = report.checks.iter().find(|check| check.id == ID).unwrap();
        assert_eq!(check.status, Status::Unknown, "{pattern} {answer}");
        assert_ne!(report.verdict, Verdict::Yes, "{pattern} {answer}");
    }
}

#[test]
fn a_pattern_that_secmon_cannot_read_is_unknown_and_says_why() {
    let unseen = check(ID, &with_pattern(REFUSED, "not asked")).unseen.unwrap();
    assert_eq!(
        unseen.reason,
        "AWS was not asked. secmon cannot read this pattern: `==` is no operator; equality is `=`"
    );
}

/// As after a change that was planned and not made: the pattern is new, and AWS knows nothing of it.
#[test]
fn a_pattern_about_which_nobody_asked_is_judged_all_the_same() {
    let with = |pattern: &str| {
        let other = format!(
            "[targets.\"123456789012/eu-west-1\".metric_filters.seen.audit-trail.secret-read]\n\
             filterPattern = '{pattern}'"
        );
        check(ID, &other)
    };
    assert_eq!(with(r#"{ $.eventName = "GetSecretValue" }"#).status, Status::Pass);
    let missed = with(r#"{ $.requestParameters.secretId = "TopSecretInfo" }"#);
    assert_eq!(missed.status, Status::Fail);
    assert!(
        missed.findings[0].message.starts_with("Filter secret-read misses 6 of 7 reads tried: "),
        "{}",
        missed.findings[0].message
    );
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
