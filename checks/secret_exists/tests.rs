use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::Fix;
use secmon_core::report::Status;
use secmon_core::route::Pins;
use secmon_core::snapshot::{Observed, Snapshot};

use crate::tests::check;

const ID: &str = "secret-exists";

#[test]
fn without_a_secret_there_is_nothing_to_look_for() {
    let mut snapshot = Snapshot::healthy();
    snapshot.asked[0].secret = None;
    let report = crate::run(&snapshot, &BaselineEntry::secret_access(), &Pins::default());
    let check = report.entries[0].checks.iter().find(|check| check.id == ID).unwrap();
    assert_eq!(check.status, Status::NotApplicable);
    assert!(check.reason.as_ref().unwrap().contains("any secret"));
}

#[test]
fn a_secret_that_could_not_be_read_is_unknown() {
    for (answer, action) in [
        ("denied: secretsmanager:DescribeSecret", Some("secretsmanager:DescribeSecret")),
        ("failed: InternalServiceError", None),
        ("not asked", None),
    ] {
        let scenario =
            format!("[targets.\"123456789012/eu-west-1\".secrets]\nTopSecretInfo = \"{answer}\"");
        let check = check(ID, &scenario);
        assert_eq!(check.status, Status::Unknown, "{answer}");
        let unseen = check.unseen.unwrap();
        assert_eq!(
            (unseen.what.as_str(), unseen.denied.as_deref()),
            ("secret TopSecretInfo", action)
        );
    }
}

#[test]
fn an_arn_of_another_region_says_where_to_ask() {
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:TopSecretInfo-a1B2c3";
    let mut snapshot = Snapshot::healthy();
    snapshot.asked[0].secret = Some(arn.to_owned());
    let observations = snapshot.targets.values_mut().next().unwrap();
    observations.secrets.insert(arn.to_owned(), Observed::Absent);
    let report = crate::run(&snapshot, &BaselineEntry::secret_access(), &Pins::default());
    let check = report.entries[0].checks.iter().find(|check| check.id == ID).unwrap();
    let finding = &check.findings[0];
    assert_eq!(
        finding.message,
        "Secret TopSecretInfo does not exist in Region eu-west-1 of account 123456789012."
    );
    assert_eq!(finding.resource, arn);
    assert!(matches!(&finding.fix[..], [Fix::Manual(step)] if step.contains("--region us-east-1")));
}
