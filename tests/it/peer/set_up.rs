//! Set-ups side by side on one server, each in an account of its own, and what is expected of them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::pin::Pin;
use std::sync::Arc;

use secmon_checks::CHECKLIST;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::account::{Account, SECRET};
use super::run::{Run, secmon};

/// What the doctor says of every check on the whole chain, and why it is not always "pass".
pub(super) static WHOLE: &[(&str, &str)] = &[
    ("secret-exists", "pass"),
    ("secret-is-not-scheduled-for-deletion", "pass"),
    ("trail-exists", "pass"),
    ("trail-covers-the-region", "pass"),
    ("trail-covers-the-replicas", "not_applicable"),
    ("trail-is-logging", "pass"),
    ("trail-records-its-events", "pass"),
    ("trail-names-a-log-group", "pass"),
    ("log-group-is-where-the-filters-are", "pass"),
    ("trail-validates-its-log-files", "warn"),
    ("management-events-are-recorded-once", "pass"),
    ("log-group-exists", "pass"),
    ("log-group-class-is-standard", "pass"),
    ("log-group-key-is-usable", "not_applicable"),
    ("delivery-role-admits-cloudtrail", "pass"),
    ("delivery-role-may-write", "pass"),
    // ministack delivers nothing, and a trail that was started a moment ago need not have yet.
    ("trail-delivers-to-log-group", "unknown"),
    ("trail-delivers-to-bucket", "pass"),
    ("log-group-has-a-metric-filter", "pass"),
    ("filter-can-match", "pass"),
    ("filter-matches-its-events", "pass"),
    ("filter-selects-the-secrets-events", "pass"),
    ("transformer-keeps-the-filters-fields", "not_applicable"),
    ("filter-matches-what-it-should", "pass"),
    ("filter-ignores-other-events", "pass"),
    ("filter-pattern-says-what-it-means", "pass"),
    // ministack knows no TestMetricFilter: there is no second reading of the pattern.
    ("filter-pattern-is-understood", "not_applicable"),
    ("filter-counts-one-per-event", "pass"),
    ("alarm-watches-filter-metric", "pass"),
    ("metric-tells-reads-from-other-events", "pass"),
    ("alarm-statistic-counts-events", "pass"),
    ("alarm-threshold-is-reached-by-one-event", "pass"),
    ("alarm-evaluates-one-event", "pass"),
    ("alarm-fires-within-minutes", "pass"),
    ("alarm-recovers-after-an-event", "pass"),
    ("log-alarm-queries-the-log-group", "not_applicable"),
    ("log-alarm-is-evaluated", "not_applicable"),
    ("log-alarm-finds-its-events", "not_applicable"),
    ("log-alarm-fires-on-one-event", "not_applicable"),
    ("alarm-is-ready-again-within-an-hour", "pass"),
    ("alarm-is-not-stuck-in-alarm", "pass"),
    ("alarm-actions-are-enabled", "pass"),
    // ministack knows no ListAlarmMuteRules.
    ("alarm-is-not-muted", "unknown"),
    ("alarm-notifies-a-topic", "pass"),
    ("rule-receives-read-events", "not_applicable"),
    ("rule-matches-its-events", "not_applicable"),
    ("rule-matches-what-it-should", "not_applicable"),
    ("rule-ignores-other-events", "not_applicable"),
    ("rule-targets-a-topic", "not_applicable"),
    ("topic-exists", "pass"),
    ("topic-can-send-mail", "pass"),
    ("topic-is-in-the-alarms-region", "pass"),
    ("topic-admits-its-publisher", "pass"),
    // The topic is not encrypted.
    ("topic-key-admits-its-publisher", "not_applicable"),
    ("topic-gets-no-log-file-notifications", "pass"),
    ("topic-has-a-subscription", "pass"),
    ("subscription-is-confirmed", "pass"),
    ("subscription-passes-alarm-messages", "pass"),
    ("phone-number-takes-messages", "not_applicable"),
    ("subscription-reaches-a-human", "pass"),
    ("last-read-reached-log-group", "not_applicable"),
    ("last-read-was-counted", "not_applicable"),
    ("last-alarm-ran-its-actions", "not_applicable"),
    // ministack writes no action into an alarm's history.
    ("last-alarm-action-succeeded", "not_applicable"),
    ("topic-delivers-its-messages", "not_applicable"),
];

/// Something done to an account.
pub(super) type Doing<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// An account, and what the doctor must say of it.
pub(super) struct SetUp {
    /// What is special about it.
    pub(super) what: &'static str,
    /// What is done after the whole chain was built.
    pub(super) then: for<'a> fn(&'a Account) -> Doing<'a>,
    /// The exit code.
    pub(super) code: i32,
    /// The checks whose status is not that of [`WHOLE`].
    pub(super) but: &'static [&'static [(&'static str, &'static str)]],
}

/// How many set-ups are built and judged at once.
const AT_ONCE: usize = 4;

/// Builds every set-up in an account of its own, asks the doctor, and compares every status.
pub(super) async fn judge_all(url: &str, set_ups: &'static [SetUp]) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut judging = JoinSet::new();
    for (set_up, number) in set_ups.iter().zip(100_000_000_001..) {
        let (places, account) = (Arc::clone(&places), Account::new(url, number));
        judging.spawn(async move {
            let _place = places.acquire().await.expect("a place");
            account.build().await;
            (set_up.then)(&account).await;
            let run = doctor(&account, &[]).await;
            differences(set_up, &run)
        });
    }
    let mut wrong: Vec<String> = judging.join_all().await.into_iter().flatten().collect();
    wrong.sort();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Asks the doctor about the secret, as the account's root user.
pub(super) async fn doctor(account: &Account, more: &[&str]) -> Run {
    let arguments = ["doctor", "--secret", SECRET, "-o", "json"];
    secmon(&account.url, &account.root, &[&arguments, more].concat()).await
}

/// What differs from what is expected, if anything.
pub(super) fn differences(set_up: &SetUp, run: &Run) -> Option<String> {
    let mut said = String::new();
    if run.crashed() {
        writeln!(said, "    crashed: {}", run.stderr).expect("a string");
    } else {
        if run.code != Some(set_up.code) {
            writeln!(said, "    exit {:?}, not {}", run.code, set_up.code).expect("a string");
        }
        let (expected, found) = (expected(set_up.but), run.statuses());
        let checks = run.checks();
        for id in expected.keys().chain(found.keys().filter(|id| !expected.contains_key(*id))) {
            let none = "not reported".to_owned();
            let expected = expected.get(id).unwrap_or(&none);
            let found = found.get(id).unwrap_or(&none);
            if expected != found {
                let check = &checks.get(id).cloned().unwrap_or_default();
                writeln!(said, "    {id}: {found}, not {expected}").expect("a string");
                for part in ["findings", "unseen", "reason"] {
                    if !check[part].is_null() {
                        writeln!(said, "        {}", check[part]).expect("a string");
                    }
                }
            }
        }
    }
    (!said.is_empty()).then(|| format!("{}\n{said}", set_up.what))
}

fn expected(but: &[&[(&str, &str)]]) -> BTreeMap<String, String> {
    let both = WHOLE.iter().chain(but.iter().copied().flatten());
    both.map(|(id, status)| ((*id).to_owned(), (*status).to_owned())).collect()
}

#[test]
fn the_table_names_every_check() {
    let ids: Vec<&str> = WHOLE.iter().map(|(id, _)| *id).collect();
    let checklist: Vec<&str> = CHECKLIST.iter().map(|check| check.id).collect();
    assert_eq!(ids, checklist);
}
