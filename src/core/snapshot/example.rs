//! A healthy account, the ground that examples, tests and scenarios stand on.

use std::sync::LazyLock;

use super::Snapshot;
use crate::baseline::{BaselineEntry, Expect, messages};

impl Snapshot {
    /// An account whose chain works: a read of `TopSecretInfo` mails `soc@example.org`.
    ///
    /// Account 123456789012, Region eu-west-1, 2026-01-05 10:12 UTC. `healthy.json` beside this
    /// file shows it, but for what AWS answered about the filter's pattern.
    pub fn healthy() -> Self {
        static HEALTHY: LazyLock<Snapshot> = LazyLock::new(read);
        HEALTHY.clone()
    }
}

#[expect(clippy::expect_used, reason = "the file is part of the program and read by every test")]
fn read() -> Snapshot {
    let mut snapshot =
        Snapshot::from_json(include_str!("healthy.json")).expect("healthy.json is a snapshot");
    let entry = BaselineEntry::secret_access();
    for message in messages(&snapshot, &entry) {
        let matches = message.expect != Expect::MustNot;
        snapshot.pattern_tests.record(&entry.pattern, &message, matches);
    }
    snapshot
}
