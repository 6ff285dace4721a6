use secmon_core::finding::Fix;
use secmon_core::plan::Intent;
use secmon_core::report::Status;

use crate::tests::check;

const ID: &str = "trail-records-its-events";
const ARN: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail";

fn with(answer: &str) -> String {
    format!(
        "remove = [\"/targets/123456789012~1eu-west-1/trails/seen/{}/selectors\"]\n\
         [targets.\"123456789012/eu-west-1\".trails.seen.\"{ARN}\"]\n{answer}",
        ARN.replace('/', "~1")
    )
}

fn fields(selectors: &str) -> String {
    with(&format!("selectors.seen.AdvancedEventSelectors = [{selectors}]"))
}

fn status(scenario: &str) -> Status {
    check(ID, scenario).status
}

#[test]
fn a_default_trail_may_answer_with_one_advanced_selector() {
    let management =
        r#"{ FieldSelectors = [{ Field = "eventCategory", Equals = ["Management"] }] }"#;
    assert_eq!(status(&fields(management)), Status::Pass);
    assert_eq!(status(&with("selectors.seen = {}")), Status::Pass);
}

#[test]
fn one_selector_that_takes_reads_is_enough() {
    let two = r#"selectors.seen.EventSelectors = [{ ReadWriteType = "WriteOnly" }, { ReadWriteType = "ReadOnly" }]"#;
    assert_eq!(status(&with(two)), Status::Pass);
    let kms = r#"selectors.seen.EventSelectors = [{ ExcludeManagementEventSources = ["kms.amazonaws.com"] }]"#;
    assert_eq!(status(&with(kms)), Status::Pass);
}

#[test]
fn the_batch_call_alone_is_no_loss_and_the_single_read_is() {
    let only = |name: &str| {
        fields(&format!(
            r#"{{ FieldSelectors = [{{ Field = "eventCategory", Equals = ["Management"] }}, {{ Field = "eventName", Equals = ["{name}"] }}] }}"#
        ))
    };
    assert_eq!(status(&only("GetSecretValue")), Status::Pass);
    let batch = check(ID, &only("BatchGetSecretValue"));
    assert_eq!(
        batch.findings[0].message,
        "Trail audit-trail does not record GetSecretValue: selector 1 asks for eventName Equals \
         BatchGetSecretValue; GetSecretValue has eventName GetSecretValue."
    );
}

#[test]
fn a_source_left_out_by_an_advanced_selector_is_lost() {
    let without = r#"{ FieldSelectors = [{ Field = "eventCategory", Equals = ["Management"] }, { Field = "eventSource", NotEquals = ["secretsmanager.amazonaws.com"] }] }"#;
    let check = check(ID, &fields(without));
    assert_eq!(check.status, Status::Fail);
    assert!(matches!(
        &check.findings[0].fix[..],
        [Fix::Change(Intent::RecordManagementEvents { .. })]
    ));
}

#[test]
fn a_field_that_differs_from_read_to_read_is_unknown() {
    let some = r#"{ FieldSelectors = [{ Field = "eventCategory", Equals = ["Management"] }, { Field = "userIdentity.arn", StartsWith = ["arn:aws:iam::123456789012:user/"] }] }"#;
    let check = check(ID, &fields(some));
    assert_eq!(check.status, Status::Unknown);
    assert!(check.unseen.unwrap().reason.contains("userIdentity.arn"));
}

#[test]
fn selectors_that_could_not_be_read_are_unknown() {
    for answer in ["denied: cloudtrail:GetEventSelectors", "failed: timed out", "not asked"] {
        assert_eq!(
            status(&with(&format!("selectors = \"{answer}\""))),
            Status::Unknown,
            "{answer}"
        );
    }
}
