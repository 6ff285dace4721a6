use secmon_core::baseline::{BaselineEntry, Expect, messages};
use secmon_core::report::{CheckReport, Status, Verdict};
use secmon_core::route::Pins;
use secmon_core::snapshot::{Scenario, Snapshot};

use crate::run;
use crate::tests::{check, report};

const ID: &str = "transformer-keeps-the-filters-fields";

/// A filter on transformed events, the group's own transformer and the account's.
fn with(own: &str, policies: &str) -> String {
    format!(
        "[targets.\"123456789012/eu-west-1\".metric_filters.seen.audit-trail.secret-read]\n\
         applyOnTransformedLogs = true\n\
         [targets.\"123456789012/eu-west-1\"]\ntransformer_policies = {policies}\n\
         [targets.\"123456789012/eu-west-1\".transformers]\naudit-trail = {own}\n"
    )
}

fn judged(own: &str, policies: &str) -> CheckReport {
    check(ID, &with(own, policies))
}

const NONE: &str = "{ seen = {} }";
const RENAMES: &str = r#"{ seen = { all = { policyName = "all", policyDocument = '[{"parseJSON":{}},{"renameKeys":{"entries":[{"key":"eventName","renameTo":"operation"}]}}]' CRITERIA } } }"#;

#[test]
fn without_a_transformer_events_come_as_they_are() {
    assert_eq!(judged("\"absent\"", NONE).status, Status::Pass);
    assert_eq!(report(&with("\"absent\"", NONE)).verdict, Verdict::Yes);
    assert_eq!(check(ID, "").status, Status::NotApplicable);
}

#[test]
fn one_that_keeps_the_fields_is_healthy() {
    let keeps = r#"{ seen = { transformerConfig = [{ parseJSON = {} }, { addKeys = { entries = [{ key = "team", value = "x" }] } }] } }"#;
    assert_eq!(report(&with(keeps, NONE)).verdict, Verdict::Yes);
}

#[test]
fn the_accounts_transformer_counts_where_the_group_has_none_and_it_selects_the_group() {
    let all = RENAMES.replace("CRITERIA", "");
    assert_eq!(judged("\"absent\"", &all).status, Status::Fail);
    let others = RENAMES
        .replace("CRITERIA", r#", selectionCriteria = 'LogGroupNamePrefix NOT IN ["audit"]'"#);
    assert_eq!(judged("\"absent\"", &others).status, Status::Pass);
    let own = "{ seen = { transformerConfig = [{ parseJSON = {} }] } }";
    assert_eq!(judged(own, &all).status, Status::Pass, "the group's own wins");
}

#[test]
fn a_selection_that_cannot_be_read_is_no_selection_of_others() {
    for criteria in [r#"LogGroupNamePrefix LIKE "audit%""#, r#"DataSource = "x""#, "LogGroupName"] {
        let unread = RENAMES.replace("CRITERIA", &format!(", selectionCriteria = '{criteria}'"));
        let found = judged("\"absent\"", &unread);
        assert_eq!(found.status, Status::Unknown, "{criteria}");
        let reason = found.unseen.unwrap().reason;
        assert!(reason.contains("the account's transformer all selects"), "{reason}");
        assert_eq!(report(&with("\"absent\"", &unread)).verdict, Verdict::CannotTell);
        let own = "{ seen = { transformerConfig = [{ parseJSON = {} }] } }";
        assert_eq!(judged(own, &unread).status, Status::Pass, "the group's own wins");
    }
}

#[test]
fn a_transformer_that_was_not_seen_is_unknown() {
    let denied = judged("\"denied: logs:GetTransformer\"", NONE);
    assert_eq!(denied.unseen.unwrap().denied.as_deref(), Some("logs:GetTransformer"));
    let denied = judged("\"absent\"", "\"denied: logs:DescribeAccountPolicies\"");
    assert_eq!(denied.status, Status::Unknown);
}

#[test]
fn where_aws_and_secmon_differ_before_the_transformer_is_not_accused() {
    let pattern = r#"{ $.eventName = "getsecretvalue" }"#;
    let keeps = "{ seen = { transformerConfig = [{ parseJSON = {} }] } }";
    let scenario = with(keeps, NONE).replace(
        "applyOnTransformedLogs = true\n",
        &format!("applyOnTransformedLogs = true\nfilterPattern = '{pattern}'\n"),
    );
    let entry = BaselineEntry::secret_access();
    let scenario = Scenario::from_toml(&scenario).unwrap();
    let mut snapshot = scenario.apply(&Snapshot::healthy()).unwrap();
    for message in messages(&snapshot, &entry) {
        snapshot.pattern_tests.record(pattern, &message, message.expect != Expect::MustNot);
    }
    let report = run(&snapshot, &entry, &Pins::default()).entries.remove(0);
    assert_eq!(report.verdict, Verdict::CannotTell);
    let found = report.checks.into_iter().find(|check| check.id == ID).unwrap();
    assert_eq!(found.status, Status::Unknown);
    assert!(found.unseen.unwrap().reason.starts_with("AWS says that the pattern matches "));
}
