//! Accounts to serve.

use jiff::Timestamp;
use secmon_checks::CHECKLIST;
use secmon_core::baseline::{BaselineEntry, Expect, messages};
use secmon_core::route::{Pins, What};
use secmon_core::snapshot::{EventHistory, Observed, Scenario, Snapshot, Target};
use serde_json::{Value, json};

/// The healthy account with a merge-patch in TOML.
pub(crate) fn healthy_but(toml: &str) -> Snapshot {
    but(&Snapshot::healthy(), toml)
}

/// An account with a merge-patch in TOML.
pub(crate) fn but(snapshot: &Snapshot, toml: &str) -> Snapshot {
    let scenario = Scenario::from_toml(toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    scenario.apply(snapshot).unwrap_or_else(|error| panic!("{error}\n{toml}"))
}

/// The same account, whose histories are known, and empty: of alarms, and of every call that can break the
/// chain: the doctor looks there for who broke it.
pub(crate) fn with_quiet_history(mut snapshot: Snapshot) -> Snapshot {
    // IAM's calls are in Event history in us-east-1.
    let global = snapshot.targets.keys().map(|target| Target {
        account: target.account.clone(),
        region: "us-east-1".parse().expect("a Region"),
    });
    for target in global.collect::<Vec<_>>() {
        snapshot.targets.entry(target).or_default();
    }
    for observations in snapshot.targets.values_mut() {
        // Beside what the checks name, calls that may undo what evidence shows.
        let more = ["CreateTopic", "CreateTrail", "RetireGrant", "RevokeGrant", "UpdateAlias"];
        for name in CHECKLIST.iter().flat_map(|check| check.changed_by).chain(&more) {
            let history = observations.event_history.entry((*name).to_owned()).or_default();
            if history.is_not_asked() {
                *history = Observed::Seen(EventHistory::default());
            }
        }
        // Where the filters are hidden, the other alarms' as well.
        let Observed::Seen(alarms) = &observations.alarms else { continue };
        for name in alarms.metric_alarms.keys() {
            observations
                .alarm_histories
                .entry(name.clone())
                .or_insert_with(|| Observed::Seen(Vec::new()));
        }
    }
    snapshot
}

/// The same account, whose Event history is known, and empty, for exactly what the doctor looks up
/// after judging it.
pub(crate) fn with_history_of_doubts(mut snapshot: Snapshot) -> Snapshot {
    let entry = BaselineEntry::secret_access();
    let report = secmon_checks::run(&snapshot, &entry, &Pins::default());
    for read in secmon_checks::history_to_read(&snapshot, &report) {
        let What::LookupEvents { event_name } = read.what else {
            continue;
        };
        let history = Observed::Seen(EventHistory::default());
        let observations = snapshot.targets.entry(read.target).or_default();
        observations.event_history.insert(event_name, history);
    }
    snapshot
}

/// Adds a composite alarm above the alarm of the chain.
pub(crate) fn add_composite_alarm(snapshot: &mut Snapshot) {
    *snapshot = but(
        snapshot,
        r#"
[targets."123456789012/eu-west-1".alarms.seen.CompositeAlarms.all-quiet]
AlarmName = "all-quiet"
AlarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:all-quiet"
AlarmRule = 'ALARM("secret-read")'
ActionsEnabled = true
StateValue = "OK"
[targets."123456789012/eu-west-1".alarm_histories.all-quiet]
seen = []
"#,
    );
}

/// The healthy account with a second one of everything that is listed, so that every read there is
/// is made, and every listing has pages. Nothing of it changes the chain.
pub(crate) fn two_of_everything() -> Snapshot {
    let mut snapshot = healthy_but(include_str!("two-of-everything.toml"));
    add_composite_alarm(&mut snapshot);
    asked_again(snapshot)
}

/// A secret in eu-west-1 on a multi-Region trail that is at home in us-east-1: group, filter,
/// alarm, topic, key, role and bucket are read there.
pub(crate) fn homed_elsewhere() -> Snapshot {
    const ASKED: &str = "123456789012/eu-west-1";
    const HOME: &str = "123456789012/us-east-1";
    let mut snapshot: Value = json!(Snapshot::healthy());
    let asked = snapshot["targets"][ASKED].take();
    let moved: Value = serde_json::from_str(&asked.to_string().replace("eu-west-1", "us-east-1"))
        .expect("JSON with other Regions");
    let of_the_secret = ["secrets", "event_rules", "event_history"];
    let of_the_trail = ["trails", "trails_elsewhere"];
    let mut here = json!({
        "log_groups": { "seen": {} },
        "metric_filters": { "seen": {} },
        "alarms": { "seen": {} },
        "alarm_mute_rules": { "seen": {} },
    });
    let mut home = json!({});
    for (name, value) in moved.as_object().expect("observations") {
        if of_the_secret.contains(&name.as_str()) {
            here[name] = asked[name].clone();
        } else if of_the_trail.contains(&name.as_str()) {
            here[name] = value.clone();
        } else {
            home[name] = value.clone();
        }
    }
    snapshot["targets"] = json!({ ASKED: here, HOME: home });
    Snapshot::from_json(&snapshot.to_string()).expect("a snapshot of two targets")
}

/// Denies some reads of an account and fails others; none of them shows a fault, which would make
/// the doctor look for who caused it.
pub(crate) fn deny_and_fail_some(snapshot: &mut Snapshot) {
    *snapshot = but(
        snapshot,
        r#"
# Without the history of alarms nobody looks at what became of their notifications.
remove = ["/targets/123456789012~1eu-west-1/topics/arn:aws:sns:eu-west-1:123456789012:security-alerts/counters"]
[targets."123456789012/eu-west-1"]
event_rules = "denied: events:ListRules"
[targets."123456789012/eu-west-1".keys."arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f"]
policy = "denied: kms:GetKeyPolicy"
[targets."123456789012/eu-west-1".alarm_histories]
secret-read = "failed: in words of the collector"
[targets."123456789012/eu-west-1".topics."arn:aws:sns:eu-west-1:123456789012:security-alerts".subscriptions.seen."sms:+15555550100"]
attributes = "denied: sns:GetSubscriptionAttributes"
"#,
    );
}

/// The snapshot without what cannot survive the wire: the reasons of failures, which the collector
/// words in its own way, and milliseconds, because times are fractions of seconds in JSON and CBOR,
/// where the SDK makes 10.039 of 10.04.
pub(crate) fn comparable(snapshot: &Snapshot) -> Snapshot {
    fn cut(value: &mut Value) {
        match value {
            Value::String(text) if text.starts_with("failed: ") => {
                *text = "failed: somehow".to_owned();
            }
            Value::String(text) => {
                if let Ok(time) = text.parse::<Timestamp>() {
                    let second = Timestamp::from_second(time.as_second()).expect("a time");
                    *text = second.to_string();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(cut),
            Value::Object(fields) => fields.values_mut().for_each(cut),
            _ => {}
        }
    }
    let mut value = json!(snapshot);
    cut(&mut value);
    Snapshot::from_json(&value.to_string()).expect("still a snapshot")
}

/// The same account, in which AWS was asked about the canonical pattern and the messages that the
/// account now gives rise to: they name the secret as it was seen.
pub(crate) fn asked_again(mut snapshot: Snapshot) -> Snapshot {
    let entry = BaselineEntry::secret_access();
    for message in messages(&snapshot, &entry) {
        let matches = message.expect != Expect::MustNot;
        snapshot.pattern_tests.record(&entry.pattern, &message, matches);
    }
    snapshot
}

/// The same account, which also answers for the messages that are made up while the secret cannot
/// be seen: they name it by another ARN.
pub(crate) fn answering_without_the_secret(mut snapshot: Snapshot) -> Snapshot {
    let entry = BaselineEntry::secret_access();
    let mut unseen = snapshot.clone();
    for observations in unseen.targets.values_mut() {
        observations.secrets.clear();
    }
    for mut message in messages(&unseen, &entry) {
        message.label.push_str(", unseen");
        let matches = message.expect != Expect::MustNot;
        snapshot.pattern_tests.record(&entry.pattern, &message, matches);
    }
    snapshot
}
