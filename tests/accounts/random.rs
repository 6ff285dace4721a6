//! Accounts made by chance: the verdict against the inboxes.

use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use secmon_core::report::{Status, Verdict};
use secmon_lab::world::chance::{Fault, Recipe};
use secmon_lab::world::{Scenario, ScenarioError};

use super::judge::{account, expected, judged, view};

/// How many accounts are made; the variable ACCOUNTS asks for another number, and FIRST for another
/// first seed than 0.
const ACCOUNTS: u64 = 500;

/// How many disagreements are worth telling.
const WORTH_TELLING: usize = 12;

#[test]
fn the_verdict_on_accounts_made_by_chance_is_what_the_inboxes_say() {
    let first = match std::env::var("FIRST") {
        Ok(first) => first.parse().unwrap(),
        Err(_) => 0,
    };
    let accounts: u64 = first
        + match std::env::var("ACCOUNTS") {
            Ok(count) => count.parse().unwrap(),
            Err(_) => ACCOUNTS,
        };
    let next = AtomicU64::new(first);
    let wrong = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= accounts || wrong.lock().unwrap().len() >= WORTH_TELLING {
                        return;
                    }
                    let recipe = Recipe::drawn(seed);
                    if !agrees(&recipe) {
                        let told = told(&smallest(recipe));
                        wrong.lock().unwrap().push(told);
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    wrong.dedup_by(|a, b| a.split_once('\n').unwrap().1 == b.split_once('\n').unwrap().1);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// `secmon doctor --lab random-4711` is to show what a seed told here.
#[test]
fn the_scenario_of_a_seed_is_its_account() {
    for seed in [4711, 0, u64::MAX] {
        let scenario = Scenario::named(&format!("random-{seed}")).unwrap();
        let account = account(&Recipe::drawn(seed));
        assert_eq!(scenario.name, format!("random-{seed}"));
        assert_eq!(scenario.world().unwrap(), account.world);
        assert_eq!(scenario.asked().unwrap(), account.asked);
        assert_eq!(scenario.notified, account.notified());
        assert_eq!(view(&scenario), account.view);
        let named = |fault: &&Fault| scenario.title.contains(fault.name);
        assert!(Recipe::drawn(seed).faults.iter().all(named), "{}", scenario.title);
    }
    for none in ["random-", "random-x", "random--1", "random"] {
        assert!(matches!(Scenario::named(none), Err(ScenarioError::Unknown { .. })), "{none}");
    }
}

fn verdicts(recipe: &Recipe) -> (Verdict, Verdict) {
    let account = account(recipe);
    (expected(account.notified()), judged(&account, &account.world).verdict)
}

fn agrees(recipe: &Recipe) -> bool {
    let (inboxes, doctor) = verdicts(recipe);
    inboxes == doctor
}

/// The same with everything left out without which they still disagree.
fn smallest(mut recipe: Recipe) -> Recipe {
    loop {
        let smaller = left_out(&recipe).into_iter().find(|smaller| !agrees(smaller));
        match smaller {
            Some(smaller) => recipe = smaller,
            None => return recipe,
        }
    }
}

/// The recipe without each one thing.
fn left_out(recipe: &Recipe) -> Vec<Recipe> {
    let mut all = Vec::new();
    for index in 0..recipe.faults.len() {
        let mut smaller = recipe.clone();
        smaller.faults.remove(index);
        all.push(smaller);
    }
    for index in 0..recipe.variations.len() {
        let mut smaller = recipe.clone();
        smaller.variations.remove(index);
        all.push(smaller);
    }
    all
}

fn told(recipe: &Recipe) -> String {
    let account = account(recipe);
    let report = judged(&account, &account.world);
    let (inboxes, doctor) = (expected(account.notified()), report.verdict);
    let mut text = format!("seed {}\n", recipe.seed);
    let _ = writeln!(text, "  the inboxes say {inboxes}, the doctor says {doctor}");
    for fault in &recipe.faults {
        let _ = writeln!(text, "  fault {} {}", fault.id, fault.name);
    }
    for variation in &recipe.variations {
        let _ = writeln!(text, "  {}: {}", variation.about, variation.name);
    }
    for check in report.checks {
        if matches!(check.status, Status::Fail | Status::Unknown) {
            let found = check.findings.iter().map(|finding| finding.message.as_str());
            let unseen = check.unseen.iter().map(|unseen| unseen.reason.as_str());
            let why: Vec<&str> = found.chain(unseen).collect();
            let _ = writeln!(text, "    {} {}: {}", check.status, check.id, why.join(" "));
        }
    }
    text
}
