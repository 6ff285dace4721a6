use secmon_core::finding::Fix;
use secmon_core::plan::{FilterSetting, Intent};
use secmon_core::report::{Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "filter-selects-the-secrets-events";

fn with(criteria: &str) -> String {
    format!(
        "[targets.\"123456789012/eu-west-1\".metric_filters.seen.audit-trail.secret-read]\n\
         fieldSelectionCriteria = '{criteria}'"
    )
}

#[test]
fn criteria_that_take_this_account_and_region_are_healthy() {
    for criteria in [
        "",
        r#"@aws.account = "123456789012""#,
        r#"@aws.account IN ["999988887777", "123456789012"] AND @aws.region != "us-east-1""#,
        r#"@aws.region = "us-east-1" OR @aws.region = "eu-west-1""#,
    ] {
        let scenario = with(criteria);
        assert_eq!(check(ID, &scenario).status, Status::Pass, "{criteria}");
        assert_eq!(report(&scenario).verdict, Verdict::Yes, "{criteria}");
    }
}

#[test]
fn criteria_that_leave_it_out_break_the_chain() {
    for criteria in [
        r#"@aws.account NOT IN ["123456789012"]"#,
        r#"@aws.account = "123456789012" AND @aws.region = "us-east-1""#,
    ] {
        assert_eq!(report(&with(criteria)).verdict, Verdict::No, "{criteria}");
        assert!(matches!(
            &check(ID, &with(criteria)).findings[0].fix[..],
            [Fix::Change(Intent::SetMetricFilter { set: FilterSetting::NoFieldSelection, .. })]
        ));
    }
}

#[test]
fn what_is_not_documented_is_unknown() {
    for criteria in [r#"@aws.region LIKE "eu%""#, "nonsense"] {
        assert_eq!(check(ID, &with(criteria)).status, Status::Unknown, "{criteria}");
    }
}
