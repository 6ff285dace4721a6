//! `setup`, `repair`, `plan`, `apply`, `undo` and `teardown` as people run them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secmon_aws::{Connection, Keys, Session};
use secmon_core::baseline::BaselineEntry;
use secmon_core::plan::Write;
use secmon_core::route::Pins;
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

    /// Somebody else makes a call.
    fn call(&self, write: &Write) {
        let connection = Connection {
            region: Some("eu-west-1".to_owned()),
            endpoint_url: Some(self.server.url()),
            keys: Some(Keys {
                access_key_id: format!("AKIA{ACCOUNT}LABS"),
                secret_access_key: "lab".to_owned(),
            }),
            ..Connection::default()
        };
        let (entry, pins) = (BaselineEntry::secret_access(), Pins::default());
        self.runtime.block_on(async {
            let session = Session::open(&connection, &[]).await.unwrap();
            session.collect(&entry, &pins, Timestamp::UNIX_EPOCH, &|_| ()).await;
            session.write(write).await.unwrap();
        });
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
    assert!(
        says.contains(
            "secret TopSecretInfo may be read by others: it stays, unless --force-secret is given"
        ),
        "{says}"
    );
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
fn what_others_use_stays_with_what_feeds_and_encrypts_it() {
    let account = Account::of("empty");
    let journal = account.journal();
    let setup = ["setup", "--email", "soc@example.org", "--secret", "TopSecretInfo", "--kms"];
    account.agreed(&[&setup[..], &["--journal", path(&journal)]].concat());
    let topic = "arn:aws:sns:eu-west-1:123456789012:secmon-alerts";
    account.call(&Write::Subscribe {
        topic: topic.parse().unwrap(),
        protocol: "email".to_owned(),
        endpoint: "colleague@example.org".to_owned(),
    });
    let journal_text = std::fs::read_to_string(&journal).unwrap();
    let filter = journal_text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut filters = filter.filter_map(|line| {
        let filter = &line["about"]["change"]["write"]["filter"];
        (!filter.is_null()).then(|| filter.clone())
    });
    let mut theirs = filters.next().unwrap();
    theirs["filterName"] = "theirs".into();
    account.call(&Write::PutMetricFilter {
        target: "123456789012/eu-west-1".to_owned().try_into().unwrap(),
        filter: serde_json::from_value(theirs).unwrap(),
    });
    account.confirm();
    account.settle();
    let teardown = ["teardown", path(&journal), "--yes", "--expect-account", ACCOUNT];
    let gone = account.secmon(&teardown);
    let says = unwrapped(&gone);
    assert_eq!(gone.status.code(), Some(1), "{says}");
    assert!(
        says.contains("topic secmon-alerts has subscriptions: it stays, unless --force-used"),
        "{says}"
    );
    assert!(says.contains("trail management-events feeds metric filter theirs"), "{says}");
    let calls = account.calls();
    for call in ["DeleteTrail", "StopLogging", "DeleteTopic", "ScheduleKeyDeletion"] {
        assert!(!calls.iter().any(|made| made == call), "{call} in {calls:?}");
    }
    let snapshot = account.secmon(&["snapshot", "--secret", "TopSecretInfo", "--topic", topic]);
    let snapshot: Value = serde_json::from_slice(&snapshot.stdout).unwrap();
    let at = &snapshot["targets"]["123456789012/eu-west-1"];
    assert_eq!(at["trails"]["seen"].as_object().unwrap().len(), 1);
    let force = ["--force-used", "--force-bucket", "--force-log-group"];
    let gone = account.secmon(&[&teardown[..], &force].concat());
    let says = unwrapped(&gone);
    let calls = account.calls();
    for call in ["DeleteTrail", "DeleteTopic", "ScheduleKeyDeletion", "DeleteLogGroup"] {
        assert!(calls.iter().any(|made| made == call), "{call} in {calls:?}: {says}");
    }
}

#[test]
fn what_was_changed_since_is_left_alone_unless_forced() {
    let account = Account::of("average-statistic");
    let journal = account.journal();
    let repair = ["repair", "--secret", "TopSecretInfo", "--journal", path(&journal)];
    assert_eq!(account.agreed(&repair).status.code(), Some(0));
    let text_of_journal = std::fs::read_to_string(&journal).unwrap();
    let about: Value = serde_json::from_str(text_of_journal.lines().nth(1).unwrap()).unwrap();
    let mut alarm = about["about"]["change"]["write"]["alarm"].clone();
    alarm["AlarmDescription"] = "by hand".into();
    account.call(&Write::PutMetricAlarm {
        target: "123456789012/eu-west-1".to_owned().try_into().unwrap(),
        alarm: serde_json::from_value(alarm).unwrap(),
        tags: Default::default(),
    });
    let undo = ["undo", path(&journal), "--yes", "--expect-account", ACCOUNT];
    for more in [&["--dry-run"][..], &[]] {
        let refused = account.secmon(&[&undo[..], more].concat());
        assert!(
            unwrapped(&refused).contains("alarm secret-read has changed since (AlarmDescription)"),
            "{}",
            text(&refused)
        );
    }
    assert_eq!(account.told(), Notified::Yes);
    let forced = account.secmon(&[&undo[..], &["--force"]].concat());
    assert_eq!(forced.status.code(), Some(0), "{}", text(&forced));
    assert_eq!(account.told(), Notified::No);

    // What a journal says is not believed.
    let forged = account.home.path().join("forged.jsonl");
    let (before, after) = text_of_journal.split_once(r#""undo":{"writes":[{"#).unwrap();
    let deletes = format!(
        r#"{before}"undo":{{"writes":[{{"call":"DeleteAlarms","target":"123456789012/eu-west-1","alarm":"secret-read"}},{{{after}"#
    );
    std::fs::write(&forged, deletes).unwrap();
    let calls = account.calls();
    let refused = account.secmon(&["undo", path(&forged), "--yes", "--expect-account", ACCOUNT]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    assert!(
        unwrapped(&refused).contains("is not taken back by DeleteAlarms"),
        "{}",
        text(&refused)
    );
    let elsewhere =
        text_of_journal.replacen(r#""Statistic":"Average""#, r#""Statistic":"Maximum""#, 1);
    std::fs::write(&forged, elsewhere).unwrap();
    let again = account.home.path().join("again.jsonl");
    let repair = ["repair", "--secret", "TopSecretInfo", "--journal", path(&again)];
    assert_eq!(account.agreed(&repair).status.code(), Some(0));
    let refused = account.secmon(&["undo", path(&forged), "--yes", "--expect-account", ACCOUNT]);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    assert!(!account.calls()[calls.len()..].contains(&"DeleteAlarms".to_owned()));
    assert_eq!(account.told(), Notified::Yes, "{}", text(&refused));
}

#[test]
fn a_name_that_is_not_there_is_an_error() {
    let account = Account::of("healthy");
    for (named, says) in [
        (["--alarm", "secret-raed"], "secret-raed"),
        (["--filter", "nosuch"], "nosuch"),
        (["--topic", "nosuch"], "nosuch"),
    ] {
        for command in ["repair", "setup"] {
            let arguments = [&[command, "--email", "soc@example.org"][..], &named].concat();
            let wrong = account.agreed(&arguments);
            assert_eq!(wrong.status.code(), Some(2), "{arguments:?}: {}", text(&wrong));
            assert!(text(&wrong).contains(says), "{arguments:?}: {}", text(&wrong));
        }
    }
    assert_eq!(account.calls(), Vec::<String>::new());
    for (tag, says) in [("aws:foo=x", "AWS's own"), ("a=<>", "letters, digits"), ("a", "no tag")] {
        let wrong = account.agreed(&["setup", "--email", "soc@example.org", "--tag", tag]);
        assert_eq!(wrong.status.code(), Some(2));
        assert!(text(&wrong).contains(says), "{}", text(&wrong));
    }
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

    // Nor does a plan take away what plans do not.
    let deletes = format!("{before}\"Statistic\": \"Sum\"{after}");
    let mut forged: Value = serde_json::from_str(&deletes).unwrap();
    forged["changes"][0]["write"] = serde_json::json!({
        "call": "DeleteAlarms", "target": "123456789012/eu-west-1", "alarm": "secret-read",
    });
    std::fs::write(&plan, forged.to_string()).unwrap();
    let forged = fresh.agreed(&["apply", path(&plan)]);
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
