//! The lab through the program: every scenario judged, and what is collected over the wire against
//! what the world holds.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use secmon_core::baseline::BaselineEntry;
use secmon_core::report::{Report, Verdict};
use secmon_core::route::Pins;
use secmon_core::snapshot::{AccountId, Arn, Caller, Observations, Snapshot};
use secmon_lab::world::{Notified, Scenario, View};
use serde_json::Value;

use crate::snapshots;

/// The program, with nothing in its environment.
fn secmon(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_secmon"));
    command.args(arguments).env_clear();
    command
}

fn expected(notified: Notified) -> Verdict {
    match notified {
        Notified::Yes => Verdict::Yes,
        Notified::No => Verdict::No,
        Notified::CannotTell => Verdict::CannotTell,
    }
}

/// Who the program is in a scenario.
pub(crate) fn view(scenario: &Scenario) -> View {
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

fn projected(scenario: &Scenario) -> Snapshot {
    let world = scenario.world().unwrap();
    let asked = scenario.asked().unwrap();
    world.project(&asked, &BaselineEntry::secret_access(), &Pins::default(), &view(scenario))
}

/// What the doctor says of a scenario, who looks into Event history once it has judged.
fn judged(scenario: &Scenario) -> Report {
    let mut snapshot = projected(scenario);
    let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
    let report = secmon_checks::run(&snapshot, &entry, &pins);
    let reads = secmon_checks::history_to_read(&snapshot, &report);
    scenario.world().unwrap().look_up(&mut snapshot, reads, &view(scenario));
    secmon_checks::run(&snapshot, &entry, &pins)
}

/// The truth, by the inboxes, against what each scenario says of itself.
#[test]
fn every_scenario_notifies_as_it_says() {
    let mut wrong = Vec::new();
    for scenario in Scenario::all().unwrap() {
        let world = scenario.world().unwrap();
        for asked in scenario.asked().unwrap() {
            let told = world.notified(&asked);
            // A denial hides what matters from the doctor, not from the inbox: beneath it the
            // healthy account notifies.
            let says = match world.hides_anything() {
                true => Notified::Yes,
                false => scenario.notified,
            };
            if told != says {
                wrong.push(format!("{}: {told:?}", scenario.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An open question that no scenario turns on would be played by nobody.
#[test]
fn the_open_questions_of_the_chain_decide_scenarios() {
    let mut undecided = BTreeSet::new();
    for scenario in Scenario::all().unwrap() {
        if scenario.notified == Notified::CannotTell {
            let world = scenario.world().unwrap();
            for asked in scenario.asked().unwrap() {
                undecided.append(&mut world.decided_by(&asked));
            }
        }
    }
    let expected = [
        "alarm-not-modelled",
        "cross-region-action",
        "event-target-role",
        "filter-policy-doubt",
        "log-alarm",
        "pattern-doubt",
        "policy-condition-doubt",
    ];
    for hypothesis in expected {
        assert!(undecided.contains(hypothesis), "{hypothesis} decides no scenario: {undecided:?}");
    }
}

#[test]
fn the_doctor_is_right_about_every_scenario() {
    let mut wrong = Vec::new();
    for scenario in Scenario::all().unwrap() {
        let report = judged(&scenario);
        if report.verdict() != expected(scenario.notified) {
            wrong.push(format!("{}: {} is wrong", scenario.name, report.verdict()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_collected_over_the_wire_is_what_the_world_holds() {
    let differ = different_over_the_wire(Scenario::all().unwrap());
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn so_it_is_for_200_accounts_made_by_chance() {
    let made = (0..200).map(|seed| Scenario::named(&format!("random-{seed}")).unwrap());
    let differ = different_over_the_wire(made.collect());
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// How snapshots collected over the wire differ from what the worlds hold.
fn different_over_the_wire(scenarios: Vec<Scenario>) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let differ = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let output = secmon(&["snapshot", "--lab", &scenario.name]).output().unwrap();
                    assert!(output.status.success(), "{}: {output:?}", scenario.name);
                    let collected = comparable(&String::from_utf8(output.stdout).unwrap());
                    let projected = comparable(&projected(scenario).to_json());
                    if collected != projected {
                        let mut places = Vec::new();
                        differences(&collected, &projected, String::new(), &mut places);
                        let text = format!("{}:\n  {}", scenario.name, places.join("\n  "));
                        differ.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let mut differ = differ.into_inner().unwrap();
    differ.sort();
    differ
}

/// A snapshot as it survives the wire, without what the doctor looks up only once something failed.
fn comparable(json: &str) -> Value {
    let mut snapshot = snapshots::comparable(&Snapshot::from_json(json).unwrap());
    let entry = BaselineEntry::secret_access();
    snapshot.targets.retain(|_, seen| {
        seen.event_history.retain(|name, _| entry.event_names.contains(name));
        *seen != Observations::default()
    });
    serde_json::to_value(&snapshot).unwrap()
}

fn differences(a: &Value, b: &Value, path: String, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            let names: BTreeSet<&String> = x.keys().chain(y.keys()).collect();
            for name in names {
                let (a, b) = (&a[name.as_str()], &b[name.as_str()]);
                differences(a, b, format!("{path}/{name}"), found);
            }
        }
        _ if a != b && found.len() < 8 => {
            let short = |value: &Value| value.to_string().chars().take(160).collect::<String>();
            found.push(format!("{path}: wire {} world {}", short(a), short(b)));
        }
        _ => {}
    }
}

#[test]
fn the_first_command_of_the_readme_tells_the_story() {
    let output = secmon(&["doctor", "--lab", "average-statistic"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.starts_with("NO  Nobody is told when TopSecretInfo is read."), "{text}");
    assert!(text.contains("uses Average") && text.contains("(1×1 + 39×0) / 40"), "{text}");
    let output = secmon(&["doctor", "--lab", "healthy"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// The environment of whoever tries it plays no part.
#[test]
fn the_lab_uses_nothing_of_the_environment() {
    let mut command = secmon(&["doctor", "--lab", "healthy"]);
    command
        .env("AWS_ENDPOINT_URL", "http://192.0.2.1:1")
        .env("AWS_ENDPOINT_URL_SNS", "http://192.0.2.1:1")
        .env("AWS_PROFILE", "missing")
        .env("AWS_REGION", "ap-southeast-2")
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_USE_FIPS_ENDPOINT", "true");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_misspelt_scenario_is_corrected() {
    let output = secmon(&["doctor", "--lab", "Average_Statistic"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "case and underscores do not matter");
    let output = secmon(&["doctor", "--lab", "average"]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        error.contains("is it average-statistic?") && error.contains("secmon lab list"),
        "{error}"
    );
}

#[test]
fn every_file_of_a_scenario_is_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lab/world/scenarios");
    let files = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<String> = files
        .map(|file| file.unwrap().file_name().to_string_lossy().replace(".toml", ""))
        .collect();
    files.sort();
    assert_eq!(files, Scenario::names().collect::<Vec<_>>());
}

#[test]
fn the_lists_are_complete_in_text_and_json() {
    let text = secmon(&["lab", "list"]).output().unwrap().stdout;
    let text = String::from_utf8(text).unwrap();
    let json = secmon(&["lab", "list", "-o", "json"]).output().unwrap().stdout;
    let json: Value = serde_json::from_slice(&json).unwrap();
    let names: Vec<&str> = Scenario::names().collect();
    for name in &names {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name}\n{text}");
    }
    assert_eq!(json["scenarios"].as_array().unwrap().len(), names.len());
    let json = secmon(&["lab", "hypotheses", "-o", "json"]).output().unwrap().stdout;
    let json: Value = serde_json::from_slice(&json).unwrap();
    for hypothesis in json["hypotheses"].as_array().unwrap() {
        assert!(hypothesis["settings"].as_array().unwrap().len() >= 2, "{hypothesis}");
    }
}
