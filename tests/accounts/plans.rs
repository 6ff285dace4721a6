//! Plans of repair, for every scenario: what they come to.

use std::collections::BTreeSet;

use secmon_core::baseline::BaselineEntry;
use secmon_core::plan::{Choices, Planned, Refusal, plan};
use secmon_core::report::Verdict;
use secmon_core::route::Pins;
use secmon_core::snapshot::Snapshot;
use secmon_lab::world::{Scenario, View, World};

use super::judge::{each, view};

fn choices() -> Choices {
    Choices { email: Some("soc@example.org".to_owned()), ..Choices::default() }
}

fn planned(snapshot: &Snapshot) -> Result<Planned, Refusal> {
    let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
    let judge = |snapshot: &Snapshot| secmon_checks::run(snapshot, &entry, &pins);
    plan(snapshot, (&entry, &pins), &judge, &choices())
}

/// The plan for an account that is read until nothing is missing.
fn planned_by_reading(
    world: &World,
    snapshot: &mut Snapshot,
    view: &View,
) -> Result<Planned, Refusal> {
    let mut done = BTreeSet::new();
    loop {
        let mut planned = planned(snapshot)?;
        planned.reads.retain(|read| !done.contains(read));
        if planned.reads.is_empty() {
            return Ok(planned);
        }
        done.extend(planned.reads.iter().cloned());
        world.look_up(snapshot, planned.reads, view);
    }
}

#[test]
fn every_scenario_is_mended_or_left_to_a_human() {
    let scenarios: Vec<Scenario> = Scenario::all().unwrap();
    let lines = each(&scenarios, |scenario| {
        let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
        let world = scenario.world().unwrap();
        let mut snapshot =
            world.project(&scenario.asked().unwrap(), &entry, &pins, &view(scenario));
        let name = &scenario.name;
        let planned = match planned_by_reading(&world, &mut snapshot, &view(scenario)) {
            Ok(planned) => planned,
            Err(refusal) => return format!("{name}: {refusal}\n"),
        };
        let again = self::planned(&planned.after).unwrap();
        let mut text = String::new();
        let ok = planned.plan.after.iter().all(|verdict| *verdict == Verdict::Yes);
        text += &format!(
            "{} {name}: {:?} -> {:?} {} changes, again {}\n",
            if ok { "ok " } else { "   " },
            planned.plan.before,
            planned.plan.after,
            planned.plan.changes.len(),
            again.plan.changes.len()
        );
        if !ok {
            for hand in &planned.plan.by_hand {
                text += &format!("      by hand: {hand}\n");
            }
            for entry in &planned.report.entries {
                for check in &entry.checks {
                    if matches!(
                        check.status,
                        secmon_core::report::Status::Fail | secmon_core::report::Status::Unknown
                    ) {
                        let m = check
                            .findings
                            .iter()
                            .map(|f| f.message.clone())
                            .chain(check.unseen.iter().map(|u| u.reason.clone()))
                            .collect::<Vec<_>>()
                            .join(" ");
                        text += &format!(
                            "      {} {}: {}\n",
                            check.status,
                            check.id,
                            m.chars().take(150).collect::<String>()
                        );
                    }
                }
            }
        }
        text
    });
    println!("{}", lines.concat());
}
