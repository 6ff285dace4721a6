use secmon_core::report::{CheckReport, Status, Verdict};

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
fn a_transformer_that_was_not_seen_is_unknown() {
    let denied = judged("\"denied: logs:GetTransformer\"", NONE);
    assert_eq!(denied.unseen.unwrap().denied.as_deref(), Some("logs:GetTransformer"));
    let denied = judged("\"absent\"", "\"denied: logs:DescribeAccountPolicies\"");
    assert_eq!(denied.status, Status::Unknown);
}
