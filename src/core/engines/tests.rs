use super::*;
use crate::baseline::{BaselineEntry, messages};
use crate::pattern::{Api, Refusal};

fn answer(pattern: &str, aws: Option<bool>, index: usize) -> Answer {
    let mut snapshot = Snapshot::healthy();
    let messages = messages(&snapshot, &BaselineEntry::secret_access());
    if let Some(matches) = aws {
        snapshot.pattern_tests.record(pattern, &messages[index], matches);
    }
    let engines = Engines::of(&snapshot, pattern);
    let (_, answer) = engines.answers(&messages[index..]).next().unwrap();
    answer
}

const CERTAIN: &str = r#"{ $.eventName = "GetSecretValue" }"#;
const UNCERTAIN: &str = r#"{ $.eventName = "Get*Value" }"#;
const REFUSED: &str = r#"{ $.eventName == "GetSecretValue" }"#;

#[test]
fn aws_is_believed_whatever_secmon_says() {
    for pattern in [CERTAIN, UNCERTAIN, REFUSED] {
        for aws in [true, false] {
            assert_eq!(answer(pattern, Some(aws), 0).believed(), Some(aws), "{pattern}");
        }
    }
}

#[test]
fn without_aws_only_what_is_certain_counts() {
    assert_eq!(answer(CERTAIN, None, 0).believed(), Some(true));
    assert_eq!(answer(r#"{ $.eventName = "x" }"#, None, 0).believed(), Some(false));
    assert_eq!(answer(UNCERTAIN, None, 0).believed(), None);
    assert_eq!(answer(UNCERTAIN, None, 0).own, Own::Uncertain(Doubt::InnerWildcard));
    assert_eq!(answer(REFUSED, None, 0).believed(), None);
    assert_eq!(answer(REFUSED, None, 0).own, Own::Refused);
}

#[test]
fn only_two_certain_answers_differ() {
    assert!(answer(CERTAIN, Some(false), 0).differs());
    assert!(!answer(CERTAIN, Some(true), 0).differs());
    assert!(!answer(CERTAIN, None, 0).differs());
    assert!(!answer(UNCERTAIN, Some(false), 0).differs());
    assert!(!answer(REFUSED, Some(false), 0).differs());
}

#[test]
fn that_a_filter_exists_settles_whether_aws_takes_its_pattern() {
    // Unquoted values with a hyphen are a probe; AWS holds a filter with one.
    let answer = answer("{ $.awsRegion = eu-west-1 }", None, 0);
    assert_eq!(answer.own, Own::Certain(true));
}

#[test]
fn a_pattern_that_aws_refuses_is_not_read_by_secmon_instead() {
    let failed = |reason: &str| {
        let aws = Observed::Failed { reason: reason.to_owned() };
        Answer { aws, own: Own::Certain(true) }
    };
    for refusal in [
        Refusal::Syntax,
        Refusal::Term("{ $.x == ".to_owned()),
        Refusal::Unclosed,
        Refusal::DuplicateField("x".to_owned()),
        Refusal::SelectorWildcards,
        Refusal::TooLong("{ $.x = 1 }".to_owned()),
        Refusal::Regex,
    ] {
        let words = refusal.wording(Api::MetricFilter).unwrap();
        let answer = failed(&format!("TestMetricFilter: InvalidParameterException: {words}"));
        assert!(answer.refused_by_aws(), "{words}");
        assert_eq!(answer.believed(), None);
    }
    for other in [
        "TestMetricFilter: HTTP 500",
        "TestMetricFilter: InvalidParameterException: 1 validation error detected: Value at \
         'logEventMessages' failed to satisfy constraint",
        "TestMetricFilter: UnknownOperationException",
    ] {
        assert_eq!(failed(other).believed(), Some(true), "{other}");
    }
}
