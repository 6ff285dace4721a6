use secmon_core::finding::Fix;
use secmon_core::report::{Status, Verdict};

use crate::one_read::tests::chain;
use crate::tests::{check, report};

const ID: &str = "metric-tells-reads-from-other-events";
const AT: &str = r#"targets."123456789012/eu-west-1""#;

/// Another filter on a log group that feeds the metric too.
fn another(group: &str, pattern: &str, default: Option<f64>) -> String {
    let default = default.map_or(String::new(), |default| format!(", defaultValue = {default:?}"));
    format!(
        "\n[{AT}.metric_filters.seen.{group}.another]\nfilterName = \"another\"\nlogGroupName = \"{group}\"\n\
         filterPattern = '{pattern}'\nmetricTransformations = [{{ metricName = \
         \"SecretIsAccessed\", metricNamespace = \"SecurityMetrics\", metricValue = \"1\"{default} }}]\n"
    )
}

const LOGINS: &str = r#"{ $.eventName = "ConsoleLogin" }"#;

#[test]
fn another_filter_that_does_not_hurt_is_not_accused() {
    let average = chain(r#"Statistic = "Average""#, "1", None);
    let rows = [
        // Sums do not mind zeros, also those of another group.
        (chain("", "1", Some(0.0)), another("audit-trail", LOGINS, Some(0.0))),
        (chain("", "1", Some(0.0)), another("app", LOGINS, Some(0.0))),
        (average.clone(), another("audit-trail", LOGINS, None)),
        // It counts the same reads once more: only so `> 1` is reached.
        (
            chain(r#"ComparisonOperator = "GreaterThanThreshold""#, "1", Some(0.0)),
            another("audit-trail", r#"{ $.eventSource = "secretsmanager.amazonaws.com" }"#, None),
        ),
    ];
    for (alarm, other) in rows {
        let report = report(&(alarm + &other));
        let failed: Vec<_> = report.with(Status::Fail).collect();
        assert!(failed.is_empty(), "{failed:?}\n{other}");
        assert_eq!(report.verdict, Verdict::Yes, "{other}");
    }
}

#[test]
fn a_default_of_another_filter_is_named_once() {
    let scenario =
        chain(r#"Statistic = "Average""#, "1", None) + &another("audit-trail", LOGINS, Some(0.0));
    let report = report(&scenario);
    let failed: Vec<_> = report.with(Status::Fail).collect();
    assert_eq!(failed.iter().map(|check| check.id).collect::<Vec<_>>(), [ID]);
    assert!(matches!(failed[0].findings[0].fix.as_slice(), [Fix::Change(_)]));
    // Where the chain's own default is in the way, that is named, and nothing else.
    let scenario = chain(r#"Statistic = "Average""#, "1", Some(0.0))
        + &another("audit-trail", LOGINS, Some(0.0));
    assert_eq!(check(ID, &scenario).status, Status::Pass);
}

#[test]
fn what_nobody_read_of_another_group_is_unknown() {
    let scenario =
        chain(r#"Statistic = "Average""#, "1", None) + &another("app", LOGINS, Some(0.0));
    let report = check(ID, &scenario);
    // Any number of zeros is too many.
    assert_eq!(report.status, Status::Fail, "{:?}", report.unseen);
    let some = chain("Statistic = \"Average\"\nThreshold = 0.02", "1", None);
    let report = check(ID, &(some + &another("app", LOGINS, Some(0.0))));
    assert_eq!(report.status, Status::Unknown, "{:?}", report.findings);
    let reason = report.unseen.unwrap().reason;
    assert!(reason.contains("how many events log group app gets"), "{reason}");
}

#[test]
fn a_filter_that_counts_everything_keeps_the_alarm_in_alarm() {
    // Another pattern mends it if it is the chain's own, which is less to do.
    let finding = check(ID, &another("audit-trail", "", None)).findings.remove(0);
    assert!(finding.message.contains("filter another adds 1 for every event"), "{finding:?}");
    let own = format!("[{AT}.metric_filters.seen.audit-trail.secret-read]\nfilterPattern = \"\"\n");
    let judged = report(&own);
    assert_eq!(judged.verdict, Verdict::No);
    let finding = check(ID, &own).findings.remove(0);
    assert!(finding.message.contains("filter secret-read adds 1 for every event"), "{finding:?}");
    assert!(matches!(finding.fix.as_slice(), [Fix::Change(_)]));
}

#[test]
fn in_a_quiet_account_one_that_counts_everything_may_recover_in_between() {
    let quiet = r#"{ seen = [
        { Timestamp = "2026-01-05T09:30:00Z", Sum = 3.0 },
        { Timestamp = "2026-01-05T10:09:00Z", Sum = 7.0 },
    ] }"#;
    let scenario = format!(
        "[{AT}.metric_filters.seen.audit-trail.secret-read]\nfilterPattern = \"\"\n\
         [{AT}.incoming_log_events]\naudit-trail = {}\n",
        quiet.replace('\n', " ")
    );
    let judged = check(ID, &scenario);
    assert_eq!(judged.status, Status::Unknown, "{:?}", judged.findings);
    let reason = judged.unseen.unwrap().reason;
    assert!(reason.contains("minutes without any"), "{reason}");
}
