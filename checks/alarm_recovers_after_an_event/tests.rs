use secmon_core::finding::Fix;
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::report::Status;

use crate::one_read::tests::chain;
use crate::tests::check;

const ID: &str = "alarm-recovers-after-an-event";

#[test]
fn missing_and_unset_recover_and_not_breaching_mends() {
    assert_eq!(
        check(ID, &chain(r#"TreatMissingData = "missing""#, "1", None)).status,
        Status::Pass
    );
    let unset = "remove = [\"/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read/TreatMissingData\"]\n";
    let scenario = unset.to_owned() + &chain("", "1", None);
    assert_eq!(check(ID, &scenario).status, Status::Pass);
    let finding = check(ID, &chain(r#"TreatMissingData = "ignore""#, "1", None)).findings.remove(0);
    let Fix::Change(Intent::SetAlarm { set, .. }) = &finding.fix[0] else { panic!() };
    assert_eq!(*set, AlarmSetting::TreatMissingData("notBreaching".to_owned()));
}
