use crate::alarm_notifies_a_topic::tests::composite;
use crate::tests::{check, findings};

const ID: &str = "alarm-actions-are-enabled";

#[test]
fn of_a_composite_alarm_its_own_switch_counts() {
    let rule = "ALARM(\"secret-read\")";
    let below = "[targets.\"123456789012/eu-west-1\".alarms.seen.MetricAlarms.secret-read]\n\
                 ActionsEnabled = false\nAlarmActions = []\n";
    assert_eq!(findings(ID, &(below.to_owned() + &composite(rule, ""))), [""; 0]);
    let finding = check(ID, &(below.to_owned() + &composite(rule, "ActionsEnabled = false")));
    // Neither tells anybody. The alarm's own way has two faults, the composite alarm's one.
    assert_eq!(
        finding.findings[0].message,
        "Composite alarm any-alarm runs no actions: it goes to ALARM, and nobody is told."
    );
}
