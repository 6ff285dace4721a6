use secmon_core::finding::{Finding, Fix, Severity};
use secmon_core::plan::{FilterSetting, Intent};
use secmon_core::report::{CheckReport, Status};

use crate::tests::{check, report};

const ID: &str = "filter-pattern-says-what-it-means";

fn scenario(pattern: &str) -> String {
    format!(
        "[targets.\"123456789012/eu-west-1\".metric_filters.seen.audit-trail.secret-read]\n\
         filterPattern = '{pattern}'"
    )
}

/// What is said of a pattern about which nobody asked AWS.
fn with(pattern: &str) -> CheckReport {
    check(ID, &scenario(pattern))
}

/// The pattern that a finding wishes for.
fn wish(finding: &Finding) -> Option<&str> {
    finding.fix.iter().find_map(|fix| match fix {
        Fix::Change(Intent::SetMetricFilter { set: FilterSetting::Pattern(text), .. }) => {
            Some(text.as_str())
        }
        _ => None,
    })
}

#[test]
fn the_usual_good_patterns_are_not_accused() {
    for pattern in [
        r#"{ ($.eventSource = "secretsmanager.amazonaws.com") && (($.eventName = "GetSecretValue") || ($.eventName = "BatchGetSecretValue")) }"#,
        r#"{ $.eventSource = "secretsmanager.amazonaws.com" && ($.eventName = "GetSecretValue" || $.eventName = "BatchGetSecretValue") }"#,
        r#"{ ($.eventSource = secretsmanager.amazonaws.com) && ($.eventName = GetSecretValue) }"#,
        r#"{ ($.eventName = "GetSecretValue") || ($.eventName = "BatchGetSecretValue") }"#,
        r#"{ $.eventName = "GetSecretValue" }"#,
        r#"{ $.eventName = GetSecretValue }"#,
        r#"{ $.eventName = "*GetSecretValue" }"#,
        r#"{ $.eventName = %^GetSecretValue$|^BatchGetSecretValue$% }"#,
        r#"{ $.eventName = %GetSecretValue% }"#,
        r#"{ ($.eventSource = "secretsmanager.amazonaws.com") && ($.eventName = "GetSecretValue") && ($.errorCode NOT EXISTS) }"#,
        r#"{ ($.eventName = "GetSecretValue") && (($.requestParameters.secretId = "TopSecretInfo") || ($.requestParameters.secretId = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:TopSecretInfo-a1B2c3")) }"#,
        r#"{ ($.eventName = "GetSecretValue") && ($.requestParameters.secretId = %TopSecretInfo%) }"#,
        r#"{ ($.eventName = "GetSecretValue") && ($.requestParameters.secretId = "*TopSecretInfo*") }"#,
        r#"{ ($.eventSource = "secretsmanager.amazonaws.com") && ($.eventName = "GetSecretValue") && (($.userIdentity.invokedBy NOT EXISTS) || ($.userIdentity.invokedBy != "rds.amazonaws.com")) }"#,
    ] {
        let report = with(pattern);
        assert_eq!(report.status, Status::Pass, "{pattern}: {:#?}", report.findings);
    }
}

#[test]
fn a_rewrite_that_does_its_work_is_set_by_a_command() {
    let mixed = r#"{ $.eventName = "GetSecretValue" || $.eventName = "BatchGetSecretValue" && $.eventSource = "secretsmanager.amazonaws.com" }"#;
    let report = with(mixed);
    assert_eq!((report.status, report.severity), (Status::Warn, Severity::Low));
    let better = wish(&report.findings[0]).unwrap();
    assert_eq!(with(better).status, Status::Pass, "{better}");
}

#[test]
fn how_bad_it_is_depends_on_the_lint() {
    let boolean = r#"{ ($.eventName = "GetSecretValue") || ($.readOnly = false) }"#;
    assert_eq!(with(boolean).severity, Severity::Medium);
}

/// Two wishes for one pattern would exclude one another.
#[test]
fn where_another_check_replaces_the_pattern_the_wish_is_the_same() {
    let canonical = secmon_core::baseline::BaselineEntry::secret_access().pattern;
    for (pattern, failing) in [
        (r#"{ $.eventName = "GetSecretsValue" }"#, "filter-matches-its-events"),
        (
            r#"{ ($.eventName = "GetSecretValue") && ($.requestParameters.secretId = "TopSecretInfo") }"#,
            "filter-matches-its-events",
        ),
        (
            r#"{ ($.eventName = "GetSecretValue") && ($.errorCode != "AccessDenied") }"#,
            "filter-matches-its-events",
        ),
        (r#""GetSecretValue""#, "filter-ignores-other-events"),
    ] {
        let report = report(&scenario(pattern));
        let find = |id: &str| report.checks.iter().find(|check| check.id == id).unwrap();
        assert_eq!(wish(&find(failing).findings[0]), Some(canonical.as_str()), "{pattern}");
        let lints = find(ID);
        assert_eq!(lints.status, Status::Warn, "{pattern}");
        for finding in &lints.findings {
            assert_eq!(wish(finding), Some(canonical.as_str()), "{pattern}");
        }
    }
}

#[test]
fn what_another_check_says_already_is_not_said_again() {
    for pattern in ["", r#"{ ($.eventName = "a") && ($.eventName = "GetSecretValue") }"#] {
        assert_eq!(with(pattern).status, Status::Pass, "{pattern}");
    }
}

#[test]
fn a_pattern_that_secmon_cannot_read_has_no_lints() {
    assert_eq!(with(r#"{ $.eventName == "GetSecretValue" }"#).status, Status::NotApplicable);
}
