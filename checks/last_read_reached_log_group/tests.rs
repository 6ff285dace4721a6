use secmon_core::finding::Stage;
use secmon_core::report::{Status, Verdict};

use super::CHECK;
use crate::evidence::tests::{HERE, in_group, quiet, read_and};
use crate::tests::{check, report};

const ID: &str = "last-read-reached-log-group";
const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail";

/// Nobody changed anything, but for these events of `UpdateTrail`.
fn history(updates: &str) -> String {
    let calls = [("UpdateTrail", updates), ("PutEventSelectors", ""), ("CreateTrail", "")];
    let of_iam = quiet("targets.\"123456789012/us-east-1\"", &CHECK.changed_by[3..]);
    read_and(&calls) + &of_iam
}

fn status(scenario: &str) -> Status {
    check(ID, scenario).status
}

#[test]
fn a_read_that_arrived_passes() {
    assert_eq!(status(&(in_group(true) + &history(""))), Status::Pass);
}

#[test]
fn a_trail_that_is_stopped_has_the_missing_read_for_a_symptom() {
    let stopped = format!("[{HERE}.trails.seen.\"{TRAIL}\".status.seen]\nIsLogging = false\n");
    let found = check(ID, &(stopped + &in_group(false) + &history("")));
    assert_eq!(found.status, Status::Fail);
    assert_eq!(found.findings[0].between, Some((Stage::Trail, Stage::Delivery)));
}

#[test]
fn a_change_after_the_read_makes_it_stale() {
    let update = |time: &str| {
        format!(
            r#"{{ EventId = "1", EventName = "UpdateTrail", EventTime = "{time}", CloudTrailEvent = '{{"userIdentity":{{"type":"IAMUser","userName":"alice"}},"requestParameters":{{"name":"audit-trail"}}}}' }}"#
        )
    };
    let after = in_group(false) + &history(&update("2026-01-05T09:30:00Z"));
    let report = report(&after);
    assert_eq!(report.verdict, Verdict::Yes);
    assert_eq!(status(&after), Status::NotApplicable);
    assert_eq!(
        status(&(in_group(false) + &history(&update("2026-01-05T09:00:00Z")))),
        Status::Unknown
    );
}

#[test]
fn a_healthy_chain_is_never_accused_of_a_read_that_could_not_be_there() {
    let read = history("");
    let started = format!(
        "[{HERE}.trails.seen.\"{TRAIL}\".status.seen]\nStartLoggingTime = \"2026-01-05T09:13:30Z\"\n"
    );
    let group = |field: &str| format!("[{HERE}.log_groups.seen.audit-trail]\n{field}\n");
    let young = read.replace("2026-01-05T09:14:00Z", "2026-01-05T09:50:00Z");
    let old = read.replace("2026-01-05T09:14:00Z", "2025-12-20T09:14:00Z");
    for scenario in [
        in_group(false) + &started + &read,
        in_group(false) + &group("creationTime = 1767604500000") + &read,
        in_group(false) + &young,
        in_group(false) + &old,
        history(""),
    ] {
        let report = report(&scenario);
        let found = check(ID, &scenario);
        let nothing = matches!(found.status, Status::NotApplicable | Status::Unknown);
        assert!(nothing, "{scenario}");
        assert_eq!(report.verdict, Verdict::Yes, "{scenario}");
    }
}

#[test]
fn a_search_that_was_denied_costs_nothing() {
    let denied = in_group(true).replace("[{ timestamp = 1767604545310 }]", "[]");
    let denied = denied.replace(".seen = []", " = \"denied: logs:FilterLogEvents\"");
    let report = report(&(denied.clone() + &history("")));
    assert_eq!(report.verdict, Verdict::Yes);
    assert_eq!(status(&(denied + &history(""))), Status::Unknown);
}
