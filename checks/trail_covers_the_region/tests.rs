use std::mem::take;

use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::{Status, Verdict};
use secmon_core::route::Pins;
use secmon_core::snapshot::{Observations, Snapshot, Target};

use crate::tests::{check, findings};

const ID: &str = "trail-covers-the-region";
const ELSEWHERE: &str = r#"
remove = ["/targets/123456789012~1eu-west-1/trails/seen/arn:aws:cloudtrail:eu-west-1:123456789012:trail~1audit-trail"]
[targets."123456789012/eu-west-1".trails_elsewhere.seen."arn:aws:cloudtrail:us-east-1:123456789012:trail/audit-trail".seen]
Name = "audit-trail"
TrailARN = "arn:aws:cloudtrail:us-east-1:123456789012:trail/audit-trail"
HomeRegion = "us-east-1"
"#;

/// A trail of another account and Region that shows in eu-west-1.
fn shadow(account: &str, home: &str, fields: &str) -> String {
    let arn = format!("arn:aws:cloudtrail:{home}:{account}:trail/org-trail");
    format!(
        "remove = [\"/targets/123456789012~1eu-west-1/trails/seen/arn:aws:cloudtrail:eu-west-1:123456789012:trail~1audit-trail\"]\n\
         [targets.\"123456789012/eu-west-1\".trails.seen.\"{arn}\"]\n\
         Name = \"org-trail\"\nTrailARN = \"{arn}\"\nHomeRegion = \"{home}\"\n{fields}"
    )
}

/// The healthy account, but for the secret, with all of the chain in us-east-1.
fn homed_in_us_east_1() -> Snapshot {
    let healthy = Snapshot::healthy();
    let moved = healthy.to_json().replace("eu-west-1", "us-east-1");
    let mut snapshot = Snapshot::from_json(&moved).unwrap();
    snapshot.asked = healthy.asked.clone();
    snapshot.pattern_tests = healthy.pattern_tests.clone();
    let home: Target = Target::try_from("123456789012/us-east-1".to_owned()).unwrap();
    let there = snapshot.targets.get_mut(&home).unwrap();
    there.secrets.clear();
    let here = Observations {
        secrets: healthy.at(&healthy.asked[0].target).secrets.clone(),
        trails: take(&mut there.trails),
        trails_elsewhere: take(&mut there.trails_elsewhere),
        event_rules: take(&mut there.event_rules),
        event_history: take(&mut there.event_history),
        ..Observations::default()
    };
    snapshot.targets.insert(healthy.asked[0].target.clone(), here);
    snapshot
}

#[test]
fn a_secret_far_from_the_home_of_a_multi_region_trail_is_healthy() {
    let report =
        crate::run(&homed_in_us_east_1(), &BaselineEntry::secret_access(), &Pins::default());
    for check in &report.entries[0].checks {
        assert!(
            matches!(check.status, Status::Pass | Status::NotApplicable),
            "{}: {} {:?} {:?} {:?}",
            check.id,
            check.status,
            check.findings,
            check.unseen,
            check.reason
        );
    }
    assert_eq!(report.verdict(), Verdict::Yes);
}

#[test]
fn a_single_region_trail_in_the_region_itself_covers_it() {
    let check = check(
        ID,
        r#"
[targets."123456789012/eu-west-1".trails.seen."arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail"]
IsMultiRegionTrail = false
"#,
    );
    assert_eq!(check.status, Status::Pass);
}

#[test]
fn the_fix_goes_to_the_home_region() {
    let check = check(ID, ELSEWHERE);
    assert!(matches!(
        &check.findings[0].fix[..],
        [Fix::Change(Intent::RecordAllRegions { home_region, .. })] if home_region == "us-east-1"
    ));
}

#[test]
fn a_multi_region_trail_that_does_not_show_here_is_unknown() {
    let check = check(ID, &format!("{ELSEWHERE}IsMultiRegionTrail = true"));
    assert_eq!(check.status, Status::Unknown);
    assert!(check.unseen.unwrap().reason.contains("does not show it"));
}

#[test]
fn organisation_trails_cover_their_members() {
    let both = "IsMultiRegionTrail = true\nIsOrganizationTrail = true";
    let status = |scenario: &str| check(ID, scenario).status;
    assert_eq!(status(&shadow("999988887777", "us-east-1", both)), Status::Pass);
    // me-south-1 must be enabled by each member.
    assert_eq!(status(&shadow("999988887777", "me-south-1", both)), Status::Unknown);
    let single = shadow("999988887777", "us-east-1", "IsOrganizationTrail = true");
    assert_eq!(
        findings(ID, &single),
        ["Trail org-trail takes events of its home Region us-east-1 only, not of eu-west-1."]
    );
}

#[test]
fn a_trail_of_another_account_alone_is_not_ours() {
    let foreign = shadow("999988887777", "us-east-1", "IsMultiRegionTrail = true");
    let check = check(ID, &foreign);
    assert_eq!(
        check.findings[0].message,
        "Trail org-trail takes events of its own account 999988887777 only, not of 123456789012."
    );
    assert!(matches!(&check.findings[0].fix[..], [Fix::Manual(_)]));
}

#[test]
fn without_trails_there_is_nothing_to_look_at() {
    let none = ELSEWHERE.lines().take(2).collect::<Vec<_>>().join("\n");
    assert_eq!(check(ID, &none).status, Status::Skipped);
    let denied =
        "[targets.\"123456789012/eu-west-1\"]\ntrails = \"denied: cloudtrail:DescribeTrails\"";
    assert_eq!(check(ID, denied).status, Status::Unknown);
}
