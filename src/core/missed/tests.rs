use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::finding::{Effect, Finding, Severity, Unseen};
use crate::report::{CheckReport, EntryReport, Status, Verdict};
use crate::route::{AlarmId, Chain, FilterId, Hop, LogGroupId, Notifier, OtherWay, Route};
use crate::snapshot::{
    AlarmHistoryItem, CompositeAlarm, Event, MetricAlarm, Observations, Observed,
};

mod generated;

const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail";
const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:security-alerts";

/// The healthy account with a past. Its doctor looks at a few links only.
struct Account {
    snapshot: Snapshot,
    past: Past,
    composite: Option<&'static str>,
    other_ways: Vec<OtherWay>,
}

fn target() -> Target {
    Target::try_from("123456789012/eu-west-1".to_owned()).unwrap()
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

impl Account {
    fn healthy() -> Self {
        let mut past = Past::default();
        for name in ["GetSecretValue", "BatchGetSecretValue"] {
            past.events.insert((target(), name.to_owned()), Observed::Seen(Vec::new()));
        }
        past.alarm_histories.insert((target(), "secret-read".to_owned()), Observed::Seen(vec![]));
        Self { snapshot: Snapshot::healthy(), past, composite: None, other_ways: Vec::new() }
    }

    fn here(&mut self) -> &mut Observations {
        self.snapshot.targets.get_mut(&target()).unwrap()
    }

    fn alarm(&mut self) -> &mut MetricAlarm {
        let alarms = self.here().alarms.seen_mut().unwrap();
        alarms.metric_alarms.get_mut("secret-read").unwrap()
    }

    fn event(&mut self, name: &str, time: &str, whole: Value) {
        let slot = self.past.events.entry((target(), name.to_owned())).or_default();
        let mut events = slot.seen().cloned().unwrap_or_default();
        events.push(Event {
            event_id: format!("{name}-{}", events.len()),
            event_name: name.to_owned(),
            event_time: at(time),
            username: None,
            cloud_trail_event: Some(whole.to_string()),
        });
        *slot = Observed::Seen(events);
    }

    fn read(&mut self, time: &str) {
        let whole = json!({
            "userIdentity": { "type": "IAMUser", "userName": "alice" },
            "eventSource": "secretsmanager.amazonaws.com", "eventName": "GetSecretValue",
            "sourceIPAddress": "192.0.2.1", "requestID": time.replace(':', "-"),
            "requestParameters": { "secretId": "TopSecretInfo" },
        });
        self.event("GetSecretValue", time, whole);
    }

    fn change(&mut self, name: &str, time: &str, request: Value) {
        let identity = json!({ "type": "IAMUser", "userName": "bob" });
        let whole = json!({ "userIdentity": identity, "requestParameters": request });
        self.event(name, time, whole);
    }

    fn items(&mut self, alarm: &str, mut items: Vec<AlarmHistoryItem>) {
        let key = (target(), alarm.to_owned());
        let slot = self.past.alarm_histories.entry(key).or_default();
        let mut all = slot.seen().cloned().unwrap_or_default();
        all.append(&mut items);
        *slot = Observed::Seen(all);
    }

    /// The alarm goes off for reads in the minute that begins then, and recovers.
    fn alert(&mut self, minute: &str, sum: f64, until: &str) {
        let minute = at(minute);
        let off = minute + SignedDuration::from_secs(77);
        let said = minute.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string();
        let data = json!({ "statistic": "Sum", "period": 60, "evaluatedDatapoints": [
            { "timestamp": said, "sampleCount": 40.0, "value": sum },
        ] });
        let items = vec![state(off, "OK", "ALARM", data), action(off), ok(at(until))];
        self.items("secret-read", items);
    }

    fn entry(&self, snapshot: &Snapshot) -> EntryReport {
        let arn = |text: &str| text.parse().unwrap();
        let name = "secret-read".to_owned();
        let group = "audit-trail".to_owned();
        EntryReport {
            entry: "secret-access".to_owned(),
            asked: snapshot.asked[0].clone(),
            verdict: Verdict::Yes,
            chain: Chain {
                asked: snapshot.asked[0].clone(),
                route: Route::FilterAlarm,
                query: Hop::Nothing,
                rule: Hop::Nothing,
                trail: Hop::Joined(arn(TRAIL)),
                log_group: Hop::Joined(LogGroupId { target: target(), name: group.clone() }),
                filter: Hop::Joined(FilterId {
                    target: target(),
                    log_group: group,
                    name: name.clone(),
                }),
                alarm: Hop::Joined(AlarmId {
                    target: target(),
                    name,
                    notifier: match self.composite {
                        Some(above) => Notifier::Composite(above.to_owned()),
                        None => Notifier::Own,
                    },
                }),
                topic: Hop::Joined(TOPIC.parse().unwrap()),
                subscription: Hop::Joined("email:soc@example.org".to_owned()),
            },
            others: Vec::new(),
            other_ways: self.other_ways.clone(),
            told: Vec::new(),
            checks: checks(snapshot),
        }
    }

    fn report(&self, snapshot: &Snapshot) -> Report {
        let entries = vec![self.entry(snapshot)];
        Report { taken_at: snapshot.taken_at, entries, notes: Vec::new() }
    }

    fn judge(&self) -> Missed {
        let from = past::back(self.snapshot.taken_at, EVENT_HISTORY);
        let report = self.report(&self.snapshot);
        let entry = BaselineEntry::secret_access();
        judge(&self.snapshot, &entry, &report, &self.past, from, &|then| self.report(then))
    }

    /// The fates of all reads, in order of time.
    fn fates(&self) -> Vec<Fate> {
        self.judge().reads().map(|read| read.fate.clone()).collect()
    }

    fn fate(&self) -> Fate {
        let mut fates = self.fates();
        assert_eq!(fates.len(), 1);
        fates.pop().unwrap()
    }
}

fn state(at: Timestamp, from: &str, to: &str, data: Value) -> AlarmHistoryItem {
    let new = json!({ "stateValue": to, "stateReasonData": data });
    let data = json!({ "oldState": { "stateValue": from }, "newState": new });
    AlarmHistoryItem {
        timestamp: at,
        history_item_type: "StateUpdate".to_owned(),
        history_summary: format!("Alarm updated from {from} to {to}"),
        history_data: Some(data.to_string()),
    }
}

fn ok(at: Timestamp) -> AlarmHistoryItem {
    state(at, "ALARM", "OK", Value::Null)
}

fn action(off: Timestamp) -> AlarmHistoryItem {
    AlarmHistoryItem {
        timestamp: off + SignedDuration::from_millis(55),
        history_item_type: "Action".to_owned(),
        history_summary: format!("Successfully executed action {TOPIC}"),
        history_data: None,
    }
}

/// What a doctor says of trail, filter, statistic, subscription and its filter policy.
fn checks(snapshot: &Snapshot) -> Vec<CheckReport> {
    let here = snapshot.at(&target());
    let trail = here.trail(&TRAIL.parse().unwrap());
    let logging = match trail.map(|trail| trail.status.as_ref()) {
        Some(Observed::Seen(status)) => Ok(status.is_logging),
        Some(Observed::Failed { reason }) => Err(reason),
        _ => Ok(false),
    };
    let filter = match &here.metric_filters {
        Observed::Failed { reason } => Err(reason.clone()),
        filters => Ok(filters.seen().is_some_and(|groups| !groups["audit-trail"].is_empty())),
    };
    let alarms = here.alarms.as_ref();
    let sums = match alarms {
        Observed::Failed { reason } => Err(reason),
        alarms => Ok(alarms.seen().is_some_and(|alarms| {
            let alarm = alarms.metric_alarms.get("secret-read");
            alarm.is_some_and(|alarm| alarm.statistic.as_deref() == Some("Sum"))
        })),
    };
    let subscribed = match &here.topics[&TOPIC.parse().unwrap()].subscriptions {
        Observed::Failed { reason } => Err(reason.clone()),
        all => Ok(all
            .seen()
            .is_some_and(|all| all.values().any(|one| one.subscription_arn.starts_with("arn:")))),
    };
    let subscriptions = here.topics[&TOPIC.parse().unwrap()].subscriptions.seen();
    let mut takes = Ok(true);
    for subscription in subscriptions.into_iter().flat_map(BTreeMap::values) {
        match &subscription.attributes {
            Observed::Failed { reason } => takes = Err(reason.clone()),
            of => takes = Ok(of.seen().is_none_or(|of| of.filter_policy.is_none())),
        }
    }
    vec![
        check("trail-is-logging", Stage::Trail, logging),
        check("log-group-has-a-metric-filter", Stage::Filter, filter),
        check("alarm-statistic-counts-events", Stage::Alarm, sums),
        check("subscription-is-confirmed", Stage::Subscription, subscribed),
        check("filter-policy-passes-alarms", Stage::Subscription, takes),
    ]
}

fn check(id: &'static str, stage: Stage, holds: Result<bool, String>) -> CheckReport {
    CheckReport {
        id,
        stage,
        title: id,
        severity: Severity::Critical,
        effect: Effect::Breaks,
        status: match holds {
            Ok(true) => Status::Pass,
            Ok(false) => Status::Fail,
            Err(_) => Status::Unknown,
        },
        findings: vec![Finding::new("it", format!("not {id}"))],
        unseen: holds.err().map(|reason| Unseen::because("the link", reason)),
        reason: None,
        since: None,
        symptom_of: None,
        proven: None,
        lookups: BTreeSet::new(),
    }
}

fn broken(fate: &Fate) -> &BrokenLink {
    match fate {
        Fate::Missed(Cause::Broken(link)) => link,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_read_is_told_by_the_alarm_that_its_datapoint_set_off() {
    let mut account = Account::healthy();
    account.read("2026-01-03T09:00:00Z");
    account.alert("2026-01-03T09:04:00Z", 1.0, "2026-01-03T09:07:17Z");
    let at = at("2026-01-03T09:05:17.055Z");
    assert_eq!(account.fate(), Fate::Told { alarm: "secret-read".to_owned(), at, with: None });
}

/// The datapoint, not the time of the alarm, says which reads it can be about.
#[test]
fn an_alarm_about_a_minute_before_the_read_or_long_after_tells_nobody_of_it() {
    for minute in ["2026-01-03T08:58:00Z", "2026-01-03T09:16:00Z"] {
        let mut account = Account::healthy();
        account.read("2026-01-03T09:00:00Z");
        account.alert(minute, 1.0, "2026-01-03T09:18:17Z");
        assert!(!matches!(account.fate(), Fate::Told { .. }), "{minute}");
    }
}

#[test]
fn of_more_reads_than_the_sum_the_later_ones_are_not_told() {
    let mut account = Account::healthy();
    for time in ["2026-01-03T09:00:00Z", "2026-01-03T09:00:30Z", "2026-01-03T09:01:00Z"] {
        account.read(time);
    }
    account.alert("2026-01-03T09:04:00Z", 2.0, "2026-01-03T09:17:17Z");
    let fates = account.fates();
    assert!(matches!(fates[0], Fate::Told { with: None, .. }));
    let first = Some(at("2026-01-03T09:00:00Z"));
    assert!(matches!(&fates[1], Fate::Told { with, .. } if *with == first), "{:?}", fates[1]);
    let since = Some(at("2026-01-03T09:05:17Z"));
    assert!(matches!(&fates[2], Fate::Missed(Cause::InAlarm { since: s, .. }) if *s == since));
}

#[test]
fn a_state_that_somebody_set_is_about_no_read() {
    let mut account = Account::healthy();
    account.read("2026-01-03T09:00:00Z");
    let (set, reset) = (at("2026-01-03T09:05:00Z"), at("2026-01-03T09:30:00Z"));
    let items = vec![state(set, "OK", "ALARM", Value::Null), action(set), ok(reset)];
    account.items("secret-read", items);
    assert!(matches!(account.fate(), Fate::Missed(Cause::InAlarm { .. })));
}

/// Long histories are cut off at 4,095 characters: then the time decides.
#[test]
fn a_cut_off_reason_is_taken_by_its_time() {
    for (time, told) in [("2026-01-03T09:05:00Z", true), ("2026-01-03T09:25:00Z", false)] {
        let mut account = Account::healthy();
        account.read("2026-01-03T09:00:00Z");
        let mut item = state(at(time), "OK", "ALARM", Value::Null);
        item.history_data = Some(r#"{"oldState":{"stateValue":"OK"},"newSt"#.to_owned());
        account.items("secret-read", vec![item, action(at(time)), ok(at("2026-01-03T09:26:00Z"))]);
        assert_eq!(matches!(account.fate(), Fate::Told { .. }), told, "{time}");
    }
}

#[test]
fn a_failed_action_is_told_with_awss_text() {
    let mut account = Account::healthy();
    account.read("2026-01-03T09:00:00Z");
    account.alert("2026-01-03T09:04:00Z", 1.0, "2026-01-03T09:07:17Z");
    let history = account.past.alarm_histories.values_mut().next().unwrap().seen_mut().unwrap();
    let text = r#"{"actionState":"Failed","error":"not authorized"}"#;
    history[1].history_data = Some(text.to_owned());
    let error = Some("not authorized".to_owned());
    let fate = account.fate();
    assert!(
        matches!(&fate, Fate::Missed(Cause::ActionFailed { error: e, .. }) if *e == error),
        "{fate:?}"
    );
}

#[test]
fn of_a_trail_that_was_stopped_who_stopped_it_and_who_started_it() {
    let mut account = Account::healthy();
    account.change("StopLogging", "2026-01-03T08:00:00Z", json!({ "name": TRAIL }));
    account.read("2026-01-03T09:00:00Z");
    account.change("StartLogging", "2026-01-03T10:00:00Z", json!({ "name": "audit-trail" }));
    let fate = account.fate();
    let link = broken(&fate);
    assert_eq!(link.check, "trail-is-logging");
    let words = |since: &Option<Since>| since.as_ref().map(|since| since.event_name.clone());
    assert_eq!(words(&link.since).as_deref(), Some("StopLogging"));
    assert_eq!(words(&link.until).as_deref(), Some("StartLogging"));
    // Before and after it nothing was broken, and still nothing went off.
    account.past.events.remove(&(target(), "GetSecretValue".to_owned()));
    account.read("2026-01-03T07:00:00Z");
    account.read("2026-01-03T11:00:00Z");
    let unexplained = Fate::Missed(Cause::Unexplained { unseen: None });
    assert_eq!(account.fates(), [unexplained.clone(), unexplained]);
}

/// Whoever starts a trail that ran already changes nothing.
#[test]
fn that_a_trail_was_started_does_not_say_that_it_had_been_stopped() {
    let mut account = Account::healthy();
    account.read("2026-01-03T09:00:00Z");
    account.change("StartLogging", "2026-01-03T10:00:00Z", json!({ "name": TRAIL }));
    let fate = account.fate();
    assert!(
        matches!(&fate, Fate::Missed(Cause::Unexplained { unseen: Some(why) })
            if why.contains("StartLogging by user bob")),
        "{fate:?}"
    );
    // Unless its status tells of a stop before.
    let here = account.here();
    let trail = here.trail_mut(&TRAIL.parse().unwrap()).unwrap();
    trail.status.seen_mut().unwrap().stop_logging_time = Some(at("2025-09-01T00:00:00Z"));
    assert_eq!(broken(&account.fate()).check, "trail-is-logging");
}

#[test]
fn a_trail_that_was_made_later_recorded_nothing() {
    let mut account = Account::healthy();
    account.read("2026-01-03T09:00:00Z");
    account.change("CreateTrail", "2026-01-03T10:00:00Z", json!({ "name": "audit-trail" }));
    assert_eq!(broken(&account.fate()).check, "trail-is-logging");
}

fn filter_request(pattern: &str) -> Value {
    json!({
        "logGroupName": "audit-trail", "filterName": "secret-read", "filterPattern": pattern,
        "metricTransformations": [{
            "metricName": "SecretIsAccessed", "metricNamespace": "SecurityMetrics",
            "metricValue": "1", "defaultValue": 0.0,
        }],
    })
}

/// A filter of then that matches another event is to blame for this read, though it is mended.
#[test]
fn a_filter_is_as_the_last_call_before_set_it() {
    let mut account = Account::healthy();
    let of_another = filter_request(r#"{ $.requestParameters.secretId = "other" }"#);
    account.change("PutMetricFilter", "2026-01-02T00:00:00Z", of_another);
    account.read("2026-01-03T09:00:00Z");
    account.change("PutMetricFilter", "2026-01-03T10:00:00Z", filter_request("{ $.a = 1 }"));
    let fate = account.fate();
    assert_eq!(broken(&fate).check, "filter-matches-its-events");
    // Without the first call nobody knows how it was.
    account.past.events.remove(&(target(), "PutMetricFilter".to_owned()));
    account.change("PutMetricFilter", "2026-01-03T10:00:00Z", filter_request("{ $.a = 1 }"));
    let fate = account.fate();
    assert!(
        matches!(&fate, Fate::Missed(Cause::Unexplained { unseen: Some(why) })
            if why.contains("PutMetricFilter by user bob on 2026-01-03 10:00 UTC")),
        "{fate:?}"
    );
    // A deleted one was there until then.
    let request = json!({ "logGroupName": "audit-trail", "filterName": "secret-read" });
    account.past.events.remove(&(target(), "PutMetricFilter".to_owned()));
    account.change("DeleteMetricFilter", "2026-01-03T08:00:00Z", request);
    account.change("PutMetricFilter", "2026-01-03T10:00:00Z", filter_request("{ $.a = 1 }"));
    assert_eq!(broken(&account.fate()).check, "log-group-has-a-metric-filter");
}

#[test]
fn an_alarm_is_as_the_last_call_before_set_it_or_as_its_history_says() {
    let request = json!({
        "alarmName": "secret-read", "statistic": "Average", "metricName": "SecretIsAccessed",
        "namespace": "SecurityMetrics", "period": 60, "evaluationPeriods": 1, "threshold": 1.0,
        "comparisonOperator": "GreaterThanOrEqualToThreshold", "alarmActions": [TOPIC],
        "oKActions": [], "dimensions": [],
    });
    let mut account = Account::healthy();
    account.read("2026-01-03T09:00:00Z");
    let later = json!({ "alarmName": "secret-read", "statistic": "Sum" });
    account.change("PutMetricAlarm", "2026-01-03T10:00:00Z", later);
    // Nothing says how it was.
    assert!(matches!(account.fate(), Fate::Missed(Cause::Unexplained { unseen: Some(_) })));
    // Its history does, in capitals and under another name (captured).
    let mut by_history = account.past.clone();
    let item = AlarmHistoryItem {
        timestamp: at("2026-01-03T10:00:00.120Z"),
        history_item_type: "ConfigurationUpdate".to_owned(),
        history_summary: "Alarm \"secret-read\" updated".to_owned(),
        history_data: Some(
            json!({ "originalUpdatedFields": { "extendedStatistic": "AVERAGE" } }).to_string(),
        ),
    };
    let history = by_history.alarm_histories.values_mut().next().unwrap();
    history.seen_mut().unwrap().push(item);
    let account = Account { past: by_history, ..account };
    assert_eq!(broken(&account.fate()).check, "alarm-statistic-counts-events");
    // A call before does.
    let mut account = Account::healthy();
    account.read("2026-01-03T09:00:00Z");
    account.change("PutMetricAlarm", "2026-01-02T00:00:00Z", request);
    let later = json!({ "alarmName": "secret-read", "statistic": "Sum" });
    account.change("PutMetricAlarm", "2026-01-03T10:00:00Z", later);
    let fate = account.fate();
    let link = broken(&fate);
    assert_eq!(link.check, "alarm-statistic-counts-events");
    assert_eq!(link.since.as_ref().unwrap().time, at("2026-01-02T00:00:00Z"));
    assert_eq!(link.until.as_ref().unwrap().time, at("2026-01-03T10:00:00Z"));
}

#[test]
fn before_the_alarms_history_only_what_was_certainly_broken_is_missed() {
    let mut account = Account::healthy();
    account.read("2025-11-20T09:00:00Z");
    assert!(matches!(account.fate(), Fate::Unknown(why) if why.contains("30 days")));
    account.change("StopLogging", "2025-11-20T08:00:00Z", json!({ "name": TRAIL }));
    account.change("StartLogging", "2025-11-21T08:00:00Z", json!({ "name": TRAIL }));
    assert_eq!(broken(&account.fate()).check, "trail-is-logging");
}

#[test]
fn a_recent_read_may_still_be_told() {
    let mut account = Account::healthy();
    account.read("2026-01-05T10:00:00Z");
    assert!(matches!(account.fate(), Fate::Unknown(why) if why.starts_with("too recent")));
}

/// That the topic took the message says nothing of who got it.
#[test]
fn who_was_subscribed_when_the_topic_took_the_message_must_be_known() {
    let mut account = Account::healthy();
    account.read("2026-01-03T09:00:00Z");
    account.alert("2026-01-03T09:04:00Z", 1.0, "2026-01-03T09:07:17Z");
    let request = json!({ "topicArn": TOPIC, "protocol": "email" });
    account.change("Subscribe", "2026-01-03T12:00:00Z", request.clone());
    assert!(matches!(account.fate(), Fate::Unknown(why) if why.contains("Subscribe by user bob")));
    // Of two, one is older than the only call.
    let topics = &mut account.here().topics;
    let subscriptions = topics.values_mut().next().unwrap().subscriptions.seen_mut().unwrap();
    let mut second = subscriptions.values().next().unwrap().clone();
    second.endpoint = "ciso@example.org".to_owned();
    subscriptions.insert("email:ciso@example.org".to_owned(), second);
    assert!(matches!(account.fate(), Fate::Told { .. }));
    account.change("Subscribe", "2026-01-03T12:01:00Z", request);
    assert!(matches!(account.fate(), Fate::Unknown(_)));
}

/// The message is on its way for a moment only, and then the subscriptions of that moment count.
#[test]
fn who_got_the_message_is_judged_when_the_topic_took_it() {
    let judged = |changed: &str, policy: Option<&str>| {
        let mut account = Account::healthy();
        account.read("2026-01-03T09:00:00Z");
        account.alert("2026-01-03T09:04:00Z", 1.0, "2026-01-03T09:07:17Z");
        let request = json!({ "subscriptionArn": format!("{TOPIC}:5d7c6e1a") });
        account.change("SetSubscriptionAttributes", changed, request);
        let topics = &mut account.here().topics;
        let subscriptions = topics.values_mut().next().unwrap().subscriptions.seen_mut().unwrap();
        let subscription = subscriptions.values_mut().next().unwrap();
        subscription.attributes.seen_mut().unwrap().filter_policy = policy.map(str::to_owned);
        account.fate()
    };
    let refuses = Some(r#"{"severity":["high"]}"#);
    let (before, after) = ("2026-01-03T09:03:00Z", "2026-01-03T09:10:00Z");
    assert!(matches!(judged(after, refuses), Fate::Unknown(_)));
    assert!(matches!(judged(before, None), Fate::Told { .. }));
    assert_eq!(broken(&judged(before, refuses)).check, "filter-policy-passes-alarms");
}

/// The trail was logging when it happened: that it was stopped while the alarm might have come
/// says nothing.
#[test]
fn a_link_is_to_blame_if_it_was_broken_as_long_as_the_news_may_have_been_under_way() {
    let stop = |account: &mut Account, day: &str| {
        account.change("StopLogging", &format!("{day}T09:14:00Z"), json!({ "name": TRAIL }));
        account.change("StartLogging", &format!("{day}T20:00:00Z"), json!({ "name": TRAIL }));
    };
    let filter = |account: &mut Account, day: &str, gone: &str, put: &str| {
        let request = json!({ "logGroupName": "audit-trail", "filterName": "secret-read" });
        let whole = filter_request("{ $.eventName = GetSecretValue }");
        account.change("PutMetricFilter", &format!("{day}T07:00:00Z"), whole.clone());
        account.change("DeleteMetricFilter", &format!("{day}T{gone}:00Z"), request);
        account.change("PutMetricFilter", &format!("{day}T{put}:00Z"), whole);
    };
    // Older than the alarm's history.
    let old = "2025-11-20";
    let read = |day: &str| {
        let mut account = Account::healthy();
        account.read(&format!("{day}T09:00:00Z"));
        account
    };
    let mut account = read(old);
    stop(&mut account, old);
    assert!(matches!(account.fate(), Fate::Unknown(why) if why.contains("30 days")));
    for (gone, put, is_certain) in
        [("09:05", "12:00", false), ("08:00", "09:05", false), ("08:00", "09:30", true)]
    {
        let mut account = read(old);
        filter(&mut account, old, gone, put);
        let fate = account.fate();
        match is_certain {
            true => assert_eq!(broken(&fate).check, "log-group-has-a-metric-filter"),
            false => assert!(matches!(fate, Fate::Unknown(_)), "{gone} {put}: {fate:?}"),
        }
    }
    // In ALARM all the time.
    let day = "2026-01-03";
    let mut account = read(day);
    stop(&mut account, day);
    account.alert("2026-01-03T08:00:00Z", 1.0, "2026-01-03T11:00:00Z");
    assert!(matches!(account.fate(), Fate::Missed(Cause::InAlarm { .. })));
    // No alarm came: what was broken for a while explains it, and the trail does not.
    let mut account = read(day);
    stop(&mut account, day);
    assert_eq!(account.fate(), Fate::Missed(Cause::Unexplained { unseen: None }));
    let mut account = read(day);
    filter(&mut account, day, "09:05", "12:00");
    assert_eq!(broken(&account.fate()).check, "log-group-has-a-metric-filter");
}

#[test]
fn nothing_is_missed_where_something_without_a_history_may_have_told() {
    let mut account = Account::healthy();
    account.read("2026-01-03T09:00:00Z");
    assert!(matches!(account.fate(), Fate::Missed(_)));
    let rule = "arn:aws:events:eu-west-1:123456789012:rule/reads".parse().unwrap();
    account.other_ways.push(OtherWay::EventTarget { rule, target: String::new() });
    assert!(matches!(account.fate(), Fate::Unknown(why) if why.contains("rule")));
}

#[test]
fn an_alarm_that_is_gone_may_have_told() {
    let deleted = json!({ "alarmNames": ["old-alarm"] });
    let put = |metric: &str| {
        json!({
            "alarmName": "old-alarm", "metricName": metric, "namespace": "SecurityMetrics",
            "statistic": "Sum", "period": 60, "evaluationPeriods": 1,
        })
    };
    for (metric, may_tell) in [("SecretIsAccessed", true), ("SomethingElse", false)] {
        let mut account = Account::healthy();
        account.change("PutMetricAlarm", "2026-01-01T00:00:00Z", put(metric));
        account.read("2026-01-03T09:00:00Z");
        account.change("DeleteAlarms", "2026-01-03T20:00:00Z", deleted.clone());
        account.read("2026-01-04T09:00:00Z");
        let unknown: Vec<bool> =
            account.fates().iter().map(|fate| matches!(fate, Fate::Unknown(_))).collect();
        assert_eq!(unknown, [may_tell, false], "{metric}");
    }
}

#[test]
fn a_composite_alarm_tells_for_the_alarm_below() {
    let mut account = Account::healthy();
    let above = json!({
        "AlarmName": "above", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:above",
        "AlarmRule": "ALARM(secret-read)", "StateValue": "OK", "AlarmActions": [TOPIC],
        "ActionsEnabled": true,
    });
    let above: CompositeAlarm = serde_json::from_value(above).unwrap();
    let alarms = account.here().alarms.seen_mut().unwrap();
    alarms.composite_alarms.insert("above".to_owned(), above);
    account.composite = Some("above");
    account.items("above", Vec::new());
    account.read("2026-01-03T09:00:00Z");
    account.alert("2026-01-03T09:04:00Z", 1.0, "2026-01-03T09:07:17Z");
    let fate = account.fate();
    assert!(
        matches!(&fate, Fate::Missed(Cause::NoAction { alarm, .. }) if alarm == "above"),
        "{fate:?}"
    );
    let off = at("2026-01-03T09:05:17.400Z");
    let went = state(off, "OK", "ALARM", json!({ "triggeringAlarms": [] }));
    account.items("above", vec![went, action(off), ok(at("2026-01-03T20:00:00Z"))]);
    assert!(matches!(account.fate(), Fate::Told { alarm, .. } if alarm == "above"));
    // It stays in ALARM, while the one below goes off again.
    account.read("2026-01-03T12:00:00Z");
    account.alert("2026-01-03T12:04:00Z", 1.0, "2026-01-03T12:07:17Z");
    let fate = account.fates().pop().unwrap();
    assert!(
        matches!(&fate, Fate::Missed(Cause::InAlarm { alarm, .. }) if alarm == "above"),
        "{fate:?}"
    );
}

#[test]
fn changes_that_could_not_be_looked_up_blame_no_link() {
    let mut account = Account::healthy();
    account.change("StopLogging", "2026-01-03T08:00:00Z", json!({ "name": TRAIL }));
    account.read("2026-01-03T09:00:00Z");
    let reason = "no answer".to_owned();
    let failed = Observed::Failed { reason };
    account.past.events.insert((target(), "StartLogging".to_owned()), failed);
    assert!(matches!(account.fate(), Fate::Missed(Cause::Unexplained { unseen: Some(_) })));
    let missed = account.judge();
    assert!(missed.notes[0].contains("StartLogging"), "{:?}", missed.notes);
}

#[test]
fn the_time_in_alarm_is_that_of_the_states() {
    let mut account = Account::healthy();
    account.alarm().state_value = "ALARM".to_owned();
    let since = at("2026-01-04T10:12:00Z");
    account.alarm().state_transitioned_timestamp = Some(since);
    account.alert("2026-01-02T09:00:00Z", 1.0, "2026-01-02T10:01:17Z");
    let missed = account.judge();
    let time = &missed.entries[0].alarms[0];
    assert_eq!((time.alarm.as_str(), time.in_alarm), ("secret-read", 86_400 + 3600));
    assert_eq!(time.seconds, 30 * 86_400);
}

/// Captured on AWS: one batch of three secrets and a missing one writes five events.
#[test]
fn a_batch_is_one_read_by_its_caller() {
    let captured: Value = serde_json::from_str(include_str!("tests/batch.json")).unwrap();
    let mut account = Account::healthy();
    for event in captured["events"].as_array().unwrap() {
        let name = event["eventName"].as_str().unwrap();
        account.event(name, event["eventTime"].as_str().unwrap(), event.clone());
    }
    let entry = BaselineEntry::secret_access();
    let mut reads = reads::reads(&account.past, &entry, &target());
    assert_eq!(reads.len(), 1);
    let read = reads.pop().unwrap();
    assert_eq!(read.event_name, "BatchGetSecretValue");
    assert_eq!((read.address.as_str(), read.secrets.len()), ("192.0.2.1", 4));
    assert!(read.principal.starts_with("role stackd-sm-crypto-"), "{}", read.principal);
    assert_eq!(read.refused, None);
    // Who asks about the missing one alone learns that it was not got.
    let asked = |secret: &str| {
        let secret = Some(secret.to_owned());
        read.clone().about(&account.snapshot, &Asked { target: target(), secret })
    };
    let missing = asked("stackd-sm-crypto-f68bbf5715-missing").unwrap();
    assert_eq!(missing.refused.as_deref(), Some("ResourceNotFoundException"));
    assert_eq!(asked("another"), None);
}

#[test]
fn a_read_is_about_a_secret_by_name_and_arn_with_and_without_the_last_letters() {
    let mut account = Account::healthy();
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:TopSecretInfo";
    let named: BTreeMap<String, bool> = [
        ("TopSecretInfo".to_owned(), true),
        (format!("{arn}-a1B2c3"), true),
        (arn.to_owned(), true),
        ("TopSecret".to_owned(), false),
        (format!("{arn}2-a1B2c3"), false),
    ]
    .into();
    for (index, id) in named.keys().enumerate() {
        let request = json!({ "secretId": id });
        let whole = json!({ "requestID": index.to_string(), "requestParameters": request });
        account.event("GetSecretValue", "2026-01-03T09:00:00Z", whole);
    }
    let missed = account.judge();
    let found: Vec<&String> = missed.reads().flat_map(|read| &read.read.secrets).collect();
    let expected: Vec<&String> = named.iter().filter(|(_, is)| **is).map(|(id, _)| id).collect();
    assert_eq!(found.len(), 3);
    assert!(expected.iter().all(|id| found.contains(id)), "{found:?}");
}
