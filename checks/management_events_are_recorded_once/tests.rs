use secmon_core::report::{Status, Verdict};

use crate::tests::{check, report};

const ID: &str = "management-events-are-recorded-once";

/// The healthy account with a second trail.
fn second(fields: &str) -> String {
    let arn = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/old-trail";
    format!(
        "[targets.\"123456789012/eu-west-1\".trails.seen.\"{arn}\"]\n\
         Name = \"old-trail\"\nTrailARN = \"{arn}\"\nHomeRegion = \"eu-west-1\"\n{fields}"
    )
}

const LOGGING: &str = "status = { seen = { IsLogging = true } }\n";
const STOPPED: &str = "status = { seen = { IsLogging = false } }\n";
const READS: &str = "selectors = { seen = {} }\n";
const WRITES: &str =
    "selectors = { seen = { EventSelectors = [{ ReadWriteType = \"WriteOnly\" }] } }\n";

#[test]
fn a_second_copy_is_a_note() {
    let twice = second(&format!("{LOGGING}{READS}"));
    assert_eq!(check(ID, &twice).status, Status::Warn);
    assert_eq!(report(&twice).verdict, Verdict::Yes);
}

#[test]
fn a_trail_that_is_stopped_or_records_other_events_is_no_copy() {
    for fields in [[STOPPED, READS], [LOGGING, WRITES]] {
        assert_eq!(check(ID, &second(&fields.concat())).status, Status::Pass, "{fields:?}");
    }
}

#[test]
fn what_another_trail_does_may_be_unseen() {
    let denied = "status = \"denied: cloudtrail:GetTrailStatus\"\n";
    assert_eq!(check(ID, &second(&format!("{denied}{READS}"))).status, Status::Unknown);
}
