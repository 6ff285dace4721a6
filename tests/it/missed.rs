//! `secmon missed` on accounts with a past: the lab's scenarios, and a story that is played on the
//! lab over HTTP: read, break, read, mend, read.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic};
use aws_sdk_cloudwatchlogs::types::MetricTransformation;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use secmon_core::baseline::BaselineEntry;
use secmon_lab::serve::{Clock, Server};
use secmon_lab::world::Scenario;
use serde_json::{Value, json};

const SECRET: &str = "TopSecretInfo";
const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail";
const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:security-alerts";
const MINUTE: u64 = 60;

/// A lab, the programs that use it, and its clock.
struct Story {
    server: Server,
    config: SdkConfig,
}

impl Story {
    async fn begin(scenario: &str) -> Self {
        let world = Scenario::named(scenario).unwrap().world().unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::bind(world, address, Clock::Still).await.unwrap();
        let keys = Credentials::new("AKIA123456789012LABS", "lab", None, None, "test");
        let http = aws_smithy_http_client::Builder::new().build_http();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url(server.url())
            .http_client(http)
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .build();
        Self { server, config }
    }

    /// Lets time pass, through the control endpoint.
    async fn advance(&self, seconds: u64) {
        self.control("/_lab/advance", &json!({ "seconds": seconds })).await;
    }

    async fn control(&self, path: &'static str, body: &Value) {
        let (address, body) = (self.server.address(), body.to_string());
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(
                stream,
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = answer.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    async fn read(&self) {
        let client = aws_sdk_secretsmanager::Client::new(&self.config);
        client.get_secret_value().secret_id(SECRET).send().await.unwrap();
    }

    async fn filter(&self, namespace: &str) {
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.config);
        let transformation = MetricTransformation::builder()
            .metric_namespace(namespace)
            .metric_name("SecretIsAccessed")
            .metric_value("1")
            .default_value(0.0)
            .build()
            .unwrap();
        client
            .put_metric_filter()
            .log_group_name("audit-trail")
            .filter_name("secret-read")
            .filter_pattern(BaselineEntry::secret_access().pattern)
            .metric_transformations(transformation)
            .send()
            .await
            .unwrap();
    }

    async fn alarm(&self, statistic: Statistic) {
        let client = aws_sdk_cloudwatch::Client::new(&self.config);
        client
            .put_metric_alarm()
            .alarm_name("secret-read")
            .namespace("SecurityMetrics")
            .metric_name("SecretIsAccessed")
            .statistic(statistic)
            .period(60)
            .evaluation_periods(1)
            .threshold(1.0)
            .comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold)
            .treat_missing_data("notBreaching")
            .alarm_actions(TOPIC)
            .send()
            .await
            .unwrap();
    }

    /// What `secmon missed` says: for programs, with the exit code.
    async fn missed(&self, more: &[&str]) -> (String, i32) {
        let url = self.server.url();
        let connection = ["missed", "--endpoint-url", &url, "--region", "eu-west-1"];
        let arguments: Vec<String> =
            connection.into_iter().chain(more.iter().copied()).map(str::to_owned).collect();
        let output = tokio::task::spawn_blocking(move || {
            Command::new(env!("CARGO_BIN_EXE_secmon"))
                .args(arguments)
                .env_clear()
                .env("AWS_ACCESS_KEY_ID", "AKIA123456789012LABS")
                .env("AWS_SECRET_ACCESS_KEY", "lab")
                .output()
                .unwrap()
        });
        let output = output.await.unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let code = output.status.code().unwrap();
        assert!(matches!(code, 0 | 1 | 3), "{}", String::from_utf8_lossy(&output.stderr));
        (said, code)
    }
}

/// What became of each read, in short: "told", or the kind of cause with its check.
fn outcomes(json: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(json).unwrap();
    let reads = document["entries"][0]["reads"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let outcome = |read: &Value| match read["outcome"].as_str().unwrap() {
        "missed" => {
            let cause = &read["cause"];
            format!("{} {}", text(&cause["kind"]), text(&cause["link"]["check"])).trim().to_owned()
        }
        "unknown" => text(&read["reason"]),
        outcome => outcome.to_owned(),
    };
    reads.iter().map(outcome).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_story_of_reads_that_are_told_and_missed_and_told() {
    let story = Story::begin("healthy").await;
    let cloudtrail = aws_sdk_cloudtrail::Client::new(&story.config);
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&story.config);
    let sns = aws_sdk_sns::Client::new(&story.config);
    let mut expected = Vec::new();
    let mut then = |outcome: &'static str| expected.push(outcome);

    // The filter as it is, so that Event history says how it was set.
    story.filter("SecurityMetrics").await;
    story.read().await;
    then("told");
    story.advance(20 * MINUTE).await;
    let (said, code) = story.missed(&["--secret", SECRET]).await;
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("YES  Somebody was told of 1 read of TopSecretInfo."), "{said}");

    // Average: the other events of the minute drown the read. Then Sum again.
    story.alarm(Statistic::Average).await;
    story.advance(2 * MINUTE).await;
    story.read().await;
    then("broken_link alarm-statistic-counts-events");
    story.advance(20 * MINUTE).await;
    story.alarm(Statistic::Sum).await;
    story.advance(2 * MINUTE).await;
    story.read().await;
    then("told");
    story.advance(20 * MINUTE).await;

    // The trail stops, and is started again.
    cloudtrail.stop_logging().name(TRAIL).send().await.unwrap();
    story.advance(2 * MINUTE).await;
    story.read().await;
    then("broken_link trail-is-logging");
    story.advance(20 * MINUTE).await;
    cloudtrail.start_logging().name(TRAIL).send().await.unwrap();
    story.advance(5 * MINUTE).await;
    story.read().await;
    then("told");
    story.advance(20 * MINUTE).await;

    // The topic refuses.
    let attributes = sns.get_topic_attributes().topic_arn(TOPIC).send().await.unwrap();
    let policy = attributes.attributes.unwrap()["Policy"].clone();
    let refusing = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:root" },
        "Action": "sns:Publish", "Resource": TOPIC,
    }] });
    let set = |policy: String| {
        sns.set_topic_attributes()
            .topic_arn(TOPIC)
            .attribute_name("Policy")
            .attribute_value(policy)
            .send()
    };
    set(refusing.to_string()).await.unwrap();
    story.advance(MINUTE).await;
    story.read().await;
    then("action_failed");
    story.advance(20 * MINUTE).await;
    set(policy).await.unwrap();

    // Its actions are switched off.
    cloudwatch.disable_alarm_actions().alarm_names("secret-read").send().await.unwrap();
    story.advance(MINUTE).await;
    story.read().await;
    then("no_action alarm-actions-are-enabled");
    story.advance(20 * MINUTE).await;
    cloudwatch.enable_alarm_actions().alarm_names("secret-read").send().await.unwrap();
    story.advance(MINUTE).await;

    // Two reads of one minute are told together; the one that comes while the alarm is in ALARM
    // for them is not.
    story.read().await;
    story.advance(1).await;
    story.read().await;
    then("told");
    then("told");
    story.advance(MINUTE).await;
    story.read().await;
    then("in_alarm");
    story.advance(20 * MINUTE).await;

    // What was refused is listed as that.
    let client = aws_sdk_secretsmanager::Client::new(&story.config);
    client.get_secret_value().secret_id("TopSecret").send().await.unwrap_err();
    client.batch_get_secret_value().secret_id_list(SECRET).send().await.unwrap();
    then("told");
    story.advance(20 * MINUTE).await;
    story.read().await;
    then("too recent: its alarm may still come");
    story.advance(2 * MINUTE).await;

    let (json, code) = story.missed(&["--secret", SECRET, "-o", "json"]).await;
    assert_eq!(outcomes(&json), expected, "{json}");
    assert_eq!(code, 1);
    conforms(&json);
    let (text, _) = story.missed(&["--secret", SECRET, "--all"]).await;
    golden("story.txt", &text);
    // Of any secret, the refused one too.
    let (any, _) = story.missed(&["-o", "json"]).await;
    let refused = outcomes(&any).into_iter().filter(|outcome| outcome == "refused").count();
    assert_eq!(refused, 1, "{any}");
    // Somebody takes the filter away: what was told before stays told.
    story.advance(20 * MINUTE).await;
    expected.pop();
    expected.push("told");
    let logs = aws_sdk_cloudwatchlogs::Client::new(&story.config);
    let delete = logs.delete_metric_filter().log_group_name("audit-trail");
    delete.filter_name("secret-read").send().await.unwrap();
    story.advance(MINUTE).await;
    story.read().await;
    story.advance(25 * MINUTE).await;
    expected.push("broken_link log-group-has-a-metric-filter");
    let (json, _) = story.missed(&["--secret", SECRET, "-o", "json"]).await;
    assert_eq!(outcomes(&json), expected, "{json}");
    // Only the end of the story.
    let (end, code) = story.missed(&["--since", "1h", "-o", "json"]).await;
    assert!(outcomes(&end).len() < expected.len() && code != 2, "{end}");
}

/// A scenario that has a past, as text and for programs.
fn past_of(scenario: &str, file: &str, code: i32) -> String {
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_secmon"));
        command.args(["missed", "--lab", scenario]).args(more).env_clear();
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let json = run(&["-o", "json"]);
    conforms(&json);
    golden(&format!("{file}.txt"), &run(&[]));
    golden(&format!("{file}.json"), &json);
    json
}

#[test]
fn the_past_of_scenarios_is_told_as_written() {
    let json = past_of("missed-reads", "missed-reads", 1);
    let expected = ["told", "told", "in_alarm", "broken_link trail-is-logging", "refused"];
    assert_eq!(outcomes(&json), expected);
    let json = past_of("stuck-in-alarm", "stuck-in-alarm", 1);
    assert_eq!(outcomes(&json), ["told", "in_alarm", "in_alarm"]);
    assert_eq!(outcomes(&past_of("healthy", "nobody", 0)), [""; 0]);
}

/// Whatever the history of the alarm or of events is refused, no read becomes told or missed by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_of_the_past_is_not_known() {
    let story = Story::begin("missed-reads").await;
    let fault = |operation: &str| json!({ "operation": operation, "kind": "deny" });
    story.control("/_lab/faults", &fault("DescribeAlarmHistory")).await;
    let (json, code) = story.missed(&["-o", "json"]).await;
    let known = outcomes(&json);
    assert_eq!(code, 1, "{json}");
    let denied = "the history of alarm secret-read: cloudwatch:DescribeAlarmHistory was denied";
    assert_eq!(
        known,
        [denied, denied, denied, "broken_link trail-is-logging", "refused"],
        "the trail was stopped, whatever the alarm did"
    );
    story.control("/_lab/faults", &fault("LookupEvents")).await;
    let (text, code) = story.missed(&[]).await;
    assert_eq!(code, 3);
    assert!(text.starts_with("CANNOT TELL  Who read any secret could not be listed"), "{text}");
}

/// How a filter was set before the 90 days of Event history is known no more once it is changed. What
/// the alarm did is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_filter_that_was_changed_the_alarm_still_speaks() {
    let story = Story::begin("missed-reads").await;
    story.filter("AnotherNamespace").await;
    story.advance(10 * MINUTE).await;
    let (json, _) = story.missed(&["-o", "json"]).await;
    let mut outcomes = outcomes(&json);
    let unknown = outcomes.remove(2);
    assert_eq!(outcomes, ["told", "told", "broken_link trail-is-logging", "refused"], "{json}");
    assert!(unknown.contains("PutMetricFilter by user lab"), "{unknown}");
}

/// AWS ends a page where it likes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_the_past_is_read() {
    let story = Story::begin("missed-reads").await;
    let (whole, _) = story.missed(&["-o", "json"]).await;
    for operation in ["LookupEvents", "DescribeAlarmHistory"] {
        let fault = json!({ "operation": operation, "kind": "pages-of-one" });
        story.control("/_lab/faults", &fault).await;
    }
    let (in_pieces, _) = story.missed(&["-o", "json"]).await;
    assert_eq!(whole, in_pieces);
    assert_eq!(outcomes(&whole).len(), 5);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_ends_it() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};
    let story = Story::begin("missed-reads").await;
    let fault = json!({ "operation": "LookupEvents", "kind": "none", "latency_ms": 4000 });
    story.control("/_lab/faults", &fault).await;
    let mut child = Command::new(env!("CARGO_BIN_EXE_secmon"))
        .args(["missed", "--endpoint-url", &story.server.url(), "--region", "eu-west-1"])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKIA123456789012LABS")
        .env("AWS_SECRET_ACCESS_KEY", "lab")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(child.try_wait().unwrap().is_none(), "it waits for the first page");
    let begin = Instant::now();
    let id = child.id().to_string();
    assert!(Command::new("/bin/kill").args(["-INT", &id]).status().unwrap().success());
    let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: interrupted"));
    assert!(output.stdout.is_empty() && begin.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_time_that_is_none_is_refused() {
    for since in ["yesterday", "-3d", "2027-01-01", "0d"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_secmon"));
        let flag = format!("--since={since}");
        let output = command.args(["missed", "--lab", "healthy", &flag]).env_clear().output();
        assert_eq!(output.unwrap().status.code(), Some(2), "{since}");
    }
}

#[test]
fn of_a_misspelt_secret_it_is_not_said_that_nobody_read_it() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_secmon"));
    command.args(["missed", "--lab", "missed-reads", "--secret", "TopSecretinfo"]);
    let output = command.env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let says = String::from_utf8(output.stderr).unwrap();
    assert!(says.contains("there is no secret TopSecretinfo"), "{says}");
    assert!(output.stdout.is_empty());
    let mut command = Command::new(env!("CARGO_BIN_EXE_secmon"));
    let both =
        ["missed", "--lab", "healthy", "--secret", "TopSecretInfo", "--secret", "TopSecretinfo"];
    let output = command.args(both).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let says = String::from_utf8(output.stdout).unwrap();
    assert!(says.contains("there is no secret TopSecretinfo"), "{says}");
}

fn conforms(json: &str) {
    let schema = include_str!("../../src/cli/render/missed/missed.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document: Value = serde_json::from_str(json).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}

fn golden(name: &str, content: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/missed").join(name);
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    if std::env::var_os("UPDATE").is_some() && before != content {
        std::fs::write(&path, content).unwrap();
        return;
    }
    assert_eq!(before, content, "{}: run UPDATE=1 cargo test --test it missed", path.display());
}
