use secmon_core::finding::Stage;
use secmon_core::report::{Status, Verdict};

use crate::evidence::tests::{HERE, quiet};
use crate::tests::{check, report};

const ID: &str = "last-alarm-ran-its-actions";

/// The alarm went to ALARM; these items came after it.
fn went(later: &str) -> String {
    format!(
        "[{HERE}.alarm_histories.secret-read]\nseen = [{later}{{ Timestamp = \"2026-01-04T16:20:10Z\", HistoryItemType = \"StateUpdate\", HistorySummary = \"Alarm updated from INSUFFICIENT_DATA to ALARM\" }}]\n"
    ) + &quiet(HERE, &["PutAlarmMuteRule", "DeleteAlarmMuteRule"])
}

fn item(kind: &str) -> String {
    format!(
        "{{ Timestamp = \"2026-01-04T17:00:00Z\", HistoryItemType = \"{kind}\", HistorySummary = \"Failed to execute action arn:aws:sns:eu-west-1:123456789012:other\" }}, "
    )
}

#[test]
fn any_action_after_it_shows_that_actions_run() {
    assert_eq!(check(ID, &went(&item("Action"))).status, Status::Pass);
    assert_eq!(check(ID, &went("")).status, Status::Unknown);
}

#[test]
fn a_later_change_of_the_alarm_explains_it() {
    assert_eq!(check(ID, &went(&item("ConfigurationUpdate"))).status, Status::NotApplicable);
    let changed = format!(
        "[{HERE}.alarms.seen.MetricAlarms.secret-read]\nAlarmConfigurationUpdatedTimestamp = \"2026-01-05T08:00:00Z\"\n"
    );
    assert_eq!(check(ID, &(went("") + &changed)).status, Status::NotApplicable);
}

#[test]
fn disabled_actions_have_it_for_a_symptom() {
    let disabled =
        format!("[{HERE}.alarms.seen.MetricAlarms.secret-read]\nActionsEnabled = false\n");
    let found = check(ID, &(went("") + &disabled));
    assert_eq!(found.status, Status::Fail);
    assert_eq!(found.findings[0].between, Some((Stage::Alarm, Stage::Topic)));
}

#[test]
fn a_mute_rule_that_comes_and_goes_explains_it() {
    let rule = |targets: &str| {
        format!(
            "[{HERE}.alarm_mute_rules.seen.nights]\nAlarmMuteRuleArn = \"arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:nights\"\nStatus = \"SCHEDULED\"\ntargets.seen = [\"{targets}\"]\n"
        )
    };
    assert_eq!(check(ID, &(went("") + &rule("secret-read"))).status, Status::NotApplicable);
    assert_eq!(check(ID, &(went("") + &rule("another"))).status, Status::Unknown);
    let deleted = r#"{ EventId = "1", EventName = "DeleteAlarmMuteRule", EventTime = "2026-01-04T18:00:00Z", CloudTrailEvent = '{"userIdentity":{"type":"Root"},"requestParameters":{"alarmMuteRuleName":"nights"}}' }"#;
    let deleted = went("").replace(
        "DeleteAlarmMuteRule = { seen = { events = [] } }",
        &format!("DeleteAlarmMuteRule = {{ seen = {{ events = [{deleted}] }} }}"),
    );
    assert_eq!(check(ID, &deleted).status, Status::NotApplicable);
}

#[test]
fn an_alarm_that_never_went_off_shows_nothing() {
    let quiet = format!("[{HERE}.alarm_histories.secret-read]\nseen = []\n");
    assert_eq!(check(ID, &quiet).status, Status::NotApplicable);
    assert_eq!(report(&quiet).verdict, Verdict::Yes);
}
