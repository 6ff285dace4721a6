use secmon_core::finding::{Evidence, Fix};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::report::Status;

use crate::tests::{check, findings};

const ID: &str = "alarm-watches-filter-metric";
const FILTER: &str =
    r#"targets."123456789012/eu-west-1".metric_filters.seen.audit-trail.secret-read"#;
const ALARM: &str = r#"targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read"#;

/// Filter and alarm with one dimension each.
fn dimension(selector: &str, name: &str, value: &str) -> String {
    format!(
        "[[{FILTER}.metricTransformations]]\nmetricName = \"SecretIsAccessed\"\n\
         metricNamespace = \"SecurityMetrics\"\nmetricValue = \"1\"\n\
         dimensions = {{ D = \"{selector}\" }}\n[[{ALARM}.Dimensions]]\n\
         Name = \"{name}\"\nValue = \"{value}\"\n"
    )
}

#[test]
fn the_fields_that_differ_are_the_evidence() {
    let scenario =
        format!("[{ALARM}]\nNamespace = \"securitymetrics\"\nMetricName = \"SecretAccessed\"");
    let finding = check(ID, &scenario).findings.remove(0);
    let pairs: Vec<(&str, &str, &str)> = finding
        .evidence
        .iter()
        .map(|Evidence { field, observed, expected }| (&**field, &**observed, &**expected))
        .collect();
    assert_eq!(
        pairs,
        [
            ("Namespace", "securitymetrics", "SecurityMetrics"),
            ("MetricName", "SecretAccessed", "SecretIsAccessed"),
        ]
    );
}

#[test]
fn the_same_dimension_has_to_have_the_value_of_every_read() {
    assert_eq!(check(ID, &dimension("$.eventName", "D", "GetSecretValue")).status, Status::Pass);
    assert_eq!(
        findings(ID, &dimension("$.requestParameters.secretId", "D", "TopSecretInfo")),
        ["Alarm secret-read watches metric SecretIsAccessed with dimension D=TopSecretInfo only, \
          and a read in the console (by ARN) comes with another value or none."]
    );
    assert_eq!(check(ID, &dimension("$.a[*]", "D", "x")).status, Status::Unknown);
    assert_eq!(check(ID, &dimension("$.eventName", "d", "GetSecretValue")).status, Status::Fail);
}

#[test]
fn system_fields_are_dimensions_too() {
    let with =
        |alarm: &str| format!("[{FILTER}]\nemitSystemFieldDimensions = [\"@aws.region\"]\n{alarm}");
    assert_eq!(
        findings(ID, &with("")),
        [
            "Alarm secret-read watches metric SecretIsAccessed without dimensions, filter secret-read \
          feeds it with dimension @aws.region: CloudWatch takes these for different metrics."
        ]
    );
    let dimensions = |region: &str| {
        with(&format!("[[{ALARM}.Dimensions]]\nName = \"@aws.region\"\nValue = \"{region}\"\n"))
    };
    assert_eq!(check(ID, &dimensions("eu-west-1")).status, Status::Pass);
    assert_eq!(check(ID, &dimensions("us-east-1")).status, Status::Fail);
}

#[test]
fn a_new_alarm_never_overwrites_another() {
    let scenario =
        format!("[{ALARM}]\nNamespace = \"AWS/Billing\"\nMetricName = \"EstimatedCharges\"");
    let finding = check(ID, &scenario).findings.remove(0);
    assert_eq!(
        finding.message,
        "No alarm watches metric SecurityMetrics/SecretIsAccessed in eu-west-1."
    );
    let (mut notifies, mut names) = (0, Vec::new());
    for fix in finding.fix {
        let Fix::Change(Intent::SetAlarm { alarm, set, .. }) = fix else { panic!("{fix:?}") };
        notifies += u32::from(set == AlarmSetting::Notify { topic: None });
        names.push(alarm);
    }
    names.dedup();
    assert_eq!((notifies, names), (1, vec!["secret-read-2".to_owned()]));
}

#[test]
fn where_there_is_no_alarm_no_filter_feeds_one_whoever_may_see_it() {
    let none = r#"remove = ["/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms"]

[targets."123456789012/eu-west-1"]
metric_filters = "denied: logs:DescribeMetricFilters"
"#;
    assert_eq!(
        findings(ID, none),
        ["There is no metric alarm in eu-west-1: whatever metric the filters of log group \
          audit-trail feed, nothing watches it."]
    );
    let group_hidden = format!("{none}log_groups = \"denied: logs:DescribeLogGroups\"\n");
    assert_eq!(findings(ID, &group_hidden).len(), 1);
    let trail_hidden = format!("{none}trails = \"denied: cloudtrail:DescribeTrails\"\n");
    assert_eq!(check(ID, &trail_hidden).status, Status::Unknown);
}
