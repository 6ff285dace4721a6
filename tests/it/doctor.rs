//! The built `secmon` against a server of this test, with a clean environment.

use std::process::Command;

use serde_json::Value;

use crate::wire::{Asked, Server};

/// What one run of the program did.
#[derive(Debug)]
pub(crate) struct Run {
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Every request it made.
    pub(crate) asked: Vec<Asked>,
    /// Requests that it should not have made.
    pub(crate) unexpected: Vec<String>,
}

/// Runs `secmon doctor` about the secret in eu-west-1.
pub(crate) fn doctor(server: &Server, more: &[&str]) -> Run {
    secmon(server, &[&["doctor", "--secret", "TopSecretInfo"], more].concat())
}

/// Runs secmon with the connection flags added.
pub(crate) fn secmon(server: &Server, arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_secmon"))
        .args(arguments)
        .args(["--endpoint-url", &server.url(), "--region", "eu-west-1"])
        .env_clear()
        .envs([
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "example"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ])
        .output()
        .expect("secmon is built");
    Run {
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        code: output.status.code(),
        asked: server.asked(),
        unexpected: server.unexpected(),
    }
}

impl Run {
    /// Whether the program crashed instead of saying what it saw.
    pub(crate) fn crashed(&self) -> bool {
        self.stderr.contains("panicked") || !matches!(self.code, Some(0..=3))
    }

    /// Ids and statuses of all checks, in the order of the report (`-o json`).
    pub(crate) fn checks(&self) -> Vec<(String, String)> {
        let report: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr));
        let checks = report["targets"][0]["entries"][0]["checks"].as_array();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        checks
            .unwrap_or_else(|| panic!("no checks in {report:#}"))
            .iter()
            .map(|check| (text(&check["id"]), text(&check["status"])))
            .collect()
    }

    /// Ids of the checks that pass by what was seen of their settings, not by what happened.
    pub(crate) fn passed_by_sight(&self) -> Vec<String> {
        let report: Value = serde_json::from_str(&self.stdout).expect("a report");
        let checks = report["targets"][0]["entries"][0]["checks"].as_array();
        let passed = checks.into_iter().flatten().filter(|check| check["status"] == "pass");
        let by_sight = passed.filter(|check| check["proven"].is_null());
        by_sight.filter_map(|check| check["id"].as_str().map(str::to_owned)).collect()
    }

    /// Ids of the checks with a status.
    pub(crate) fn with(&self, status: &str) -> Vec<String> {
        let all = self.checks().into_iter();
        all.filter(|(_, found)| found == status).map(|(id, _)| id).collect()
    }
}
