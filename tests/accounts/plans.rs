//! Plans of repair, for every scenario: what they come to.

use std::collections::BTreeSet;
use std::path::Path;

use secmon_core::baseline::BaselineEntry;
use secmon_core::plan::{Choices, Consent, Plan, Planned, Refusal, plan};
use secmon_core::report::Verdict;
use secmon_core::route::Pins;
use secmon_core::snapshot::Snapshot;
use secmon_lab::world::{Notified, Scenario, View, World};

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

const HEAD: &str = "\
# Plans of repair

Made by `UPDATE=1 cargo test -p secmon-lab --test accounts`; the tests beside it hold it to what they
find. *After* is the verdict that the plan expects, before anybody follows the link in a mail; *by
hand* is what is left to a human. Whom to tell is soc@example.org, where nobody is told.

| scenario | before | calls | to be agreed to | after | by hand |
| --- | --- | --- | --- | --- | --- |
";

fn row(scenario: &Scenario) -> String {
    let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
    let (world, view) = (scenario.world().unwrap(), view(scenario));
    let mut snapshot = world.project(&scenario.asked().unwrap(), &entry, &pins, &view);
    let name = &scenario.name;
    let planned = planned_by_reading(&world, &mut snapshot, &view);
    let Planned { plan, after, .. } = planned.unwrap_or_else(|why| panic!("{name}: {why}"));
    let again = self::planned(&after).unwrap_or_else(|why| panic!("{name}, again: {why}"));
    assert_eq!(again.plan.changes, [], "{name} is planned a second time");
    assert_eq!(plan.before.contains(&Verdict::No), scenario.notified == Notified::No, "{name}");
    if plan.before.iter().all(|verdict| *verdict == Verdict::Yes) {
        assert_eq!(plan.changes, [], "{name} is healthy");
    }
    assert_eq!(Plan::from_json(&plan.to_json()).as_ref(), Ok(&plan), "{name}");
    let verdicts = |verdicts: &[Verdict]| {
        verdicts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let calls: Vec<&str> = plan.changes.iter().map(|change| change.write.operation()).collect();
    let asks: Vec<&str> = plan.asks().into_iter().map(Consent::name).collect();
    format!(
        "| {name} | {} | {} | {} | {} | {} |\n",
        verdicts(&plan.before),
        calls.join(", "),
        asks.join(", "),
        verdicts(&plan.after),
        plan.by_hand.join(" ").replace('|', "\\|").replace('\n', " "),
    )
}

#[test]
fn every_scenario_is_mended_or_left_to_a_human() {
    let scenarios: Vec<Scenario> = Scenario::all().unwrap();
    let text = HEAD.to_owned() + &each(&scenarios, row).concat();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/repair-plans.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "UPDATE=1 writes it anew");
}
