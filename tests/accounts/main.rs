//! Whether the doctor is right, against what arrives in the inboxes of simulated accounts.

use secmon_core::baseline::BaselineEntry;
use secmon_core::report::{EntryReport, Verdict};
use secmon_core::route::Pins;
use secmon_lab::world::chance::{Account, Recipe};
use secmon_lab::world::{Notified, World};

mod random;

/// What the doctor says about a world as it is seen.
fn judged(account: &Account, world: &World) -> EntryReport {
    let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
    let snapshot = world.project(&account.asked, &entry, &pins, &account.view);
    let mut report = secmon_checks::run(&snapshot, &entry, &pins);
    assert_eq!(report.entries.len(), 1);
    report.entries.remove(0)
}

fn expected(notified: Notified) -> Verdict {
    match notified {
        Notified::Yes => Verdict::Yes,
        Notified::No => Verdict::No,
        Notified::CannotTell => Verdict::CannotTell,
    }
}

fn account(recipe: &Recipe) -> Account {
    recipe.account().unwrap_or_else(|error| panic!("seed {}: {error}", recipe.seed))
}
