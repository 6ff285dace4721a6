use secmon_core::report::{Status, Verdict};

use crate::one_read::tests::chain;
use crate::tests::{check, findings, report};

const ID: &str = "alarm-fires-within-minutes";

#[test]
fn an_alarm_that_is_late_is_warned_of_and_still_tells() {
    let days =
        chain("Period = 86400\nEvaluationPeriods = 2\nDatapointsToAlarm = 1", "1", Some(0.0));
    assert_eq!(check(ID, &days).status, Status::Warn);
    assert_eq!(report(&days).verdict, Verdict::Yes);
}

#[test]
fn long_periods_slide_and_are_in_time() {
    for alarm in ["Period = 300", "Period = 3600", "Period = 86400"] {
        assert_eq!(findings(ID, &chain(alarm, "1", Some(0.0))), [""; 0], "{alarm}");
    }
}

#[test]
fn a_period_of_the_clock_ends_with_it() {
    let clock = "Period = 3600\nEvaluationWindow = { WallClockWindow = {} }";
    assert_eq!(
        findings(ID, &chain(clock, "1", Some(0.0))),
        [
            "Alarm secret-read looks at periods of an hour that begin with the clock's: it fires up to \
          62 minutes after a read has arrived."
        ]
    );
}

#[test]
fn one_that_waits_for_the_only_datapoint_to_age_is_late() {
    let waits = "Period = 300\nEvaluationPeriods = 5\nTreatMissingData = \"missing\"";
    assert_eq!(
        findings(ID, &chain(waits, "1", None)),
        [
            "Alarm secret-read waits until the only breaching datapoint is 5 periods of 5 minutes old: \
          it fires up to 23 minutes after a read has arrived."
        ]
    );
}
