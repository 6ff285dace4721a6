//! Healthy accounts that look like nobody's example: none is accused.

use secmon_core::report::{Status, Verdict};
use secmon_lab::world::Notified;
use secmon_lab::world::chance::{Recipe, VARIATIONS, Variation};

use super::judge::{account, each, judged, with};

/// Each variation alone, in as many drawings as show most of what it may be.
const DRAWINGS: u64 = 6;

/// Of what has many forms.
const MANY: (&str, u64) = ("a pattern written differently", 60);

#[test]
fn no_healthy_account_is_accused() {
    let drawings = |it: &Variation| if it.name == MANY.0 { MANY.1 } else { DRAWINGS };
    let all: Vec<(u64, &'static Variation)> =
        VARIATIONS.iter().flat_map(|it| (0..drawings(it)).map(move |seed| (seed, it))).collect();
    assert!(VARIATIONS.len() >= 60, "{} variations", VARIATIONS.len());
    let wrong = each(&all, |(seed, variation)| {
        let recipe = Recipe { seed: *seed, variations: vec![variation], faults: Vec::new() };
        let account = account(&recipe);
        let report = judged(&account, &account.world);
        let (told, failed) = (account.notified(), with(&report, Status::Fail));
        let right = told == Notified::Yes && report.verdict == Verdict::Yes && failed.is_empty();
        (!right).then(|| {
            format!("{} (seed {seed}): {told:?} {} {failed:?}", variation.name, report.verdict)
        })
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
