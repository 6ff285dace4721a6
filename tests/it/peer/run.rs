//! The built `secmon` against a ministack account, with a clean environment.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::process::Command;

use super::account::{Key, REGION};

/// What one run of the program did.
#[derive(Debug)]
pub(super) struct Run {
    /// Standard output.
    pub(super) stdout: String,
    /// Standard error.
    pub(super) stderr: String,
    /// The exit code; `None` if a signal ended it.
    pub(super) code: Option<i32>,
}

/// Runs secmon with these credentials. Only the endpoint is ever called.
pub(super) async fn secmon(url: &str, key: &Key, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_secmon"));
    command
        .args(arguments)
        .args(["--endpoint-url", url, "--region", REGION])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", &key.id)
        .env("AWS_SECRET_ACCESS_KEY", &key.secret)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    finished(command).await
}

/// Runs secmon without credentials or connection.
pub(super) async fn offline(arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_secmon"));
    command.args(arguments).env_clear();
    finished(command).await
}

async fn finished(mut command: Command) -> Run {
    let output = command.output().await.expect("secmon is built");
    Run {
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        code: output.status.code(),
    }
}

impl Run {
    /// Whether the program crashed instead of saying what it saw.
    pub(super) fn crashed(&self) -> bool {
        self.stderr.contains("panicked") || !matches!(self.code, Some(0..=3))
    }

    /// The report (`-o json`).
    pub(super) fn report(&self) -> Value {
        let report: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr));
        assert_eq!(report["version"], 1);
        assert_eq!(report["exit_code"], self.code.unwrap_or(-1));
        report
    }

    /// The one entry of the report.
    pub(super) fn entry(&self) -> Value {
        self.report()["targets"][0]["entries"][0].clone()
    }

    /// Every check of the report by its id.
    pub(super) fn checks(&self) -> BTreeMap<String, Value> {
        let entry = self.entry();
        let checks = entry["checks"].as_array().expect("checks");
        let id = |check: &Value| check["id"].as_str().expect("an id").to_owned();
        checks.iter().map(|check| (id(check), check.clone())).collect()
    }

    /// The status of every check by its id.
    pub(super) fn statuses(&self) -> BTreeMap<String, String> {
        let checks = self.checks().into_iter();
        checks
            .map(|(id, check)| (id, check["status"].as_str().unwrap_or("none").to_owned()))
            .collect()
    }
}
