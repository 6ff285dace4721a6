use secmon_core::report::{Status, Verdict};

use crate::tests::report;

#[test]
fn a_denied_read_that_is_missed_is_a_warning_and_the_chain_still_works() {
    let pattern = secmon_core::baseline::BaselineEntry::secret_access().pattern;
    let scenario = format!(
        "remove = [\"/pattern_tests/matches/{}/seen/1\"]",
        pattern.replace('~', "~0").replace('/', "~1").replace('"', "\\\"")
    );
    let whole = report(&scenario);
    let warned = whole.with(Status::Warn).map(|check| check.id).collect::<Vec<_>>();
    // The answers are sorted by label: batch-call, read-by-cli (must), read-by-role, …
    assert_eq!(warned, ["filter-pattern-is-understood"], "secmon says that the pattern matches");
    assert_eq!(whole.with(Status::Fail).next().unwrap().id, "filter-matches-its-events");
    let whole = report(&scenario.replace("seen/1", "seen/0"));
    let warned: Vec<_> = whole.with(Status::Warn).collect();
    assert_eq!(warned.len(), 2);
    assert_eq!(warned[1].id, "filter-pattern-is-understood");
    assert_eq!(warned[0].id, "filter-matches-what-it-should");
    assert!(
        warned[0].findings[0]
            .message
            .contains("does not match the BatchGetSecretValue call itself.")
    );
    assert_eq!(whole.verdict, Verdict::Yes);
}
