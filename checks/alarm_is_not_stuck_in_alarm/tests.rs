use secmon_core::report::Status;

use crate::tests::check;

const ID: &str = "alarm-is-not-stuck-in-alarm";

/// The status of an alarm in ALARM since a time, with some more settings. It is 10:12 UTC.
fn status(since: &str, more: &str) -> Status {
    let scenario = format!(
        "[targets.\"123456789012/eu-west-1\".alarms.seen.MetricAlarms.secret-read]\n\
         StateValue = \"ALARM\"\nStateTransitionedTimestamp = \"2026-01-05T{since}Z\"\n{more}"
    );
    check(ID, &scenario).status
}

#[test]
fn an_alarm_that_has_just_gone_off_is_not_stuck() {
    assert_eq!(status("10:10:00", ""), Status::Pass);
    assert_eq!(status("10:04:00", ""), Status::Pass);
    assert_eq!(status("10:03:00", ""), Status::Fail);
    // With a long period it stays longer, and reads until then tell nobody all the same.
    assert_eq!(status("09:58:00", "Period = 3600"), Status::Pass);
    assert_eq!(status("09:00:00", "Period = 3600"), Status::Fail);
    // The clocks of two services need not agree.
    assert_eq!(status("10:13:00", ""), Status::Pass);
}

#[test]
fn a_time_that_aws_did_not_say_is_unknown() {
    let alarm = "/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read";
    let scenario = format!(
        "remove = [\"{alarm}/StateTransitionedTimestamp\", \"{alarm}/StateUpdatedTimestamp\"]\n\
         [targets.\"123456789012/eu-west-1\".alarms.seen.MetricAlarms.secret-read]\n\
         StateValue = \"ALARM\""
    );
    assert_eq!(check(ID, &scenario).status, Status::Unknown);
}
