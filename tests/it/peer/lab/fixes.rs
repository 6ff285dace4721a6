//! The commands that the doctor prints, run by the AWS CLI on every scenario of the lab.
//!
//! A person does what the report says: runs its commands as they are printed, with placeholders
//! filled in, follows the link of a confirmation mail, waits, and asks again. Where the report has
//! nothing more to offer, the chain must be whole, by the doctor and by the inbox, or what is left
//! must be what [`LEFT`] says of the scenario. `cargo test … fixes -- --nocapture` shows the table.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;

use jiff::SignedDuration;
use secmon_core::snapshot::Asked;
use secmon_lab::serve::{Clock, Server};
use secmon_lab::world::{Notified, Scenario};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::install;

/// What stays broken after every command was run, because only a person can mend it.
const LEFT: &[(&str, &[&str])] = &[
    ("action-names-a-subscription", &["topic-exists"]),
    ("busy", &["management-events-are-recorded-once"]),
    ("empty-without-secret", &["secret-exists"]),
    ("log-alarm-misspelt", &["log-alarm-finds-its-events"]),
    ("log-alarm-on-another-group", &["log-alarm-queries-the-log-group"]),
    ("log-alarm-wants-two", &["log-alarm-fires-on-one-event"]),
    ("log-file-key-disabled", &["trail-delivers-to-bucket"]),
    ("no-log-file-validation", &["trail-validates-its-log-files"]),
    ("secret-missing", &["secret-exists"]),
    ("sms-opted-out", &["phone-number-takes-messages"]),
    ("sms-sandbox", &["phone-number-takes-messages"]),
    ("suppressed-composite", &["alarm-is-not-muted"]),
    ("topic-in-another-partition", &["topic-is-in-the-alarms-region"]),
    ("topic-policy-denies", &["topic-admits-its-publisher"]),
    ("two-trails", &["management-events-are-recorded-once"]),
];

/// Scenarios side by side.
const AT_ONCE: usize = 4;

/// The most often that somebody asks, mends and asks again: an empty account takes a round a link.
const MOST_ROUNDS: usize = 9;

/// A trail that was started or mended delivers by then, and alarms have seen it.
const SETTLED: SignedDuration = SignedDuration::from_mins(20);

/// Whom people want to be told.
const EMAIL_ADDRESS: &str = "soc@example.org";

#[test]
fn the_aws_cli_runs_every_fix_and_the_chain_is_whole() {
    let aws = install::python().parent().expect("a folder of programs");
    let runtime = Runtime::new().expect("a runtime for the servers");
    let waiting = Mutex::new(Scenario::all().expect("scenarios").into_iter());
    let rows = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().expect("nobody panicked").next();
                    let Some(scenario) = next else { break };
                    let row = Row::of(&scenario, &runtime, aws);
                    rows.lock().expect("nobody panicked").push(row);
                }
            });
        }
    });
    let mut rows = rows.into_inner().expect("nobody panicked");
    rows.sort_by(|a, b| a.scenario.cmp(&b.scenario));
    let mut table = String::new();
    for row in &rows {
        row.show(&mut table).expect("a string");
    }
    let commands: usize = rows.iter().map(|row| row.commands).sum();
    let failed = rows.iter().filter(|row| !row.wrong.is_empty()).count();
    let total = format!("{} scenarios, {commands} commands, {failed} wrong", rows.len());
    assert!(failed == 0, "\n{table}{total}");
    println!("{table}{total}");
}

/// What came of one scenario.
struct Row {
    scenario: String,
    /// Verdict and broken checks at first and in the end.
    before: (String, BTreeSet<String>),
    after: (String, BTreeSet<String>),
    rounds: usize,
    commands: usize,
    wrong: Vec<String>,
}

/// What one report says.
struct Said {
    verdict: String,
    /// What is broken or warned of.
    broken: Vec<Broken>,
}

struct Broken {
    check: String,
    steps: Vec<Step>,
    /// What a person does without a command.
    by_hand: Vec<String>,
}

/// Commands that mend something, as they were printed.
#[derive(Clone, PartialEq)]
struct Step {
    says: String,
    commands: Vec<String>,
}

impl Row {
    fn of(scenario: &Scenario, runtime: &Runtime, aws: &Path) -> Self {
        let world = scenario.world().expect("a world");
        let address = "127.0.0.1:0".parse().expect("a loopback address");
        let server = runtime.block_on(Server::bind(world, address, Clock::Still));
        let server = server.expect("a server");
        let asked = scenario.asked().expect("what is asked");
        let ask = || doctor(&server.url(), scenario, &asked);
        let mut said = ask();
        let before = said.summary();
        let mut row = Self {
            scenario: scenario.name.to_string(),
            before: before.clone(),
            after: before,
            rounds: 0,
            commands: 0,
            wrong: Vec::new(),
        };
        while row.rounds < MOST_ROUNDS && !said.steps().is_empty() && row.wrong.is_empty() {
            row.rounds += 1;
            if said.broken.iter().flat_map(|broken| &broken.by_hand).any(|says| is_full(says)) {
                make_room(&server, asked[0].target.account.as_str(), aws);
            }
            for step in said.steps() {
                row.commands += step.commands.len();
                row.wrong.extend(mend(&step, &server, &asked, aws));
            }
            if said.broken.iter().any(|broken| broken.check == "subscription-is-confirmed") {
                confirm(&server);
            }
            server.with_world(|world| world.advance(SETTLED));
            said = ask();
        }
        row.after = said.summary();
        row.judge(scenario, &said, &server, &asked);
        row
    }

    /// Whether what is left is what must be left.
    fn judge(&mut self, scenario: &Scenario, said: &Said, server: &Server, asked: &[Asked]) {
        let left = LEFT.iter().find(|(name, _)| *name == scenario.name);
        let left: BTreeSet<String> =
            left.map(|(_, ids)| *ids).unwrap_or_default().iter().map(|id| (*id).into()).collect();
        if self.after.1 != left {
            let expected = join(&left);
            self.wrong.push(format!("left is {}, not {expected}", join(&self.after.1)));
        }
        if !said.steps().is_empty() {
            self.wrong.push(format!("there are commands still after {} rounds", self.rounds));
        }
        for broken in said.broken.iter().filter(|broken| broken.by_hand.is_empty()) {
            self.wrong.push(format!("{} says nothing of what a person does", broken.check));
        }
        if left.is_empty() && said.verdict != "YES" && scenario.notified != Notified::CannotTell {
            self.wrong.push(format!("nothing is broken, and the doctor says {}", said.verdict));
        }
        for asked in asked {
            let told = is_told(asked, server);
            if told != (said.verdict == "YES") && said.verdict != "CANNOT TELL" {
                let inbox = if told { "a mail" } else { "no mail" };
                self.wrong
                    .push(format!("the doctor says {}, a read brought {inbox}", said.verdict));
            }
        }
    }

    fn show(&self, table: &mut String) -> std::fmt::Result {
        let (before, after) = (&self.before, &self.after);
        writeln!(
            table,
            "{:<31} {:<11} {:<40} {} rounds, {} commands: {} {}",
            self.scenario,
            before.0,
            join(&before.1),
            self.rounds,
            self.commands,
            after.0,
            join(&after.1),
        )?;
        self.wrong.iter().try_for_each(|wrong| writeln!(table, "    WRONG {wrong}"))
    }
}

fn join(ids: &BTreeSet<String>) -> String {
    match ids.is_empty() {
        true => "-".to_owned(),
        false => ids.iter().map(String::as_str).collect::<Vec<_>>().join(","),
    }
}

impl Said {
    fn summary(&self) -> (String, BTreeSet<String>) {
        (self.verdict.clone(), self.broken.iter().map(|broken| broken.check.clone()).collect())
    }

    /// The steps that are commands, each once, in the order of the report.
    fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for step in self.broken.iter().flat_map(|broken| &broken.steps) {
            if !steps.contains(step) {
                steps.push(step.clone());
            }
        }
        steps
    }
}

/// Asks the doctor what a scenario asks about.
fn doctor(url: &str, scenario: &Scenario, asked: &[Asked]) -> Said {
    let region = asked[0].target.region.as_str();
    let mut command = Command::new(env!("CARGO_BIN_EXE_secmon"));
    command.args(["doctor", "-o", "json", "--endpoint-url", url, "--region", region]);
    for secret in asked.iter().filter_map(|asked| asked.secret.as_ref()) {
        command.args(["--secret", secret]);
    }
    for role in &scenario.roles {
        command.args(["--role-arn", role]);
    }
    let output = with_keys(&mut command, asked[0].target.account.as_str())
        .output()
        .expect("secmon is built");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{}: {error}\n{}", scenario.name, String::from_utf8_lossy(&output.stderr))
    });
    let entries = list(&report["targets"]).flat_map(|target| list(&target["entries"]));
    let checks = entries.flat_map(|entry| list(&entry["checks"]));
    let broken = checks.filter(|check| check["status"] == "fail" || check["status"] == "warn");
    Said { verdict: text(&report["verdict"]), broken: broken.map(Broken::of).collect() }
}

impl Broken {
    fn of(check: &Value) -> Self {
        let fixes = || list(&check["findings"]).flat_map(|finding| list(&finding["fix"]));
        let commands = fixes().filter(|fix| fix["kind"] == "command");
        let by_hand = fixes().filter(|fix| fix["kind"] == "manual");
        let step = |fix: &Value| Step {
            says: text(&fix["says"]),
            commands: list(&fix["commands"]).map(text).collect(),
        };
        Self {
            check: text(&check["id"]),
            steps: commands.map(step).collect(),
            by_hand: by_hand.map(|fix| text(&fix["says"])).collect(),
        }
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Runs the commands of a step; answers what did not work.
fn mend(step: &Step, server: &Server, asked: &[Asked], aws: &Path) -> Option<String> {
    let account = step.says.split("Use credentials of account ").nth(1);
    let account = match account {
        Some(named) => named.trim_end_matches('.'),
        None => asked[0].target.account.as_str(),
    };
    for command in &step.commands {
        let mut output = run(command, &server.url(), account, aws);
        if !output.status.success() && step.says.contains("wait a minute and run it again") {
            server.with_world(|world| world.advance(SignedDuration::from_mins(1)));
            output = run(command, &server.url(), account, aws);
        }
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Some(format!("{command}\n        {why}"));
        }
    }
    None
}

/// Runs one command in a shell, without any configuration but keys and endpoint.
fn run(command: &str, url: &str, account: &str, aws: &Path) -> Output {
    // A topic of the Region that the command is for, be it there already or not.
    let region = command.split(' ').skip_while(|word| *word != "--region").nth(1);
    let topic = format!("arn:aws:sns:{}:{account}:security-alerts", region.unwrap_or_default());
    let filled = command.replace("TOPIC_ARN", &topic).replace("EMAIL_ADDRESS", EMAIL_ADDRESS);
    let mut shell = Command::new("bash");
    with_keys(shell.args(["-c", &filled]), account)
        .env("PATH", format!("{}:/usr/bin:/bin", aws.display()))
        .env("AWS_ENDPOINT_URL", url)
        // A command names its Region where it needs one.
        .env("AWS_DEFAULT_REGION", "ap-south-1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("there is bash")
}

/// An environment with nothing but keys of the account.
fn with_keys<'a>(command: &'a mut Command, account: &str) -> &'a mut Command {
    command
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", format!("AKIA{account}LABS"))
        .env("AWS_SECRET_ACCESS_KEY", "lab")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
}

/// Whether a log group has as many filters as it can have.
fn is_full(says: &str) -> bool {
    says.ends_with("delete one first.")
}

/// Deletes a metric filter that somebody can do without.
fn make_room(server: &Server, account: &str, aws: &Path) {
    let command = "aws logs delete-metric-filter --region eu-west-1 --log-group-name audit-trail \
                   --filter-name errors-000";
    let output = run(command, &server.url(), account, aws);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Reads the secret and looks for the alarm's mail.
fn is_told(asked: &Asked, server: &Server) -> bool {
    let secret = asked.secret.as_deref().unwrap_or("TopSecretInfo");
    let before = server.with_world(|world| world.now());
    let scope = format!("{}/secretsmanager/aws4_request", asked.target.region);
    let credential = format!("AKIA{}LABS/20260105/{scope}", asked.target.account);
    let head = format!(
        "x-amz-target: secretsmanager.GetSecretValue\r\n\
         content-type: application/x-amz-json-1.1\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0\r\n"
    );
    let answer = post(server, "/", &head, &format!(r#"{{"SecretId":"{secret}"}}"#));
    if !answer.starts_with("HTTP/1.1 200 ") {
        return false;
    }
    server.with_world(|world| {
        world.advance(SETTLED);
        let of_humans = ["email:", "email-json:", "https:", "sms:"];
        let is_human = |endpoint: &str| of_humans.iter().any(|start| endpoint.starts_with(start));
        let mails = world.inboxes().0.iter().filter(|(endpoint, _)| is_human(endpoint));
        mails.flat_map(|(_, mails)| mails).any(|mail| {
            let by_rule = mail.source.as_ref().is_some_and(|source| source.service() == "events");
            let subject = mail.subject.as_ref().is_some_and(|text| text.contains("ALARM"));
            mail.at >= before && (by_rule || subject || mail.body.contains("ALARM"))
        })
    })
}

/// Follows the links of confirmation mails.
fn confirm(server: &Server) {
    let answer = post(server, "/_lab/confirm", "", "{}");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

fn post(server: &Server, path: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).expect("the server listens");
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n{head}\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("the server reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server answers");
    answer
}
