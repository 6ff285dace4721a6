//! `setup`, `repair`, `plan`, `apply`, `undo` and `teardown` as people run them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use jiff::SignedDuration;
use secmon_lab::serve::{Clock, Fault, Kind, Server};
use secmon_lab::world::{Notified, Scenario};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const ACCOUNT: &str = "123456789012";
const ALL: &str = "cost,mail,widen,create,drift,resume";

/// A served scenario, and a home for journals.
struct Account {
    runtime: Runtime,
    server: Server,
    scenario: Scenario,
    home: TempDir,
}

impl Account {
    fn of(name: &str) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        let scenario = Scenario::named(name).unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let bind = Server::bind(scenario.world().unwrap(), address, Clock::Still);
        let server = runtime.block_on(bind).unwrap();
        Self { runtime, server, scenario, home: TempDir::new().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_secmon"));
        command
            .args(arguments)
            .args(["--endpoint-url", &self.server.url(), "--region", "eu-west-1"])
            .env_clear()
            .env("HOME", self.home.path())
            .env("AWS_ACCESS_KEY_ID", format!("AKIA{ACCOUNT}LABS"))
            .env("AWS_SECRET_ACCESS_KEY", "lab")
            .stdin(Stdio::null());
        command
    }

    fn secmon(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs it with consent to everything.
    fn agreed(&self, arguments: &[&str]) -> Output {
        let consent = ["--yes", "--expect-account", ACCOUNT, "--allow", ALL];
        self.secmon(&[arguments, &consent].concat())
    }

    fn settle(&self) {
        self.server.with_world(|world| world.advance(SignedDuration::from_mins(40)));
    }

    fn confirm(&self) {
        self.server.with_world(|world| {
            let inboxes = world.inboxes().0.clone();
            let tokens = inboxes.values().flatten().filter_map(|mail| mail.token.clone());
            for token in tokens {
                let _ = world.confirm_by_link(&token);
            }
        });
    }

    fn told(&self) -> Notified {
        let asked = self.scenario.asked().unwrap().remove(0);
        self.server.with_world(|world| world.notified(&asked))
    }

    fn doctor(&self) -> i32 {
        self.secmon(&["doctor", "--secret", "TopSecretInfo"]).status.code().unwrap()
    }

    fn journal(&self) -> PathBuf {
        self.home.path().join("journal.jsonl")
    }

    fn calls(&self) -> Vec<String> {
        let requests = self.server.requests();
        let calls = requests.into_iter().filter_map(|request| request.operation);
        let reads = ["Get", "List", "Describe", "Lookup", "Test", "Filter", "Head"];
        calls.filter(|call| !reads.iter().any(|read| call.starts_with(read))).collect()
    }
}

fn text(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// Standard output as JSON, which its schema describes.
fn json(output: &Output, schema: &str) -> Value {
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&value).map(|it| it.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    value
}

const REPAIR: &str = include_str!("../../src/cli/render/repair.schema.json");
const UNDO: &str = include_str!("../../src/cli/render/undo.schema.json");

/// The same as one line.
fn unwrapped(output: &Output) -> String {
    text(output).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn an_empty_account_gets_the_whole_chain_and_loses_it_again() {
    let account = Account::of("empty");
    let journal = account.journal();
    let setup = ["setup", "--email", "soc@example.org", "--secret", "TopSecretInfo"];
    let shown = account.secmon(&[&setup[..], &["--dry-run"]].concat());
    assert_eq!(shown.status.code(), Some(1), "{}", text(&shown));
    assert_eq!(account.calls(), Vec::<String>::new());

    let built = account.agreed(
        &[&setup[..], &["--journal", path(&journal), "-o", "json", "--tag", "team=sec"]].concat(),
    );
    assert_eq!(built.status.code(), Some(1), "{}", text(&built));
    let outcome = json(&built, REPAIR);
    assert_eq!(outcome["stopped"], Value::Null);
    assert_eq!(outcome["journal"], path(&journal));
    let remains: Vec<&str> =
        outcome["remains"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(
        matches!(remains.as_slice(), [one] if one.starts_with("Follow the link in the mail")),
        "{remains:?}"
    );
    account.confirm();
    account.settle();
    assert_eq!(account.doctor(), 0);
    assert_eq!(account.told(), Notified::Yes);
    let again = account.agreed(&[&setup[..], &["--no-dashboard"]].concat());
    assert!(text(&again).starts_with("Nothing to change"), "{}", text(&again));

    let gone = account.secmon(&["teardown", path(&journal), "--yes", "--expect-account", ACCOUNT]);
    let says = text(&gone);
    assert_eq!(gone.status.code(), Some(1), "{says}");
    // What holds log files and events stays, and is told.
    assert!(says.contains("bucket cloudtrail-logs-123456789012-eu-west-1"), "{says}");
    assert!(says.contains("log group aws-cloudtrail-logs-123456789012 has events"), "{says}");
    // And goes by itself.
    assert!(says.contains("what is in it now is deleted by"), "{says}");
    assert!(says.contains("To others this looks like an attack"), "{says}");
    assert!(says.contains("Stealth:IAMUser/CloudTrailLoggingDisabled"), "{says}");
    let snapshot = account.secmon(&["snapshot", "--secret", "TopSecretInfo"]);
    let snapshot: Value = serde_json::from_slice(&snapshot.stdout).unwrap();
    let at = &snapshot["targets"]["123456789012/eu-west-1"];
    for (list, empty) in [("trails", "{}"), ("metric_filters", "{}")] {
        assert_eq!(at[list]["seen"].to_string(), empty, "{list}");
    }
    assert_eq!(at["alarms"]["seen"]["MetricAlarms"].to_string(), "{}");
    let calls = account.calls();
    for call in ["DeleteTopic", "DeleteRole", "DeleteDashboards", "Unsubscribe"] {
        assert!(calls.iter().any(|there| there == call), "{call} in {calls:?}");
    }
}

#[test]
fn setup_makes_a_key_and_the_tutorials_secret_and_teardown_all_but_what_stays() {
    let account = Account::of("empty-without-secret");
    let journal = account.journal();
    let setup = ["setup", "--email", "soc@example.org", "--demo-secret", "--kms"];
    let built = account.agreed(&[&setup[..], &["--journal", path(&journal)]].concat());
    assert_eq!(built.status.code(), Some(1), "{}", text(&built));
    account.confirm();
    account.settle();
    assert_eq!(account.doctor(), 0);
    assert_eq!(account.told(), Notified::Yes);
    for call in ["CreateSecret", "CreateKey", "CreateAlias"] {
        assert_eq!(account.calls().iter().filter(|made| *made == call).count(), 1, "{call}");
    }
    let written = std::fs::read_to_string(&journal).unwrap();
    assert!(written.contains("CreateSecret") && !written.contains("coffees"), "{written}");
    let again = account.agreed(&setup);
    assert!(text(&again).starts_with("Nothing to change"), "{}", text(&again));

    let teardown = ["teardown", path(&journal), "--yes", "--expect-account", ACCOUNT];
    let calls = account.calls();
    let shown = account.secmon(&[&teardown[..], &["--dry-run", "-o", "json"]].concat());
    assert_eq!(shown.status.code(), Some(0), "{}", text(&shown));
    let shown = json(&shown, UNDO);
    let steps = shown["journals"][0]["steps"].as_array().unwrap();
    assert_eq!(steps[0]["calls"][0], "DeleteDashboards");
    assert_eq!(account.calls(), calls, "a dry run");

    let gone = account.secmon(&teardown);
    let says = unwrapped(&gone);
    assert_eq!(gone.status.code(), Some(1), "{says}");
    assert!(says.contains("secret TopSecretInfo stays, unless --force-secret is given"), "{says}");
    assert!(says.contains("holds objects: it stays, unless --force-bucket is given"), "{says}");
    assert!(account.calls().contains(&"ScheduleKeyDeletion".to_owned()));
    // What stayed is used again.
    let second = account.home.path().join("second.jsonl");
    let built = account.agreed(&[&setup[..], &["--journal", path(&second)]].concat());
    account.confirm();
    account.settle();
    assert_eq!(account.doctor(), 0, "{}", text(&built));
    for call in ["CreateBucket", "CreateLogGroup", "CreateSecret"] {
        assert_eq!(account.calls().iter().filter(|made| *made == call).count(), 1, "{call}");
    }
    let gone = account.secmon(&["teardown", path(&second), "--yes", "--expect-account", ACCOUNT]);
    assert!(!text(&gone).contains("holds objects"), "{}", text(&gone));
    let force = ["--force-secret", "--force-bucket", "--force-log-group"];
    let gone = account.secmon(&[&teardown[..], &force, &["-o", "json"]].concat());
    let outcome = json(&gone, UNDO);
    let stays: Vec<&str> =
        outcome["stays"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(
        matches!(stays.as_slice(), [one] if one.starts_with("Secret TopSecretInfo is deleted 7 days")),
        "{stays:?}"
    );
    let calls = account.calls();
    for call in ["DeleteBucket", "DeleteObjects", "DeleteLogGroup", "DeleteSecret", "DeleteAlias"] {
        assert!(calls.iter().any(|made| made == call), "{call} in {calls:?}");
    }
    let nothing = account.secmon(&teardown);
    assert!(text(&nothing).contains("There is nothing to take back."), "{}", text(&nothing));
}

#[test]
fn what_a_stack_owns_is_changed_with_consent_to_drift_only() {
    let account = Account::of("stack-owned-alarm");
    let repair = ["repair", "--secret", "TopSecretInfo", "--yes", "--expect-account", ACCOUNT];
    let lacking = account.secmon(&[&repair[..], &["--allow", "cost,create,resume"]].concat());
    assert_eq!(lacking.status.code(), Some(1));
    assert!(unwrapped(&lacking).contains("CloudFormation stack alerting owns it"));
    assert!(text(&lacking).contains("add --allow drift"), "{}", text(&lacking));
    assert!(text(&lacking).contains("secmon plan --export"), "{}", text(&lacking));
    assert_eq!(account.calls(), Vec::<String>::new());
    let dry = account.secmon(&["repair", "--secret", "TopSecretInfo", "--dry-run", "-o", "json"]);
    let dry = json(&dry, REPAIR);
    assert_eq!(dry["nothing_because"], "it is a dry run");
    assert_eq!(dry["plan"]["changes"][0]["asks"], serde_json::json!(["drift"]));
    // Whose it is cannot be seen.
    account.server.with_faults(|faults| {
        faults.put(Fault::new("ListTagsForResource", Kind::Deny));
    });
    let unseen = account.secmon(&repair);
    let says = "Whether a stack owns it was not seen: cloudwatch:ListTagsForResource was denied";
    let unseen = unwrapped(&unseen);
    assert!(unseen.contains(says), "{unseen}");
    assert!(unseen.contains("add --allow drift"), "{unseen}");
    account.server.with_faults(|faults| faults.clear());
    let mended = account.secmon(&[&repair[..], &["--allow", "drift"]].concat());
    assert_eq!(mended.status.code(), Some(0), "{}", text(&mended));
    assert_eq!(account.told(), Notified::Yes);
}

#[test]
fn a_trail_is_given_a_topic_of_its_own_if_that_is_wanted() {
    let account = Account::of("alarm-on-the-trails-topic");
    let repair = ["repair", "--secret", "TopSecretInfo"];
    let warned = "sends topic security-alerts a message for each log file";
    let doctor = || unwrapped(&account.secmon(&["doctor", "--secret", "TopSecretInfo"]));
    assert!(doctor().contains(warned), "{}", doctor());
    let nothing = account.agreed(&repair);
    assert!(text(&nothing).starts_with("Nothing to change"), "{}", text(&nothing));
    let journal = account.journal();
    let wanted = ["--separate-topics", "--journal", path(&journal)];
    let separated = account.agreed(&[&repair[..], &wanted].concat());
    assert_eq!(separated.status.code(), Some(0), "{}", text(&separated));
    assert_eq!(account.calls(), ["CreateTopic", "SetTopicAttributes", "UpdateTrail"]);
    assert!(!doctor().contains(warned), "{}", doctor());
    account.settle();
    // CloudTrail may publish there.
    let snapshot = account.secmon(&["snapshot", "--secret", "TopSecretInfo"]);
    let snapshot: Value = serde_json::from_slice(&snapshot.stdout).unwrap();
    let trail = &snapshot["targets"]["123456789012/eu-west-1"]["trails"]["seen"]["arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail"];
    let topic = "arn:aws:sns:eu-west-1:123456789012:security-alerts-log-files";
    assert_eq!(trail["SnsTopicARN"], topic, "{trail:#}");
    assert_eq!(trail["status"]["seen"]["LatestNotificationError"], Value::Null, "{trail:#}");
    let back = account.secmon(&["undo", path(&journal), "--yes", "--expect-account", ACCOUNT]);
    assert_eq!(back.status.code(), Some(0), "{}", text(&back));
    assert!(doctor().contains(warned), "{}", doctor());
}

#[test]
fn nothing_is_changed_unasked() {
    let account = Account::of("average-statistic");
    let repair = ["repair", "--secret", "TopSecretInfo"];
    let unasked = account.secmon(&repair);
    assert_eq!(unasked.status.code(), Some(1));
    assert!(text(&unasked).contains("there is no terminal to ask on"), "{}", text(&unasked));
    let alone = account.secmon(&[&repair[..], &["--yes"]].concat());
    assert_eq!(alone.status.code(), Some(2), "{}", text(&alone));
    let elsewhere =
        account.secmon(&[&repair[..], &["--yes", "--expect-account", "210987654321"]].concat());
    assert_eq!(elsewhere.status.code(), Some(2));
    assert!(
        text(&elsewhere).contains("account 123456789012 would be changed, and not 210987654321")
    );
    let consent = ["--yes", "--expect-account", ACCOUNT];
    let mut on_ci = account.command(&[&repair[..], &consent].concat());
    let on_ci = on_ci.env("CI", "true").output().unwrap();
    assert_eq!(on_ci.status.code(), Some(2));
    assert!(text(&on_ci).contains("--journal FILE"), "{}", text(&on_ci));
    assert_eq!(account.calls(), Vec::<String>::new());

    let disabled = Account::of("actions-disabled");
    let unsafe_change = disabled.secmon(&[&repair[..], &consent].concat());
    assert_eq!(unsafe_change.status.code(), Some(1));
    assert!(text(&unsafe_change).contains("add --allow resume"), "{}", text(&unsafe_change));
    assert_eq!(disabled.calls(), Vec::<String>::new());
}

#[test]
fn a_repair_is_taken_back_by_its_newest_journal() {
    let account = Account::of("average-statistic");
    let consent = ["--yes", "--expect-account", ACCOUNT];
    let doctor = ["doctor", "--repair", "--secret", "TopSecretInfo"];
    let mended = account.secmon(&[&doctor[..], &consent].concat());
    assert_eq!(mended.status.code(), Some(0), "{}", text(&mended));
    assert_eq!(account.told(), Notified::Yes);
    let back = account.secmon(&[&["undo"][..], &consent].concat());
    assert_eq!(back.status.code(), Some(0), "{}", text(&back));
    assert!(text(&back).contains("1 change taken back."), "{}", text(&back));
    assert_eq!(account.told(), Notified::No);
    assert_eq!(account.doctor(), 1);
    let twice = account.secmon(&[&["undo"][..], &consent].concat());
    assert_eq!(twice.status.code(), Some(2));
    assert!(text(&twice).contains("with anything to take back"), "{}", text(&twice));
}

#[test]
fn a_saved_plan_is_applied_once_and_never_to_what_has_changed() {
    let account = Account::of("average-statistic");
    let plan = account.home.path().join("plan.json");
    let saved = account.secmon(&["plan", "--secret", "TopSecretInfo", "--out", path(&plan)]);
    assert_eq!(saved.status.code(), Some(0), "{}", text(&saved));
    assert_eq!(account.calls(), Vec::<String>::new());
    let applied = account.agreed(&["apply", path(&plan)]);
    assert_eq!(applied.status.code(), Some(0), "{}", text(&applied));
    assert_eq!(account.calls(), ["PutMetricAlarm"]);
    // Once more it finds all made.
    let again = account.agreed(&["apply", path(&plan)]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again));
    assert_eq!(account.calls(), ["PutMetricAlarm"]);

    let other = Account::of("alarm-with-a-unit");
    let refused = other.agreed(&["apply", path(&plan)]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused).contains("alarm secret-read has changed since the plan was made"));
    assert_eq!(other.calls(), Vec::<String>::new());

    // What a file says is not believed.
    let fresh = Account::of("average-statistic");
    let text_of_plan = std::fs::read_to_string(&plan).unwrap();
    let (before, after) = text_of_plan.split_once("\"Statistic\": \"Sum\"").unwrap();
    std::fs::write(&plan, format!("{before}\"Statistic\": \"Maximum\"{after}")).unwrap();
    let forged = fresh.agreed(&["apply", path(&plan)]);
    assert_eq!(forged.status.code(), Some(2), "{}", text(&forged));
    assert!(text(&forged).contains("the plan is damaged"), "{}", text(&forged));
    assert_eq!(fresh.calls(), Vec::<String>::new());

    for (damage, says) in [("{", "is no plan of secmon"), ("{\"version\": 7}", "plan version 7")] {
        std::fs::write(&plan, damage).unwrap();
        let damaged = account.agreed(&["apply", path(&plan)]);
        assert_eq!(damaged.status.code(), Some(2));
        assert!(text(&damaged).contains(says), "{}", text(&damaged));
    }
}

/// Killed for good, not only told to stop.
#[test]
fn a_killed_program_leaves_a_journal_to_go_on_from() {
    for milliseconds in [200, 500, 900, 1400] {
        let account = Account::of("empty");
        account.server.with_faults(|faults| {
            faults.put(Fault::new("*", Kind::None).latency_ms(15));
        });
        let journal = account.journal();
        let arguments = [
            "repair",
            "--email",
            "soc@example.org",
            "--secret",
            "TopSecretInfo",
            "--yes",
            "--expect-account",
            ACCOUNT,
            "--allow",
            ALL,
            "--journal",
            path(&journal),
        ];
        let mut child = account.command(&arguments).stdout(Stdio::null()).spawn().unwrap();
        // Reading takes a while; from the first change on the clock runs.
        for _ in 0..20_000 {
            if journal.exists() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        account.server.with_faults(|faults| faults.clear());
        let second = account.home.path().join("second.jsonl");
        let repair = ["repair", "--email", "soc@example.org", "--secret", "TopSecretInfo"];
        let on = account.agreed(&[&repair[..], &["--journal", path(&second)]].concat());
        assert_eq!(on.status.code(), Some(1), "{}", text(&on));
        account.confirm();
        account.settle();
        let judged = account.secmon(&["doctor", "--secret", "TopSecretInfo"]);
        let says = || format!("killed after {milliseconds} ms:\n{}\n{}", text(&on), text(&judged));
        assert_eq!(judged.status.code(), Some(0), "{}", says());
        assert_eq!(account.told(), Notified::Yes, "killed after {milliseconds} ms");
        drop(account.runtime);
    }
}
