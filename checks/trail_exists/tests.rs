use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::{Status, Verdict};
use secmon_core::route::Pins;
use secmon_core::snapshot::Snapshot;

use crate::tests::{check, report};

const ID: &str = "trail-exists";

#[test]
fn trails_that_could_not_be_listed_are_unknown_and_never_missing() {
    for answer in ["denied: cloudtrail:DescribeTrails", "failed: page 2: timed out", "not asked"] {
        let report =
            report(&format!("[targets.\"123456789012/eu-west-1\"]\ntrails = \"{answer}\""));
        let check = report.checks.iter().find(|check| check.id == ID).unwrap();
        assert_eq!(check.status, Status::Unknown, "{answer}");
        assert_ne!(report.verdict, Verdict::Yes, "{answer}");
    }
}

#[test]
fn a_trail_of_another_region_exists() {
    let check = check(
        ID,
        r#"
remove = ["/targets/123456789012~1eu-west-1/trails/seen/arn:aws:cloudtrail:eu-west-1:123456789012:trail~1audit-trail"]
[targets."123456789012/eu-west-1".trails_elsewhere.seen."arn:aws:cloudtrail:us-east-1:123456789012:trail/other".seen]
Name = "other"
TrailARN = "arn:aws:cloudtrail:us-east-1:123456789012:trail/other"
HomeRegion = "us-east-1"
"#,
    );
    assert_eq!(check.status, Status::Pass);
}

#[test]
fn without_a_trail_one_is_made_and_later_checks_of_the_trail_are_skipped() {
    let scenario = r#"
[targets."123456789012/eu-west-1"]
trails = "absent"
"#;
    let report = report(scenario);
    for other in ["trail-covers-the-region", "trail-is-logging", "trail-names-a-log-group"] {
        let check = report.checks.iter().find(|check| check.id == other).unwrap();
        assert_eq!(check.status, Status::Skipped, "{other}");
    }
    let fix = &report.checks.iter().find(|check| check.id == ID).unwrap().findings[0].fix;
    assert!(matches!(
        &fix[..],
        [Fix::Change(Intent::CreateTrail { target })] if target.to_string() == "123456789012/eu-west-1"
    ));
}

#[test]
fn a_pinned_trail_that_is_not_there_is_named() {
    let pins = Pins { trail: Some("audit-trial".to_owned()), ..Pins::default() };
    let report = crate::run(&Snapshot::healthy(), &BaselineEntry::secret_access(), &pins);
    let check = report.entries[0].checks.iter().find(|check| check.id == ID).unwrap();
    assert_eq!(
        check.findings[0].message,
        "Trail audit-trial does not exist in Region eu-west-1 of account 123456789012."
    );
    assert!(matches!(&check.findings[0].fix[..], [Fix::Manual(_)]));
}
