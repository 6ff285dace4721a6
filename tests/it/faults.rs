//! Every operation × everything that can go wrong with it.
//!
//! The account is healthy, so that only the fault can change the answer. Exit codes are kept in
//! `faults.txt`; `UPDATE=1 cargo test --test it faults` rewrites it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::doctor::doctor;
use crate::snapshots::{answering_without_the_secret, two_of_everything, with_quiet_history};
use crate::wire::{Fault, Faults, OPERATIONS, Server};

/// What depends on an operation.
struct Feeds {
    operation: &'static str,
    /// The exit code while the operation shows nothing.
    unseen: i32,
    /// Checks that must not pass then.
    checks: &'static [&'static str],
}

const fn breaking(operation: &'static str, checks: &'static [&'static str]) -> Feeds {
    Feeds { operation, unseen: 3, checks }
}

const fn degrading(operation: &'static str, checks: &'static [&'static str]) -> Feeds {
    Feeds { operation, unseen: 0, checks }
}

/// AssumeRole is not here: without a role there is nobody to ask as, and that is exit code 2.
static FEEDS: &[Feeds] = &[
    // The account is known from ARNs too.
    degrading("GetCallerIdentity", &[]),
    breaking("DescribeSecret", &["secret-exists", "secret-is-not-scheduled-for-deletion"]),
    breaking(
        "DescribeTrails",
        &["trail-exists", "trail-covers-the-region", "trail-is-logging", "trail-names-a-log-group"],
    ),
    degrading("ListTrails", &[]),
    breaking("GetTrailStatus", &["trail-is-logging", "trail-delivers-to-log-group"]),
    breaking("GetEventSelectors", &["trail-records-its-events"]),
    degrading("LookupEvents", &["last-read-reached-log-group"]),
    breaking("DescribeLogGroups", &["log-group-exists", "log-group-class-is-standard"]),
    breaking(
        "DescribeMetricFilters",
        &["log-group-has-a-metric-filter", "filter-can-match", "filter-matches-its-events"],
    ),
    // Of the two filters on the group, the one of the chain sees events as they came.
    degrading("GetTransformer", &[]),
    degrading("DescribeAccountPolicies", &[]),
    // The pattern is one that secmon reads for certain by itself; it cannot be compared then.
    degrading("TestMetricFilter", &["filter-pattern-is-understood"]),
    degrading("FilterLogEvents", &["last-read-reached-log-group", "last-read-was-counted"]),
    degrading("GetMetricStatistics", &["last-read-was-counted", "topic-delivers-its-messages"]),
    breaking(
        "DescribeAlarms",
        &[
            "alarm-watches-filter-metric",
            "alarm-statistic-counts-events",
            "alarm-actions-are-enabled",
            "alarm-notifies-a-topic",
        ],
    ),
    degrading("DescribeAlarmHistory", &["last-alarm-action-succeeded"]),
    breaking("ListAlarmMuteRules", &["alarm-is-not-muted"]),
    breaking("GetAlarmMuteRule", &["alarm-is-not-muted"]),
    breaking("GetTopicAttributes", &["topic-exists", "topic-admits-its-publisher"]),
    breaking(
        "ListSubscriptionsByTopic",
        &["topic-has-a-subscription", "subscription-is-confirmed"],
    ),
    breaking("GetSubscriptionAttributes", &["subscription-passes-alarm-messages"]),
    // A mailbox is told as well as the phone.
    degrading("GetSMSSandboxAccountStatus", &[]),
    degrading("ListSMSSandboxPhoneNumbers", &[]),
    degrading("GetSMSAttributes", &[]),
    degrading("CheckIfPhoneNumberIsOptedOut", &[]),
    // The alarm's last action went through the key, and nobody changed it since.
    degrading("DescribeKey", &["topic-key-admits-its-publisher"]),
    degrading("GetKeyPolicy", &["topic-key-admits-its-publisher"]),
    // The policies admit what publishes: nobody needs to know more.
    degrading("ListGrants", &[]),
    degrading("DescribeOrganization", &[]),
    // What may have changed since is known where the role and all its policies are.
    breaking("GetRole", &["delivery-role-may-write"]),
    // A read came through the role into the log group, and nobody changed it since.
    degrading("ListRolePolicies", &["delivery-role-may-write"]),
    degrading("GetRolePolicy", &["delivery-role-may-write"]),
    breaking("ListAttachedRolePolicies", &["delivery-role-may-write"]),
    degrading("GetPolicy", &["delivery-role-may-write"]),
    degrading("GetPolicyVersion", &["delivery-role-may-write"]),
    degrading("GetBucketPolicy", &["trail-delivers-to-bucket"]),
    degrading("ListRules", &[]),
    degrading("ListTargetsByRule", &[]),
];

/// Name, fault, and whether the operation shows nothing because of it.
static FAULTS: &[(&str, Fault, bool)] = &[
    ("denied", Fault::Deny, true),
    ("500", Fault::ServerError, true),
    ("time-out", Fault::Timeout, true),
    ("malformed", Fault::Malformed, true),
    ("truncated", Fault::Truncated, true),
    ("halved", Fault::Halved, true),
    ("throttled", Fault::ThrottleThenOk(1), false),
    ("pages", Fault::PagesOfOne, false),
];

/// Runs at a time; they wait most of their time.
const WORKERS: usize = 8;

struct Ran {
    code: Option<i32>,
    problems: Vec<String>,
}

fn run(feeds: &Feeds, fault: Fault, hides: bool) -> Ran {
    let snapshot = with_quiet_history(answering_without_the_secret(two_of_everything()));
    let server = Server::start(snapshot, Faults::of(feeds.operation, fault));
    let timeout = if fault == Fault::Timeout { "3" } else { "60" };
    let run = doctor(&server, &["-o", "json", "--timeout", timeout]);
    let mut problems = Vec::new();
    if run.crashed() {
        problems.push(format!("crashed with {:?}: {}", run.code, run.stderr));
        return Ran { code: run.code, problems };
    }
    if !run.asked.iter().any(|asked| asked.operation == feeds.operation) {
        problems.push("the operation was never called".to_owned());
    }
    let allowed: &[i32] = match (hides, feeds.unseen, fault) {
        (false, ..) => &[0],
        (true, 3, _) => &[3],
        // What hangs may use up the time of what comes after it.
        (true, _, Fault::Timeout) => &[0, 3],
        (true, ..) => &[0],
    };
    if run.code.is_none_or(|code| !allowed.contains(&code)) {
        problems.push(format!(
            "exit code {:?}, not {allowed:?}; failed {:?}, unknown {:?}; {}",
            run.code,
            run.with("fail"),
            run.with("unknown"),
            run.stderr
        ));
    }
    if hides {
        let passed = run.passed_by_sight();
        let wrong = feeds.checks.iter().filter(|check| passed.iter().any(|id| id == *check));
        problems.extend(wrong.map(|check| format!("{check} passes all the same")));
    }
    problems.extend(run.unexpected);
    Ran { code: run.code, problems }
}

#[test]
fn the_table_names_every_operation() {
    let mut answered: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
    answered.retain(|name| *name != "AssumeRole");
    let tested: Vec<&str> = FEEDS.iter().map(|feeds| feeds.operation).collect();
    assert_eq!(answered, tested);
    let known: Vec<&str> = secmon_checks::CHECKLIST.iter().map(|check| check.id).collect();
    for check in FEEDS.iter().flat_map(|feeds| feeds.checks) {
        assert!(known.contains(check), "{check} is no check");
    }
}

#[test]
fn whatever_goes_wrong_nothing_unseen_passes_and_nothing_panics() {
    let cases: Vec<(&Feeds, &(&str, Fault, bool))> =
        FEEDS.iter().flat_map(|feeds| FAULTS.iter().map(move |fault| (feeds, fault))).collect();
    let next = AtomicUsize::new(0);
    let results: Mutex<BTreeMap<usize, Ran>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((feeds, (_, fault, hides))) = cases.get(index) else {
                        break;
                    };
                    let ran = run(feeds, *fault, *hides);
                    results.lock().expect("the results").insert(index, ran);
                }
            });
        }
    });
    let results = results.into_inner().expect("the results");
    let mut table = format!("{:<26}", "exit codes");
    for (name, ..) in FAULTS {
        write!(table, "{name:>10}").expect("text");
    }
    let mut problems = String::new();
    for (index, ran) in &results {
        let (feeds, (fault, ..)) = cases[*index];
        if index % FAULTS.len() == 0 {
            write!(table, "\n{:<26}", feeds.operation).expect("text");
        }
        let code = ran.code.map_or("signal".to_owned(), |code| code.to_string());
        write!(table, "{code:>10}").expect("text");
        for problem in &ran.problems {
            writeln!(problems, "{} {fault}: {problem}", feeds.operation).expect("text");
        }
    }
    table.push('\n');
    println!("{table}");
    assert!(problems.is_empty(), "{problems}\n{table}");
    golden(&table);
}

#[test]
fn a_listing_that_never_ends_is_not_seen() {
    for operation in ["DescribeMetricFilters", "DescribeAlarms", "ListSubscriptionsByTopic"] {
        let faults = Faults::of(operation, Fault::RepeatedToken);
        let server = Server::start(with_quiet_history(two_of_everything()), faults);
        let run = doctor(&server, &["--timeout", "20"]);
        assert_eq!(run.code, Some(3), "{operation}: {}{}", run.stdout, run.stderr);
    }
}

fn golden(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, table).expect("faults.txt");
        return;
    }
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(before, table, "run UPDATE=1 cargo test --test it faults");
}
