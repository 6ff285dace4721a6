use secmon_core::report::{Status, Verdict};

use crate::tests::{check, findings, report};

const ID: &str = "trail-covers-the-replicas";

/// A secret with these copies, and a trail that records one Region only.
fn copied(copies: &str) -> String {
    format!(
        "[targets.\"123456789012/eu-west-1\".secrets.TopSecretInfo.seen]\n{copies}\n\
         [targets.\"123456789012/eu-west-1\".trails.seen.\"arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail\"]\n\
         IsMultiRegionTrail = false\n"
    )
}

const TWO: &str = r#"ReplicationStatus = [{ Region = "us-east-1", Status = "InSync" }, { Region = "eu-central-1", Status = "InProgress" }]"#;

/// A second trail of one Region.
fn also(home: &str, group: &str) -> String {
    let arn = format!("arn:aws:cloudtrail:{home}:123456789012:trail/other");
    format!(
        "[targets.\"123456789012/eu-west-1\".trails_elsewhere.seen.\"{arn}\".seen]\n\
         Name = \"other\"\nTrailARN = \"{arn}\"\nHomeRegion = \"{home}\"\n\
         CloudWatchLogsLogGroupArn = \"arn:aws:logs:eu-west-1:123456789012:log-group:{group}:*\"\n"
    )
}

#[test]
fn every_copy_that_nobody_watches_is_named_and_the_verdict_stays() {
    assert_eq!(
        findings(ID, &copied(TWO)),
        ["Trail audit-trail records eu-west-1 only, and secret TopSecretInfo has a copy in \
             eu-central-1 and us-east-1: a read there tells nobody."]
    );
    assert_eq!(report(&copied(TWO)).verdict, Verdict::Yes);
}

#[test]
fn a_multi_region_trail_sees_the_copies() {
    let healthy = copied(TWO).replace("IsMultiRegionTrail = false", "");
    assert_eq!(check(ID, &healthy).status, Status::Pass);
}

#[test]
fn a_copy_that_could_not_be_made_is_read_by_nobody() {
    let failed = copied(r#"ReplicationStatus = [{ Region = "us-east-1", Status = "Failed" }]"#);
    assert_eq!(check(ID, &failed).status, Status::NotApplicable);
}

#[test]
fn the_original_of_a_replica_is_a_copy_too() {
    let replica = copied(r#"PrimaryRegion = "us-west-2""#);
    assert!(findings(ID, &replica)[0].contains("has a copy in us-west-2"));
    let original = copied(r#"PrimaryRegion = "eu-west-1""#);
    assert_eq!(check(ID, &original).status, Status::NotApplicable);
}

#[test]
fn another_trail_that_feeds_the_same_group_counts() {
    let one = copied(r#"ReplicationStatus = [{ Region = "us-east-1" }]"#);
    let watched = format!("{one}{}", also("us-east-1", "audit-trail"));
    assert_eq!(check(ID, &watched).status, Status::Pass);
    let elsewhere = format!("{one}{}", also("us-east-1", "other-group"));
    assert_eq!(check(ID, &elsewhere).status, Status::Warn);
}
