use secmon_core::report::{CheckReport, Status, Verdict};

use crate::log_alarm_fires_on_one_event::tests::log_alarm;
use crate::tests::{check, report};

const ID: &str = "log-alarm-finds-its-events";
const QUERY: &str = r#"'filter eventName in ["GetSecretValue", "BatchGetSecretValue"]'"#;

fn judged(query: &str) -> CheckReport {
    check(ID, &log_alarm(QUERY, &format!("'''{query}'''")))
}

#[test]
fn queries_that_find_every_read_are_healthy_however_they_are_written() {
    for query in [
        r#"fields @timestamp, @message | filter eventName like /GetSecretValue/ | sort @timestamp desc | limit 1"#,
        r#"filter eventName like /(?i)getsecretvalue/"#,
        r#"filter @message like "GetSecretValue""#,
        "fields @message",
    ] {
        assert_eq!(judged(query).status, Status::Pass, "{query}");
    }
}

#[test]
fn rows_that_a_limit_may_drop_are_unknown() {
    let query = r#"limit 1 | filter eventName in ["GetSecretValue", "BatchGetSecretValue"]"#;
    let found = judged(query);
    assert_eq!(found.status, Status::Unknown);
    assert!(found.unseen.unwrap().reason.contains("`limit` stands before a filter"));
    let limited = log_alarm(QUERY, &format!("'{query}'"));
    assert_eq!(report(&limited).verdict, Verdict::CannotTell);
}

#[test]
fn a_query_that_nobody_can_read_is_unknown_and_one_that_drops_reads_is_not() {
    for query in ["filter (", "parse @message '*' as x | filter x = 'y'"] {
        assert_eq!(judged(query).status, Status::Unknown, "{query}");
    }
    let drops = r#"filter eventName = "GetSecretsValue" | stats count(*)"#;
    assert_eq!(judged(drops).status, Status::Fail);
}
