use secmon_core::report::{CheckReport, Status, Verdict};

use crate::log_alarm_fires_on_one_event::tests::log_alarm;
use crate::tests::{check, report};

const ID: &str = "log-alarm-is-evaluated";
const STATE: &str = "StateValue = \"OK\"\n";

fn state(state: &str) -> String {
    log_alarm(STATE, &format!("StateValue = \"OK\"\nEvaluationState = \"{state}\"\n"))
}

fn judged(evaluation: &str) -> CheckReport {
    check(ID, &state(evaluation))
}

#[test]
fn without_a_state_or_with_part_of_the_data_it_is_evaluated() {
    assert_eq!(check(ID, &log_alarm("", "")).status, Status::Pass);
    assert_eq!(judged("PARTIAL_DATA").status, Status::Pass);
    // Its own state is no matter: nothing was read for long.
    let quiet = log_alarm(STATE, "StateValue = \"INSUFFICIENT_DATA\"\n");
    assert_eq!(check(ID, &quiet).status, Status::Pass);
}

#[test]
fn a_failure_that_may_pass_and_a_state_that_nobody_knows_are_unknown() {
    for name in ["EVALUATION_FAILURE", "SOMETHING_NEW"] {
        let found = judged(name);
        assert_eq!(found.status, Status::Unknown, "{name}");
        assert!(found.unseen.unwrap().reason.contains(name));
        assert_eq!(report(&state(name)).verdict, Verdict::CannotTell);
    }
}

#[test]
fn an_error_is_found_without_a_reason_too() {
    let found = judged("EVALUATION_ERROR");
    assert_eq!(found.status, Status::Fail);
    assert!(found.findings[0].message.contains("no reason is given"));
}
