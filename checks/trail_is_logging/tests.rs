use crate::tests::findings;

#[test]
fn a_trail_that_was_never_started_says_so() {
    assert_eq!(
        findings(
            "trail-is-logging",
            r#"
remove = ["/targets/123456789012~1eu-west-1/trails/seen/arn:aws:cloudtrail:eu-west-1:123456789012:trail~1audit-trail/status"]
[targets."123456789012/eu-west-1".trails.seen."arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail".status.seen]
IsLogging = false
"#
        ),
        ["Trail audit-trail was never started."]
    );
}
