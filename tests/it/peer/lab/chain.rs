//! boto3 on `secmon lab serve`: `chain.py` builds the whole chain in an empty account, finds the
//! mail of a read, and breaks the chain in many ways.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::install;

/// A running `secmon lab serve`; ends with this value.
struct Served {
    child: Child,
    /// The variables that it prints.
    exports: Vec<(String, String)>,
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself, and the test has said so then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(scenario: &str) -> Served {
    let mut child = Command::new(env!("CARGO_BIN_EXE_secmon"))
        .args(["lab", "serve", scenario])
        .env_clear()
        .stdout(Stdio::piped())
        .spawn()
        .expect("secmon is built");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut served = Served { child, exports: Vec::new() };
    for line in lines.map_while(Result::ok) {
        if line == "# Ctrl-C ends it" {
            return served;
        }
        let pairs = line.strip_prefix("export ").unwrap_or_default().split(' ');
        let pairs = pairs.filter_map(|pair| pair.split_once('='));
        served.exports.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    panic!("secmon lab serve {scenario} ended");
}

#[test]
fn boto3_builds_the_chain_and_breaks_it() {
    let python = install::python();
    let served = serve("empty");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        .arg(root.join("tests/it/peer/lab/chain.py"))
        .env_clear()
        .envs(served.exports.iter().cloned())
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("the virtual environment has an interpreter");
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong: Vec<&str> = said.lines().filter(|line| !line.starts_with("ok ")).collect();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{stderr}", wrong.join("\n"));
}
