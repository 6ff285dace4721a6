use secmon_core::report::{Status, Verdict};

use crate::tests::report;

#[test]
fn an_empty_pattern_matches_everything_and_another_check_says_what_comes_of_it() {
    let mut labels = Vec::new();
    for id in [
        "read-in-console",
        "read-by-cli",
        "read-by-sdk",
        "read-of-version",
        "read-by-role",
        "read-by-root",
        "read-in-batch",
        "batch-call",
        "read-denied",
        "describe-secret",
        "list-secrets",
        "put-metric-filter",
        "kms-decrypt",
        "other-service",
    ] {
        labels.push(format!("'{id} of TopSecretInfo in 123456789012/eu-west-1'"));
    }
    let scenario = format!(
        "[targets.\"123456789012/eu-west-1\".metric_filters.seen.audit-trail.secret-read]\n\
         filterPattern = ''\n[pattern_tests.matches.'']\nseen = [{}]",
        labels.join(", ")
    );
    let report = report(&scenario);
    let warned: Vec<_> = report.with(Status::Warn).collect();
    assert_eq!(
        warned[0].findings[0].message,
        "Filter secret-read also matches what is no read: DescribeSecret, ListSecrets, \
         PutMetricFilter that quotes a pattern, kms:Decrypt for a secret and a call of another \
         service. Its pattern is ``."
    );
    assert_eq!(warned.len(), 1);
    let failed: Vec<_> = report.with(Status::Fail).map(|check| check.id).collect();
    assert_eq!(failed, ["metric-tells-reads-from-other-events"]);
    assert_eq!(report.verdict, Verdict::No);
}
