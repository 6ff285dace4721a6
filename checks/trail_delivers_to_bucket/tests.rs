use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::{CheckReport, Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "trail-delivers-to-bucket";
const TRAIL: &str = "targets.\"123456789012/eu-west-1\".trails.seen.\"arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail\"";
const BUCKET: &str = "targets.\"123456789012/eu-west-1\".buckets.audit-trail-logs-123456789012";
const ARN: &str = "arn:aws:s3:::audit-trail-logs-123456789012";

fn policy(statements: &str) -> String {
    format!(
        "[{BUCKET}.policy]\nseen = '{{\"Version\":\"2012-10-17\",\"Statement\":[{statements}]}}'\n"
    )
}

fn writing_to(path: &str) -> String {
    policy(&format!(
        r#"{{"Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":["{ARN}","{ARN}/{path}"]}}"#
    ))
}

fn statements(check: &CheckReport) -> Vec<String> {
    let fixes = check.findings.iter().flat_map(|finding| &finding.fix);
    fixes
        .map(|fix| match fix {
            Fix::Change(Intent::AllowInBucketPolicy { statement, .. }) => {
                format!("{} {}", statement["Action"][0], statement["Resource"])
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_warning_leaves_the_verdict_alone() {
    let report = report(&format!("[{TRAIL}.status.seen]\nLatestDeliveryError = \"AccessDenied\""));
    let check = report.checks.iter().find(|check| check.id == ID).unwrap();
    assert_eq!(check.status, Status::Warn);
    assert_eq!(report.verdict, Verdict::Yes);
}

#[test]
fn a_bucket_without_a_policy_refuses_both() {
    let check = check(ID, &format!("[{BUCKET}]\npolicy = \"absent\""));
    let messages: Vec<&str> = check.findings.iter().map(|finding| &finding.message[..]).collect();
    assert_eq!(
        messages,
        [
            "Bucket audit-trail-logs-123456789012 refuses s3:GetBucketAcl to trail audit-trail: \
             the bucket has no policy.",
            "Bucket audit-trail-logs-123456789012 refuses s3:PutObject to trail audit-trail: the \
             bucket has no policy.",
        ]
    );
    assert_eq!(
        statements(&check),
        [
            format!("\"s3:GetBucketAcl\" \"{ARN}\""),
            format!("\"s3:PutObject\" \"{ARN}/AWSLogs/123456789012/*\""),
        ]
    );
}

#[test]
fn the_prefix_belongs_to_the_path() {
    let prefixed = format!("[{TRAIL}]\nS3KeyPrefix = \"audit\"\n");
    let allowed = format!("{prefixed}{}", writing_to("audit/AWSLogs/123456789012/*"));
    assert_eq!(check(ID, &allowed).status, Status::Pass);
    let check = check(ID, &prefixed);
    assert_eq!(
        statements(&check),
        [format!("\"s3:PutObject\" \"{ARN}/audit/AWSLogs/123456789012/*\"")]
    );
}

#[test]
fn an_organisation_trail_writes_below_its_organisation() {
    let scenario =
        |path: &str| format!("[{TRAIL}]\nIsOrganizationTrail = true\n{}", writing_to(path));
    for path in ["AWSLogs/o-a1b2c3d4e5/*", "AWSLogs/*", "*"] {
        assert_eq!(check(ID, &scenario(path)).status, Status::Pass, "{path}");
    }
    let warned = check(ID, &scenario("AWSLogs/123456789012/*"));
    assert_eq!(warned.status, Status::Warn);
    assert_eq!(
        statements(&warned),
        [format!("\"s3:PutObject\" \"{ARN}/AWSLogs/o-*/*\"")],
        "nobody said which organisation it is"
    );
    let known = "[targets.\"123456789012/eu-west-1\"]\norganization.seen.Id = \"o-a1b2c3d4e5\"\n";
    let warned = check(ID, &format!("{known}{}", scenario("AWSLogs/o-9z8y7x6w5v/*")));
    assert_eq!(statements(&warned), [format!("\"s3:PutObject\" \"{ARN}/AWSLogs/o-a1b2c3d4e5/*\"")]);
}

#[test]
fn against_a_deny_no_allow_is_proposed() {
    let deny =
        r#"{"Sid":"TlsAndMore","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#;
    let check = check(ID, &policy(deny));
    assert_eq!(check.findings.len(), 2);
    assert!(
        matches!(&check.findings[1].fix[..], [Fix::Manual(step)] if step.contains("TlsAndMore"))
    );
}

#[test]
fn a_deny_of_plain_http_does_not_concern_cloudtrail() {
    let tls = r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#;
    let allow = r#"{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":["s3:GetBucketAcl","s3:PutObject"],"Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}"#;
    assert_eq!(check(ID, &policy(&format!("{tls},{allow}"))).status, Status::Pass);
}

#[test]
fn what_was_not_read_is_unknown_and_hides_no_failure() {
    for scenario in [
        format!("[{BUCKET}]\npolicy = \"denied: s3:GetBucketPolicy\""),
        format!("[{BUCKET}]\npolicy = \"failed: timed out\""),
        format!("[{BUCKET}]\npolicy = \"not asked\""),
        format!("[{BUCKET}]\npolicy.seen = \"no JSON\""),
        format!("[{TRAIL}]\nstatus = \"denied: cloudtrail:GetTrailStatus\""),
        format!("[{TRAIL}]\nS3BucketName = \"somewhere-else\""),
    ] {
        assert_eq!(check(ID, &scenario).status, Status::Unknown, "{scenario}");
    }
    let failing = format!(
        "[{BUCKET}]\npolicy = \"denied: s3:GetBucketPolicy\"\n\
         [{TRAIL}.status.seen]\nLatestDeliveryError = \"AccessDenied\""
    );
    assert_eq!(check(ID, &failing).status, Status::Warn);
}

#[test]
fn errors_of_a_stopped_trail_are_history() {
    let stopped =
        format!("[{TRAIL}.status.seen]\nIsLogging = false\nLatestDeliveryError = \"AccessDenied\"");
    assert_eq!(check(ID, &stopped).status, Status::Pass);
}

#[test]
fn the_error_code_says_where_to_look() {
    let step = |error: &str| {
        let check = check(ID, &format!("[{TRAIL}.status.seen]\nLatestDeliveryError = \"{error}\""));
        match &check.findings[0].fix[..] {
            [Fix::Manual(step)] => step.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert!(step("KMS.DisabledException").starts_with("Enable the key"));
    assert!(step("NoSuchBucket").starts_with("Make bucket"));
    assert!(step("AccessDenied").starts_with("Mend the policy"));
}
