//! Two faults in different links: both are named, the earlier first.
//!
//! Where the first leaves nothing of the second to be seen, the second is skipped or unknown, never
//! passed; or, of a route that no event reaches, not applicable, because the report is about the other.

use secmon_core::report::{EntryReport, Status};
use secmon_lab::world::chance::{FAULTS, Fault, Recipe};

use super::judge::{account, each, judged, with};

/// What became of a fault in a report.
#[derive(Debug, PartialEq)]
enum Named {
    /// A check that may name it fails.
    Yes,
    /// Nobody can see it any more.
    Hidden,
    /// The checks that may name it pass.
    No,
}

fn named(fault: &Fault, report: &EntryReport) -> Named {
    let mut checks = report.checks.iter().filter(|check| fault.named_by.contains(&check.id));
    let status = |wanted: Status| move |status: &Status| *status == wanted;
    let all: Vec<Status> = checks.by_ref().map(|check| check.status).collect();
    match () {
        () if all.iter().any(status(Status::Fail)) => Named::Yes,
        () if all.iter().any(|status| matches!(status, Status::Skipped | Status::Unknown)) => {
            Named::Hidden
        }
        // Where no event reaches either route, the report is about the other one.
        () if fault.about == "route" && all.iter().all(status(Status::NotApplicable)) => {
            Named::Hidden
        }
        () => Named::No,
    }
}

#[test]
fn both_faults_are_named_the_earlier_first() {
    let certain: Vec<&'static Fault> =
        FAULTS.iter().filter(|fault| !fault.named_by.is_empty()).collect();
    let mut pairs = Vec::new();
    for (index, first) in certain.iter().enumerate() {
        for second in &certain[index + 1..] {
            if first.stage != second.stage && first.goes_with(second) {
                pairs.push((*first, *second));
            }
        }
    }
    let found = each(&pairs, |(first, second)| {
        let account = account(&Recipe::of(Vec::new(), vec![first, second]));
        let report = judged(&account, &account.world);
        let failed = with(&report, Status::Fail);
        let names = (named(first, &report), named(second, &report));
        let accused = failed.iter().any(|id| {
            let mut causes = first.named_by.iter().chain(second.named_by);
            !causes.any(|cause| cause == id)
        });
        let leads = failed.first().is_some_and(|id| first.named_by.contains(id));
        let right = names.0 == Named::Yes && names.1 != Named::No && leads && !accused;
        let told = (!right).then(|| {
            format!(
                "{} {} + {} {}: {names:?} {failed:?}",
                first.id, first.name, second.id, second.name
            )
        });
        (names.1 == Named::Hidden, told)
    });
    let hidden = found.iter().filter(|(hidden, _)| *hidden).count();
    println!("{} pairs; in {hidden} the second cannot be seen", pairs.len());
    let wrong: Vec<String> = found.into_iter().filter_map(|(_, told)| told).collect();
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), pairs.len(), wrong.join("\n"));
}
