use secmon_core::finding::Fix;
use secmon_core::plan::{FilterSetting, Intent};
use secmon_core::report::Status;

use crate::one_read::tests::chain;
use crate::tests::{check, findings};

const ID: &str = "alarm-threshold-is-reached-by-one-event";

#[test]
fn a_wrong_statistic_does_not_hide_a_wrong_threshold() {
    assert_eq!(
        findings(ID, &chain("Statistic = \"Average\"\nThreshold = 5.0", "1", Some(0.0))),
        [
            "Alarm secret-read is in ALARM at Average >= 5 in a minute; one read makes 1 even as Sum. \
             Two reads a minute apart do not fire it either, 10 in one minute do."
        ]
    );
}

#[test]
fn where_only_the_default_is_in_the_way_the_default_goes() {
    let finding = check(ID, &chain("", "1", Some(0.5))).findings.remove(0);
    assert_eq!(
        finding.message,
        "Alarm secret-read is in ALARM at Sum >= 1 in a minute; without any read 40 events in a \
         minute with defaultValue 0.5 make 20 already, one read makes 20.5."
    );
    let Fix::Change(Intent::SetMetricFilter { set, .. }) = &finding.fix[0] else { panic!() };
    assert!(matches!(set, FilterSetting::DefaultValue { value: Some(0.0), .. }));
}

#[test]
fn a_band_is_unknown() {
    let scenario = chain(r#"ComparisonOperator = "GreaterThanUpperThreshold""#, "1", None);
    assert_eq!(check(ID, &scenario).status, Status::Unknown);
}
