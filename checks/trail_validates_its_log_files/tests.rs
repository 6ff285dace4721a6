use secmon_core::finding::Severity;
use secmon_core::report::{Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "trail-validates-its-log-files";
const OFF: &str = r#"
[targets."123456789012/eu-west-1".trails.seen."arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail"]
LogFileValidationEnabled = false
"#;

#[test]
fn it_is_a_note_and_costs_no_verdict() {
    let found = check(ID, OFF);
    assert_eq!((found.status, found.severity), (Status::Warn, Severity::Informational));
    assert_eq!(report(OFF).verdict, Verdict::Yes);
}
