//! Every fault and every scenario: the verdict, what is named first, and who is accused besides.

use std::fmt::Write;
use std::path::Path;

use secmon_core::report::{EntryReport, Status, Verdict};
use secmon_lab::world::Scenario;
use secmon_lab::world::chance::{FAULTS, Fault, Recipe};

use super::judge::{account, each, expected, judged, seen, view, with};

const HEAD: &str = "\
# The fault matrix

Made by `UPDATE=1 cargo test -p secmon-lab --test accounts`; the tests beside it hold it to what they
find. *Inboxes* is the truth: whether a read of the secret arrives at a human, in every setting of the
lab's open questions. *Named first* is the first check that fails, *besides* are others that fail.

";

fn report_of(fault: &'static Fault) -> (Verdict, EntryReport) {
    let account = account(&Recipe::of(Vec::new(), vec![fault]));
    let report = judged(&account, &account.world);
    (expected(account.notified()), report)
}

/// One row of a table.
fn row(id: &str, name: &str, inboxes: &str, report: &EntryReport) -> String {
    let failed = with(report, Status::Fail);
    let (first, besides) = match failed.split_first() {
        Some((first, besides)) => (*first, besides.join(", ")),
        None => ("", String::new()),
    };
    let unseen = match report.verdict {
        Verdict::CannotTell => with(report, Status::Unknown).join(", "),
        _ => String::new(),
    };
    format!("| {id} | {name} | {inboxes} | {} | {first} | {besides} | {unseen} |\n", report.verdict)
}

const COLUMNS: &str = "\
| id | what is wrong | inboxes | doctor | named first | besides | not seen, or in doubt |
| --- | --- | --- | --- | --- | --- | --- |
";

#[test]
fn every_fault_is_named_first_and_alone() {
    let faults: Vec<&'static Fault> = FAULTS.iter().collect();
    let reports = each(&faults, |fault| report_of(fault));
    let mut text = format!("{HEAD}## Faults, each alone in a healthy account\n\n{COLUMNS}");
    let mut wrong = Vec::new();
    for (fault, (inboxes, report)) in faults.iter().zip(&reports) {
        text += &row(fault.id, fault.name, &inboxes.to_string(), report);
        let failed = with(report, Status::Fail);
        let named = match fault.named_by {
            [] => failed.is_empty(),
            by => failed
                .split_first()
                .is_some_and(|(first, besides)| by.contains(first) && besides.is_empty()),
        };
        if report.verdict != *inboxes || !named {
            wrong.push(format!(
                "{} {}: inboxes {inboxes}, doctor {}, {failed:?}, not {:?}",
                fault.id, fault.name, report.verdict, fault.named_by
            ));
        }
    }
    let scenarios: Vec<Scenario> = Scenario::all().unwrap();
    let rows = each(&scenarios, |scenario| {
        let (asked, view) = (scenario.asked().unwrap(), view(scenario));
        let report = seen(&scenario.world().unwrap(), &asked, &view);
        let id = scenario.failure.as_deref().unwrap_or("");
        let row = row(id, &scenario.name, &expected(scenario.notified).to_string(), &report);
        let right = report.verdict == expected(scenario.notified);
        (row, (!right).then(|| format!("{}: {}", scenario.name, report.verdict)))
    });
    let _ = write!(text, "\n## Scenarios of the lab\n\n{COLUMNS}");
    for (row, disagrees) in rows {
        text += &row;
        wrong.extend(disagrees);
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fault-matrix.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "UPDATE=1 writes it anew");
}
