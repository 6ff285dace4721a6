//! A whole chain over the wire: healthy ones, and each link broken in turn.

use secmon_core::baseline::BaselineEntry;
use secmon_core::route::{Pins, next_reads};
use secmon_core::snapshot::{EventHistory, Observed, Snapshot};
use serde_json::Value;

use crate::doctor::{Run, doctor, secmon};
use crate::snapshots::{
    self, asked_again, healthy_but, homed_elsewhere, two_of_everything, with_quiet_history,
};
use crate::wire::{Fault, Faults, Server};

/// What is asked of a broken chain: a patch to the healthy account, and the check that names it.
struct Broken {
    what: &'static str,
    check: &'static str,
    patch: &'static str,
}

static BROKEN: &[Broken] = &[
    Broken {
        what: "alarm Average with defaultValue 0",
        check: "alarm-statistic-counts-events",
        patch: r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
Statistic = "Average""#,
    },
    Broken {
        what: "stopped trail",
        check: "trail-is-logging",
        patch: r#"
[targets."123456789012/eu-west-1".trails.seen."arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail".status.seen]
IsLogging = false
StopLoggingTime = "2026-01-03T09:41:00Z""#,
    },
    Broken {
        what: "WriteOnly selector",
        check: "trail-records-its-events",
        patch: r#"
[targets."123456789012/eu-west-1".trails.seen."arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail".selectors.seen]
EventSelectors = [{ ReadWriteType = "WriteOnly", IncludeManagementEvents = true }]"#,
    },
    Broken {
        what: "wrong namespace",
        check: "alarm-watches-filter-metric",
        patch: r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
Namespace = "SecurityMetric""#,
    },
    Broken {
        what: "extra alarm dimension",
        check: "alarm-watches-filter-metric",
        patch: r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
Dimensions = [{ Name = "Trail", Value = "audit-trail" }]"#,
    },
    Broken {
        what: "no alarm actions",
        check: "alarm-notifies-a-topic",
        patch: r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmActions = []"#,
    },
    Broken {
        what: "alarm actions disabled",
        check: "alarm-actions-are-enabled",
        patch: r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
ActionsEnabled = false"#,
    },
    Broken {
        what: "deleted topic",
        check: "topic-exists",
        patch: r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts"]
attributes = "absent"
subscriptions = "absent""#,
    },
    Broken {
        what: "topic encrypted with alias/aws/sns",
        check: "topic-key-admits-its-publisher",
        patch: r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".attributes.seen]
KmsMasterKeyId = "alias/aws/sns"
[targets."123456789012/eu-west-1".keys."alias/aws/sns".metadata.seen]
Arn = "arn:aws:kms:eu-west-1:123456789012:key/7a6b5c4d-3e2f-4110-9897-a6b5c4d3e2f1"
KeyManager = "AWS"
KeyState = "Enabled""#,
    },
    Broken {
        what: "topic policy denies CloudWatch",
        check: "topic-admits-its-publisher",
        patch: r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".attributes.seen]
Policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"sns:Publish","Resource":"arn:aws:sns:eu-west-1:123456789012:security-alerts"},{"Sid":"NoAlarms","Effect":"Deny","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}]}'"#,
    },
    Broken {
        what: "no subscription",
        check: "topic-has-a-subscription",
        patch: r#"remove = ["/targets/123456789012~1eu-west-1/topics/arn:aws:sns:eu-west-1:123456789012:security-alerts/subscriptions/seen/email:soc@example.org"]"#,
    },
    Broken {
        what: "subscription not confirmed",
        check: "subscription-is-confirmed",
        patch: r#"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".subscriptions.seen."email:soc@example.org"]
SubscriptionArn = "PendingConfirmation""#,
    },
    Broken {
        what: "deleted secret",
        check: "secret-exists",
        patch: r#"
[targets."123456789012/eu-west-1".secrets]
TopSecretInfo = "absent""#,
    },
];

impl Broken {
    fn snapshot(&self) -> Snapshot {
        with_quiet_history(asked_again(healthy_but(self.patch)))
    }
}

/// A slot that nobody filled would be refused by the server.
#[test]
fn the_accounts_served_answer_everything_that_is_asked() {
    let mut accounts =
        vec![("healthy", Snapshot::healthy()), ("two of everything", two_of_everything())];
    accounts.push(("homed elsewhere", homed_elsewhere()));
    accounts.extend(BROKEN.iter().map(|broken| (broken.what, broken.snapshot())));
    for (name, account) in accounts {
        let left = next_reads(&account, &BaselineEntry::secret_access(), &Pins::default());
        assert!(left.is_empty(), "{name}: {left:#?}");
    }
}

#[test]
fn a_healthy_chain_is_yes_and_exits_0() {
    for (name, snapshot) in
        [("healthy", Snapshot::healthy()), ("two of everything", two_of_everything())]
    {
        let server = Server::start(snapshot, Faults::none());
        let run = doctor(&server, &[]);
        assert!(run.stdout.starts_with("YES"), "{name}: {}{}", run.stdout, run.stderr);
        assert_eq!((run.code, run.unexpected.as_slice()), (Some(0), &[][..]), "{name}");
        assert!(!run.asked.iter().any(|asked| asked.operation == "GetSecretValue"));
    }
}

#[test]
fn each_broken_link_is_named_first_and_exits_1() {
    let mut wrong = Vec::new();
    for broken in BROKEN {
        let Broken { what, check, .. } = broken;
        let server = Server::start(broken.snapshot(), Faults::none());
        let run = doctor(&server, &["-o", "json"]);
        let failed = if run.crashed() { Vec::new() } else { run.with("fail") };
        let first = failed.first().map(String::as_str);
        if (run.code, first) != (Some(1), Some(*check)) || !run.unexpected.is_empty() {
            let Run { code, stderr, unexpected, .. } = run;
            wrong.push(format!("{what}: {code:?} {failed:?} {unexpected:?} {stderr}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_statistic_is_named_with_its_arithmetic() {
    let average = BROKEN.iter().find(|broken| broken.check == "alarm-statistic-counts-events");
    let server = Server::start(average.expect("a case").snapshot(), Faults::none());
    let run = doctor(&server, &[]);
    assert!(run.stdout.starts_with("NO"), "{}{}", run.stdout, run.stderr);
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Average") && text.contains("0.025"), "{}", run.stdout);
}

#[test]
fn a_secret_on_a_trail_that_is_at_home_in_another_region_is_yes() {
    let server = Server::start(homed_elsewhere(), Faults::none());
    let run = doctor(&server, &[]);
    assert_eq!(run.code, Some(0), "{}{}{:#?}", run.stdout, run.stderr, run.unexpected);
    let at = |operation: &str| {
        let asked = run.asked.iter().filter(|asked| asked.operation == operation);
        let mut regions: Vec<&str> = asked.map(|asked| asked.region.as_str()).collect();
        regions.dedup();
        regions
    };
    assert_eq!(at("GetTrailStatus"), ["us-east-1"]);
    assert_eq!(at("GetTopicAttributes"), ["us-east-1"]);
    assert_eq!(at("DescribeSecret"), ["eu-west-1"]);
    assert!(at("DescribeAlarms").contains(&"us-east-1"));
}

#[test]
fn event_history_tells_who_broke_it() {
    let stopped = BROKEN.iter().find(|broken| broken.check == "trail-is-logging");
    let mut snapshot = stopped.expect("a case").snapshot();
    let history: EventHistory = serde_json::from_str(
        r#"{ "events": [{
            "EventId": "00000000-0000-4000-a000-000000000003",
            "EventName": "StopLogging",
            "EventTime": "2026-01-03T09:41:00Z",
            "Username": "deploy",
            "CloudTrailEvent": "{\"eventName\":\"StopLogging\",\"userIdentity\":{\"type\":\"AssumedRole\",\"sessionContext\":{\"sessionIssuer\":{\"userName\":\"deploy\"}}},\"requestParameters\":{\"name\":\"arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail\"}}"
        }] }"#,
    )
    .expect("a history");
    for observations in snapshot.targets.values_mut() {
        let history = Observed::Seen(history.clone());
        observations.event_history.insert("StopLogging".to_owned(), history);
    }
    let run = doctor(&Server::start(snapshot, Faults::none()), &["-o", "json"]);
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let checks = report["targets"][0]["entries"][0]["checks"].as_array().expect("checks");
    let logging = checks.iter().find(|check| check["id"] == "trail-is-logging").expect("listed");
    assert_eq!(logging["since"]["by"], "role deploy", "{logging:#}");
    assert_eq!(logging["since"]["time"], "2026-01-03T09:41:00Z");
}

/// The ARN of a trail or a secret tells the account too.
#[test]
fn without_an_identity_the_account_is_known_from_arns() {
    let faults = Faults::of("GetCallerIdentity", Fault::Deny);
    let server = Server::start(with_quiet_history(Snapshot::healthy()), faults);
    let run = doctor(&server, &[]);
    assert!(
        run.stdout.contains("account 123456789012 · eu-west-1"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    assert_eq!((run.code, run.unexpected.len()), (Some(0), 0), "{}", run.stdout);
}

#[test]
fn a_chain_that_reaches_only_others_is_no() {
    let server = Server::start(with_quiet_history(Snapshot::healthy()), Faults::none());
    let run = doctor(&server, &["--recipient", "ciso@example.org"]);
    assert_eq!(run.code, Some(1), "{}{}", run.stdout, run.stderr);
    let run = doctor(&server, &["--recipient", "soc@example.org"]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
}

#[test]
fn what_is_collected_is_what_is_served() {
    let mut mixed = two_of_everything();
    snapshots::deny_and_fail_some(&mut mixed);
    let mixed = snapshots::with_history_of_doubts(mixed);
    for (name, served, fault) in [
        ("healthy", Snapshot::healthy(), None),
        ("two of everything", two_of_everything(), None),
        ("homed elsewhere", homed_elsewhere(), None),
        ("denied and failed slots", mixed, None),
        ("in pages", two_of_everything(), Some(Fault::PagesOfOne)),
    ] {
        // Of what happened only the newest page is read, which a page of one is not.
        let faults = fault
            .map_or_else(Faults::none, Faults::everywhere)
            .except("LookupEvents")
            .except("DescribeAlarmHistory");
        let server = Server::start(served.clone(), faults);
        let run = secmon(&server, &["snapshot", "--secret", "TopSecretInfo"]);
        assert_eq!(run.code, Some(0), "{name}: {}", run.stderr);
        assert_eq!(run.unexpected, [""; 0], "{name}");
        let collected = Snapshot::from_json(&run.stdout)
            .unwrap_or_else(|error| panic!("{name}: {error}\n{}", run.stdout));
        let (collected, served) = (lines(&collected), lines(&served));
        let differ: Vec<_> =
            served.iter().zip(&collected).filter(|(served, found)| served != found).collect();
        assert!(differ.is_empty(), "{name}: served and collected: {differ:#?}");
        assert_eq!(served.len(), collected.len(), "{name}");
    }
}

fn lines(snapshot: &Snapshot) -> Vec<String> {
    let text = snapshots::comparable(snapshot).to_json();
    text.lines().map(str::to_owned).collect()
}

/// "read in N requests, M rounds", as `-v` says.
fn effort(run: &Run) -> (usize, usize) {
    let line = run.stdout.lines().find_map(|line| line.split_once("read in "));
    let (_, effort) = line.unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
    let numbers: Vec<usize> =
        effort.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    (numbers[0], numbers[1])
}

#[test]
fn no_run_depends_on_more_than_six_calls_in_a_row() {
    let average = r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
Statistic = "Average""#;
    for (what, snapshot) in [
        ("healthy", Snapshot::healthy()),
        ("homed in another Region", homed_elsewhere()),
        ("two of everything", two_of_everything()),
        ("broken, with look-ups after judging", healthy_but(average)),
    ] {
        let server = Server::start(with_quiet_history(snapshot), Faults::default());
        let run = doctor(&server, &["-v"]);
        let (requests, rounds) = effort(&run);
        println!("{what}: {requests} requests, {rounds} rounds");
        assert_eq!(requests, run.asked.len(), "{what}");
        assert!(rounds <= 6, "{what}: {rounds} rounds");
    }
}
