//! What the doctor says about an account of the lab, as whoever asks him would hear it.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use secmon_core::baseline::BaselineEntry;
use secmon_core::report::{EntryReport, Status, Verdict};
use secmon_core::route::Pins;
use secmon_core::snapshot::{AccountId, Arn, Asked, Caller};
use secmon_lab::world::chance::{Account, Recipe};
use secmon_lab::world::{Notified, Scenario, View, World};

/// What the doctor says about a world as it is seen.
pub(super) fn judged(account: &Account, world: &World) -> EntryReport {
    seen(world, &account.asked, &account.view)
}

/// The same of any world. What fails sends the doctor to Event history, and it judges once more.
pub(super) fn seen(world: &World, asked: &[Asked], view: &View) -> EntryReport {
    let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
    let mut snapshot = world.project(asked, &entry, &pins, view);
    let mut report = secmon_checks::run(&snapshot, &entry, &pins);
    let reads = secmon_checks::history_to_read(&snapshot, &report);
    if !reads.is_empty() {
        world.look_up(&mut snapshot, reads, view);
        report = secmon_checks::run(&snapshot, &entry, &pins);
    }
    // Of several secrets the one that fares worst.
    report.entries.sort_by_key(|entry| entry.verdict);
    report.entries.pop().unwrap()
}

pub(super) fn expected(notified: Notified) -> Verdict {
    match notified {
        Notified::Yes => Verdict::Yes,
        Notified::No => Verdict::No,
        Notified::CannotTell => Verdict::CannotTell,
    }
}

pub(super) fn account(recipe: &Recipe) -> Account {
    recipe.account().unwrap_or_else(|error| panic!("seed {}: {error}", recipe.seed))
}

/// Who the program is in a scenario.
pub(super) fn view(scenario: &Scenario) -> View {
    let asked = scenario.asked().unwrap();
    let account = asked[0].target.account.clone();
    let arn: Arn = match scenario.roles.is_empty() {
        true => format!("arn:aws:iam::{account}:user/lab"),
        false => format!("arn:aws:sts::{account}:assumed-role/secmon-read/secmon"),
    }
    .parse()
    .unwrap();
    let of_role = |role: &String| role.parse::<Arn>().unwrap().account().parse().unwrap();
    let mut accounts: BTreeSet<AccountId> = scenario.roles.iter().map(of_role).collect();
    accounts.insert(account.clone());
    View { caller: Caller { account, arn }, accounts }
}

/// The checks with this status, in the checklist's order.
pub(super) fn with(report: &EntryReport, status: Status) -> Vec<&'static str> {
    report.checks.iter().filter(|check| check.status == status).map(|check| check.id).collect()
}

/// Does something with each, on every core; what came of it, in order.
pub(super) fn each<T: Sync, R: Send>(all: &[T], make: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, item)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    all.get(index).map(|item| (index, item))
                } {
                    let result = make(item);
                    made.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut made = made.into_inner().unwrap();
    made.sort_by_key(|(index, _)| *index);
    made.into_iter().map(|(_, result)| result).collect()
}
