use secmon_core::report::{Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "filter-pattern-is-understood";

/// The account with another pattern, about which AWS gave this answer.
fn answered(pattern: &str, answer: &str) -> String {
    format!(
        "[targets.\"123456789012/eu-west-1\".metric_filters.seen.audit-trail.secret-read]\n\
         filterPattern = '{pattern}'\n[pattern_tests.matches]\n'{pattern}' = {answer}"
    )
}

/// The canonical pattern, about which AWS gave this answer.
fn canonical(answer: &str) -> String {
    answered(&secmon_core::baseline::BaselineEntry::secret_access().pattern, answer)
}

#[test]
fn without_an_answer_of_aws_there_is_nothing_to_compare() {
    for answer in ["\"denied: logs:TestMetricFilter\"", "\"failed: 500\"", "\"not asked\""] {
        assert_eq!(check(ID, &canonical(answer)).status, Status::NotApplicable, "{answer}");
    }
}

#[test]
fn pattern_and_event_are_quoted_to_be_reported_and_aws_is_believed() {
    let seen = "{ seen = [] }";
    let report = report(&canonical(seen));
    assert_eq!(report.verdict, Verdict::No);
    let check = report.checks.iter().find(|check| check.id == ID).unwrap();
    assert_eq!(check.status, Status::Warn);
    let finding = &check.findings[0];
    assert!(finding.message.starts_with(
        "AWS and secmon read the pattern of filter secret-read differently. AWS says that it does \
         not match a read in the console (by ARN), "
    ));
    let quoted: Vec<&str> = finding.quotes.iter().map(|quote| quote.what.as_str()).collect();
    assert_eq!(quoted, ["pattern", "event"]);
    let event: serde_json::Value = serde_json::from_str(&finding.quotes[1].text).unwrap();
    assert_eq!(event["eventName"], "GetSecretValue");
}

#[test]
fn where_secmon_is_uncertain_there_is_nothing_that_differs() {
    let uncertain = r#"{ $.eventName = "*GetSecret*" }"#;
    assert_eq!(check(ID, &answered(uncertain, "{ seen = [] }")).status, Status::Pass);
}

#[test]
fn a_pattern_that_both_refuse_is_understood() {
    let refused = "\"failed: InvalidParameterException: Invalid metric filter pattern\"";
    let both = answered(r#"{ $.eventName == "GetSecretValue" }"#, refused);
    assert_eq!(check(ID, &both).status, Status::NotApplicable);
    let finding = &check(ID, &canonical(refused)).findings[0];
    assert!(finding.message.contains("secmon sees nothing wrong with it"), "{}", finding.message);
}
