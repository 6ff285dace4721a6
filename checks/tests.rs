//! Tests of the table and of every page.

#![expect(clippy::disallowed_methods, reason = "the pages are files")]

use std::path::Path;

use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::{Effect, Fix};
use secmon_core::report::{CheckReport, EntryReport, Status, Verdict};
use secmon_core::route::Pins;
use secmon_core::snapshot::{Scenario, Snapshot};
use serde_json::Value;

use crate::{CHECKLIST, Check, FAILURES, run};

/// The report of a healthy account with a scenario's edit made.
pub(crate) fn report(scenario: &str) -> EntryReport {
    let snapshot = Scenario::from_toml(scenario)
        .and_then(|scenario| scenario.apply(&Snapshot::healthy()))
        .unwrap_or_else(|error| panic!("{error}\n{scenario}"));
    run(&snapshot, &BaselineEntry::secret_access(), &Pins::default()).entries.remove(0)
}

/// What one check says of a healthy account with a scenario's edit made.
pub(crate) fn check(id: &str, scenario: &str) -> CheckReport {
    let found = report(scenario).checks.into_iter().find(|check| check.id == id);
    found.unwrap_or_else(|| panic!("no check {id}"))
}

/// The sentences of one check's findings; empty where it does not fail.
pub(crate) fn findings(id: &str, scenario: &str) -> Vec<String> {
    check(id, scenario).findings.into_iter().map(|finding| finding.message).collect()
}

/// The executed scenarios of a page: each `toml scenario` block with what the block after it
/// expects, the sentences of a `text finding` or the reason of a `text unknown`.
fn scenarios(check: &Check) -> Vec<(String, Vec<String>)> {
    let mut scenarios: Vec<(String, Vec<String>)> = Vec::new();
    for block in check.page.split("\n```").collect::<Vec<_>>().chunks(2).filter_map(|c| c.get(1)) {
        let (info, body) = block.split_once('\n').unwrap_or((block, ""));
        match info {
            "toml scenario" => scenarios.push((body.to_owned(), Vec::new())),
            "text finding" | "text unknown" => {
                let Some((_, findings)) = scenarios.last_mut() else {
                    panic!("{}: a finding before its scenario", check.id)
                };
                findings.extend(body.lines().map(str::to_owned));
            }
            _ => {}
        }
    }
    scenarios
}

#[test]
fn the_healthy_account_passes_every_check() {
    let report = report("");
    for check in &report.checks {
        assert!(
            matches!(check.status, Status::Pass | Status::NotApplicable),
            "{}: {} {:?} {:?} {:?}",
            check.id,
            check.status,
            check.findings,
            check.unseen,
            check.reason
        );
    }
    assert_eq!(report.verdict, Verdict::Yes);
    assert_eq!(report.told, ["email soc@example.org"]);
}

#[test]
fn every_scenario_of_every_page_yields_exactly_its_findings_and_no_earlier_failure() {
    for check in CHECKLIST {
        let scenarios = scenarios(check);
        assert!(!scenarios.is_empty(), "{}: the page has no executed scenario", check.id);
        for (scenario, expected) in scenarios {
            assert!(!expected.is_empty(), "{}: a scenario without its finding", check.id);
            let report = report(&scenario);
            let telling = |check: &&CheckReport| {
                matches!(check.status, Status::Fail | Status::Warn | Status::Unknown)
            };
            let broken: Vec<&CheckReport> = report.checks.iter().filter(telling).collect();
            let failed = broken.iter().find(|check| check.status != Status::Unknown);
            let first = failed
                .or(broken.first())
                .unwrap_or_else(|| panic!("{}: passes\n{scenario}", check.id));
            assert_eq!(first.id, check.id, "{scenario}\n{:?}", first.findings);
            let findings = first.findings.iter().map(|finding| finding.message.as_str());
            let unseen = first.unseen.iter().map(|unseen| unseen.reason.as_str());
            let found: Vec<&str> = findings.chain(unseen).collect();
            assert_eq!(found, expected, "{}\n{scenario}", check.id);
        }
    }
}

/// What is to be run is a change, which is quoted for a shell; prose is wrapped into lines.
#[test]
fn no_step_for_a_human_has_a_command_in_it() {
    for check in CHECKLIST {
        for (scenario, _) in scenarios(check) {
            for check in report(&scenario).checks {
                let hint = check.unseen.and_then(|unseen| unseen.hint);
                let steps = check.findings.into_iter().flat_map(|finding| finding.fix);
                let manual = steps.filter_map(|fix| match fix {
                    Fix::Manual(step) => Some(step),
                    Fix::Change(_) => None,
                });
                for prose in manual.chain(hint) {
                    // A short call that reads something may be quoted.
                    let mut unquoted = prose.split('`').step_by(2);
                    assert!(!unquoted.any(|words| words.contains("aws ")), "{prose}");
                }
            }
        }
    }
}

#[test]
fn every_check_has_a_folder_and_every_folder_a_check() {
    let mut folders: Vec<String> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().join("mod.rs").exists())
        .map(|entry| entry.file_name().to_string_lossy().replace('_', "-"))
        .collect();
    let mut ids: Vec<&str> = CHECKLIST.iter().map(|check| check.id).collect();
    folders.sort();
    ids.sort_unstable();
    assert_eq!(folders, ids);
    ids.dedup();
    assert_eq!(ids.len(), CHECKLIST.len());
}

#[test]
fn the_checklist_is_in_chain_order() {
    let stages: Vec<_> = CHECKLIST.iter().map(|check| check.stage).collect();
    assert!(stages.is_sorted(), "{stages:?}");
}

#[test]
fn every_page_has_its_title_and_sections() {
    for check in CHECKLIST {
        let headings: Vec<&str> = check.page.lines().filter(|l| l.starts_with('#')).collect();
        assert_eq!(
            headings,
            [
                &format!("# {}", check.title)[..],
                "## Why it matters",
                "## How it fails",
                "## How to fix it",
                "## References",
            ],
            "{}",
            check.id
        );
        assert_eq!(check.id, check.title.replace(' ', "-").replace('\'', ""));
    }
}

/// The checklist as the table of `checks/README.md`.
fn checklist_table() -> String {
    let mut table =
        String::from("| stage | check | when it does not hold |\n| --- | --- | --- |\n");
    for check in CHECKLIST {
        let folder = check.id.replace('-', "_");
        let effect = match check.effect {
            Effect::Breaks | Effect::Disproves => format!("nobody is told ({})", check.severity),
            Effect::Degrades => format!("warning ({})", check.severity),
        };
        table +=
            &format!("| {} | [{}]({folder}/README.md) | {effect} |\n", check.stage, check.title);
    }
    table
}

/// The catalogue of failures as the table of `checks/README.md`.
fn failure_table() -> String {
    let mut table = String::from("| failure | what is wrong | told by |\n| --- | --- | --- |\n");
    for failure in FAILURES {
        let link =
            |check: &Check| format!("[{}]({}/README.md)", check.title, check.id.replace('-', "_"));
        let mut told: Vec<String> = failure.checks().map(link).collect();
        told.extend(failure.otherwise.map(str::to_owned));
        table += &format!("| {} | {} | {} |\n", failure.id, failure.says, told.join("; "));
    }
    table
}

#[test]
fn every_failure_of_the_catalogue_has_a_check_or_a_reason() {
    let numbers = [("S", 5), ("T", 15), ("L", 13), ("A", 16), ("N", 14)];
    let all =
        numbers.iter().flat_map(|(part, count)| (1..=*count).map(move |n| format!("{part}{n}")));
    let known: Vec<&str> = FAILURES.iter().map(|failure| failure.id).collect();
    assert_eq!(all.collect::<Vec<_>>(), known);
    for failure in FAILURES {
        let is_told = failure.checks().next().is_some();
        assert!(is_told || failure.otherwise.is_some(), "{}: no check, no reason", failure.id);
    }
    for check in CHECKLIST {
        assert!(!check.failures.is_empty(), "{} tells no failure", check.id);
        for id in check.failures {
            assert!(known.contains(id), "{}: there is no failure {id}", check.id);
        }
    }
}

#[test]
fn the_readme_lists_the_checklist_and_the_failures() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let mut wanted = readme.clone();
    for (name, table) in [("checklist", checklist_table()), ("failures", failure_table())] {
        let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let (before, rest) = wanted.split_once(&start).unwrap();
        let (_, after) = rest.split_once(&end).unwrap();
        wanted = format!("{before}{start}{table}{end}{after}");
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    } else {
        assert!(readme == wanted, "run UPDATE=1 cargo test -p secmon-checks");
    }
}

/// Every place of the healthy snapshot where something was read, as a JSON pointer.
fn slots(value: &Value, pointer: &str, found: &mut Vec<String>) {
    if let Value::Object(fields) = value {
        if fields.len() == 1 && fields.contains_key("seen") {
            found.push(pointer.to_owned());
        }
        for (key, field) in fields {
            let key = key.replace('~', "~0").replace('/', "~1");
            slots(field, &format!("{pointer}/{key}"), found);
        }
    }
}

/// Whatever is denied or fails, one read at a time: no failure is made up, and a check that says
/// something else than before says that it does not know.
#[test]
fn what_cannot_be_seen_is_unknown_and_never_a_failure_or_a_new_pass() {
    let healthy = serde_json::to_value(Snapshot::healthy()).unwrap();
    let before = report("").checks;
    let mut all = Vec::new();
    slots(&healthy, "", &mut all);
    assert!(all.len() > 20, "{all:?}");
    for slot in all {
        for what in ["denied: some:Action", "failed: the connection was lost"] {
            let mut value = healthy.clone();
            *value.pointer_mut(&slot).unwrap() = Value::from(what);
            let snapshot = Snapshot::from_json(&value.to_string()).unwrap();
            let entry = BaselineEntry::secret_access();
            let after = run(&snapshot, &entry, &Pins::default()).entries.remove(0);
            for (before, check) in before.iter().zip(&after.checks) {
                let same = check.status == before.status;
                assert!(
                    same || matches!(check.status, Status::Unknown | Status::NotApplicable),
                    "{what} at {slot}: {} was {} and is {}: {:?} {:?}",
                    check.id,
                    before.status,
                    check.status,
                    check.findings,
                    check.reason
                );
            }
            assert_ne!(after.verdict, Verdict::No, "{what} at {slot}");
        }
    }
}

#[test]
fn a_redacted_snapshot_is_judged_like_the_one_it_was_made_of() {
    let judged = |snapshot: &Snapshot| {
        let report = run(snapshot, &BaselineEntry::secret_access(), &Pins::default());
        let entries = report.entries.iter().map(|entry| {
            let checks = entry.checks.iter();
            let statuses: Vec<_> =
                checks.map(|check| (check.id, check.status, check.findings.len())).collect();
            (entry.verdict, entry.told.len(), statuses)
        });
        entries.collect::<Vec<_>>()
    };
    let healthy = Snapshot::healthy();
    assert_eq!(judged(&healthy.redacted()), judged(&healthy));
    for (scenario, _) in CHECKLIST.iter().flat_map(|check| scenarios(check)) {
        let snapshot = Scenario::from_toml(&scenario).and_then(|one| one.apply(&healthy));
        let snapshot = snapshot.unwrap_or_else(|error| panic!("{error}\n{scenario}"));
        let redacted = snapshot.redacted();
        assert_eq!(judged(&redacted), judged(&snapshot), "{scenario}");
        assert!(!redacted.to_json().contains("123456789012"), "{scenario}");
    }
}
