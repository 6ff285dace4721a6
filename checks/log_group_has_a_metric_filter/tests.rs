use secmon_core::finding::Fix;
use secmon_core::plan::{FilterSetting, Intent};
use secmon_core::report::Status;

use crate::tests::check;

const ID: &str = "log-group-has-a-metric-filter";

#[test]
fn the_filter_is_made_with_pattern_value_and_default() {
    let scenario =
        r#"remove = ["/targets/123456789012~1eu-west-1/metric_filters/seen/audit-trail"]"#;
    let fixes = check(ID, scenario).findings.remove(0).fix;
    let settings: Vec<&FilterSetting> = fixes
        .iter()
        .map(|fix| match fix {
            Fix::Change(Intent::SetMetricFilter { log_group, set, .. }) => {
                assert_eq!(log_group, "audit-trail");
                set
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(matches!(settings[0], FilterSetting::Pattern(_)));
    assert!(matches!(settings[1], FilterSetting::MetricValue { value, .. } if value == "1"));
    assert!(matches!(settings[2], FilterSetting::DefaultValue { value: Some(0.0), .. }));
}

#[test]
fn a_group_that_does_not_exist_is_not_accused_of_having_no_filter() {
    let report = check(
        ID,
        r#"
remove = [
  "/targets/123456789012~1eu-west-1/metric_filters/seen/audit-trail",
  "/targets/123456789012~1eu-west-1/log_groups/seen/audit-trail",
]"#,
    );
    assert_eq!(report.status, Status::Skipped);
    assert_eq!(report.reason.as_deref(), Some("log group audit-trail does not exist"));
}

#[test]
fn who_may_not_see_the_groups_may_see_that_they_have_no_filter() {
    let report = check(
        ID,
        r#"
remove = ["/targets/123456789012~1eu-west-1/metric_filters/seen/audit-trail"]
[targets."123456789012/eu-west-1"]
log_groups = "denied: logs:DescribeLogGroups""#,
    );
    assert_eq!(report.status, Status::Fail);
}
